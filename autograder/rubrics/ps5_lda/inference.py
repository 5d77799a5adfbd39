"""Inference in one document: judged by the bound that it reaches."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import uniform
from autograder.rubrics.ps5_lda.documents import log_topics, token_counts
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Value
from latentkit.check.laws.inference import SLACK, reached
from latentkit.reference import topics

MOST_ITERATIONS = 60
"""Of the reference at tol=1e-6, in the documents of the cases: others need at most twice as many."""
LONG = "as many iterations as it takes"
OWN_LIMIT, SLOW_GAP = 100, 0.05
"""Iterations that do not suffice in the last case, and the nats of the bound that they leave; 450 leave hardly any."""
GAP = 0.3
"""Nats that one iteration from even shares leaves, at least. Every concentration here is 0.5 or more: over 9,000 such
documents, twelve random starts each, coordinate ascent ended in one and the same optimum; below, one in ten has two."""


def _inference_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count, words, alpha, repeated in (
        ("a symmetric prior", 3, 6, 0.5, False),
        ("a prior for each topic", 4, 8, None, False),
        ("a word that recurs", 3, 6, 1.0, True),
    ):
        while True:
            inputs = _document(generator, count, words, alpha, repeated)
            if _is_clear(inputs) and (repeated or alpha is None or _tells_logs(inputs)):
                break
        yield Case(name, inputs)
    while True:  # eight topics: no start is by chance as good as the optimum
        inputs = _document(generator, 8, 10, 0.5, False)
        if _is_clear(inputs, most=1000):
            break
    yield Case("one iteration only", inputs | {"max_iters": 1})
    yield Case(LONG, _slow_document(generator) | {"max_iters": 600, "tol": 1e-9})


def _slow_document(generator: np.random.Generator) -> dict[str, Value]:
    """Many tokens and topics that hardly differ: γ moves by little in each iteration."""
    while True:
        base, tilt = generator.dirichlet(np.full(16, 2.0)), 0.1 * generator.standard_normal((3, 16))
        log_beta = torch.from_numpy((np.log(base) + tilt).astype(np.float32)).double().log_softmax(1)
        counts = torch.from_numpy(generator.integers(50, 100, 8)).double()
        inputs: dict[str, Any] = {
            "alpha": 2.0,
            "log_beta": log_beta,
            "word_ids": torch.arange(8),
            "counts": counts,
        }
        early, late, best = (
            reached(inputs, *topics.infer_document(**inputs, max_iters=iterations, tol=1e-10))
            for iterations in (OWN_LIMIT, 450, 2000)
        )
        if best - early > SLOW_GAP and best - late < 1e-3:
            return inputs


def _document(
    generator: np.random.Generator, count: int, words: int, alpha: float | None, repeated: bool
) -> dict[str, Value]:
    ids = generator.permutation(2 * words)[:words]
    if repeated:
        ids[-1] = ids[0]
    return {
        "alpha": uniform(generator, 0.5, 2.0, count) if alpha is None else alpha,
        "log_beta": log_topics(generator, count, 2 * words, 0.3),
        "word_ids": torch.from_numpy(ids),
        "counts": token_counts(generator, words),
    }


def _is_clear(inputs: Mapping[str, Value], most: int = MOST_ITERATIONS) -> bool:
    """Whether the reference converges in so many iterations, and not in one."""
    first, later, best = (
        reached(inputs, *topics.infer_document(**inputs, max_iters=iterations, tol=1e-12))
        for iterations in (1, most, most + 1000)
    )
    return best - first > GAP and best - later < 1e-7


def _tells_logs(inputs: Mapping[str, Value]) -> bool:
    """Whether log γ in place of ψ(γ), a known mistake, ends well below the best bound."""
    best = reached(inputs, *topics.infer_document(**inputs, max_iters=1000, tol=1e-10))
    return best - reached(inputs, *log_of_mean_shares(**inputs)) > 5 * SLACK


def _inference_numbers(case: Case) -> Mapping[str, Value]:
    document = dict(list(case.inputs.items())[:4])
    numbers = {"best": reached(document, *topics.infer_document(**document, max_iters=5000, tol=1e-11))}
    if case.inputs.get("max_iters") == 1:
        after = [topics.infer_document(**document, max_iters=iterations)[0] for iterations in (2, 3)]
        return numbers | {"gamma_after": torch.stack(after)}
    named = infer_document.mistakes
    if case.name == LONG:  # the others show before
        named = [mistake for mistake in named if mistake.id in ("own_limit", "log_of_mean_shares")]
    for mistake in named:
        output = respond(mistake.function, case).outputs
        if output and _is_pair(output[0]):
            numbers[f"bound_{mistake.id}"] = reached(document, *output[0])
    return numbers


def _is_pair(output: Value) -> bool:
    return isinstance(output, tuple) and all(isinstance(part, Tensor) for part in output) and output[0].dim() == 1


infer_document = Exercise(
    name="infer_document",
    points=5,
    reference=topics.infer_document,
    cases=_inference_cases,
    law="document_inference",
    numbers=_inference_numbers,
    answered_by=("latentkit.topics",),
    look="section 4, coordinate ascent; Blei, Ng and Jordan 2003, figure 6",
    on_cpu=True,
)


@infer_document.mistake(
    "This is the result of one pass. φ and γ depend on each other: update both, in turn, inside the loop, until γ "
    "stands still."
)
def one_pass(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
    for _ in range(max_iters):
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma, phi


@infer_document.mistake("The counts are not used in γ: a word that occurs three times is three tokens.")
def counts_ignored(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    gamma = alpha + torch.ones(log_beta.shape[0], dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + phi.sum(0)
    return gamma, phi


@infer_document.mistake("The prior is missing in γ: it starts from α in every update.")
def prior_missing(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = (counts[:, None] * phi).sum(0) + 1e-100
    return gamma, phi


@infer_document.mistake(
    "γ is far too large. Does it grow with every iteration? Each update starts anew from α: γ = α + Σ counts φ, "
    "not γ += …"
)
def gamma_accumulated(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    gamma = alpha + torch.ones(log_beta.shape[0], dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = gamma + (counts[:, None] * phi).sum(0)
    return gamma, phi


@infer_document.mistake(
    "It converged, but to another point: φ was computed from log γ, the log of the mean shares, not from ψ(γ)."
)
def log_of_mean_shares(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = (gamma.log() + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma, phi


@infer_document.mistake("`max_iters` is not obeyed: it bounds how many times φ and γ are updated.")
def limit_ignored(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    while True:
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        new = alpha + (counts[:, None] * phi).sum(0)
        if (new - gamma).abs().mean() < min(tol, 1e-6):
            return new, phi
        gamma = new


@infer_document.mistake(
    "The loop ends after a number of iterations of its own: `max_iters` says how many there may be."
)
def own_limit(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(min(max_iters, 100)):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma, phi


@infer_document.mistake("There is one iteration too many: with `max_iters` 1, φ and γ are updated once.")
def one_iteration_more(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters + 1):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma, phi


@infer_document.mistake(
    "There is one iteration too few: with `max_iters` 1, φ and γ are updated once, not left as they start."
)
def one_iteration_fewer(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    phi = torch.full((len(word_ids), k), 1 / k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters - 1):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma, phi


@infer_document.mistake("The two results are swapped: return gamma first, then phi.")
def results_swapped(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return phi, gamma


@infer_document.mistake("γ was normalised to shares. Return γ itself: its sum is Σα plus the number of tokens.")
def shares_returned(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = log_beta.shape[0]
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + (counts[:, None] * phi).sum(0)
    return gamma / gamma.sum(), phi


@infer_document.alternative
def until_the_bound_stands_still(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    """Another criterion: the relative change of the bound."""
    a = torch.as_tensor(alpha, dtype=log_beta.dtype, device=log_beta.device).expand(log_beta.shape[0])
    gamma, before = a + counts.sum() / log_beta.shape[0], -math.inf
    for _ in range(max_iters):
        log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())
        logits = log_theta + log_beta[:, word_ids].T
        phi = logits.softmax(1)
        gamma = a + counts @ phi
        kl = torch.distributions.kl_divergence(torch.distributions.Dirichlet(gamma), torch.distributions.Dirichlet(a))
        log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())
        tokens = (phi * (log_theta + log_beta[:, word_ids].T)).sum(1) + torch.special.entr(phi).sum(1)
        now = float(counts @ tokens - kl)
        if now - before < tol * abs(now):
            break
        before = now
    return gamma, phi


@infer_document.alternative
def from_a_random_start(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    phi = torch.rand(len(word_ids), log_beta.shape[0], dtype=log_beta.dtype, device=log_beta.device)
    phi = phi / phi.sum(1, keepdim=True)
    for _ in range(max_iters):
        gamma = counts @ phi + alpha
        before, phi = phi, torch.softmax(torch.digamma(gamma) + log_beta.T[word_ids], dim=1)
        if (phi - before).abs().max() < tol:
            break
    return alpha + counts @ phi, phi


@infer_document.alternative
def from_the_words(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    """Starts at the prior of the words alone, and never stops early."""
    phi = log_beta[:, word_ids].T.softmax(1)
    for _ in range(max_iters):
        gamma = alpha + torch.einsum("n,nk->k", counts, phi)
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(1)
    return [gamma, phi]
