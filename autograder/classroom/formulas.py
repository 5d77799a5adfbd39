r"""Formulas as MathML, which a browser shows without a script and without a network.

    to_mathml(r"\log p(x) \geq \mathcal{L}", display=False)    # '<math display="inline"><mrow><mi>log</mi>…'

A student wrote the TeX, and a student can write MathML among the HTML of an answer. So whatever a converter or a
student made is written anew here from elements and attributes that can do no harm: nothing links, loads, moves or
hides. The elements are those of MathML Core, https://www.w3.org/TR/mathml-core/.

These functions work where they are called; `autograder.classroom.showing` has them work in a disposable process.
"""

import html
import re
import secrets
from collections.abc import Callable
from xml.etree.ElementTree import ParseError, XMLParser

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

MAX_TEX = 1_000
"""Characters of one formula that are converted, and how deep its braces may be: the converter's time grows with the
square of both."""
MAX_DEPTH = 30
MAX_TEX_IN_ALL = 10_000
"""Characters of all formulas of a text that are converted; those after them stay as they were typed."""
MAX_MATHML = 100_000
"""Characters of one formula's MathML."""

_ELEMENTS = {
    *("math", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mphantom", "mprescripts", "mroot"),
    *("mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr"),
    *("munder", "munderover"),
}
_TRUTH = re.compile("true|false")
_LENGTHS = re.compile(r"[0-3](\.\d{1,4})?(em|pt)( [0-3](\.\d{1,4})?(em|pt)){0,9}")
_ATTRIBUTES = {
    **dict.fromkeys(("accent", "accentunder", "displaystyle", "fence", "largeop", "movablelimits"), _TRUTH),
    **dict.fromkeys(("separator", "stretchy", "symmetric"), _TRUTH),
    "columnalign": re.compile("(left|right|center)( (left|right|center)){0,9}"),
    "columnspacing": _LENGTHS,
    "display": re.compile("block|inline"),
    "form": re.compile("prefix|infix|postfix"),
    "linethickness": re.compile("0|0pt|0em"),
    "mathvariant": re.compile("[a-z-]{1,30}"),
    "maxsize": _LENGTHS,
    "minsize": _LENGTHS,
    "rowspacing": _LENGTHS,
    "scriptlevel": re.compile("[0-9]"),
    "width": _LENGTHS,
}
"""What an attribute may say; one that says something else is left out. A negative or long width would move what stands
beside a formula over other text."""
_ROWS = ("math", "mrow", "mstyle", "mtd")
"""Elements that may have any number of children."""
_THIN_SPACE = '<mspace width="0.1667em"></mspace>'
_REWRITTEN = (
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{split}"),
    (re.compile(r"\\arg(?![A-Za-z])"), r"\\operatorname{arg}"),
    (re.compile(r"\\not\s*="), r"\\neq "),
    (re.compile(r"\\label\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])"), ""),
)
"""TeX that the converter does not know, and what looks the same."""
_TAG = re.compile(r'(<[^<>"]*(?:"[^"]*"[^<>"]*)*>)')
"""A tag of HTML that a cleaner has written, with every attribute in double quotes."""


class FormulaRenderer(IPythonRenderer):
    """Renders Markdown as nbconvert does, but formulas as MathML; one that cannot be converted stays as TeX."""

    def __init__(self) -> None:
        super().__init__(escape=False)
        self._left = MAX_TEX_IN_ALL

    def inline_math(self, body: str) -> str:
        """Between single dollars."""
        return self._formula(body, False) or super().inline_math(body)

    def block_math(self, body: str) -> str:
        """Between double dollars."""
        return self._formula(body, True) or super().block_math(body)

    def latex_environment(self, name: str, body: str) -> str:
        """Between \\begin and \\end."""
        return self._formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", True) or super().latex_environment(name, body)

    def _formula(self, tex: str, display: bool) -> str | None:
        self._left -= len(tex)
        return to_mathml(tex, display) if self._left >= 0 else None


def markdown_with_formulas(source: str) -> str:
    """Markdown as HTML that is not clean yet."""
    return str(MarkdownWithMath(renderer=FormulaRenderer()).render(source))


def to_mathml(tex: str, display: bool) -> str | None:
    """A formula as one harmless <math> element; None where it cannot be converted, or would take too long.

    Args:
        tex: without the dollars.
        display: whether it stands on a line of its own.
    """
    if len(tex) > MAX_TEX or _depth(tex) > MAX_DEPTH or not tex.strip():
        return None
    try:
        for pattern, same in _REWRITTEN:
            tex = pattern.sub(same, tex)
        made = convert(tex, display="block" if display else "inline")
    except Exception:  # it has errors of its own, and others where TeX is not what it expects
        return None
    return harmless_mathml(made)


def harmless_mathml(source: str) -> str | None:
    """A <math> element, written anew without all that could do harm; None where it is none, or has other elements.

    A backslash is refused, too: the converter passes on the commands that it does not know, and so are they told; and
    MathJax, which nbgrader's pages bring, would execute those that a student hides there.
    """
    if len(source) > MAX_MATHML or not source.startswith("<math"):  # nor a document type, which defines entities
        return None
    target = _Writer()
    parser = XMLParser(target=target)
    try:
        parser.feed(source)
        return str(parser.close())
    except (ParseError, _Refused):
        return None


def keeping_formulas(source: str, clean: Callable[[str], str]) -> str:
    """Clean HTML, but keep its harmless <math> elements, which the cleaner would take apart.

    Args:
        source: HTML that a stranger may have written.
        clean: makes it harmless; it writes attributes in double quotes, and < and > in no other place than tags.
    Returns:
        What it made, with the formulas between its tags, where they can do no harm; within a tag, such as in an
        attribute's value, there is none.
    """
    formulas: list[str] = []
    mark = f"formula{secrets.token_hex(8)}n"
    kept, at, start, end = [], 0, source.find("<math"), -1
    while start >= 0:
        if end < start and (end := source.find("</math>", start)) < 0:
            break
        following, after = source.find("<math", start + 1), end + len("</math>")
        if following < 0 or following > end:  # the last one before that end: a formula holds no other
            made = harmless_mathml(source[start:after])
            if made is not None:
                kept += [source[at:start], f"{mark}{len(formulas)}x"]
                formulas.append(made)
                at = after
        start = following
    cleaned = clean("".join([*kept, source[at:]]))
    place = re.compile(f"{mark}([0-9]+)x")
    pieces = _TAG.split(cleaned)  # text, tag, text, …
    pieces[::2] = [place.sub(lambda found: formulas[int(found[1])], text) for text in pieces[::2]]
    pieces[1::2] = [place.sub("", tag) for tag in pieces[1::2]]
    return "".join(pieces)


class _Refused(Exception):
    """There is something in it that no formula needs."""


class _Writer:
    """What a parser of XML calls; writes what is harmless, and refuses the rest.

    A thin space goes between the name of a function and its argument, as TeX sets it: the converter leaves it out.
    """

    def __init__(self) -> None:
        self._written: list[str] = []
        self._open: list[str] = []
        self._text = ""
        self._after_name = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name not in _ELEMENTS or (name == "math") is not (self._open == []) or len(self._open) > 4 * MAX_DEPTH:
            raise _Refused
        if self._after_name and name not in ("mo", "mspace"):
            self._written.append(_THIN_SPACE)
        self._after_name, self._text = False, ""
        kept = {key: value for key, value in attributes.items() if _may_say(name, key, value)}
        self._written.append("".join([f"<{name}", *(f' {key}="{value}"' for key, value in kept.items()), ">"]))
        self._open.append(name)

    def end(self, tag: str) -> None:
        name = self._open.pop()
        self._after_name = name == "mi" and len(self._text) > 1 and self._text.isalpha() and self._open[-1] in _ROWS
        self._written.append(f"</{name}>")

    def data(self, text: str) -> None:
        if "\\" in text:
            raise _Refused
        self._text += text
        self._written.append(html.escape(text))

    def close(self) -> str:
        return "".join(self._written)


def _may_say(element: str, attribute: str, value: str) -> bool:
    pattern = _ATTRIBUTES.get(attribute)
    return (
        pattern is not None and pattern.fullmatch(value) is not None and (attribute != "width" or element == "mspace")
    )


def _depth(tex: str) -> int:
    """How deep its braces and environments are nested, at the most."""
    deepest = depth = 0
    for found in re.finditer(r"\\.|\{|\}", tex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return max(deepest, tex.count("\\left"), tex.count("\\begin"))
