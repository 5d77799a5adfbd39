"""Of each platform's download every student's newest notebook is collected for that student, whatever its name."""

import os
import time

import pytest

from autograder.classroom.collecting.collect import collect
from autograder.classroom.collecting.platforms import NAMES
from autograder.cli import PLATFORMS as OFFERED
from autograder.course import Course
from autograder.handins import read_handins
from tests.autograder.collecting.downloads import PLATFORMS, canvas, gradescope, moodle, the_class, zipped

NAME = "ps1_elbo"


@pytest.fixture(autouse=True)
def _a_zone(monkeypatch):
    """Two hours before UTC in October, as in Berlin."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "course"
    for name in (NAME, "ps2_sentence_vae"):
        source = root / "solutions" / f"{name}.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.touch()
    return Course(root)


def run(course, origin, **options):
    return collect(course, NAME, origin, course.submitted, **options)


def handed_in(course):
    return {path.parts[-3]: path.read_bytes() for path in course.submitted.glob(f"*/{NAME}/{NAME}.ipynb")}


def expected(made, students):
    return {made.folders[s.number]: s.counts for s in students if s.counts is not None and s.number in made.folders}


@pytest.mark.parametrize("form", ["zip", "folder", "folder around"])
@pytest.mark.parametrize("kind", PLATFORMS)
def test_every_hand_in_reaches_its_student(course, tmp_path, kind, form):
    platform, imitate = PLATFORMS[kind]
    students = the_class()
    made = imitate(students)
    if form == "folder":
        origin = made.unpack(tmp_path / "download")
    elif form == "zip" or kind == "takeout":
        origin = made.save(tmp_path / "download.zip")
    else:
        origin = made.save(tmp_path / "download.zip", around="" if kind == "gradescope" else "week 1/")
    found = run(course, origin)
    assert found.platform == platform
    assert found.people == len(made.folders)
    assert found.refused == []
    assert handed_in(course) == expected(made, students)
    assert len(found.without) == 1 and "essay.pdf" in found.without[0], "Eve handed in no notebook"
    assert found.needs_a_person


@pytest.mark.parametrize("kind", PLATFORMS)
def test_the_times_that_a_platform_tells_are_kept(course, tmp_path, kind):
    made = PLATFORMS[kind][1](the_class())
    run(course, made.save(tmp_path / "download.zip"))
    stamps = {path.parts[-3]: path.read_text() for path in course.submitted.glob(f"*/{NAME}/timestamp.txt")}
    assert set(stamps) == set(made.times) & set(handed_in(course))
    for student, stamp in stamps.items():
        told = made.times[student]
        if not told.endswith("UTC"):  # by the clock where the command runs
            told = f"{told[:11]}{int(told[11:13]) - 2:02d}{told[13:]}.000000 UTC"
        assert stamp == told


@pytest.mark.parametrize("kind", PLATFORMS)
def test_what_the_platform_calls_people_is_remembered(course, tmp_path, kind):
    platform, imitate = PLATFORMS[kind]
    students = the_class()
    made = imitate(students)
    run(course, made.save(tmp_path / "download.zip"))
    handins = read_handins(course, NAME)
    assert set(handins) == set(handed_in(course))
    places = {place for place, _ in made.members}
    for student in students:
        if student.counts is None or student.number not in made.folders:
            continue
        hand = handins[made.folders[student.number]]
        assert hand.platform == platform
        assert hand.place in places or hand.place.rpartition(".zip/")[0] + ".zip" in places
        assert hand.folder in hand.place.split("/")
        if kind in ("moodle", "blackboard", "brightspace", "gradescope", "teams", "takeout", "classroom"):
            assert hand.name == student.name


def test_two_of_one_name_stay_two_when_only_one_hands_in_again(course, tmp_path):
    students = the_class()
    made = moodle(students)
    run(course, made.save(tmp_path / "first.zip"))
    first, second = (made.folders[student.number] for student in students if student.first == "Jo")
    again = [(place, b'{"again": 1}') for place, _ in made.members if place.startswith(second.replace(" 1", "_1"))]
    assert len(again) == 1
    (tmp_path / "second.zip").write_bytes(zipped(again))
    found = run(course, tmp_path / "second.zip")
    assert found.replaced == [second]
    assert handed_in(course)[first] == students[2].counts


def test_a_namesake_who_hands_in_later_replaces_nobody(course, tmp_path):
    for number, content in ((11, b"{}"), (12, b'{"of": "another"}')):
        place = f"Jo Smith_{number}_assignsubmission_file_/{NAME}.ipynb"
        (tmp_path / f"{number}.zip").write_bytes(zipped({place: content}))
        found = run(course, tmp_path / f"{number}.zip")
    assert handed_in(course) == {"Jo Smith": b"{}", "Jo Smith 12": b'{"of": "another"}'}
    assert "several students are called 'Jo Smith'" in found.notes[0]


def test_each_of_a_group_gets_the_hand_in(course, tmp_path):
    made = gradescope(the_class()[:2])
    metadata = dict(made.members)["assignment_42_export/submission_metadata.yml"].decode()
    pair = [
        line.replace("- :email: s_a0", "- :email: s_h9").replace("Ada Lovelace", "Hal Nine").replace("'1001'", "'77'")
        for line in metadata.splitlines()
        if "s_a0" in line or "Ada" in line or "'1001'" in line
    ]
    assert len(pair) == 3
    lines = metadata.splitlines()
    at = next(number for number, line in enumerate(lines) if "'1001'" in line) + 1
    grouped = "\n".join([*lines[:at], *pair, *lines[at:]])
    made.members = [m for m in made.members if "metadata" not in m[0]]
    made.add("assignment_42_export/submission_metadata.yml", grouped.encode())
    found = run(course, made.save(tmp_path / "all.zip"))
    assert handed_in(course)["77"] == handed_in(course)["1001"] == the_class()[0].counts
    assert any("a group's, taken for each of 1001 and 77" in note for note in found.notes)
    assert read_handins(course, NAME)["77"].name == "Hal Nine"


def test_of_two_submissions_that_a_student_is_in_the_later_counts(course, tmp_path):
    people = ":submitters:\n  - :name: Ada\n    :sid: '1'\n"
    metadata = f"submission_9:\n  {people}submission_10:\n  {people}".encode()
    members = {"submission_9/ps1_elbo.ipynb": b"early", "submission_10/ps1_elbo.ipynb": b"late"}
    (tmp_path / "all.zip").write_bytes(zipped(members | {"submission_metadata.yml": metadata}))
    run(course, tmp_path / "all.zip")
    assert handed_in(course) == {"1": b"late"}


def test_canvas_s_anonymous_and_typed_hand_ins_are_told(course, tmp_path):
    members = {
        "anon_aB3xY_901_ps1_elbo.ipynb": b"{}",
        "LATE_anon_c9QpZ_902_ps1_elbo.ipynb": b"{}",
        "lovelaceada_1001_text.html": b"<p>I could not upload it",
    }
    (tmp_path / "all.zip").write_bytes(zipped(members))
    found = run(course, tmp_path / "all.zip")
    assert (found.platform, sorted(handed_in(course))) == ("canvas", ["anon_aB3xY", "anon_c9QpZ"])
    assert found.without == ["lovelaceada (1001): only lovelaceada_1001_text.html"]
    assert "marked late by Canvas: anon_c9QpZ" in found.notes


def test_a_receipt_without_a_file_is_a_hand_in_without_a_notebook(course, tmp_path):
    front = "ps1_elbo_a_lovelace_attempt_2026-10-01-12-00-00"
    members = {f"{front}.txt": b"Name: Ada Lovelace (a_lovelace)\nAssignment: ps1_elbo\n"}
    (tmp_path / "all.zip").write_bytes(zipped(members))
    assert run(course, tmp_path / "all.zip").without == ["Ada Lovelace (a_lovelace): only the platform's own receipt"]


def test_a_later_attempt_without_a_notebook_leaves_the_earlier_one_and_says_so(course, tmp_path):
    front = "ps1_s_ada_attempt_2026-10-0"
    members = {f"{front}1-12-00-00_ps1_elbo.ipynb": b"{}", f"{front}2-12-00-00_essay.pdf": b"%PDF"}
    (tmp_path / "all.zip").write_bytes(zipped(members))
    found = run(course, tmp_path / "all.zip")
    assert list(handed_in(course)) == ["ada"]
    assert "of an earlier attempt, as the last one holds no notebook" in found.notes[0]


def test_a_person_can_say_which_platform_it_is(course, tmp_path):
    students = the_class()[:1]
    origin = canvas(students).save(tmp_path / "all.zip", around="week 1/")
    assert run(course, origin).platform == "plain", "one folder with one person in it may be that person's"
    assert run(course, origin, platform="canvas").new == ["1001"]
    with pytest.raises(ValueError, match="nothing in it is named as Moodle names hand-ins, such as Ada"):
        run(course, origin, platform="moodle")
    with pytest.raises(ValueError, match="not both"):
        run(course, origin, platform="canvas", pattern="(?P<student>x)")


def test_the_command_offers_the_platforms_that_there_are():
    assert set(OFFERED) == set(NAMES)


def test_a_students_own_folder_is_no_download_in_itself(course, tmp_path):
    """Eve, whom we know, hands in what looks like a download, with Ada's name in it."""
    (course.submitted / "Eve" / "ps2_sentence_vae").mkdir(parents=True)
    inside = {f"Eve/{name} X_{n}_assignsubmission_file_/{NAME}.ipynb": b"{}" for n, name in enumerate(("Ada", "Bo"))}
    (tmp_path / "all.zip").write_bytes(zipped(inside))
    run(course, tmp_path / "all.zip")
    assert set(handed_in(course)) <= {"Eve"}


@pytest.mark.parametrize(
    ("said", "hour"),
    [("1200 PM", 12), ("1200 AM", 0), ("115 PM", 13), ("1159 PM", 23), ("900 AM", 9), ("1:15 PM", 13), ("13.15", 13)],
)
def test_brightspace_s_hours_are_read(course, tmp_path, said, hour):
    place = f"7-8 - Ada Lovelace - Oct 1, 2026 {said}/{NAME}.ipynb"
    (tmp_path / "all.zip").write_bytes(zipped({place: b"{}"}))
    run(course, tmp_path / "all.zip")
    assert read_handins(course, NAME)["7"].when.startswith(f"2026-10-01T{hour:02d}:")


def test_a_time_of_an_earlier_hand_in_does_not_outlive_it(course, tmp_path):
    made = PLATFORMS["blackboard"][1](the_class()[:1])
    run(course, made.save(tmp_path / "first.zip"))
    login = the_class()[0].login
    (tmp_path / "second.zip").write_bytes(zipped({f"{login}/{NAME}.ipynb": b"{}"}))
    assert run(course, tmp_path / "second.zip").replaced == [login]
    assert not (course.submitted / login / NAME / "timestamp.txt").exists()


def test_a_receipt_is_not_what_a_student_handed_in(course, tmp_path):
    for kind in ("blackboard", "nbgrader"):
        found = run(course, PLATFORMS[kind][1](the_class()).save(tmp_path / f"{kind}.zip"))
        assert found.without[0].endswith("essay.pdf") and ".txt" not in found.without[0]


def test_two_files_of_one_name_in_classroom_s_folder_may_be_two_students(course, tmp_path):
    names = (f"Jo Smith - {NAME}.ipynb", f"Jo Smith - {NAME} (1).ipynb", f"Ada - {NAME} (1).ipynb", "Ada - x.pdf")
    (tmp_path / "all.zip").write_bytes(zipped({name: name.encode() for name in names}))
    found = run(course, tmp_path / "all.zip")
    assert found.new == ["Ada"]
    assert len(found.refused) == 2 and "2 hand-ins claim to be 'Jo Smith'" in found.refused[0]


def test_blind_marking_gives_nobody_the_word_for_a_participant_as_a_name(course, tmp_path):
    run(course, PLATFORMS["moodle_blind"][1](the_class()).save(tmp_path / "all.zip"))
    assert all(hand.name == student for student, hand in read_handins(course, NAME).items())


def test_who_is_not_on_the_roster_is_told(course, tmp_path):
    made = canvas(the_class()[:3])
    (course.root / "roster.csv").write_text("student\n1001\n1008\n")
    assert "not on roster.csv: 1015" in run(course, made.save(tmp_path / "all.zip")).notes
    (course.root / "roster.csv").write_text("student\nada\nzoe\n")
    assert "its column for students needs Canvas's id" in run(course, made.save(tmp_path / "all.zip")).notes[-1]


def test_a_groups_name_before_a_students_is_told_from_it_by_the_roster(course, tmp_path):
    names = ("Group A-Ada Lovelace", "Group A-Jean-Luc Picard", "Group B-Zoë Ünal", "Jean-Luc Picard")
    members = {f"{name}_{n}_assignsubmission_file_/{NAME}.ipynb": b"%d" % n for n, name in enumerate(names[:3])}
    (tmp_path / "all.zip").write_bytes(zipped(members))
    (course.root / "roster.csv").write_text("Full name\nAda Lovelace\nJean-Luc Picard\nZoë Ünal\nLuc Picard\n")
    run(course, tmp_path / "all.zip")
    assert handed_in(course) == {"Ada Lovelace": b"0", "Jean-Luc Picard": b"1", "Zoë Ünal": b"2"}


def test_a_name_that_the_platform_knew_by_another_id_is_asked_about(course, tmp_path):
    other = "ps2_sentence_vae"
    for name in (other, NAME):
        origin = PLATFORMS["brightspace"][1](the_class(name)[:3]).save(tmp_path / f"{name}.zip")
        assert collect(course, name, origin, course.submitted).notes == []
    (tmp_path / "second.zip").write_bytes(zipped({f"77-8 - Ada Lovelace - Oct 9, 2026 900 AM/{NAME}.ipynb": b"{}"}))
    assert run(course, tmp_path / "second.zip").notes == [
        "'Ada Lovelace' is 77 here and 1001 in another problem set: two students, or one?"
    ]


def test_each_platform_is_named_in_a_sentence(course, tmp_path):
    for kind, (_, imitate) in PLATFORMS.items():
        said = run(course, imitate(the_class()).save(tmp_path / f"{kind}.zip")).introduction
        assert said.startswith(("this is a ", "this is an ", "this is no "))


def test_what_nbgrader_needs_for_feedback_travels_along_and_a_students_own_does_not(course, tmp_path):
    run(course, PLATFORMS["nbgrader"][1](the_class()).save(tmp_path / "first.zip"))
    login = the_class()[0].login
    beside = course.submitted / login / NAME
    assert sorted(os.listdir(beside)) == ["ps1_elbo.ipynb", "submission_secret.txt", "timestamp.txt"]
    forged = {f"Ada_1_assignsubmission_file_/{name}": b"x" for name in (f"{NAME}.ipynb", "timestamp.txt")}
    (tmp_path / "second.zip").write_bytes(zipped(forged))
    run(course, tmp_path / "second.zip")
    assert os.listdir(course.submitted / "Ada" / NAME) == ["ps1_elbo.ipynb"]


def test_the_class_holds_the_traps_that_it_promises():
    students = the_class()
    assert len({student.name for student in students}) == len(students) - 1
    assert any(not student.name.isascii() for student in students)
    assert any(len(student.attempts) > 1 for student in students)
