"""Wrong answers to `update_beta`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("V is taken as the largest id plus one, so words that never occur at the end get no column.")
def vocabulary_of_the_largest_id(docs, phis, vocab_size, eta=0.0):
    vocab_size = 1 + max(int(word_ids.max()) for word_ids, _ in docs)
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("eta is added to the words that occur only.")
def prior_for_words_that_occur(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_zeros(vocab_size, phis[0].shape[1])
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    table = torch.where(table > 0, table + eta, table)
    return (table / table.sum(0)).T


@wrong("eta is divided among the words of the vocabulary.")
def prior_divided_by_the_vocabulary(docs, phis, vocab_size, eta=0.0):
    eta = eta / vocab_size
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("The default of eta is 0.01.")
def prior_by_default(docs, phis, vocab_size, eta=0.01):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("A word that occurs in a later document is written over: its earlier mass is lost.")
def later_documents_written_over(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_zeros(vocab_size, phis[0].shape[1])
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        own = torch.zeros_like(table).index_add_(0, word_ids, counts[:, None] * phi)
        table[word_ids] = own[word_ids]
    table += eta
    return (table / table.sum(0)).T


@wrong("Each token goes wholly to its likeliest topic.")
def hard_assignment(docs, phis, vocab_size, eta=0.0):
    phis = [F.one_hot(phi.argmax(1), phi.shape[1]).to(phi) for phi in phis]
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    table = table + 1e-12
    return (table / table.sum(0)).T


@wrong("The softmax of the expected counts stands for their normalisation.")
def softmax_of_the_counts(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return table.softmax(0).T


@wrong("The whole table sums to one, not each topic.")
def whole_table_normalised(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum()).T


@wrong("The counts are multiplied into φ in place, so the caller's φ changes.")
def phis_edited(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        phi *= counts[:, None]
        table.index_add_(0, word_ids, phi)
    return (table / table.sum(0)).T


@wrong("The counts and eta are not used.", composed=True)
def neither_counts_nor_prior(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_zeros(vocab_size, phis[0].shape[1])
    for (word_ids, _), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, phi)
    return (table / table.sum(0)).T


@wrong("The topics of the right answer come in reversed order.", composed=True)
def topics_reversed(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta.flip(0)


@wrong("The logarithms of the right answer are returned.", composed=True)
def log_beta_returned(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta.clamp(min=1e-300).log()


@wrong("The counts are not used, and the result is [V, K].", composed=True)
def no_counts_and_transposed(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, _), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, phi)
    return table / table.sum(0)
