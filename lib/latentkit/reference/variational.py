"""The variational auto-encoder, formula by formula (ps1).

p(x, z) = N(z; 0, I) · Bernoulli(x; sigmoid(logits(z))) is the model, q(z | x) = N(mu, diag exp(logvar)) its
approximate posterior. Logs are natural, so every bound is in nats. `B` images, `D` pixels, `M` latent
dimensions, `S` Monte Carlo samples.

References:
    [1] Kingma and Welling 2014, Auto-Encoding Variational Bayes, https://arxiv.org/abs/1312.6114
    [2] Burda, Grosse and Salakhutdinov 2016, Importance Weighted Autoencoders, https://arxiv.org/abs/1509.00519
    [3] Williams 1992, Simple statistical gradient-following algorithms for connectionist reinforcement learning
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from latentkit.progress import progress


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x | z) of binary pixels, in nats; finite for logits of any size.

    Args:
        x: pixels in {0, 1}, [B, D].
        logits: log odds of a white pixel, log p/(1 - p), [B, D].
    Returns:
        [B], summed over D.
    Source: lecture, "VAE", Bernoulli decoder; [1] appendix C.1.
    """
    _same_shape(x=x, logits=logits)
    log_white = logsigmoid(logits)  # log p
    log_black = logsigmoid(-logits)  # log(1 - p), without the 1 - p that rounds to 0
    return (x * log_white + (1 - x) * log_black).sum(-1)


def reparameterize(mu: Tensor, logvar: Tensor) -> Tensor:
    """A sample z ~ N(mu, diag exp(logvar)) that gradients flow through.

    Args:
        mu, logvar: mean and log variance of q(z | x), [B, M].
    Returns:
        z, [B, M]; fresh noise for every image, every dimension and every call.
    Source: lecture, "Reparameterization Trick"; [1] section 2.4.
    """
    _same_shape(mu=mu, logvar=logvar)
    epsilon = torch.randn_like(mu)
    return mu + (0.5 * logvar).exp() * epsilon


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag exp(logvar)) || N(0, I)), in nats.

    Args:
        mu, logvar: mean and log variance of q(z | x), [B, M].
    Returns:
        [B], summed over M, never averaged over the batch.
    Source: lecture, "VAE"; [1] appendix B.
    """
    _same_shape(mu=mu, logvar=logvar)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


def kl_to_standard_normal_full(mu: Tensor, cov: Tensor) -> Tensor:
    """KL(N(mu, cov) || N(0, I)) = ½ (μᵀμ + tr Σ - M - log det Σ), in nats.

    det Σ itself leaves the range of floats at a few hundred dimensions; with Σ = L Lᵀ its logarithm is
    2 Σ_m log L_mm, which does not.

    Args:
        mu: means, [B, M].
        cov: covariance matrices Σ, symmetric and positive definite, [B, M, M].
    Returns:
        [B].
    Raises:
        ValueError: the shapes do not fit, or a matrix is not positive definite.
    Source: lecture, "VAE"; the general Gaussian case of [1] appendix B.
    """
    if cov.shape != (*mu.shape, mu.shape[-1]):
        raise ValueError(f"cov must have shape {[*mu.shape, mu.shape[-1]]} to fit mu, got {list(cov.shape)}")
    cholesky, failed = torch.linalg.cholesky_ex(cov)
    if failed.any():
        raise ValueError(f"cov must be positive definite; matrix {failed.nonzero()[0].tolist()} of the batch is not")
    log_det = 2 * cholesky.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * ((mu**2).sum(-1) + trace - mu.shape[-1] - log_det)


def elbo(x: Tensor, logits: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0) -> Tensor:
    """The evidence lower bound E_q[log p(x | z)] - β KL(q(z | x) || p(z)), to be maximised, in nats.

    Args:
        x: pixels in {0, 1}, [B, D].
        logits: the decoder's answer to one sample of z, [B, D]; it estimates the expectation.
        mu, logvar: mean and log variance of q(z | x), [B, M].
        beta: weight of the KL; only 1 gives a lower bound of log p(x) for every q.
    Returns:
        [B].
    Source: lecture, "Lower bound" and "Understanding ELBO"; [1] equation 3.
    """
    return bernoulli_log_likelihood(x, logits) - beta * kl_to_standard_normal(mu, logvar)


def elbo_from_joint(log_joint: Tensor, log_posterior: Tensor) -> Tensor:
    """The ELBO where no term has a closed form: the mean over z_s ~ q of log p(x, z_s) - log q(z_s | x), in nats.

    Args:
        log_joint: log p(x, z_s), [S, B].
        log_posterior: log q(z_s | x), [S, B].
    Returns:
        [B], averaged over S.
    Source: lecture, "Lower bound"; [1] equation 2.
    """
    _same_shape(log_joint=log_joint, log_posterior=log_posterior)
    return (log_joint - log_posterior).mean(0)


def iwae_bound(log_joint: Tensor, log_posterior: Tensor) -> Tensor:
    """The importance-weighted bound log (1/S) Σ_s p(x, z_s) / q(z_s | x), in nats.

    With S = 1 it is the ELBO; it rises with S towards log p(x).

    Args:
        log_joint: log p(x, z_s) at z_s ~ q, [S, B].
        log_posterior: log q(z_s | x), [S, B].
    Returns:
        [B].
    Source: [2] equation 8.
    """
    _same_shape(log_joint=log_joint, log_posterior=log_posterior)
    log_weight = log_joint - log_posterior
    return log_weight.logsumexp(0) - math.log(len(log_weight))


def score_function_surrogate(reward: Tensor, log_q: Tensor, baseline: float | Tensor = 0.0) -> Tensor:
    """A scalar whose gradient is the score-function estimate mean_s [∇r_s + (r_s - b) ∇log q_s].

    Its value means nothing: the reward's factor is a number here, so it is detached.

    Args:
        reward: r_s = r(z_s), [S]; may depend on the parameters too.
        log_q: log q(z_s) of samples z_s that are constants, [S].
        baseline: b, a number or a tensor that broadcasts to [S]; no gradient flows into it.
    Returns:
        Scalar, averaged over S.
    Source: lecture, "Gradient of ELBO", the two terms; [3].
    """
    _same_shape(reward=reward, log_q=log_q)
    advantage = (reward - baseline).detach()
    if advantage.shape != reward.shape:
        raise ValueError(
            f"baseline must broadcast to {list(reward.shape)}, got {list(torch.as_tensor(baseline).shape)}"
        )
    return (reward + advantage * log_q).mean()


def train_vae(model: nn.Module, images: Tensor, steps: int, batch_size: int, beta: float) -> nn.Module:
    """Train a VAE by stochastic gradient ascent on the ELBO: the lecture's five steps, over and over.

    Args:
        model: has `encode(x [B, D]) -> (mu [B, M], logvar [B, M])` and `decode(z [B, M]) -> logits [B, D]`;
            trained in place, on the device of the images.
        images: pixels in {0, 1}, [N, D].
        steps: number of gradient steps.
        batch_size: images per step, drawn by torch's global generator.
        beta: weight of the KL.
    Returns:
        The trained model.
    Source: lecture, "VAE", training; [1] algorithm 1, with Adam.
    """
    vae: Any = model.to(images.device).train()
    optimiser = torch.optim.Adam(vae.parameters(), lr=2e-3)
    for _ in progress(range(steps), "training the VAE"):
        x = images[torch.randint(len(images), (batch_size,), device=images.device)]  # 1. draw a minibatch
        mu, logvar = vae.encode(x)  # 2. encode it
        logits = vae.decode(reparameterize(mu, logvar))  # 3. sample z and decode it
        loss = -elbo(x, logits, mu, logvar, beta).mean()  # 4. the ELBO, averaged over the batch
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()  # 5. a step along its gradient
    return model


def _same_shape(**tensors: Tensor) -> None:
    """Refuse tensors of different shapes, which would broadcast in silence."""
    shapes = [list(tensor.shape) for tensor in tensors.values()]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError(f"{' and '.join(tensors)} must have the same shape, got {' and '.join(map(str, shapes))}")
