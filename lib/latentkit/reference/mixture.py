"""Discrete and mixture latents, formula by formula (ps4).

Two generative models. Discrete: p(x, c) = p(c) p(x | c), its posterior made differentiable by Gumbel-softmax. Mixture:
p(x, z, c) = p(c) N(z; μ_c, diag σ_c²) p(x | z), with the mean-field posterior q(z | x) q(c | x), where
q(z | x) = N(mu, diag exp(logvar)). Logs are natural, so every divergence is in nats. `B` examples, `D` dimensions of z,
`K` values of c. `means` and `logvars` [K, D] are the prior's components.

References:
    [1] Jang, Gu and Poole 2017, Categorical Reparameterization with Gumbel-Softmax, https://arxiv.org/abs/1611.01144
    [2] Zhao, Lee and Eskenazi 2018, Unsupervised Discrete Sentence Representation Learning for Interpretable Neural
        Dialog Generation, https://arxiv.org/abs/1804.08069
    [3] Shi, Zhou, Miao and Li 2020, Dispersed Exponential Family Mixture VAEs for Interpretable Text Generation,
        https://arxiv.org/abs/1906.06719
    [4] Rosenberg and Hirschberg 2007, V-Measure: a Conditional Entropy-Based External Cluster Evaluation Measure
"""

import math

import torch
from torch import Tensor

# ---------------------------------------------------------------- discrete latents


def gumbel_softmax(logits: Tensor, temperature: float, gumbel: Tensor) -> Tensor:
    """softmax((logits + g) / τ): a draw from a categorical distribution, relaxed so that gradients flow.

    As τ → 0 it becomes the one-hot of argmax(logits + g), an exact draw from softmax(logits).

    Args:
        logits: unnormalised log probabilities of q(c | x), [B, K].
        temperature: τ, positive.
        gumbel: independent standard Gumbel noise, -log(-log u) of uniform u, [B, K].
    Returns:
        [B, K], rows sum to one.
    Raises:
        ValueError: τ is not positive, or the shapes differ.
    Source: lecture, "discrete VAE"; [1] equation 2.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    if logits.shape != gumbel.shape:
        raise ValueError(
            f"logits and gumbel must have the same shape, got {list(logits.shape)} and {list(gumbel.shape)}"
        )
    return ((logits + gumbel) / temperature).softmax(-1)


def batch_prior_kl(q: Tensor, prior: Tensor) -> Tensor:
    """KL(q̄ || prior) of the batch mean q̄ = (1/B) Σ_b q(c | x_b), in nats: batch prior regularisation.

    It asks that the codes be used as the prior says *on average*, and lets each example be certain of its own.

    Args:
        q: q(c | x), rows sum to one, [B, K]; zeros are allowed.
        prior: p(c), positive, [K].
    Returns:
        Scalar.
    Source: lecture, "discrete VAE"; [2], batch prior regularisation.
    """
    q_mean = q.mean(0)
    return (q_mean * (_safe_log(q_mean) - prior.log())).sum()


def discrete_mutual_information(q: Tensor) -> Tensor:
    """I(x; c) = H(q̄) - (1/B) Σ_b H(q(c | x_b)) over a batch, in nats; between 0 and min(ln K, ln B).

    Args:
        q: q(c | x), rows sum to one, [B, K]; zeros are allowed.
    Returns:
        Scalar.
    Source: lecture, "discrete VAE"; [2], what a KL per example would drive to 0.
    """
    return _entropy(q.mean(0)) - _entropy(q).mean()


# ---------------------------------------------------------------- a mixture of Gaussians as the prior


def kl_between_gaussians(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL(N(mu_q, diag exp(logvar_q)) || N(mu_p, diag exp(logvar_p))), in nats.

    Args:
        mu_q, logvar_q: mean and log variance of q, [..., D].
        mu_p, logvar_p: of p, [..., D]; the leading dimensions broadcast.
    Returns:
        [...], summed over D, never averaged over the batch: [B] for a batch.
    Source: lecture, "GM-VAE"; problem set 1 is the case mu_p = logvar_p = 0.
    """
    distance = (mu_q - mu_p) ** 2 / logvar_p.exp()
    log_ratio = logvar_q - logvar_p
    return 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)


def mixture_log_density(z: Tensor, weights: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """log p(z) = log Σ_k π_k N(z; μ_k, diag σ_k²), in nats; finite however far z is from every component.

    Args:
        z: [B, D].
        weights: π = p(c), sums to one, [K].
        means, logvars: of the components, [K, D].
    Returns:
        [B].
    Source: lecture, "GM-VAE".
    """
    return _log_joint(z, weights, means, logvars).logsumexp(-1)


def mixture_responsibilities(z: Tensor, weights: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """p(c | z) = π_c N(z; μ_c, diag σ_c²) / p(z); finite however far z is from every component.

    Args:
        z: [B, D].
        weights: π = p(c), sums to one, [K].
        means, logvars: of the components, [K, D].
    Returns:
        [B, K], rows sum to one.
    Source: lecture, "GM-VAE"; Bayes' rule.
    """
    return _log_joint(z, weights, means, logvars).softmax(-1)


def mixture_kl(q_c: Tensor, mu: Tensor, logvar: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """E_{q(c | x)} KL(q(z | x) || p(z | c)): what a code costs under a mixture prior, the KL of c apart; in nats.

    Args:
        q_c: q(c | x), rows sum to one, [B, K].
        mu, logvar: mean and log variance of q(z | x), [B, D].
        means, logvars: of the components, [K, D].
    Returns:
        [B], summed over D, averaged over c under q(c | x).
    Source: lecture, "GM-VAE"; [3].
    """
    to_each = kl_between_gaussians(mu.unsqueeze(1), logvar.unsqueeze(1), means, logvars)  # [B, K]
    return (q_c * to_each).sum(-1)


# ---------------------------------------------------------------- the dispersion term


def dispersion(q_c: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """L_d = E_{q(c | x)} A(η_c) - A(E_{q(c | x)} η_c): how far apart the components are that x may belong to, in nats.

    η = (μ/σ², -1/(2σ²)) are a Gaussian's natural parameters and A(η) = Σ_D [-η₁²/(4η₂) - ½ log(-2η₂)] is its
    log-partition function, up to a constant that cancels. A is convex, so L_d >= 0, and 0 where the components that
    q(c | x) hesitates between are one and the same. The ELBO of a mixture holds -L_d.

    Args:
        q_c: q(c | x), rows sum to one, [B, K].
        means, logvars: of the components, [K, D].
    Returns:
        [B], summed over D.
    Source: lecture, "Dispersed EM-VAE"; [3], the dispersion term.
    """
    eta1, eta2 = _natural_parameters(means, logvars)  # [K, D] each
    mean_of_partitions = q_c @ _log_partition(eta1, eta2).sum(-1)
    partition_of_means = _log_partition(q_c @ eta1, q_c @ eta2).sum(-1)
    return mean_of_partitions - partition_of_means


def dem_vae_loss(nll: Tensor, kl_z: Tensor, dispersion: Tensor, kl_c: Tensor, beta: float) -> Tensor:
    """What the dispersed mixture VAE minimises: the batch mean of -(ELBO + β L_d), in nats per example.

    ELBO = -nll - (kl_z + L_d) - kl_c, for the expected KL to the components is kl_z + L_d. So β = 0 trains the plain
    mixture VAE, and β = 1 takes the pull towards each other off the components entirely.

    Args:
        nll: -log p(x | z) at one sample of z each, [B].
        kl_z: KL(q(z | x) || p_{E_q η}), to the Gaussian with the mean natural parameters, [B].
        dispersion: L_d, [B].
        kl_c: KL(q(c | x) || p(c)), [B].
        beta: β, from 0 to 1 to train with. Above 1 moving the components apart for ever lowers the loss without bound.
    Returns:
        Scalar.
    Source: lecture, "Dispersed EM-VAE"; [3]. The published code's option is 1 - β.
    """
    return (nll + kl_z + (1 - beta) * dispersion + kl_c).mean()


# ---------------------------------------------------------------- is a code interpretable?


def homogeneity(labels: Tensor, codes: Tensor) -> float:
    """1 - H(label | code) / H(label): the share of the labels' entropy that knowing the code removes.

    Args:
        labels: the golden label of each example, whole numbers, [N].
        codes: the code of each example, whole numbers, [N].
    Returns:
        A number from 0 (codes say nothing) to 1 (each code holds one label); 1.0 where all labels are alike.
    Raises:
        ValueError: not as many codes as labels, or none.
    Source: lecture, "How to Interpret Latent Variables in VAEs"; [4] equation 1.
    """
    if labels.shape != codes.shape or labels.dim() != 1 or not len(labels):
        raise ValueError(f"labels and codes must be [N] with N >= 1, got {list(labels.shape)} and {list(codes.shape)}")
    counts = _contingency(labels, codes)  # [codes, labels]
    of_label = _entropy(counts.sum(0) / len(labels))
    if of_label == 0:
        return 1.0
    per_code = counts.sum(1)  # [codes], all positive
    given_code = (per_code / len(labels) * _entropy(counts / per_code[:, None])).sum()
    return float(1 - given_code / of_label)


def _contingency(labels: Tensor, codes: Tensor) -> Tensor:
    """How often each label occurs with each code, [number of codes, number of labels], float64."""
    label_ids, code_ids = (ids.unique(return_inverse=True)[1] for ids in (labels, codes))
    width = int(label_ids.max()) + 1
    cells = torch.bincount(code_ids * width + label_ids, minlength=(int(code_ids.max()) + 1) * width)
    return cells.reshape(-1, width).double()


def _natural_parameters(means: Tensor, logvars: Tensor) -> tuple[Tensor, Tensor]:
    """η₁ = μ/σ² and η₂ = -1/(2σ²) of diagonal Gaussians."""
    precision = (-logvars).exp()
    return means * precision, -0.5 * precision


def _log_partition(eta1: Tensor, eta2: Tensor) -> Tensor:
    """A(η) of each dimension, without the constant ½ log 2π."""
    return -(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()


def _log_joint(z: Tensor, weights: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """log π_k + log N(z; μ_k, diag σ_k²), [B, K]."""
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()  # [B, K, D]
    return weights.log() - 0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)


def _entropy(p: Tensor) -> Tensor:
    """-Σ_k p_k log p_k over the last dimension, where 0 log 0 = 0."""
    return -(p * _safe_log(p)).sum(-1)


def _safe_log(p: Tensor) -> Tensor:
    """log p, but finite at 0, so that 0 log 0 and its gradient are no NaN."""
    return p.clamp_min(torch.finfo(p.dtype).tiny).log()
