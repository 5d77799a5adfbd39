"""One answer in several cells, or in cells of another type: the grader and `latentkit check` say the same, and what a
fresh run in JupyterLab would show.
"""

import copy
import json

import pytest
import torch

from autograder import rubrics
from autograder.authoring.notebook import grade_id, kind
from autograder.authoring.release import release
from autograder.course import Course
from autograder.exercise.exercise import Exercise, Rubric, Written
from autograder.grading.intake.submission import from_bytes
from autograder.grading.judging.plan import prepare
from autograder.grading.recording.submissions import grade_intake
from autograder.grading.running.workers import Worker
from latentkit.check.cases import Case
from latentkit.check.copies import Copy, checked, code_answer, defines, written_answer
from latentkit.commands.check import check_notebook
from tests.hostile_text import assert_linear, hostile_texts

RIGHT = "def @(x):\n    return 2 * x\n"
WRONG = "def @(x):\n    return x - 7\n"
ANNOTATED = "from __future__ import annotations\n\ndef @(x: Unknown) -> Unknown:\n    return 2 * x\n"
STUB = "stub"
CHECK = "check"


def code(source):
    """A code cell with the answer's name."""
    return {"cell_type": "code", "source": source, "outputs": [], "execution_count": None}


def other(source, cell_type="markdown"):
    """A cell of another type with the answer's name."""
    return {"cell_type": cell_type, "source": source}


def own(source):
    """A code cell of the student's own."""
    return code(source) | {"metadata": {}}


SCENARIOS = {
    "plain": ([code(RIGHT), CHECK], "passed"),
    "experiment_split_off": ([code(RIGHT), code("print(@(torch.ones(2)))\n1 / 0"), CHECK], "passed"),
    "no_python_split_off": ([code(RIGHT), code("so far so good"), CHECK], "passed"),
    "exit_split_off": ([code(RIGHT), code("import sys\nsys.exit()"), CHECK], "passed"),
    "helper_split_off_above": ([code("factor_@ = 2"), code(RIGHT.replace("2", "factor_@")), CHECK], "passed"),
    "helper_split_off_below": ([code(RIGHT.replace("2", "factor_@")), code("factor_@ = 2"), CHECK], "passed"),
    "helper_in_between": (
        [code("low_@ = 1"), own("high_@ = low_@ + 1"), code("def @(x, factor=high_@):\n    return factor * x"), CHECK],
        "passed",
    ),
    "no_python_above": ([code("so far so good"), code(RIGHT), CHECK], "passed"),
    "future_import_in_one_part": ([code("width_@ = 3"), code(ANNOTATED), code("width_@ + 1"), CHECK], "passed"),
    "future_import_split_off": ([code("from __future__ import annotations"), code(ANNOTATED[34:]), CHECK], "passed"),
    "cell_magic_in_each_part": ([code("%%time\n" + RIGHT), code("%%capture\n@(torch.ones(2))"), CHECK], "passed"),
    "definition_cut_in_two": ([code("def @(x):\n    y = 2 * x\n"), code("    return y"), CHECK], "failed"),
    "no_python_in_the_definition": ([code("def @(x)\n    return 2 * x"), code("1 + 1"), CHECK], "error"),
    "first_half_empty": ([code(""), code(RIGHT), CHECK], "passed"),
    "copied_unchanged": ([code(RIGHT), code(RIGHT), CHECK], "passed"),
    "wrong_then_right": ([code(WRONG), code(RIGHT), CHECK], "passed"),
    "right_then_wrong": ([code(RIGHT), code(WRONG), CHECK], "failed"),
    "wraps_the_first": ([code(WRONG), code("old_@ = @\ndef @(x):\n    return old_@(x) + 7 + x"), CHECK], "passed"),
    "variant_below_the_check": ([code(RIGHT), CHECK, code(WRONG)], "passed"),
    "mended_below_the_check": ([code(WRONG), CHECK, code(RIGHT)], "failed"),
    "mended_and_checked_again": ([code(WRONG), CHECK, code(RIGHT), CHECK], "passed"),
    "checked_again_in_the_copy": ([code(WRONG), CHECK, code(RIGHT + 'check("@", @)')], "passed"),
    "stub_above": ([code(STUB), code(RIGHT), CHECK], "passed"),
    "stub_below": ([code(RIGHT), code(STUB), CHECK], "passed"),
    "only_stubs": ([code(STUB), code(STUB), CHECK], "not_attempted"),
    "markdown": ([other(RIGHT), CHECK], "passed"),
    "raw": ([other(RIGHT, "raw"), CHECK], "passed"),
    "markdown_and_wrong": ([other(WRONG), CHECK], "failed"),
    "markdown_with_a_fence": ([other(f"```python\n{RIGHT}```\n"), CHECK], "passed"),
    "markdown_as_a_heading": ([other("## " + RIGHT), CHECK], "passed"),
    "markdown_stub": ([other(STUB), CHECK], "not_attempted"),
    "split_and_markdown": ([other("factor_@ = 2"), other(RIGHT.replace("2", "factor_@")), CHECK], "passed"),
    "markdown_beside_code": ([code(RIGHT), other(WRONG), CHECK], "passed"),
    "markdown_beside_a_stub": ([code(STUB), other(RIGHT), CHECK], "passed"),
    "markdown_above_an_experiment": ([other(RIGHT), code("@(torch.ones(2))"), CHECK], "passed"),
}  # fmt: skip
"""An exercise's cells, in which @ is its name, and the status that it deserves."""

WRITTEN = {
    "one": ([other("Linear.")], "Linear."),
    "split": ([other("First this."), other("Then that.")], "First this.\n\nThen that."),
    "split_in_three": ([other("A"), other(STUB), other("B"), other("A")], "A\n\nB"),
    "in_code": ([code("The sum is linear: $E[x] = 1$.")], "The sum is linear: $E[x] = 1$."),
    "in_raw": ([other("It is linear.", "raw")], "It is linear."),
    "half_in_code": ([other("It is so:"), code("1 + 1 == 2")], "It is so:\n\n1 + 1 == 2"),
    "untouched": ([other(STUB)], None),
    "untouched_in_code": ([code(STUB)], None),
    "below": ([other(STUB), other("It is linear.") | {"metadata": {}}], STUB),
    "below_in_code": ([other(STUB), own("# It is\n# linear.")], STUB),
    "scratch_below": ([other(STUB), own("1 + 1")], None),
}
"""A written answer's cells and the text that a person is to read; None where there is nothing to read."""


def double(x):
    return 2 * x


def cases(generator):
    for rows in (1, 3):
        yield Case(f"{rows} rows", {"x": torch.from_numpy(generator.normal(size=(rows, 2)))})


def source_of_the_set() -> str:
    cells = ['# %% nbgrader={"grade_id": "imports", "locked": true}\nimport torch\nfrom latentkit.check import check']
    for name in SCENARIOS:
        answer = f"def {name}(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
        cells.append(f'# %% nbgrader={{"grade_id": "{name}", "solution": true}}\n{answer}')
        cells.append(f'# %% nbgrader={{"grade_id": "check_{name}", "grade": true}}\ncheck("{name}", {name})')
    for name in WRITTEN:
        marks = f'{{"grade_id": "why_{name}", "grade": true, "solution": true}}'
        cells.append(f"# %% [markdown] nbgrader={marks}\n# Because.")
    return "\n\n".join(cells)


def handed_in(skeleton) -> dict:
    """The released notebook with each scenario's cells in the place of its answer and its check."""
    notebook = json.loads(json.dumps(skeleton))
    released = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"]}

    def made(name, answer, cell):
        if cell == CHECK:
            return copy.deepcopy(released[f"check_{name}"])
        source = released[answer]["source"] if cell["source"] == STUB else cell["source"].replace("@", name)
        return {"metadata": released[answer]["metadata"]} | copy.deepcopy(cell) | {"source": source}

    cells = [released["imports"]]
    for name, (answer, _) in SCENARIOS.items():
        cells += [made(name, name, cell) for cell in answer]
    for name, (answer, _) in WRITTEN.items():
        cells += [made(name, f"why_{name}", cell) for cell in answer]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return notebook | {"cells": cells}


class Said:
    """What the grader and `latentkit check` say of the notebook that holds all scenarios."""

    def __init__(self, skeleton, intake, record, executed, events):
        self.skeleton, self.intake, self.record, self.executed = skeleton, intake, record, executed
        self.verdicts = {event["verdict"]["exercise"]: event["verdict"] for event in events if "verdict" in event}
        self.checks_notes = [event["note"] for event in events if "note" in event]

    def notes(self, name) -> list[str]:
        return [note for note in self.record.notes if f"{name!r}" in note]

    def text(self, name) -> str:
        return next(cell.source for cell in self.executed.cells if grade_id(cell) == name)


@pytest.fixture(scope="module")
def said(tmp_path_factory, warm):
    root = tmp_path_factory.mktemp("copies")
    (root / "solutions").mkdir()
    (root / "solutions" / "copies.py").write_text(source_of_the_set())
    exercises = tuple(Exercise(name, 1, double, cases, look="the first page") for name in SCENARIOS)
    rubric = Rubric("copies", "Copies", exercises, tuple(Written(f"why_{name}", 1) for name in WRITTEN))
    with pytest.MonkeyPatch.context() as patch, Worker(warm) as worker:
        patch.setattr(rubrics, "names", lambda: ["copies"])
        patch.setattr(rubrics, "load", lambda name: rubric)
        course = Course(root)
        skeleton = release(course, "copies").notebook
        notebook = handed_in(skeleton)
        intake = from_bytes(json.dumps(notebook).encode(), skeleton)
        record, executed = grade_intake(worker, prepare(course, "copies"), intake)
    path = course.release_notebook("copies")
    path.write_text(json.dumps(notebook))
    return Said(skeleton, intake, record, executed, list(check_notebook(path)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_grader_says_what_a_fresh_run_shows(said, name):
    outcome = said.record.exercises[name]
    assert outcome.status == SCENARIOS[name][1], outcome


@pytest.mark.parametrize("name", SCENARIOS)
def test_latentkit_check_says_the_same(said, name):
    assert said.verdicts[name]["status"] == said.record.exercises[name].status, said.verdicts[name]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_person_reads_all_that_was_written(said, name):
    text, status = WRITTEN[name][1], said.record.written[f"why_{name}"].status
    assert status == ("not_attempted" if text is None else "needs_manual_grade")
    assert (f"why_{name}" in said.record.unchanged) is (text is None)
    if text not in (None, STUB):
        assert said.text(f"why_{name}") == text


def test_each_name_is_there_once_and_has_the_released_marks(said):
    marks = [(cell.id, cell.cell_type, cell.metadata) for cell in said.executed.cells if grade_id(cell)]
    assert marks == [(cell.id, cell.cell_type, cell.metadata) for cell in said.skeleton.cells]
    assert len({cell.id for cell in said.executed.cells}) == len(said.executed.cells)
    assert all(kind(cell) in ("free", "text") for cell in said.executed.cells if grade_id(cell) is None)


def test_the_notes_say_so_in_plain_words(said):
    assert said.notes("plain") == said.notes("why_one") == said.notes("why_in_raw") == []
    [note] = said.notes("experiment_split_off")
    assert note == "the cell 'experiment_split_off' is there 2 times: its parts ran one after the other"
    [note] = said.notes("stub_below")
    assert note == "the cell 'stub_below' is there 2 times: the one that was worked on counts"
    [note] = said.notes("markdown")
    assert note == "the cell 'markdown' was made a Markdown cell: it ran as code all the same"
    [note] = said.notes("raw")
    assert note == "the cell 'raw' was made a raw cell: it ran as code all the same"
    [note] = said.notes("why_split")
    assert note == "the answer 'why_split' stands in 2 cells: they are read as one"
    [note] = said.notes("why_in_code")
    assert note == "the answer 'why_in_code' was made a code cell: it is read as text all the same"
    [note] = said.notes("why_below")
    assert note == "the answer 'why_below' is empty, but text stands in a cell of the student's own below it"


def test_latentkit_check_says_what_jupyterlab_does_not_run(said):
    told = "\n".join(said.checks_notes)
    assert "your answer `markdown`, is a Markdown cell. It was run as code, as in grading; JupyterLab does not" in told
    assert "your answer `why_in_code`, is a code cell. It is read as text" in told
    assert "is a copy of `stub_below` as it was handed out. It was left out, as in grading" in told
    assert "why_half_in_code" not in told, "the code beside a text is run, here and there"


def test_the_own_cells_of_an_answer_are_told_from_others(said):
    from autograder.authoring.notebook import answer_of

    parts = [cell.source for cell in said.executed.cells if answer_of(cell) == "helper_split_off_above"]
    assert parts[0] == "factor_helper_split_off_above = 2" and len(parts) == 2


def test_a_loop_split_off_costs_nothing(toy_course, warm):
    from autograder.worker.limits import Limits

    skeleton = release(toy_course, "toy").notebook
    plan = prepare(toy_course, "toy", Limits(cell_seconds=1.0))
    notebook = json.loads(json.dumps(skeleton))
    answer = next(cell for cell in notebook["cells"] if cell["source"].startswith("def scale"))
    answer["source"] = "def scale(x, factor=2.0):\n    return factor * x"
    place = notebook["cells"].index(answer)
    notebook["cells"].insert(place + 1, {**answer, "id": "split-off", "source": "while True:\n    pass"})
    with Worker(warm) as worker:
        record, _ = grade_intake(worker, plan, from_bytes(json.dumps(notebook).encode(), skeleton))
    assert record.exercises["scale"].status == "passed"
    assert any("left out" in note and "endless loop" in note for note in record.notes)


READERS = {
    "checked": checked,
    "defines": lambda source: defines(source, "scale"),
    "code_answer": lambda source: code_answer("scale", [Copy("markdown", source), Copy("code", source)]),
    "written_answer": lambda source: written_answer([Copy("markdown", source), Copy("code", source)]),
}


@pytest.mark.parametrize("reader", READERS)
def test_cells_are_read_in_time_in_proportion_to_their_text(reader):
    lengths = (2**17, 2**18)
    pairs = [tuple(unit * (size // len(unit)) + end for size in lengths) for unit, end in ((" \n", "x"), ("~", "`"))]
    assert_linear(READERS[reader], [*hostile_texts(60, 2**17), *pairs])


def test_checks_are_found_wherever_they_stand():
    assert checked("x = 1\n\n  check('scale', scale)\ncheck(\n    \"total\", total)") == ["scale", "total"]
