"""`autograder.toml` in the course's folder: what a course sets once, a table for each subject.

[limits], [hidden_cases]    how submissions are graded: `autograder.grading.settings`
[release]                   kit_url, where students' computers fetch the kit: written by `autograder release --kit-url`
"""

import json
import re
import tomllib
from typing import Any
from urllib.parse import urlsplit

from autograder.course import Course
from autograder.files import EVERYBODY, write_whole
from latentkit.wording import listed

FILE_NAME = "autograder.toml"
_TABLES = ("limits", "hidden_cases", "release")


def table(course: Course, name: str) -> dict[str, Any]:
    """One of the file's tables, empty where there is none.

    Raises:
        ValueError: the file cannot be read, or holds a table that there is not.
    """
    path = course.root / FILE_NAME
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    if unknown := set(settings) - set(_TABLES):
        there = listed([f"[{known}]" for known in _TABLES])
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}; there is only {there}")
    found = settings.get(name, {})
    if not isinstance(found, dict):
        raise ValueError(f"{path}: [{name}] must be a table")
    return dict(found)


def kit_url(course: Course) -> str:
    """The address of the course's kit.zip; "" where none is set.

    Raises:
        ValueError: the file cannot be read, or holds what is no address.
    """
    settings = table(course, "release")
    url = settings.pop("kit_url", "")
    if settings:
        raise ValueError(f"{FILE_NAME}: [release] has only kit_url, got {', '.join(sorted(settings))}")
    return checked_url(url) if url != "" else ""


def checked_url(url: Any) -> str:
    """`url`, if a student's computer can fetch a file from it.

    Raises:
        ValueError: it is no address of a file on the web.
    """
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:  # a bracket that is not closed
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or not re.fullmatch(r"[!-~]+", url) or '"' in url:
        raise ValueError(f"the kit's address must be like https://example.org/course/kit.zip, got {url!r}")
    return str(url)


def remember_kit_url(course: Course, url: str) -> None:
    """Write the address of the course's kit.zip into the file, and leave all else in it as it is; "" forgets it.

    Raises:
        ValueError: it is no address, or the file cannot be read or holds it in a form that we do not change.
    """
    if url:
        checked_url(url)
    if table(course, "release").get("kit_url", "") == url:
        return
    path = course.root / FILE_NAME
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    line = f"kit_url = {json.dumps(url)}"
    text, replaced = re.subn(r"^kit_url[ \t]*=.*$", lambda _: line, before, flags=re.MULTILINE)
    if not replaced:
        text, replaced = re.subn(r"^\[release\].*$", lambda header: f"{header[0]}\n{line}", before, flags=re.MULTILINE)
    if not replaced:
        text = f"{before.rstrip()}\n\n[release]\n{line}\n".lstrip()
    settings = tomllib.loads(before)
    settings.setdefault("release", {})["kit_url"] = url
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        written = {}
    if written != settings:
        raise ValueError(f"{path} holds its [release] in an unusual form; write there yourself: {line}")
    write_whole(path, text, EVERYBODY)
