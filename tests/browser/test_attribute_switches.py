"""The table of switches: chosen by mouse and keyboard; one attribute makes a row, a third has its own buttons."""

import pytest
import torch

from latentkit.data.text import Vocabulary
from latentkit.explore import attribute_switches
from latentkit.explore.switches import write
from latentkit.models import ControlledText
from tests.browser.figures import write_page
from tests.browser.test_figures import PLAIN, same
from tests.lib.common import magnified

pytestmark = pytest.mark.browser
ATTRIBUTES = {"mood": ("sad", "glad"), "time": ("then", "now", "soon"), "number": ("one", "many")}
SENTENCE = "the film was not good ."
VOCABULARY = Vocabulary(["the", "a", "film", "soup", "was", "is", "good", "bad", "not", "."])


def untrained(*names: str) -> ControlledText:
    """A model with these of the attributes, and weights so large that z and c decide what is said."""
    torch.manual_seed(2)
    attributes = {name: ATTRIBUTES[name] for name in names}
    sizes = {"embedding_dim": 7, "hidden_dim": 16, "latent_dim": 5, "classifier_dim": 6}
    return magnified(ControlledText(len(VOCABULARY), attributes=attributes, **sizes).eval(), 4)


@pytest.fixture
def opened(page, tmp_path):
    """Shows a figure alone in the page, drawn."""

    def show(figure, width: int = 900):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(write_page(tmp_path / "figure.html", figure._repr_html_()))
        page.wait_for_function("document.querySelector('.latentkit-figure')?.live?.frames > 0")
        return page.locator(".latentkit-figure")

    return show


def underlined(root) -> list[str]:
    return root.locator(".switches .other").all_text_contents()


@pytest.mark.parametrize("names", [("time",), ("mood", "time"), tuple(ATTRIBUTES)], ids=len)
def test_any_number_of_attributes_is_computed_as_in_python(opened, page, names):
    model = untrained(*names)
    root = opened(attribute_switches(model, VOCABULARY, SENTENCE))
    codes = range(torch.tensor([len(ATTRIBUTES[name]) for name in names]).prod())
    grid = [{"sentence": SENTENCE, "walk": walk, "code": code} for walk in (0, 3.7) for code in codes]
    computed = page.evaluate(PLAIN, [root.element_handle(), grid])
    for inputs, got in zip(grid, computed, strict=True):
        found = write(model.double(), VOCABULARY, **inputs)
        cells = [{"asked": cell.asked, "said": cell.said, "heard": cell.heard} for cell in found.cells]
        same(got, {"cells": cells, "here": found.here, "heard": found.heard, "unknown": []}, str(inputs))
    assert root.locator(".switches").get_by_role("radio").count() == len(cells)


def test_a_cell_is_chosen_by_a_press_and_by_arrows_in_both_directions(opened, page):
    root = opened(attribute_switches(untrained("mood", "time"), VOCABULARY, SENTENCE))
    caption, cells = root.locator("figcaption").last, root.locator(".switches").get_by_role("radio")
    cells.nth(2).locator("xpath=..").click()
    caption.get_by_text("c = (sad, soon): ").wait_for()
    page.keyboard.press("ArrowDown")
    caption.get_by_text("c = (glad, soon): ").wait_for()
    page.keyboard.press("ArrowLeft")
    caption.get_by_text("c = (glad, now): ").wait_for()
    page.keyboard.press("ArrowUp")
    root.get_by_role("status").get_by_text("c = (sad, now): ").wait_for()
    assert page.evaluate("document.activeElement === document.querySelectorAll('.switches input')[1]")


def test_a_word_is_underlined_where_the_chosen_sentence_lacks_it(opened, page):
    root = opened(attribute_switches(untrained("mood", "time"), VOCABULARY, SENTENCE))
    for number in range(6):
        root.locator(".switches label").nth(number).click()
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        cells = [cell.said.split() for cell in write(untrained("mood", "time"), VOCABULARY, SENTENCE, 0, number).cells]
        assert underlined(root) == [word for cell in cells for word in cell if word not in cells[number]]


def test_a_third_attribute_has_buttons_below_the_table(opened, page):
    root = opened(attribute_switches(untrained(*ATTRIBUTES), VOCABULARY, SENTENCE), width=390)
    caption = root.locator("figcaption").last
    many, one = root.get_by_role("radio", name="number: many"), root.get_by_role("radio", name="number: one")
    root.locator(".switches label").nth(4).click()
    one.check()
    caption.get_by_text("c = (glad, now, one): ").wait_for()
    many.check()
    caption.get_by_text("c = (glad, now, many): ").wait_for()
    assert many.is_checked() and not one.is_checked()
    root.locator(".switches label").nth(0).click()
    caption.get_by_text("c = (sad, then, many): ").wait_for()


def test_a_typed_sentence_is_rewritten_and_its_own_cell_is_told(opened, page):
    model, sentence = untrained("mood", "time"), "A zebra is not bad."
    root = opened(attribute_switches(model, VOCABULARY, SENTENCE))
    own = root.locator("label:has(.own:not([hidden]))").get_by_role("radio")
    assert own.is_checked(), "at first it is the chosen one"
    root.get_by_role("textbox").fill(sentence)
    page.keyboard.press("Enter")
    root.get_by_role("status").get_by_text("The model has never seen: zebra.").wait_for()
    found = write(model, VOCABULARY, sentence, 0, 0)
    heard = [shares.index(max(shares)) for shares in found.heard]
    assert heard != [shares.index(max(shares)) for shares in write(model, VOCABULARY, SENTENCE, 0, 0).heard]
    asked = ", ".join(ATTRIBUTES[name][k] for name, k in zip(("mood", "time"), heard, strict=True))
    said = next(cell.said for cell in found.cells if cell.asked == heard)
    assert own.get_attribute("aria-label") == f"{asked}: {said}"

    root.get_by_role("slider").press("End")
    root.get_by_role("status").get_by_text("z at 6.0 on its way").wait_for()
    assert own.count() == 0, "z is of another sentence now"
