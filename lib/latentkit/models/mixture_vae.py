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
from torch.distributions import Independent, Normal

from latentkit.data.text import EOS, PAD
from latentkit.models.discrete_vae import kl_to_uniform, mutual_information
from latentkit.models.mixture_prior import MixturePrior, check_beta
from latentkit.models.sentence_vae import SentenceModel, make_ends


@dataclass(frozen=True)
class MixtureTerms:
    """What the loss of B sentences consists of, in nats.

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
    def elbo(self) -> Tensor:
        """[B]; however the model was trained."""
        return self.log_likelihood - self.kl_z - self.dispersion - self.kl_c


class MixtureVAE(SentenceModel):
    """p(x, z, c) of sentences x, latent vectors z and N discrete variables c, and the approximate posterior."""

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int = 48,
        hidden_dim: int = 96,
        latent_dim: int = 4,
        variables: int = 3,
        classes: int = 5,
        beta: float = 0.0,
        mi_weight: float = 0.0,
        kind: str = "lstm",
        dropout: float = 0.0,
    ):
        """Make the networks.

        Args:
            vocab_size: V, the special tokens included.
            embedding_dim, hidden_dim: E and H; H is a multiple of 4 in a Transformer.
            latent_dim, variables, classes: D, the dimension of each variable's part of z, and N and K.
            beta: weight of the dispersion term, in [0, 1]; 0 is the plain Gaussian-mixture VAE.
            mi_weight: weight of the mutual information I(x; c) in the objective.
            kind: "lstm", "gru" or "transformer", for encoder and decoder.
            dropout: rate at which embeddings and the decoder's states lose entries in training.
        """
        super().__init__()
        self.config = {
            "vocab_size": vocab_size,
            "embedding_dim": embedding_dim,
            "hidden_dim": hidden_dim,
            "latent_dim": latent_dim,
            "variables": variables,
            "classes": classes,
            "beta": check_beta(beta),
            "mi_weight": mi_weight,
            "kind": kind,
            "dropout": dropout,
        }
        total = variables * latent_dim
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.encoder, self.decoder = make_ends(kind, embedding_dim, hidden_dim, total, dropout)
        self.w_mu = nn.Linear(hidden_dim, total)  # W₁
        self.w_logvar = nn.Linear(hidden_dim, total)  # W₂
        self.w_c = nn.Linear(hidden_dim, variables * classes)  # W_c
        self.mixture = MixturePrior(variables, classes, latent_dim)
        self.output = nn.Linear(hidden_dim, vocab_size - EOS)  # EOS, UNK and the words

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x), each [B, N · D], of sentences [B, T]."""
        h = self.read(tokens)
        return self.w_mu(h), self.w_logvar(h)

    def codes(self, tokens: Tensor) -> Tensor:
        """The probabilities q(c | x), for sentences [B, T]: [B, N, K]."""
        return self._codes(self.read(tokens))

    def codes_of_words(self, words: Tensor, real: Tensor) -> Tensor:
        """The same, of embedded sentences [B, T, E] of which `real` [B, T] counts: words may be averages of words."""
        return self._codes(self.encoder(words, real))

    def centre(self, tokens: Tensor) -> Tensor:
        """The latent vectors, [B, N · D], that stand for sentences [B, T]: the means of q(z | x)."""
        return self.encode(tokens)[0]

    def posterior(self, tokens: Tensor) -> Independent:
        """q(z | x) of sentences [B, T]: batch shape [B], event shape [N · D]."""
        return _gaussian(*self.encode(tokens))

    def terms(self, tokens: Tensor, inputs: Tensor | None = None) -> MixtureTerms:
        """The parts of the loss of sentences [B, T]; the decoder sees `inputs`, or the sentences themselves."""
        h = self.read(tokens)  # [B, H]
        mu, logvar, q_c = self.w_mu(h), self.w_logvar(h), self._codes(h)
        z = _gaussian(mu, logvar).rsample()
        return MixtureTerms(
            log_likelihood=self.log_likelihood(tokens, z, inputs),
            kl_z=self.mixture.kl_to_mean_component(q_c, mu, logvar),
            dispersion=self.mixture.dispersion(q_c),
            kl_c=kl_to_uniform(q_c),
            mutual_information=mutual_information(q_c),
        )

    def elbo(self, tokens: Tensor) -> Tensor:
        """E_q log p(x | z) - E_q KL(q(z | x) || p(z | c)) - KL(q(c | x) || p(c)) from one sample: [B], in nats."""
        return self.terms(tokens).elbo

    def log_joint(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(x, z) of sentences [B, T] at latent vectors [B, N · D], the classes summed out: [B], in nats."""
        parts = z.unflatten(-1, (self.config["variables"], self.config["latent_dim"]))
        return self.mixture.distribution().log_prob(parts) + self.log_likelihood(tokens, z)

    def loss(self, tokens: Tensor, kl_weight: float = 1.0, inputs: Tensor | None = None) -> Tensor:
        """What training minimises, averaged over sentences [B, T]: -(ELBO + β L_d + weight · I); scalar, in nats.

        Args:
            tokens: the sentences.
            kl_weight: of everything but the likelihood; below 1 while the weight is annealed.
            inputs: what the decoder sees of the sentences.
        """
        terms = self.terms(tokens, inputs)
        regular = (terms.kl_z + (1 - self.config["beta"]) * terms.dispersion + terms.kl_c).mean()
        regular = regular - self.config["mi_weight"] * terms.mutual_information
        return kl_weight * regular - terms.log_likelihood.mean()

    def _codes(self, h: Tensor) -> Tensor:
        """q(c | x), [B, N, K], of the encoder's states [B, H]."""
        return self.w_c(h).unflatten(-1, (self.config["variables"], self.config["classes"])).softmax(-1)


def _gaussian(mu: Tensor, logvar: Tensor) -> Independent:
    return Independent(Normal(mu, (0.5 * logvar).exp(), validate_args=False), 1, validate_args=False)
