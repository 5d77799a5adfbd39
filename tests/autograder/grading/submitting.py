"""What the tests of single submissions share: how much a submission may use, what is handed in, what is told."""

from autograder.authoring.release import to_text
from autograder.worker.limits import MEBIBYTE, Limits

LIMITS = Limits(cell_seconds=30, ask_seconds=30, total_seconds=200, memory_bytes=256 * MEBIBYTE)
"""Room for an honest cell on a machine that does a lot besides."""
RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
BODY = "def scale(x, factor=2.0):\n"


def status(record, name="scale"):
    return record.exercises[name].status


def shown(executed) -> str:
    return to_text(executed)
