"""How good is a model on images it has not seen? Bounds of log p(x), and what they must beat.

All numbers are in nats per image, averaged over the images; higher is better.
"""

import math
from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from latentkit.models import VAE

CHUNK = 500  # images at a time: bounds the memory, changes no result's meaning


def held_out_elbo(model: VAE, images: Tensor, samples: int = 64, generator: Generator | None = None) -> float:
    """The ELBO of a VAE, E_q[log p(x, z) - log q(z | x)].

    Args:
        model: the VAE.
        images: held-out images, [N, D], on the model's device.
        samples: number of samples of z per image, S.
        generator: where the noise comes from; torch's global generator if None. The same seed gives
            `iwae_bound_estimate` the same samples, and then ELBO ≤ IWAE holds exactly, by Jensen.
    """
    return _mean(log_weight.mean(0) for log_weight in _log_weights(model, images, samples, generator))


def iwae_bound_estimate(model: VAE, images: Tensor, samples: int = 64, generator: Generator | None = None) -> float:
    """The importance-weighted bound of a VAE, E log (1/S) Σ_s p(x, z_s)/q(z_s | x): between the ELBO and log p(x).

    Args:
        model, images, samples, generator: as in `held_out_elbo`.
    Source: Burda, Grosse and Salakhutdinov 2016, equation 8.
    """
    chunks = _log_weights(model, images, samples, generator)
    return _mean(log_weight.logsumexp(0) - math.log(samples) for log_weight in chunks)


def independent_bernoulli(train: Tensor, images: Tensor, smoothing: float = 1.0) -> float:
    """The log-likelihood of the model without a latent variable: every pixel a coin of its own.

    Args:
        train: binary images that give the coins' biases, [N_train, D].
        images: held-out binary images, [N, D].
        smoothing: imagined images of each colour, added to the counts so that no pixel is certain.
    """
    white = train.sum(0) + smoothing  # [D]
    black = (1 - train).sum(0) + smoothing
    total = white + black
    return (images * (white / total).log() + (1 - images) * (black / total).log()).sum(-1).mean().item()


@torch.no_grad()
def _log_weights(model: VAE, images: Tensor, samples: int, generator: Generator | None) -> Iterator[Tensor]:
    """log p(x, z_s) - log q(z_s | x) at z_s ~ q, [S, B], for one chunk of the images after the other."""
    for x in images.split(CHUNK):
        q = model.posterior(x)
        noise = torch.randn(samples, *q.mean.shape, generator=generator, device=x.device, dtype=x.dtype)
        z = q.mean + q.stddev * noise  # [S, B, M]
        yield model.log_joint(x, z) - q.log_prob(z)


def _mean(chunks: Iterator[Tensor]) -> float:
    return torch.cat(list(chunks)).mean().item()
