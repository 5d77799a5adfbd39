"""Of how many wrong answers that no rubric knows does the check say more than "wrong", and is it true?

    python tests/benchmarks/diagnosis.py                      both halves of the stock, a row for each exercise
    python tests/benchmarks/diagnosis.py --half kept_aside    the half that the diagnosis was not made with
    python tests/benchmarks/diagnosis.py --listing            each answer with what its author and what the check says

Every wrong answer of `tests/stock` meets the public cases, as in a notebook. *Named* is a known mistake, *behaviour* a
statement about what the function does, *measured* one about how its numbers are wrong (in which cases, how many, too
large), *bare* a message that says no more than that it is wrong. A statement is tried on cases of other seeds, which it
was not made from: *other on new cases* counts the answers of which something else is said there, numbers aside.
*Slowest* is CPU seconds from the call to the message.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "stock"))

from answers import HALVES, Answer, load_answers, state_put_back
from common import on_one_thread, parser_of, show
from tqdm import tqdm

from autograder import rubrics
from autograder.exercise.exercise import Exercise
from autograder.exercise.solve import PUBLIC_SEED, examination
from latentkit.check import examine
from latentkit.check.cases import Examination, Verdict

BARE = re.compile(
    r"The value is wrong\.|The result is NaN or infinite where it should be finite:[^.]*\."
    r"|The gradient in `\w+` is wrong\.|Your function raised \w+\."
    r"|The result has the wrong (shape|dtype: [^.]*)\."
)
"""Messages that say no more than that it is wrong."""

MEASURED = re.compile(
    r"It (is right|passes) in .*, and in no other case\.|\d+ of \d+ numbers (is|are) wrong.*"
    r"|It is right to three digits or so, and no further.*"
    r"|All (numbers|that) .* too (large|small)\.|Each row should sum to 1, and does not\."
    r"|Of the things returned, .*|Its axis \d .*|It has \d ax[ie]s, not \d\."
)
"""Sentences that measure what is wrong and explain nothing."""

OTHER_SEEDS = (b"new cases one", b"new cases two")


@dataclass(frozen=True)
class Found:
    """What was said of a wrong answer.

    Attributes:
        problem_set: of its exercise.
        answer: the wrong answer.
        verdict: on public cases.
        kind: "accepted", "named", "behaviour", "measured" or "bare".
        steady: whether cases of other seeds lead to the same words.
        seconds: of CPU time, for the public cases.
    """

    problem_set: str
    answer: Answer
    verdict: Verdict
    kind: str
    steady: bool
    seconds: float


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--half", choices=HALVES, help="of the stock (default: both)")
    parser.add_argument("--names", nargs="+", default=rubrics.names(), help="problem sets (default: all)")
    parser.add_argument("--exercises", nargs="+", help="by name (default: all)")
    parser.add_argument("--listing", action="store_true", help="print every answer instead of a table")
    options = parser.parse_args()
    on_one_thread()
    found = list(measured(options.names, options.exercises, options.half or "wrong"))
    if options.listing:
        lines = [described(one) for one in found]
        print(json.dumps(lines, indent=1) if options.json else "\n".join(map(as_lines, lines)))
        return
    show(rows_of(found), options.json)


def measured(problem_sets: list[str], exercises: list[str] | None, half: str) -> Iterator[Found]:
    """What is said of each wrong answer of a half."""
    for problem_set in problem_sets:
        answers = load_answers(half, problem_set)
        for exercise in rubrics.load(problem_set).exercises:
            if exercises is not None and exercise.name not in exercises:
                continue
            own = [answer for answer in answers if answer.exercise == exercise.name]
            yield from _of_exercise(problem_set, exercise, own)


def _of_exercise(problem_set: str, exercise: Exercise, answers: list[Answer]) -> Iterator[Found]:
    public, *others = (examination(exercise, seed, with_probes=True) for seed in (PUBLIC_SEED, *OTHER_SEEDS))
    for answer in tqdm(answers, desc=exercise.name, leave=False):
        before = time.process_time()
        with state_put_back():
            verdict = examine(public, answer.function)
        seconds = time.process_time() - before
        kind = kind_of(verdict)
        with state_put_back():
            steady = kind in ("bare", "accepted") or all(_agrees(verdict, answer, other) for other in others)
        yield Found(problem_set, answer, verdict, kind, steady, seconds)


def kind_of(verdict: Verdict) -> str:
    """How much a verdict says."""
    if verdict.passed:
        return "accepted"
    if verdict.mistake is not None:
        return "named"
    beyond = BARE.sub("", verdict.message, count=1).strip()
    if not beyond:
        return "bare"
    return "measured" if all(MEASURED.fullmatch(part) for part in SENTENCES.split(beyond)) else "behaviour"


SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")


def _agrees(verdict: Verdict, answer: Answer, examined: Examination) -> bool:
    """Whether cases of another seed lead to the same words, numbers aside."""
    other = examine(examined, answer.function)
    return verdict.mistake == other.mistake and _words(verdict.message) == _words(other.message)


def _words(message: str) -> str:
    return re.sub(r"[−-]?\d[\d.e+−-]*", "#", message)


def rows_of(found: list[Found]) -> list[dict[str, Any]]:
    """A row for each exercise, and one for each half and for all."""
    rows = [_row(name, [one for one in found if one.answer.exercise == name]) for name in _exercises(found)]
    halves = [half for half in HALVES if any(one.answer.half == half for one in found)]
    rows += [_row(half.replace("_", " "), [one for one in found if one.answer.half == half]) for half in halves]
    return rows + ([_row("all", found)] if len(halves) > 1 else [])


def _exercises(found: list[Found]) -> list[str]:
    return list(dict.fromkeys(one.answer.exercise for one in found))


def _row(name: str, found: list[Found]) -> dict[str, Any]:
    count = {
        kind: sum(one.kind == kind for one in found) for kind in ("named", "behaviour", "measured", "bare", "accepted")
    }
    said = count["named"] + count["behaviour"] + count["measured"]
    return {
        "exercise": name,
        "wrong answers": len(found),
        **count,
        "says more": f"{100 * said / max(len(found), 1):.0f} %",
        "other on new cases": sum(not one.steady for one in found),
        "slowest": f"{max((one.seconds for one in found), default=0):.2f}",
    }


def described(one: Found) -> dict[str, Any]:
    """An answer with what its author and what the check says of it."""
    return {
        "problem set": one.problem_set,
        "exercise": one.answer.exercise,
        "answer": one.answer.name,
        "half": one.answer.half,
        "its author says": one.answer.sentence,
        "kind": one.kind,
        "mistake": one.verdict.mistake,
        "the check says": one.verdict.message,
        "same on new cases": one.steady,
        "seconds": round(one.seconds, 3),
    }


def as_lines(line: dict[str, Any]) -> str:
    """The same for a terminal."""
    sure = "" if line["same on new cases"] else " [other words on new cases]"
    return (
        f"{line['exercise']}.{line['answer']}\n  author: {line['its author says']}\n"
        f"  check:  ({line['mistake'] or line['kind']}) {line['the check says']}{sure}"
    )


if __name__ == "__main__":
    main()
