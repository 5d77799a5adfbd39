"""A small English whose every sentence says what it is made of: the corpus that needs no download.

A sentence is the realisation of `Factors`: who, what about, which tense, negated or not, what it amounts to. So its
labels and its parse are known exactly, and one factor can be changed while the others stay:

    realise(replace(factors, tense="future"))

and `latentkit.data.grammar_parser.parse` finds them again in any sentence.

Three patterns share the factors: "my sister enjoyed the film", "the film was brilliant", "my sister was happy with the
film"; each takes a negation, an adjective, a time phrase and, the first, a reason.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from latentkit.data.picking import pick

Tree = tuple[str, Any]  # (label, word) or (label, [tree, ...])


@dataclass(frozen=True)
class Factors:
    """Everything that decides a sentence.

    Attributes:
        pattern: "opinion" (someone likes something), "description" (something is good) or "feeling" (someone is happy
            with something).
        subject: who; a key of SUBJECTS. A description does not mention it.
        age: an adjective for the subject, or "" for none; only nouns take one.
        topic: the kind of thing spoken about; a key of THINGS.
        thing: one of the topic's nouns.
        look: an adjective for the thing that takes no side, or "".
        attitude: "positive" or "negative": which side the verb or the adjective takes.
        choice: which of the attitude's verbs or adjectives, counted from 0.
        negated: whether a "not" turns the attitude round.
        tense: "past", "present" or "future".
        time: one of the tense's phrases, or "".
        time_first: whether the phrase opens the sentence.
        reason: which of the topic's adjectives gives the reason for an opinion, or None.
    """

    pattern: str
    subject: str
    age: str
    topic: str
    thing: str
    look: str
    attitude: str
    choice: int
    negated: bool
    tense: str
    time: str
    time_first: bool
    reason: int | None

    @property
    def polarity(self) -> str:
        """What the sentence amounts to, "positive" or "negative": the attitude, turned round by a negation."""
        return OPPOSITE[self.attitude] if self.negated else self.attitude


@dataclass(frozen=True)
class GrammarSentence:
    """A sentence with its analysis.

    Attributes:
        words: with the full stop.
        parse: bracketed, with Penn Treebank labels; its leaves are the words.
        labels: the factors as plain data, and "polarity", "person" and "number", which follow from them.
    """

    words: tuple[str, ...]
    parse: str
    labels: dict[str, Any]


OPPOSITE = {"positive": "negative", "negative": "positive"}
PATTERNS = ("opinion", "description", "feeling")
AGES = ("young", "old", "new")
LOOKS = ("small", "famous", "new", "old")

# person and number
PRONOUNS = {
    "i": (1, "singular"),
    "you": (2, "plural"),
    "he": (3, "singular"),
    "she": (3, "singular"),
    "we": (1, "plural"),
    "they": (3, "plural"),
}
PLURALS = {
    "teacher": "teachers",
    "doctor": "doctors",
    "student": "students",
    "neighbour": "neighbours",
    "farmer": "farmers",
    "guest": "guests",
    "child": "children",
    "singer": "singers",
}
NAMES = ("anna", "tom", "maria", "peter")
RELATIVES = {"my": ("sister", "brother", "friend"), "our": ("neighbour", "teacher", "guest")}
SUBJECTS = (
    *PRONOUNS,
    *NAMES,
    *(f"the {noun}" for noun in PLURALS),
    *(f"the {noun}" for noun in PLURALS.values()),
    *(f"{owner} {noun}" for owner, nouns in RELATIVES.items() for noun in nouns),
)

THINGS = {
    "food": ("soup", "bread", "cake", "coffee", "dinner"),
    "place": ("hotel", "garden", "beach", "museum", "park"),
    "art": ("film", "book", "song", "play", "story"),
    "work": ("plan", "meeting", "project", "report", "lesson"),
}
QUALITIES = {
    "food": {"positive": ("delicious", "fresh", "excellent"), "negative": ("bland", "cold", "awful")},
    "place": {"positive": ("beautiful", "peaceful", "charming"), "negative": ("noisy", "dirty", "crowded")},
    "art": {"positive": ("brilliant", "funny", "moving"), "negative": ("boring", "predictable", "silly")},
    "work": {"positive": ("useful", "clear", "interesting"), "negative": ("confusing", "pointless", "tedious")},
}
# base, third person singular, past
OPINIONS = {
    "positive": (
        ("like", "likes", "liked"),
        ("love", "loves", "loved"),
        ("enjoy", "enjoys", "enjoyed"),
        ("praise", "praises", "praised"),
        ("recommend", "recommends", "recommended"),
    ),
    "negative": (
        ("dislike", "dislikes", "disliked"),
        ("hate", "hates", "hated"),
        ("avoid", "avoids", "avoided"),
        ("criticise", "criticises", "criticised"),
        ("regret", "regrets", "regretted"),
    ),
}
FEELINGS = {
    "positive": (("happy", "with"), ("proud", "of"), ("pleased", "with"), ("excited", "about")),
    "negative": (("unhappy", "with"), ("tired", "of"), ("angry", "about"), ("worried", "about")),
}
TIMES = {
    "past": ("yesterday", "last week", "last summer", "two days ago"),
    "present": ("today", "these days", "at the moment", "this week"),
    "future": ("tomorrow", "next week", "next summer", "in two days"),
}
CHOICES = {"opinion": 5, "description": 3, "feeling": 4}

TIME_TREES = {
    "yesterday": ("ADVP", [("RB", "yesterday")]),
    "today": ("ADVP", [("RB", "today")]),
    "tomorrow": ("ADVP", [("RB", "tomorrow")]),
    "last week": ("NP", [("JJ", "last"), ("NN", "week")]),
    "last summer": ("NP", [("JJ", "last"), ("NN", "summer")]),
    "two days ago": ("ADVP", [("NP", [("CD", "two"), ("NNS", "days")]), ("RB", "ago")]),
    "these days": ("NP", [("DT", "these"), ("NNS", "days")]),
    "at the moment": ("PP", [("IN", "at"), ("NP", [("DT", "the"), ("NN", "moment")])]),
    "this week": ("NP", [("DT", "this"), ("NN", "week")]),
    "next week": ("NP", [("JJ", "next"), ("NN", "week")]),
    "next summer": ("NP", [("JJ", "next"), ("NN", "summer")]),
    "in two days": ("PP", [("IN", "in"), ("NP", [("CD", "two"), ("NNS", "days")])]),
}


def generate(number: int, seed: int = 0) -> list[GrammarSentence]:
    """Draw distinct sentences; the same seed gives the same ones on every machine.

    Args:
        number: how many; there are millions.
        seed: of the draws, which are independent but for repetitions, which are drawn again.
    """
    source = random.Random(seed)
    found: dict[tuple[str, ...], GrammarSentence] = {}
    while len(found) < number:
        sentence = realise(draw(source))
        found.setdefault(sentence.words, sentence)
    return list(found.values())


def draw(source: random.Random) -> Factors:
    """Draw every factor on its own, evenly, but for the optional parts: half of the sentences go without."""
    pattern, attitude = pick(source, PATTERNS), pick(source, tuple(OPPOSITE))
    subject, topic, tense = pick(source, SUBJECTS), pick(source, tuple(THINGS)), pick(source, tuple(TIMES))
    takes_age = subject.startswith("the ") and pattern != "description"
    time = _maybe(source, TIMES[tense])
    return Factors(
        pattern=pattern,
        subject="" if pattern == "description" else subject,
        age=_maybe(source, AGES) if takes_age else "",
        topic=topic,
        thing=pick(source, THINGS[topic]),
        look=_maybe(source, LOOKS),
        attitude=attitude,
        choice=pick(source, range(CHOICES[pattern])),
        negated=source.random() < 0.5,
        tense=tense,
        time=time,
        time_first=bool(time) and source.random() < 0.3,
        reason=pick(source, range(3)) if pattern == "opinion" and source.random() < 0.5 else None,
    )


def realise(factors: Factors) -> GrammarSentence:
    """Say it in words.

    Raises:
        ValueError: a factor has a value that the grammar does not know, or that another factor rules out.
    """
    _require_possible(factors)
    thing = _thing(factors)
    if factors.pattern == "description":
        person, number, subject = 3, "singular", thing
    else:
        person, number, subject = _subject(factors)
    singular = person == 3 and number == "singular"
    if factors.pattern == "opinion":
        phrase = _opinion(factors, singular, thing)
    elif factors.pattern == "feeling":
        adjective, preposition = FEELINGS[factors.attitude][factors.choice]
        feeling = ("ADJP", [("JJ", adjective), ("PP", [("IN", preposition), thing])])
        phrase = _copula(factors, person, number, feeling)
    else:
        quality = QUALITIES[factors.topic][factors.attitude][factors.choice]
        phrase = _copula(factors, person, number, ("ADJP", [("JJ", quality)]))
    opening = []
    if factors.time_first:
        opening = [TIME_TREES[factors.time], (",", ",")]
    elif factors.time:
        _, parts = phrase
        parts.insert(len(parts) if factors.reason is None else len(parts) - 1, TIME_TREES[factors.time])
    tree = ("S", [*opening, subject, phrase, (".", ".")])
    labels = {**asdict(factors), "polarity": factors.polarity, "person": person, "number": number}
    return GrammarSentence(tuple(leaves(tree)), brackets(tree), labels)


def _opinion(factors: Factors, singular: bool, thing: Tree) -> Tree:
    """likes the film | did not like the film | will like the film, because it is brilliant"""
    base, third, past = OPINIONS[factors.attitude][factors.choice]
    reason = []
    if factors.reason is not None:
        quality = QUALITIES[factors.topic][factors.polarity][factors.reason]
        is_or_was = ("VBD", "was") if factors.tense == "past" else ("VBZ", "is")
        because = ("S", [("NP", [("PRP", "it")]), ("VP", [is_or_was, ("ADJP", [("JJ", quality)])])])
        reason = [("SBAR", [("IN", "because"), because])]
    negation = [("RB", "not")] if factors.negated else []
    if factors.tense == "future":
        return ("VP", [("MD", "will"), *negation, ("VP", [("VB", base), thing]), *reason])
    if factors.negated:
        auxiliary = ("VBD", "did") if factors.tense == "past" else ("VBZ", "does") if singular else ("VBP", "do")
        return ("VP", [auxiliary, *negation, ("VP", [("VB", base), thing]), *reason])
    verb = ("VBD", past) if factors.tense == "past" else ("VBZ", third) if singular else ("VBP", base)
    return ("VP", [verb, thing, *reason])


def _copula(factors: Factors, person: int, number: str, predicate: Tree) -> Tree:
    """was brilliant | are not happy with the film | will be happy with the film"""
    negation = [("RB", "not")] if factors.negated else []
    if factors.tense == "future":
        return ("VP", [("MD", "will"), *negation, ("VP", [("VB", "be"), predicate])])
    if factors.tense == "past":
        verb = ("VBD", "was" if number == "singular" else "were")
    elif number == "plural":
        verb = ("VBP", "are")
    else:
        verb = ("VBP", "am") if person == 1 else ("VBZ", "is")
    return ("VP", [verb, *negation, predicate])


def _subject(factors: Factors) -> tuple[int, str, Tree]:
    """Person, number and noun phrase."""
    subject = factors.subject
    if subject in PRONOUNS:
        return *PRONOUNS[subject], ("NP", [("PRP", subject)])
    if subject in NAMES:
        return 3, "singular", ("NP", [("NNP", subject)])
    determiner, noun = subject.split()
    number = "plural" if noun in PLURALS.values() else "singular"
    age = [("JJ", factors.age)] if factors.age else []
    kind = "DT" if determiner == "the" else "PRP$"
    return 3, number, ("NP", [(kind, determiner), *age, ("NNS" if number == "plural" else "NN", noun)])


def _thing(factors: Factors) -> Tree:
    look = [("JJ", factors.look)] if factors.look else []
    return ("NP", [("DT", "the"), *look, ("NN", factors.thing)])


def _require_possible(factors: Factors) -> None:
    """Refuse factors that make no sentence."""
    described = factors.pattern == "description"
    known: dict[str, Sequence[Any]] = {
        "pattern": PATTERNS,
        "attitude": tuple(OPPOSITE),
        "tense": tuple(TIMES),
        "topic": tuple(THINGS),
        "subject": ("",) if described else SUBJECTS,
        "age": ("", *AGES) if factors.subject.startswith("the ") else ("",),
        "look": ("", *LOOKS),
        "thing": THINGS.get(factors.topic, ()),
        "choice": range(CHOICES.get(factors.pattern, 0)),
        "time": ("", *TIMES.get(factors.tense, ())),
        "time_first": (False, True) if factors.time else (False,),
        "reason": (None, 0, 1, 2) if factors.pattern == "opinion" else (None,),
    }
    for name, allowed in known.items():
        if getattr(factors, name) not in allowed:
            allowed = ", ".join(repr(value) for value in allowed)
            raise ValueError(f"{name} must be one of {allowed} here, got {getattr(factors, name)!r}")


def _maybe(source: random.Random, options: Sequence[str]) -> str:
    return pick(source, options) if source.random() < 0.5 else ""


def leaves(tree: Tree) -> list[str]:
    """The words of a tree, from left to right."""
    _, content = tree
    return [content] if isinstance(content, str) else [word for child in content for word in leaves(child)]


def brackets(tree: Tree) -> str:
    """A tree in one line, as treebanks write it: (S (NP (PRP it)) (VP (VBZ works)))."""
    label, content = tree
    return f"({label} {content if isinstance(content, str) else ' '.join(map(brackets, content))})"
