"""Where a course keeps its things: one folder, the same layout for every problem set and for nbgrader."""

import contextlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from autograder.files import make_folder, write_whole

CONFIG = "nbgrader_config.py"
SEED_BYTES = 32


@dataclass(frozen=True)
class Course:
    """A course folder.

    Attributes:
        root: the folder that holds `solutions/` and `nbgrader_config.py`.
    """

    root: Path

    @classmethod
    def find(cls, start: str | os.PathLike[str] | None = None) -> "Course":
        """The course that `start` (default: the working directory) lies in.

        Raises:
            ValueError: neither the folder nor one above it is a course.
        """
        here = Path.cwd() if start is None else Path(start).resolve()
        if not here.exists():
            raise ValueError(f"there is no folder {here}")
        for folder in (here, *here.parents):
            if (folder / CONFIG).is_file() and (folder / "solutions").is_dir():
                return cls(folder)
        raise ValueError(
            f"{here} is not in a course folder (one with solutions/ and {CONFIG}); "
            "change to the course folder, or name it with --course DIR"
        )

    def names(self) -> list[str]:
        """The problem sets that have a source, in order."""
        return sorted(path.stem for path in (self.root / "solutions").glob("*.py"))

    def excerpt(self, name: str, root: Path) -> "Course":
        """Make another course, in a folder without one, that has this problem set alone; it is not released there.

        Raises:
            ValueError: there is no such problem set.
        """
        source = self.source(name)
        write_whole(root / CONFIG, (self.root / CONFIG).read_bytes())
        write_whole(root / "solutions" / source.name, source.read_bytes())
        return Course(root)

    def source(self, name: str) -> Path:
        """The one source of a problem set, a notebook in jupytext's percent format.

        Raises:
            ValueError: there is no such problem set.
        """
        path = self.root / "solutions" / f"{checked(name)}.py"
        if not path.is_file():
            raise ValueError(f"no problem set {name!r}; there are: {', '.join(self.names()) or 'none yet'}")
        return path

    def release_dir(self, name: str) -> Path:
        """What students get: the notebook and its public cases."""
        return self.root / "assignments" / checked(name)

    def release_notebook(self, name: str) -> Path:
        return self.release_dir(name) / f"{name}.ipynb"

    def release_cases(self, name: str) -> Path:
        return self.release_dir(name) / "cases.npz"

    @property
    def solved(self) -> Path:
        """The solved notebooks for nbgrader's own commands; made by `autograder release`, never committed."""
        return self.root / "build" / "source"

    def solved_dir(self, name: str) -> Path:
        """One problem set's solved notebook."""
        return self.solved / checked(name)

    def solved_notebook(self, name: str) -> Path:
        return self.solved_dir(name) / f"{name}.ipynb"

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    def is_own(self, submitted: Path) -> bool:
        """Whether a folder of submissions is the course's, however it is written: names and roster are of that one."""
        return submitted.resolve() == self.submitted.resolve()

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    @property
    def gradebook_url(self) -> str:
        return f"sqlite:///{self.gradebook}"

    @property
    def state(self) -> Path:
        """The grader's own files: hidden seed, journals. For the instructor's eyes only."""
        return self.root / ".autograder"

    def state_dir(self, name: str) -> Path:
        """The grader's own files of one problem set."""
        return self.state / checked(name)

    def results(self, name: str) -> Path:
        """The last results of `autograder grade`, as JSON."""
        return self.state_dir(name) / "results.json"

    def hidden_seed(self) -> bytes:
        """The secret that the hidden cases are made from: 32 random bytes, drawn on first use and then kept.

        Raises:
            ValueError: the file is damaged or other users may read it.
        """
        path = self.state / "hidden_seed"
        if not path.exists():
            make_folder(self.state)
            self._draw_seed(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ValueError(f"other users can read {path}, which makes the hidden cases; run: chmod 600 {path}")
        seed = path.read_bytes()
        if len(seed) != SEED_BYTES:
            raise ValueError(
                f"{path} holds {len(seed)} bytes instead of {SEED_BYTES}; restore it from a backup, "
                "or delete it to draw new hidden cases (then grade everyone again)"
            )
        return seed

    def _draw_seed(self, path: Path) -> None:
        """Write a new seed whole or not at all; where two processes draw one, the first stays."""
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SEED_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()


def checked(name: str) -> str:
    """`name`, if it can be a problem set's.

    Raises:
        ValueError: it holds anything but letters, digits and underscores, as a path would.
    """
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise ValueError(f"a problem set is named with letters, digits and underscores, got {name!r}")
    return name
