"""Grade one submission where Gradescope has put it: what `run_autograder` of `autograder package gradescope` calls.

    python -I -m autograder.gradescope_run /autograder

Where a submission cannot be graded through the student's fault, the results say so. Where the machine is at fault, no
results are written and the exit code is 1: Gradescope then tells student and instructor that the autograder failed, and
shows what was printed to the instructor alone.
"""

import json
import os
import sys
from pathlib import Path, PurePath
from typing import Any

from autograder.course import Course
from autograder.files import json_text, write_whole
from autograder.grading.intake.reading import Unreadable, read_bytes
from autograder.imports import leave_out_slow_imports

MAX_BYTES = 100 * 2**20
MAX_METADATA = 2**20
MAX_FILES = 10_000
NOBODY = "submission"


def main(root: Path) -> int:
    """Grade what lies in root/submission by root/source, into root/results/results.json.

    Returns:
        The exit code.
    """
    leave_out_slow_imports()
    settings = json.loads((root / "source" / "gradescope.json").read_text(encoding="utf-8"))
    name = settings["problem_set"]
    found = find_notebook(root / "submission", name)
    if isinstance(found, str):
        results = not_graded(found)
    else:
        try:
            content = read_bytes(root / "submission", found.parts, MAX_BYTES)
        except (OSError, Unreadable) as error:
            results = not_graded(f"{found} cannot be read ({error})")
        else:
            results = graded(Course(root / "source" / "course"), name, submitter(root), content, settings["sandbox"])
    write_whole(root / "results" / "results.json", json_text(results))
    return 0


def not_graded(why: str) -> dict[str, Any]:
    """The results of a submission that the student has to mend before it can be graded."""
    return {"score": 0.0, "output": f"Not graded: {why}.", "visibility": "visible"}


def find_notebook(submission: Path, name: str) -> PurePath | str:
    """The notebook of the problem set among what was handed in, or why there is none to grade."""
    notebooks = []
    for count, (folder, folders, files) in enumerate(os.walk(submission)):
        if count > MAX_FILES:
            return "it has too many folders"
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__MACOSX")))
        here = PurePath(folder).relative_to(submission)
        notebooks += [here / file for file in sorted(files) if file.endswith(".ipynb") and not file.startswith(".")]
    if not notebooks:
        return f"there is no notebook in the submission; hand in {name}.ipynb"
    own = [path for path in notebooks if path.name == f"{name}.ipynb"]
    alike = [path for path in notebooks if path.name.startswith(name)]
    for candidates in (own, alike, notebooks):
        if len(candidates) == 1:
            return candidates[0]
    listed = ", ".join(str(path) for path in notebooks[:5])
    return f"there are several notebooks ({listed}); hand in one, called {name}.ipynb"


def submitter(root: Path) -> str:
    """Gradescope's number of whoever handed in, the first of a group; a word where it does not tell."""
    try:
        told = json.loads(read_bytes(root, ("submission_metadata.json",), MAX_METADATA))
        return str(int(told["users"][0]["id"]))
    except (OSError, Unreadable, ValueError, TypeError, LookupError, RecursionError):
        return NOBODY


def graded(course: Course, name: str, student: str, content: bytes, sandbox: str) -> dict[str, Any]:
    """The results of one submission, graded as a class is.

    Args:
        student: whose; decides with the content which hidden cases it meets.
        content: of the notebook.
        sandbox: that it is confined to.
    """
    from autograder import rubrics
    from autograder.classroom.giving_back.gradescope import results_of
    from autograder.classroom.marks import marks_of, read_marks
    from autograder.classroom.standing import standing
    from autograder.grading.batch import grade
    from autograder.grading.request import GradingRequest
    from autograder.grading.settings import limits_of

    (course.root / ".autograder").chmod(0o700)
    (course.root / ".autograder" / "hidden_seed").chmod(0o600)  # however the zip was unpacked
    write_whole(course.submitted / student / name / f"{name}.ipynb", content)
    limits = limits_of(course, name, {})
    request = GradingRequest(course, name, workers=1, only=[student], limits=limits, sandbox=sandbox, progress=False)
    found, rubric = grade(request).results.students[student], rubrics.load(name)
    marks = marks_of(student, read_marks(course, name))
    return results_of(found, standing(found, rubric, marks), rubric, written=False)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except (ValueError, OSError, RuntimeError) as error:
        print(f"autograder: the submission could not be graded on this machine: {error}")
        sys.exit(1)
