"""Whatever happens to a batch, and at whatever moment: run again, and all is as if nothing had happened."""

import contextlib
import errno
import os
import random
import select
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import commands
from autograder.authoring.release import release, to_text
from autograder.cli import main
from autograder.course import Course
from autograder.files import json_text
from autograder.grading import batch
from autograder.grading.recording import gradebook, ledger, submissions
from autograder.grading.recording.errors import GradebookError
from autograder.grading.recording.gradebook import GradebookWriter
from autograder.grading.recording.journal import Journal
from autograder.grading.request import GradingRequest
from autograder.grading.running.workers import Child, Worker
from autograder.worker import linux
from tests.autograder.common import answered, gradebook_rows, hand_in

STUDENTS = 5
PATIENCE = 240
"""Seconds for what takes one, on a machine that does a lot besides."""
FORGET = ("gradebook.db", "gradebook.db-journal", "autograded", ".autograder/toy/journal.jsonl")
"""What a batch writes, apart from the hidden cases."""


@pytest.fixture
def course(class_of_five):
    return class_of_five


@pytest.fixture
def grade(course, warm):
    """Run a batch."""
    return lambda **options: (
        batch.grade(GradingRequest(course, "toy", progress=False, **{"workers": 1, **options}), warm).results
    )


@pytest.fixture
def undisturbed(course, grade):
    """All that a batch leaves behind when nothing happens; then forgotten, so that another can be disturbed."""
    expected = picture(course, grade())
    forget(course)
    return expected


def forget(course):
    for name in FORGET:
        path = course.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def picture(course, results):
    """The results as a file, the gradebook's rows, and the executed notebooks."""
    grades = gradebook_rows(course, "grade", "auto_score", "manual_score", "needs_manual_grade")
    comments = gradebook_rows(course, "comment", "auto_comment", "manual_comment")
    notebooks = {str(path.relative_to(course.root)): path.read_bytes() for path in course.autograded.rglob("toy.ipynb")}
    return json_text(results.to_json()), grades, comments, notebooks


def apart(action):
    """Do something in a process of its own; its exit code, negative where a signal ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    return exit_code(pid)


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def doing(place, name, number, *, before=None, after=None):
    """Make the number-th call of a function do something before, or after, what it does."""
    real, calls = getattr(place, name), []

    def call(*arguments, **options):
        calls.append(name)
        if len(calls) == number and before is not None:
            before(*arguments, **options)
        result = real(*arguments, **options)
        if len(calls) == number and after is not None:
            after(*arguments, **options)
        return result

    setattr(place, name, call)


def half_a_line(journal, entry):
    """Write the first half of a journal's line, and die."""
    with open(journal._path, "ab") as file:
        file.write(json_text(entry.to_json()).replace("\n", "").encode()[:100])
    die()


KILLS = {
    "before the gradebook is made": (os, "replace", 1, {"before": die}),
    "before the problem set is registered": (GradebookWriter, "register", 1, {"before": die}),
    "while the problem set is registered": (Gradebook, "update_or_create_source_cell", 3, {"before": die}),
    "after the problem set is registered": (GradebookWriter, "register", 1, {"after": die}),
    "before a notebook is written": (ledger, "write_whole", 2, {"before": die}),
    "with a notebook written and not renamed": (os, "replace", 3, {"before": die}),
    "between notebook and journal": (ledger, "write_whole", 3, {"after": die}),
    "in the middle of a journal's line": (Journal, "append", 2, {"before": half_a_line}),
    "between journal and gradebook": (Journal, "append", 3, {"after": die}),
    "in the gradebook's transaction": (gradebook, "_write", 4, {"after": die}),
    "before the gradebook's transaction ends": (gradebook, "_write", STUDENTS, {"after": die}),
    "after the gradebook is written": (GradebookWriter, "write", 1, {"after": die}),
}


@pytest.mark.parametrize("moment", KILLS)
def test_a_batch_that_is_killed_goes_on(course, grade, undisturbed, monkeypatch, moment):
    place, name, number, what = KILLS[moment]

    def disturbed():
        doing(place, name, number, **what)
        grade()

    assert apart(disturbed) == -signal.SIGKILL
    graded_before = set(Journal(course.state_dir("toy") / "journal.jsonl").read())
    again = []
    monkeypatch.setattr(submissions, "grade_intake", _counting(submissions.grade_intake, again))
    assert picture(course, grade()) == undisturbed
    assert len(again) <= STUDENTS - len(graded_before - {"dee", "eve"})
    assert picture(course, grade()) == undisturbed


def _counting(real, calls):
    def grade_intake(worker, plan, intake):
        calls.append(intake.sha256)
        return real(worker, plan, intake)

    return grade_intake


@pytest.mark.slow
def test_a_batch_that_is_killed_again_and_again_ends_as_if_it_had_not_been(course, grade, undisturbed):
    chance = random.Random(0)
    started = time.monotonic()
    grade()
    usual = time.monotonic() - started
    for _ in range(10):
        forget(course)
        for _ in range(4):
            with contextlib.suppress(ProcessLookupError):
                pid = os.fork()
                if pid == 0:
                    grade(workers=2)
                    os._exit(0)
                time.sleep(chance.uniform(0, usual))
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        assert picture(course, grade()) == undisturbed


def test_a_crash_does_not_hide_that_a_graded_answer_was_replaced(course, grade):
    grade()
    by_hand(course, "ana", "why", 3)
    hand_in(course, "ana", to_text(release(course, "toy").solved).replace("linear", "additive"))

    def disturbed():
        doing(Journal, "append", 1, after=die)
        grade()

    assert apart(disturbed) == -signal.SIGKILL
    grade()
    with Gradebook(course.gradebook_url) as book:
        assert book.find_grade("why", "toy", "toy", "ana").needs_manual_grade
        assert book.find_grade("why", "toy", "toy", "ana").manual_score == 3
    by_hand(course, "ana", "why", 2)
    grade(regrade=True)
    with Gradebook(course.gradebook_url) as book:
        assert not book.find_grade("why", "toy", "toy", "ana").needs_manual_grade


def by_hand(course, student, cell, points):
    with Gradebook(course.gradebook_url) as book:
        found = book.find_grade(cell, "toy", "toy", student)
        found.manual_score, found.needs_manual_grade = points, False
        book.db.commit()


def test_a_grade_by_hand_is_to_be_looked_at_where_the_score_below_it_moves(course, grade):
    grade()
    by_hand(course, "bo ü", "check_scale", 1)
    by_hand(course, "bo ü", "why", 2)
    hand_in(course, "bo ü", release(course, "toy").solved)
    assert grade(regrade=True).students["bo ü"].points == 5
    with Gradebook(course.gradebook_url) as book:
        assert book.find_grade("check_scale", "toy", "toy", "bo ü").needs_manual_grade
        assert book.find_submission("toy", "bo ü").score == 1 + 2 + 2


def test_one_students_grade_brings_those_along_that_an_earlier_batch_left_behind(course, grade, undisturbed):
    def disturbed():
        doing(GradebookWriter, "write", 1, before=die)
        grade()

    assert apart(disturbed) == -signal.SIGKILL
    assert picture(course, grade(only=["ana"])) == undisturbed


def test_a_notebook_that_is_not_as_it_was_written_is_made_anew(course, grade, undisturbed):
    grade()
    place = course.autograded / "ana" / "toy" / "toy.ipynb"
    for content in (b"", place.read_bytes()[:500], None):
        place.unlink() if content is None else place.write_bytes(content)
        assert picture(course, grade()) == undisturbed


def test_hidden_cases_that_were_cut_short_are_solved_again(course, grade, undisturbed):
    for path in course.state_dir("toy").glob("hidden_cases_*"):
        path.write_bytes(path.read_bytes()[:200])
    assert picture(course, grade()) == undisturbed


VICTIMS = ("child", "worker")


def kill_at(monkeypatch, victim, number, warm):
    """Kill a process before the number-th thing that the judge asks a child."""
    started, order = threading.local(), Worker._order  # each of the judge's threads has a child of its own

    def noting(self, content, *descriptors, **options):
        frame = order(self, content, *descriptors, **options)
        if "start" in content:
            started.pid = frame.content["started"]
        return frame

    def kill(*_, **__):
        if victim == "all":
            warm.kill()
            return
        status = Path(f"/proc/{started.pid}/stat").read_text()
        pid = started.pid if victim == "child" else int(status.rpartition(")")[2].split()[1])
        os.kill(pid, signal.SIGKILL)

    monkeypatch.setattr(Worker, "_order", noting)
    monkeypatch.setattr(Child, "request", Child.request)  # so that it is put back
    doing(Child, "request", number, before=kill)


@pytest.mark.parametrize(("victim", "number"), [*((v, n) for v in VICTIMS for n in (1, 3, 8, 14)), ("all", 9)])
def test_a_process_that_is_killed_costs_its_submission_nothing(
    course, grade, undisturbed, warm, monkeypatch, victim, number
):
    kill_at(monkeypatch, victim, number, warm)
    assert picture(course, grade()) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_process_that_is_killed_at_any_request_costs_nothing(course, grade, undisturbed, warm, monkeypatch, victim):
    for number in range(1, 31):
        forget(course)
        with monkeypatch.context() as patch:
            kill_at(patch, victim, number, warm)
            assert picture(course, grade()) == undisturbed, f"killed at request {number}"


def test_a_gradebook_that_is_held_for_a_while_is_waited_for(course, grade, undisturbed):
    grade()
    holder = sqlite3.connect(course.gradebook, check_same_thread=False)
    holder.execute("begin exclusive")
    threading.Timer(1.0, holder.rollback).start()
    assert picture(course, grade(regrade=True)) == undisturbed
    holder.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_gradebook_that_is_held_for_good_is_named(course, grade, undisturbed, monkeypatch, moment):
    """Held before the batch starts, or from the moment on that it is registered: then the submissions are graded."""
    monkeypatch.setattr(gradebook, "LOCK_SECONDS", 0.2)
    gradebook.create(course.gradebook)
    holder = sqlite3.connect(course.gradebook)
    with monkeypatch.context() as patch:
        patch.setattr(GradebookWriter, "register", GradebookWriter.register)
        doing(GradebookWriter, "register", 1, **{moment: lambda *_: holder.execute("begin exclusive")})
        with pytest.raises(GradebookError, match=r"another program holds .*gradebook.db.* run again"):
            grade()
    holder.close()
    kept = Journal(course.state_dir("toy") / "journal.jsonl").read()
    assert len(kept) == (STUDENTS if moment == "after" else 0)
    assert picture(course, grade()) == undisturbed


@pytest.mark.parametrize("damage", ["garbage", "cut", "another"])
def test_a_damaged_gradebook_is_named_and_comes_back_from_the_journal(course, grade, undisturbed, monkeypatch, damage):
    grade()
    whole = course.gradebook.read_bytes()
    if damage == "another":
        course.gradebook.unlink()
        with contextlib.closing(sqlite3.connect(course.gradebook)) as connection:
            connection.execute("create table grade (colour text)")
    else:
        course.gradebook.write_bytes(b"no database" * 1000 if damage == "garbage" else whole[:6000])
    with pytest.raises(GradebookError, match=r"gradebook.db is damaged.* move it away and run again"):
        grade()
    course.gradebook.unlink()
    course.gradebook.with_name("gradebook.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 of the old one")
    monkeypatch.setattr(submissions, "grade_intake", _counting(submissions.grade_intake, again := []))
    assert picture(course, grade()) == undisturbed
    assert len(again) == 2  # those that could not be read are always looked at again


def test_an_empty_gradebook_is_filled(course, grade, undisturbed):
    course.gradebook.touch()
    assert picture(course, grade()) == undisturbed


def test_two_batches_do_not_meet(course, grade, undisturbed):
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        with batch._only_batch(course.state_dir("toy")):
            os.write(theirs, b"!")
            time.sleep(60)
        os._exit(0)
    os.read(ours, 1)
    with pytest.raises(ValueError, match="another batch is grading toy"):
        grade()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert picture(course, grade()) == undisturbed


@pytest.mark.parametrize("number", range(1, 8))
def test_a_write_that_fails_for_want_of_room_loses_nothing(course, grade, undisturbed, monkeypatch, number):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", os.fsync)
        doing(os, "fsync", number, before=no_room)
        with pytest.raises(OSError, match="No space left"):
            grade()
    assert not list(course.root.rglob(".*.ipynb.*"))
    assert picture(course, grade()) == undisturbed


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 4 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    try:
        linux.mount("tmpfs", str(place), "tmpfs", options="size=4m")
    except OSError as error:
        pytest.skip(f"this user may not mount a file system: {error}")
    yield place
    linux.unmount(str(place))


def test_a_disk_that_fills_up_at_any_point_loses_nothing(course, warm, undisturbed, small_disk, tmp_path):
    """Room for so many pages of 4 KiB, until a batch fits: with a gradebook to be made, and with one that is there."""
    for name in ("submitted", "solutions", "assignments", ".autograder"):
        shutil.copytree(course.root / name, small_disk / name)
    small = Course(small_disk)
    batch.grade(GradingRequest(small, "toy", progress=False), warm)
    shutil.move(small.gradebook, tmp_path / "made.db")
    ballast, failed = small_disk / "ballast", set()
    for made, pages in [*((False, n) for n in (0, 40, 62, 80)), *((True, n) for n in (0, 1, 2, 3, 4, 5, 7, 9, 12))]:
        forget(small)
        if made:
            shutil.copy(tmp_path / "made.db", small.gradebook)
        with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                continue
        os.truncate(ballast, max(0, ballast.stat().st_size - 4096 * pages))
        try:
            batch.grade(GradingRequest(small, "toy", workers=1, progress=False), warm)
        except (OSError, GradebookError) as error:
            assert "No space left on device: '" in str(error) or "make room" in str(error)
            failed.add((type(error), len(Journal(small.state_dir("toy") / "journal.jsonl").read())))
        ballast.unlink()
        assert (
            picture(small, batch.grade(GradingRequest(small, "toy", workers=1, progress=False), warm).results)
            == undisturbed
        )
    assert len(failed) > 3, "the disk has to fill up at different points"


def test_the_command_says_what_to_do_when_the_disk_is_full(course, monkeypatch, capsys):
    def full(options):
        raise OSError(errno.ENOSPC, "No space left on device", "autograded/ana")

    monkeypatch.setattr(commands, "grade", full)
    assert main(["--course", str(course.root), "grade", "toy"]) == 2
    assert "'autograded/ana'. What is done is kept: make room and run the command again" in capsys.readouterr().err


HOURS = ("--limit", "cell_seconds=7200", "--limit", "total_seconds=7200")
SLOW = [pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGINT, signal.SIGHUP)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, *SLOW])
def test_a_batch_that_is_stopped_ends_at_once_with_all_that_it_started(course, grade, tmp_path, number, strongest):
    """Stopped while a submission sleeps for an hour, as it may. The process and its sandbox are real ones."""
    hand_in(course, "zed", answered(release(course, "toy").solved, scale="import time\ntime.sleep(3600)"))
    folder = tmp_path / "temporary"
    folder.mkdir()
    pid = os.fork()
    if pid == 0:
        tempfile.tempdir = str(folder)
        with open(folder / "said", "w", buffering=1) as sys.stdout, contextlib.redirect_stderr(sys.stdout):
            options = ("--workers", "1", "--sandbox", strongest, *HOURS)
            code = main(["--course", str(course.root), "grade", "toy", *options])
        os._exit(code)
    journal = Journal(course.state_dir("toy") / "journal.jsonl")
    wait_until(lambda: len(journal.read()) == STUDENTS)
    wait_until(lambda: len(processes_of(folder)) >= 3)
    os.kill(pid, number)
    code = exit_code(pid)
    wait_until(lambda: not processes_of(folder))
    if number == signal.SIGKILL:
        assert code == -number
    else:
        assert code == 128 + number
        assert "what was graded is kept, run the command again to go on" in (folder / "said").read_text()
        assert [path.name for path in folder.iterdir()] == ["said"]
    shutil.rmtree(course.submitted / "zed")
    assert {student: entry.points for student, entry in grade().students.items()} == {
        "ana": 5, "bo ü": 2, "cy": 0, "dee": 0, "eve": 0
    }  # fmt: skip


def exit_code(pid):
    watch = os.pidfd_open(pid)
    assert select.select([watch], [], [], PATIENCE)[0], f"still running after {PATIENCE} seconds"
    os.close(watch)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def processes_of(folder):
    """The processes that were started with something in this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in place.read_bytes():
                found.append(place.parent.name)
    return found


def wait_until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"still not so after {PATIENCE} seconds"
        time.sleep(0.05)
