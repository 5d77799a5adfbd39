"""Downloaded notebooks reach nbgrader's layout, nothing is lost, and no file name decides where it is written."""

import os
import stat
import zipfile

import pytest

from autograder.classroom.collect import collect
from autograder.course import Course


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path / "course")


@pytest.fixture
def downloads(tmp_path):
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


def put(folder, path, content="{}"):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def handed_in(course):
    return {path.parts[-3]: path.read_text() for path in course.submitted.glob("*/ps1_elbo/ps1_elbo.ipynb")}


def run(course, origin, **options):
    return collect(course, "ps1_elbo", origin, course.submitted, **options)


@pytest.mark.parametrize(
    "path",
    [
        "ada_ps1_elbo.ipynb",
        "ada-ps1_elbo.ipynb",
        "ada_ps1_elbo (1).ipynb",
        "ada/ps1_elbo.ipynb",
        "ada/ps1_elbo/ps1_elbo.ipynb",
        "ada/My answer.ipynb",
        "week 3/ada/ps1_elbo.ipynb",
        "ada_4711_assignsubmission_file_/ps1_elbo.ipynb",
    ],
)
def test_the_student_is_found_in_the_usual_names(course, downloads, path):
    put(downloads, path)
    assert run(course, downloads).new == ["ada"]
    assert handed_in(course) == {"ada": "{}"}


def test_a_zip_is_read_like_a_folder(course, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("ada_ps1_elbo.ipynb", "1")
        archive.writestr("Émile Ünal/ps1_elbo.ipynb", "2")
        archive.writestr("__MACOSX/._ada_ps1_elbo.ipynb", "x")
        archive.writestr("readme.txt", "x")
    assert run(course, tmp_path / "all.zip").refused == []
    assert handed_in(course) == {"ada": "1", "Émile Ünal": "2"}


def test_other_names_need_a_pattern(course, downloads):
    put(downloads, "4711-lovelace-final.ipynb")
    assert "--pattern" in run(course, downloads).refused[0]
    assert run(course, downloads, pattern=r"\d+-(?P<student>\w+)-").new == ["lovelace"]
    with pytest.raises(ValueError, match="student"):
        run(course, downloads, pattern=r"(\w+)")


def test_of_two_notebooks_the_later_counts(course, downloads):
    os.utime(put(downloads, "ada_ps1_elbo (1).ipynb", "late"), (2000, 2000))
    os.utime(put(downloads, "ada_ps1_elbo.ipynb", "early"), (1000, 1000))
    run(course, downloads)
    assert handed_in(course) == {"ada": "late"}


def test_what_is_replaced_is_kept(course, downloads):
    put(downloads, "ada_ps1_elbo.ipynb", "first")
    run(course, downloads)
    assert run(course, downloads).unchanged == ["ada"]
    put(downloads, "ada_ps1_elbo.ipynb", "second")
    assert run(course, downloads).replaced == ["ada"]
    assert handed_in(course) == {"ada": "second"}
    kept = list((course.state / "ps1_elbo" / "replaced" / "ada").iterdir())
    assert [path.read_text() for path in kept] == ["first"]


def test_links_are_refused(course, downloads, tmp_path):
    secret = put(tmp_path, "secret.ipynb", "the answers")
    (downloads / "eve_ps1_elbo.ipynb").symlink_to(secret)
    (downloads / "mallory").symlink_to(tmp_path)
    os.mkfifo(downloads / "pipe_ps1_elbo.ipynb")
    refused = " ".join(run(course, downloads).refused)
    assert handed_in(course) == {}
    assert "eve_ps1_elbo.ipynb" in refused and "mallory" in refused and "pipe_ps1_elbo.ipynb" in refused


def test_a_link_in_the_way_is_not_written_through(course, downloads, tmp_path):
    target = put(tmp_path, "elsewhere/ps1_elbo.ipynb", "untouched")
    (course.submitted / "ada").mkdir(parents=True)
    (course.submitted / "ada" / "ps1_elbo").symlink_to(target.parent)
    put(downloads, "ada_ps1_elbo.ipynb")
    assert "link" in run(course, downloads).refused[0]
    assert target.read_text() == "untouched"


@pytest.mark.parametrize(
    "path", ["../eve/ps1_elbo.ipynb", "/tmp/eve/ps1_elbo.ipynb", "a/../../eve_ps1_elbo.ipynb", "..\\eve_ps1_elbo.ipynb"]
)
def test_a_zip_cannot_write_outside(course, tmp_path, path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(path, "{}")
    assert "outside" in run(course, tmp_path / "all.zip").refused[0]
    assert handed_in(course) == {}


def test_a_link_in_a_zip_is_refused(course, tmp_path):
    member = zipfile.ZipInfo("eve_ps1_elbo.ipynb")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    assert "link" in run(course, tmp_path / "all.zip").refused[0]


@pytest.mark.parametrize("student", [".hidden", "-rf", "..", "tab\there"])
def test_a_name_that_cannot_be_a_folder_is_refused(course, tmp_path, student):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(f"{student}_ps1_elbo.ipynb", "{}")
    assert run(course, tmp_path / "all.zip").new == []
    assert handed_in(course) == {}


def test_what_is_no_folder_and_no_zip_is_said(course, tmp_path):
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        run(course, put(tmp_path, "notes.txt"))
