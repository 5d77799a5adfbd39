"""The README and the guides are true: numbers agree with the code and with each other, names and links exist."""

import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from autograder import rubrics
from autograder.grading.settings import MOST_VARIANTS, VARIANTS
from autograder.worker.limits import Limits
from latentkit.check import CheckFailed

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *GUIDES]
BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
RUBRICS = {name: rubrics.load(name) for name in rubrics.names()}
EXERCISES = [exercise for rubric in RUBRICS.values() for exercise in rubric.exercises]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def with_tables(page: Path) -> str:
    """A page's text, with what it includes."""
    text = page.read_text(encoding="utf-8")
    included = re.findall(r"```\{include\} (\S+)", text)
    return "\n".join([text, *((page.parent / name).read_text(encoding="utf-8") for name in included)])


def test_the_readme_is_read_in_a_few_minutes():
    assert len(README.splitlines()) <= 110


@pytest.mark.parametrize("name", RUBRICS)
def test_the_readme_counts_the_exercises_of_each_problem_set(name):
    graded, written = len(RUBRICS[name].exercises), len(RUBRICS[name].written)
    row = next(line for line in README.splitlines() if line.startswith(f"| [`{name}`]"))
    assert f"{graded} graded, {written} derivations" in row


def test_the_pages_count_mistakes_right_solutions_and_exercises():
    mistakes = sum(len(exercise.mistakes) for exercise in EXERCISES)
    right = sum(len(exercise.alternatives) for exercise in EXERCISES)
    written = sum(len(rubric.written) for rubric in RUBRICS.values())
    assert re.search(rf"All {mistakes} known mistakes .* all {right} right solutions", README)
    assert f"all {mistakes}, on public and on hidden cases" in BENCHMARKS
    assert f"all {right}, 200 seeds each" in BENCHMARKS
    assert f"| {mistakes}, {right} |" in BENCHMARKS
    assert f"{len(EXERCISES)} graded by machine, {written} derivations" in BENCHMARKS


def test_the_instructors_guide_tells_the_points_with_and_without_derivations():
    guide = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    rubric = RUBRICS["ps1_elbo"]
    machine, person = (sum(part.points for part in parts) for parts in (rubric.exercises, rubric.written))
    assert f"({machine:g} points in `ps1_elbo`)" in guide
    assert f"count the derivations too ({machine + person:g})" in guide


def test_the_pages_count_the_attacks():
    """They say "more than"; the code may have up to a third more before they should say so."""
    command = [sys.executable, "-m", "pytest", "tests/attacks", "--collect-only", "-q", "-p", "no:cacheprovider"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    tests = [line for line in told.splitlines() if "::" in line]
    odd = [line for line in tests if "test_odd.py" in line]
    tried = {
        re.sub(r"namespaces-|landlock-", "", line) for line in odd
    }  # in each sandbox, and one notebook all the same
    for page in (README, BENCHMARKS):
        attacks, notebooks = (int(number) for number in re.findall(r"more than (\d+)(?= attacks| odd| \|)", page))
        assert attacks < len(tests) - len(odd) < attacks * 4 / 3
        assert notebooks < len(tried) < notebooks * 4 / 3


def test_the_pages_say_how_large_the_demonstrations_class_is():
    command = [sys.executable, "-m", "autograder", "demo", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    students = re.search(r"--students N +how many \(default: (\d+)\)", told)[1]
    assert f"a simulated class of {students}," in README
    assert f"{students} of {students} students have their true score" in README
    assert f"right, wrong, blank and hostile | {students} |" in BENCHMARKS


def test_the_readmes_example_answers_as_its_picture_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", README, flags=re.DOTALL)[1]
    with pytest.raises(CheckFailed) as failed:
        exec(code, {})
    alt = re.search(r'check_card\.png" width="\d+" alt="(.*?)"', README)[1]
    for line in str(failed.value).splitlines()[1:]:
        for words in re.split(r"  +", re.sub(r"^  \w[\w ]*: ", "", line).strip()):
            assert words.rstrip(".:") in alt


def test_the_readmes_results_are_those_of_the_pages_they_link():
    results = re.search(r"## Three results\n(.*?)\n## ", README, flags=re.DOTALL)[1]
    for result in re.split(r"^- ", results, flags=re.MULTILINE)[1:]:
        pages = {link.split("#")[0] for link in re.findall(r"\]\((docs/[^)]+)\)", result)}
        told = "\n".join(with_tables(ROOT / page) for page in pages)
        prose = re.sub(r"\]\([^)]*\)", "", result)
        numbers = re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", prose)
        missing = [number for number in numbers if not re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d])", told)]
        assert not missing, f"{missing} of {result.strip()[:60]!r} stand on none of {sorted(pages)}"


def test_the_goals_of_the_topic_models_are_reached_as_the_table_says():
    page, table = ROOT / "docs" / "results_topics.md", ROOT / "docs" / "tables" / "topics.md"
    ap = table.read_text(encoding="utf-8").split("\n\n**")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ap.splitlines() if line.startswith("| ")]
    ratio = {
        (row[0].split(",")[0], row[1], row[2]): float(row[-1].rstrip(" ×")) for row in rows if row[-1].endswith("×")
    }
    goals = [
        line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"\| (batch|online|Gibbs): ", line)
    ]
    for line in goals:
        kind = re.match(r"\| (\w+)", line)[1].lower()
        models = ("ours",) if kind == "gibbs" else ("ours, float32", "ours, float64")
        reached = [float(number) for number in re.findall(r"([\d.]+) ×? ?(?=×|and)", line.split("|")[2])]
        measured = [ratio[kind, topics, model] for model in models for topics in ("20", "100")]
        assert reached == [pytest.approx(value, abs=0.051 if value > 2 else 0.0051) for value in measured], line
    assert len(goals) == 3


def test_the_settings_of_the_guide_are_the_usual_ones():
    trust = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    told = tomllib.loads(re.search(r"```toml\n(.*?)```", trust, flags=re.DOTALL)[1])
    general = {name: value for name, value in told["limits"].items() if not isinstance(value, dict)}
    assert general == Limits().to_dict()
    assert told["hidden_cases"] == {"variants": VARIANTS}
    assert f"has {VARIANTS} *variants*" in trust and f"1 to {MOST_VARIANTS}" in trust


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_page_of_notation_has_every_argument(exercise):
    notation = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", notation))
    assert set(inspect.signature(exercise.reference).parameters) <= named


def made_with_the_book() -> set[str]:
    """The pages of the reference, which no clone holds before the book is made."""
    conf = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    packages = re.search(r"^REFERENCE_PACKAGES = \((.*)\)$", conf, flags=re.MULTILINE)[1]
    return {f"reference/{name}.rst" for name in re.findall(r'"(\w+)"', packages)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"|\{figure\} (\S+)", text):
        path, _, anchor = "".join(target).partition("#")
        if path and not path.startswith("http") and path not in made_with_the_book():
            assert (page.parent / path).exists(), f"{name_of(page)} links {path}"
        if anchor and path.endswith(".md"):
            headings = re.findall(r"^#+ (.*)", (page.parent / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{name_of(page)} links {path}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_and_modules_that_a_page_names_exist(page):
    prose = "\n".join(re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")))
    paths = re.findall(r"(?<![\w/.])(?:autograder|lib|tests|docs|data_scripts|solutions|\.github)/[\w/.*-]*", prose)
    gone = [path for path in paths if not list(ROOT.glob(path.rstrip("/"))) and "NAME" not in path]
    assert not gone
    for name in re.findall(r"(?<![\w/.])(?:latentkit|autograder)(?:\.\w+)+", prose):
        if not name.endswith((".toml", ".md")):
            assert stands_for_something(name), f"{name_of(page)} names {name}"


def stands_for_something(dotted: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part, None)
        return found is not None
    return False


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pictures_are_small_and_told_in_words(page):
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"<img src=\"([^\"]+)\"[^>]*? alt=\"([^\"]+)\"", text)
    shown += re.findall(r"```\{(?:figure|image)\} (\S+)\n:alt: (.+)", text)
    assert len(shown) == len(re.findall(r"<img |```\{(?:figure|image)\}", text)), "each has an alt text"
    for path, alt in shown:
        assert len(alt) > 60
        picture = ROOT / "docs" / path.lstrip("/") if path.startswith("/") else page.parent / path
        assert picture.stat().st_size < 150_000
