"""The zip for Gradescope grades in a clean folder that is laid out as Gradescope's, by its own scripts alone."""

import json
import os
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from autograder.authoring.gradescope import grader_requirements, write_gradescope_package
from autograder.authoring.release import release
from autograder.classroom.simulate import simulate
from autograder.cli import main
from autograder.course import CONFIG, Course
from autograder.gradescope_run import find_notebook, submitter

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with problem set 1, and one student who made known mistakes; with the truth."""
    course = Course(tmp_path_factory.mktemp("course"))
    (course.root / "solutions").mkdir()
    for place in ("solutions/ps1_elbo.py", CONFIG):
        (course.root / place).write_bytes((ROOT / place).read_bytes())
    release(course, "ps1_elbo")
    truth = simulate(course, "ps1_elbo", 1, seed=3, out=course.submitted, kinds=["known_mistakes"])
    return course, truth


@pytest.fixture(scope="module")
def there(course, tmp_path_factory, strongest):
    """Gradescope's folders after setup.sh has run; the libraries are those that are installed here, the kit's code is
    the zip's."""
    root = tmp_path_factory.mktemp("autograder")
    package = write_gradescope_package(course[0], "ps1_elbo", root / "package.zip", strongest)
    assert package.stat().st_mode & 0o77 == 0, "it holds the answer key"
    with zipfile.ZipFile(package) as packed:
        packed.extractall(root / "source")
        for entry in packed.infolist():
            (root / "source" / entry.filename).chmod(entry.external_attr >> 16)
    venv.create(root / "environment")
    libraries = Path(sysconfig.get_path("purelib", vars={"base": root / "environment"}))
    libraries.joinpath("libraries.pth").write_text(sysconfig.get_path("purelib"))
    for folder in ("submission", "results"):
        (root / folder).mkdir()
    run(root, "setup.sh")
    return root


def run(root, script):
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(root / "nobodys"),
        "AUTOGRADER_ROOT": str(root),
        "AUTOGRADER_PYTHON": str(root / "environment" / "bin" / "python"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
    }
    command = [str(root / "source" / script)]
    told = subprocess.run(command, cwd=root / "submission", env=given, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    return told


def hand_in(root, **files):
    for old in (root / "submission").iterdir():
        old.unlink()
    for name, content in files.items():
        (root / "submission" / name.replace("__", ".")).write_bytes(content)
    run(root, "run_autograder")
    return json.loads((root / "results" / "results.json").read_text())


def test_it_grades_as_the_course_does(course, there):
    _, truth = course
    (student,) = truth
    content = (course[0].submitted / student / "ps1_elbo" / "ps1_elbo.ipynb").read_bytes()
    (there / "submission_metadata.json").write_text(json.dumps({"id": 1, "users": [{"id": 4711, "name": "Ada"}]}))
    hostile = b"raise SystemExit('a submission was imported')"
    results = hand_in(there, ps1_elbo__ipynb=content, autograder__py=hostile, torch__py=hostile, json__py=hostile)
    assert results["score"] == truth[student]["points"]
    tests = {test["name"].partition(":")[0]: test for test in results["tests"]}
    assert {name: test["score"] for name, test in tests.items()} == truth[student]["exercises"]
    named = {name: mistake for name, mistake in truth[student]["mistakes"].items() if mistake}
    assert named, "there is something to name"
    for name, mistake in named.items():
        assert tests[name]["name"].endswith(f"({mistake})")
        assert tests[name]["status"] == "failed" and len(tests[name]["output"]) > 20
    assert results["output"].endswith("The written answers are graded by a person.")
    assert (there / "source" / "course" / "submitted" / "4711" / "ps1_elbo" / "ps1_elbo.ipynb").is_file()
    installed = there / "environment" / "lib"
    assert list(installed.rglob("latentkit/reference/*.py")), "the kit that graded is the zip's"


def test_what_cannot_be_graded_is_told_to_the_student(there):
    results = hand_in(there, essay__txt=b"Dear reader,")
    assert results["score"] == 0
    assert results["output"] == "Not graded: there is no notebook in the submission; hand in ps1_elbo.ipynb."


def test_a_machine_at_fault_leaves_no_results(there, course):
    settings = there / "source" / "gradescope.json"
    before = settings.read_text()
    settings.write_text(json.dumps({"problem_set": "ps1_elbo", "sandbox": "gvisor"}))
    (there / "results" / "results.json").unlink(missing_ok=True)
    try:
        with pytest.raises(AssertionError, match="could not be graded on this machine: "):
            hand_in(there, ps1_elbo__ipynb=b"{}")
        assert not (there / "results" / "results.json").exists()
    finally:
        settings.write_text(before)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["a/ps1_elbo.ipynb", "b.ipynb"], "a/ps1_elbo.ipynb"),
        (["ps1_elbo-Copy1.ipynb", "b.ipynb"], "ps1_elbo-Copy1.ipynb"),
        (["homework.ipynb", ".ipynb_checkpoints/homework.ipynb", "__MACOSX/._homework.ipynb"], "homework.ipynb"),
    ],
)
def test_the_notebook_is_found(tmp_path, files, found):
    for place in files:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    assert str(find_notebook(tmp_path, "ps1_elbo")) == found


def test_several_notebooks_are_left_to_the_student(tmp_path):
    for name in ("a.ipynb", "b.ipynb"):
        (tmp_path / name).touch()
    assert (
        find_notebook(tmp_path, "toy")
        == "there are several notebooks (a.ipynb, b.ipynb); hand in one, called toy.ipynb"
    )


@pytest.mark.parametrize(
    "content", ["", "[]", '{"users": []}', '{"users": [{"id": "../x"}]}', pytest.param("[" * 100_000, id="deep")]
)
def test_metadata_that_tells_nothing_stops_nobody(tmp_path, content):
    (tmp_path / "submission_metadata.json").write_text(content)
    assert submitter(tmp_path) == "submission"


def test_what_grading_needs_is_asked_for():
    names = {line.partition(">")[0] for line in grader_requirements()}
    assert {"torch", "nbgrader", "nh3", "pyseccomp"} <= names and not names & {
        "pytest",
        "sphinx",
        "distributed",
    }


def test_the_command_refuses_what_it_cannot_pack(toy_course, capsys):
    at = ("--course", str(toy_course.root))
    assert main([*at, "package", "gradescope", "toy"]) == 2
    assert "toy has not been released yet; run: autograder release toy" in capsys.readouterr().err
    assert main([*at, "package", "gradescope", "toy", "--out", "x.tar"]) == 2
    assert "--out needs a file that ends in .zip, got x.tar" in capsys.readouterr().err
    assert main([*at, "package", "gradescope", "no_such"]) == 2
    assert "no problem set 'no_such'" in capsys.readouterr().err
