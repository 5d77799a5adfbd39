"""A worker of the strongest tier that works here, and the toy problem set's solved notebook, handed in with changes."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from autograder.authoring.release import release, to_text
from autograder.grading.intake.submission import from_bytes
from autograder.grading.judging.plan import GradingPlan, prepare
from autograder.grading.recording.submissions import grade_intake
from autograder.grading.running.warm_process import WarmProcess
from autograder.grading.running.workers import Worker
from autograder.worker.limits import Limits
from tests.autograder.common import answered
from tests.autograder.grading.submitting import LIMITS


@pytest.fixture(scope="module")
def worker(strongest):
    with WarmProcess(strongest) as warm, Worker(warm) as worker:
        yield worker


@pytest.fixture
def plan(toy_course) -> GradingPlan:
    release(toy_course, "toy")
    return prepare(toy_course, "toy", LIMITS)


@pytest.fixture
def graded(worker, plan, toy_course):
    """Grade the solved notebook with other sources by grade_id, and cells of the student's own before the first."""
    solved = release(toy_course, "toy").solved

    def grade(*own: str, last: Sequence[str] = (), limits: Limits = LIMITS, **sources: str):
        content = json.loads(to_text(answered(solved, **sources)))
        content["cells"][1:1] = [{"cell_type": "code", "metadata": {}, "source": source} for source in own]
        content["cells"] += [{"cell_type": "code", "metadata": {}, "source": source} for source in last]
        intake = from_bytes(json.dumps(content).encode(), plan.skeleton)
        return grade_intake(worker, replace(plan, limits=limits), intake)

    return grade
