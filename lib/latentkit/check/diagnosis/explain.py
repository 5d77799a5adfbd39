"""From a wrong answer to the strongest statement about it that can be proved, in plain words.

Every statement is checked on all the cases that it speaks of, by numbers; what cannot be proved is not said. A cause is
named only where a known mistake, or two, or a term of the formula, explains every number.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from latentkit.check.cases import Ask, Examination, NotAttempted, Response, SolvedCase, WrongArguments
from latentkit.check.comparing import complaint, ordinal
from latentkit.check.diagnosis.experiments import Asker, TooSlow, is_random, observations, value_is_right
from latentkit.check.diagnosis.fresh import Fresh
from latentkit.check.diagnosis.ignored import ignored
from latentkit.check.diagnosis.measures import CLOSE, of_numbers, of_shape, of_things
from latentkit.check.diagnosis.mistakes import Recognised, hints_of, recognise_in_another_guise, recognise_in_part
from latentkit.check.diagnosis.numbers import Pair, are_numbers_right, is_finite, is_right, pairs_of
from latentkit.check.diagnosis.places import place
from latentkit.check.diagnosis.relations import along, multiple, relation
from latentkit.check.diagnosis.substitutions import substitution
from latentkit.check.diagnosis.terms import terms
from latentkit.check.diagnosis.variants import variants
from latentkit.wording import listed

MOST_SENTENCES = 2

SECONDS = 1.0
"""Of processor time for calling the function again; a few calls more where it is slow."""


@dataclass(frozen=True)
class Finding:
    """What was found out.

    Attributes:
        text: one sentence or two, for the student.
        mistake: id of a known mistake that it names, or None.
    """

    text: str
    mistake: str | None = None


def explain(examination: Examination, responses: Sequence[Response], ask: Ask | None = None) -> Finding | None:
    """What a function that failed does; None where nothing could be proved.

    Args:
        examination: its solved cases, judged by value.
        responses: one per case.
        ask: calls the function again; where it is None, only what the responses tell is used.
    """
    if examination.law or len(responses) != len(examination.cases) or _said_already(responses):
        return None
    asker = Asker(ask, SECONDS) if ask is not None else None
    if asker is not None and is_random(examination, responses, asker):
        return Finding(
            "Two calls with the same inputs gave different results: nothing in this exercise is random, and nothing "
            "may be kept from one call to the next."
        )
    fresh = Fresh(examination, responses, asker)
    return (
        _as_a_whole(examination, responses, fresh, plainest=True)
        or _as_terms(examination, responses)
        or _as_known_mistakes(recognise_in_part, examination, responses)
        or _as_variants(examination, responses)
        or _as_a_whole(examination, responses, fresh, plainest=False)
        or _as_known_mistakes(recognise_in_another_guise, examination, responses)
        or _from_all_that_is_seen(examination, responses, fresh, asker)
    )


def _as_a_whole(
    examination: Examination, responses: Sequence[Response], fresh: Fresh, plainest: bool
) -> Finding | None:
    """One statement that holds for every number of every case: a multiple of the right value, or another relation."""
    things = _things(examination)
    if not examination.compare_value or any(response.error for response in responses):
        return None
    sentences = []
    for number in range(things):
        pairs = [_pairs(s, r, number, things) for s, r in zip(examination.cases, responses, strict=True)]
        known = [pair for pair in pairs if pair is not None]
        if len(known) < len(pairs):
            return None
        if all(pair.is_right for pair in known):
            continue
        further = _further(fresh.of_all, number, things)
        said = _confirmed(multiple, known, further)
        if said is None and not plainest:
            said = _confirmed(relation, known, further)
        if said is None:
            return None
        sentences.append(_sentence(f"{_subject(number, things)} is {said}"))
    return Finding(" ".join(sentences)) if sentences else None


def _as_terms(examination: Examination, responses: Sequence[Response]) -> Finding | None:
    """The terms of the formula that are missing or wrongly weighted: they say it closer than two known mistakes do."""
    if not examination.compare_value or any(response.error for response in responses) or _things(examination) > 1:
        return None
    found = [_pairs(s, r, 0, 1) for s, r in zip(examination.cases, responses, strict=True)]
    known = [pair for pair in found if pair is not None]
    if len(known) < len(found) or all(pair.is_right for pair in known):
        return None
    of_terms = terms(known, [solved.terms for solved in examination.cases])
    return Finding(_sentence(of_terms)) if of_terms is not None else None


def _as_variants(examination: Examination, responses: Sequence[Response]) -> Finding | None:
    """Changes of the formula that give the answer, where they explain all that is wrong."""
    said = variants(examination, responses)
    if not any(said):
        return None
    explained = [words or _is_right(number, examination, responses) for number, words in enumerate(said)]
    return Finding(" ".join(_of_variants(said))) if all(explained) else None


def _is_right(number: int, examination: Examination, responses: Sequence[Response]) -> bool:
    """Whether one thing that is returned is right in every case."""
    things = _things(examination)
    pairs = [_pairs(s, r, number, things) for s, r in zip(examination.cases, responses, strict=True)]
    return all(pair is not None and pair.is_right for pair in pairs)


def _of_variants(said: Sequence[str | None]) -> Iterator[str]:
    for number, words in enumerate(said):
        if words is not None:
            yield _sentence(f"{_subject(number, len(said))} is what comes out where {words}")


def _as_known_mistakes(
    recognise: Callable[[Examination, Sequence[Response]], Recognised | None],
    examination: Examination,
    responses: Sequence[Response],
) -> Finding | None:
    if not _is_wrong_in_value(examination, responses):
        return None
    found = recognise(examination, responses)
    return Finding(hints_of(examination, found), found.ids[0]) if found is not None else None


def _is_wrong_in_value(examination: Examination, responses: Sequence[Response]) -> bool:
    """Whether numbers are wrong somewhere, and not only gradients, a dtype or an edited input."""
    return not examination.compare_value or not are_numbers_right(examination, responses)


def _from_all_that_is_seen(
    examination: Examination, responses: Sequence[Response], fresh: Fresh, ask: Ask | None
) -> Finding | None:
    said: list[str] = []
    for sentence in _statements(examination, responses, fresh, ask):
        if sentence not in said:
            said.append(sentence)
        if len(said) == MOST_SENTENCES:
            break
    return Finding(" ".join(said)) if said else None


def _said_already(responses: Sequence[Response]) -> bool:
    """Whether the complaint itself says all there is: nothing was written, or the arguments are others."""
    return any(response.error in (NotAttempted.__name__, WrongArguments.__name__) for response in responses)


def _statements(
    examination: Examination, responses: Sequence[Response], fresh: Fresh, ask: Ask | None
) -> Iterator[str]:
    cases = Cases.of(examination, responses)
    yield from _of_variants(variants(examination, responses))
    yield from _of_values(examination, responses, fresh, cases)
    yield from _of_shape(examination, responses)
    if ask is not None and not cases.values_right:
        yield from _by_asking(examination, responses, fresh, ask)
    yield from _of_gradients(examination, responses, fresh, cases.values_right)
    yield from _measured(examination, responses, fresh, cases)


@dataclass(frozen=True)
class Cases:
    """Which cases are right, as all sentences of one message count it.

    Attributes:
        right: for each case: of its value alone where values are wrong somewhere, else of all that is judged.
        values_right: whether no value is wrong.
        words: for "it", of which a sentence says that it is right.
    """

    right: Sequence[bool]
    values_right: bool
    words: str

    @classmethod
    def of(cls, examination: Examination, responses: Sequence[Response]) -> "Cases":
        """Count them."""
        known = list(zip(examination.cases, responses, strict=True))
        whole = [complaint(solved, response, examination) is None for solved, response in known]
        if not _is_wrong_in_value(examination, responses):
            return cls(whole, True, "it")
        of_value = [value_is_right(solved, response, examination) for solved, response in known]
        return cls(of_value, False, "it" if of_value == whole else "its value")


def _by_asking(examination: Examination, responses: Sequence[Response], fresh: Fresh, ask: Ask) -> Iterator[str]:
    """What experiments tell, as far as there is time for them."""
    with contextlib.suppress(TooSlow):
        found = substitution(examination, responses, fresh, ask)
        if found is not None:
            yield found
    yield from ignored(fresh.answered, examination, responses, ask)
    yield from observations(fresh.answered, examination, responses)


def _of_values(examination: Examination, responses: Sequence[Response], fresh: Fresh, cases: Cases) -> Iterator[str]:
    if not examination.compare_value:
        return
    every = [index for index, response in enumerate(responses) if not response.error]
    wrong = [index for index in every if not cases.right[index]]
    everything = len(every) == len(responses)
    groups: tuple[tuple[str, list[int], Callable[[], list[tuple[SolvedCase, Response]]]], ...] = (
        ("", every, fresh.of_all if everything else list),
        (_only(examination, cases), wrong, lambda: fresh.of_wrong(wrong)),
    )
    finite = [index for index in every if is_finite(responses[index])]
    if len(finite) < len(every):
        groups = (*groups, ("Where it is finite, ", finite, list))
    for number in range(_things(examination)):
        for prefix, group, further in groups:
            known = [(examination.cases[index], responses[index]) for index in group]
            sentence = _of_thing(number, known, further, prefix, _things(examination))
            if sentence is not None:
                yield sentence
                break


def _only(examination: Examination, cases: Cases) -> str:
    """Words for "in the cases that fail", where others pass."""
    passed, wrong = _names(examination, cases.right, range(len(cases.right)))
    if not passed or not wrong:
        return ""
    if len(passed) < len(wrong):
        return f"In every case but {listed(passed)}, "
    return f"In {listed(wrong)}, where alone {cases.words} is wrong, "


def _names(examination: Examination, right: Sequence[bool], asked: Sequence[int]) -> tuple[list[str], list[str]]:
    """Of the cases asked for, by index: the names of those that pass, and of those that do not."""
    named = [(f"“{examination.cases[index].case.name}”", right[index]) for index in asked]
    return [name for name, ok in named if ok], [name for name, ok in named if not ok]


def _things(examination: Examination) -> int:
    expected = examination.cases[0].expected.outputs
    return len(expected[-1]) if expected and isinstance(expected[-1], tuple) else 1


Known = Sequence[tuple[SolvedCase, Response]]


def _of_thing(number: int, group: Known, further: Callable[[], Known], prefix: str, things: int) -> str | None:
    """A sentence on one thing that is returned, where it holds in a group of cases and on further inputs like them."""
    pairs: list[Pair] = []
    parts = []
    for solved, response in group:
        found = _pairs(solved, response, number, things)
        if found is None:
            return None
        pairs.append(found)
        parts.append(solved.terms)
    if not pairs or all(pair.is_right for pair in pairs):
        return None
    of_terms = terms(pairs, parts) if things == 1 else None
    if of_terms is not None:
        return _sentence(f"{prefix}{of_terms}")
    more = _further(further, number, things)
    said = _confirmed(relation, pairs, more)
    if said is not None:
        return _sentence(f"{prefix}{_subject(number, things)} is {said}")
    where = place([*pairs, *more()])
    if where is not None:
        only = "" if things == 1 else f" of the {ordinal(number)} thing returned"
        return _sentence(f"{prefix}what is wrong is {where}{only}; all else is right")
    return None


def _confirmed(
    say: Callable[[Sequence[Pair], str], str | None], pairs: Sequence[Pair], further: Callable[[], Sequence[Pair]]
) -> str | None:
    """What is said of pairs, where it holds for further ones too; not of those with a 0, of which many have no log.

    The further ones are asked for only where there is something to say.
    """
    if say(pairs, "the right one") is None:
        return None
    more = further()
    without_zeros = [pair for pair in more if bool((pair.expected != 0).all())]
    said = say([*pairs, *more], "the right one")
    return said or (say([*pairs, *without_zeros], "the right one") if len(without_zeros) > len(more) // 2 else None)


def _further(known: Callable[[], Known], number: int, things: int) -> Callable[[], list[Pair]]:
    """Further pairs on which a statement is tried, where they hold numbers: made when first asked for."""

    @functools.cache
    def further() -> list[Pair]:
        found = [_pairs(solved, response, number, things) for solved, response in known()]
        return [pair for pair in found if pair is not None and pair.is_finite]

    return further


def _subject(number: int, things: int) -> str:
    return "the result" if things == 1 else f"the {ordinal(number)} thing returned"


def _of_shape(examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """What the shape of a result of the wrong shape is that of."""
    shapes = []
    for solved, response in zip(examination.cases, responses, strict=True):
        expected = solved.expected.outputs[-1] if solved.expected.outputs else None
        actual = response.outputs[-1] if response.outputs else None
        if isinstance(expected, Tensor) and isinstance(actual, Tensor) and expected.shape != actual.shape:
            shapes.append((solved.case.inputs, actual.shape))
    if not shapes:
        return
    for name, value in shapes[0][0].items():
        same = isinstance(value, Tensor) and all(tuple(inputs[name].shape) == tuple(s) for inputs, s in shapes)
        if same and value.dim():
            yield f"The result has the shape of `{name}`."
            return
    if all(len(shape) == 0 for _, shape in shapes):
        yield "The result is a single number."
        return
    for name, value in shapes[0][0].items():
        for axis in range(value.dim()) if isinstance(value, Tensor) else ():
            if all(len(s) == 1 and i[name].dim() > axis and s[0] == i[name].shape[axis] for i, s in shapes):
                yield f"The result has one number for each position{along(axis, value.dim())} of `{name}`."
                return


def _pairs(solved: SolvedCase, response: Response, number: int, things: int) -> Pair | None:
    expected, actual = solved.expected.outputs[-1], response.outputs[-1]
    if things > 1:
        if not isinstance(actual, (list, tuple)) or len(actual) != things:
            return None
        expected, actual = expected[number], actual[number]
    found = pairs_of(solved.case, expected, actual)
    return found[0] if found is not None and len(found) == 1 else None


def _measured(examination: Examination, responses: Sequence[Response], fresh: Fresh, cases: Cases) -> Iterator[str]:
    """What can be said by measuring alone: of the values of the cases that gave any, and of which cases pass."""
    if cases.values_right:
        yield "The numbers are right."
    close: list[str] = []
    others: list[str] = []
    for sentence in _measured_of_values(examination, responses) if not cases.values_right else ():
        (close if sentence.endswith(CLOSE) else others).append(sentence)
    yield from close
    yield from _of_errors(examination, responses)
    yield from _of_cases(examination, fresh, cases)
    yield from others


def _measured_of_values(examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    if not examination.compare_value:
        return
    answered = [
        (solved, response)
        for solved, response in zip(examination.cases, responses, strict=True)
        if response.outputs and not response.error
    ]
    things = _things(examination)
    if not answered:
        return
    if things > 1:
        yield from of_things([(solved.expected.outputs[-1], response.outputs[-1]) for solved, response in answered])
    for number in range(things):
        found = [_pairs(solved, response, number, things) for solved, response in answered]
        pairs = [pair for pair in found if pair is not None]
        if len(pairs) == len(found):
            subject = "it" if things == 1 else _subject(number, things)
            yield from of_shape(pairs, subject)
            yield from of_numbers(pairs, subject)


def _of_gradients(
    examination: Examination, responses: Sequence[Response], fresh: Fresh, values_right: bool
) -> Iterator[str]:
    if examination.compare_value and not values_right:
        return
    known = list(zip(examination.cases, responses, strict=True))
    further = [] if examination.compare_value else fresh.of_all()  # probes have no gradients where values count
    names = {name for solved in examination.cases for name in solved.expected.gradients}
    for name in sorted(names):
        pairs = _pairs_of_gradients(known, name)
        if not pairs or all(pair.is_right for pair in pairs):
            continue
        more = functools.partial(_pairs_of_gradients, further, name)
        said = _confirmed(relation, pairs, more)
        if said is not None:
            yield _sentence(f"the gradient in `{name}` is {said}")
        else:
            where = place([*pairs, *more()])
            if where is not None:
                yield _sentence(f"what is wrong of the gradient in `{name}` is {where}")


def _pairs_of_gradients(known: Known, name: str) -> list[Pair]:
    pairs: list[Pair] = []
    for solved, response in known:
        expected, actual = solved.expected.gradients.get(name), response.gradients.get(name)
        if isinstance(expected, Tensor) and isinstance(actual, Tensor) and expected.shape == actual.shape:
            pairs += pairs_of(solved.case, expected, actual) or []
    return pairs


def _of_errors(examination: Examination, responses: Sequence[Response]) -> Iterator[str]:
    """Where it raises, of an answer whose value is wrong elsewhere."""
    raised = {name: [i for i, r in enumerate(responses) if r.error == name] for name in {r.error for r in responses}}
    wrong = any(not r.error and not is_right(s, r) for s, r in zip(examination.cases, responses, strict=True))
    for name, where in sorted(raised.items()):
        if name and wrong:
            yield f"It raises {name} in {listed(_names(examination, [False] * len(responses), where)[1])}."


def _of_cases(examination: Examination, fresh: Fresh, cases: Cases) -> Iterator[str]:
    """In which cases it is right; where numbers are right everywhere, of which cases something else is asked."""
    asked, right = list(range(len(cases.right))), cases.right
    if cases.values_right and any(solved.expected.gradients for solved in examination.cases):
        asked = [i for i in asked if examination.cases[i].expected.gradients or not right[i]]
    passed, wrong = _names(examination, right, asked)
    if not passed or not wrong:
        return
    by_luck = [] if cases.values_right else _right_by_luck(examination, fresh, right)
    if by_luck:
        yield f"That {cases.words} is right in {listed(by_luck)} is luck: with other numbers it is wrong there too."
        return
    passes = "It passes" if cases.values_right else f"{cases.words[:1].upper()}{cases.words[1:]} is right"
    if len(wrong) <= len(passed):
        yield f"{passes} in the other cases; only {listed(wrong)} {'fails' if len(wrong) == 1 else 'fail'}."
    else:
        yield f"{passes} in {listed(passed)}, and in no other case."


def _right_by_luck(examination: Examination, fresh: Fresh, right: Sequence[bool]) -> list[str]:
    """The cases that are right as they stand, and wrong when their numbers are drawn anew."""
    anew = [(probe, answer) for probe, answer in fresh.answered if probe.kind == "anew" and right[probe.base]]
    return [
        f"“{examination.cases[probe.base].case.name}”"
        for probe, answer in anew
        if not value_is_right(probe.solved, answer, examination)
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
