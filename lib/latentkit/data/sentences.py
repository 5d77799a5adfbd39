"""Corpora of single sentences by name, ready for a vocabulary: tokenised, lower case, split once and for all.

All of them write words as `latentkit.data.text.tokenize` does ("do" "n't"), so a reader's own sentence meets words that
the model knows. What is wrong with the real corpora, and what is done about it, stands at each loader.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from hashlib import sha256
from typing import Any

from latentkit.data import construction_grammar
from latentkit.data.construction_grammar import ConstructionSentence
from latentkit.data.download import DataError, locate
from latentkit.data.grammar import GrammarSentence, brackets, generate
from latentkit.data.registry import data_set
from latentkit.data.text import TREEBANK, TYPOGRAPHY

SPLITS = ("train", "valid", "test")
EMBEDDED_SIZES = {"train": 24_000, "valid": 2_000, "test": 2_000}
CONSTRUCTION_SIZES = {"train": 20_000, "valid": 1_000, "test": 1_000}
ACTS = {"1": "inform", "2": "question", "3": "directive", "4": "commissive"}
EMOTIONS = {
    "0": "none",
    "1": "anger",
    "2": "disgust",
    "3": "fear",
    "4": "happiness",
    "5": "sadness",
    "6": "surprise",
}


@dataclass(frozen=True)
class Sentences:
    """A corpus of sentences.

    Attributes:
        name: what it is loaded by.
        train, valid, test: sentences as lists of words.
        labels: by split, one dictionary a sentence; no splits where a corpus has no labels.
        parses: by split, one bracketed parse a sentence; no splits where a corpus has none.
    """

    name: str
    train: list[list[str]]
    valid: list[list[str]]
    test: list[list[str]]
    labels: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    parses: Mapping[str, list[str]] = field(default_factory=dict)


def load_sentences(name: str = "embedded", max_words: int | None = None) -> Sentences:
    """Load a corpus.

    Args:
        name: "embedded" (the course's grammar, nothing to download), "constructions" or "reversible" (one meaning in
            many constructions, nothing to download either), "sentence_polarity", "sst", "ptb", "treebank" or
            "dailydialog".
        max_words: longer sentences are left out, of every split; None keeps all.
    Raises:
        ValueError: there is no such corpus.
        MissingFile: its files have not been downloaded; the message says how to get them.
    """
    if name not in LOADERS:
        raise ValueError(f"no corpus of sentences {name!r}; there are: {', '.join(LOADERS)}")
    return no_longer_than(LOADERS[name](), max_words)


def _embedded() -> Sentences:
    """28,000 different sentences of `latentkit.data.grammar`, with their factors and parses."""
    sentences = iter(_drawn())
    split = {part: [next(sentences) for _ in range(size)] for part, size in EMBEDDED_SIZES.items()}
    return Sentences(
        "embedded",
        **{part: [list(sentence.words) for sentence in found] for part, found in split.items()},
        labels={part: [dict(sentence.labels) for sentence in found] for part, found in split.items()},
        parses={part: [sentence.parse for sentence in found] for part, found in split.items()},
    )


@cache
def _drawn() -> tuple[GrammarSentence, ...]:
    return tuple(generate(sum(EMBEDDED_SIZES.values())))


def _constructions(name: str, reversible: float) -> Sentences:
    """22,000 sentences of `latentkit.data.construction_grammar`, each of another meaning, with its syntax and tree."""
    sentences = iter(_drawn_constructions(reversible))
    split = {part: [next(sentences) for _ in range(size)] for part, size in CONSTRUCTION_SIZES.items()}
    return Sentences(
        name,
        **{part: [list(sentence.words) for sentence in found] for part, found in split.items()},
        labels={
            part: [asdict(sentence.meaning) | asdict(sentence.syntax) for sentence in found]
            for part, found in split.items()
        },
        parses={part: [brackets(sentence.tree) for sentence in found] for part, found in split.items()},
    )


@cache
def _drawn_constructions(reversible: float) -> tuple[ConstructionSentence, ...]:
    return tuple(construction_grammar.generate(sum(CONSTRUCTION_SIZES.values()), reversible=reversible))


def _treebank() -> Sentences:
    """The sentences of `latentkit.data.treebank`, where their defects stand, with their parses."""
    from latentkit.data import treebank  # reads trees by nltk, half a second that few need

    split = treebank.read_parses()
    words = {part: [list(words) for words, _ in found] for part, found in split.items()}
    return Sentences(
        "treebank",
        words["train"],
        words["valid"],
        words["test"],
        parses={part: [parse for _, parse in found] for part, found in split.items()},
    )


def _sentence_polarity() -> Sentences:
    """Sentences of film reviews, each with its polarity (Pang and Lee 2005).

    - There is no official split. Here a tenth of each polarity is for validation and a tenth for testing, chosen by
      the sentences' checksums: the same ones everywhere.
    - A few characters are control codes left over from windows-1252; they become the punctuation that was meant.
    - A sentence that occurs again, once its spelling is made regular, is left out.
    """
    split: dict[str, list[tuple[list[str], str]]] = {part: [] for part in SPLITS}
    seen: set[str] = set()
    for polarity, ending in [("negative", "neg"), ("positive", "pos")]:
        lines = _read("sentence_polarity", 0, f"sentence_polarity/rt-polarity.{ending}")
        found = {" ".join(regular_words(_from_windows(line))) for line in lines} - seen
        seen |= found
        ranked = sorted(found, key=lambda sentence: sha256(sentence.encode()).digest())
        tenth = len(ranked) // 10
        parts = {"test": ranked[:tenth], "valid": ranked[tenth : 2 * tenth], "train": ranked[2 * tenth :]}
        for part, chosen in parts.items():
            split[part] += [(sentence.split(), polarity) for sentence in chosen]
    words = {part: [words for words, _ in found] for part, found in split.items()}
    return Sentences(
        "sentence_polarity",
        words["train"],
        words["valid"],
        words["test"],
        labels={part: [{"polarity": polarity} for _, polarity in found] for part, found in split.items()},
    )


def _sst() -> Sentences:
    """Sentences of film reviews with their sentiment on a scale of five, and their parses (Socher et al. 2013).

    - The split is the official one. The sentences are those of `sentence_polarity`, cut again and judged anew: what is
      a test sentence here may be there to train on.
    - The label "sentiment" is the published class of a whole sentence, 0 (very negative) to 4 (very positive);
      "polarity" is what is left of it: negative for 0 and 1, neutral for 2, positive for 3 and 4.
    - In the parses a node's label is its sentiment; `sentiment_phrases` reads them.
    - The treebank writes brackets as -LRB- and -RRB-, and a slash and an asterisk behind a backslash; here they are
      what they stand for, in the sentences as in the parses, where the brackets stay as they are.
    - Ten sentences occur twice in the training set, and four of the other splits occur in it; all are left.
    """
    trees = {
        part: [_without_backslashes(line) for line in _read("sst", 0, f"trees/{file}.txt")]
        for part, file in [("train", "train"), ("valid", "dev"), ("test", "test")]
    }
    words = {part: [_leaves(tree) for tree in found] for part, found in trees.items()}
    return Sentences(
        "sst",
        words["train"],
        words["valid"],
        words["test"],
        labels={part: [_sentiment(int(tree[1])) for tree in found] for part, found in trees.items()},
        parses=trees,
    )


def sentiment_phrases(tree: str) -> list[tuple[list[str], dict[str, Any]]]:
    """Every phrase of a parse of the corpus "sst", the sentence itself first: its words and labels.

    Single words count as phrases.

    Args:
        tree: an item of the corpus' `parses`.
    """
    found: list[tuple[list[str], dict[str, Any]]] = []
    open_phrases: list[list[str]] = []
    for opened, word, closed in re.findall(r"\((\d) ?|([^\s()]+)|(\))", tree):
        if opened:
            found.append(([], _sentiment(int(opened))))
            open_phrases.append(found[-1][0])
        elif closed:
            open_phrases.pop()
        else:
            for words in open_phrases:
                words += _spelt(word)
    return found


def _sentiment(grade: int) -> dict[str, Any]:
    return {"polarity": "negative" if grade < 2 else "positive" if grade > 2 else "neutral", "sentiment": grade}


def _without_backslashes(tree: str) -> str:
    return re.sub(r"\\([/*])", r"\1", tree)


def _leaves(tree: str) -> list[str]:
    return [part for word in re.findall(r"\(\d ([^()]+)\)", tree) for part in _spelt(word)]


def _spelt(word: str) -> list[str]:
    """A word of a treebank as the tokeniser spells it."""
    return regular_words(TREEBANK.get(word, word))


def _ptb() -> Sentences:
    """The Penn Treebank as language models read it, with its official split (Mikolov et al. 2010).

    - The corpus itself has 10,000 words: rare ones are <unk>, which is the vocabulary's UNK, and numbers are N.
    - There is no punctuation and no token at a sentence's end; `collate` adds EOS.
    """
    train, valid, test = ([line.split() for line in _read("ptb", 0, f"ptb.{part}.txt")] for part in SPLITS)
    return Sentences("ptb", train, valid, test)


def dailydialog_dialogues() -> dict[str, list[list[tuple[list[str], dict[str, str]]]]]:
    """Everyday conversations by split: each utterance's words, dialogue act and emotion (Li et al. 2017).

    - One dialogue of the training set has 12 utterances but 11 labels: its fifth and sixth are one, cut in two.
    - Dialogues recur, within the training set and across the splits. The test set is left as it is published; what
      occurs in it, but for case and punctuation, is left out of the validation set, and what occurs in either or
      twice is left out of the training set. Short utterances, such as "thank you .", still occur in all.
    - Apostrophes come in two kinds, one of them with spaces round it; they become one.
    - The spaces round some full stops are missing. They are put in where a small letter is before the stop and a
      capital after it (right.But; 2,960 places in the published training set, 291 in the validation set, 246 in the
      test set), and besides where both sides are words that the training set knows by themselves (sorry.sir, OK.Here;
      175, 11 and 11 words). What is left with a stop inside, 56, 5 and 8 words, are addresses (stars.com),
      abbreviations (p.m), and stops beside a single letter or a rare or misspelt word (gallons.of, moming.sir).
    """
    split, known = {}, set()
    for part, file, number in [("test", "test", 2), ("valid", "validation", 1), ("train", "train", 0)]:
        texts, acts, emotions = (
            _read("dailydialog", number, f"{file}/dialogues_{kind}{file}.txt") for kind in ("", "act_", "emotion_")
        )
        found, new = [], set()
        for text, act, emotion in zip(texts, acts, emotions, strict=True):
            utterances = text.split("__eou__")[:-1]
            if len(utterances) == len(act.split()) + 1 == 12:
                utterances[4:6] = [utterances[4] + utterances[5]]
            if not len(utterances) == len(act.split()) == len(emotion.split()):
                raise DataError(f"a dialogue of DailyDialog has {len(utterances)} utterances and other labels: {text}")
            key = re.sub(r"\W", "", text.replace("__eou__", "").lower())
            if key in known or (part == "train" and key in new):
                continue
            new.add(key)
            entries = zip(map(regular_words, utterances), act.split(), emotion.split(), strict=True)
            found.append(
                [(words, {"act": ACTS[act], "emotion": EMOTIONS[mood]}) for words, act, mood in entries if words]
            )
        known |= new
        split[part] = found
    counts = Counter(word for dialogue in split["train"] for words, _ in dialogue for word in words)
    return {
        part: [[(_with_stops_apart(words, counts), labels) for words, labels in dialogue] for dialogue in dialogues]
        for part, dialogues in split.items()
    }


def _dailydialog() -> Sentences:
    """The utterances of `dailydialog_dialogues`, one after the other."""
    split = {
        part: [utterance for dialogue in dialogues for utterance in dialogue]
        for part, dialogues in dailydialog_dialogues().items()
    }
    words = {part: [words for words, _ in found] for part, found in split.items()}
    return Sentences(
        "dailydialog",
        words["train"],
        words["valid"],
        words["test"],
        labels={part: [labels for _, labels in found] for part, found in split.items()},
    )


LOADERS: dict[str, Callable[[], Sentences]] = {
    "embedded": _embedded,
    "constructions": partial(_constructions, "constructions", 0.0),
    "reversible": partial(_constructions, "reversible", 0.5),
    "sentence_polarity": _sentence_polarity,
    "sst": _sst,
    "ptb": _ptb,
    "treebank": _treebank,
    "dailydialog": _dailydialog,
}

TWO_WORDS = re.compile(r"([^\W\d_]{2,})\.([^\W\d_]{2,})")
DOMAINS = {"com", "net", "org"}
COMMON = 5  # times that a word occurs by itself


def regular_words(line: str) -> list[str]:
    """The words of a line that is tokenised already, spelt as `tokenize` spells them."""
    line = line.translate(TYPOGRAPHY)
    line = re.sub(r"(?<=\w) ' (?=(?:s|t|m|d|ll|re|ve)\b)", "'", line, flags=re.IGNORECASE)  # don ' t
    line = re.sub(r"(?<=[a-z])([.?!,])(?=[A-Z])", r" \1 ", line)  # right.But
    return re.sub(r"(?<=\w)(n't|'(?:s|m|d|ll|re|ve))\b", r" \1", line.lower()).split()


def _with_stops_apart(words: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """The words, "sorry.sir" as "sorry", "." and "sir" where both are common by themselves; addresses stay whole.

    Args:
        words: of an utterance.
        counts: how often each word occurs in the corpus.
    """
    apart = []
    for word in words:
        sides = TWO_WORDS.fullmatch(word)
        if sides and sides[2] not in DOMAINS and all(counts.get(side, 0) >= COMMON for side in sides.groups()):
            apart += [sides[1], ".", sides[2]]
        else:
            apart.append(word)
    return apart


def _from_windows(line: str) -> str:
    return re.sub("[\x80-\x9f]", lambda code: code[0].encode("latin-1").decode("windows-1252", "ignore"), line)


def _read(name: str, number: int, member: str) -> list[str]:
    """The lines of a text in one of a data set's zip files."""
    entry = data_set(name)
    with zipfile.ZipFile(locate(entry, entry.files[number])) as archive:
        return archive.read(member).decode("utf-8").strip("\n").split("\n")


def no_longer_than(corpus: Sentences, max_words: int | None) -> Sentences:
    """The corpus without its longer sentences, of every split; all of it where `max_words` is None."""
    if max_words is None:
        return corpus
    keep = {part: [len(words) <= max_words for words in getattr(corpus, part)] for part in SPLITS}

    def kept(part: str, items: Sequence[Any]) -> list[Any]:
        return [item for item, stays in zip(items, keep[part], strict=True) if stays]

    return Sentences(
        corpus.name,
        **{part: kept(part, getattr(corpus, part)) for part in SPLITS},
        labels={part: kept(part, labels) for part, labels in corpus.labels.items()},
        parses={part: kept(part, parses) for part, parses in corpus.parses.items()},
    )
