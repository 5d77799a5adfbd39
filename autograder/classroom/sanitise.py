"""Prose, HTML and code by a student, made harmless before an instructor's or the student's browser shows it.

These functions work where they are called; `autograder.classroom.showing` has them work in a disposable process.
"""

import html
import re

import nh3
from nbconvert.filters.highlight import Highlight2HTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.classroom.formulas import keeping_formulas, markdown_with_formulas
from autograder.grading.sanitise import MAX_TAGS, plain_tags

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

MAX_CODE = 20_000
MAX_BLANK = 200
"""What is highlighted of one cell: its characters, the blanks and line ends in a row. The highlighter looks at the
start of each line how far the blank lines go that follow: its time grows with the square of their number."""
_BLANK = re.compile(r"\s+")

MAX_HTML = 2**20


def clean_html(source: str) -> str:
    """The HTML without scripts, styles, forms, frames, and without anything that is loaded from elsewhere.

    Formulas in MathML stay, without what could do harm.
    """
    if len(source) > MAX_HTML:
        return as_typed(source[:MAX_HTML], f"it is longer than {MAX_HTML} characters")
    return keeping_formulas(str(source), _without_formulas)


def _without_formulas(source: str) -> str:
    if source.count("<") > MAX_TAGS:
        return as_typed(source, f"it has over {MAX_TAGS} tags")
    cleaned = nh3.clean(plain_tags(source), attribute_filter=_keep, url_schemes={"http", "https", "mailto", "data"})
    return _ACTIVE_TEX.sub(r"\\ \1", cleaned)


def clean_markdown(source: str) -> str:
    """Markdown as harmless HTML, formulas as MathML: one that cannot be converted stays as TeX.

    What cannot be rendered is shown as typed, and why.
    """
    if reason := _too_much(source):
        return as_typed(source, reason)
    try:
        return clean_html(markdown_with_formulas(source))
    except Exception:  # a picture that is not attached, or whatever else a renderer was not made for
        return as_typed(source, "it cannot be rendered")


def highlighted(source: str) -> str:
    """Python as HTML in colours, to stand in <pre>; what takes too long to highlight is plain, and a line says so."""
    if reason := _too_much_code(source):
        return plain_code(source, reason)
    return highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))


def highlighted_cell(source: str) -> str:
    """As `highlighted`, within the elements that nbconvert's pages expect.

    As Python: the lexer for IPython, nbconvert's own choice, takes time that grows with the square of a line's length.
    """
    if reason := _too_much_code(source):
        return plain_cell(source, reason)
    return str(Highlight2HTML(pygments_lexer="python3")(source))


def plain_code(source: str, reason: str) -> str:
    """Code as it was typed, to stand in <pre>, after a line that says why it has no colours."""
    return f"<em># Shown without colours: {reason}.</em>\n{html.escape(source)}"


def plain_cell(source: str, reason: str) -> str:
    """As `plain_code`, within the elements that nbconvert's pages expect."""
    return f'<div class="highlight"><pre>{plain_code(source, reason)}</pre></div>'


def as_typed(source: str, reason: str) -> str:
    """Any text as HTML that shows it as it is, after a line that says why it is not rendered."""
    text = _ACTIVE_TEX.sub(r"\\ \1", html.escape(source))
    return f"<p><em>Shown as it was typed: {reason}.</em></p>\n<pre>{text}</pre>"


def _too_much(source: str) -> str:
    """Why a text would take too long to render; empty where it would not."""
    if len(source) > MAX_PROSE:
        return f"it is longer than {MAX_PROSE} characters"
    if len(_OPENING.findall(source)) > MAX_OPENINGS:
        return f"it opens more than {MAX_OPENINGS} formulas"
    if " " * (MAX_SPACES + 1) in source:
        return f"it has more than {MAX_SPACES} spaces in a row"
    return ""


def _too_much_code(source: str) -> str:
    """Why code would take too long to highlight; empty where it would not."""
    if len(source) > MAX_CODE:
        return f"it is longer than {MAX_CODE} characters"
    if any(found.end() - found.start() > MAX_BLANK for found in _BLANK.finditer(source)):
        return f"it has more than {MAX_BLANK} blanks in a row"
    return ""


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """The attribute's value, or None where it goes: a picture must be in the page, a link must lead to a page."""
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    return None if _BLANKS.sub("", value).lower().startswith("data:") else value
