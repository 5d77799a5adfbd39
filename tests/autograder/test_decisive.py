"""Every file that has a say in grades is among those that the fingerprint, the hidden cases and the cluster compare."""

import ast
import importlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import autograder
import latentkit
from autograder import rubrics
from autograder.authoring import decisive
from autograder.authoring.decisive import decisive_digest, decisive_files
from autograder.exercise.exercise import Exercise, Rubric

HOMES = [Path(latentkit.__file__).parents[1], Path(autograder.__file__).parents[1]]

REACHED = """
    import json, sys
    from dataclasses import replace

    opened = set()
    sys.addaudithook(lambda event, arguments: event == "open" and opened.add(str(arguments[0])))
    from autograder import rubrics
    from autograder.exercise.solve import examination
    from autograder.worker import boot, server
    from latentkit.check import judging

    for exercise in rubrics.load(sys.argv[1]).exercises:
        judging.judge(examination(replace(exercise, mistakes=[]), b"a seed"), [])
    files = {getattr(module, "__file__", None) for module in sys.modules.values()}
    print(json.dumps([file for file in files | opened if file]))
"""
"""Grades with nothing, and tells every module that was imported and every file that was opened meanwhile."""


def in_the_kit(file: str) -> str | None:
    """Its place in the kit, None where it is none of the kit's files."""
    path = Path(file).resolve()
    for home in HOMES:
        for package in ("autograder", "latentkit"):
            if path.is_file() and path.suffix != ".pyc" and path.is_relative_to(home / package):
                return path.relative_to(home).as_posix()
    return None


@pytest.mark.parametrize("name", rubrics.names())
def test_whatever_a_rubric_reaches_in_the_kit_is_decisive(name):
    command = [sys.executable, "-c", textwrap.dedent(REACHED), name]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    reached = {place for file in json.loads(told.stdout) if (place := in_the_kit(file))}
    assert f"autograder/rubrics/{name}/__init__.py" in reached and "latentkit/check/laws/training.py" in reached
    assert reached - decisive_files(name).keys() == set()


def imports(content):
    return {ast.unparse(node) for node in decisive._import_statements(content) if isinstance(node, IMPORTS)}


IMPORTS = (ast.Import, ast.ImportFrom)
ODD_IMPORTS = """
if x: import a.b as c, d
try: from . import e; import f
except E: pass
def g():
    from .h import (  # noqa (a comment)
        i,
        j as k,
    )
    import l, \\
        m
    "import n"
    return 'from o import p'
"""


@pytest.mark.parametrize("home", HOMES)
def test_the_imports_of_a_module_are_those_of_its_whole_text(home):
    texts = [ODD_IMPORTS.encode(), *(path.read_bytes() for path in home.glob("*tk*/**/*.py"))]
    for text in [*texts, *(path.read_bytes() for path in home.glob("autograder/**/*.py"))]:
        assert imports(text) >= {ast.unparse(node) for node in ast.walk(ast.parse(text)) if isinstance(node, IMPORTS)}


def test_what_was_forgotten_once_is_decisive():
    files = decisive_files("ps5_lda") | decisive_files("ps1_elbo")
    for place in ("latentkit/lda.py", "autograder/exercise/random_inputs.py", "latentkit/data/digits.py"):
        assert files[place].is_file()
    assert "latentkit/trained/sentence_vae/weights.safetensors" in files
    assert not any("ps2" in place for place in files), "another problem set's rubric decides nothing here"


def test_what_the_notebook_imports_is_decisive_too():
    assert "latentkit/explore/simplex.py" not in decisive_files("ps1_elbo")
    files = decisive_files("ps1_elbo", ["math", "torch.nn", "latentkit.explore.simplex.dirichlet_simplex"])
    assert files["latentkit/explore/simplex.py"].is_file()
    assert decisive_digest("ps1_elbo") != decisive_digest("ps1_elbo", ["latentkit.explore"])


@pytest.fixture
def own_rubric(tmp_path, monkeypatch):
    """A rubric of a course's own, and the folder of the package that it is in."""
    package = tmp_path / "their_rubrics" / "week1"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from week1.exercises import double\n")
    inner_import = "def double(x):\n    if x:\n        from .helpers import two\n    return two * x\n"
    (package / "exercises.py").write_text(inner_import)
    (package / "helpers.py").write_text("two = 2\n")
    (package / "unused.py").write_text("three = 3\n")
    monkeypatch.syspath_prepend(package.parent)
    double = importlib.import_module("week1").double
    yield Rubric("week1", "Week 1", (Exercise("double", 1, double, double, "page 1"),)), package
    for module in [module for module in sys.modules if module.split(".")[0] == "week1"]:
        del sys.modules[module]


def test_a_rubric_of_the_courses_own_is_followed_wherever_it_lies(own_rubric):
    rubric, _ = own_rubric
    own = decisive_files("week1", rubric=rubric).keys() - decisive_files("week1").keys()
    assert own == {"week1/__init__.py", "week1/exercises.py", "week1/helpers.py"}


def test_the_digest_follows_content_and_place_but_not_where_they_lie(own_rubric):
    rubric, package = own_rubric
    before = decisive_digest("week1", rubric=rubric)
    (package / "unused.py").write_text("three = 4\n")
    assert decisive_digest("week1", rubric=rubric) == before
    (package / "helpers.py").write_text("two = 2  # of a kind\n")
    changed = decisive_digest("week1", rubric=rubric)
    assert changed != before
    (package / "helpers.py").unlink()
    (package / "helpers").mkdir()
    (package / "helpers" / "__init__.py").write_text("two = 2  # of a kind\n")
    assert decisive_digest("week1", rubric=rubric) not in (before, changed), "the same text in another place"
    assert not any(Path(place).is_absolute() for place in decisive_files("week1", rubric=rubric))


def test_a_new_import_counts_at_once(own_rubric):
    rubric, package = own_rubric
    before = decisive_digest("week1", rubric=rubric)
    (package / "helpers.py").write_text("from week1.unused import three\ntwo = three - 1\n")
    assert "week1/unused.py" in decisive_files("week1", rubric=rubric)
    assert decisive_digest("week1", rubric=rubric) != before
