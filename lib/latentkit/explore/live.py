"""The pattern of every figure that computes where its reader is: no kernel, no widget, no network.

A live figure is one `text/html` output that holds everything: a picture, words, data, style and a script. JupyterLab
runs the script when the cell runs, and again when a saved notebook of one's own is opened without a kernel; so do
VS Code, Colab, exported HTML and the book, also from `file://`. In a notebook that is not trusted, and on GitHub,
scripts are taken out: there the picture stands, with words that say how to set it in motion.

To add a figure, write one file in JavaScript and one in Python, and register it with its law:

1.  `front/NAME.js` computes and draws; a style of its own, if it needs one, is `front/NAME.css`, whose rules outweigh
    those of base.css wherever they stand: other figures of a page bring base.css again, behind them. The script is put
    behind what it uses of the files in SHARED, of which `front/base.js` is one, and defines

        const figure = {
          compute(inputs, data) -> numbers         pure; inputs: the controls' values by name; data: as given in Python
          build({stage, width, change, focus, inputs, data}) -> update(inputs, numbers)
          describe(inputs, numbers, data) -> {caption, alt}, or {caption, spoken, alt}
          work(inputs, data) -> share              only where computing takes longer than a frame
        };

    `build` puts elements into `stage`, an empty <div> of `width` CSS pixels, and is called again when the width
    changes; `update` changes their attributes, at most once a frame. `change({name: value})` moves controls, which
    round and bound the values, and asks for a frame; a name without a control is an input of the figure's own, such as
    a drawing; `focus(name)` gives a control the keyboard. `inputs` is always of now. `caption` stands under the figure
    and is read aloud once a control has come to rest; where there is `spoken`, that is, which begins with the caption;
    `alt` tells the whole picture. From base.js: `html` and `svg` make elements; `set` sets attributes; `plot` makes
    axes, `through` a curve's path, `handle` a knob to be dragged; `draggable` lets any element be dragged; `chooser`
    lets buttons choose what a `Chosen` input holds, by pointing, focus and press; `legend`, `ticks`, `evenly`, `fixed`,
    `uniqueId`. Colours are var(--blue), var(--sky), var(--orange), ... as in figure.py, var(--ink), var(--quiet) for
    words, var(--line), var(--grid), var(--paper); each has a light and a dark value. Beside a colour there is a dash or
    a word. What is clicked is a <button>, or has role="button", tabindex="0" and a name; what is dragged has a control,
    too, which it gives the focus. Comments stand on lines of their own and no string runs over lines, since both
    comments and indentation are left out of what is sent. `work` computes for a few milliseconds, keeps what it found
    for `compute`, and returns the share that is done; it is called once a frame, and the share is shown, until that is
    1. `remembered` keeps what was computed for an object and a key, and `sentenceModel` runs a sentence VAE, or a
    generator of controlled text (sentence_model.js).
2.  `NAME.py` holds the function that readers call; it returns `live_figure("NAME", title, draw, controls, data)`.
    `draw` makes the picture that stands where no script runs, and its words; `pack` makes data of arrays. The formulas
    stay in Python as well: they are the law.
3.  `tests/browser/figures.py` has one `Law` for each figure: the cell that shows it, what Python computes, and the
    inputs at which the browser has to agree. All else that holds of every figure is tested from there: each place,
    theme and width, keyboard, mouse and touch, names, axe.

`pytest tests/browser/test_figures.py -k NAME` tests it and leaves photographs in build/browser/;
`python tests/benchmarks/bench_figures.py` prints its bytes and its frames' time: 20 KB of script before data, 16 ms.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from latentkit.explore.figure import Chosen, Control, Passage, Picture, Words, to_html

STILL = "This is a still picture; the figure moves once its script may run. In JupyterLab, choose File, Trust Notebook."
_KINDS = {Control: "number", Words: "words", Chosen: "chosen"}
SHARED = ("base.js", "sentence_model.js")
"""Files of front/ with what several figures use; a name that one of them declares stands in no other."""
_DECLARATION = re.compile(r"^(?=function |const )", re.MULTILINE)
_DECLARED = re.compile(r"(?:function|const) (.*?)(?:\(| = )")
_NAME = re.compile(r"\w+")
_ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)


def pack(values: ArrayLike, dtype: str = "float32") -> dict[str, Any]:
    """An array as JSON, for a figure's data; its script gets {shape, values} with a typed array, row by row.

    Args:
        values: an array of numbers, of any shape; a tensor goes through `.numpy()`.
        dtype: float32; float16, which keeps three digits, for weights; or uint8.
    Raises:
        ValueError: another dtype; or a number that it cannot hold.
    """
    if dtype not in ("float32", "float16", "uint8"):
        raise ValueError(f"dtype is float32, float16 or uint8, got {dtype!r}")
    given = np.asarray(values)
    with np.errstate(over="ignore", invalid="ignore"):
        packed = given.astype(np.dtype(dtype).newbyteorder("<"))
    if not (np.isfinite(packed).all() if dtype != "uint8" else np.array_equal(packed, given)):
        raise ValueError(f"{dtype} cannot hold all values: they go from {given.min()} to {given.max()}")
    content = base64.b64encode(packed.tobytes()).decode("ascii")
    return {"dtype": dtype, "shape": list(packed.shape), "base64": content}


@dataclass(frozen=True)
class LiveFigure:
    """A figure that computes in the reader's browser, as IPython displays it.

    Attributes:
        name: of its file in front/, without the ending.
        title: a few words that name it for screen readers.
        picture: at the starting values; what is seen where no script runs, and under grading.
        controls: what the reader moves, in the order shown.
        data: what its script computes from: JSON, and what `pack` makes.
    """

    name: str
    title: str
    picture: Picture | Passage
    controls: Sequence[Control | Words | Chosen]
    data: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"{self.title}. {self.picture.alt}"

    def _repr_html_(self) -> str:
        """The whole figure; under grading the picture alone. The same content gives the same text, byte for byte."""
        if os.environ.get("NBGRADER_EXECUTION"):
            return to_html(self.picture)
        still, style, content, script = self.parts()
        key = f"{self.name}-{hashlib.sha256((style + content + script).encode()).hexdigest()[:16]}"
        return (
            f'<div class="latentkit-figure" data-latentkit-figure="{key}" data-lm-suppress-shortcuts="true">\n'
            f"<style>\n{style}</style>\n"
            f'<div class="latentkit-still">{still}<p>{STILL}</p></div>\n'
            f'<script type="application/json">{content}</script>\n'
            f'<script>\n(() => {{\n"use strict";\n{script}mount(figure, "{key}");\n}})();\n</script>\n'
            "</div>"
        )

    def parts(self) -> tuple[str, str, str, str]:
        """The picture as HTML, the style, the data as JSON, and the script, of which the last has no end tag in it.

        Raises:
            ValueError: the figure's file holds what would end the script's element.
        """
        script = script_of(self.name)
        if _ENDS_SCRIPT.search(script):
            raise ValueError(
                f"front/{self.name}.js holds </script or <!--, which end a script in HTML: split the string"
            )
        controls = [{"kind": _KINDS[type(control)], **vars(control)} for control in self.controls]
        content = json.dumps(
            {"title": self.title, "controls": controls, "data": self.data}, ensure_ascii=False, separators=(",", ":")
        )
        return (
            to_html(self.picture),
            lean(_front("base.css")) + (lean(_front(f"{self.name}.css")) if _is_front(f"{self.name}.css") else ""),
            content.replace("<", "\\u003c"),
            script,
        )


def live_figure(
    name: str,
    title: str,
    draw: Callable[..., Picture | Passage],
    controls: Sequence[Control | Words | Chosen],
    data: Mapping[str, Any] | None = None,
) -> LiveFigure:
    """A live figure whose picture is drawn at the controls' starting values.

    Args:
        name: of its file in front/, without the ending.
        title: a few words that name it for screen readers.
        draw: takes the controls' values by name and returns the picture.
        controls: in the order shown.
        data: what the script computes from, besides the controls: JSON, and what `pack` makes.
    """
    picture = draw(**{control.name: control.value for control in controls})
    return LiveFigure(name, title, picture, controls, data or {})


def script_of(name: str) -> str:
    """front/NAME.js, lean, behind those declarations of the shared files that it uses, or that these use in turn."""
    own = lean(_front(f"{name}.js"))
    declared: dict[str, set[str]] = {}
    for shared in SHARED:
        for part in _DECLARATION.split(_front(shared)):
            if found := _DECLARED.match(part):
                declared[lean(part)] = set(_NAME.findall(found[1]))
    used: set[str] = set()
    names = {"mount", *_NAME.findall(own)}
    while more := {part for part, declares in declared.items() if declares & names} - used:
        used |= more
        names.update(*map(_NAME.findall, more))
    return "".join(part for part in declared if part in used) + own


def lean(source: str) -> str:
    """A file of front/ without indentation, comments on lines of their own, and ends of lines that part nothing.

    A line with // in it keeps its end, which may end a comment.
    """
    without = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*\n", "", source, flags=re.MULTILINE | re.DOTALL)
    without = re.sub(r"^(?:[ \t]*(?://[^\n]*)?\n|[ \t]+)", "", without, flags=re.MULTILINE)
    return re.sub(r"^((?:(?!//).)*[;,{(\[])\n", r"\1", without, flags=re.MULTILINE)


def _is_front(name: str) -> bool:
    return files("latentkit.explore").joinpath("front", name).is_file()


def _front(name: str) -> str:
    return files("latentkit.explore").joinpath("front", name).read_text(encoding="utf-8")
