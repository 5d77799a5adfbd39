"""The sandbox as this machine gives it: what a confined process sees, and that the tiers are tried, not guessed."""

import time

import pytest

from autograder.grading.running import sandboxes
from autograder.grading.running.warm_process import WarmProcess
from autograder.grading.running.workers import Worker
from autograder.worker.limits import Limits

CONFINED = [sandboxes.NAMESPACES, sandboxes.LANDLOCK]


@pytest.fixture(scope="module", params=CONFINED)
def tier(request):
    if obstacle := sandboxes.obstacle(request.param):
        pytest.skip(f"no {request.param} here: {obstacle}")
    return request.param


def says(tier, source, hidden=()):
    """What a cell prints in a fresh child."""
    with WarmProcess(tier, hidden) as warm, Worker(warm) as worker, worker.child(Limits()) as child:
        answer = child.request({"run": source, "budget": 10_000}, deadline=time.monotonic() + 60)
    return "".join(output.get("text", output.get("evalue", "")) for output in answer.content["outputs"])


def test_data_that_lies_in_tmp_stays_readable(tier, tmp_path, monkeypatch):
    (tmp_path / "corpus.txt").write_text("a sentence")
    monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(tmp_path))
    source = f"print(open('{tmp_path}/corpus.txt').read())\nopen('{tmp_path}/mine.txt', 'w')"
    said = says(tier, source)
    assert said.startswith("a sentence")
    assert "Read-only" in said or "Permission denied" in said


def test_libraries_that_are_imported_late_are_found(tier):
    assert says(tier, "import sklearn.cluster, torch.optim.lbfgs, wave; print('found')") == "found\n"


def test_a_submission_can_use_temporary_files(tier):
    source = (
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as f:\n    f.write('x'); f.seek(0); print(f.read())"
    )
    assert says(tier, source) == "x\n"


def test_the_course_is_not_there(tier, tmp_path):
    (tmp_path / "secret.txt").write_text("the seed")
    said = says(tier, f"print(open('{tmp_path}/secret.txt').read())", hidden=[tmp_path])
    assert "the seed" not in said and ("No such file" in said or "Permission denied" in said)


def test_without_any_sandbox_grading_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(sandboxes, "obstacle", lambda tier: "not on this machine")
    with pytest.raises(sandboxes.NoSandbox, match="--sandbox none"):
        sandboxes.choose()
    assert sandboxes.choose("none") == "none"
