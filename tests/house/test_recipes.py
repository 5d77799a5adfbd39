"""Docker, the dev container, Binder and make install what the guides say: files and stages exist, pip lines agree."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from latentkit.start import CPU_BUILDS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GUIDES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
INSTRUCTIONS = {"FROM", "ENV", "RUN", "WORKDIR", "EXPOSE", "CMD", "USER", "COPY"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str, str]]:
    """Of the Dockerfile: the stage, the instruction and what follows it, with continued lines as one."""
    lines = re.sub(r"^#.*\n", "", text("Dockerfile"), flags=re.MULTILINE).replace("\\\n", "")
    found, stage = [], ""
    for line in filter(None, map(str.strip, lines.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stage = re.fullmatch(r"\S+ AS (\w+)", rest)[1]
        found.append((stage, word, re.sub(r"\s+", " ", rest)))
    return found


def pip_lines(source: str) -> list[str]:
    """What is installed in a text, each as it would be typed, without blanks and quotes that mean nothing."""
    found = re.findall(r"python3? -m pip install ([^`&|\n\"]+)", source)
    return [" ".join(line.replace("'", "").split()) for line in found]


@pytest.fixture(scope="module")
def documented() -> set[str]:
    return {line for page in GUIDES for line in pip_lines(page.read_text(encoding="utf-8"))}


def test_the_dockerfile_has_a_stage_for_each_user_and_uses_only_what_is_there():
    stages: list[str] = []
    for stage, word, rest in instructions():
        assert word in INSTRUCTIONS
        if word == "FROM":
            base = rest.split(" AS ")[0]
            assert base in stages or re.fullmatch(r"python:3\.\d+-slim", base)
            stages.append(stage)
        if word == "COPY":
            *sources, _ = (part for part in rest.split() if not part.startswith("--"))
            origin = re.search(r"--from=(\S+)", rest)
            if origin:
                assert origin[1] in stages[:-1]
                assert any(stage == origin[1] and sources[0] in said for stage, _, said in instructions())
            else:
                assert all((ROOT / source).exists() for source in sources)
    assert {"student", "instructor"} <= set(stages)


def test_the_students_image_gets_the_kit_and_nothing_else_of_the_course():
    """So it holds no answer key: the kit is searched for one by tests/autograder/test_kit.py."""
    copied = [rest for stage, word, rest in instructions() if word == "COPY" and stage in ("base", "student")]
    assert copied == ["--from=kit --chown=reader /tmp/kit.zip /tmp/kit.zip"]


@pytest.mark.parametrize("name", ["Dockerfile", ".devcontainer/devcontainer.json"])
def test_what_a_recipe_installs_a_guide_tells(name, documented):
    known = {*documented, *(line.replace("[instructor]", "[instructor,dev]") for line in documented)}
    torch = f"-c constraints.txt --extra-index-url {CPU_BUILDS} torch"
    lines = pip_lines(text(name))
    assert lines and set(lines) <= known | {torch}


def test_the_students_guide_installs_the_kit_on_each_system(documented):
    assert f"--no-compile --extra-index-url {CPU_BUILDS} -r requirements.txt" in documented
    assert "--no-compile -r requirements.txt" in documented
    rows = re.findall(r"^\| (Linux|macOS|Windows)", text("docs/students.md"), flags=re.MULTILINE)
    assert sorted(rows) == ["Linux", "Windows", "macOS"]


def test_extras_that_are_named_exist():
    sources = [
        *GUIDES,
        ROOT / "Makefile",
        ROOT / "Dockerfile",
        ROOT / "CONTRIBUTING.md",
        ROOT / ".devcontainer/devcontainer.json",
    ]
    for path in sources:
        for named in re.findall(r"(?:latentkit|'\.)\[([\w,]+)\]'", path.read_text(encoding="utf-8")):
            assert set(named.split(",")) <= PROJECT["optional-dependencies"].keys(), path


def test_every_address_of_builds_for_cpus_is_the_same():
    pages = [*GUIDES, *(ROOT / name for name in ("Makefile", "Dockerfile", "binder/requirements.txt"))]
    found = {url for path in pages for url in re.findall(r"--extra-index-url (\S+)", path.read_text(encoding="utf-8"))}
    assert found - {"…"} == {CPU_BUILDS}


def test_the_dev_container_is_a_stage_of_the_dockerfile():
    container = json.loads(text(".devcontainer/devcontainer.json"))
    build = container["build"]
    assert (ROOT / ".devcontainer" / build["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (ROOT / ".devcontainer" / build["context"]).resolve() == ROOT
    assert build["target"] in {stage for stage, _, _ in instructions()}
    users = [rest for stage, word, rest in instructions() if word == "USER" and stage == build["target"]]
    assert users == [container["remoteUser"]]
    assert container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"].startswith("/opt/course/")


def test_binder_installs_the_library_with_a_python_that_is_promised():
    options = [line for line in text("binder/requirements.txt").splitlines() if not line.startswith("#")]
    assert options == [f"--extra-index-url {CPU_BUILDS}", "--constraint ../constraints.txt", "."]
    assert (ROOT / "binder" / "../constraints.txt").is_file()
    promised = {line.split()[-1] for line in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", line)}
    assert text("binder/runtime.txt").strip().removeprefix("python-") in promised
    image = next(rest for _, word, rest in instructions() if word == "FROM")
    assert re.search(r"python:(3\.\d+)", image)[1] in promised


def test_what_git_leaves_out_reaches_no_image():
    """Of all things the grades and the seed of the hidden cases."""
    ignored = {line.strip("/") for line in text(".gitignore").splitlines() if line and not line.startswith("#")}
    left_out = {line.removeprefix("**/") for line in text(".dockerignore").splitlines() if not line.startswith("#")}
    assert ignored | {".git"} <= left_out


@pytest.mark.skipif(sys.platform == "win32", reason="there is no make")
def test_make_installs_the_build_for_cpus_unless_told_otherwise(tmp_path):
    def told(*arguments: str) -> str:
        command = ["make", "-n", f"VENV={tmp_path / 'fresh'}", *arguments, "lint"]
        return subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True).stdout

    assert f"--extra-index-url {CPU_BUILDS} torch" in told()
    assert CPU_BUILDS not in told("TORCH=")
    assert "-e '.[instructor,dev,book,cluster]'" in told()
