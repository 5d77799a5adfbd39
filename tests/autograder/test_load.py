"""A class that is graded beside programs that want all of the machine: everybody keeps what they earned."""

import os
import subprocess
import sys

import pytest

from autograder.authoring.release import release
from autograder.classroom.simulate import simulate
from autograder.grading.batch import grade
from autograder.grading.request import GradingRequest

LOOPS = 16


@pytest.fixture
def busy():
    """Sixteen endless loops, each a session of its own: Linux's automatic groups do not weigh them as one."""
    loops = [
        subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"], start_new_session=True) for _ in range(LOOPS)
    ]
    yield
    assert all(loop.poll() is None for loop in loops), "the machine was not busy all the time"
    for loop in loops:
        loop.kill()
        loop.wait()


@pytest.mark.slow
def test_thirty_submissions_keep_their_true_scores_beside_sixteen_busy_loops(toy_course, strongest, busy):
    """In the default limits."""
    release(toy_course, "toy")
    truth = simulate(toy_course, "toy", 30, seed=12, out=toy_course.submitted)
    results = grade(GradingRequest(toy_course, "toy", workers=2, sandbox=strongest, progress=False)).results
    scores = {student: found.points for student, found in results.students.items()}
    assert scores == {student: deserved["points"] for student, deserved in truth.items()}
    assert os.getloadavg()[0] > LOOPS / 2, "it was hardly busy"
