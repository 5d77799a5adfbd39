"""Each platform's file, read back by another program than ours, says what nbgrader's gradebook says."""

import csv
import io
import json
import zipfile

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.giving_back.platform import TakesFeedback
from autograder.classroom.giving_back.platforms import PLATFORMS
from autograder.cli import TAKE_FEEDBACK, TAKE_GRADES, main
from autograder.files import json_text, write_whole
from autograder.grading import batch
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes, warm_process
from autograder.handins import HandIn, write_handins

NAMES = {
    "ana": 'Ana "Ann" Lovelace, Countess',
    "bo ü": "Bo Çelik-Müller",
    "cy": "=HYPERLINK(1)",
    "dee": "Dee\nNewline",
    "eve": "林 Eve",
    "yo": "Yo Absent",
}
BOM = b"\xef\xbb\xbf"


@pytest.fixture
def course(class_of_five, monkeypatch, warm):
    """The class, graded; Ana's answer got 2.5 of 4 from a person; Yo is on the roster and handed nothing in."""
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")
    monkeypatch.setattr(warm_process, "WarmProcess", lambda *_: warm)
    course = class_of_five
    with open(course.root / "roster.csv", "w", newline="") as file:
        csv.writer(file).writerows(
            [["student", "name", "email"], *([s, name, f"{s[0]}@x.org"] for s, name in NAMES.items())]
        )
    results = batch.grade(GradingRequest(course, "toy", progress=False)).results
    write_whole(course.results("toy"), json_text(results.to_json()))
    with Gradebook(course.gradebook_url) as book:
        grade = book.find_grade("why", "toy", "toy", "ana")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        book.find_submission_notebook("toy", "toy", "ana").late_submission_penalty = 1
        book.db.commit()
    return course


@pytest.fixture
def points(course):
    """What nbgrader's own gradebook says, by student."""
    with Gradebook(course.gradebook_url) as book:
        found = {
            each.student_id: each.score - (each.late_submission_penalty or 0)
            for each in book.assignment_submissions("toy")
        }
    assert found == {"ana": 6.5, "bo ü": 2, "cy": 0, "dee": 0, "eve": 0}
    return found


def run(course, *arguments):
    return main(["--course", str(course.root), *map(str, arguments)])


def exported(course, platform, *options):
    """The file that is written for a platform, as bytes."""
    out = course.root / f"out.{'zip' if platform == 'gradescope' else 'csv'}"
    assert run(course, "export", "toy", "--for", platform, "--out", out, *options) == 0
    return out.read_bytes()


class Table:
    """A table as Python's csv reads it, by columns."""

    def __init__(self, content: bytes):
        assert content.startswith(BOM), "or Excel shows other letters"
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        self.rows = list(reader)
        self.columns = list(reader.fieldnames)

    def __getitem__(self, column: str) -> list[str]:
        return [row[column] for row in self.rows]


def as_typed(cell):
    """A name as it was before it was kept from being a formula."""
    return cell[1:] if cell.startswith("'") else cell


def from_platform(course, platform, places, ids=None):
    """Remember that each student's notebook came from a platform, from such places in its download."""
    ids = ids or {}
    handins = [HandIn(s, platform, ids.get(s, s), NAMES[s], place=place) for s, place in places.items()]
    write_handins(course, "toy", handins)


CANVAS = {
    s: f"{s[0]}lovelace_{'LATE_' if s == 'cy' else ''}{100 + i}_{900 + i}_toy-2.ipynb"
    for i, s in enumerate(NAMES)
    if s != "yo"
}
CANVAS_IDS = {s: str(100 + i) for i, s in enumerate(CANVAS)}
MOODLE = {s: f"{s}_{11 + i}_assignsubmission_file_/toy.ipynb" for i, s in enumerate(CANVAS)}
MOODLE_IDS = {s: str(11 + i) for i, s in enumerate(CANVAS)}


def test_canvas_reads_its_columns_and_the_points_possible(course, points):
    from_platform(course, "canvas", CANVAS, CANVAS_IDS)
    read = Table(exported(course, "canvas", "--column", "Problem set 1 (4711)"))
    assert read.columns == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Problem set 1 (4711)"]
    possible, *students = read.rows
    assert possible["Student"].strip() == "Points Possible" and possible["Problem set 1 (4711)"] == "9"
    assert {row["ID"]: float(row["Problem set 1 (4711)"]) for row in students if row["ID"]} == {
        CANVAS_IDS[s]: score for s, score in points.items()
    }
    assert [as_typed(row["Student"]) for row in students] == [NAMES[s] for s in sorted(NAMES)]
    (absent,) = (row for row in students if row["Student"] == NAMES["yo"])
    assert absent["Problem set 1 (4711)"] == "" and absent["ID"] == ""


def test_moodle_reads_its_worksheet(course, points, capsys):
    from_platform(course, "moodle", MOODLE, MOODLE_IDS)
    read = Table(exported(course, "moodle"))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(read.columns)
    by_id = {row["Identifier"]: float(row["Grade"]) for row in read.rows if row["Identifier"]}
    assert by_id == {f"Participant {MOODLE_IDS[s]}": score for s, score in points.items()}
    assert set(read["Maximum grade"]) == {"9"} and set(read["Email address"]) == {f"{s[0]}@x.org" for s in NAMES}
    told = capsys.readouterr().out
    assert "note: Moodle's id is not known of 1 student (Yo Absent)" in told
    assert "note: handed nothing in, and the points are empty: 1 student (Yo Absent)" in told


def test_blackboard_reads_user_names(course, points):
    from_platform(course, "blackboard", {s: f"toy_{s}_attempt_2026-10-01-12-00-00_toy.ipynb" for s in CANVAS})
    read = Table(exported(course, "blackboard"))
    assert read.columns == ["Last Name", "First Name", "Username", "toy [Total Pts: 9 Score]"]
    grades = dict(zip(read["Username"], read["toy [Total Pts: 9 Score]"], strict=True))
    assert {user: float(grade) for user, grade in grades.items() if grade} == points
    assert grades["yo"] == ""


def test_brightspace_reads_ids_that_only_its_own_table_knows(course, points, capsys, tmp_path):
    places = {s: f"{1001 + i}-2001 - {s} - Oct 1, 2026 1200 PM/toy.ipynb" for i, s in enumerate(CANVAS)}
    from_platform(course, "brightspace", places, {s: str(1001 + i) for i, s in enumerate(places)})
    read = Table(exported(course, "brightspace"))
    assert set(read["OrgDefinedId"]) | set(read["Username"]) == {""}, "1001 is no id that a table of grades may hold"
    assert "note: Brightspace's id is not known of 6 students" in capsys.readouterr().out
    own = tmp_path / "export.csv"
    rows = [["OrgDefinedId", "Username", "Last Name", "First Name", "Email"]]
    rows += [[f"#70{i}", f"user{i}", NAMES[s], "", f"{s[0]}@x.org"] for i, s in enumerate(NAMES)]
    with open(own, "w", newline="", encoding="utf-16") as file:
        csv.writer(file, delimiter="\t").writerows(rows)
    read = Table(exported(course, "brightspace", "--sheet", own))
    found = dict(zip(read["Username"], read["toy Points Grade"], strict=True))
    assert found == {f"user{i}": f"{points[s]:g}" if s in points else "" for i, s in enumerate(NAMES)}
    assert set(read["End-of-Line Indicator"]) == {"#"}
    assert "not known" not in capsys.readouterr().out


def test_gradescope_reads_results_with_the_names_of_mistakes(course, points):
    from_platform(course, "gradescope", {s: f"submission_{i}/toy.ipynb" for i, s in enumerate(CANVAS)})
    with zipfile.ZipFile(io.BytesIO(exported(course, "gradescope"))) as packed:
        assert packed.testzip() is None
        read = {name: json.loads(packed.read(name)) for name in packed.namelist()}
    assert {name: results["score"] for name, results in read.items()} == {
        f"submission_{i}/results.json": points[s] for i, s in enumerate(CANVAS)
    }
    scale = read["submission_1/results.json"]["tests"][0]
    assert (scale["name"], scale["score"], scale["max_score"]) == ("scale: not right yet (adds)", 0, 3)
    assert "The factor is added, not multiplied." in scale["output"] and "the first page" in scale["output"]
    for results in read.values():
        assert sum(test["max_score"] for test in results["tests"]) == 9
        assert {test["visibility"] for test in results["tests"]} == {"visible"}


def test_csv_and_json_say_the_same(course, points, capsys):
    assert run(course, "export", "toy", "--for", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["student"]: row["points"] for row in rows if row["handed_in"]} == points
    read = Table(exported(course, "csv"))
    assert dict(zip(read["student"], read["points"], strict=True)) == {
        row["student"]: "" if row["points"] is None else f"{row['points']:g}" for row in rows
    }
    assert list(map(as_typed, read["name"])) == [row["name"] for row in rows] == [NAMES[s] for s in sorted(NAMES)]


@pytest.mark.parametrize("platform", ["canvas", "moodle", "blackboard", "brightspace", "csv"])
def test_no_cell_is_a_formula(course, platform):
    from_platform(course, platform, {"cy": "=cmd|' /C calc'!A0_11_22_toy.ipynb"}, {"cy": "+49"})
    options = () if platform == "csv" else ("--column", "=HYPERLINK(2)")
    text = exported(course, platform, *options).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [
        cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) and cell != "-"
    ] == []


def test_on_a_hub_folders_are_what_people_sign_in_with(course, points):
    read = Table(exported(course, "canvas"))
    found = dict(zip(read["SIS Login ID"], read["toy"], strict=True))
    assert {login: float(found[login]) for login in points} == points
    assert set(read["ID"]) == {""}


def test_an_id_of_another_platform_is_none_of_this_ones(course, capsys):
    from_platform(course, "moodle", MOODLE, MOODLE_IDS)
    read = Table(exported(course, "canvas"))
    assert set(read["ID"]) == {""} and set(read["SIS Login ID"]) == {""}
    assert "name a table that Canvas exports, with id or sis login id: --sheet FILE.csv" in capsys.readouterr().out


def test_names_find_ids_only_where_one_has_them(course, tmp_path):
    own = tmp_path / "canvas.csv"
    rows = [["Student", "ID", "SIS Login ID", "Section"], ["    Points Possible", "", "", ""]]
    rows += [
        ["Absent, Yo", "7", "yo7", ""],
        ["Bo Çelik-Mu\u0308ller", "8", "", ""],
        ["林 Eve", "1", "", ""],
        ["林 Eve", "2", "", ""],
    ]
    own.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), encoding="utf-8-sig")
    from_platform(course, "moodle", MOODLE, MOODLE_IDS)
    read = Table(exported(course, "canvas", "--sheet", own))
    found = dict(zip(map(as_typed, read["Student"]), read["ID"], strict=True))
    assert (found[NAMES["yo"]], found[NAMES["bo ü"]], found[NAMES["eve"]]) == ("7", "8", "")


def test_a_row_that_two_of_one_name_could_claim_is_nobodys(course, tmp_path):
    """One of them has dropped the course, say: the platform's table has the other alone."""
    own = tmp_path / "canvas.csv"
    own.write_text('Student,ID,SIS Login ID\n林 Eve,7,\n"Bo Çelik-Müller",8,\n', encoding="utf-8")
    results = course.results("toy")
    results.write_text(results.read_text("utf-8").replace(NAMES["cy"], NAMES["eve"]), "utf-8")
    read = Table(exported(course, "canvas", "--sheet", own))
    assert "7" not in read["ID"] and "8" in read["ID"]


FEEDBACK = {
    "canvas": (CANVAS, CANVAS_IDS, lambda s: CANVAS[s].removesuffix("toy-2.ipynb") + "toy_feedback.html"),
    "moodle": (MOODLE, MOODLE_IDS, lambda s: MOODLE[s].replace("toy.ipynb", "toy_feedback.html")),
    "brightspace": (
        {s: f"1-2 - {s} - Oct 1, 2026 1200 PM/toy.ipynb" for s in CANVAS},
        None,
        lambda s: f"1-2 - {s} - Oct 1, 2026 1200 PM/toy_feedback.html",
    ),
}


@pytest.mark.parametrize("platform", FEEDBACK)
def test_feedback_goes_back_under_the_platforms_own_names(course, platform, capsys):
    places, ids, expected = FEEDBACK[platform]
    from_platform(course, platform, places, ids)
    assert run(course, "feedback", "toy", "--for", platform) == 0
    assert f"5 of them for {platform.title()}: " in capsys.readouterr().out
    path = course.feedback / f"toy_{platform}.zip"
    assert path.stat().st_mode & 0o77 == 0
    with zipfile.ZipFile(path) as packed:
        assert sorted(packed.namelist()) == sorted(map(expected, places))
        for student in places:
            assert packed.read(expected(student)) == (course.feedback / student / "toy" / "toy.html").read_bytes()


def test_moodles_flat_names_are_those_of_its_folders(course):
    from_platform(course, "moodle", {"ana": "Ana_11_assignsubmission_file_toy.ipynb"}, MOODLE_IDS)
    assert run(course, "feedback", "toy", "--for", "moodle", "--only", "ana") == 0
    with zipfile.ZipFile(course.feedback / "toy_moodle.zip") as packed:
        assert packed.namelist() == ["Ana_11_assignsubmission_file_/toy_feedback.html"]


def test_who_is_left_out_of_the_zip_is_told(course, capsys):
    from_platform(course, "moodle", {"ana": MOODLE["ana"]}, MOODLE_IDS)
    assert run(course, "feedback", "toy", "--for", "moodle") == 1
    assert "note: not in it, as Moodle did not bring the hand-in: bo ü, cy, dee, eve" in capsys.readouterr().out
    assert run(course, "feedback", "toy", "--for", "canvas") == 2
    assert "came from moodle; collect the download of Canvas first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["export", "toy", "--for", "canvas", "--out", "x.txt"],
            "Canvas takes a file that ends in .csv, got --out x.txt",
        ),
        (["export", "toy", "--for", "json", "--out", "x.csv"], "--out needs a file that ends in .json, got x.csv"),
        (
            ["export", "toy", "--column", "x"],
            "--column and --sheet are for a learning platform: say which one with --for",
        ),
        (["export", "toy", "--for", "canvas", "--sheet", "none.csv"], "none.csv cannot be read: No such file"),
        (["export", "toy", "--for", "canvas", "--sheet", "/dev/null"], "is not a table of a gradebook"),
        (["export", "toy", "--for", "gradescope", "--sheet", "roster.csv"], "Gradescope needs no table"),
        (["export", "toy", "--for", "canvas", "--sheet", "roster.csv"], "has a column 'id' or 'sis login id'"),
        (["feedback", "toy", "--for", "canvas", "--out", "x.csv"], "--out needs a file that ends in .zip, got x.csv"),
        (["feedback", "toy", "--out", "x.zip"], "--out names the zip for a learning platform"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(course, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(course.root)
    assert run(course, *arguments) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1, told


def test_the_command_names_the_platforms_that_there_are():
    assert {platform.name for platform in PLATFORMS} == set(TAKE_GRADES) - {"csv", "json"}
    assert {platform.name for platform in PLATFORMS if isinstance(platform, TakesFeedback)} == set(TAKE_FEEDBACK)
