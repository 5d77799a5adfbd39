"""The check in a running kernel: who watches it decides whether a failure is shown or raised, never both."""

import queue
from pathlib import Path

import pytest
import torch
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from latentkit.check.cases import Case, Examination, Response, SolvedCase
from latentkit.check.store import to_bytes

PATIENCE = 120
X = torch.tensor([1.0, 2.0])
IMPORTS = "import torch\nfrom latentkit.check import check, last_failure, showing"
CHECK = 'check("double", double)'
WRONG = "def double(x):\n    print('seen', len(x))\n    return 3 * x"
RIGHT = "def double(x):\n    return 2 * x"
STUB = "def double(x):\n    raise NotImplementedError()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("problem_set")
    examinations = [
        Examination(name, (SolvedCase(Case("two numbers", {"x": X}), Response((2 * X,))),), {})
        for name in ("double", "triple")
    ]
    (path / "cases.npz").write_bytes(to_bytes(examinations))
    return path


@pytest.fixture(scope="module")
def client(folder):
    """A kernel, spoken to as JupyterLab does."""
    patch = pytest.MonkeyPatch()
    for name in ("NBGRADER_EXECUTION", "LATENTKIT_STATIC", "LATENTKIT_CASES"):
        patch.delenv(name, raising=False)
    manager, client = start_new_kernel(cwd=str(folder))
    patch.undo()
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def run(client):
    """Run cells; gives the outputs of the last. A kernel that a person watches can ask for input."""

    def run(*cells: str, watched: bool = True) -> list[dict]:
        outputs: list[dict] = []
        for cell in cells:
            outputs = outputs_of(client, cell, watched)
        return outputs

    run(IMPORTS)
    return run


def outputs_of(client, cell: str, watched: bool) -> list[dict]:
    request = client.execute(cell, allow_stdin=watched)
    outputs = []
    while True:
        try:
            message = client.get_iopub_msg(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"the kernel does not answer: {cell}") from None
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return outputs
        if kind in ("display_data", "update_display_data", "stream", "error"):
            outputs.append({"kind": kind, **content})


def card(outputs: list[dict]) -> str:
    """The plain text of the card; there is one, and no error."""
    kinds = [output["kind"] for output in outputs]
    assert "error" not in kinds, outputs
    return next(output["data"]["text/plain"] for output in outputs if output["kind"] == "display_data")


class TestWatched:
    def test_a_failure_is_a_card_and_no_exception(self, run):
        outputs = run(WRONG, CHECK)
        assert "double: ✗ not yet" in card(outputs)
        assert not [output for output in outputs if output["kind"] == "stream"], "what it prints is in the fold"

    def test_the_strip_is_brought_up_to_date_above_and_stands_below(self, run):
        outputs = run(RIGHT, CHECK)
        assert "double: ✓ passed" in card(outputs)
        strips = [o for o in outputs if o.get("transient", {}).get("display_id") == "latentkit-standing"]
        assert [strip["kind"] for strip in strips] == ["update_display_data", "display_data"]
        assert {strip["data"]["text/plain"] for strip in strips} == {"■□ 1 of 2 done"}

    def test_the_place_of_an_error_is_the_cell_as_the_prompt_counts_it(self, run):
        outputs = run("def double(x):\n    y = 2 * x\n    return y @ torch.ones(3)")
        count = run("print(len(In) - 1)")[0]["text"].strip()
        told = card(run(CHECK))
        assert f"your line: cell In[{int(count) - 1}], line 3: return y @ torch.ones(3)" in told
        assert "latentkit/check" not in told and outputs == []

    def test_last_failure_hands_over_the_input(self, run):
        outputs = run(WRONG, CHECK, "failure = last_failure()\nprint(double(*failure.arguments), failure.expected)")
        assert "tensor([3., 6.]) tensor([2., 4.])" in outputs[0]["text"]

    def test_an_endless_loop_ends(self, run):
        told = card(run("def double(x):\n    while True:\n        pass", 'check("double", double, limit=0.5)'))
        assert "did not answer within 0.5 s" in told and "it was at: cell In[" in told

    def test_an_interrupt_is_no_failure(self, run):
        outputs = run("def double(x):\n    raise KeyboardInterrupt", CHECK)
        assert [output["ename"] for output in outputs] == ["KeyboardInterrupt"]


class TestEarlierVersion:
    @pytest.mark.parametrize(
        ("earlier", "said"),
        [(STUB, "It is still the cell as it was handed out."), (RIGHT, "It passes."), (WRONG, "The value is wrong.")],
    )
    def test_a_syntax_error_above(self, run, earlier, said):
        told = card(run(earlier, "def double(x)\n    return 2 * x", CHECK))
        assert "double: ✗ the cell above did not run" in told
        assert "SyntaxError in line 1: expected ':'; this is your earlier version." in told and said in told
        assert "not attempted" not in told

    def test_a_return_outside_the_function(self, run):
        told = card(run(STUB, "def double(x):\n    y = 2 * x\nreturn y", CHECK))
        assert "SyntaxError in line 3: 'return' outside function" in told

    def test_an_error_before_the_definition(self, run):
        told = card(run(STUB, "import no_such_module\ndef double(x):\n    return 2 * x", CHECK))
        assert "It raised ModuleNotFoundError: No module named 'no_such_module'" in told

    def test_an_error_after_the_definition_is_nothing(self, run):
        assert "double: ✓ passed" in card(run(STUB, "def double(x):\n    return 2 * x\n1 / 0", CHECK))

    def test_a_cell_that_runs_again_is_the_version_that_counts(self, run):
        assert "double: ✓ passed" in card(run("def double(x)", RIGHT, CHECK))

    def test_a_function_that_was_made_elsewhere_is_no_earlier_version(self, run):
        assert "double: ✓ passed" in card(run("def other(x):\n    return 2 * x", "double = other", CHECK))


class TestShowing:
    SHOW = 'with showing("double"):\n    print("drawn", double(torch.ones(1)))'

    def test_what_is_not_written_yet_is_one_polite_line(self, run):
        (output,) = run(STUB, self.SHOW)
        assert output["text"] == (
            "Skipped: this cell shows your `double`, which is not written yet. Run it again when its check passes.\n"
        )

    def test_what_raises_is_one_line_with_its_place(self, run):
        (output,) = run("def double(x):\n    return x @ torch.ones(7)", self.SHOW)
        assert output["text"].startswith(
            "Skipped: this cell shows your `double`, and stopped with RuntimeError (cell In["
        )
        assert ", line 2): " in output["text"] and output["text"].count("\n") == 1

    def test_what_runs_is_shown_right_or_wrong(self, run):
        outputs = run(WRONG, self.SHOW)
        assert "drawn tensor([3.])" in "".join(output["text"] for output in outputs)

    def test_where_nobody_watches_it_raises(self, run):
        outputs = run(STUB, self.SHOW, watched=False)
        assert [output["ename"] for output in outputs] == ["NotImplementedError"]


class TestUnwatched:
    def test_a_failure_is_raised_once_with_all_that_the_card_would_say(self, run):
        (output,) = run(WRONG, CHECK, watched=False)
        assert output["ename"] == "CheckFailed"
        told = "\n".join(output["traceback"])
        assert "double: ✗ not yet" in told and "+2" in told and "site-packages" not in told

    def test_nbclient_is_nobody(self, folder):
        """As nbconvert and papermill run a notebook; nbgrader does, too."""
        notebook = new_notebook(cells=[new_code_cell(source) for source in (IMPORTS, WRONG, CHECK)])
        runner = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
        with pytest.raises(CellExecutionError, match="double: ✗ not yet"):
            runner.execute()
        assert [output.output_type for output in notebook.cells[2].outputs] == ["error"]

    @pytest.mark.parametrize("execution", ["autograde", "validate"])
    def test_nbgrader_is_nobody_even_if_it_could_be_asked(self, run, execution):
        variable = "import os\nos.environ['NBGRADER_EXECUTION'] = "
        try:
            (output,) = run(f"{variable}{execution!r}", WRONG, CHECK)
        finally:
            run("del os.environ['NBGRADER_EXECUTION']")
        assert output["ename"] == "CheckFailed"
