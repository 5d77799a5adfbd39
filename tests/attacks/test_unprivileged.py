"""The sandbox for a grader without rights: an instructor's own account, or a service's."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.authoring.bundle import write_bundle
from autograder.grading.running import sandboxes, syscalls
from autograder.worker.boot import PRIVATE
from autograder.worker.sandbox import Confinement

NOBODY = "65534"
PROBE = "import sys; sys.path.extend(sys.argv[3:]); from autograder.worker.boot import probe; probe()"
WHOAMI = "import os, sys; sys.exit(os.getuid() != 65534 or sys.version_info < (3, 11))"


@pytest.fixture
def as_nobody():
    """The start of a command line that runs Python as a user without rights."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become somebody else, by setpriv")
    for python in filter(os.path.exists, ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable)):
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", python, "-I", "-S"]
        tried = subprocess.run([*command, "-c", WHOAMI], capture_output=True, cwd="/", check=False)
        if tried.returncode == 0:
            return command
    pytest.skip("no Python here that another user may run")


@pytest.mark.parametrize("tier", [tier.name for tier in sandboxes.chosen_alone()])
def test_no_door_is_open_for_a_grader_without_rights(as_nobody, tier):
    if reason := sandboxes.obstacle(tier):
        pytest.skip(f"no {tier} here, even for root: {reason}")
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        os.chmod(folder, 0o777)
        (Path(folder) / PRIVATE).write_text("not for submissions")
        bundle = write_bundle(Path(folder) / "bundle")
        confinement = Confinement(tier, syscalls.compiled().hex(), (str(bundle),)).to_argument()
        command = [*as_nobody, "-c", PROBE, "-", confinement, str(bundle)]
        tried = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if tier == "namespaces" and "Operation not permitted" in tried.stderr:
        pytest.skip("the kernel lets no user without rights make namespaces")
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout == "", f"it could still {tried.stdout}"
