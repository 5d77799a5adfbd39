"""The bundle holds what a submission needs and nothing that tells the answers."""

import subprocess
import sys

import pytest

from autograder.authoring.bundle import copy_library, write_bundle


def test_the_student_library_has_no_answer_key(tmp_path):
    copy_library(tmp_path)
    assert (tmp_path / "latentkit" / "check" / "cases.py").is_file()
    assert not (tmp_path / "latentkit" / "reference").exists()
    assert not list(tmp_path.rglob("*.pyc"))


def test_of_the_autograder_only_the_worker_is_there(tmp_path):
    write_bundle(tmp_path)
    assert sorted(path.name for path in (tmp_path / "autograder").iterdir()) == ["__init__.py", "worker"]


@pytest.mark.parametrize("module", ["latentkit.reference", "autograder.rubrics", "autograder.course"])
def test_a_process_that_sees_the_bundle_alone_cannot_import_the_answers(tmp_path, module):
    write_bundle(tmp_path)
    paths = f"[{str(tmp_path)!r}, *(path for path in sys.path if 'site-packages' not in path)]"
    code = f"import sys; sys.path = {paths}; import {module}"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=False, capture_output=True, text=True)
    assert "No module named" in run.stderr
