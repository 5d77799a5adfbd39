"""What says anything of a student, a grade or an answer is its owner's alone, whatever the umask; releases are not."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from autograder.authoring.release import release
from autograder.classroom.doctor import look_at_grader
from autograder.classroom.simulate import simulate
from autograder.cli import main
from autograder.course import Course
from autograder.files import EVERYBODY, make_folder, readable_by_others, write_whole
from autograder.grading.batch import grade
from autograder.grading.recording.ledger import autograded
from autograder.grading.request import GradingRequest
from tests.autograder.common import answered, hand_in


@pytest.fixture(autouse=True)
def usual_umask():
    """With it, other users may read what a program makes without thinking of them."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def opened(course: Course) -> dict[str, str]:
    """All that other users can do something with, but for the sources, the configuration and what students get."""
    meant = {course.root / "solutions", course.root / "nbgrader_config.py", course.root / "assignments"}
    paths = [path for path in course.root.rglob("*") if not meant & {path, *path.parents}]
    return {str(path.relative_to(course.root)): oct(mode(path)) for path in paths if mode(path) & 0o077}


@pytest.fixture
def here(toy_course, monkeypatch):
    monkeypatch.chdir(toy_course.root)
    return toy_course


def test_a_whole_term_leaves_nothing_open(here, capsys, tmp_path_factory):
    main(["release", "toy"])
    download = tmp_path_factory.mktemp("download")
    for student, work in {"ada": "def scale(x, factor=2.0):\n    return x * factor", "bo": "1 / 0"}.items():
        notebook = answered(release(here, "toy").notebook, scale=work)
        hand_in(Course(download), student, notebook)
    for arguments in (
        ["collect", "toy", str(download / "submitted")],
        ["grade", "toy", "--sandbox", "none", "--results", "results/toy.json"],
        ["report", "toy"],
        ["feedback", "toy"],
        ["export", "toy", "--out", "grades.csv"],
    ):
        assert main(arguments) == 0, capsys.readouterr()
    made = {path.name for path in here.root.rglob("*")}
    assert {"gradebook.db", "journal.jsonl", "results.json", "toy.html", "grades.csv", "hidden_seed", "lock"} <= made
    assert opened(here) == {}
    assert mode(here.release_notebook("toy")) == mode(here.release_cases("toy")) == 0o644
    assert mode(here.release_dir("toy")) == 0o755, "students may look into it"


def test_a_simulated_class_is_closed_too(here):
    release(here, "toy")
    simulate(here, "toy", 3, seed=0, out=here.submitted, kinds=["right", "blank", "no_notebook"])
    assert opened(here) == {}


def test_what_was_open_before_is_closed_when_it_is_written(here, warm):
    notebook = release(here, "toy").notebook
    hand_in(here, "ada", notebook)
    grade(GradingRequest(here, "toy", progress=False), warm)
    ours = [here.gradebook, here.state_dir("toy") / "journal.jsonl", autograded(here, "toy", "ada")]
    for path in ours:
        path.chmod(0o664)
    here.state.chmod(0o755)
    here.autograded.chmod(0o750)
    here.root.chmod(0o2775)
    beside = here.gradebook.with_name("gradebook.db-journal")
    beside.write_bytes(b"")
    beside.chmod(0o644)
    hand_in(here, "ada", answered(notebook, scale="def scale(x, factor=2.0):\n    return x * factor"))
    grade(GradingRequest(here, "toy", progress=False), warm)
    assert [oct(mode(path)) for path in (*ours, here.state)] == ["0o600", "0o600", "0o600", "0o700"]
    assert not beside.exists() or mode(beside) == 0o600
    assert (mode(here.root), mode(here.autograded)) == (0o2775, 0o750), "an instructor's own choice"


def test_a_mode_is_never_loosened(tmp_path):
    path = write_whole(tmp_path / "new" / "folder" / "release.ipynb", "one", EVERYBODY)
    assert (mode(path), mode(path.parent), mode(path.parents[1])) == (0o644, 0o755, 0o755)
    path.chmod(0o640)
    assert mode(write_whole(path, "two", EVERYBODY)) == 0o640
    path.chmod(0o400)
    assert mode(write_whole(path, "three")) == 0o600, "its owner can write it, as before"


def test_new_folders_are_closed_and_old_ones_stay(tmp_path):
    (tmp_path / "old").mkdir(mode=0o755)
    write_whole(tmp_path / "old" / "new" / "grades.json", "{}")
    make_folder(tmp_path / "old" / "new" / "newer")
    modes = [mode(tmp_path / name) for name in ("old", "old/new", "old/new/newer", "old/new/grades.json")]
    assert modes == [0o755, 0o700, 0o700, 0o600]


@pytest.fixture
def public_folder():
    """A folder that every user of this machine can enter; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_doctor_says_what_others_can_read_and_how_to_close_it(toy_course, public_folder):
    course = Course(shutil.copytree(toy_course.root, public_folder / "my course"))
    course.root.chmod(0o755)

    def said():
        return next(found for found in look_at_grader(course) if found.name == "grade files")

    assert (said().value, said().advice) == ("no other user of this machine can read them", "")
    write_whole(course.gradebook, b"", EVERYBODY)
    write_whole(course.feedback / "ada" / "toy" / "toy.html", "", EVERYBODY)
    write_whole(course.submitted / "ada" / "toy" / "toy.ipynb", "")
    assert said().value == "other users of this machine can read 2 of them, such as gradebook.db"
    command = said().advice.removeprefix("To close them: ")
    assert command == f"chmod -R go-rwx '{course.gradebook}' '{course.feedback}'"
    assert os.waitstatus_to_exitcode(os.system(command)) == 0
    assert said().value == "no other user of this machine can read them"


def test_files_below_a_closed_folder_are_not_open(public_folder):
    page = write_whole(public_folder / "closed" / "page.html", "")
    page.chmod(0o644)
    assert mode(page.parent) == 0o700
    assert readable_by_others(page) == readable_by_others(public_folder) == []
    page.parent.chmod(0o711)
    assert readable_by_others(public_folder) == [page]
