"""The outcome of a check as a card for the notebook and as text for a terminal.

The card takes its colours from JupyterLab's theme, or VS Code's, and mixes each with the colour of the page's text, so
that it can be read on a light ground and on a dark one. What a colour says, a mark and a word say too.
"""

import re
from html import escape

from latentkit.check.cases import Examination, Verdict
from latentkit.check.differences import WRONG
from latentkit.check.trying import Outcome

MARKS = {
    "passed": "✓ passed",
    "failed": "✗ not yet",
    "error": "✗ raised an error",
    "not_attempted": "○ not attempted",
    "not_run": "✗ the cell above did not run",
    "stopped": "✗ stopped",
}
COLOURS = {
    "passed": "var(--jp-success-color1,var(--vscode-testing-iconPassed,#00705a))",
    "failed": "var(--jp-warn-color1,var(--vscode-editorWarning-foreground,#b04a00))",
    "error": "var(--jp-error-color1,var(--vscode-errorForeground,#b3261e))",
    "not_attempted": "transparent",
    "not_run": "var(--jp-error-color1,var(--vscode-errorForeground,#b3261e))",
    "stopped": "var(--jp-error-color1,var(--vscode-errorForeground,#b3261e))",
}
INK = "var(--jp-content-font-color1,currentColor)"
MOST_PRINTED_LINES = 12  # in a terminal, which has no folds

_PLAIN = "color:inherit;background:none;font-size:inherit"  # in full: JupyterLab and VS Code differ in what they add
_TEXT = f"{_PLAIN};white-space:pre-wrap;overflow-wrap:anywhere;padding:0"
_TABLE = f"{_PLAIN};white-space:pre;padding:0;margin:0;overflow-x:auto;border:0"
_LINES = f"{_TEXT};margin:0;border:0"
_CELL = f"{_PLAIN};float:none;width:auto;margin:0;padding:0;text-align:left"
_GRID = "display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 12px;margin:6px 0 0"


def headline(verdict: Verdict) -> str:
    """One line: the exercise and how it went."""
    return f"{verdict.exercise}: {MARKS[verdict.status]}"


def summary(examination: Examination) -> str:
    """What a passing function was tried on."""
    names = ", ".join(solved.case.name for solved in examination.cases)
    return f"{len(examination.cases)} cases: {names}"


def try_again(outcome: Outcome) -> str:
    """The lines of code that call the function with the input it failed on; "" where there is none."""
    if outcome.failure is None:
        return ""
    again = f"{outcome.verdict.exercise}(*failure.arguments)"
    if outcome.failure.expected is not None:
        again += ", failure.expected"
    return f"from latentkit.check import last_failure\nfailure = last_failure()\n{again}"


def as_text(outcome: Outcome, examination: Examination) -> str:
    """The card as plain text, one fact a line; a fact of several lines stands below its label."""
    verdict = outcome.verdict
    lines = [headline(verdict)]
    lines += [verdict.message] if verdict.message else [f"  {summary(examination)}"]
    lines += [line for label, text in verdict.facts for line in _text_of_fact(label, text)]
    if outcome.printed:
        printed = outcome.printed.splitlines()
        kept = printed[:MOST_PRINTED_LINES] + (["…"] if len(printed) > MOST_PRINTED_LINES else [])
        lines += _text_of_fact("printed", "\n".join(["", *kept]))
    return "\n".join(lines)


def as_html(outcome: Outcome, examination: Examination) -> str:
    """The card as a fragment of HTML; every text is escaped."""
    verdict = outcome.verdict
    strong = 75 if verdict.status == "not_attempted" else 45  # percent of the text's colour, or of grey made of it
    colour = f"color-mix(in srgb,{COLOURS[verdict.status]},{INK} {strong}%)"
    facts = [(label, _html_of_fact(text, table=label.startswith(WRONG))) for label, text in verdict.facts]
    if again := try_again(outcome):
        facts.append(("try it", _html_of_fact(again)))
    rows = "".join(
        f'<dt style="{_CELL};font-weight:600">{escape(label)}</dt><dd style="{_CELL};min-width:0">{text}</dd>'
        for label, text in facts
    )
    table = f'<dl style="{_GRID}">{rows}</dl>' if rows else ""
    body = _with_code(escape(verdict.message or summary(examination)))
    return (
        f'<div role="status" style="border-left:4px solid {colour};padding:6px 12px;margin:4px 0;max-width:60em;'
        f'color:{INK}"><strong style="color:{colour}">{escape(MARKS[verdict.status])}</strong> '
        f'<code style="{_TEXT}">{escape(verdict.exercise)}</code>'
        f'<div style="margin-top:4px;white-space:pre-line">{body}</div>{table}{_fold(outcome.printed)}</div>'
    )


def _text_of_fact(label: str, text: str) -> list[str]:
    first, *others = text.splitlines() or [""]
    return [f"  {label}: {first}".rstrip(), *(f"    {line}" for line in others)]


def _html_of_fact(text: str, table: bool = False) -> str:
    """A fact as code; a table keeps its columns and may be scrolled, all else is wrapped."""
    if "\n" not in text:
        return f'<code style="{_TEXT}">{escape(text)}</code>'
    return f'<pre style="{_TABLE if table else _LINES}">{escape(text)}</pre>'


def _with_code(text: str) -> str:
    """What stands between backticks as code."""
    return re.sub(r"`([^`]+)`", rf'<code style="{_TEXT}">\1</code>', text)


def _fold(printed: str) -> str:
    if not printed:
        return ""
    count = printed.count("\n") + 1
    lines = "1 line" if count == 1 else f"{count} lines"
    return (
        f'<details style="margin-top:6px"><summary>Printed during the check: {lines}</summary>'
        f'<pre style="{_TABLE};max-height:16em;overflow-y:auto">{escape(printed)}</pre></details>'
    )
