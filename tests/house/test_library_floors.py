"""The floors of `latentkit`: a module imports from its own room and from lower floors, and no circle is closed.

Read from the source, with the imports inside functions: a late import hides a circle from Python, not from a reader.
"""

import textwrap
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.import_graph import import_graph

LIBRARY = Path(__file__).parents[2] / "lib" / "latentkit"
FLOORS = (
    ("named_calls", "notebook_text", "training_curve", "wording"),
    ("progress",),
    ("data",),
    ("decoding", "lda", "reference"),
    ("models",),
    ("check", "checkpoints"),
    ("evaluation", "start", "trained"),
    ("topics", "training"),
    ("explore",),
    ("commands",),
    ("__main__",),
)
"""From the ground up. Rooms on one floor do not import each other."""

FLOOR = {room: height for height, floor in enumerate(FLOORS) for room in floor}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def upward_imports(graph: dict[str, set[str]]) -> list[str]:
    """The imports that do not go down: "latentkit.check.card -> latentkit.explore"."""
    return [
        f"{module} -> {other}"
        for module, imported in graph.items()
        for other in sorted(imported)
        if room_of(module) != room_of(other) and room_of(other) and FLOOR[room_of(other)] >= FLOOR[room_of(module)]
    ]


@pytest.fixture(scope="module")
def graph():
    return import_graph(LIBRARY)


def test_every_room_has_a_floor(graph):
    assert {room_of(module) for module in graph} - {""} == FLOOR.keys()


def test_imports_go_down(graph):
    assert upward_imports(graph) == []


def test_no_circle_is_closed(graph):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_an_import_inside_a_function_counts(tmp_path):
    """What the rules are for: a check that draws a figure, and two modules that need each other."""
    package = tmp_path / "latentkit"
    sources = {
        "__init__.py": "",
        "check/__init__.py": "",
        "check/card.py": """
            def show():
                from latentkit.explore import figure
                return figure
        """,
        "explore/__init__.py": "from latentkit.explore.figure import draw",
        "explore/figure.py": """
            def draw():
                import latentkit.explore.words
        """,
        "explore/words.py": "from latentkit.explore.figure import draw",
    }
    for name, source in sources.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(textwrap.dedent(source))
    graph = import_graph(package)
    assert upward_imports(graph) == ["latentkit.check.card -> latentkit.explore.figure"]
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()
