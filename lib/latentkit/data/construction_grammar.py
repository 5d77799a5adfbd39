"""A small English in which one meaning has 32 constructions: what is said and how it is said vary independently.

A sentence is the realisation of a `Meaning`, who does what to whom, and a `Syntax`, in which order and by which clauses
it is said. Any syntax says any meaning, so one of the two can be exchanged while the other stays:

    realise(meaning_of_one, syntax_of_another)

and `parse` finds both again in any sentence, so that what a model has written is judged without a classifier. Every
sentence comes with its tree; a tree without its words follows from the syntax alone, and the words but for the small
ones from the meaning alone. So the tags are universal parts of speech [1], which do not tell tenses apart.

References:
    [1] Petrov, Das and McDonald 2012, A Universal Part-of-Speech Tagset, https://arxiv.org/abs/1104.2086
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from latentkit.data.grammar import Tree, leaves
from latentkit.data.picking import pick

PEOPLE = ("actor", "child", "doctor", "farmer", "guest", "neighbour", "nurse", "singer", "student", "teacher")
THINGS = ("bridge", "film", "garden", "hotel", "letter", "picture", "play", "song", "story", "village")
OF_PEOPLE = ("famous", "friendly", "clever", "proud", "quiet", "young")
OF_THINGS = ("ancient", "cheerful", "huge", "odd", "small", "splendid")
VERBS = (
    "admired",
    "copied",
    "described",
    "followed",
    "ignored",
    "mentioned",
    "painted",
    "praised",
    "remembered",
    "watched",
)
"""In the one form that every construction takes, the participle after "has" or "had"; so a syntax inflects nothing."""
ADVERBS = ("again", "gladly", "often", "openly", "quickly", "secretly")
TENSES = ("past", "present")
IS, HAS = {"past": "was", "present": "is"}, {"past": "had", "present": "has"}

CONSTRUCTIONS = (
    "active",
    "passive",
    "question",
    "passive question",
    "agent cleft",
    "patient cleft",
    "agent first",
    "patient first",
)
"""How a clause can be built, by the example of a teacher who has praised a film:

active: the teacher has praised the film
passive: the film has been praised by the teacher
question: has the teacher praised the film ?
passive question: has the film been praised by the teacher ?
agent cleft: it is the teacher who has praised the film
patient cleft: it is the film that the teacher has praised
agent first: the teacher is the one who has praised the film
patient first: the film is the one that the teacher has praised
"""


@dataclass(frozen=True)
class Meaning:
    """Who does what to whom.

    Attributes:
        agent: who acts; one of PEOPLE.
        agent_is: an adjective for the agent.
        verb: what is done; one of VERBS.
        patient: to whom or what; one of PEOPLE other than the agent, or of THINGS.
        patient_is: an adjective for the patient.
        adverb: how or how often.
        tense: "past", told as "had", or "present", told as "has".
    """

    agent: str
    agent_is: str
    verb: str
    patient: str
    patient_is: str
    adverb: str
    tense: str


@dataclass(frozen=True)
class Syntax:
    """How a meaning is said.

    Attributes:
        construction: one of CONSTRUCTIONS.
        adverb_first: whether the adverb opens the sentence, before a comma, or ends it.
        relative: whether a relative clause describes the agent, "the teacher who was old", or an adjective does.
    """

    construction: str
    adverb_first: bool
    relative: bool


@dataclass(frozen=True)
class ConstructionSentence:
    """A sentence with its analysis.

    Attributes:
        words: with the full stop or question mark.
        tree: its leaves are the words.
        meaning, syntax: what it says, and how.
    """

    words: tuple[str, ...]
    tree: Tree
    meaning: Meaning
    syntax: Syntax


SYNTAXES = tuple(Syntax(*choice) for choice in product(CONSTRUCTIONS, (False, True), (False, True)))
"""Every way of saying a meaning."""
FUNCTION_WORDS = ("the", "by", "it", "who", "that", "one", *IS.values(), "been", ",", ".", "?")
"""The small words, which a syntax brings with it, whatever is said."""


def generate(number: int, seed: int = 0, reversible: float = 0.0) -> list[ConstructionSentence]:
    """Draw sentences of different meanings; the same seed gives the same ones on every machine.

    Args:
        number: how many; there are 432,000 meanings that cannot be reversed, and 388,800 that can.
        seed: of the draws, which are independent but for repetitions, which are drawn again.
        reversible: share of the sentences whose patient is a person, who might have acted as well.
    """
    source = random.Random(seed)
    found: dict[Meaning, ConstructionSentence] = {}
    while len(found) < number:
        sentence = realise(draw(source, reversible), pick(source, SYNTAXES))
        found.setdefault(sentence.meaning, sentence)
    return list(found.values())


def draw(source: random.Random, reversible: float = 0.0) -> Meaning:
    """Draw every part of a meaning evenly; the patient is a person, never the agent, with probability `reversible`."""
    agent = pick(source, PEOPLE)
    people = source.random() < reversible
    return Meaning(
        agent=agent,
        agent_is=pick(source, OF_PEOPLE),
        verb=pick(source, VERBS),
        patient=pick(source, [noun for noun in PEOPLE if noun != agent] if people else THINGS),
        patient_is=pick(source, OF_PEOPLE if people else OF_THINGS),
        adverb=pick(source, ADVERBS),
        tense=pick(source, TENSES),
    )


def realise(meaning: Meaning, syntax: Syntax) -> ConstructionSentence:
    """Say a meaning in words.

    Raises:
        ValueError: a part of it is none of the grammar's, or somebody acts on themselves.
    """
    _require_sayable(meaning, syntax)
    be, has, been = ("AUX", IS[meaning.tense]), ("AUX", HAS[meaning.tense]), ("AUX", "been")
    verb = ("VERB", meaning.verb)
    patient = _noun_phrase(meaning.patient, meaning.patient_is)
    agent = _noun_phrase(meaning.agent, "" if syntax.relative else meaning.agent_is)
    if syntax.relative:
        described = ("VP", [be, ("ADJP", [("ADJ", meaning.agent_is)])])
        agent = ("NP", [agent, ("SBAR", [("PRON", "who"), ("S", [described])])])
    by_agent = ("PP", [("ADP", "by"), agent])
    act, be_acted_on = ("VP", [verb, patient]), ("VP", [been, ("VP", [verb, by_agent])])
    who_acts = ("SBAR", [("PRON", "who"), ("S", [("VP", [has, act])])])
    that_is_acted_on = ("SBAR", [("PRON", "that"), ("S", [agent, ("VP", [has, ("VP", [verb])])])])
    it, one = ("NP", [("PRON", "it")]), ("NP", [("DET", "the"), ("NOUN", "one")])
    clauses: dict[str, list[Tree]] = {
        "active": [agent, ("VP", [has, act])],
        "passive": [patient, ("VP", [has, be_acted_on])],
        "question": [has, agent, act],
        "passive question": [has, patient, be_acted_on],
        "agent cleft": [it, ("VP", [be, agent, who_acts])],
        "patient cleft": [it, ("VP", [be, patient, that_is_acted_on])],
        "agent first": [agent, ("VP", [be, ("NP", [one, who_acts])])],
        "patient first": [patient, ("VP", [be, ("NP", [one, that_is_acted_on])])],
    }
    asks = syntax.construction.endswith("question")
    adverb = ("ADVP", [("ADV", meaning.adverb)])
    opening: list[Tree] = [adverb, ("PUNCT", ",")] if syntax.adverb_first else []
    ending: list[Tree] = [] if syntax.adverb_first else [adverb]
    mark = ("PUNCT", "?" if asks else ".")
    tree = ("SQ" if asks else "S", [*opening, *clauses[syntax.construction], *ending, mark])
    return ConstructionSentence(tuple(leaves(tree)), tree, meaning, syntax)


def parse(words: Sequence[str]) -> ConstructionSentence | None:
    """Meaning, syntax and tree of a sentence; None where no meaning is said in exactly these words.

    There is never a choice: the parts of the meaning are read off words that mean nothing else, in the order that a
    syntax says them in, and then `realise` must say the same.

    Args:
        words: with the full stop or question mark.
    Raises:
        TypeError: the words are one string.
    """
    if isinstance(words, str):
        raise TypeError(f"a sentence must be a list of words, got the string {words[:60]!r}; split it first")
    sentence = tuple(words)
    nouns = [word for word in sentence if word in PEOPLE or word in THINGS]
    adjectives = [word for word in sentence if word in OF_PEOPLE or word in OF_THINGS]
    verbs = [word for word in sentence if word in VERBS]
    adverbs = [word for word in sentence if word in ADVERBS]
    if [len(nouns), len(adjectives), len(verbs), len(adverbs)] != [2, 2, 1, 1]:
        return None
    for tense, order in product(TENSES, (slice(None), slice(None, None, -1))):  # the agent stands first, or last
        (agent, patient), (agent_is, patient_is) = nouns[order], adjectives[order]
        meaning = Meaning(agent, agent_is, verbs[0], patient, patient_is, adverbs[0], tense)
        if agent not in PEOPLE or agent == patient or agent_is not in OF_PEOPLE:
            continue
        if patient_is not in adjectives_of(patient):
            continue
        for syntax in SYNTAXES:
            said = realise(meaning, syntax)
            if said.words == sentence:
                return said
    return None


def adjectives_of(noun: str) -> tuple[str, ...]:
    """The adjectives that a noun can have: those of people or those of things."""
    return OF_PEOPLE if noun in PEOPLE else OF_THINGS


def _noun_phrase(noun: str, adjective: str) -> Tree:
    return ("NP", [("DET", "the"), *([("ADJ", adjective)] if adjective else []), ("NOUN", noun)])


def _require_sayable(meaning: Meaning, syntax: Syntax) -> None:
    """Refuse what the grammar has no words for."""
    known: dict[str, tuple[object, Sequence[object]]] = {
        "agent": (meaning.agent, PEOPLE),
        "agent_is": (meaning.agent_is, OF_PEOPLE),
        "verb": (meaning.verb, VERBS),
        "patient": (meaning.patient, (*PEOPLE, *THINGS)),
        "patient_is": (meaning.patient_is, adjectives_of(meaning.patient)),
        "adverb": (meaning.adverb, ADVERBS),
        "tense": (meaning.tense, TENSES),
        "construction": (syntax.construction, CONSTRUCTIONS),
    }
    for name, (value, allowed) in known.items():
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    if meaning.agent == meaning.patient:
        raise ValueError(f"agent and patient must be two, got {meaning.agent!r} for both")
