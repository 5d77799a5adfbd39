"""nbgrader's own commands, graded by us: `nbgrader autograde` and the formgrader's button give the grades of `grade`.

nbgrader's converter opens and copies what students hand in before any preprocessor of ours could look at it: a link is
followed, and one copied cell or unreadable timestamp ends the batch for everybody. So `nbgrader_config.py` puts a
converter in its place that leaves the submissions to `autograder.grading.batch`.
"""

import glob
import sys
from pathlib import Path
from typing import Any, NoReturn

import nbgrader.converters
from nbformat import NotebookNode
from nbgrader.apps import api, autogradeapp
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor
from traitlets import Dict, Enum

from autograder.course import Course
from autograder.files import json_text, write_whole
from autograder.grading.recording.gradebook import student_key
from autograder.grading.recording.lateness import assign_penalties
from autograder.grading.recording.record import Grade
from autograder.grading.running import sandboxes
from autograder.grading.settings import limits_of


def install() -> None:
    """Let nbgrader's command line and its formgrader grade by `ConfinedAutograde`."""
    for module in (nbgrader.converters, api, autogradeapp):
        module.Autograde = ConfinedAutograde


class ConfinedAutograde(Autograde):  # type: ignore[misc]  # nbgrader has no types
    """Grades as `autograder grade` does: same sandbox, same hidden cases, same journal, same gradebook.

    nbgrader's `--force` grades again what is graded already. What nbgrader's plugin takes off late submissions,
    `autograder grade` takes off, too; and report, feedback and export find the results that this leaves.
    """

    sandbox = Enum(sandboxes.CHOICES, sandboxes.AUTO, help="the sandbox; auto is the strongest that works here").tag(
        config=True
    )
    limits = Dict(help="limits of a submission by name, such as {'cell_seconds': 60}").tag(config=True)

    def start(self) -> None:
        """Grade the submissions that nbgrader was asked for.

        Raises:
            NbGraderException: nothing could be graded; the log says in plain words why and what to do.
        """
        from autograder.grading.batch import grade  # brings PyTorch, which JupyterLab's start need not wait for
        from autograder.grading.request import GradingRequest

        directory = self.coursedir
        course, name = Course(Path(directory.root)), directory.assignment_id
        try:
            students = self._students()
            request = GradingRequest(
                course,
                name,
                Path(directory.format_path(directory.submitted_directory, "student", name)).parents[1],
                only=students,
                regrade=self.force,
                limits=limits_of(course, name, self.limits),
                sandbox=self.sandbox,
                progress=sys.stderr.isatty(),
            )
            results = grade(request).results
            write_whole(course.results(name), json_text(results.to_json()))
            for student in students:
                self._tell(student, results.students[student])
            assign = AssignLatePenalties(parent=self)
            assign_penalties(assign, directory.db_url, name, list(map(student_key, students)))
        except (ValueError, OSError, RuntimeError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from None

    def _students(self) -> list[str]:
        """Those whose submission nbgrader was asked for, by name or by pattern."""
        directory = self.coursedir
        wanted = self._format_source(directory.assignment_id, directory.student_id)
        folders = [wanted] if Path(wanted).is_dir() else glob.glob(wanted)
        excluded = directory.student_id_exclude.split(",")
        students = sorted({Path(folder).parent.name for folder in folders} - set(excluded))
        if not students:
            raise ValueError(f"nobody has handed in {directory.assignment_id}: there is no {wanted}")
        return students

    def _tell(self, student: str, grade: Grade) -> None:
        self.log.info("%s: %g of %g points, sandbox: %s", student, grade.points, grade.max_points, grade.sandbox or "-")
        for note in grade.notes:
            self.log.warning("%s: %s", student, note)


class NeverUnconfined(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """In place of nbgrader's Execute: if its own converter ever ran after all, no submission would be executed."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> NoReturn:
        """Refuse.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "nbgrader_config.py has not put the confined converter in nbgrader's place, and a submission is not run "
            "without it; grade with: autograder grade NAME"
        )
