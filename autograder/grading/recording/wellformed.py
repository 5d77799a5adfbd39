"""Whether JSON that is read back is what the grader wrote: files get damaged, and people edit them."""

from datetime import datetime
from typing import Any

from autograder.grading.judging.outcomes import STATUSES

_WRITTEN = ("not_attempted", "needs_manual_grade")


def is_entry(value: Any) -> bool:
    """Whether it is what results say of a student; a class's exercises may differ from student to student."""
    match value:
        case {"points": points, "exercises": dict(exercises), "written": dict(written)}:
            outcomes = all(map(_is_outcome, exercises.values())) and all(map(_is_answer, written.values()))
            return _is_number(points) and outcomes and _are_texts(value.get("notes", []))
    return False


def is_record(value: Any) -> bool:
    """Whether it is a record of the journal: an entry, and what the grader needs to know that it still holds."""
    match value:
        case {
            "student": str(),
            "sha256": str(),
            "fingerprint": str(),
            "sandbox": str(),
            "max_points": top,
            "unchanged": unchanged,
            "notes": list(),
        }:
            return is_entry(value) and _is_number(top) and _are_texts(unchanged) and _is_time(value.get("timestamp"))
    return False


def _is_outcome(value: Any) -> bool:
    match value:
        case {"points": points, "status": str(status), "mistake": None | str(), "message": str()}:
            return _is_number(points) and status in STATUSES
    return False


def _is_answer(value: Any) -> bool:
    return isinstance(value, dict) and value.get("status") in _WRITTEN


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e9  # neither NaN nor infinite, which JSON may hold


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_time(value: Any) -> bool:
    try:
        return value is None or bool(datetime.fromisoformat(value))
    except (ValueError, TypeError):
        return False
