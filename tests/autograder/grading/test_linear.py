"""Whatever of a submission the judge's own process reads takes time in proportion to its length."""

import json

import pytest

from autograder.authoring.notebook import grade_id
from autograder.authoring.release import release
from autograder.classroom.similarity.normal_form import imports, tokens
from autograder.grading.intake.canonical import canonicalise
from autograder.grading.intake.integrity import other_set_note
from autograder.grading.intake.reading import MAX_BYTES_HERE, MAX_CELLS, SubmittedCell, Unreadable, parse
from autograder.grading.judging.answers import trusted
from autograder.worker.protocol import ProtocolError, decode
from autograder.worker.repeatable import repeatable
from latentkit.check.cases import Case, Response
from latentkit.check.wire import pack, unpack
from tests.hostile_text import assert_linear, hostile_texts

LENGTH = MAX_BYTES_HERE // 4
"""Of the shorter text: the longer one, written as JSON, is about the largest file that is read where it is."""

NODES = 10_000
"""Of the shorter tree of syntax: more than an honest notebook has."""


@pytest.fixture
def skeleton(toy_course):
    return release(toy_course, "toy").notebook


def released(skeleton) -> list[SubmittedCell]:
    return [SubmittedCell(cell.cell_type, cell.source, grade_id(cell), cell.get("id")) for cell in skeleton.cells]


def read(content: bytes) -> list[SubmittedCell]:
    try:
        return parse(content)
    except Unreadable:
        return []


def as_notebook(text: str) -> bytes:
    cell = {"cell_type": "code", "source": text, "metadata": {"nbgrader": {"grade_id": text}}, "outputs": [text]}
    return json.dumps({"cells": [cell], "metadata": {text: text}, "nbformat": 4}, ensure_ascii=False).encode()


FILES = {
    "a cell's text": as_notebook,
    "the file itself": lambda text: text.encode(),
    "a list of lines": lambda text: json.dumps({"cells": [{"source": list(text)}]}).encode(),
    "UTF-16": lambda text: as_notebook(text).decode().encode("utf-16"),
}


@pytest.mark.parametrize("kind", FILES)
def test_reading_a_notebook(kind):
    assert_linear(lambda text: read(FILES[kind](text)), hostile_texts(40, LENGTH))


@pytest.mark.parametrize("unit", [b"[", b'{"cells":', b'{"a":[', b"[],", b'"', b"\\", b"1", b"\xff", b'{"cells":[{}'])
def test_reading_what_is_no_notebook(unit):
    assert_linear(
        lambda content: read(bytes(content, "ascii") if isinstance(content, str) else content),
        [(unit * (LENGTH // len(unit)), unit * (2 * LENGTH // len(unit)))],
    )


@pytest.mark.parametrize("name", ["scale", "check_scale", "why", "imports", None])
def test_putting_a_text_into_the_skeleton(skeleton, name):
    """Canonicalising, with its notes on what was changed in vain, whatever cell the text stands in."""
    cells = released(skeleton)

    def put(text):
        changed = [
            SubmittedCell(cell.kind, text, cell.grade_id, cell.id) if cell.grade_id == name else cell for cell in cells
        ]
        return canonicalise(changed, skeleton)

    assert_linear(put, hostile_texts(30, LENGTH))


MANY = {
    "own cells": ("code", "x = {}", None),
    "own prose": ("markdown", "text {}", None),
    "blank cells": ("code", " \n", None),
    "parts of an answer": ("code", "def scale(x): return {}", "scale"),
    "the same answer": ("code", "def scale(x): return 1", "scale"),
    "answers without a name": ("code", "def scale(x): return {}", None),
    "answers as prose": ("markdown", "```\ndef scale(x): return {}\n```", "scale"),
    "checks": ("code", "check('scale', scale) # {}", "check_scale"),
    "emptied checks": ("code", "{}", "check_scale"),
    "written answers": ("markdown", "because {}", "why"),
    "written answers in code": ("code", "# because {}", "why"),
    "names of their own": ("code", "{}", "name {}"),
}


@pytest.mark.parametrize("kind", MANY)
def test_putting_many_cells_into_the_skeleton(skeleton, kind):
    cell_type, source, name = MANY[kind]

    def cells(count):
        own = [
            SubmittedCell(cell_type, source.format(n), name and name.format(n), f"id-{n}", True, n)
            for n in range(count)
        ]
        return [*released(skeleton), *own]

    def take_in(count):
        submitted = cells(count)
        other_set_note(submitted, "toy", {"toy": frozenset({"scale"}), "other": frozenset({"name 1"})})
        return canonicalise(submitted, skeleton)

    take_in(10)
    assert_linear(lambda text: take_in(len(text)), [("x" * (MAX_CELLS // 2), "x" * MAX_CELLS)])


def known(reader):
    def read_known(source):
        try:
            return reader(source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None

    return read_known


SYNTAX = {"tokens": known(tokens), "imports": known(imports), "repeatable": lambda source: repeatable([source])}
"""Readers of Python. They are called in the child or a disposable process, not in the judge's own."""

PROGRAMS = (
    *(
        "x = 1\n",
        "import a.b as c\n",
        "def f(a, b): return a + b\n",
        "x.y.z = [1, 2]\n",
        "1+",
        "-",
        "f(",
        "x.a",
        "'a' ",
    ),
    *(
        "for i in x: pass\n",
        "async def f(): await g()\n",
        "lambda x: ",
        "[x, ",
        "%magic\n",
        "a if b else ",
        "\\\n",
        "@f\n",
    ),
)


@pytest.mark.parametrize("reader", SYNTAX)
def test_reading_python(reader):
    pairs = [(unit * (size := NODES // max(1, len(unit) // 3)), unit * 2 * size) for unit in PROGRAMS]
    assert_linear(SYNTAX[reader], [*pairs, *hostile_texts(30, NODES)])


def answered(header: str):
    """What the judge makes of a child's answer."""
    case = Case("a case", {})
    try:
        frame = decode(header.encode(), b"")
        return trusted(unpack(frame.content, frame.arrays), case)
    except (ProtocolError, ValueError, RecursionError):
        return None


ANSWERS = {
    "a wide list": lambda size: [None] * (size // 4),
    "empty lists": lambda size: [[]] * (size // 10),
    "a long text": lambda size: "x" * size,
    "many numbers": lambda size: [1.5] * (size // 20),
    "a tree": lambda size: [[[[1] * 10] * 10] * 10] * (size // 4000),
    "names": lambda size: {str(number): number for number in range(size // 16)},
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_reading_an_answer(kind):
    def answer(size):
        content, _ = pack(Response(outputs=(ANSWERS[kind](size),)))
        return json.dumps({"content": content, "arrays": []})

    assert_linear(answered, [(answer(LENGTH), answer(2 * LENGTH))])
