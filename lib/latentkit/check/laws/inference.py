"""The law of inference in one document of a topic model: the pair (γ, φ) must reach the best bound there is.

Whatever the start and the criterion to stop, coordinate ascent ends there: the cases have one optimum. Nothing is
random in the test, so a right function never fails by chance.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase, Value
from latentkit.check.comparing import Complaint, complaint_of_error, complaint_of_form
from latentkit.lda import bound, document_shares, token_topics

SLACK = 0.01
"""Nats below the best bound that still pass. Stopping at a relative change of 1e-6 leaves at most 0.001."""
SAME = 1e-6
"""Nats within which a bound is the one that a known mistake ends at."""


def document_inference(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """Variational inference for q(θ, z) = Dir(θ; γ) Π φ: judged by its bound.

    The case's inputs are those of the exercise: `alpha`, `log_beta`, `word_ids`, `counts` and, where they are given,
    `max_iters` and `tol`. Numbers: `best`, the bound at the optimum; `bound_<mistake>`, where known mistakes end. Where
    `max_iters` is 1, `gamma_after` [2, K], γ after two and after three iterations from even shares: φ must be an
    update, γ and φ must go together, and the result must not be one of those.
    """
    inputs = solved.case.inputs
    wrong = complaint_of_error(response) or _complaint_of_form(response.outputs[-1], inputs)
    if wrong is None and response.mutated:
        wrong = Complaint(f"Your function changed its input `{response.mutated[0]}`: compute a new tensor.")
    if wrong is not None:
        return wrong
    gamma, phi = response.outputs[-1]
    return _complaint_of_sums(gamma, phi, inputs) or _complaint_of_bound(gamma, phi, solved)


def reached(inputs: Mapping[str, Value], gamma: Tensor, phi: Tensor) -> float:
    """The bound of the case's document at (γ, φ), in nats."""
    return float(bound(inputs["alpha"], inputs["log_beta"], inputs["word_ids"], inputs["counts"], phi, gamma))


def _complaint_of_form(output: Value, inputs: Mapping[str, Value]) -> Complaint | None:
    topics, words = len(inputs["log_beta"]), len(inputs["word_ids"])
    gamma, phi = inputs["log_beta"].new_zeros(topics), inputs["log_beta"].new_zeros(words, topics)
    if complaint_of_form(output, (phi, gamma), inputs) is None:
        return Complaint("γ is [K] and φ is [N, K].", mistake="results_swapped")
    return complaint_of_form(output, (gamma, phi), inputs)


def _complaint_of_sums(gamma: Tensor, phi: Tensor, inputs: Mapping[str, Value]) -> Complaint | None:
    """What holds after any update: the rows of φ sum to one, and γ to the prior and the tokens."""
    if not (phi >= 0).all() or not torch.allclose(phi.sum(1), phi.new_ones(len(phi)), atol=1e-6):
        return _complaint_of_rows(phi)
    prior = float(torch.as_tensor(inputs["alpha"], dtype=gamma.dtype).expand(gamma.shape).sum())
    tokens = float(inputs["counts"].sum())
    total = float(gamma.sum())
    if (gamma > 0).all() and abs(total - prior - tokens) < 1e-6 * (prior + tokens):
        return None
    facts = (("expected", f"γ sums to Σα + tokens, {prior + tokens:g}"), ("actual", f"{total:g}"))
    right = document_shares(inputs["alpha"], phi, inputs["counts"])
    sums = {
        "counts_ignored": document_shares(inputs["alpha"], phi, torch.ones_like(inputs["counts"])),
        "prior_missing": document_shares(0.0, phi, inputs["counts"]),
        "shares_returned": right / right.sum(),
    }
    mistake = next((name for name, value in sums.items() if torch.allclose(gamma, value, rtol=1e-3)), None)
    if mistake is None and torch.allclose(gamma, phi.sum(0), rtol=1e-3):
        return Complaint("γ is the mere sum of φ over the words: the prior and the counts are missing.", facts)
    if mistake is None and torch.allclose(gamma / gamma.sum(), right / right.sum(), rtol=1e-3):
        return Complaint("γ is α + Σ counts φ times a number that does not belong there.", facts)
    if mistake is None and total > 1.5 * (prior + tokens):
        mistake = "gamma_accumulated"
    return Complaint("γ does not add up the prior and the tokens.", facts, mistake)


def _complaint_of_rows(phi: Tensor) -> Complaint:
    message = "The rows of φ are not distributions over the topics."
    if torch.allclose(phi.sum(0), phi.new_ones(phi.shape[1]), atol=1e-6):
        return Complaint(f"{message} Its columns sum to 1: it was normalised over the words.")
    if torch.allclose(phi.exp().sum(1), phi.new_ones(len(phi)), atol=1e-6):
        return Complaint(f"{message} They are logarithms of distributions.")
    return Complaint(message)


def _complaint_of_bound(gamma: Tensor, phi: Tensor, solved: SolvedCase) -> Complaint | None:
    found, best = reached(solved.case.inputs, gamma, phi), solved.numbers["best"]
    actual = ("actual", f"{found:.4f} nats")
    if solved.case.inputs.get("max_iters") == 1:
        return _complaint_of_one_iteration(gamma, phi, found, solved)
    if best - found < SLACK:
        return None
    facts: Facts = (("expected", f"a bound of {best:.4f} nats"), actual)
    ends = {name.removeprefix("bound_"): value for name, value in solved.numbers.items() if name != "best"}
    mistake = next((name for name, value in ends.items() if abs(value - found) < SAME), None)
    message = "The bound is not the best that φ and γ can reach."
    if mistake is None:
        said, more = _reason(gamma, phi, solved)
        message, facts = f"{message} {said}", (*facts, *more)
    return Complaint(message, facts, mistake)


def _complaint_of_one_iteration(gamma: Tensor, phi: Tensor, found: float, solved: SolvedCase) -> Complaint | None:
    """From whatever start, one update of φ makes it β times a factor for each topic, exp ψ(γ) of the γ it came from."""
    inputs, best = solved.case.inputs, solved.numbers["best"]
    actual = ("actual", f"{found:.4f} nats")
    if best - found < SLACK:
        facts = (("expected", f"not yet the best bound, {best:.4f} nats"), actual)
        return Complaint("One iteration was allowed, and the result is converged.", facts, "limit_ignored")
    factors = _factors(phi, inputs)
    if not torch.allclose(factors, factors[:1].expand_as(factors), atol=1e-6):
        return Complaint("One iteration was allowed, and φ is no update from any γ.", (actual,), "one_iteration_fewer")
    source = torch.digamma(gamma)
    follows = torch.allclose(gamma, document_shares(inputs["alpha"], phi, inputs["counts"]), rtol=1e-6)
    if not follows and not torch.allclose(factors[0], source - source.mean(), atol=1e-6):
        return Complaint("After one iteration neither is γ the update from φ, nor φ the one from γ.", (actual,))
    if follows and any(torch.allclose(gamma, later, rtol=1e-9) for later in solved.numbers["gamma_after"]):
        message = "One iteration was allowed, and φ and γ are those of two or more, from even shares."
        return Complaint(message, (actual,), "one_iteration_more")
    return None


# ---------------------------------------------------------------- what is wrong with a pair that ends too low

MOST_ITERATIONS = 250
Facts = tuple[tuple[str, str], ...]


def _reason(gamma: Tensor, phi: Tensor, solved: SolvedCase) -> tuple[str, Facts]:
    """The plainest true thing about (γ, φ), each a distribution or a sum as it should be, and the numbers of it."""
    inputs, best = solved.case.inputs, solved.numbers["best"]
    if (phi.amax(1) > 1 - 1e-6).all():
        return "φ gives each word wholly to one topic, or nearly so, and the best one does not.", ()
    if torch.allclose(phi, phi[:1].expand_as(phi), atol=1e-9):
        return "All rows of φ are the same: its words have no say in it.", ()
    done = _iterations_done(gamma, phi, inputs)
    if done is not None:
        facts = (("iterations", f"{done}, from even shares"),)
        return "A right loop has this φ and γ on its way there: the loop ends too early.", facts
    for words, other_gamma, other_phi in (
        ("The topics come back in reverse order.", gamma.flip(0), phi.flip(1)),
        ("The rows of φ come back in reverse order.", gamma, phi.flip(0)),
        ("The rows of φ have moved by one word.", gamma, phi.roll(1, 0)),
        ("The rows of φ have moved by one word.", gamma, phi.roll(-1, 0)),
    ):
        if best - reached(inputs, other_gamma, other_phi) < SLACK:
            return words, ()
    if not torch.allclose(gamma, document_shares(inputs["alpha"], phi, inputs["counts"]), rtol=1e-4):
        return "γ is not α + Σ counts φ, with the φ that is returned.", ()
    factors = _factors(phi, inputs)
    if not torch.allclose(factors, factors[:1], atol=1e-4):
        return (
            "φ is no update from any γ: a row is its word's column of β times a factor for each topic, normalised.",
            (),
        )
    if torch.allclose(factors[0], gamma - gamma.mean(), atol=1e-3):
        return "φ was computed from γ itself, not from ψ(γ).", ()
    return "γ goes with φ, but φ is not the update that follows from γ: exp ψ(γ) times β, normalised.", ()


def _iterations_done(gamma: Tensor, phi: Tensor, inputs: Mapping[str, Value]) -> int | None:
    """After how many right iterations from even shares the pair is reached, if it is."""
    now = torch.as_tensor(inputs["alpha"]).to(gamma) + inputs["counts"].sum() / len(gamma)
    now = now.expand(gamma.shape)
    for iteration in range(1, MOST_ITERATIONS + 1):
        topics = token_topics(now, inputs["log_beta"], inputs["word_ids"])
        before, now = now, document_shares(inputs["alpha"], topics, inputs["counts"])
        if torch.allclose(now, gamma, rtol=1e-7) and torch.allclose(topics, phi, atol=1e-7):
            return iteration
        if torch.allclose(now, before, rtol=1e-9):
            break
    return None


def _factors(phi: Tensor, inputs: Mapping[str, Value]) -> Tensor:
    """log φ less the words' log β, less its mean over the topics, [N, K]: in an update, the same for all words."""
    factors: Tensor = phi.log() - inputs["log_beta"][:, inputs["word_ids"]].T
    return factors - factors.mean(1, keepdim=True)
