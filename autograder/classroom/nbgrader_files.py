"""What nbgrader's own commands write of students is the instructor's alone, until it is released.

nbgrader makes its files as the umask has it, which on most machines lets every user read them. `nbgrader_config.py`
puts these in nbgrader's place. A course that nbgrader is told to share with a group (`CourseDirectory.groupshared`)
stays as nbgrader makes it.
"""

import contextlib
import functools
import glob
import os
from pathlib import Path
from typing import Any

import nbgrader.api
import nbgrader.converters
from nbgrader.api import Gradebook
from nbgrader.apps import api, generatefeedbackapp
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import notebook_hash
from sqlalchemy import make_url
from traitlets import default

from autograder.files import EVERYBODY, close_to_others, owner_only, owners_opener, write_whole
from autograder.grading.recording.receipts import first_secret
from autograder.handins import SECRET


def install() -> None:
    """Let nbgrader's command line and its formgrader write feedback pages and gradebooks that others cannot read."""
    for module in (nbgrader.converters, api, generatefeedbackapp):
        module.GenerateFeedback = OwnersFeedback
    if not hasattr(Gradebook.__init__, "__wrapped__"):
        Gradebook.__init__ = _closing(Gradebook.__init__)


class OwnersFeedback(GenerateFeedback):
    """nbgrader's pages of the whole notebook."""

    @default("permissions")
    def _permissions_default(self) -> int:
        return 660 if self.coursedir.groupshared else 600

    def start(self) -> None:
        with _closed(self.coursedir):
            super().start()


class OwnersCollect(ExchangeCollect):
    """Copies hand-ins from the exchange, where they may have been readable, to where they are not."""

    def copy_files(self) -> None:
        with _closed(self.coursedir):
            super().copy_files()

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        super().do_copy(src, dest, log)
        if not self.coursedir.groupshared:
            for folder, _, files in os.walk(dest):
                for path in (Path(folder), *(Path(folder, name) for name in files)):
                    close_to_others(path)


class OwnersCsv(CsvExportPlugin):
    """nbgrader's export of all grades."""

    def export(self, gradebook: Gradebook) -> None:
        close_to_others(Path(self.to or "grades.csv"))
        with owner_only():
            super().export(gradebook)


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Puts pages where their students, who are other users, can read them.

    nbgrader's own copies a page's mode with it, and ends for all where one hand-in brought no secret name.
    """

    def copy_files(self) -> None:
        directory = self.coursedir
        name = directory.assignment_id
        places = (directory.feedback_directory, directory.autograded_directory, directory.submitted_directory)
        folders = [Path(directory.format_path(place, "student", name)).parents[1] for place in places]
        for page in map(Path, sorted(glob.glob(os.path.join(self.src_path, "*.html")))):
            student = page.parent.parent.name
            if student in directory.student_id_exclude.split(","):
                continue
            secret = first_secret(folders, student, name)
            if secret is None:
                self.log.error(
                    "%s: no feedback is released, as there is no %s in the submission; nbgrader collect brings it",
                    student,
                    SECRET,
                )
                continue
            public = Path(self.dest_path) / f"{notebook_hash(secret=secret, notebook_id=page.stem)}.html"
            write_whole(public, page.read_bytes(), EVERYBODY).chmod(EVERYBODY)
            self.log.info("%s: feedback released to %s", student, public)


def _closed(directory: CourseDirectory) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext() if directory.groupshared else owner_only()


def _closing(init: Any) -> Any:
    """An initialiser of nbgrader's gradebook whose new SQLite file is its owner's alone."""

    @functools.wraps(init)
    def closing(self: Gradebook, db_url: str, *arguments: Any, **options: Any) -> None:
        url = make_url(db_url)
        if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
            with contextlib.suppress(OSError):  # nbgrader says what is wrong with it
                os.close(owners_opener(url.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        init(self, db_url, *arguments, **options)

    return closing
