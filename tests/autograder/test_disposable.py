"""Work on a stranger's bytes costs its own process at most."""

import ast
import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import autograder
from autograder import disposable
from autograder.disposable import Lost, apart

MIB = 2**20


def double(values: list[int]) -> list[int]:
    return [2 * value for value in values]


def process() -> int:
    return os.getpid()


def spin() -> None:
    while True:
        pass


def hoard(size: int) -> int:
    return len(bytearray(size))


def stumble() -> None:
    raise ValueError("a secret of the text")


def end(sign: int) -> None:
    os.kill(os.getpid(), sign)


def end_once(marker: str) -> str:
    try:
        open(marker, "x").close()
    except FileExistsError:
        return "done"
    os.kill(os.getpid(), signal.SIGKILL)


def write(text: str) -> str:
    print(text)
    return text


def test_a_function_is_called_with_what_json_can_say():
    assert apart(double, [1, 2, 3]) == [2, 4, 6]
    assert apart(write, "\x00é\udce9\n") == "\x00é\udce9\n", "what it prints is no answer"


def test_the_process_is_another_and_is_used_again():
    first = apart(process)
    assert first != os.getpid()
    assert apart(process) == first


def test_large_bytes_pass():
    assert apart(write, "x" * 20 * MIB, memory_bytes=2**30) == "x" * 20 * MIB


def test_the_endless_is_ended_by_its_processor_time_and_leaves_the_caller_free():
    here = time.process_time()
    with pytest.raises(Lost, match="more than 1 seconds of processor time"):
        apart(spin, cpu_seconds=1)
    assert time.process_time() - here < 0.5
    assert apart(double, [1]) == [2]


def test_time_is_counted_for_each_piece_of_work():
    for _ in range(8):
        assert apart(spin_for, 0.4, cpu_seconds=1) == "done"


def spin_for(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_memory_is_limited():
    with pytest.raises(Lost, match="more than 64 MiB of memory"):
        apart(hoard, 128 * MIB, memory_bytes=64 * MIB)
    assert apart(hoard, 32 * MIB, memory_bytes=64 * MIB) == 32 * MIB


def test_a_failure_names_its_kind_and_repeats_nothing():
    with pytest.raises(Lost) as lost:
        apart(stumble)
    assert "ValueError" in str(lost.value) and "secret" not in str(lost.value)


def test_a_process_that_was_killed_is_replaced_once(tmp_path):
    assert apart(end_once, str(tmp_path / "marker")) == "done"
    with pytest.raises(Lost, match="was ended"):
        apart(end, signal.SIGKILL)


def test_a_process_that_died_while_idle_is_replaced():
    os.kill(apart(process), signal.SIGKILL)
    assert apart(double, [1]) == [2]


def test_a_process_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(disposable, "WALL_SECONDS", 3.0)
    with pytest.raises(Lost, match="not done after 3 seconds"):
        apart(time.sleep, 1000)


def functions_called_apart() -> list[tuple[str, str]]:
    """Module and name of what the autograder calls apart, read from its source."""
    found = []
    package = Path(autograder.__file__).parent
    for path in package.rglob("*.py"):
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "apart":
                function = eval(ast.unparse(node.args[0]), vars(importlib.import_module(module)))
                found.append((function.__module__, function.__qualname__))
    return sorted(set(found))


def test_no_process_imports_a_tensor_library_to_read_a_strangers_text():
    found = functions_called_apart()
    assert ("autograder.grading.intake.reading", "_parsed") in found, "the source is read"
    for module, name in found:
        command = [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"]
        imported = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        heavy = {"torch", "scipy", "matplotlib", "IPython", "nbgrader"} & set(imported)
        assert not heavy, f"{module}.{name} takes {heavy} with it: each worker would wait seconds for that"
