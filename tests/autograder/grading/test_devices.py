"""A GPU is open to submissions only where it was granted, and functions are then called on it."""

import os
import stat
from pathlib import Path

import pytest
import torch

from autograder.authoring.release import release
from autograder.cli import main
from autograder.grading import batch
from autograder.grading.judging.plan import prepare
from autograder.grading.request import GradingRequest
from autograder.grading.running import devices
from autograder.grading.running.syscalls import compiled
from tests.autograder.common import hand_in, said

ASK = """
import errno, fcntl, os
def answer(path, request):
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError as error:
        return errno.errorcode[error.errno]
    try:
        fcntl.ioctl(handle, request)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""


@pytest.fixture
def granted(tmp_path, monkeypatch):
    """A machine that has a GPU, as far as a sandbox can see: a device file, which is /dev/null's."""
    node = Path(f"/dev/nvidia-of-test-{os.getpid()}")
    try:
        os.mknod(node, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError as error:
        pytest.skip(f"this user may not make a device file: {error}")
    node.chmod(0o666)
    monkeypatch.setattr(devices, "nodes", lambda device: [node] if device == devices.CUDA else [])
    yield node
    node.unlink()


def test_the_device_file_and_its_requests_are_open_only_where_granted(tier, granted):
    """/dev/null takes no request (ENOTTY); EPERM is the filter's."""
    source = f"{ASK}\nfor path, request in (('{granted}', 0xC020462A), ('{granted}', 25), ('{granted}', 0x30000001),"
    source += f"('{granted}', 0x5412), ('/dev/null', 0x5412)): print(answer(path, request))"
    assert said(source, tier, device=devices.CUDA).split() == ["ENOTTY", "ENOTTY", "ENOTTY", "EPERM", "EPERM"]
    refused = said(source, tier).split()
    assert refused[0] in ("ENOENT", "EACCES")
    assert refused[-1] == "EPERM"


def test_cuda_is_shown_to_the_child_and_not_used_before_it(tier, granted, monkeypatch):
    source = "import os, resource, torch\nprint(torch.cuda.is_initialized(), os.environ.get('CUDA_VISIBLE_DEVICES'))"
    source += "\nprint(*[resource.getrlimit(kind)[0] > 0 for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)])"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert said(source, tier, device=devices.CUDA).split() == ["False", "None", "False", "True"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert said(source, tier, device=devices.CUDA).split()[:2] == ["False", "1"]
    assert said("import os; print(repr(os.environ['CUDA_VISIBLE_DEVICES']))", tier) == "''\n"


def test_only_a_granted_gpu_widens_the_filter():
    assert compiled() == compiled(gpu=False)
    assert len(compiled(gpu=True)) > len(compiled())


def test_a_drivers_libraries_that_a_container_engine_mounts_are_found():
    line = "701 687 254:1 {0} /usr/lib/x86_64-linux-gnu/{1} ro,nosuid,nodev - ext4 /dev/root ro\n"
    names = ("libcuda.so.580.65.06", "libnvidia-ml.so.580.65.06", "libc.so.6")
    mounts = "".join(line.format("/", name) for name in names)
    found = [path.name for path in devices.drivers(devices.CUDA, mounts)]
    assert found == ["libcuda.so.580.65.06", "libnvidia-ml.so.580.65.06"]
    assert devices.drivers(devices.CPU, mounts) == []


def test_a_grade_knows_its_device(toy_course):
    release(toy_course, "toy")
    on_cpu, on_gpu = (prepare(toy_course, "toy", None, device) for device in devices.CHOICES)
    assert on_cpu.fingerprint != on_gpu.fingerprint
    assert (on_cpu.device, on_gpu.device) == devices.CHOICES


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_the_command_says_what_to_do(toy_course, capsys):
    assert main(["--course", str(toy_course.root), "grade", "toy", "--device", "cuda"]) == 2
    assert "this machine has no CUDA device: grade with --device cpu" in capsys.readouterr().err
    with pytest.raises(ValueError, match="device must be one of cpu, cuda"):
        devices.require("tpu")


@pytest.mark.gpu
@pytest.mark.parametrize("device", devices.CHOICES)
def test_a_submission_finds_the_gpu_only_where_granted(tier, device):
    source = "import torch\nprint(torch.cuda.is_available() and torch.ones(3, device='cuda').sum().item())"
    assert said(source, tier, device=device) == ("3.0\n" if device == devices.CUDA else "False\n")


@pytest.mark.gpu
def test_a_class_earns_the_same_on_the_gpu(toy_course, tier):
    hand_in(toy_course, "ana", release(toy_course, "toy").solved)
    results = batch.grade(GradingRequest(toy_course, "toy", sandbox=tier, device=devices.CUDA, progress=False)).results
    assert results.students["ana"].points == 5
    assert results.students["ana"].sandbox == f"{tier}, cuda open"
