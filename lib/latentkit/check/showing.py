"""Cells that show what a student's function does: `with showing("elbo_from_joint"):`."""

from types import TracebackType

from latentkit.wording import listed

SKIPPED = "Skipped: this cell shows your {names}, {why}. Run it again when {checks}."


class showing:
    """In a notebook that a person runs, leave out with one line what needs a function that does not work yet.

    So *Run All* goes on to the next exercise. Elsewhere (nbgrader, the book) the exception passes through.

    Args:
        names: the exercises whose functions are shown.
    """

    def __init__(self, *names: str) -> None:
        self.names = names

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
            why = "which is not written yet" if len(self.names) == 1 else "not all of which are written yet"
        else:
            text = str(error).strip().splitlines()
            lines = own_lines(error)
            place = f" ({lines[-1].place})" if lines else ""
            why = f"and stopped with {type(error).__name__}{place}" + (f": {text[0]}" if text else "")
        checks = "its check passes" if len(self.names) == 1 else "their checks pass"
        names = listed([f"`{name}`" for name in self.names])
        print(SKIPPED.format(names=names, why=why.removesuffix("."), checks=checks))
        return True
