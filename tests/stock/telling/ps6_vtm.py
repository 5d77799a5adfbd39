"""Inputs of ps6_vtm that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


def _looked_at(name: str, present: list[list[int]], size: int, dtype: torch.dtype = torch.float64) -> Case:
    there = torch.tensor(present, dtype=torch.bool)
    query, keys = _drawn(len(there), size, seed=1, dtype=dtype), _drawn(*there.shape, size, seed=2, dtype=dtype)
    inputs = {"query": query, "keys": keys, "present": there}
    return Case(name, inputs, ("query", "keys"), _drawn(len(there), size, seed=3, dtype=dtype))


def _masked(name: str, tokens: list[list[int]], spans: list[list[int]], mask_id: int = 9) -> Case:
    return Case(name, {"tokens": torch.tensor(tokens), "spans": torch.tensor(spans), "mask_id": mask_id})


def _told(name: str, masked: list[list[int]], vocabulary: int, scale: float, dtype: torch.dtype) -> Case:
    words = torch.tensor(masked)
    inputs = {"logits": _drawn(*words.shape, vocabulary, seed=4, scale=scale, dtype=dtype), "masked": words}
    return Case(name, inputs, ("logits",), _drawn(len(words), seed=5, dtype=dtype))


def _read(name: str, batch: int, size: int, shift: float, kl_weight: float, dtype: torch.dtype) -> Case:
    inputs = {
        "mu": _drawn(batch, size, seed=6, dtype=dtype),
        "logvar": _drawn(batch, size, seed=7, scale=0.4, dtype=dtype) + shift,
        "table": _drawn(batch, size, seed=8, scale=2.0, dtype=dtype),
        "kl_weight": kl_weight,
    }
    return Case(name, inputs, ("mu", "logvar", "table"), _drawn(batch, seed=9, dtype=dtype))


def _bounded(name: str, values: list[list[float]], weights: tuple[float, float], dtype: torch.dtype) -> Case:
    log_likelihood, kl_template, kl_content = torch.tensor(values, dtype=dtype).unbind(0)
    inputs = {
        "log_likelihood": log_likelihood.clone(),
        "kl_template": kl_template.clone(),
        "kl_content": kl_content.clone(),
        "weight_template": weights[0],
        "weight_content": weights[1],
    }
    gradients = ("log_likelihood", "kl_template", "kl_content")
    return Case(name, inputs, gradients, torch.ones(len(values[0]), dtype=dtype))


def _counted(name: str, said: list[list[int]], asked: list[list[int]]) -> Case:
    return Case(name, {"said": torch.tensor(said, dtype=torch.bool), "asked": torch.tensor(asked, dtype=torch.bool)})


CASES: dict[str, tuple[Case, ...]] = {
    "attend": (
        _looked_at("one sentence without a record", [[0, 0]], 3),
        _looked_at("records anywhere", [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]], 5),
        _looked_at("one dimension, float32", [[1, 1, 0]], 1, torch.float32),
    ),
    "mask_values": (
        _masked("one word", [[5], [6]], [[0], [3]]),
        _masked("a word that stands twice in a row", [[1, 5, 5, 6, 2, 0]], [[0, 0, 0, 1, 0, 0]]),
        _masked("nothing but one value", [[5, 6, 7, 8]], [[2, 2, 2, 2]]),
    ),
    "template_loss": (
        _told("one word each", [[2], [3]], 5, 1.0, torch.float64),
        _told("a row of padding", [[5, 2, 0], [0, 0, 0]], 6, 1.0, torch.float64),
        _told("logits far apart, float32", [[4, 3, 2, 0]], 5, 80.0, torch.float32),
    ),
    "content_loss": (
        _read("one dimension", 2, 1, 0.0, 0.5, torch.float64),
        _read("very sure, with a large weight", 2, 3, -9.0, 8.0, torch.float64),
        _read("float32", 1, 4, 1.0, 0.05, torch.float32),
    ),
    "template_elbo": (
        _bounded("no information in either", [[-30.0, -12.0], [0.0, 0.0], [0.0, 0.0]], (0.4, 0.9), torch.float64),
        _bounded("small weights, float32", [[-15.0], [6.0], [9.0]], (0.01, 0.02), torch.float32),
    ),
    "slot_coverage": (
        _counted("one field", [[1], [0], [1], [0]], [[1], [1], [0], [0]]),
        _counted("nothing at all", [[0, 0, 0]], [[0, 0, 0]]),
    ),
}
