"""Controlled generation of text, formula by formula (ps3).

A sentence x is generated from (z, c): z ~ N(0, I) is everything that has no name, c are attributes that have one, such
as the sentiment. The generator G(z, c) writes x, the encoder E reads z off it, and the discriminator D reads c off it.
Words cannot be differentiated, so E and D read a soft sentence x̃ when they are to teach G. Logs are natural. `B`
sentences, `G` generated ones, `T` positions, `V` words, `E` embedding and `M` latent dimensions, `C` classes of an
attribute.

References:
    [1] Hu, Yang, Liang, Salakhutdinov and Xing 2017, Toward Controlled Generation of Text,
        https://arxiv.org/abs/1703.00955
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy


def soft_embeddings(logits: Tensor, embedding: Tensor, temperature: float) -> Tensor:
    """The differentiable stand-in for sampled words: at each position the average embedding under softmax(logits/τ).

    As τ goes to 0 it becomes the embedding of the most probable word, and the gradient vanishes except at ties.

    Args:
        logits: the generator's, of the word at each position, [B, T, V].
        embedding: one row a word, [V, E].
        temperature: τ, positive.
    Returns:
        [B, T, E]; differentiable in both tensors.
    Raises:
        ValueError: the temperature is not positive.
    Source: [1], the continuous approximation of the generator's words.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return (logits / temperature).softmax(-1) @ embedding


def attribute_loss(class_logits: Tensor, c: Tensor) -> Tensor:
    """L_c = -mean log q_D(c | x̃): how badly the discriminator hears the attribute that the generator was told.

    Args:
        class_logits: the discriminator's answer to the soft sentences, [B, C].
        c: the classes that the generator was given, [B].
    Returns:
        Scalar, in nats per sentence; differentiable in `class_logits`.
    Source: [1], L_Attr,c.
    """
    return cross_entropy(class_logits, c)


def latent_loss(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """L_z = -mean log q_E(z | x̃): how badly the encoder reads from the soft sentence the z that it was written from.

    It asks of c that it changes nothing else: the independence constraint.

    Args:
        z: what the generator was given, [B, M].
        mu, logvar: the encoder's mean and log variance of the soft sentences, [B, M].
    Returns:
        Scalar, in nats per sentence: summed over M, averaged over B, the constant ½ M log 2π included. Negative where q
        is narrow and right, for it is a density.
    Source: [1], L_Attr,z; lecture, "Generating with Varying Semantic Label".
    """
    squared = (z - mu) ** 2 * torch.exp(-logvar)
    return 0.5 * (squared + logvar + math.log(2 * math.pi)).sum(-1).mean()


def generator_loss(
    vae_loss: Tensor, attribute_loss: Tensor, latent_loss: Tensor, lambda_c: float, lambda_z: float
) -> Tensor:
    """L_G = L_VAE + λ_c L_c + λ_z L_z, what the generator minimises in the wake step.

    Args:
        vae_loss: L_VAE = -ELBO of real sentences, scalar.
        attribute_loss, latent_loss: L_c and L_z of soft sentences, scalars; L_z may be negative.
        lambda_c, lambda_z: weights of the attribute and of the independence constraint.
    Returns:
        Scalar.
    Source: [1], L_G.
    """
    return vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss


def discriminator_loss(
    labelled_logits: Tensor, labels: Tensor, generated_logits: Tensor, c: Tensor, lambda_u: float, beta: float
) -> Tensor:
    """L_D = L_s + λ_u L_u: labelled sentences, and generated ones, whose c is known but not always obeyed.

    L_u = mean[-log q_D(c | x̂) + β H(q_D(· | x̂))]. The entropy H is added, so that it is minimised: the discriminator
    shall be sure of what it says about sentences of which it is told only what they ought to be. Finite, with finite
    gradients, also where the probability of a class underflows to 0.

    Args:
        labelled_logits: of real sentences, [B, C].
        labels: their classes, [B].
        generated_logits: of generated sentences, [G, C]; G need not be B.
        c: the classes that those were generated from, [G].
        lambda_u: λ_u, the weight of the generated sentences.
        beta: β, the weight of the entropy among them.
    Returns:
        Scalar, in nats per sentence; differentiable in both logits.
    Source: [1], L_D, L_s and L_u; the sign printed before β contradicts the text, which asks for minimum entropy.
    """
    log_q = generated_logits.log_softmax(-1)  # [G, C]; its exponential may be 0, and 0 · log_q is 0
    entropy = -(log_q.exp() * log_q).sum(-1).mean()
    generated = cross_entropy(generated_logits, c) + beta * entropy
    return cross_entropy(labelled_logits, labels) + lambda_u * generated
