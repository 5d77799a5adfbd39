"""pyproject.toml, environment.yml, constraints.txt and the files for forks agree; the version stands once."""

import importlib.metadata
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import latentkit

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


def test_the_version_stands_once(project):
    assert "version" not in project, "setuptools reads latentkit.__version__"
    assert project["dynamic"] == ["version"]
    assert importlib.metadata.version("latentkit") == latentkit.__version__, "install again: pip install -e ."
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == latentkit.__version__
    released = re.findall(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert released[0] == latentkit.__version__, "the newest version of the changelog"


@pytest.mark.parametrize("package", ["lib/latentkit", "autograder"])
def test_types_are_announced_and_installed(package):
    assert (ROOT / package / "py.typed").is_file()
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "py.typed" in tools["setuptools"]["package-data"][Path(package).name]


def test_a_fork_runs_the_newcomers_commands_with_every_python_that_is_promised(project):
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    commands = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert commands == {"make lint", "make demo", "make test"}
    promised = [line.split()[-1] for line in project["classifiers"] if re.search(r"Python :: 3\.\d+$", line)]
    assert jobs["test"]["strategy"]["matrix"]["python"] == promised == jobs["demo"]["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={promised[0]}"


@pytest.mark.parametrize(
    "path",
    [
        ".pre-commit-config.yaml",
        "CITATION.cff",
        *(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/**/*.yml")),
    ],
)
def test_the_files_of_a_fork_can_be_read(path):
    assert isinstance(yaml.safe_load((ROOT / path).read_text(encoding="utf-8")), dict)


def test_the_citation_has_what_its_format_requires():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"title", "message", "authors"} <= citation.keys()
    assert all("name" in author or "family-names" in author for author in citation["authors"])


def test_an_issue_form_asks_for_something():
    for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.name != "config.yml":
            assert {"name", "description", "body"} <= form.keys()
            assert any(field.get("validations", {}).get("required") for field in form["body"]), path.name


def test_hooks_work_offline_with_the_pinned_ruff():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    assert {hook["language"] for hook in hooks[0]["hooks"]} <= {"system", "pygrep", "fail"}


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_the_benchmarks_have_the_packages_that_they_compare_with(tmp_path):
    """As make would do it in a place without an environment; -n says it and does nothing."""
    command = ["make", "-n", f"VENV={tmp_path / 'fresh'}", "bench"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.index("-c constraints.txt -e '.[bench]'") < told.index("tests/benchmarks/bench_")
