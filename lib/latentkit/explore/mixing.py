"""Mix and match: two tables, the templates of some sentences, and what a template machine says of the one by the other.

The figure runs the table's encoder, the attention and the decoder in the reader's browser, with weights rounded to half
precision. The templates are points: the means of q(z | x) of the sentences that it is given.

References:
    Ye, Shi, Zhou, Wei and Li 2020, Variational Template Machine for Data-to-Text Generation,
    https://arxiv.org/abs/2002.01127
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from latentkit.data.table_grammar import (
    ALWAYS,
    FIELDS,
    LISTED,
    MOST_HOSTS,
    PLANS,
    VALUES,
    Table,
    find_values,
    parse,
    read_slots,
    require_sayable,
)
from latentkit.data.tables import TableText, collate_tables
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.explore.figure import Control, Passage
from latentkit.explore.live import LiveFigure, live_figure, pack
from latentkit.models import TemplateMachine

LONGEST = 60
"""How many words are decoded at most."""
ROWS = tuple((field, number) for field in FIELDS for number in range(MOST_HOSTS if field == LISTED else 1))
"""What of a table is chosen: each field, and the listed one as often as it may have a value."""
NAMES = ("A", "B")
"""Of the two tables."""

Choices = Sequence[int]
"""A table as it is chosen: of each of `ROWS` the number of its value among `VALUES`, counted from 1; 0 for none."""


def mix_templates(model: TemplateMachine, vocabulary: Vocabulary, texts: Sequence[TableText]) -> LiveFigure:
    """Tell two tables by the template of any sentence; change a field, and read how the sentences change.

    Choose values in two tables, A and B, and the sentence off which z is read; a slider leads z from each sentence to
    the next one. Each table is told with that z by the most probable words, with the field that is looked at while each
    word is written, the template that the sentence follows, and what it leaves out and makes up.

    Args:
        model, vocabulary: a trained template machine of the embedded tables, and what its tokens mean.
        texts: sentences of known template; the first one's table is A, the second one's B, and each gives a z.
    Raises:
        ValueError: there are fewer than two texts, one is not of the embedded tables, or the model is of others.
    """
    mix = Mix.of(model, vocabulary, texts)
    controls = [Control("walk", "z of sentence", 1, len(texts), 0.05, 1)]
    return live_figure("mix_templates", "Mix and match", partial(draw, mix), controls, mix.data())


@dataclass(frozen=True)
class Said:
    """What is said of a table.

    Attributes:
        words: the most probable ones.
        looks: while each word is written, the shares of the attention that each of `FIELDS` gets, [words, F].
        template: which of the grammar's templates the sentence follows; None where it is no sentence of the grammar.
        left_out: values of the table that are not said.
        made_up: values that are said and not the table's.
    """

    words: Sequence[str]
    looks: Sequence[Sequence[float]]
    template: int | None
    left_out: Sequence[str]
    made_up: Sequence[str]


@dataclass(frozen=True)
class Mix:
    """What the figure computes from.

    Attributes:
        machine: the model with its weights rounded to half precision, in double precision, on the CPU.
        vocabulary: what its tokens mean.
        texts: the sentences; the first two have the tables A and B.
        z: the means of q(z | x) of the sentences, [D, M].
    """

    machine: TemplateMachine
    vocabulary: Vocabulary
    texts: Sequence[TableText]
    z: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, model: TemplateMachine, vocabulary: Vocabulary, texts: Sequence[TableText]) -> "Mix":
        """Of what `mix_templates` takes.

        Raises:
            ValueError: as there.
        """
        if len(texts) < len(NAMES):
            raise ValueError(f"the figure needs two sentences with their tables at least, got {len(texts)}")
        for text in texts:
            if text.template is None:
                raise ValueError(f"the figure needs sentences of known template; {' '.join(text.words)!r} has none")
            require_sayable(text.table)
        sizes = model.sizes
        if (sizes.vocab_size, sizes.num_fields) != (len(vocabulary), len(FIELDS)):
            raise ValueError(
                f"the figure needs a model of the vocabulary's {len(vocabulary)} words and of the {len(FIELDS)} fields "
                f"of the embedded tables; this one knows {sizes.vocab_size} words and {sizes.num_fields} fields"
            )
        tokens = collate([vocabulary.encode(text.words) for text in texts])
        z = model.read(tokens.to(model.embedding.weight.device)).template_mu.cpu().float()
        machine = deepcopy(model).cpu().half().double().eval()
        return cls(machine, vocabulary, texts, z.double())

    def tables(self) -> list[list[int]]:
        """The tables A and B as they are chosen at first."""
        return [choices_of(text.table) for text in self.texts[: len(NAMES)]]

    @torch.no_grad()
    def tell(self, walk: float, chosen: Sequence[Choices]) -> list[Said]:
        """What is said of each of B tables at a z.

        Args:
            walk: the place of z: k at the mean of the k-th sentence, counted from 1, between them on the line.
            chosen: the tables.
        """
        start = min(int(walk), len(self.z) - 1) - 1
        share = walk - 1 - start
        z = (1 - share) * self.z[start] + share * self.z[start + 1]  # [M]
        tables = list(map(table_of, chosen))
        records = collate_tables(tables, self.vocabulary)
        fields = one_hot(records.fields, len(FIELDS) + 1)[..., 1:].to(z.dtype)  # [B, N, F]
        looks: list[Tensor] = []

        def watched(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
            scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
            weights = scores.masked_fill(~present, -torch.inf).softmax(-1).unsqueeze(1)  # [B, 1, N]
            looks.append((weights @ fields).squeeze(1))  # [B, F]
            return (weights @ keys).squeeze(1)

        writer = self.machine.writer(self.machine.encode_tables(records), watched)
        rows = greedy(writer, z.expand(len(tables), -1), LONGEST)
        seen = torch.stack(looks, dim=1)  # [B, steps, F]
        sentences = [self.vocabulary.decode(row).split() for row in rows]
        return [_said(*each) for each in zip(sentences, seen.tolist(), tables, strict=True)]

    def data(self) -> dict[str, Any]:
        """For the figure's script."""
        return {
            "model": packed_machine(self.machine),
            "vocabulary": self.vocabulary.words,
            "z": pack(self.z),
            "donors": [{"template": text.template, "pattern": pattern_of(text)} for text in self.texts],
            "tables": self.tables(),
            "rows": [{"field": FIELDS.index(field), "label": row_name(field, number)} for field, number in ROWS],
            "fields": [
                {
                    "name": field,
                    "values": values,
                    "needed": field in ALWAYS,
                    "most": MOST_HOSTS if field == LISTED else 1,
                }
                for field, values in VALUES.items()
            ],
            "plans": [
                [{"words": part.words, "needs": sorted(part.needs), "otherwise": part.otherwise} for part in plan]
                for plan in PLANS
            ],
        }


def _said(words: list[str], looks: list[list[float]], table: Table) -> Said:
    heard, found = read_slots(words), parse(words)
    return Said(
        words=words,
        looks=looks[: len(words)],
        template=found.template if found else None,
        left_out=_beyond(table, heard),
        made_up=_beyond(heard, table),
    )


def _beyond(one: Table, other: Table) -> list[str]:
    """Values of one table that another lacks."""
    return [value for field, values in one.items() for value in values if value not in other.get(field, ())]


def choices_of(table: Table) -> list[int]:
    """A table as it is chosen."""
    return [
        VALUES[field].index(table[field][number]) + 1 if number < len(table.get(field, ())) else 0
        for field, number in ROWS
    ]


def table_of(choices: Choices) -> Table:
    """The table that is chosen; a value that is chosen twice is there once."""
    table: dict[str, tuple[str, ...]] = {}
    for (field, _), number in zip(ROWS, choices, strict=True):
        value = VALUES[field][number - 1]
        if number and value not in table.get(field, ()):
            table[field] = (*table.get(field, ()), value)
    return table


def row_name(field: str, number: int) -> str:
    """What is chosen in a row: the field, or the second or third value of the listed one."""
    return ("", "2nd ", "3rd ")[number] + field


def pattern_of(text: TableText) -> list[str]:
    """The words of a sentence with "{field}" in the place of each value."""
    starts = {start: (end, field) for start, end, field in text.spans}
    pattern, at = [], 0
    while at < len(text.words):
        end, field = starts.get(at, (at + 1, ""))
        pattern.append(f"{{{field}}}" if field else text.words[at])
        at = end
    return pattern


def packed_machine(machine: TemplateMachine) -> dict[str, Any]:
    """What tells tables, as front/mix_templates.js reads it: no encoder of sentences, no decoder of masked ones."""
    weights = {name: weight.detach().cpu() for name, weight in machine.state_dict().items()}

    def layer(name: str) -> dict[str, Any]:
        return {"weight": pack(weights[f"{name}.weight"], "float16"), "bias": pack(weights[f"{name}.bias"], "float16")}

    return {
        "words": pack(weights["embedding.weight"], "float16"),
        "fields": pack(weights["field_embedding.weight"], "float16"),
        "positions": pack(weights["position_embedding.weight"], "float16"),
        "key": layer("key"),
        "content": layer("table_content"),
        "decoder": {
            "input": pack(weights["decoder.weight_ih_l0"], "float16"),
            "state": pack(weights["decoder.weight_hh_l0"], "float16"),
            "bias": pack(weights["decoder.bias_ih_l0"] + weights["decoder.bias_hh_l0"]),
        },
        "combine": layer("combine"),
        "output": layer("output"),
    }


def draw(mix: Mix, walk: float) -> Passage:
    """The tables and what is said of them, as text; under a value stands its field, and a line if it is made up."""
    chosen = mix.tables()
    said = mix.tell(walk, chosen)
    tables = list(map(table_of, chosen))
    place = tell_place(walk, mix.texts)
    left = 'style="text-align: left"'
    body = "".join(
        f'<tr><th scope="row" {left}>{field}</th>'
        + "".join(f"<td {left}>{escape(', '.join(table.get(field, ())) or 'missing')}</td>" for table in tables)
        + "</tr>"
        for field in FIELDS
    )
    told = "".join(
        f'<tr><th scope="row" {left}>{name}</th><td {left}>{_marked(one)}</td><td {left}>{escape(judge(one))}</td></tr>'
        for name, one in zip(NAMES, said, strict=True)
    )
    caption = f"{place}. {' '.join(f'{name}: {judge(one)}.' for name, one in zip(NAMES, said, strict=True))}"
    sentences = " ".join(f"{name}: “{' '.join(one.words)}”" for name, one in zip(NAMES, said, strict=True))
    html = (
        f'<figure style="margin: 0"><table><caption {left}>Two tables</caption><thead><tr><td></td>'
        + "".join(f'<th scope="col" {left}>{name}</th>' for name in NAMES)
        + f"</tr></thead><tbody>{body}</tbody></table><table><caption {left}>{escape(place)}: "
        f"{escape(' '.join(pattern_of(mix.texts[round(walk) - 1])))}</caption><tbody>{told}</tbody></table></figure>"
    )
    listed = [", ".join(f"{field} {', '.join(values)}" for field, values in table.items()) for table in tables]
    given = " ".join(f"Table {name}: {values}." for name, values in zip(NAMES, listed, strict=True))
    return Passage(html, f"Two tables, each told with the same z. {given} {caption} {sentences}")


def _marked(said: Said) -> str:
    """The sentence as HTML: values bold, with their fields; underlined where they are made up."""
    ends = {start: (end, field) for start, end, field in find_values(said.words)}
    parts, at = [], 0
    while at < len(said.words):
        end, field = ends.get(at, (at + 1, ""))
        words = escape(" ".join(said.words[at:end]))
        if field:
            made_up = " ".join(said.words[at:end]) in said.made_up
            words = f"<b>{f'<u>{words}</u>' if made_up else words}</b><sub>{field}</sub>"
        parts.append(words)
        at = end
    return " ".join(parts)


def tell_place(walk: float, texts: Sequence[TableText]) -> str:
    """Where z is."""
    if walk == int(walk):
        return f"z of sentence {walk:.0f}, template {texts[int(walk) - 1].template}"
    return f"z at {walk:.2f}, between the sentences {math.floor(walk)} and {math.ceil(walk)}"


def judge(said: Said) -> str:
    """The template that a sentence follows, and whether it says its table."""
    way = "no sentence of the grammar" if said.template is None else f"template {said.template}"
    faults = [
        f"{what} {', '.join(values)}"
        for what, values in (("left out:", said.left_out), ("made up:", said.made_up))
        if values
    ]
    return f"{way}, {'; '.join(faults) or 'its table exactly'}"
