"""The lines of a student's own code in a traceback. What a library does below them explains nothing to a student."""

import linecache
import site
import sys
import sysconfig
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType

MOST_LINES = 4
"""Of one traceback; of a recursion, the first and the last are shown."""


@dataclass(frozen=True)
class OwnLine:
    """A line of the student's that was being executed.

    Attributes:
        place: "cell In[5], line 3" or "helpers.py, line 3".
        code: the line, without its indentation; "" where it is not to be had.
    """

    place: str
    code: str


def own_lines(error: BaseException) -> list[OwnLine]:
    """The student's lines that led to an exception, the outermost first; empty where there is none."""
    return [
        OwnLine(f"{place_name(frame.f_code.co_filename)}, line {number}", _line(frame, number))
        for frame, number in traceback.walk_tb(error.__traceback__)
        if is_own(frame)
    ]


def text_of_lines(error: BaseException) -> str:
    """The student's lines that led to an exception, one below the other; "" where there is none."""
    lines = [f"{line.place}: {line.code}" if line.code else line.place for line in own_lines(error)]
    if len(lines) > MOST_LINES:
        left_out = len(lines) - MOST_LINES
        half = MOST_LINES // 2
        lines = [*lines[:half], f"… {left_out} more …", *lines[-half:]]
    return "\n".join(lines)


def is_own(frame: FrameType) -> bool:
    """Whether a frame is the student's: of a notebook's cell, of a script, or of a module beside it."""
    if frame.f_globals.get("__name__") == "__main__":
        return True
    name = frame.f_code.co_filename
    return not name.startswith("<") and not any(Path(name).is_relative_to(folder) for folder in _library_folders())


def place_name(filename: str) -> str:
    """The name of the cell or of the file that code was compiled from, as a student knows it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    found = shell.compile.format_code_name(filename) if shell is not None else None
    return f"{found[0].lower()} {found[1]}" if found else Path(filename).name


def _line(frame: FrameType, number: int) -> str:
    return linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()


@lru_cache(maxsize=1)
def _library_folders() -> tuple[Path, ...]:
    """Where Python's own modules, installed packages and this library lie."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    return (Path(__file__).parents[1], *map(Path, folders))
