"""What a batch is asked to do. Imports nothing heavy: the warm process imports its libraries while the judge does."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.grading.running import devices, sandboxes
from autograder.grading.running.imports import released_imports
from autograder.grading.running.warm_process import WarmProcess, launched
from autograder.worker.limits import Limits

if TYPE_CHECKING:
    from autograder.grading.recording.changes import Changes


@dataclass(frozen=True)
class GradingRequest:
    """Which submissions to grade, and how.

    Attributes:
        course: whose rubric, release and gradebook are used.
        name: of the problem set.
        submitted: holds <student>/<name>/<name>.ipynb; default: the course's own folder.
        workers: how many submissions run at a time; default: one per core.
        only: grade these students alone; the results hold the others' last grades.
        regrade: run all submissions again.
        changed: run only new submissions and those whose bytes changed, even where rubric or grader are others now.
        approve: is shown what would change before anything is written; where it says no, nothing is. The executed
            notebooks wait in memory meanwhile.
        limits: of each submission; default: the usual ones.
        sandbox: one of `sandboxes.CHOICES`; the strongest that works here, unless one is named.
        device: what functions are called on, one of `devices.CHOICES`; a GPU is opened to submissions.
        scheduler: address of a Dask cluster that runs and judges the submissions; default: this machine does.
        progress: whether to show a bar on stderr.
    """

    course: Course
    name: str
    submitted: Path | None = None
    workers: int | None = None
    only: Collection[str] | None = None
    regrade: bool = False
    changed: bool = False
    approve: "Callable[[Changes], bool] | None" = None
    limits: Limits | None = None
    sandbox: str = sandboxes.AUTO
    device: str = devices.CPU
    scheduler: str | None = None
    progress: bool = True

    @property
    def folder(self) -> Path:
        """Where the submissions are."""
        return self.submitted or self.course.submitted


def warm_up(request: GradingRequest) -> WarmProcess | None:
    """Start the process that will run the submissions, without waiting for it; None where a cluster runs them.

    Returns:
        The process; close it, or give it to `batch.grade`, which does.
    Raises:
        ValueError: there is no such device or sandbox.
        NoSandbox: this machine gives no sandbox, or not the one named.
    """
    if request.scheduler is not None:
        return None
    imports = released_imports(request.course.release_notebook(request.name))
    return launched(request.sandbox, [request.course.root], request.device, imports)
