"""nbgrader's own commands, graded by us: `nbgrader autograde` and the formgrader's button give the scores of `grade`.

`nbgrader_config.py` puts SandboxedExecute where nbgrader has its Execute. What nbgrader does around it stays.
"""

import atexit
import functools
from pathlib import Path

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Enum

from autograder.course import Course
from autograder.grading import tiers
from autograder.grading.imports import released_imports
from autograder.grading.intake import take_in_student
from autograder.grading.paper import Paper, prepare
from autograder.grading.record import grade_intake
from autograder.grading.settings import limits_of
from autograder.grading.warm import WarmProcess
from autograder.grading.workers import Worker
from autograder.worker.limits import Limits


class SandboxedExecute(NbGraderPreprocessor):
    """Runs a submission in its sandbox, judges it outside, and writes each check cell's output itself.

    It reads the file as it was handed in: what nbgrader made of it on the way here does not count.
    """

    sandbox = Enum(tiers.CHOICES, tiers.AUTO, help="the sandbox; auto is the strongest that works here").tag(
        config=True
    )
    limits = Dict(help="limits of a submission by name, such as {'cell_seconds': 60}").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Replace the notebook by its graded form.

        Raises:
            NoSandbox: this machine gives none; the message says what to do.
        """
        submission = resources["nbgrader"]
        directory = self._course_directory()
        course, name = Course(Path(directory.root)), submission["assignment"]
        paper = self._paper(course, name)
        submitted = Path(directory.format_path(directory.submitted_directory, submission["student"], name)).parents[1]
        intake = take_in_student(submitted, submission["student"], name, paper.skeleton, paper.limits)
        worker = _worker(tiers.choose(self.sandbox), course, name)
        record, executed = grade_intake(worker, paper, intake)
        for note in record["notes"]:
            self.log.warning("%s: %s", submission["student"], note)
        return executed, resources

    def _paper(self, course: Course, name: str) -> Paper:
        released = course.release_notebook(name)
        changed = released.stat().st_mtime_ns if released.is_file() else 0
        return _prepared(course, name, limits_of(course, name, self.limits), changed)

    def _course_directory(self) -> CourseDirectory:
        """The converter's: nbgrader hands it to the exporter's parent, not to a preprocessor."""
        return self.parent.parent.coursedir


@functools.lru_cache(maxsize=1)
def _prepared(course: Course, name: str, limits: Limits, _changed: int) -> Paper:
    return prepare(course, name, limits)


@functools.cache
def _worker(tier: str, course: Course, name: str) -> Worker:
    """One warm worker a problem set, for as long as nbgrader runs."""
    warm = WarmProcess(tier, [course.root], imports=released_imports(course.release_notebook(name)))
    atexit.register(warm.close)
    return Worker(warm)
