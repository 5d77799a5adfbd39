"""Grade a class on a Dask cluster: each of its worker processes runs, asks and judges as one machine does.

The cluster is the instructor's own. The plan, hidden cases included, travels to its workers, and what they answer is
believed: records and notebooks travel pickled, between machines that trust each other. Submissions stay confined on
the workers as they are here. Journal, gradebook and notebooks are written only by the process that submits.
"""

import hashlib
import platform
import queue
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import cast

import torch
from distributed import Client, Future, WorkerPlugin, as_completed, get_worker
from distributed import Worker as DaskWorker
from distributed.scheduler import KilledWorker
from nbformat import NotebookNode

from autograder.authoring.decisive import decisive_digest
from autograder.grading.intake.submission import Intake
from autograder.grading.judging.plan import GradingPlan
from autograder.grading.recording.record import Record
from autograder.grading.recording.submissions import failed_to_grade, grade_or_explain
from autograder.grading.running.imports import imported_names
from autograder.grading.running.warm_process import launched
from autograder.grading.running.workers import Worker

IN_FLIGHT = 3
"""Submissions that the cluster holds at a time, per thread of it: so that no thread waits, and memory stays flat."""

RETRIES = 2
CONNECT_SECONDS = 20


class Marker(WorkerPlugin):
    """On each worker process of the cluster, those that join later included: a warm process, and what to grade by."""

    def __init__(self, plan: GradingPlan, sandbox: str, hidden: Sequence[Path]):
        self._plan = replace(plan, variants=plan.variants.whole())
        self._sandbox, self._hidden = sandbox, list(hidden)
        self._imports = imported_names(plan.skeleton)
        self._kit = decisive_digest(plan.name, self._imports)

    def setup(self, worker: DaskWorker) -> None:
        """Start the warm process.

        Raises:
            RuntimeError: the kit here is another version. NoSandbox: submissions cannot be confined here.
            ValueError: there is no such device here.
        """
        if decisive_digest(self._plan.name, self._imports) != self._kit:
            raise RuntimeError(f"the kit on {platform.node()} is not the same as yours: install the same version there")
        torch.set_num_threads(1)
        self._warm = launched(self._sandbox, self._hidden, self._plan.device, self._imports)
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()

    def teardown(self, worker: DaskWorker) -> None:
        self._warm.close()

    def grade(self, intake: Intake) -> tuple[Record, NotebookNode]:
        """Grade one submission; several threads may."""
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            worker = Worker(self._warm)
        try:
            return grade_or_explain(worker, self._plan, intake)
        finally:
            self._idle.put(worker)


def graded(
    address: str, plan: GradingPlan, sandbox: str, hidden: Sequence[Path], submissions: Iterable[tuple[str, Intake]]
) -> Iterator[tuple[str, Record, NotebookNode]]:
    """Grade submissions on a cluster, in any order. A submission whose worker dies is graded by another.

    Args:
        address: of the scheduler, such as tcp://10.0.0.1:8786 or tls://...
        plan: to grade by.
        sandbox: one of `sandboxes.CHOICES`, for each of the cluster's machines.
        hidden: folders that no submission may see, where a machine has them.
        submissions: each student's; taken only as fast as they are graded.
    Yields:
        Student, record and executed notebook.
    Raises:
        OSError: there is no scheduler at that address.
        RuntimeError: it has no workers, or a worker cannot grade, and why.
    """
    with Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client:
        if not client.nthreads():
            raise RuntimeError(f"the scheduler at {address} has no workers: start some with dask worker {address}")
        name = _name(hidden, plan)
        client.register_plugin(Marker(plan, sandbox, hidden), name=name)
        try:
            yield from _flow(client, name, plan, iter(submissions))
        finally:
            client.unregister_worker_plugin(name)


def _flow(
    client: Client, name: str, plan: GradingPlan, submissions: Iterator[tuple[str, Intake]]
) -> Iterator[tuple[str, Record, NotebookNode]]:
    running: dict[Future[tuple[Record, NotebookNode]], tuple[str, Intake]] = {}
    finished = as_completed(loop=client.loop)
    number = 0
    while True:
        room = IN_FLIGHT * max(1, sum(client.nthreads().values())) - len(running)
        for student, intake in islice(submissions, max(0, room)):
            number += 1
            future = client.submit(_grade, name, intake, key=f"{name}-{number}", retries=RETRIES, pure=False)
            running[future] = (student, intake)
            finished.add(future)
        if not running:
            return
        future = next(finished)
        student, intake = running.pop(future)
        error = future.exception()
        if error is None:
            yield student, *future.result()
        elif isinstance(error, KilledWorker):  # several workers died with it
            yield student, *failed_to_grade(plan, intake, error)
        else:
            raise error
        future.release()


def _grade(name: str, intake: Intake) -> tuple[Record, NotebookNode]:
    """What runs on the cluster."""
    return cast(Marker, get_worker().plugins[name]).grade(intake)


def _name(hidden: Sequence[Path], plan: GradingPlan) -> str:
    """A problem set's name on the cluster, always the same: a batch takes over what one that was killed left behind."""
    where = repr((platform.node(), plan.name, [str(folder.resolve()) for folder in hidden]))
    return f"autograder-{hashlib.sha256(where.encode()).hexdigest()[:16]}"
