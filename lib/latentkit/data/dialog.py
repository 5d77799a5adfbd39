"""Dialogues by name: utterances with what was said before, and labels that no model sees.

Words are spelt as `latentkit.data.text.tokenize` spells them. What is wrong with the real corpora, and what is done
about it, stands at each loader; for DailyDialog at `latentkit.data.sentences.dailydialog_dialogues`.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from latentkit.data.assistant import Utterance, generate
from latentkit.data.download import locate
from latentkit.data.registry import data_set
from latentkit.data.sentences import dailydialog_dialogues
from latentkit.data.text import EOS, SPECIALS, tokenize

CONTEXT = 2  # utterances before a response that belong to its context
EMBEDDED_SIZES = {"train": 3_000, "valid": 300, "test": 300}  # dialogues
FILES = {"train": "train", "valid": "dev", "test": "test"}
INTENTS = {"schedule": "calendar", "navigate": "navigation", "weather": "weather"}


@dataclass(frozen=True)
class Turn:
    """One utterance of a dialogue.

    Attributes:
        context: the two utterances before it, or fewer at the beginning; the oldest first.
        words: what is said.
        labels: what is known about it, by name.
    """

    context: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    labels: Mapping[str, Any]


@dataclass(frozen=True)
class Dialogs:
    """A corpus of dialogues, as its turns.

    Attributes:
        name: what it is loaded by.
        train, valid, test: the turns, dialogue by dialogue.
    """

    name: str
    train: list[Turn]
    valid: list[Turn]
    test: list[Turn]


def load_dialogs(name: str = "embedded", max_words: int | None = None) -> Dialogs:
    """Load a corpus.

    Args:
        name: "embedded" (the course's car assistant, nothing to download; labels: action, speaker, domain, sentiment,
            slots), "dailydialog" (act, emotion) or "stanford_multi_domain" (domain, speaker, slots).
        max_words: turns that say more are left out, of every split; they stay in others' contexts. None keeps all.
    Raises:
        ValueError: there is no such corpus.
        MissingFile: its files have not been downloaded; the message says how to get them.
    """
    if name not in LOADERS:
        raise ValueError(f"no corpus of dialogues {name!r}; there are: {', '.join(LOADERS)}")
    split = LOADERS[name]()
    return Dialogs(
        name,
        **{
            part: [turn for turn in turns if max_words is None or len(turn.words) <= max_words]
            for part, turns in split.items()
        },
    )


def context_words(turn: Turn) -> list[str]:
    """The turn's context as one sequence, its utterances parted by "<eos>"; no words at a dialogue's beginning."""
    words = [word for utterance in turn.context for word in (*utterance, SPECIALS[EOS])]
    return words[:-1]


def _embedded() -> dict[str, list[Turn]]:
    """3,600 different dialogues of `latentkit.data.assistant`, about 15,800 utterances.

    A dialogue is in one split only. Its utterances recur elsewhere, as in real dialogues ("you are welcome ."): three
    quarters of those in the test split are in the training set, too; of Stanford's, 45 %.
    """
    dialogues = iter(_drawn())
    return {
        part: [turn for _ in range(size) for turn in _turns(map(_embedded_utterance, next(dialogues)))]
        for part, size in EMBEDDED_SIZES.items()
    }


@cache
def _drawn() -> tuple[tuple[Utterance, ...], ...]:
    return tuple(generate(sum(EMBEDDED_SIZES.values())))


def _embedded_utterance(utterance: Utterance) -> tuple[Sequence[str], dict[str, Any]]:
    """Words and labels; the labels are the caller's to change, for the utterance is drawn once."""
    labels = {name: getattr(utterance, name) for name in ("action", "speaker", "domain", "sentiment")}
    return utterance.words, labels | {"slots": dict(utterance.slots)}


def _dailydialog() -> dict[str, list[Turn]]:
    """Everyday conversations (Li et al. 2017); the labels are each utterance's dialogue act and emotion."""
    return {
        part: [turn for dialogue in dialogues for turn in _turns(dialogue)]
        for part, dialogues in dailydialog_dialogues().items()
    }


def _stanford_multi_domain() -> dict[str, list[Turn]]:
    """Drivers and an in-car assistant about calendar, navigation and weather (Eric and Manning 2017).

    - There are no dialogue acts. The domain is the dialogue's, so a "thank you" has one, too; slots are given for the
      assistant's turns only and belong to the driver's request.
    - One dialogue of the training set is empty, and ten utterances of all splits are: they are left out.
    - In 15 places the same side speaks twice running; the two utterances become one turn, with the slots of both.
    """
    entry = data_set("stanford_multi_domain")
    split = {}
    with zipfile.ZipFile(locate(entry, entry.files[0])) as archive:
        for part, file in FILES.items():
            dialogues = json.loads(archive.read(f"kvret_{file}_public.json"))
            split[part] = [turn for dialogue in dialogues for turn in _turns(_stanford_utterances(dialogue))]
    return split


def _stanford_utterances(dialogue: Mapping[str, Any]) -> Iterable[tuple[Sequence[str], dict[str, Any]]]:
    domain = INTENTS[dialogue["scenario"]["task"]["intent"]]
    spoken = [turn for turn in dialogue["dialogue"] if turn["data"]["utterance"].strip()]
    for speaker, turns in groupby(spoken, key=lambda turn: turn["turn"]):
        data = [turn["data"] for turn in turns]
        words = [word for one in data for word in tokenize(one["utterance"])]
        slots = {name: value.strip() for one in data for name, value in one.get("slots", {}).items()}
        yield words, {"speaker": speaker, "domain": domain, "slots": slots}


def _turns(utterances: Iterable[tuple[Sequence[str], Mapping[str, Any]]]) -> list[Turn]:
    """The turns of one dialogue, from words and labels of its utterances."""
    said: list[tuple[str, ...]] = []
    turns = []
    for words, labels in utterances:
        turns.append(Turn(tuple(said[-CONTEXT:]), tuple(words), labels))
        said.append(tuple(words))
    return turns


LOADERS: dict[str, Callable[[], dict[str, list[Turn]]]] = {
    "embedded": _embedded,
    "dailydialog": _dailydialog,
    "stanford_multi_domain": _stanford_multi_domain,
}
