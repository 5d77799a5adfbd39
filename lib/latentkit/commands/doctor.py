"""Is this machine ready for the course? Versions, device, data and cases, each with what to do if not."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import torch

from latentkit.check import case_files
from latentkit.check.store import load
from latentkit.data.download import cache_folder, find, mirror_folder
from latentkit.data.registry import DATA_SETS
from latentkit.wording import listed

PACKAGES = ("latentkit", "torch", "numpy", "scikit-learn", "matplotlib", "ipywidgets", "jupyterlab")
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One line of what was found out about the machine.

    Attributes:
        name: what was looked at.
        value: what was found.
        advice: what to do; "" where all is well.
        serious: whether the course cannot be worked on before it is mended.
        optional: whether something is not here that nothing needs.
    """

    name: str
    value: str
    advice: str = ""
    serious: bool = False
    optional: bool = False


def look_at_machine() -> list[Finding]:
    """All findings, in the order in which they are printed."""
    return [_python(), *map(_package, PACKAGES), _device(), _cache(), _mirror(), *_data(), _cases()]


def verdict(findings: Sequence[Finding]) -> str:
    """What all findings come to, in one sentence."""
    serious = [finding.name for finding in findings if finding.serious]
    hints = [finding.name for finding in findings if finding.advice and not finding.serious]
    if serious:
        return f"Not ready yet: {listed(serious)}. What to do stands above."
    if hints:
        return f"Ready. Worth a look: {listed(hints)}."
    lacking = any(finding.optional for finding in findings)
    return f"All is well{'; optional data sets are not here, nothing needs them' if lacking else ''}."


def _python() -> Finding:
    value = f"{platform.python_version()}, {sys.executable}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", value, "Install Python 3.11 or newer.", serious=True)
    return Finding("python", value)


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", f"Install it: python -m pip install {name}", serious=True)


def _device() -> Finding:
    if not torch.cuda.is_available():
        return Finding("device", f"CPU, {torch.get_num_threads()} threads; no CUDA device, none is needed")
    names = ", ".join(torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
    return Finding("device", f"CUDA {torch.version.cuda}: {names}")


def _cache() -> Finding:
    folder = cache_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if existing.is_dir() and os.access(existing, os.W_OK):
        return Finding("data cache", str(folder))
    return Finding("data cache", str(folder), "It cannot be written; set LATENTKIT_DATA to a folder that can.")


def _mirror() -> Finding:
    folder = mirror_folder()
    if folder and not folder.is_dir():
        return Finding("data mirror", str(folder), "There is no such folder; set LATENTKIT_DATA_MIRROR anew.")
    return Finding("data mirror", str(folder) if folder else "none set, none is needed")


def _data() -> list[Finding]:
    """The embedded data, and which of the real data sets, which nothing needs, are here."""
    count = {entry.name: sum(find(file) is not None for file in entry.files) for entry in DATA_SETS.values()}
    whole = [name for name, here in count.items() if here == len(DATA_SETS[name].files)]
    partial = [name for name, here in count.items() if here and name not in whole]
    value = f"{', '.join(whole) or 'none'} of {len(count)} optional sets; to see them: latentkit data list"
    advice = f"Incomplete: {', '.join(partial)}; run: latentkit data get {' '.join(partial)}" if partial else ""
    return [
        Finding("digits", "embedded"),
        Finding("real data", value, advice, optional=len(whole) < len(count)),
    ]


def _cases() -> Finding:
    found = list(dict.fromkeys(path for path in case_files() if path.is_file()))
    damaged = [str(path) for path in found if not _is_readable(path)]
    if damaged:
        advice = "Damaged, or made for another version of the kit. Download the problem set again."
        return Finding("cases.npz", ", ".join(damaged), advice)
    if found:
        return Finding("cases.npz", ", ".join(map(str, found)))
    advice = "It comes with a notebook; run this in the notebook's folder, or set LATENTKIT_CASES to its path."
    return Finding("cases.npz", f"none for {Path.cwd()}", advice)


def _is_readable(cases: Path) -> bool:
    try:
        load(cases)
    except (OSError, ValueError, RuntimeError):  # the last from zipfile: a method or a password it does not know
        return False
    return True
