"""Is this machine ready to grade? What is there, and what to do if it is not."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from autograder import extras
from autograder.course import Course
from autograder.course_file import FILE_NAME
from autograder.files import readable_by_others
from autograder.grading import settings
from autograder.grading.running import sandboxes
from autograder.worker.limits import Limits
from autograder.worker.sandbox import GVisor
from latentkit.commands.doctor import Finding, look_at_machine

GIBIBYTE = 2**30
NEEDED_PER_WORKER = 1.0
"""GiB of memory: a warm worker holds torch, a submission may add its own."""


def look_at_grader(course: Course | None) -> list[Finding]:
    """The student's findings, then what grading needs besides.

    Args:
        course: to look at; default: the one around the working directory, if there is one.
    """
    found = [*look_at_machine(), _packages(), _programs(), _cores(), _sandbox(), _container()]
    try:
        course = course or Course.find()
    except ValueError:
        missing = Finding(
            "course", "none around this folder", "Change to the course folder, or: autograder --course DIR"
        )
        return [*found, missing]
    return [*found, _course(course), _limits(course), _privacy(course)]


def _packages() -> Finding:
    """What grading needs beyond a student's installation."""
    if absent := extras.missing("instructor"):
        value = f"not installed: {', '.join(absent)}"
        return Finding("grading needs", value, f"Install them: {extras.way_out('instructor')}", serious=True)
    here = f"nbgrader {metadata.version('nbgrader')}, jupytext {metadata.version('jupytext')}"
    lacking = f"; for a cluster, where you want one: {extras.way_out('cluster')}" if extras.missing("cluster") else ""
    return Finding("grading needs", here + lacking)


def _programs() -> Finding:
    missing = [name for name in ("nbgrader", "jupyter") if not _on_path(name)]
    if missing:
        return Finding(
            "programs",
            f"not found: {', '.join(missing)}",
            f"Activate the environment, or: {extras.way_out('instructor')}",
        )
    return Finding("programs", "nbgrader and jupyter found")


def _on_path(name: str) -> bool:
    return shutil.which(name) is not None or (Path(sys.executable).parent / name).is_file()


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    value = f"{cores} cores, {memory:.0f} GiB of memory"
    if memory < NEEDED_PER_WORKER * cores:
        fitting = max(1, int(memory / NEEDED_PER_WORKER))
        return Finding("grading", value, f"Grade with fewer at a time: autograder grade NAME --workers {fitting}")
    return Finding("grading", value)


def _sandbox() -> Finding:
    """The strongest sandbox that works here, tried with a process of its own."""
    stronger: list[str] = []
    for tier in sandboxes.chosen_alone():
        if not sandboxes.obstacle(tier.name):
            advice = " ".join(filter(None, [tier.caution(), *stronger]))
            return Finding("sandbox", f"{tier.name}: {tier.protects}", advice)
        stronger.append(f"For the stronger tier {tier.name!r}: {tier.needs}.")
    weakest = sandboxes.chosen_alone()[-1]
    needed = " ".join([f"Needed: {weakest.needs}.", *stronger[:-1]])
    return Finding("sandbox", f"none works here: {sandboxes.obstacle(weakest.name)}", needed, serious=True)


def _container() -> Finding:
    """The sandbox that is there for those who ask for it."""
    if reason := sandboxes.obstacle(GVisor.name):
        return Finding("gVisor", f"not to be had: {reason} (needed, where you want it: {GVisor.needs})")
    return Finding("gVisor", f"{GVisor.protects}: autograder grade NAME --sandbox {GVisor.name}")


def _course(course: Course) -> Finding:
    unreleased = [name for name in course.names() if not course.release_notebook(name).is_file()]
    value = f"{course.root}: {', '.join(course.names()) or 'no problem set yet'}"
    return Finding("course", value, f"Not released yet: autograder release {unreleased[0]}" if unreleased else "")


def _limits(course: Course) -> Finding:
    """What a submission may use, and which problem sets have limits of their own."""
    try:
        own = {name: settings.changed(settings.limits_of(course, name)) for name in course.names()}
    except ValueError as error:
        return Finding("limits", f"cannot be read: {error}", f"Correct {FILE_NAME}", serious=True)
    usual = Limits()
    value = (
        f"a submission has {usual.total_seconds:.0f} s, {usual.memory_bytes / GIBIBYTE:.0f} GiB of memory and "
        f"{usual.processes} processes; a cell {usual.cell_seconds:.0f} s"
    )
    others = [f"{name}: {_listed(values)}" for name, values in own.items() if values]
    return Finding("limits", "; ".join([value, *others]))


def _privacy(course: Course) -> Finding:
    """Whether other users of this machine can read what the course knows of its students."""
    gradebooks = sorted(course.root.glob(f"{course.gradebook.name}*"))  # and what SQLite keeps beside it
    folders = [course.state, course.submitted, course.autograded, course.feedback, course.reports, course.solved]
    opened = {place: files for place in (*gradebooks, *folders) if (files := readable_by_others(place))}
    if not opened:
        return Finding("grade files", "no other user of this machine can read them")
    count, example = sum(map(len, opened.values())), next(iter(opened.values()))[0].relative_to(course.root)
    value = f"other users of this machine can read {count} of them, such as {example}"
    places = shlex.join(str(place) for place in opened)
    return Finding("grade files", value, f"To close them: chmod -R go-rwx {places}")


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in values.items())
