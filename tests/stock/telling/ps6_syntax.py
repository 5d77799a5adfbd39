"""Inputs of ps6_syntax that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


def _tree(name: str, labels: list[int], parents: list[int], close: int) -> Case:
    return Case(name, {"labels": torch.tensor(labels), "parents": torch.tensor(parents), "close": close})


def _tokens(name: str, tokens: list[int], close: int, leaves: int) -> Case:
    return Case(name, {"tokens": torch.tensor(tokens), "close": close, "leaves": leaves})


def _bag(name: str, tokens: list[list[int]], vocabulary: int, scale: float, dtype: torch.dtype) -> Case:
    inputs = {
        "logits": _drawn(len(tokens), vocabulary, seed=1, scale=scale, dtype=dtype),
        "tokens": torch.tensor(tokens),
    }
    return Case(name, inputs, ("logits",), torch.tensor(1.5, dtype=dtype))


def _codes(name: str, batch: int, size: int, weight: float, dtype: torch.dtype) -> Case:
    inputs = {"codes": _drawn(batch, size, seed=2, dtype=dtype), "weight": weight}
    return Case(name, inputs, ("codes",), _drawn(batch, size, seed=3, scale=3.0, dtype=dtype))


def _asked(name: str, labels: list[int], classes: int, scale: float, dtype: torch.dtype) -> Case:
    inputs = {"logits": _drawn(len(labels), classes, seed=4, scale=scale, dtype=dtype), "labels": torch.tensor(labels)}
    return Case(name, inputs, ("logits",), torch.tensor(-2.0, dtype=dtype))


def _given(name: str, donors: list[int], semantic: int, syntactic: int, dtype: torch.dtype) -> Case:
    inputs = {
        "z_semantic": _drawn(len(donors), semantic, seed=5, dtype=dtype),
        "z_syntactic": _drawn(len(donors), syntactic, seed=6, dtype=dtype),
        "donors": torch.tensor(donors),
    }
    cotangent = _drawn(len(donors), semantic + syntactic, seed=7, dtype=dtype)
    return Case(name, inputs, ("z_semantic", "z_syntactic"), cotangent)


CASES: dict[str, tuple[Case, ...]] = {
    "linearise": (
        _tree("two nodes, the root last", [4, 9], [1, -1], 12),
        _tree("labels of 0", [0, 0, 1], [2, 2, -1], 5),
        _tree("a high stair", [8, 7, 8, 7, 8, 3], [1, 2, 3, 4, -1, 0], 6),
    ),
    "build_tree": (
        _tokens("every label is of a node with children, but one", [1, 2, 1, 0, 9, 9, 9], 9, 1),
        _tokens("two stairs", [8, 8, 8, 1, 9, 9, 8, 8, 2, 9, 9, 9], 9, 5),
    ),
    "bag_of_words_loss": (
        _bag("one word", [[4]], 5, 1.0, torch.float64),
        _bag("no words at all", [[1, 3, 2], [1, 2, 0]], 6, 1.0, torch.float64),
        _bag("words that repeat, float32", [[1, 5, 5, 5, 5, 2], [1, 4, 5, 6, 2, 0]], 7, 30.0, torch.float32),
    ),
    "reverse_gradient": (
        _codes("one number", 1, 1, 0.7, torch.float64),
        _codes("a large weight, float32", 3, 4, 20.0, torch.float32),
    ),
    "leaked_information": (
        _asked("one of each class", [2, 0, 1], 3, 1.0, torch.float64),
        _asked("a single class", [0, 0], 1, 1.0, torch.float64),
        _asked("logits far apart, float32", [0, 0, 0, 2], 4, 80.0, torch.float32),
    ),
    "exchange_syntax": (
        _given("one dimension each", [1, 0, 0], 1, 1, torch.float64),
        _given("two swap, float32", [1, 0], 2, 5, torch.float32),
    ),
}
