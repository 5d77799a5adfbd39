"""What a student changed in vain is told, in words and at no cost; nothing is dropped without a line."""

import json
import pkgutil
import time

import pytest

from autograder import rubrics
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import release
from autograder.classroom.simulate import simulate
from autograder.classroom.student_kinds import STUDENT_KINDS
from autograder.grading.intake.integrity import (
    MOST_CHARACTERS,
    MOST_NOTES,
    own_names,
    released_names,
    shortcut_notes,
)
from autograder.grading.intake.submission import Intake, from_bytes, take_in_student
from autograder.worker.limits import Limits

HONEST = ("right", "right_but_different", "known_mistakes", "mixed", "blank", "half_done", "noisy", "from_colab")
"""Kinds of students who changed nothing but what is theirs."""


@pytest.fixture
def skeleton(toy_course):
    return release(toy_course, "toy").notebook


def taken(notebook, skeleton) -> Intake:
    return from_bytes(json.dumps(notebook).encode(), skeleton)


def edited(skeleton, place, source) -> dict:
    """The released notebook with another source in one cell, told by its grade_id or by how its text begins."""
    notebook = json.loads(json.dumps(skeleton))
    [cell] = [
        cell
        for cell in notebook["cells"]
        if place in (cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"][: len(place)])
    ]
    cell["source"] = source
    return notebook


def simulated(course, kind, tmp_path, skeleton) -> Intake:
    simulate(course, "toy", 1, seed=0, out=tmp_path / kind, kinds=[kind])
    [student] = [path.name for path in (tmp_path / kind).iterdir() if path.is_dir()]
    return take_in_student(tmp_path / kind, student, "toy", skeleton, Limits(), released_names(course))


def test_emptied_checks_and_points_written_in_are_told(toy_course, tmp_path, skeleton):
    told = " ".join(simulated(toy_course, "tampered", tmp_path, skeleton).notes)
    assert (
        "checks were emptied or replaced, to no effect: the released ones count: 'check_scale', 'check_total'" in told
    )
    assert "points were written into cells, to no effect" in told


@pytest.mark.parametrize("kind", HONEST)
def test_an_honest_notebook_has_no_note(toy_course, tmp_path, skeleton, kind):
    assert kind in STUDENT_KINDS
    assert simulated(toy_course, kind, tmp_path, skeleton).notes == ()


def test_a_line_beside_a_check_is_told_as_a_change(skeleton):
    intake = taken(edited(skeleton, "check_scale", 'print("now")\ncheck("scale", scale)'), skeleton)
    assert intake.notes == (
        "the check 'check_scale' was changed, to no effect: the released one counts (added: `print(\"now\")`)",
    )


@pytest.mark.parametrize("name", ["check_scale", "imports"])
def test_thousands_of_changed_copies_are_told_in_a_page(skeleton, name):
    notebook = edited(skeleton, name, "")
    [cell] = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name]
    extra = "" if name == "imports" else 'check("scale", scale)\n'
    notebook["cells"] += [{**cell, "id": f"copy-{n}", "source": f"{extra}print({n})"} for n in range(4_000)]
    notes = taken(notebook, skeleton).notes
    assert len(notes) == MOST_NOTES + 1
    assert "print(0)" in " ".join(notes)
    assert name == "imports" or "checks were emptied" in notes[0], "what sums up many cells is not cut off"
    assert notes[-1] == f"and {4_001 - MOST_NOTES} more changes: see the submitted notebook"


def test_an_import_in_the_locked_cell_is_told(skeleton):
    locked = next(cell.source for cell in skeleton.cells if grade_id(cell) == "imports")
    intake = taken(edited(skeleton, "imports", f"{locked}\nimport seaborn as sns"), skeleton)
    assert intake.notes == (
        "the locked cell 'imports' was changed: it ran as released (added: `import seaborn as sns`)",
    )
    assert next(cell.source for cell in intake.canonical.cells if grade_id(cell) == "imports") == locked
    assert "lines are gone" in taken(edited(skeleton, "imports", "import torch"), skeleton).notes[0]
    assert taken(edited(skeleton, "imports", locked.replace("\n", "  \n\n")), skeleton).notes == ()


def test_what_is_written_into_prose_is_told_with_its_text_cut(skeleton):
    answer = "Multiply every entry.\n\n" + "\n".join(f"line {number}: {'x' * 200}\x1b[2J" for number in range(9))
    [note] = taken(edited(skeleton, "Multiply", answer), skeleton).notes
    assert "the student wrote into the prose 'Multiply every entry.'" in note and "line 0" in note
    assert "and more in the submitted notebook" in note and "line 3" not in note
    assert len(note) < 600 and note.isprintable()


def test_an_answer_in_the_questions_own_cell_waits_for_a_person(toy_course, toy_source, rubric):
    question = "# %% [markdown]\n# Why does the sum of scaled entries scale?\n\n"
    marked = '# %% [markdown] nbgrader={"grade_id": "why"'
    toy_course.source("toy").write_text(toy_source.replace(marked, question + marked))
    skeleton = release(toy_course, "toy").notebook
    assert "why" in taken(json.loads(json.dumps(skeleton)), skeleton).unchanged
    intake = taken(edited(skeleton, "Why does", "Why does the sum of scaled entries scale?\n\nIt is linear."), skeleton)
    assert "why" not in intake.unchanged
    assert "the answer 'why' is empty, but the student wrote into the question above it" in intake.notes
    assert any("added: `It is linear.`" in note for note in intake.notes)
    elsewhere = taken(edited(skeleton, "Multiply", "Multiply every entry. Indeed."), skeleton)
    assert "why" in elsewhere.unchanged, "another paragraph is not that question"


def test_pictures_that_are_left_out_are_told(skeleton):
    notebook = json.loads(json.dumps(skeleton))
    picture = {"figure.png": {"image/png": "AAAA"}}
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "![]()", "attachments": picture})
    next(cell for cell in notebook["cells"] if cell["source"].startswith("Multiply"))["attachments"] = picture
    told = " ".join(taken(notebook, skeleton).notes)
    assert "a text cell of the student's own holds pictures" in told
    assert "put pictures into the prose 'Multiply every entry.'" in told


def test_another_problem_sets_notebook_is_named(skeleton):
    text = json.dumps(skeleton)
    for name in ("scale", "total"):
        text = text.replace(f'"{name}"', f'"{name}_2"').replace(f'"check_{name}"', f'"check_{name}_2"')
    released = own_names({
        "toy": [name for cell in skeleton.cells if (name := grade_id(cell))],
        "other": ["imports", "scale_2", "check_scale_2", "total_2", "check_total_2", "more"],
    })  # fmt: skip
    [note] = [n for n in from_bytes(text.encode(), skeleton, (), "toy", released).notes if "looks like" in n]
    assert "the notebook of 'other': 4 of its cells are there, and 2 that only 'toy' has" in note
    assert from_bytes(json.dumps(skeleton).encode(), skeleton, (), "toy", released).notes == ()


def test_the_courses_own_sets_are_told_apart():
    from autograder.course import Course

    released = released_names(Course.find(__file__))
    assert set(released) == set(rubrics.names())
    for name, exercises in ((name, rubrics.load(name).exercises) for name in released):
        assert {exercise.name for exercise in exercises} <= released[name]
        assert "imports" not in released[name]


def test_a_damaged_release_beside_it_stops_nobody(toy_course, skeleton):
    (toy_course.root / "solutions" / "broken.py").write_text("# %% [markdown]\n")
    path = toy_course.release_notebook("broken")
    path.parent.mkdir(parents=True)
    for content in ("", "[]", '{"cells": 5}', '{"cells": [{"metadata": {"nbgrader": 7}}]}'):
        path.write_text(content)
        assert released_names(toy_course)["broken"] == frozenset()


def test_a_cell_of_blank_lines_is_read_in_time(skeleton):
    """The pattern that looks for checks took a minute and more for these bytes."""
    started = time.process_time()
    intake = taken(
        edited(skeleton, "scale", "def scale(x, factor=2.0):\n    return x * factor" + " \n" * 60_000), skeleton
    )
    assert intake.unreadable is None and time.process_time() - started < 5


CALL = "from latentkit import decoding as d\ndef scale(x, factor):\n    return d.greedy(x, x, factor)"


def shortcuts(skeleton, source, **answered_by):
    return shortcut_notes(taken(edited(skeleton, "scale", source), skeleton).canonical, answered_by)


def test_an_answer_that_calls_what_computes_it_is_told(skeleton):
    [note] = shortcuts(skeleton, CALL, scale=["latentkit.decoding"])
    assert note.startswith("the answer 'scale' calls what computes it (latentkit.decoding)")
    assert shortcuts(skeleton, CALL, total=["latentkit.decoding"]) == []
    assert shortcuts(skeleton, CALL, scale=["latentkit.lda"]) == []


@pytest.mark.parametrize(
    "source", ["(" * 3000, "-" * 30_000 + "1", f"d{'.a' * 15_000}", "x = 1\n" * MOST_CHARACTERS, "def f(:", "\0"]
)
def test_what_is_no_answer_to_read_is_passed_over_in_time(skeleton, source):
    before = time.process_time()
    assert shortcuts(skeleton, source, scale=["latentkit.decoding"]) == []
    assert time.process_time() - before < 2


@pytest.mark.parametrize("name", rubrics.names())
def test_every_call_that_a_rubric_lists_is_there(name):
    for exercise in rubrics.load(name).exercises:
        for path in exercise.answered_by:
            assert pkgutil.resolve_name(path) is not None
