"""Family 7: traces: messages left in memory that submissions share, and what the machine tells of itself."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.grading.running import syscalls
from autograder.worker import landlock as rules

CHECKOUT = str(Path(__file__).parents[2])
SIZE = 2**20

ATTACKS = {
    # Pages of a file that every submission may read
    "drops_pages": """
import mmap
descriptor = os.open("@SITE@/neighbour/warm.bin", os.O_RDONLY)
for call in (lambda: os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED), lambda: syscall(277, descriptor, 0, 0, 7),
             lambda: mmap.mmap(descriptor, 0, prot=mmap.PROT_READ).madvise(21)):
    try:
        call()
    except OSError:
        pass
print("refused: the tests look at the pages")
""",
    "fetches_pages": """
import mmap
descriptor = os.open("@SITE@/neighbour/cold.bin", os.O_RDONLY)
mapped = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
for call in (lambda: os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED), lambda: syscall(187, descriptor, 0, 2**20),
             lambda: mapped.madvise(mmap.MADV_WILLNEED), lambda: mapped.madvise(22)):
    try:
        call()
    except OSError:
        pass
print("refused: the tests look at the pages")
""",
    "looks_for_pages": """
import mmap
libc = ctypes.CDLL(None, use_errno=True)
mapped = mmap.mmap(os.open("@SITE@/neighbour/warm.bin", os.O_RDONLY), 0, prot=mmap.PROT_READ | mmap.PROT_WRITE, flags=mmap.MAP_PRIVATE)
address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
pages = (ctypes.c_ubyte * 256)(*[170] * 256)
libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(2**20), pages)
if set(pages) != {170}:
    breach("mincore")
attempt(syscall, 451, 3, (ctypes.c_uint64 * 2)(0, 0), (ctypes.c_uint64 * 5)(), 0)  # cachestat
attempt(syscall, 327, os.open("@LIBRARY@", os.O_RDONLY), (ctypes.c_uint64 * 2)(), 1, 0, 0, 8)  # preadv2(RWF_NOWAIT)
attempt(syscall, 440, 0, 0, 0, 20, 0)  # process_madvise
""",
    "opens_by_a_struct": """
how = (ctypes.c_uint64 * 3)(0o1000, 0, 0)
try:
    breach(syscall(437, -100, b"@LIBRARY@", how, 24))
except OSError as error:
    print("refused:", error) if error.errno == 38 else breach(error)
""",
    "empties_what_it_may_read": """
for path in ("@LIBRARY@", torch.__file__, os.__file__):
    attempt(os.open, path, os.O_RDONLY | os.O_TRUNC)
    attempt(os.open, path, os.O_RDONLY | os.O_TRUNC | os.O_CREAT)
    attempt(syscall, 2, path.encode(), 0o1003, 0)  # open, with both bits of the mode
    attempt(syscall, 85, path.encode(), 0o666)  # creat
    attempt(os.ftruncate, os.open(path, os.O_RDONLY), 0)
    attempt(os.truncate, path, 0)
""",
    # What the machine tells
    "asks_how_busy_the_machine_is": """
for path in ("loadavg", "stat", "meminfo", "vmstat", "uptime", "schedstat", "interrupts", "diskstats", "pressure/cpu", "pressure/io", "1/stat"):
    attempt(open, "/proc/" + path)
attempt(os.getloadavg)
attempt(syscall, 99, ctypes.create_string_buffer(128))  # sysinfo
attempt(os.statvfs, torch.__file__)
attempt(os.statvfs, ".")
""",
    "asks_where_it_came_from": """
import gc, glob
for name in ("self", "1", "thread-self", "self/task/1"):
    for inner in ("mountinfo", "mounts", "mountstats", "cmdline", "maps", "environ"):
        attempt(open, f"/proc/{name}/{inner}")
def told():
    yield "argv", sys.argv
    yield "orig_argv", sys.orig_argv
    yield "environ", dict(os.environ)
    yield "meta_path", [vars(finder) for finder in sys.meta_path if hasattr(finder, "__dict__")]
    yield "modules", [name for name in sys.modules if "__editable__" in name]
    yield "files", [getattr(sys.modules[name], "__file__", "") for name in ("latentkit", "autograder")]
    for thing in gc.get_objects():
        if type(thing).__name__ in ("Namespaces", "Landlock", "GVisor", "Confinement"):
            yield "sandbox", {name: value for name, value in vars(thing).items() if name != "_visible"}
for name, value in told():
    for place in ("@COURSE@", "@CHECKOUT@"):
        if place in repr(value):
            breach((name, place))
patterns = ("*.pth", "__editable__*", "__pycache__/__editable__*", "*.dist-info/direct_url.json")
for path in (path for base in sys.path for pattern in patterns for path in glob.glob(base + "/" + pattern)):
    try:
        if "@CHECKOUT@".encode() in open(path, "rb").read():
            breach(path)
    except OSError:
        pass
""",
    # Words that a function chooses by its inputs
    "raises_what_its_inputs_say": """
import builtins
KINDS = sorted(name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception))
print("refused: the message is looked at", len(KINDS))
def kl_to_standard_normal(mu, logvar):
    raise vars(builtins)["KeyError" if mu.numel() else "OSError"]("no")
""",
}


@pytest.fixture(scope="module")
def graded(arena, tier):
    """The whole family in one batch, in each tier, beside a file that is in memory and one that is not."""
    folder = Path(arena.places["SITE"]) / "neighbour"
    for name in ("warm.bin", "cold.bin"):
        path = folder / name
        path.write_bytes(os.urandom(SIZE))
        path.chmod(0o644)
        with path.open("rb") as file:
            os.fsync(file.fileno())
            file.read()
    with (folder / "cold.bin").open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if pages_in_memory(folder / "cold.bin"):
        pytest.skip("this file system keeps all its files in memory")
    attacks = {name: code.replace("@CHECKOUT@", CHECKOUT) for name, code in ATTACKS.items()}
    return arena.grade(attacks, tier)


def pages_in_memory(path: Path) -> int:
    """How many pages of a file the kernel holds in memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ | mmap.PROT_WRITE, flags=mmap.MAP_PRIVATE)
    pages = (ctypes.c_ubyte * (SIZE // mmap.PAGESIZE))()
    address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    if libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(SIZE), pages) != 0:
        raise OSError(ctypes.get_errno(), "mincore")
    return sum(page & 1 for page in pages)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_learnt(graded, attack):
    graded.assert_nothing_gained(attack)
    assert "refused" in graded.outputs(attack), graded.outputs(attack)


def test_pages_of_libraries_stay_as_they_were(graded, arena):
    folder = Path(arena.places["SITE"]) / "neighbour"
    assert pages_in_memory(folder / "warm.bin") == SIZE // mmap.PAGESIZE
    assert pages_in_memory(folder / "cold.bin") == 0


def test_the_kind_of_an_error_is_told_not_its_name(graded):
    told = graded.told("raises_what_its_inputs_say")
    assert "KeyError" not in told and "OSError" not in told
    assert "another kind of error" in told


def test_the_neighbours_are_unharmed(graded):
    graded.assert_neighbours_unharmed()


_EMPTIES = """
import os, sys
sys.path.append(sys.argv[1])
from pathlib import Path
from autograder.worker import landlock, linux
library, home, program, version = Path(sys.argv[2]), Path(sys.argv[3]), bytes.fromhex(sys.argv[4]), int(sys.argv[5])
linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict(landlock.make_ruleset([library.parent, Path("/usr")], [home], version=version))
if program:
    linux.install_filter(program)
for flags in (os.O_TRUNC, os.O_TRUNC | os.O_CREAT):
    try:
        os.open(library, os.O_RDONLY | flags)
    except PermissionError:
        print("refused")
with open(home / "own", "w") as file:
    file.write("mine")
os.truncate(os.open(home / "own", os.O_RDWR | os.O_TRUNC), 0)
"""


def tried_to_empty(folder: Path, version: int, program: bytes) -> tuple[list[str], str]:
    """What a process said that opened a library so as to empty it, and what is left of the library."""
    library, home = folder / "libraries" / "library.txt", folder / "home"
    for inner in (library.parent, home):
        inner.mkdir()
    library.write_text("unharmed")
    arguments = [CHECKOUT, str(library), str(home), program.hex(), str(version)]
    command = [sys.executable, "-I", "-S", "-c", _EMPTIES, *arguments]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not tried.stderr, tried.stderr
    return tried.stdout.split(), library.read_text()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_landlock_empties_no_library(landlock, tmp_path, version):
    assert tried_to_empty(tmp_path, version, syscalls.compiled()) == (["refused"] * 2, "unharmed")


def test_without_the_filter_an_older_landlock_would(landlock, tmp_path):
    assert tried_to_empty(tmp_path, 2, b"") == ([], "")


@pytest.mark.parametrize("version", [1, 2, 3, 7])
def test_an_older_landlock_is_named(monkeypatch, version):
    from autograder.worker.sandbox import Landlock

    monkeypatch.setattr(rules, "abi", lambda: version)
    told = Landlock.caution()
    assert (f"ABI {version}" in told and "Linux 6.2" in told) if version < 3 else told == ""
