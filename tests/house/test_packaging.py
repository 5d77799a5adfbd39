"""pyproject.toml, environment.yml, constraints.txt and the files for forks agree; the version stands once."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import latentkit
from autograder.extras import EXTRAS

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"torch": "pytorch"}
REQUIRED_BY_THE_CUSTOMER = {"jupyterlab", "ipywidgets", "torch", "matplotlib", "nltk"}
IMPORTED_AS = {"pyyaml": "yaml"}
GRADING = {"nbgrader", "jupytext", "latex2mathml", "nh3", "pyseccomp"}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(lines) -> set[str]:
    """The packages of requirements, without their versions."""
    return {re.split(r"[<>=; ]", line)[0] for line in lines}


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
    assert names(project["dependencies"]) >= REQUIRED_BY_THE_CUSTOMER
    assert names(project["optional-dependencies"]["instructor"]) >= GRADING


def test_a_student_installs_nothing_that_only_grading_or_the_book_needs(project):
    extras = project["optional-dependencies"]
    assert not names(project["dependencies"]) & names(line for lines in extras.values() for line in lines)
    for package in (ROOT / "lib").rglob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) (\w+)", package.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert not set(imported) & (GRADING | names(extras["cluster"])), package


def test_the_command_knows_what_its_extras_hold(project):
    for extra, packages in EXTRAS.items():
        asked = {IMPORTED_AS.get(name, name) for name in names(project["optional-dependencies"][extra])}
        assert set(packages) == (asked if sys.platform == "linux" else asked - {"pyseccomp"})


@pytest.mark.parametrize("folder", ["lib/latentkit/data", "lib/latentkit/explore", "lib/latentkit/trained"])
def test_everything_beside_the_librarys_code_is_installed(folder):
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    patterns = tools["setuptools"]["package-data"]["latentkit"]
    package = ROOT / "lib" / "latentkit"
    found = {path for pattern in patterns for path in package.glob(pattern)}
    beside = {path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert beside <= found


def test_the_installed_requirements_are_those_of_pyproject(project):
    installed = [line for line in importlib.metadata.requires("latentkit") if "extra ==" not in line]
    assert sorted(installed) == sorted(project["dependencies"]), "install again: pip install -e ."


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
