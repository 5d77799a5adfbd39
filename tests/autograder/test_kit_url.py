"""`autograder release --kit-url`: kept in autograder.toml, written into the notebooks, and of no say in a grade."""

import tomllib
from dataclasses import replace

import pytest

from autograder.authoring.notebook import grade_id
from autograder.authoring.release import build_release, read_skeleton, release, stale
from autograder.authoring.start_cell import with_address, without_address
from autograder.cli import main
from autograder.course_file import FILE_NAME, kit_url, remember_kit_url
from autograder.grading.intake.canonical import canonicalise
from autograder.grading.intake.reading import SubmittedCell
from autograder.grading.judging.plan import prepare

URL = "https://example.org/kit.zip"
CELL = """\
# %% nbgrader={"grade_id": "start", "locked": true}
KIT_URL = ""  # where the course's kit.zip lies
print(KIT_URL)

"""


@pytest.fixture
def course(toy_course):
    """The toy course, with a start cell."""
    source = toy_course.source("toy")
    heading, mark, rest = source.read_text(encoding="utf-8").partition("# %% nbgrader")
    source.write_text(heading + CELL + mark + rest, encoding="utf-8")
    release(toy_course, "toy")
    return toy_course


def submitted(cell) -> SubmittedCell:
    return SubmittedCell(cell.cell_type, cell.source, grade_id(cell), cell.id)


def start_of(notebook) -> str:
    return next(cell.source for cell in notebook.cells if grade_id(cell) == "start")


def test_the_address_is_written_into_the_notebook_and_kept_for_the_next_release(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    assert main(["release", "toy", "--kit-url", URL]) == 0
    assert f'KIT_URL = "{URL}"  # where' in start_of(read_skeleton(course, "toy"))
    assert kit_url(course) == URL
    assert stale(course, "toy") == []
    assert main(["release", "toy"]) == 0
    assert URL in start_of(read_skeleton(course, "toy")), "it is remembered"
    assert main(["release", "toy", "--kit-url", ""]) == 0
    assert 'KIT_URL = ""' in start_of(read_skeleton(course, "toy")), "it is forgotten"


@pytest.mark.parametrize(
    "url", ["kit.zip", "ftp://example.org/kit.zip", "https://", 'https://a.b/"', "https://a b/", "http://[a"]
)
def test_what_is_no_address_is_refused_and_not_kept(course, monkeypatch, capsys, url):
    monkeypatch.chdir(course.root)
    assert main(["release", "toy", "--kit-url", url]) == 2
    assert "must be like https://example.org/course/kit.zip" in capsys.readouterr().err
    assert not (course.root / FILE_NAME).exists()


def test_a_check_takes_no_address(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    assert main(["release", "toy", "--check", "--kit-url", URL]) == 2
    assert "--check writes nothing" in capsys.readouterr().err


def test_a_notebook_without_the_cell_is_refused_with_what_to_do(toy_course):
    release(toy_course, "toy")
    remember_kit_url(toy_course, URL)
    with pytest.raises(ValueError, match="no cell 'start'"):
        build_release(toy_course, "toy")


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# ours\n[limits]\ncell_seconds = 30\n",
        '[release]\nkit_url = "https://old.example.org/kit.zip"  # old\n\n[limits.toy]\nmemory_bytes = 1000\n',
        "[release]\n\n[hidden_cases]\nvariants = 2",
    ],
    ids=["no file", "another table", "an old address", "an empty table"],
)
def test_all_else_in_the_file_stays(toy_course, before):
    path = toy_course.root / FILE_NAME
    if before:
        path.write_text(before, encoding="utf-8")
    remember_kit_url(toy_course, URL)
    after = path.read_text(encoding="utf-8")
    assert tomllib.loads(after) == tomllib.loads(before) | {"release": {"kit_url": URL}}
    assert [line for line in before.splitlines() if line.startswith("#")] == [
        line for line in after.splitlines() if line.startswith("#")
    ]


def test_a_file_of_unusual_form_is_left_alone(toy_course):
    path = toy_course.root / FILE_NAME
    path.write_text('release = { "kit_url" = "https://old.example.org/kit.zip" }\n', encoding="utf-8")
    with pytest.raises(ValueError, match="write there yourself: kit_url = "):
        remember_kit_url(toy_course, URL)
    assert "old" in path.read_text(encoding="utf-8")


def test_an_unknown_setting_is_named(toy_course):
    (toy_course.root / FILE_NAME).write_text('[release]\nurl = "https://example.org"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="has only kit_url, got url"):
        kit_url(toy_course)


def test_it_has_no_say_in_grades(course):
    before = prepare(course, "toy").fingerprint
    remember_kit_url(course, URL)
    release(course, "toy")
    assert prepare(course, "toy").fingerprint == before


def test_a_notebook_with_another_address_was_not_changed_by_its_student(course):
    skeleton = read_skeleton(course, "toy")
    cells = [submitted(cell) for cell in skeleton.cells]
    named = with_address(skeleton, URL)
    assert not canonicalise(cells, named).notes
    place = next(place for place, cell in enumerate(skeleton.cells) if grade_id(cell) == "start")
    changed = [*cells]
    changed[place] = replace(cells[place], source=f"{cells[place].source}\nmine = 1")
    assert "locked cell 'start' was changed" in canonicalise(changed, named).notes[0]


def test_the_rest_of_the_line_stays(course):
    source = start_of(read_skeleton(course, "toy"))
    assert without_address(source) == source
    assert without_address(source.replace('""', f'"{URL}"', 1)) == source
