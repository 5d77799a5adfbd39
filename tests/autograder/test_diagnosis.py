"""What the check says of wrong answers that no rubric knows: it is what they do, and right answers are left alone."""

import dataclasses
import functools
import time

import pytest
import torch
from torch.nn import functional as F

from autograder import rubrics
from autograder.exercise.solve import PUBLIC_SEED, examination
from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Examination, Response, SolvedCase
from latentkit.check.diagnosis.explain import explain

EXERCISES = {exercise.name: exercise for name in rubrics.names() for exercise in rubrics.load(name).exercises}
BY_VALUE = [name for name, exercise in EXERCISES.items() if not exercise.law]


@functools.cache
def released(name):
    return examination(EXERCISES[name], PUBLIC_SEED, with_probes=True)


def kl(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


def elbo(x, logits, mu, logvar, beta=1.0):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) - beta * kl(mu, logvar)


def of_kl(mu, logvar, change):
    return change(kl(mu, logvar))


def mean_centred(mu, logvar):
    return kl(mu - mu.mean(0), logvar) + kl(mu.mean(0), torch.zeros_like(mu.mean(0)))


def fails_alone(mu, logvar):
    return kl(mu, logvar) + (0.1 if len(mu) == 1 else 0)


def overflows(mu, logvar):
    return kl(mu, logvar.clamp(-20, 5))


def noisy(mu, logvar):
    return kl(mu, logvar) + torch.rand(len(mu), dtype=mu.dtype)


OF_KL = {
    "in bits": (
        lambda mu, logvar: kl(mu, logvar) / torch.log(torch.tensor(2.0)),
        "1/ln 2, which is bits for nats, times the right one",
    ),
    "tripled": (lambda mu, logvar: 3 * kl(mu, logvar), "The result is 3 times the right one"),
    "a constant more": (lambda mu, logvar: kl(mu, logvar) + 1, "The result is the right one plus 1"),
    "by the dimension": (lambda mu, logvar: kl(mu, logvar) * mu.shape[-1], "the size of the last axis of `mu` times"),
    "exponential": (lambda mu, logvar: of_kl(mu, logvar, torch.exp), "The result is the exponential of the right one"),
    "reversed": (lambda mu, logvar: kl(mu, logvar).flip(0), "The result is the right one in reverse order"),
    "one later": (lambda mu, logvar: kl(mu, logvar).roll(1, 0), "the right one, one position later"),
    "another shape": (lambda mu, logvar: kl(mu, logvar)[:, None], "The result is the right one but for its shape"),
    "not summed": (lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar), "not reduced to the end: its sum"),
    "a term missing": (lambda mu, logvar: kl(mu, logvar) + 0.5 * logvar.sum(-1), "The term −½ Σ log σ² is missing"),
    "a term turned": (lambda mu, logvar: kl(mu, logvar) - logvar.exp().sum(-1), "The term ½ Σ σ² has the wrong sign"),
    "one constant": (lambda mu, logvar: torch.ones_like(mu[:, 0]), "The result is 1 everywhere"),
    "neighbours": (mean_centred, "a row of the result depends on the other rows"),
    "random": (noisy, "Two calls with the same inputs gave different results"),
    "one row": (fails_alone, "only “one posterior” fails"),
    "detached": (lambda mu, logvar: kl(mu.detach(), logvar), "No gradient reaches `mu`"),
    "doubled gradient": (lambda mu, logvar: 2 * kl(mu, logvar) - kl(mu, logvar).detach(), "`mu` is 2 times the right"),
    "raises": (lambda mu, logvar: kl(mu, logvar) if len(mu) > 1 else None + 1, "only “one posterior” fails"),
}


@pytest.mark.parametrize(("function", "words"), OF_KL.values(), ids=OF_KL)
def test_it_says_what_the_answer_does(function, words):
    verdict = examine(released("kl_to_standard_normal"), function)
    assert not verdict.passed
    if words not in verdict.message:
        probed = explain(released("kl_to_standard_normal"), *asked(released("kl_to_standard_normal"), function))
        assert words in getattr(probed, "text", verdict.message)


def asked(examined, function):
    def ask(cases):
        return [respond(function, case) for case in cases]

    return ask([solved.case for solved in examined.cases]), ask


OF_ELBO = {
    "an argument ignored": (
        lambda x, logits, mu, logvar, beta=1.0: elbo(x, logits, mu, logvar) - x.sum(-1),
        "`beta` changes nothing",
    ),
    "another default": (lambda x, logits, mu, logvar, beta=0.5: elbo(x, logits, mu, logvar, beta), "beta"),
    "a term missing": (
        lambda x, logits, mu, logvar, beta=1.0: elbo(x, logits, mu, logvar, beta) + beta * 0.5 * (mu**2).sum(-1),
        "The term ½ Σ μ² of the KL is missing",
    ),
    "exchanged": (
        lambda x, logits, mu, logvar, beta=1.0: elbo(x, logits, logvar, mu, beta),
        "With `mu` and `logvar` exchanged, it gives the right result",
    ),
    "another scale": (
        lambda x, logits, mu, logvar, beta=1.0: elbo(x, logits, mu, 3 * logvar / 1.5, beta),
        "Given ½ · `logvar` in place of `logvar`, it gives the right result",
    ),
}


@pytest.mark.parametrize(("function", "words"), OF_ELBO.values(), ids=OF_ELBO)
def test_it_says_what_an_argument_does(function, words):
    assert words in examine(released("elbo"), function).message


def test_it_says_from_which_size_on_an_answer_is_wrong():
    message = examine(released("kl_to_standard_normal"), overflows).message
    assert "right while no entry of `logvar` exceeds" in message


def test_two_known_mistakes_at_once_are_both_named():
    known = {mistake.id: mistake.hint for mistake in EXERCISES["kl_to_standard_normal"].mistakes}
    verdict = examine(
        released("kl_to_standard_normal"), lambda mu, logvar: -0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(-1)
    )
    assert verdict.mistake in ("averaged_over_dimensions", "negative_kl")
    assert known["averaged_over_dimensions"] in verdict.message
    assert known["negative_kl"] in verdict.message


def test_a_right_value_of_another_dtype_is_told_no_mistake():
    verdict = examine(released("kl_to_standard_normal"), lambda mu, logvar: kl(mu, logvar).double())
    assert (verdict.mistake, "dtype" in verdict.message) == (None, True)


@pytest.mark.parametrize("name", BY_VALUE)
def test_the_declared_terms_add_up_to_the_reference(name):
    if EXERCISES[name].terms is None:
        pytest.skip("no terms are declared")
    for seed in (PUBLIC_SEED, b"another"):
        for solved in examination(EXERCISES[name], seed, with_probes=True).cases:
            total = sum(value.double() for value in solved.terms.values())
            expected = solved.expected.outputs[-1]
            torch.testing.assert_close(total.expand(expected.shape), expected.double(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", BY_VALUE)
def test_every_probe_is_answered_rightly_by_the_reference_and_by_what_looks_different(name):
    exercise = EXERCISES[name]
    for probe in released(name).probes:
        assert respond(exercise.reference, probe.solved.case).error == ""
        assert 0 <= probe.base < len(released(name).cases)


@pytest.mark.parametrize("name", BY_VALUE)
def test_what_is_said_of_the_terms_of_a_mistake_is_the_same_on_other_cases(name):
    exercise = EXERCISES[name]
    for mistake in exercise.mistakes[:4]:
        said = [
            sentence
            for seed in (PUBLIC_SEED, b"another", b"a third")
            for sentence in nameless_findings(examination(exercise, seed, with_probes=True), mistake.function)
            if sentence.startswith("The term")
        ]
        assert len(set(said)) <= 1, said


def nameless_findings(examined, function):
    """What would be said of a function if no mistake were known."""
    cases = tuple(dataclasses.replace(solved, mistakes={}) for solved in examined.cases)
    examined = dataclasses.replace(examined, cases=cases, hints={})
    found = explain(examined, *asked(examined, function))
    return [found.text] if found else []


def test_an_answer_that_is_no_number_at_all_never_stops_the_check():
    for strange in (object(), {"a": 1}, "text", [1, [2]], float("nan"), 10**400, torch.zeros(0), 1j, lambda: 0):
        verdict = examine(released("kl_to_standard_normal"), lambda mu, logvar, strange=strange: strange)
        assert verdict.status in ("failed", "error")


def test_without_asking_only_what_the_responses_tell_is_said():
    examined = released("kl_to_standard_normal")
    responses = [respond(lambda mu, logvar: 2 * kl(mu, logvar), solved.case) for solved in examined.cases]
    assert "2 times the right one" in explain(examined, responses).text
    assert explain(examined, [Response(error="NotAttempted")] * len(responses)) is None


def test_a_single_number_proves_nothing():
    case = Case("one number", {"x": torch.tensor(3.0, dtype=torch.float64)})
    solved = SolvedCase(case, Response((torch.tensor(6.0, dtype=torch.float64),)))
    examined = Examination("double", (solved,), {})
    assert explain(examined, [Response((torch.tensor(12.0, dtype=torch.float64),))]) is None


def test_a_slow_function_is_not_asked_for_long():
    calls = []

    def slow(mu, logvar):
        calls.append(1)
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            pass
        return kl(mu, logvar) * (1 + mu[:, 0])

    assert not examine(released("kl_to_standard_normal"), slow).passed
    assert len(calls) < 4 * len(released("kl_to_standard_normal").cases)
