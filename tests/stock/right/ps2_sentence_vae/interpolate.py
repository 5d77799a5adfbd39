"""Right but unusual answers to `interpolate`."""

import numpy as np
import torch
from answers import right
from torch.nn import functional as F


@right
def by_a_matrix_of_weights(z_start, z_end, num):
    share = torch.arange(num, dtype=z_start.dtype, device=z_start.device) / (num - 1)
    return torch.stack([1 - share, share], dim=1) @ torch.stack([z_start, z_end])


@right
def by_einsum(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)
    return torch.einsum("kn,km->nm", torch.stack([share.flip(0), share]), torch.stack([z_start, z_end]))


@right
def by_resampling(z_start, z_end, num):
    ends = torch.stack([z_start, z_end], dim=-1).unsqueeze(0)  # [1, M, 2]
    return F.interpolate(ends, size=num, mode="linear", align_corners=True)[0].T


@right
def by_vmap_over_shares(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)
    return torch.vmap(lambda t: z_start + t * (z_end - z_start))(share)


@right
def by_vmap_over_dimensions(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)
    return torch.vmap(lambda a, b: a * (1 - share) + b * share, out_dims=1)(z_start, z_end)


@right
def by_a_function_of_its_own(z_start, z_end, num):
    class Line(torch.autograd.Function):
        @staticmethod
        def forward(ctx, start, end):
            ctx.share = torch.linspace(0, 1, num, dtype=start.dtype, device=start.device)[:, None]
            return start + ctx.share * (end - start)

        @staticmethod
        def backward(ctx, grad):
            return ((1 - ctx.share) * grad).sum(0), (ctx.share * grad).sum(0)

    return Line.apply(z_start, z_end)


@right
def ends_and_what_lies_between(z_start, z_end, num):
    between = [((num - 1 - i) * z_start + i * z_end) / (num - 1) for i in range(1, num - 1)]
    return torch.vstack([z_start, *between, z_end])


@right
def from_both_ends_inwards(z_start, z_end, num):
    middle, half = (z_start + z_end) / 2, (z_end - z_start) / 2
    place = torch.linspace(-1, 1, num, dtype=z_start.dtype, device=z_start.device)
    return torch.addr(middle.expand(num, -1), place, half)


@right
def shares_from_numpy(z_start, z_end, num):
    share = torch.from_numpy(np.linspace(0.0, 1.0, num)).to(z_start).unsqueeze(-1)
    return torch.addcmul(z_start, share, z_end - z_start)


@right
def folded_steps(z_start, z_end, num):
    def points():
        for i in range(num):
            yield torch.lerp(z_start, z_end, i / (num - 1))

    return torch.stack(tuple(points()))
