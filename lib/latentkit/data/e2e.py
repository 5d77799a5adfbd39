"""Restaurants as tables, and what people wrote about them: the data of the E2E challenge [1].

Which words of a text say which value is published nowhere. `find_mentions` looks for the names and for the common ways
of saying the other values. It is an approximation: it misses what is said in an unusual way ("sushi" for Japanese). Of
the values of the test tables it finds 90 % in their texts, and 2 % of what it finds is in no table; some of both is the
writers' doing, who leave values out and add others [2].

References:
    [1] Novikova, Dušek and Rieser 2017, The E2E Dataset: New Challenges for End-to-End Generation,
        https://arxiv.org/abs/1706.09254
    [2] Dušek, Howcroft and Rieser 2019, Semantic Noise Matters for Neural Natural Language Generation,
        https://arxiv.org/abs/1911.03905: on values that the texts leave out or add
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence

from latentkit.data.download import locate
from latentkit.data.registry import data_set
from latentkit.data.table_grammar import Span, Table, by_field
from latentkit.data.text import TYPOGRAPHY

FILES = {"train": "trainset", "valid": "devset", "test": "testset_w_refs"}
FIELDS = ("name", "eatType", "food", "priceRange", "customer rating", "area", "familyFriendly", "near")
IN_WORDS = {
    "priceRange": {"less than £20": "cheap", "£20-25": "moderate", "more than £30": "high"},
    "customer rating": {"1 out of 5": "low", "3 out of 5": "average", "5 out of 5": "high"},
    "familyFriendly": {"yes": "family friendly", "no": "not family friendly"},
}
"""By field, what published values become here."""

NAMES = (
    "alimentum", "aromi", "bibimbap house", "blue spice", "browns cambridge", "clowns", "cocum", "cotto",
    "fitzbillies", "giraffe", "green man", "loch fyne", "midsummer house", "strada", "taste of cambridge",
    "the cambridge blue", "the cricketers", "the dumpling tree", "the eagle", "the golden curry",
    "the golden palace", "the mill", "the olive grove", "the phoenix", "the plough", "the punter", "the rice boat",
    "the twenty two", "the vaults", "the waterman", "the wrestlers", "travellers rest beefeater", "wildwood", "zizzi",
)  # fmt: skip
NEIGHBOURS = (
    "all bar one", "avalon", "burger king", "café adriatic", "café brazil", "café rouge", "café sicilia",
    "clare hall", "crowne plaza hotel", "express by holiday inn", "rainbow vegetarian café", "raja indian cuisine",
    "ranch", "the bakers", "the portland arms", "the six bells", "the sorrento", "yippee noodle bar",
)  # fmt: skip
# by field and value, phrases that say it; names and neighbours are said as they are, with or without "the"
PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "eatType": {
        "coffee shop": ("coffee shop", "coffee shops"),
        "pub": ("pub", "pubs"),
    },
    "food": {
        "chinese": ("chinese",),
        "english": ("english", "british"),
        "fast food": ("fast food", "fast-food"),
        "french": ("french",),
        "indian": ("indian",),
        "italian": ("italian",),
        "japanese": ("japanese",),
    },
    "priceRange": {
        "cheap": (
            "cheap", "cheaply", "cheaper", "inexpensive", "affordable", "low-cost", "low cost", "less expensive",
            "not expensive",
        ),
        "moderate": ("reasonable", "reasonably", "mid-priced", "mid-range", "mid range", "mid priced"),
        "high": ("expensive", "pricey", "high-end"),
    },
    "area": {
        "riverside": ("riverside", "river side", "river"),
        "city centre": (
            "city centre", "city center", "town centre", "town center", "centre of the city", "center of the city",
            "centre of town", "center of town", "downtown",
        ),
    },
}  # fmt: skip
LINKS = (
    r"(?: (?:is|are|was|has|being|of|a|an|the|in|range|ranges|from|point|considered|rated|very|quite|by|customers))*"
)
RATED = r"(?:rat(?:ed|ings?)|reviews?|reviewed)"
PRICED = r"(?:pric(?:es?|ed|ing)|costs?)"
STARS = r"(?:-| )(?:out of (?:5|five)|stars?)"
GRADES = {
    "priceRange": {
        "cheap": (r"low(?:er)?", r"(?:less than|under|below|up to) (?:£ ?)?20"),
        "moderate": (r"moderate(?:ly)?|average(?:d|ly)?|medium|mid", r"(?:£ ?)?20 ?(?:-|to|and) ?£? ?25"),
        "high": (r"high(?:ly|er)?", r"(?:more than|over|above|at least) (?:£ ?)?30"),
    },
    "customer rating": {
        "low": (r"low(?:ly)?|poor(?:ly)?|bad(?:ly)?", f"(?:1|one){STARS}"),
        "average": (r"average|moderate(?:ly)?|decent", f"(?:3|three){STARS}"),
        "high": (r"high(?:ly)?|excellent|great|good|well", f"(?:5|five){STARS}"),
    },
}
"""By field and value, the adjectives that say it beside "price" or "rating", and what says it by itself."""
FAMILIES = r"(?:famil(?:y|ies)|kids?|child|children)(?:'s)?(?:[ -]friendly)?"
ARE_NOT = r" (?:(?:are|is|should|may) ?)?(?:not|n't)(?: be)? (?:allowed|permitted|welcome|recommended)"
NOT = r"(?:not|n't|non|no|isnt|never)(?:[ -](?!and|but|it|is)[^\s.,;]+){0,4}?"


def read_tables() -> dict[str, list[tuple[tuple[str, ...], Table]]]:
    """Words and table of every text, by split; the same table stands beside several texts.

    - The splits are the published ones; they share no table. The validation split is not drawn like the others: its
      venues are coffee shops, and its food is English or Chinese. 24 texts of the other splits occur in the training
      split, too, beside other tables.
    - Prices and ratings come on two scales, in words and in numbers, which the writers take for each other ("cheap" for
      less than £20, "3 out of 5" for average): here every table has the words. For familyFriendly "yes" and "no", which
      no text says, a table has "family friendly" and "not family friendly".
    - A "restaurant" is what the writers call any venue, and a table says it of some: here none does.
    - A text that occurs again with its table, once its spelling is made regular, is left out; so is one that is a
      single word.
    - The texts leave out values of their tables, and add others [2]; they stay as they are. So does what is misspelt.
    """
    entry = data_set("e2e")
    split = {}
    with zipfile.ZipFile(locate(entry, entry.files[0])) as archive:
        for part, file in FILES.items():
            lines = io.StringIO(archive.read(f"e2e-dataset/{file}.csv").decode("utf-8"))
            pairs = [(spelt(row["ref"]), _table(row["mr"])) for row in csv.DictReader(lines)]
            found = {(words, *table.items()): (words, table) for words, table in pairs if len(words) > 1}
            split[part] = list(found.values())
    return split


def spelt(text: str) -> tuple[str, ...]:
    """The words of a text, as `latentkit.data.text.tokenize` spells those of each sentence of it.

    Four in 1,000 texts differ: here a stop is a word of its own also where no space is behind it (centre.The), as is a
    number in front of its sign (25£).
    """
    text = re.sub(r"(?<=\w)(n't|'(?:s|m|d|ll|re|ve))\b", r" \1", text.translate(TYPOGRAPHY).lower())
    return tuple(re.findall(r"£?\d+(?:[.,]\d+)+|n't|'(?:s|m|d|ll|re|ve)\b|£?\w+(?:[-'](?:£?\w)+)*|[^\w\s]", text))


def read_slots(words: Sequence[str]) -> Table:
    """Every value that a text mentions, by field, as far as `find_mentions` sees it."""
    return by_field(((field, value) for _, _, field, value in find_mentions(words)), FIELDS)


def find_values(words: Sequence[str]) -> tuple[Span, ...]:
    """Where a text mentions a value, in the order of the words, as far as `find_mentions` sees it."""
    return tuple((start, end, field) for start, end, field, _ in find_mentions(words))


def find_mentions(words: Sequence[str]) -> list[tuple[int, int, str, str]]:
    """Where a text mentions which value: (first word, word after the last one, field, value), in order.

    Mentions do not overlap: the longer one counts, "not family friendly" before "family friendly".

    Raises:
        TypeError: the words are one string.
    """
    if isinstance(words, str):
        raise TypeError(f"a text must be a list of words, got the string {words[:60]!r}; split it first")
    found = sorted([*_phrases(words), *_patterns(words)], key=lambda mention: (mention[0] - mention[1], mention[0]))
    taken: set[int] = set()
    chosen = []
    for mention in found:
        here = range(mention[0], mention[1])
        if taken.isdisjoint(here):
            taken.update(here)
            chosen.append(mention)
    return sorted(chosen)


def _table(published: str) -> Table:
    """A table from "name[The Mill], near[Café Rouge]"; its fields in the order of `FIELDS`."""
    found = dict(re.findall(r"(\w[\w ]*)\[([^\]]*)\]", published))
    table = {
        field: IN_WORDS.get(field, {}).get(found[field], found[field].lower()) for field in FIELDS if field in found
    }
    return {field: (value,) for field, value in table.items() if value != ANY_VENUE}


def _phrases(words: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Mentions by a phrase. "The rice boat" is a name and a neighbour; beside another name it is the neighbour."""
    found = [
        (start, start + len(phrase), field, value)
        for start, word in enumerate(words)
        for phrase, field, value in BY_FIRST_WORD.get(word, ())
        if tuple(words[start : start + len(phrase)]) == phrase
    ]
    names = {value for _, _, field, value in found if field == "name"}
    for start, end, field, value in found:
        yield start, end, "near" if value == AMBIGUOUS and len(names) > 1 else field, value


def _patterns(words: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Mentions by an adjective beside "price" or "rating", by a number, and of families."""
    text = " ".join(words)
    for pattern, field, value, cue in PATTERNS:
        if cue.search(text):
            for match in pattern.finditer(text):
                start, end = match.span(match.lastindex or 0)
                yield text.count(" ", 0, start), text.count(" ", 0, end) + 1, field, value


def _by_first_word() -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
    """All phrases by their first word: the words, the field and the value that they say."""
    said = [(phrase, field, value) for field, values in PHRASES.items() for value in values for phrase in values[value]]
    for field, values in [("near", NEIGHBOURS), ("name", NAMES)]:
        said += [(phrase, field, value) for value in values for phrase in {value, value.removeprefix("the ")}]
    found: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for phrase, field, value in said:
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append((words, field, value))
    return found


def _compiled() -> Iterator[tuple[re.Pattern[str], str, str, re.Pattern[str]]]:
    """Patterns with field and value, each with what a text must hold for it to be tried.

    Where a pattern has a group, that alone is the mention.
    """
    for field, graded in [("priceRange", PRICED), ("customer rating", RATED)]:
        for value, (adjectives, numbers) in GRADES[field].items():
            before, behind = rf"(?:{adjectives})(?=[ -](?:customer )?{graded})", rf"{graded}{LINKS} ({adjectives})"
            cue = re.compile(rf"£|\b{graded}|star|out of")
            yield re.compile(rf"(?<![\w£])(?:{before}|{behind}|{numbers})(?!\w)"), field, value, cue
    families = re.compile("famil|kid|child|adult")
    unfriendly = rf"{NOT}[ -]{FAMILIES}|{FAMILIES}{ARE_NOT}|adults?"
    for value, said in [("not family friendly", unfriendly), ("family friendly", FAMILIES)]:
        yield re.compile(rf"(?<!\w)(?:{said})(?!\w)"), "familyFriendly", value, families


AMBIGUOUS, ANY_VENUE = "the rice boat", "restaurant"
BY_FIRST_WORD = _by_first_word()
PATTERNS = tuple(_compiled())
