"""`latentkit doctor` ends in one sentence that says whether all is well."""

import pytest

from latentkit.commands.cli import main
from latentkit.commands.doctor import PACKAGES, Finding, verdict

FINE = Finding("torch", "2.13")
OPTIONAL = Finding("real data", "none of 11 optional sets", optional=True)
HINT = Finding("cases.npz", "none", "Run this in the notebook's folder.")
OTHER = Finding("data cache", "/", "Set LATENTKIT_DATA.")
SERIOUS = Finding("numpy", "not installed", "Install it.", serious=True)


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([FINE], "All is well."),
        ([FINE, OPTIONAL], "All is well; optional data sets are not here, nothing needs them."),
        ([OPTIONAL, HINT], "Ready. Worth a look: cases.npz."),
        ([HINT, OTHER], "Ready. Worth a look: cases.npz and data cache."),
        ([HINT, SERIOUS, OPTIONAL], "Not ready yet: numpy. What to do stands above."),
    ],
)
def test_the_verdict_is_that_of_the_worst_finding(findings, said):
    assert verdict(findings) == said


@pytest.fixture
def in_a_kit(tmp_path, monkeypatch):
    """A folder with cases, on a machine without any real data set."""
    (tmp_path / "cases.npz").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    for name in ("LATENTKIT_CASES", "LATENTKIT_DATA_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LATENTKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("latentkit.commands.doctor._is_readable", lambda cases: True)


def test_a_new_student_reads_no_alarm_and_a_last_line_that_all_is_well(in_a_kit, capsys):
    assert main(["doctor"]) == 0
    *lines, blank, last = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if line.startswith("!")]
    assert (blank, last) == ("", "All is well; optional data sets are not here, nothing needs them.")


def test_what_is_missing_is_alarming_and_the_exit_code_says_so(in_a_kit, capsys, monkeypatch):
    monkeypatch.setattr("latentkit.commands.doctor.PACKAGES", (*PACKAGES, "no-such-package"))
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "! no-such-package not installed" in out
    assert out.endswith("\nNot ready yet: no-such-package. What to do stands above.\n")


def test_a_student_needs_nothing_that_only_grading_needs():
    assert not {"nbgrader", "jupytext", "nh3"} & set(PACKAGES)
