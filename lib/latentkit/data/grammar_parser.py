"""What a sentence of the course's grammar is made of, read off its words: `latentkit.data.grammar.realise` backwards.

So no classifier has to judge what a model has written.
"""

from collections.abc import Sequence

from latentkit.data.grammar import (
    FEELINGS,
    LOOKS,
    OPINIONS,
    QUALITIES,
    SUBJECTS,
    THINGS,
    TIMES,
    Factors,
    realise,
)

# what a word gives away; no word has two entries in one of these
TENSES = {phrase: tense for tense, phrases in TIMES.items() for phrase in phrases}
TOPICS = {thing: topic for topic, things in THINGS.items() for thing in things}
SIDES = {  # pattern, attitude and choice
    **{
        form: ("opinion", attitude, choice)
        for attitude, verbs in OPINIONS.items()
        for choice, forms in enumerate(verbs)
        for form in forms
    },
    **{
        adjective: ("feeling", attitude, choice)
        for attitude, feelings in FEELINGS.items()
        for choice, (adjective, _) in enumerate(feelings)
    },
}
PAST = {"was", "were", "did", *(past for verbs in OPINIONS.values() for _, _, past in verbs)}
JUDGED = {  # attitude and choice
    adjective: (attitude, choice)
    for sides in QUALITIES.values()
    for attitude, adjectives in sides.items()
    for choice, adjective in enumerate(adjectives)
}


def parse(words: Sequence[str]) -> Factors | None:
    """The factors of a sentence; None where no factors give exactly these words.

    There is never a choice: each factor is read off words that mean nothing else, and then `realise` must say the same.

    Args:
        words: with the full stop.
    Raises:
        TypeError: the words are one string.
    """
    if isinstance(words, str):
        raise TypeError(f"a sentence must be a list of words, got the string {words[:60]!r}; split it first")
    sentence = tuple(words)
    factors = _factors_read_off(sentence)
    try:
        return factors if factors and realise(factors).words == sentence else None
    except ValueError:  # words that each have a meaning, and none together
        return None


def _factors_read_off(words: tuple[str, ...]) -> Factors | None:
    """The only factors that can give these words; None where one of them is not said at all."""
    time = next((phrase for phrase in TENSES if f" {phrase} " in f" {' '.join(words)} "), "")
    thing = next((word for word in words if word in TOPICS), None)
    cue = next((word for word in words if word in SIDES), None)
    judged = next((word for word in reversed(words) if word in JUDGED), None)
    if thing is None:
        return None
    if cue:
        pattern, attitude, choice = SIDES[cue]
    elif judged:
        pattern, (attitude, choice) = "description", JUDGED[judged]
    else:
        return None
    subject, age = ("", "") if pattern == "description" else _subject_read_off(words)
    before_thing = words[words.index(thing) - 1]
    return Factors(
        pattern=pattern,
        subject=subject,
        age=age,
        topic=TOPICS[thing],
        thing=thing,
        look=before_thing if before_thing in LOOKS else "",
        attitude=attitude,
        choice=choice,
        negated="not" in words,
        tense=_tense_read_off(words),
        time=time,
        time_first="," in words,
        reason=JUDGED[judged][1] if judged and "because" in words else None,
    )


def _subject_read_off(words: tuple[str, ...]) -> tuple[str, str]:
    """Subject and age: what stands between an opening time phrase and the verb."""
    opening = words[words.index(",") + 1 if "," in words else 0 :][:3]
    for length in (1, 2):
        if " ".join(opening[:length]) in SUBJECTS:
            return " ".join(opening[:length]), ""
    return " ".join(opening[::2]), "".join(opening[1:2])  # the young child


def _tense_read_off(words: tuple[str, ...]) -> str:
    if "will" in words:
        return "future"
    return "past" if PAST & {*words} else "present"
