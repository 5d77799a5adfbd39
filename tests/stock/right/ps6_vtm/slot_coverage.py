"""Right but unusual answers to `slot_coverage`."""

import math

import numpy as np
import torch
from answers import right


@right
def with_sets(said, asked):
    coverage, made_up = [], []
    for told, wanted in zip(said, asked, strict=True):
        a, b = set(told.nonzero().flatten().tolist()), set(wanted.nonzero().flatten().tolist())
        coverage.append(len(a & b) / len(b) if b else 1.0)
        made_up.append(len(a - b) / len(a) if a else 0.0)
    return torch.tensor(coverage, device=said.device), torch.tensor(made_up, device=said.device)


@right
def by_complements(said, asked):
    missing = (asked & ~said).sum(-1) / asked.sum(-1).clamp(min=1)
    return 1 - missing, (said & ~asked).sum(-1) / said.sum(-1).clamp(min=1)


@right
def by_products(said, asked):
    told, wanted = said.to(torch.float32), asked.to(torch.float32)
    both = torch.einsum("bf,bf->b", told, wanted)
    num_told, num_wanted = told.sum(1), wanted.sum(1)
    coverage = (both + (num_wanted == 0)) / (num_wanted + (num_wanted == 0))
    return coverage, (num_told - both) / num_told.clamp(min=1)


@right
def through_numpy(said, asked):
    told, wanted = said.cpu().numpy(), asked.cpu().numpy()
    both, num_told, num_wanted = (told & wanted).sum(1), told.sum(1), wanted.sum(1)
    coverage = np.divide(both, num_wanted, out=np.ones(len(told)), where=num_wanted > 0)
    made_up = np.divide(num_told - both, num_told, out=np.zeros(len(told)), where=num_told > 0)
    return tuple(torch.from_numpy(share).float().to(said.device) for share in (coverage, made_up))


@right
def with_nan_means(said, asked):
    told = torch.where(asked, said.float(), math.nan)
    invented = torch.where(said, (~asked).float(), math.nan)
    return told.nanmean(-1).nan_to_num(1.0), invented.nanmean(-1).nan_to_num(0.0)


@right
def in_a_list(said, asked):
    shares = [
        ((told & wanted).sum() / wanted.sum() if wanted.any() else torch.tensor(1.0, device=said.device),
         (told & ~wanted).sum() / told.sum() if told.any() else torch.tensor(0.0, device=said.device))
        for told, wanted in zip(said, asked, strict=True)
    ]  # fmt: skip
    coverage, made_up = zip(*shares, strict=True)
    return [torch.stack(coverage), torch.stack(made_up)]


@right
def by_joint_codes(said, asked):
    code = 2 * said.long() + asked.long()
    only_asked, only_said, both = ((code == kind).sum(1) for kind in (1, 2, 3))
    coverage = torch.where(both + only_asked == 0, 1.0, both / (both + only_asked))
    return coverage, torch.where(both + only_said == 0, 0.0, only_said / (both + only_said))


@right
def by_hand(said, asked):
    coverage, made_up = torch.ones(len(said)), torch.zeros(len(said))
    for row in range(len(said)):
        pairs = list(zip(said[row].tolist(), asked[row].tolist(), strict=True))
        if any(wanted for _, wanted in pairs):
            coverage[row] = sum(told for told, wanted in pairs if wanted) / sum(wanted for _, wanted in pairs)
        if any(told for told, _ in pairs):
            made_up[row] = sum(not wanted for told, wanted in pairs if told) / sum(told for told, _ in pairs)
    return coverage.to(said.device), made_up.to(said.device)
