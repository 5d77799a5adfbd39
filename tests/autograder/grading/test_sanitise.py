"""What a student's code printed, before a browser shows it."""

import base64
import json
import struct
import time
import zlib
from html.parser import HTMLParser

import pytest
from nbconvert.filters import markdown2html

from autograder.disposable import Lost
from autograder.grading import sanitise
from tests.hostile_text import assert_linear, hostile_texts


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def picture(side: int = 2, more: bytes = b"") -> bytes:
    size = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0\0" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def said(items: list) -> bytes:
    """Outputs as a child sends them."""
    return json.dumps(items).encode()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_picture_passes():
    assert sanitise.png(encoded(picture())) == encoded(picture())


def test_a_picture_loses_what_is_no_picture():
    told = picture(more=chunk(b"tEXt", b"<script>alert(1)</script>")) + b"<script>alert(2)</script>"
    assert sanitise.png(encoded(told)) == encoded(picture())


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"<svg/>", picture()[:-4], picture()[:40] + b"x" + picture()[41:], picture(side=100_000)],
)
def test_what_is_no_picture_does_not_pass(content):
    assert sanitise.png(encoded(content)) is None


def test_what_is_no_base64_does_not_pass():
    assert sanitise.png('"><script>alert(1)</script>') is None


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<img src="http://evil.example/pixel.png">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<svg onload=alert(1)></svg>",
        "<style>body{display:none}</style>",
        "<iframe src='http://evil.example'></iframe>",
        "<form action='http://evil.example'><input></form>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x][y]\n\n[y]: javascript:alert(1)",
        "<javascript:alert(1)>",
        "![pixel](http://evil.example/pixel.png)",
        "![pixel][y]\n\n[y]: http://evil.example/pixel.png",
    ],
)
def test_nothing_comes_to_life(source):
    for shown in (markdown2html(sanitise.markdown(source)), sanitise.html(source)):
        for tag, attributes in tags(shown):
            assert tag in {"p", "a", "img", "em", "strong", "code", "pre", "div", "span", "br"}
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset")]
            assert attributes.get("href", "https:").startswith(("https:", "http:", "#"))


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """The tags that a browser would see, with their attributes."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(html)
    return found


def test_prose_stays_readable():
    source = "Jensen: $\\log E[x] \\ge E[\\log x]$, *so* `a < b`; see [the notes](https://example.org/a_b)."
    assert sanitise.markdown(source) == source


def test_outputs_pass_by_a_list_of_what_is_harmless():
    items = [
        {"output_type": "stream", "name": "stdout", "text": "a\x00b"},
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)", "image/svg+xml": "<svg/>"}},
        {"output_type": "display_data", "data": {"text/html": "<b>x</b><script>1</script>", "text/plain": "x"}},
        {"output_type": "display_data", "data": {"text/plain": "<Markdown>", "text/markdown": "**x**<script>"}},
        {"output_type": "execute_result", "data": {"text/plain": "100"}, "metadata": {"x": "y"}},
        {"output_type": "error", "ename": "E\nE", "evalue": "v", "traceback": ["\x1b[31mred\x1b[0m", 7]},
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
        {"output_type": ["stream"]},
        None,
    ]
    shown = sanitise.outputs(items)
    assert [output.output_type for output in shown] == [
        "stream",
        "display_data",
        "display_data",
        "execute_result",
        "error",
    ]
    assert shown[0].text == "a\ufffdb"
    assert shown[1].data["text/html"] == "<b>x</b>"
    assert shown[2].data == {"text/plain": "**x**<script>"}
    assert shown[3].metadata == {}
    assert shown[4].traceback == ["\x1b[31mred\x1b[0m"]


def test_a_flood_is_cut():
    items = [{"output_type": "stream", "name": "stdout", "text": "x" * 10**6}] * 1000
    shown = sanitise.outputs(items)
    assert len(shown) <= sanitise.MAX_OUTPUTS
    assert all(len(output.text) <= sanitise.MAX_TEXT + 20 for output in shown)


@pytest.mark.parametrize("items", [None, 3, "x", {}, {"output_type": "stream"}])
def test_what_is_no_list_of_outputs_is_nothing(items):
    assert sanitise.outputs(items) == []


def shown(data: dict[str, str]) -> list[dict[str, object]]:
    return [{"output_type": "display_data", "data": data}]


def printed(text: str) -> list[dict[str, object]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


CLEANERS = {
    "text": sanitise.text,
    "sentence": sanitise.sentence,
    "markdown": sanitise.markdown,
    "html": sanitise.html,
    "plain_tags": sanitise.plain_tags,
    "png": sanitise.png,
    "printed": lambda source: sanitise.outputs(printed(source)),
    "shown": lambda source: sanitise.outputs(shown({"text/html": source, "text/latex": source, "image/png": source})),
    "raised": lambda source: sanitise.outputs(
        [{"output_type": "error", "ename": source, "evalue": source, "traceback": [source, *source[:10_000]]}]
    ),
}


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_the_time_grows_no_faster_than_the_text(cleaner):
    assert_linear(CLEANERS[cleaner], hostile_texts(100, 2**17))


def test_the_time_of_a_picture_grows_no_faster_than_its_chunks():
    many = [encoded(picture(more=chunk(b"tEXt", b"") * number)) for number in (50_000, 100_000)]
    assert_linear(sanitise.png, [tuple(many)])


@pytest.mark.parametrize(
    "source",
    [
        "<b " * 5000 + "x" * (2**20 - 20_000),
        "<p " + " ".join(f"a{number}" for number in range(60_000)) + ">",
        "<p " + "".join(f"a{number}='>' " for number in range(60_000)) + ">",
        "<p " + "/".join(f"a{number}" for number in range(60_000)),
        "<b title='" + "<b title='" * 5000,
        "".join(f"<p><b title={number}>" for number in range(2400)),
        "</p" + " a=b" * 200_000 + ">",
        "<!-- <p title=' --> <p " + " ".join(f"a{number}" for number in range(60_000)) + " '>",
    ],
)
def test_html_that_holds_up_a_parser_takes_no_time(source):
    start = time.process_time()
    sanitise.html(source)
    assert time.process_time() - start < 0.5


def test_tags_keep_their_attributes():
    cell = '<td colspan="2" title="a &lt; b" rowspan="3">x</td>'
    source = "<table><tr><td colspan=2 title='a &lt; b' title=\"second\" rowspan=3>x</td></tr></table> 1 < 2 <hr/>"
    assert sanitise.html(source) == f"<table><tbody><tr>{cell}</tr></tbody></table> 1 &lt; 2 <hr>"


def test_pictures_have_so_many_pixels_in_all():
    large = encoded(picture(side=4096))
    in_html = {"text/html": f'<img src="data:image/png;base64,{large}">'}
    found = sanitise.outputs(
        [*shown({"image/png": large}), *shown(in_html), *shown({"image/png": large}), *printed("x")]
    )
    assert sanitise.pixels_of(found) == sanitise.MAX_PIXELS == 2 * 4096**2
    assert "too many pixels" in found[2].text
    assert found[3].text == "x"
    assert sanitise.outputs(shown({"image/png": large}), pixels=100)[0].text == found[2].text


def test_cleaning_apart_finds_the_same():
    items = [*shown({"text/html": "<i>x</i><script>1</script>", "image/png": encoded(picture())}), *printed("x\x00")]
    assert sanitise.outputs_apart(said(items)) == sanitise.outputs(items)
    assert sanitise.outputs_apart(said(items))[1].text == "x\ufffd"
    assert sanitise.outputs_apart(said(printed("y")))[0].text == "y"


@pytest.mark.parametrize(
    "said", [b"", b"[", b"\xff", b"[" * 60_000, b"9" * 5_000, b'{"output_type": "stream"}', b"NaN"]
)
@pytest.mark.parametrize("padding", [0, sanitise.READ_HERE])
def test_what_is_no_json_of_outputs_shows_nothing(said, padding):
    assert sanitise.outputs_apart(said + b" " * padding) == []


def test_much_of_what_a_child_says_is_read_in_another_process():
    """A forest of empty lists takes long to read, and holds the interpreter's lock meanwhile."""
    forest = b"[" + b"[]," * 2**20 + b"[]]"
    before = time.process_time()
    json.loads(forest)
    here = time.process_time() - before
    before = time.process_time()
    assert sanitise.outputs_apart(forest) == []
    assert time.process_time() - before < here / 2


def test_a_traceback_of_many_lines_is_of_few_strings():
    (raised,) = sanitise.outputs([{"output_type": "error", "ename": "E", "evalue": "", "traceback": ["\n" * 50_000]}])
    assert len(raised.traceback) == sanitise.MAX_LINES + 1 and "\n".join(raised.traceback) == "\n" * 50_000


def test_an_output_that_cannot_be_cleaned_in_time_is_left_out_and_told(monkeypatch):
    def lost(*arguments):
        raise Lost("it took more than 5 seconds of processor time")

    monkeypatch.setattr(sanitise, "apart", lost)
    (output,) = sanitise.outputs_apart(said(shown({"text/html": "<b>x</b>"})))
    assert "left out" in output.text and "5 seconds" in output.text


def test_colours_beyond_some_are_left_out():
    assert "\x1b" not in sanitise.text("\x1b[31mx" * (sanitise.MAX_COLOURS + 1))
    assert sanitise.text("\x1b[31mx\x1b[0m") == "\x1b[31mx\x1b[0m"
