"""The meaning of one sentence beside the syntax of another: what the decoder reads."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from latentkit.check.cases import Case
from latentkit.reference import syntax_semantics


def _exchange_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, semantic, syntactic, donors, dtype in (
        ("each takes another's, in a ring", 4, 3, [2, 0, 3, 4, 1], torch.float64),
        ("one donor for several", 3, 2, [1, 1, 3, 1], torch.float64),
        ("as many dimensions in both", 3, 3, [2, 3, 0, 0], torch.float64),
        ("everybody keeps their own", 2, 4, [0, 1, 2], torch.float64),
        ("all take the first one's", 3, 2, [0, 0, 0], torch.float64),
        ("one sentence", 4, 2, [0], torch.float64),
        ("as many sentences as dimensions", 4, 4, [3, 1, 0, 0], torch.float64),
        ("float32", 5, 3, [1, 2, 0, 0], torch.float32),
    ):
        shuffled = _renamed(generator, donors)
        batch = len(donors)
        inputs = {
            "z_semantic": normal(generator, batch, semantic, dtype=dtype),
            "z_syntactic": normal(generator, batch, syntactic, dtype=dtype),
            "donors": shuffled,
        }
        cotangent = normal(generator, batch, semantic + syntactic, dtype=dtype)
        yield Case(name, inputs, ("z_semantic", "z_syntactic"), cotangent)


def _renamed(generator: np.random.Generator, donors: list[int]) -> Tensor:
    """The same choice among sentences that are counted in another order."""
    new = generator.permutation(len(donors))
    renamed = torch.zeros(len(donors), dtype=torch.long)
    for sentence, donor in enumerate(donors):
        renamed[int(new[sentence])] = int(new[donor])
    return renamed


exchange_syntax = Exercise(
    name="exchange_syntax",
    points=2,
    reference=syntax_semantics.exchange_syntax,
    cases=_exchange_cases,
    look="section 7, exchange; Bao et al. 2019, syntax-transfer generation",
    unbounded=("z_semantic", "z_syntactic"),
)


@exchange_syntax.mistake("z_syn stands before z_sem. The decoder was trained on z_sem first: join them in this order.")
def syntax_first(z_semantic, z_syntactic, donors):
    return torch.cat([z_syntactic[donors], z_semantic], dim=-1)


@exchange_syntax.mistake(
    "It is the *meaning* that you took from the donor. The sentence keeps its z_sem; z_syn changes."
)
def meaning_of_the_donor(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic[donors], z_syntactic], dim=-1)


@exchange_syntax.mistake("You took both from the donor, so it is the donor's sentence. z_sem stays the sentence's own.")
def both_of_the_donor(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic[donors], z_syntactic[donors]], dim=-1)


@exchange_syntax.mistake("`donors` is not used: each sentence keeps its own syntax.")
def donors_not_used(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic], dim=-1)


@exchange_syntax.mistake(
    "The way runs backwards: sentence i *gave* its syntax to donors[i]. It takes it from there: z_syntactic[donors]."
)
def given_instead_of_taken(z_semantic, z_syntactic, donors):
    given = z_syntactic.clone()
    for sentence, donor in enumerate(donors.tolist()):
        given = torch.cat([given[:donor], z_syntactic[sentence : sentence + 1], given[donor + 1 :]])
    return torch.cat([z_semantic, given], dim=-1)


@exchange_syntax.mistake(
    "You sort the sentences by their donors. `donors` holds numbers of sentences already: use them as indices."
)
def sorted_by_donors(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors.argsort(stable=True)]], dim=-1)


@exchange_syntax.mistake(
    "Each sentence takes the syntax of the one before it, whatever `donors` says. It says whose syntax to take."
)
def from_the_one_before(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic.roll(1, 0)], dim=-1)


@exchange_syntax.mistake("All take the syntax of the first donor. Each sentence has a donor of its own, donors[i].")
def first_donor_for_all(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors[:1]].expand(len(z_syntactic), -1)], dim=-1)


@exchange_syntax.mistake("The donors are taken one off: they are counted from 0, as everything is here.")
def donors_counted_from_one(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic[donors - 1]], dim=-1)


@exchange_syntax.mistake(
    "The exchange is done one by one in a single tensor, so that a later sentence takes what its donor has taken. "
    "All take from the codes as they were: z_syntactic[donors]."
)
def taken_from_what_was_exchanged(z_semantic, z_syntactic, donors):
    taken = list(z_syntactic)
    for sentence, donor in enumerate(donors.tolist()):
        taken[sentence] = taken[donor]
    return torch.cat([z_semantic, torch.stack(taken)], dim=-1)


@exchange_syntax.mistake("The donor's syntax is averaged with the sentence's own. The donor's alone is asked.")
def own_and_donor_averaged(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, (z_syntactic + z_syntactic[donors]) / 2], dim=-1)


@exchange_syntax.mistake("The donor's syntax is added to the sentence's own. It takes its place.")
def added_to_its_own(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic + z_syntactic[donors]], dim=-1)


@exchange_syntax.mistake(
    "The sentence's own z_syn is still there, between z_sem and the donor's. The decoder reads M + K numbers: z_sem, "
    "and the donor's z_syn."
)
def own_syntax_kept_besides(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic, z_syntactic[donors]], dim=-1)


@exchange_syntax.mistake("This is the donor's z_syn alone, [B, K]. The decoder reads z_sem before it: [B, M + K].")
def syntax_alone(z_semantic, z_syntactic, donors):
    return z_syntactic[donors]


@exchange_syntax.mistake("z_syn is detached: through an exchange it could learn nothing.")
def syntax_detached(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic, z_syntactic.detach()[donors]], dim=-1)


@exchange_syntax.mistake("z_sem is detached: through an exchange it could learn nothing.")
def meaning_detached(z_semantic, z_syntactic, donors):
    return torch.cat([z_semantic.detach(), z_syntactic[donors]], dim=-1)


@exchange_syntax.alternative
def exchanged_by_a_matrix(z_semantic, z_syntactic, donors):
    chooses = F.one_hot(donors, len(donors)).to(z_syntactic)
    return torch.cat((z_semantic, chooses @ z_syntactic), 1)


@exchange_syntax.alternative
def exchanged_sentence_by_sentence(z_semantic, z_syntactic, donors):
    return torch.stack([torch.cat([own, z_syntactic[donor]]) for own, donor in zip(z_semantic, donors, strict=True)])


@exchange_syntax.alternative
def exchanged_by_gathering(z_semantic, z_syntactic, donors):
    taken = z_syntactic.gather(0, donors[:, None].expand(-1, z_syntactic.shape[1]))
    return torch.hstack([z_semantic, taken])


@exchange_syntax.alternative
def exchanged_into_place(z_semantic, z_syntactic, donors):
    size = z_semantic.shape[1]
    joined = z_semantic.new_empty(len(donors), size + z_syntactic.shape[1])
    joined[:, :size] = z_semantic
    joined[:, size:] = z_syntactic.index_select(0, donors)
    return joined
