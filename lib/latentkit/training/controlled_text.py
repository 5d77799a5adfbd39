"""Train a model of controlled text: first its VAE, then discriminators and generator in turns, by wake and sleep.

Sleep: the generator dreams sentences from p(z) p(c). Each discriminator learns from dreams of chosen words and from
labelled sentences; the generator learns from soft dreams whether c and z are found in them again. Wake: encoder and
generator learn from real sentences, where c is the label, or what the discriminators hear where there is none. The
generator's two losses are added up in one step.

The formulas are handed in as `Losses`. What the generator's step reads D and E by are copies that share their numbers
and take no gradient: however the formulas are written, that step trains neither D nor what E makes of soft sentences.
A formula that hands on no gradient is refused by its name.

Reference: Hu, Yang, Liang, Salakhutdinov and Xing 2017, Toward Controlled Generation of Text,
https://arxiv.org/abs/1703.00955, algorithm 1
"""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Self, TypeVar, cast

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from latentkit.data.text import BOS, PAD, collate
from latentkit.models.controlled_text import ControlledText, SoftEmbeddings, until_the_end, up_to_the_first_eos
from latentkit.models.text_classifier import TextClassifier
from latentkit.progress import progress
from latentkit.training.checks import require_finite
from latentkit.training.controlled_checks import (
    require_every_part,
    require_formula,
    require_numbers,
    require_sound,
)
from latentkit.training.sentences import hide_words
from latentkit.training.two_halves import TwoHalves

Module = TypeVar("Module", bound=nn.Module)
LENGTH = 19  # steps of a soft sentence; the longest of the embedded corpus has 18 words and EOS
MAX_NORM = 5.0  # longer gradients are shortened to it
PREPARING_RATE = 1e-3  # the learning rate of discriminators before the first step
CHECKED_EVERY = 100  # steps between two looks at whether the weights are still numbers


@dataclass(frozen=True)
class Losses:
    """The formulas of the paper, as problem set 3 asks for them; shapes and units stand in its stubs.

    Attributes:
        soft_embeddings: (logits, embedding, temperature) -> soft words.
        attribute_loss: (class_logits, c) -> L_c.
        latent_loss: (z, mu, logvar) -> L_z.
        generator_loss: (vae_loss, attribute_loss, latent_loss, lambda_c, lambda_z) -> L_G.
        discriminator_loss: (labelled_logits, labels, generated_logits, c, lambda_u, beta) -> L_D.
    """

    soft_embeddings: SoftEmbeddings
    attribute_loss: Callable[[Tensor, Tensor], Tensor]
    latent_loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    generator_loss: Callable[[Tensor, Tensor, Tensor, float, float], Tensor]
    discriminator_loss: Callable[[Tensor, Tensor, Tensor, Tensor, float, float], Tensor]

    @classmethod
    def of(cls, module: object) -> Self:
        """The five functions of a module, or of any object that has them under their names."""
        return cls(**{formula.name: getattr(module, formula.name) for formula in fields(cls)})


@dataclass(frozen=True)
class WakeSleepSteps:
    """What each step of wake and sleep came to, [steps] each, in nats per sentence.

    Attributes:
        vae: the bound's part of the generator's loss.
        attribute: L_c, summed over the attributes.
        latent: L_z.
        discriminator: L_D, summed over the attributes.
        temperature: τ.
    """

    vae: Tensor
    attribute: Tensor
    latent: Tensor
    discriminator: Tensor
    temperature: Tensor


def train_base(
    model: ControlledText,
    sentences: Sequence[Sequence[int]],
    codes: Tensor | None = None,
    steps: int = 12_000,
    labelled: int | None = None,
    kl_weight: tuple[float, float] = (0.1, 1.0),
    word_dropout: float = 0.4,
    batch_size: int = 32,
    learning_rate: float = 3e-3,
    prepared: int = 300,
    seed: int = 0,
    label: str = "base",
) -> None:
    """Train encoder and generator as a sentence VAE.

    In the first half of the steps the KL weighs little, so that z learns to hold what a sentence is about; in the
    second half its weight rises, while the learning rate falls to 0. Where codes are given, c is the label, or what
    the discriminators hear without one, and z lets go of what c says already. Where none are given, c is drawn from its
    prior, as in the paper: the generator learns to ignore it.

    Args:
        model: left in evaluation mode.
        sentences: the training set, encoded, without BOS and EOS.
        codes: their attributes' classes, [N, A], as `model.code_of` gives them; or None.
        steps, batch_size, learning_rate: of the training, by Adam.
        labelled: how many sentences, drawn by the seed, have a code that training may look at; None for all.
        kl_weight: of the KL, in the first half and at the end.
        word_dropout: probability that a word of the decoder's input becomes UNK.
        prepared: steps before the first, in which the discriminators learn from the labelled sentences, if there are.
        seed: of labelled sentences, batches, noise and hidden words.
        label: shown before the progress bar.
    Raises:
        ValueError: a number is out of its range, or the training diverges.
    """
    has_codes = codes is not None
    codes = torch.zeros(len(sentences), len(model.sizes.attributes), dtype=torch.long) if codes is None else codes
    require_sound(model, sentences, codes, labelled, batch_size, LENGTH)
    device, generator = model.embedding.weight.device, Generator().manual_seed(seed)
    corpus = _Corpus(sentences, codes.to(device), labelled, batch_size, generator)
    learned = _all_but_discriminators(model)
    optimiser = torch.optim.Adam(learned, lr=learning_rate, fused=True)
    halves = TwoHalves(steps)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        model.train()
        if has_codes:
            _prepare_discriminators(model, corpus, prepared)
        bar = progress(range(steps), label)
        for step in bar:
            halves.set_rate(optimiser, step, learning_rate)
            weight = halves.weight(step, kl_weight)
            tokens, code = corpus.batch(model)
            inputs = hide_words(tokens.cpu(), word_dropout, generator).to(device)
            terms = model.terms(tokens, inputs, code if has_codes else None)
            kl, log_likelihood = terms.kl.mean(), terms.log_likelihood.mean()
            _take_step(optimiser, weight * kl - log_likelihood, learned)
            bar.record(KL=kl.detach(), reconstruction=-log_likelihood.detach())
            if (step + 1) % CHECKED_EVERY == 0 or step + 1 == steps:
                require_finite(model, step + 1, learning_rate)
    model.eval()


def train_wake_sleep(
    model: ControlledText,
    sentences: Sequence[Sequence[int]],
    codes: Tensor,
    losses: Losses,
    steps: int = 1500,
    labelled: int | None = None,
    lambda_c: float = 3.0,
    lambda_z: float = 0.1,
    lambda_u: float = 0.1,
    beta: float = 0.1,
    temperature: tuple[float, float] = (1.0, 0.1),
    kl_weight: float = 0.5,
    word_dropout: float = 0.4,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    prepared: int = 100,
    length: int = LENGTH,
    seed: int = 0,
    label: str = "wake and sleep",
) -> WakeSleepSteps:
    """Train in place by wake and sleep, on the model's device; a run is repeated by its seed, given the same model.

    Args:
        model: after `train_base`; left in evaluation mode.
        sentences: the training set, encoded, without BOS and EOS.
        codes: their attributes' classes, [N, A], as `model.code_of` gives them.
        losses: the five formulas.
        steps: of wake and sleep, one of each at a time.
        labelled: how many sentences, drawn by the seed, have a code that training may look at; None for all.
        lambda_c, lambda_z: weights of the attributes and of the independence constraint in the generator's loss.
        lambda_u, beta: weights of the dreamt sentences, and of the entropy on them, in the discriminators' loss.
        temperature: τ of the soft words at the first and at the last step; in between it falls geometrically.
        kl_weight, word_dropout: of the VAE's loss, as in `train_base`.
        batch_size: real, dreamt and soft sentences per step, each.
        learning_rate: Adam's, for all.
        prepared: steps before the first, in which only the discriminators learn, and of labelled sentences alone.
        length: of dreamt and soft sentences at most, EOS included.
        seed: of batches, noise and hidden words.
        label: shown before the progress bar.
    Returns:
        What each step came to.
    Raises:
        ValueError: a number is out of its range, a formula hands on no gradient, or the training diverges.
    """
    require_sound(model, sentences, codes, labelled, batch_size, length)
    if min(temperature) <= 0:
        raise ValueError(f"the temperatures must be positive, got {temperature[0]} and {temperature[1]}")
    device, generator = model.embedding.weight.device, Generator().manual_seed(seed)
    corpus = _Corpus(sentences, codes.to(device), labelled, batch_size, generator)
    learned, readers = _all_but_discriminators(model), without_gradients(model)
    readers.encoder.train()  # cuDNN hands back no gradient in evaluation mode; the encoder has no dropout of its own
    wake = torch.optim.Adam(learned, lr=learning_rate, fused=True)
    sleep = torch.optim.Adam(model.discriminators.parameters(), lr=learning_rate, fused=True)
    rows: list[Tensor] = []
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        model.train()
        _prepare_discriminators(model, corpus, prepared)
        bar = progress(range(steps), label)
        for step in bar:
            tokens, code = corpus.labelled_batch()
            dreamt, dreamt_code = dream(model, batch_size, length)
            heard = discriminators_loss(model, tokens, code, dreamt, dreamt_code, losses, lambda_u, beta)
            _take_step(sleep, heard, list(model.discriminators.parameters()))
            tau = temperature[0] * (temperature[1] / temperature[0]) ** (step / max(1, steps - 1))
            tokens, code = corpus.batch(model)
            vae = model.terms(tokens, hide_words(tokens.cpu(), word_dropout, generator).to(device), code)
            vae_loss = kl_weight * vae.kl.mean() - vae.log_likelihood.mean()
            attribute, latent = soft_losses(model, readers, losses, tau, batch_size, length)
            total = losses.generator_loss(vae_loss, attribute, latent, lambda_c, lambda_z)
            parts = {"vae_loss": (vae_loss, 1.0), "attribute_loss": (attribute, lambda_c)}
            parts["latent_loss"] = (latent, lambda_z)
            require_every_part(total, parts)
            if step == 0:
                require_finite(model, 1, learning_rate)
                first = {name: part for name, (part, _) in parts.items()}
                require_numbers(first | {"discriminator_loss": heard, "generator_loss": total})
            _take_step(wake, total, learned)
            rows.append(torch.stack([vae_loss, attribute, latent, heard, heard.new_tensor(tau)]).detach())
            bar.record(attribute=attribute.detach(), latent=latent.detach())
            if (step + 1) % CHECKED_EVERY == 0 or step + 1 == steps:
                require_finite(model, step + 1, learning_rate)
    model.eval()
    return WakeSleepSteps(*torch.stack(rows).cpu().unbind(1)) if rows else WakeSleepSteps(*torch.empty(5, 0))


class _Corpus:
    """Sentences of which some have a code that training may look at: batches of those, and of all."""

    def __init__(
        self,
        sentences: Sequence[Sequence[int]],
        codes: Tensor,
        labelled: int | None,
        batch_size: int,
        generator: Generator,
    ):
        """Draw, by the generator, which `labelled` of the sentences have a code; all where it is None."""
        self._sentences, self._codes, self._batch_size, self._generator = sentences, codes, batch_size, generator
        self._known = torch.randperm(len(sentences), generator=generator)[:labelled]
        self._is_known = torch.zeros(len(sentences), dtype=torch.bool)
        self._is_known[self._known] = True

    def labelled_batch(self) -> tuple[Tensor, Tensor]:
        """Sentences that have a code, [B, T], and their codes, [B, A]."""
        numbers = self._known[self._draw(len(self._known))]
        return self._collate(numbers), self._codes[numbers.to(self._codes.device)]

    def batch(self, model: ControlledText) -> tuple[Tensor, Tensor]:
        """Sentences, [B, T], and their codes, [B, A]: the most probable by the model where training may not look."""
        numbers = self._draw(len(self._sentences))
        tokens, codes = self._collate(numbers), self._codes[numbers.to(self._codes.device)]
        known = self._is_known[numbers]
        if known.all():
            return tokens, codes
        with torch.no_grad():
            return tokens, torch.where(known.to(codes.device).unsqueeze(1), codes, model.recognise(tokens))

    def _draw(self, number: int) -> Tensor:
        return torch.randint(number, (self._batch_size,), generator=self._generator)

    def _collate(self, numbers: Tensor) -> Tensor:
        return collate([self._sentences[number] for number in numbers.tolist()]).to(self._codes.device)


def _prepare_discriminators(model: ControlledText, corpus: _Corpus, steps: int) -> None:
    """Let the discriminators learn from labelled sentences alone."""
    weights = list(model.discriminators.parameters())
    optimiser = torch.optim.Adam(weights, lr=PREPARING_RATE, fused=True)
    for _ in range(steps):
        tokens, code = corpus.labelled_batch()
        losses = [cross_entropy(reads(tokens), code[:, a]) for a, reads in enumerate(model.discriminators.values())]
        _take_step(optimiser, torch.stack(losses).sum(), weights)


def _all_but_discriminators(model: ControlledText) -> list[nn.Parameter]:
    """What encoder and generator are made of."""
    return [weight for name, weight in model.named_parameters() if not name.startswith("discriminators.")]


def _take_step(optimiser: torch.optim.Optimizer, loss: Tensor, learned: Sequence[nn.Parameter]) -> None:
    optimiser.zero_grad()
    loss.backward()
    clip_grad_norm_(learned, MAX_NORM)
    optimiser.step()


def without_gradients(module: Module) -> Module:
    """A copy that shares the parameters' numbers, now and after each step, and through which no gradient reaches them.

    Gradients still pass through it, to what it is given.
    """
    shared = {id(weight): nn.Parameter(weight.detach(), requires_grad=False) for weight in module.parameters()}
    return copy.deepcopy(module, shared)


@torch.no_grad()
def dream(model: ControlledText, number: int, length: int = LENGTH) -> tuple[Tensor, Tensor]:
    """Sentences from p(z) p(c) p(x | z, c), word by word.

    Args:
        model: the generator.
        number: how many, B.
        length: of the sentences at most, EOS included; one that has not ended by then is cut.
    Returns:
        Tokens [B, T], BOS … EOS PAD, and codes [B, A].
    """
    code, drawn = model.draw_code(number), []

    def draw(logits: Tensor, embedding: Tensor, temperature: float) -> Tensor:
        drawn.append(torch.multinomial((logits[:, 0] / temperature).softmax(-1), 1))  # [B, 1]
        return embedding[drawn[-1]]

    model.soft_sentence(model.join(model.prior().sample((number,)), code), draw, 1.0, length)
    said = torch.cat(drawn, dim=1)  # [B, length]
    said = said.masked_fill(~up_to_the_first_eos(said), PAD)
    return torch.cat([torch.full_like(said[:, :1], BOS), said], dim=1), code


def discriminators_loss(
    model: ControlledText,
    tokens: Tensor,
    code: Tensor,
    dreamt: Tensor,
    dreamt_code: Tensor,
    losses: Losses,
    lambda_u: float,
    beta: float,
) -> Tensor:
    """L_D, summed over the attributes: scalar.

    Args:
        model: whose discriminators learn.
        tokens, code: labelled sentences [B, T] and their codes [B, A].
        dreamt, dreamt_code: what the generator has dreamt, as `dream` gives it.
        losses, lambda_u, beta: as in `train_wake_sleep`.
    """
    total = model.w_mu.weight.new_zeros(())
    for a, discriminator in enumerate(model.discriminators.values()):
        labelled_logits, generated_logits = discriminator(tokens), discriminator(dreamt)
        loss = losses.discriminator_loss(
            labelled_logits, code[:, a], generated_logits, dreamt_code[:, a], lambda_u, beta
        )
        require_formula("discriminator_loss", loss)
        total = total + loss
    return total


def soft_losses(
    model: ControlledText,
    readers: ControlledText,
    losses: Losses,
    temperature: float,
    number: int,
    length: int = LENGTH,
) -> tuple[Tensor, Tensor]:
    """L_c, summed over the attributes, and L_z of soft sentences from p(z) p(c): two scalars.

    Args:
        model: the generator that learns.
        readers: the same model `without_gradients`, by whose encoder and discriminators the sentences are read.
        losses: the formulas.
        temperature: τ.
        number: of sentences, B.
        length: of the sentences, EOS included.
    """
    z, code = model.prior().sample((number,)), model.draw_code(number)
    logits = model.soft_sentence(model.join(z, code), losses.soft_embeddings, temperature, length)
    real = until_the_end(logits)  # [B, T]
    attribute = logits.new_zeros(())
    for a, discriminator in enumerate(cast(Iterable[TextClassifier], readers.discriminators.values())):
        words = losses.soft_embeddings(logits, discriminator.embedding.weight, temperature)  # [B, T, E]
        require_formula("soft_embeddings", words)
        class_logits = discriminator.forward_embedded(words, real)
        loss = losses.attribute_loss(class_logits, code[:, a])
        require_formula("attribute_loss", loss)
        attribute = attribute + loss
    words = losses.soft_embeddings(logits, readers.embedding.weight, temperature)
    begin = readers.embedding.weight[BOS].expand(number, 1, -1)
    mu, logvar = readers.encode_embedded(
        torch.cat([begin, words], dim=1), torch.cat([torch.ones_like(real[:, :1]), real], dim=1)
    )
    latent = losses.latent_loss(z, mu, logvar)
    require_formula("latent_loss", latent)
    return attribute, latent
