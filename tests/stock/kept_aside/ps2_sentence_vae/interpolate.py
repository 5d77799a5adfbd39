"""Wrong answers to `interpolate`: the half that is kept aside."""

import math

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The shares are added up until they pass 1, which loses the end for some num.")
def shares_added_up(z_start, z_end, num):
    shares, share = [], 0.0
    while share <= 1:
        shares.append(share)
        share += 1 / (num - 1)
    share = torch.tensor(shares, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start + share * z_end


@wrong("The points crowd at both ends: the shares follow a half cosine.")
def shares_along_a_cosine(z_start, z_end, num):
    share = torch.linspace(0, math.pi, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    share = 0.5 * (1 - share.cos())
    return (1 - share) * z_start + share * z_end


@wrong("A little noise is added to the points.")
def noisy_points(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    points = (1 - share) * z_start + share * z_end
    return points + 0.01 * torch.randn_like(points)


@wrong("The line ends half-way.")
def ends_half_way(z_start, z_end, num):
    share = torch.linspace(0, 0.5, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start + share * z_end


@wrong("The start is detached, so only z_end gets a gradient.")
def start_detached(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start.detach() + share * z_end


@wrong("The points keep the length of the ends: each is scaled to what lies between theirs.")
def points_of_interpolated_length(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    length = (1 - share) * z_start.norm() + share * z_end.norm()
    return length * F.normalize((1 - share) * z_start + share * z_end, dim=-1)


@wrong("It divides by num - 2, so that two points fail and more overshoot the end.")
def divided_by_two_less(z_start, z_end, num):
    return torch.stack([z_start + i / (num - 2) * (z_end - z_start) for i in range(num)])


@wrong("It edits z_end in place: it becomes the difference.")
def end_edited(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return z_start + share * z_end.sub_(z_start)


@wrong("The line runs to the mirror image of z_end.")
def to_the_mirror_image(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (1 - share) * z_start - share * z_end


@wrong("The dimensions come first, and the points run backwards.", composed=True)
def points_last_backwards(z_start, z_end, num):
    share = torch.linspace(1, 0, num, dtype=z_start.dtype, device=z_start.device)
    return torch.outer(z_start, 1 - share) + torch.outer(z_end, share)


@wrong("The points are doubled.", composed=True)
def doubled(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return 2 * ((1 - share) * z_start + share * z_end)


@wrong("It returns the points' distances from the start.", composed=True)
def distances_from_the_start(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return share * (z_end - z_start)
