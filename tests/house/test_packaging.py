"""pyproject.toml, environment.yml and constraints.txt say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"torch": "pytorch"}
REQUIRED_BY_THE_CUSTOMER = {"jupyterlab", "ipywidgets", "torch", "nbgrader", "matplotlib", "nltk"}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(project) -> dict[str, str]:
    """Name to version range, of the runtime and of the extras."""
    listed = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    return dict(re.fullmatch(r"([\w.-]+)(.*)", line).groups() for line in listed)


def test_environment_yml_is_the_twin_of_pyproject(project):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    by_pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    by_conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    listed = dict(re.fullmatch(r"([\w.-]+)(.*)", line).groups() for line in [*by_conda, *by_pip] if line != "-e .")
    assert listed.pop("python") == project["requires-python"]
    listed.pop("pip")
    assert listed == {CONDA_NAMES.get(name, name): version for name, version in requirements(project).items()}


def test_the_customers_packages_are_dependencies(project):
    assert {re.split(r"[<>=]", line)[0] for line in project["dependencies"]} >= REQUIRED_BY_THE_CUSTOMER


def test_every_requirement_is_pinned(project):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    assert {name.lower() for name in requirements(project)} <= pinned
