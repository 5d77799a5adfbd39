"""What the last failing check tried, to be played with: `last_failure()`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from latentkit.check.cases import Case, Value

_last: "Failure | None" = None


@dataclass(frozen=True, repr=False)
class Failure:
    """A call that did not give what it should.

    Attributes:
        exercise: its name.
        case: the call, and what is special about it.
        expected: what the function should have returned; what the arguments edited in place should be, by name; None
            where an exercise is judged by a law, not by a value.
        actual: what it returned, or made of those arguments; None where it raised.
        error: the type of the exception, or "".
    """

    exercise: str
    case: Case
    expected: Value
    actual: Value
    error: str = ""

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of the call, in order; new copies each time, so that an in-place edit spoils nothing."""
        from latentkit.check.calling import copied

        return tuple(copied(value) for value in self.case.inputs.values())

    def __repr__(self) -> str:
        from latentkit.check.comparing import text_of, text_of_inputs

        raised = f"it raised {self.error}" if self.error else f"actual: {_text(self.actual, text_of)}"
        return "\n".join(
            [
                f"{self.exercise}, {text_of_inputs(self.case)}",
                f"expected: {_text(self.expected, text_of)}" if self.expected is not None else "judged by a law",
                raised,
                f"call it again: {self.exercise}(*last_failure().arguments)",
            ]
        )


def _text(value: Value, text_of: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} = {text_of(item)}" for name, item in value.items())
    return str(text_of(value))


def last_failure() -> Failure:
    """The call on which the last failing check failed.

        failure = last_failure()
        my_function(*failure.arguments)     # beside failure.expected

    Raises:
        LookupError: no check has failed on a call since the notebook was started.
    """
    if _last is None:
        raise LookupError("no check has failed on a call yet: run a check first, then call last_failure()")
    return _last


def remember(failure: Failure) -> None:
    """Make it the last one."""
    global _last
    _last = failure
