"""The first cell of a notebook: silent where all is there; else it brings what a bare computer lacks."""

import functools
import http.server
import importlib.util
import os
import subprocess
import sys
import threading
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder import rubrics
from autograder.authoring.agreement import check_name
from autograder.authoring.kit import write_student_archive
from autograder.authoring.notebook import grade_id, kind, read_source
from autograder.authoring.start_cell import NAME, with_address
from autograder.course import Course
from latentkit import start

COURSE = Course.find(__file__)
SOLVED = {name: read_source(COURSE.source(name)) for name in rubrics.names()}


def cell_of(notebook, url="") -> str:
    return next(cell.source for cell in with_address(notebook, url).cells if grade_id(cell) == NAME)


@pytest.fixture
def serve(tmp_path):
    """Serve a folder on loopback; the address of kit.zip in it, and the paths that were asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *arguments):
            asked.append(self.path)

    folder = tmp_path / "served"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/kit.zip", folder, asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """An empty folder to work in, on a computer without the library: pip is noted, not run."""
    commands = []
    place = tmp_path / "bare"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in ("LATENTKIT_CASES", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    def run(command, check=False):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def small_kit(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as kit:
        kit.writestr("kit/latentkit-9.9-py3-none-any.whl", b"a wheel")
        for name in names:
            kit.writestr(f"kit/assignments/{name}/cases.npz", f"cases of {name}")
    return path


@pytest.mark.parametrize("name", SOLVED)
def test_it_comes_before_all_other_code_and_is_locked(name):
    first = next(cell for cell in SOLVED[name].cells if cell.cell_type == "code")
    assert (grade_id(first), kind(first)) == (NAME, "locked")
    assert f'complete("{name}", KIT_URL)' in first.source


def test_it_is_the_same_in_each_problem_set():
    assert len({cell_of(notebook).replace(name, "NAME") for name, notebook in SOLVED.items()}) == 1


def test_on_a_bare_computer_it_installs_the_wheel_and_fetches_the_cases(bare, serve, capsys):
    url, folder, _ = serve
    small_kit(folder / "kit.zip", "ps1_elbo", "ps5_lda")
    exec(cell_of(SOLVED["ps5_lda"], url), {})
    assert [command[1:] for command in bare] == [
        ["-m", "pip", "install", "--quiet", "--no-deps", str(Path.cwd() / "kit" / "latentkit-9.9-py3-none-any.whl")]
    ]
    assert Path("kit/latentkit-9.9-py3-none-any.whl").read_bytes() == b"a wheel"
    assert Path("assignments/ps5_lda/cases.npz").read_text() == "cases of ps5_lda"
    assert capsys.readouterr().out == f"fetched {Path('assignments/ps5_lda/cases.npz')}\n"


def test_a_kit_beside_the_notebook_needs_no_address(bare):
    small_kit(Path("kit.zip"), "ps1_elbo")
    exec(cell_of(SOLVED["ps1_elbo"]), {})
    assert len(bare) == 1 and Path("assignments/ps1_elbo/cases.npz").is_file()


@pytest.mark.parametrize("served", [None, b"<html>Sign in</html>"], ids=["nothing", "a page"])
def test_where_there_is_no_kit_it_says_in_one_sentence_what_to_do(bare, serve, served):
    url, folder, _ = serve
    if served is not None:
        (folder / "kit.zip").write_bytes(served)
    for address in (url, ""):
        with pytest.raises(RuntimeError, match=r"Put the kit\.zip that you were given beside this notebook") as told:
            exec(cell_of(SOLVED["ps1_elbo"], address), {})
        assert told.value.__cause__ is None and told.value.__suppress_context__, "no second traceback"
        assert repr(address) in str(told.value)
    assert not bare and not list(Path().iterdir())


class TestWhereTheLibraryIs:
    @pytest.fixture(autouse=True)
    def place(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("LATENTKIT_CASES", "NBGRADER_EXECUTION"):
            monkeypatch.delenv(name, raising=False)

    def run(self, name="ps1_elbo", url=""):
        exec(cell_of(SOLVED[name], url), {})

    def test_it_asks_nobody_and_says_nothing_where_the_cases_are(self, serve, capsys):
        url, _, asked = serve
        Path("cases.npz").write_bytes(b"")
        self.run(url=url)
        assert not asked and capsys.readouterr() == ("", "")

    def test_a_grader_brings_what_it_needs(self, serve, capsys, monkeypatch):
        url, _, asked = serve
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
        self.run(url=url)
        assert not asked and capsys.readouterr() == ("", "")

    def test_cases_of_another_set_are_not_this_ones(self, serve, monkeypatch):
        url, folder, _ = serve
        small_kit(folder / "kit.zip", "ps1_elbo")
        other = Path("assignments/ps5_lda")
        other.mkdir(parents=True)
        (other / "cases.npz").write_bytes(b"")
        self.run(url=url)
        assert Path("assignments/ps1_elbo/cases.npz").read_text() == "cases of ps1_elbo"

    def test_cases_that_are_named_are_enough(self, serve, monkeypatch):
        url, _, asked = serve
        Path("elsewhere.npz").write_bytes(b"")
        monkeypatch.setenv("LATENTKIT_CASES", "elsewhere.npz")
        self.run(url=url)
        assert not asked

    def test_without_address_and_kit_it_says_what_to_do_and_lets_the_notebook_go_on(self, capsys):
        self.run()
        assert "There is no cases.npz of ps1_elbo here: put it, or the kit.zip" in capsys.readouterr().out

    def test_a_kit_of_other_sets_is_named(self, serve):
        url, folder, _ = serve
        small_kit(folder / "kit.zip", "ps5_lda")
        with pytest.raises(start.NotFetched, match="has no cases of ps1_elbo"):
            self.run(url=url)

    def test_an_address_that_gives_no_kit_is_named(self, serve):
        url, folder, _ = serve
        (folder / "kit.zip").write_bytes(b"<html>")
        with pytest.raises(start.NotFetched, match=f"{url} is not the course's kit .*put kit.zip beside this notebook"):
            self.run(url=url)

    @pytest.mark.parametrize("absent", [("numba", "jupyterlab"), ("torch", "jupyterlab")], ids=["numba", "torch"])
    def test_what_the_library_lacks_is_installed_but_for_what_opens_notebooks(self, monkeypatch, absent):
        asked = []
        monkeypatch.setattr(start, "_is_installed", lambda package: package not in absent)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(
            subprocess, "run", lambda command: asked.append(command) or subprocess.CompletedProcess(command, 1)
        )
        with pytest.raises(start.NotFetched, match="pip could not install"):
            self.run()
        assert asked[0][-1].startswith(f"{absent[0]}>=") and not any("jupyterlab" in part for part in asked[0])
        assert "--no-warn-conflicts" in asked[0], "that JupyterLab is not there is no error"
        assert (start.CPU_BUILDS in asked[0]) == (absent[0] == "torch"), "Linux's usual build is gigabytes larger"


def test_here_nothing_is_missing():
    assert start.missing_requirements() == []


def _computer_without_the_library(folder: Path) -> Path:
    """A new environment that sees all packages of this one but the course's own, as Colab's does."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    told = [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    ours = Path(subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip())
    theirs = folder / ours.relative_to(sys.prefix)
    for path in ours.iterdir():
        if "latentkit" not in path.name and path.suffix != ".pth":
            (theirs / path.name).symlink_to(path)
    return python


RUN = """
import sys, nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="environments lie otherwise there")
def test_a_solved_notebook_alone_runs_on_a_computer_with_neither_library_nor_cases(serve, tmp_path):
    """As in Colab: PyTorch and the like are there. The address serves the kit; nothing else is asked of the network."""
    url, folder, asked = serve
    write_student_archive(COURSE, ["ps1_elbo"], folder / "kit.zip")
    python = _computer_without_the_library(tmp_path / "computer")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LATENTKIT", "NBGRADER"))}
    environment |= {"PIP_NO_INDEX": "1", "IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONPATH": ""}
    absent = subprocess.run([python, "-c", "import latentkit"], cwd=tmp_path, env=environment, capture_output=True)
    assert b"No module named 'latentkit'" in absent.stderr
    notebook = with_address(SOLVED["ps1_elbo"], url)
    notebook.cells = [
        cell for cell in notebook.cells if not {"training", "explore"} & set(cell.metadata.get("tags", ()))
    ]
    work = tmp_path / "content"
    work.mkdir()
    nbformat.write(notebook, work / "mine.ipynb")
    subprocess.run([python, "-c", RUN, "mine.ipynb"], cwd=work, env=environment, check=True)
    done = nbformat.read(work / "mine.ipynb", as_version=4)
    said = {grade_id(cell): "".join(str(output) for output in cell.outputs) for cell in done.cells if "outputs" in cell}
    for exercise in rubrics.load("ps1_elbo").exercises:
        assert "✓" in said[check_name(exercise.name)], exercise.name
    assert asked == ["/kit.zip", "/kit.zip"], "once for the library, once for the cases"
    assert "fetched assignments/ps1_elbo/cases.npz" in said[NAME]
    where = subprocess.run(
        [python, "-c", "import latentkit; print(latentkit.__file__)"],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(tmp_path / "computer"))
