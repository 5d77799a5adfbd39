"""A small English of announcements: tables of facts, and sentences that say them by plans that are known.

An event is a table, field by field, and any of `TEMPLATES` says it. So for every sentence it is known what it says and
in which way it says it, and one can be changed while the other stays:

    realise({"name": ("paper moon",), "kind": ("concert",), "host": ("anna", "hugo")}, 2)

and `parse` finds both again in any sentence, so that what a model has written is judged without a classifier.
`read_slots` finds at least the facts, where a sentence is none of the grammar's.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from latentkit.data.picking import pick

Table = Mapping[str, tuple[str, ...]]
"""The values of each field that an event has, in the order of `FIELDS`; a value is one or two words with a space."""
Span = tuple[int, int, str]
"""Where a value stands in a sentence: its first word, the word after its last one, and its field."""

VALUES: dict[str, tuple[str, ...]] = {
    "name": (
        "blue lantern", "broken compass", "copper sky", "distant bells", "first snow", "golden thread",
        "green island", "hidden doors", "night garden", "paper moon", "red kite", "river songs", "silent clock",
        "velvet curtain", "winter tales", "echoes", "horizons", "kaleidoscope", "sparks", "undertow",
    ),
    "kind": ("concert", "debate", "lecture", "reading", "tour", "workshop"),
    "host": (
        "anna", "boris", "clara", "david", "elena", "felix", "greta", "hugo", "ines", "jonas", "kira", "leon",
        "captain ortiz", "chef bianchi", "doctor moreau", "judge okafor", "madame laurent", "professor lindt",
    ),
    "place": (
        "castle", "chapel", "harbour", "library", "lighthouse", "museum", "school", "station", "theatre",
        "city park", "east gallery", "market square", "old mill", "town hall",
    ),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "hour": ("three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "price": ("3", "4", "5", "6", "8", "9", "10", "12", "15", "18"),
    "seats": ("20", "25", "30", "40", "50", "60", "80", "100"),
    "language": ("english", "french", "german", "polish", "spanish"),
}  # fmt: skip
"""By field, everything it can say. No word is in two values, and none of the templates' own words is in any."""
FIELDS = tuple(VALUES)
ALWAYS = ("name", "kind")
LISTED = "host"  # the one field with a list of values
MOST_HOSTS = 3
HOSTS_AT_MOST = (0.2, 0.6, 0.85)  # share of the events that have no host, at most one, at most two
PRESENT = 0.6  # share of the events that have each other field

# [...] is left out where the event lacks the field inside, and [...|...] says its second half there; sing/say is
# "sing" for one host and "say" for several
TEMPLATES = (
    "the {kind} {name} takes place[ on {day}][ at {hour}][ at the {place}][ , led by {host}][ , in {language}]"
    "[ , for {price} euros][ , with {seats} seats] .",
    "[{host} invites/invite you|you are invited] to the {kind} {name}[ at the {place}][ on {day}][ at {hour}]"
    "[ , held in {language}][ . there are {seats} seats][ . tickets cost {price} euros] .",
    "{name} , a {kind}[ with {seats} seats][ in {language}] , is given[ by {host}][ at the {place}][ on {day}]"
    "[ at {hour}][ for {price} euros] .",
    "looking for a {kind}[ in {language}][ on {day}] ? try {name}[ with {host}][ at the {place}][ at {hour}]"
    "[ , {price} euros][ , {seats} seats] .",
    "[on {day}|soon][ at {hour}] , [{host}|we] will present {name} , a {kind}[ in {language}][ at the {place}]"
    "[ ; entry is {price} euros][ ; there are {seats} seats] .",
    "[the {place}|our house] welcomes you[ on {day}][ at {hour}] to {name} , the {kind}[ by {host}]"
    "[ in {language}][ , {seats} seats][ , {price} euros] .",
    "for [{price} euros|little money] you can see {name}[ at {hour}][ on {day}] : a {kind}[ by {host}]"
    "[ at the {place}][ in {language}][ with {seats} seats] .",
    "there is room for [{seats}|many] guests at {name} , the {kind}[ of {host}][ in {language}][ on {day}]"
    "[ at {hour}][ at the {place}][ for {price} euros] .",
    "{name} , which [{host} leads/lead|we lead][ in {language}][ at the {place}][ at {hour}][ on {day}] , is a {kind}"
    "[ for {seats} guests][ that costs {price} euros] .",
    "[held in {language}|open to everyone] , the {kind} {name} begins [at {hour}|soon][ on {day}][ at the {place}]"
    "[ , for {price} euros][ , with {seats} seats][ . {host} leads/lead it] .",
    "do not miss {name}[ by {host}] ! this {kind} starts [on {day}|soon][ at {hour}][ at the {place}]"
    "[ , costs {price} euros][ , has {seats} seats][ , uses {language}] .",
    "{kind} : {name}[ ; {day}][ , {hour}][ ; {place}][ ; {host}][ ; {language}][ ; {seats} seats][ ; {price} euros] .",
    "[{host} says/say|they say] : come to {name} , our {kind}[ at the {place}][ on {day}][ at {hour}]"
    "[ ; we speak {language}][ ; {price} euros][ ; {seats} seats] .",
    "when is the {kind} {name} ? it is [on {day}|soon][ at {hour}][ at the {place}][ , with {host}]"
    "[ , in {language}][ , for {seats} guests][ at {price} euros] .",
)  # fmt: skip
"""The plans of sentences, by number: which field stands where, what is said of it, and what is said where it lacks.

The longest sentence has 38 words. What is said around the values tells the template, even where the values are masked.
"""


@dataclass(frozen=True)
class TableSentence:
    """A sentence that says a table.

    Attributes:
        words: with the full stop.
        table: what it says.
        template: which of `TEMPLATES` says it.
        spans: where the values stand, in the order of the words; neighbouring values have a span each.
    """

    words: tuple[str, ...]
    table: Table
    template: int
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Part:
    """A piece of a template.

    Attributes:
        words: "{field}" for a field's values and sing/say for a verb, among plain words.
        needs: the fields without which `otherwise` is said.
        otherwise: plain words.
    """

    words: tuple[str, ...]
    needs: frozenset[str]
    otherwise: tuple[str, ...]


def generate(number: int, seed: int = 0) -> list[TableSentence]:
    """Draw sentences about different events; the same seed gives the same ones on every machine.

    Two events differ if a fact does: the order of the hosts is none. Templates are drawn evenly, whatever the event.

    Args:
        number: how many; there are millions of events.
        seed: of the draws, which are independent but for repetitions, which are drawn again.
    """
    source = random.Random(seed)
    found: dict[frozenset[tuple[str, str]], TableSentence] = {}
    while len(found) < number:
        sentence = realise(draw(source), pick(source, range(len(TEMPLATES))))
        found.setdefault(facts(sentence.table), sentence)
    return list(found.values())


def draw(source: random.Random) -> Table:
    """Draw an event: each value of a field is as likely, and whether it has one does not depend on the others."""
    table = {}
    for field, values in VALUES.items():
        if field == LISTED:
            rank = source.random()
            hosts: list[str] = []
            for _ in range(sum(rank >= share for share in HOSTS_AT_MOST)):
                hosts.append(pick(source, [host for host in values if host not in hosts]))
            if hosts:
                table[field] = tuple(hosts)
        elif field in ALWAYS or source.random() < PRESENT:
            table[field] = (pick(source, values),)
    return table


def facts(table: Table) -> frozenset[tuple[str, str]]:
    """A table as its pairs of field and value, for comparing what is said: the order in which it is said is no fact."""
    return frozenset((field, value) for field, values in table.items() for value in values)


def realise(table: Table, template: int) -> TableSentence:
    """Say an event in words.

    Args:
        table: the fields in any order; hosts are said in the order in which they are given.
        template: which of `TEMPLATES`, counted from 0.
    Raises:
        ValueError: the table has a field or value that the grammar does not know, lacks a name or a kind, or there is
            no such template.
    """
    if template not in range(len(TEMPLATES)):
        raise ValueError(f"template must be in 0..{len(TEMPLATES) - 1}, got {template}")
    require_sayable(table)
    words: list[str] = []
    spans: list[Span] = []
    for part in PLANS[template]:
        for word in part.words if part.needs <= table.keys() else part.otherwise:
            field = word[1:-1]
            if word.startswith("{"):
                for number, value in enumerate(table[field]):
                    words += _before(number, len(table[field]))
                    spans.append((len(words), len(words) + len(value.split()), field))
                    words += value.split()
            elif "/" in word:
                words.append(word.split("/")[len(table[LISTED]) > 1])
            else:
                words.append(word)
    ordered = {field: table[field] for field in FIELDS if field in table}
    return TableSentence(tuple(words), ordered, template, tuple(spans))


def realise_all(table: Table) -> list[TableSentence]:
    """All that the grammar says of an event: one sentence a template, in the order of `TEMPLATES`.

    Raises:
        ValueError: see `realise`.
    """
    return [realise(table, template) for template in range(len(TEMPLATES))]


def parse(words: Sequence[str]) -> TableSentence | None:
    """Table, template and spans of a sentence; None where no template says any table in exactly these words.

    There is never a choice: the values are read off words that mean nothing else, and then `realise` must say the same.

    Args:
        words: with the full stop.
    Raises:
        TypeError: the words are one string.
    """
    sentence = tuple(_words(words))
    table = read_slots(sentence)
    try:
        require_sayable(table)
    except ValueError:  # facts that make no event
        return None
    return next((found for found in realise_all(table) if found.words == sentence), None)


def read_slots(words: Sequence[str]) -> Table:
    """Every value that a text mentions, by field: a fact that is repeated counts once, as does each of several.

    The text need not be a sentence of the grammar, nor its facts a possible event: a model may write two days. Only
    whole values count; "moon" alone is none.

    Raises:
        TypeError: the words are one string.
    """
    return by_field(((field, " ".join(words[start:end])) for start, end, field in find_values(words)), FIELDS)


def by_field(said: Iterable[tuple[str, str]], fields: Sequence[str]) -> Table:
    """Pairs of field and value as a table, its fields in that order, each value once, where it came first."""
    found: dict[str, dict[str, None]] = {}
    for field, value in said:
        found.setdefault(field, {})[value] = None
    return {field: tuple(found[field]) for field in fields if field in found}


def find_values(words: Sequence[str]) -> tuple[Span, ...]:
    """Where a text mentions a value, in the order of the words.

    Raises:
        TypeError: the words are one string.
    """
    words = _words(words)
    spans = []
    for start, word in enumerate(words):
        field, value = BY_FIRST_WORD.get(word, ("", ()))
        if value and tuple(words[start : start + len(value)]) == value:
            spans.append((start, start + len(value), field))
    return tuple(spans)


def require_sayable(table: Table) -> None:
    """Refuse a table that the grammar has no words for.

    Raises:
        ValueError: says what is wrong and what is possible.
    """
    for field, values in table.items():
        if field not in VALUES:
            raise ValueError(f"there is no field {field!r}; the fields of an event are {', '.join(FIELDS)}")
        if isinstance(values, str) or not values:
            raise ValueError(f"{field} must be a tuple of values, such as {(VALUES[field][0],)}; got {values!r}")
        for value in values:
            if value not in VALUES[field]:
                raise ValueError(f"{field} must be one of {', '.join(VALUES[field])}; got {value!r}")
        most = MOST_HOSTS if field == LISTED else 1
        if len(values) > most:
            allowed = f"up to {most} values" if most > 1 else "one value"
            raise ValueError(f"{field} takes {allowed}, got {len(values)}: {', '.join(values)}")
        if len(set(values)) < len(values):
            raise ValueError(f"{field} names one of its values twice: {', '.join(values)}")
    for field in ALWAYS:
        if field not in table:
            raise ValueError(f"every event has a {field}; this table has only {', '.join(table) or 'nothing'}")


def _plan(template: str) -> tuple[Part, ...]:
    """The parts of a template, read from the notation above."""
    parts = []
    for optional, plain in re.findall(r"\[([^\]]*)\]|([^\[]+)", template):
        said, _, otherwise = (optional or plain).partition("|")
        needs = frozenset(re.findall(r"{(\w+)}", said)) if optional else frozenset()
        parts.append(Part(tuple(said.split()), needs, tuple(otherwise.split())))
    return tuple(parts)


def _before(number: int, values: int) -> list[str]:
    """What a list says before its value of that number: anna , hugo and ines."""
    if number == 0:
        return []
    return ["and"] if number == values - 1 else [","]


def _words(words: Sequence[str]) -> Sequence[str]:
    if isinstance(words, str):
        raise TypeError(f"a sentence must be a list of words, got the string {words[:60]!r}; split it first")
    return words


PLANS = tuple(map(_plan, TEMPLATES))
BY_FIRST_WORD = {
    value.split()[0]: (field, tuple(value.split())) for field, values in VALUES.items() for value in values
}
