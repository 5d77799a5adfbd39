"""Wrong answers to `exchange_syntax`, kept aside."""

import torch
from answers import wrong


@wrong("The donors are sorted first.")
def sorted_donors(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors.sort().values]], dim=-1)


@wrong("The sentence after the donor is asked.")
def sentence_after_the_donor(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[(donors + 1) % len(donors)]], dim=-1)


@wrong("The result has a dimension too many, [1, B, M + K].")
def in_a_batch_of_one(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors]], dim=-1)[None]


@wrong("It comes back transposed, [M + K, B].")
def transposed(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors]], dim=-1).T


@wrong("Half of the donor's syntax is taken and half of one's own.")
def second_half_kept(z_semantic, z_syntactic, donors):
    half = z_syntactic.shape[1] // 2
    return torch.cat([z_semantic, z_syntactic[donors][:, :half], z_syntactic[:, half:]], dim=-1)


@wrong("The difference of the donor's syntax and one's own is taken.")
def difference_of_syntaxes(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors] - z_syntactic], dim=-1)


@wrong("The syntax is the sum of all sentences'.")
def sum_of_all_sentences(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic.sum(0, keepdim=True).expand_as(z_syntactic)], dim=-1)


@wrong("The dimensions of the donor's syntax stand in reverse order.")
def dimensions_in_reverse(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors].flip(-1)], dim=-1)


@wrong("The first sentence keeps its own syntax.")
def first_sentence_unchanged(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, torch.cat([z_syntactic[:1], z_syntactic[donors[1:]]])], dim=-1)


@wrong("Syntax comes first, and both are the donor's.", composed=True)
def syntax_first_and_both_of_the_donor(z_semantic, z_syntactic, donors):
    return torch.cat([z_syntactic[donors], z_semantic[donors]], dim=-1)


@wrong("The syntaxes are averaged, and the meaning is detached.", composed=True)
def averaged_with_meaning_detached(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic.detach(), (z_syntactic + z_syntactic[donors]) / 2], dim=-1)
