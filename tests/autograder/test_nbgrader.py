"""nbgrader's own commands work on the course and agree with ours."""

import csv
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import NbGraderException
from nbgrader.utils import notebook_hash
from traitlets.config import Config, PyFileConfigLoader

from autograder.authoring.release import release
from autograder.classroom.marks import read_marks
from autograder.classroom.sanitise import clean_html, clean_markdown
from autograder.classroom.simulate import simulate
from autograder.course import CONFIG as CONFIG_NAME
from autograder.course import Course
from autograder.grading.batch import grade
from autograder.grading.request import GradingRequest

CONFIG = Path(__file__).parents[2] / "nbgrader_config.py"


def nbgrader(course, *arguments: str) -> subprocess.CompletedProcess:
    """Run an nbgrader command in the course folder."""
    return nbgrader_in(course.root, *arguments)


def nbgrader_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run an nbgrader command in a folder, with this interpreter's programs on the path."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


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
    assert "<mi>log</mi>" in html and "<mo>&lt;</mo><mn>1</mn></mrow></math>." in html
    assert "<summary>Hint</summary>" in html


FOUR_KINDS = ["right_but_different", "known_mistakes", "missing_cell", "blank"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with problem set 1 and four students, graded by `autograder grade`; with the results and the truth."""
    root = CONFIG.parent
    course = Course(tmp_path_factory.mktemp("course"))
    (course.root / "solutions").mkdir()
    shutil.copy(root / "solutions" / "ps1_elbo.py", course.root / "solutions")
    shutil.copy(CONFIG, course.root / CONFIG_NAME)
    release(course, "ps1_elbo")
    truth = simulate(course, "ps1_elbo", 4, seed=0, out=course.submitted, kinds=FOUR_KINDS)
    return course, grade(GradingRequest(course, "ps1_elbo", workers=2, progress=False)).results.students, truth


def scores(course):
    return {student: marks.scores for student, marks in read_marks(course, "ps1_elbo").items()}


def test_the_gradebook_holds_what_the_results_say(graded):
    course, results, truth = graded
    assert results.keys() == truth.keys()
    for student, entry in results.items():
        assert entry.points == truth[student]["points"]
        found = scores(course)[student]
        assert {name: found[f"check_{name}"] for name in entry.exercises} == truth[student]["exercises"]


def test_nbgrader_reads_the_same_scores_from_the_gradebook(graded):
    course, results, _ = graded
    with Gradebook(course.gradebook_url) as gradebook:
        for student, entry in results.items():
            assert gradebook.find_submission("ps1_elbo", student).score == entry.points


def test_the_formgrader_lists_the_class(graded):
    course, results, truth = graded
    api = formgrader(course)
    listed = {submission["student"]: submission for submission in api.get_submissions("ps1_elbo")}
    assert listed.keys() == results.keys()
    for student, submission in listed.items():
        assert submission["autograded"] and submission["submitted"]
        assert submission["score"] == results[student].points
        assert submission["needs_manual_grade"] is (truth[student]["kind"] != "blank")


def test_generate_feedback_says_what_we_say_and_hides_what_is_hidden(graded):
    course, results, _ = graded
    run = nbgrader(course, "generate_feedback", "ps1_elbo")
    assert run.returncode == 0, run.stderr
    for student, entry in results.items():
        html = (course.feedback / student / "ps1_elbo" / "ps1_elbo.html").read_text()
        assert f"Score: {entry.points}" in html
        assert "HIDDEN TESTS" not in html
        for name, outcome in entry.exercises.items():
            if outcome.mistake:
                assert f"{name}: not right yet" in html


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(*places: Path) -> list[str]:
    paths = [path for place in places for path in (place, *place.rglob("*"))]
    return [f"{path} {path.stat().st_mode & 0o777:o}" for path in paths if path.stat().st_mode & 0o077]


def test_what_nbgrader_writes_of_students_is_closed_until_it_is_released(graded, tmp_path, usual_umask):
    """Through the exchange: a hand-in is collected, and its page is released to where its student can read it."""
    course, results, _ = graded
    student = next(iter(results))
    exchange = tmp_path / "exchange"
    handed_in = exchange / "latent" / "inbound" / f"{student}+ps1_elbo+2026-01-01 00:00:00 UTC"
    handed_in.mkdir(parents=True)
    for folder in (tmp_path, exchange):
        folder.chmod(0o777)
    shutil.copy(course.submitted / student / "ps1_elbo" / "ps1_elbo.ipynb", handed_in)
    (handed_in / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    (handed_in / "submission_secret.txt").write_text("known to one student")
    own = Course(tmp_path / "course")
    for place in ("solutions", "assignments", "autograded", ".autograder"):
        shutil.copytree(course.root / place, own.root / place)
    shutil.copy(course.root / CONFIG_NAME, own.root)
    options = ("--course", "latent", f"--Exchange.root={exchange}", "--ExchangeCollect.check_owner=False")

    run = nbgrader(own, "collect", "ps1_elbo", *options)
    assert run.returncode == 0, run.stderr
    assert open_to_others(own.submitted, own.gradebook) == []
    assert (own.submitted / student / "ps1_elbo" / "submission_secret.txt").is_file()
    grade(GradingRequest(own, "ps1_elbo", workers=2, only=[student], progress=False))
    for command in (["generate_feedback", "ps1_elbo", "--student", student], ["export", "--to", "all.csv"]):
        run = nbgrader(own, *command)
        assert run.returncode == 0, run.stderr
    page = own.feedback / student / "ps1_elbo" / "ps1_elbo.html"
    assert page.is_file()
    assert open_to_others(own.feedback, own.gradebook, own.root / "all.csv") == []

    run = nbgrader(own, "release_feedback", "ps1_elbo", *options[:-1])
    assert run.returncode == 0, run.stderr
    (public,) = (exchange / "latent" / "feedback").iterdir()
    assert public.name == f"{notebook_hash(secret='known to one student', notebook_id='ps1_elbo')}.html"
    assert public.read_bytes() == page.read_bytes()
    assert public.stat().st_mode & 0o777 == 0o644


def test_a_hand_in_goes_through_nbgraders_exchange_and_its_page_comes_back(graded, tmp_path, usual_umask):
    """release_assignment, fetch_assignment, submit; collect, autograde, generate_feedback, release_feedback; and
    fetch_feedback brings the page, of each hand-in its own."""
    course, _, truth = graded
    student = next(student for student in truth if truth[student]["kind"] == "known_mistakes")
    own = Course(tmp_path / "course")
    for place in ("solutions", "assignments", "build"):
        shutil.copytree(course.root / place, own.root / place)
    shutil.copy(course.root / CONFIG_NAME, own.root)
    home, exchange = tmp_path / "home", tmp_path / "exchange"
    for folder in (tmp_path, home, exchange):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
    options = ("--course", "latent", f"--Exchange.root={exchange}", f"--Exchange.cache={tmp_path / 'cache'}")

    def step(place, *arguments):
        run = nbgrader_in(place, *arguments)
        assert run.returncode == 0 and "Traceback" not in run.stderr, run.stderr

    def hand_in_and_grade():
        step(home, "submit", "ps1_elbo", *options)
        step(own.root, "collect", "ps1_elbo", "--update", *options)
        step(own.root, "autograde", "ps1_elbo")
        step(own.root, "generate_feedback", "ps1_elbo")
        step(own.root, "release_feedback", "ps1_elbo", *options)

    step(own.root, "release_assignment", "ps1_elbo", *options)
    step(home, "fetch_assignment", "ps1_elbo", *options)
    hand_in_and_grade()
    shutil.copy(course.submitted / student / "ps1_elbo" / "ps1_elbo.ipynb", home / "ps1_elbo")
    time.sleep(1.1)  # nbgrader tells hand-ins apart by the second
    hand_in_and_grade()
    step(home, "fetch_feedback", "ps1_elbo", *options)
    blank, improved = sorted((home / "ps1_elbo" / "feedback").rglob("*.html"))
    assert "Score: 0.0" in blank.read_text()
    assert f"Score: {truth[student]['points']}" in improved.read_text()
    (folder,) = own.feedback.iterdir()
    (line,) = csv.DictReader(io.StringIO(command(own, "export", "ps1_elbo")))
    assert (line["student"], float(line["points"])) == (folder.name, truth[student]["points"])


def command(course, *arguments: str) -> str:
    """What `autograder` prints in the course's folder."""
    told = subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], cwd=course.root, check=False, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_no_message_quotes_a_number_of_a_hidden_case(graded):
    _, results, _ = graded
    messages = [outcome.message for entry in results.values() for outcome in entry.exercises.values()]
    assert any(messages)
    assert [message for message in messages if re.search(r"tensor\(|\d\.\d{3}", message)] == []


@pytest.fixture
def again(graded, tmp_path):
    """The same course and submissions without a grade, and with some that nbgrader's own converter stumbles over."""
    course, _, truth = graded
    again = Course(tmp_path / "again")
    left_out = shutil.ignore_patterns("gradebook.db", "autograded", "feedback", ".autograder")
    shutil.copytree(course.root, again.root, ignore=left_out)
    shutil.copytree(course.root / ".autograder", again.root / ".autograder", ignore=shutil.ignore_patterns("ps1_elbo"))
    right = next(student for student in truth if truth[student]["kind"] == "right_but_different")
    handed_in = (again.submitted / right / "ps1_elbo" / "ps1_elbo.ipynb").read_text()

    def hand_in(student: str, content: bytes, name: str = "ps1_elbo.ipynb") -> Path:
        path = again.submitted / student / "ps1_elbo" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path

    copied = nbformat.reads(handed_in, as_version=4)
    copied.cells += [cell for cell in copied.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "elbo"]
    copied.cells += [cell for cell in copied.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "check_elbo"]
    hand_in("copied_cells", json.dumps(copied).encode())
    hand_in("another_name", handed_in.encode(), "my homework.ipynb")
    hand_in("sixteen_bits", handed_in.encode("utf-16"))
    hand_in("cut_off", handed_in[: len(handed_in) // 2].encode())
    late = hand_in("when", handed_in.encode())
    late.with_name("timestamp.txt").write_text("the day before yesterday")
    linked = hand_in("linked", handed_in.encode())
    (linked.parent / "seed.txt").symlink_to(next((again.root / ".autograder").rglob("*seed*")))
    (linked.parent / "book.txt").symlink_to(again.gradebook)
    os.mkfifo(linked.parent / "pipe")
    return again


ODD = ("copied_cells", "another_name", "sixteen_bits", "cut_off", "when", "linked")


def test_nbgrader_autograde_gives_the_same_scores(graded, again):
    course, results, truth = graded
    run = nbgrader(again, "autograde", "ps1_elbo")
    assert run.returncode == 0, run.stderr
    found = scores(again)
    assert found.keys() == {*truth, *ODD}
    for student in truth:
        assert found[student] == scores(course)[student]
        entry = results[student]
        said = f"{student}: {entry.points:g} of {entry.max_points:g} points, sandbox: {entry.sandbox}"
        assert said in run.stderr
    right = next(student for student in truth if truth[student]["kind"] == "right_but_different")
    for student in set(ODD) - {"cut_off"}:
        assert found[student] == found[right], student
    assert "cut_off: Not graded yet, a person has to look" in run.stderr
    assert "Traceback" not in run.stderr

    ours = grade(GradingRequest(again, "ps1_elbo", workers=2, progress=False)).results.students
    assert {student: entry.sandbox for student, entry in ours.items()}["when"] == results[right].sandbox
    assert scores(again) == found, "one journal: `autograder grade` finds nothing to do"


def formgrader(course) -> NbGraderAPI:
    """What the formgrader's pages call, as its server extension makes it."""
    config = PyFileConfigLoader(CONFIG_NAME, path=str(course.root)).load_config()
    return NbGraderAPI(config=Config(config))


def test_the_formgraders_button_gives_the_same_scores(graded, again):
    course, _, truth = graded
    student = next(student for student in truth if truth[student]["kind"] == "known_mistakes")
    answer = formgrader(again).autograde("ps1_elbo", student)
    assert answer["success"], answer
    assert scores(again) == {student: scores(course)[student]}
    assert "sandbox: " in answer["log"]


def test_where_it_cannot_be_confined_the_formgrader_says_so(again, monkeypatch):
    monkeypatch.setattr("autograder.grading.running.sandboxes.obstacle", lambda tier: "the kernel forbids it")
    answer = formgrader(again).autograde("ps1_elbo", "when")
    assert not answer["success"]
    assert "this machine cannot confine submissions. namespaces: the kernel forbids it" in answer["log"]
    assert not again.autograded.exists() and not again.gradebook.exists()


def test_nbgraders_own_converter_runs_nothing(again, config):
    stock = importlib.import_module("nbgrader.converters.autograde").Autograde
    api = formgrader(again)
    api.coursedir.assignment_id, api.coursedir.student_id = "ps1_elbo", "when"
    with pytest.raises(NbGraderException):
        stock(coursedir=api.coursedir, parent=api).start()
    assert not list(again.autograded.rglob("*.ipynb"))


@pytest.mark.parametrize(("name", "student"), [("ps1_elbo", "nobody"), ("no_such_set", "when")])
def test_what_is_not_there_is_said_plainly(again, name, student):
    answer = formgrader(again).autograde(name, student)
    assert not answer["success"]
    assert f"nobody has handed in {name}: there is no " in answer["log"]
    assert "Traceback" not in answer["log"]


def test_nothing_that_a_submission_links_to_is_copied(again):
    api = formgrader(again)
    assert api.autograde("ps1_elbo", "linked")["success"]
    assert api.generate_feedback("ps1_elbo", "linked")["success"]
    written = [*again.autograded.rglob("*"), *again.feedback.rglob("*")]
    assert sorted(path.name for path in written if path.is_file()) == ["ps1_elbo.html", "ps1_elbo.ipynb"]
