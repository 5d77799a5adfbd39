"""The book: the solved notebooks, executed, and pages for each reader.

    python -m sphinx -W -b html docs build/book

It needs no network: MathJax is copied from an installed package. A chapter is made from its source in solutions/ at
build time, without the marks that only nbgrader reads.
"""

import os
import re
import shutil
from pathlib import Path

import jupyter_server_mathjax

HERE = Path(__file__).parent
SOLUTIONS = HERE.parent / "solutions"
CHAPTERS = HERE / "chapters"
MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"

project = "Deep latent-variable models"
author = "The authors of latentkit"
copyright = "the authors of latentkit, MIT licence"
language = "en-GB"

extensions = ["myst_nb"]
exclude_patterns = ["conf.py", "tables/*"]
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
myst_enable_extensions = ["amsmath", "dollarmath"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # a progress bar that nobody sees

# Execution: every chapter, from the top, with static figures; an exception ends the build.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
os.environ["LATENTKIT_STATIC"] = "1"

html_theme = "sphinx_book_theme"
html_title = project
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["book.css"]

# Mathematics offline: MathJax 2 from jupyter-server-mathjax, which reads only what Sphinx marks as mathematics.
mathjax_path = "mathjax/MathJax.js"
mathjax2_config = {
    "config": ["TeX-AMS-MML_HTMLorMML-full.js"],
    "tex2jax": {"ignoreClass": "document", "processClass": "math|output_area"},
    "HTML-CSS": {"availableFonts": ["STIX-Web"], "preferredFont": None, "webFont": "STIX-Web", "imageFont": None},
}
myst_update_mathjax = False


def chapter_text(source: str) -> str:
    """A notebook's source as a chapter: without the marks of a solution, and with the code of figures folded."""
    unmarked = re.sub(r"^ *### (BEGIN|END) SOLUTION\n", "", source, flags=re.MULTILINE)
    return re.sub(r'^(# %% tags=\[.*"explore")', r'\1, "hide-input"', unmarked, flags=re.MULTILINE)


def write_chapters() -> None:
    CHAPTERS.mkdir(exist_ok=True)
    for path in SOLUTIONS.glob("*.py"):
        (CHAPTERS / path.name).write_text(chapter_text(path.read_text(encoding="utf-8")), encoding="utf-8")


def copy_mathjax(app, exception) -> None:
    """Beside the book's other static files, once they are written."""
    if exception is None and app.builder.format == "html":
        needed = ("MathJax.js", "LICENSE", "config", "extensions", "fonts", "jax")
        target = Path(app.outdir) / "_static" / "mathjax"
        for name in needed:
            copy = shutil.copytree if (MATHJAX / name).is_dir() else shutil.copy
            target.mkdir(exist_ok=True)
            if not (target / name).exists():
                copy(MATHJAX / name, target / name)


def setup(app) -> None:
    app.connect("build-finished", copy_mathjax)


write_chapters()
