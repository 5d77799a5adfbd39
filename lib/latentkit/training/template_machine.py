"""Train a variational template machine: on sentences with their tables, on sentences without, or on both.

    pairs:  -E_q log p(x | z, f(T)) + w_z KL_z + λ_c content_loss + λ_t template_loss
    raw:    -E_q log p(x | z, c) + w_z KL_z + w_c KL_c

Every part is a sum over words or dimensions, in nats per sentence, averaged over sentences; so a KL of one nat weighs
as much as one nat of the likelihood, however long the sentences are. The formulas are handed in as `Losses`; one that
hands on no gradient, or has another shape than it should, is refused by its name.

Reference: Ye, Shi, Zhou, Wei and Li 2020, Variational Template Machine for Data-to-Text Generation,
https://arxiv.org/abs/2002.01127
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Self

import torch
from torch import Generator, Tensor
from torch.nn.utils import clip_grad_norm_

from latentkit.data.tables import MASK, Records, TableText, collate_tables, collate_values
from latentkit.data.text import PAD, Vocabulary, collate
from latentkit.models.template_machine import Attend, TemplateMachine, TemplateTerms
from latentkit.progress import progress
from latentkit.training.checks import require_finite
from latentkit.training.sentences import hide_words
from latentkit.training.template_checks import (
    require_attention,
    require_bound,
    require_masked,
    require_numbers,
    require_per_sentence,
    require_sound,
)
from latentkit.training.two_halves import TwoHalves

MAX_NORM = 5.0  # longer gradients are shortened to it
CHECKED_EVERY = 100  # steps between two looks at whether the weights are still numbers


@dataclass(frozen=True)
class Losses:
    """The formulas of the paper, as problem set 6 asks for them; shapes and units stand in its stubs.

    Attributes:
        attend: (query, keys, present) -> context.
        mask_values: (tokens, spans, mask_id) -> x̃.
        template_loss: (logits, masked) -> -log p(x̃ | z).
        content_loss: (mu, logvar, table, kl_weight) -> E ‖c - f(T)‖² + w_c KL.
        template_elbo: (log_likelihood, kl_template, kl_content, weight_template, weight_content) -> the bound.
    """

    attend: Attend
    mask_values: Callable[[Tensor, Tensor, int], Tensor]
    template_loss: Callable[[Tensor, Tensor], Tensor]
    content_loss: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    template_elbo: Callable[[Tensor, Tensor, Tensor, float, float], Tensor]

    @classmethod
    def of(cls, module: object) -> Self:
        """The five functions of a module, or of any object that has them under their names."""
        return cls(**{formula.name: getattr(module, formula.name) for formula in fields(cls)})


@dataclass(frozen=True)
class TemplateSteps:
    """What each step came to, [steps] each, in nats per sentence; NaN where a step has no such sentence.

    Attributes:
        pairs: -log p(x | z, f(T)) of sentences with a table.
        raw: -log p(x | z, c) of those without.
        kl_template: KL(q(z | x) || p(z)), of all.
        kl_content: KL(q(c | x) || p(c)), of those without a table.
        content: content_loss, of those with one.
        template: template_loss, of those with one.
    """

    pairs: Tensor
    raw: Tensor
    kl_template: Tensor
    kl_content: Tensor
    content: Tensor
    template: Tensor


def table_vocabulary(texts: Sequence[TableText], min_count: int = 1) -> Vocabulary:
    """The words of texts and of their tables, the mask before all others.

    Args:
        texts: the training set.
        min_count: how often a word must occur, in texts and tables together, to be known.
    """
    tables = [[word for values in text.table.values() for value in values for word in value.split()] for text in texts]
    counted = Vocabulary.from_sentences([*(text.words for text in texts), *tables], min_count=min_count)
    return Vocabulary([MASK, *counted.words])


def train_template_machine(
    model: TemplateMachine,
    vocabulary: Vocabulary,
    pairs: Sequence[TableText],
    raw: Sequence[Sequence[str]],
    losses: Losses,
    *,
    steps: int = 6000,
    fields: Sequence[str] | None = None,
    kl_template: tuple[float, float] = (0.1, 1.0),
    kl_content: tuple[float, float] = (0.1, 1.0),
    content_weight: float = 1.0,
    template_weight: float = 0.5,
    paired_share: float = 0.5,
    word_dropout: float = 0.0,
    batch_size: int = 32,
    learning_rate: float = 3e-3,
    seed: int = 0,
    label: str = "template machine",
) -> TemplateSteps:
    """Train in place by Adam, on the model's device; a run is repeated by its seed, given the same model.

    In the first half of the steps the KLs weigh little, so that z learns to hold a template; in the second half their
    weights rise, while the learning rate falls to 0.

    Args:
        model: left in evaluation mode.
        vocabulary: of the model; it holds `MASK`, as `table_vocabulary` makes it.
        pairs: sentences with their tables; may be empty where there is raw text.
        raw: sentences without tables, as words; may be empty where there are pairs.
        losses: the five formulas.
        steps, batch_size, learning_rate: of the training.
        fields: of the corpus' tables, which number them; those of the embedded corpus if None.
        kl_template, kl_content: w_z and w_c, in the first half and at the end.
        content_weight, template_weight: λ_c and λ_t, of the content- and template-preserving losses; 0 leaves one out.
        paired_share: the share of a batch that has tables, where there are both kinds.
        word_dropout: probability that a word of the decoder's input becomes UNK.
        seed: of batches, noise and hidden words.
        label: shown before the progress bar.
    Returns:
        What each step came to.
    Raises:
        ValueError: a number is out of its range, a formula hands on no gradient, or the training diverges.
    """
    paired = require_sound(model, vocabulary, pairs, raw, batch_size, paired_share, MASK)
    device, generator = model.embedding.weight.device, Generator().manual_seed(seed)
    corpus = _Corpus(vocabulary, pairs, raw, fields, generator, device)
    mask_id = vocabulary.encode([MASK])[0]
    require_bound(losses.template_elbo, device)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    halves, rows = TwoHalves(steps), []
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        model.train()
        bar = progress(range(steps), label)
        for step in bar:
            halves.set_rate(optimiser, step, learning_rate)
            w_z, w_c = halves.weight(step, kl_template), halves.weight(step, kl_content)
            total, found = torch.zeros((), device=device), {}
            if paired:
                tokens, spans, records = corpus.pairs(paired)
                inputs = hide_words(tokens.cpu(), word_dropout, generator).to(device)
                terms = model.terms(tokens, records, inputs, _watched(losses.attend, first=step == 0))
                parts = paired_losses(model, terms, tokens, spans, mask_id, losses, w_z, w_c)
                loss = parts["bound"] + content_weight * parts["content"] + template_weight * parts["template"]
                total = total + loss.sum() / batch_size
                found = {"pairs": -terms.log_likelihood, "kl_template": terms.kl_template, **parts}
            if paired < batch_size:
                tokens = corpus.raw(batch_size - paired)
                inputs = hide_words(tokens.cpu(), word_dropout, generator).to(device)
                terms = model.terms(tokens, None, inputs, _watched(losses.attend, first=step == 0))
                bound = _elbo(losses, terms, w_z, w_c)
                total = total - bound.sum() / batch_size
                both = torch.cat([found["kl_template"], terms.kl_template]) if found else terms.kl_template
                found |= {"raw": -terms.log_likelihood, "kl_template": both, "kl_content": terms.kl_content}
            if step == 0:
                require_numbers(found)
            optimiser.zero_grad()
            total.backward()
            clip_grad_norm_(model.parameters(), MAX_NORM)
            optimiser.step()
            means = {name: value.detach().mean() for name, value in found.items()}
            nothing = total.new_tensor(torch.nan)
            rows.append(torch.stack([means.get(part.name, nothing) for part in _STEP_PARTS]))
            bar.record(loss=total.detach(), KL=means["kl_template"])
            if (step + 1) % CHECKED_EVERY == 0 or step + 1 == steps:
                require_finite(model, step + 1, learning_rate)
    model.eval()
    return TemplateSteps(*torch.stack(rows).cpu().unbind(1)) if rows else TemplateSteps(*torch.empty(6, 0))


_STEP_PARTS = fields(TemplateSteps)


def paired_losses(
    model: TemplateMachine,
    terms: TemplateTerms,
    tokens: Tensor,
    spans: Tensor,
    mask_id: int,
    losses: Losses,
    weight_template: float = 1.0,
    weight_content: float = 1.0,
) -> dict[str, Tensor]:
    """What is minimised of sentences with their tables, each part [B], in nats per sentence.

    Args:
        model: which learns.
        terms: of the sentences, with their tables.
        tokens: the sentences, [B, T].
        spans: which words are of which value, [B, T], 0 for none.
        mask_id: of `MASK`.
        losses: the formulas.
        weight_template, weight_content: w_z and w_c.
    Returns:
        "bound": minus the bound; "content": of `content_loss`; "template": of `template_loss`.
    Raises:
        ValueError: a formula hands on no gradient, or has another shape than it should.
    """
    masked = losses.mask_values(tokens, spans, mask_id)
    require_masked(masked, tokens)
    masked = masked[:, : int((masked != PAD).sum(-1).max())]
    template = losses.template_loss(model.template_logits(terms.z, masked), masked[:, 1:])
    require_per_sentence("template_loss", template, len(tokens))
    reading = terms.reading
    content = losses.content_loss(reading.content_mu, reading.content_logvar, terms.table.content, weight_content)
    require_per_sentence("content_loss", content, len(tokens))
    return {
        "bound": -_elbo(losses, terms, weight_template, weight_content),
        "content": content,
        "template": template,
    }


def _elbo(losses: Losses, terms: TemplateTerms, weight_template: float, weight_content: float) -> Tensor:
    """The weighted bound, [B], of sentences with tables, whose KL_c is 0, or without."""
    bound = losses.template_elbo(
        terms.log_likelihood, terms.kl_template, terms.kl_content, weight_template, weight_content
    )
    require_per_sentence("template_elbo", bound, len(terms.z))
    return bound


def _watched(attend: Attend, first: bool) -> Attend:
    """`attend`, which is refused where it gives something else than it should; its numbers at the first step only."""

    def watched(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
        context = attend(query, keys, present)
        require_attention(context, query, keys, present, first)
        return context

    return watched


class _Corpus:
    """Sentences with their tables and sentences without: random batches of either."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        pairs: Sequence[TableText],
        raw: Sequence[Sequence[str]],
        fields: Sequence[str] | None,
        generator: Generator,
        device: torch.device,
    ):
        self._generator, self._device = generator, device
        self._raw = [vocabulary.encode(words) for words in raw]
        self._paired = [vocabulary.encode(text.words) for text in pairs]
        if pairs:
            numbered = {} if fields is None else {"fields": fields}
            tables, spans = [text.table for text in pairs], collate_values(pairs)
            self._records, self._spans = collate_tables(tables, vocabulary, **numbered), spans

    def pairs(self, number: int) -> tuple[Tensor, Tensor, Records]:
        """Sentences [B, T], which of their words are of which value [B, T], and their tables' records [B, N]."""
        chosen = torch.randint(len(self._paired), (number,), generator=self._generator)
        tokens = collate([self._paired[row] for row in chosen.tolist()])
        whole = self._records
        most = int(whole.present[chosen].sum(-1).max())
        parts = (whole.fields, whole.positions, whole.words, whole.present)
        records = Records(*(part[chosen, :most].to(self._device) for part in parts))
        return tokens.to(self._device), self._spans[chosen, : tokens.shape[1]].to(self._device), records

    def raw(self, number: int) -> Tensor:
        """Sentences [B, T]."""
        chosen = torch.randint(len(self._raw), (number,), generator=self._generator)
        return collate([self._raw[row] for row in chosen.tolist()]).to(self._device)
