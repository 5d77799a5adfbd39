"""Formulas with parts changed: they are right but for the change, and name an answer that nobody named."""

import dataclasses
import functools

import pytest
import torch
from torch.nn import functional as F

from autograder import rubrics
from autograder.exercise.solve import PUBLIC_SEED, examination
from autograder.exercise.varied import varied
from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.diagnosis.variants import variants

EXERCISES = {
    exercise.name: exercise
    for problem_set in rubrics.names()
    for exercise in rubrics.load(problem_set).exercises
    if exercise.variants is not None
}


@functools.cache
def released(name, seed=PUBLIC_SEED):
    return examination(EXERCISES[name], seed, with_probes=True)


def said(name, function, seed=PUBLIC_SEED):
    examined = released(name, seed)
    return variants(examined, [respond(function, solved.case) for solved in examined.cases])


def test_changes_of_one_part_are_not_made_at_once():
    found = varied(lambda a=1, b=2: (a, b), {"a is 3": {"a": 3}, "a is 4": {"a": 4}, "b is 5": {"b": 5}})
    assert found == {
        ("a is 3",): (3, 2),
        ("a is 4",): (4, 2),
        ("b is 5",): (1, 5),
        ("a is 3", "b is 5"): (3, 5),
        ("a is 4", "b is 5"): (4, 5),
    }


@pytest.mark.parametrize("name", EXERCISES)
def test_every_change_gives_numbers_of_the_right_shape_by_the_same_words_in_every_case(name):
    exercise = EXERCISES[name]
    for solved in released(name).cases:
        found = exercise.variants(*solved.case.inputs.values())
        things = found if isinstance(found, tuple) else (found,)
        assert tuple(map(tuple, things)) == released(name).variants
        right = solved.expected.outputs[-1]
        for values, expected in zip(things, right if isinstance(right, tuple) else (right,), strict=True):
            shape = torch.as_tensor(expected).shape
            assert {torch.as_tensor(value).shape for value in values.values()} == {shape}


@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_is_said_of_a_right_answer(name):
    for function in (EXERCISES[name].reference, *EXERCISES[name].alternatives):
        assert not any(said(name, function))


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_said_of_a_known_mistake_is_the_same_on_other_cases(name):
    """A change that is found by luck on some cases is not found on others."""
    told = 0
    for mistake in EXERCISES[name].mistakes:
        every = [said(name, mistake.function, seed) for seed in (PUBLIC_SEED, b"another", b"a third")]
        assert every[1:] == every[:-1], mistake.id
        told += any(every[0])
    assert told >= 2


def token_kept_in_one(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


def counts_of_all_documents_squared(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk.sum(0) - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p**2 / (p**2).sum()


def first_document_alone(docs, phis, vocab_size, eta=0.0):
    (word_ids, counts), phi = docs[0], phis[0]
    table = phi.new_full((vocab_size, phi.shape[1]), eta).index_add(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T


def single_words_kept(tokens, spans, mask_id):
    before, after = F.pad(spans, (1, 0))[:, :-1], F.pad(spans, (0, 1))[:, 1:]
    goes_on = (spans > 0) & (spans == before)
    long = goes_on | ((spans > 0) & (spans == after))
    order = goes_on.long().argsort(dim=1, stable=True)
    return torch.where(long, mask_id, tokens).masked_fill(goes_on, 0).gather(1, order)


def made_up_among_both(said, asked):
    num_asked = asked.sum(-1)
    coverage = torch.where(num_asked > 0, (said & asked).sum(-1) / num_asked.clamp(min=1), 1)
    return coverage, (said & ~asked).sum(-1) / (said | asked).sum(-1).clamp(min=1)


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("gibbs_conditional", token_kept_in_one, "where the token is not taken out of `n_dk`."),
        (
            "gibbs_conditional",
            counts_of_all_documents_squared,
            "where the counts of all documents stand for those of document d and the weights are squared before",
        ),
        ("update_beta", first_document_alone, "where the first document alone is in the topics."),
        ("mask_values", single_words_kept, "where values of one word stay as they are."),
        (
            "slot_coverage",
            made_up_among_both,
            "The second thing returned is what comes out where what is counted is divided by how many are asked or",
        ),
    ],
)
def test_it_is_told_what_was_changed(name, function, words):
    assert words in examine(released(name), function).message


def test_changes_that_the_cases_do_not_tell_apart_are_not_claimed():
    examined = released("gibbs_conditional")
    (words,) = examined.variants
    twice = dataclasses.replace(
        examined,
        variants=((*words, ("another reading",), ("a third reading",)),),
        cases=tuple(
            dataclasses.replace(s, variants=(torch.cat([v, v[_of_document(words)].expand(2, *v.shape[1:])]),))
            for s in examined.cases
            for v in s.variants
        ),
    )
    responses = [respond(token_kept_in_one, solved.case) for solved in twice.cases]
    assert variants(examined, responses) == ["the token is not taken out of `n_dk`"]
    assert variants(twice, responses) == [None]


def _of_document(words):
    return words.index(("the token is not taken out of `n_dk`",))
