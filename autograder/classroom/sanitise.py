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


def clean_html(source: str) -> str:
    """The HTML without scripts, styles, forms, frames, and without anything that is loaded from elsewhere."""
    cleaned = nh3.clean(str(source), attribute_filter=_keep, url_schemes={"http", "https", "mailto", "data"})
    return _ACTIVE_TEX.sub(r"\\ \1", cleaned)


def clean_markdown(source: str) -> str:
    """Markdown as harmless HTML; mathematics stays as TeX. What cannot be rendered is shown as it was typed."""
    try:
        return clean_html(markdown2html(source))
    except Exception:  # a picture that is not attached, or whatever else a renderer was not made for
        return f"<pre>{html.escape(source)}</pre>"


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """The attribute's value, or None where it goes: a picture must be in the page, a link must lead to a page."""
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    return None if _BLANKS.sub("", value).lower().startswith("data:") else value
