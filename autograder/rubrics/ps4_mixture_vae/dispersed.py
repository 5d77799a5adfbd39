"""The dispersion of a mixture's components, and the loss that gives it back."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from autograder.rubrics.ps4_mixture_vae import terms
from latentkit.check.cases import Case
from latentkit.reference import mixture

# ---------------------------------------------------------------- dispersion


def _dispersion_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, codes, dim, spread, dtype in (
        ("a few examples, unequal variances", 4, 3, 2, 1, torch.float64),
        ("one example", 1, 4, 3, 1, torch.float64),
        ("as many examples as components as dimensions", 3, 3, 3, 1, torch.float64),
        ("equal variances", 3, 4, 2, 0, torch.float64),
        ("very unequal variances", 3, 3, 2, 2, torch.float64),
        ("float32", 4, 3, 2, 1, torch.float32),
    ):
        shared = uniform(generator, -1, 1, dtype=dtype)
        inputs = {
            "q_c": normal(generator, batch, codes, dtype=dtype).softmax(-1),
            "means": normal(generator, codes, dim, scale=1.5, dtype=dtype),
            "logvars": shared + spread * uniform(generator, -1, 1, codes, dim, dtype=dtype),
        }
        yield Case(name, inputs, tuple(inputs), normal(generator, batch, dtype=dtype))
    sure = F.one_hot(torch.from_numpy(generator.permutation(3)), 3).double()
    inputs = {
        "q_c": sure,
        "means": normal(generator, 3, 2),
        "logvars": uniform(generator, -1, 1, 3, 2),
    }
    yield Case("sure of the component, so L_d = 0", inputs, tuple(inputs), normal(generator, 3))


dispersion = Exercise(
    name="dispersion",
    points=5,
    reference=mixture.dispersion,
    cases=_dispersion_cases,
    simplex=("q_c",),
    answered_by=("latentkit.models.mixture_prior",),
    look="section 7, natural parameters and the dispersion term; Shi et al. 2020",
    terms=terms.dispersion,
    unbounded=("means", "logvars"),
)


@dispersion.mistake(
    "The sign is wrong: A is convex, so the mean of A is at least A of the mean, and L_d is never negative."
)
def negative_dispersion(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1) - q_c @ of_each


@dispersion.mistake(
    "You averaged means and variances. The mean is to be taken of the *natural parameters*: a narrow component then"
    " counts for more than a wide one. With equal variances of all components you would not see it."
)
def moments_averaged(q_c, means, logvars):
    of_each = (0.5 * means**2 / logvars.exp() + 0.5 * logvars).sum(-1)
    mean, variance = q_c @ means, q_c @ logvars.exp()
    return q_c @ of_each - (0.5 * mean**2 / variance + 0.5 * variance.log()).sum(-1)


@dispersion.mistake(
    "You averaged means and log variances. The mean is to be taken of the *natural parameters*, η₁ = μ/σ² and η₂ = "
    "-1/(2σ²). With equal variances of all components you would not see it."
)
def log_variances_averaged(q_c, means, logvars):
    of_each = (0.5 * means**2 / logvars.exp() + 0.5 * logvars).sum(-1)
    mean, logvar = q_c @ means, q_c @ logvars
    return q_c @ of_each - (0.5 * mean**2 / logvar.exp() + 0.5 * logvar).sum(-1)


@dispersion.mistake(
    "This is the spread of the means in units of an average variance, which is L_d only where all components have "
    "the same variance. Use A of the natural parameters."
)
def spread_of_the_means(q_c, means, logvars):
    variance = q_c @ means**2 - (q_c @ means) ** 2
    return 0.5 * (variance / (q_c @ logvars.exp())).sum(-1)


@dispersion.mistake(
    "The part -½ log(-2η₂) of A, which is ½ log σ², is missing. It cancels only where all variances are equal."
)
def log_normaliser_missing(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ (-(eta1**2) / (4 * eta2)).sum(-1) - (-(mean1**2) / (4 * mean2)).sum(-1)


@dispersion.mistake("The part -η₁²/(4η₂) of A is missing: the means must matter.")
def quadratic_part_missing(q_c, means, logvars):
    eta2 = -0.5 * (-logvars).exp()
    return q_c @ (-0.5 * (-2 * eta2).log()).sum(-1) + 0.5 * (-2 * (q_c @ eta2)).log().sum(-1)


@dispersion.mistake("η₂ has the wrong sign. The density is exp(η₁z + η₂z² - A), and it must fall off: η₂ = -1/(2σ²).")
def eta2_positive(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), 0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake(
    "The sign of η₁²/(4η₂) is lost: η₂ is negative, and A holds *minus* that fraction, which is positive."
)
def quadratic_part_negative(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (eta1**2 / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (mean1**2 / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake(
    "Mind the brackets: a / 4 * b is (a / 4) · b in Python. A holds -η₁² / (4 η₂), so write / (4 * eta2)."
)
def brackets_missing(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / 4 * eta2 - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / 4 * mean2 - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("The sign of the logarithm in A is wrong: -½ log(-2η₂), which is + ½ log σ².")
def logarithm_added(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) + 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) + 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("η₁ is the mean over the *variance*: μ/σ², not μ.")
def eta1_not_divided(q_c, means, logvars):
    eta1, eta2 = means, -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("The factor ½ in η₂ = -1/(2σ²) is missing.")
def eta2_without_half(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -(-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("The factor ½ before the logarithm in A is missing.")
def logarithm_without_half(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - (-2 * mean2).log()).sum(-1)


@dispersion.mistake("You read logvar as the log of the standard deviation: σ² is exp(logvar).")
def logvar_as_log_std(q_c, means, logvars):
    eta1, eta2 = means * (-2 * logvars).exp(), -0.5 * (-2 * logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("You used logvar where the variance belongs: σ² = exp(logvar).")
def logvar_as_variance(q_c, means, logvars):
    eta1, eta2 = means / logvars, -0.5 / logvars
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("This is E_q A(η_c) alone: subtract A of the mean natural parameters.")
def second_term_missing(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    return q_c @ (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)


@dispersion.mistake("q(c | x) is not used: all components count alike. Take both means under q(c | x).")
def components_weighted_alike(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = eta1.mean(0), eta2.mean(0)
    one = of_each.mean() - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)
    return one.expand(len(q_c))


@dispersion.mistake("You averaged over the dimensions: A of independent dimensions is the sum of theirs.")
def averaged_over_dimensions(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).mean(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).mean(-1)


@dispersion.mistake("You averaged over the batch: return one number per example, [B].")
def averaged_over_batch(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return (q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)).mean()


@dispersion.mistake(
    "The components are detached, so no gradient reaches the prior. Pushing *them* apart is what the term is for."
)
def prior_detached(q_c, means, logvars):
    means, logvars = means.detach(), logvars.detach()
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.mistake("q(c | x) is detached: how much x hesitates between components matters to the term, too.")
def classifier_detached(q_c, means, logvars):
    q_c = q_c.detach()
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return q_c @ of_each - (-(mean1**2) / (4 * mean2) - 0.5 * (-2 * mean2).log()).sum(-1)


@dispersion.alternative
def dispersion_in_usual_parameters(q_c, means, logvars):
    precision = torch.exp(-logvars)
    mean_precision = q_c @ precision
    mu = (q_c @ (means * precision)) / mean_precision
    of_each = torch.einsum("bk,kd->b", q_c, 0.5 * (means.square() * precision + logvars))
    return of_each - 0.5 * (mu.square() * mean_precision - mean_precision.log()).sum(1)


@dispersion.alternative
def dispersion_with_the_constant_of_the_density(q_c, means, logvars):
    def log_partition(eta):
        constant = 0.5 * torch.log(torch.tensor(2 * torch.pi)).to(eta)
        return (-(eta[..., 0] ** 2) / (4 * eta[..., 1]) - 0.5 * torch.log(-2 * eta[..., 1]) + constant).sum(-1)

    eta = torch.stack([means / logvars.exp(), -1 / (2 * logvars.exp())], dim=-1)
    return (q_c * log_partition(eta)).sum(1) - log_partition(torch.einsum("bk,kde->bde", q_c, eta))


@dispersion.alternative
def dispersion_as_expected_divergence(q_c, means, logvars):
    precision = q_c @ (-logvars).exp()
    centre = D.Normal((q_c @ (means / logvars.exp()) / precision)[:, None], precision.rsqrt()[:, None])
    divergences = D.kl_divergence(centre, D.Normal(means, (logvars / 2).exp())).sum(-1)
    return (q_c * divergences).sum(-1)


@dispersion.alternative
def dispersion_example_by_example(q_c, means, logvars):
    eta1, eta2 = means / logvars.exp(), -0.5 / logvars.exp()
    answers = []
    for weights in q_c:
        first, second = (weights[:, None] * eta1).sum(0), (weights[:, None] * eta2).sum(0)
        of_mean = (-first * first / (4 * second) - 0.5 * torch.log(-second)).sum()
        answers.append((weights[:, None] * (-eta1 * eta1 / (4 * eta2) - 0.5 * torch.log(-eta2))).sum() - of_mean)
    return torch.stack(answers)


# ---------------------------------------------------------------- dem_vae_loss


def _loss_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, beta, dtype in (
        ("beta = 0, the plain mixture VAE", 4, 0.0, torch.float64),
        ("beta between 0 and 1", 3, float(generator.integers(15, 45)) / 100, torch.float64),
        ("beta = 1", 3, 1.0, torch.float64),
        ("beta above 1", 3, 1.5, torch.float64),
        ("one example, float32", 1, 0.8, torch.float32),
        ("float32", 4, 0.3, torch.float32),
    ):
        nll = uniform(generator, 10, 40, batch, dtype=dtype)
        kl_z = uniform(generator, 1, 6, batch, dtype=dtype)
        dispersed = uniform(generator, 0.5, 3, batch, dtype=dtype)
        kl_c = uniform(generator, 0.1, 1.5, batch, dtype=dtype)
        inputs = {"nll": nll, "kl_z": kl_z, "dispersion": dispersed, "kl_c": kl_c, "beta": beta}
        for term in (kl_z, dispersed, kl_c) if batch > 3 else ():  # next to nothing in one example each
            term[int(generator.integers(batch))] = 1e-3
        yield Case(name, inputs, ("nll", "kl_z", "dispersion", "kl_c"), torch.ones((), dtype=dtype))


dem_vae_loss = Exercise(
    name="dem_vae_loss",
    points=3,
    reference=mixture.dem_vae_loss,
    cases=_loss_cases,
    look="section 7, the loss with the dispersion given back; Shi et al. 2020",
    terms=terms.dem_vae_loss,
    unbounded=("nll", "kl_z", "dispersion", "kl_c", "beta"),
)


@dem_vae_loss.mistake("β is not used: this is the loss of the plain mixture VAE, whose KL term holds the whole of L_d.")
def plain_mixture_loss(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + dispersion + kl_c).mean()


@dem_vae_loss.mistake(
    "L_d is in the ELBO already, with a minus sign: E_q KL = kl_z + L_d. Adding β·L_d to the ELBO leaves (1 - "
    "β)·L_d in the loss; yours leaves -β·L_d, which pushes the components apart without end."
)
def dispersion_of_the_elbo_missing(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z - beta * dispersion + kl_c).mean()


@dem_vae_loss.mistake(
    "β and 1 - β have changed places. The paper maximises ELBO + β·L_d, so β = 0 is the plain mixture VAE. (The "
    "option of the published code is 1 - β.)"
)
def beta_of_the_published_code(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + beta * dispersion + kl_c).mean()


@dem_vae_loss.mistake(
    "The sign of β·L_d is wrong: it is *added* to the ELBO, so it lowers the loss. Yours pulls the components "
    "together still more."
)
def dispersion_punished(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 + beta) * dispersion + kl_c).mean()


@dem_vae_loss.mistake("L_d is missing: its weight is 1 - β, which is 0 at β = 1 only.")
def dispersion_left_out(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + kl_c).mean()


@dem_vae_loss.mistake("The sign is wrong: this is the objective ELBO + β·L_d, to be maximised. A loss is minimised.")
def objective_for_loss(nll, kl_z, dispersion, kl_c, beta):
    return -(nll + kl_z + (1 - beta) * dispersion + kl_c).mean()


@dem_vae_loss.mistake(
    "nll has the wrong sign: it is -log p(x | z) already, and minimising your loss makes the data improbable."
)
def likelihood_minimised(nll, kl_z, dispersion, kl_c, beta):
    return (-nll + kl_z + (1 - beta) * dispersion + kl_c).mean()


@dem_vae_loss.mistake("kl_c is missing: the classifier q(c | x) pays for leaving the prior p(c), too.")
def kl_of_the_component_missing(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion).mean()


@dem_vae_loss.mistake("β multiplies kl_z, as in a β-VAE. Here it belongs to the dispersion alone.")
def beta_on_the_kl(nll, kl_z, dispersion, kl_c, beta):
    return (nll + beta * kl_z + dispersion + kl_c).mean()


@dem_vae_loss.mistake("1 - β multiplies all the KL terms. Only the dispersion is weighted.")
def beta_on_all_kl_terms(nll, kl_z, dispersion, kl_c, beta):
    return (nll + (1 - beta) * (kl_z + dispersion + kl_c)).mean()


@dem_vae_loss.mistake("You summed over the batch: the loss is the mean over its examples.")
def loss_summed_over_batch(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion + kl_c).sum()


@dem_vae_loss.mistake("The loss is one number: average over the batch.")
def loss_not_averaged(nll, kl_z, dispersion, kl_c, beta):
    return nll + kl_z + (1 - beta) * dispersion + kl_c


@dem_vae_loss.mistake("The dispersion is detached: it shows in the loss, but moves no component.")
def dispersion_detached(nll, kl_z, dispersion, kl_c, beta):
    return (nll + kl_z + (1 - beta) * dispersion.detach() + kl_c).mean()


@dem_vae_loss.alternative
def loss_as_elbo_and_bonus(nll, kl_z, dispersion, kl_c, beta):
    elbo = -nll - (kl_z + dispersion) - kl_c
    return -torch.mean(elbo + beta * dispersion)


@dem_vae_loss.alternative
def loss_in_four_means(nll, kl_z, dispersion, kl_c, beta):
    return nll.mean() + kl_z.mean() + kl_c.mean() + dispersion.mean() - beta * dispersion.mean()


@dem_vae_loss.alternative
def loss_by_product(nll, kl_z, dispersion, kl_c, beta):
    terms = torch.stack([nll, kl_z, dispersion, kl_c])
    weights = torch.tensor([1.0, 1.0, 1.0 - beta, 1.0]).to(terms)
    return (weights @ terms).sum() / terms.shape[1]
