"""The one writer into nbgrader's gradebook.db: a valid nbgrader database, many submissions in one transaction."""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import nbgrader.api as nbgrader
from alembic.script import ScriptDirectory
from nbformat import NotebookNode
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import SaveCells
from sqlalchemy import BindParameter, Connection, Row, Table, bindparam, create_engine, inspect, select, text
from sqlalchemy.exc import DatabaseError, NoResultFound

from autograder.files import close_to_others, owners_opener
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.errors import GradebookError
from autograder.grading.recording.record import Record, WrittenStatus
from autograder.roster import Person

CHECK = "check_"
LOCK_SECONDS = 60
SIDE_FILES = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database."""


class GradebookWriter:
    """Writes the grades of one problem set; close it.

    Args:
        path: of gradebook.db; made where it is missing.
        name: of the problem set.
    """

    def __init__(self, path: Path, name: str):
        self._path, self._name = path, name
        self._url = f"sqlite:///{path}?timeout={LOCK_SECONDS}"  # for nbgrader's connections too
        self._engine = create_engine(self._url)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def register(self, skeleton: NotebookNode) -> None:
        """Tell the gradebook of the problem set's cells and points, by nbgrader's own code.

        Raises:
            GradebookError: cells were added or removed after submissions were graded, or the database is damaged, full
                or held by another program.
        """
        resources = {"nbgrader": {"notebook": self._name, "assignment": self._name, "db_url": self._url}}
        try:
            with explained(self._path):
                create(self._path)
                close_database(self._path)
                with nbgrader.Gradebook(self._url) as gradebook:
                    gradebook.update_or_create_assignment(self._name)
                SaveCells(log=logging.getLogger("autograder")).preprocess(skeleton, resources)
        except GradebookError:
            raise
        except RuntimeError as error:
            raise GradebookError(
                f"the gradebook knows other cells of {self._name}: {error}. To grade by the new release, "
                f"remove the old submissions first: nbgrader db assignment remove {self._name} --force"
            ) from None

    def write(self, records: Iterable[tuple[Record, bool]]) -> None:
        """Store the grades of submissions, all or none; what a person graded or wrote stays.

        Args:
            records: each with whether the gradebook may hold the grade of another submission of that student.
        Raises:
            GradebookError: the database is damaged, full or held by another program.
        """
        close_database(self._path)
        with explained(self._path), self._engine.begin() as connection:
            cells = _Cells(connection, self._name)
            for record, resubmitted in records:
                _write(connection, cells, record, resubmitted)

    def enrol(self, people: Iterable[Person]) -> None:
        """Name the students of the course, also those who handed nothing in: nbgrader lists them, without a score.

        Args:
            people: what is not known of one stays in the gradebook as it is.
        Raises:
            GradebookError: the database is damaged, full or held by another program.
        """
        table = nbgrader.Student.__table__
        with explained(self._path), self._engine.begin() as connection:
            for person in people:
                student = student_key(person.student)
                _find_or_add(connection, table, {"id": student})
                first, last = person.first_and_last
                values = {"first_name": first, "last_name": last} if person.name else {}
                values |= {"email": person.email} if person.email else {}
                if values:
                    connection.execute(table.update().where(table.c.id == student).values(**values))

    def withdraw(self, students: Iterable[str]) -> None:
        """Forget submissions that there never were, as an older grader entered them for whoever handed nothing in.

        Args:
            students: whose; where a person graded or wrote something, it stays.
        Raises:
            GradebookError: the database is damaged, full or held by another program.
        """
        with explained(self._path), nbgrader.Gradebook(self._url) as gradebook:
            for student in map(student_key, students):
                with contextlib.suppress(nbgrader.MissingEntry):
                    notebooks = gradebook.find_submission(self._name, student).notebooks
                    grades = [grade.manual_score for notebook in notebooks for grade in notebook.grades]
                    comments = [comment.manual_comment for notebook in notebooks for comment in notebook.comments]
                    if all(by_hand is None for by_hand in [*grades, *comments]):
                        gradebook.remove_submission(self._name, student)


def create(path: Path) -> None:
    """Make an empty gradebook, whole or not at all: nbgrader leaves half of one where alembic is missing."""
    if path.exists() and path.stat().st_size > 0:
        return
    for side in SIDE_FILES:  # of a database that is gone: SQLite would mix it into the new one
        path.with_name(path.name + side).unlink(missing_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):  # SQLite says what is wrong with it
        os.close(owners_opener(str(draft), os.O_CREAT | os.O_TRUNC | os.O_WRONLY))
    engine = create_engine(f"sqlite:///{draft}")
    try:
        nbgrader.Base.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
            connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})
            connection.execute(nbgrader.Course.__table__.insert().values(id="default_course"))
        assert inspect(engine).has_table("grade")
        engine.dispose()
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def close_database(path: Path) -> None:
    """Let nobody but its owner read a gradebook, or what SQLite keeps beside it: new ones get the gradebook's mode."""
    for name in (path.name, *(path.name + side for side in SIDE_FILES)):
        close_to_others(path.with_name(name))


def student_key(student: str) -> str:
    """What the gradebook calls a student: the folder's name, but bytes that are no text are written out."""
    return student.encode("utf-8", "backslashreplace").decode()


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say of a database that refuses why, and what to do.

    Raises:
        GradebookError: it is damaged, full or held by another program.
    """
    try:
        yield
    except (DatabaseError, NoResultFound, nbgrader.InvalidEntry) as error:
        reason = str(getattr(error, "orig", error))
        kept = "what was graded is kept in the journal"
        if "locked" in reason:
            advice = f"another program holds {path} ({reason}): close it and run again; {kept}"
        elif any(word in reason for word in ("full", "disk I/O", "readonly", "unable to open")):
            advice = f"{path} cannot be written ({reason}): make room, or make it writable, and run again; {kept}"
        else:
            advice = (
                f"{path} is damaged, or not a gradebook of this nbgrader ({reason}). Put back a copy of it; or move it "
                "away and run again: automatic grades come back from the journal, points and comments that a person "
                "entered do not"
            )
        raise GradebookError(advice) from None


class _Cells:
    """The database's ids of a problem set's notebook and cells."""

    def __init__(self, connection: Connection, name: str):
        assignment, notebook = nbgrader.Assignment.__table__, nbgrader.Notebook.__table__
        self.assignment = connection.execute(select(assignment.c.id).where(assignment.c.name == name)).scalar_one()
        belongs = (notebook.c.name == name) & (notebook.c.assignment_id == self.assignment)
        self.notebook = connection.execute(select(notebook.c.id).where(belongs)).scalar_one()
        base = nbgrader.BaseCell.__table__
        rows = connection.execute(
            select(base.c.name, base.c.type, base.c.id).where(base.c.notebook_id == self.notebook)
        )
        named = [tuple(row) for row in rows]
        self.graded = {name: cell for name, kind, cell in named if kind == "GradeCell"}
        self.solutions = {name: cell for name, kind, cell in named if kind == "SolutionCell"}


def _write(connection: Connection, cells: _Cells, record: Record, resubmitted: bool) -> None:
    student = student_key(record.student)
    _find_or_add(connection, nbgrader.Student.__table__, {"id": student})
    submission = _find_or_add(
        connection, nbgrader.SubmittedAssignment.__table__, {"assignment_id": cells.assignment, "student_id": student}
    )
    if record.timestamp is not None:
        table = nbgrader.SubmittedAssignment.__table__
        stamp = datetime.fromisoformat(record.timestamp)
        connection.execute(table.update().where(table.c.id == submission).values(timestamp=stamp))
    notebook = _find_or_add(
        connection,
        nbgrader.SubmittedNotebook.__table__,
        {"notebook_id": cells.notebook, "assignment_id": submission},
        {"flagged": False},
    )
    scores = {cell: _score(name, record) for name, cell in cells.graded.items()}
    _write_grades(connection, notebook, scores, resubmitted)
    comments = {cell: "No response." if name in record.unchanged else None for name, cell in cells.solutions.items()}
    _write_comments(connection, notebook, comments)


def _score(name: str, record: Record) -> tuple[float | None, bool]:
    """The automatic score of a graded cell, and whether a person has to grade it."""
    exercise = record.exercises.get(name.removeprefix(CHECK))
    if exercise is not None:
        return exercise.points if exercise.status.earns_points else 0.0, exercise.status is Status.NEEDS_REVIEW
    written = record.written.get(name)
    if written is not None and written.status is WrittenStatus.NOT_ATTEMPTED:
        return 0.0, False
    return None, True


def _write_grades(
    connection: Connection, notebook: str, scores: Mapping[str, tuple[float | None, bool]], resubmitted: bool
) -> None:
    """Write a notebook's grades: cell to its automatic score and whether a person has to grade it."""
    table = nbgrader.Grade.__table__
    rows = {row.cell_id: row for row in connection.execute(select(table).where(table.c.notebook_id == notebook))}
    values = {}
    for cell, (score, by_hand) in scores.items():
        before = rows.get(cell)
        if before is not None and before.manual_score is not None:  # a person's: ask again only for something new
            by_hand = before.needs_manual_grade or resubmitted or before.auto_score != score
        values[cell] = {"auto_score": score, "needs_manual_grade": by_hand}
    _write_cells(connection, table, notebook, values, rows)


def _write_comments(connection: Connection, notebook: str, comments: Mapping[str, str | None]) -> None:
    """Write a notebook's automatic comments: cell to its text."""
    table = nbgrader.Comment.__table__
    rows = {row.cell_id: row for row in connection.execute(select(table).where(table.c.notebook_id == notebook))}
    values = {cell: {"auto_comment": text} for cell, text in comments.items()}
    _write_cells(connection, table, notebook, values, rows)


def _write_cells(
    connection: Connection,
    table: Table,
    notebook: str,
    values: Mapping[str, Mapping[str, Any]],
    rows: Mapping[str, Row[Any]],
) -> None:
    """Add the rows of cells that have none yet, and change those that are not as they should be."""
    added = [
        {"id": nbgrader.new_uuid(), "cell_id": cell, "notebook_id": notebook, **wanted}
        for cell, wanted in values.items()
        if cell not in rows
    ]
    changed = [
        {"row": rows[cell].id, **{f"new_{column}": value for column, value in wanted.items()}}
        for cell, wanted in values.items()
        if cell in rows and any(getattr(rows[cell], column) != value for column, value in wanted.items())
    ]
    if added:
        connection.execute(table.insert(), added)
    if changed:
        columns: dict[str, BindParameter[Any]] = {
            column: bindparam(f"new_{column}") for column in next(iter(values.values()))
        }
        connection.execute(table.update().where(table.c.id == bindparam("row")).values(columns), changed)


def _find_or_add(
    connection: Connection, table: Table, key: Mapping[str, Any], new: Mapping[str, Any] | None = None
) -> str:
    """The id of the row with that key, added where there is none."""
    condition = [table.c[column] == value for column, value in key.items()]
    found: str | None = connection.execute(select(table.c.id).where(*condition)).scalar_one_or_none()
    if found is None:
        values = {"id": nbgrader.new_uuid(), **key, **(new or {})}
        connection.execute(table.insert().values(**values))
        found = str(values["id"])
    return found
