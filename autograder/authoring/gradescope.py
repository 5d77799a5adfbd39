"""An autograder for Gradescope: a zip with the kit, one problem set and the two scripts that Gradescope runs.

Gradescope unpacks the zip into /autograder/source and runs setup.sh once, as root, when it builds the image. For each
submission it runs run_autograder, which reads /autograder/submission and writes /autograder/results/results.json.

The zip holds the answer key and the secret of the hidden cases: it is for the instructor alone. What a student's code
sees of them on Gradescope's machine is what the sandbox lets it see, as everywhere.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "The autograder zip file".
"""

import importlib.metadata
import json
import shutil
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

import autograder
import latentkit
from autograder.authoring.kit import LIBRARY, PINS, built_wheel, pins, project_text
from autograder.course import CONFIG, Course
from autograder.course_file import FILE_NAME
from autograder.files import write_whole
from autograder.zips import zipped
from latentkit.start import CPU_BUILDS

SETTINGS = "gradescope.json"
COURSE = "course"
SEED = ".autograder/hidden_seed"
SETUP, RUN = "setup.sh", "run_autograder"
EXTRA = "instructor"


def write_gradescope_package(course: Course, name: str, archive: Path, sandbox: str) -> Path:
    """Pack a problem set as an autograder for Gradescope.

    Args:
        course: whose release, limits and secret are packed; a secret is drawn where there is none yet.
        name: of the problem set.
        archive: the .zip file to write.
        sandbox: that submissions are confined to.
    Raises:
        ValueError: the problem set does not exist, or has not been released.
    """
    source = course.source(name)
    if not course.release_notebook(name).is_file():
        raise ValueError(f"{name} has not been released yet; run: autograder release {name}")
    course.hidden_seed()
    needed = [source, course.release_notebook(name), course.release_cases(name), course.root / SEED]
    kept = [course.root / place for place in (CONFIG, FILE_NAME) if (course.root / place).is_file()]
    files = {f"{COURSE}/{path.relative_to(course.root)}": path.read_bytes() for path in (*needed, *kept)}
    requires = grader_requirements()
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_grader_wheel(Path(folder), requires)
        files[wheel.name] = wheel.read_bytes()
    files[PINS] = "".join(f"{line}\n" for line in pins(requires)).encode()
    files[SETTINGS] = (json.dumps({"problem_set": name, "sandbox": sandbox}) + "\n").encode()
    files[SETUP] = _SETUP.format(wheel=wheel.name, pins=PINS, builds=CPU_BUILDS).encode()
    files[RUN] = _RUN.encode()
    return write_whole(archive, zipped(files, programs=(SETUP, RUN)))


def grader_requirements() -> list[str]:
    """What the installed kit requires to grade on Linux, as pip reads it."""
    asked = map(Requirement, importlib.metadata.requires(LIBRARY) or [])
    there = {"extra": EXTRA, "sys_platform": "linux"}
    return [f"{one.name}{one.specifier}" for one in asked if one.marker is None or one.marker.evaluate(there)]


def build_grader_wheel(folder: Path, requires: list[str]) -> Path:
    """Build the whole kit as a wheel, answer key and rubrics included.

    Args:
        folder: an empty one.
        requires: what it requires.
    """
    project = folder / "project"
    packages = {LIBRARY: Path(latentkit.__file__).parent, "autograder": Path(autograder.__file__).parent}
    for package, source in packages.items():
        shutil.copytree(source, project / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return built_wheel(project, project_text(requires, tuple(packages)), folder)


_SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. Choose a base image of Ubuntu 22.04 or newer, and a
# container with 2 CPUs and 3 GB or more. AUTOGRADER_ROOT is where Gradescope keeps its folders; AUTOGRADER_PYTHON,
# where it is set, is the Python of an environment into which the kit is put.
set -euo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"
source="$root/source"
python="${{AUTOGRADER_PYTHON:-}}"
if [ -z "$python" ]; then
    apt-get update
    apt-get install -y libseccomp2
    for version in 3.13 3.12 3.11; do
        if apt-get install -y "python$version" "python$version-venv"; then break; fi
    done
    "python$version" -m venv "$root/environment"
    python="$root/environment/bin/python"
fi
"$python" -m pip install --no-cache-dir --extra-index-url {builds} -c "$source/{pins}" "$source/{wheel}"
chmod -R go-rwx "$source/course"
"""

_RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission, and reads results/results.json.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/environment/bin/python}"
cd "$root/source"
exec "$python" -I -m autograder.gradescope_run "$root"
"""
