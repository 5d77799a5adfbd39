"""Where a source and its rubric disagree, in words that say what to do."""

import re
from collections import Counter
from collections.abc import Iterator

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id, kind
from autograder.exercise.exercise import Exercise, Rubric

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def check_name(exercise: str) -> str:
    """The grade_id of an exercise's check cell."""
    return f"check_{exercise}"


def check_source(exercise: str) -> str:
    """The one line of an exercise's check cell."""
    return f'check("{exercise}", {exercise})'


def disagreements(solved: NotebookNode, rubric: Rubric) -> list[str]:
    """What an author has to put right before the notebook can be released, one sentence or two each."""
    return [
        *_repeated(solved),
        *(problem for exercise in rubric.exercises for problem in _exercise(solved, exercise)),
        *(problem for written in rubric.written for problem in _written(solved, written.name)),
        *_unknown(solved, rubric),
        *_leaks(solved),
    ]


def _repeated(solved: NotebookNode) -> Iterator[str]:
    counts = Counter(name for cell in solved.cells if (name := grade_id(cell)))
    for name, count in counts.items():
        if count > 1:
            yield f"grade_id {name!r} is used by {count} cells: give each cell its own"


def _exercise(solved: NotebookNode, exercise: Exercise) -> Iterator[str]:
    name = exercise.name
    order = [grade_id(cell) for cell in solved.cells]
    solution, check = _cell(solved, name), _cell(solved, check_name(name))
    if solution is None:
        yield (
            f"exercise {name!r} has no solution cell: "
            f'add a code cell marked nbgrader={{"grade_id": "{name}", "solution": true}}'
        )
    elif kind(solution) != "solution" or solution.cell_type != "code":
        yield f'cell {name!r} is not a solution cell: it must be a code cell marked "solution": true, without "grade"'
    else:
        yield from _solution(solution, name)
    if check is None:
        yield (
            f"exercise {name!r} has no check cell: after its solution add a code cell marked "
            f'nbgrader={{"grade_id": "{check_name(name)}", "grade": true}} that holds {check_source(name)}'
        )
        return
    if kind(check) != "check":
        yield f'cell {check_name(name)!r} is not a check cell: mark it "grade": true, without "solution"'
    if check.source.strip() != check_source(name):
        yield f"cell {check_name(name)!r} must hold {check_source(name)} and nothing else"
    if solution is not None and order.index(check_name(name)) < order.index(name):
        yield f"cell {check_name(name)!r} comes before the solution that it checks: move it below"


def _solution(cell: NotebookNode, name: str) -> Iterator[str]:
    begins, ends = cell.source.count(BEGIN), cell.source.count(END)
    if not begins and not ends:
        yield (
            f"the solution of {name!r} is not marked: put {BEGIN} and {END} around the lines that students write, "
            "or the whole cell, signature and all, would be removed"
        )
    elif begins != ends:
        yield f"cell {name!r} has {begins} × {BEGIN} and {ends} × {END}: they come in pairs"
    if not re.search(rf"^def {name}\(", cell.source, flags=re.MULTILINE):
        yield f"the solution cell of {name!r} does not define it: it must hold def {name}(...)"


def _written(solved: NotebookNode, name: str) -> Iterator[str]:
    cell = _cell(solved, name)
    if cell is None:
        yield (
            f"written answer {name!r} has no cell: "
            f'add a markdown cell marked nbgrader={{"grade_id": "{name}", "grade": true, "solution": true}}'
        )
    elif cell.cell_type != "markdown" or kind(cell) != "written":
        yield f'cell {name!r} is a written answer: it must be markdown, marked "grade": true and "solution": true'


def _unknown(solved: NotebookNode, rubric: Rubric) -> Iterator[str]:
    exercises = {exercise.name for exercise in rubric.exercises}
    known = exercises | {check_name(name) for name in exercises} | {written.name for written in rubric.written}
    for cell in solved.cells:
        if kind(cell) in ("solution", "check", "written") and grade_id(cell) not in known:
            yield (
                f"cell {grade_id(cell)!r} is marked as a {kind(cell)} cell, but the rubric does not know it: "
                f"add it to autograder/rubrics/{rubric.name}, or take the mark off"
            )


def _leaks(solved: NotebookNode) -> Iterator[str]:
    for cell in solved.cells:
        where = f"cell {grade_id(cell) or cell.id!r}"
        if kind(cell) not in ("solution", "written") and ("BEGIN SOLUTION" in cell.source):
            yield f'{where} holds a solution but is not marked "solution": true: students would see it'
        if cell.cell_type == "code" and kind(cell) != "solution" and "latentkit.reference" in cell.source:
            yield f"{where} imports latentkit.reference, the answer key, which students do not have: take it out"


def _cell(solved: NotebookNode, name: str) -> NotebookNode | None:
    return next((cell for cell in solved.cells if grade_id(cell) == name), None)
