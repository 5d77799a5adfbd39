"""Right but unusual answers to `dispersion`."""

import torch
from answers import right
from torch import distributions as D


@right
def example_by_example_under_vmap(q_c, means, logvars):
    precision = torch.exp(-logvars)

    def one(weights):
        total = weights @ precision
        centre = (weights @ (precision * means)) / total
        quadratic = weights @ (precision * means**2) - total * centre**2
        return 0.5 * (quadratic + weights @ logvars + total.log()).sum()

    return torch.func.vmap(one)(q_c)


@right
def about_the_common_centre(q_c, means, logvars):
    precision = (-logvars).exp()
    total = q_c @ precision
    centre = (q_c @ (precision * means)) / total
    gaps = (means.unsqueeze(0) - centre.unsqueeze(1)).square()
    within = torch.einsum("bk,kd,bkd->b", q_c, precision, gaps)
    return 0.5 * (within + q_c @ logvars.sum(1) + total.log().sum(1))


@right
def through_independent_normals(q_c, means, logvars):
    total = q_c @ (-logvars).exp()
    centre = (q_c @ (means * (-logvars).exp())) / total
    joint = D.Independent(D.Normal(centre.unsqueeze(1), total.rsqrt().unsqueeze(1)), 1)
    each = D.Independent(D.Normal(means, (0.5 * logvars).exp()), 1)
    return torch.einsum("bk,bk->b", q_c, D.kl_divergence(joint, each))


@right
def with_log_sum_exp_of_precisions(q_c, means, logvars):
    weights = q_c.unsqueeze(-1)
    top = (-logvars).amax(0).detach()
    total = (weights * (-logvars - top).exp()).sum(1)
    share = weights * (-logvars - top).exp() / total.unsqueeze(1)
    mean = (share * means).sum(1)
    spread = (share * (means - mean.unsqueeze(1)) ** 2).sum(1) * total * top.exp()
    return 0.5 * (spread + total.log() + top + q_c @ logvars).sum(-1)


@right
def by_a_loop_over_dimensions(q_c, means, logvars):
    answer = torch.zeros_like(q_c[:, 0])
    for d in range(means.shape[1]):
        precision = torch.exp(-logvars[:, d])
        first, second = precision * means[:, d], -precision / 2
        each = first**2 / (2 * precision) + logvars[:, d] / 2
        of_first, of_second = torch.mv(q_c, first), torch.mv(q_c, second)
        answer = answer + torch.mv(q_c, each) + of_first**2 / (4 * of_second) + torch.log(-2 * of_second) / 2
    return answer


@right
def in_double_precision_and_back(q_c, means, logvars):
    weights, centre, spread = q_c.double(), means.double(), logvars.double()
    eta = torch.cat([centre / spread.exp(), -0.5 / spread.exp()], dim=1)
    mean = weights @ eta

    def log_partition(both):
        first, second = both.chunk(2, dim=1)
        return (-first.square() / (4 * second) - 0.5 * (-2 * second).log()).sum(1)

    return (weights @ log_partition(eta) - log_partition(mean)).to(q_c)


@right
def by_pairs_of_components(q_c, means, logvars):
    precision = (-logvars).exp()
    weighted = q_c.unsqueeze(-1) * precision
    total = weighted.sum(1)
    gaps = (means.unsqueeze(0) - means.unsqueeze(1)) ** 2
    pairs = torch.einsum("bkd,bjd,kjd->bd", weighted, weighted, gaps) / (2 * total)
    return 0.5 * (pairs + q_c @ logvars + total.log()).sum(1)


@right
def with_convexity_written_out(q_c, means, logvars):
    def log_partition(eta):
        return -0.25 * eta[0].pow(2) / eta[1] - 0.5 * torch.log(eta[1].neg())

    eta = (means.mul((-logvars).exp()), (-logvars).exp().mul(-0.5))
    mean = tuple(torch.matmul(q_c, part) for part in eta)
    return (torch.matmul(q_c, log_partition(eta)) - log_partition(mean)).sum(dim=1)
