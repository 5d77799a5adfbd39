"""The variational template machine: a table says what is told, a latent template z how it is told.

    z ~ N(0, I)    p(x | z, T) = Π_t p(x_t | x_<t, z, f(T), a_t)    q(z | x), q(c | x) diagonal Gaussians

A table T is a set of records, one for every word of every value. f(T) is a vector made of all of them; a_t is what
attention finds among them after t words. Where a sentence comes without its table, a content vector c ~ N(0, I) stands
in the place of f(T), and there is nothing to attend to: a_t = 0. A second, smaller decoder tells the masked sentence x̃,
each of whose values is one mask, from z alone.

References:
    [1] Ye, Shi, Zhou, Wei and Li 2020, Variational Template Machine for Data-to-Text Generation,
        https://arxiv.org/abs/2002.01127
    [2] Luong, Pham and Manning 2015, Effective Approaches to Attention-based Neural Machine Translation,
        https://arxiv.org/abs/1508.04025
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Independent, kl_divergence
from torch.nn.functional import pad, scaled_dot_product_attention

from latentkit.data.tables import LAST_POSITION, Records
from latentkit.data.text import EOS, PAD
from latentkit.decoding import StepFn
from latentkit.models.base import LatentModel
from latentkit.models.networks import RecurrentEncoder
from latentkit.models.sentence_model import IMPOSSIBLE, ElboTerms, diagonal_gaussian, log_likelihood_of

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(query [B, H], keys [B, N, H], present [B, N]) -> context [B, H]; zeros where no record is present."""


@dataclass(frozen=True)
class TemplateMachineSizes:
    """What a template machine is made of.

    Attributes:
        vocab_size: V, the special tokens and the mask included.
        num_fields: of the tables; field numbers go from 1 to it.
        embedding_dim, hidden_dim: E of a word, and H of encoder, decoder and records.
        template_dim, content_dim: M of z, and K of c and of f(T); with M = 0 it is a plain decoder of tables.
        max_position: a word of a value that stands further back in its field counts as standing there.
        template_hidden_dim: of the decoder of masked sentences.
        dropout: rate at which embeddings and the decoder's states lose entries in training.
    """

    vocab_size: int
    num_fields: int
    embedding_dim: int = 48
    hidden_dim: int = 128
    template_dim: int = 16
    content_dim: int = 64
    max_position: int = LAST_POSITION
    template_hidden_dim: int = 64
    dropout: float = 0.0


@dataclass(frozen=True)
class TableEncoding:
    """What the decoder is told of B tables, or of B sentences that have none.

    Attributes:
        content: f(T), or c where there is no table, [B, K].
        keys: of the records, [B, N, H].
        present: whether there is such a record, [B, N] bool.
    """

    content: Tensor
    keys: Tensor
    present: Tensor

    def repeat(self, times: int) -> "TableEncoding":
        """Each table `times` times, one copy behind the other: B · `times` tables."""
        return TableEncoding(*(part.repeat_interleave(times, 0) for part in (self.content, self.keys, self.present)))


@dataclass(frozen=True)
class Reading:
    """What the encoder makes of B sentences.

    Attributes:
        template_mu, template_logvar: of q(z | x), [B, M].
        content_mu, content_logvar: of q(c | x), [B, K].
    """

    template_mu: Tensor
    template_logvar: Tensor
    content_mu: Tensor
    content_logvar: Tensor

    @property
    def template(self) -> Independent:
        """q(z | x)."""
        return diagonal_gaussian(self.template_mu, self.template_logvar)

    @property
    def content(self) -> Independent:
        """q(c | x)."""
        return diagonal_gaussian(self.content_mu, self.content_logvar)


@dataclass(frozen=True)
class TemplateTerms(ElboTerms):
    """What the bounds of B sentences consist of, in nats, and what else they were made of.

    Attributes:
        log_likelihood: log p(x | z, T), or log p(x | z, c) without tables, at one sample of each q, [B].
        kl_template: KL(q(z | x) || p(z)), [B].
        kl_content: KL(q(c | x) || p(c)); zeros where the table is given, as the bound has no c then, [B].
        z: the sample, [B, M].
        reading: what the encoder made of the sentences.
        table: what the decoder was told.
    """

    log_likelihood: Tensor
    kl_template: Tensor
    kl_content: Tensor
    z: Tensor
    reading: Reading
    table: TableEncoding

    @property
    def kl(self) -> Tensor:
        """Of both latent variables, [B]."""
        return self.kl_template + self.kl_content


def attention(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
    """What a trained model attends with: PyTorch's scaled dot product over the records that are present.

    Args:
        query: [B, H].
        keys: which are the values, too, [B, N, H].
        present: [B, N] bool.
    Returns:
        [B, H]; zeros where no record is present.
    """
    some = present.any(-1, keepdim=True)  # [B, 1]; a row without any looks at zeros, lest its softmax be 0 / 0
    context = scaled_dot_product_attention(query.unsqueeze(1), keys, keys, (present | ~some).unsqueeze(1))
    return context.squeeze(1).masked_fill(~some, 0.0)


class TemplateMachine(LatentModel, sizes=TemplateMachineSizes):
    """p(x | z, T), p(x | z, c), p(x̃ | z), and the encoder that reads z and c off a sentence.

    A batch of sentences is a LongTensor [B, T] of rows BOS, words, EOS, PAD. `latentkit.decoding` writes sentences of
    tables: `greedy(model.writer(model.encode_tables(records)), z)`.
    """

    kind = "vtm"

    def __init__(self, *sizes: object, **named: object):
        super().__init__(*sizes, **named)
        made_of = self.sizes
        words, states = made_of.embedding_dim, made_of.hidden_dim
        self.embedding = nn.Embedding(made_of.vocab_size, words, padding_idx=PAD)
        self.dropout = nn.Dropout(made_of.dropout)

        self.field_embedding = nn.Embedding(made_of.num_fields + 1, words, padding_idx=0)
        self.position_embedding = nn.Embedding(made_of.max_position + 1, words, padding_idx=0)
        self.key = nn.Linear(3 * words, states)
        self.table_content = nn.Linear(states, made_of.content_dim)

        self.encoder = RecurrentEncoder("gru", words, states)
        self.template_head = nn.Linear(states, 2 * made_of.template_dim)  # μ and log σ² of q(z | x)
        self.content_head = nn.Linear(states, 2 * made_of.content_dim)  # and of q(c | x)

        self.decoder = nn.LSTM(words + made_of.template_dim + made_of.content_dim, states, batch_first=True)
        self.combine = nn.Linear(2 * states, states)
        self.output = nn.Linear(states, made_of.vocab_size - EOS)  # EOS, UNK and the words

        self.template_decoder = nn.LSTM(words + made_of.template_dim, made_of.template_hidden_dim, batch_first=True)
        self.template_output = nn.Linear(made_of.template_hidden_dim, made_of.vocab_size - EOS)

    def encode_tables(self, records: Records) -> TableEncoding:
        """f(T), the largest of all records at each dimension, then projected; and the records, to attend to."""
        position = records.positions.clamp(max=self.sizes.max_position)
        parts = [self.field_embedding(records.fields), self.position_embedding(position), self.embedding(records.words)]
        present = records.present.bool()
        keys = self.key(self.dropout(torch.cat(parts, dim=-1))).tanh()  # [B, N, H]
        largest = keys.masked_fill(~present.unsqueeze(-1), -1.0).amax(1)  # [B, H]; no tanh is below -1
        return TableEncoding(self.table_content(largest), keys, present)

    def without_table(self, content: Tensor) -> TableEncoding:
        """What stands for a table where there is none: a content vector [B, K] and one record that is not present."""
        nothing = content.new_zeros(len(content), 1, self.sizes.hidden_dim)
        return TableEncoding(content, nothing, torch.zeros_like(nothing[..., 0], dtype=torch.bool))

    def read(self, tokens: Tensor) -> Reading:
        """q(z | x) and q(c | x) of sentences [B, T]."""
        h = self.encoder(self.dropout(self.embedding(tokens)), tokens != PAD)  # [B, H]
        return Reading(*self.template_head(h).chunk(2, -1), *self.content_head(h).chunk(2, -1))

    def template_prior(self) -> Independent:
        """p(z) = N(0, I): event shape [M]; on the device of the weights."""
        return self._standard(self.sizes.template_dim)

    def content_prior(self) -> Independent:
        """p(c) = N(0, I): event shape [K]."""
        return self._standard(self.sizes.content_dim)

    def terms(
        self,
        tokens: Tensor,
        records: Records | None = None,
        inputs: Tensor | None = None,
        attend: Attend = attention,
    ) -> TemplateTerms:
        """The parts of the bound of sentences at one sample of each q.

        Args:
            tokens: the sentences, [B, T].
            records: their tables; None for raw text, whose content is c ~ q(c | x).
            inputs: what the decoder sees of the sentences, [B, T]; `tokens` themselves if None.
            attend: finds the records that matter.
        """
        reading = self.read(tokens)
        z = reading.template.rsample()
        kl_template = kl_divergence(reading.template, self.template_prior())
        if records is None:
            table = self.without_table(reading.content.rsample())
            kl_content = kl_divergence(reading.content, self.content_prior())
        else:
            table, kl_content = self.encode_tables(records), torch.zeros_like(kl_template)
        log_likelihood = self.log_likelihood(tokens, z, table, inputs, attend)
        return TemplateTerms(log_likelihood, kl_template, kl_content, z, reading, table)

    def log_likelihood(
        self,
        tokens: Tensor,
        z: Tensor,
        table: TableEncoding,
        inputs: Tensor | None = None,
        attend: Attend = attention,
    ) -> Tensor:
        """log p(x | z, T) of sentences [B, T] at templates [B, M], in nats: [B].

        The whole sentence goes through the LSTM at once: what attention finds is not fed back to it [2, without input
        feeding]. Attention and softmax are taken at real tokens only.

        Args:
            tokens: the sentences.
            z: one template each.
            table: what the decoder is told.
            inputs, attend: as in `terms`.
        """
        inputs = tokens if inputs is None else inputs
        joined = self._joined(inputs[:, :-1], z, table.content)
        states, targets = self.dropout(self.decoder(joined)[0]), tokens[:, 1:]  # [B, T - 1, H] and [B, T - 1]

        def logits_at(rows: Tensor, steps: Tensor) -> Tensor:
            context = attend(states[rows, steps], table.keys[rows], table.present[rows])  # [R, H]
            return self._scores(states[rows, steps], context)

        return log_likelihood_of(targets, logits_at)

    def template_logits(self, z: Tensor, masked: Tensor) -> Tensor:
        """The logits of masked sentences, told from their templates alone.

        Args:
            z: templates, [B, M].
            masked: x̃, rows BOS, words and masks, EOS, PAD, [B, T].
        Returns:
            [B, T - 1, V], of the token after each of the first T - 1.
        """
        words = self.dropout(self.embedding(masked[:, :-1]))  # [B, T - 1, E]
        joined = torch.cat([words, z.unsqueeze(1).expand(-1, words.shape[1], -1)], dim=-1)
        return pad(self.template_output(self.template_decoder(joined)[0]), (EOS, 0), value=IMPOSSIBLE)

    def writer(self, table: TableEncoding, attend: Attend = attention) -> StepFn:
        """The function that scores the next word about these tables, for `latentkit.decoding`.

        It remembers the LSTM's state after the prefixes that it was given last, so that a sentence takes one step a
        word. A search that keeps W beginnings of each sentence may give it B · W prefixes.

        Args:
            table: what the decoder is told, of B tables.
            attend: finds the records that matter.
        Returns:
            (prefix [B, t], z [B, M]) -> logits [B, V] of the token after the prefix.
        """
        read: tuple[Tensor, Tensor] | None = None  # the last prefixes and their templates
        memory: tuple[Tensor, Tensor] | None = None

        def step(prefix: Tensor, z: Tensor) -> Tensor:
            nonlocal read, memory
            told = table if len(z) == len(table.content) else table.repeat(len(z) // len(table.content))
            goes_on = read is not None and torch.equal(prefix[:, :-1], read[0]) and torch.equal(z, read[1])
            unread = prefix[:, -1:] if goes_on else prefix
            states, memory = self.decoder(self._joined(unread, z, told.content), memory if goes_on else None)
            read = prefix, z
            last = states[:, -1]  # [B, H]
            return pad(self._scores(last, attend(last, told.keys, told.present)), (EOS, 0), value=IMPOSSIBLE)

        return step

    def _joined(self, inputs: Tensor, z: Tensor, content: Tensor) -> Tensor:
        """What the decoder reads at each step: the word, the template and the content, [B, T, E + M + K]."""
        words = self.dropout(self.embedding(inputs))  # [B, T, E]
        beside = torch.cat([z, content], dim=-1)[:, None].expand(-1, inputs.shape[1], -1)
        return torch.cat([words, beside], dim=-1)

    def _scores(self, states: Tensor, context: Tensor) -> Tensor:
        """Logits of EOS, UNK and the words, [R, V - EOS], from the LSTM's states and what attention found, [R, H]."""
        return self.output(self.combine(torch.cat([states, context], dim=-1)).tanh())

    def _standard(self, width: int) -> Independent:
        zero = self.combine.weight.new_zeros(width)
        return diagonal_gaussian(zero, zero)
