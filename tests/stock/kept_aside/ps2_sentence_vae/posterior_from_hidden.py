"""Wrong answers to `posterior_from_hidden`: the half that is kept aside."""

import torch
from answers import wrong


@wrong("The exponential is taken of h before the product with W₂.")
def exponential_before_the_product(h, w_mu, w_logvar):
    return h @ w_mu.T, h.exp() @ w_logvar.T


@wrong("The state goes through a tanh first.")
def state_squashed(h, w_mu, w_logvar):
    h = torch.tanh(h)
    return h @ w_mu.T, torch.exp(h @ w_logvar.T)


@wrong("The exponential is of base 2.")
def base_two(h, w_mu, w_logvar):
    return h @ w_mu.T, torch.exp2(h @ w_logvar.T)


@wrong("The log variance is clipped to ±1.")
def log_variance_clipped(h, w_mu, w_logvar):
    return h @ w_mu.T, (h @ w_logvar.T).clamp(-1, 1).exp()


@wrong("The mean is detached, so w_mu gets no gradient.")
def mean_detached(h, w_mu, w_logvar):
    return (h @ w_mu.T).detach(), (h @ w_logvar.T).exp()


@wrong("The values are right, but the gradient of the variance is doubled.")
def gradient_of_the_variance_doubled(h, w_mu, w_logvar):
    var = (h @ w_logvar.T).exp()
    return h @ w_mu.T, 2 * var - var.detach()


@wrong("The products are divided by the root of H, as attention does.")
def divided_by_root_of_width(h, w_mu, w_logvar):
    h = h / h.shape[1] ** 0.5
    return h @ w_mu.T, (h @ w_logvar.T).exp()


@wrong("Both results come stacked in one tensor, not as two.")
def stacked_in_one_tensor(h, w_mu, w_logvar):
    return torch.stack([h @ w_mu.T, (h @ w_logvar.T).exp()])


@wrong("The weights are swapped, and the second result is the log variance.", composed=True)
def swapped_and_in_logs(h, w_mu, w_logvar):
    return h @ w_logvar.T, h @ w_mu.T


@wrong("The batch comes in reverse order in both results.", composed=True)
def batch_reversed(h, w_mu, w_logvar):
    return (h @ w_mu.T).flip(0), (h @ w_logvar.T).exp().flip(0)


@wrong("One is added to the variance.", composed=True)
def variance_plus_one(h, w_mu, w_logvar):
    return h @ w_mu.T, 1 + (h @ w_logvar.T).exp()
