"""The check in the notebook, `latentkit check` and the grader say the same of every notebook.

A function counts as it was at its own check: helpers, imports and settings that later cells put in the place of those
that it met there change nothing. The notebooks are generated: shared helpers, redefinitions, shadowed built-ins,
mutable state, closures, classes, decorators, partial functions, cells that raise, in any order that the released
notebook allows.
"""

import json
import multiprocessing
import random
import traceback
from collections import Counter

import nbformat
import pytest

from autograder.authoring.release import release, to_text
from autograder.grading.intake.submission import from_bytes
from autograder.grading.judging.plan import prepare
from autograder.grading.judging.session import examine_submission
from autograder.grading.running.workers import Worker
from latentkit.check import store

NOTEBOOKS = 60

HELPERS = (
    "def term(x, k=2.0):\n    return x * k",
    "def term(x, k=2.0):\n    return x + k",
    "term = lambda x, k=2.0: k * x",
    "class Term:\n    def __call__(self, x, k=2.0):\n        return x * k\n\nterm = Term()",
    "import functools\n\ndef scaled(k, x):\n    return x * k\n\n"
    "def term(x, k=2.0):\n    return functools.partial(scaled, k)(x)",
    "def made(rule):\n    def inner(x, k=2.0):\n        return rule(x, k)\n    return inner\n\n"
    "@made\ndef term(x, k):\n    return x * k",
    "def term(x, k=2.0, depth=3):\n    return x * k if depth == 0 else term(x, k, depth - 1)",
    "del term",
    "term = None",
)
"""What the name of a helper may stand for; some of it is wrong."""

SCALES = (
    "def scale(x, factor=2.0):\n    return term(x, factor)",
    "def scale(x, factor=2.0):\n    return x * factor",
    "def scale(x, factor=2.0):\n    return x * factor * MODE['sign']",
    "class Scale:\n    def __call__(self, x, factor=2.0):\n        return term(x, factor)\n\nscale = Scale()",
    "import functools\n\ndef general(x, factor, helper):\n    return helper(x, factor)\n\n"
    "def scale(x, factor=2.0):\n    return functools.partial(general, helper=term)(x, factor)",
    "def scale(x, factor=2.0):\n    return term(x, max(factor, factor))",
    "def scale(x, factor=2.0):\n    COUNT.append(1)\n    return x * factor if len(COUNT) < 1000 else x",
    "def scale(x, factor=2.0):\n    return term(x, factor) + 1",
    "def scale(x, factor=2.0):\n    return x * torch.tensor([factor]).to(torch.get_default_dtype()).to(x)",
)
TOTALS = (
    "def total(x):\n    return term(x, 1.0).sum(-1)",
    "def total(x):\n    return x.sum(-1)",
    "def total(x):\n    return sum(x.unbind(-1))",
    "def total(x):\n    return sum(x.unbind(-1)) * MODE['sign']",
    "def row(x):\n    return x.sum(-1)\n\ndef total(x):\n    return row(x)",
    "def total(x):\n    return x[..., 0] if x.shape[-1] == 1 else x[..., 0] + total(x[..., 1:])",
    "def total(x):\n    return x.mean(-1)",
    "def row(x):\n    return term(x, 1.0)\n\ndef total(x):\n    return row(x).sum(-1)",
)
OWN = (
    "MODE = {'sign': 1.0}",
    "MODE['sign'] = -1.0",
    "MODE['sign'] = 1.0",
    "COUNT = []",
    "COUNT = [1] * 2000",
    "sum = max",
    "del sum",
    "max = lambda *values: values[0] * 2",
    "import builtins\nbuiltins.max = min",
    "def row(x):\n    return x",
    "term = scale",
    "scale = lambda x, factor=2.0: x",
    "torch.set_default_dtype(torch.float16)",
    "1 / 0",
    "print((1, 2)",
    "import torch as nothing",
    "x = torch.randn(3)",
)


def generated(skeleton, seed):
    """A notebook handed in: the release with answers and cells of the student's own."""
    choose = random.Random(seed)

    def own():
        for _ in range(choose.randrange(3)):
            yield choose.choice(choose.choice((HELPERS, OWN)))

    cells = []
    for cell in json.loads(to_text(skeleton))["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in ("scale", "total"):
            cell["source"] = choose.choice(SCALES if name == "scale" else TOTALS)
            if choose.random() < 0.3:
                cell["source"] = choose.choice(HELPERS[:7]) + "\n\n\n" + cell["source"]
        cells.append(cell)
        cells += [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
                  for source in own()]  # fmt: skip
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return json.loads(to_text(skeleton)) | {"cells": cells}


def apart(work, *arguments):
    """What a function returns in a process of its own: notebooks change the process that they run in."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)

    def run():
        try:
            theirs.send(work(*arguments))
        except BaseException:
            theirs.send(traceback.format_exc())

    process = context.Process(target=run)
    process.start()
    theirs.close()
    try:
        said = ours.recv()
    finally:
        process.join()
    assert not isinstance(said, str), said
    return said


def in_jupyter(notebook, cases):
    """Exercise to whether its check passes where all cells are run in order, as *Run All* would without stopping."""
    import os

    from IPython.core.interactiveshell import InteractiveShell

    os.environ["LATENTKIT_CASES"] = str(cases)
    shell, passed = InteractiveShell(), {}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if cell["cell_type"] == "code" and "training" not in cell["metadata"].get("tags", ()):
            result = shell.run_cell("".join(cell["source"]), store_history=False, silent=True)
            if name.startswith("check_"):
                passed[name.removeprefix("check_")] = result.error_in_exec is None and result.error_before_exec is None
    return passed


def by_latentkit_check(path, cases):
    """Exercise to whether `latentkit check` lets it pass."""
    import os

    from latentkit.commands.check import _run_cells

    os.environ["LATENTKIT_CASES"] = str(cases)
    os.chdir(path.parent)
    verdicts = [event["verdict"] for event in _run_cells(path, {}, False) if "verdict" in event]
    return {verdict["exercise"]: verdict["status"] == "passed" for verdict in verdicts}


@pytest.fixture
def grader(toy_course, warm):
    """Grades a notebook on the cases that its student has, so that only how they are asked can differ."""
    release(toy_course, "toy")
    public = store.load(toy_course.release_cases("toy"))
    plan = prepare(toy_course, "toy")
    with Worker(warm) as worker:

        def passed(notebook):
            intake = from_bytes(json.dumps(notebook).encode(), plan.skeleton)
            outcomes = examine_submission(worker, intake, public, plan.limits).outcomes
            return {name: outcome.status.earns_points for name, outcome in outcomes.items()}

        yield plan.skeleton, passed


@pytest.mark.parametrize("part", range(6))
def test_they_agree_on_every_notebook(grader, toy_course, part):
    skeleton, graded = grader
    cases, path = toy_course.release_cases("toy"), toy_course.release_notebook("toy")
    seen = Counter()
    for seed in range(part * NOTEBOOKS // 6, (part + 1) * NOTEBOOKS // 6):
        notebook = generated(skeleton, seed)
        nbformat.write(nbformat.from_dict(notebook), path)
        here = apart(in_jupyter, notebook, cases)
        command = apart(by_latentkit_check, path, cases)
        judged = graded(notebook)
        sources = "\n---\n".join("".join(cell["source"]) for cell in notebook["cells"])
        assert here == command == judged, f"seed {seed}:\n{sources}"
        seen.update(here.values())
    assert min(seen[True], seen[False]) > 0, f"the notebooks should hold right and wrong answers: {seen}"


def test_a_helper_of_a_later_cell_does_not_change_an_earlier_answer(grader):
    skeleton, graded = grader
    notebook = json.loads(to_text(skeleton))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name == "scale":
            cell["source"] = (
                "def term(x, k):\n    return x * k\n\ndef scale(x, factor=2.0):\n    return term(x, factor)"
            )
        if name == "total":
            cell["source"] = "def term(x):\n    return x.sum(-1)\n\ndef total(x):\n    return term(x)"
    assert graded(notebook) == {"scale": True, "total": True}
