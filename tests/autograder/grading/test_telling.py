"""What is told of a submission holds no hidden input, whatever it does once it was asked."""

import json
import os
from dataclasses import replace

from tests.autograder.grading.submitting import BODY, LIMITS, shown, status


def test_hidden_inputs_do_not_reach_the_feedback(graded):
    leak = """
import os, sys
def scale(x, factor=2.0):
    text = "LEAK" + repr(x)
    print(text)
    print(text, file=sys.stderr)
    os.write(1, text.encode())
    get_ipython().outputs.write("stdout", text)
    try:
        open(os.path.join(os.getcwd(), "kept"), "w").write(text)
        open("/tmp/kept", "w").write(text)
    except OSError:
        pass
    {}
"""
    own = "import os\nfor place in ('kept', '/tmp/kept'):\n    if os.path.exists(place): print(open(place).read())"
    for end in (
        "raise type(text, (Exception,), {})()",
        "raise ValueError(text)",
        "return type(text, (), {})()",
        "return text",
        "return {text: 1}",
        "os._exit(0)",
    ):
        record, executed = graded(own, scale=leak.format(end))
        assert status(record) != "passed"
        assert "LEAK" not in shown(executed).replace('"LEAK" + repr', "").replace('\\"LEAK\\" + repr', "")
        assert "LEAK" not in json.dumps(record.to_json())
    if os.path.exists("/tmp/kept"):
        os.remove("/tmp/kept")


def test_a_hidden_input_does_not_reach_the_notes_as_an_amount_of_memory(graded):
    scale = f"SEEN = []\n{BODY}    SEEN.append(1_234_567)  # as if it stood for x\n    return x * factor"
    total = """
import sys
if SEEN:
    frame = sys._getframe()
    while frame.f_code.co_name != "live":
        frame = frame.f_back
    frame.f_locals["memory"].taken = lambda: SEEN[0] * 2**20
    raise MemoryError

def total(x):
    return x.sum(-1)
"""
    record, executed = graded(scale=scale, total=total)
    assert "of memory" in record.exercises["total"].message
    assert "1234567" not in json.dumps(record.to_json()) + shown(executed)


HIDES = f"SEEN = []\n{BODY}    SEEN.append(x)\n    return x * factor"


def test_the_place_at_which_a_notebook_dies_after_it_was_asked_is_told_to_nobody(graded):
    """Each hidden number could choose the cell that ends the process, out of as many as the student likes."""
    chosen = [f"import os\nif SEEN and {number} == 2:\n    os._exit(0)" for number in range(4)]
    record, executed = graded(scale=HIDES, last=chosen)
    assert record.points == 5, record
    (note,) = record.notes
    assert "left out" in note and not any(letter.isdigit() for letter in note)
    assert "ended its process" not in shown(executed)


def test_nor_are_the_cells_that_are_passed_over_after_it_was_asked(graded):
    slow = ["import time\ntime.sleep(0.4)"] * 12
    record, _ = graded(scale=HIDES, last=slow, limits=replace(LIMITS, total_seconds=8))
    assert record.points == 5, record
    (note,) = (note for note in record.notes if "did not run again" in note)
    assert not any(letter.isdigit() for letter in note)


def test_an_exercise_whose_cell_dies_after_another_was_asked_is_still_told_so(graded):
    total = "import os\nif SEEN:\n    os._exit(0)\ndef total(x):\n    return x.sum(-1)"
    record, _ = graded(scale=HIDES, total=total)
    assert status(record) == "passed" and status(record, "total") == "died", record
    assert record.notes == ()
