"""Wrong answers to `update_phi`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("One maximum of the whole document is subtracted, so words far rarer than others underflow to 0/0.")
def one_maximum_for_the_document(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    weights = (logits - logits.max()).exp()
    return weights / weights.sum(1, keepdim=True)


@wrong("The document's shares enter as γ itself, not as a logarithm.")
def gamma_as_it_is(gamma, log_beta, word_ids):
    return (gamma + log_beta[:, word_ids].T).softmax(-1)


@wrong("The document's shares enter as log Γ(γ).")
def log_gamma_for_digamma(gamma, log_beta, word_ids):
    return (torch.lgamma(gamma) + log_beta[:, word_ids].T).softmax(-1)


@wrong("log β is exponentiated before it is added.")
def probabilities_added(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta[:, word_ids].T.exp()).softmax(-1)


@wrong("Each token goes wholly to its likeliest topic.")
def hard_assignment(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    return F.one_hot(logits.argmax(-1), len(gamma)).to(log_beta)


@wrong("Every word is given equal topics where a topic does not hold it: -inf is replaced by 0.")
def minus_infinity_replaced_by_zero(gamma, log_beta, word_ids):
    log_words = log_beta[:, word_ids].T
    return (torch.digamma(gamma) + torch.where(log_words.isinf(), 0.0, log_words)).softmax(-1)


@wrong("The words are taken in ascending order of their ids, not in the order of the document.")
def words_sorted(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta[:, word_ids.sort().values].T).softmax(-1)


@wrong("A word that recurs is listed once, so the rows are fewer.")
def recurring_words_listed_once(gamma, log_beta, word_ids):
    seen = list(dict.fromkeys(word_ids.tolist()))
    return (torch.digamma(gamma) + log_beta[:, seen].T).softmax(-1)


@wrong("A document of one word loses its first dimension by a squeeze.")
def one_word_squeezed(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    return logits.softmax(-1).squeeze()


@wrong("The shares are left out, and the logs are returned.", composed=True)
def logs_of_the_words_alone(gamma, log_beta, word_ids):
    return log_beta[:, word_ids].T.log_softmax(-1)


@wrong("The topics of the right answer come in reversed order.", composed=True)
def topics_reversed(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    return logits.softmax(-1).flip(-1)


@wrong("The right answer is divided by the number of words.", composed=True)
def divided_by_the_number_of_words(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    return logits.softmax(-1) / len(word_ids)


@wrong("The result is [K, N], and it is not normalised.", composed=True)
def transposed_and_not_normalised(gamma, log_beta, word_ids):
    return (torch.digamma(gamma)[:, None] + log_beta[:, word_ids]).exp()


@wrong("The mean of a row's logs is subtracted for stability, which is -inf where a topic does not hold the word.")
def mean_of_the_logs_subtracted(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    weights = (logits - logits.mean(1, keepdim=True)).exp()
    return weights / weights.sum(1, keepdim=True)


@wrong("Each topic's logs are normalised over the vocabulary once more, which shows where they do not sum to one.")
def topics_normalised_again(gamma, log_beta, word_ids):
    log_beta = log_beta - log_beta.logsumexp(1, keepdim=True)
    return (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
