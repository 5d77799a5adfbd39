"""Family 6: odd but honest. What students, editors and learning platforms do to a notebook costs nobody a point."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import json
import re

import pytest

from tests.attacks.duel import ELBO, KL, NAME

CELLS = {
    "top_level_await": "import asyncio\nawait asyncio.sleep(0.01)\n" + KL,
    "time_magic": "%%time\n" + KL,
    "capture_magic": "%%capture\n" + KL,
    "line_magics": "%matplotlib inline\n%timeit -n1 -r1 1 + 1\n%load_ext autoreload\n%autoreload 2\n" + KL,
    "shell_lines": "!ls\nfiles = !ls\n!pip install torch\n%pip install numpy\n" + KL,
    "help_lines": "torch.exp?\n" + KL,
    "prints_a_lot": "for _ in range(5000): print('x' * 100)\n" + KL + "print(kl_to_standard_normal)\n",
    "prints_in_the_function": KL.replace("    return", "    print('here', mu)\n    return"),
    "warns": "import warnings\nwarnings.warn('old')\n"
    + KL.replace("    return", "    warnings.warn('new')\n    return"),
    "logs_to_stderr": "import sys, logging\nlogging.basicConfig(stream=sys.stderr)\nlogging.error('no')\n" + KL,
    "progress_bars": "from tqdm.auto import tqdm, trange\nfor _ in trange(3): pass\n"
    + KL.replace("    return", "    for _ in tqdm(range(2)): pass\n    return"),
    "plots": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title(r'$\\alpha$'); plt.show()\n" + KL,
    "displays": "from IPython.display import display, HTML, Image\ndisplay(HTML('<b>x</b>'), torch.ones(2))\n" + KL,
    "widgets": "import ipywidgets\nipywidgets.interact(lambda x: x, x=(0, 3))\n" + KL,
    "raises_after_the_definition": KL + "raise ValueError('my own test failed')",
    "calls_check_itself": KL
    + 'from latentkit.check import check\ncheck("kl_to_standard_normal", kl_to_standard_normal)',
    "exits": KL + "exit()",
    "sys_exits": KL + "import sys\nsys.exit(1)",
    "interrupts": KL + "raise KeyboardInterrupt",
    "asserts": KL + "assert kl_to_standard_normal(torch.zeros(1, 2), torch.zeros(1, 2)) == 0",
    "a_class": "class KL:\n    def __call__(self, mu, logvar):\n"
    "        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)\nkl_to_standard_normal = KL()",
    "a_lambda": "kl_to_standard_normal = lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)",
    "a_module": "class K(torch.nn.Module):\n    def forward(self, mu, logvar):\n"
    "        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)\nkl_to_standard_normal = K()",
    "compiled_by_script": "@torch.no_grad()\ndef unused(): pass\n" + KL,
    "torch_distributions": "def kl_to_standard_normal(mu, logvar):\n    p = D.Normal(mu, (logvar / 2).exp(), validate_args=False)\n"
    "    return D.kl_divergence(p, D.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)",
    "annotated": "from __future__ import annotations\nfrom torch import Tensor\n"
    + KL.replace("(mu, logvar)", "(mu: Tensor, logvar: Tensor) -> Tensor"),
    "recursive_and_cached": "import functools\n@functools.wraps(print)\ndef inner(): pass\n" + KL,
    "unicode_names": KL.replace("mu", "μ").replace("logvar", "log_σ²".replace("²", "2")),
    "tabs": KL.replace("    ", "\t"),
    "copies_a_file": "import shutil, tempfile, os\nopen('a', 'w').write('x')\nshutil.copy('a', 'b')\n"
    "with tempfile.TemporaryDirectory() as d: open(d + '/x', 'w').close()\nos.utime('a')\n" + KL,
    "saves_and_loads": "torch.save(torch.ones(2), 'w.pt')\ntorch.load('w.pt')\nimport numpy as np\nnp.savez('x.npz', a=1)\n"
    + KL,
    "threads": "import threading\nt = threading.Thread(target=print); t.start(); t.join()\ntorch.set_num_threads(2)\n"
    + KL,
    "pools": "from concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor(2) as pool: list(pool.map(abs, [1]))\n" + KL,
}
"""The first exercise's cell, solved oddly; the second is solved plainly."""


def _code(source, **metadata):
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def from_colab(nb):
    """Format 4.0, no cell ids, its own metadata."""
    for cell in nb["cells"]:
        cell.pop("id", None)
        cell["metadata"] |= {"id": "x", "colab": {"base_uri": "https://localhost"}}
    nb |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}}}


def format_three(nb):
    cells = [{**cell, "input": cell["source"]} if cell["cell_type"] == "code" else cell for cell in nb.pop("cells")]
    for cell in cells:
        cell.pop("source" if cell["cell_type"] == "code" else "none", None)
        cell["language"] = "python"
    nb |= {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells, "metadata": {}}]}


def another_kernel(nb):
    nb["metadata"] = {"kernelspec": {"name": "conda-env-torch-py", "display_name": "my torch", "language": "python"}}


def no_metadata(nb):
    nb["metadata"] = None


def no_grade_ids(nb):
    for cell in nb["cells"]:
        cell["metadata"] = {}


def no_checks(nb):
    nb["cells"] = [cell for cell in nb["cells"] if "check(" not in cell["source"]]


def duplicate_ids(nb):
    for cell in nb["cells"]:
        cell["id"] = "same"


def copied_solution(nb):
    """The first copy is an old attempt; the last one counts."""
    place = next(i for i, cell in enumerate(nb["cells"]) if "def kl_to" in cell["source"])
    old = {**nb["cells"][place], "source": "def kl_to_standard_normal(mu, logvar):\n    return None"}
    nb["cells"].insert(place, old)


def _split(nb, name, *sources):
    """Let the answer's cell stand there once for each of these texts."""
    place = next(i for i, cell in enumerate(nb["cells"]) if f"def {name}(" in cell["source"])
    cell = nb["cells"][place]
    nb["cells"][place : place + 1] = [{**cell, "id": f"{name}-{i}", "source": text} for i, text in enumerate(sources)]


def experiment_split_off(nb):
    """JupyterLab's Split cell gives both parts the name."""
    _split(nb, "kl_to_standard_normal", KL, "kl_to_standard_normal(torch.zeros(1, 2), torch.zeros(1, 2))\n1 / 0")


def no_python_split_off(nb):
    _split(nb, "elbo", ELBO, "this is no python")


def helper_split_off(nb):
    _split(nb, "kl_to_standard_normal", "from __future__ import annotations\nHALF = 0.5", KL.replace("0.5", "HALF"))


def split_and_left_unsolved(nb):
    """The copy below is the stub."""
    _split(nb, "elbo", ELBO, ELBO.split("\n")[0] + "\n    # YOUR CODE HERE\n    raise NotImplementedError()")


def loops_split_off(nb):
    _split(nb, "elbo", ELBO, "import itertools\nfor _ in itertools.repeat(0): pass")


def variant_below_the_check(nb):
    cell = next(cell for cell in nb["cells"] if cell["source"] == KL)
    nb["cells"].append({**cell, "id": "variant", "source": KL.replace("0.5", "0.25")})


def all_answers_markdown(nb):
    _retype(nb, "markdown")


def all_answers_raw(nb):
    _retype(nb, "raw")


def _retype(nb, cell_type):
    for cell in nb["cells"]:
        if cell["source"] in (KL, ELBO):
            cell["cell_type"] = cell_type
            del cell["outputs"], cell["execution_count"]


def answer_in_a_fence(nb):
    _retype(nb, "markdown")
    for cell in nb["cells"]:
        if cell["source"] == KL:
            cell["source"] = f"```python\n{KL}```"


def written_answer_in_code(nb):
    cell = next(cell for cell in nb["cells"] if cell["source"] == "Because.")
    cell |= {"cell_type": "code", "outputs": [], "execution_count": None}


def own_helpers(nb):
    nb["cells"].insert(0, _code("import math\nHALF = 0.5"))
    for cell in nb["cells"]:
        cell["source"] = cell["source"].replace("return 0.5 *", "return HALF *")


def reordered(nb):
    nb["cells"].reverse()


def scratch_cells_that_fail(nb):
    nb["cells"][2:2] = [_code("1 / 0"), _code("this is no python"), _code("%%bash\nls"), _code("%%javascript\nx")]


def raw_and_unknown_cells(nb):
    nb["cells"] += [{"cell_type": "raw", "source": "x", "metadata": {}}, {"cell_type": "heading", "source": 3}, None, 7]


def sources_as_lists(nb):
    for cell in nb["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


def broken_outputs(nb):
    for cell in nb["cells"]:
        cell["outputs"] = [{"output_type": "nonsense", "data": None}, 3]


def large_outputs(nb):
    nb["cells"].append(
        {**_code("1"), "outputs": [{"output_type": "stream", "name": "stdout", "text": "x" * 3_000_000}]}
    )


def edited_checks(nb):
    for cell in nb["cells"]:
        if cell["source"].startswith("check("):
            cell["source"] = "# check(...)  I commented this out"


def lone_surrogates(nb):
    nb["cells"].append(_code("text = '\ud800'"))


def nul_bytes(nb):
    nb["cells"].append(_code("# \0 in a comment"))


def a_foreign_schema(nb):
    for cell in nb["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"schema_version": 1, "points": "three", "checksum": 4}


EDITS = (from_colab, format_three, another_kernel, no_metadata, no_grade_ids, no_checks, duplicate_ids, copied_solution,
         experiment_split_off, no_python_split_off, helper_split_off, split_and_left_unsolved, loops_split_off,
         variant_below_the_check, all_answers_markdown, all_answers_raw, answer_in_a_fence, written_answer_in_code,
         own_helpers, reordered, scratch_cells_that_fail, raw_and_unknown_cells, sources_as_lists, broken_outputs,
         large_outputs, edited_checks, lone_surrogates, nul_bytes, a_foreign_schema)  # fmt: skip

ENCODINGS = {
    "utf8_with_mark": lambda text: text.encode("utf-8-sig"),
    "utf16": lambda text: text.encode("utf-16"),
    "utf16_without_mark": lambda text: text.encode("utf-16-le"),
    "utf16_big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "crlf_in_sources": lambda text: re.sub(r"(?<!\\)\\n", r"\\r\\n", text).encode(),
    "latin1": lambda text: text.replace("Because", "Caf\u00e9").encode("latin-1"),
    "trailing_zeros": lambda text: text.encode() + b"\0" * 512,
}

NAMES = (
    "two words",
    "Zoë Müller",
    "o'neil",
    "student*",
    "[a-z]",
    "100%",
    "a,b",
    "名前",
    "e\u0301",
    "~",
    "$HOME",
    "CON",
)


TIMESTAMPS = ("", "\0", "\udcff", "0001-01-01 00:00:00+23:59", "9999-12-31 23:59:59-12:00", "1e999", "10:10:10:10:10",
              "2025-13-45T99:99", "١٢/٣/٢٠٢٥", "24:00 AM PM", "now", "+", "1.1.1.1.1.1", "Ⅷ", "2025-01-01 " * 80,
              "0" * 999, "nan", "infinity", "-1", "2025-01-01T00:00:00+99:99", "Jan Feb Mar", "00:00:60", "99999999999")  # fmt: skip


def _with_timestamp(text, content):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(content)
        (folder / "timestamp.txt").write_bytes(text.encode("utf-8", "surrogateescape"))

    return fill


def _beside(name, content):
    def fill(folder):
        (folder / name).write_bytes(content)

    return fill


def _with_extras(content):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(content)
        (folder / "old version.ipynb").write_text("not even json")
        (folder / ".ipynb_checkpoints").mkdir()
        (folder / ".ipynb_checkpoints" / f"{NAME}-checkpoint.ipynb").write_text("{}")
        (folder / "photo.png").write_bytes(b"\x89PNG")
        (folder / "__MACOSX").symlink_to("/nowhere")

    return fill


SOLVED = {"kl_to_standard_normal": KL, "elbo": ELBO, "why": "Because."}


@pytest.fixture(scope="module")
def run_oddly(arena, tier):
    """What sandboxes may forbid, in each."""
    return arena.grade({name: {**SOLVED, "kl_to_standard_normal": code} for name, code in CELLS.items()}, tier)


@pytest.fixture(scope="module")
def saved_oddly(arena, strongest):
    """What is read before there is a sandbox."""
    content = arena.content(SOLVED)
    works = {name: encode(content.decode()) for name, encode in ENCODINGS.items()}
    for edit in EDITS:
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        edit(notebook)
        works[edit.__name__] = json.dumps(notebook).encode()
    works |= {name: content for name in NAMES}
    works |= {f"stamp {number}": _with_timestamp(text, content) for number, text in enumerate(TIMESTAMPS)}
    works["renamed"] = _beside(f"{NAME} (1) final.ipynb", content)
    works["with_extras"] = _with_extras(content)
    return arena.grade(works, strongest)


SAVED = [
    *(edit.__name__ for edit in EDITS),
    *ENCODINGS,
    *NAMES,
    *(f"stamp {number}" for number in range(len(TIMESTAMPS))),
    "renamed",
    "with_extras",
]


@pytest.mark.parametrize("student", CELLS)
def test_what_ran_oddly_keeps_what_was_earned(run_oddly, student):
    assert_all_is_kept(run_oddly, student)


@pytest.mark.parametrize("student", SAVED)
def test_what_was_saved_oddly_keeps_what_was_earned(saved_oddly, student):
    assert_all_is_kept(saved_oddly, student)


def assert_all_is_kept(graded, student):
    assert graded.entry(student).points == 7, (graded.entry(student), graded.outputs(student)[:2000])


def test_the_neighbours_are_unharmed(run_oddly, saved_oddly):
    for graded in (run_oddly, saved_oddly):
        graded.assert_neighbours_unharmed()
