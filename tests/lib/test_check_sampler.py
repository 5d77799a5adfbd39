"""The law of the reparameterised sampler: right noise passes time and again, other noise does not, and is named."""

import math

import pytest
import torch

from latentkit.check.calling import respond
from latentkit.check.cases import Case, Examination, SolvedCase
from latentkit.check.judging import judge
from latentkit.check.laws import sampler_noise

MU = torch.linspace(-3, 3, 64, dtype=torch.float32).view(16, 4).repeat(1024, 1)
STD = torch.linspace(0.4, 2.7, 64, dtype=torch.float32).view(16, 4).T.reshape(16, 4).repeat(1024, 1)
CASE = Case("16,384 posteriors", {"mu": MU, "logvar": 2 * STD.log()}, calls=4)
NAMES = (
    *("uniform_noise", "light_tails", "heavy_tails", "clipped_noise", "scaled_noise"),
    *("standardised_noise", "shared_radius", "antithetic_pairs"),
)
EXAMINATION = Examination(
    "sampler",
    (SolvedCase(CASE, numbers={"mean": MU, "std": STD}),),
    {name: f"It is {name}." for name in NAMES},
    law="gaussian_sampler",
)


def test_draws_about_one_value_of_mu_are_told_without_a_slope():
    """mu/σ and 1/σ are one covariate then, and their matrix has no inverse."""
    torch.manual_seed(0)
    std = torch.tensor([400.0, 0.0025]).repeat(64, 2).double()
    noise = torch.randn(8, 64, 4, dtype=torch.float64) + 5
    told = sampler_noise._of_mean(noise, torch.ones_like(std), std)
    assert told is not None and told.message == "The mean of the draws is not mu."
    assert sampler_noise._of_mean(noise - 5, torch.ones_like(std), std) is None


def verdict(noise, seed):
    torch.manual_seed(seed)
    return judge(EXAMINATION, [respond(lambda mu, logvar: mu + torch.exp(logvar / 2) * noise(mu), CASE)])


def sum_of_uniforms(count):
    return lambda mu: sum(torch.rand_like(mu) - 0.5 for _ in range(count)) * math.sqrt(12 / count)


def logistic(mu):
    return torch.logit(torch.rand_like(mu).clamp(1e-9, 1 - 1e-9)) * math.sqrt(3) / math.pi


def student(mu):
    chi_squared = sum(torch.randn_like(mu) ** 2 for _ in range(8))
    return torch.randn_like(mu) * torch.sqrt(6 / chi_squared)


def test_right_noise_passes_thirty_times():
    assert {verdict(torch.randn_like, seed).message for seed in range(30)} == {""}


@pytest.mark.parametrize(
    ("noise", "mistake"),
    [
        (sum_of_uniforms(1), "uniform_noise"),
        (sum_of_uniforms(2), "light_tails"),
        (sum_of_uniforms(3), "light_tails"),
        (sum_of_uniforms(4), "light_tails"),
        (logistic, "heavy_tails"),
        (student, "heavy_tails"),
        (lambda mu: torch.randn_like(mu).clamp(-2, 2), "clipped_noise"),
        (lambda mu: torch.randn_like(mu).clamp(-3, 3), "clipped_noise"),
        (lambda mu: 0.93 * torch.randn_like(mu), "scaled_noise"),
        (lambda mu: 0.97 * torch.randn_like(mu), "scaled_noise"),
    ],
    ids=["one uniform", "two", "three", "four", "logistic", "Student, 8", "clamp at 2", "clamp at 3", "0.93", "0.97"],
)
def test_other_noise_is_refused_by_name(noise, mistake):
    assert {verdict(noise, seed).mistake for seed in range(3)} == {mistake}


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        (lambda mu: torch.randn_like(mu).abs(), "never negative"),
        (lambda mu: torch.randn_like(mu) + 0.05, "mean of the draws"),
        (lambda mu: torch.randn_like(mu) * (1 + 0.05 * mu), "spread of the draws depends on mu"),
        (lambda mu: neighbours(torch.randn_like(mu), dim=0), "different examples is correlated"),
        (lambda mu: neighbours(torch.randn_like(mu), dim=1), "different dimensions is correlated"),
    ],
)
def test_noise_is_judged_on_mean_and_dependence(noise, words):
    found = verdict(noise, 0)
    assert found.status == "failed"
    assert words in found.message


def radius_of(*shape):
    return lambda mu: (
        torch.sqrt(-2 * torch.rand([n or m for n, m in zip(shape, mu.shape, strict=True)]).log())
        * (torch.cos(2 * math.pi * torch.rand_like(mu)))
    )


def mirrored(mu, dim):
    half = torch.randn_like(mu).chunk(2, dim)[0]
    return torch.cat([half, -half], dim)


def neighbours_mirrored(mu):
    half = torch.randn_like(mu[::2])
    return torch.stack([half, -half], 1).reshape(mu.shape)


def halves_of_one_size(mu):
    """Signs of its own for each number, but the second half of the batch has the sizes of the first."""
    size = torch.randn_like(mu[::2]).abs().repeat(2, 1)
    return size * torch.randint(0, 2, mu.shape).mul(2).sub(1)


def standardised(*dims):
    def noise(mu):
        z = torch.randn_like(mu)
        return (z - z.mean(dims)) / z.std(dims)

    return noise


def of_unit_variance(mu):
    z = torch.randn_like(mu)
    return z / z.square().mean(0).sqrt()


@pytest.mark.parametrize(
    ("noise", "mistake"),
    [
        (radius_of(0, 1), "shared_radius"),
        (halves_of_one_size, "shared_radius"),
        (lambda mu: mirrored(mu, 0), "antithetic_pairs"),
        (lambda mu: mirrored(mu, 1), "antithetic_pairs"),
        (neighbours_mirrored, "antithetic_pairs"),
        (standardised(0), "standardised_noise"),
        (standardised(0, 1), "standardised_noise"),
        (of_unit_variance, "standardised_noise"),
    ],
    ids=["radius", "sizes", "halves", "dimensions", "neighbours", "by dimension", "as a whole", "variance"],
)
def test_normal_noise_that_is_not_independent_is_named_for_what_it_is(noise, mistake):
    assert {verdict(noise, seed).mistake for seed in range(3)} == {mistake}


def test_correlated_noise_is_not_taken_for_one_noise():
    for dim in (0, 1):
        assert verdict(lambda mu, dim=dim: neighbours(torch.randn_like(mu), dim), 0).mistake is None


@pytest.mark.filterwarnings("ignore:std")
def test_one_example_is_judged_on_form_freshness_and_gradients():
    mu, logvar = torch.zeros(1, 3), torch.ones(1, 3)
    case = Case("one", {"mu": mu, "logvar": logvar}, calls=2)
    one = Examination(
        "sampler", (SolvedCase(case, numbers={"mean": mu, "std": (logvar / 2).exp()}),), {}, law="gaussian_sampler"
    )

    def judged(noise):
        return judge(one, [respond(lambda mu, logvar: mu + torch.exp(logvar / 2) * noise(mu), case)])

    assert {judged(torch.randn_like).message for _ in range(20)} == {""}
    assert "NaN" in judged(standardised(0)).message
    assert "same draw" in judged(torch.ones_like).message


def neighbours(noise, dim):
    """Standard normal, but correlated with its neighbour by 0.1."""
    return 0.1 * noise.roll(1, dim) + math.sqrt(0.99) * noise


def std_of(mu):
    return STD.to(mu)


def without_noise(mu, dim):
    return torch.randn_like(mu).index_fill(dim, torch.tensor([mu.shape[dim] - 1]), 0.0)


def of_one_length(mu):
    z = torch.randn_like(mu)
    return 2 * z / z.norm(dim=1, keepdim=True)


def centred_rows(mu):
    z = torch.randn_like(mu)
    return z - z.mean(1, keepdim=True)


def now_and_then(mu):
    return math.sqrt(2) * torch.randn_like(mu) * torch.randint(0, 2, mu.shape)


@pytest.mark.parametrize(
    ("noise", "words", "mistake"),
    [
        (lambda mu: without_noise(mu, 1), "Some dimensions get no noise", None),
        (now_and_then, "Many numbers of the result are mu itself", None),
        (centred_rows, "mean 0 over its dimensions, exactly", "standardised_noise"),
        (of_one_length, "the same length", None),
        (lambda mu: torch.randint(0, 2, mu.shape) * 2.0 - 1, "a mere sign", None),
        (lambda mu: torch.rand_like(mu).sqrt(), "lies between 0 and 1", None),
        (lambda mu: torch.rand_like(mu), "uniform between 0 and 1", "uniform_noise"),
        (lambda mu: torch.randn_like(mu[::2]).repeat(2, 1), "is that of the first half", None),
        (lambda mu: torch.randn_like(mu[::4]).repeat_interleave(4, 0), "is that of the one before", None),
        (lambda mu: torch.empty_like(mu).exponential_() - 1, "lopsided", None),
        (lambda mu: torch.empty_like(mu).cauchy_(), "tails are too heavy", "heavy_tails"),
        (lambda mu: std_of(mu) * torch.randn_like(mu), "does not follow logvar", None),
        (lambda mu: torch.randn_like(mu) * torch.tensor([1.0, 1.0, 1.0, 1.3]), "from dimension to dimension", None),
        (lambda mu: torch.randn_like(mu) - mu / std_of(mu), "lie around 0 and not around mu", None),
        (lambda mu: torch.randn_like(mu) - 2 * mu / std_of(mu), "go along with -mu", None),
        (lambda mu: torch.randn_like(mu) + 0.2 / std_of(mu), "mean of the draws is not mu", None),
        (lambda mu: torch.randn_like(mu) + mu / std_of(mu), "not one to one", None),
        (lambda mu: ((mu + std_of(mu) * torch.randn_like(mu)).flip(1) - mu) / std_of(mu), "reverse order", None),
    ],
)
def test_a_message_says_what_was_measured(noise, words, mistake):
    for seed in range(3):
        found = verdict(noise, seed)
        assert words in found.message
        assert found.mistake == mistake


def gradients(sample):
    mu, logvar = MU.clone(), CASE.inputs["logvar"].clone()
    case = Case("gradients", {"mu": mu, "logvar": logvar}, ("mu", "logvar"), cotangent=torch.ones_like(mu), calls=2)
    numbers = {"mean": mu, "std": STD, "offset_mu": 1.0, "slope_mu": 0.0, "offset_logvar": 0.0, "slope_logvar": 0.5}
    exam = Examination(
        "sampler", (SolvedCase(case, numbers=numbers),), {"no_gradient": "A constant."}, law="gaussian_sampler"
    )
    torch.manual_seed(0)
    return judge(exam, [respond(sample, case)])


def test_a_gradient_that_is_missing_is_told_from_one_that_is_cut_off():
    assert gradients(lambda mu, logvar: torch.normal(mu, (logvar / 2).exp())).mistake == "no_gradient"
    cut_off = gradients(lambda mu, logvar: mu + (logvar / 2).exp().detach() * torch.randn_like(mu))
    assert cut_off.mistake is None
    assert "A gradient reaches `mu`, but none `logvar`" in cut_off.message


def test_draws_that_only_could_not_be_told_from_right_ones_are_not_called_right():
    """A floor of 0.004 is too small for the tests of the draws, and shows in the gradient, which is theirs."""
    found = gradients(lambda mu, logvar: mu + ((logvar / 2).exp() + 4e-3) * torch.randn_like(mu))
    assert "The gradient in `logvar` is not that of draws from this normal distribution." in found.message
    assert "they are slightly off, or the gradient is changed" in found.message
    assert "pass" not in found.message
