"""What a student and a reader do in JupyterLab, done by a headless Chromium."""

import pytest

from tests.browser.jupyter_server import choose_theme
from tests.browser.notebooks import open_notebook, run_all_cells

pytestmark = pytest.mark.browser


def see_no_trouble(page, figures: int) -> None:
    """No cell has raised or warned, and there are so many figures or more, each told in words."""
    errors = page.locator('[data-mime-type="application/vnd.jupyter.error"]').all_text_contents()
    assert not errors, "no cell raises"
    warnings = page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').all_text_contents()
    assert not any("arning" in text for text in warnings), warnings
    images = page.locator(".jp-OutputArea img")
    assert images.count() >= figures
    without = [i for i in range(images.count()) if len(images.nth(i).get_attribute("alt") or "") < 40]
    assert not without, "every figure has an alt text that says what it shows"


def test_the_solved_notebook_runs_and_its_figure_moves_by_keyboard(page, lab, photograph):
    open_notebook(page, lab.notebook_url("solved/ps1_elbo.ipynb"))
    run_all_cells(page)
    see_no_trouble(page, figures=11)

    figure = page.locator('[data-latentkit-figure^="elbo_gap-"]')
    slider = figure.get_by_label("mean of q", exact=True)
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    figure.get_by_role("status").get_by_text("q = N(0.20, 1.00): log p(x) = −2.2655 = ELBO").wait_for()
    photograph(page, "elbo_gap")
    assert float(figure.get_by_role("spinbutton").first.input_value()) == pytest.approx(4 * 0.05, abs=1e-9)


def test_a_reader_walks_between_two_sentences_of_her_own(page, lab, photograph):
    open_notebook(page, lab.notebook_url("figures/ps2_sentence_vae.ipynb"))
    run_all_cells(page, at_least=3)
    see_no_trouble(page, figures=2)

    figure = page.locator('[data-latentkit-figure^="sentence_homotopy-"]')
    figure.get_by_label("first sentence").fill("Tom hated the awful hotel zebra.")
    page.keyboard.press("Enter")
    figure.get_by_role("status").get_by_text("The model has never seen: zebra").wait_for()
    figure.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    figure.get_by_role("status").get_by_text("α = 0.49").wait_for()
    photograph(page, "sentence_homotopy")


def test_a_reader_watches_the_mixture_collapse_and_cures_it(page, lab, photograph):
    open_notebook(page, lab.notebook_url("figures/ps4_mixture_vae.ipynb"))
    run_all_cells(page, at_least=2)
    see_no_trouble(page, figures=1)

    figure = page.locator('[data-latentkit-figure^="collapse_and_cure-"]')
    caption = figure.locator(".stage + figcaption")
    caption.get_by_text("the components have collapsed into one").wait_for()  # β = 0, trained to the end
    photograph(page, "collapse")
    figure.get_by_role("button", name="component 1").focus()
    page.keyboard.press("Enter")
    caption.get_by_text("component 1 claims").wait_for()
    page.keyboard.press("Enter")
    figure.get_by_label("dispersion weight β", exact=True).focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    caption.get_by_text("β = 0.5, step 1200: the components lie apart").wait_for()
    photograph(page, "cure")

    figure.get_by_role("button", name="Play the training").click()
    caption.get_by_text("the start, alike for every β").wait_for()
    figure.get_by_role("button", name="Pause").click()
    assert float(figure.get_by_label("gradient step", exact=True).input_value()) < 1200, "it stops where it is"


def test_a_reader_bends_the_dirichlet_and_leafs_through_topics(page, lab, photograph):
    open_notebook(page, lab.notebook_url("figures/ps5_lda.ipynb"))
    run_all_cells(page, at_least=3)
    see_no_trouble(page, figures=2)

    simplex = page.locator('[data-latentkit-figure^="dirichlet_simplex-"]')
    simplex.get_by_role("spinbutton", name="α₁").fill("8")
    simplex.get_by_role("status").get_by_text("Mean shares (0.67, 0.17, 0.17)").wait_for()
    photograph(page, "simplex")
    simplex.get_by_role("button", name="half of each").click()
    assert simplex.get_by_role("spinbutton", name="α₂").input_value() == "1"

    browser = page.locator('[data-latentkit-figure^="topic_browser-"]')
    caption = browser.locator(".stage + figcaption")
    radio = browser.get_by_role("radio").first
    radio.focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    caption.get_by_text("Topic 7 holds").wait_for()
    word = browser.get_by_role("group", name="words of topic 7").get_by_role("button").first
    word.focus()
    page.keyboard.press("Enter")
    caption.get_by_text(f"“{word.text_content().split()[0][:3]}").wait_for()
    assert word.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Enter")
    word.blur()
    caption.get_by_text("Topic 7 holds").wait_for()
    caption.scroll_into_view_if_needed()
    photograph(page, "topic_browser")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["ps2_sentence_vae", "ps3_controlled_text", "ps4_mixture_vae", "ps5_lda"])
def test_the_solved_notebooks_of_the_other_sets_run_from_end_to_end(name, page, solved_notebook, photograph):
    open_notebook(page, solved_notebook(name))
    run_all_cells(page)
    see_no_trouble(page, figures=5)
    photograph(page, name)


def test_validate_names_the_failing_exercise(page, lab, photograph):
    open_notebook(page, lab.notebook_url("student/ps1_elbo.ipynb"))
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("kl_to_standard_normal").first.wait_for()
    photograph(page, "validate")
    words = dialog.text_content()
    assert words.count("The following cell failed") == 1, "only what fails is named"
    assert "½" in words or "half" in words, "the known mistake is explained"


LOWEST_CONTRAST = """() => {
    const pixel = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const luminance = (...colours) => {
        for (const colour of colours) { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); }
        const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map(byte => {
            const part = byte / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const grounds = element => {
        const found = [];
        for (let at = element; at; at = at.parentElement) found.unshift(getComputedStyle(at).backgroundColor);
        return found;
    };
    const texts = [...document.querySelectorAll('.jp-OutputArea [role=status] *, .latentkit-standing')].filter(
        element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
    const ratios = texts.map(element => {
        const ground = grounds(element);
        const [low, high] = [luminance(...ground), luminance(...ground, getComputedStyle(element).color)].sort();
        return [(Math.max(low, high) + 0.05) / (Math.min(low, high) + 0.05), element.textContent.slice(0, 40)];
    });
    return [ratios.length, ...ratios.sort((a, b) => a[0] - b[0])[0]];
}"""
"""How many texts the cards hold, and the lowest contrast of one to what lies behind it, with its words."""


def test_failing_checks_show_cards_and_run_all_goes_on(page, lab, photograph):
    open_notebook(page, lab.notebook_url("cards/cards.ipynb"))
    run_all_cells(page, at_least=12)
    errors = page.locator('[data-mime-type="application/vnd.jupyter.error"]').all_text_contents()
    assert not errors, "a failure is a card, and stops nothing"
    cards = page.locator('.jp-OutputArea [role="status"]').all_text_contents()
    marks = ["✗ not yet", "✗ raised an error", "○ not attempted", "✗ stopped", "✓ passed"]
    assert [card[: len(mark)] for card, mark in zip(cards, marks, strict=True)] == marks
    assert "cell In[4], line 3: return (x @ logits).sum(-1)" in cards[1]
    assert "Skipped: this cell shows your `elbo`" in page.locator(".jp-CodeCell").nth(7).text_content()
    strips = page.locator(".latentkit-standing").all_text_contents()
    assert strips == ["1 of 9 done"] * 5, "the strips of the checks above follow"
    fold = page.locator('.jp-OutputArea [role="status"] details')
    assert "shape" not in fold.inner_text()
    fold.locator("summary").click()
    assert "shape (" in fold.inner_text()
    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").or_(page.locator(".jp-mod-dirty")).first.wait_for(state="hidden")

    try:
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            choose_theme(lab, theme)
            open_notebook(page, lab.notebook_url("cards/cards.ipynb"))
            page.locator('.jp-OutputArea [role="status"]').nth(4).wait_for()
            light = page.locator("body").get_attribute("data-jp-theme-light")
            assert light == str(theme.endswith("Light")).lower()
            count, lowest, words = page.evaluate(LOWEST_CONTRAST)
            assert count > 30 and lowest >= 4.5, f"{theme}: {words!r} has a contrast of {lowest:.2f}"
            page.set_viewport_size({"width": 640, "height": 1000})
            page.get_by_role("tab", name="File Browser").click()  # closes it
            page.wait_for_timeout(1000)
            card = page.locator('.jp-OutputArea [role="status"]').first
            card.scroll_into_view_if_needed()
            photograph(page, f"cards_{theme.split()[-1].lower()}")
            wider = card.evaluate("card => card.scrollWidth - card.clientWidth")
            assert wider <= 0, "a narrow window cuts nothing off"
            page.set_viewport_size({"width": 1300, "height": 1000})
    finally:
        choose_theme(lab, "JupyterLab Light")
