"""Right but unusual answers to `exchange_syntax`."""

import torch
from answers import right
from torch.nn import functional as F


@right
def by_padding_and_adding(z_semantic, z_syntactic, donors):
    size, other = z_semantic.shape[1], z_syntactic.shape[1]
    return F.pad(z_semantic, (0, other)) + F.pad(z_syntactic[donors], (size, 0))


@right
def by_taking_rows(z_semantic, z_syntactic, donors):
    return torch.column_stack((z_semantic, torch.index_select(z_syntactic, 0, donors)))


@right
def by_an_embedding(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, F.embedding(donors, z_syntactic)], 1)


@right
def by_pairs_of_all(z_semantic, z_syntactic, donors):
    number = len(donors)
    every = torch.cat(
        [z_semantic[:, None].expand(-1, number, -1), z_syntactic[None].expand(number, -1, -1)], dim=-1
    )  # sentence, donor
    return every[torch.arange(number, device=donors.device), donors]


@right
def by_the_whole_codes(z_semantic, z_syntactic, donors):
    own = torch.cat([z_semantic, z_syntactic], dim=1)
    is_syntax = torch.arange(own.shape[1], device=own.device) >= z_semantic.shape[1]
    return torch.where(is_syntax, own[donors], own)


@right
def by_take_along_dim(z_semantic, z_syntactic, donors):
    taken = torch.take_along_dim(z_syntactic, donors.unsqueeze(1), dim=0)
    return torch.concat([z_semantic, taken], dim=1)


@right
def by_lists_of_rows(z_semantic, z_syntactic, donors):
    rows = z_syntactic.unbind(0)
    return torch.cat([z_semantic, torch.vstack([rows[donor] for donor in donors.tolist()])], dim=1)


@right
def by_an_einsum_over_donors(z_semantic, z_syntactic, donors):
    asked = (donors[:, None] == torch.arange(len(z_syntactic), device=donors.device)).to(z_syntactic)
    return torch.cat([z_semantic, torch.einsum("bd,dk->bk", asked, z_syntactic)], dim=-1)
