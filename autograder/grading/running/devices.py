"""The device that functions are judged on, and what a GPU needs to be opened in the sandbox."""

import re
from pathlib import Path

CPU, CUDA = "cpu", "cuda"
CHOICES = (CPU, CUDA)
_LIBRARY = re.compile(r"/lib(cuda|nvidia)[^/]*\.so[^/]*$")


def require(device: str) -> None:
    """Be sure that this machine has the device.

    Raises:
        ValueError: it has none, or there is no such device.
    """
    if device not in CHOICES:
        raise ValueError(f"device must be one of {', '.join(CHOICES)}, got {device!r}")
    if device == CUDA:
        import torch

        if not torch.cuda.is_available():
            raise ValueError("this machine has no CUDA device: grade with --device cpu")


def nodes(device: str) -> list[Path]:
    """The device files that a submission has to open; those of every GPU of the machine."""
    if device == CPU:
        return []
    found = [*Path("/dev").glob("nvidia[0-9]*"), Path("/dev/nvidiactl"), Path("/dev/nvidia-uvm")]
    return sorted(path for path in found if path.exists())


def drivers(device: str, mounts: str | None = None) -> list[Path]:
    """The driver's libraries that a container engine mounts, file by file, into the system's folders.

    Args:
        device: as named.
        mounts: as in /proc/self/mountinfo, which is the default.
    """
    if device == CPU:
        return []
    lines = (Path("/proc/self/mountinfo").read_text() if mounts is None else mounts).splitlines()
    return sorted({Path(place) for line in lines if _LIBRARY.search(place := line.split()[4])})
