"""An attack composed from a seed: where × what × when, on a notebook whose functions are right or wrong by choice.

attack = compose(7)
attack.where, attack.what, attack.when   # in words
attack.most                              # points that its functions deserve
attack.work(arena)                       # what `Arena.grade` takes
"""

import contextlib
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from tests.attacks.arena import PRELUDE, Arena
from tests.attacks.composing import files
from tests.attacks.composing.acts import ACTS
from tests.attacks.composing.answers import ANSWERS, CLASSES
from tests.attacks.composing.carriers import CELLS, FUNCTIONS, Carrier
from tests.attacks.composing.moments import BY_INPUTS, FROM_OUTSIDE, JUDGED, MOMENTS, SECOND_RUN, SEEN
from tests.attacks.composing.tales import LEAKS
from tests.attacks.composing.texts import SHOWN, TEXTS
from tests.attacks.duel import ELBO, KL, NAME

POINTS = {"kl_to_standard_normal": 3, "elbo": 4}
RIGHT = {"kl_to_standard_normal": KL, "elbo": ELBO}
VALUE = "0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)"
"""What KL returns."""

CARRIERS = {**CELLS, **FUNCTIONS}
AT_REST = (*files.PLACES, *files.CHANNELS)
LYING = "at rest"
"""When an attack strikes that is no code: it costs its author nothing, unless the file is too large."""
WHATS: tuple[tuple[str, str], ...] = (
    *(("act", name) for name in ACTS),
    *(("answer", name) for name in ANSWERS),
    *(("text", name) for name in TEXTS),
)
"""Kind and name of all that an attack can do. Each seed has the next, so that as many seeds have each at least once."""


Own = tuple[str, str, str]
"""Code of the student's own cells: at the start, below the first solution, at the end; empty where there is none."""


@dataclass(frozen=True)
class Attack:
    """A composed attack.

    Attributes:
        seed: that it was composed from.
        where, what, when: in words.
        right: exercise to whether its function is right: what it deserves is known.
        student: the folder's name.
        sources: of the released cells, by grade_id.
        own: code of the student's own cells.
        place: what puts `text` into notebook or folder; None where the attack is in the code.
    """

    seed: int
    where: str
    what: str
    when: str
    right: Mapping[str, bool]
    student: str
    sources: Mapping[str, str]
    own: Own = ("", "", "")
    place: files.Place | None = None
    text: str = ""

    @property
    def most(self) -> int:
        """The points that its functions deserve: it may lose some, but never get more."""
        return sum(points for name, points in POINTS.items() if self.right[name])

    def work(self, arena: Arena) -> Callable[[Path], None]:
        """What fills the folder that it is handed in as."""

        def fill(folder: Path) -> None:
            notebook = json.loads(files.as_bytes(arena.notebook(self.sources)))
            _insert(notebook["cells"], tuple(map(arena.filled, self.own)))
            text = arena.filled(self.text)
            if self.place is not None:
                self.place(notebook, folder, text)
            content = files.as_bytes(notebook)
            if self.where == files.ARCHIVE:
                content = files.through_an_archive(arena.course, self.student, content, text)
            with contextlib.suppress(IsADirectoryError):
                (folder / f"{NAME}.ipynb").write_bytes(content)

        return fill


def compose(seed: int, what: str | None = None, where: str | None = None, when: str | None = None) -> Attack:
    """The attack of a seed; parts that are named are taken instead of those that the seed would choose.

    Raises:
        ValueError: there is no such part, or it does not go with the others.
    """
    draw = random.Random(seed)
    kind, what = _named(what) if what is not None else WHATS[seed % len(WHATS)]
    right = {name: draw.random() < 0.5 for name in POINTS}
    carriers = {name: carrier for name, carrier in CARRIERS.items() if carrier.called or what not in LEAKS}
    carriers = FUNCTIONS if kind == "answer" else carriers
    wheres = [*carriers, *(AT_REST if kind == "text" else ())]
    where = _one_of(where, wheres, "where") if where is not None else _where(kind, what, seed, draw, list(carriers))
    if where not in CARRIERS:
        student = files.student_named(TEXTS[what], seed) if where == files.STUDENT else f"seed-{seed}"
        sources = {name: _function(name, right[name]) for name in POINTS}
        place = files.PLACES.get(where)
        return Attack(seed, where, what, LYING, right, student, sources, place=place, text=TEXTS[what])
    carrier = CARRIERS[where]
    whens = {**MOMENTS, **(BY_INPUTS if carrier.called else {})}
    if kind != "answer":
        whens |= {**SECOND_RUN, **(FROM_OUTSIDE if carrier.called else {})}
    when = draw.choice(list(whens)) if when is None else _one_of(when, list(whens), "when")
    if kind == "answer":
        sources, own = _answering(carrier, ANSWERS[what], _due(whens[when]), right)
        return Attack(seed, where, what, when, right, f"seed-{seed}", sources, own)
    shown = draw.choice(list(SHOWN)) if kind == "text" else ""
    body = f"text = {TEXTS[what]!r}\n{SHOWN[shown]}" if kind == "text" else ACTS[what].strip()
    sources, own = _acting(carrier, body, _due(whens[when]), right)
    return Attack(seed, where, f"{what}, {shown}" if shown else what, when, right, f"seed-{seed}", sources, own)


def _where(kind: str, what: str, seed: int, draw: random.Random, carriers: list[str]) -> str:
    """Two texts of three lie at rest, in one place after the other; everything else is carried by code."""
    number = list(TEXTS).index(what) if kind == "text" else 2
    if number % 3 == 2:
        return draw.choice(carriers)
    return AT_REST[(number - number // 3 + 5 * (seed // len(WHATS))) % len(AT_REST)]


def _named(what: str) -> tuple[str, str]:
    """The kind and name of what has that name."""
    known = {name: (kind, name) for kind, name in WHATS}
    return known[_one_of(what, list(known), "what")]


def _one_of(name: str, names: list[str], part: str) -> str:
    if name not in names:
        raise ValueError(f"{part}: {name!r} is none of those that go here: {', '.join(names)}")
    return name


def _due(when: str) -> str:
    """The definition of what says whether a call is the one."""
    return f"def due(inputs):\n{indent(f'global CALLS{chr(10)}CALLS += 1{chr(10)}{when}', '    ')}\n"


def _acting(carrier: Carrier, body: str, due: str, right: Mapping[str, bool]) -> tuple[dict[str, str], Own]:
    """The released cells' sources, and the student's own cells, of an attack that does something."""
    strike = f"def strike(*inputs):\n    if not due(inputs):\n        return\n{indent(body, '    ')}\n"
    words = "\n".join((PRELUDE + SEEN + JUDGED, due, strike, ""))
    return _cells(carrier, words, carrier.solution, right)


def _answering(carrier: Carrier, answer: str, due: str, right: Mapping[str, bool]) -> tuple[dict[str, str], Own]:
    """As `_acting`, of one that returns something; without the prelude, so that one process holds display and exam."""
    words = "\n".join((SEEN, due, "def strike(*inputs):\n    pass\n", CLASSES, ""))
    instead = re.sub(
        "return value$", f"return ({answer}) if due((mu, logvar)) else value", carrier.solution, flags=re.M
    )
    return _cells(carrier, words, instead, right)


def _cells(carrier: Carrier, words: str, solution: str, right: Mapping[str, bool]) -> tuple[dict[str, str], Own]:
    """Sources by grade_id and the student's own cells; the words stand in the first cell that is the student's."""
    solution = solution.replace("VALUE", VALUE if right["kl_to_standard_normal"] else VALUE.replace("0.5", "0.4"))
    first = words + carrier.first if carrier.first else ""
    sources = {
        "kl_to_standard_normal": solution if first else words + solution,
        "elbo": _function("elbo", right["elbo"]),
    }
    return sources, (first, carrier.below, carrier.last)


def _function(name: str, right: bool) -> str:
    return RIGHT[name] if right else RIGHT[name].replace("0.5", "0.4")


def _insert(cells: list[dict], own: Own) -> None:
    """Put the student's own cells where they belong."""
    first, below, last = (
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": code} for code in own
    )
    check = next(place for place, cell in enumerate(cells) if cell["source"].startswith("check("))
    cells.append(last)
    cells.insert(check, below)
    cells.insert(1, first)
    cells[:] = [cell for cell in cells if cell["source"]]
