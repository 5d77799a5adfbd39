"""From source and rubric to what students get: a notebook without answers, and the public cases as numbers."""

import contextlib
import copy
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbformat.v4.rwbase import split_lines, strip_transient
from nbgrader.nbgraderformat import MetadataValidator
from tqdm import tqdm

from autograder import rubrics
from autograder.authoring.agreement import check_name, disagreements
from autograder.authoring.notebook import name_of, read_source, with_items
from autograder.authoring.start_cell import with_address
from autograder.course import Course
from autograder.course_file import kit_url
from autograder.exercise.exercise import Rubric
from autograder.exercise.solve import PUBLIC_SEED, examination
from autograder.files import EVERYBODY, write_whole
from latentkit.check import store

PREPROCESSORS = (
    "LockCells",
    "ClearSolutions",
    "ClearOutput",
    "CheckCellMetadata",
    "ComputeChecksums",
    "ClearHiddenTests",
    "ClearMarkScheme",
    "ComputeChecksums",
    "CheckCellMetadata",
)
"""What `nbgrader generate_assignment` does to a notebook, in its order, but for what writes the gradebook."""

TOLERANCE = {"float64": 1e-9, "float32": 1e-5, "float16": 1e-2}
"""How far a number of `cases.npz` may differ from one computed afresh, relative to the largest of its array:
another processor rounds the last bits otherwise."""

LAW_TOLERANCE = 1e-4
"""How far a single number of a law may differ, relative to it: some are what a training in float32 ended with."""


@dataclass(frozen=True)
class Release:
    """What is made from a source.

    Attributes:
        notebook: the student's notebook, which is also the skeleton that submissions are graded by.
        cases: the content of `cases.npz`.
        solved: the solved notebook, for `nbgrader generate_assignment`.
    """

    notebook: NotebookNode
    cases: bytes
    solved: NotebookNode


def build_release(course: Course, name: str, progress: bool = False) -> Release:
    """Make a problem set's release in memory; the same source and rubric give the same bytes.

    Args:
        progress: whether to show a bar on stderr that tells which exercise's cases are being solved.
    Raises:
        ValueError: there is no such problem set, or source and rubric disagree; the message lists what to mend.
    """
    solved = build_solved(course, name)
    exercises = rubrics.load(name).exercises
    solved_cases = []
    with tqdm(exercises, desc=name, unit="exercise", disable=not progress) as bar:
        for exercise in bar:
            bar.set_postfix_str(f"solving {exercise.name}")
            solved_cases.append(examination(exercise, PUBLIC_SEED, with_probes=True))
    return Release(student_version(solved), store.to_bytes(solved_cases), solved)


def build_solved(course: Course, name: str) -> NotebookNode:
    """The solved notebook of a problem set, with the rubric's points and the address of the course's kit in it.

    Raises:
        ValueError: as `build_release` does.
    """
    source = course.source(name)
    rubric = rubrics.load(name)
    solved = with_address(with_points(read_source(source), rubric), kit_url(course))
    if found := disagreements(solved, rubric):
        raise ValueError("\n  - ".join([f"{source.name} and its rubric disagree:", *found]))
    return solved


def release(course: Course, name: str, progress: bool = False) -> Release:
    """Make a problem set's release and write it, and the solved notebook, to their places.

    Cases that are there and differ by no more than another processor's rounding are current: they stay as they are.
    """
    built = build_release(course, name, progress)
    with contextlib.suppress(OSError):
        present = course.release_cases(name).read_bytes()
        built = replace(built, cases=present) if same_cases(present, built.cases) else built
    write_whole(course.release_notebook(name), to_text(built.notebook), EVERYBODY)
    write_whole(course.release_cases(name), built.cases, EVERYBODY)
    write_whole(course.solved_notebook(name), to_text(built.solved))
    write_whole(course.solved_dir(name) / course.release_cases(name).name, built.cases)
    return built


def stale(course: Course, name: str, progress: bool = False) -> list[str]:
    """What of the written release is not what its source gives now, in words; empty where all is current."""
    built = build_release(course, name, progress)
    notebook, cases = course.release_notebook(name), course.release_cases(name)
    found = []
    if not notebook.is_file() or notebook.read_text(encoding="utf-8", errors="replace") != to_text(built.notebook):
        found.append(f"{notebook.relative_to(course.root)} is not what {course.source(name).name} gives")
    if not cases.is_file() or not same_cases(cases.read_bytes(), built.cases):
        found.append(f"{cases.relative_to(course.root)} is not what the rubric of {name} gives")
    return found


def with_points(solved: NotebookNode, rubric: Rubric) -> NotebookNode:
    """A copy whose graded cells carry the rubric's points."""
    points = {check_name(exercise.name): exercise.points for exercise in rubric.exercises}
    points |= {written.name: written.points for written in rubric.written}
    notebook = copy.deepcopy(solved)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = points.get(name_of(cell), 0)
    return notebook


def student_version(solved: NotebookNode) -> NotebookNode:
    """A copy with every solution replaced by nbgrader's stub, through nbgrader's own preprocessors."""
    from nbgrader import preprocessors  # brings nbconvert, which grading needs later, if at all

    notebook, resources = copy.deepcopy(solved), dict[str, Any]()
    for name in PREPROCESSORS:
        notebook, resources = getattr(preprocessors, name)().preprocess(notebook, resources)
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """A notebook as a file's text, as nbconvert writes it; not validated, which takes as long as writing it."""
    own = strip_transient(split_lines(_shallow_copy(notebook)))
    return json.dumps(own, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"


def _shallow_copy(notebook: NotebookNode) -> NotebookNode:
    """A copy of what nbformat changes before it writes. It copies all of it, which takes as long as to write it."""

    def of(node: NotebookNode, **inner: Any) -> NotebookNode:
        return with_items(node, **{key: copied for key, copied in inner.items() if key in node})

    cells = []
    for cell in notebook["cells"]:
        outputs = [of(output, data=with_items(output.get("data", {}))) for output in cell.get("outputs", ())]
        attachments = {name: with_items(data) for name, data in cell.get("attachments", {}).items()}
        cells.append(of(cell, metadata=with_items(cell["metadata"]), outputs=outputs, attachments=attachments))
    return of(notebook, metadata=with_items(notebook["metadata"]), cells=cells)


def read_skeleton(course: Course, name: str) -> NotebookNode:
    """The released notebook, from its file.

    Raises:
        ValueError: the problem set has not been released, or the file is damaged.
    """
    path = course.release_notebook(name)
    if not path.is_file():
        raise ValueError(f"{name} has not been released yet; run: autograder release {name}")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
    except Exception as error:  # nbformat and nbgrader raise whatever a damaged file provokes
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{path} is damaged ({reason}); make it again: autograder release {name}") from error
    return notebook


def same_cases(one: bytes, other: bytes) -> bool:
    """Whether two `cases.npz` hold the same structure and, within TOLERANCE, the same numbers.

    Args:
        one: as it was found; damaged, it is not the same.
        other: as it was made.
    """
    try:
        manifest, arrays = _members(one)
    except Exception:  # a damaged archive provokes whatever numpy and zipfile were not made for
        return False
    other_manifest, others = _members(other)
    if arrays.keys() != others.keys() or not _same(manifest, other_manifest):
        return False
    return all(_same_array(array, others[key]) for key, array in arrays.items())


def _members(content: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    """The manifest and the arrays of a `cases.npz`."""
    with store.open_archive(io.BytesIO(content)) as archive:
        members = dict(archive)
    return json.loads(members.pop("manifest").tobytes()), members


def _same_array(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    tolerance = TOLERANCE.get(one.dtype.name)
    if tolerance is None:
        return np.array_equal(one, other)
    finite = np.abs(other[np.isfinite(other)], dtype=np.float64)
    scale = max(1.0, finite.max(initial=0.0))
    return np.allclose(one, other, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


def _same(one, other) -> bool:
    """Whether two manifests agree; their floats are written as {"float": text}."""
    match one, other:
        case {"float": str(a)}, {"float": str(b)}:
            return bool(np.isclose(float(a), float(b), rtol=LAW_TOLERANCE, atol=0, equal_nan=True))
        case Mapping(), Mapping():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
    return one == other
