"""A student's page is written whatever the student wrote, and whatever became of their notebook."""

import json
import re
import time
from html import escape

import pytest
from nbconvert.filters.highlight import Highlight2HTML

from autograder.authoring.release import release, to_text
from autograder.classroom.feedback import feedback_page, write_feedback
from autograder.classroom.marks import Marks
from autograder.classroom.sanitise import (
    MAX_BLANK,
    MAX_CODE,
    MAX_OPENINGS,
    MAX_PROSE,
    MAX_SPACES,
    clean_html,
    clean_markdown,
    highlighted,
    highlighted_cell,
)
from autograder.classroom.showing import shown_cell, shown_code, shown_html, shown_prose
from autograder.disposable import Lost
from autograder.files import write_whole
from autograder.grading.intake.submission import from_bytes
from autograder.grading.recording.gradebook import student_key
from autograder.grading.recording.ledger import autograded
from autograder.grading.recording.record import Results
from tests.hostile_text import assert_linear, hostile_texts

CAFE = "caf\udce9"
"""A folder whose name is Latin-1, as an old archive leaves it."""

DAMAGES = {
    "no notebook": "{}",
    "a list": "[]",
    "cut": '{"cells": [',
    "no metadata": {"cells": [{"cell_type": "code", "source": "", "outputs": [], "execution_count": None}]},
    "odd marks": {"cells": [{"cell_type": "markdown", "source": "", "metadata": {"nbgrader": 3}}]},
}

BOMBS = {
    "environments": ("\\begin{a}" * 20_000, f"longer than {MAX_PROSE} characters"),
    "few environments": ("\\begin{a}" * (MAX_OPENINGS + 1), f"opens more than {MAX_OPENINGS} formulas"),
    "formulas": ("\\\\(" * 20_000, f"longer than {MAX_PROSE} characters"),
    "few formulas": ("\\\\( \\\\[" * MAX_OPENINGS, f"opens more than {MAX_OPENINGS} formulas"),
    "spaces": ("a" + " " * 19_000 + "b", f"more than {MAX_SPACES} spaces in a row"),
}
"""Texts that the renderer would take seconds to minutes for."""


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_text_that_stalls_the_renderer_is_shown_as_it_was_typed(bomb, monkeypatch):
    def never(source):
        raise AssertionError("it was rendered")

    monkeypatch.setattr("autograder.classroom.sanitise.markdown_with_formulas", never)
    source, reason = BOMBS[bomb]
    html = clean_markdown(source)
    assert reason in html
    assert f"<pre>{source}</pre>" in html


def test_what_is_shown_as_it_was_typed_is_dead():
    html = clean_markdown("<script>alert(1)</script> $\\href{javascript:alert(1)}{x}$" + "x" * MAX_PROSE)
    assert "<script" not in html and "\\href" not in html


def test_an_answer_full_of_formulas_is_rendered():
    source = "Since $p(z) > 0$, *all* of \\\\(q\\\\) is.\n\n" * MAX_OPENINGS
    html = clean_markdown(source)
    assert html.count("<em>all</em>") == MAX_OPENINGS
    assert "<pre" not in html


RENDERERS = {
    "prose": clean_markdown,
    "html": clean_html,
    "code": highlighted,
    "cell": highlighted_cell,
}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("length", [2**13, 2**17])
def test_the_time_of_rendering_grows_no_faster_than_the_text(renderer, length):
    assert_linear(RENDERERS[renderer], hostile_texts(40, length))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (" \n" * 245_000 + "x", f"longer than {MAX_CODE} characters"),
        ("x = '<b>'" + " \n" * MAX_BLANK, f"more than {MAX_BLANK} blanks in a row"),
    ],
)
@pytest.mark.parametrize("highlighter", [highlighted, highlighted_cell])
def test_code_that_stalls_the_highlighter_is_shown_without_colours(highlighter, source, reason):
    start = time.process_time()
    html = highlighter(source)
    assert time.process_time() - start < 0.5
    assert reason in html and "<b>" not in html
    assert html.endswith(escape(source)) or html.endswith(f"{escape(source)}</pre></div>")


def test_ordinary_code_has_colours_in_both_pages():
    assert '<span class="k">def</span>' in shown_code("def f(x):\n\n\n    return 2 * x")
    assert shown_cell("%matplotlib inline\nx < 1", metadata={"magics_language": "html"}) == (
        Highlight2HTML(pygments_lexer="python3")("%matplotlib inline\nx < 1")
    )


@pytest.mark.parametrize("show", [shown_html, shown_prose, shown_code, shown_cell])
def test_what_cannot_be_rendered_in_time_is_shown_as_it_was_typed(show, monkeypatch):
    def lost(*arguments, **options):
        raise Lost("it took more than 2 seconds of processor time")

    monkeypatch.setattr("autograder.classroom.showing.apart", lost)
    html = show("<script>1</script> $\\href{javascript:1}{x}$")
    assert "2 seconds" in html and "&lt;script&gt;" in html and "<script" not in html


@pytest.fixture
def results():
    outcome = {"points": 3, "max_points": 3, "status": "passed", "mistake": None, "message": ""}
    entry = {"points": 3, "exercises": {"scale": outcome, "total": outcome}, "written": {}, "notes": ["a note"]}
    return {"problem_set": "toy", "students": {name: entry for name in ("ada", "bo", "cy")}}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_notebook_is_told_and_stops_nobody_elses_page(toy_course, results, damage):
    content = DAMAGES[damage]
    if isinstance(content, dict):
        content = json.dumps({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, **content})
    notebook = autograded(toy_course, "toy", "bo")
    notebook.parent.mkdir(parents=True)
    notebook.write_text(content)
    with pytest.raises(
        ValueError, match=r"1 of the 3 pages are written without .*bo/toy/toy\.ipynb\. .*autograder grade toy"
    ):
        write_feedback(toy_course, Results.from_json(results))
    ada, bo, cy = (feedback_page(toy_course, "toy", student).read_text() for student in ("ada", "bo", "cy"))
    assert "a note; its graded copy is damaged" in bo
    assert "damaged" not in ada + cy


def test_an_exercise_that_came_later_is_not_graded_yet(toy_course, results):
    scale = results["students"]["ada"]["exercises"]["scale"]
    results["students"]["bo"] = {**results["students"]["bo"], "exercises": {"scale": scale}}
    _, page, _ = write_feedback(toy_course, Results.from_json(results))
    assert "Not graded yet." in page.read_text()
    assert "3 of 9 points" in page.read_text()


def test_what_a_person_wrote_is_shown_whatever_bytes_name_the_folder(toy_course, results, monkeypatch):
    marks = {student_key(CAFE): Marks(scores={"why": 4.0}, comments={"why": "Well *put*."})}
    monkeypatch.setattr("autograder.classroom.feedback.read_marks", lambda course, name: marks)
    results["students"] = {CAFE: results["students"]["ada"]}
    (page,) = write_feedback(toy_course, Results.from_json(results))
    assert "Well <em>put</em>." in page.read_text()
    assert "10 of 9 points" in page.read_text(), "3 for each exercise, and the person's 4"


def test_the_parts_of_a_split_answer_are_shown_together(toy_course, results):
    notebook = json.loads(json.dumps(release(toy_course, "toy").notebook))
    place = next(i for i, cell in enumerate(notebook["cells"]) if cell["source"].startswith("def scale"))
    upper = notebook["cells"][place] | {"id": "upper", "source": "FACTOR = 2.0"}
    notebook["cells"][place]["source"] = "def scale(x, factor=FACTOR):\n    return factor * x"
    notebook["cells"].insert(place, upper)
    intake = from_bytes(json.dumps(notebook).encode(), release(toy_course, "toy").notebook)
    write_whole(autograded(toy_course, "toy", "ada"), to_text(intake.canonical))
    page = write_feedback(toy_course, Results.from_json(results), only=["ada"])[0].read_text()
    shown = re.sub("<[^>]*>", "", page)
    assert shown.index("FACTOR = 2.0") < shown.index("def scale(x, factor=FACTOR)")
