"""HTML by a student, made harmless before an instructor's or the student's browser shows it.

nbgrader's pages use these two as the template filters `clean_html` and `markdown2html` (see nbgrader_config.py).
"""

import html
import re

import nh3
from nbconvert.filters.markdown import markdown2html

_ACTIVE_TEX = re.compile(r"\\(href|url|require|style|class|cssId|html\w*|data|unicode)(?![A-Za-z])")
"""TeX by which MathJax makes links, runs extensions or styles the page; a space takes its meaning away."""
_BLANKS = re.compile(r"[\x00-\x20]")
"""A browser drops them from the name of a scheme."""
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")

MAX_PROSE = 20_000
MAX_OPENINGS = 200
MAX_SPACES = 200
"""What is rendered of one text: its characters, its openings of mathematics, the spaces in a row. The renderer's time
grows with the square of the last two, as it looks for the end of each in all that follows: long texts take minutes."""
_OPENING = re.compile(r"\\begin\{|\\\\[(\[]")
"""Those of `$` are not among them: the next one ends it."""


def clean_html(source: str) -> str:
    """The HTML without scripts, styles, forms, frames, and without anything that is loaded from elsewhere."""
    cleaned = nh3.clean(str(source), attribute_filter=_keep, url_schemes={"http", "https", "mailto", "data"})
    return _ACTIVE_TEX.sub(r"\\ \1", cleaned)


def clean_markdown(source: str) -> str:
    """Markdown as harmless HTML; mathematics stays as TeX. What cannot be rendered is shown as typed, and why."""
    if reason := _too_much(source):
        return _as_typed(source, reason)
    try:
        return clean_html(markdown2html(source))
    except Exception:  # a picture that is not attached, or whatever else a renderer was not made for
        return _as_typed(source, "it cannot be rendered")


def _too_much(source: str) -> str:
    """Why a text would take too long to render; empty where it would not."""
    if len(source) > MAX_PROSE:
        return f"it is longer than {MAX_PROSE} characters"
    if len(_OPENING.findall(source)) > MAX_OPENINGS:
        return f"it opens more than {MAX_OPENINGS} formulas"
    if " " * (MAX_SPACES + 1) in source:
        return f"it has more than {MAX_SPACES} spaces in a row"
    return ""


def _as_typed(source: str, reason: str) -> str:
    text = _ACTIVE_TEX.sub(r"\\ \1", html.escape(source))
    return f"<p><em>Shown as it was typed: {reason}.</em></p>\n<pre>{text}</pre>"


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """The attribute's value, or None where it goes: a picture must be in the page, a link must lead to a page."""
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    return None if _BLANKS.sub("", value).lower().startswith("data:") else value
