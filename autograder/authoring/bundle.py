"""The code that a student's computer, or the process that runs a student's code, may hold: no answer key."""

import importlib.metadata
import json
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import autograder
import latentkit
from autograder.course import Course
from autograder.files import EVERYBODY, write_whole

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


def write_student_archive(course: Course, names: Sequence[str], archive: Path) -> Path:
    """Pack what students get: released problem sets and the library to install, without the answer key.

    Args:
        course: whose releases are packed.
        names: of the problem sets.
        archive: the .zip file to write; the same content gives the same bytes.
    Raises:
        ValueError: a problem set has not been released.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy_library(root / "lib")
        (root / "pyproject.toml").write_text(_student_project(), encoding="utf-8")
        (root / "README.md").write_text(_STUDENT_README, encoding="utf-8")
        for name in names:
            if not course.release_notebook(name).is_file():
                raise ValueError(f"{name} has not been released yet; run: autograder release {name}")
            (root / "assignments" / name).mkdir(parents=True)
            for path in (course.release_notebook(name), course.release_cases(name)):
                shutil.copyfile(path, root / "assignments" / name / path.name)
        draft = root.parent / f"{root.name}.zip"
        try:
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
                for path in sorted(path for path in root.rglob("*") if path.is_file()):
                    entry = zipfile.ZipInfo(f"{archive.stem}/{path.relative_to(root).as_posix()}")
                    packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
            return write_whole(archive, draft.read_bytes(), EVERYBODY)
        finally:
            draft.unlink(missing_ok=True)


_STUDENT_README = f"""# Deep latent-variable models: problem sets, made with latentkit {latentkit.__version__}

    python -m pip install .        # installs the course library, latentkit
    latentkit doctor               # is all well?
    jupyter lab assignments        # open a notebook, and write your answers

A check below each exercise tells you whether it is right. `latentkit check NOTEBOOK` tries them all.
"""


def _student_project() -> str:
    """The library's pyproject.toml, with what the installed one requires."""
    required = [line for line in importlib.metadata.requires("latentkit") or [] if "extra ==" not in line]
    return f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "latentkit"
version = "{latentkit.__version__}"
requires-python = ">=3.11"
dependencies = {json.dumps(required, indent=4)}

[project.scripts]
latentkit = "latentkit.commands.cli:main"

[tool.setuptools.packages.find]
where = ["lib"]

[tool.setuptools.package-data]
latentkit = ["py.typed", "trained/*/*"]
"""
