"""The terms of the formulas, from the arguments of each exercise; their sum is what the exercise asks for."""

import math

import torch
from torch import Tensor

Terms = dict[str, Tensor]


def _of_the_right_class(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean logit of the right class."""
    return logits.gather(-1, labels[:, None]).mean()


def attribute_loss(class_logits: Tensor, c: Tensor) -> Terms:
    """Of −mean log softmax(class_logits) at c."""
    return {
        "−the mean logit of c": -_of_the_right_class(class_logits, c),
        "the mean log Σ exp of the logits": class_logits.logsumexp(-1).mean(),
    }


def latent_loss(z: Tensor, mu: Tensor, logvar: Tensor) -> Terms:
    """Of the batch mean of −log N(z; mu, diag exp(logvar)), summed over the dimensions."""
    return {
        "½ Σ log 2π": torch.full_like(mu, 0.5 * math.log(2 * math.pi)).sum(-1).mean(),
        "½ Σ log σ²": 0.5 * logvar.sum(-1).mean(),
        "½ Σ (z − μ)²/σ²": 0.5 * ((z - mu).square() / logvar.exp()).sum(-1).mean(),
    }


def generator_loss(
    vae_loss: Tensor, attribute_loss: Tensor, latent_loss: Tensor, lambda_c: float, lambda_z: float
) -> Terms:
    """Of L_VAE + λ_c·L_c + λ_z·L_z."""
    return {"L_VAE": vae_loss, "λ_c·L_c": lambda_c * attribute_loss, "λ_z·L_z": lambda_z * latent_loss}


def discriminator_loss(
    labelled_logits: Tensor, labels: Tensor, generated_logits: Tensor, c: Tensor, lambda_u: float, beta: float
) -> Terms:
    """Of the labelled cross-entropy + λ_u·(the generated one + β·the mean entropy)."""
    log_q = generated_logits.log_softmax(-1)
    entropy = -(log_q.exp() * log_q).sum(-1).mean()
    return {
        "cross-entropy of the labelled sentences": -_of_the_right_class(labelled_logits.log_softmax(-1), labels),
        "λ_u·(cross-entropy of the generated sentences)": -lambda_u * _of_the_right_class(log_q, c),
        "λ_u·β·(mean entropy)": lambda_u * beta * entropy,
    }
