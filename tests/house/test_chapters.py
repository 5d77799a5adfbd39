"""A chapter of the book runs what the notebook runs, and shows no solution before its hints."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

from autograder import rubrics
from autograder.authoring.notebook import grade_id, kind
from autograder.authoring.release import build_solved
from autograder.course import Course

SOURCE = Path(__file__).parents[2] / "docs" / "chapters.py"
spec = importlib.util.spec_from_file_location("chapters", SOURCE)
assert spec and spec.loader
chapters = importlib.util.module_from_spec(spec)
spec.loader.exec_module(chapters)


@pytest.fixture(scope="module", params=rubrics.names())
def problem_set(request):
    return request.param


@pytest.fixture(scope="module")
def made(problem_set):
    solved = build_solved(Course.find(__file__), problem_set)
    return solved, chapters.chapter(solved)


def code(notebook):
    unmarked = (
        re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.source) for cell in notebook.cells if cell.cell_type == "code"
    )
    return [text.rstrip() for text in unmarked]


def test_a_chapter_is_a_notebook_that_runs_the_same_code_in_the_same_order(made):
    solved, chapter = made
    nbformat.validate(nbformat.from_dict(chapter))
    assert code(chapter) == code(solved)


def test_every_solution_is_folded_and_stands_below_its_hints(made, problem_set):
    solved, chapter = made
    names = [grade_id(cell) for cell in solved.cells if kind(cell) in ("solution", "written")]
    assert names
    before = {}
    for place, cell in enumerate(chapter.cells):
        if kind(cell) in ("solution", "written"):
            before[grade_id(cell)] = chapter.cells[place - 1]
            folded = "hide-input" in cell.metadata.get("tags", ()) or cell.source.startswith("<details><summary>")
            assert folded, f"{grade_id(cell)} stands open"
    assert list(before) == names
    hinted = {name for name, cell in before.items() if cell.source.startswith("<details><summary>Hint")}
    assert hinted >= {exercise.name for exercise in rubrics.load(problem_set).exercises}


def test_what_is_to_be_written_is_shown_without_its_solution(made, problem_set):
    _, chapter = made
    stubs = [cell.source for cell in chapter.cells if cell.id.startswith("stub-")]
    assert len(stubs) == len(rubrics.load(problem_set).exercises)
    assert all("raise NotImplementedError()" in stub and "SOLUTION" not in stub for stub in stubs)
