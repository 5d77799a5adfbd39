"""Inputs of ps2 that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case, Function


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


def _sentences(name: str, tokens: list[list[int]], scale: float, dtype: torch.dtype = torch.float64) -> Case:
    rows = torch.tensor(tokens)
    logits = _drawn(*rows.shape, 7, scale=scale, dtype=dtype)
    return Case(name, {"logits": logits, "tokens": rows}, ("logits",), torch.ones(len(rows), dtype=dtype))


def _states(name: str, lengths: list[int], width: int, dtype: torch.dtype = torch.float64) -> Case:
    outputs = _drawn(len(lengths), width, 3, dtype=dtype)
    return Case(
        name, {"outputs": outputs, "lengths": torch.tensor(lengths)}, ("outputs",), torch.ones_like(outputs[:, 0])
    )


def _posterior(name: str, batch: int, hidden: int, latent: int, scale: float) -> Case:
    inputs = {
        "h": _drawn(batch, hidden, seed=1),
        "w_mu": _drawn(latent, hidden, seed=2, scale=scale),
        "w_logvar": _drawn(latent, hidden, seed=3, scale=scale),
    }
    ones = torch.ones(batch, latent, dtype=torch.float64)
    return Case(name, inputs, ("h", "w_mu", "w_logvar"), (ones, ones))


def _latent(name: str, batch: int, steps: int, embedding: int, latent: int) -> Case:
    inputs = {"embedded": _drawn(batch, steps, embedding, seed=1), "z": _drawn(batch, latent, seed=2)}
    return Case(name, inputs, ("embedded", "z"), _drawn(batch, steps, embedding + latent, seed=3))


def _loss(name: str, kl: list[float], weight: float) -> Case:
    prices = torch.tensor(kl, dtype=torch.float64)
    inputs = {"log_likelihood": -3 * _drawn(len(kl)).abs(), "kl": prices, "kl_weight": weight}
    return Case(name, inputs, ("log_likelihood", "kl"), torch.ones((), dtype=torch.float64))


def _units(name: str, columns: list[tuple[float, float]], threshold: float | None, dtype: torch.dtype) -> Case:
    """Columns of a given mean and standard deviation."""
    noise = _drawn(40, len(columns))
    noise = (noise - noise.mean(0)) / noise.std(0, correction=0)
    means, deviations = torch.tensor(columns, dtype=torch.float64).T
    inputs = {"mu": (means + deviations * noise).to(dtype)}
    return Case(name, inputs if threshold is None else inputs | {"threshold": threshold})


def _line(num: int, latent: int = 2, dtype: torch.dtype = torch.float64) -> Case:
    inputs = {"z_start": _drawn(latent, seed=1, dtype=dtype), "z_end": _drawn(latent, seed=2, dtype=dtype), "num": num}
    return Case(f"{num} points", inputs, ("z_start", "z_end"), torch.ones(num, latent, dtype=dtype))


def _decoder() -> Function:
    """Never PAD or BOS, and EOS for a large first entry of z; UNK is likely, and so is the same word again."""
    transition = _drawn(6, 6, seed=4) + 3 * torch.eye(6, dtype=torch.float64)
    transition[:, [0, 1]] = -50
    transition[:, 2] = 0
    projection = torch.zeros(2, 6, dtype=torch.float64)
    projection[0, 2], projection[1, 3] = 20, 20
    return Function("markov_decoder", {"transition": transition, "projection": projection, "position": _drawn(3, 6)})


def _decoding(name: str, z: list[list[float]], max_length: int) -> Case:
    inputs = {"step_fn": _decoder(), "z": torch.tensor(z, dtype=torch.float64), "max_length": max_length}
    return Case(name, inputs)


def _cycle(step: int, total_steps: int, num_cycles: int, ratio: float) -> Case:
    inputs = {"step": step, "total_steps": total_steps, "num_cycles": num_cycles, "ratio": ratio}
    return Case(f"step {step} of {total_steps}", inputs)


CASES: dict[str, tuple[Case, ...]] = {
    "sequence_log_likelihood": (
        _sentences("sentences without words", [[1, 2], [1, 2]], 1.0),
        _sentences("one sentence, much padding", [[1, 3, 5, 2, 0, 0, 0]], 300.0),
        _sentences("a full row and an empty one, float32", [[1, 4, 6, 2], [1, 2, 0, 0]], 100.0, torch.float32),
    ),
    "last_hidden": (
        _states("one position", [1, 1], 1),
        _states("one token each", [1, 1, 1], 4),
        _states("full rows, float32", [3, 3], 3, torch.float32),
    ),
    "posterior_from_hidden": (
        _posterior("one unit of each kind", 1, 1, 1, 1.0),
        _posterior("variances from tiny to large", 5, 3, 2, 4.0),
    ),
    "concat_latent": (_latent("one of everything", 1, 1, 1, 1), _latent("many steps", 2, 9, 1, 4)),
    "linear_annealing": (
        Case("one step before the end", {"step": 999, "warmup": 1000}),
        Case("a warm-up of three steps", {"step": 1, "warmup": 3}),
        Case("no step of a warm-up of one", {"step": 0, "warmup": 1}),
        Case("long after a short warm-up", {"step": 10**7, "warmup": 5}),
    ),
    "logistic_annealing": (
        Case("very far before", {"step": 0, "k": 50.0, "x0": 10**6}),
        Case("very far after", {"step": 10**6, "k": 50.0, "x0": 0}),
        Case("where the weight is tiny", {"step": 0, "k": 0.05, "x0": 150}),
        Case("a flat curve", {"step": 500, "k": 1e-6, "x0": 100}),
    ),
    "cyclical_annealing": (
        _cycle(1000, 1000, 4, 0.5),
        _cycle(1130, 1000, 4, 0.5),
        _cycle(1100, 1000, 4, 1.0),
        _cycle(2000, 1000, 7, 0.5),
        _cycle(0, 1, 1, 1.0),
        _cycle(999, 1000, 1, 0.5),
        _cycle(999, 1000, 3, 1.0),
        _cycle(3, 10, 4, 0.3),
    ),
    "sentence_vae_loss": (
        _loss("a collapsed posterior", [0.0, 1e-3, 0.02], 0.5),
        _loss("one sentence", [1.5], 1.0),
        _loss("a weight of 0", [0.0, 30.0], 0.0),
    ),
    "active_units": (
        _units("variances about the threshold", [(0, 0.05), (0, 0.08), (0, 0.12), (0, 0.3)], None, torch.float64),
        _units("means far from zero, float32", [(1e4, 0.02), (1e4, 0.05), (-2e4, 0.05), (500, 1)], None, torch.float32),
        _units("means far from zero", [(2000, 0.12)] * 4 + [(500, 1)], None, torch.float64),
        _units("of both signs about zero", [(0, 0.12), (0, 0.15), (0, 0.4)], 0.01, torch.float64),
        _units("about a threshold of 1", [(0, 0.7), (0, 0.8), (5, 1.3), (0, 3.0), (2, 0.1)], 1.0, torch.float64),
        _units("one dimension", [(7, 0.5)], 0.2, torch.float64),
    ),
    "greedy_decode": (
        _decoding("a sentence of unknown words", [[-2.0, 2.0], [-2.0, 0.0]], 5),
        _decoding("one token, one sentence", [[-2.0, 0.0]], 1),
        _decoding("an empty sentence beside a full one", [[2.0, 0.0], [-2.0, 0.0]], 4),
    ),
    "interpolate": (*map(_line, (2, 3, 7, 10, 11, 22, 50)), _line(4, 1), _line(6, 3, torch.float32)),
}  # fmt: skip
"""By exercise; word_dropout has none, for it is judged by the law of its own cases."""
