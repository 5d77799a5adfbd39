"""Inputs of ps4 that a right answer must get right too, and that some wrong ones give themselves away on."""

import torch

from latentkit.check.cases import Case


def _drawn(*shape: int, seed: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


def _relaxed(name: str, logits: torch.Tensor, temperature: float, scale: float = 1.0) -> Case:
    gumbel = _drawn(*logits.shape, seed=1, scale=scale, dtype=logits.dtype)
    inputs = {"logits": logits, "temperature": temperature, "gumbel": gumbel}
    return Case(name, inputs, ("logits", "gumbel"), _drawn(*logits.shape, seed=2, dtype=logits.dtype))


def _codes(name: str, q: torch.Tensor, prior: list[float] | None = None) -> Case:
    """Of a batch of q(c | x); gradients where q has no zeros."""
    inputs = {"q": q} | ({} if prior is None else {"prior": torch.tensor(prior, dtype=q.dtype)})
    smooth = bool((q > 0).all())
    return Case(name, inputs, ("q",) if smooth else (), torch.ones((), dtype=q.dtype) if smooth else None)


def _points(name: str, offsets: list[float], codes: int, dim: int, dtype: torch.dtype, each: bool) -> Case:
    """Points whose log densities lie far from each other's; `each` where the answer is one number per component."""
    batch = len(offsets)
    inputs = {
        "z": _drawn(batch, dim, seed=1, dtype=dtype) + torch.tensor(offsets, dtype=dtype)[:, None],
        "weights": _drawn(codes, seed=2, dtype=dtype).softmax(-1),
        "means": _drawn(codes, dim, seed=3, dtype=dtype),
        "logvars": _drawn(codes, dim, seed=4, scale=0.5, dtype=dtype),
    }
    shape = (batch, codes) if each else (batch,)
    if dtype is torch.float32:  # far away its gradients cancel
        return Case(name, inputs)
    return Case(name, inputs, ("z", "means", "logvars"), _drawn(*shape, seed=5, dtype=dtype))


def _far_points(each: bool) -> tuple[Case, ...]:
    return (
        _points("points hundreds of nats apart", [0.0, 25.0, -40.0, 60.0], 3, 2, torch.float64, each),
        _points("points hundreds of nats apart, float32", [0.0, 12.0, -20.0], 4, 3, torch.float32, each),
        _points("one component, one dimension", [0.5, 3.0], 1, 1, torch.float64, each),
    )


def _gaussians(name: str, batch: int, dim: int, shift: float, dtype: torch.dtype = torch.float64) -> Case:
    inputs = {
        "mu_q": _drawn(batch, dim, seed=1, dtype=dtype),
        "logvar_q": _drawn(batch, dim, seed=2, dtype=dtype) - shift,
        "mu_p": _drawn(batch, dim, seed=3, dtype=dtype),
        "logvar_p": _drawn(batch, dim, seed=4, dtype=dtype),
    }
    return Case(name, inputs, tuple(inputs), _drawn(batch, seed=5, dtype=dtype))


def _mixture(name: str, batch: int, codes: int, dim: int, spread: float, code: bool) -> Case:
    """Of q(c | x) and components; with q(z | x) where `code`."""
    inputs = {"q_c": _drawn(batch, codes, seed=1, scale=2).softmax(-1)}
    if code:
        inputs |= {"mu": _drawn(batch, dim, seed=2), "logvar": _drawn(batch, dim, seed=3) - 8}
    inputs |= {"means": _drawn(codes, dim, seed=4, scale=3), "logvars": spread * _drawn(codes, dim, seed=5)}
    return Case(name, inputs, tuple(inputs), _drawn(batch, seed=6))


def _loss(name: str, batch: int, beta: float, dtype: torch.dtype = torch.float64) -> Case:
    names = ("nll", "kl_z", "dispersion", "kl_c")
    inputs = {each: 20 * _drawn(batch, seed=seed, dtype=dtype).abs() for seed, each in enumerate(names)}
    return Case(name, inputs | {"beta": beta}, names, torch.ones((), dtype=dtype))


def _labelled(name: str, labels: list[int], codes: list[int]) -> Case:
    return Case(name, {"labels": torch.tensor(labels), "codes": torch.tensor(codes)})


ONE_HOT = torch.eye(4, dtype=torch.float64)[[0, 1, 2, 0, 1]]

CASES: dict[str, tuple[Case, ...]] = {
    "gumbel_softmax": (
        _relaxed("a cold draw between near ties", _drawn(3, 4, scale=0.02), 0.01, 0.02),
        _relaxed("rows hundreds of nats apart", _drawn(3, 4) + torch.tensor([[0.0], [-900.0], [800.0]]), 0.7),
        _relaxed("rows far apart, float32", _drawn(2, 3, dtype=torch.float32) + torch.tensor([[0.0], [-256.0]]), 1.0),
        _relaxed("one code", torch.ones(2, 1, dtype=torch.float64), 0.5),
    ),
    "batch_prior_kl": (
        _codes("one example", _drawn(1, 3).softmax(-1), [0.2, 0.3, 0.5]),
        _codes("one-hot rows, an unused code", ONE_HOT, [0.1, 0.2, 0.3, 0.4]),
        _codes("codes of tiny probability", (8 * _drawn(3, 4)).softmax(-1), [0.4, 0.3, 0.2, 0.1]),
        _codes("one code, float32", torch.ones(3, 1), [1.0]),
    ),
    "discrete_mutual_information": (
        _codes("one example", _drawn(1, 3).softmax(-1)),
        _codes("one-hot rows, an unused code", ONE_HOT),
        _codes("codes of tiny probability", (8 * _drawn(3, 4)).softmax(-1)),
        _codes("one code, float32", torch.ones(3, 1)),
    ),
    "mixture_log_density": _far_points(each=False),
    "mixture_responsibilities": _far_points(each=True),
    "kl_between_gaussians": (
        _gaussians("a very narrow q", 3, 4, 25.0),
        _gaussians("one dimension of one pair", 1, 1, 0.0),
        _gaussians("a wide q, float32", 2, 3, -4.0, torch.float32),
    ),
    "mixture_kl": (
        _mixture("one component", 3, 1, 2, 1.0, code=True),
        _mixture("one dimension of one example", 1, 3, 1, 1.0, code=True),
        _mixture("very unequal variances", 3, 4, 3, 3.0, code=True),
    ),
    "dispersion": (
        _mixture("one component", 3, 1, 2, 1.0, code=False),
        _mixture("one dimension of one example", 1, 3, 1, 1.0, code=False),
        _mixture("very unequal variances", 3, 4, 3, 3.0, code=False),
    ),
    "dem_vae_loss": (
        _loss("one example", 1, 0.25),
        _loss("many examples, float32", 7, 0.75, torch.float32),
    ),
    "homogeneity": (
        _labelled("one example", [3], [5]),
        _labelled("one label and one code", [2, 2, 2], [0, 0, 0]),
        _labelled("two examples", [0, 1], [4, 4]),
        _labelled("numbers below 0", [-1, 0, -1, 7, 7], [3, -2, 3, 3, -2]),
        _labelled("a code for each example", [0, 1, 1, 0], [9, 8, 7, 6]),
    ),
}
