"""A toy course of two exercises and a written answer, small enough to read: its source, its rubric, its folder."""

import os
from pathlib import Path

import pytest
import torch

from autograder import rubrics
from autograder.authoring.release import release
from autograder.course import Course
from autograder.exercise.exercise import Exercise, Rubric, Written
from autograder.grading.running import sandboxes
from autograder.grading.running.warm_process import WarmProcess
from latentkit.check.cases import Case
from tests.autograder.common import answered, hand_in

SOURCE = '''\
# %% [markdown]
# # A toy problem set

# %% nbgrader={"grade_id": "imports", "locked": true}
import torch

from latentkit.check import check

# %% [markdown]
# Multiply every entry.

# %% nbgrader={"grade_id": "scale", "solution": true}
def scale(x, factor=2.0):
    """Multiply x, [B, D], by factor; [B, D]."""
    ### BEGIN SOLUTION
    return x * factor
    ### END SOLUTION

# %% nbgrader={"grade_id": "check_scale", "grade": true}
check("scale", scale)

# %% tags=["training"]
demo = [step for step in range(3)]
demo[-1]

# %% nbgrader={"grade_id": "total", "solution": true}
def total(x):
    """Sum x, [B, D], over D; [B]."""
    ### BEGIN SOLUTION
    return x.sum(-1)
    ### END SOLUTION

# %% nbgrader={"grade_id": "check_total", "grade": true}
check("total", total)

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true}
# Because the sum is linear.
'''


def _scale(x, factor=2.0):
    return x * factor


def _total(x):
    return x.sum(-1)


def _cases(generator, names):
    for rows in (1, 4):
        x = torch.from_numpy(generator.normal(size=(rows, 3)))
        cotangent = torch.from_numpy(generator.normal(size=(rows, 3) if "factor" in names else rows))
        yield Case(f"{rows} rows", {"x": x, "factor": 1.5} if "factor" in names else {"x": x}, ("x",), cotangent)


def toy_rubric() -> Rubric:
    scale = Exercise("scale", 3, _scale, lambda generator: _cases(generator, ("x", "factor")), look="the first page")
    total = Exercise("total", 2, _total, lambda generator: _cases(generator, ("x",)), look="the second page")

    @scale.mistake("The factor is added, not multiplied.")
    def adds(x, factor=2.0):
        return x + factor

    @scale.mistake("The factor is left out.")
    def ignores_factor(x, factor=2.0):
        return x * 1.0

    @scale.alternative
    def scale_by_einsum(x, factor=2.0):
        return torch.einsum("bd,->bd", x, torch.as_tensor(factor, dtype=x.dtype))

    @total.mistake("The mean is taken instead of the sum.")
    def averages(x):
        return x.mean(-1)

    @total.alternative
    def total_by_matmul(x):
        return x @ torch.ones(x.shape[-1], dtype=x.dtype)

    return Rubric("toy", "A toy problem set", (scale, total), (Written("why", 4),))


class SharedProcess(WarmProcess):
    """Stays warm from batch to batch, each of which believes that it is its own: starting one takes seconds."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self._owner = os.getpid()

    def _launch(self):
        """A batch in a fork of the test takes the process as it is."""
        return super()._launch() if os.getpid() == self._owner else self._control

    def close(self) -> None:
        """Not the batch's to close."""

    def abandon(self) -> None:
        """Nor to end."""

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def warm():
    """Runs submissions without a sandbox, which is tested elsewhere."""
    process = SharedProcess("none")
    process.server().close()
    yield process
    process.end()


@pytest.fixture
def toy_source() -> str:
    return SOURCE


@pytest.fixture
def rubric() -> Rubric:
    return toy_rubric()


@pytest.fixture
def toy_course(tmp_path, monkeypatch, rubric) -> Course:
    """A course folder with the toy problem set as its only one."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "toy.py").write_text(SOURCE)
    config = Path(__file__).parents[2] / "nbgrader_config.py"
    (tmp_path / "nbgrader_config.py").write_text(config.read_text() if config.exists() else "")
    monkeypatch.setattr(rubrics, "names", lambda: ["toy"])
    monkeypatch.setattr(rubrics, "load", lambda name: {"toy": rubric}[name])
    return Course(tmp_path)


@pytest.fixture
def class_of_five(toy_course) -> Course:
    """The toy course after five have handed in: all right, one mistake, blank, an empty file, no notebook at all."""
    built = release(toy_course, "toy")
    hand_in(toy_course, "ana", built.solved)
    hand_in(toy_course, "bo ü", answered(built.solved, scale="def scale(x, factor=2.0):\n    return x + factor"))
    hand_in(toy_course, "cy", built.notebook)
    hand_in(toy_course, "dee", "")
    (toy_course.submitted / "eve" / "toy").mkdir(parents=True)
    return toy_course


@pytest.fixture(scope="session")
def strongest() -> str:
    """The strongest sandbox that this machine gives, or none."""
    try:
        return sandboxes.choose()
    except sandboxes.NoSandbox:
        return "none"
