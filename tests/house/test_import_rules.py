"""The house's import rules, read from the source: they keep the answer key out of the student's bundle."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "lib" / "latentkit").rglob("*.py"))
GRADER = sorted((ROOT / "autograder").rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide what is imported"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def of(package: str, modules: set[str]) -> set[str]:
    return {module for module in modules if module == package or module.startswith(package + ".")}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_never_imports_the_autograder(path):
    assert not of("autograder", imported_modules(path))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_reference_imports_the_reference(path):
    if "reference" not in path.parts:
        assert not of("latentkit.reference", imported_modules(path))


@pytest.mark.parametrize("path", GRADER, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_rubrics_of_the_autograder_import_the_reference(path):
    if "rubrics" not in path.parts:
        assert not of("latentkit.reference", imported_modules(path))


@pytest.mark.parametrize("path", sorted((ROOT / "autograder" / "worker").rglob("*.py")), ids=lambda path: path.name)
def test_the_worker_imports_nothing_of_the_autograder_but_itself(path):
    assert of("autograder", imported_modules(path)) <= of("autograder.worker", imported_modules(path)) | {"autograder"}


@pytest.mark.parametrize(
    "package",
    [
        "check",
        "data",
        "explore",
        "explore.coloured",
        "explore.pictures",
        "explore.trends",
        "models",
        "topics",
        "topics.evaluation",
        "training.images",
        "training.sentences",
    ],
)
def test_what_every_notebook_imports_brings_nothing_heavy_that_few_need(package):
    """Each takes a tenth of a second or more, of every student and of every batch."""
    heavy = ("scipy", "sklearn", "matplotlib", "IPython", "ipywidgets", "numba", "nltk", "torch._dynamo")
    program = f"import sys, latentkit.{package}; print(*[name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_what_explains_a_difference_imports_nothing_heavy():
    """The first wrong answer of a batch, or of a student, would pay for it."""
    program = (
        "import sys, torch; from latentkit.check.differences import table_of_differences as table;"
        "before = set(sys.modules); assert table(torch.eye(3), torch.zeros(3, 3), lambda value: 0.1);"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before if 'symbolic' in name or 'sympy' in name})"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_the_students_command_says_hello_before_it_imports_anything_heavy():
    program = "import sys, latentkit.commands.cli; print(*{'torch', 'numpy', 'nbformat'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize(
    ("package", "program"),
    [
        ("numba", "from latentkit.topics import GibbsLDA"),
        ("matplotlib", "from latentkit.explore.figure import canvas; canvas(1, 1)"),
        ("IPython", "from latentkit.explore.figure import show_table; show_table('', (), ())"),
        ("ipywidgets", "from latentkit.explore.figure import Panel; Panel(None, [])"),
        ("scipy", "from latentkit.data import count_words; count_words(['twice twice', 'twice'], max_share=1)"),
    ],
)
def test_what_is_imported_late_says_by_its_name_that_it_is_missing(package, program):
    absent = f"import sys; sys.modules[{package!r}] = None; {program}"
    told = subprocess.run([sys.executable, "-c", absent], capture_output=True, text=True)
    last = told.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert package in last


def test_a_name_that_the_topic_models_lack_is_said_to_be_missing():
    with pytest.raises(ImportError, match="cannot import name 'SpectralLDA'"):
        from latentkit.topics import SpectralLDA  # noqa: F401
