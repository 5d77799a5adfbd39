"""The benchmark of the checks runs, and says what it measured. How long anything takes is asserted nowhere."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("bench_check.py")


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), "--repetitions", "1", *options]
    return subprocess.run(command, capture_output=True, text=True)


def test_it_measures_the_checks_of_one_exercise_and_the_imports_of_its_notebook():
    told = run("--exercises", "elbo", "--stock", "2", "--json")
    assert told.returncode == 0, told.stderr
    measured = json.loads(told.stdout)
    (row,) = measured["checks"]
    assert row["exercise"] == "elbo"
    assert row["wrong answers"] > 2
    assert row["worst"] >= row["median"] >= 0
    assert row["right"] > 0
    assert [start["what"] for start in measured["imports"]] == [
        "`import latentkit.check`",
        "torch's first optimiser",
        "import cell of ps1_elbo",
    ]
    assert all(start["beyond torch"] > 0 for start in measured["imports"])


def test_an_exercise_that_there_is_not_is_told():
    told = run("--exercises", "kl_to_cauchy")
    assert told.returncode == 2
    assert "there is no such exercise" in told.stderr
