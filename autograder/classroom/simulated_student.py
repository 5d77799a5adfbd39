"""A simulated student: what one works from, the answers that one writes, and what one hands in."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from nbformat import NotebookNode

from autograder.authoring.agreement import BEGIN, END
from autograder.authoring.notebook import grade_id
from autograder.authoring.release import to_text
from autograder.exercise.exercise import Rubric, Solution

IMPORTS = "import math\n\nimport torch\nfrom torch import distributions as D\nfrom torch.nn import functional as F\n"


@dataclass(frozen=True)
class HandedIn:
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
class Student:
    """One who knows every right answer and every known mistake, and hands in what a real student might.

    Attributes:
        released: the notebook that students get.
        solved: the author's notebook.
        rubric: of the problem set.
        random: for this student's choices.
        turn: how many students of the same kind came before: the second one makes every exercise's second mistake.
    """

    released: NotebookNode
    solved: NotebookNode
    rubric: Rubric
    random: Random
    turn: int = 0

    @property
    def names(self) -> list[str]:
        return [exercise.name for exercise in self.rubric.exercises]

    def unlucky_exercise(self) -> str:
        """The exercise that something befalls, another one for each seed; never one that takes long by itself."""
        return self.random.choice([exercise.name for exercise in self.rubric.exercises if not exercise.costly])

    def solution(self, name: str) -> str:
        """The right answer, without the marks of the author."""
        source = next(cell.source for cell in self.solved.cells if grade_id(cell) == name)
        return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END))

    def notebook(self, solutions: Mapping[str, str]) -> NotebookNode:
        """The released notebook with these answers in its solution cells; the written ones answered too."""
        notebook = copy.deepcopy(self.released)
        answers = dict(solutions) | {
            answer.name: "Jensen's inequality, applied to the logarithm." for answer in self.rubric.written
        }
        for cell in notebook.cells:
            cell.source = answers.get(grade_id(cell) or "", cell.source)
        return notebook

    def all_right(self) -> dict[str, str]:
        return {name: self.solution(name) for name in self.names}

    def all_passed(self) -> dict[str, str]:
        return dict.fromkeys(self.names, "passed")

    def right_but(self, change: Mapping[str, str], status: str) -> HandedIn:
        """Everything right but for the exercises in `change`, which hold other code and get that status."""
        notebook = self.notebook(self.all_right() | dict(change))
        return HandedIn(as_bytes(notebook), self.all_passed() | dict.fromkeys(change, status))


def pasted(function: Solution, name: str) -> str:
    """The source of a rubric's function as a student would have written it: under the exercise's name, with imports."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.get_source_segment(source, ast.parse(source).body[0]) or source
    return f"{IMPORTS}\n\n{definition.replace(f'def {function.__name__}(', f'def {name}(', 1)}\n"


def as_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as the content of its file."""
    return to_text(notebook).encode()
