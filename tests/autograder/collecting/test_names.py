"""Names as browsers, Colab, JupyterLab, platforms and old archives make them are read as they were meant."""

import os
import sys
import time
import zipfile

import pytest

from autograder.classroom.collecting.collect import collect
from autograder.classroom.collecting.notebook_names import NotebookName, is_notebook, version
from autograder.classroom.collecting.spelling import meant, with_slashes
from autograder.course import Course
from tests.autograder.collecting.downloads import DATE, zipped

NAMING = NotebookName("ps1_elbo", ["ps1_elbo", "ps1_elbo2", "ps2_sentence_vae"])


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path / "course")


def run(course, origin):
    return collect(course, "ps1_elbo", origin, course.submitted)


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        *((name, 0) for name in ("ps1_elbo.ipynb", "PS1_ELBO.IPYNB", "ps1_elbo (1).ipynb", "ps1_elbo(12).ipynb")),
        *((name, 0) for name in ("ps1_elbo-2.ipynb", "Copy of ps1_elbo.ipynb", "Copy_of_ps1_elbo.ipynb")),
        *((name, 0) for name in ("Copy of Copy of ps1_elbo.ipynb", "Kopie von ps1_elbo.ipynb")),
        *((name, 0) for name in ("ps1_elbo-Copy1.ipynb", "ps1_elbo-Copy1 (2).ipynb", "ps1_elbo-copy.ipynb")),
        *((name, 0) for name in ("ps1_elbo.ipynb.json", "ps1_elbo.ipynb.txt", "ps1_elbo.ipynb (1).txt")),
        *((name, 1) for name in ("ada_ps1_elbo.ipynb", "Copy of ada-ps1_elbo.ipynb", "my ps1_elbo (1).ipynb")),
        *((name, 2) for name in ("ps1.ipynb", "ps1_elbo final.ipynb", "ps1_elbo2.ipynb", "ps2_sentence_vae.ipynb")),
        ("_" * 2000 + "ps1_elbo.ipynb", 2),
    ],
)
def test_a_notebooks_name_is_read_whatever_was_added_to_it(name, rank):
    assert NAMING.rank(name) == rank


def test_another_sets_copy_is_known_as_that_sets():
    assert NAMING.is_of_another_set("Copy of ps2_sentence_vae-Copy1.ipynb.txt")
    assert not NAMING.is_of_another_set("Copy of ps1_elbo-Copy1.ipynb.txt")


@pytest.mark.parametrize("name", ["a.ipynb", "a.IPYNB.json", "a.ipynb.txt", "a.ipynb (3).json", "_" * 9000 + ".ipynb"])
def test_what_is_a_notebook_by_its_name(name):
    assert is_notebook(name)


@pytest.mark.parametrize("name", ["a.txt", "a.json", "ipynb", "a.ipynb.pdf", "a.ipynb.zip", "a.ipynb~", "a.ipynbx"])
def test_what_is_none(name):
    assert not is_notebook(name)


def test_reading_names_takes_a_time_that_grows_with_their_length():
    for unit in ("_", "copy of ", "ps1_elbo_", "(1)", "-copy", " 1", ".ipynb", "-1", "1_1_"):
        name = unit * (60_000 // len(unit)) + ".ipynb"
        started = time.process_time()
        NAMING.rank(name), version(name), is_notebook(name)
        assert time.process_time() - started < 0.5, unit


def names_of(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp1252"])
def test_names_of_an_unsaid_encoding_are_what_people_are_called(encoding):
    names = ["Zoë Ünal", "Müller", "José", "Ångström", "Ada"]
    assert meant([names_of(name, encoding) for name in names]) == names


def test_bytes_that_are_letters_in_no_encoding_are_kept_as_they_are():
    assert meant(["Ольга".encode(), "Ζωή".encode()]) == ["Ольга", "Ζωή"]
    strange = b"\x81\xd7\xff"
    assert meant([strange])[0].encode("utf-8", "surrogateescape") == strange


def test_backslashes_part_folders_only_where_nothing_else_does():
    assert with_slashes(["a\\b.ipynb", "c"]) == ["a/b.ipynb", "c"]
    assert with_slashes(["a\\b.ipynb", "c/d"]) == ["a\\b.ipynb", "c/d"]


class Raw(zipfile.ZipInfo):
    """A member whose name is stored as these bytes, without a word on their encoding."""

    def __init__(self, name: bytes):
        super().__init__(name.decode("latin-1"), DATE)
        self.raw = name

    def _encodeFilenameFlags(self):
        return self.raw, self.flag_bits & ~0x800


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp1252"])
def test_a_zip_that_does_not_tell_its_encoding_is_read_right_and_says_so(course, tmp_path, encoding):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for student in ("Zoë Ünal", "José"):
            archive.writestr(Raw(f"{student}/ps1_elbo.ipynb".encode(encoding)), "{}")
    found = run(course, tmp_path / "all.zip")
    assert found.new == ["José", "Zoë Ünal"]
    assert encoding == "cp437" or "names in it repaired" in found.notes[0]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as text")
def test_a_folder_that_was_unpacked_with_another_encoding_is_read_right(course, tmp_path):
    folder = os.fsencode(tmp_path / "all") + "/Zoë Ünal".encode("cp1252")
    os.makedirs(folder)
    with open(folder + b"/ps1_elbo.ipynb", "w") as file:
        file.write("{}")
    assert run(course, tmp_path / "all").new == ["Zoë Ünal"]


def test_an_archive_of_a_windows_program_is_read_like_any_other(course, tmp_path):
    (tmp_path / "all.zip").write_bytes(zipped({"ada\\ps1_elbo.ipynb": b"{}", "bo\\work\\ps1_elbo.ipynb": b"{}"}))
    assert run(course, tmp_path / "all.zip").new == ["ada", "bo"]


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["ps1_elbo.ipynb", "ps1_elbo (1).ipynb", "ps1_elbo (10).ipynb", "ps1_elbo (9).ipynb"], "ps1_elbo (10).ipynb"),
        (["ps1_elbo-1.ipynb", "ps1_elbo-2.ipynb"], "ps1_elbo-2.ipynb"),
        (["ps1_elbo.ipynb", "Copy of ps1_elbo.ipynb"], None),
        (["ps1_elbo.ipynb", "ps1_elbo-Copy1.ipynb"], None),
        (["a/ps1_elbo.ipynb", "b/ps1_elbo.ipynb"], None),
    ],
)
def test_where_dates_tie_the_number_in_the_name_tells_or_a_person(course, tmp_path, names, taken):
    members = {f"ada/{name}": name.encode() for name in names} | {"bo/ps1_elbo.ipynb": b"{}"}
    (tmp_path / "all.zip").write_bytes(zipped(members))
    found = run(course, tmp_path / "all.zip")
    target = course.submitted / "ada" / "ps1_elbo" / "ps1_elbo.ipynb"
    if taken is None:
        assert not target.exists() and len(found.refused) == 2
        assert all(f"ada/{name}" in line for name in names for line in found.refused), "both are named"
        assert found.needs_a_person
    else:
        assert target.read_text() == taken


def test_copies_that_are_equal_need_nobody(course, tmp_path):
    members = {"ada/ps1_elbo.ipynb": b"{}", "ada/Copy of ps1_elbo.ipynb": b"{}"}
    (tmp_path / "all.zip").write_bytes(zipped(members))
    found = run(course, tmp_path / "all.zip")
    assert (found.new, found.refused) == (["ada"], [])
