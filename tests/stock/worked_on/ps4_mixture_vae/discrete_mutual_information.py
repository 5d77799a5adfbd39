"""Wrong answers to `discrete_mutual_information`, to work on."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("Both entropies are added.")
def entropies_added(q):
    return torch.special.entr(q.mean(0)).sum() + torch.special.entr(q).sum(-1).mean()


@wrong("A constant of 0.001 is added inside the logarithms.")
def coarse_constant_in_the_logs(q):
    mean = q.mean(0)
    return (q * (q + 1e-3).log()).sum(-1).mean() - (mean * (mean + 1e-2).log()).sum()


@wrong("The entropies of the examples are detached, so half of the gradient is missing.")
def entropies_of_examples_detached(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q.detach()).sum(-1).mean()


@wrong("The batch mean is formed from the likeliest code of each example.")
def hard_codes_in_the_mean(q):
    mean = F.one_hot(q.argmax(-1), q.shape[1]).to(q).mean(0)
    return torch.special.entr(mean).sum() - torch.special.entr(q).sum(-1).mean()


@wrong("This is the KL of each example to the uniform distribution, ln K - mean H(q).")
def distance_of_examples_from_uniform(q):
    return math.log(q.shape[1]) - torch.special.entr(q).sum(-1).mean()


@wrong("The sum of the examples' entropies is divided by B - 1.")
def divided_by_one_less(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum() / (len(q) - 1)


@wrong("The information is divided by the entropy of the mean, so that it lies between 0 and 1.")
def share_of_the_entropy(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return information / torch.special.entr(q.mean(0)).sum()


@wrong("The value is taken out with .item(), so that no gradient reaches q.")
def value_taken_out(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return torch.tensor(information.item(), dtype=q.dtype, device=q.device)


@wrong("Each example is compared with the next one in place of the mean.")
def against_the_next_example(q):
    after = q.roll(-1, 0)
    return (torch.special.xlogy(q, q) - torch.special.xlogy(q, after + 1e-12)).sum(-1).mean()


@wrong("The sign is wrong, and the result is in bits.", composed=True)
def negative_bits(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return -information / math.log(2)


@wrong("The right answer is multiplied by the number of examples.", composed=True)
def times_the_batch_size(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return information * len(q)


@wrong("The logarithm of the right answer is returned.", composed=True)
def logarithm_of_the_information(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return information.clamp(min=1e-12).log()


@wrong("The entropy of the mean is detached, and the result is in bits.", composed=True)
def mean_detached_in_bits(q):
    return (torch.special.entr(q.detach().mean(0)).sum() - torch.special.entr(q).sum(-1).mean()) / math.log(2)


@wrong("The rows of q are sharpened in place before use, so the caller's q changes.")
def q_edited(q):
    q.clamp_(min=1e-4)
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return information
