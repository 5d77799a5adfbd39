"""The kinds of student that classes know, each a function from a Student to what that student hands in.

The first few differ in how much they know, the others in what befell their notebook.
"""

import copy
import json
import textwrap
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.agreement import check_name
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import to_text
from autograder.classroom.simulated_student import HandedIn, Student, as_bytes, pasted
from autograder.exercise.exercise import Exercise

StudentKind = Callable[[Student], HandedIn]


def right(student: Student) -> HandedIn:
    """The model answer."""
    return student.right_but({}, "passed")


def right_but_different(student: Student) -> HandedIn:
    """Another right answer for each exercise."""
    others = {e.name: _turn(e.alternatives, student.turn, e.name) for e in student.rubric.exercises}
    return student.right_but({name: pasted(function, name) for name, function in others.items() if function}, "passed")


def known_mistakes(student: Student) -> HandedIn:
    """A known mistake in each exercise, as far as it has that many."""
    chosen = {e.name: e.mistakes[student.turn] for e in student.rubric.exercises if student.turn < len(e.mistakes)}
    wrong = {name: pasted(mistake.function, name) for name, mistake in chosen.items()}
    handed_in = student.right_but(wrong, "failed")
    # A mistake may be that the function raises, so that either status is right: points and mistake say enough.
    statuses = {name: status for name, status in handed_in.statuses.items() if name not in wrong}
    return HandedIn(handed_in.content, statuses, {name: mistake.id for name, mistake in chosen.items()})


def mixed(student: Student) -> HandedIn:
    """Some right, some wrong, some left out: most students."""
    ability = student.random.uniform(0.45, 1.0)
    attempts = [_attempt(student, exercise, ability) for exercise in student.rubric.exercises]
    notebook = student.notebook({attempt.name: attempt.source for attempt in attempts if attempt.source is not None})
    return HandedIn(
        as_bytes(notebook),
        {attempt.name: attempt.status for attempt in attempts if attempt.status is not None},
        {attempt.name: attempt.mistake for attempt in attempts if attempt.mistake is not None},
    )


def blank(student: Student) -> HandedIn:
    """The notebook as it was released."""
    return HandedIn(as_bytes(student.released), dict.fromkeys(student.names, "not_attempted"))


def half_done(student: Student) -> HandedIn:
    """The first half solved, the rest untouched."""
    done = student.names[: len(student.names) // 2]
    notebook = student.notebook({name: student.solution(name) for name in done})
    statuses = {name: "passed" if name in done else "not_attempted" for name in student.names}
    return HandedIn(as_bytes(notebook), statuses)


def noisy(student: Student) -> HandedIn:
    """Right, with warnings, progress bars and messages on stderr."""
    return student.right_but({name: student.solution(name) + _noise(name) for name in student.names}, "passed")


def syntax_error(student: Student) -> HandedIn:
    """A bracket forgotten."""
    name = student.unlucky_exercise()
    return student.right_but({name: student.solution(name) + "\n    print((1, 2)\n"}, "error")


def raises(student: Student) -> HandedIn:
    """An exception when it is called."""
    name = student.unlucky_exercise()
    return student.right_but({name: f"def {name}(*args, **kwargs):\n    return 1 / 0\n"}, "error")


def endless_loop(student: Student) -> HandedIn:
    """A function that never returns."""
    name = student.unlucky_exercise()
    return student.right_but({name: f"def {name}(*args, **kwargs):\n    while True:\n        pass\n"}, "timeout")


def endless_cell(student: Student) -> HandedIn:
    """A cell that never ends."""
    name = student.unlucky_exercise()
    return student.right_but({name: student.solution(name) + "\n\nwhile True:\n    pass\n"}, "timeout")


def killed_kernel(student: Student) -> HandedIn:
    """A cell that ends the process."""
    name = student.unlucky_exercise()
    return student.right_but({name: student.solution(name) + "\n\nimport os\n\nos._exit(0)\n"}, "died")


def killed_when_called(student: Student) -> HandedIn:
    """A function that ends the process."""
    name = student.unlucky_exercise()
    return student.right_but({name: f"def {name}(*args, **kwargs):\n    import os\n\n    os._exit(0)\n"}, "died")


def missing_cell(student: Student) -> HandedIn:
    """A solution cell deleted."""
    name = student.unlucky_exercise()
    notebook = student.notebook(student.all_right())
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]
    return HandedIn(as_bytes(notebook), student.all_passed() | {name: "missing_cell"})


def missing_check(student: Student) -> HandedIn:
    """A check cell deleted: nothing is lost by it."""
    name = check_name(student.unlucky_exercise())
    notebook = student.notebook(student.all_right())
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]
    return HandedIn(as_bytes(notebook), student.all_passed())


def duplicated_cell(student: Student) -> HandedIn:
    """A solution cell copied, the first copy wrong: both run, and the last definition counts."""
    name = student.unlucky_exercise()
    notebook = student.notebook(student.all_right())
    place = [grade_id(cell) for cell in notebook.cells].index(name)
    first = copy.deepcopy(notebook.cells[place])
    first.id, first.source = f"{name}-first", f"def {name}(*args, **kwargs):\n    return None\n"
    notebook.cells.insert(place, first)
    return HandedIn(as_bytes(notebook), student.all_passed())


def renamed_cell(student: Student) -> HandedIn:
    """A solution cell that lost its grade_id: it is found by the function in it."""
    name = student.unlucky_exercise()
    notebook = student.notebook(student.all_right())
    cell = next(cell for cell in notebook.cells if grade_id(cell) == name)
    cell.metadata.nbgrader.grade_id, cell.id = f"{name}-copy", f"{name}-copy"
    return HandedIn(as_bytes(notebook), student.all_passed())


def renamed_function(student: Student) -> HandedIn:
    """A right function under another name."""
    name = student.unlucky_exercise()
    return student.right_but({name: student.solution(name).replace(f"def {name}(", f"def my_{name}(", 1)}, "error")


def tampered(student: Student) -> HandedIn:
    """Nothing solved, but the checks emptied and a hundred points written into each."""
    notebook = copy.deepcopy(student.released)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "100"
            cell.metadata.nbgrader.points = 100
            cell.metadata.tags = ["skip-execution"]
    return HandedIn(as_bytes(notebook), dict.fromkeys(student.names, "not_attempted"))


def from_colab(student: Student) -> HandedIn:
    """Right, and back from Colab: an older format, without cell ids."""
    notebook = json.loads(to_text(student.notebook(student.all_right())))
    for cell in notebook["cells"]:
        del cell["id"]
    notebook |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}}
    return HandedIn(json.dumps(notebook).encode(), student.all_passed())


def empty_file(student: Student) -> HandedIn:
    """A file without a byte in it."""
    return HandedIn(b"", dict.fromkeys(student.names, "needs_review"))


def no_notebook(student: Student) -> HandedIn:
    """A folder without a notebook."""
    return HandedIn(None, dict.fromkeys(student.names, "needs_review"))


def wrong_assignment(student: Student) -> HandedIn:
    """Another course's notebook."""
    notebook = new_notebook(cells=[new_code_cell("1 + 1", id="one")])
    return HandedIn(as_bytes(notebook), dict.fromkeys(student.names, "missing_cell"))


STUDENT_KINDS: dict[str, StudentKind] = {
    kind.__name__: kind
    for kind in (
        right, right_but_different, known_mistakes, mixed, blank, half_done, noisy, syntax_error, raises, endless_loop,
        endless_cell, killed_kernel, killed_when_called, missing_cell, missing_check, duplicated_cell, renamed_cell,
        renamed_function, tampered, from_colab, empty_file, no_notebook, wrong_assignment,
    )
}  # fmt: skip


class _Attempt(NamedTuple):
    """What a student made of an exercise: None for no source, a status left open, no known mistake."""

    name: str
    source: str | None = None
    status: str | None = None
    mistake: str | None = None


def _attempt(student: Student, exercise: Exercise, ability: float) -> _Attempt:
    """An exercise of a student who gets that share of them right."""
    name, luck = exercise.name, student.random.random()
    if luck < ability:
        return _Attempt(name, student.solution(name), "passed")
    if luck > 0.92 or not exercise.mistakes:
        return _Attempt(name, status="not_attempted")
    mistake = student.random.choice(exercise.mistakes)
    return _Attempt(name, pasted(mistake.function, name), mistake=mistake.id)


def _turn(choices: list, turn: int, exercise: str):
    """One of the choices: once each in their order, then by chance, independently for each exercise."""
    if turn < len(choices):
        return choices[turn]
    return Random(f"{exercise} {turn}").choice(choices) if choices else None


def _noise(name: str) -> str:
    return textwrap.dedent(f"""

        import sys
        import warnings

        from tqdm import tqdm

        quiet_{name} = {name}


        def {name}(*args, **kwargs):
            warnings.warn("calling {name}", stacklevel=2)
            for _ in tqdm(range(2)):
                print("still working", file=sys.stderr)
            return quiet_{name}(*args, **kwargs)


        for _ in tqdm(range(10)):
            warnings.warn("a warning at the top of a cell", stacklevel=2)
        print("a message", file=sys.stderr)
    """)
