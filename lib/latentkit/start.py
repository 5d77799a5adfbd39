"""What the first cell of a notebook asks for on a computer that is not set up for the course, such as Colab's.

`complete("ps1_elbo", KIT_URL)` installs what the library needs and fetches the notebook's cases. Where all is there,
or a grader runs the notebook, it does nothing.
"""

import importlib
import io
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from urllib.request import urlopen

KIT = "kit.zip"
"""Beside the notebook, for whom the course gives no address: it comes first."""

CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
UNNEEDED = ("jupyterlab",)
"""What opens notebooks is there where one runs."""

TIMEOUT = 60.0  # seconds without a byte


class NotFetched(Exception):
    """The kit could not be had. Its traceback is its message: the library's frames help nobody."""

    def _render_traceback_(self) -> list[str]:
        return [f"NotFetched: {self}"]


def complete(name: str, url: str = "") -> None:
    """Install what the library lacks here, and put `cases.npz` where the notebook's checks find it.

    A package of any version will do: to exchange those that Colab has loaded would need a restart.

    Args:
        name: of the problem set.
        url: of the course's kit.zip; "" where there is none.
    Raises:
        NotFetched: the address gives no kit, or pip could not install something.
    """
    if os.environ.get("NBGRADER_EXECUTION"):  # a grader, or `latentkit check`: they bring what they need
        return
    if missing := missing_requirements():
        _install(missing)
    if not _has_cases(name):
        _fetch_cases(name, url)


def missing_requirements() -> list[str]:
    """The library's requirements of which no version is here, as pip reads them; none where pip did not install it."""
    try:
        lines = requirements()
    except metadata.PackageNotFoundError:
        return []
    needed = {re.split(r"[^\w.-]", line)[0]: line for line in lines}
    return [line for package, line in needed.items() if package not in UNNEEDED and not _is_installed(package)]


def requirements() -> list[str]:
    """What the installed latentkit requires, without its extras.

    Raises:
        PackageNotFoundError: pip did not install it.
    """
    return [line for line in metadata.requires("latentkit") or [] if "extra ==" not in line]


def _is_installed(package: str) -> bool:
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _install(lines: list[str]) -> None:
    print(f"installing {', '.join(lines)}", flush=True)
    torch_too = any(line.startswith("torch") for line in lines)
    smaller = ["--extra-index-url", CPU_BUILDS] if torch_too and sys.platform == "linux" else []
    quietly = ["--quiet", "--no-warn-conflicts"]  # pip would call it an error that there is no JupyterLab
    command = [sys.executable, "-m", "pip", "install", *quietly, *smaller, *lines]
    if subprocess.run(command).returncode:
        raise NotFetched(f"pip could not install what the library needs; try in a terminal: {' '.join(command)}")
    importlib.invalidate_caches()


def _has_cases(name: str) -> bool:
    """Whether there are cases that may be this problem set's: not those that lie in another set's folder."""
    from latentkit.check import case_files

    if chosen := os.environ.get("LATENTKIT_CASES"):
        return Path(chosen).is_file()
    folders = (path.parent for path in case_files())
    return any(folder.name == name or folder.parent.name != "assignments" for folder in folders)


def _fetch_cases(name: str, url: str) -> None:
    """Take the problem set's cases from the kit into `assignments/NAME`, where its checks look for them."""
    place = Path("assignments", name, "cases.npz")
    if not url and not Path(KIT).is_file():
        print(
            f"There is no cases.npz of {name} here: put it, or the {KIT} that you were given, beside this notebook, "
            "and run this cell again."
        )
        return
    where = KIT if Path(KIT).is_file() else url
    try:
        with zipfile.ZipFile(io.BytesIO(_content(where))) as kit:
            member = next((member for member in kit.namelist() if member.endswith(place.as_posix())), None)
            content = kit.read(member) if member else None
    except (OSError, zipfile.BadZipFile) as error:
        raise NotFetched(
            f"{where} is not the course's kit ({error}): tell your instructor, or put {KIT} beside this notebook"
        ) from None
    if content is None:
        raise NotFetched(f"{where} has no cases of {name}: it is the kit of other problem sets; ask for this one's")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    print(f"fetched {place}")


def _content(where: str) -> bytes:
    if where == KIT:
        return Path(KIT).read_bytes()
    with urlopen(where, timeout=TIMEOUT) as answer:
        content: bytes = answer.read()
    return content
