"""Cases from prepared weights: what a few steps of a training loop do tells which images and which loss they used."""

import math
from collections.abc import Mapping

import numpy as np
import torch

from latentkit.check.cases import Case, Model, Value
from latentkit.models import build

# ---------------------------------------------------------------- which images a few steps use, and how many

TRACES = "images of one pixel each"
TRACE_IMAGES, TRACE_STEPS, TRACE_BATCH = 56, 3, 8
LEAST_SEEN = 9
"""More than one minibatch has. 24 draws with replacement from 56 images find no more than 8 different ones with
probability 5.3e-12 (exact, by recursion over the draws); 20 are expected."""

STEPS = "three steps, on images of one pixel each"
STEP_IMAGES, STEP_STEPS, STEP_BATCH, STEP_FEWEST = 384, 3, 16, 25
"""So many images that draws with replacement seldom repeat one: 48 draws find no more than 32, the images of two steps,
with probability 1.6e-10; the 32 draws of two steps no more than 24, those of three halved minibatches, with 7e-6; the
64 of four steps no more than 48 with 3e-6 (exact, by recursion)."""


def traces_case(generator: np.random.Generator) -> Case:
    """Images of one pixel each: the weights of a pixel change where its image was used, and nowhere else."""
    # As many pixels as a digit, which would fit in.
    return _one_pixel_case(TRACES, generator, 64, TRACE_IMAGES, TRACE_STEPS, TRACE_BATCH)


def steps_case(generator: np.random.Generator) -> Case:
    """As `traces_case`, but the number of different images tells the number of steps."""
    return _one_pixel_case(STEPS, generator, STEP_IMAGES, STEP_IMAGES, STEP_STEPS, STEP_BATCH)


def _one_pixel_case(
    name: str, generator: np.random.Generator, pixels: int, images: int, steps: int, batch_size: int
) -> Case:
    sizes = {"data_dim": pixels, "hidden_dim": 16, "latent_dim": 2}
    torch.manual_seed(int(generator.integers(2**62)))
    state = build("vae", sizes).state_dict()
    state["encoder.0.weight"] = torch.zeros_like(state["encoder.0.weight"])
    state["encoder.0.bias"] = torch.rand(16) + 0.5  # every hidden unit is on, so that every image's gradient arrives
    return Case(name, {
        "model": Model("vae", sizes, state), "images": torch.eye(pixels)[torch.randperm(pixels)[:images]],
        "steps": steps, "batch_size": batch_size, "beta": 1.0,
    })  # fmt: skip


def traces_numbers(case: Case) -> Mapping[str, Value]:
    """The pixels that no image has, and how many images so many steps use, at most and at least.

    With one step too many, the first case is left to the second, which tells it from others.
    """
    dark = case.inputs["images"].sum(0) == 0
    if case.name == STEPS:
        most = STEP_STEPS * STEP_BATCH
        least = most - STEP_BATCH + 1
        return {
            "dark": dark,
            "most_seen": most,
            "least_seen": least,
            "one_more": most + STEP_BATCH,
            "one_fewer": STEP_FEWEST,
        }
    return {"dark": dark, "most_seen": (TRACE_STEPS + 1) * TRACE_BATCH, "least_seen": LEAST_SEEN}


# ---------------------------------------------------------------- which way a step goes

BALANCES = "latent dimensions in the balance"
BALANCE_BATCH, BALANCE_BETA = 2048, 2.5
RATIOS = (0.02, 0.03, 0.05, 0.2, 0.35, 0.5, 0.7, 0.85, 1.2, 1.5, 2.5, 4.0)
NOISES = 24
OFFSET = 0.9
SPREADS = (2.0, 2.0, 6.0, 6.0, 20.0, 20.0)
"""Three kinds of dimension, each with pixels of its own, in an encoder that says the same of every image.

For each ratio, a pixel's log-likelihood is linear in z, and pulls μ = ±1 outwards with ratio·β against the KL's pull β.
A KL averaged over the dimensions weighs 1/42 of itself, between 0.02 and 0.03.

NOISES pairs of pixels, one on and one off, have the logit 4z ± OFFSET: they pull μ by -4 tanh((4z ± OFFSET)/2), that is
by ±0.65 on average over z ~ N(0, 1), while a single z sends it the wrong way two times in five. Over a batch of 2,048 a
right pull has the wrong sign with probability 1.5e-12 (Hoeffding), in any of 24 dimensions 3.6e-11; with one z for the
batch all 24 are right with probability 3e-6.

SPREADS pairs have the logit tz/σ at μ = 0, log σ² = -3: they pull log σ² down by t/2 · E ε tanh(tε/2), 0.6, 2.3 and
7.9, against the KL's β(1 - σ²)/2 = 1.2. Noise of standard deviation σ² pulls with 0.1, 0.7 and 3.3, no noise with 0.
The means over a batch vary by less than a twentieth of the differences (standard deviation)."""


def balances_case(generator: np.random.Generator) -> Case:
    """One step from weights with which every latent dimension weighs likelihood against KL, as told at SPREADS."""
    pulls, latents = len(RATIOS), len(RATIOS) + NOISES + len(SPREADS)
    side = torch.from_numpy(generator.choice([-1.0, 1.0], latents)).float()
    weight = torch.tensor(RATIOS) * BALANCE_BETA  # the pull on μ = ±1
    zero = torch.zeros(len(SPREADS))

    # Each latent's logit, slope · z + offset; the slope of the last is in units of 1/σ.
    slope = torch.cat([side[:pulls] * weight, torch.full((NOISES,), 4.0), torch.tensor(SPREADS) * math.exp(1.5)])
    offset = torch.cat([-7 - weight, -OFFSET * side[pulls : pulls + NOISES], zero])
    latent = torch.cat([torch.arange(latents), torch.arange(pulls, latents)])  # that each pixel shows: pairs come after
    pixels = torch.cat([torch.ones(latents), torch.zeros(latents - pulls)])

    sizes = {"data_dim": len(latent), "hidden_dim": 2 * latents, "latent_dim": latents}
    state = {name: torch.zeros_like(weights) for name, weights in build("vae", sizes).state_dict().items()}
    mu = torch.cat([side[:pulls], torch.zeros(latents - pulls)])
    logvar = torch.cat([torch.full((pulls,), -6.0), torch.zeros(NOISES), zero - 3])
    identity = torch.eye(latents)
    state["encoder.2.bias"] = torch.cat([mu, logvar])
    state["decoder.0.weight"] = torch.cat([identity, -identity])  # z = relu(z) - relu(-z)
    state["decoder.2.weight"] = torch.cat([identity, -identity], dim=1)[latent] * slope[latent, None]
    state["decoder.2.bias"] = offset[latent]
    return Case(BALANCES, {
        "model": Model("vae", sizes, state), "images": pixels.repeat(BALANCE_BATCH, 1),
        "steps": 1, "batch_size": BALANCE_BATCH, "beta": BALANCE_BETA,
    })  # fmt: skip


def balances_numbers(case: Case) -> Mapping[str, Value]:
    """Which way each dimension goes under the right loss, and under those of known mistakes."""
    state, pulls, latents = case.inputs["model"].state, len(RATIOS), case.inputs["model"].config["latent_dim"]
    spread = torch.tensor(SPREADS)
    return {
        "pulls": torch.arange(pulls),
        "pull_sides": state["encoder.2.bias"][:pulls].sign(),
        "pull_ratios": torch.tensor(RATIOS),
        "noises": torch.arange(pulls, pulls + NOISES),
        "noise_sides": -state["decoder.2.bias"][pulls : pulls + NOISES].sign(),
        "spreads": torch.arange(2 * latents - len(SPREADS), 2 * latents),
        "spread_sides": (3 - spread).sign(),  # up for 2, down for 6 and 20
        "spread_sides_variance_for_deviation": (7 - spread).sign(),
        "spread_sides_no_sampling": torch.ones(len(SPREADS)),
        "mistaken_ratio_beta_ignored": 1 / BALANCE_BETA,
        "mistaken_ratio_likelihood_averaged_over_pixels": float(case.inputs["model"].config["data_dim"]),
        "mistaken_ratio_kl_averaged_over_dimensions": 1 / latents,
    }


# ---------------------------------------------------------------- where the KL is next to nothing

FAINT = "a posterior that is nearly the prior"
FAINT_LATENTS, FAINT_MU, FAINT_RATIO, FAINT_BATCH, FAINT_BETA = 10, 0.1, 0.5, 2048, 2.0
"""KL(q || p) is 0.005 nats in each dimension, 0.05 in all, below every floor that is in use. The likelihood of a pixel
that is on, of logit tz - 7, pulls z outwards with t(1 - σ(tz - 7)), at least 0.99t for |tz| < 2; t is half of the KL's
pull βμ, so that t = 0.1. With the KL's formula nothing random changes a side. Where log q(z) - log p(z) is sampled in
its place, the pull is β(μ + mean ε): over 2,048 images all 10 sides are wrong with probability
exp(-10 · 2048 · 0.05²/2) = 8e-12 at most."""


def faint_case(generator: np.random.Generator) -> Case:
    """One step from weights whose posterior is nearly the prior."""
    side = torch.from_numpy(generator.choice([-1.0, 1.0], FAINT_LATENTS)).float()
    sizes = {"data_dim": FAINT_LATENTS, "hidden_dim": 2 * FAINT_LATENTS, "latent_dim": FAINT_LATENTS}
    state = {name: torch.zeros_like(weights) for name, weights in build("vae", sizes).state_dict().items()}
    identity = torch.eye(FAINT_LATENTS)
    state["encoder.2.bias"] = torch.cat([FAINT_MU * side, torch.zeros(FAINT_LATENTS)])
    state["decoder.0.weight"] = torch.cat([identity, -identity])
    pull = FAINT_RATIO * FAINT_BETA * FAINT_MU * side
    state["decoder.2.weight"] = torch.cat([identity, -identity], dim=1) * pull[:, None]
    state["decoder.2.bias"] = torch.full((FAINT_LATENTS,), -7.0)
    return Case(FAINT, {
        "model": Model("vae", sizes, state), "images": torch.ones(FAINT_BATCH, FAINT_LATENTS),
        "steps": 1, "batch_size": FAINT_BATCH, "beta": FAINT_BETA,
    })  # fmt: skip


def faint_numbers(case: Case) -> Mapping[str, Value]:
    """The side on which each μ is."""
    return {"faint_sides": case.inputs["model"].state["encoder.2.bias"][:FAINT_LATENTS].sign()}
