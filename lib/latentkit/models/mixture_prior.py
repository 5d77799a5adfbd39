"""A prior of N mixtures of Gaussians, and the term by which its components are pulled together.

    c_n ~ uniform over K classes    p(z_n | c_n) = N(μ, diag σ²), μ and σ² of that variable and class

Everything about a component is in its natural parameters η = (μ/σ², -1/(2σ²)) and its log-partition
A(η) = Σ_D [μ²/(2σ²) + ½ log σ²]. For mean-field q(z | x) q(c | x),

    E_q(c|x) KL(q(z | x) || p(z | c)) = KL(q(z | x) || p_E[η]) + L_d,    L_d = E A(η_c) - A(E η_c) ≥ 0

where p_E[η] is the Gaussian whose natural parameters are the components' average. A is convex, so L_d vanishes only
where the components that q(c | x) mixes are the same: the ELBO, which holds -L_d, asks for that.

References:
    Shi, Zhou, Miao and Li 2020, Dispersed Exponential Family Mixture VAEs for Interpretable Text Generation,
    https://arxiv.org/abs/1906.06719
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from latentkit.models.discrete_vae import kl_to_uniform, mutual_information
from latentkit.models.sentence_model import ElboTerms


@dataclass(frozen=True)
class MixtureTerms(ElboTerms):
    """What the loss of B examples consists of, in nats.

    Attributes:
        log_likelihood: log p(x | z) at one sample of q(z | x), [B].
        kl_z: KL(q(z | x) || p_E[η]), [B].
        dispersion: L_d, [B]; kl_z + dispersion is E_q(c|x) KL(q(z | x) || p(z | c)).
        kl_c: KL(q(c | x) || p(c)), [B].
        mutual_information: I(x; c) within the batch, summed over the variables; scalar.
    """

    log_likelihood: Tensor
    kl_z: Tensor
    dispersion: Tensor
    kl_c: Tensor
    mutual_information: Tensor

    @property
    def kl(self) -> Tensor:
        """KL(q(z, c | x) || p(z, c)), [B]."""
        return self.kl_z + self.dispersion + self.kl_c


class MixturePrior(nn.Module):
    """p(z) of z = (z_1, ..., z_N), each part with a mixture of its own; the components are learned.

    Attributes:
        means, logvars: of the components, [N, K, D].
    """

    def __init__(self, variables: int, classes: int, dim: int):
        """Draw the means from N(0, I); all variances are 1.

        Args:
            variables, classes, dim: N, K, and D, the dimension of each part.
        """
        super().__init__()
        self.means = nn.Parameter(torch.randn(variables, classes, dim))
        self.logvars = nn.Parameter(torch.zeros(variables, classes, dim))

    def kl(self, q_c: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
        """E_q(c) KL(q(z) || p(z | c)), summed over the variables: [B], in nats.

        Args:
            q_c: probabilities of the classes, [B, N, K].
            mu, logvar: of q(z), diagonal, [B, N · D].
        """
        each = kl_divergence(self._split(mu, logvar, extra=True), _normal(self.means, self.logvars))  # [B, N, K, D]
        return (q_c * each.sum(-1)).sum((1, 2))

    def mean_component(self, q_c: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of p_E[η], each [B, N, D], for probabilities [B, N, K] of the classes."""
        precision = (-self.logvars).exp()
        mean_precision = torch.einsum("bnk,nkd->bnd", q_c, precision)
        mean_eta = torch.einsum("bnk,nkd->bnd", q_c, self.means * precision)
        return mean_eta / mean_precision, -mean_precision.log()

    def dispersion(self, q_c: Tensor) -> Tensor:
        """L_d, summed over the variables: [B], for probabilities [B, N, K] of the classes."""
        average = torch.einsum("bnk,nk->bn", q_c, log_partition(self.means, self.logvars))
        return (average - log_partition(*self.mean_component(q_c))).sum(-1)

    def kl_to_mean_component(self, q_c: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL(q(z) || p_E[η]), summed over the variables: [B]; arguments as in `kl`."""
        return kl_divergence(self._split(mu, logvar), _normal(*self.mean_component(q_c))).sum((1, 2))

    def terms(self, log_likelihood: Tensor, q_c: Tensor, mu: Tensor, logvar: Tensor) -> MixtureTerms:
        """All terms of the bound, given log p(x | z) [B]; the other arguments as in `kl`."""
        return MixtureTerms(
            log_likelihood=log_likelihood,
            kl_z=self.kl_to_mean_component(q_c, mu, logvar),
            dispersion=self.dispersion(q_c),
            kl_c=kl_to_uniform(q_c),
            mutual_information=mutual_information(q_c),
        )

    def distribution(self) -> Independent:
        """The marginal p(z) = Π_n Σ_k p(z_n | c_n = k) / K, of z split into its parts: event shape [N, D]."""
        components = Independent(_normal(self.means, self.logvars), 1, validate_args=False)
        weights = Categorical(logits=self.means.new_zeros(self.means.shape[:2]), validate_args=False)
        return Independent(MixtureSameFamily(weights, components, validate_args=False), 1, validate_args=False)

    def responsibilities(self, z: Tensor) -> Tensor:
        """p(c_n | z_n) of latent vectors [B, N · D]: [B, N, K]."""
        variables, _, dim = self.means.shape
        at = z.unflatten(-1, (variables, 1, dim))
        return _normal(self.means, self.logvars).log_prob(at).sum(-1).softmax(-1)

    def spreads(self) -> Tensor:
        """How far each variable's means lie from their centre, in standard deviations of its components: [N].

        The root mean square over classes and dimensions, each dimension divided by the components' average variance
        there: stretching z changes nothing.
        """
        offset = self.means - self.means.mean(1, keepdim=True)
        return (offset.square() / self.logvars.exp().mean(1, keepdim=True)).mean((1, 2)).sqrt()

    def spread(self) -> Tensor:
        """How far the components of all variables together lie apart, the root mean square of `spreads`; scalar.

        It can be large where all but one of the variables have collapsed.
        """
        return self.spreads().square().mean().sqrt()

    def dispersion_at_prior(self) -> Tensor:
        """L_d where every class is equally probable, summed over the variables: scalar, in nats.

        Unlike E L_d, it does not vanish where q(c | x) is sure of itself, so it tells collapsed components from spread.
        """
        variables, classes, _ = self.means.shape
        return self.dispersion(self.means.new_full((1, variables, classes), 1 / classes)).squeeze(0)

    def _split(self, mu: Tensor, logvar: Tensor, extra: bool = False) -> Normal:
        """q(z) by its parts: [B, N, D], or [B, N, 1, D]."""
        variables, _, dim = self.means.shape
        shape = (variables, 1, dim) if extra else (variables, dim)
        return _normal(mu.unflatten(-1, shape), logvar.unflatten(-1, shape))


def log_partition(means: Tensor, logvars: Tensor) -> Tensor:
    """A(η) = Σ_D [-η₁²/(4η₂) - ½ log(-2η₂)] = Σ_D [μ²/(2σ²) + ½ log σ²], of Gaussians [..., D]: [...]."""
    return 0.5 * (means.square() * (-logvars).exp() + logvars).sum(-1)


def require_beta(beta: float) -> None:
    """See that the weight of the dispersion term can be one.

    Raises:
        ValueError: it is outside [0, 1].
    """
    if not 0 <= beta <= 1:
        raise ValueError(
            f"beta must be in [0, 1], got {beta}: at 1 the objective holds no L_d any more; beyond, it rewards "
            "components without end for moving apart, and has no maximum"
        )


def _normal(mean: Tensor, logvar: Tensor) -> Normal:
    return Normal(mean, (0.5 * logvar).exp(), validate_args=False)
