"""Take the README's pictures, of what a student and an instructor see: about a minute, with Chromium.

    python -m data_scripts.take_pictures                        # into docs/pictures/
    python -m data_scripts.take_pictures --only class_report

The latent manifold and the check's card stand in a JupyterLab of its own; the class report is the demonstration's,
`demo/reports/ps1_elbo.html`, which is made first where it is missing.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from tests.browser.jupyter_server import CHROMIUM_FLAGS, find_chromium, jupyter_lab

ROOT = Path(__file__).parents[1]
CASES = ROOT / "assignments" / "ps1_elbo" / "cases.npz"
REPORT = ROOT / "demo" / "reports" / "ps1_elbo.html"
MINUTE = 60_000  # milliseconds, as Playwright counts

MANIFOLD = """import torch
from latentkit.data import load_digits
from latentkit.explore import latent_manifold
from latentkit.models import VAE
from latentkit.training.images import train_image_model

torch.set_num_threads(1)
torch.manual_seed(3)
vae = VAE(latent_dim=2)
_ = train_image_model(vae, load_digits().train, steps=6000)"""

IMPORTS = """from torch import Tensor

from latentkit.check import check"""

ANSWER = '''def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag exp(logvar)) || N(0, I)), differentiable: mu, logvar [B, M] -> [B]."""
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1)'''

CHECK = 'check("kl_to_standard_normal", kl_to_standard_normal)'

UNCLUTTERED = """
.jp-InputPrompt, .jp-OutputPrompt, .jp-cell-toolbar { visibility: hidden; }
.jp-Cell { border-color: transparent !important; outline: none !important; }
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs" / "pictures", help="the folder (default: %(default)s)"
    )
    parser.add_argument("--only", choices=("latent_manifold", "check_card", "class_report"), help="one of them")
    options = parser.parse_args()
    wanted = {options.only} if options.only else {"latent_manifold", "check_card", "class_report"}
    options.out.mkdir(parents=True, exist_ok=True)
    with browser() as page:
        shots = {}
        if "class_report" in wanted:
            shots["class_report"] = class_report(page)
        if wanted - {"class_report"}:
            shots |= {name: shot for name, shot in from_jupyterlab(page).items() if name in wanted}
    for name, shot in shots.items():
        path = options.out / f"{name}.png"
        path.write_bytes(small(shot))
        print(f"{path}: {path.stat().st_size:,} bytes")


@contextmanager
def browser() -> Iterator:
    """A page of a headless Chromium with a fresh profile, drawn at one and a half times its size."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        sys.exit("There is no Chromium on this machine; install it, then run this again.")
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=CHROMIUM_FLAGS,
            device_scale_factor=1.5,
        )
        yield context.pages[0] if context.pages else context.new_page()
        context.close()


def from_jupyterlab(page) -> dict[str, bytes]:
    """The figure of the latent space with its sliders, and a check with its card below it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, state = Path(temporary) / "course", Path(temporary) / "state"
        folder.mkdir()
        state.mkdir()
        shutil.copy(CASES, folder)
        sources = (MANIFOLD, "latent_manifold(vae, z1=1.8, z2=-0.9)", IMPORTS, ANSWER, CHECK)
        cells = [new_code_cell(source) for source in sources]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "pictures.ipynb")
        with jupyter_lab(folder, state) as lab:
            page.set_viewport_size({"width": 1300, "height": 1000})  # narrower, the toolbar hides the kernel
            page.goto(lab.notebook_url("pictures.ipynb"))
            page.locator(".jp-NotebookPanel-toolbar").get_by_text("Python 3", exact=False).wait_for(timeout=MINUTE)
            run(page)
            page.get_by_role("tab", name="File Browser").click()  # closes it: the notebook gets the window
            page.set_viewport_size({"width": 1000, "height": 900})
            page.add_style_tag(content=UNCLUTTERED)
            cells = page.locator(".jp-CodeCell")
            figure = cells.nth(1).locator(".jp-OutputArea-output").first
            check, card = cells.nth(4).locator(".jp-InputArea-editor"), cells.nth(4).get_by_role("status")
            strip = cells.nth(4).locator(".latentkit-standing")
            return {"latent_manifold": shoot(page, figure), "check_card": shoot(page, check, card, strip)}


def run(page) -> None:
    """Run all cells, and wait until the last has its number; JupyterLab drops a run while there is no kernel yet."""
    for _ in range(20):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_timeout(3000)
        if page.locator(".jp-CodeCell .jp-InputPrompt").first.text_content().strip("[]: "):
            break
    page.wait_for_function(
        r"""() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
            .every(prompt => /\[\d+\]/.test(prompt.textContent))""",
        timeout=3 * MINUTE,
    )
    page.wait_for_timeout(2000)  # the front end of the figure draws


def class_report(page) -> bytes:
    """The upper part of the class report that `autograder demo` writes, down to the end of the exercises."""
    if not REPORT.is_file():
        subprocess.run([sys.executable, "-m", "autograder", "demo"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    page.set_viewport_size({"width": 1000, "height": 1400})
    page.goto(REPORT.as_uri())
    return shoot(page, page.locator("header"), page.locator("section").nth(1), margin=24)


def shoot(page, *parts, margin: int = 3) -> bytes:
    """The rectangle of a page that holds all these parts, with a margin in pixels."""
    page.mouse.move(0, 0)
    parts[0].evaluate("part => part.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(1000)
    boxes = [part.bounding_box() for part in parts]
    left, top = min(box["x"] for box in boxes) - margin, min(box["y"] for box in boxes) - margin
    right = max(box["x"] + box["width"] for box in boxes) + margin
    bottom = max(box["y"] + box["height"] for box in boxes) + margin
    return page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})


def small(picture: bytes, colours: int = 256) -> bytes:
    """A PNG of few colours, the rare ones kept: half of the bytes or less, and nobody sees it."""
    reduced = Image.open(io.BytesIO(picture)).convert("RGB")
    reduced = reduced.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
