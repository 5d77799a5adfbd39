"""Family 5: the instructor's browser and spreadsheet: nothing of a student's comes to life in a page or a table."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import csv
import io
import json
import re

import pytest
from nbformat.v4 import new_markdown_cell

from autograder import rubrics
from autograder.classroom.export import export_rows, to_csv
from autograder.classroom.feedback import write_feedback
from autograder.classroom.marks import read_marks
from autograder.classroom.overview import overview
from autograder.classroom.report import html_page, text_table
from autograder.classroom.sanitise import clean_html, clean_markdown
from autograder.files import json_text, write_whole
from autograder.grading.recording.record import Results
from tests.attacks.duel import NAME
from tests.attacks.markup import ATTACHMENTS, HTML, MARKDOWN, alive

STUDENTS = (
    "<script>alert(1)<_script>",
    "\"><img src=x onerror=alert(1)>",
    "=HYPERLINK(1)",
    "+1+cmd|' ' C'!A0",
    "@SUM(1)",
    " =1+1",
    "\x1b[31mred\x07",
    "two\nlines",
    "{{ 7 * 7 }}",
    "a;b,c\"d",
    "名前 Ünïcode \u202egnp",
    "\udcff\udcfe",
)  # fmt: skip
"""Names of folders that students, or their learning platform, choose."""

SHOWS = """
from IPython.display import HTML, Latex, Markdown, Javascript, SVG, display
text = {text!r}
display(HTML(text))
display(Markdown(text))
display(Latex(text))
display(Javascript("alert(1)"))
display({{"image/svg+xml": "<svg onload='alert(1)'/>", "application/javascript": "alert(1)", "text/html": text,
          "application/vnd.jupyter.widget-view+json": {{"model_id": "a"}}, "image/png": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"}}, raw=True)
print(text)
raise type(text, (Exception,), {{}})(text)
"""


def test_the_measure_measures():
    assert alive(HTML["handler"]) and alive(HTML["svg"]) and alive(HTML["link"]) and alive(HTML["tracker"])


@pytest.mark.parametrize("attack", MARKDOWN)
def test_cleaned_prose_is_dead(attack):
    for cleaned in (clean_markdown(MARKDOWN[attack]), clean_html(MARKDOWN[attack])):
        assert not alive(cleaned), cleaned
        assert not re.search(r"\\(href|style|require)\b", cleaned)


@pytest.fixture(scope="module")
def graded(arena, strongest):
    """Each text as an output, an exception and a written answer; each name as a student's."""
    works = {name: {"kl_to_standard_normal": SHOWS.format(text=text), "why": text} for name, text in MARKDOWN.items()}
    notebook = arena.notebook(works["attachment"])
    notebook.cells.insert(0, new_markdown_cell(MARKDOWN["attachment"]))
    for cell in notebook.cells:
        cell.attachments = ATTACHMENTS  # code cells too, where no editor puts them
    works["attachment"] = json.dumps(notebook).encode()
    works |= {name.replace("/", "_").replace("\0", ""): arena.solved({}) for name in STUDENTS}
    return arena.grade(works, strongest)


@pytest.mark.parametrize("attack", MARKDOWN)
def test_outputs_are_dead(graded, attack):
    notebook = json.loads(graded.notebooks[attack])
    for cell in notebook["cells"]:
        assert not cell.get("attachments")
        if cell["cell_type"] == "markdown":
            assert not alive(clean_markdown("".join(cell["source"])))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            assert set(data) <= {"text/plain", "text/html", "image/png"}, data
            assert "image/png" not in data, "that was no picture"
            assert not alive("".join(data.get("text/html", ""))), data


def test_a_written_answers_attachments_are_left_out_and_told(graded):
    notebook = json.loads(graded.notebooks["attachment"])
    prose = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert ["attachment:evil.svg" in "".join(cell["source"]) for cell in prose] == [True, True], "own cell and answer"
    assert "alert(1)" not in json.dumps(prose)
    assert any("picture" in note for note in graded.entry("attachment").notes)


def test_feedback_pages_and_report_are_dead(graded, arena):
    pages = write_feedback(arena.course, graded.results)
    assert len(pages) == len(graded.results.students)
    report = html_page(overview(graded.results, rubrics.load(NAME), read_marks(arena.course, NAME)))
    own = {"style", "meta", "svg"}
    for html in (*(page.read_text() for page in pages), report):
        found = {item for item in alive(html) if item not in own and not re.match(r"\w+ (style|id)=", item)}
        assert not found, found
        assert "default-src 'none'" in html


def test_the_table_of_the_terminal_moves_no_cursor(graded, arena):
    table = text_table(overview(graded.results, rubrics.load(NAME), read_marks(arena.course, NAME)))
    assert "\x1b" not in table and "\x07" not in table and "\u202e" not in table
    table.encode()


def test_the_spreadsheet_computes_nothing(graded, arena):
    rows = export_rows(graded.results, rubrics.load(NAME), read_marks(arena.course, NAME))
    table = list(csv.reader(io.StringIO(to_csv(rows))))
    assert len(table) == len(graded.results.students) + 1
    for row in table[1:]:
        assert not row[0].lstrip().startswith(("=", "+", "-", "@", "\t", "\r")), row


def test_the_results_of_any_name_can_be_written(graded, tmp_path):
    place = write_whole(tmp_path / "results.json", json_text(graded.results.to_json()))
    assert Results.from_json(json.loads(place.read_text())) == graded.results


def test_honest_students_with_odd_names_keep_all(graded):
    for name in STUDENTS:
        assert graded.entry(name.replace("/", "_")).points == 7


def test_the_neighbours_are_unharmed(graded):
    graded.assert_neighbours_unharmed()
