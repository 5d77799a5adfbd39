"""Mix and match: tables are edited by mouse and keyboard, sentences follow at once, and their mistakes are told."""

import pytest

from latentkit.data.table_grammar import VALUES, parse
from latentkit.explore import mix_templates
from latentkit.explore.mixing import ROWS, Mix, judge
from latentkit.trained import load_trained
from tests.browser.figures import write_page
from tests.browser.test_figures import PLAIN, same
from tests.lib.test_explore_mixing import TEXTS, VOCABULARY, untrained

pytestmark = pytest.mark.browser
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def trained():
    return load_trained("vtm")


@pytest.fixture
def opened(page, tmp_path):
    """Shows a figure alone in the page, drawn."""

    def show(figure, width: int = 900):
        page.set_viewport_size({"width": width, "height": 1100})
        page.goto(write_page(tmp_path / "figure.html", figure._repr_html_()))
        page.wait_for_function("document.querySelector('.latentkit-figure')?.live?.frames > 0")
        return page.locator(".latentkit-figure")

    return show


def told(root) -> list[str]:
    """The two sentences that are shown, each behind the name of its table."""
    return [text.get_attribute("aria-label") for text in root.locator(".said").all()]


def test_a_model_that_says_anything_is_computed_as_in_python(opened, page):
    """Its sentences are none of the grammar's, and look now here, now there."""
    model = untrained()
    root, mix = opened(mix_templates(model, VOCABULARY, TEXTS)), Mix.of(model, VOCABULARY, TEXTS)
    a, b = mix.tables()
    grid = [{"walk": walk, "A": table, "B": b} for walk in (1, 1.3, 3) for table in (a, b, [1] * len(ROWS))]
    for inputs, got in zip(grid, page.evaluate(PLAIN, [root.element_handle(), grid]), strict=True):
        for one, said in zip(got["said"], mix.tell(inputs["walk"], [inputs["A"], b]), strict=True):
            same(one["words"], said.words, str(inputs))
            same(one["looks"], said.looks, str(inputs))
            same([one["leftOut"], one["madeUp"]], [said.left_out, said.made_up], str(inputs))
            assert one["template"] == -1 and parse(said.words) is None


def test_a_field_that_is_edited_changes_its_own_sentence_at_once(opened, page, trained):
    root = opened(mix_templates(trained.model, trained.vocabulary, TEXTS))
    before = told(root)
    root.get_by_label("A: day").select_option("sunday")
    page.evaluate(TWO_FRAMES)
    assert told(root) == [before[0].replace("friday", "sunday"), before[1]] and "sunday" in told(root)[0]
    root.get_by_label("A: day").select_option("missing")
    page.evaluate(TWO_FRAMES)
    assert "on sunday" in before[0].replace("friday", "sunday") and "sunday" not in told(root)[0]
    root.get_by_role("status").get_by_text(f"A: “{told(root)[0].removeprefix('A: ')}”").wait_for()


def test_the_keyboard_edits_a_table_and_keeps_the_focus(opened, page, trained):
    root = opened(mix_templates(trained.model, trained.vocabulary, TEXTS))
    box = root.get_by_label("B: kind")
    box.focus()
    page.keyboard.press("ArrowDown")
    page.evaluate(TWO_FRAMES)
    kinds = VALUES["kind"]
    assert kinds[kinds.index("tour") + 1] in told(root)[1]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "B: kind"


def test_a_sentence_that_is_pressed_gives_its_template_to_both_tables(opened, page, trained):
    given = trained.model, trained.vocabulary, TEXTS
    root, mix = opened(mix_templates(*given)), Mix.of(*given)
    buttons = root.locator(".donors button")
    for number in (3, 2, 1):
        buttons.nth(number - 1).click()
        place = f"z of sentence {number}, template {TEXTS[number - 1].template}"
        root.locator("figcaption").last.get_by_text(place).wait_for()
        said = mix.tell(number, mix.tables())
        assert told(root) == [f"{name}: {' '.join(one.words)}" for name, one in zip("AB", said, strict=True)]
        assert root.locator(".telling div > small").all_text_contents() == [judge(one) for one in said]
        ways = dict(zip("AB", (one.template for one in said), strict=True))
        marks = ["".join(name for name in ways if ways[name] == text.template) for text in TEXTS]
        assert root.locator(".marks").all_text_contents() == marks
        assert buttons.nth(number - 1).get_attribute("aria-current") == "true"
    assert page.evaluate("document.activeElement.type") == "range", "the arrow keys go on from here"


def test_what_is_made_up_has_a_wavy_line(opened, page):
    model = untrained(seed=0, factor=6)
    mix = Mix.of(model, VOCABULARY, TEXTS)
    root = opened(mix_templates(model, VOCABULARY, TEXTS))
    root.locator(".donors button").nth(1).click()
    page.evaluate(TWO_FRAMES)
    for one, text in zip(mix.tell(2, mix.tables()), root.locator(".said").all(), strict=True):
        assert len(one.made_up) == 1, "a value that the table lacks"
        assert set(text.locator(".wrong").all_text_contents()) == set(one.made_up[0].split())
