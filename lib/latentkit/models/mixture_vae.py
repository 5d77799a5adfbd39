"""The mixture VAEs of the lecture: Gaussian mixture, and dispersed.

    c ~ uniform    z_n | c_n ~ N(μ, diag σ²) of `MixturePrior`    p(x | z) = Π_t p(x_t | x_<t, z)
    q(z, c | x) = q(z | x) q(c | x),    q(z | x) = N(W₁h, diag exp(W₂h)),    q(c_n | x) = softmax(W_c h)_n

    ELBO = E_q log p(x | z) - E_q(c|x) KL(q(z | x) || p(z | c)) - KL(q(c | x) || p(c))

What is maximised is ELBO + β L_d, where L_d ≥ 0 is the part of the second term that pulls components together: β = 0
is the plain Gaussian-mixture VAE, β = 1 takes L_d out altogether; the published code's option is 1 - β. On request the
mutual information I(x; c), estimated within the batch, is added. All terms are in nats per sentence, summed over words,
variables and dimensions.

References:
    Shi, Zhou, Miao and Li 2020, Dispersed Exponential Family Mixture VAEs for Interpretable Text Generation,
    https://arxiv.org/abs/1906.06719. There, too, each of several discrete variables has a part of z of its own.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.distributions import Independent

from latentkit.models.mixture_prior import MixturePrior, MixtureTerms, require_beta
from latentkit.models.sentence_model import SentenceModel, SentenceSizes, diagonal_gaussian


@dataclass(frozen=True)
class MixtureVAESizes(SentenceSizes):
    """What a mixture VAE is made of.

    Attributes:
        vocab_size, embedding_dim, hidden_dim, network, dropout: as in `SentenceSizes`.
        latent_dim, variables, classes: D, the dimension of each variable's part of z, and N and K.
        beta: weight of the dispersion term, in [0, 1]; 0 is the plain Gaussian-mixture VAE.
        mi_weight: weight of the mutual information I(x; c) in the objective.
    Raises:
        ValueError: beta is outside [0, 1].
    """

    embedding_dim: int = 48
    hidden_dim: int = 96
    latent_dim: int = 4
    variables: int = 3
    classes: int = 5
    beta: float = 0.0
    mi_weight: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_beta(self.beta)

    @property
    def z_dim(self) -> int:
        """M, how many numbers the decoder is given for a sentence."""
        return self.variables * self.latent_dim


class MixtureVAE(SentenceModel[MixtureTerms], sizes=MixtureVAESizes):
    """p(x, z, c) of sentences x, latent vectors z and N discrete variables c, and the approximate posterior."""

    kind = "mixture_vae"

    def add_heads(self, hidden_dim: int) -> None:
        sizes = self.sizes
        self.w_mu = nn.Linear(hidden_dim, sizes.z_dim)  # W₁
        self.w_logvar = nn.Linear(hidden_dim, sizes.z_dim)  # W₂
        self.w_c = nn.Linear(hidden_dim, sizes.variables * sizes.classes)  # W_c
        self.mixture = MixturePrior(sizes.variables, sizes.classes, sizes.latent_dim)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x), each [B, N · D], of sentences [B, T]."""
        h = self.read(tokens)
        return self.w_mu(h), self.w_logvar(h)

    def codes(self, tokens: Tensor) -> Tensor:
        """The probabilities q(c | x), for sentences [B, T]: [B, N, K]."""
        return self._codes(self.read(tokens))

    def codes_of_words(self, words: Tensor, real: Tensor) -> Tensor:
        """The probabilities q(c | x), [B, N, K], of sentences whose words may be averages of words.

        Args:
            words: embedded, [B, T, E].
            real: which of them count, the others being padding, [B, T].
        """
        return self._codes(self.encoder(words, real))

    def centre(self, tokens: Tensor) -> Tensor:
        """The latent vectors, [B, N · D], that stand for sentences [B, T]: the means of q(z | x)."""
        return self.encode(tokens)[0]

    def posterior(self, tokens: Tensor) -> Independent:
        """q(z | x) of sentences [B, T]: batch shape [B], event shape [N · D]."""
        return diagonal_gaussian(*self.encode(tokens))

    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> MixtureTerms:
        """The parts of the loss of sentences [B, T]; the decoder sees `inputs`, or the sentences themselves."""
        h = self.read(tokens)  # [B, H]
        mu, logvar, q_c = self.w_mu(h), self.w_logvar(h), self._codes(h)
        z = diagonal_gaussian(mu, logvar).rsample()
        return self.mixture.terms(self.log_likelihood(tokens, z, inputs), q_c, mu, logvar)

    def regulariser(self, terms: MixtureTerms) -> Tensor:
        """KL(q(z | x) || p_E[η]) + (1 - β) L_d + KL(q(c | x) || p(c)), averaged over sentences, less the weighted I."""
        divergence = terms.kl_z + (1 - self.sizes.beta) * terms.dispersion + terms.kl_c
        return divergence.mean() - self.sizes.mi_weight * terms.mutual_information

    def log_joint(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) of sentences [B, T] at latent vectors [B, N · D], the classes summed out: [B], in nats."""
        parts = z.unflatten(-1, (self.sizes.variables, self.sizes.latent_dim))
        return self.mixture.distribution().log_prob(parts) + self.log_likelihood(tokens, z)

    def _codes(self, h: Tensor) -> Tensor:
        """q(c | x), [B, N, K], of the encoder's states [B, H]."""
        return self.w_c(h).unflatten(-1, (self.sizes.variables, self.sizes.classes)).softmax(-1)
