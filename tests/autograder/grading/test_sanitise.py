"""What a student's code printed, before a browser shows it."""

import base64
import struct
import zlib
from html.parser import HTMLParser

import pytest
from nbconvert.filters import markdown2html

from autograder.grading import sanitise


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def picture(side: int = 2, more: bytes = b"") -> bytes:
    size = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0\0" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


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
