"""Cells that show what a student's function does: `with yours("elbo_from_joint"):`."""

from types import TracebackType

NOT_YET = "Skipped: this cell shows your `{name}`, which is not written yet. Run it again when its check passes."
STOPPED = "Skipped: this cell shows your `{name}`, and stopped with {error}{place}. Run it again when its check passes."


class yours:  # noqa: N801 - read as a word of the sentence in which it stands
    """In a notebook that a person runs, leave out with one line what needs a function that does not work yet.

    So *Run All* goes on to the next exercise. Elsewhere (nbgrader, the book) the exception passes through.

    Args:
        name: the exercise whose function is shown.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        from latentkit.check.calling import is_unwritten
        from latentkit.check.frames import own_lines
        from latentkit.check.live import is_live

        if not isinstance(error, Exception) or not is_live():
            return False
        if is_unwritten(error):
            print(NOT_YET.format(name=self.name))
        else:
            text = str(error).strip().splitlines()
            told = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
            lines = own_lines(error)
            print(STOPPED.format(name=self.name, error=told, place=f" ({lines[-1].place})" if lines else ""))
        return True
