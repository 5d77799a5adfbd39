"""How the tests of the grader make a submission of the toy problem set, hand it in, and run a cell behind a sandbox."""

import contextlib
import copy
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id
from autograder.authoring.release import to_text
from autograder.course import Course
from autograder.grading.running import devices
from autograder.grading.running.warm_process import WarmProcess
from autograder.grading.running.workers import Child, Worker
from autograder.worker.limits import Limits


def answered(notebook: NotebookNode, **sources: str) -> NotebookNode:
    """A copy of a notebook, in which the cells that are named by their grade_id hold other sources."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.source = sources.pop(grade_id(cell), cell.source)
    assert not sources, f"the notebook has no cell {', '.join(sources)}"
    return notebook


def hand_in(course: Course, student: str, work: NotebookNode | str) -> None:
    """Put a notebook, or a file that holds some text, where a student's submission is looked for."""
    folder = course.submitted / student / "toy"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.ipynb").write_text(work if isinstance(work, str) else to_text(work))


def said(source: str, sandbox: str, *, hidden: Sequence[Path] = (), device: str = devices.CPU) -> str:
    """What a cell prints in a fresh child, or the message of what it raises.

    Args:
        source: of the cell.
        sandbox: of the child.
        hidden: folders that it must not see.
        device: where its functions are called.
    """
    with WarmProcess(sandbox, hidden, device) as warm, Worker(warm) as worker, worker.child(Limits()) as child:
        return printed(child, source)


def printed(child: Child, source: str) -> str:
    """What a cell prints in a child, or the message of what it raises."""
    answer = child.request({"run": source, "budget": 10_000}, max_body=2**20)
    outputs = json.loads(answer.arrays[0].tobytes())
    return "".join(output.get("text", output.get("evalue", "")) for output in outputs)


def gradebook_rows(course: Course, table: str, *columns: str) -> list[tuple]:
    """What nbgrader's gradebook holds of each student's cells, sorted: (student, cell, *columns).

    Args:
        course: whose gradebook.
        table: "grade" or "comment".
        columns: of that table.
    """
    query = (
        f"select student_id, base_cell.name, {', '.join(columns)} from {table} "
        "join base_cell on base_cell.id = cell_id "
        f"join submitted_notebook on submitted_notebook.id = {table}.notebook_id "
        "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id"
    )
    with contextlib.closing(sqlite3.connect(course.gradebook)) as connection:
        return sorted(connection.execute(query))
