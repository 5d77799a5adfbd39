"""How many exercises of a problem set are done: what the checks of this session have seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_passed: dict[str, set[str]] = {}
"""By problem set, the exercises whose last check passed."""


@dataclass(frozen=True)
class Standing:
    """The state of a problem set.

    Attributes:
        exercises: all of them, in order.
        done: those whose last check passed.
    """

    exercises: tuple[str, ...]
    done: frozenset[str]

    @property
    def text(self) -> str:
        """ "■■■■■□□□□ 5 of 9 done"."""
        squares = "".join("■" if name in self.done else "□" for name in self.exercises)
        return f"{squares} {self.words}"

    @property
    def words(self) -> str:
        return f"{len(self.done & set(self.exercises))} of {len(self.exercises)} done"

    def html(self) -> str:
        """A strip of squares, full for what is done; it takes the colours of the page."""
        squares = "".join(
            f'<span title="{escape(name)}: {"done" if name in self.done else "to do"}" style="display:inline-block;'
            "width:14px;height:8px;margin-right:2px;border:1px solid currentColor;"
            f'background:{"currentColor" if name in self.done else "transparent"}"></span>'
            for name in self.exercises
        )
        return (
            '<div class="latentkit-standing" style="padding:0 12px 6px 16px;color:var(--jp-content-font-color1,inherit)'
            f';font-size:12px"><span aria-hidden="true" style="margin-right:8px">{squares}</span>{self.words}</div>'
        )


def note(problem_set: str, exercises: Sequence[str], exercise: str, passed: bool) -> Standing:
    """Note how a check went.

    Args:
        problem_set: tells it from others that the session checks, such as the path of its cases.
        exercises: all of it.
        exercise: the one that was checked.
    Returns:
        The state after it.
    """
    done = _passed.setdefault(problem_set, set())
    (done.add if passed else done.discard)(exercise)
    return Standing(tuple(exercises), frozenset(done))
