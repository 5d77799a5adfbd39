"""No byte of a download is unaccounted for: what is not copied is named, whatever the download holds."""

import io
import random
import stat
import zipfile
from collections import Counter

import pytest

from autograder.classroom.collecting.collect import ACCOUNT, collect
from autograder.course import Course
from tests.autograder.collecting.downloads import DATE, PLATFORMS, the_class, zipped

NAME = "ps1_elbo"
FRAGMENTS = (
    *("Ada", "Zoë Ü", "Bo_Ek", "Participant", "s_a0", "1001", "x" * 40, ".hidden", "-rf", "a\tb", "week 1", "ps1_elbo"),
    *("Submitted files", "Takeout", "Classroom", "Version 2", "submission_1", "__MACOSX", ".ipynb_checkpoints"),
    *("Ada_11_assignsubmission_file_", "Bo_12_assignsubmission_file_", "1-2 - Ada - Oct 1, 2026 1200 PM"),
    *("Lovelace_Ada_ada_277", "ada+ps1_elbo+2026-10-01 12:00:00.000000 UTC+x", "ps1_ada_attempt_2026-10-01-12-00-00"),
)
LEAVES = (
    *("ps1_elbo.ipynb", "ps1_elbo (1).ipynb", "Copy of ps1_elbo.ipynb", "PS1_elbo.IPYNB.txt", "other.ipynb", "a.pdf"),
    *("ps2_sentence_vae.ipynb", "work.zip", "timestamp.txt", "submission_metadata.yml", "._x.ipynb", "index.html"),
    *("lovelaceada_LATE_1_2_ps1_elbo.ipynb", "ekbo_3_4_x.zip", "Ada - ps1_elbo.ipynb", "20261001120000_ps1_elbo.ipynb"),
    *("ada_ps1_elbo.ipynb", "ps1_ada_attempt_2026-10-01-12-00-00.txt", "submission_secret.txt", "no ending", "..."),
)
INNER = ("ps1_elbo.ipynb", "a/ps1_elbo.ipynb", "../up.ipynb", "b.zip", "notes.txt", "__MACOSX/x", "d/", "a\\b.ipynb")


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "course"
    for name in (NAME, "ps2_sentence_vae"):
        (root / "solutions").mkdir(parents=True, exist_ok=True)
        (root / "solutions" / f"{name}.py").touch()
    return Course(root)


def content(draw: random.Random) -> bytes:
    return draw.choice([b"{}", b"", draw.randbytes(20), b'{"cells": []}'])


def random_download(draw: random.Random) -> dict[str, bytes]:
    """Paths to contents: of up to four shapes mixed, with zips, some of them damaged."""
    shapes = draw.sample(FRAGMENTS, k=draw.randint(1, 4))
    members = {}
    for _ in range(draw.randint(1, 25)):
        folders = [draw.choice(shapes if draw.random() < 0.8 else FRAGMENTS) for _ in range(draw.randint(0, 3))]
        leaf = draw.choice(LEAVES)
        if leaf.endswith(".zip") and draw.random() < 0.8:
            inside = zipped({name: content(draw) for name in draw.sample(INNER, k=draw.randint(0, 4))})
            data = inside if draw.random() < 0.9 else inside[: len(inside) // 2]
        else:
            data = content(draw)
        members["/".join([*folders, leaf])] = data
    return members


def inside_of(place: str, data: bytes) -> list[str]:
    """The files in a zip, as the report names them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if all("/" not in name for name in names):  # as by a Windows program
                names = [name.replace("\\", "/") for name in names]
            return [f"{place}/{name}" for name in names if not name.endswith("/")]
    except zipfile.BadZipFile:
        return []


def assert_accounted(course, members: dict[str, bytes], found) -> None:
    """Every file has its line, and what is said to be taken lies where it should, byte for byte."""
    named = Counter(place for place, _ in found.files)
    assert set(named) >= set(members), "a file of the download has no line"
    for place, data in members.items():
        if any(line == (place, "left: a zip, whose files follow") for line in found.files):
            missing = set(inside_of(place, data)) - set(named)
            assert not missing, "a file in a zip has no line"
    taken = {place: fate.removeprefix("taken: ") for place, fate in found.files if fate.startswith("taken: ")}
    notebooks = {
        place: student for place, student in taken.items() if "timestamp" not in place and "secret" not in place
    }
    assert sorted(notebooks.values()) == sorted({*found.new, *found.unchanged, *found.replaced})
    for place, student in notebooks.items():
        written = (course.submitted / student / NAME / f"{NAME}.ipynb").read_bytes()
        if place in members:
            assert written == members[place]
        else:
            outer = next(one for one in members if place.startswith(f"{one}/"))
            with zipfile.ZipFile(io.BytesIO(members[outer])) as archive:
                inner = place.removeprefix(f"{outer}/")
                assert written in [archive.read(n) for n in archive.namelist() if n.replace("\\", "/") == inner]
    assert all(fate.startswith(("taken: ", "left: ", "refused: ")) for _, fate in found.files)
    lines = (course.state_dir(NAME) / ACCOUNT).read_text().splitlines()
    assert len(lines) == len(found.files)
    refused = [place for place, fate in found.files if fate.startswith("refused: ")]
    assert len(refused) == len(found.refused), "what is refused is on the screen, too"
    assert found.needs_a_person or not refused


@pytest.mark.parametrize("seed", range(60))
def test_no_file_of_any_download_is_dropped_without_a_line(course, tmp_path, seed):
    draw = random.Random(seed)
    members = random_download(draw)
    if seed % 2:
        origin = tmp_path / "download.zip"
        origin.write_bytes(zipped(members))
    else:
        origin, members = tmp_path / "download", dict(members)
        for place, data in list(members.items()):
            path = origin / place
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                del members[place]
    try:
        found = collect(course, NAME, origin, course.submitted)
    except ValueError as error:
        assert "submission_metadata.yml" in str(error)
        found = collect(course, NAME, origin, course.submitted, platform="plain")
    assert_accounted(course, members, found)


@pytest.mark.parametrize("kind", PLATFORMS)
def test_no_file_of_a_platforms_download_is_dropped_without_a_line(course, tmp_path, kind):
    made = PLATFORMS[kind][1](the_class())
    found = collect(course, NAME, made.save(tmp_path / "download.zip"), course.submitted)
    assert_accounted(course, dict(made.members), found)


def test_the_account_is_for_the_instructor_alone(course, tmp_path):
    (tmp_path / "all.zip").write_bytes(zipped({"ada/ps1_elbo.ipynb": b"{}"}))
    collect(course, NAME, tmp_path / "all.zip", course.submitted)
    for name in (ACCOUNT, "handins.json"):
        assert stat.S_IMODE((course.state_dir(NAME) / name).stat().st_mode) == 0o600


def test_a_member_that_stands_twice_in_a_zip_has_two_lines(course, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for text in ("one", "two"):
            archive.writestr(zipfile.ZipInfo("ada/ps1_elbo.ipynb", DATE), text)
    found = collect(course, NAME, tmp_path / "all.zip", course.submitted)
    assert len(found.files) == 2 and len(found.refused) == 2
    assert "nothing tells which is newer" in found.refused[0]


def test_an_empty_folder_is_somebodys_hand_in_without_a_notebook(course, tmp_path):
    (tmp_path / "all" / "ada").mkdir(parents=True)
    (tmp_path / "all" / "bo").mkdir()
    (tmp_path / "all" / "bo" / "ps1_elbo.ipynb").write_text("{}")
    found = collect(course, NAME, tmp_path / "all", course.submitted)
    assert (found.new, found.without) == (["bo"], ["ada: an empty folder"])
    members = [("ada/", b""), ("bo/ps1_elbo.ipynb", b"{}")]
    (tmp_path / "all.zip").write_bytes(zipped(members))
    assert collect(course, NAME, tmp_path / "all.zip", course.submitted).without == found.without
