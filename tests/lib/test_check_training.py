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


def trained(loss=minus_elbo, optimiser=adam, schedule=None, batches=None, more=0, zero=lambda optimise, step: True):
    def train(model, images, steps, batch_size, beta):
        optimise = optimiser(model.parameters())
        rate = LambdaLR(optimise, schedule or (lambda step: 1.0))
        for step in range(steps + more):
            x = batches(images, batch_size) if batches else images[torch.randint(len(images), (batch_size,))]
            if zero(optimise, step):
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


def free_bits(model, x, beta, by_dimension):
    mu, logvar = model.encode(x)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    held = kl.mean(0).clamp(min=0.1).sum() if by_dimension else kl.sum(-1).clamp(min=0.5).mean()
    z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
    return beta * held - model.likelihood(z).log_prob(x).mean()


def optimiser(kind, **options):
    return lambda parameters: kind(parameters, **options)


RIGHT = {
    "Adam": trained(),
    "a large rate": trained(optimiser=optimiser(torch.optim.Adam, lr=2e-2)),
    "SGD": trained(optimiser=optimiser(torch.optim.SGD, lr=2e-2)),
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
    "a step too many": (trained(more=1), "one_step_too_many"),
    "a step too few": (trained(more=-1), "one_step_too_few"),
    "no zero_grad": (trained(zero=lambda optimise, step: False), "gradients_not_zeroed"),
    "zero_grad every second step": (trained(zero=lambda optimise, step: step % 2), "gradients_not_zeroed"),
    "free bits for each dimension": (trained(lambda *batch: free_bits(*batch, by_dimension=True)), "free_bits"),
    "free bits for all": (trained(lambda *batch: free_bits(*batch, by_dimension=False)), "free_bits"),
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


def zeroed_too_late(model, images, steps, batch_size, beta):
    optimise = adam(model.parameters())
    for _ in range(steps):
        minus_elbo(model, images[torch.randint(len(images), (batch_size,))], beta).backward()
        optimise.zero_grad(set_to_none=False)
        optimise.step()
    return model


HALF_SEEN = trained(batches=lambda images, size: images[torch.randint(len(images), (size // 2,))])
UNNAMED = {
    "no KL": (trained(lambda model, x, beta: minus_elbo(model, x, 0.0)), "Nothing holds μ near 0"),
    "a KL of the wrong sign": (trained(lambda model, x, beta: minus_elbo(model, x, -beta)), "Nothing holds μ near 0"),
    "uniform noise": (trained(written_out(noise=torch.rand_like)), "on average over the noise"),
    "half a minibatch": (HALF_SEEN, "far fewer different images"),
}


@pytest.mark.parametrize(("train", "words"), UNNAMED.values(), ids=UNNAMED)
def test_where_several_mistakes_explain_the_steps_none_is_named(prepared, train, words):
    torch.manual_seed(0)
    verdict = examine(prepared, train)
    assert words in verdict.message
    assert verdict.mistake is None


def test_gradients_that_are_zeroed_too_late_are_no_missing_step(prepared):
    message = examine(prepared, zeroed_too_late).message
    assert "nothing was learned" in message
    assert "in this order" in message


def test_judging_draws_no_random_number(prepared):
    """Another thread may be solving a variant of the cases meanwhile, by the same stream."""
    model = next(solved.case.inputs["model"] for solved in prepared.cases)
    images, noise = torch.zeros(2, model.config["data_dim"]), torch.zeros(2, model.config["latent_dim"])
    before = torch.get_rng_state()
    assert measure(model, images, noise) == measure(model, images, noise)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop])
def test_gradients_that_are_never_zeroed_are_seen_whatever_the_optimiser(prepared, kind):
    train = trained(optimiser=optimiser(kind, lr=1e-3), zero=lambda optimise, step: False)
    assert examine(prepared, train).mistake == "gradients_not_zeroed"


def in_halves(model, images, steps, batch_size, beta):
    optimise = adam(model.parameters())
    for _ in range(steps):
        optimise.zero_grad(set_to_none=False)
        for half in images[torch.randint(len(images), (batch_size,))].chunk(2):
            (minus_elbo(model, half, beta) / 2).backward()
        optimise.step()
    return model


def by_hand(model, images, steps, batch_size, beta):
    parameters = list(model.parameters())
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        gradients = torch.autograd.grad(minus_elbo(model, x, beta), parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
            parameter.data -= 1e-2 * parameter.grad
    return model


@pytest.mark.parametrize("train", [in_halves, by_hand])
def test_gradients_that_are_summed_within_a_step_or_never_used_again_are_right(prepared, train):
    assert {examine(prepared, train).message for _ in range(3)} == {""}


@pytest.fixture(scope="module")
def whole():
    return load(Path(__file__).parents[2] / "assignments" / "ps1_elbo" / "cases.npz")["train_vae"]


@pytest.mark.parametrize(
    ("rate", "words"), [(1e-6, "too little. A learning rate that is too small does that"), (30.0, "diverged")]
)
def test_a_learning_rate_is_not_taken_for_another_mistake(whole, rate, words):
    verdict = examine(whole, trained(optimiser=optimiser(torch.optim.SGD, lr=rate)))
    assert verdict.mistake is None
    assert words in verdict.message


@pytest.mark.parametrize("rate", [5e-4, 2e-3, 1e-2])
def test_usual_learning_rates_learn_enough(whole, rate):
    assert examine(whole, trained(optimiser=optimiser(torch.optim.Adam, lr=rate))).passed
