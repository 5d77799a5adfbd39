"""One source gives one release: the same bytes each time, no solution in it, the rubric's points, errors that help."""

import io
import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbgrader.nbgraderformat import MetadataValidator

from autograder import rubrics
from autograder.authoring import release as releasing
from autograder.authoring.agreement import disagreements
from autograder.authoring.notebook import grade_id, kind, read_source
from autograder.authoring.release import build_release, release, same_cases, stale, to_text, with_points
from autograder.course import Course
from latentkit.check import store
from tests.lib.hostile_cases import HOSTILE_CASES


def cells(notebook):
    return {name: cell for cell in notebook.cells if (name := grade_id(cell))}


def test_cases_are_solved_by_one_thread(toy_course, rubric, monkeypatch):
    """A second one takes most of the CPU that it can get and finishes nothing sooner."""
    exercise, seen = rubric.exercises[0], []

    def watched(*arguments):
        seen.append(torch.get_num_threads())
        return reference(*arguments)

    reference = exercise.reference
    monkeypatch.setattr(exercise, "reference", watched)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        build_release(toy_course, "toy")
        assert torch.get_num_threads() == 2, "what the caller had set is put back"
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {1}


def test_a_bar_tells_which_exercise_is_being_solved(toy_course, capsys):
    release(toy_course, "toy")
    assert capsys.readouterr().err == "", "a caller that does not ask for a bar gets none"
    release(toy_course, "toy", progress=True)
    bar = capsys.readouterr().err
    assert "toy: " in bar
    assert "solving scale" in bar


@pytest.mark.slow
@pytest.mark.parametrize("name", rubrics.names())
def test_a_release_takes_ten_seconds_of_cpu_at_most(name, tmp_path):
    course = Course.find(Path(__file__).parent).excerpt(name, tmp_path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "autograder", "--course", str(course.root), "release", name]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 10


def test_every_run_gives_the_same_bytes(toy_course):
    release(toy_course, "toy")
    first = toy_course.release_notebook("toy").read_bytes(), toy_course.release_cases("toy").read_bytes()
    release(toy_course, "toy")
    assert first == (toy_course.release_notebook("toy").read_bytes(), toy_course.release_cases("toy").read_bytes())
    assert stale(toy_course, "toy") == []


def test_the_student_gets_signatures_and_stubs_but_no_solution(toy_course):
    text = to_text(build_release(toy_course, "toy").notebook)
    assert "def scale(x, factor=2.0):" in text
    assert "raise NotImplementedError()" in text
    for secret in ("return x * factor", "x.sum", "SOLUTION", "the sum is linear"):
        assert secret not in text


def test_the_points_are_the_rubrics(toy_course):
    by_id = cells(build_release(toy_course, "toy").notebook)
    points = {name: cell.metadata.nbgrader.get("points") for name, cell in by_id.items()}
    assert (points["check_scale"], points["check_total"], points["why"]) == (3, 2, 4)
    assert points["scale"] is None


def test_every_code_cell_has_a_kind_and_a_unique_id(toy_course):
    notebook = build_release(toy_course, "toy").notebook
    kinds = [kind(cell) for cell in notebook.cells if cell.cell_type == "code"]
    assert kinds == ["locked", "solution", "check", "free", "solution", "check"]
    assert all("nbgrader" in cell.metadata for cell in notebook.cells if cell.cell_type == "code")
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert cells(notebook)["scale"].id == "scale"


def test_nbformat_and_nbgrader_accept_it(toy_course):
    notebook = build_release(toy_course, "toy").notebook
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_what_students_may_not_edit_is_locked_and_their_cells_are_not(toy_course):
    by_id = cells(build_release(toy_course, "toy").notebook)
    assert by_id["check_scale"].metadata.editable is False
    assert by_id["imports"].metadata.editable is False
    assert by_id["scale"].metadata.get("editable", True)
    assert by_id["scale"].metadata.deletable is False


def test_an_id_follows_the_content_not_the_place(toy_course, toy_source):
    before = {cell.source: cell.id for cell in build_release(toy_course, "toy").notebook.cells}
    toy_course.source("toy").write_text("# %% [markdown]\n# A new first cell.\n\n" + toy_source)
    after = {cell.source: cell.id for cell in build_release(toy_course, "toy").notebook.cells}
    assert before.items() <= after.items()


def test_two_cells_of_the_same_content_have_two_ids(toy_course, toy_source):
    toy_course.source("toy").write_text(toy_source + "\n# %%\nprint(1)\n\n# %%\nprint(1)\n")
    notebook = build_release(toy_course, "toy").notebook
    first, second = (cell for cell in notebook.cells if cell.source == "print(1)")
    assert second.id == f"{first.id}-2"
    assert grade_id(first) != grade_id(second)


def test_the_cases_are_the_public_ones_and_ship_as_numbers(toy_course, rubric):
    release(toy_course, "toy")
    examinations = store.load(toy_course.release_cases("toy"))
    assert list(examinations) == ["scale", "total"]
    assert examinations["scale"].hints["adds"] == "The factor is added, not multiplied."
    assert b"einsum" not in toy_course.release_cases("toy").read_bytes()


def break_source(source: str, old: str, new: str = "") -> str:
    assert old in source
    return source.replace(old, new)


SCALE_CHECK = '# %% nbgrader={"grade_id": "check_scale", "grade": true}\ncheck("scale", scale)\n'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"grade_id": "total", "solution": true',
            '"grade_id": "sum", "solution": true',
            "'total' has no solution cell",
        ),
        ('"grade_id": "total", "solution": true', '"grade_id": "sum", "solution": true', "rubric does not know it"),
        (SCALE_CHECK, "", "'scale' has no check cell: after its solution add"),
        ('check("scale", scale)', 'check("scale", total)', 'must hold check("scale", scale) and nothing else'),
        ('"grade_id": "total"', '"grade_id": "scale"', "'scale' is used by 2 cells"),
        ("    ### BEGIN SOLUTION\n    return x.sum(-1)\n    ### END SOLUTION", "    return x.sum(-1)", "is not marked"),
        ("    return x.sum(-1)\n    ### END SOLUTION", "    return x.sum(-1)", "they come in pairs"),
        ("def total(x)", "def totals(x)", "does not define it"),
        ('"grade_id": "total", "solution": true', '"grade_id": "total", "locked": true', "not a solution cell"),
        ('# %% [markdown] nbgrader={"grade_id": "why"', '# %% nbgrader={"grade_id": "why"', "must be markdown"),
        ('"grade_id": "why"', '"grade_id": "because"', "written answer 'why' has no cell"),
        ("demo[-1]", "### BEGIN SOLUTION\ndemo[-1]\n### END SOLUTION", "students would see it"),
        ("demo[-1]", "from latentkit.reference import elbo", "the answer key, which students do not have"),
    ],
)
def test_where_source_and_rubric_disagree_the_author_is_told_the_fix(toy_course, toy_source, old, new, message):
    toy_course.source("toy").write_text(break_source(toy_source, old, new))
    with pytest.raises(ValueError) as caught:
        build_release(toy_course, "toy")
    assert message in str(caught.value)


def test_a_check_before_its_solution_is_named(toy_source, rubric, tmp_path):
    source = tmp_path / "toy.py"
    source.write_text(SCALE_CHECK + "\n" + break_source(toy_source, SCALE_CHECK))
    assert any("comes before the solution" in problem for problem in disagreements(read_source(source), rubric))


def test_all_problems_are_told_at_once(toy_course):
    toy_course.source("toy").write_text("# %% [markdown]\n# Nothing yet.\n")
    with pytest.raises(ValueError, match=r"(?s)scale.*total.*why"):
        build_release(toy_course, "toy")


def test_a_broken_release_is_never_written(toy_course, toy_source):
    release(toy_course, "toy")
    before = toy_course.release_notebook("toy").read_bytes()
    toy_course.source("toy").write_text(break_source(toy_source, SCALE_CHECK))
    with pytest.raises(ValueError, match="disagree"):
        release(toy_course, "toy")
    assert toy_course.release_notebook("toy").read_bytes() == before


def test_an_edited_source_makes_the_release_stale(toy_course, toy_source):
    release(toy_course, "toy")
    toy_course.source("toy").write_text(break_source(toy_source, "Multiply every entry.", "Multiply each entry."))
    assert stale(toy_course, "toy") == ["assignments/toy/toy.ipynb is not what toy.py gives"]


def test_a_missing_release_is_stale(toy_course):
    assert len(stale(toy_course, "toy")) == 2


def rewrite(content: bytes, change) -> bytes:
    with np.load(io.BytesIO(content)) as archive:
        arrays = {key: change(array) if array.dtype == np.float64 else array for key, array in archive.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(("relative_error", "same"), [(1e-15, True), (1e-6, False)])
def test_only_the_last_bits_of_the_cases_may_differ(toy_course, relative_error, same):
    content = build_release(toy_course, "toy").cases
    assert same_cases(rewrite(content, lambda array: array * (1 + relative_error)), content) is same


def test_cases_that_another_processor_rounded_otherwise_are_left_byte_for_byte(toy_course):
    release(toy_course, "toy")
    path = toy_course.release_cases("toy")
    elsewhere = rewrite(path.read_bytes(), lambda array: array * (1 + 1e-15))
    path.write_bytes(elsewhere)
    assert release(toy_course, "toy").cases == elsewhere
    assert path.read_bytes() == elsewhere
    assert (toy_course.solved_dir("toy") / path.name).read_bytes() == elsewhere


def test_cases_that_differ_by_more_than_rounding_are_made_again(toy_course):
    made = release(toy_course, "toy").cases
    path = toy_course.release_cases("toy")
    path.write_bytes(rewrite(made, lambda array: array * (1 + 1e-6)))
    release(toy_course, "toy")
    assert path.read_bytes() == made


@pytest.mark.parametrize(("relative_error", "same"), [(1e-6, True), (1e-2, False)])
def test_what_a_training_ended_with_may_differ_a_little_more(toy_course, relative_error, same):
    def change(number):
        return f'{{"float": "{float(number[1]) * (1 + relative_error)!r}"}}'

    def rewritten(content):
        with np.load(io.BytesIO(content)) as archive:
            arrays = dict(archive)
        text, changed = re.subn(r'\{"float": "([^"]+)"\}', change, arrays["manifest"].tobytes().decode())
        assert changed, "the manifest holds numbers"
        arrays["manifest"] = np.frombuffer(text.encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    content = build_release(toy_course, "toy").cases
    assert same_cases(rewritten(content), content) is same


def test_a_changed_hint_makes_the_cases_stale(toy_course, rubric):
    content = build_release(toy_course, "toy").cases
    rubric.exercises[0].mistakes.pop()
    assert not same_cases(build_release(toy_course, "toy").cases, content)


@pytest.mark.parametrize("size", [0, 20, 0.5, 0.99, -1], ids=str)
def test_damaged_cases_are_stale_not_an_error(toy_course, size):
    cases = release(toy_course, "toy").cases
    content = b"not an archive" if size == -1 else cases[: int(size * len(cases)) if size < 1 else size]
    toy_course.release_cases("toy").write_bytes(content)
    assert stale(toy_course, "toy") == ["assignments/toy/cases.npz is not what the rubric of toy gives"]


@pytest.mark.parametrize("damage", HOSTILE_CASES.values(), ids=HOSTILE_CASES)
def test_cases_that_ask_for_all_memory_are_other_cases(toy_course, damage):
    cases = release(toy_course, "toy").cases
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not same_cases(damage(cases), cases)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # KiB


def test_nothing_of_a_release_that_is_cut_off_stays(toy_course, monkeypatch):
    def full_disk(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograder.files.os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        release(toy_course, "toy")
    assert list(toy_course.release_dir("toy").iterdir()) == []


def test_the_skeleton_of_an_unreleased_set_says_what_to_run(toy_course):
    with pytest.raises(ValueError, match="autograder release toy"):
        releasing.read_skeleton(toy_course, "toy")


def without(notebook, key):
    return {name: value for name, value in notebook.items() if name != key}


DAMAGES = {
    "a list": lambda notebook: [],
    "empty": lambda notebook: {},
    "no metadata": lambda notebook: without(notebook, "metadata"),
    "a cell without metadata": lambda notebook: {**notebook, "cells": [without(notebook["cells"][0], "metadata")]},
    "odd marks": lambda notebook: {**notebook, "cells": [{**notebook["cells"][0], "metadata": {"nbgrader": 3}}]},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_skeleton_is_named_with_what_to_run(toy_course, damage):
    notebook = json.loads(to_text(build_release(toy_course, "toy").notebook))
    path = toy_course.release_notebook("toy")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(DAMAGES[damage](notebook)))
    with pytest.raises(ValueError, match=r"^.*toy\.ipynb is damaged .* autograder release toy$"):
        releasing.read_skeleton(toy_course, "toy")


def test_the_solved_notebook_holds_points_and_solutions(toy_course, rubric):
    solved = build_release(toy_course, "toy").solved
    assert "return x * factor" in cells(solved)["scale"].source
    assert solved == with_points(read_source(toy_course.source("toy")), rubric)


@pytest.mark.parametrize("name", rubrics.names())
def test_the_committed_release_is_current(name):
    course = Course.find(Path(__file__).parent)
    assert stale(course, name) == [], f"run: autograder release {name}"
