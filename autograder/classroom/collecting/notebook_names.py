"""Names of notebooks, with what browsers, Colab, JupyterLab and learning platforms add to them."""

import re

MAX_LENGTH = 1000
"""Of a file's name; a longer one is no problem set's."""

_NUMBER = r"(?:[ _-]*\(\d{1,9}\)|[ _-]\d{1,9})"
"""A browser's " (1)", a learning platform's "-2"."""
_COPY = r"-copy\d{0,9}"
"""JupyterLab's "-Copy1"."""
_COPY_OF = re.compile(r"(?:copy of|kopie von|copie de|copia de|copia di|cópia de)[ _]+", re.IGNORECASE)
"""What Colab and Drive put before a name, in some of their languages; where a platform knows no spaces, with _."""
_NOTEBOOK = re.compile(rf"(?P<stem>.*)\.ipynb(?P<number>{_NUMBER})?(?:\.(?:json|txt))?", re.IGNORECASE | re.DOTALL)
"""A browser may take a notebook for JSON or text."""
_COUNTED = re.compile(r"(?P<rest>.*?)(?:[ _-]*\((?P<browsers>\d{1,9})\)|[ _-](?P<platforms>\d{1,9}))", re.DOTALL)


def is_notebook(file_name: str) -> bool:
    """Whether a file's name is that of a notebook, also with an ending that a browser added."""
    return _NOTEBOOK.fullmatch(file_name[-MAX_LENGTH:]) is not None


def stem(file_name: str) -> str:
    """A notebook's name without its ending, but with the number that a browser put behind that; "" of a long one."""
    found = _NOTEBOOK.fullmatch(file_name) if len(file_name) <= MAX_LENGTH else None
    return f"{found['stem']}{found['number'] or ''}" if found else ""


def without_copy_of(name: str) -> str:
    """A name without the words by which Colab and Drive mark a copy."""
    while found := _COPY_OF.match(name.replace("_", " ")):
        name = name[found.end() :]
    return name


def version(file_name: str) -> tuple[str, int]:
    """A name without the number of its version, and that number, 0 where there is none.

    Of two names that are equal otherwise, the one with the greater number came later. Whether a copy is newer than its
    original nobody knows, so that names with and without such a mark are different ones.
    """
    found = _COUNTED.fullmatch(stem(file_name))
    if found is None:
        return stem(file_name).lower(), 0
    return found["rest"].lower(), int(found["browsers"] or found["platforms"])


class NotebookName:
    """Reads file names such as `ps1_elbo.ipynb`, `ps1_elbo (1).ipynb`, `Copy_of_ps1_elbo.ipynb`, `ada_ps1_elbo.ipynb`.

    Args:
        name: the problem set that is collected.
        names: all problem sets.
    """

    def __init__(self, name: str, names: list[str]) -> None:
        self.name = name
        self.names = sorted({name, *names}, key=len, reverse=True)  # ps1_elbo2 is no copy of ps1_elbo
        sets = "|".join(map(re.escape, self.names))
        self._expression = re.compile(
            rf"(?:(?P<before>.+?)[ _-])?(?P<name>{sets})(?:{_NUMBER}|{_COPY})*", re.IGNORECASE | re.DOTALL
        )

    def read(self, file_name: str) -> tuple[str, str]:
        """What stands before the problem set, and the problem set; empty where there is none."""
        found = self._expression.fullmatch(stem(file_name))
        if found is None:
            return "", ""
        name = next(name for name in self.names if name.lower() == found["name"].lower())
        return without_copy_of(f"{found['before'] or ''} ").rstrip(" _-"), name

    def is_of_another_set(self, file_name: str) -> bool:
        return self.read(file_name)[1] not in ("", self.name)

    def rank(self, file_name: str) -> int:
        """0 for the problem set's own name, 1 where something stands before it, 2 for any other name."""
        before, name = self.read(file_name)
        return 2 if name != self.name else 1 if before else 0
