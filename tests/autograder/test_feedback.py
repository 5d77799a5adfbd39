"""A student's page is written whatever the student wrote, and whatever became of their notebook."""

import pytest

from autograder.classroom.sanitise import MAX_OPENINGS, MAX_PROSE, MAX_SPACES, clean_markdown

BOMBS = {
    "environments": ("\\begin{a}" * 20_000, f"longer than {MAX_PROSE} characters"),
    "few environments": ("\\begin{a}" * (MAX_OPENINGS + 1), f"opens more than {MAX_OPENINGS} formulas"),
    "formulas": ("\\\\(" * 20_000, f"longer than {MAX_PROSE} characters"),
    "few formulas": ("\\\\( \\\\[" * MAX_OPENINGS, f"opens more than {MAX_OPENINGS} formulas"),
    "spaces": ("a" + " " * 19_000 + "b", f"more than {MAX_SPACES} spaces in a row"),
}
"""Texts that the renderer would take seconds to minutes for."""


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_text_that_stalls_the_renderer_is_shown_as_it_was_typed(bomb, monkeypatch):
    def never(source):
        raise AssertionError("it was rendered")

    monkeypatch.setattr("autograder.classroom.sanitise.markdown2html", never)
    source, reason = BOMBS[bomb]
    html = clean_markdown(source)
    assert reason in html
    assert f"<pre>{source}</pre>" in html


def test_what_is_shown_as_it_was_typed_is_dead():
    html = clean_markdown("<script>alert(1)</script> $\\href{javascript:alert(1)}{x}$" + "x" * MAX_PROSE)
    assert "<script" not in html and "\\href" not in html


def test_an_answer_full_of_formulas_is_rendered():
    source = "Since $p(z) > 0$, *all* of \\\\(q\\\\) is.\n\n" * MAX_OPENINGS
    html = clean_markdown(source)
    assert html.count("<em>all</em>") == MAX_OPENINGS
    assert "<pre" not in html
