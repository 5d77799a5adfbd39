"""Is this machine ready to grade? What is there, and what to do if it is not."""

import os
import shutil
import sys
from pathlib import Path

from autograder.course import Course
from autograder.grading import tiers
from latentkit.doctor import Finding, examine_machine

GIBIBYTE = 2**30
NEEDED_PER_WORKER = 1.0
"""GiB of memory: a warm worker holds torch, a submission may add its own."""


def examine_grader(course: Course | None) -> list[Finding]:
    """The student's findings, then what grading needs besides.

    Args:
        course: to look at; default: the one around the working directory, if there is one.
    """
    return [*examine_machine(), _programs(), _cores(), _sandbox(), _course(course)]


def _programs() -> Finding:
    missing = [name for name in ("nbgrader", "jupyter") if not _on_path(name)]
    if missing:
        return Finding("programs", f"not found: {', '.join(missing)}", "Activate the environment, or: pip install -e .")
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
    if not tiers.obstacle(tiers.NAMESPACES):
        return Finding("sandbox", f"{tiers.NAMESPACES}: {tiers.PROTECTS[tiers.NAMESPACES]}")
    better = f"For the stronger tier {tiers.NAMESPACES!r}: {tiers.BETTER[tiers.NAMESPACES]}."
    if not tiers.obstacle(tiers.LANDLOCK):
        return Finding("sandbox", f"{tiers.LANDLOCK}: {tiers.PROTECTS[tiers.LANDLOCK]}", better)
    value = f"none works here: {tiers.obstacle(tiers.LANDLOCK)}"
    return Finding("sandbox", value, f"Needed: {tiers.BETTER[tiers.LANDLOCK]}. {better}", serious=True)


def _course(course: Course | None) -> Finding:
    try:
        found = course or Course.find()
    except ValueError:
        return Finding("course", "none around this folder", "Change to the course folder, or: autograder --course DIR")
    unreleased = [name for name in found.names() if not found.release_notebook(name).is_file()]
    value = f"{found.root}: {', '.join(found.names()) or 'no problem set yet'}"
    return Finding("course", value, f"Not released yet: autograder release {unreleased[0]}" if unreleased else "")
