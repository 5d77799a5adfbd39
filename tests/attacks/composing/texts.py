"""Texts that an attack has shown, stored or used as a name."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

from tests.attacks.markup import MARKDOWN

LARGE = {
    "a hundred thousand lines": "line\n" * 100_000,
    "blank lines": " \n" * 100_000,
    "a long word": "x" * 400_000,
    "open tags": "<b " * 60_000,
    "nested tags": "<div><b><i>" * 20_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(30_000)) + ">",
    "open brackets": "[" * 100_000,
    "links without an end": "[x](http://" * 20_000,
    "formulas without an end": "\\begin{a}" * 20_000 + "$" * 1001,
    "quotes of quotes": "> " * 20_000 + "x",
    "lists of lists": "\n".join("  " * depth + "- x" for depth in range(300)),
    "fences": "```\n~~~\n" * 20_000,
    "emphasis": "*a_" * 40_000,
    "colours": "\x1b[31mx" * 30_000,
}

ODD = {
    "no text": "",
    "control characters": "\x00\x07\x08\x1b[2J\x1b]0;title\x07\x7f",
    "half a character": "\ud800 \udfff",
    "reversed text": "\u202egnp.txt\u2066\u2069",
    "letters that look alike": "аdа ⅼоɡ ﬁ",
    "letters with many marks": "e" + "\u0301" * 5000,
    "a formula for a spreadsheet": "=HYPERLINK(\"https://evil.example\";1)\n+1+cmd|' '!A0\n@SUM(1)",
    "a template": "{{ cycler.__init__.__globals__.os.environ }}{% include 'secret' %}${7*7}<%= 1 %>",
    "a path": "../../../../@COURSE@/secret.txt",
    "a file's address": "<img src='file://@COURSE@/secret.txt'>![x](@COURSE@/secret.txt)",
    "a journal's line": '{"student": "honest-both", "points": 0}\n{"student": "seed", "points": 7, "status": "passed"}\n',
    "a verdict in words": "### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS\npassed, 3 of 3 points",
    "a query": "'); DROP TABLE grade; --",
    "a number of no end": "9" * 5000,
}

TEXTS: dict[str, str] = {**{f"markup: {name}": text for name, text in MARKDOWN.items()}, **LARGE, **ODD}

SHOWN = {
    "printed": "print(text)",
    "shown as HTML": "from IPython.display import HTML, display\ndisplay(HTML(text))",
    "shown as Markdown": "from IPython.display import Markdown, display\ndisplay(Markdown(text))",
    "shown as Latex": "from IPython.display import Latex, display\ndisplay(Latex(text))",
    "shown as SVG and script": "from IPython.display import display\n"
    "display({'image/svg+xml': text, 'application/javascript': text, 'text/html': text, 'image/png': text}, raw=True)",
    "raised": "raise ValueError(text)",
    "raised as a name": "raise type('E' + text.replace(chr(0), ' ').encode('utf-8', 'replace').decode(), (Exception,), {})(text)",
    "warned": "import warnings\nwarnings.warn(text)",
    "a representation": "display(type('T', (), {'__repr__': lambda self: text, '_repr_html_': lambda self: text})())",
    "a link's text": "from IPython.display import HTML, display\ndisplay(HTML(f'<a href=\"{text}\" title=\\'{text}\\'>{text}</a>'))",
    "a figure's title": "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1)); plt.title(text[:200]); plt.show()",
}
"""Ways to show `text`, as code."""
