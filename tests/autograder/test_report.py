"""Table, page, feedback and export say what the results and the gradebook say, and let no student's text do harm."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from autograder.classroom.export import export_rows, to_csv
from autograder.classroom.feedback import feedback_page, write_feedback
from autograder.classroom.marks import Marks, read_marks
from autograder.classroom.overview import overview, read_results
from autograder.classroom.report import columns, html_page, inline, plain, text_table
from autograder.grading.recording.record import Grade, Results

HOSTILE = "<script>alert(1)</script>"


def outcome(points, top, status, mistake=None, message=""):
    return {"points": points, "max_points": top, "status": status, "mistake": mistake, "message": message}


def entry(scale, total, why="not_attempted", notes=()):
    exercises = {"scale": scale, "total": total}
    points = sum(exercise["points"] for exercise in exercises.values())
    written = {"why": {"max_points": 4, "status": why}}
    return {"points": points, "max_points": 5, "exercises": exercises, "written": written, "notes": list(notes)}


@pytest.fixture
def results():
    right, top = outcome(3, 3, "passed"), outcome(2, 2, "passed")
    adds = outcome(0, 3, "failed", "adds", "The value is wrong. The factor is added, not multiplied.")
    skips = outcome(0, 3, "failed", "ignores_factor", "The factor is left out.")
    unread = outcome(0, 3, "needs_review", message="the file is empty"), outcome(0, 2, "needs_review", message="x")
    return {
        "problem_set": "toy",
        "students": {
            "ada": entry(right, top, "needs_manual_grade"),
            "bo": entry(adds, top),
            "cy": entry(adds, outcome(0, 2, "timeout", message="endless?")),
            "di": entry(skips, outcome(0, 2, "not_attempted")),
            HOSTILE: entry(*unread, notes=["<img src=x onerror=alert(1)>"]),
        },
    }


def test_the_figures_are_those_of_the_class(results, rubric):
    found = overview(Results.from_json(results), rubric, {})
    assert (found.max_points, found.median, found.mean) == (5, 0, 1.4)
    assert sum(found.histogram) == 5
    assert found.histogram[-1] == 1, "full marks lie in the last bar"
    scale, total = found.exercises
    assert scale.counts == {"passed": 1, "failed": 3, "needs_review": 1}
    assert total.passed == 2


def test_the_most_frequent_mistake_comes_first_with_its_hint(results, rubric):
    first, second = overview(Results.from_json(results), rubric, {}).exercises[0].mistakes
    assert (first.id, first.students) == ("adds", ("bo", "cy"))
    assert first.hint == "The factor is added, not multiplied."
    assert second.id == "ignores_factor"


def test_who_needs_a_person_is_listed(results, rubric):
    found = overview(Results.from_json(results), rubric, {})
    assert [student.student for student in found.unread] == [HOSTILE]
    assert found.to_grade == 1


def test_the_table_can_be_read_without_colour(results, rubric):
    table = text_table(overview(Results.from_json(results), rubric, {}))
    assert re.search(r"scale +3 +1/5 .* 2 × adds", table)
    assert "mean 1.4, median 0" in table
    assert "the file is empty" in table


def test_a_name_cannot_move_the_cursor():
    assert plain("\x1b[2Jada\n") == "�[2Jada�"


def test_columns_line_up_whatever_the_script():
    lines = columns([["name", "n"], ["Zoë", "1"], ["林", "20"]], right=(1,)).split("\n")
    assert lines[2] == "Zoë    1"
    assert lines[3] == "林    20"


class Page(HTMLParser):
    """The tags of a page, and what it would load."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "data", "action", "onerror")]


def test_the_page_stands_alone_and_escapes_what_students_choose(results, rubric):
    html = html_page(overview(Results.from_json(results), rubric, {}))
    page = Page(html)
    assert page.loads == []
    assert "script" not in page.tags and "img" not in page.tags
    assert "&lt;script&gt;" in html
    assert "url(" not in html and "@import" not in html


def test_the_pictures_of_the_page_have_words(results, rubric):
    html = html_page(overview(Results.from_json(results), rubric, {}))
    assert "1 student from 4.5 to 5 points" in html
    assert 'aria-label="1 passed, 3 not right yet, 1 needs a person&#39;s review"' in html


def test_nobody_yet_is_said(rubric):
    with pytest.raises(ValueError, match="nobody has handed in toy"):
        overview(Results("toy", {}), rubric, {})


@pytest.mark.parametrize("content", ["[]", "{", '{"students": 3}', "[" * 100_000])
def test_another_file_is_not_taken_for_results(tmp_path, content):
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(ValueError, match="does not hold results"):
        read_results(tmp_path / "results.json", "toy")


@pytest.mark.parametrize(
    "damage",
    [
        {},
        None,
        {"points": "7"},
        {"points": float("inf")},
        {"exercises": []},
        {"exercises": {"scale": {}}},
        {"exercises": {"scale": outcome(3, 3, "weird")}},
        {"exercises": {"scale": outcome("3", 3, "passed")}},
        {"written": None},
        {"written": {"why": {"status": "weird"}}},
        {"notes": "late"},
    ],
)
def test_a_damaged_entry_of_the_results_is_named(tmp_path, results, damage):
    results["students"]["bo"] = {**results["students"]["bo"], **damage} if damage else damage
    (tmp_path / "results.json").write_text(json.dumps(results))
    with pytest.raises(ValueError, match=r"results\.json does not hold results .* of 'bo' .* autograder grade toy"):
        read_results(tmp_path / "results.json", "toy")


def test_results_that_are_not_there_are_made_by_a_command_that_can_be_typed(tmp_path):
    with pytest.raises(ValueError, match=r"there are no results in .*results\.json; run: autograder grade toy$"):
        read_results(tmp_path / "results.json", "toy")


def test_results_of_another_problem_set_are_refused(tmp_path, results):
    (tmp_path / "results.json").write_text(json.dumps(results))
    with pytest.raises(ValueError, match="holds results of toy, not of other"):
        read_results(tmp_path / "results.json", "other")


def test_a_class_of_one_is_a_student(results, rubric):
    results["students"] = {"bo": results["students"]["bo"]}
    found = overview(Results.from_json(results), rubric, {})
    assert "\n1 student, " in text_table(found)
    assert not re.search(r"\b1 students", html_page(found) + text_table(found))


def test_results_are_read_as_they_were_written(tmp_path, results):
    (tmp_path / "results.json").write_text(json.dumps(results))
    assert read_results(tmp_path / "results.json", "toy") == Results.from_json(results)


def test_a_hint_shows_code_and_stress_but_no_tags():
    assert inline("use `a < b`, *minus* that") == "use <code>a &lt; b</code>, <em>minus</em> that"
    assert inline("2 * x * y") == "2 * x * y"
    assert "<b>" not in inline("<b>`x`</b>")


def test_feedback_tells_each_student_what_to_do(toy_course, results):
    pages = write_feedback(toy_course, Results.from_json(results))
    assert pages[1] == feedback_page(toy_course, "toy", "bo")
    html = pages[1].read_text()
    assert "The factor is added, not multiplied." in html
    assert "Read on: the first page" in html
    assert "Read on: the second page" not in html, "what passed needs no reading"
    assert "2 of 9 points" in html


def test_feedback_escapes_what_students_choose(toy_course, results):
    cells = [{"cell_type": "code", "id": "scale", "execution_count": None, "outputs": [], "source": f"# {HOSTILE}"}]
    cells.append({"cell_type": "markdown", "id": "why", "source": f"Because. {HOSTILE}"})
    marks = [{"solution": True, "grade": False}, {"solution": True, "grade": True}]
    for cell, mark in zip(cells, marks, strict=True):
        cell["metadata"] = {"nbgrader": {"grade_id": cell["id"], **mark}}
    notebook = toy_course.autograded / "bo" / "toy" / "toy.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (page,) = write_feedback(toy_course, Results.from_json(results), only=["bo"])
    assert "&lt;script&gt;" in page.read_text()
    assert "script" not in Page(page.read_text()).tags
    assert "Because." in page.read_text()


def test_feedback_for_an_unknown_student_is_refused(toy_course, results):
    with pytest.raises(ValueError, match="no results for eve"):
        write_feedback(toy_course, Results.from_json(results), only=["eve"])


def test_the_export_counts_what_a_person_graded(results, rubric):
    marks = {"ada": Marks(scores={"check_scale": 2.5, "check_total": 2.0, "why": 4.0}, max_scores={})}
    rows = {row["student"]: row for row in export_rows(Results.from_json(results), rubric, marks)}
    assert (rows["ada"]["points"], rows["ada"]["scale"], rows["ada"]["why"]) == (8.5, 2.5, 4.0)
    assert (rows["bo"]["points"], rows["bo"]["max_points"], rows["bo"]["why"]) == (2, 9, None)
    assert rows[HOSTILE]["needs_review"]


@pytest.mark.parametrize("name", ['=HYPERLINK("http://example.org")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_no_spreadsheet_executes_a_name(results, rubric, name):
    results["students"] = {name: results["students"]["ada"]}
    (row,) = csv.DictReader(io.StringIO(to_csv(export_rows(Results.from_json(results), rubric, {}))))
    assert row["student"] == f"'{name}"


def test_commas_quotes_and_newlines_stay_in_their_field(results, rubric):
    results["students"] = {'O"Brien, Ada': results["students"]["ada"]}
    (row,) = csv.DictReader(io.StringIO(to_csv(export_rows(Results.from_json(results), rubric, {}))))
    assert row["student"] == 'O"Brien, Ada'
    assert row["why"] == ""


def test_without_a_gradebook_there_are_no_marks(toy_course):
    assert read_marks(toy_course, "toy") == {}


ABSENT = Grade.of_nothing({"scale": 3, "total": 2}, {"why": 4})


@pytest.fixture
def some_absent(results):
    """The class, and two who handed nothing in, of whom one is known by a name."""
    return Results("toy", {**Results.from_json(results).students, "4711": ABSENT, "yo": ABSENT}, {"4711": "Zoë Ü"})


def test_who_handed_nothing_in_is_in_no_figure_and_waits_for_nobody(results, some_absent, rubric):
    found, without = overview(some_absent, rubric, {}), overview(Results.from_json(results), rubric, {})
    assert (found.mean, found.median, found.histogram, found.exercises) == (
        without.mean,
        without.median,
        without.histogram,
        without.exercises,
    )
    assert (found.unread, found.to_grade) == (without.unread, without.to_grade)
    assert found.absent == ("4711", "yo")


def test_table_and_page_list_who_handed_nothing_in_by_name(some_absent, rubric):
    found = overview(some_absent, rubric, {})
    assert "not handed in, and in none of these figures: 2 students: Zoë Ü (4711), yo" in text_table(found)
    html = html_page(found)
    assert "5</b><span>students of 7 handed in" in html
    assert "<h2>Not handed in</h2>" in html and "Zoë Ü (4711), yo." in html


def test_nobody_of_a_roster_yet_is_said(rubric):
    with pytest.raises(ValueError, match="nobody has handed in toy"):
        overview(Results("toy", {"yo": ABSENT}), rubric, {})


def test_the_export_leaves_empty_what_was_not_handed_in_but_keeps_what_a_person_gave(some_absent, rubric):
    marks = {"yo": Marks(scores={"why": 4.0})}
    rows = {row["student"]: row for row in export_rows(some_absent, rubric, marks)}
    zoe, yo, bo = rows["4711"], rows["yo"], rows["bo"]
    assert (zoe["name"], zoe["handed_in"], zoe["needs_review"]) == ("Zoë Ü", False, False)
    assert [zoe[column] for column in ("points", "scale", "total", "why")] == [None] * 4
    assert (yo["handed_in"], yo["points"], yo["why"], yo["scale"]) == (False, 4.0, 4.0, None)
    assert (bo["handed_in"], bo["points"]) == (True, 2)


def test_there_is_no_feedback_on_nothing(toy_course, some_absent):
    assert len(write_feedback(toy_course, some_absent)) == 5
    with pytest.raises(ValueError, match="yo handed nothing in"):
        write_feedback(toy_course, some_absent, only=["yo"])


def test_results_of_who_handed_nothing_in_are_read_as_they_were_written(tmp_path, some_absent):
    (tmp_path / "results.json").write_text(json.dumps(some_absent.to_json()))
    assert read_results(tmp_path / "results.json", "toy") == some_absent


@pytest.mark.parametrize("names", [[], {"ada": 1}, "ada"])
def test_damaged_names_are_not_taken(results, names):
    with pytest.raises(ValueError, match="names are damaged"):
        Results.from_json({**results, "names": names})
