"""What stands in the journal counts, but for a line that is not what the grader wrote."""

import json

import pytest

from autograder.grading.recording.ledger import Ledger
from autograder.grading.recording.record import Record

OUTCOME = {"points": 3.0, "max_points": 3.0, "status": "passed", "mistake": None, "message": ""}
RECORD = {
    "student": "ada",
    "sha256": "new",
    "fingerprint": "f",
    "points": 3.0,
    "max_points": 3.0,
    "exercises": {"scale": OUTCOME},
    "written": {"why": {"max_points": 4.0, "status": "not_attempted"}},
    "unchanged": ["why"],
    "notes": [],
    "sandbox": "none",
    "timestamp": "2024-05-01T12:00:00+00:00",
}
NO_RECORDS = [
    {"student": "ada"},
    *({key: value for key, value in RECORD.items() if key != missing} for missing in RECORD if missing != "timestamp"),
    {**RECORD, "sha256": ["new"]},
    {**RECORD, "points": "3"},
    {**RECORD, "points": float("nan")},
    {**RECORD, "points": 10**400},
    {**RECORD, "exercises": []},
    {**RECORD, "exercises": {"scale": None}},
    {**RECORD, "exercises": {"scale": {**OUTCOME, "status": "weird"}}},
    {**RECORD, "written": {"why": {}}},
    {**RECORD, "unchanged": [["why"]]},
    {**RECORD, "notes": 3},
    {**RECORD, "timestamp": "yesterday"},
    {**RECORD, "variant": 3},
    {"settled": {"ada": [1]}},
    {"settled": ["ada"]},
    [],
    None,
]


@pytest.fixture
def ledger(toy_course):
    """Makes the ledger of a journal that holds these lines."""
    path = toy_course.state_dir("toy") / "journal.jsonl"

    def of(*lines):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return Ledger(toy_course, "toy")

    return of


def test_a_record_is_read_as_it_was_written(ledger):
    read = ledger(json.dumps(RECORD)).known
    assert read == {"ada": Record.from_json(RECORD)}
    assert read["ada"].to_json() == RECORD | {"executed": None, "variant": ""}
    met = RECORD | {"executed": None, "variant": "3:9f86d081"}
    assert Record.from_json(met).to_json() == met


@pytest.mark.parametrize("line", [*map(json.dumps, NO_RECORDS), "[" * 100_000], ids=range(len(NO_RECORDS) + 1))
def test_a_line_that_is_no_record_is_as_if_it_were_not_there(ledger, line):
    earlier = {**RECORD, "sha256": "old"}
    assert ledger(line).known == {}
    assert ledger(json.dumps(earlier), line).known == {"ada": Record.from_json(earlier)}
