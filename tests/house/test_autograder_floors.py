"""The floors of the autograder: imports run down, never up, and never in a circle, those inside functions too."""

from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.import_graph import import_graph

AUTOGRADER = import_graph(Path(__file__).parents[2] / "autograder")
FLOORS = (
    "autograder.__main__",
    "autograder.cli",
    "autograder.commands",
    "autograder.gradescope_run",
    "autograder.classroom",
    "autograder.grading.nbgrader_app",
    "autograder.grading.batch",
    "autograder.grading.cluster",
    "autograder.grading.request",
    "autograder.grading.recording",
    "autograder.grading.judging",
    "autograder.grading.running",
    "autograder.grading.intake",
    "autograder.grading.sanitise",
    "autograder.grading.settings",
    "autograder.grading",
    "autograder.authoring",
    "autograder.rubrics",
    "autograder.exercise",
    "autograder.handins",
    "autograder.roster",
    "autograder.spreadsheet",
    "autograder.course_file",
    "autograder.course",
    "autograder.disposable",
    "autograder.extras",
    "autograder.zips",
    "autograder.files",
    "autograder.imports",
    "autograder.screen",
    "autograder.threads",
    "autograder.worker",
    "autograder",
)
"""From the roof to the ground; a module stands on the most exact floor that is listed for it."""


def enclosing(dotted: str, names: Collection[str]) -> str:
    """The longest of these names that is this one or holds it."""
    while dotted not in names:
        dotted = dotted.rpartition(".")[0]
    return dotted


@pytest.mark.parametrize("name", AUTOGRADER)
def test_imports_run_down(name):
    floor = enclosing(name, FLOORS)
    upwards = {
        imported for imported in AUTOGRADER[name] if FLOORS.index(enclosing(imported, FLOORS)) < FLOORS.index(floor)
    }
    assert not upwards, f"{name} stands on {floor}, below what it imports"


def test_every_floor_has_somebody_on_it():
    assert {enclosing(name, FLOORS) for name in AUTOGRADER} == set(FLOORS)


def test_every_room_has_a_floor():
    """A new package or module beside the others would stand on the ground: list it where it belongs."""
    rooms = {name for name in AUTOGRADER if enclosing(name, FLOORS) in ("autograder", "autograder.grading")}
    assert rooms == {"autograder", "autograder.grading"}


def test_no_circle_is_closed():
    try:
        TopologicalSorter(AUTOGRADER).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
