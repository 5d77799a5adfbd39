"""What the cells of a canonical notebook are to the grader."""

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id, kind
from autograder.authoring.start_cell import NAME as START

DEMONSTRATIONS = frozenset({"training", "explore"})
"""Tags of the skeleton's cells that no exercise needs: they train a model or draw a figure."""


def is_demonstration(cell: NotebookNode) -> bool:
    """Whether a cell of the skeleton's only shows something."""
    return cell.cell_type == "code" and bool(DEMONSTRATIONS & set(cell.metadata.get("tags", ())))


def is_run(cell: NotebookNode) -> bool:
    """Whether there is code to run in a cell: not in a check, whose place is the grader's to fill."""
    return cell.cell_type == "code" and kind(cell) != "check" and bool(cell.source.strip())


def is_idle(cell: NotebookNode) -> bool:
    """Whether a cell does nothing when grading but give names: the release's own first one, which no student changes,
    and which elsewhere fetches what the notebook needs."""
    return grade_id(cell) == START and kind(cell) == "locked"


def is_own(cell: NotebookNode) -> bool:
    """Whether a cell is the student's own: it stands in no place of the skeleton's."""
    return bool(cell.id.startswith("student-"))


def exercise_of_check(cell: NotebookNode) -> str | None:
    """The exercise that a check cell is of; None where the cell is no check."""
    return (grade_id(cell) or "").removeprefix(check_name("")) if kind(cell) == "check" else None
