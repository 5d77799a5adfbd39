"""The law of inference in one document of a topic model: the pair (γ, φ) must reach the best bound there is.

Whatever the start and the criterion to stop, coordinate ascent ends there: the cases have one optimum. Nothing is
random in the test, so a right function never fails by chance.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from latentkit.check.cases import Examination, Response, SolvedCase, Value
from latentkit.check.comparing import Complaint, complaint_of_error, complaint_of_form
from latentkit.lda import bound

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
    if complaint_of_form(output, (phi, gamma)) is None:
        return Complaint("γ is [K] and φ is [N, K].", mistake="results_swapped")
    return complaint_of_form(output, (gamma, phi))


def _complaint_of_sums(gamma: Tensor, phi: Tensor, inputs: Mapping[str, Value]) -> Complaint | None:
    """What holds after any update: the rows of φ sum to one, and γ to the prior and the tokens."""
    if not (phi >= 0).all() or not torch.allclose(phi.sum(1), phi.new_ones(len(phi)), atol=1e-6):
        return Complaint("The rows of φ are not distributions over the topics.")
    prior = float(torch.as_tensor(inputs["alpha"], dtype=gamma.dtype).expand(gamma.shape).sum())
    tokens, words = float(inputs["counts"].sum()), len(phi)
    total = float(gamma.sum())
    if (gamma > 0).all() and abs(total - prior - tokens) < 1e-6 * (prior + tokens):
        return None
    facts = (("expected", f"γ sums to Σα + tokens, {prior + tokens:g}"), ("actual", f"{total:g}"))
    sums = {"counts_ignored": prior + words, "prior_missing": tokens, "shares_returned": 1.0}
    mistake = next((name for name, value in sums.items() if abs(total - value) < 1e-6 * value), None)
    if mistake is None and total > 1.5 * (prior + tokens):
        mistake = "gamma_accumulated"
    return Complaint("γ does not add up the prior and the tokens.", facts, mistake)


def _complaint_of_bound(gamma: Tensor, phi: Tensor, solved: SolvedCase) -> Complaint | None:
    found, best = reached(solved.case.inputs, gamma, phi), solved.numbers["best"]
    actual = ("actual", f"{found:.4f} nats")
    if solved.case.inputs.get("max_iters") == 1:
        return _complaint_of_one_iteration(gamma, phi, found, solved)
    if best - found < SLACK:
        return None
    facts = (("expected", f"a bound of {best:.4f} nats"), actual)
    ends = {name.removeprefix("bound_"): value for name, value in solved.numbers.items() if name != "best"}
    mistake = next((name for name, value in ends.items() if abs(value - found) < SAME), None)
    return Complaint("The bound is not the best that φ and γ can reach.", facts, mistake)


def _complaint_of_one_iteration(gamma: Tensor, phi: Tensor, found: float, solved: SolvedCase) -> Complaint | None:
    """From whatever start, one update of φ makes it β times a factor for each topic, exp ψ(γ) of the γ it came from."""
    inputs, best = solved.case.inputs, solved.numbers["best"]
    actual = ("actual", f"{found:.4f} nats")
    if best - found < SLACK:
        facts = (("expected", f"not yet the best bound, {best:.4f} nats"), actual)
        return Complaint("One iteration was allowed, and the result is converged.", facts, "limit_ignored")
    factors = phi.log() - inputs["log_beta"][:, inputs["word_ids"]].T
    factors = factors - factors.mean(1, keepdim=True)  # rows are normalised
    if not torch.allclose(factors, factors[:1].expand_as(factors), atol=1e-6):
        return Complaint("One iteration was allowed, and φ is no update from any γ.", (actual,), "one_iteration_fewer")
    source = torch.digamma(gamma)
    follows = torch.allclose(gamma, inputs["alpha"] + inputs["counts"] @ phi, rtol=1e-6)
    if not follows and not torch.allclose(factors[0], source - source.mean(), atol=1e-6):
        return Complaint("After one iteration neither is γ the update from φ, nor φ the one from γ.", (actual,))
    if follows and any(torch.allclose(gamma, later, rtol=1e-9) for later in solved.numbers["gamma_after"]):
        message = "One iteration was allowed, and φ and γ are those of two or more, from even shares."
        return Complaint(message, (actual,), "one_iteration_more")
    return None
