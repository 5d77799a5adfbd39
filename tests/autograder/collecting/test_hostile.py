"""Bad input is refused in a line and costs nobody else: no traceback, no file outside, no memory without end."""

import io
import os
import stat
import struct
import time
import zipfile

import pytest

from autograder.classroom.collecting.collect import collect
from autograder.classroom.collecting.platforms.gradescope import METADATA, read_metadata
from autograder.course import Course
from tests.autograder.collecting.downloads import zipped

NAME = "ps1_elbo"
ADA = {"ada/ps1_elbo.ipynb": b"{}"}


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path / "course")


def run(course, tmp_path, members, **options):
    origin = tmp_path / "all.zip"
    origin.write_bytes(members if isinstance(members, bytes) else zipped(members))
    return collect(course, NAME, origin, course.submitted, **options)


def written(course):
    return sorted(path.parts[-3] for path in course.submitted.glob(f"*/{NAME}/*"))


NESTED_ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefghijk", "bcdefghijkl", strict=True)
)
MERGES = "a: &a {k: v}\n" + "\n".join(
    f"{new}: &{new}\n  <<: [{', '.join([f'*{old}'] * 12)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"[1, 2]",
        b"submission_1: [",
        b"\x00\x01\xff",
        b"submission_1: !!python/object/apply:os.system ['touch hacked']",
        b"submission_1:\n  :submitters: !ruby/object:Gem::Installer\n    i: x",
        b"submission_1:\n  :submitters:\n  - :name: [a, {b: c}]\n    :sid: {}",
        b"submission_1:\n  :submitters: {a: 1}",
        b"submission_1:\n  :submitters:\n  - 3\n  - null\n  - [x]",
        b"{{[x]: 1}: 2}",
        b"[" * 5_000,
        b"submission_1: " + b"{a: " * 5_000,
        b"submission_1:\n  :created_at: 9999-99-99 99:99:99",
        NESTED_ALIASES.encode(),
        MERGES.encode(),
    ],
    ids=lambda metadata: f"{len(metadata)} bytes, {metadata[:20]!r}",
)
def test_no_metadata_runs_anything_or_ends_in_a_traceback(course, tmp_path, metadata, monkeypatch):
    monkeypatch.chdir(tmp_path)
    members = {"submission_1/ps1_elbo.ipynb": b"{}", METADATA: metadata}
    try:
        found = run(course, tmp_path, members)
    except ValueError as error:
        assert METADATA in str(error) and "--platform plain" in str(error)
    else:
        assert len(found.files) == 2
    assert not (tmp_path / "hacked").exists()
    found = run(course, tmp_path, members, platform="plain")
    assert found.new == ["submission_1"]


def test_metadata_that_would_take_all_memory_is_given_up(course, tmp_path, monkeypatch):
    from autograder.classroom.collecting.platforms import gradescope

    monkeypatch.setattr(gradescope, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="larger than"):
        run(course, tmp_path, {"submission_1/ps1_elbo.ipynb": b"{}", METADATA: b"#" * 1001})


def test_ruby_s_own_objects_are_read_over():
    import base64

    text = """
submission_7: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
  :submitters:
  - !ruby/object:Submitter
    :name: Zoë
    :sid: 0042
    :email:
  :score: !ruby/object:BigDecimal 18:0.1e1
  :created_at: 2026-10-01 12:00:00.500000000 Z
"""
    found = read_metadata(base64.b64encode(text.encode()).decode())["found"]["submission_7"]
    (person,) = found
    assert person[1:3] == ["Zoë", ""] and person[3].startswith("2026-10-01T12:00:00.5") and person[4] == 7


@pytest.mark.parametrize(
    "name",
    [
        "x" * 10_000 + "/ps1_elbo.ipynb",
        "ada/" + "x" * 10_000 + ".ipynb",
        "d/" * 5_000 + "ps1_elbo.ipynb",
        "_" * 10_000 + "_ps1_elbo.ipynb",
        "x" * 10_000 + "_11_assignsubmission_file_/ps1_elbo.ipynb",
        "x" * 10_000 + "_1_2_ps1_elbo.ipynb",
        "1" * 10_000 + "_1_2_ps1_elbo.ipynb",
        "1-1 - " + " - " * 3000 + "Oct 1, 2026 1200 PM/ps1_elbo.ipynb",
        "x_attempt_" * 1000 + "2026-10-01-12-00-00_ps1_elbo.ipynb",
        "ps1_ada_attempt_2026-99-99-99-99-99_ps1_elbo.ipynb",
        "7-8 - Ada - Oct 99, 0000 9999 PM/ps1_elbo.ipynb",
        "A_B_c_" + "9" * 5000 + "/20261001120000_ps1_elbo.ipynb",
        "A_B_c_9/99999999999999_ps1_elbo.ipynb",
        "ada+ps1_elbo+2026-99-99 12:00:00.000000 UTC+x/ps1_elbo.ipynb",
        "Submitted files/Ada/x/Version 99999999999999999999/ps1_elbo.ipynb",
        "ada\x00/../../eve/ps1_elbo.ipynb",
        "\x1b[2J/ps1_elbo.ipynb",
        "\u202eada/ps1_elbo.ipynb",
        "ada/\ud800.ipynb".encode("utf-8", "replace").decode(),
        "/ps1_elbo.ipynb",
        "./ps1_elbo.ipynb",
        "//ada//ps1_elbo.ipynb",
        ".../ps1_elbo.ipynb",
        "ps1_elbo.ipynb/ps1_elbo.ipynb",
    ],
    ids=lambda name: f"{len(name)} characters, {name[:12]!r}",
)
def test_no_name_is_too_strange_for_a_line(course, tmp_path, name):
    started = time.process_time()
    for options in ({}, {"platform": "plain"}):
        found = run(course, tmp_path, {name: b"{}"}, **options)
        assert len(found.files) == 1
        assert all(len(line) < 2000 for line in [*found.refused, *found.notes, *found.without])
    assert time.process_time() - started < 3
    root = course.root.parent
    strays = {path.name for path in root.iterdir()} - {"course", "all.zip"}
    assert not strays, "it was written outside"


@pytest.mark.parametrize(
    "inner",
    [
        "../../eve/ps1_elbo/ps1_elbo.ipynb",
        "/tmp/eve/ps1_elbo.ipynb",
        "a/../../../ps1_elbo.ipynb",
    ],
)
def test_a_zip_in_a_hand_in_cannot_point_outside(course, tmp_path, inner):
    found = run(course, tmp_path, {**ADA, "mallory/work.zip": zipped({inner: b"{}"})})
    assert found.new == ["ada"] and written(course) == ["ada"]
    assert any("points outside the archive" in line for line in found.refused)
    assert found.without == ["mallory: only work.zip"]


def test_a_link_in_a_zip_in_a_hand_in_is_not_followed(course, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("ps1_elbo.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = run(course, tmp_path, {**ADA, "mallory/work.zip": buffer.getvalue()})
    assert written(course) == ["ada"] and "a link" in found.refused[0]


def test_a_zip_in_a_zip_is_not_opened_but_named(course, tmp_path):
    inner = zipped({"deep.zip": zipped({"ps1_elbo.ipynb": b"{}"})})
    found = run(course, tmp_path, {**ADA, "eve/work.zip": inner})
    assert found.refused == ["eve/work.zip/deep.zip: a zip in a zip, which is not opened"]
    assert found.without == ["eve: only work.zip"]
    both = zipped({"deep.zip": b"x", "ps1_elbo.ipynb": b"{}"})
    found = run(course, tmp_path, {**ADA, "eve/work.zip": both})
    assert (found.new, found.refused) == (["eve"], []), "where there is a notebook, nobody has to look"


def test_what_is_no_zip_but_called_so_is_named(course, tmp_path):
    found = run(course, tmp_path, {**ADA, "eve/work.zip": b"Rar!"})
    assert "eve/work.zip: a zip that cannot be opened" in found.refused[0]


def test_a_bomb_is_not_unpacked(course, tmp_path):
    zeros = bytes(60 * 2**20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(17):
            archive.writestr(f"{number}.ipynb", zeros if number == 0 else b"")
        for member in archive.filelist:
            member.file_size = 60 * 2**20
    bomb = (tmp_path / "bomb.zip").read_bytes()
    (tmp_path / "bomb.zip").unlink()
    found = run(course, tmp_path, {**ADA, "eve/work.zip": bomb})
    assert "holds more than 1 GB when it is unpacked" in found.refused[0]
    assert found.new == ["ada"]


def test_a_member_that_is_larger_than_it_says_is_refused(course, tmp_path):
    data = bytearray(zipped({"eve/ps1_elbo.ipynb": b"x" * 5000, **ADA}))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    found = run(course, tmp_path, bytes(data))
    assert found.new == ["ada"] and found.refused[0].startswith("eve/ps1_elbo.ipynb: ")


def test_a_list_of_members_without_end_is_not_read(course, tmp_path):
    many = zipped({f"{number:06}.txt": b"" for number in range(20_000)})
    started = time.process_time()
    found = run(course, tmp_path, {**ADA, "eve/work.zip": many})
    assert "too many members" in found.refused[0] and len(found.files) == 2
    assert time.process_time() - started < 2
    large = b"PK\x06\x07" + bytes(16) + zipped({})
    assert "more than 4 GB" in run(course, tmp_path, {**ADA, "eve/work.zip": large}).refused[0]


def test_many_files_and_folders_take_a_time_that_grows_with_their_number(course, tmp_path):
    many = zipped({f"{number}.ipynb": b"" for number in range(8000)})
    deep = {"d/" * 25_000 + "ps1_elbo.ipynb": b"", "e/" * 25_000: b""}
    started = time.process_time()
    found = run(course, tmp_path, {**ADA, "eve/work.zip": many, "mallory/deep.zip": zipped(deep)})
    assert time.process_time() - started < 8
    assert found.new[0] == "ada" and len(found.files) > 8000


def test_a_lone_students_folders_without_end_are_not_looked_through(course, tmp_path):
    started = time.process_time()
    found = run(course, tmp_path, {"d/" * 25_000 + "ps1_elbo.ipynb": b""})
    assert time.process_time() - started < 5
    assert len(found.refused) == 1


@pytest.mark.parametrize("around", ["eve", "eve/deeper"])
def test_a_student_who_hands_in_metadata_is_nobody_else(course, tmp_path, around):
    metadata = b"submission_1:\n  :submitters:\n  - :name: Ada\n    :sid: ada\n"
    forged = {f"{around}/{METADATA}": metadata, f"{around}/submission_1/ps1_elbo.ipynb": b"forged"}
    found = run(course, tmp_path, {**ADA, **forged})
    assert found.platform == "plain"
    assert (course.submitted / "ada" / NAME / f"{NAME}.ipynb").read_bytes() == b"{}"
    (course.submitted / "eve").mkdir(exist_ok=True)
    assert run(course, tmp_path, forged).platform == "plain", "eve is known as a student"


def test_a_student_whose_folder_is_called_takeout_changes_nothing(course, tmp_path):
    members = {**ADA, "Takeout/Classroom/x/ada/ps1_elbo.ipynb": b"forged"}
    assert run(course, tmp_path, members).new == ["Takeout", "ada"]
    assert (course.submitted / "ada" / NAME / f"{NAME}.ipynb").read_bytes() == b"{}"


def test_two_students_with_one_id_are_not_taken_for_one(course, tmp_path):
    people = {n: f"  :submitters:\n  - :name: A\n    :sid: '7'\n    :email: {n}@x.org\n" for n in (1, 2)}
    metadata = "".join(f"submission_{number}:\n{text}" for number, text in people.items())
    members = {f"submission_{number}/ps1_elbo.ipynb": b"%d" % number for number in people}
    found = run(course, tmp_path, {**members, METADATA: metadata.encode()})
    assert found.new == [] and "2 hand-ins claim to be '7'" in found.refused[0]


def test_what_stands_in_the_way_costs_one_student(course, tmp_path):
    course.submitted.mkdir(parents=True)
    (course.submitted / "bo").write_text("a file")
    (course.submitted / "cy" / NAME / f"{NAME}.ipynb").mkdir(parents=True)
    members = {f"{student}/ps1_elbo.ipynb": b"{}" for student in ("ada", "bo", "cy")}
    found = run(course, tmp_path, members)
    assert found.new == ["ada"] and len(found.refused) == 2
    assert all("stands where the notebook should go" in line for line in found.refused)


def test_a_name_of_no_encoding_has_its_line(course, tmp_path):
    folder = os.fsencode(tmp_path / "all") + b"/\x81\xd7\xff"
    os.makedirs(folder)
    with open(folder + b"/ps1_elbo.ipynb", "w") as file:
        file.write("{}")
    found = collect(course, NAME, tmp_path / "all", course.submitted)
    assert found.new == [] and "cannot name a student's folder" in found.refused[0]
    assert (course.state_dir(NAME) / "collected.txt").read_text().count("\n") == 1


def test_pipes_and_links_in_a_folder_are_named_and_not_opened(course, tmp_path):
    folder = tmp_path / "all"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "ps1_elbo.ipynb").write_text("{}")
    os.mkfifo(folder / "ada" / "work.zip")
    (folder / "loop").symlink_to(folder)
    (folder / "gone.ipynb").symlink_to(tmp_path / "nowhere")
    found = collect(course, NAME, folder, course.submitted)
    assert found.new == ["ada"]
    assert sorted(line.partition(":")[0] for line in found.refused) == ["ada/work.zip", "gone.ipynb", "loop"]


def test_damaged_memory_of_hand_ins_says_what_to_do(course, tmp_path):
    place = course.state_dir(NAME) / "handins.json"
    place.parent.mkdir(parents=True)
    for damage in ("[", "3", '{"student": "ada"}', '[{"student": 3}]', "[" * 100_000, "[1]"):
        place.write_text(damage)
        with pytest.raises(ValueError, match=r"is damaged .*: remove it and run autograder collect ps1_elbo again"):
            run(course, tmp_path, ADA)
