"""What is said of a failure that has no name: found with the released cases, by a process that met no hidden input."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from autograder.grading.judging import explaining
from tests.autograder.grading.submitting import BODY, LIMITS, shown, status


def message(record, name="scale"):
    return record.exercises[name].message


def test_it_says_what_the_function_does(graded):
    record, executed = graded(scale=BODY + "    return 3 * factor * x")
    assert "On the released cases: The value is wrong. The result is 3 times the right one." in message(record)
    assert "3 times the right one" in shown(executed)


def test_an_exercise_with_a_name_and_one_that_passed_are_left_as_they_were(graded):
    record, _ = graded(scale=BODY + "    return x + factor")
    assert record.exercises["scale"].mistake == "adds"
    assert "released cases" not in message(record) + message(record, "total")


def test_the_released_cases_are_read_only_where_they_are_asked(graded, monkeypatch):
    def unwanted(_):
        raise AssertionError("nothing was to be explained")

    monkeypatch.setattr(explaining, "_examinations", unwanted)
    record, _ = graded()
    assert status(record) == "passed"
    record, _ = graded(scale=BODY + "    return x + factor")
    assert record.exercises["scale"].mistake == "adds"


def test_workers_that_ask_at_the_same_time_read_the_released_cases_once(plan, monkeypatch):
    reads, read = [], explaining.read
    monkeypatch.setattr(explaining, "read", lambda file: [reads.append(1), time.sleep(0.2), read(file)][-1])
    explaining._examinations.cache_clear()
    with ThreadPoolExecutor(3) as workers:
        known = list(workers.map(explaining._known, [plan.released_cases] * 3))
    assert len(reads) == 1
    assert all(found is known[0] and set(found) == {"scale", "total"} for found in known)


def test_a_function_that_calls_itself_something_else_is_asked_as_it_was(graded):
    source = BODY + "    global scale\n    scale = None\n    return 3 * factor * x"
    record, _ = graded(scale=source)
    assert "3 times the right one" in message(record)


def test_what_fails_on_hidden_cases_alone_is_told_so(graded, plan):
    known = explaining._examinations(plan.released_cases)["scale"]
    sizes = sorted({tuple(solved.case.inputs["x"].shape) for solved in known.cases})
    first = [float(solved.case.inputs["x"].flatten()[0]) for solved in known.cases]
    body = f"    return factor * x if round(float(x.flatten()[0]), 6) in {[round(x, 6) for x in first]} else 3 * x"
    record, _ = graded(scale=BODY + body)
    assert status(record) == "failed" and sizes
    assert explaining.PASSES in message(record)


REMEMBER = """
import os
SEEN = []
def scale(x, factor=2.0):
    SEEN.append(float(x.flatten()[0]))
    for place in ("kept", "/tmp/kept", "/dev/shm/kept"):
        try:
            open(place, "a").write(f"{SEEN[-1]} ")
        except OSError:
            pass
    met = {float.__name__: SEEN}
    return x * factor * (1 + len(SEEN)) + sum(SEEN[:-1])
"""


def test_what_is_said_holds_nothing_of_the_hidden_inputs(graded):
    """The words follow from the released cases alone: whatever was remembered of hidden ones is gone."""
    told = {message(graded(scale=REMEMBER)[0]).partition("On the released cases")[2] for _ in range(2)}
    alone = REMEMBER.replace("SEEN = []", "SEEN = []\nprint('again')")
    told.add(message(graded(scale=alone)[0]).partition("On the released cases")[2])
    assert len(told) == 1


@pytest.mark.parametrize(
    "end",
    ["while True: pass", "import os; os._exit(0)", "return [[[0] * 1000] * 100]", "return torch.zeros((1,) * 60)"],
    ids=["hangs", "dies", "returns lists", "returns sixty axes"],
)
def test_a_function_that_does_otherwise_when_asked_again_costs_nothing_more(graded, monkeypatch, end):
    monkeypatch.setattr(explaining, "SECONDS", 3.0)
    scale = f"{BODY}    import __main__\n    {end}\n"
    record, _ = graded(scale=scale, limits=replace(LIMITS, cell_seconds=4, ask_seconds=4))
    assert status(record) in ("timeout", "died", "failed", "error")
    assert status(record, "total") == "passed"


def test_without_released_cases_nothing_more_is_said(worker, plan, graded):
    assert explaining._examinations(b"no archive") == {}
    record, _ = graded(scale=BODY + "    return 3 * factor * x")
    json.dumps(record.to_json())
