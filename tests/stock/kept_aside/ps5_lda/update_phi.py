"""Wrong answers to `update_phi`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The logs are clamped at -700 from below, so words of tiny probability come out undecided.")
def logs_clamped_from_below(gamma, log_beta, word_ids):
    logits = (torch.digamma(gamma) + log_beta[:, word_ids].T).clamp(min=-700)
    return logits.softmax(-1)


@wrong("A constant is added to the probabilities of words, so impossible topics get a share.")
def constant_added_to_the_words(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + (log_beta[:, word_ids].T.exp() + 1e-3).log()).softmax(-1)


@wrong("The topics' distributions over words are normalised over the topics first, so common topics lose.")
def shares_of_each_word_normalised_and_squared(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + 2 * log_beta[:, word_ids].T).softmax(-1)


@wrong("E[log θ] is subtracted.")
def shares_subtracted(gamma, log_beta, word_ids):
    return (log_beta[:, word_ids].T - torch.digamma(gamma)).softmax(-1)


@wrong("The shares enter twice.")
def shares_twice(gamma, log_beta, word_ids):
    return (2 * torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)


@wrong("γ lacks one: ψ(γ + 1) stands for ψ(γ).")
def digamma_of_gamma_plus_one(gamma, log_beta, word_ids):
    return (torch.digamma(gamma + 1) + log_beta[:, word_ids].T).softmax(-1)


@wrong("Every token gets the topics of the first token's word.")
def first_word_for_all(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta[:, word_ids[:1]].T).softmax(-1).repeat(len(word_ids), 1)


@wrong("One row for each word of the vocabulary is returned, not for each token.")
def one_row_for_each_word_of_the_vocabulary(gamma, log_beta, word_ids):
    return (torch.digamma(gamma) + log_beta.T).softmax(-1)


@wrong("The result is computed and returned in single precision.")
def single_precision(gamma, log_beta, word_ids):
    return (torch.digamma(gamma.float()) + log_beta.float()[:, word_ids].T).softmax(-1)


@wrong("log γ stands for the digamma function, and the rows are not normalised.", composed=True)
def log_of_gamma_not_normalised(gamma, log_beta, word_ids):
    return (gamma.log() + log_beta[:, word_ids].T).exp()


@wrong("The rows of the right answer are shifted by one token.", composed=True)
def tokens_shifted(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    return logits.softmax(-1).roll(1, 0)


@wrong("The right answer is mixed with equal shares, a tenth of the whole.", composed=True)
def mixed_with_equal_shares(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    return 0.9 * logits.softmax(-1) + 0.1 / len(gamma)


@wrong("Each token goes wholly to the topic that likes its word best: the shares are not used.", composed=True)
def hard_assignment_of_the_words_alone(gamma, log_beta, word_ids):
    return F.one_hot(log_beta[:, word_ids].T.argmax(-1), len(gamma)).to(log_beta)


@wrong("A constant is added to the weights before they are normalised, so rare words come out undecided.")
def constant_added_to_the_weights(gamma, log_beta, word_ids):
    logits = torch.digamma(gamma) + log_beta[:, word_ids].T
    weights = logits.exp() + 1e-12
    return weights / weights.sum(1, keepdim=True)


@wrong("The gammas are sorted first, so each topic gets the share of another.")
def gammas_sorted_first(gamma, log_beta, word_ids):
    return (torch.digamma(gamma.sort().values) + log_beta[:, word_ids].T).softmax(-1)
