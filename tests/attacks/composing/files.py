"""Where an attack lies in what is handed in: the notebook's JSON, names, the files beside it, the archive it came in.

Each takes the notebook as JSON, the folder that it will lie in, and a text, and puts the text there. Cells of code with
a hostile text hold that text as a comment, since what cannot run teaches nothing.
"""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import contextlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.classroom.collecting.collect import collect
from autograder.course import Course
from autograder.worker.limits import MEBIBYTE
from tests.attacks.duel import NAME

Notebook = dict[str, Any]
Place = Callable[[Notebook, Path, str], None]


def _marks(name: str, **more: Any) -> dict[str, Any]:
    marks = {"grade": True, "solution": True, "grade_id": name, "points": 50, "schema_version": 3, "locked": False}
    return {"nbgrader": {**marks, **more}}


def _cell(kind: str, source: str, **metadata: Any) -> dict[str, Any]:
    more = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source, **more}


def _nested(text: str, depth: int) -> Any:
    tree: Any = text
    for _ in range(depth):
        tree = {text[:20]: [tree]}
    return tree


def in_the_metadata(notebook, folder, text):
    notebook["metadata"] = {
        "kernelspec": {"name": text, "display_name": text, "language": text},
        "title": text,
        "authors": [{"name": text}],
    }


def in_the_cells_metadata(notebook, folder, text):
    for cell in notebook["cells"]:
        cell["metadata"] |= {
            "tags": [text, "skip-execution", "remove-cell"],
            "name": text,
            "jupyter": {"source_hidden": text},
            text[:100]: text,
        }


def in_a_deep_tree_of_metadata(notebook, folder, text):
    notebook["metadata"]["widgets"] = _nested(text[:1000], 300)


def in_the_outputs(notebook, folder, text):
    data = {
        "text/html": text,
        "text/plain": text,
        "image/svg+xml": text,
        "application/javascript": text,
        "image/png": text,
    }
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "display_data", "data": data, "metadata": {text[:50]: text}},
                {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
                {"output_type": text, "data": [text]},
            ]


def in_a_written_answer(notebook, folder, text):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "why":
            cell["source"] = text


def in_prose_of_his_own(notebook, folder, text):
    notebook["cells"][2:2] = [_cell("markdown", text), _cell("raw", text), _cell(text, text)]


def in_attachments(notebook, folder, text):
    attached = {
        text[:100]: {"image/svg+xml": text, "image/png": text, "text/html": text},
        "a.svg": {"image/svg+xml": text},
    }
    for cell in notebook["cells"]:
        cell["attachments"] = attached
    notebook["cells"].insert(0, {**_cell("markdown", "![x](attachment:a.svg)"), "attachments": attached})


def in_the_cells_ids(notebook, folder, text):
    for cell in notebook["cells"]:
        cell["id"] = text[:64]


def in_the_grade_ids(notebook, folder, text):
    for place, name in enumerate((text, text[:50], "", "__class__", "../../x")):
        notebook["cells"].insert(place, _cell("code", "check = print", **_marks(name)))


def in_the_points_and_types(notebook, folder, text):
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] = cell["metadata"].get("nbgrader", {}) | {
            "points": text,
            "cell_type": text,
            "checksum": text,
            "schema_version": text,
        }


def in_copies_of_the_checks(notebook, folder, text):
    checks = [
        cell for cell in notebook["cells"] if "check" in str(cell["metadata"].get("nbgrader", {}).get("grade_id"))
    ]
    notebook["cells"] += [
        {**cell, "source": f"# {text[:1000]!r}\nprint('passed')\n100"} for cell in checks for _ in range(3)
    ]


def in_place_of_the_checks(notebook, folder, text):
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if "check" in str(marks.get("grade_id")):
            cell["source"] = f"# {text[:1000]!r}"
            marks |= {"points": 1e6, "locked": False}


def in_more_graded_cells(notebook, folder, text):
    notebook["cells"] += [
        _cell("code", f"{text[:500]!r}", **_marks(f"check_bonus{n}", points=10**9)) for n in range(20)
    ]


def in_the_locked_cells(notebook, folder, text):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("locked"):
            cell["source"] += f"\n# {text[:1000]!r}\ncheck = print"


def in_own_cells_of_code(notebook, folder, text):
    notebook["cells"] += [
        _cell("code", f"text = {text[:100_000]!r}\ntext"),
        _cell("code", text[:100_000]),
        _cell("code", "%%html\n" + text[:10_000]),
    ]


def in_the_notebooks_name(notebook, folder, text):
    for name in {_as_name(text), _as_name(text[::-1])} - {"", NAME}:
        with contextlib.suppress(OSError):
            (folder / f"{name}.ipynb").write_text("{}")


def in_files_beside(notebook, folder, text):
    for name in (
        "torch.py",
        "numpy.py",
        "sitecustomize.py",
        "latentkit.py",
        "nbgrader_config.py",
        "ipython_config.py",
        "cases.npz",
        "matplotlibrc",
        ".env",
    ):
        (folder / name).write_bytes(text[:10_000].encode("utf-8", "replace") + b"\nprint('BRE' + 'ACH', __file__)\n")


def in_the_timestamp(notebook, folder, text):
    (folder / "timestamp.txt").write_bytes(text.encode("utf-8", "surrogatepass"))


def in_a_folder_of_notebooks(notebook, folder, text):
    inner = folder / f"{_as_name(text) or 'inner'}.ipynb"
    with contextlib.suppress(OSError):
        inner.mkdir()
        (inner / f"{NAME}.ipynb").symlink_to("/proc/self/mem")


PLACES: dict[str, Place] = {
    place.__name__.replace("_", " "): place
    for place in (
        in_the_metadata, in_the_cells_metadata, in_a_deep_tree_of_metadata, in_the_outputs, in_a_written_answer,
        in_prose_of_his_own, in_attachments, in_the_cells_ids, in_the_grade_ids, in_the_points_and_types,
        in_copies_of_the_checks, in_place_of_the_checks, in_more_graded_cells, in_the_locked_cells, in_own_cells_of_code,
        in_the_notebooks_name, in_files_beside, in_the_timestamp, in_a_folder_of_notebooks,
    )
}  # fmt: skip

STUDENT = "in the student's name"
ARCHIVE = "in an archive"
CHANNELS = (STUDENT, ARCHIVE)
"""Where the text is no part of the notebook: a folder's name, an archive that `autograder collect` unpacks."""


CLIMBING = (
    *(
        "../bait.txt",
        "../../bait.txt",
        "/bait.txt",
        f"../{NAME}.ipynb",
        f"a/../../{NAME}.ipynb",
        f"..\\a\\{NAME}.ipynb",
    ),
    *(f".autograder/{NAME}.ipynb", f"{'d/' * 500}{NAME}.ipynb", f"/etc/{NAME}.ipynb", f"C:/{NAME}.ipynb"),
)
"""Members' names that lead out of where they are unpacked."""


def student_named(text: str, seed: int) -> str:
    """A folder's name that holds what of the text a file system takes."""
    return f"{_as_name(text)}~{seed}".lstrip(".")


def through_an_archive(course: Course, student: str, content: bytes, text: str) -> bytes:
    """What `autograder collect` takes of a notebook from a zip that holds hostile members beside it.

    Raises:
        AssertionError: a member was written outside of the folder of submissions, or as a link.
    """
    name = text.replace("\0", "")[:200].encode("utf-8", "replace").decode()
    with tempfile.TemporaryDirectory(prefix="collected-") as home:
        place, submitted, bait = Path(home, "hand-in.zip"), Path(home, "submitted"), Path(home, "bait.txt")
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{student}/{NAME}.ipynb", content)
            for member in (f"{name}/{NAME}.ipynb", f"x/{name}.ipynb", *CLIMBING):
                with contextlib.suppress(ValueError, UnicodeError):
                    archive.writestr(member, text[:1000].encode("utf-8", "replace"))
            link = zipfile.ZipInfo(f"link/{NAME}.ipynb")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "../../../bait.txt")
            archive.writestr(f"bomb/{NAME}.ipynb", bytes(20 * MEBIBYTE))
        submitted.mkdir()
        bait.write_text("unharmed")
        collect(course, NAME, place, submitted)
        assert {path.name for path in Path(home).iterdir()} == {"hand-in.zip", "submitted", "bait.txt"}, (
            "it climbed out"
        )
        assert bait.read_text() == "unharmed", "it climbed out"
        assert not [path for path in submitted.rglob("*") if path.is_symlink()], "a link was unpacked"
        taken = submitted / student / NAME / f"{NAME}.ipynb"
        return taken.read_bytes() if taken.is_file() else content


def as_bytes(notebook: Notebook) -> bytes:
    return json.dumps(notebook).encode()


def _as_name(text: str) -> str:
    """What of a text can name a file."""
    plain = (
        text.replace("/", "_")
        .replace("\0", "")[:100]
        .encode("utf-8", "surrogateescape" if _escapes(text) else "replace")
    )
    return plain[:120].decode("utf-8", "ignore").strip(".")


def _escapes(text: str) -> bool:
    return any("\udc80" <= one <= "\udcff" for one in text[:100])
