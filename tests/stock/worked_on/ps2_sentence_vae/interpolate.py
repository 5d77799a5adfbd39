"""Wrong answers to `interpolate`: the half that is worked on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The shares come from arange with a step of 1/(num - 1), which has a point too many for some num.")
def shares_by_arange(z_start, z_end, num):
    step = 1 / (num - 1)
    share = torch.arange(0, 1 + step, step, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start + share * z_end


@wrong("The points crowd at the start: the shares are squared.")
def shares_squared(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None] ** 2
    return (1 - share) * z_start + share * z_end


@wrong("The points between the ends are drawn at random.")
def shares_at_random(z_start, z_end, num):
    share = torch.rand(num, dtype=z_start.dtype, device=z_start.device).sort().values[:, None]
    share[0], share[-1] = 0, 1
    return (1 - share) * z_start + share * z_end


@wrong("The points lie on the middles of num equal pieces, the ends not among them.")
def middles_of_pieces(z_start, z_end, num):
    share = (torch.arange(num, dtype=z_start.dtype, device=z_start.device)[:, None] + 0.5) / num
    return (1 - share) * z_start + share * z_end


@wrong("z_end is detached, so only the start gets a gradient.")
def end_detached(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start + share * z_end.detach()


@wrong("All points are scaled to length one.")
def points_normalised(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return F.normalize((1 - share) * z_start + share * z_end, dim=-1)


@wrong("The result is squeezed, so one dimension gives a vector.")
def one_dimension_squeezed(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return ((1 - share) * z_start + share * z_end).squeeze()


@wrong("It edits z_start in place, step by step.")
def start_edited(z_start, z_end, num):
    step = (z_end - z_start).detach() / (num - 1)
    points = [z_start.clone()]
    for _ in range(num - 1):
        with torch.no_grad():
            z_start += step
        points.append(z_start.clone())
    return torch.stack(points)


@wrong("The last dimension stays where it starts.")
def last_dimension_stays(z_start, z_end, num):
    end = torch.cat([z_end[:-1], z_start[-1:]])
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start + share * end


@wrong("The line runs backwards, and its last point is missing.", composed=True)
def backwards_without_the_last(z_start, z_end, num):
    share = torch.arange(num, dtype=z_start.dtype, device=z_start.device)[:, None] / num
    return share * z_start + (1 - share) * z_end


@wrong("The points are constants, and the end is missing.", composed=True)
def constants_without_the_end(z_start, z_end, num):
    share = torch.arange(num, dtype=z_start.dtype, device=z_start.device)[:, None] / num
    return torch.lerp(z_start.detach(), z_end.detach(), share)


@wrong("The points are shifted by one, the last one first.", composed=True)
def points_shifted(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return ((1 - share) * z_start + share * z_end).roll(1, 0)
