"""The sandbox as this machine gives it: what a confined process sees, and that the tiers are tried, not guessed."""

import os
from typing import ClassVar

import pytest

from autograder.grading.running import sandboxes, warm_process
from tests.autograder.common import said


def test_data_that_lies_in_tmp_stays_readable(tier, tmp_path, monkeypatch):
    (tmp_path / "corpus.txt").write_text("a sentence")
    monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(tmp_path))
    source = f"print(open('{tmp_path}/corpus.txt').read())\nopen('{tmp_path}/mine.txt', 'w')"
    printed = said(source, tier)
    assert printed.startswith("a sentence")
    assert "Read-only" in printed or "Permission denied" in printed


def test_folders_of_data_are_named_by_their_real_paths(tmp_path, monkeypatch):
    (tmp_path / "course").mkdir()
    monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(tmp_path / "course" / ".." / "data"))
    monkeypatch.setenv("NLTK_DATA", os.pathsep.join(str(tmp_path / "course" / ".." / name) for name in ("a", "b")))
    monkeypatch.delenv("LATENTKIT_DATA", raising=False)
    real = tmp_path.resolve()
    assert sandboxes.data_folders() == {
        "LATENTKIT_DATA_MIRROR": str(real / "data"),
        "NLTK_DATA": os.pathsep.join((str(real / "a"), str(real / "b"))),
    }


def test_what_is_hidden_is_hidden_below_a_linked_folder_too(tmp_path, monkeypatch):
    (tmp_path / "real" / "kit").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setattr(sandboxes, "search_path", lambda bundle: [bundle, tmp_path / "link"])
    hidden = sandboxes.confinement("none", tmp_path / "bundle", [tmp_path / "link" / "kit"]).hidden
    assert {str(tmp_path.resolve() / "real" / "kit"), str(tmp_path / "link" / "kit")} <= set(hidden)


def test_libraries_that_are_imported_late_are_found(tier):
    assert said("import sklearn.cluster, torch.optim.lbfgs, wave; print('found')", tier) == "found\n"


def test_a_submission_can_use_temporary_files(tier):
    source = (
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as f:\n    f.write('x'); f.seek(0); print(f.read())"
    )
    assert said(source, tier) == "x\n"


def test_the_course_is_not_there(tier, tmp_path):
    (tmp_path / "secret.txt").write_text("the seed")
    printed = said(f"print(open('{tmp_path}/secret.txt').read())", tier, hidden=[tmp_path])
    assert "the seed" not in printed and ("No such file" in printed or "Permission denied" in printed)


class Started:
    """Stands for a warm process: what was done with each."""

    all: ClassVar[list["Started"]] = []

    def __init__(self, tier, *_):
        self.tier, self.did = tier, []
        self.all.append(self)

    def launch(self):
        self.did.append("launched")

    def close(self):
        self.did.append("closed")


def test_what_was_started_in_a_sandbox_that_proves_unfit_is_ended(monkeypatch):
    """It is started before the sandbox is tried, to save time."""
    monkeypatch.setattr(Started, "all", [])
    monkeypatch.setattr(warm_process, "WarmProcess", Started)
    monkeypatch.setattr(sandboxes, "obstacle", lambda tier: "" if tier == "landlock" else "not here")
    assert warm_process.launched("auto", [], "cpu", []).tier == "landlock"
    found = [(process.tier, process.did) for process in Started.all]
    assert found == [("namespaces", ["launched", "closed"]), ("landlock", ["launched"])]
    monkeypatch.setattr(sandboxes, "obstacle", lambda tier: "not here")
    with pytest.raises(sandboxes.NoSandbox):
        warm_process.launched("auto", [], "cpu", [])
    assert Started.all[-1].did == ["launched", "closed"]


def test_without_any_sandbox_grading_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(sandboxes, "obstacle", lambda tier: "not on this machine")
    with pytest.raises(sandboxes.NoSandbox, match="--sandbox none"):
        sandboxes.choose()
    assert sandboxes.choose("none") == "none"
