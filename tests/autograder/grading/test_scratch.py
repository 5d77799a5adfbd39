"""A batch removes its temporary files; where it was killed, the next one does, and touches nobody else's."""

import os
import signal
import tempfile

import pytest

from autograder.grading.running.scratch import LOCK_FILE, PREFIX, ScratchFolder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_removed_with_all_in_it():
    folder = ScratchFolder()
    (folder.path / "deep" / "down").mkdir(parents=True)
    (folder.path / "deep" / "down" / "file").write_text("x")
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


def test_a_killed_batchs_folder_is_removed_by_the_next_and_a_living_ones_is_not(temporary):
    living = ScratchFolder()
    pid = os.fork()
    if pid == 0:
        ScratchFolder()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert len(list(temporary.iterdir())) == 2
    latest = ScratchFolder()
    assert set(temporary.iterdir()) == {living.path, latest.path}


def test_what_only_looks_like_one_is_left_alone(temporary):
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / LOCK_FILE).write_text("")
    (temporary / f"{PREFIX}link").symlink_to(temporary / "elsewhere")
    (temporary / f"{PREFIX}without-owner").mkdir()
    (temporary / f"{PREFIX}linked-owner").mkdir()
    (temporary / f"{PREFIX}linked-owner" / LOCK_FILE).symlink_to(temporary / "elsewhere" / LOCK_FILE)
    (temporary / f"{PREFIX}file").write_text("")
    before = sorted(temporary.rglob("*"))
    ScratchFolder().remove()
    assert sorted(temporary.rglob("*")) == before
