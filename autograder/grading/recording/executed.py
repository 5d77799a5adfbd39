"""The graded notebook as a student and nbgrader see it: outputs made safe, and each check cell's output written here.

nbgrader reads a check cell's points from its output: the number in its one `execute_result`, or none after an `error`.
"""

from collections.abc import Mapping

from nbformat import NotebookNode

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import kind, name_of, with_items
from autograder.grading import sanitise
from autograder.grading.judging.outcomes import Outcome


def executed_notebook(
    notebook: NotebookNode,
    outputs: Mapping[int, list[NotebookNode]],
    left_out: Mapping[int, str],
    outcomes: Mapping[str, Outcome],
    points: Mapping[str, float],
) -> NotebookNode:
    """A canonical notebook with outputs.

    Args:
        notebook: the canonical notebook.
        outputs: place of a cell to its outputs, made safe already.
        left_out: place of a cell that was left out, to the reason.
        outcomes: exercise name to its outcome.
        points: exercise name to what it earns where it passes.
    """
    executed = with_items(notebook, cells=[with_items(cell) for cell in notebook.cells])
    count = 0
    for place, cell in enumerate(executed.cells):
        if cell.cell_type != "code":
            if _is_students(cell):
                cell.source = sanitise.markdown(cell.source)
            continue
        cell.outputs = list(outputs.get(place, ()))
        if place in left_out:
            cell.outputs = [_printed(left_out[place])]
        if kind(cell) == "check":
            name = name_of(cell).removeprefix(check_name(""))
            cell.outputs = check_outputs(outcomes[name], points[name])
        if cell.outputs or place in outputs:
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return executed


def check_outputs(outcome: Outcome, points: float) -> list[NotebookNode]:
    """What a check cell shows: a line for the student, and the points as nbgrader reads them."""
    if outcome.status.earns_points:
        number = NotebookNode(
            output_type="execute_result",
            data=NotebookNode({"text/plain": repr(float(points))}),
            metadata=NotebookNode(),
            execution_count=None,
        )
        return [_printed(f"{outcome.exercise}: passed, {points:g} of {points:g} points."), number]
    lines = [f"{outcome.exercise}: {outcome.status.word}, 0 of {points:g} points.", outcome.message]
    return [
        NotebookNode(
            output_type="error",
            ename="".join(part.capitalize() for part in outcome.status.value.split("_")),
            evalue=outcome.message,
            traceback=[line for line in lines if line],
        )
    ]


def unread_notebook(
    skeleton: NotebookNode, outcomes: Mapping[str, Outcome], points: Mapping[str, float]
) -> NotebookNode:
    """The skeleton in place of a submission that could not be read, each check saying so."""
    return executed_notebook(skeleton, {}, {}, outcomes, points)


def _is_students(cell: NotebookNode) -> bool:
    """Prose of the student's: a written answer, or a cell of their own."""
    return kind(cell) == "written" or cell.id.startswith("student-")


def _printed(line: str) -> NotebookNode:
    return NotebookNode(output_type="stream", name="stdout", text=f"{line}\n")
