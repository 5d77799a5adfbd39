"""Train a VAE with a vector for what a sentence says and one for how: by its bound, two tasks and four adversaries.

    -E_q log p(x | z_sem, z_syn) + w_sem KL_sem + w_syn KL_syn
    + λ_bag  bag_of_words_loss(z_sem)  + λ_parse  -log p(parse | z_syn)
    + Σ of the adversaries' losses, whose codes have their gradient reversed: the adversaries lower them, the encoder
      raises them

Every part is in nats per sentence, averaged over sentences. The formulas are handed in as `Losses`; one that hands on
no gradient, or something else than it should, is refused by its name.

References:
    [1] Bao et al. 2019, Generating Sentences from Disentangled Syntactic and Semantic Spaces,
        https://arxiv.org/abs/1907.05789
    [2] Ganin and Lempitsky 2015, Unsupervised Domain Adaptation by Backpropagation, https://arxiv.org/abs/1409.7495
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self, cast

import torch
from torch import Generator, Tensor
from torch.nn.utils import clip_grad_norm_

from latentkit.data.parses import Linearise, ParseTokens
from latentkit.data.text import Vocabulary, collate
from latentkit.models.syntax_semantics import SequenceReader, SyntaxSemanticsTerms, SyntaxSemanticsVAE
from latentkit.progress import progress
from latentkit.training.checks import require_finite, require_gradient, require_tensor
from latentkit.training.sentences import hide_words
from latentkit.training.two_halves import TwoHalves

MAX_NORM = 5.0  # longer gradients are shortened to it
CHECKED_EVERY = 100  # steps between two looks at whether the weights are still numbers
ADVERSARIES = {"bag": 0.05, "parse": 0.1, "sentence_semantic": 0.0, "sentence_syntactic": 0.0}
"""By adversary, how strongly the encoder resists it, unless told otherwise; one of weight 0 is left out."""


@dataclass(frozen=True)
class Losses:
    """The formulas of the paper, as problem set 6 asks for them; shapes and units stand in its stubs.

    Attributes:
        linearise: (labels, parents, close) -> the tree's tokens.
        bag_of_words_loss: (logits, tokens) -> mean over the sentences, scalar.
        reverse_gradient: (codes, weight) -> the codes, whose gradient comes back times -weight.
    """

    linearise: Linearise
    bag_of_words_loss: Callable[[Tensor, Tensor], Tensor]
    reverse_gradient: Callable[[Tensor, float], Tensor]

    @classmethod
    def of(cls, module: object) -> Self:
        """The three functions of a module, or of any object that has them under their names."""
        return cls(**{formula.name: getattr(module, formula.name) for formula in fields(cls)})


@dataclass(frozen=True)
class SyntaxSemanticsSteps:
    """What each step came to, [steps] each, in nats per sentence.

    Attributes:
        nll: -log p(x | z_sem, z_syn).
        kl_semantic, kl_syntactic: of the two posteriors.
        bag: bag_of_words_loss, told from z_sem.
        parse: -log p(parse | z_syn).
        adversaries: by name, the loss of each that was there.
    """

    nll: Tensor
    kl_semantic: Tensor
    kl_syntactic: Tensor
    bag: Tensor
    parse: Tensor
    adversaries: Mapping[str, Tensor]


def train_syntax_semantics(
    model: SyntaxSemanticsVAE,
    vocabulary: Vocabulary,
    parse_tokens: ParseTokens,
    sentences: Sequence[Sequence[str]],
    parses: Sequence[str],
    losses: Losses,
    *,
    steps: int = 2000,
    kl_semantic: tuple[float, float] = (0.02, 0.1),
    kl_syntactic: tuple[float, float] = (0.06, 0.3),
    bag_weight: float = 1.0,
    parse_weight: float = 1.0,
    adversaries: Mapping[str, float] = ADVERSARIES,
    not_in_bag: Sequence[str] = (),
    bags: Sequence[Sequence[str]] | None = None,
    word_dropout: float = 0.0,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    seed: int = 0,
    label: str = "syntax and semantics",
) -> SyntaxSemanticsSteps:
    """Train in place by Adam, on the model's device; a run is repeated by its seed, given the same model.

    The KLs weigh little at first, more from an eighth of the steps on, and in the second half rise to their last
    weights, while the learning rate falls to 0. Adversaries and encoder learn at the same steps.

    Args:
        model: fresh or trained.
        vocabulary, parse_tokens: of the sentences and their parses.
        sentences: as words.
        parses: one bracketed parse a sentence.
        losses: the three formulas.
        steps, batch_size, learning_rate: of the training.
        kl_semantic, kl_syntactic: w_sem and w_syn, at first and at the end.
        bag_weight, parse_weight: λ of the two tasks; 0 leaves one out.
        adversaries: by name, the weight with which the encoder resists; see `ADVERSARIES`.
        not_in_bag: words that no bag holds, such as those that the syntax brings with it.
        bags: the words that z_sem shall tell, in the place of the sentences'; they are in the vocabulary, too.
        word_dropout: probability that a word of the decoder's input becomes UNK.
        seed: of batches, noise and hidden words.
        label: shown before the progress bar.
    Returns:
        What each step came to.
    Raises:
        ValueError: a number is out of its range, a formula hands on no gradient, or the training diverges.
    """
    _require_sound(model, vocabulary, parse_tokens, sentences, parses, bags, adversaries, batch_size)
    weights = {name: weight for name, weight in adversaries.items() if weight}
    device, generator = model.embedding.weight.device, Generator().manual_seed(seed)
    rows = [vocabulary.encode(words) for words in sentences]
    trees = parse_tokens.encode(parses, losses.linearise)
    left_out = {*vocabulary.encode(not_in_bag)}
    told = rows if bags is None else [vocabulary.encode(words) for words in bags]
    kept = [[word for word in row if word not in left_out] for row in told]
    _require_reversal(losses.reverse_gradient, device)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    halves, found = TwoHalves(steps, rise=0.25), []
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        model.train()
        bar = progress(range(steps), label)
        for step in bar:
            halves.set_rate(optimiser, step, learning_rate)
            w_sem, w_syn = halves.weight(step, kl_semantic), halves.weight(step, kl_syntactic)
            chosen = torch.randint(len(rows), (batch_size,), generator=generator).tolist()
            tokens, tree, bag = (collate([part[row] for row in chosen]) for part in (rows, trees, kept))
            inputs = hide_words(tokens, word_dropout, generator).to(device)
            tokens, tree, bag = tokens.to(device), tree.to(device), bag.to(device)
            terms = model.terms(tokens, inputs)
            parts = task_losses(model, terms, tree, bag, losses)
            if step == 0 and not parts["bag"].isfinite():  # later on the learning rate may be to blame
                raise ValueError(
                    f"bag_of_words_loss gives {parts['bag'].item():g} at the first step: look at its formula"
                )
            resisted = {name: weight * halves.risen(step) for name, weight in weights.items()}
            against = adversary_losses(model, terms, tokens, tree, bag, losses, resisted)
            loss = -terms.log_likelihood.mean() + w_sem * terms.kl_semantic.mean() + w_syn * terms.kl_syntactic.mean()
            loss = loss + bag_weight * parts["bag"] + parse_weight * parts["parse"] + sum(against.values())
            optimiser.zero_grad()
            loss.backward()
            clip_grad_norm_(model.parameters(), MAX_NORM)
            optimiser.step()
            means = [-terms.log_likelihood, terms.kl_semantic, terms.kl_syntactic, *parts.values(), *against.values()]
            found.append(torch.stack([value.detach().mean() for value in means]))
            bar.record(loss=loss.detach(), KL=terms.kl.detach().mean())
            if (step + 1) % CHECKED_EVERY == 0 or step + 1 == steps:
                require_finite(model, step + 1, learning_rate)
    model.eval()
    nothing = torch.empty(0)
    columns = torch.stack(found).cpu().unbind(1) if found else (nothing,) * (5 + len(weights))
    nll, semantic, syntactic, bag_loss, parse_loss, *paid = columns
    return SyntaxSemanticsSteps(nll, semantic, syntactic, bag_loss, parse_loss, dict(zip(weights, paid, strict=True)))


def task_losses(
    model: SyntaxSemanticsVAE, terms: SyntaxSemanticsTerms, tree: Tensor, bag: Tensor, losses: Losses
) -> dict[str, Tensor]:
    """What each code shall tell, averaged over sentences, in nats: "bag" of z_sem and "parse" of z_syn.

    Args:
        model: which learns.
        terms: of the sentences.
        tree: their linearised parses, [B, T'].
        bag: their words, of which some may be left out, [B, T].
        losses: the formulas.
    Raises:
        ValueError: `bag_of_words_loss` returns something else than a scalar with a gradient.
    """
    told = losses.bag_of_words_loss(model.bag(terms.z_semantic), bag)
    _require_mean("bag_of_words_loss", told)
    return {"bag": told, "parse": -model.parse.log_likelihood(tree, terms.z_syntactic).mean()}


def adversary_losses(
    model: SyntaxSemanticsVAE,
    terms: SyntaxSemanticsTerms,
    tokens: Tensor,
    tree: Tensor,
    bag: Tensor,
    losses: Losses,
    weights: Mapping[str, float],
) -> dict[str, Tensor]:
    """What each adversary pays, averaged over sentences, in nats, by name; the encoder's gradient is reversed.

    Args:
        model: which learns.
        terms: of the sentences.
        tokens, tree, bag: the sentences [B, T], their parses [B, T'] and their words [B, T''].
        losses: the formulas.
        weights: by adversary, how strongly the encoder resists.
    """
    found = {}
    for name, weight in weights.items():
        code = terms.z_semantic if name in ("parse", "sentence_semantic") else terms.z_syntactic
        reader, code = model.adversaries[name], losses.reverse_gradient(code, weight)
        if name == "bag":
            found[name] = losses.bag_of_words_loss(reader(code), bag)
        else:
            found[name] = -cast(SequenceReader, reader).log_likelihood(tree if name == "parse" else tokens, code).mean()
    return found


def _require_mean(name: str, value: Tensor) -> None:
    """Refuse what a formula returned unless it is a scalar with a gradient."""
    require_tensor(name, value)
    if value.dim():
        raise ValueError(f"{name} must return one number, the mean over the sentences, got shape {list(value.shape)}")
    require_gradient(name, value)


def _require_reversal(reverse_gradient: Callable[[Tensor, float], Tensor], device: torch.device) -> None:
    """Refuse a `reverse_gradient` that changes the codes, or whose gradient is not the reversed one."""
    name, codes = "reverse_gradient", torch.linspace(-1, 1, 6, device=device).view(2, 3).requires_grad_()
    returned = reverse_gradient(codes, 0.5)
    require_tensor(name, returned)
    if returned.shape != codes.shape or not torch.allclose(returned, codes, atol=1e-5):
        raise ValueError(f"{name} must return the codes as they are; only their gradient changes on its way back")
    require_gradient(name, returned)
    (arrived,) = torch.autograd.grad(returned.sum(), codes)
    if not torch.allclose(arrived, torch.full_like(arrived, -0.5), atol=1e-5):
        raise ValueError(
            f"{name} must multiply the gradient by -weight: at weight 0.5 a gradient of 1 came back as "
            f"{arrived.flatten()[0].item():g}, not -0.5"
        )


def _require_sound(
    model: SyntaxSemanticsVAE,
    vocabulary: Vocabulary,
    parse_tokens: ParseTokens,
    sentences: Sequence[Sequence[str]],
    parses: Sequence[str],
    bags: Sequence[Sequence[str]] | None,
    adversaries: Mapping[str, float],
    batch_size: int,
) -> None:
    """Refuse what no training can begin with, and say what is allowed."""
    if not sentences:
        raise ValueError("there are no sentences to train on")
    if len(parses) != len(sentences) or (bags is not None and len(bags) != len(sentences)):
        beside = "" if bags is None else f" and {len(bags)} bags"
        raise ValueError(f"every sentence needs a parse; got {len(sentences)} sentences, {len(parses)} parses{beside}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    sizes = model.sizes
    if (len(vocabulary), len(parse_tokens.vocabulary)) != (sizes.vocab_size, sizes.parse_vocab_size):
        raise ValueError(
            f"the model knows {sizes.vocab_size} words and {sizes.parse_vocab_size} tokens of parses, the "
            f"vocabularies have {len(vocabulary)} and {len(parse_tokens.vocabulary)}"
        )
    for name, weight in adversaries.items():
        if name not in ADVERSARIES:
            raise ValueError(f"there is no adversary {name!r}; there are: {', '.join(ADVERSARIES)}")
        if weight < 0:
            raise ValueError(f"the weight of an adversary must be at least 0, got {weight:g} for {name!r}")
