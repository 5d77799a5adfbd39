"""Live figures: they compute what Python does, wherever they are shown, for whoever reads them, by whatever hand."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter

from latentkit.explore.figure import Passage
from latentkit.explore.live import STILL
from tests.browser.figures import LAWS, Law, law_of, saved_notebook, write_page
from tests.browser.jupyter_server import CHROMIUM_FLAGS, PATIENCE, choose_theme
from tests.browser.notebooks import choose_no_kernel, run_all_cells, wait_for_kernel

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
AXE = ROOT / "build" / "axe"
INSTALL_AXE = "npm install --prefix build/axe axe-core@4.14"
IN_LAB = ("live", "reopened")
PLACES = [*IN_LAB, "exported", "plain", pytest.param("book", marks=pytest.mark.slow)]
SCHEMES = ["light", pytest.param("dark", marks=pytest.mark.slow)]
NAMED_ROLES = {"button", "checkbox", "combobox", "figure", "image", "link", "radio", "slider", "spinbutton", "textbox"}

CAPTION = ".stage + figcaption"

PLAIN = """([root, grid]) => {
    const plain = value => ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value, plain)
        : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
        : value;
    return grid.map(inputs => plain(root.live.compute(inputs)));
}"""
"""What the figure computes at each point of a grid, as what JSON can hold."""

CONTRASTS = """root => {
    const pixel = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const luminance = colour => {
        pixel.fillStyle = colour;
        pixel.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map(byte => {
            const part = byte / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = luminance(getComputedStyle(root).backgroundColor);
    return [...root.querySelectorAll('.stage text, figcaption, .controls span, .legend li')].map(element => {
        const style = getComputedStyle(element);
        const ink = luminance(element.tagName === 'text' ? style.fill : style.color);
        const ground = style.paintOrder.startsWith('stroke') ? luminance(style.stroke) : paper;
        return [(Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05), element.textContent];
    });
}"""
"""Of each text of the figure on its paper, or on its outline where it has one, and the text."""


TOUCHING = """root => [...root.querySelectorAll('.axes')].flatMap(axes => {
    const words = [...axes.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
    return words.flatMap(([one, a], i) => words.slice(i + 1)
        .filter(([, b]) => a.width && b.width && Math.abs(a.top - b.top) < 2)
        .filter(([, b]) => a.left < b.right + 6 && b.left < a.right + 6)
        .map(([other]) => `${one}|${other}`));
})"""
"""Pairs of words in one line on a plot's axes that are less than six pixels apart."""

THREE_FRAMES = """async () => {
    for (let i = 0; i < 3; i += 1) await new Promise(requestAnimationFrame);
}"""
"""Until a figure has seen its new width, and is drawn for it."""


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def open_page(browser) -> Callable[..., Any]:
    """Opens an address in a profile of its own, where nothing is read from the network."""

    def opened(url: str, width: int = 1100, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(30_000 if url.startswith("file:") else 1000 * PATIENCE)
        page = context.new_page()
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        if url.startswith("file:"):
            page.route("http*://**", lambda route: route.abort())
        page.goto(url, wait_until="domcontentloaded")
        return page

    return opened


@pytest.fixture(scope="module")
def addresses(tmp_path_factory) -> Callable[[str, str], str]:
    """Where a figure lies as a file: alone in a page, in an exported notebook, or in a book."""
    folder = tmp_path_factory.mktemp("figures")

    def address(place: str, name: str) -> str:
        path = folder / {"plain": f"{name}.html", "exported": "exported.html", "book": "book/figures.html"}[place]
        if not path.exists():
            {"plain": write_plain, "exported": write_exported, "book": write_book}[place](path, name)
        return path.as_uri()

    return address


def write_plain(path: Path, *names: str) -> None:
    head = '<meta name="viewport" content="width=device-width"><title>A figure</title>'
    html = "".join(law_of(name).figure()._repr_html_() for name in names)
    write_page(path, f"<main><h1>A figure</h1>{html}</main>", head)


def write_exported(path: Path, _name: str) -> None:
    body, _ = HTMLExporter().from_notebook_node(saved_notebook())
    path.write_text(body, encoding="utf-8")


def write_book(path: Path, _name: str) -> None:
    """A book of one chapter with the theme of ours."""
    source = path.parent.parent / "source"
    source.mkdir()
    nbformat.write(saved_notebook(), source / "figures.ipynb")
    (source / "conf.py").write_text(
        "extensions = ['myst_nb']\nnb_execution_mode = 'off'\nhtml_theme = 'sphinx_book_theme'", encoding="utf-8"
    )
    (source / "index.md").write_text("# Book\n```{toctree}\nfigures\n```\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "html", source, path.parent], check=True, timeout=600)


@pytest.fixture(scope="module")
def shown(request, open_page, addresses) -> Iterator[Callable[[str, str], Any]]:
    """The figure of a name in a place, in a page that the tests of this file share."""
    pages: dict[str, Any] = {}

    def figure(place: str, name: str):
        key = name if place == "plain" else place
        if key not in pages:
            pages[key] = (
                in_lab(request.getfixturevalue("lab"), place) if place in IN_LAB else open_page(addresses(place, name))
            )
        root = pages[key].locator(f'[data-latentkit-figure^="{name}-"]').first
        until_drawn(root)
        root.scroll_into_view_if_needed()
        return root

    def in_lab(lab, place: str):
        url = lab.notebook_url(f"figures/{place}.ipynb")
        page = open_page(url)
        if place == "live":
            wait_for_kernel(page)
            run_all_cells(page, at_least=len(LAWS))
        else:
            choose_no_kernel(page)
        return page

    yield figure
    for page in pages.values():
        page.context.close()


@pytest.fixture
def alone(open_page, addresses) -> Iterator[Callable[..., Any]]:
    """A figure alone in a fresh page, with the options of a browser's profile."""
    pages = []

    def figure(name: str, **options):
        pages.append(open_page(addresses("plain", name), **options))
        root = pages[-1].locator(".latentkit-figure")
        until_drawn(root)
        return root

    yield figure
    for page in pages:
        assert not page.trouble
        page.context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, which is fetched once where there is npm."""
    source = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists() and shutil.which("npm"):
        command = [*INSTALL_AXE.split(), "--no-audit", "--no-fund", "--fetch-retries=0"]
        subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120)
    if not source.exists():
        pytest.skip(f"axe-core is not installed: {INSTALL_AXE}")
    return source.read_text(encoding="utf-8")


def same(got: Any, expected: Any, where: str = "") -> None:
    """Both are alike: text by letter, numbers to a ten-thousandth."""
    if isinstance(expected, Mapping):
        assert set(got) == set(expected), where
        for name in expected:
            same(got[name], expected[name], f"{where}.{name}")
    elif isinstance(expected, str | bool):
        assert got == expected, where
    elif isinstance(expected, int | float):
        assert math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-9), (
            f"{where}: {got} in the browser, {expected} in Python"
        )
    else:
        assert len(got) == len(expected), where
        for i, (one, other) in enumerate(zip(got, expected, strict=True)):
            same(one, other, f"{where}[{i}]")


def state(root) -> tuple[str, int]:
    """The controls' values as text, and how many frames have been drawn."""
    values, frames = root.evaluate("root => [JSON.stringify(root.live.inputs), root.live.frames]")
    return values, frames


def until_drawn(root) -> None:
    """Wait for the figure's first frame, which may take some computing."""
    root.locator(CAPTION).wait_for()
    root.page.wait_for_function("root => root.live.frames > 0", arg=root.element_handle())


each_figure = pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])


@pytest.mark.parametrize("place", PLACES)
@each_figure
def test_the_browser_computes_what_python_does(law: Law, place, shown):
    root = shown(place, law.name)
    computed = root.page.evaluate(PLAIN, [root.element_handle(), law.grid])
    for inputs, got in zip(law.grid, computed, strict=True):
        same(got, law.numbers(**inputs), f"{law.name} at {json.dumps(inputs)}")
    if place == "reopened":
        assert root.page.get_by_text("No Kernel").count(), "nothing runs behind it"


@pytest.mark.parametrize("place", ["live", "plain"])
@each_figure
def test_the_keyboard_moves_every_slider_and_the_words_follow(law, place, shown):
    root = shown(place, law.name)
    for slider in root.get_by_role("slider").all():
        before, words = state(root), root.locator(CAPTION).text_content()
        slider.focus()
        at_the_end = slider.evaluate("slider => slider.value === slider.max")
        root.page.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
        root.page.wait_for_function("([root, n]) => root.live.frames > n", arg=[root.element_handle(), before[1]])
        assert state(root)[0] != before[0], "the value changes"
        box = slider.locator("xpath=ancestor::div[1]").get_by_role("spinbutton")
        assert float(box.input_value()) == float(slider.input_value()), "the number box follows"
        now = root.locator(CAPTION).text_content()
        root.get_by_role("status").get_by_text(now).wait_for()  # spoken once the slider rests
        assert words != now or "cycles" in slider.evaluate("slider => slider.labels[0].textContent")


@pytest.mark.parametrize("touch", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["mouse", "touch"])
@each_figure
def test_whatever_can_be_dragged_follows_the_pointer(law, touch, alone):
    root = alone(law.name, has_touch=touch)
    for handle in root.locator(".draggable").all():
        box, before = handle.bounding_box(), state(root)[0]
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        drag(root.page, x, y, 60, touch)
        if state(root)[0] == before:  # it stood at its end
            drag(root.page, x, y, -60, touch)
        assert state(root)[0] != before


def drag(page, x: float, y: float, way: float, touch: bool) -> None:
    """From a place to the right by so many pixels, and a little down; returns when the figure is drawn anew."""
    stops = [(x, y), (x + way / 2, y + 2), (x + way, y + way / 4)]
    if touch:
        session = page.context.new_cdp_session(page)
        for kind, (px, py) in zip(("touchStart", "touchMove", "touchMove"), stops, strict=True):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.move(*stops[0])
        page.mouse.down()
        for stop in stops[1:]:
            page.mouse.move(*stop)
        page.mouse.up()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@each_figure
def test_a_hundred_events_make_one_frame(law, alone):
    root = alone(law.name)
    drawn = root.evaluate("""async root => {
        const rest = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        await rest();
        const before = root.live.frames;
        for (let i = 0; i < 100; i += 1) root.live.set({...root.live.inputs});
        await rest();
        return root.live.frames - before;
    }""")
    assert drawn == 1


@each_figure
def test_every_control_has_a_name_in_the_accessibility_tree(law, alone):
    root = alone(law.name)
    tree = root.page.context.new_cdp_session(root.page).send("Accessibility.getFullAXTree")["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"] and node["role"]["value"] in NAMED_ROLES
    ]
    assert [role for role, name in named if not name.strip()] == []
    controls = [name for role, name in named if role not in ("figure", "image")]
    assert len(controls) == len(set(controls)), "no two are named alike"
    count = root.locator("input, button, select, textarea, a, [role=button], [role=slider]").count()
    assert len(controls) == count > 0, "each is in the tree"
    assert len(root.locator(".stage").get_attribute("aria-label")) > 40, "the picture is told"


@pytest.mark.parametrize("scheme", SCHEMES)
@each_figure
def test_axe_finds_nothing(law, scheme, alone, axe):
    root = alone(law.name, color_scheme=scheme)
    root.page.evaluate(axe)
    violations = root.page.evaluate("async () => (await axe.run()).violations")
    told = [(found["id"], found["help"], [node["html"][:120] for node in found["nodes"]]) for found in violations]
    assert told == []


@pytest.mark.parametrize("scheme", SCHEMES)
@each_figure
def test_a_phone_shows_all_of_it_and_its_words_can_be_read(law, scheme, alone, photograph):
    root = alone(law.name, width=320, color_scheme=scheme, reduced_motion="reduce")
    page = root.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    edges = root.evaluate("root => [...root.querySelectorAll('text')].map(text => text.getBoundingClientRect().right)")
    assert max(edges, default=0) <= 320, "no word is cut off"
    contrasts = root.evaluate(CONTRASTS)
    lowest, words = min(contrasts)
    assert lowest >= 4.5, f"{words!r} has a contrast of {lowest:.2f}"
    assert page.evaluate("document.getAnimations().length") == 0, "nothing moves of itself for those who ask for that"
    photograph(page, f"{law.name}_phone_{scheme}")


@each_figure
def test_no_two_words_under_an_axis_touch_at_any_width(law, alone):
    root = alone(law.name, width=320, reduced_motion="reduce")
    for width in (320, 360, 390, 570, 700, 1100):
        root.page.set_viewport_size({"width": width, "height": 900})
        root.page.evaluate(THREE_FRAMES)
        assert root.evaluate(TOUCHING) == [], f"at {width} pixels"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_figures_follow_the_theme_of_jupyterlab_not_of_the_system(theme, lab, open_page, photograph):
    try:
        choose_theme(lab, theme)
        other = "light" if theme.endswith("Dark") else "dark"
        page = open_page(lab.notebook_url("figures/reopened.ipynb"), color_scheme=other)
        choose_no_kernel(page)
        for law in LAWS:
            root = page.locator(f'[data-latentkit-figure^="{law.name}-"]').first
            until_drawn(root)
            root.scroll_into_view_if_needed()
            contrasts = root.evaluate(CONTRASTS)
            assert min(contrasts)[0] >= 4.5, min(contrasts)
            paper = root.evaluate("root => getComputedStyle(root).backgroundColor")
            cell = page.evaluate("getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')")
            assert (paper == "rgb(255, 255, 255)") is (theme == "JupyterLab Light"), f"{paper} in cells of {cell}"
            photograph(page, f"{law.name}_{theme.split()[-1].lower()}")
        page.context.close()
    finally:
        choose_theme(lab, "JupyterLab Light")


def test_an_untrusted_notebook_shows_the_pictures_and_says_how_to_set_them_in_motion(lab, open_page, photograph):
    page = open_page(lab.notebook_url("figures/untrusted.ipynb"))
    choose_no_kernel(page)
    stills = page.locator(".jp-OutputArea .latentkit-still")
    stills.first.wait_for()
    assert stills.count() == len(LAWS)
    for still, law in zip(stills.all(), LAWS, strict=True):
        pictures = still.locator("img")
        if isinstance(law.figure().picture, Passage):
            assert still.is_visible() and not pictures.count()
            continue
        assert pictures.count() == 1
        picture = pictures.first
        assert picture.is_visible() and picture.evaluate("img => img.complete && img.naturalWidth > 1000")
        assert len(picture.get_attribute("alt")) > 40
    assert page.get_by_text(STILL).count() == len(LAWS)
    assert page.locator(".jp-OutputArea").locator("input, button, select, script").count() == 0
    photograph(page, "untrusted")
    page.context.close()


SIZES = """root => [...root.querySelectorAll('.stage *')].map(element => {
    const {width, height} = element.getBoundingClientRect();
    return `${element.tagName} ${element.getAttribute('class')} ${width.toFixed(1)} x ${height.toFixed(1)}`;
})"""
"""What each element of the figure is, and how large."""


@pytest.fixture(scope="module")
def together(open_page, tmp_path_factory):
    """A page of all figures, whose styles hold for the whole page."""
    path = tmp_path_factory.mktemp("together") / "figures.html"
    write_plain(path, *(law.name for law in LAWS))
    page = open_page(path.as_uri(), reduced_motion="reduce")
    yield page
    page.context.close()


@each_figure
def test_a_figure_among_others_looks_as_it_does_alone(law, alone, together):
    among = together.locator(f'[data-latentkit-figure^="{law.name}-"]')
    until_drawn(among)
    assert among.evaluate(SIZES) == alone(law.name, reduced_motion="reduce").evaluate(SIZES)


@each_figure
def test_nothing_is_spoken_until_the_reader_moves_something(law, alone):
    root = alone(law.name)
    for width in (1100, 700):
        root.page.set_viewport_size({"width": width, "height": 900})
        root.page.wait_for_timeout(800)
        assert root.get_by_role("status").text_content() == ""


def test_a_figure_that_cannot_be_built_leaves_its_picture(open_page, tmp_path):
    broken = "<script>document.createElementNS = () => { throw new Error('nothing can be drawn'); };</script>"
    page = open_page(write_page(tmp_path / "broken.html", broken + LAWS[0].figure()._repr_html_()))
    assert page.locator(".latentkit-still img").is_visible() and page.get_by_text(STILL).is_visible()
    assert page.locator(".stage, .controls, .spoken").count() == 0
    assert page.trouble == ["nothing can be drawn"]
    page.context.close()


def test_a_figure_shown_twice_is_two_figures(open_page, tmp_path):
    html = LAWS[0].figure()._repr_html_()
    page = open_page(write_page(tmp_path / "twice.html", html + html))
    moved = page.evaluate("""() => {
        const [first, second] = document.querySelectorAll('.latentkit-figure');
        first.live.set({mean: 1});
        return [first.live.inputs.mean, second.live.inputs.mean, document.querySelectorAll('.stage').length];
    }""")
    page.context.close()
    assert moved == [1, 0, 2]
