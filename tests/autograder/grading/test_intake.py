"""Intake: odd but honest notebooks keep their work, everything else is refused with a reason, nothing is executed."""

import json
import os
import resource
import time

import pytest

from autograder.authoring.notebook import grade_id, kind
from autograder.authoring.release import release
from autograder.grading.intake.reading import MAX_BYTES_HERE, Unreadable, parse, parse_apart
from autograder.grading.intake.submission import from_bytes, take_in_student
from autograder.worker.limits import MEBIBYTE, Limits

ANSWER = "def scale(x, factor=2.0):\n    return factor * x  # mine"


@pytest.fixture
def skeleton(toy_course):
    return release(toy_course, "toy").notebook


def submission(skeleton, **sources) -> dict:
    """The released notebook as a student hands it in, with other sources by grade_id."""
    notebook = json.loads(json.dumps(skeleton))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = sources.get(name, cell["source"])
    return notebook


def taken(notebook, skeleton):
    content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return from_bytes(content, skeleton)


def sources(intake) -> dict[str, str]:
    return {grade_id(cell): cell.source for cell in intake.canonical.cells if grade_id(cell)}


def texts(intake) -> list[str]:
    return [cell.source for cell in intake.canonical.cells]


def frame(notebook) -> list:
    """What must never be the student's: the order, kind and marks of the skeleton's cells."""
    cells = [cell for cell in notebook.cells if not cell.id.startswith("student-")]
    return [(cell.id, cell.cell_type, cell.metadata) for cell in cells]


def locked(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if kind(cell) in ("check", "locked", "text")]


def test_a_plain_submission(skeleton):
    intake = taken(submission(skeleton, scale=ANSWER), skeleton)
    assert sources(intake)["scale"] == ANSWER
    assert intake.unchanged >= {"total", "why"} and "scale" not in intake.unchanged
    assert not intake.notes and not intake.missing
    assert frame(intake.canonical) == frame(skeleton)


def encodings(notebook: dict) -> dict[str, bytes]:
    text = json.dumps(notebook, ensure_ascii=False)
    as_version_3 = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [
            {
                "cells": [
                    {**{k: v for k, v in c.items() if k != "source"}, "input": c["source"]} for c in notebook["cells"]
                ]
            }
        ],
    }
    return {
        "utf-8": text.encode(),
        "a byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "utf-16": text.encode("utf-16"),
        "utf-16 without a mark": text.encode("utf-16-le"),
        "carriage returns": json.dumps(notebook).replace("\\n", "\\r\\n").encode(),
        "NUL bytes": text.replace("mine", "mi\0ne").encode(),
        "escaped NULs": json.dumps(notebook).replace("mine", "mi\\u0000ne").encode(),
        "sources as lists": json.dumps(
            {"cells": [c | {"source": c["source"].splitlines(keepends=True)} for c in notebook["cells"]]}
        ).encode(),
        "format 4.0 without ids": json.dumps(
            {
                "nbformat": 4,
                "nbformat_minor": 0,
                "cells": [{k: c[k] for k in c if k != "id"} for c in notebook["cells"]],
            }
        ).encode(),
        "format 3": json.dumps(as_version_3).encode(),
        "equal ids": json.dumps({"cells": [c | {"id": "same"} for c in notebook["cells"]]}).encode(),
        "another kernel": json.dumps(notebook | {"metadata": {"kernelspec": {"name": "ir"}}}).encode(),
    }


@pytest.mark.parametrize("encoding", encodings({"cells": []}))
def test_a_large_file_is_read_elsewhere_to_the_same_cells(skeleton, encoding):
    notebook = json.loads(json.dumps(submission(skeleton)))
    notebook["cells"][0]["outputs"] = ["x" * (MAX_BYTES_HERE + 1)]
    notebook["cells"][1]["attachments"] = {"a.png": {}}
    content = encodings(notebook)[encoding]
    assert len(content) > MAX_BYTES_HERE
    assert parse_apart(content) == parse(content)


def test_what_takes_the_memory_of_a_machine_to_read_is_refused_and_costs_the_judge_none(skeleton):
    content = b'{"cells": [], "more": [' + b'{"":[]},' * (15 * MEBIBYTE // 8) + b"[]]}"
    time_before, peak_before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    intake = from_bytes(content, skeleton)
    assert intake.canonical is None
    assert "could not be read: it took more than 384 MiB of memory" in intake.unreadable
    assert time.process_time() - time_before < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_before < 200 * 1024, "kilobytes"


def test_a_large_file_that_is_no_notebook_is_refused_in_plain_words():
    with pytest.raises(Unreadable, match="not a notebook: Expecting"):
        parse_apart(b'{"cells": [' + b" " * MAX_BYTES_HERE)


@pytest.mark.parametrize("encoding", encodings({"cells": []}))
def test_odd_but_honest_files_keep_their_work(skeleton, encoding):
    notebook = submission(skeleton, scale=ANSWER, why="Weil α linear ist.")
    intake = taken(encodings(notebook)[encoding], skeleton)
    assert intake.unreadable is None
    assert sources(intake)["scale"] == ANSWER
    assert sources(intake)["why"] == "Weil α linear ist."
    assert frame(intake.canonical) == frame(skeleton)


def test_a_lone_surrogate_is_replaced(skeleton):
    intake = taken(submission(skeleton, why="half of \ud83d"), skeleton)
    assert sources(intake)["why"] == "half of \ufffd"


def cell_named(notebook, name):
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def test_of_copies_the_last_that_was_worked_on_counts(skeleton):
    notebook = submission(skeleton, scale="first try")
    original = cell_named(notebook, "scale")
    stub = cell_named(submission(skeleton), "scale")["source"]
    notebook["cells"] += [original | {"source": ANSWER}, original | {"source": stub}]
    intake = taken(notebook, skeleton)
    assert sources(intake)["scale"] == ANSWER
    assert "3 times" in intake.notes[0]


def test_a_cell_that_lost_its_name_is_found_by_its_function(skeleton):
    notebook = submission(skeleton, scale=ANSWER)
    for lost in ({}, {"nbgrader": {"grade_id": "scale-copy2", "solution": True}}, {"nbgrader": "broken"}):
        cell_named_or_first = next(c for c in notebook["cells"] if c["source"] == ANSWER)
        cell_named_or_first["metadata"] = lost
        intake = taken(notebook, skeleton)
        assert sources(intake)["scale"] == ANSWER and not intake.missing
        assert "lost its name" in intake.notes[0]


def test_a_notebook_without_any_metadata_keeps_its_work(skeleton):
    notebook = submission(skeleton, scale=ANSWER)
    notebook["cells"] = [{"cell_type": c["cell_type"], "source": c["source"]} for c in notebook["cells"]]
    intake = taken(notebook, skeleton)
    assert sources(intake)["scale"] == ANSWER
    assert frame(intake.canonical) == frame(skeleton)


def test_missing_cells_are_put_back_or_named(skeleton):
    notebook = submission(skeleton, total="def total(x):\n    return x.sum(-1)")
    gone = ("scale", "check_total", "imports", "why")
    notebook["cells"] = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") not in gone]
    intake = taken(notebook, skeleton)
    assert set(intake.missing) == {"scale", "why"}
    assert frame(intake.canonical) == frame(skeleton)
    assert locked(intake.canonical) == locked(skeleton)


def test_what_a_student_may_not_write_is_the_skeletons(skeleton):
    notebook = submission(skeleton, check_scale="check('scale', print)", imports="import os")
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "training"]
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["points"] = 1000
            cell["metadata"]["nbgrader"]["grade"] = False
        cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "100"}}]
        cell["attachments"] = {"x.png": {"image/png": "AAAA"}}
    intake = taken(notebook, skeleton)
    assert frame(intake.canonical) == frame(skeleton)
    assert locked(intake.canonical) == locked(skeleton)
    assert not any(cell.get("outputs") or cell.get("attachments") for cell in intake.canonical.cells)


def test_a_students_own_cells_stay_between_their_neighbours(skeleton):
    notebook = submission(skeleton, scale=ANSWER)
    place = notebook["cells"].index(cell_named(notebook, "scale"))
    own = [{"cell_type": "code", "metadata": {}, "source": f"own = {i}"} for i in range(3)]
    notebook["cells"] = [own[0], *notebook["cells"][: place + 1], *own[1:], *notebook["cells"][place + 1 :]]
    found = texts(taken(notebook, skeleton))
    assert found[0] == "own = 0"
    assert found.index("own = 1") == found.index(ANSWER) + 1 == found.index("own = 2") - 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04 a zip", "not a notebook"),
        (b"{}", "no cells"),
        (b"[]", "no cells"),
        (b'{"cells": "all of them"}', "no cells"),
        (b'{"cells": [', "not a notebook"),
        (b"[" * 100_000, "deeply"),
        (b'{"cells": ' + b'{"a":' * 50_000, "deeply"),
        (b'{"cells": [' + b"{}," * 6000 + b"{}]}", "6001 cells"),
        (b'{"cells": [{"cell_type": "code", "source": "' + b"x" * 600_000 + b'"}]}', "characters"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "not a notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_in_plain_words(skeleton, content, reason):
    intake = from_bytes(content, skeleton)
    assert intake.canonical is None and reason in intake.unreadable and len(intake.unreadable) < 300


def test_damaged_cells_are_passed_over(skeleton):
    odd = [None, 3, "cell", [], {}, {"cell_type": 7, "source": {"a": 1}}, {"metadata": "x"}, {"source": [1, None, "b"]}]
    notebook = submission(skeleton, scale=ANSWER)
    notebook["cells"] = odd + notebook["cells"]
    assert sources(taken(notebook, skeleton))["scale"] == ANSWER


def student_folder(root, student="ana"):
    folder = root / student / "toy"
    folder.mkdir(parents=True)
    return folder


def test_links_pipes_and_folders_are_refused(skeleton, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(json.dumps(submission(skeleton, scale=ANSWER)))
    submitted = tmp_path / "submitted"
    (student_folder(submitted, "link") / "toy.ipynb").symlink_to(secret)
    os.mkfifo(student_folder(submitted, "pipe") / "toy.ipynb")
    (student_folder(submitted, "folder") / "toy.ipynb").mkdir()
    (submitted / "linked").symlink_to(submitted / "link")
    (submitted / "inner").mkdir()
    (submitted / "inner" / "toy").symlink_to(submitted / "folder" / "toy")
    for student in ("link", "pipe", "folder", "linked", "inner"):
        intake = take_in_student(submitted, student, "toy", skeleton, Limits())
        assert intake.canonical is None and intake.unreadable, student


def test_a_file_that_is_too_large_is_refused(skeleton, tmp_path):
    folder = student_folder(tmp_path)
    with open(folder / "toy.ipynb", "wb") as file:
        file.truncate(100 * 2**20)
    intake = take_in_student(tmp_path, "ana", "toy", skeleton, Limits())
    assert "larger than 16 MiB" in intake.unreadable


@pytest.mark.parametrize("student", ["Ana Müller", "[x]*?", "-rf", "o'neil; --", "学生"])
def test_names_of_students_may_be_odd(skeleton, tmp_path, student):
    path = student_folder(tmp_path, student) / "toy.ipynb"
    path.write_text(json.dumps(submission(skeleton, scale=ANSWER)))
    assert take_in_student(tmp_path, student, "toy", skeleton, Limits()).canonical is not None


def test_the_only_notebook_may_have_another_name(skeleton, tmp_path):
    folder = student_folder(tmp_path)
    (folder / "toy (1).ipynb").write_text(json.dumps(submission(skeleton, scale=ANSWER)))
    intake = take_in_student(tmp_path, "ana", "toy", skeleton, Limits())
    assert sources(intake)["scale"] == ANSWER and "toy (1).ipynb" in intake.notes[0]
    (folder / "toy.ipynb").write_text(json.dumps(submission(skeleton)))
    intake = take_in_student(tmp_path, "ana", "toy", skeleton, Limits())
    assert "scale" in intake.unchanged and "2 notebooks" in intake.notes[0]
