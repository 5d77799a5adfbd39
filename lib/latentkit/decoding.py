"""Latent vectors to sentences: the most probable words, random words, or a search for the most probable sentence.

Each takes a `step_fn(prefix [B, t], z [B, M]) -> logits [B, V]` that scores the token after prefixes from BOS on,
such as `SentenceVAE.step`, and returns the tokens after BOS, [B, L]: words, EOS, then PAD. L is the length of the
longest sentence, `max_length` at most; a sentence that was cut there has no EOS.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from latentkit.data.text import BOS, EOS, PAD

StepFn = Callable[[Tensor, Tensor], Tensor]
MAX_LENGTH = 40


def greedy(step_fn: StepFn, z: Tensor, max_length: int = MAX_LENGTH) -> Tensor:
    """The most probable next word, again and again."""
    return _word_by_word(step_fn, z, max_length, lambda logits: logits.argmax(-1))


def sample(
    step_fn: StepFn,
    z: Tensor,
    max_length: int = MAX_LENGTH,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Each next word at random.

    Args:
        step_fn, z, max_length: see the module.
        temperature: divides the logits; below 1 probable words become more probable.
        top_k: only this many most probable words may be drawn; None allows all.
        generator: where the draws come from; torch's global generator if None.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}; for the most probable words use greedy")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be at least 1, got {top_k}")

    def draw(logits: Tensor) -> Tensor:
        candidates, words = logits.topk(min(top_k or logits.shape[-1], logits.shape[-1]))  # [B, K]
        drawn = torch.multinomial((candidates / temperature).softmax(-1), 1, generator=generator)  # [B, 1]
        return words.gather(-1, drawn).squeeze(-1)

    return _word_by_word(step_fn, z, max_length, draw)


@torch.no_grad()
def beam(step_fn: StepFn, z: Tensor, max_length: int = MAX_LENGTH, width: int = 5) -> Tensor:
    """Search for the most probable sentence, keeping the `width` most probable beginnings at each length.

    A sentence is scored by its log-probability, not divided by its length. Width 1 is `greedy`.

    Args:
        step_fn, z, max_length: see the module.
        width: how many beginnings of each sentence are kept.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")
    batch = len(z)
    tokens = torch.full((batch, width, 1), BOS, device=z.device)
    scores = z.new_full((batch, width), -torch.inf)
    scores[:, 0] = 0  # all beginnings are alike at first: one counts
    copies = z.repeat_interleave(width, dim=0)  # [B · width, M]
    for _ in range(max_length):
        ended = _has_ended(tokens)
        log_p = step_fn(tokens.flatten(0, 1), copies).log_softmax(-1).unflatten(0, (batch, width))
        after_the_end = torch.full_like(log_p[0, 0], -torch.inf)
        after_the_end[PAD] = 0  # a finished sentence stays as it is
        log_p = torch.where(ended.unsqueeze(-1), after_the_end, log_p)
        scores, best = (scores.unsqueeze(-1) + log_p).flatten(1).topk(width)  # [B, width]
        parent, word = best // log_p.shape[-1], best % log_p.shape[-1]
        kept = tokens.gather(1, parent.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]))
        tokens = torch.cat([kept, word.unsqueeze(-1)], dim=-1)
        if _has_ended(tokens).all():
            break
    return _cut(tokens[:, 0, 1:])


@torch.no_grad()
def _word_by_word(step_fn: StepFn, z: Tensor, max_length: int, choose: Callable[[Tensor], Tensor]) -> Tensor:
    """Append the word that is chosen from the logits [B, V], until every sentence has ended."""
    tokens = torch.full((len(z), 1), BOS, device=z.device)
    for _ in range(max_length):
        word = choose(step_fn(tokens, z)).masked_fill(_has_ended(tokens), PAD)
        tokens = torch.cat([tokens, word.unsqueeze(-1)], dim=-1)
        if _has_ended(tokens).all():
            break
    return _cut(tokens[:, 1:])


def _has_ended(tokens: Tensor) -> Tensor:
    """Which sentences hold an EOS: [...] of tokens [..., t]."""
    return (tokens == EOS).any(-1)


def _cut(tokens: Tensor) -> Tensor:
    """Without the columns that are padding in every row."""
    longest = int((tokens != PAD).sum(-1).max()) if tokens.numel() else 0
    return tokens[:, :longest]
