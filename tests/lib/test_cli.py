"""The student's command, on notebooks of a small problem set made here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from latentkit.check.cases import Case, Examination, Response, SolvedCase
from latentkit.check.store import to_bytes
from latentkit.commands.cli import main
from latentkit.commands.doctor import look_at_machine
from latentkit.data.registry import DATA_SETS
from tests.lib.hostile_cases import HOSTILE_CASES

X = torch.tensor([1.0, 2.0])
FACTORS = {"double": 2, "triple": 3, "halve": 0.5, "negate": -1, "square": X, "same": 1}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a notebook of the given cells beside the cases of FACTORS' exercises; a tuple is (source, tag)."""
    monkeypatch.delenv("LATENTKIT_CASES", raising=False)
    monkeypatch.chdir(tmp_path)

    def write(*cells, exercises=tuple(FACTORS)):
        examinations = [
            Examination(name, (SolvedCase(Case("two numbers", {"x": X}), Response((FACTORS[name] * X,))),), hints={})
            for name in exercises
        ]
        (tmp_path / "cases.npz").write_bytes(to_bytes(examinations))
        notebook = new_notebook(cells=[new_markdown_cell("# A problem set")])
        for cell in cells:
            source, tag = cell if isinstance(cell, tuple) else (cell, None)
            notebook.cells.append(new_code_cell(source, metadata={"tags": [tag]} if tag else {}))
        path = tmp_path / "toy.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


IMPORTS = "import os, time, sys\nfrom latentkit.check import check\nprint('noise'); os.write(1, b'more noise')"


class TestCheck:
    def test_every_exercise_gets_its_own_verdict(self, write, capsys):
        write(
            IMPORTS,
            ("raise SystemError('training takes an hour')", "training"),
            "def double(x):\n    print('a line')\n    return 2 * x",
            'check("double", double)',
            "def triple(x):\n    return 4 * x",
            'check("triple", triple)',
            "def halve(x)\n    return x / 2",
            'check("halve", halve)',
            "def negate(x):\n    raise NotImplementedError",
            'check("negate", negate)',
            "1 / 0",
            "def same(x):\n    return x.clone()",
            'check("same", same)',
        )
        assert main(["check", "--json"]) == 1
        report = json.loads(capsys.readouterr().out)
        verdicts = {verdict["exercise"]: verdict for verdict in report["exercises"]}
        assert {name: verdict["status"] for name, verdict in verdicts.items()} == {
            "double": "passed",
            "triple": "failed",
            "halve": "error",
            "negate": "not_attempted",
            "same": "passed",
            "square": "error",
        }
        assert "Cell 8 raised SyntaxError (line 1)" in verdicts["halve"]["message"]
        assert 'No cell calls check("square", square)' in verdicts["square"]["message"]
        assert report["notes"] == ["Cell 12 raised ZeroDivisionError: division by zero. It is no exercise's cell."]

    def test_a_cell_that_waits_for_a_stub_needs_no_note_but_what_a_library_lacks_does(self, write, capsys):
        write(
            IMPORTS,
            "import torch",
            "def same(x):\n    raise NotImplementedError()",
            "same(1)",
            "torch.zeros(2, device='meta').tolist()",
            "torch.distributions.Distribution(validate_args=False).entropy()",
            'check("same", same)',
            exercises=["same"],
        )
        assert main(["check", "--json"]) == 1
        report = json.loads(capsys.readouterr().out)
        assert [verdict["status"] for verdict in report["exercises"]] == ["not_attempted"]
        assert [note[:33] for note in report["notes"]] == [
            "Cell 6 raised NotImplementedError",
            "Cell 7 raised NotImplementedError",
        ]

    def test_a_cell_that_hangs_or_ends_the_process_costs_its_own_exercise(self, write, capsys):
        write(
            IMPORTS,
            "def double(x):\n    return 2 * x",
            'check("double", double)',
            "def triple(x):\n    time.sleep(3600)",
            'check("triple", triple)',
            "def negate(x):\n    return -x\nos._exit(3)",
            'check("negate", negate)',
            "def same(x):\n    return x.clone()",
            'check("same", same)',
            exercises=["double", "triple", "negate", "same"],
        )
        assert main(["check", "toy.ipynb", "--limit", "10"]) == 1
        out = capsys.readouterr().out
        assert "double: ✓ passed" in out and "same: ✓ passed" in out
        assert "Your function did not answer within 10 s" in out
        assert "it was at: cell 5, line 2: time.sleep(3600)" in out
        assert "give it longer: latentkit check --limit SECONDS" in out
        assert "Cell 7 ended the process (exit code 3)." in out
        assert "2 of 4 done" in out
        assert "Traceback" not in out and "noise" not in out

    def test_exit_code_0_when_all_pass(self, write, tmp_path):
        """As typed in a terminal, from another folder."""
        path = write(IMPORTS, "def same(x):\n    return x.clone()", 'check("same", same)', exercises=["same"])
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        command = [sys.executable, "-m", "latentkit", "check", str(path)]
        done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("\n■ 1 of 1 done\n")

    @pytest.mark.parametrize(
        "damage",
        [lambda content: content[:-100], lambda content: b"garbage", lambda content: b"", *HOSTILE_CASES.values()],
        ids=["cut", "garbage", "empty", *HOSTILE_CASES],
    )
    def test_damaged_cases_beside_the_notebook_are_named(self, write, tmp_path, capsys, damage):
        write('check("same", same)')
        cases = tmp_path / "cases.npz"
        cases.write_bytes(damage(cases.read_bytes()))
        assert main(["check", "toy.ipynb"]) == 2
        said = capsys.readouterr().err
        assert "cases.npz cannot be read" in said and "Download the problem set again" in said
        assert main(["doctor"]) == 0
        assert "Download the problem set again" in capsys.readouterr().out

    @pytest.mark.parametrize("limit", ["-1", "0", "nan", "inf", "1e300", "soon"])
    def test_a_limit_is_a_positive_number_of_seconds(self, write, capsys, limit):
        write('check("same", same)')
        with pytest.raises(SystemExit) as stop:
            main(["check", "toy.ipynb", "--limit", limit])
        assert stop.value.code == 2
        assert f"must be a positive number of seconds, at most 86400, got {limit}" in capsys.readouterr().err

    def test_says_what_cannot_be_checked(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "broken.ipynb").write_text("{")
        nbformat.write(new_notebook(), tmp_path / "empty.ipynb")
        (tmp_path / "cells.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{}]}')
        for arguments, message in [
            (["."], ". is a folder; name the notebook in it"),
            (["empty.ipynb/toy.ipynb"], "there is no file empty.ipynb/toy.ipynb"),
            (["cells.ipynb"], "cells.ipynb has no exercises"),
            (["missing.ipynb"], "there is no file missing.ipynb"),
            (["broken.ipynb"], "broken.ipynb is not a notebook that can be read"),
            (["empty.ipynb"], "empty.ipynb has no exercises"),
            ([], "this folder holds several notebooks; name the one to check: latentkit check broken.ipynb"),
        ]:
            assert main(["check", *arguments]) == 2
            assert message in capsys.readouterr().err
        for notebook in tmp_path.glob("*.ipynb"):
            notebook.unlink()
        assert main(["check"]) == 2
        assert "this folder holds no notebook; name the one to check" in capsys.readouterr().err

    def test_says_once_that_the_cases_are_missing(self, write, capsys):
        (write('check("same", same)', 'check("double", double)').parent / "cases.npz").unlink()
        assert main(["check", "toy.ipynb"]) == 2
        told = capsys.readouterr()
        assert told.err.count("there is no cases.npz beside toy.ipynb") == 1
        assert " done" not in told.out

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_reads_every_encoding_that_the_grader_reads(self, write, capsys, encoding):
        path = write(IMPORTS, "def same(x):\n    return x  # é", 'check("same", same)', exercises=["same"])
        path.write_bytes(path.read_text("utf-8").encode(encoding))
        assert main(["check", "toy.ipynb"]) == 0
        assert "1 of 1 done" in capsys.readouterr().out

    def test_reads_worksheets_and_cells_that_lack_something(self, write):
        path = write(exercises=["same"])
        cells = [
            {"cell_type": "code", "input": [IMPORTS, "\r\n"], "language": "python"},
            {"cell_type": "code", "input": "def same(x):\n    return x"},
            {},
            {"cell_type": "code", "source": 'check("same", same)', "metadata": None},
        ]
        path.write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
        assert main(["check", "toy.ipynb"]) == 0

    def test_an_error_is_told_by_the_cell_as_the_notebook_counts_it(self, write, capsys):
        write(IMPORTS, "def same(x):\n    return x + 'a'", 'check("same", same)', exercises=["same"])
        assert main(["check", "toy.ipynb"]) == 1
        out = capsys.readouterr().out
        assert "your line: cell 3, line 2: return x + 'a'" in out and "latentkit/" not in out

    def test_imports_that_fail_are_named_once(self, write, capsys):
        cells = [("import no_such_package\n" + IMPORTS)]
        for name in ("double", "same"):
            cells += [f"def {name}(x):\n    return time.time()", f'check("{name}", {name})']
        write(*cells, exercises=["double", "same"])
        assert main(["check", "toy.ipynb"]) == 1
        out = capsys.readouterr().out
        assert out.count("no_such_package") == 1
        assert out.count("Not tried: `check` is not there, for cell 2 did not run to its end.") == 2
        assert "NameError" not in out

    def test_imports_that_take_too_long_are_named_once(self, write, capsys):
        write("import time\ntime.sleep(100)\n" + IMPORTS, "def same(x):\n    return x", 'check("same", same)')
        assert main(["check", "toy.ipynb", "--limit", "5"]) == 1
        out = capsys.readouterr().out
        assert out.count("Cell 2 ran longer than 5 s") == 1
        assert "Not tried: `check` is not there, for cell 2 did not run to its end." in out

    def test_a_name_that_an_import_did_not_bring_is_traced_to_it(self, write, capsys):
        write(
            IMPORTS,
            "import no_such_package as extra\nimport math",
            "def same(x):\n    return math.pi * x",
            'check("same", same)',
            exercises=["same"],
        )
        assert main(["check", "toy.ipynb"]) == 1
        assert "Not tried: `math` is not there, for cell 3 did not run" in capsys.readouterr().out

    def test_a_file_that_is_not_there_is_missed_without_torch(self, tmp_path):
        code = (
            "import sys; from latentkit.commands.cli import main; code = main(['check', 'nosuch.ipynb']);"
            "print(code, 'torch' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("2 False\n", "there is no file nosuch.ipynb\n")


class TestOtherCommands:
    def test_doctor_finds_the_packages_and_the_cases(self, write, capsys):
        write(IMPORTS)
        assert main(["doctor", "--json"]) == 0
        findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
        assert findings["torch"]["value"] == torch.__version__
        assert findings["cases.npz"]["value"].endswith("cases.npz") and not findings["cases.npz"]["advice"]

    def test_doctor_says_what_to_do(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LATENTKIT_CASES", str(tmp_path / "nowhere.npz"))
        monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(tmp_path / "nowhere"))
        assert main(["doctor"]) == 0
        out = capsys.readouterr().out
        assert "set LATENTKIT_CASES to its path" in out
        assert "There is no such folder; set LATENTKIT_DATA_MIRROR anew." in out

    def test_doctor_warns_of_half_a_data_set_but_not_of_one_that_nobody_wanted(self, monkeypatch, capsys):
        first = DATA_SETS["mnist"].files[0]
        monkeypatch.setattr("latentkit.commands.doctor.find", lambda file: None)
        assert "real data" not in [finding.name for finding in look_at_machine() if finding.advice]
        monkeypatch.setattr("latentkit.commands.doctor.find", lambda file: Path() if file == first else None)
        assert main(["doctor"]) == 0
        assert "Incomplete: mnist; run: latentkit data get mnist" in capsys.readouterr().out

    def test_doctor_names_each_file_of_cases_once(self, tmp_path, monkeypatch):
        (tmp_path / "assignments" / "ps1_elbo").mkdir(parents=True)
        monkeypatch.delenv("LATENTKIT_CASES", raising=False)
        monkeypatch.chdir(tmp_path / "assignments" / "ps1_elbo")
        Path("cases.npz").write_bytes(b"")
        value = next(finding.value for finding in look_at_machine() if finding.name == "cases.npz")
        assert value == str(Path.cwd() / "cases.npz")

    def test_data_lists_and_refuses_unknown_names(self, capsys):
        assert main(["data", "list"]) == 0
        assert "mnist: MNIST" in capsys.readouterr().out
        assert main(["data", "get", "mnits"]) == 2
        assert "no data set 'mnits'" in capsys.readouterr().err

    @pytest.mark.parametrize("debug", ["", "1"])
    def test_the_unforeseen_is_one_line_and_a_traceback_on_demand(self, monkeypatch, capsys, debug):
        def stumble(as_json):
            raise RuntimeError("two\nlines")

        monkeypatch.setattr("latentkit.commands.data.list_data", stumble)
        monkeypatch.setenv("LATENTKIT_DEBUG", debug)
        assert main(["data", "list"]) == 2
        *before, line = capsys.readouterr().err.splitlines()
        assert line == (
            "latentkit data: something went wrong that we did not foresee: RuntimeError: two lines; "
            "set LATENTKIT_DEBUG=1 to see the traceback"
        )
        assert before[:1] == (["Traceback (most recent call last):"] if debug else [])

    def test_a_terminal_without_check_marks_is_enough(self, write):
        path = write(IMPORTS, "def same(x):\n    return x", 'check("same", same)', exercises=["same"])
        done = subprocess.run(
            [sys.executable, "-m", "latentkit", "check", str(path)],
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "same: ? passed" in done.stdout

    @pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["data", "get", "--help"]])
    def test_help(self, arguments, capsys):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
        assert capsys.readouterr().out.startswith("usage: latentkit")
