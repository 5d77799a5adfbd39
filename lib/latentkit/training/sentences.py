"""Train models of sentences, with the weight of the KL on a schedule and words hidden from the decoder.

A schedule is a function step -> weight of the KL. While the weight is below 1, the loss is no bound of anything: the
true ELBO, with weight 1 and every word in sight, is measured beside it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn.utils import clip_grad_norm_

from latentkit.data.text import EOS, UNK, bucketed_batches
from latentkit.evaluation.sentences import SentenceEvaluation, evaluate_sentence_vae, reconstruction_bleu
from latentkit.models.sentence_model import SentenceModel
from latentkit.models.sentence_vae import SentenceVAE
from latentkit.progress import progress
from latentkit.training.checks import require_finite

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Measurement:
    """How far a training has come after some steps.

    Attributes:
        step: gradient steps taken.
        kl_weight: what the schedule says there.
        loss: the weighted loss that training minimises, in nats per sentence, averaged since the last measurement.
        held_out: the true numbers on held-out sentences, among them the ELBO.
        bleu: of the held-out sentences' reconstructions; None where it was not asked for.
    """

    step: int
    kl_weight: float
    loss: float
    held_out: SentenceEvaluation
    bleu: float | None = None


def constant(weight: float = 1.0) -> Schedule:
    """The same weight all along; 1 is the plain VAE."""
    return lambda step: weight


def linear(warmup: int) -> Schedule:
    """From 0 at step 0 to 1 at step `warmup`."""
    return lambda step: float(np.interp(step, [0, warmup], [0, 1]))


def logistic(warmup: int) -> Schedule:
    """Slow, fast, slow: ½ at half of `warmup`, where it reaches 1 but for a hundredth."""
    steepness = 2 * math.log(99) / warmup
    return lambda step: torch.special.expit(torch.tensor(steepness * (step - warmup / 2))).item()


def cyclical(total_steps: int, cycles: int = 4, ratio: float = 0.5) -> Schedule:
    """Again and again from 0 to 1, in the first `ratio` of each cycle (Fu et al. 2019)."""
    period = total_steps / cycles
    return lambda step: float(np.interp(step % period, [0, ratio * period], [0, 1]))


def train_sentence_model(
    model: SentenceModel[Any],
    sentences: Sequence[Sequence[int]],
    steps: int,
    schedule: Schedule | None = None,
    word_dropout: float = 0.0,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    max_norm: float = 5.0,
    held_out: Sequence[Sequence[int]] = (),
    every: int = 100,
    bleu: bool = False,
    watch: Callable[[int], None] | None = None,
    seed: int = 0,
    label: str = "training",
    measurements: list[Measurement] | None = None,
) -> list[Measurement]:
    """Train in place by Adam, on the model's device; a run is repeated by its seed, given the same model.

    Args:
        model: left in evaluation mode.
        sentences: the training set, encoded, without BOS and EOS.
        steps: number of gradient steps.
        schedule: the weight of the KL at each step, counted from 0; 1 if None.
        word_dropout: probability that a word of the decoder's input becomes UNK.
        batch_size: sentences per step.
        learning_rate: Adam's.
        max_norm: longer gradients are shortened to this norm.
        held_out: sentences on which a sentence VAE is measured meanwhile; nothing is measured without.
        every: steps between two measurements; the last step gives one, too.
        bleu: whether the held-out sentences are also reconstructed, which takes longer.
        watch: called with the number of steps taken at each time of measurement; for other models' quantities.
        seed: of batches, noise and hidden words.
        label: shown before the progress bar.
        measurements: a list that they are added to, for who interrupts the training and wants those made so far.
    Returns:
        The measurements, in order.
    Raises:
        ValueError: there are no sentences, a number is out of its range, or the training diverges.
    """
    schedule = schedule or constant()
    device = model.embedding.weight.device
    generator, batches = Generator().manual_seed(seed), Generator().manual_seed(seed)
    losses: list[Tensor] = []
    measurements = [] if measurements is None else measurements
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        stream = _endless(sentences, batch_size, batches)
        bar = progress(range(steps), label)
        for step in bar:
            model.train()
            tokens = next(stream)
            inputs = hide_words(tokens, word_dropout, generator).to(device)
            loss = model.loss(tokens.to(device), schedule(step), inputs)
            optimiser.zero_grad()
            loss.backward()
            clip_grad_norm_(model.parameters(), max_norm)
            optimiser.step()
            losses.append(loss.detach())
            bar.record(loss=losses[-1])
            measuring = (step + 1) % every == 0 or step + 1 == steps
            if measuring:
                require_finite(model, step + 1, learning_rate)
            if watch is not None and measuring:
                watch(step + 1)
            if held_out and measuring:
                found = evaluate_sentence_vae(cast(SentenceVAE, model), held_out, samples=1, seed=seed)
                score = reconstruction_bleu(model, held_out) if bleu else None
                average = torch.stack(losses).mean().item()
                measurements.append(Measurement(step + 1, schedule(step), average, found, score))
                losses = []
                bar.record(ELBO=found.elbo, KL=found.kl)
                bar.set_postfix_str(f"ELBO {found.elbo:.1f}, KL {found.kl:.2f} nats")
    model.eval()
    return measurements


def _endless(sentences: Sequence[Sequence[int]], batch_size: int, generator: Generator) -> Iterator[Tensor]:
    if not sentences:
        raise ValueError("there are no sentences to train on")
    while True:
        yield from bucketed_batches(sentences, batch_size, generator)


def hide_words(tokens: Tensor, rate: float, generator: Generator) -> Tensor:
    """A copy of [B, T] in which words are UNK at the given rate."""
    if not 0 <= rate <= 1:
        raise ValueError(f"word_dropout must be in [0, 1], got {rate}")
    chosen = torch.full(tokens.shape, float(rate)).bernoulli(generator=generator).bool()
    return tokens.masked_fill(chosen & (tokens > EOS), UNK)
