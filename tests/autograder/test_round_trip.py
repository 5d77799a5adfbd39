"""From an imitated download through the gradebook back to the platform: points and pages come to whom they belong."""

import csv
import io
import json
import zipfile

import pytest

from autograder.cli import main
from autograder.course import CONFIG, Course
from autograder.files import json_text, write_whole
from autograder.handins import read_handins
from tests.autograder.collecting import downloads

POINTS = [3, 5, 0, 2, 5, 3, 2, 0, 5, 3]
"""Of the ten students of the class, in their order."""


def course_after(toy_course, tmp_path, kind, around):
    """The course after a download was collected and graded, each student with points of their own; and the class."""
    students = downloads.the_class("toy")
    made = kind(students)
    origin = made.save(tmp_path / "download.zip", around)
    main(["--course", str(toy_course.root), "collect", "toy", str(origin)])
    grades = {}
    for student, points in zip(students, POINTS, strict=True):
        folder = made.folders[student.number]
        if not (toy_course.submitted / folder).is_dir():
            continue
        exercises = {
            name: {
                "points": top * has,
                "max_points": top,
                "status": "passed" if has else "failed",
                "mistake": None,
                "message": "",
            }
            for name, top, has in (("scale", 3, points in (3, 5)), ("total", 2, points in (2, 5)))
        }
        grades[folder] = {"points": points, "exercises": exercises, "written": {}}
    names = {s: hand.name for s, hand in read_handins(toy_course, "toy").items() if hand.name != s}
    results = {"problem_set": "toy", "students": grades, "names": names}
    write_whole(toy_course.results("toy"), json_text(results))
    return students, made


@pytest.fixture
def course(toy_course) -> Course:
    assert (toy_course.root / CONFIG).is_file()
    return toy_course


def table(course, platform):
    out = course.root / "out.csv"
    assert main(["--course", str(course.root), "export", "toy", "--for", platform, "--out", str(out)]) == 0
    return list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"), newline="")))


def expected(students, made, key):
    graded = [(student, points) for student, points in zip(students, POINTS, strict=True) if student.counts]
    assert len(graded) == 9, "Eve handed in no notebook"
    return {key(student): str(points) for student, points in graded}


AROUND = pytest.mark.parametrize("around", ["", "all of them/"])


@AROUND
@pytest.mark.parametrize(
    ("kind", "platform", "column", "points", "key"),
    [
        (downloads.canvas, "canvas", "ID", "toy", lambda s: str(s.number)),
        (downloads.moodle, "moodle", "Identifier", "Grade", lambda s: f"Participant {s.number - 900}"),
        (downloads.moodle_flat, "moodle", "Identifier", "Grade", lambda s: f"Participant {s.number - 900}"),
        (downloads.moodle_blind, "moodle", "Identifier", "Grade", lambda s: f"Participant {s.number}"),
        (downloads.blackboard, "blackboard", "Username", "toy [Total Pts: 9 Score]", lambda s: s.login),
    ],
)
def test_points_come_back_to_whom_they_belong(course, tmp_path, kind, platform, column, points, key, around):
    students, made = course_after(course, tmp_path, kind, around)
    found = {row[column]: row[points] for row in table(course, platform) if row[column]}
    assert found == expected(students, made, key)


def test_gradescopes_results_lie_where_its_download_has_the_submissions(course, tmp_path):
    students, made = course_after(course, tmp_path, downloads.gradescope, "")
    out = course.root / "out.zip"
    assert main(["--course", str(course.root), "export", "toy", "--for", "gradescope", "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as packed:
        found = {name: f"{json.loads(packed.read(name))['score']:g}" for name in packed.namelist()}
    places = {student.number: place for place, student in enumerate(students)}
    assert found == expected(students, made, lambda s: f"submission_{500 + places[s.number]}/results.json")


@AROUND
@pytest.mark.parametrize(
    ("kind", "platform"),
    [
        (downloads.canvas, "canvas"),
        (downloads.moodle, "moodle"),
        (downloads.moodle_blind, "moodle"),
        (downloads.brightspace, "brightspace"),
    ],
)
def test_pages_come_back_under_the_downloads_own_names(course, tmp_path, kind, platform, around):
    _, made = course_after(course, tmp_path, kind, around)
    assert main(["--course", str(course.root), "feedback", "toy", "--for", platform]) == 0
    handins = read_handins(course, "toy")
    with zipfile.ZipFile(course.feedback / f"toy_{platform}.zip") as packed:
        pages = {name: packed.read(name) for name in packed.namelist()}
    assert len(pages) == 9
    theirs = {name for name, _ in made.members}
    for place, page in pages.items():
        own = place.removesuffix("toy_feedback.html")
        assert any(name.startswith(own) for name in theirs), "no file of the download is named so"
        whose = [s for s, hand in handins.items() if hand.place.removeprefix(around).startswith(own)]
        assert len(whose) == 1
        assert page == (course.feedback / whose[0] / "toy" / "toy.html").read_bytes()
