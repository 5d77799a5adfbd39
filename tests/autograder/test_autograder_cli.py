"""The command line says what it did, or in one line why it could not and what to do; exit codes tell them apart."""

import dataclasses
import io
import json
import subprocess
import sys
import zipfile

import pytest

from autograder import commands
from autograder.authoring.release import release
from autograder.cli import main
from autograder.grading.recording.changes import Changes
from autograder.grading.recording.record import Results
from autograder.grading.running import sandboxes, warm_process
from tests.autograder.common import answered, hand_in

COMMANDS = ("release", "collect", "grade", "report", "feedback", "export", "similar", "simulate", "doctor", "demo")


@pytest.fixture
def here(toy_course, monkeypatch):
    monkeypatch.chdir(toy_course.root)
    return toy_course


def run(capsys, *arguments):
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(capsys, command):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"autograder {command}" in capsys.readouterr().out.split("example:")[1]


def test_help_is_quick_and_loads_nothing_heavy():
    code = "import sys; from autograder.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'torch', 'nbgrader', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_python_m_works_too():
    command = [sys.executable, "-m", "autograder", "--help"]
    assert "a term, step by step" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


ENDS = """
import atexit, sys
from autograder import cli

def main():
    atexit.register(print, "tidied up")
    sys.stdout.write("done, ")
    return 1

cli.main = main
cli.run()
"""


def test_the_command_ends_with_its_code_and_what_was_to_be_done_in_the_end():
    ended = subprocess.run([sys.executable, "-c", ENDS], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "done, tidied up\n", "")


def test_output_that_is_lost_is_no_success():
    command = [sys.executable, "-c", ENDS.replace("return 1", "return 0")]
    with open("/dev/full", "w") as full:
        assert subprocess.run(command, check=False, stdout=full).returncode == 2


def test_what_a_jupyter_server_needs_is_imported_when_it_asks():
    code = """if True:
        import sys
        from autograder.imports import EXTENSIONS, leave_out_slow_imports
        leave_out_slow_imports()
        import nbgrader.utils
        assert not any(name in sys.modules for name in (*EXTENSIONS, "jupyter_server", "nbconvert", "sqlalchemy"))
        import nbgrader.server_extensions.formgrader as formgrader
        formgrader.load_jupyter_server_extension = print
        nbgrader.load_formgrader("the server")
    """
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "the server\n"), ran.stderr


def test_no_submission_waits_for_the_gradebooks_libraries(here):
    """They take as long to import as a submission takes to grade: the batch does it while its workers run."""
    code = """if True:
        import sys
        from autograder import cli
        from autograder.grading.request import GradingRequest
        import autograder.grading.request as requests

        def warmed_up(request):
            from autograder import rubrics
            rubrics.load = lambda name: None
            from autograder.grading import batch
            batch.grade = begun

        def begun(request, warm):
            print(*[name for name in ("torch", "sqlalchemy", "alembic", "nbconvert") if name in sys.modules])
            raise ValueError("enough seen")

        requests.warm_up = warmed_up
        cli.main(["grade", "toy"])
    """
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=here.root)
    assert (ran.stdout, ran.stderr) == ("torch\n", "autograder grade: enough seen\n")


def test_release_then_check(capsys, here, toy_source):
    assert run(capsys, "release", "toy")[:2] == (0, "toy: wrote assignments/toy\n")
    assert run(capsys, "release", "--check")[:2] == (0, "up to date: toy\n")
    here.source("toy").write_text(toy_source.replace("Multiply every", "Multiply each"))
    code, out, _ = run(capsys, "release", "toy", "--check")
    assert code == 1
    assert "run: autograder release toy" in out


def test_json_is_json_and_nothing_else(capsys, here):
    main(["release", "toy"])
    capsys.readouterr()
    code, out, _ = run(capsys, "release", "toy", "--check", "--json")
    assert (code, json.loads(out)) == (0, {"toy": []})


def test_simulate_and_collect(capsys, here, tmp_path_factory):
    downloads = tmp_path_factory.mktemp("class") / "downloads"
    code, out, _ = run(capsys, "simulate", "toy", "--students", "3", "--kinds", "right", "--out", str(downloads))
    assert code == 0 and "true scores in" in out
    code, out, _ = run(capsys, "collect", "toy", str(downloads))
    assert code == 0 and "3 new" in out
    assert len(list(here.submitted.glob("*/toy/toy.ipynb"))) == 3


def test_collect_says_what_it_refused_and_exits_with_one(capsys, here, tmp_path_factory):
    folder = tmp_path_factory.mktemp("downloads")
    (folder / "notebook.ipynb").write_text("{}")
    code, out, _ = run(capsys, "collect", "toy", str(folder))
    assert code == 1 and "refused: notebook.ipynb" in out


def test_collect_says_which_platform_it_read_and_who_handed_in_no_notebook(capsys, here, tmp_path_factory):
    folder = tmp_path_factory.mktemp("downloads")
    (folder / "lovelaceada_LATE_12345_67890_toy-2.ipynb").write_text("{}")
    (folder / "ekbo_12346_67891_essay.pdf").write_text("%PDF")
    code, out, _ = run(capsys, "collect", "toy", str(folder))
    lines = out.splitlines()
    assert code == 1
    assert lines[:2] == ["this is a Canvas download; 2 people", "1 new, 0 replaced, 0 unchanged: submitted"]
    assert lines[2] == "no notebook: ekbo (12346): only ekbo_12346_67891_essay.pdf"
    assert "note: marked late by Canvas: lovelaceada (12345)" in lines
    account = (here.state_dir("toy") / "collected.txt").read_text()
    assert lines[-1].endswith("collected.txt") and "ekbo_12346_67891_essay.pdf\tleft: no notebook\n" in account
    code, out, _ = run(capsys, "collect", "toy", str(folder), "--platform", "canvas", "--json")
    found = json.loads(out)
    assert (code, found["platform"], found["people"], found["unchanged"]) == (1, "canvas", 2, ["12345"])
    assert sorted(fate for _, fate in found["files"]) == ["left: no notebook", "taken: 12345"]
    assert found["handins"][0]["late"] is True


def test_collect_has_no_platform_of_another_name(capsys, here):
    with pytest.raises(SystemExit):
        main(["collect", "toy", "solutions", "--platform", "sakai"])
    assert "sakai" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["release", "ps9"], "no problem set 'ps9'; there are: toy"),
        (["report", "toy"], "run: autograder grade"),
        (["grade", "toy"], "submitted"),
        (["simulate", "toy", "--kinds", "genius"], "no kind of student genius"),
        (["collect", "toy", "missing.zip"], "missing.zip"),
        (["collect", "toy", "solutions", "--pattern", "(("], "--pattern"),
        (["collect", "toy", "solutions", "--platform", "moodle"], "such as Ada Lovelace_11_assignsubmission_file_/"),
        (["collect", "toy", "solutions", "--platform", "gradescope"], "submission_metadata.yml"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(capsys, here, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"autograder {arguments[0]}: ")
    assert message in err
    assert err.count("\n") == 1 and "Traceback" not in err


def test_outside_a_course_the_way_in_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "release")
    assert code == 2 and "--course DIR" in err


def test_a_number_that_makes_no_sense_is_refused(capsys, here):
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", "toy", "--students", "0"])
    assert stopped.value.code == 2
    assert "must be 1 or more" in capsys.readouterr().err


def test_grade_report_feedback_and_export_follow_each_other(capsys, here, monkeypatch):
    for tier in sandboxes.confining():
        monkeypatch.setattr(tier, "caution", lambda: "an old kernel.")
    main(["release", "toy"])
    kinds = ["right", "known_mistakes", "blank"]
    main(["simulate", "toy", "--students", "3", "--kinds", *kinds])
    truth = json.loads((here.submitted / "truth.json").read_text())
    capsys.readouterr()

    code, out, err = run(capsys, "grade", "toy", "--workers", "1", "--results", "results.json")
    assert "note: an old kernel." in err
    assert code == 0 and "3 students, 5 points" in out
    graded = Results.from_json(json.loads((here.root / "results.json").read_text())).students
    assert {name: entry.points for name, entry in graded.items()} == {n: t["points"] for n, t in truth.items()}

    assert "1 × adds" in run(capsys, "report", "toy")[1]
    assert (here.root / "reports" / "toy.html").is_file()
    code, out, _ = run(capsys, "feedback", "toy", "--json")
    assert code == 0 and len(json.loads(out)) == 3
    code, out, _ = run(capsys, "export", "toy", "--out", "grades.csv")
    assert code == 0 and (here.root / "grades.csv").read_text().count("\n") == 4


def test_results_of_another_set_are_refused(capsys, here):
    (here.root / "results.json").write_text('{"problem_set": "ps2", "students": {}}')
    code, _, err = run(capsys, "report", "toy", "--results", "results.json")
    assert code == 2 and "of ps2, not of toy" in err


@pytest.fixture
def graded(capsys, here, rubric, warm, monkeypatch):
    """A course whose hidden cases all have the factor 1, so that Bo, who leaves it out, was graded as right."""
    monkeypatch.setattr(warm_process, "WarmProcess", lambda *_: warm)  # the sandbox is tested elsewhere
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")
    solved = release(here, "toy").solved
    hand_in(here, "ana", solved)
    hand_in(here, "bo", answered(solved, scale="def scale(x, factor=2.0):\n    return x"))
    scale = rubric.exercise("scale")
    with monkeypatch.context() as before_the_fix:
        before_the_fix.setattr(scale, "cases", lambda generator, cases=scale.cases: map(harmless, cases(generator)))
        before_the_fix.setattr("autograder.grading.judging.plan.decisive_digest", lambda *arguments: "before the fix")
        assert grade(capsys)[0] == 0
    assert points(here) == {"ana": 5, "bo": 5}
    return here


def harmless(case):
    return dataclasses.replace(case, inputs={**case.inputs, "factor": 1.0})


def grade(capsys, *options):
    return run(capsys, "grade", "toy", "--workers", "1", *options)


def points(course):
    students = Results.from_json(json.loads(course.results("toy").read_text())).students
    return {student: entry.points for student, entry in students.items()}


def written(course):
    """Every file that a grade is written to."""
    files = [course.gradebook, course.results("toy"), course.state_dir("toy") / "journal.jsonl"]
    return {path: path.read_bytes() for path in [*files, *course.autograded.rglob("*.ipynb")]}


def test_a_case_mended_after_grading_is_shown_asked_and_written(capsys, graded, monkeypatch):
    before = written(graded)
    code, out, _ = grade(capsys, "--regrade", "--diff")
    assert code == 1
    assert out.splitlines()[:2] == ["bo: 5 → 2 points (-3)", "  scale: 3 passed → 0 failed"]
    assert "the same command with --yes" in out
    assert written(graded) == before

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    code, out, _ = grade(capsys, "--regrade", "--diff")
    assert code == 1 and "nothing was written" in out
    assert written(graded) == before

    code, out, _ = grade(capsys, "--regrade", "--diff", "--yes")
    assert code == 0 and "bo: 5 → 2 points (-3)" in out
    assert points(graded) == {"ana": 5, "bo": 2}
    assert written(graded) != before


def test_who_is_run_again_can_be_chosen(capsys, graded):
    hand_in(graded, "cy", release(graded, "toy").notebook)
    assert grade(capsys, "--changed")[0] == 0
    assert points(graded) == {"ana": 5, "bo": 5, "cy": 0}, "the mended case concerns no unchanged submission"
    assert grade(capsys, "--only", "ana", "cy")[0] == 0
    assert points(graded)["bo"] == 5, "who is not named keeps the last grade"
    assert grade(capsys, "--only", "bo")[0] == 0
    assert points(graded) == {"ana": 5, "bo": 2, "cy": 0}
    code, _, err = grade(capsys, "--only", "\x1b[2Jdee")
    assert code == 2 and err == "autograder grade: there is no submission of �[2Jdee\n"


def test_a_limit_reaches_the_submission(capsys, graded):
    assert grade(capsys, "--limit", "notebook_bytes=1")[0] == 0
    assert points(graded) == {"ana": 0, "bo": 0}
    code, _, err = grade(capsys, "--limit", "cell_second=5")
    assert code == 2 and "cell_second" in err


def test_an_empty_folder_leaves_the_last_results(capsys, graded):
    before = graded.results("toy").read_bytes()
    (graded.root / "empty").mkdir()
    code, _, err = grade(capsys, "--submitted", "empty", "--results", "mine.json")
    assert code == 2 and "nobody has handed in toy in empty" in err
    assert graded.results("toy").read_bytes() == before
    assert not (graded.root / "mine.json").exists()


NOTHING = {"points": 0, "exercises": {}, "written": {}}
HOSTILE = "\x1b]0;pwned\x07\x1b[2J\x9b31m"


def test_no_name_moves_the_cursor(capsys, here):
    with zipfile.ZipFile(here.root / "all.zip", "w") as archive:
        for path in (f"x/../{HOSTILE}.ipynb", f"{HOSTILE}/toy.ipynb", f"ada/{HOSTILE}.ipynb", "ada/toy.ipynb"):
            archive.writestr(path, "{}")
    code, out, _ = run(capsys, "collect", "toy", "all.zip")
    assert code == 1 and out.count("refused: ") == 2 and out.count("note: ") == 1
    assert out.replace("\n", "").isprintable()
    assert Changes((), {HOSTILE: (1, 2)}, {f"{HOSTILE}\nbo": 3}).to_text().replace("\n", "", 1).isprintable()


def test_csv_on_screen_is_plain_and_in_a_file_complete(capsys, here, monkeypatch):
    results = {"problem_set": "toy", "students": {HOSTILE: NOTHING}}
    (here.root / "results.json").write_text(json.dumps(results))
    assert HOSTILE in run(capsys, "export", "toy", "--results", "results.json")[1]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, _ = run(capsys, "export", "toy", "--results", "results.json")
    assert code == 0 and out.replace("\n", "").isprintable()


def test_a_name_in_no_encoding_does_not_end_the_output(here, monkeypatch):
    results = {"problem_set": "toy", "students": {"caf\udce9": NOTHING, "zoe": NOTHING}}
    (here.root / "results.json").write_text(json.dumps(results))
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(["report", "toy", "--results", "results.json", "--json"]) == 0
    screen.flush()
    students = json.loads(screen.buffer.getvalue())["students"]
    assert [student["student"] for student in students] == ["caf\udce9", "zoe"]


def test_what_nobody_foresaw_is_one_line_unless_asked_for_more(capsys, here, monkeypatch):
    def stumble(options):
        raise KeyError("points")

    monkeypatch.setattr(commands, "doctor", stumble)
    monkeypatch.delenv("AUTOGRADER_DEBUG", raising=False)
    code, _, err = run(capsys, "doctor")
    assert code == 2 and err.count("\n") == 1
    assert "did not foresee: KeyError: 'points'; set AUTOGRADER_DEBUG=1" in err
    monkeypatch.setenv("AUTOGRADER_DEBUG", "1")
    assert "Traceback" in run(capsys, "doctor")[2]


@pytest.mark.parametrize("arguments", [["doctor"], ["--course", ".", "release"]])
def test_a_working_folder_that_is_gone_is_said(capsys, monkeypatch, tmp_path, arguments):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    code, _, err = run(capsys, *arguments)
    assert code == 2 and "is gone" in err and err.count("\n") == 1
