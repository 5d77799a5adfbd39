"""An IPython shell that keeps what a cell prints, shows and raises as notebook outputs, within a budget."""

import ast
import contextlib
import io
import os
import traceback
import warnings
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

from autograder.worker.renewal import Renewal
from autograder.worker.repeatable import repeatable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Output = dict[str, Any]
MAX_OUTPUTS = 200
_KEPT = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png")


class Outputs:
    """The outputs of the cell that runs now.

    Attributes:
        items: as nbformat writes them.
        left: bytes that may still be kept, as they are sent; the rest is dropped, with one line that says so.
    """

    def __init__(self, budget: int):
        self.items: list[Output] = []
        self.left = budget
        self._cut = self._failed = False

    def write(self, stream: str, text: str) -> None:
        """Add printed text, joined to what the same stream printed just before."""
        text = self._within_budget(text)
        if not text:
            return
        if self.items and self.items[-1].get("name") == stream:
            self.items[-1]["text"].append(text)
        else:
            self._add({"output_type": "stream", "name": stream, "text": [text]})

    def show(self, kind: str, data: dict[str, Any], count: int | None = None) -> None:
        """Add a figure, a table or a result."""
        kept = {mime: value for mime, value in data.items() if mime in _KEPT and isinstance(value, str)}
        size = sum(map(_size, kept.values()))
        if size > self.left:
            kept = {"text/plain": self._within_budget(kept.get("text/plain", ""))}
        else:
            self.left -= size
        output = {"output_type": kind, "metadata": {}, "data": kept}
        self._add(output | {"execution_count": count} if kind == "execute_result" else output)

    def fail(self, name: str, value: str, lines: list[str]) -> None:
        """Add what a cell raised; of the first time, its name and the beginning of what it says in any case."""
        name, value = name[:200], value[:2000]
        if self._failed:
            name, value = self._within_budget(name), self._within_budget(value)
        self._failed = True
        text = self._within_budget("\n".join(lines))
        self._add({"output_type": "error", "ename": name, "evalue": value, "traceback": text.split("\n")})

    def finished(self) -> list[Output]:
        """The outputs, each stream's pieces joined."""
        return [
            item | {"text": "".join(item["text"])} if item["output_type"] == "stream" else item for item in self.items
        ]

    def _add(self, output: Output) -> None:
        if len(self.items) < MAX_OUTPUTS:
            self.items.append(output)

    def _within_budget(self, text: str) -> str:
        size = _size(text)
        if size <= self.left:
            self.left -= size
            return text
        while size > self.left:
            text = text[: len(text) * self.left // size]
            size = _size(text)
        text += "" if self._cut else "\n... the rest of the output was left out ...\n"
        self.left, self._cut = 0, True
        return text


def _size(text: str) -> int:
    """The bytes that a text takes at most in an answer, where it may be a list of lines."""
    return len(encode_basestring_ascii(text)) - 2 + text.count("\n")


class _Stream(io.TextIOBase):
    """Standard output or error of a cell; bytes written to its buffer are text too."""

    encoding = "utf-8"

    def __init__(self, shell: "Shell", name: str):
        self._shell, self.name = shell, name
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        self._shell.outputs.write(self.name, str(text))
        return len(text)

    def writable(self) -> bool:
        return True


class _Bytes(io.RawIOBase):
    def __init__(self, stream: _Stream):
        self._stream = stream

    def write(self, data: "ReadableBuffer") -> int:
        written = bytes(data)
        self._stream.write(written.decode("utf-8", "replace"))
        return len(written)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    shell: "Shell"

    def publish(
        self, data: dict[str, Any], metadata: Any = None, source: Any = None, *, transient: Any = None,
        update: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.shell.outputs.show("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.items.clear()


class _Hook(DisplayHook):
    shell: "Shell"

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.shell.outputs.show("execute_result", format_dict, self.shell.execution_count)


class _Transformers(TransformerManager):
    """IPython's way from a cell's text to Python.

    In what is Python already, none of its magics can stand. To look for them takes a cell apart into tokens, which is
    most of what running a small cell costs.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._usual = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        if self.token_transformers == self._usual and _is_python("".join(lines)):
            return lines
        return list(super().do_token_transforms(lines))  # type: ignore[no-untyped-call]


def _is_python(text: str) -> bool:
    """Whether a cell can be parsed. One with a backslash is not looked at: to parse an odd escape gives a warning."""
    try:
        return "\\" not in text and ast.parse(text) is not None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


class Shell(InteractiveShell):
    """The notebook's interpreter. One a process: made by the worker, used by the child.

    Attributes:
        outputs: of the cell that runs now.
        memory_error: whether the last cell ended because it wanted more memory than there was.
    """

    def __init__(self, **kwargs: Any):
        self.outputs = Outputs(0)
        self.memory_error = False
        self._ran: list[str] = []
        self._idle: list[str] = []
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]  # IPython's has no types

    @classmethod
    def start(cls) -> "Shell":
        """The process's shell, with inline figures as in a notebook."""
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.cache_size = 0
        config.InteractiveShell.colors = "nocolor"
        shell = cls.instance(config=config, display_pub_class=_Publisher, displayhook_class=_Hook)
        shell.input_transformer_manager = _Transformers()
        shell.run_line_magic("matplotlib", "inline")
        return shell

    def note_start(self) -> None:
        """Take note of the interpreter and its process as they are now, for `begin_again`."""
        self._hooks, self._renewal = self._hooked(), Renewal()
        self._ran, self._idle = [], []

    def begin_again(self, home: Path) -> bool:
        """Forget the notebook's names and what it did to the process, for its cells to be run again.

        Args:
            home: the process's private folder.
        Returns:
            Whether all is as it was when the start was noted, as far as the process and the text of its cells tell.
        """
        if not repeatable(self._ran, self._idle):
            return False
        self._ran.clear()
        self._idle.clear()
        self.reset()
        return self._renewal.renew(home) and self._hooked() == self._hooks

    def _hooked(self) -> list[list[Any]]:
        """What is called on the way from a cell's text to its run."""
        events = [list(callbacks) for callbacks in self.events.callbacks.values()]
        transformers = [self.ast_transformers, self.input_transformers_cleanup, self.input_transformers_post]
        return [list(found) for found in transformers] + events + [list(self.custom_exceptions)]

    def run(self, source: str, budget: int, idle: bool = False) -> list[Output]:
        """Run a cell and return its outputs.

        Args:
            source: the cell's text, magics included.
            budget: bytes of output that are kept.
            idle: whether the cell is known to do nothing but give names.
        """
        self.outputs = Outputs(budget)
        (self._idle if idle else self._ran).append(source)
        with _streams(_Stream(self, "stdout"), _Stream(self, "stderr")):
            result = self.run_cell(source, store_history=False)
        self.memory_error = _wanted_memory(result.error_in_exec)
        return self.outputs.finished()

    def should_run_async(self, raw_cell: str, *, transformed_cell: str | None = None, **told: Any) -> bool:
        """As IPython's, which compiles a cell to find out; one without these words cannot be asynchronous."""
        text = transformed_cell or raw_cell
        if "await" not in text and "async" not in text:
            return False
        return bool(super().should_run_async(raw_cell, transformed_cell=transformed_cell, **told))

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Keep a short traceback: the frames of the notebook, not those of libraries."""
        kind, error, frames = self._get_exc_info(exc_tuple)
        try:
            told = traceback.TracebackException(kind, error, frames, limit=-20)
            cells = [frame for frame in told.stack if frame.filename.startswith(("/tmp/ipykernel", "<ipython-input"))]
            last = [] if isinstance(error, SyntaxError) else told.stack[-1:]  # a syntax error tells its own line
            told.stack = traceback.StackSummary.from_list(cells or last)
            lines = "".join(told.format(chain=False)).rstrip().split("\n")
            message = str(error)
        except Exception:
            lines, message = [kind.__name__], ""
        self.outputs.fail(kind.__name__, message, lines)

    def showsyntaxerror(self, filename: Any = None, running_compiled_code: bool = False) -> None:
        self.showtraceback()

    def showindentationerror(self) -> None:
        self.showtraceback()

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window system to wait for."""

    def system_raw(self, cmd: str) -> None:
        """`!ls` starts no program here, and is no reason to end the cell: what comes after it may be the solution."""
        print(f"(a shell command is not run when grading: {cmd})")

    system_piped = system = system_raw

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | str:
        """`files = !ls` finds nothing."""
        self.system(cmd)
        return SList() if split else ""

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing: the notebook goes on, as it does in JupyterLab."""


def _wanted_memory(error: BaseException | None) -> bool:
    """Whether an exception says that there was not enough memory; PyTorch's own is a plain RuntimeError."""
    return isinstance(error, MemoryError) or (type(error) is RuntimeError and "can't allocate memory" in str(error))


@contextlib.contextmanager
def _streams(out: Any, err: Any) -> Iterator[None]:
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Drop all that is printed, and all warnings, also those that a notebook made errors, as its check does."""
    with open(os.devnull, "w") as nowhere, _streams(nowhere, nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
