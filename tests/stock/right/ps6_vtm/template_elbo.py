"""Right but unusual answers to `template_elbo`."""

import functools

import torch
from answers import right
from torch.nn import functional as F


@right
def by_einsum(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    terms = torch.stack((kl_template, kl_content))
    return log_likelihood - torch.einsum("ib,i->b", terms, terms.new_tensor((weight_template, weight_content)))


@right
def by_a_linear_layer(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    columns = torch.stack([log_likelihood, kl_template, kl_content], dim=1)
    return F.linear(columns, columns.new_tensor([[1.0, -weight_template, -weight_content]])).squeeze(1)


@right
def by_reducing(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    terms = (log_likelihood, -weight_template * kl_template, -weight_content * kl_content)
    return functools.reduce(torch.add, terms)


@right
def as_a_negative_loss(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    loss = weight_content * kl_content + weight_template * kl_template - log_likelihood
    return loss.neg()


@right
def with_weights_as_tensors(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    w_z, w_c = (torch.full_like(log_likelihood, w) for w in (weight_template, weight_content))
    return torch.addcmul(torch.addcmul(log_likelihood, w_z, kl_template, value=-1), w_c, kl_content, value=-1)


@right
def sentence_by_sentence(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    rows = zip(log_likelihood, kl_template, kl_content, strict=True)
    return torch.stack([told - weight_template * a - weight_content * b for told, a, b in rows])


@right
def by_lerp(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    without_template = torch.lerp(log_likelihood, log_likelihood - kl_template, weight_template)
    return torch.lerp(without_template, without_template - kl_content, weight_content)


@right
def with_a_backward_of_its_own(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    class Bound(torch.autograd.Function):
        @staticmethod
        def forward(ctx, first, second, third):
            return first - weight_template * second - weight_content * third

        @staticmethod
        def backward(ctx, gradient):
            return gradient, -weight_template * gradient, -weight_content * gradient

    return Bound.apply(log_likelihood, kl_template, kl_content)
