"""The figures in which a reader types sentences: her words are split as in Python, hidden by hand, walked between."""

import random

import pytest

from latentkit.data.text import tokenize
from latentkit.explore.live import script_of
from tests.browser.figures import law_of, write_page

pytestmark = pytest.mark.browser

SENTENCES = """
the old doctors did not enjoy the film last week because it was boring .
My sister didn't enjoy the film yesterday.
I can't, won't and don't care!
Don’t you like it?  It’s the children’s book; isn’t it?
“Hello,” she said. 'Hello,' she said. ‘Hello’ – she said.
He said 'hello' and "bye".
"She said 'no'."
'Tis the season; 'twas cold.
D'ye see more'n enough? I'm gonna, wanna, gotta, lemme, gimme; cannot, CANNOT, uncannot, cannot-do
WE'LL DON'T IT'S I'M they're I've he'd y'all'd've
The cost: $3.88, or 3,36 euros (roughly) [sic] {x} <b>!
at 5:30 or 1,000. 1:2 :3 ,4
dashes -- and – and — and ― here‒there
wait... what.. no. yes.
Mr. Smith vs. Jones etc. U.S.A. is big.
what?! no!! *star* #tag @you 50% a&b
''double single'' `back` ``ticks''
rock 'n' roll, the '90s, 'em, o'clock, O'Neil's, ma'am
naïve café ÜBER straße ΣΟΦΟΣ é’s
«bonjour» „guten tag“
你好。再见、
film.) film." film.' film.”
the (old) doctors did (not enjoy) it
x' y ' '' "
'll 're 've n't 's not n't did n't ca n't it 1' 100'000
under_score_'s hyphen-ated--word semi;colon 😀. ok
""".splitlines()
"""As readers type them, and worse."""

PIECES = (
    "the film was boring don't it's I'd teachers' “so” ‘no’ 'yes' \"oh\" cannot wanna , . ! ? : ; -- — ( ) 3.5 1,000 "
    "10:30 ... 'tis n't naïve Tom’s * # `x` '' “ ” ' ’ \" $5 u.s. e.g. x_y é’s ’s O’Neil rock’n’roll (old) don’t."
)


def mixed_sentences(count: int) -> list[str]:
    """Pieces of sentences in a row, some of them without a space between."""
    draw = random.Random(0)
    return [
        "".join(
            piece + draw.choice("   |").replace("|", "") for piece in draw.choices(PIECES.split(), k=draw.randint(1, 9))
        )
        for _ in range(count)
    ]


def open_figure(page, folder, name: str, script: str = ""):
    """The figure of that name, alone in a page, drawn; the script runs before it is."""
    html = f"{law_of(name).figure()._repr_html_()}<script>{script}</script>"
    page.goto(write_page(folder / f"{name}.html", html))
    page.wait_for_function("document.querySelector('.latentkit-figure')?.live?.frames > 0")
    return page.locator(".latentkit-figure")


def until_drawn(page, script: str) -> None:
    """Wait until something holds of the figure's inputs, and it is drawn."""
    page.wait_for_function(f"(({{inputs}}) => {script})(document.querySelector('.latentkit-figure').live)")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_words_are_split_as_in_python(page):
    sentences = SENTENCES + mixed_sentences(400)
    split = page.evaluate(
        f"sentences => {{{script_of('sentence_homotopy')}return sentences.map(tokenize);}}", sentences
    )
    differ = [
        (sentence, got, tokenize(sentence))
        for sentence, got in zip(sentences, split, strict=True)
        if got != tokenize(sentence)
    ]
    assert differ == []


def test_words_are_hidden_by_hand_and_by_the_rate_and_shown_again(page, tmp_path):
    root = open_figure(page, tmp_path, "hidden_words")
    box, caption = root.get_by_label("sentence", exact=True), root.locator("figcaption").last
    root.get_by_role("button", name="old, word 2").click()
    until_drawn(page, "inputs.sentence.startsWith('the (old) doctors did')")
    assert box.input_value().startswith("the (old) doctors"), "the sentence tells what is hidden"
    assert "1 of 15 words hidden" in caption.text_content()

    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    until_drawn(page, "inputs.sentence.startsWith('the (old doctors) did')")
    pressed = root.get_by_role("button", pressed=True)
    assert pressed.all_text_contents() == ["(old)", "(doctors)"]
    assert page.evaluate("document.activeElement.textContent") == "(doctors)", "the keyboard stays where it was"

    root.get_by_role("spinbutton").fill("0.4")
    until_drawn(page, "inputs.rate === 0.4")
    by_rate = root.get_by_role("button", pressed=True).all_text_contents()
    assert len(by_rate) > 2 and "(did)" in by_rate
    root.get_by_role("button", name="(did), word 4").click()
    until_drawn(page, "inputs.rate === 0")
    assert root.get_by_role("button", pressed=True).all_text_contents() == [word for word in by_rate if word != "(did)"]


def test_a_reader_walks_between_two_sentences_of_her_own(page, tmp_path):
    root = open_figure(page, tmp_path, "sentence_homotopy")
    caption = root.locator("figcaption").last
    page.evaluate("""() => {
        const caption = [...document.querySelectorAll('figcaption')].at(-1);
        window.said = [];
        new MutationObserver(() => said.push(caption.textContent)).observe(caption, {childList: true});
    }""")
    root.get_by_label("first sentence").fill("Tom hated the awful hotel zebra.")
    page.keyboard.press("Enter")
    caption.get_by_text("The model has never seen: zebra.").wait_for()
    assert page.evaluate("said.length > 1 && said[0].startsWith('Computing: ')"), "she sees that it works"
    rows = root.locator(".choices li")
    assert rows.count() > 5 and all(row.endswith(".") for row in rows.all_text_contents()), "sentences are on the way"

    rows.last.get_by_role("button").press("Enter")
    until_drawn(page, "inputs.share > 0.9")
    assert rows.last.get_by_role("button").get_attribute("aria-current") == "true"
    assert caption.text_content().split(": ")[1].split(" The model")[0].split()[0] in rows.last.text_content()


def test_what_was_typed_before_the_first_frame_is_spoken(page, tmp_path):
    typed = "document.querySelector('.latentkit-figure').live.set({start: 'a zebra .'})"
    root = open_figure(page, tmp_path, "sentence_homotopy", typed)
    root.get_by_role("status").get_by_text("The model has never seen: a, zebra.").wait_for()
