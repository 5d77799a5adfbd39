"""Inputs of ps3 that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


def _soft(name: str, logits: torch.Tensor, size: int, temperature: float) -> Case:
    embedding = _drawn(logits.shape[-1], size, seed=1, dtype=logits.dtype)
    inputs = {"logits": logits, "embedding": embedding, "temperature": temperature}
    cotangent = _drawn(*logits.shape[:2], size, seed=2, dtype=logits.dtype)
    return Case(name, inputs, ("logits", "embedding"), cotangent)


def _heard(name: str, logits: torch.Tensor, c: list[int]) -> Case:
    inputs = {"class_logits": logits, "c": torch.tensor(c)}
    return Case(name, inputs, ("class_logits",), torch.ones((), dtype=logits.dtype))


def _read(name: str, batch: int, dim: int, shift: float, dtype: torch.dtype = torch.float64) -> Case:
    inputs = {
        "z": _drawn(batch, dim, seed=1, dtype=dtype),
        "mu": _drawn(batch, dim, seed=2, dtype=dtype),
        "logvar": _drawn(batch, dim, seed=3, scale=0.7, dtype=dtype) + shift,
    }
    return Case(name, inputs, ("mu", "logvar"), torch.ones((), dtype=dtype))


def _losses(name: str, values: tuple[float, float, float], weights: tuple[float, float], dtype: torch.dtype) -> Case:
    vae, attribute, latent = (torch.tensor(value, dtype=dtype) for value in values)
    inputs = {
        "vae_loss": vae,
        "attribute_loss": attribute,
        "latent_loss": latent,
        "lambda_c": weights[0],
        "lambda_z": weights[1],
    }
    return Case(name, inputs, ("vae_loss", "attribute_loss", "latent_loss"), torch.ones((), dtype=dtype))


def _both_kinds(name: str, labelled: int, generated: torch.Tensor, c: list[int], lambda_u: float, beta: float) -> Case:
    count, dtype = generated.shape[-1], generated.dtype
    inputs = {
        "labelled_logits": _drawn(labelled, count, seed=4, dtype=dtype),
        "labels": torch.arange(labelled) % count,
        "generated_logits": generated,
        "c": torch.tensor(c),
        "lambda_u": lambda_u,
        "beta": beta,
    }
    return Case(name, inputs, ("labelled_logits", "generated_logits"), torch.ones((), dtype=dtype))


CASES: dict[str, tuple[Case, ...]] = {
    "soft_embeddings": (
        _soft("a cold mixture between near ties", _drawn(2, 3, 4, scale=0.02), 3, 0.01),
        _soft("positions hundreds apart", _drawn(2, 2, 4) + _drawn(2, 2, 1, seed=3, scale=600), 3, 0.7),
        _soft(
            "positions far apart, float32",
            _drawn(1, 2, 3, dtype=torch.float32) + 256 * torch.eye(2)[:1, :, None],
            2,
            1.0,
        ),
        _soft("one word in the vocabulary", torch.ones(2, 3, 1, dtype=torch.float64), 4, 0.5),
        _soft("one sentence of one word", _drawn(1, 1, 6), 5, 2.0),
    ),
    "attribute_loss": (
        _heard("one sentence", _drawn(1, 4), [2]),
        _heard("all of one class", _drawn(3, 3), [0, 0, 0]),
        _heard("one class, float32", torch.ones(3, 1), [0, 0, 0]),
        _heard("surely wrong", 400 * torch.eye(3, dtype=torch.float64), [1, 2, 2]),
    ),
    "latent_loss": (
        _read("a very sure encoder", 3, 4, -6.0),
        _read("one dimension of one sentence", 1, 1, 0.0),
        _read("a wide posterior, float32", 2, 3, 4.0, torch.float32),
    ),
    "generator_loss": (
        _losses("a very negative latent loss", (30.0, 0.7, -40.0), (0.5, 0.3), torch.float64),
        _losses("small weights, float32", (12.0, 1.3, 6.0), (0.01, 0.02), torch.float32),
        _losses("all losses 0", (0.0, 0.0, 0.0), (0.5, 2.0), torch.float64),
    ),
    "discriminator_loss": (
        _both_kinds("one sentence of each kind", 1, _drawn(1, 3), [1], 0.5, 0.25),
        _both_kinds(
            "generated sentences that are sure", 2, 700 * torch.eye(3, dtype=torch.float64), [0, 1, 1], 0.3, 0.9
        ),
        _both_kinds("generated sentences without a clue", 3, torch.zeros(2, 4, dtype=torch.float64), [3, 0], 1.2, 0.6),
        _both_kinds("many generated ones, float32", 2, _drawn(9, 2, dtype=torch.float32), [0, 1, 1] * 3, 0.75, 1.5),
    ),
}
