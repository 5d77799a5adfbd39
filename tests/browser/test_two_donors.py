"""Two donors: exchanges by a press, sentences chosen and typed, words and trees as Python tells them."""

import pytest

from latentkit.explore.donors import EXAMPLES, FIRST, SECOND, exchange, outline, tree_of
from latentkit.explore.live import script_of
from tests.browser.figures import exchanged, law_of, write_page

pytestmark = pytest.mark.browser
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def opened(page, tmp_path):
    """Shows the figure alone in the page, drawn."""

    def show(width: int = 900):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(write_page(tmp_path / "figure.html", law_of("two_donors").figure()._repr_html_()))
        page.wait_for_function("document.querySelector('.latentkit-figure')?.live?.frames > 0")
        return page.locator(".latentkit-figure")

    return show


def marked(root, origin: str) -> list[str]:
    return root.locator(f"p.exchanged .from-{origin}").all_text_contents()


def test_a_press_leads_to_each_exchange_and_words_are_marked_as_in_python(opened, page):
    root = opened()
    for semantic, donor in enumerate("AB"):
        for syntactic, other in enumerate("AB"):
            root.get_by_role("button", name=f"Meaning of {donor}, syntax of {other}").click()
            root.get_by_role("status").get_by_text(f"z_sem of {donor}, z_syn of {other}").wait_for()
            found = exchange(**exchanged(), first=FIRST, second=SECOND, semantic=semantic, syntactic=syntactic)
            for origin in ("first", "second", "neither", "plain"):
                words = [word for word, of in zip(found.said, found.origins, strict=True) if of == origin]
                assert marked(root, origin) == words
            assert root.get_by_role("button", pressed=True).count() == 1
    root.get_by_role("slider").first.press("ArrowLeft")
    root.get_by_role("status").get_by_text("z_sem 0.99 of the way to B").wait_for()
    assert root.get_by_role("button", pressed=True).count() == 0


def test_a_reader_chooses_and_types_sentences(opened, page):
    root = opened()
    root.get_by_label("choose B").select_option(EXAMPLES["passive question"])
    page.evaluate(TWO_FRAMES)
    assert root.get_by_label("B, donor of syntax").input_value() == EXAMPLES["passive question"]
    assert root.locator("p.exchanged").text_content().strip().endswith("?")
    root.get_by_label("A, donor of meaning").fill("The zebra has praised the film.")
    page.keyboard.press("Enter")
    root.get_by_role("status").get_by_text("The model has never seen: zebra.").wait_for()
    assert root.get_by_label("choose A").input_value() == "", "it is the reader's own"
    assert root.get_by_label("choose B").input_value() == EXAMPLES["passive question"]


def test_the_tree_stands_upright_where_there_is_room_and_line_by_line_where_there_is_none(opened):
    found = exchange(**exchanged(), first=FIRST, second=SECOND, semantic=0, syntactic=1)
    lines = outline(tree_of(found.parse))
    tags = [tag for _, _, told in lines for tag in told]
    wide = opened()
    assert wide.locator(".tree .tag").all_text_contents() == tags
    assert wide.locator(".tree [class^=from-]").all_text_contents() == list(found.said)
    narrow = opened(390)
    assert narrow.locator(".tree svg").count() == 0
    assert narrow.locator(".tree li b").all_text_contents() == [label for _, label, _ in lines]
    assert narrow.locator(".tree small").all_text_contents() == tags
    assert narrow.locator(".tree [class^=from-]").all_text_contents() == list(found.said)


@pytest.mark.parametrize(
    "parse", ["", "(S NOUN", "(S NOUN ) )", "(S )", "NOUN", "(S NOUN ) (S NOUN )", "(S (NP (NP A ) ) B (VP C ) D E )"]
)
def test_tokens_are_read_as_in_python(page, parse):
    told = page.evaluate(
        f"tokens => {{{script_of('two_donors')}const tree = treeOf(tokens); return tree && outline(tree);}}",
        parse.split(),
    )
    tree = tree_of(parse.split())
    expected = tree and [{"depth": depth, "label": label, "tags": tags} for depth, label, tags in outline(tree)]
    assert told == expected
