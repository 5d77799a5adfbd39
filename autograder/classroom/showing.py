"""What a student wrote, as HTML for a page: read, cleaned, rendered and highlighted in a disposable process.

A text that takes the process more time or memory than it may is shown as it was typed, and a line says so. nbgrader's
pages use these as the template filters `clean_html`, `markdown2html` and `highlight_code` (see nbgrader_config.py).
"""

from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring.notebook import answer_of, grade_id, kind
from autograder.classroom import sanitise
from autograder.disposable import Lost, apart

SECONDS = 2
"""Of processor time, for one text: within the caps of `sanitise`, a tenth of it is enough."""


def written_sources(notebook: Path) -> dict[str | None, str]:
    """What a student wrote, by grade_id, parts that were split off included; nothing without a graded notebook.

    Raises:
        Lost: the notebook is damaged, or takes too long to read.
    """
    return {name: source for name, source in apart(_sources, str(notebook))}


def _sources(notebook: str) -> list[tuple[str | None, str]]:
    sources: dict[str | None, list[str]] = {}
    for cell in nbformat.read(notebook, as_version=4).cells if Path(notebook).is_file() else ():
        if kind(cell) in ("solution", "written") or grade_id(cell) is None:
            sources.setdefault(answer_of(cell), []).append(str(cell.source))
    return [(name, "\n\n".join(parts)) for name, parts in sources.items()]


def shown_html(source: str) -> str:
    """The HTML without anything that runs, or is loaded from elsewhere."""
    try:
        return apart(sanitise.clean_html, str(source), cpu_seconds=SECONDS)
    except Lost as lost:
        return sanitise.as_typed(str(source), f"when it was cleaned, {lost}")


def shown_prose(source: str) -> str:
    """Markdown as harmless HTML, formulas as MathML; one that cannot be converted stays as TeX."""
    try:
        return apart(sanitise.clean_markdown, str(source), cpu_seconds=SECONDS)
    except Lost as lost:
        return sanitise.as_typed(str(source), f"when it was rendered, {lost}")


def shown_code(source: str) -> str:
    """Python as HTML in colours, to stand in <pre>."""
    try:
        return apart(sanitise.highlighted, str(source), cpu_seconds=SECONDS)
    except Lost as lost:
        return sanitise.plain_code(str(source), f"when it was highlighted, {lost}")


def shown_cell(source: str, language: str | None = None, metadata: Any = None) -> str:
    """A code cell as nbconvert's pages show it, which name a language and metadata: a student's, so passed over."""
    try:
        return apart(sanitise.highlighted_cell, str(source), cpu_seconds=SECONDS)
    except Lost as lost:
        return sanitise.plain_cell(str(source), f"when it was highlighted, {lost}")
