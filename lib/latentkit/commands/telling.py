"""What `latentkit sample --table` does: let a trained template machine tell a table, each time by another template."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Generator

from latentkit.checkpoints import Checkpoint, load
from latentkit.commands.exit_codes import FAILED, MISUSED, OK
from latentkit.data.table_grammar import Table, require_sayable
from latentkit.data.tables import collate_tables
from latentkit.data.text import UNK, Vocabulary
from latentkit.decoding import greedy, sample
from latentkit.models import TemplateMachine
from latentkit.trained import load_trained

TELLER = "vtm"
"""The template machine that comes with the kit."""
EXAMPLE = '--table "name=paper moon; kind=concert; host=anna, hugo; day=friday"'
LONGEST = 60  # words


def read_table(text: str) -> Table:
    """The table that an option says, such as "name=paper moon; host=anna, hugo".

    Raises:
        ValueError: it is written in another way; the message shows how.
    """
    table: dict[str, tuple[str, ...]] = {}
    for part in filter(str.strip, text.split(";")):
        field, equals, said = (piece.strip().lower() for piece in part.partition("="))
        values = tuple(" ".join(value.split()) for value in said.split(",") if value.strip())
        if not (field and equals and values):
            raise ValueError(f"each part of a table reads field=value, or field=value, value; got {part.strip()!r}")
        if field in table:
            raise ValueError(f"the table has {field} twice; write its values behind each other: {field}=value, value")
        table[field] = values
    if not table:
        raise ValueError(f"the table is empty; write one like this: {EXAMPLE}")
    return table


def load_teller(name: str) -> Checkpoint:
    """A template machine: the one that comes with the kit, by name, or one from a folder.

    Raises:
        ValueError: there is no such model, or it tells no tables.
    """
    folder = Path(name)
    try:
        if folder.is_dir():
            return load(folder, kind=TemplateMachine.kind)
        trained = load_trained(name)
    except OSError as error:
        raise ValueError(str(error)) from None
    if not isinstance(trained.model, TemplateMachine):
        raise ValueError(f"{name} tells no tables; {TELLER} does, or a folder that holds a template machine")
    return trained


def require_known(table: Table, checkpoint: Checkpoint) -> None:
    """Refuse a table that the model has no words for.

    Raises:
        ValueError: a field or a word is unknown; the message says what there is. Or the model does not tell its fields.
    """
    fields = checkpoint.facts.get("fields")
    if not fields:
        raise ValueError("the model was saved without the names of its tables' fields: `fields` among its facts")
    for field in table:
        if field not in fields:
            raise ValueError(f"the model knows no field {field!r}; its fields are {', '.join(fields)}")
    if checkpoint.facts.get("corpus") == "embedded":
        require_sayable(table)
    unknown = [
        word
        for values in table.values()
        for value in values
        for word in value.split()
        if cast(Vocabulary, checkpoint.vocabulary).encode([word]) == [UNK]
    ]
    if unknown:
        raise ValueError(
            f"the model has never seen: {', '.join(dict.fromkeys(unknown))}; it can tell only what it knows"
        )


def tell_command(name: str, text: str, count: int, temperature: float, seed: int, as_json: bool) -> int:
    """Print sentences that tell a table, each by a template from the prior.

    Args:
        name: of the model, as `load_teller` takes it.
        text: the table, as `read_table` takes it.
        count: how many sentences.
        temperature: of the words; 0 takes the most probable one each time, so that only the template is random.
        seed: of templates and words.
        as_json: whether to print JSON.
    Returns:
        The exit code.
    """
    try:
        table, checkpoint = read_table(text), load_teller(name)
        require_known(table, checkpoint)
        rows = _told(checkpoint, table, count, temperature, seed)
    except ValueError as error:
        print(error, file=sys.stderr)
        return MISUSED
    except OSError as error:
        print(error, file=sys.stderr)
        return FAILED
    if as_json:
        said = [{"text": row} for row in rows]
        print(json.dumps({"model": name, "table": table, "sentences": said}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(rows))
    return OK


@torch.no_grad()
def _told(checkpoint: Checkpoint, table: Table, count: int, temperature: float, seed: int) -> Sequence[str]:
    model, vocabulary = cast(TemplateMachine, checkpoint.model), cast(Vocabulary, checkpoint.vocabulary)
    generator = Generator().manual_seed(seed)
    z = torch.randn(count, model.sizes.template_dim, generator=generator)
    records = collate_tables([table], vocabulary, cast(Any, checkpoint.facts["fields"]))
    step = model.writer(model.encode_tables(records).repeat(count))
    said = greedy(step, z, LONGEST) if temperature == 0 else sample(step, z, LONGEST, temperature, generator=generator)
    return [vocabulary.decode(row) for row in said]
