"""The code that a student's computer, or the process that runs a student's code, may hold: no answer key."""

import shutil
from pathlib import Path

import autograder
import latentkit

_CLUTTER = ("__pycache__", "*.pyc")


def write_bundle(dest: Path) -> Path:
    """Copy into `dest` the only code of the kit that a submission's process can import.

    That is `latentkit` without its answer key, and of the autograder the worker alone: no rubric,
    no reference, no gradebook.

    Args:
        dest: a folder that does not hold a bundle yet; made where it is missing.
    Returns:
        `dest`, to be put on `sys.path`.
    """
    dest.mkdir(parents=True, exist_ok=True)
    copy_library(dest)
    package = Path(autograder.__file__).parent
    (dest / "autograder").mkdir()
    shutil.copyfile(package / "__init__.py", dest / "autograder" / "__init__.py")
    shutil.copytree(package / "worker", dest / "autograder" / "worker", ignore=shutil.ignore_patterns(*_CLUTTER))
    return dest


def copy_library(dest: Path) -> None:
    """Copy `latentkit` into `dest`, its `reference` package left out."""
    source = Path(latentkit.__file__).parent

    def left_out(folder: str, names: list[str]) -> set[str]:
        clutter = shutil.ignore_patterns(*_CLUTTER)(folder, names)
        return clutter | ({"reference"} if Path(folder) == source else set())

    shutil.copytree(source, dest / "latentkit", ignore=left_out)
