"""What nbgrader's exchange puts beside a hand-in goes with it as far as it is what it should be."""

import pytest

from autograder.course import Course
from autograder.grading.recording.ledger import autograded
from autograder.grading.recording.receipts import copy_receipts, first_secret, keep_receipts
from autograder.grading.recording.record import Record
from autograder.handins import SECRET, TIMESTAMP


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path)
    (course.submitted / "ana" / "toy").mkdir(parents=True)
    return course


def keep(course, timestamp="2026-10-01T12:00:00"):
    keep_receipts(course, "toy", course.submitted, {"ana": Record({}, {}, student="ana", timestamp=timestamp)})
    return autograded(course, "toy", "ana").parent


def test_they_lie_beside_the_graded_notebook_and_the_page(course):
    (course.submitted / "ana" / "toy" / SECRET).write_text("known to Ana")
    graded = keep(course)
    assert ((graded / TIMESTAMP).read_text(), (graded / SECRET).read_text()) == ("2026-10-01T12:00:00", "known to Ana")
    assert (graded / SECRET).stat().st_mode & 0o77 == 0
    page = course.feedback / "ana" / "toy"
    copy_receipts(graded, page)
    assert first_secret([course.feedback, course.submitted], "ana", "toy") == "known to Ana"
    assert (page / TIMESTAMP).read_text() == "2026-10-01T12:00:00"


def test_what_is_gone_does_not_stay(course):
    secret = course.submitted / "ana" / "toy" / SECRET
    secret.write_text("of the first hand-in")
    graded = keep(course)
    secret.unlink()
    keep(course, timestamp=None)
    assert list(graded.iterdir()) == []


@pytest.mark.parametrize("content", [b"x" * 5000, b"\xff\xfe"])
def test_what_is_no_secret_is_left(course, content):
    (course.submitted / "ana" / "toy" / SECRET).write_bytes(content)
    assert not (keep(course) / SECRET).exists()


def test_a_link_is_not_followed(course, tmp_path):
    (tmp_path / "seed").write_text("the hidden seed")
    (course.submitted / "ana" / "toy" / SECRET).symlink_to(tmp_path / "seed")
    assert not (keep(course) / SECRET).exists()
    assert first_secret([course.submitted], "ana", "toy") is None


def test_what_is_there_already_is_not_written_again(course):
    before = (keep(course) / TIMESTAMP).stat()
    after = (keep(course) / TIMESTAMP).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
