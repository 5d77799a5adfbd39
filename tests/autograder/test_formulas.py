"""A formula is shown as MathML; one that is none stays as it was typed, and none does harm or holds up the page."""

import time
from xml.etree import ElementTree

import pytest

from autograder.classroom.formulas import (
    MAX_TEX,
    MAX_TEX_IN_ALL,
    harmless_mathml,
    keeping_formulas,
    markdown_with_formulas,
    to_mathml,
)
from autograder.classroom.sanitise import clean_html, clean_markdown
from autograder.classroom.showing import shown_html, shown_prose
from tests.attacks.markup import MARKDOWN, alive


def text(mathml: str) -> str:
    return "".join(ElementTree.fromstring(mathml).itertext())


@pytest.mark.parametrize(
    ("tex", "read"),
    [
        (r"\log p(x) - \mathcal{L} = \mathrm{KL} \geq 0", "logp(x)−ℒ=KL≥0"),
        (r"\mathbb{E}_{q_\phi(z \mid x)}[x]", "𝔼qϕ(z∣x)[x]"),
        (r"x < y \text{ if } \tfrac12", "x<y\u00a0if\u00a012"),
        (r"\arg\max_k a_k \not= b \label{most} \nonumber", "argmaxkak≠b"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a=bc=d"),
    ],
)
def test_what_a_derivation_is_written_in_becomes_mathml(tex, read):
    for display in (False, True):
        made = to_mathml(tex, display)
        assert text(made) == read
        assert made.startswith(f'<math display="{"block" if display else "inline"}">')


@pytest.mark.parametrize(
    "tex", [r"\foo{x}", r"\left( x", "}{", r"\frac", "{" * 40 + "}" * 40, "x" * (MAX_TEX + 1), " "]
)
def test_what_cannot_be_converted_stays_as_its_source(tex):
    assert to_mathml(tex, False) is None
    shown = clean_markdown(f"Before ${tex}$ and $x$.")
    assert "<mi>x</mi>" in shown or not tex.strip()
    assert f"${tex}$" in shown


def test_each_way_to_write_a_formula_is_known():
    shown = clean_markdown(
        "$a$ and $$b$$ and\n\n\\begin{align*}\nc &= d\n\\end{align*}\n\n`$e$` \\\\(f\\\\)\n\n| g |\n|---|\n| $h$ |"
    )
    assert shown.count('<math display="inline">') == 3
    assert shown.count('<math display="block">') == 2
    assert "<code>$e$</code>" in shown


def test_a_functions_name_stands_apart_from_its_argument():
    space = '<mspace width="0.1667em"></mspace>'
    assert f"<mi>log</mi>{space}<mi>p</mi>" in to_mathml(r"\log p", False)
    assert space not in to_mathml(r"\log(p) + x y", False)
    assert space not in to_mathml(r"\log_2", False), "a subscript has two children"


def test_formulas_pass_nbgraders_two_filters():
    """nbgrader's pages render a cell first, and clean what came of it once more."""
    shown = shown_html(shown_prose("The bound is $\\log \\mathcal{L}$."))
    assert shown == shown_prose("The bound is $\\log \\mathcal{L}$.")
    assert "<mi>ℒ</mi></mrow></math>." in shown


@pytest.mark.parametrize("name", MARKDOWN)
def test_no_markup_comes_to_life_beside_formulas(name):
    for source in (MARKDOWN[name], f"$x$ {MARKDOWN[name]} <math><mi>y</mi></math>"):
        for shown in (clean_markdown(source), clean_html(source)):
            assert alive(shown) == []
    assert "<mi>y</mi>" in clean_html(f"<math><mi>y</mi></math> {MARKDOWN[name]}")


@pytest.mark.parametrize(
    "source",
    [
        "<math><mi>x</mi>",
        "<math><b>x</b></math>",
        "<math><math><mi>x</mi></math></math>",
        "<mrow><mi>x</mi></mrow>",
        "<math><mi>&unknown;</mi></math>",
        "<!DOCTYPE math [<!ENTITY a 'b'>]><math><mi>&a;</mi></math>",
        "<math>" + "<mrow>" * 500 + "</mrow>" * 500 + "</math>",
    ],
)
def test_what_is_no_formula_is_refused(source):
    assert harmless_mathml(source) is None


def test_a_formula_in_an_attribute_ends_nothing():
    shown = keeping_formulas('<p title="<math><mi>1</mi></math>"><math><mi>2</mi></math></p>', lambda source: source)
    assert shown == '<p title=""><math><mi>2</mi></math></p>'


@pytest.mark.parametrize(
    "source",
    [
        "<math>" * 100_000,
        "<math>" * 100_000 + "</math>",
        "<math><mi>" * 50_000 + "</math>" * 50_000,
        "<math>" + "<mrow>" * 90_000 + "</math>",
    ],
)
def test_many_beginnings_take_no_longer_than_their_length(source):
    start = time.process_time()
    clean_html(source)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    "piece", ["x'", r"a_b^c", r"\left(a\right)", "&", r"\\", r"\substack{a\\b}", "{", r"\text{", "$"]
)
def test_the_converter_is_given_no_more_than_it_can_do_at_once(piece):
    formula = (piece * MAX_TEX)[: MAX_TEX - 1]
    start = time.process_time()
    markdown_with_formulas(f"${formula}$\n\n" * (2 * MAX_TEX_IN_ALL // MAX_TEX))
    assert time.process_time() - start < 1.5
