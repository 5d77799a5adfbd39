"""With a student's installation alone, the instructor's command says what is missing and how to get it."""

import subprocess
import sys

import pytest

from autograder import extras
from autograder.cli import main
from autograder.grading.running import syscalls

ABSENT = sorted({name for names in extras.EXTRAS.values() for name in names} - {"setuptools"})
"""torch itself needs setuptools."""
WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT}))
from autograder.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""Run the command where none of the extras can be imported."""


def without_extras(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("command", ["release --all", "grade ps1_elbo", "report ps1_elbo", "demo"])
def test_a_command_that_needs_them_says_so_in_one_line(command):
    told = without_extras(*command.split())
    assert (told.returncode, told.stdout) == (2, "")
    named = f"autograder {command.split()[0]}: this needs jupytext, latex2mathml, nbgrader, nh3, "
    assert told.stderr.startswith(named)
    assert told.stderr.endswith("; run: python -m pip install 'latentkit[instructor]'\n")
    assert told.stderr.count("\n") == 1


def test_help_needs_none():
    assert without_extras("--help").returncode == 0


def test_the_doctor_looks_all_the_same_and_its_verdict_names_them():
    told = without_extras("doctor")
    assert told.returncode == 1, "grading is not possible"
    assert "grading needs  not installed: jupytext, latex2mathml, nbgrader" in told.stdout
    assert "python -m pip install 'latentkit[instructor]'" in told.stdout
    last = told.stdout.splitlines()[-1]
    assert last.startswith("Not ready yet: ") and "grading needs" in last
    assert told.stderr == ""


def test_the_doctor_ends_in_a_verdict(capsys, monkeypatch, toy_course):
    monkeypatch.chdir(toy_course.root)
    main(["doctor"])
    *_, blank, last = capsys.readouterr().out.splitlines()
    assert blank == "" and last.startswith(("All is well", "Ready. Worth a look", "Not ready yet"))


def test_one_package_is_told_in_the_singular(monkeypatch):
    monkeypatch.setattr(extras, "missing", lambda extra: ["distributed"])
    with pytest.raises(ValueError, match=r"^this needs distributed, which is not installed .*'latentkit\[cluster\]'$"):
        extras.require("cluster")


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_a_filter_that_lacks_its_package_is_not_said_to_lack_the_system_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(syscalls.FilterUnavailable, match=r"pyseccomp is not installed: .*'latentkit\[instructor\]'"):
        syscalls.compiled()
