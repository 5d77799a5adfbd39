"""A bank of templates: training sentences with their values cut out, to be filled with those of another table."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from random import Random

from latentkit.data.table_grammar import Table
from latentkit.data.tables import TableText

Signature = frozenset[tuple[str, int]]
"""Which fields a table has, and how many values each."""


class TemplateBank:
    """Says a table by a sentence about another one that has the same fields; a baseline without a model."""

    def __init__(self, texts: Sequence[TableText]):
        """Sort the texts by the values that they say, as their spans tell."""
        self._texts: Mapping[Signature, list[TableText]] = defaultdict(list)
        for text in texts:
            self._texts[frozenset(Counter(field for _, _, field in text.spans).items())].append(text)

    def say(self, table: Table, source: Random) -> list[str]:
        """The words of a random text that says the same fields, filled with the table's values.

        Where no text does, the nearest ones are taken: those that differ in the fewest values; a value without a place
        is left out, and a place without a value stays empty.
        """
        asked = Counter({field: len(values) for field, values in table.items()})

        def distance(signature: Signature) -> int:
            said = Counter(dict(signature))
            return (asked - said).total() + (said - asked).total()

        least = min(map(distance, self._texts))
        nearest = [text for signature, texts in self._texts.items() if distance(signature) == least for text in texts]
        return fill(source.choice(nearest), table)


def fill(text: TableText, table: Table) -> list[str]:
    """The words of a text with the values of another table in its spans, those of a field one after the other."""
    words, at = [], 0
    waiting = {field: list(values) for field, values in table.items()}
    for start, end, field in text.spans:
        values = waiting.get(field) or [""]
        words += [*text.words[at:start], *values.pop(0).split()]
        at = end
    return [*words, *text.words[at:]]
