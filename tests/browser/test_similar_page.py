"""The page of pairs fits its window, however long the lines and the names that students wrote."""

import re

import pytest

from autograder.classroom.similarity.evidence import Pair, SharedPart
from autograder.classroom.similarity.find import Alikeness, html_page
from autograder.classroom.similarity.fingerprints import Fingerprint
from autograder.classroom.similarity.work import Part, Work

pytestmark = pytest.mark.browser

NAMES = ("v" * 120, "<b onload=alert(1)>Söns & Töchter")
CODE = f"def scale(x):\n    table = [{', '.join(map(str, range(60)))}]\n    return x"


@pytest.fixture
def address(tmp_path) -> str:
    part = Part(CODE, (Fingerprint(7, 1, 3),))
    pair = Pair(NAMES, 20.0, (SharedPart("scale", 20.0, 1.0, frozenset([7])),), 1)
    found = Alikeness("toy", (pair,), 12.0, {name: Work(name, {"scale": part}) for name in NAMES})
    path = tmp_path / "similar.html"
    path.write_text(html_page(found), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize(("width", "side_by_side"), [(1280, True), (390, False)])
def test_long_lines_and_names_stay_within_the_window(page, address, width, side_by_side):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    first, second = (one.bounding_box() for one in page.locator(".sides > div").all())
    assert (first["y"] == second["y"]) is side_by_side


def test_a_line_is_marked_to_its_end(page, address):
    page.goto(address)
    widths = page.locator("pre").first.evaluate("e => [...e.querySelectorAll('.both')].map(s => s.clientWidth)")
    assert page.locator("pre").first.evaluate("e => e.scrollWidth > e.clientWidth"), "one line is too long"
    assert page.locator(".both").all_inner_texts()[: len(widths)] == CODE.split("\n")
    assert min(widths) >= page.locator("pre").first.evaluate("e => e.clientWidth") + 1


def test_links_can_be_read_on_a_dark_page(page, address):
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    colour = page.locator("a").first.evaluate("e => getComputedStyle(e).color")
    assert min(map(int, re.findall(r"\d+", colour))) > 60, "a browser's own blue has no red and no green"
