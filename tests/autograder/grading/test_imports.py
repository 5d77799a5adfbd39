"""What a released notebook imports is found without running it."""

import importlib

import pytest

from autograder.course import Course
from autograder.grading.running.imports import imported_names, late_imports, released_imports

COURSE = Course.find(__file__)


def code(*sources):
    return {"cells": [{"cell_type": "code", "source": source} for source in sources]}


def test_names_are_those_of_modules_and_of_what_is_taken_from_them():
    found = imported_names(
        code("import os.path as p, re\nfrom latentkit.data import load_digits", ["import re\n", "x"])
    )
    assert found == ["os.path", "re", "latentkit.data", "latentkit.data.load_digits"]


def test_a_cell_that_is_no_python_hides_no_other():
    assert imported_names(code("%matplotlib inline\nimport os", "import re", "def f(", "\0")) == ["re"]


def test_text_is_not_run():
    assert imported_names({"cells": [{"cell_type": "markdown", "source": "import os"}]}) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 1}', b'{"cells": [1]}', b"\xff"])
def test_a_damaged_release_gives_nothing(tmp_path, content):
    (tmp_path / "x.ipynb").write_bytes(content)
    assert released_imports(tmp_path / "x.ipynb") == []
    assert released_imports(tmp_path / "missing.ipynb") == []


@pytest.mark.parametrize("name", COURSE.names())
def test_the_modules_of_each_release_exist(name):
    found = released_imports(COURSE.release_notebook(name))
    assert "torch" in found and "latentkit.check" in found
    for module in found:
        if module.count(".") < 2:
            importlib.import_module(module.rpartition(".")[0] or module)


def test_the_compiler_is_imported_for_those_whose_text_names_an_optimiser():
    assert late_imports(["import torch", "x = 1"]) == []
    assert late_imports(["x = 1", "optimiser = torch.optim.Adam(model.parameters())"]) == ["torch._dynamo"]
