"""Inputs of ps5 that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case
from latentkit.lda import count_topics


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


def _words(name: str, gamma: list[float], log_beta: torch.Tensor, ids: list[int]) -> Case:
    inputs = {"gamma": torch.tensor(gamma, dtype=torch.float64), "log_beta": log_beta, "word_ids": torch.tensor(ids)}
    return Case(name, inputs)


def _tokens(name: str, alpha: float | torch.Tensor, words: int, topics: int, counts: list[float]) -> Case:
    phi = _drawn(words, topics, scale=2).softmax(-1)
    return Case(name, {"alpha": alpha, "phi": phi, "counts": torch.tensor(counts, dtype=torch.float64)})


def _bound(name: str, alpha: float | torch.Tensor, gamma: list[float], ids: list[int], counts: list[float]) -> Case:
    inputs = {
        "alpha": alpha,
        "log_beta": _drawn(len(gamma), 6, seed=1, scale=3).log_softmax(-1),
        "word_ids": torch.tensor(ids),
        "counts": torch.tensor(counts, dtype=torch.float64),
        "phi": _drawn(len(ids), len(gamma), seed=2, scale=2).softmax(-1),
        "gamma": torch.tensor(gamma, dtype=torch.float64),
    }
    return Case(name, inputs)


def _topics(name: str, documents: list[list[int]], topics: int, vocab: int, eta: float) -> Case:
    docs = [(torch.tensor(ids), 1 + torch.arange(len(ids)).double()) for ids in documents]
    phis = [_drawn(len(ids), topics, seed=number).softmax(-1) for number, ids in enumerate(documents)]
    return Case(name, {"docs": docs, "phis": phis, "vocab_size": vocab, "eta": eta})


def _concentration(name: str, alpha: float, documents: int, topics: int, init: float) -> Case:
    """Where the bound is highest at `alpha`."""
    a = torch.tensor(alpha, dtype=torch.float64)
    total = documents * topics * float(torch.digamma(a) - torch.digamma(topics * a))
    inputs = {"expected_log_theta_sum": total, "num_docs": documents, "num_topics": topics, "init": init}
    return Case(name, inputs)


def _token(name: str, docs: list[list[int]], z: list[list[int]], topics: int, d: int, n: int) -> Case:
    words, of = [torch.tensor(ids) for ids in docs], [torch.tensor(row) for row in z]
    n_dk, n_kw, n_k = count_topics(words, of, topics, 12)
    inputs = {"n_dk": n_dk, "n_kw": n_kw, "n_k": n_k, "d": d, "w": docs[d][n], "z_old": z[d][n]}
    return Case(name, inputs | {"alpha": 0.3, "eta": 0.2})


def _document(name: str, topics: int, words: int, seed: int, **limits: float) -> Case:
    """A long document whose topics are nearly alike, so that coordinate ascent takes its time to the one optimum."""
    inputs = {
        "alpha": 0.5,
        "log_beta": _drawn(topics, words, seed=seed, scale=0.6).log_softmax(-1),
        "word_ids": torch.arange(words),
        "counts": 100 * (3 + torch.arange(words).double() % 4),
    }
    return Case(name, inputs | limits)


FAR_WORDS = _drawn(3, 5).log_softmax(-1) + torch.tensor([0.0, -900.0, -1500.0, -300.0, 0.0])

CASES: dict[str, tuple[Case, ...]] = {
    "expected_log_dirichlet": (
        Case("concentrations of 0.0001", {"gamma": torch.tensor([[1e-4, 3e-4, 2.0], [1e-4, 1e-4, 1e-4]]).double()}),
        Case("one topic", {"gamma": torch.tensor([[0.4], [7.0]], dtype=torch.float64)}),
        Case("one document of two topics", {"gamma": torch.tensor([1e6, 1e-2], dtype=torch.float64)}),
    ),
    "update_phi": (
        _words("words hundreds of nats apart", [0.4, 2.0, 5.0], FAR_WORDS, [0, 1, 2, 3, 1]),
        _words("one topic", [3.0], _drawn(1, 4).log_softmax(-1), [2, 2]),
        _words("a share of nearly nothing", [1e-3, 4.0], _drawn(2, 4).log_softmax(-1), [1]),
    ),
    "update_gamma": (
        _tokens("one topic", 0.3, 3, 1, [2.0, 5.0, 1.0]),
        _tokens("one word of one token", torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64), 1, 3, [1.0]),
        _tokens("thousands of tokens", 1e-3, 2, 3, [4000.0, 1.0]),
    ),
    "document_elbo": (
        _bound("one topic", 0.7, [9.0], [3, 1], [2.0, 6.0]),
        _bound("a tiny prior", 1e-3, [1e-2, 40.0], [0, 5, 5], [1.0, 30.0, 2.0]),
        _bound("a prior for each topic", torch.tensor([0.1, 3.0, 1.0]).double(), [2.0, 0.5, 7.0], [4], [5.0]),
    ),
    "infer_document": (
        _document("four topics", 4, 6, 1, max_iters=3000, tol=1e-9),
        _document("two topics", 2, 6, 4, max_iters=3000, tol=1e-9),
    ),
    "update_beta": (
        _topics("a vocabulary larger than the ids", [[0, 2, 0], [1, 2]], 3, 9, 0.25),
        _topics("one document of one word", [[1]], 2, 3, 0.5),
        _topics("one topic", [[3, 0], [3]], 1, 4, 0.0),
    ),
    "update_alpha": (
        _concentration("a very sparse prior", 0.004, 30, 6, 1.0),
        _concentration("one document", 1.5, 1, 3, 1.0),
        _concentration("a prior of 30", 30.0, 20, 3, 0.5),
    ),
    "gibbs_conditional": (
        _token("a token of topic 0", [[0, 1, 0], [2, 1]], [[0, 0, 1], [2, 0]], 3, 0, 1),
        _token("a corpus of one token", [[5]], [[1]], 2, 0, 0),
        _token("one topic", [[3, 3], [0]], [[0, 0], [0]], 1, 0, 0),
    ),
    "topic_trend": (
        Case("one document", {"theta": torch.tensor([[0.2, 0.8]]).double(), "years": torch.tensor([1999])}),
        Case("years below 0", {"theta": _drawn(4, 3).softmax(-1), "years": torch.tensor([-44, 14, -44, -300])}),
    ),
}
"""By exercise; gibbs_sweep has none, for it is judged by what its own cases were prepared for."""
