"""What students hand in: notebooks made by hand from the release, each in one of the ways that classes know.

A kind of student is a function from a Workshop to the work that is handed in and the outcome that it deserves.
"""

import ast
import copy
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from nbformat import NotebookNode

from autograder.authoring.agreement import BEGIN, END, check_name
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import to_text
from autograder.exercise.exercise import Exercise, Function, Rubric

IMPORTS = "import math\n\nimport torch\nfrom torch import distributions as D\nfrom torch.nn import functional as F\n"


@dataclass(frozen=True)
class Work:
    """What one student hands in.

    Attributes:
        content: the notebook's bytes, or None where there is no notebook.
        statuses: exercise to the status that it deserves.
        mistakes: exercise to the id of the known mistake in it; only where there is one.
    """

    content: bytes | None
    statuses: Mapping[str, str]
    mistakes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Workshop:
    """A student's desk.

    Attributes:
        released: the notebook that students get.
        solved: the author's notebook.
        rubric: of the problem set.
        random: for this student's choices.
        turn: how many students of its kind came before: the second one makes every exercise's second mistake.
    """

    released: NotebookNode
    solved: NotebookNode
    rubric: Rubric
    random: Random
    turn: int = 0

    @property
    def names(self) -> list[str]:
        return [exercise.name for exercise in self.rubric.exercises]

    def victim(self) -> str:
        """The exercise that something happens to: another one for each seed."""
        return self.random.choice([name for name in self.names if name != "train_vae"])

    def solution(self, name: str) -> str:
        """The right answer, without the marks of the author."""
        source = next(cell.source for cell in self.solved.cells if grade_id(cell) == name)
        return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END))

    def notebook(self, solutions: Mapping[str, str]) -> NotebookNode:
        """The released notebook with these answers in its solution cells; the written ones answered too."""
        notebook = copy.deepcopy(self.released)
        written = {answer.name: "Jensen's inequality, applied to the logarithm." for answer in self.rubric.written}
        for cell in notebook.cells:
            cell.source = {**solutions, **written}.get(grade_id(cell), cell.source)
        return notebook

    def all_right(self) -> dict[str, str]:
        return {name: self.solution(name) for name in self.names}

    def all_passed(self) -> dict[str, str]:
        return dict.fromkeys(self.names, "passed")

    def right_but(self, change: Mapping[str, str], status: str) -> Work:
        """Everything right but for the exercises in `change`, which hold other code and get that status."""
        notebook = self.notebook(self.all_right() | dict(change))
        return Work(_bytes(notebook), self.all_passed() | dict.fromkeys(change, status))


Kind = Callable[[Workshop], Work]


def right(desk: Workshop) -> Work:
    """The model answer."""
    return desk.right_but({}, "passed")


def right_but_different(desk: Workshop) -> Work:
    """Another right answer for each exercise."""
    others = {e.name: _turn(e.alternatives, desk.turn) for e in desk.rubric.exercises}
    return desk.right_but({name: pasted(function, name) for name, function in others.items() if function}, "passed")


def known_mistakes(desk: Workshop) -> Work:
    """A known mistake in each exercise, as far as it has that many."""
    chosen = {e.name: e.mistakes[desk.turn] for e in desk.rubric.exercises if desk.turn < len(e.mistakes)}
    wrong = {name: pasted(mistake.function, name) for name, mistake in chosen.items()}
    work = desk.right_but(wrong, "failed")
    # A mistake may be that the function raises, so that either status is right: points and mistake say enough.
    statuses = {name: status for name, status in work.statuses.items() if name not in wrong}
    return Work(work.content, statuses, {name: mistake.id for name, mistake in chosen.items()})


def mixed(desk: Workshop) -> Work:
    """Some right, some wrong, some left out: most students."""
    ability = desk.random.uniform(0.45, 1.0)
    work = {exercise.name: _attempt(desk, exercise, ability) for exercise in desk.rubric.exercises}
    content = _bytes(desk.notebook({name: source for name, (source, _, _) in work.items() if source is not None}))
    statuses = {name: status for name, (_, status, _) in work.items() if status is not None}
    return Work(content, statuses, {name: mistake for name, (_, _, mistake) in work.items() if mistake is not None})


def blank(desk: Workshop) -> Work:
    """The notebook as it was released."""
    return Work(_bytes(desk.released), dict.fromkeys(desk.names, "not_attempted"))


def half_done(desk: Workshop) -> Work:
    """The first half solved, the rest untouched."""
    done = desk.names[: len(desk.names) // 2]
    notebook = desk.notebook({name: desk.solution(name) for name in done})
    statuses = {name: "passed" if name in done else "not_attempted" for name in desk.names}
    return Work(_bytes(notebook), statuses)


def noisy(desk: Workshop) -> Work:
    """Right, with warnings, progress bars and messages on stderr."""
    return desk.right_but({name: desk.solution(name) + _noise(name) for name in desk.names}, "passed")


def syntax_error(desk: Workshop) -> Work:
    """A bracket forgotten."""
    name = desk.victim()
    return desk.right_but({name: desk.solution(name) + "\n    print((1, 2)\n"}, "error")


def raises(desk: Workshop) -> Work:
    """An exception when it is called."""
    name = desk.victim()
    return desk.right_but({name: f"def {name}(*args, **kwargs):\n    return 1 / 0\n"}, "error")


def endless_loop(desk: Workshop) -> Work:
    """A function that never returns."""
    name = desk.victim()
    return desk.right_but({name: f"def {name}(*args, **kwargs):\n    while True:\n        pass\n"}, "timeout")


def endless_cell(desk: Workshop) -> Work:
    """A cell that never ends."""
    name = desk.victim()
    return desk.right_but({name: desk.solution(name) + "\n\nwhile True:\n    pass\n"}, "timeout")


def killed_kernel(desk: Workshop) -> Work:
    """A cell that ends the process."""
    name = desk.victim()
    return desk.right_but({name: desk.solution(name) + "\n\nimport os\n\nos._exit(0)\n"}, "died")


def killed_when_called(desk: Workshop) -> Work:
    """A function that ends the process."""
    name = desk.victim()
    return desk.right_but({name: f"def {name}(*args, **kwargs):\n    import os\n\n    os._exit(0)\n"}, "died")


def missing_cell(desk: Workshop) -> Work:
    """A solution cell deleted."""
    name = desk.victim()
    notebook = desk.notebook(desk.all_right())
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]
    return Work(_bytes(notebook), desk.all_passed() | {name: "missing_cell"})


def missing_check(desk: Workshop) -> Work:
    """A check cell deleted: nothing is lost by it."""
    name = check_name(desk.victim())
    notebook = desk.notebook(desk.all_right())
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]
    return Work(_bytes(notebook), desk.all_passed())


def duplicated_cell(desk: Workshop) -> Work:
    """A solution cell copied, the first copy wrong: both run, and the last definition counts."""
    name = desk.victim()
    notebook = desk.notebook(desk.all_right())
    place = [grade_id(cell) for cell in notebook.cells].index(name)
    first = copy.deepcopy(notebook.cells[place])
    first.id, first.source = f"{name}-first", f"def {name}(*args, **kwargs):\n    return None\n"
    notebook.cells.insert(place, first)
    return Work(_bytes(notebook), desk.all_passed())


def renamed_cell(desk: Workshop) -> Work:
    """A solution cell that lost its grade_id: it is found by the function in it."""
    name = desk.victim()
    notebook = desk.notebook(desk.all_right())
    cell = next(cell for cell in notebook.cells if grade_id(cell) == name)
    cell.metadata.nbgrader.grade_id, cell.id = f"{name}-copy", f"{name}-copy"
    return Work(_bytes(notebook), desk.all_passed())


def renamed_function(desk: Workshop) -> Work:
    """A right function under another name."""
    name = desk.victim()
    return desk.right_but({name: desk.solution(name).replace(f"def {name}(", f"def my_{name}(", 1)}, "error")


def tampered(desk: Workshop) -> Work:
    """Nothing solved, but the checks emptied and a hundred points written into each."""
    notebook = copy.deepcopy(desk.released)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "100"
            cell.metadata.nbgrader.points = 100
            cell.metadata.tags = ["skip-execution"]
    return Work(_bytes(notebook), dict.fromkeys(desk.names, "not_attempted"))


def from_colab(desk: Workshop) -> Work:
    """Right, and back from Colab: an older format, without cell ids."""
    notebook = json.loads(to_text(desk.notebook(desk.all_right())))
    for cell in notebook["cells"]:
        del cell["id"]
    notebook |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}}
    return Work(json.dumps(notebook).encode(), desk.all_passed())


def empty_file(desk: Workshop) -> Work:
    """A file without a byte in it."""
    return Work(b"", dict.fromkeys(desk.names, "needs_review"))


def no_notebook(desk: Workshop) -> Work:
    """A folder without a notebook."""
    return Work(None, dict.fromkeys(desk.names, "needs_review"))


def wrong_assignment(desk: Workshop) -> Work:
    """Another course's notebook."""
    cell = {"cell_type": "code", "execution_count": None, "id": "one", "metadata": {}, "outputs": [], "source": "1 + 1"}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Work(json.dumps(notebook).encode(), dict.fromkeys(desk.names, "missing_cell"))


KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        right, right_but_different, known_mistakes, mixed, blank, half_done, noisy, syntax_error, raises, endless_loop,
        endless_cell, killed_kernel, killed_when_called, missing_cell, missing_check, duplicated_cell, renamed_cell,
        renamed_function, tampered, from_colab, empty_file, no_notebook, wrong_assignment,
    )
}  # fmt: skip


def pasted(function: Function, name: str) -> str:
    """The source of a rubric's function as a student would have written it: under the exercise's name, with imports."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.get_source_segment(source, ast.parse(source).body[0])
    return f"{IMPORTS}\n\n{definition.replace(f'def {function.__name__}(', f'def {name}(', 1)}\n"


def _attempt(desk: Workshop, exercise: Exercise, ability: float) -> tuple[str | None, str | None, str | None]:
    """Source, status and mistake of one exercise of a student who gets that share of them right."""
    luck = desk.random.random()
    if luck < ability:
        return desk.solution(exercise.name), "passed", None
    if luck > 0.92 or not exercise.mistakes:
        return None, "not_attempted", None
    mistake = desk.random.choice(exercise.mistakes)
    return pasted(mistake.function, exercise.name), None, mistake.id


def _turn(choices: list, turn: int):
    return choices[turn % len(choices)] if choices else None


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


def _bytes(notebook: NotebookNode) -> bytes:
    return to_text(notebook).encode()
