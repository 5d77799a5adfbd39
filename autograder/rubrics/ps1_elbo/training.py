"""The training loop: judged by the held-out ELBO of the weights that it returns."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Model, Value
from latentkit.check.laws.training import measure
from latentkit.data import load_digits
from latentkit.models import build
from latentkit.reference import variational

SIZES = {"data_dim": 64, "hidden_dim": 64, "latent_dim": 4}
STEPS, BATCH_SIZE = 430, 64
HELD_OUT = 256
SLACK = 3.0
"""Nats below the reference's held-out ELBO that still pass. Measured over 30 seeds at β = 1: Adam at 2e-3 varies by
0.25 nats (standard deviation), Adam at 1e-3 ends 1.0 below it on average, a decoder without latent variable 4."""


def _cases(generator: np.random.Generator) -> Iterator[Case]:
    yield _traces_case(generator)  # first: what a few steps tell, they tell more precisely
    yield _balances_case(generator)
    images = load_digits().train
    chosen = torch.from_numpy(generator.permutation(len(images))[:512])
    for name, beta in (("beta = 1", 1.0), ("beta = 6", 6.0)):
        torch.manual_seed(int(generator.integers(2**62)))
        model = Model("vae", SIZES, build("vae", SIZES).state_dict())
        yield Case(name, {
            "model": model, "images": images[chosen][:, _pixel_order()],
            "steps": STEPS, "batch_size": BATCH_SIZE, "beta": beta,
        })  # fmt: skip


def _pixel_order() -> Tensor:
    """A secret order of the pixels, so that the images of the kit, the held-out ones among them, are no help.

    A function that trained on those has learned nothing about these. The order follows from the seed of the case that
    is being made: its numbers, which need it too, are made before the next case sets another.
    """
    return torch.randperm(SIZES["data_dim"], generator=torch.Generator().manual_seed(torch.initial_seed()))


def _numbers(case: Case) -> Mapping[str, Value]:
    if case.name == TRACES:
        return {
            "dark": case.inputs["images"].sum(0) == 0,
            "most_seen": TRACE_STEPS * TRACE_BATCH,
            "least_seen": LEAST_SEEN,
        }
    if case.name == BALANCES:
        return _balances_numbers(case)
    elsewhere = load_digits().test[:HELD_OUT]
    held_out = elsewhere[:, _pixel_order()]
    noise = torch.randn(HELD_OUT, SIZES["latent_dim"])
    reference = measure(respond(variational.train_vae, case).outputs[0], held_out, noise)
    initial = measure(case.inputs["model"], held_out, noise)
    collapses = case.inputs["beta"] > 1
    return {
        "held_out": held_out,
        "elsewhere": elsewhere,
        "noise": noise,
        "initial_elbo": initial.elbo,
        "least_elbo": reference.elbo - SLACK,
        "most_kl": 1.0 if collapses else math.inf,
        "least_kl": 0.0 if collapses else 0.5,
    }


# ---------------------------------------------------------------- which images a few steps use

TRACES = "images of one pixel each"
TRACE_IMAGES, TRACE_STEPS, TRACE_BATCH = 56, 3, 8
LEAST_SEEN = 10
"""24 draws with replacement from 56 images find fewer different ones with probability 3.7e-10 (exact, by recursion over
the draws); 20 are expected."""


def _traces_case(generator: np.random.Generator) -> Case:
    sizes = {"data_dim": 64, "hidden_dim": 16, "latent_dim": 2}  # as many pixels as a digit, which would fit in
    torch.manual_seed(int(generator.integers(2**62)))
    state = build("vae", sizes).state_dict()
    state["encoder.0.weight"] = torch.zeros_like(state["encoder.0.weight"])
    state["encoder.0.bias"] = torch.rand(16) + 0.5  # every hidden unit is on, so that every image's gradient arrives
    return Case(TRACES, {
        "model": Model("vae", sizes, state), "images": torch.eye(64)[torch.randperm(64)[:TRACE_IMAGES]],
        "steps": TRACE_STEPS, "batch_size": TRACE_BATCH, "beta": 1.0,
    })  # fmt: skip


# ---------------------------------------------------------------- which way a step goes

BALANCES = "latent dimensions in the balance"
BALANCE_BATCH, BALANCE_BETA = 2048, 2.5
RATIOS = (0.05, 0.2, 0.35, 0.5, 0.7, 0.85, 1.2, 1.5, 2.5, 4.0)
NOISES = 24
OFFSET = 0.9
SPREADS = (2.0, 2.0, 6.0, 6.0, 20.0, 20.0)
"""Three kinds of dimension, each with pixels of its own, in an encoder that says the same of every image.

For each ratio, a pixel's log-likelihood is linear in z, and pulls μ = ±1 outwards with ratio·β against the KL's pull β.

NOISES pairs of pixels, one on and one off, have the logit 4z ± OFFSET: they pull μ by -4 tanh((4z ± OFFSET)/2), that is
by ±0.65 on average over z ~ N(0, 1), while a single z sends it the wrong way two times in five. Over a batch of 2,048 a
right pull has the wrong sign with probability 1.5e-12 (Hoeffding), in any of 24 dimensions 3.6e-11; with one z for the
batch all 24 are right with probability 3e-6.

SPREADS pairs have the logit tz/σ at μ = 0, log σ² = -3: they pull log σ² down by t/2 · E ε tanh(tε/2), 0.6, 2.3 and
7.9, against the KL's β(1 - σ²)/2 = 1.2. Noise of standard deviation σ² pulls with 0.1, 0.7 and 3.3, no noise with 0.
The means over a batch vary by less than a twentieth of the differences (standard deviation)."""


def _balances_case(generator: np.random.Generator) -> Case:
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


def _balances_numbers(case: Case) -> Mapping[str, Value]:
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


# ---------------------------------------------------------------- train_vae

train_vae = Exercise(
    name="train_vae",
    points=6,
    reference=variational.train_vae,
    cases=_cases,
    law="trained_vae",
    numbers=_numbers,
    look="section 9, the five training steps; lecture, slide VAE",
    costly=True,
)


@train_vae.mistake("Nothing moved: is `optimiser.step()` missing, or was a copy of the model trained?")
def no_step(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
    return model


@train_vae.mistake("The sign is wrong: an optimiser minimises, so its loss is *minus* the ELBO.")
def wrong_sign(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake("beta is not used in the training loss: it weighs the KL.")
def beta_ignored(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake(
    "The optimiser must hold all parameters of the model, and z must be a reparameterised sample, not a detached one."
)
def encoder_not_trained(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.decoder.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake("The optimiser must hold all parameters of the model: here the decoder got no step.")
def decoder_not_trained(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.encoder.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake("The loop may be right, but `return model` is missing.")
def returns_nothing(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@train_vae.mistake(
    "The likelihood was averaged over the pixels while the KL was summed, so the KL outweighed it and the posterior "
    "collapsed onto the prior."
)
def likelihood_averaged_over_pixels(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        posterior = model.posterior(x)
        likelihood = model.likelihood(posterior.rsample()).log_prob(x) / x.shape[1]
        q_kl = D.kl_divergence(posterior, model.prior())
        loss = (beta * q_kl - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake(
    "The decoder was trained on the posterior's mean, never on a sample, so q(z | x) spread as it liked: decode a "
    "reparameterised sample."
)
def no_sampling(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        posterior = model.posterior(x)
        likelihood = model.likelihood(posterior.mean).log_prob(x)
        q_kl = D.kl_divergence(posterior, model.prior())
        loss = (beta * q_kl - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake("Use the images that are given, the argument, not those of the notebook.")
def other_images(model, images, steps, batch_size, beta):
    from latentkit.data import load_digits

    digits = load_digits()
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = digits.train[torch.randint(len(digits.train), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake(
    "Take `steps` gradient steps in all, not epochs, and each on a minibatch of `batch_size` images, neither on all of "
    "them nor on a number of your own."
)
def too_many_images(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(300):
        loss = -model.elbo(images, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake(
    "Draw a fresh minibatch of `batch_size` images at every step: is it drawn before the loop, or are they always the "
    "first ones?"
)
def one_minibatch_only(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    x = images[torch.randint(len(images), (batch_size,))]
    for _ in range(steps):
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake(
    "The KL weighs more or less than β against the likelihood: is a factor ½ missing or one too many, or was one of "
    "the two terms summed over the images and the other averaged?"
)
def kl_misweighed(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        mu, logvar = model.encode(x)
        likelihood = model.likelihood(mu + (logvar / 2).exp() * torch.randn_like(mu)).log_prob(x)
        q_kl = (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
        loss = (beta * q_kl - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake("Sum the KL over the latent dimensions: it was averaged over them, so it weighs too little.")
def kl_averaged_over_dimensions(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        posterior = model.posterior(x)
        likelihood = model.likelihood(posterior.rsample()).log_prob(x)
        q_kl = D.kl_divergence(posterior.base_dist, D.Normal(0.0, 1.0)).mean(-1)
        loss = (beta * q_kl - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake(
    "The noise is scaled by the variance exp(logvar): the standard deviation is its square root, exp(logvar/2)."
)
def variance_for_deviation(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        mu, logvar = model.encode(x)
        likelihood = model.likelihood(mu + logvar.exp() * torch.randn_like(mu)).log_prob(x)
        q_kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
        loss = (beta * q_kl - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.mistake("Draw one ε per image and dimension, of the shape of mu: here all images of a minibatch share one.")
def one_noise_for_the_batch(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        mu, logvar = model.encode(x)
        likelihood = model.likelihood(mu + (logvar / 2).exp() * torch.randn(mu.shape[1])).log_prob(x)
        q_kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
        loss = (beta * q_kl - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.alternative
def epochs_of_shuffled_batches(model, images, steps, batch_size, beta):
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    done = 0
    while done < steps:
        for batch in torch.randperm(len(images), device=images.device).split(batch_size)[: steps - done]:
            optimiser.zero_grad(set_to_none=False)
            (-model.elbo(images[batch], beta)).mean().backward()
            optimiser.step()
            done += 1
    return model


@train_vae.alternative
def loss_written_out(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(steps):
        x = images[torch.randperm(len(images))[:batch_size]]
        mu, logvar = model.encode(x)
        logits = model.decode(mu + (logvar / 2).exp() * torch.randn_like(mu))
        likelihood = -F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()
        loss = (beta * kl - likelihood) / len(x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@train_vae.alternative
def data_loader_and_clipping(model, images, steps, batch_size, beta):
    dataset = torch.utils.data.TensorDataset(images)
    sampler = torch.utils.data.RandomSampler(dataset, replacement=True, num_samples=steps * batch_size)
    optimiser = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    for (x,) in torch.utils.data.DataLoader(dataset, batch_size, sampler=sampler):
        loss = -model.elbo(x, beta).mean()
        model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 50.0)
        optimiser.step()
    return model
