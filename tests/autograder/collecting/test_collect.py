"""Downloaded notebooks reach nbgrader's layout, nothing is lost, and no file name decides where it is written."""

import os
import shutil
import stat
import struct
import time
import zipfile
from types import SimpleNamespace

import pytest

from autograder.classroom.collecting import collect as collecting
from autograder.classroom.collecting.collect import collect
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


def zipped(path, members, compression=zipfile.ZIP_STORED):
    """A zip of these members, each a day younger than the one before."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for day, (name, content) in enumerate(members.items(), start=1):
            member = zipfile.ZipInfo(name, (2026, 1, day, 0, 0, 0))
            member.compress_type = compression
            archive.writestr(member, content)
    return path


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
        "ada/ada_ps1_elbo.ipynb",
        "ada_4711_assignsubmission_file_/ps1_elbo.ipynb",
        "ada_4711_assignsubmission_file_ps1_elbo.ipynb",
        "ps1_elbo/ada/ps1_elbo.ipynb",
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


@pytest.mark.parametrize("student", [".hidden", "-rf", "..", "tab\there", "\x9b31mC1", "\x1b[2J", "\u202eada"])
def test_a_name_that_cannot_be_a_folder_is_refused(course, tmp_path, student):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(f"{student}_ps1_elbo.ipynb", "{}")
    assert run(course, tmp_path / "all.zip").new == []
    assert handed_in(course) == {}


def test_what_is_no_folder_and_no_zip_is_said(course, tmp_path):
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        run(course, put(tmp_path, "notes.txt"))


BOB = "Bob_12_assignsubmission_file_"


@pytest.mark.parametrize(
    ("ada", "bob"),
    [
        ("Ada Lovelace_11_assignsubmission_file_/ps1_elbo.ipynb", f"{BOB}/Ada Lovelace_ps1_elbo.ipynb"),
        ("Ada Lovelace_11_assignsubmission_file_/ps1_elbo.ipynb", f"{BOB}/Ada Lovelace/ps1_elbo.ipynb"),
        ("Ada Lovelace_11_assignsubmission_file_ps1_elbo.ipynb", f"{BOB}Ada Lovelace_ps1_elbo.ipynb"),
        ("Ada Lovelace/ps1_elbo.ipynb", "Bob/Ada Lovelace/ps1_elbo.ipynb"),
        ("Ada Lovelace/ps1_elbo.ipynb", "Bob/Ada Lovelace_11_assignsubmission_file_/ps1_elbo.ipynb"),
        ("Ada Lovelace/ps1_elbo.ipynb", "Bob/ps1_elbo/Ada Lovelace/ps1_elbo.ipynb"),
        ("week 3/Ada Lovelace/ps1_elbo.ipynb", "week 3/Bob/Ada Lovelace_ps1_elbo.ipynb"),
    ],
)
def test_no_student_hands_in_for_another(course, tmp_path, ada, bob):
    found = run(course, zipped(tmp_path / "all.zip", {ada: "ADA", bob: "BOB"}))
    assert handed_in(course) == {"Ada Lovelace": "ADA", "Bob": "BOB"}
    assert found.refused == []


@pytest.mark.parametrize("path", ["Bob/Ada/ps1_elbo.ipynb", "Bob/Ada_ps1_elbo.ipynb", "week 3/ada/ps1_elbo.ipynb"])
def test_where_one_folder_is_all_there_is_a_person_says_whose_it_is(course, tmp_path, path):
    origin = zipped(tmp_path / "all.zip", {path: "{}"})
    assert "is the student" in run(course, origin).refused[0]
    assert handed_in(course) == {}
    assert run(course, origin, pattern="^(?P<student>[^/]+)/").new == [path.split("/")[0]]


def test_one_folder_that_is_known_as_a_students_holds_no_others(course, tmp_path):
    put(course.submitted, "Bob/ps2/ps2.ipynb")
    members = {"Bob/Ada/ps1_elbo.ipynb": "1", "Bob/Cy/ps1_elbo.ipynb": "2"}
    run(course, zipped(tmp_path / "all.zip", members))
    assert handed_in(course) == {"Bob": "2"}


@pytest.mark.parametrize(
    "layout", ["week 3/{}/ps1_elbo.ipynb", "term/week 3/{}/ps1_elbo.ipynb", "week 3/{}_ps1_elbo.ipynb"]
)
def test_a_folder_around_all_students_is_told_and_left_out(course, tmp_path, layout):
    members = {"readme.txt": "", layout.format("ada"): "1", layout.format("bo"): "2"}
    found = run(course, zipped(tmp_path / "all.zip", members))
    assert handed_in(course) == {"ada": "1", "bo": "2"}
    assert "week 3: taken for a folder of students" in found.notes[0]


@pytest.mark.parametrize(
    ("first", "second", "pattern"),
    [
        ("Ada/ps1_elbo.ipynb", "Ada_ps1_elbo.ipynb", None),
        ("1/Ada_hw.ipynb", "2/Ada_hw.ipynb", "(?P<student>[A-Z][a-z]+)_hw"),
    ],
)
def test_two_hand_ins_of_one_name_need_a_person(course, tmp_path, first, second, pattern):
    found = run(course, zipped(tmp_path / "all.zip", {first: "1", second: "2"}), pattern=pattern)
    assert handed_in(course) == {}
    assert len(found.refused) == 2 and "2 hand-ins claim to be 'Ada'" in found.refused[0]


@pytest.mark.parametrize(
    ("taken", "passed_over"),
    [
        ("ps1_elbo.ipynb", "ps2_sentence_vae.ipynb"),
        ("ps1_elbo (1).ipynb", "eve_ps2_sentence_vae-2.ipynb"),
        ("ps1_elbo-1.ipynb", "scratch.ipynb"),
        ("ps1_elbo.ipynb", "draft_ps1_elbo.ipynb"),
        ("eve_ps1_elbo.ipynb", "scratch.ipynb"),
    ],
)
def test_the_problem_sets_own_name_counts_before_a_later_notebook(course, tmp_path, taken, passed_over):
    put(course.root, "solutions/ps2_sentence_vae.py")
    origin = zipped(tmp_path / "all.zip", {f"eve/{taken}": "right", f"eve/{passed_over}": "wrong", "ada/x.txt": ""})
    found = run(course, origin)
    assert handed_in(course) == {"eve": "right"}
    assert found.notes == [f"eve/{passed_over}: passed over, eve/{taken} is taken"]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["ps2_sentence_vae.ipynb"], "named as ps2_sentence_vae"),
        (["eve_PS2_sentence_vae (3).ipynb"], "named as ps2_sentence_vae"),
        (["one.ipynb", "two.ipynb"], "one of several"),
        (["one.ipynb", "ps2_sentence_vae.ipynb"], "one of several"),
    ],
)
def test_without_the_problem_sets_name_a_person_chooses(course, tmp_path, names, why):
    put(course.root, "solutions/ps2_sentence_vae.py")
    found = run(course, zipped(tmp_path / "all.zip", {f"eve/{name}": "{}" for name in names}))
    assert handed_in(course) == {}
    assert len(found.refused) == len(names) and why in found.refused[0]


def test_a_damaged_member_costs_nobody_else(course, tmp_path):
    members = {f"{name}/ps1_elbo.ipynb": f"{name} " * 300 for name in ("ada", "bo", "cy", "dee", "eve")}
    path = zipped(tmp_path / "all.zip", members, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    stream = data.find(b"bo/ps1_elbo.ipynb") + len("bo/ps1_elbo.ipynb")
    data[stream : stream + 4] = b"\xff" * 4
    for name, field, value in ((b"cy/", 8, 1), (b"dee/", 10, 99)):  # encrypted; a compression that nobody knows
        struct.pack_into("<H", data, data.rfind(name) - 46 + field, value)
        struct.pack_into("<H", data, data.find(name) - 30 + field - 2, value)
    path.write_bytes(data)
    found = run(course, path)
    assert sorted(handed_in(course)) == ["ada", "eve"]
    assert [line.split("/")[0] for line in found.refused] == ["bo", "cy", "dee"]
    assert all(reason in line for reason, line in zip(("-3", "encrypted", "compression"), found.refused, strict=True))


def test_a_damaged_zip_is_said(course, tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(b"x" * 100 + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 5, 5, 60, 10, 0))
    with pytest.raises(ValueError, match=r"damaged zip: .*all\.zip"):
        run(course, path)


def test_what_jupyterlab_and_macos_put_beside_is_no_notebook(course, tmp_path):
    members = {"ada/ps1_elbo.ipynb": "1", "ada/.ipynb_checkpoints/ps1_elbo.ipynb": "2", "ada/._ps1_elbo.ipynb": "3"}
    found = run(course, zipped(tmp_path / "all.zip", members))
    assert (handed_in(course), found.notes, found.refused) == ({"ada": "1"}, [], [])


def test_a_very_long_name_takes_no_time(course, tmp_path):
    """Of the processor's: a pattern that tries each underscore with each other would take minutes."""
    archive = zipped(tmp_path / "all.zip", {"_" * 60_000 + ".ipynb": "{}"})
    started = time.process_time()
    assert run(course, archive).refused
    assert time.process_time() - started < 2


def test_a_download_that_is_too_large_loses_its_largest_notebooks_and_says_so(course, tmp_path, monkeypatch):
    members = {f"{student}/ps1_elbo.ipynb": "x" * size for student, size in (("ada", 10), ("bo", 900), ("cy", 800))}
    monkeypatch.setattr(collecting, "MAX_TOTAL_BYTES", 1000)
    found = run(course, zipped(tmp_path / "all.zip", members))
    assert sorted(handed_in(course)) == ["ada", "cy"]
    assert len(found.refused) == 1 and found.refused[0].startswith("bo/ps1_elbo.ipynb: ")
    assert "there is room for" in found.refused[0] and "by themselves" in found.refused[0]


def test_no_more_than_half_of_the_free_disk_is_filled(course, downloads, monkeypatch):
    put(downloads, "ada/ps1_elbo.ipynb", "x" * 600)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    assert run(course, downloads).refused and not handed_in(course)


def test_what_lies_there_already_needs_no_room(course, downloads, tmp_path, monkeypatch):
    members = {f"{student}/ps1_elbo.ipynb": student * 300 for student in ("ada", "bo", "cy")}
    for path, content in members.items():
        put(downloads, path, content)
    assert sorted(run(course, downloads).new) == ["ada", "bo", "cy"]
    changed = {"bo/ps1_elbo.ipynb": "BO" * 300, "cy/ps1_elbo.ipynb": "CY" * 200}
    for path, content in changed.items():
        put(downloads, path, content)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    for origin in (downloads, zipped(tmp_path / "all.zip", members | changed)):
        found = run(course, origin)
        assert "ada" in found.unchanged
        assert [line.partition("/")[0] for line in found.refused] == ["bo"], "it is new, and larger than the room"
    assert handed_in(course)["ada"] == "ada" * 300 and handed_in(course)["bo"] == "bo" * 300


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("ada", "\u0430da", "CYRILLIC SMALL LETTER A"),
        ("ren\u00e9", "rene\u0301", "NFC and NFD"),
        ("Ada Byron", "ada  byron", "capitals and spaces"),
    ],
)
def test_students_whose_names_look_alike_are_noted_and_both_kept(course, downloads, tmp_path, one, other, why):
    for student in (one, other):
        put(tmp_path / student, f"{student}/ps1_elbo.ipynb", student)
        found = run(course, tmp_path / student)
    assert handed_in(course) == {one: one, other: other}
    assert len(found.notes) == 1 and why in found.notes[0] and repr(one) in found.notes[0]
    put(downloads, "zoe/ps1_elbo.ipynb")
    assert not run(course, downloads).notes  # what an earlier collection said is not said again


def test_names_that_only_share_letters_are_not_noted(course, downloads):
    for student in ("ada", "adá", "abа", "s10", "slo", "саша", "cawa"):
        put(downloads, f"{student}/ps1_elbo.ipynb")
    assert run(course, downloads).notes == []
