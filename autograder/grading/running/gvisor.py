"""gVisor, from outside: the description of a container in which the warm process runs, and the command that starts it.

Reference: https://gvisor.dev/docs/ and the runtime specification of the Open Container Initiative (config.json).
"""

import json
import os
import shutil
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.worker.jail import SYSTEM
from autograder.worker.sandbox import Confinement

RUNSC = "runsc"
_CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID"]
"""What the warm process needs to give each child a user of its own, and to end it; children drop them all."""


def container(
    folder: Path, command: Sequence[str], environment: Mapping[str, str], confinement: Confinement
) -> list[str]:
    """Write a container's description into a folder; the command line that runs it, attached to standard streams.

    How gVisor takes over system calls is left to runsc: by ptrace in old ones, by systrap, which is faster, since 2023.

    Args:
        folder: a new one's place; the root file system and runsc's own state lie there too.
        command: to run inside, its first word an interpreter as it is here.
        environment: of the command.
        confinement: what is to be seen.
    Raises:
        OSError: there is no runsc.
    """
    program = shutil.which(RUNSC)
    if program is None:
        raise OSError(f"{RUNSC} is not on the PATH")
    if confinement.device != "cpu":
        raise OSError("this tier opens no GPU")
    root = folder / "rootfs"
    root.mkdir(parents=True)
    (folder / "empty").touch()
    description = {
        "ociVersion": "1.0.0",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": [os.path.realpath(command[0]), *command[1:]],
            "env": [f"{name}={value}" for name, value in environment.items()],
            "cwd": "/tmp",
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), _CAPABILITIES),
        },
        "root": {"path": str(root), "readonly": True},
        "mounts": _mounts(root, folder / "empty", confinement),
        "linux": dict(namespaces=[{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]),
    }
    (folder / "config.json").write_text(json.dumps(description))
    options = ["--network=none", "--ignore-cgroups", f"--root={folder / 'state'}"]
    return [program, *options, "run", f"--bundle={folder}", f"submissions-{uuid.uuid4().hex[:12]}"]


def _mounts(root: Path, empty: Path, confinement: Confinement) -> list[dict[str, Any]]:
    writable = ["nosuid", "nodev", "noexec", "mode=711", "size=1g"]  # a child owns its own folder there, no more
    mounts: list[dict[str, Any]] = [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": writable},
    ]
    found = {*SYSTEM, Path(sys.base_prefix).resolve(), *map(Path, confinement.visible)}
    shown = sorted((path for path in found if path.exists()), key=lambda path: (len(path.parts), path))
    for path in shown:
        if any(path != other and path.is_relative_to(other) for other in shown):
            continue
        if path.is_symlink() and path.parent == Path("/"):  # /lib -> usr/lib
            (root / path.name).symlink_to(os.readlink(path))
        else:
            mounts.append(_read_only(path, path))
    for hidden in map(Path, confinement.hidden):
        if not any(hidden.is_relative_to(path) for path in shown):
            continue
        if hidden.is_dir():
            mounts.append({"destination": str(hidden), "type": "tmpfs", "source": "tmpfs", "options": ["ro"]})
        elif hidden.is_file():
            mounts.append(_read_only(empty, hidden))
    return mounts


def _read_only(path: Path, place: Path) -> dict[str, Any]:
    options = ["bind", "ro", "nosuid", "nodev"]
    return {"destination": str(place), "type": "bind", "source": str(path), "options": options}
