"""Right but unusual answers to `elbo_from_joint`."""

import torch
from answers import right
from torch.nn import functional as F


@right
def as_a_matrix_product(log_joint, log_posterior):
    share = torch.full((len(log_joint),), 1 / len(log_joint), dtype=log_joint.dtype, device=log_joint.device)
    return share @ (log_joint - log_posterior)


@right
def by_a_function_of_its_own(log_joint, log_posterior):
    class Bound(torch.autograd.Function):
        @staticmethod
        def forward(ctx, log_joint, log_posterior):
            ctx.samples = len(log_joint)
            return (log_joint - log_posterior).mean(0)

        @staticmethod
        def backward(ctx, grad):
            share = (grad / ctx.samples).expand(ctx.samples, -1)
            return share, -share

    return Bound.apply(log_joint, log_posterior)


@right
def by_vmap_over_images(log_joint, log_posterior):
    return torch.vmap(lambda joint, posterior: (joint - posterior).mean(), in_dims=1)(log_joint, log_posterior)


@right
def as_a_running_mean(log_joint, log_posterior):
    mean = log_joint[0] - log_posterior[0]
    for s in range(1, len(log_joint)):
        mean = mean + (log_joint[s] - log_posterior[s] - mean) / (s + 1)
    return mean


@right
def by_halves(log_joint, log_posterior):
    def total(rows):
        if len(rows) == 1:
            return rows[0]
        return total(rows[: len(rows) // 2]) + total(rows[len(rows) // 2 :])

    return total(log_joint - log_posterior) / len(log_joint)


@right
def by_average_pooling(log_joint, log_posterior):
    log_weight = (log_joint - log_posterior).T.unsqueeze(1)  # [B, 1, S]
    return F.adaptive_avg_pool1d(log_weight, 1).flatten()


@right
def last_of_cumulative_sums(log_joint, log_posterior):
    return torch.cumsum(log_joint - log_posterior, dim=0)[-1] / log_joint.size(0)


@right
def signs_by_einsum(log_joint, log_posterior):
    signs = torch.tensor([1.0, -1.0], dtype=log_joint.dtype, device=log_joint.device)
    return torch.einsum("k,ksb->b", signs, torch.stack([log_joint, log_posterior])) / log_joint.shape[0]


@right
def image_by_image(log_joint, log_posterior):
    columns = zip(log_joint.unbind(1), log_posterior.unbind(1), strict=True)
    return torch.stack([torch.sub(joint, posterior).mean() for joint, posterior in columns])
