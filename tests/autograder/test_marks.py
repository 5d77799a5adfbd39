"""What a person entered in the gradebook is read for every student, and a damaged gradebook is named."""

import contextlib
import sqlite3

import pytest
from sqlalchemy import create_engine

from autograder.classroom.marks import Marks, marks_of, read_marks
from autograder.grading.recording.errors import GradebookError
from autograder.grading.recording.gradebook import create, student_key

CAFE = "caf\udce9"
"""A folder whose name is Latin-1, as an old archive leaves it."""


def without_comments(path):
    create(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("drop table comment")


DAMAGES = {
    "garbage": lambda path: path.write_bytes(b"no database" * 1000),
    "empty": lambda path: path.touch(),
    "without a table": without_comments,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_gradebook_is_named(toy_course, damage):
    DAMAGES[damage](toy_course.gradebook)
    with pytest.raises(GradebookError, match=r"gradebook\.db is damaged.* Put back a copy"):
        read_marks(toy_course, "toy")


def test_the_gradebook_and_its_readers_call_a_student_the_same(toy_course):
    assert student_key("Zoë") == "Zoë"
    marks = {student_key(CAFE): Marks(scores={"why": 4.0})}
    assert marks_of(CAFE, marks).scores == {"why": 4.0}
    assert marks_of("Zoë", marks) == Marks()
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        (found,) = connection.exec_driver_sql("select ?", (student_key(CAFE),)).one()
    assert found == student_key(CAFE)
