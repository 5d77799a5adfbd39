"""Wrong answers to `exchange_syntax`, to work on."""

import torch
from answers import wrong


@wrong("The donors' order is turned round.")
def donors_in_reverse(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors.flip(0)]], dim=-1)


@wrong("The donor's donor is asked.")
def donors_of_donors(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors[donors]]], dim=-1)


@wrong("The two are returned apart, as a pair.")
def a_pair_of_codes(z_semantic, z_syntactic, donors):
    return z_semantic, z_syntactic[donors]


@wrong("The donor's syntax is written into the codes given.")
def written_into_the_codes(z_semantic, z_syntactic, donors):
    joined = torch.cat([z_semantic, z_syntactic[donors]], dim=-1)
    z_syntactic.data.copy_(z_syntactic.data[donors])
    return joined


@wrong("Only the first dimension of the syntax is exchanged.")
def first_dimension_exchanged(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors][:, :1], z_syntactic[:, 1:]], dim=-1)


@wrong("The meaning is scaled to length one.")
def meaning_of_length_one(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic / z_semantic.norm(dim=-1, keepdim=True), z_syntactic[donors]], dim=-1)


@wrong("The syntax is the mean of all donors'.")
def mean_of_all_donors(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors].mean(0, keepdim=True).expand_as(z_syntactic)], dim=-1)


@wrong("The donors' numbers stand at the end of each row.")
def donors_appended(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors], donors[:, None].to(z_semantic)], dim=-1)


@wrong("The last sentence keeps its own syntax.")
def last_sentence_unchanged(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, torch.cat([z_syntactic[donors[:-1]], z_syntactic[-1:]])], dim=-1)


@wrong("Syntax comes first, and each keeps their own.", composed=True)
def syntax_first_and_not_exchanged(z_semantic, z_syntactic, donors):
    return torch.cat([z_syntactic, z_semantic], dim=-1)


@wrong("The meaning is the donor's, and the syntax is detached.", composed=True)
def meaning_of_the_donor_and_syntax_detached(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic[donors], z_syntactic.detach()], dim=-1)
