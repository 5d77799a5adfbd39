"""Right but unusual answers to `posterior_from_hidden`."""

import functools
import math

import torch
from answers import right
from torch.nn import functional as F


@right
def by_a_function_of_its_own(h, w_mu, w_logvar):
    class Posterior(torch.autograd.Function):
        @staticmethod
        def forward(ctx, h, w_mu, w_logvar):
            mu, var = h @ w_mu.T, (h @ w_logvar.T).exp()
            ctx.save_for_backward(h, w_mu, w_logvar, var)
            return mu, var

        @staticmethod
        def backward(ctx, in_mu, in_var):
            h, w_mu, w_logvar, var = ctx.saved_tensors
            in_logvar = in_var * var
            return in_mu @ w_mu + in_logvar @ w_logvar, in_mu.T @ h, in_logvar.T @ h

    return Posterior.apply(h, w_mu, w_logvar)


@right
def by_vmap_over_sentences(h, w_mu, w_logvar):
    return torch.vmap(lambda state: (w_mu.mv(state), w_logvar.mv(state).exp()))(h)


@right
def both_weights_at_once(h, w_mu, w_logvar):
    both = torch.einsum("bh,kmh->kbm", h, torch.stack([w_mu, w_logvar]))
    return both[0], both[1].exp()


@right
def with_base_two(h, w_mu, w_logvar):
    return F.linear(h, w_mu), torch.exp2(F.linear(h, w_logvar) / math.log(2))


@right
def sums_of_products(h, w_mu, w_logvar):
    mu = (h[:, None, :] * w_mu).sum(-1)
    return mu, (h[:, None, :] * w_logvar).sum(-1).exp()


@right
def hidden_unit_after_hidden_unit(h, w_mu, w_logvar):
    mu = functools.reduce(torch.add, (torch.outer(x, w) for x, w in zip(h.T, w_mu.T, strict=True)))
    logvar = functools.reduce(torch.add, (torch.outer(x, w) for x, w in zip(h.T, w_logvar.T, strict=True)))
    return mu, logvar.exp()


@right
def by_batched_products(h, w_mu, w_logvar):
    column = h.unsqueeze(-1)
    mu, logvar = (torch.matmul(w, column).squeeze(-1) for w in (w_mu, w_logvar))
    return [mu, torch.exp(logvar)]


@right
def latent_after_latent(h, w_mu, w_logvar):
    mu = torch.column_stack([h.mv(row) for row in w_mu])
    var = torch.column_stack([h.mv(row).exp() for row in w_logvar])
    return mu, var


@right
def variance_as_a_squared_deviation(h, w_mu, w_logvar):
    deviation = torch.exp(torch.tensordot(h, w_logvar / 2, dims=([1], [1])))
    return torch.tensordot(h, w_mu, dims=([1], [1])), deviation.square()


@right
def through_a_linear_layer(h, w_mu, w_logvar):
    layer = torch.nn.Linear(h.shape[1], 2 * len(w_mu), bias=False, device="meta")
    both = torch.func.functional_call(layer, {"weight": torch.cat([w_mu, w_logvar])}, (h,))
    mu, logvar = both.tensor_split(2, dim=-1)
    return mu, logvar.exp()
