"""The bundle holds what a submission needs and nothing that tells the answers."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import latentkit
from autograder.authoring.bundle import copy_library, write_bundle, write_student_archive
from autograder.course import Course


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


def test_students_get_the_release_and_the_library_without_the_answer_key(tmp_path):
    course = Course.find(Path(__file__).parent)
    first = write_student_archive(course, ["ps1_elbo"], tmp_path / "kit.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "kit.zip").namelist()
    assert {"kit/assignments/ps1_elbo/ps1_elbo.ipynb", "kit/lib/latentkit/check/__init__.py"} <= set(names)
    assert "kit/lib/latentkit/trained/sentence_vae/weights.safetensors" in names
    assert not [name for name in names if "reference" in name or "autograder" in name or "solutions" in name]
    assert write_student_archive(course, ["ps1_elbo"], tmp_path / "kit.zip").read_bytes() == first


def test_students_get_the_version_that_made_the_archive(tmp_path):
    course = Course.find(Path(__file__).parent)
    archive = zipfile.ZipFile(write_student_archive(course, ["ps1_elbo"], tmp_path / "kit.zip"))
    project = tomllib.loads(archive.read("kit/pyproject.toml").decode())
    assert project["project"]["version"] == latentkit.__version__
    assert f"latentkit {latentkit.__version__}" in archive.read("kit/README.md").decode()
    assert "kit/lib/latentkit/py.typed" in archive.namelist()
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["latentkit"]
