"""Code that serves every problem set and every machine names no exercise and no sandbox: each tells of itself."""

import ast
from pathlib import Path

import pytest

from autograder import rubrics
from autograder.worker.sandbox import TIERS

ROOT = Path(__file__).parents[2]
EXERCISES = {exercise.name for name in rubrics.names() for exercise in rubrics.load(name).exercises}
GENERIC = [path for path in sorted((ROOT / "autograder").rglob("*.py")) if "rubrics" not in path.parts]


@pytest.mark.parametrize("path", GENERIC, ids=lambda path: str(path.relative_to(ROOT)))
def test_generic_code_names_no_exercise(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert EXERCISES.isdisjoint(node.value for node in nodes if isinstance(node, ast.Constant))


@pytest.mark.parametrize("path", GENERIC, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_sandboxes_themselves_are_named_by_code(path):
    """Another tier is a class in `autograder/worker/sandbox.py`: nothing else lists them or compares their names."""
    if "worker" not in path.parts:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names = {tier.name for tier in TIERS}
        assert names.isdisjoint(node.value for node in nodes if isinstance(node, ast.Constant))
