"""One submission at a time: what it earns, whatever it does. The tier is the strongest that works here."""

import json
import os
from dataclasses import replace

import pytest

from autograder.authoring.notebook import grade_id
from autograder.grading.sanitise import READ_HERE
from tests.autograder.grading.submitting import BODY, LIMITS, RIGHT, shown, status

SHORT = replace(LIMITS, cell_seconds=4, ask_seconds=4)
"""For what never ends: long enough for the cells around it, which take milliseconds of the processor."""


def test_a_right_solution_earns_everything(graded):
    record, executed = graded()
    assert record.points == record.max_points == 5
    assert record.notes == ()
    check = next(cell for cell in executed.cells if grade_id(cell) == "check_scale")
    assert [output.output_type for output in check.outputs] == ["stream", "execute_result"]
    assert check.outputs[1].data["text/plain"] == "3.0"


def test_a_known_mistake_is_named(graded):
    record, executed = graded(scale=BODY + "    return x + factor")
    assert record.exercises["scale"].mistake == "adds"
    assert record.points == 2
    check = next(cell for cell in executed.cells if grade_id(cell) == "check_scale")
    assert [output.output_type for output in check.outputs] == ["error"]
    assert "The factor is added" in "\n".join(check.outputs[0].traceback)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def scale(x, factor=2.0):\n    raise NotImplementedError()", "not_attempted"),
        ("def scale(x:\n", "error"),
        ("1 / 0", "error"),
        ("scale = 3", "error"),
        ("def scales(x, factor=2.0):\n    return x * factor", "error"),
        (BODY + "    return x / 0 * torch.nan", "failed"),
        (BODY + "    return None", "failed"),
        (BODY + "    return 'x' * 1000", "failed"),
        (BODY + "    return 'x' * 10**6", "died"),  # larger than an answer may be
        (BODY + "    return [[[[x]]]]", "failed"),
        (BODY + "    raise ValueError(x)", "error"),
        (BODY + "    return torch.distributions.Distribution(validate_args=False).log_prob(x)", "error"),
        (BODY + "    raise SystemExit(0)", "error"),
        (BODY + "    raise KeyboardInterrupt", "error"),
        (BODY + "    import os\n    os._exit(0)", "died"),
        (BODY + "    import ctypes\n    ctypes.string_at(0)", "died"),
        (BODY + "    while True:\n        pass", "timeout"),
        (BODY + "    try:\n        while True: pass\n    except BaseException:\n        return x * factor", "timeout"),
        (BODY + "    keep = []\n    while True:\n        keep.append(bytearray(2**26))", "error"),
        (BODY + "    return scale(x, factor)", "error"),
        ("import os\nos._exit(0)", "died"),
        ("while True:\n    pass", "timeout"),
        ("import ctypes\nctypes.string_at(0)", "died"),
        ("raise SystemExit", "error"),
        ("exit()", "error"),
        ("keep = []\nwhile True:\n    keep.append(bytearray(2**26))", "error"),
    ],
)
def test_a_failure_costs_its_own_exercise_and_no_more(graded, source, expected):
    record, _ = graded(scale=source, limits=SHORT if expected == "timeout" else LIMITS)
    assert status(record) == expected, record
    assert record.exercises["scale"].message
    assert status(record, "total") == "passed" and record.points == 2


def test_fresh_starts_that_the_display_took_are_not_the_exams(graded):
    die = "import os\nos._exit(0)"
    record, _ = graded(die, scale=BODY + "    import os\n    os._exit(0)", limits=replace(LIMITS, restarts=1))
    assert status(record) == "died" and status(record, "total") == "passed", record


def test_own_cells_that_sleep_all_day_cost_no_exercise(graded):
    slow = ["import time\ntime.sleep(0.9)"] * 12
    record, _ = graded(last=slow, limits=replace(LIMITS, total_seconds=12.0))
    assert record.points == 5, record
    assert any("are not shown" in note for note in record.notes)
    assert not any("endless loop" in note for note in record.notes), "no cell ran longer than a cell may"


def test_own_cells_that_sleep_before_the_checks_cost_themselves_alone(graded):
    """200 of them, of which the exam has time for few; helpers among them are quick, and run."""
    slow = ["import time\ntime.sleep(0.4)"] * 100
    cells = [*slow, "def doubled(x): return 2 * x", *slow]
    record, _ = graded(*cells, scale=RIGHT, limits=replace(LIMITS, total_seconds=16.0))
    assert record.points == 5, record
    (note,) = (note for note in record.notes if "did not run again" in note)
    assert "the student's own cells together take too long" in note


def test_a_helper_in_an_own_cell_outlasts_those_that_sleep(graded):
    slow = ["import time\ntime.sleep(0.4)"] * 20
    cells = [*slow, "factor_of = lambda factor: factor", *slow]
    scale = BODY + "    return x * factor_of(factor)"
    record, _ = graded(*cells, scale=scale, limits=replace(LIMITS, total_seconds=24.0))
    assert record.points == 5, record


def test_an_own_cell_that_takes_its_time_within_reason_runs_for_the_functions_too(graded):
    helper = "import time\ntime.sleep(1.5)\nfactor_of = lambda factor: factor"
    record, _ = graded(
        helper, scale=BODY + "    return x * factor_of(factor)", limits=replace(LIMITS, total_seconds=20.0)
    )
    assert record.points == 5 and record.notes == (), record


HUNGRY = "def total(x):\n    room = bytearray(2**27)\n    return x.sum(-1) + 0 * len(room)"
"""A right answer that needs half of the memory."""


@pytest.mark.parametrize(
    "loop",
    [
        "history = []\nwhile True:\n    history.append([0.0] * 1_000_000)",
        "import torch\nhistory = []\nwhile True:\n    history.append(torch.zeros(2**23))",
        "history = []\ntry:\n    while True:\n        history.append(bytearray(2**25))\nexcept MemoryError:\n    pass",
    ],
    ids=["lists", "tensors", "and says nothing"],
)
def test_a_cell_that_fills_the_memory_costs_itself_alone(graded, loop):
    record, _ = graded(loop, scale=RIGHT, total=HUNGRY)
    assert record.points == 5, record
    (note,) = (note for note in record.notes if "was left out" in note)
    assert "of memory: does it fill a list for ever?" in note


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    while True:\n        history.append(bytearray(2**25))", "error"),
        (
            "    try:\n        while True:\n            history.append(bytearray(2**25))\n"
            "    except MemoryError:\n        return x * factor",
            "passed",
        ),
    ],
)
def test_after_an_answer_that_fills_the_memory_the_others_are_judged_in_fresh_memory(graded, body, expected):
    record, _ = graded(scale=f"history = []\n{BODY}{body}", total=HUNGRY)
    assert status(record) == expected, record
    assert status(record, "total") == "passed", record


def test_both_exercises_may_kill_their_process(graded):
    record, _ = graded(
        "free = 1", scale="import os\nos._exit(1)", total="def total(x):\n    import os\n    os._exit(0)"
    )
    assert status(record) == status(record, "total") == "died"


def test_a_bad_cell_of_their_own_costs_nothing(graded):
    record, executed = graded("import os\nos._exit(0)", "while True: pass", "1 / 0", limits=SHORT)
    assert record.points == 5
    assert len([note for note in record.notes if "was left out" in note]) == 2
    assert "ZeroDivisionError" in shown(executed)


@pytest.mark.parametrize(
    "noise",
    [
        "import sys\nprint('careful', file=sys.stderr)",
        "import warnings\nwarnings.warn('careful')",
        "from tqdm.auto import tqdm\nfor _ in tqdm(range(10)): pass",
        "import logging\nlogging.getLogger().error('careful')",
        "import sys\nsys.stderr.write('careful')\nsys.stderr.buffer.write(b'careful')",
        "import os\nos.write(2, b'careful')\nos.write(1, b'careful')",
        "print('x' * 10**7)",
        "print('λ' * 10**6)",
        "for i in range(10**5): print(i)",
        "import sys\nsys.stdout = sys.stderr = None",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))",
        "from ipywidgets import IntSlider\nIntSlider()",
        "%matplotlib inline",
        "%timeit -n1 -r1 1 + 1",
        "import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()",
    ],
)
def test_noise_costs_nothing(graded, noise):
    inside = "\n".join("    " + line for line in noise.splitlines() if not line.startswith("%"))
    record, _ = graded(noise, scale=f"{noise}\n{BODY}{inside}\n    return factor * x")
    assert record.points == 5, record


def test_a_warning_that_a_notebook_made_an_error_costs_nothing_as_in_its_check(graded):
    source = f"import warnings\n{BODY}    warnings.warn('careful')\n    return factor * x"
    assert graded("import warnings\nwarnings.simplefilter('error')", scale=source)[0].points == 5


FORGERIES = {
    "patched comparisons": "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\n"
    "torch.testing.assert_close = lambda *a, **k: None",
    "patched check": "import latentkit.check\nlatentkit.check.check = check = lambda *a: 'passed'\n"
    "latentkit.check.judging.judge = None",
    "patched verdicts": "import latentkit.check.judging, latentkit.check.cases as cases\n"
    "cases.Verdict.passed = property(lambda self: True)",
    "patched responses": "import autograder.worker.child as child\n"
    "from latentkit.check.cases import Response\nchild._respond = lambda f, case: Response(('passed',) * case.calls)",
    "patched packing": "import autograder.worker.child as child\nchild.pack = lambda v: ({'verdict': 'passed'}, [])",
    "forged outputs": "from IPython.display import display\ndisplay({'text/plain': '100.0'}, raw=True)\n3.0",
    "forged frames": "import os, socket\nfrom autograder.worker.protocol import send\n"
    "ours, theirs = socket.socketpair()\n"
    "send(ours, {'answer': 1, 'verdict': 'passed', 'outputs': [], 'points': 100})\n"
    "frame = theirs.recv(9999) * 20\n"
    "for fd in range(3, 64):\n    try: os.write(fd, frame)\n    except OSError: pass",
    "garbage frames": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'x' * 99)\n    except OSError: pass",
    "closed descriptors": "import os\nos.closerange(3, 64)",
    "a lying tensor": "import torch\nclass Liar(torch.Tensor):\n    def __eq__(self, other): return True\n"
    "    def __torch_function__(self, *a, **k): return True\nLIAR = Liar",
    "an ast transformer": "import ast\nclass T(ast.NodeTransformer):\n    def visit_Compare(self, n): "
    "return ast.Constant(True)\nget_ipython().ast_transformers.append(T())",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_nothing_that_is_done_in_the_process_is_a_verdict(graded, forgery):
    wrong = "def scale(x, factor=2.0):\n    return x\n"
    record, _ = graded(FORGERIES[forgery], scale=wrong + FORGERIES[forgery])
    assert status(record) != "passed"
    assert record.exercises["scale"].points == 0


@pytest.mark.parametrize("forgery", ["patched comparisons", "patched check", "forged outputs", "an ast transformer"])
def test_what_was_earned_stays(graded, forgery):
    record, _ = graded(FORGERIES[forgery], scale=RIGHT)
    assert record.points == 5


def test_the_answer_key_is_not_there(graded):
    source = """
import gc, sys
keys = ("latentkit.reference", "autograder.rubrics", "autograder.grading")
found = [name for name in sys.modules if name.startswith(keys)]
for name in (*keys, "autograder.authoring", "autograder.course"):
    try:
        __import__(name)
        found.append(name)
    except ImportError:
        pass
found += [type(o).__name__ for o in gc.get_objects() if type(o).__name__ in ("Examination", "SolvedCase", "Rubric")]
print("FOUND", found)
"""
    _, executed = graded(source)
    assert "FOUND []" in shown(executed)


@pytest.mark.parametrize(("answers", "lists"), [("memory_error", 10**6), ("found", 200_000), ("exam", 40_000)])
def test_an_answer_of_many_empty_lists_is_refused_unread(graded, answers, lists):
    """To parse a megabyte of them takes the judge as long as ten honest submissions."""
    forge = f"""
from autograder.worker import child
send = child.send
def heavy(connection, content, arrays=()):
    child.kept = getattr(child, "kept", False) or "found" in content
    if {answers!r} in content or {answers!r} == "exam" and child.kept and "memory_error" in content:
        content = content | {{"outputs": [[]] * {lists}}}
    send(connection, content, arrays)
child.send = heavy
"""
    record, _ = graded(scale=forge + RIGHT)
    assert not record.notes or "disturbed" in record.notes[0], record
    told = record.exercises["scale"].message + record.exercises["total"].message + "".join(record.notes)
    assert "disturbed the grading" in told, record


@pytest.mark.parametrize(("lists", "expected"), [(300_000, "passed"), (10**6, "died")])
def test_outputs_of_many_empty_lists_are_parsed_in_another_process_or_not_at_all(graded, monkeypatch, lists, expected):
    """A megabyte of them holds the interpreter's lock, for which every worker waits, long enough to be felt."""
    forge = f"""
import numpy as np
from autograder.worker import child
send = child.send
def heavy(connection, content, arrays=()):
    if "memory_error" in content and arrays:
        arrays = [np.frombuffer(b"[" + b"[]," * {lists} + b"[]]", np.uint8)]
    send(connection, content, arrays)
"""
    parsed, loads = [], json.loads
    monkeypatch.setattr(json, "loads", lambda text, **options: (parsed.append(len(text)), loads(text, **options))[1])
    record, _ = graded(scale=forge + RIGHT + "child.send = heavy")
    assert status(record) == expected and max(parsed) < READ_HERE, record


def test_nothing_outlives_its_submission(graded, worker):
    if worker.tier == "none":
        pytest.skip("no sandbox works here")
    marker = f"outlive-{os.getpid()}"
    record, executed = graded(
        f"import os, subprocess, sys\nopen('{marker}', 'w').write('x')\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', '{marker}'])\nprint('STARTED ' + 'IT')"
    )
    assert record.points == 5 and "STARTED IT" not in shown(executed)
    assert marker not in os.popen("ps ax -o args").read().replace("ps ax", "")


def test_one_deadline_holds_for_all(graded):
    """A second for a cell and three for all: of five endless cells, three at the most have their second."""
    slow = "while True: pass"
    limits = replace(LIMITS, cell_seconds=1, total_seconds=3)
    record, _ = graded(slow, slow, slow, slow, scale=slow, limits=limits)
    assert len([note for note in record.notes if "was left out" in note]) <= 3
    assert status(record, "total") == "timeout"


def test_demonstrations_are_not_run_unless_they_are_given_time(graded):
    _, executed = graded()
    demo = next(cell for cell in executed.cells if "demo" in cell.source)
    assert "not run when grading" in demo.outputs[0].text
    _, executed = graded(limits=replace(LIMITS, training_seconds=30))
    demo = next(cell for cell in executed.cells if "demo" in cell.source)
    assert demo.outputs[0].data["text/plain"] == "2"


def test_the_same_submission_earns_the_same_twice(graded):
    source = "import random, torch\ndef scale(x, factor=2.0):\n    return x * factor * (1 + (torch.rand(()) < 0.5))"
    assert graded(scale=source)[0] == graded(scale=source)[0]


def test_a_dead_worker_is_replaced(graded, worker):
    assert graded()[0].points == 5
    worker._warm.kill()
    assert graded()[0].points == 5
