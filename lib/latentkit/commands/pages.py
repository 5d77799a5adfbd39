"""A page that stands by itself: figures and tables below headings, for a browser without a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#ffffff, #111111); color: light-dark(#1a1a1a, #f0f0f0); }
section { margin: 3rem 0; }
nav ul { padding-left: 1.2rem; }
a { color: light-dark(#005a8c, #7cc4f0); }
table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; vertical-align: top; }
img, svg { max-width: 100%; }
"""


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        heading: plain text.
        words: a paragraph above, plain text.
        html: the figure or table.
    """

    heading: str
    words: str
    html: str


def page(title: str, words: str, sections: Sequence[Section]) -> str:
    """The page as HTML.

    Args:
        title, words: plain text, at the top.
        sections: in order, each with a link from the top.
    """
    links = "".join(f'<li><a href="#part-{n}">{escape(part.heading)}</a></li>' for n, part in enumerate(sections, 1))
    parts = "".join(
        f'<section id="part-{number}"><h2>{escape(part.heading)}</h2><p>{escape(part.words)}</p>{part.html}</section>\n'
        for number, part in enumerate(sections, 1)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{escape(title)}</h1>\n<p>{escape(words)}</p>\n"
        f'<nav aria-label="On this page"><ul>{links}</ul></nav>\n'
        f"{parts}</main>\n</body>\n</html>\n"
    )
