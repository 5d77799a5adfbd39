"""What is chosen in a figure itself: by pointing, by the keyboard, for good by a press; and the training that plays."""

import re

import pytest

from tests.browser.figures import law_of, write_page

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(page, tmp_path):
    """A figure of a name, alone in a page that is no notebook."""

    def open_figure(name: str):
        page.goto(write_page(tmp_path / "figure.html", law_of(name).figure()._repr_html_()))
        root = page.locator(".latentkit-figure")
        root.locator(".stage + figcaption").wait_for()
        return root, root.locator(".stage + figcaption")

    return open_figure


def inputs(root) -> dict[str, float]:
    root.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return root.evaluate("root => ({...root.live.inputs})")


def test_pointing_at_a_component_shows_its_points_and_a_press_keeps_them(shown, page):
    root, caption = shown("collapse_and_cure")
    third = root.get_by_role("button", name="component 3")
    third.hover()
    caption.get_by_text("component 3 claims").wait_for()
    caption.hover()
    assert inputs(root)["component"] == 0, "pointing alone does not last"
    third.click()
    caption.hover()
    assert inputs(root)["component"] == 3 and third.get_attribute("aria-pressed") == "true"
    root.get_by_role("button", name="component 1").hover()
    assert inputs(root)["component"] == 1
    caption.hover()
    assert inputs(root)["component"] == 3, "what was pressed comes back"
    third.click()
    caption.hover()
    assert inputs(root)["component"] == 0 and third.get_attribute("aria-pressed") == "false"


def test_a_training_plays_to_its_end_unless_the_reader_takes_over(shown, page):
    root, caption = shown("collapse_and_cure")
    root.evaluate("root => root.live.set({step: 1050})")
    button = root.locator(".trainings button")
    button.click()
    assert button.text_content() == "❚❚ Pause"
    caption.get_by_text("step 1200").wait_for()
    root.get_by_role("button", name="Play the training").wait_for()
    button.click()
    caption.get_by_text("step 50").wait_for()
    root.evaluate("root => root.live.set({step: 600})")
    root.get_by_role("button", name="Play the training").wait_for()
    assert inputs(root)["step"] == 600


def test_who_asks_for_less_motion_moves_the_training_a_step_a_press(shown, page):
    page.emulate_media(reduced_motion="reduce")
    root, _ = shown("collapse_and_cure")
    button = root.get_by_role("button", name="Next recorded step")
    for step in (0, 50, 100):
        button.click()
        page.wait_for_timeout(300)
        assert inputs(root)["step"] == step


def test_the_dot_can_be_dragged_to_the_curve_of_another_weight(shown, page):
    root, caption = shown("collapse_and_cure")
    knob = root.locator(".handle").first.bounding_box()
    top = root.locator(".trainings svg").first.get_by_text("β 1", exact=True).bounding_box()
    page.mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
    page.mouse.down()
    page.mouse.move(knob["x"], top["y"] + 10, steps=4)
    page.mouse.up()
    caption.get_by_text("β = 1, step").wait_for()


def test_topics_words_and_documents_are_chosen_by_click(shown, page):
    root, caption = shown("topic_browser")
    root.locator("label.topic").nth(2).click()
    caption.get_by_text("Topic 3 holds").wait_for()
    words = root.get_by_role("group", name="words of topic 3").get_by_role("button")
    word = words.nth(1).locator("b").text_content()
    words.nth(1).click()
    caption.get_by_text(f"“{word}”:").wait_for()
    root.locator("label.topic").nth(4).click()
    caption.hover()
    assert inputs(root)["topic"] == 5
    caption.get_by_text(f"“{word}”:").wait_for()  # the word stays, and its shares
    shares = [float(text.split()[0]) for text in root.locator(".topic .line span").all_text_contents()]
    assert sum(shares) == pytest.approx(100, abs=0.5)
    document = root.get_by_role("group", name="documents with most of topic 5").get_by_role("button").first
    document.click()
    caption.get_by_text("came to lie under the pavement of a small town”:").wait_for()
    assert inputs(root)["word"] == 0, "one of both is chosen"
    document.click()
    caption.hover()
    caption.get_by_text("Topic 5 holds").wait_for()


def test_relevance_ranks_the_words_anew(shown, page):
    root, _ = shown("topic_browser")
    words = root.locator(".entry.word b")
    before = words.all_text_contents()
    slider = root.get_by_label("relevance λ", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    inputs(root)
    after = words.all_text_contents()
    assert len(before) == len(after) == 15 and before != after


def test_words_are_drawn_as_they_are(shown, page):
    """Dollars, a leading underscore, tags and Chinese are words like others."""
    root, caption = shown("topic_browser")
    sent = root.evaluate("root => JSON.parse(root.querySelector('script').textContent).data.words")
    for word in ("$x$", "_start", "星", "<b>"):
        root.evaluate("(root, place) => root.live.set({word: place})", sent.index(word) + 1)
        caption.get_by_text(f"“{word}”:").wait_for()
    assert root.locator("figure i").get_by_text("stars").count() == 0, "no title became markup"
    root, caption = shown("coloured_document")
    assert root.locator("p .marked").all_text_contents()[3:7] == ["$x$5", "stars4", "shone4", "<b>10"]
    assert "10 _markup 星 words" in root.locator(".names").text_content()
    assert root.locator(".document .title").text_content() == "A walk & its $cost$"


def test_a_topic_makes_its_words_stand_out_and_a_word_tells_its_topic(shown, page):
    root, caption = shown("coloured_document")
    page.keyboard.press("Tab")
    caption.get_by_text("Topic 1 (money words): 8 of 32 words; its top words: money words, and, others.").wait_for()
    assert set(root.locator("p .shown").all_text_contents()) == {"bank1"}
    root.locator("p .marked").get_by_text("river").first.click()
    caption.get_by_text("“river” is in topic 2 (water words); its top words: water words").wait_for()
    assert set(root.locator("p .shown").all_text_contents()) == {"river2"}
    assert root.get_by_label("word in a topic", exact=True).evaluate("slider => slider === document.activeElement")
    page.keyboard.press("ArrowRight")
    caption.get_by_text("“steep” is in topic 3").wait_for()
    assert re.fullmatch("steep3", root.locator("p .chosen").text_content())
