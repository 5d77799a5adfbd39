"""Wrong answers to `discrete_mutual_information`, kept aside."""

import math

import torch
from answers import wrong


@wrong("The entropy of the mean is halved.")
def half_of_the_entropy_of_the_mean(q):
    return 0.5 * torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()


@wrong("The mean is clamped at 0.02 from below, so that codes of little use count for too much.")
def mean_clamped_from_below(q):
    mean = q.mean(0).clamp(min=0.02)
    return -(mean * mean.log()).sum() - torch.special.entr(q).sum(-1).mean()


@wrong("Logarithms to base 10.")
def information_to_base_ten(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return information / math.log(10)


@wrong("The median of the examples' entropies is subtracted, not their mean.")
def median_of_the_entropies(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).median()


@wrong("Only the entropy of the first example is subtracted.")
def entropy_of_the_first_example(q):
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q[0]).sum()


@wrong("The KL runs from the mean to each example: the arguments are exchanged.")
def kl_from_the_mean(q):
    mean, floor = q.mean(0), 1e-12
    return (torch.special.xlogy(mean, mean) - mean * (q + floor).log()).sum(-1).mean()


@wrong("The last code is left out of both entropies.")
def last_code_left_out(q):
    return torch.special.entr(q.mean(0)[:-1]).sum() - torch.special.entr(q[:, :-1]).sum(-1).mean()


@wrong("The quadratic (Gini) entropy stands in place of Shannon's.")
def gini_information(q):
    return (q**2).sum(-1).mean() - (q.mean(0) ** 2).sum()


@wrong("One number for each code is returned: the sum over the codes is missing.")
def information_per_code(q):
    return torch.special.entr(q.mean(0)) - torch.special.entr(q).mean(0)


@wrong("The entropies of the examples are summed over the batch, and the result is in bits.", composed=True)
def summed_and_in_bits(q):
    return (torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum()) / math.log(2)


@wrong("The entropy of the mean is averaged over the codes, and the other one is detached.", composed=True)
def averaged_and_detached(q):
    return torch.special.entr(q.mean(0)).mean() - torch.special.entr(q.detach()).sum(-1).mean()


@wrong("The exponential of the right answer is returned.", composed=True)
def exponential_of_the_information(q):
    information = torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    return information.exp()


@wrong("The second entropy is averaged over the codes too, and the sign is wrong.", composed=True)
def negative_with_mean_over_codes(q):
    return torch.special.entr(q).mean() - torch.special.entr(q.mean(0)).sum()


@wrong("The batch is cut into two halves, and the information of each is averaged.")
def halves_of_the_batch(q):
    def information(part):
        return torch.special.entr(part.mean(0)).sum() - torch.special.entr(part).sum(-1).mean()

    middle = max(1, len(q) // 2)
    return (information(q[:middle]) + information(q[middle:])) / 2
