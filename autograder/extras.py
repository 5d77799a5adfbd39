"""What the instructor's command needs beyond a student's installation, and the way to get it."""

import importlib.util
import sys

EXTRAS = {
    "instructor": ("jupytext", "latex2mathml", "nbgrader", "nh3", "packaging", "setuptools", "yaml")
    + (("pyseccomp",) if sys.platform == "linux" else ()),
    "cluster": ("distributed",),
}
"""The packages of each extra of pyproject.toml that a command imports."""


def missing(extra: str) -> list[str]:
    """The packages of an extra that are not installed here; to look for them imports none."""
    return [name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None]


def way_out(extra: str) -> str:
    """The line that installs an extra, in whatever way latentkit itself was installed."""
    return f"python -m pip install 'latentkit[{extra}]'"


def require(extra: str) -> None:
    """Go on only where an extra is installed.

    Raises:
        ValueError: it is not; the message names what is missing and the line that installs it.
    """
    if absent := missing(extra):
        there, plural = ", ".join(absent), len(absent) > 1
        raise ValueError(
            f"this needs {there}, which {'are' if plural else 'is'} not installed with a student's latentkit; "
            f"run: {way_out(extra)}"
        )
