"""`kit.zip`: what students get, the library as a wheel without the answer key, the same bytes for the same content."""

import importlib.metadata
import io
import os
import re
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import latentkit
from autograder.authoring.kit import pins, student_guide, write_student_archive
from autograder.course import Course

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def course():
    return Course.find(ROOT)


@pytest.fixture(scope="module")
def archive(course, tmp_path_factory):
    path = write_student_archive(course, ["ps1_elbo"], tmp_path_factory.mktemp("kit") / "kit.zip")
    with zipfile.ZipFile(path) as kit:
        yield kit


@pytest.fixture(scope="module")
def wheel(archive):
    name = next(name for name in archive.namelist() if name.endswith(".whl"))
    with zipfile.ZipFile(io.BytesIO(archive.read(name))) as packed:
        yield packed


def test_it_holds_the_release_the_library_its_pins_and_a_guide(archive):
    assert sorted(archive.namelist()) == [
        "kit/README.md",
        "kit/assignments/ps1_elbo/cases.npz",
        "kit/assignments/ps1_elbo/ps1_elbo.ipynb",
        "kit/constraints.txt",
        f"kit/latentkit-{latentkit.__version__}-py3-none-any.whl",
        "kit/requirements.txt",
    ]


def test_the_wheel_holds_the_whole_library_but_for_the_answer_key(wheel):
    folder = ROOT / "lib" / "latentkit"
    there = {path.relative_to(ROOT / "lib").as_posix() for path in folder.rglob("*") if path.is_file()}
    expected = {name for name in there if "/reference/" not in name and "__pycache__" not in name}
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == expected
    assert "latentkit/trained/sentence_vae/weights.safetensors" in packed and "latentkit/py.typed" in packed


def test_the_wheel_asks_for_what_the_library_needs_and_offers_no_extras(wheel):
    told = wheel.read(f"latentkit-{latentkit.__version__}.dist-info/METADATA").decode()
    asked = re.findall(r"^Requires-Dist: (.*)$", told, flags=re.MULTILINE)
    installed = [line for line in importlib.metadata.requires("latentkit") if "extra ==" not in line]
    assert {str(Requirement(line)) for line in asked} == {str(Requirement(line)) for line in installed}
    assert "Provides-Extra" not in told and f"Version: {latentkit.__version__}" in told
    commands = wheel.read(f"latentkit-{latentkit.__version__}.dist-info/entry_points.txt").decode()
    assert "latentkit = latentkit.commands.cli:main" in commands and "autograder" not in commands


@pytest.mark.parametrize("mask", [0o022, 0o077], ids=["open", "closed"])
def test_the_same_content_gives_the_same_bytes(course, archive, tmp_path, mask):
    """Whatever the clock says, and whatever modes this account gives to new files."""
    before = os.umask(mask)
    try:
        again = write_student_archive(course, ["ps1_elbo"], tmp_path / "kit.zip")
    finally:
        os.umask(before)
    assert again.read_bytes() == Path(archive.filename).read_bytes()


def test_the_pins_are_those_that_the_tests_run_with_and_leave_out_what_grades():
    """Of this environment, which was made from the pins of the repository."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines if "==" in line}
    pinned = {line.split("==")[0] for line in pins()}
    assert {"torch", "jupyterlab", "numba", "ipykernel"} <= pinned <= tested
    assert not pinned & {"nbgrader", "jupytext", "nh3", "pyseccomp", "sphinx", "distributed", "pytest"}
    assert all(re.fullmatch(r"[a-z0-9-]+==[^+ ]+", line) for line in pins()), "no build for one device alone"


def test_the_guide_is_the_page_for_students_without_what_only_the_book_can_show(course):
    guide = student_guide(course, "latentkit-9.9-py3-none-any.whl")
    assert guide.startswith("# For students\n")
    assert f"Made with latentkit {latentkit.__version__}." in guide
    assert "latentkit-9.9-py3-none-any.whl" in guide and "latentkit-*" not in guide
    assert "{figure}" not in guide and ".md)" not in guide and "[](" not in guide
    assert "pip install" in guide and "requirements.txt" in guide


def test_a_course_without_such_a_page_gets_a_short_guide(tmp_path):
    guide = student_guide(Course(tmp_path), "latentkit-9.9-py3-none-any.whl")
    assert "-r requirements.txt" in guide and "latentkit doctor" in guide


def test_what_is_not_released_is_not_packed(tmp_path):
    with pytest.raises(ValueError, match="run: autograder release ps1_elbo"):
        write_student_archive(Course(tmp_path), ["ps1_elbo"], tmp_path / "kit.zip")
    assert not (tmp_path / "kit.zip").exists()
