"""The book: the solved notebooks, executed, pages for each reader, and a reference from the docstrings.

    python -m sphinx -W -b html docs build/book
    python -m sphinx -W -b html -D nb_execution_mode=off docs build/book    # without the notebooks' results: seconds

It needs no network: MathJax is copied from an installed package. A chapter is made from its source in solutions/ at
build time (`chapters.py`), its solutions folded below their hints; a page of the reference from the modules that there
are.
"""

import importlib
import os
import pkgutil
import re
import shutil
import sys
from pathlib import Path

import jupyter_server_mathjax
import nbformat

from autograder.authoring.release import build_solved
from autograder.course import Course

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from chapters import chapter  # noqa: E402

COURSE = Course.find(HERE)
CHAPTERS = HERE / "chapters"
REFERENCE = HERE / "reference"
MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"

project = "Deep latent-variable models"
author = "The authors of latentkit"
copyright = "the authors of latentkit, MIT licence"
language = "en-GB"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["conf.py", "tables/*"]
myst_enable_extensions = ["amsmath", "dollarmath"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # a progress bar that nobody sees

# Execution: every chapter, from the top, with static figures; an exception ends the build.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
os.environ["LATENTKIT_STATIC"] = "1"

# The reference: docstrings in Google's form, plain text but for `code`.
REFERENCE_PACKAGES = ("reference", "models", "topics", "data", "evaluation", "check")
INSIDES = (
    "compiling",
    "corpus",
    "gibbs_kernels",
    "inference",
    "kernels",
    "picking",
    "storage",
    "torch_kernels",
    "vectors",
)
"""Modules that only their own package uses."""
autodoc_default_options = {"members": True, "member-order": "bysource", "ignore-module-all": True}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_title = project
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # one search field is enough: the sidebar has it
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


def write_chapters() -> None:
    shutil.rmtree(CHAPTERS, ignore_errors=True)
    CHAPTERS.mkdir()
    for name in COURSE.names():
        nbformat.write(chapter(build_solved(COURSE, name)), CHAPTERS / f"{name}.ipynb")


def write_reference() -> None:
    """One page a package, one section a module."""
    shutil.rmtree(REFERENCE, ignore_errors=True)
    REFERENCE.mkdir()
    for name in REFERENCE_PACKAGES:
        package = importlib.import_module(f"latentkit.{name}")
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        modules = [package.__name__, *(module.name for module in found if module.name.split(".")[-1] not in INSIDES)]
        sections = [f".. automodule:: {module}\n" for module in modules]
        headings = [heading(f"``{module}``", "=" if module == package.__name__ else "-") for module in modules]
        text = "\n".join(line for pair in zip(headings, sections, strict=True) for line in pair)
        (REFERENCE / f"{name}.rst").write_text(text, encoding="utf-8")


def heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}\n"


def as_restructured_text(app, what, name, obj, options, lines: list[str]) -> None:
    """Keep what a docstring means where reStructuredText or napoleon would read something else.

    p(x | z) and topic_word_ stand as they are, references become a list with an entry each, and a colon in the
    description of what is returned, or of an attribute, does not make what stands before it a type.
    """
    section, text = "", []
    for line in lines:
        parts = re.split(r"(`[^`]+`)", line)
        parts[::2] = [re.sub(r"([\\*|])|(?<=\w)(_)(?!\w)", r"\\\1\2", part) for part in parts[::2]]
        parts[1::2] = [f"`{part}`" for part in parts[1::2]]
        line = re.sub(r"^(\s*)(\w\. )", r"\1\\\2", "".join(parts))  # an initial is no list
        if line and not line.startswith(" "):
            text += [""] * (section == "Returns:")
            section = line
        if section == "Attributes:":  # one field for all names of a line: a blank would make the first ones a type
            line = re.sub(
                r"^ {4}[\w\\]+(, [\w\\]+)+:", lambda names: "    " + names[0].strip().replace(", ", ","), line
            )
        elif section == "Returns:":
            line = line.replace("Returns:", ":returns:")
        elif section == "References:":
            line = re.sub(r"^ {8,}", "      ", re.sub(r"^ {4}(?! )", "    * ", line))
        text.append(line)
    if what in ("attribute", "data", "property") and text:
        text[0] = text[0].replace(": ", " – ", 1)
    lines[:] = text


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
    app.connect("autodoc-process-docstring", as_restructured_text, priority=100)  # before napoleon's
    app.connect("build-finished", copy_mathjax)


write_chapters()
write_reference()
