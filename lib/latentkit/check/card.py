"""A verdict as a card for the notebook and as text for a terminal."""

from html import escape

from latentkit.check.cases import Examination, Verdict

COLOURS = {"passed": "#00705a", "failed": "#b04a00", "error": "#b04a00", "not_attempted": "#51606e"}
MARKS = {"passed": "✓ passed", "failed": "✗ not yet", "error": "✗ raised an error", "not_attempted": "○ not attempted"}

_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0"  # stated in full: JupyterLab and VS Code differ


def headline(verdict: Verdict) -> str:
    """One line: the exercise and how it went."""
    return f"{verdict.exercise}: {MARKS[verdict.status]}"


def summary(examination: Examination) -> str:
    """What a passing function was tried on."""
    names = ", ".join(solved.case.name for solved in examination.cases)
    return f"{len(examination.cases)} cases: {names}"


def as_text(verdict: Verdict, examination: Examination) -> str:
    """The card as plain text, one fact a line."""
    lines = [headline(verdict)]
    lines += [verdict.message] if verdict.message else [f"  {summary(examination)}"]
    lines += [f"  {label}: {text}" for label, text in verdict.facts]
    return "\n".join(lines)


def as_html(verdict: Verdict, examination: Examination) -> str:
    """The card as a fragment of HTML; every text is escaped."""
    colour = COLOURS[verdict.status]
    rows = "".join(
        f'<tr style="background:none;vertical-align:top"><th scope="row" style="{_CELL};font-weight:600">'
        f'{escape(label)}</th><td style="{_CELL}"><code>{escape(text)}</code></td></tr>'
        for label, text in verdict.facts
    )
    table = f'<table style="margin:6px 0 0;border-collapse:collapse">{rows}</table>' if rows else ""
    body = escape(verdict.message or summary(examination))
    return (
        f'<div role="status" style="border-left:4px solid {colour};padding:6px 12px;margin:4px 0;max-width:60em">'
        f'<strong style="color:{colour}">{escape(MARKS[verdict.status])}</strong> '
        f"<code>{escape(verdict.exercise)}</code>"
        f'<div style="margin-top:4px">{body}</div>{table}</div>'
    )
