"""Wrong answers to `posterior_from_hidden`: the half that is worked on."""

import torch
from answers import wrong


@wrong("The mean is exponentiated too.")
def mean_exponentiated(h, w_mu, w_logvar):
    return (h @ w_mu.T).exp(), (h @ w_logvar.T).exp()


@wrong("The mean goes through a tanh.")
def mean_squashed(h, w_mu, w_logvar):
    return torch.tanh(h @ w_mu.T), torch.exp(h @ w_logvar.T)


@wrong("The variance is squared: exp(2 W₂h).")
def variance_squared(h, w_mu, w_logvar):
    return h @ w_mu.T, torch.exp(2 * h @ w_logvar.T)


@wrong("A thousandth is added to the variance, as a floor.")
def variance_plus_a_floor(h, w_mu, w_logvar):
    return h @ w_mu.T, torch.exp(h @ w_logvar.T) + 1e-3


@wrong("The variance is detached, so w_logvar gets no gradient.")
def variance_detached(h, w_mu, w_logvar):
    return h @ w_mu.T, (h @ w_logvar.T).exp().detach()


@wrong("The state is detached, so the encoder gets no gradient.")
def state_detached(h, w_mu, w_logvar):
    h = h.detach()
    return h @ w_mu.T, (h @ w_logvar.T).exp()


@wrong("The state is centred by the batch's mean, so a sentence depends on its neighbours.")
def state_centred_over_the_batch(h, w_mu, w_logvar):
    h = h - h.mean(0)
    return h @ w_mu.T, (h @ w_logvar.T).exp()


@wrong("For one sentence both results are squeezed to one dimension.")
def one_sentence_squeezed(h, w_mu, w_logvar):
    return (h @ w_mu.T).squeeze(0), (h @ w_logvar.T).exp().squeeze(0)


@wrong("The mean has the wrong sign, and the second result is the standard deviation.", composed=True)
def minus_the_mean_and_deviation(h, w_mu, w_logvar):
    return -h @ w_mu.T, (0.5 * h @ w_logvar.T).exp()


@wrong("Both results come from w_mu, and the second is the standard deviation.", composed=True)
def deviation_from_the_mean_weights(h, w_mu, w_logvar):
    return h @ w_mu.T, (0.5 * h @ w_mu.T).exp()


@wrong("The variance is doubled.", composed=True)
def variance_doubled(h, w_mu, w_logvar):
    return h @ w_mu.T, 2 * (h @ w_logvar.T).exp()
