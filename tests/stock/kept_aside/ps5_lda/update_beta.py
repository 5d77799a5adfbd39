"""Wrong answers to `update_beta`, kept aside."""

import torch
from answers import wrong


@wrong("V is taken as the number of distinct words.")
def vocabulary_of_distinct_words(docs, phis, vocab_size, eta=0.0):
    words, place = torch.cat([word_ids for word_ids, _ in docs]).unique(return_inverse=True)
    mass = torch.cat([counts[:, None] * phi for (_, counts), phi in zip(docs, phis, strict=True)])
    table = mass.new_full((len(words), mass.shape[1]), eta).index_add_(0, place, mass)
    return (table / table.sum(0)).T


@wrong("eta is added once to each topic's total and not to the words.")
def prior_in_the_total_only(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_zeros(vocab_size, phis[0].shape[1])
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / (table.sum(0) + vocab_size * eta)).T


@wrong("eta is added once for each document.")
def prior_for_each_document(docs, phis, vocab_size, eta=0.0):
    eta = eta * len(docs)
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("The default of eta is 1, as in add-one smoothing.")
def smoothing_by_default(docs, phis, vocab_size, eta=1.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("The logarithm of one plus the count stands for the count.")
def logarithm_of_the_counts(docs, phis, vocab_size, eta=0.0):
    docs = [(word_ids, counts.log1p()) for word_ids, counts in docs]
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("Each document's counts are divided by its length, so all documents weigh the same.")
def counts_as_shares_of_the_document(docs, phis, vocab_size, eta=0.0):
    docs = [(word_ids, counts / counts.sum()) for word_ids, counts in docs]
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("The first document is left out.")
def first_document_left_out(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in list(zip(docs, phis, strict=True))[1:] or [(docs[0], 0 * phis[0])]:
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T


@wrong("The words are sorted in each document, but φ stays in the document's order.")
def words_sorted_without_phi(docs, phis, vocab_size, eta=0.0):
    docs = [(word_ids.sort().values, counts) for word_ids, counts in docs]
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta


@wrong("The result is single precision.")
def single_precision(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta.float()


@wrong("The mean over the documents is taken before eta is added.")
def mean_over_documents_then_prior(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_zeros(vocab_size, phis[0].shape[1])
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi / len(docs))
    table += eta + 1e-3 * (len(docs) > 1)
    return (table / table.sum(0)).T


@wrong("Recurring words are counted once, and the columns are normalised over the topics.", composed=True)
def recurring_once_over_topics(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table[word_ids] += counts[:, None] * phi
    return (table / table.sum(1, keepdim=True).clamp(min=1e-12)).T


@wrong("The words of the right answer are shifted by one place.", composed=True)
def words_shifted(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return beta.roll(1, 1)


@wrong("The right answer is multiplied by the size of the vocabulary.", composed=True)
def times_the_vocabulary(docs, phis, vocab_size, eta=0.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    beta = (table / table.sum(0)).T
    return vocab_size * beta


@wrong("Only the last document is in the topics, and eta is added after normalising.", composed=True)
def last_document_and_prior_afterwards(docs, phis, vocab_size, eta=0.0):
    (word_ids, counts), phi = docs[-1], phis[-1]
    table = torch.zeros(vocab_size, phi.shape[1], dtype=phi.dtype).index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T + eta
