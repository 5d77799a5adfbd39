"""An installed copy of the kit holds the answers among the libraries: no submission may read it there."""

from types import SimpleNamespace

import pytest

from autograder.grading import tiers

READS = """
for path in ("latentkit/reference.py", "latentkit/__init__.py", "neighbour/__init__.py"):
    try:
        print(open("@SITE@/" + path).read())
    except OSError as error:
        print("refused", path)
"""


@pytest.fixture
def site(arena, monkeypatch):
    """A folder of libraries with the kit in it, as `pip install .` leaves it."""
    folder = arena.course.root / "data" / "site"
    for name, content in (("latentkit/reference.py", "the answer"), ("neighbour/__init__.py", "a library")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    monkeypatch.setattr(tiers, "latentkit", SimpleNamespace(__file__=str(folder / "latentkit" / "__init__.py")))
    return folder


def test_the_installed_kit_is_hidden_and_the_libraries_are_not(arena, tier, site):
    graded = arena.grade({"reader": READS.replace("@SITE@", str(site))}, tier)
    printed = graded.outputs("reader")
    assert "the answer" not in printed
    assert "a library" in printed
    assert "refused latentkit/reference.py" in printed
    graded.assert_neighbours_unharmed()


def test_the_plan_hides_the_kit_wherever_it_is_installed(tmp_path):
    hidden = tiers.plan(tiers.NONE, tmp_path).hidden
    assert any(path.endswith("/latentkit") for path in hidden)
    assert any(path.endswith("/autograder") for path in hidden)
