"""nbgrader's own commands work on the course and agree with ours."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.api import Gradebook
from traitlets.config import PyFileConfigLoader

from autograder.authoring.release import release
from autograder.classroom.sanitise import clean_html, clean_markdown

CONFIG = Path(__file__).parents[2] / "nbgrader_config.py"


def nbgrader(course, *arguments: str) -> subprocess.CompletedProcess:
    """Run an nbgrader command in the course folder, with this interpreter's programs on the path."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=course.root, env=environment, check=False, capture_output=True, text=True)


def test_generate_assignment_gives_the_same_student_notebook(toy_course):
    release(toy_course, "toy")
    path = toy_course.release_notebook("toy")
    ours, cases = path.read_bytes(), toy_course.release_cases("toy").read_bytes()
    run = nbgrader(toy_course, "generate_assignment", "toy", "--force")
    assert run.returncode == 0, run.stderr
    assert path.read_bytes() == ours
    assert toy_course.release_cases("toy").read_bytes() == cases
    with Gradebook(toy_course.gradebook_url) as gradebook:
        assert gradebook.find_assignment("toy").max_score == 9


@pytest.fixture
def config(monkeypatch):
    monkeypatch.setattr(NotebookClient, "widget_registry", None, raising=False)
    return PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()


def test_no_widget_can_stall_the_validation(config):
    assert NotebookClient(nbformat.v4.new_notebook()).widget_registry == {}


def test_the_course_is_where_its_configuration_is(config):
    assert config.CourseDirectory.root == str(CONFIG.parent)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<img src="https://example.org/track.png">',
        '<a href="javascript:alert(1)">go</a>',
        '<a href="data:text/html,<script>alert(1)</script>">go</a>',
        '<iframe src="https://example.org"></iframe>',
        "<svg onload=alert(1)><circle r=4 /></svg>",
        "<style>body{display:none}</style>",
        '<form action="https://example.org"><input name="password"></form>',
        '<div class="panel-heading" style="position:fixed">Score: 100 / 100</div>',
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
    ],
)
@pytest.mark.parametrize("clean", [clean_html, clean_markdown])
def test_a_students_html_does_no_harm(clean, hostile):
    cleaned = clean(hostile).lower()
    for danger in (
        "<script",
        "onerror",
        "onload",
        "src=",
        "javascript:",
        "data:",
        "<iframe",
        "<form",
        "style",
        "class=",
    ):
        assert danger not in cleaned


def test_prose_figures_and_mathematics_stay():
    picture = "data:image/png;base64,iVBORw0KGgo="
    assert clean_html(f'<img src="{picture}" alt="a curve">') == f'<img src="{picture}" alt="a curve">'
    html = clean_markdown("The gap is $\\log p(x) - L < 1$.\n\n<details><summary>Hint</summary>Look.</details>")
    assert r"$\log p(x) - L &lt; 1$" in html
    assert "<summary>Hint</summary>" in html
