"""How large is each live figure, and how long does a frame take? One row a figure; the goals: 20 KB of script, 16 ms.

python tests/benchmarks/bench_figures.py [--json]

A frame is measured in headless Chromium: from the start of the animation frame that follows a changed input, over
computing, drawing, layout and paint, to the first task after it. Bytes are those of the output as a notebook saves it.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

from common import parser_of, show

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.figures import LAWS, Law, write_page
from tests.browser.jupyter_server import CHROMIUM_FLAGS, find_chromium

FRAMES = 200
TIMES = """async ([root, grid, frames]) => {
    const times = [];
    for (let i = 0; i < frames + 10; i += 1) {
        const channel = new MessageChannel();
        const after = new Promise(done => (channel.port1.onmessage = done));
        let begun;
        requestAnimationFrame(() => {
            begun = performance.now(); // asked for before the figure's own frame, so it comes first
            channel.port2.postMessage(null);
        });
        root.live.set(grid[i % grid.length]);
        await after;
        if (i >= 10) times.push(performance.now() - begun);
    }
    return times;
}"""
"""The first ten, in which code is compiled, do not count."""


def measured(law: Law, browser, folder: Path) -> dict[str, str | int | float]:
    figure = law.figure()
    still, style, content, script = figure.parts()
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.goto(write_page(folder / f"{law.name}.html", figure._repr_html_()))
    root = page.locator(".latentkit-figure")
    page.wait_for_function("root => root.live?.frames > 0", arg=root.element_handle())
    times = page.evaluate(TIMES, [root.element_handle(), list(law.grid), FRAMES])
    page.close()
    return {
        "figure": law.name,
        "script, bytes": len(script.encode()),
        "style, bytes": len(style.encode()),
        "data, bytes": len(content.encode()),
        "picture, bytes": len(still.encode()),
        "frame, median ms": round(median(times), 1),
        "frame, 95 % ms": round(quantiles(times, n=20)[-1], 1),
    }


def main() -> None:
    options = parser_of(__doc__).parse_args()
    from playwright.sync_api import sync_playwright

    if (chromium := find_chromium()) is None:
        sys.exit("there is no Chromium on this machine")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        show([measured(law, browser, Path(folder)) for law in LAWS], options.json)
        browser.close()


if __name__ == "__main__":
    main()
