"""Code that serves every problem set names none of their exercises: what is special about one, its rubric says."""

import ast
from pathlib import Path

import pytest

from autograder import rubrics

ROOT = Path(__file__).parents[2]
EXERCISES = {exercise.name for name in rubrics.names() for exercise in rubrics.load(name).exercises}
GENERIC = [path for path in sorted((ROOT / "autograder").rglob("*.py")) if "rubrics" not in path.parts]


@pytest.mark.parametrize("path", GENERIC, ids=lambda path: str(path.relative_to(ROOT)))
def test_generic_code_names_no_exercise(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert EXERCISES.isdisjoint(node.value for node in nodes if isinstance(node, ast.Constant))
