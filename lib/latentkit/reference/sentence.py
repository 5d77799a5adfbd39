"""The sentence VAE, formula by formula (ps2).

p(x, z) = N(z; 0, I) · Π_t p(x_t | x_<t, z), with q(z | x) = N(mu, diag var) read off the last state of a recurrent
encoder. A sentence is a row BOS, words, EOS, PAD …, of a batch `tokens [B, T]`. Logs are natural, so every bound is
in nats. `B` sentences, `T` positions, `V` words, `E` embedding, `H` hidden and `M` latent dimensions.

References:
    [1] Bowman et al. 2016, Generating Sentences from a Continuous Space, https://arxiv.org/abs/1511.06349
    [2] Fu et al. 2019, Cyclical Annealing Schedule, https://arxiv.org/abs/1903.10145
    [3] Burda, Grosse and Salakhutdinov 2016, Importance Weighted Autoencoders, https://arxiv.org/abs/1509.00519
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from latentkit.data.text import BOS, EOS, PAD, UNK


def sequence_log_likelihood(logits: Tensor, tokens: Tensor) -> Tensor:
    """log p(x | z) = Σ_t log p(x_t | x_<t, z), in nats; EOS counts, BOS and PAD do not.

    Args:
        logits: the decoder's answer to `tokens`, [B, T, V]; `logits[:, t]` predicts `tokens[:, t + 1]`.
        tokens: BOS … EOS PAD, [B, T].
    Returns:
        [B], summed over T, never divided by the length.
    Raises:
        ValueError: the first two dimensions differ.
    Source: lecture, "Conditional Sequence Generation"; [1] equation 1, the likelihood term.
    """
    if logits.shape[:2] != tokens.shape:
        raise ValueError(
            f"logits must be [B, T, V] with tokens [B, T], got {list(logits.shape)} and {list(tokens.shape)}"
        )
    targets = tokens[:, 1:]  # each position's next token; the last position has none
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)  # [B, T - 1]
    return torch.where(targets != PAD, log_p, 0).sum(-1)


def last_hidden(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The encoder's state at each sentence's last real token, whatever follows as padding.

    Args:
        outputs: the state after each token, [B, T, H].
        lengths: number of real tokens of each sentence, 1 to T, [B].
    Returns:
        [B, H].
    Raises:
        ValueError: a length is out of range.
    Source: lecture, "VAE for Sentence Generation", encoder.
    """
    positions = outputs.shape[1]
    if ((lengths < 1) | (lengths > positions)).any():
        raise ValueError(f"lengths must be 1 to {positions}, the positions of outputs, got {lengths.tolist()}")
    rows = torch.arange(len(outputs), device=outputs.device)
    return outputs[rows, lengths - 1]


def posterior_from_hidden(h: Tensor, w_mu: Tensor, w_logvar: Tensor) -> tuple[Tensor, Tensor]:
    """The parameters of q(z | x) = N(mu, diag var): μ = W₁h and σ² = exp(W₂h).

    Args:
        h: the encoder's last state, [B, H].
        w_mu: W₁, [M, H].
        w_logvar: W₂, [M, H].
    Returns:
        mu and var, each [B, M]; var is positive, whatever W₂ is.
    Source: lecture, "VAE for Sentence Generation".
    """
    return h @ w_mu.T, (h @ w_logvar.T).exp()


def concat_latent(embedded: Tensor, z: Tensor) -> Tensor:
    """Join each sentence's z to the decoder's input at every step.

    Args:
        embedded: the decoder's input words, [B, T, E].
        z: one latent vector a sentence, [B, M].
    Returns:
        [B, T, E + M], the embedding first.
    Raises:
        ValueError: the batch sizes differ.
    Source: lecture, "VAE for Sentence Generation", decoder.
    """
    if len(embedded) != len(z):
        raise ValueError(f"embedded and z must hold as many sentences, got {len(embedded)} and {len(z)}")
    at_every_step = z.unsqueeze(1).expand(-1, embedded.shape[1], -1)  # [B, T, M]
    return torch.cat([embedded, at_every_step], dim=-1)


def linear_annealing(step: int, warmup: int) -> float:
    """The weight of the KL: it rises evenly from 0 at step 0 to 1 at step `warmup`, and stays there.

    Args:
        step: gradient steps taken so far.
        warmup: steps until the weight is 1, at least 1.
    Source: lecture, "Posterior Collapse"; [1] section 3.1.
    """
    if warmup < 1:
        raise ValueError(f"warmup must be at least 1, got {warmup}")
    return min(1.0, step / warmup)


def logistic_annealing(step: int, k: float, x0: float) -> float:
    """The weight of the KL: 1 / (1 + exp(-k (step - x0))), which is ½ at step x0.

    Args:
        step: gradient steps taken so far.
        k: steepness; the weight rises for k > 0.
        x0: the step at which the weight is ½.
    Source: lecture, "Posterior Collapse"; [1] section 3.1, figure 2.
    """
    u = k * (step - x0)
    small = math.exp(-abs(u))  # at most 1: exp(-u) itself overflows far to the left of x0
    return 1 / (1 + small) if u >= 0 else small / (1 + small)


def cyclical_annealing(step: int, total_steps: int, num_cycles: int, ratio: float) -> float:
    """The weight of the KL in repeated warm-ups: min(1, τ/R), where τ in [0, 1) is how far the cycle has come.

    Args:
        step: gradient steps taken so far, from 0; where training goes on after step T, so do the cycles.
        total_steps: T, the steps of the whole training.
        num_cycles: M; a cycle takes T/M steps, τ = (step mod T/M) / (T/M).
        ratio: R, the share of a cycle in which the weight rises, in (0, 1].
    Source: lecture, "Posterior Collapse"; [2], whose formula counts steps from 1 and rounds T/M up.
    """
    if total_steps < 1 or num_cycles < 1:
        raise ValueError(f"total_steps and num_cycles must be at least 1, got {total_steps} and {num_cycles}")
    if not 0 < ratio <= 1:
        raise ValueError(f"ratio must be in (0, 1], got {ratio}")
    tau = (step * num_cycles % total_steps) / total_steps  # exact, though T/M may be no whole number
    return min(1.0, tau / ratio)


def word_dropout(tokens: Tensor, rate: float, training: bool = True) -> Tensor:
    """Hide ordinary words from the decoder's input, each independently, so that it has to rely on z.

    Args:
        tokens: the decoder's input, [B, T]; left as it is.
        rate: probability of becoming UNK, in [0, 1]; PAD, BOS and EOS always stay.
        training: at evaluation every word stays.
    Returns:
        [B, T].
    Source: lecture, "Posterior Collapse"; [1] section 3.1.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be in [0, 1], got {rate}")
    if not training:
        return tokens
    ordinary = (tokens != PAD) & (tokens != BOS) & (tokens != EOS)
    hidden = torch.rand(tokens.shape, device=tokens.device) < rate
    return torch.where(ordinary & hidden, UNK, tokens)


def sentence_vae_loss(log_likelihood: Tensor, kl: Tensor, kl_weight: float) -> Tensor:
    """What training minimises: the batch mean of -(log-likelihood - weight · KL), in nats per sentence.

    Only with weight 1 it is the negative ELBO; an annealed value must not be reported as one.

    Args:
        log_likelihood: log p(x | z) at one sample of z each, [B].
        kl: KL(q(z | x) || p(z)), [B].
        kl_weight: from the annealing schedule.
    Returns:
        Scalar.
    Source: lecture, "VAE for Sentence Generation"; [1] equation 1 and section 3.1.
    """
    if log_likelihood.shape != kl.shape:
        shapes = f"{list(log_likelihood.shape)} and {list(kl.shape)}"
        raise ValueError(f"log_likelihood and kl must have the same shape, got {shapes}")
    return -(log_likelihood - kl_weight * kl).mean()


def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """How many latent dimensions say something about the sentence: those with Var_x(E_q[z_m | x]) > threshold.

    Args:
        mu: the posterior means over a data set, [N, M].
        threshold: the variance above which a dimension counts.
    Source: lecture, "Posterior Collapse"; [3] section 5.2.
    """
    variance = mu.var(dim=0, correction=0)  # [M], over the data
    return int((variance > threshold).sum())


def greedy_decode(step_fn: Callable[[Tensor, Tensor], Tensor], z: Tensor, max_length: int) -> Tensor:
    """The most probable next word, again and again, from BOS until EOS.

    Args:
        step_fn: step_fn(prefix [B, t], z [B, M]) -> logits [B, V] of the token after the prefix, which begins with BOS.
        z: one latent vector a sentence, [B, M].
        max_length: how many tokens a sentence may have, EOS included.
    Returns:
        The tokens after BOS, [B, L]: words, EOS, then PAD. L ≤ max_length is the length of the longest sentence; one
        that has not ended by then has no EOS.
    Source: lecture, "Conditional Sequence Generation".
    """
    tokens = torch.full((len(z), 1), BOS, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(tokens, z).argmax(-1)  # [B]
        best = torch.where(ended, PAD, best)
        tokens = torch.cat([tokens, best.unsqueeze(1)], dim=1)
        ended = ended | (best == EOS)
        if ended.all():
            break
    return tokens[:, 1:]


def interpolate(z_start: Tensor, z_end: Tensor, num: int) -> Tensor:
    """Evenly spaced points on the line from one latent vector to another, both ends included.

    Args:
        z_start, z_end: the ends, [M].
        num: how many points, at least 2.
    Returns:
        [num, M].
    Source: lecture, "Sentence Interpolation"; [1], homotopies.
    """
    if num < 2:
        raise ValueError(f"num must be at least 2, to include both ends, got {num}")
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)  # [num, 1]
    return (1 - share) * z_start + share * z_end
