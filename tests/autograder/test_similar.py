"""Code that is the same up to names, comments and formatting is found; who thought alone is not accused."""

import json
import os
import random
import stat

import pytest

from autograder.authoring.release import read_skeleton, release
from autograder.classroom import simulate as simulating
from autograder.classroom.disguise import disguised_code
from autograder.classroom.handwriting import rewritten
from autograder.classroom.similarity import work as reading
from autograder.classroom.similarity.evidence import THRESHOLD, alike
from autograder.classroom.similarity.find import find_alike, html_page, known_answers
from autograder.classroom.similarity.fingerprints import GRAM, WINDOW, fingerprints, winnowed
from autograder.classroom.similarity.normal_form import Token, imports, tokens
from autograder.classroom.similarity.work import UNREADABLE, Given, Part, Work
from autograder.classroom.simulated_student import pasted
from autograder.cli import _parser, main
from autograder.course import Course
from autograder.rubrics import load
from tests.autograder.common import answered, hand_in

ORIGINAL = '''\
def halves(values):
    # the first and the second half
    middle = values.shape[-1] // 2
    return values[..., :middle], values[..., middle:]


def check_finite(values, what):
    if not torch.isfinite(values).all():
        raise ValueError(f"{what} holds what is no number")


def total(x):
    """Sum x, [B, D], over D; [B]."""
    check_finite(x, "x")
    left, right = halves(x)
    running = torch.zeros(x.shape[0], dtype=x.dtype)
    for column in range(left.shape[-1]):
        running = running + left[:, column]
    for column in reversed(range(right.shape[-1])):
        running = running + right.select(-1, column)
    return running.clone()
'''

COPIED = """\
def ok(t, label: str) -> None:   # mine!
    if not torch.isfinite(t).all(): raise ValueError(f"{label} holds what is no number")

def split(t):
    m = (t.shape[-1] // 2)
    return (t[..., :m], t[..., m:])

def total(x: torch.Tensor):
    ok(x, "x")
    a, b = split(x)
    acc = torch.zeros(x.shape[0],
                      dtype=x.dtype)
    for i in range(a.shape[-1]): acc = acc + a[:, i]
    for j in reversed(range(b.shape[-1])):
        acc = acc + b.select(-1, j)
    return acc.clone()
"""


def texts(source, imported=None):
    return [token.text for token in tokens(source, imported)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "def f(a, b):\n    c = a * b\n    return c",
            "def g(x: int, y) -> int:\n    'Why.'\n    z = (x*y)  # z\n    return z",
        ),
        (
            "import torch\ny = torch.nn.functional.softplus(x)",
            "from torch.nn import functional as F\nz = F.softplus(x)",
        ),
        ("from torch import exp\nexp(1)", "import torch as t\nt.exp(1)"),
        ("x: int = 5", "y = 5"),
        ("%matplotlib inline\nx = 1", "x = 1"),
    ],
)
def test_what_is_the_same_has_one_normal_form(one, other):
    assert texts(one) == texts(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("torch.exp(x)", "torch.log(x)"), ("x.sum(-1)", "x.sum(0)"), ("a + b", "a - b"), ("f(x, dim=1)", "f(x, keep=1)")],
)
def test_what_differs_has_two(one, other):
    assert texts(one) != texts(other)


def test_imports_of_cells_above_are_known():
    assert "torch.nn.functional.relu" in texts("F.relu(x)", imports("from torch.nn import functional as F"))


@pytest.mark.parametrize(
    "source", ["def f(:", "(" * 5000, "-" * 100_000 + "1", "x = 1" + "0" * 5000, "1+" * 60_000 + "1"]
)
def test_what_is_no_program_is_refused_and_never_more(source):
    with pytest.raises(UNREADABLE):
        tokens(source)


def test_what_two_documents_share_of_a_certain_length_they_share_a_fingerprint_of():
    chance = random.Random(0)

    def some(count):
        return [Token(chance.choice("abc"), 1) for _ in range(count)]

    for _ in range(200):
        common = some(GRAM + WINDOW - 1)
        one, other = ({f.value for f in winnowed(fingerprints([*some(20), *common, *some(20)]))} for _ in range(2))
        assert one & other


def test_winnowing_keeps_two_of_every_window_and_one():
    chance = random.Random(0)
    found = fingerprints([Token(str(chance.random()), 1) for _ in range(5000)])
    assert len(list(winnowed(found))) / len(found) == pytest.approx(2 / (WINDOW + 1), rel=0.05)


@pytest.fixture
def a_class(toy_course) -> Course:
    """Eight who solved both exercises alone, the shortest way, one with a longer answer, and one who copied that."""
    built = release(toy_course, "toy")
    for number in range(8):
        hand_in(toy_course, f"alone {number}", built.solved)
    hand_in(toy_course, "ada", answered(built.solved, total=ORIGINAL))
    hand_in(toy_course, "<b>eve", answered(built.solved, total=COPIED + "\n# <script>alert(1)</script>\u202e"))
    return toy_course


def test_a_disguised_copy_is_found_and_nobody_else(a_class):
    found = find_alike(a_class, "toy", a_class.submitted, threshold=5)
    [pair] = found.pairs
    assert pair.students == ("<b>eve", "ada")
    assert (pair.parts[0].name, pair.parts[0].share) == ("total", pytest.approx(1, abs=0.2))


def test_one_natural_answer_accuses_nobody(toy_course):
    built = release(toy_course, "toy")
    for number in range(12):
        hand_in(toy_course, f"student {number}", built.solved)
    found = find_alike(toy_course, "toy", toy_course.submitted, threshold=0.5)
    assert found.pairs == () and found.skipped == []


def test_the_command_tells_lists_and_writes_a_page_for_the_owner_alone(a_class, capsys, monkeypatch):
    monkeypatch.chdir(a_class.root)
    assert main(["similar", "toy", "--threshold", "5"]) == 1
    out = capsys.readouterr().out
    assert "<b>eve    ada" in out and "page: reports/toy_similar.html" in out
    page = a_class.reports / "toy_similar.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    html = page.read_text()
    assert "&lt;script&gt;alert(1)" in html and "<script" not in html and "<b>" not in html and "\u202e" not in html
    assert 'class="both"' in html and "acc.clone()" in html and "running.clone()" in html
    assert main(["similar", "toy", "--json", "--threshold", "1000"]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == []
    assert main(["similar", "toy", "--submitted", "solutions"]) == 2
    assert "two are needed to compare" in capsys.readouterr().err
    assert main(["similar", "nothing"]) == 2


def test_hostile_notebooks_are_skipped_with_a_line(a_class):
    built = release(a_class, "toy")
    hostile = {
        "huge": "x = 1\n" * 20_000,
        "long": "x = f(1, 2, 3, 4)\n" * 2_000,
        "nested": "y = " + "-" * 30_000 + "1",
        "unparsable": "def total(x:\n",
    }
    for student, source in hostile.items():
        hand_in(a_class, student, answered(built.solved, total=source))
    hand_in(a_class, "no notebook", "[" * 100_000)
    found = find_alike(a_class, "toy", a_class.submitted, threshold=5)
    told = dict(line.split(": ", 1) for line in found.skipped)
    assert told.keys() == {*hostile, "no notebook"}
    assert "characters" in told["huge"] and "tokens" in told["long"] and "no Python" in told["unparsable"]
    assert [pair.students for pair in found.pairs] == [("<b>eve", "ada")]


def test_a_notebook_that_kills_its_reader_is_skipped(a_class, monkeypatch):
    read = reading.read_work
    monkeypatch.setattr(reading, "read_work", lambda *a: os._exit(1) if a[1] == "alone 3" else read(*a))
    found = find_alike(a_class, "toy", a_class.submitted, threshold=5)
    assert found.skipped == ["alone 3: reading it took more memory or time than any notebook needs"]
    assert len(found.works) == 10 and len(found.pairs) == 1


@pytest.fixture(scope="module")
def real() -> tuple[Given, dict, dict]:
    """ps1_elbo: what is given, the known answers, and every answer that its rubric holds, right ones and wrong ones."""
    course, name = Course.find(__file__), "ps1_elbo"
    given = Given.of(name, read_skeleton(course, name), [])
    written = {
        e.name: [pasted(f, e.name) for f in [*e.alternatives, *(mistake.function for mistake in e.mistakes)]]
        for e in load(name).exercises
    }
    return given, known_answers(course, name, given), written


@pytest.mark.parametrize("seed", range(4))
def test_independent_answers_of_the_rubrics_are_nobodys_copies(real, seed):
    """Each takes one of each exercise's answers, as it stands or in another hand; one more copies all of another's."""
    given, known, written = real
    chance, class_sources = random.Random(seed), []
    for _ in range(30):
        choice = {name: chance.choice(sources[: 5 + len(sources) // 4]) for name, sources in written.items()}
        class_sources.append({name: rewritten(source, chance) for name, source in choice.items()})
    works = [Work(f"student {n:02}", parts(given, sources)) for n, sources in enumerate(class_sources)]
    assert alike(works, known) == []
    copy = {name: disguised_code(source) for name, source in class_sources[7].items()}
    [pair] = alike([*works, Work("zoe", parts(given, copy))], known)
    assert pair.students == ("student 07", "zoe") and pair.evidence > 15


def parts(given, sources) -> dict[str, Part]:
    return {name: given.part(source, tokens(source, given.imported)) for name, source in sources.items()}


def test_a_copy_and_another_hand_compute_what_they_computed():
    torch = pytest.importorskip("torch")
    x = torch.arange(12.0).reshape(3, 4)
    for change in (disguised_code, *(lambda s, n=n: rewritten(s, random.Random(n)) for n in range(5))):
        space = {"torch": torch}
        exec(change(ORIGINAL), space)
        assert torch.equal(space["total"](x), x.sum(-1))
    assert (
        " running" not in disguised_code(ORIGINAL)
        and len({rewritten(ORIGINAL, random.Random(n)) for n in range(5)}) > 1
    )


def test_simulated_copies_know_their_source_and_deserve_its_points(toy_course, tmp_path):
    truth = simulating.simulate(toy_course, "toy", 4, 0, tmp_path / "class", ["mixed"], copies=2)
    for number in (1, 2):
        copy = truth[f"copy {number}"]
        assert copy["points"] == truth[copy["copied_from"]]["points"]
    with pytest.raises(ValueError, match="nobody to copy from"):
        simulating.simulate(toy_course, "toy", 2, 0, tmp_path / "blank", ["blank"], copies=1)


def test_the_commands_default_is_the_thresholds():
    assert _parser().parse_args(["similar", "toy"]).threshold == THRESHOLD


def test_a_page_without_pairs_says_so(a_class):
    assert "No two submissions are alike beyond chance" in html_page(find_alike(a_class, "toy", a_class.submitted, 1e6))
