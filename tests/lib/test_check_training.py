"""The law of a training loop, on the prepared weights that ship: any right loop passes, wrong ones are named."""

import dataclasses
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR

from latentkit.check import examine
from latentkit.check.laws.training import measure
from latentkit.check.store import load


@pytest.fixture(scope="module")
def prepared():
    shipped = load(Path(__file__).parents[2] / "assignments" / "ps1_elbo" / "cases.npz")["train_vae"]
    return dataclasses.replace(shipped, cases=tuple(c for c in shipped.cases if c.case.inputs["steps"] < 10))


def adam(parameters):
    return torch.optim.Adam(parameters, lr=2e-3)


def minus_elbo(model, x, beta):
    return -model.elbo(x, beta).mean()


def trained(loss=minus_elbo, optimiser=adam, schedule=None, batches=None):
    def train(model, images, steps, batch_size, beta):
        optimise = optimiser(model.parameters())
        rate = LambdaLR(optimise, schedule or (lambda step: 1.0))
        for _ in range(steps):
            x = batches(images, batch_size) if batches else images[torch.randint(len(images), (batch_size,))]
            optimise.zero_grad()
            loss(model, x, beta).backward()
            optimise.step()
            rate.step()
        return model

    return train


def written_out(noise=torch.randn_like, kl=0.5, deviation=lambda logvar: torch.exp(logvar / 2)):
    def loss(model, x, beta):
        mu, logvar = model.encode(x)
        logits = model.decode(mu + deviation(logvar) * noise(mu))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
        return (reconstruction + beta * kl * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)).mean()

    return loss


def kl_by_sampling(model, x, beta):
    posterior = model.posterior(x)
    z = posterior.rsample()
    kl = posterior.log_prob(z) - model.prior().log_prob(z)
    return (beta * kl - model.likelihood(z).log_prob(x)).mean()


def clamped_probabilities(model, x, beta):
    mu, logvar = model.encode(x)
    p = torch.sigmoid(model.decode(mu + torch.exp(logvar / 2) * torch.randn_like(mu))).clamp(1e-6, 1 - 1e-6)
    likelihood = (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
    return (beta * 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1) - likelihood).mean()


def constant_sample(model, x, beta):
    posterior = model.posterior(x)
    kl = torch.distributions.kl_divergence(posterior, model.prior())
    return (beta * kl - model.likelihood(posterior.sample()).log_prob(x)).mean()


def optimiser(kind, **options):
    return lambda parameters: kind(parameters, **options)


RIGHT = {
    "Adam": trained(),
    "a large rate": trained(optimiser=optimiser(torch.optim.Adam, lr=2e-2)),
    "SGD with momentum": trained(optimiser=optimiser(torch.optim.SGD, lr=2e-2, momentum=0.9)),
    "RMSprop": trained(optimiser=optimiser(torch.optim.RMSprop, lr=3e-3)),
    "decoupled weight decay": trained(optimiser=optimiser(torch.optim.AdamW, lr=3e-3)),
    "a rate that grows from zero": trained(schedule=lambda step: min(1.0, step / 20)),
    "the loss summed": trained(loss=lambda *batch: 64 * minus_elbo(*batch)),
    "two samples": trained(loss=lambda *batch: (minus_elbo(*batch) + minus_elbo(*batch)) / 2),
    "written out": trained(written_out()),
    "minus the noise": trained(written_out(noise=lambda mu: -torch.randn_like(mu))),
    "the KL by sampling": trained(kl_by_sampling),
    "clamped probabilities": trained(clamped_probabilities),
    "batches without replacement": trained(batches=lambda images, size: images[torch.randperm(len(images))[:size]]),
}
WRONG = {
    "β / 1.5": (trained(lambda model, x, beta: minus_elbo(model, x, beta / 1.5)), "kl_misweighed"),
    "the KL without ½": (trained(written_out(kl=1.0)), "kl_misweighed"),
    "no β": (trained(lambda model, x, beta: minus_elbo(model, x, 1.0)), "beta_ignored"),
    "the variance for σ": (trained(written_out(deviation=torch.exp)), "variance_for_deviation"),
    "one noise": (trained(written_out(noise=lambda mu: torch.randn_like(mu[:1]))), "one_noise_for_the_batch"),
    "no noise": (trained(written_out(noise=torch.zeros_like)), "no_sampling"),
    "hardly any": (trained(written_out(noise=lambda mu: 0.1 * torch.randn_like(mu))), "no_sampling"),
    "a constant sample": (trained(constant_sample), "encoder_not_trained"),
    "plus the ELBO": (trained(lambda *batch: -minus_elbo(*batch)), "wrong_sign"),
    "all images": (trained(batches=lambda images, size: images), "too_many_images"),
    "another batch size": (
        trained(batches=lambda images, size: images[torch.randperm(len(images))[:32]]),
        "too_many_images",
    ),
    "the first images": (trained(batches=lambda images, size: images[:size]), "one_minibatch_only"),
    "images of its own": (
        trained(batches=lambda images, size: torch.rand(size, images.shape[1]).round()),
        "other_images",
    ),
}


@pytest.mark.parametrize("train", RIGHT.values(), ids=RIGHT)
def test_any_right_loop_passes_time_and_again(prepared, train):
    torch.manual_seed(0)
    assert {examine(prepared, train).message for _ in range(5)} == {""}


@pytest.mark.parametrize(("train", "mistake"), WRONG.values(), ids=WRONG)
def test_a_wrong_loop_is_named(prepared, train, mistake):
    torch.manual_seed(0)
    assert {examine(prepared, train).mistake for _ in range(3)} == {mistake}


def test_judging_draws_no_random_number(prepared):
    """Another thread may be solving a variant of the cases meanwhile, by the same stream."""
    model = next(solved.case.inputs["model"] for solved in prepared.cases)
    images, noise = torch.zeros(2, model.config["data_dim"]), torch.zeros(2, model.config["latent_dim"])
    before = torch.get_rng_state()
    assert measure(model, images, noise) == measure(model, images, noise)
    assert torch.equal(torch.get_rng_state(), before)
