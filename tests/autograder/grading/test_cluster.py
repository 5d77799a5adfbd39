"""A Dask cluster gives the results of one machine, even where one of its workers is killed in the middle."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from autograder.authoring.notebook import grade_id
from autograder.authoring.release import release
from autograder.grading import batch
from autograder.grading.recording.journal import Journal
from autograder.grading.request import GradingRequest
from tests.autograder.common import answered, hand_in

pytest.importorskip("distributed")
cluster = pytest.importorskip("autograder.grading.cluster")

ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE": "false"}
PATIENCE = 240
"""Seconds for what takes a few, on a machine that does a lot besides."""


@pytest.fixture
def course(toy_course):
    """Ten students; their cells take a moment, so that there is a middle of the batch."""
    built = release(toy_course, "toy")
    scale = next(cell.source for cell in built.solved.cells if grade_id(cell) == "scale")
    for number in range(10):
        sources = {} if number == 4 else {"scale": f"{scale}\nimport time\ntime.sleep(0.3)"}
        if number % 3 == 1:
            sources["total"] = "def total(x):\n    return x.mean(-1)"
        hand_in(toy_course, f"student {number}", answered(built.notebook if number == 4 else built.solved, **sources))
    hand_in(toy_course, "zoë", "")
    return toy_course


@contextlib.contextmanager
def dask(what, *arguments):
    """A scheduler or worker of Dask, as a process of its own."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *map(str, arguments)]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def scheduler(tmp_path):
    """The address of a scheduler on loopback."""
    file = tmp_path / "scheduler.json"
    with dask("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", file):
        end = time.monotonic() + PATIENCE
        while not file.exists() or not file.read_text():
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"]


def worker(scheduler):
    return dask("worker", scheduler, "--host", "127.0.0.1", "--nthreads", 1, "--no-nanny")


def wait_for(scheduler, workers):
    with cluster.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=PATIENCE)


def read(course):
    """All that a batch leaves behind: executed notebooks by student."""
    return {path.parent.parent.name: path.read_text() for path in course.autograded.glob("*/toy/toy.ipynb")}


def test_a_worker_that_is_killed_changes_nothing(course, scheduler, strongest, monkeypatch):
    with worker(scheduler), worker(scheduler) as second:
        here = batch.grade(GradingRequest(course, "toy", sandbox=strongest, progress=False)).results
        notebooks = read(course)
        (course.state_dir("toy") / "journal.jsonl").unlink()
        wait_for(scheduler, 2)
        append, graded = Journal.append, []

        def append_and_kill(journal, record):
            append(journal, record)
            graded.append(record.student)
            if len(graded) == 3:
                second.kill()  # SIGKILL

        monkeypatch.setattr(Journal, "append", append_and_kill)
        there = batch.grade(
            GradingRequest(course, "toy", sandbox=strongest, scheduler=scheduler, progress=False)
        ).results
        assert second.wait(PATIENCE) == -signal.SIGKILL
        assert there == here
        assert read(course) == notebooks
        assert sorted(graded) == sorted(here.students)
        graded.clear()
        assert batch.grade(GradingRequest(course, "toy", scheduler=scheduler, progress=False)).results == here
        assert graded == []  # what could not be read was tried again and came out the same
    assert {entry.sandbox for entry in here.students.values()} == {strongest, ""}


def test_a_cluster_without_workers_is_named(course, scheduler):
    with pytest.raises(RuntimeError, match="has no workers"):
        batch.grade(GradingRequest(course, "toy", scheduler=scheduler, progress=False))


def test_a_scheduler_that_is_not_there_is_named(course, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(OSError, match=r"127\.0\.0\.1:9"):
        batch.grade(GradingRequest(course, "toy", scheduler="tcp://127.0.0.1:9", progress=False))


def test_another_version_of_the_kit_does_not_grade(course, monkeypatch):
    marker = cluster.Marker(batch.prepare(course, "toy"), "none", [])
    monkeypatch.setattr(cluster, "decisive_digest", lambda *arguments: "another")
    with pytest.raises(RuntimeError, match="same version"):
        marker.setup(None)
