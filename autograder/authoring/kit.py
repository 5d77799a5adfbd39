"""`kit.zip`, all that a student needs: notebooks, cases, the library as a wheel, what it is installed with, a guide."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import latentkit
from autograder.authoring.bundle import copy_library
from autograder.course import Course
from autograder.files import EVERYBODY, write_whole
from latentkit.start import requirements

LIBRARY = "latentkit"
PINS, REQUIREMENTS, GUIDE = "constraints.txt", "requirements.txt", "README.md"
EPOCH = "315532800"  # 1980, the earliest time that a zip file can hold: the same content gives the same bytes


def write_student_archive(course: Course, names: Sequence[str], archive: Path) -> Path:
    """Pack what students get: released problem sets and the library as a wheel, without the answer key.

    Args:
        course: whose releases are packed. Its `docs/students.md`, where it has one, becomes the guide.
        names: of the problem sets.
        archive: the .zip file to write; the same content gives the same bytes.
    Raises:
        ValueError: a problem set has not been released.
    """
    files: dict[str, bytes] = {}
    for name in names:
        if not course.release_notebook(name).is_file():
            raise ValueError(f"{name} has not been released yet; run: autograder release {name}")
        for path in (course.release_notebook(name), course.release_cases(name)):
            files[f"assignments/{name}/{path.name}"] = path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_student_wheel(Path(folder))
        files[wheel.name] = wheel.read_bytes()
    files[PINS] = "".join(f"{line}\n" for line in pins()).encode()
    files[REQUIREMENTS] = f"--constraint {PINS}\n./{wheel.name}\n".encode()
    files[GUIDE] = student_guide(course, wheel.name).encode()
    with tempfile.TemporaryFile() as draft:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
            for place, content in sorted(files.items()):
                entry = zipfile.ZipInfo(f"{archive.stem}/{place}")
                entry.external_attr = EVERYBODY << 16
                packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
        draft.seek(0)
        return write_whole(archive, draft.read(), EVERYBODY)


def build_student_wheel(folder: Path) -> Path:
    """Build the student's library, which lacks `latentkit.reference`, as a wheel; it needs no network.

    Args:
        folder: an empty one, that the wheel and what it is made from are written to.
    """
    project = folder / "project"
    copy_library(project)
    return built_wheel(project, project_text(requirements()), folder)


def built_wheel(project: Path, pyproject: str, folder: Path) -> Path:
    """Build a wheel of what lies in `project`, with the project's tool that is installed here; it needs no network.

    Args:
        project: holds the packages; its pyproject.toml is written.
        pyproject: the text of that file.
        folder: where the wheel goes; the only one there.
    """
    (project / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    for path in project.rglob("*"):
        path.chmod(0o755 if path.is_dir() else EVERYBODY)  # as the umask below, for the wheel records it
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    told = subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=project,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
        umask=0o022,
        capture_output=True,
        text=True,
    )
    found = list(folder.glob("*.whl"))
    if told.returncode or len(found) != 1:
        raise RuntimeError(f"setuptools could not build the wheel:\n{told.stderr}")
    return found[0]


def pins(asked: Sequence[str] | None = None) -> list[str]:
    """The packages that are needed, directly or not, each with the version that is installed here.

    Args:
        asked: the requirements (default: those of a student's latentkit).

    A build of torch for one device (2.13.0+cpu) is pinned as its version alone (2.13.0), which every build satisfies.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(line), "") for line in (requirements() if asked is None else asked)]
    while waiting:
        requirement, asked_by = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": asked_by}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            installed = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found[name] = installed.version.partition("+")[0]
        new = {(name, extra) for extra in ("", *requirement.extras)} - seen
        seen |= new
        waiting += ((Requirement(line), extra) for _, extra in sorted(new) for line in installed.requires or ())
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def student_guide(course: Course, wheel: str) -> str:
    """The course's page for students as the kit's README, or a short one where the course has none.

    What only the book can show, its figures and the links between its pages, is left out.
    """
    page = course.root / "docs" / "students.md"
    made = f"Made with latentkit {latentkit.__version__}."
    if not page.is_file():
        return _SHORT_GUIDE.format(made=made)
    text = re.sub(r"^```\{figure\}.*?^```\n+", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)
    heading, _, body = text.partition("\n")
    return f"{heading}\n\n{made}\n{body.replace('latentkit-*.whl', wheel)}"


_SHORT_GUIDE = f"""# Deep latent-variable models: problem sets

{{made}} You need Python 3.11 or newer, and on Linux the first line; elsewhere leave `--extra-index-url …` out.

    python -m pip install --no-compile --extra-index-url https://download.pytorch.org/whl/cpu -r {REQUIREMENTS}
    latentkit doctor               # is all well?
    jupyter lab assignments        # open a notebook, and write your answers

A check below each exercise tells you whether it is right. `latentkit check NOTEBOOK` tries them all.
"""


def project_text(requires: Sequence[str], packages: Sequence[str] = (LIBRARY,)) -> str:
    """A pyproject.toml by which every file of these packages is installed, under the library's name.

    Args:
        requires: the requirements, as pip reads them.
    """
    data = "".join(f'package-data.{package} = ["**/*"]\n' for package in packages)
    return f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{LIBRARY}"
version = "{latentkit.__version__}"
description = "A course on deep latent-variable models: {", ".join(packages)}"
license = "MIT"
requires-python = ">=3.11"
dependencies = {json.dumps(list(requires), indent=4)}

[project.scripts]
latentkit = "latentkit.commands.cli:main"

[tool.setuptools]
packages.find.where = ["."]
{data}"""
