"""Family 4: denial: what never ends, never stops growing, or cannot be read. It costs its author, and nobody else."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import json
import os
import socket
import time

import pytest

from autograder.classroom.feedback import write_feedback
from autograder.grading.sanitise import MAX_PIXELS
from autograder.worker.limits import MEBIBYTE, Limits
from tests.attacks.duel import ELBO, NAME

ENDLESS = {
    "endless_cell": "while True: pass",
    "endless_function": "def kl_to_standard_normal(mu, logvar):\n    while True: pass",
    "endless_gradient": """
class Slow(torch.autograd.Function):
    @staticmethod
    def forward(ctx, mu, logvar): return mu.sum(-1)
    @staticmethod
    def backward(ctx, grad):
        while True: pass
kl_to_standard_normal = Slow.apply
""",
    "swallows_every_exception": """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)) - {9, 19, 32, 33})
for number in set(range(1, 65)) - {9, 19, 32, 33}:
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True: pass
    except BaseException:
        pass
""",
    "endless_in_c": "sum(iter(int, 1))",
    "endless_regular_expression": "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
    "deadlock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "sleeps": "import time\ntime.sleep(10**6)",
    "waits_for_input": "import os\nr, w = os.pipe()\nos.read(r, 1)",
    "answers_one_byte_at_a_time": """
import struct
pipe = judge_socket()
data = struct.pack("<4sIQ", b"LKW1", 1000, 0) + b" " * 1000
for byte in data:
    pipe.send(bytes([byte]))
    time.sleep(0.1)
""",
    "never_reads": """
from autograder.worker import child
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
child.receive = lambda connection: time.sleep(10**6)
""",
    "huge_power": "9 ** 9 ** 9",
    "object_that_never_prints": "class Never:\n    def __repr__(self):\n        while True: pass\nNever()",
}
"""They end by the clock, those that compute by the processor's; an honest submission takes a fraction of a second."""

ENDLESS_LIMITS = Limits(cell_seconds=8, ask_seconds=8, total_seconds=40, restarts=1, cpu_seconds=2)

GREEDY = {
    "memory_in_a_list": "hoard = []\nwhile True: hoard.append(bytearray(2**24))",
    "memory_in_torch": "hoard = []\nwhile True: hoard.append(torch.ones(2**22))",
    "memory_in_numpy": "np.ones((2**40,))",
    "memory_mapped": "import mmap\nhoard = []\nwhile True:\n    hoard.append(mmap.mmap(-1, 2**26)); hoard[-1].write(b'x' * 2**26)",
    "memory_shared": "import mmap\nfile = open('x', 'w+b'); file.truncate(2**34)\nmmap.mmap(file.fileno(), 2**34).write(b'x' * 2**28)",
    "memory_in_a_function": "def kl_to_standard_normal(mu, logvar):\n    return bytearray(2**36)",
    "threads": """
threading.stack_size(32768)
started = 0
try:
    for _ in range(10**5):
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
        started += 1
except (RuntimeError, MemoryError):
    pass
print("refused after", started)
if started > 5000: breach(started)
time.sleep(1)
""",
    "fork_bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: os._exit(1)",
    "fills_the_disk": """
written = 0
try:
    for number in range(10**6):
        with open(f"file{number}", "wb") as file:
            for _ in range(32):
                file.write(bytes(2**20)); written += 2**20
        if written > 2**30: breach(written); break
except OSError as error:
    print("refused", error)
os._exit(0)
""",
    "fills_the_disk_without_a_name": """
hoard, written = [], 0
try:
    while written < 2**31:
        hoard.append(open("x", "wb")); os.unlink("x")
        for _ in range(32):
            hoard[-1].write(bytes(2**20)); written += 2**20
            time.sleep(0.005)
    breach(written)
except OSError as error:
    print("refused", error)
os._exit(0)
""",
    "fallocates": """
size = 0
for number in range(100):
    try:
        os.posix_fallocate(os.open(f"file{number}", os.O_CREAT | os.O_RDWR), 0, 2**26); size += 2**26
    except OSError as error:
        print("refused", error); break
if size > 2**29: breach(size)
os._exit(0)
""",
    "many_files": """
try:
    for number in range(10**5): open(f"f{number}", "w").close()
    breach(number)
except OSError as error:
    print("refused", error)
os._exit(0)
""",
    "deep_folders": """
try:
    for number in range(10**5):
        os.mkdir("d" * 200); os.chdir("d" * 200)
    breach(number)
except OSError as error:
    print("refused", error)
os._exit(0)
""",
    "deep_folders_of_short_names": """
try:
    for number in range(10**5):
        os.mkdir("d"); os.chdir("d")
    breach(number)
except OSError as error:
    print("refused", error)
time.sleep(0.6)
os._exit(0)
""",
    "many_descriptors": "hoard = []\ntry:\n    while True: hoard.append(os.dup(2))\nexcept OSError: os._exit(3)",
    "floods_stdout": "line = 'x' * 10**6\nfor _ in range(2000): print(line)",
    "floods_stderr": "import sys\nfor _ in range(10**5): sys.stderr.write('y' * 1000)",
    "floods_the_display": "from IPython.display import display, HTML\nfor _ in range(3000): display(HTML('<b>x</b>' * 10000))",
    "huge_result": "'x' * 10**8",
    "huge_traceback": "def f(n):\n    if n == 0: raise ValueError('z' * 10**7)\n    f(n - 1)\nf(900)",
    "endless_recursion": "def f(): return f()\nf()",
    "recursion_in_c": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "leaves_at_exit": "import atexit\natexit.register(lambda: time.sleep(1000))\nimport os\nos._exit(0)",
    "threads_that_outlive_the_cell": """
def spin():
    while True: sum(range(1000))
for _ in range(4): threading.Thread(target=spin).start()
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "alarm_later": """
import signal
signal.signal(signal.SIGALRM, lambda *a: os._exit(7))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "closes_every_descriptor": "import os\nos.closerange(0, 10**6)",
    "answers_hugely": "def kl_to_standard_normal(mu, logvar):\n    return mu.new_ones(15 * 2**20)",
    "answers_with_a_forest": "def kl_to_standard_normal(mu, logvar):\n    return [[] for _ in range(10**6)]",
    "answers_deeply": "def kl_to_standard_normal(mu, logvar):\n    x = []\n    for _ in range(10**5): x = [x]\n    return x",
    "answers_itself": "def kl_to_standard_normal(mu, logvar):\n    x = []\n    x.append(x)\n    return x",
    "answers_with_one_array_many_times": """
from autograder.worker import child
from latentkit.check.cases import Response
sent_once = torch.ones(2**20)
child._respond = lambda function, case, device="cpu": Response(outputs=([sent_once] * 3000,))
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "html_left_open": """
from IPython.display import display, HTML
for _ in range(8): display(HTML("".join(f"<p><b title={i}>" for i in range(2400))))
""",
    "nested_html": "from IPython.display import display, HTML\ndisplay(HTML('<div>' * 170_000))\ndisplay(HTML('<b></i>' * 140_000))",
    "cell_magic_bomb": "get_ipython().run_cell('%%timeit\\n' + 'get_ipython()\\n' * 10) and None\nfor _ in range(10**5): get_ipython().events.register('post_run_cell', print)",
}
"""They end by a limit, or quickly by themselves."""


HOLDS_UP_THE_JUDGE = {
    "tags_without_an_end": 'display(HTML("<b " * 5000 + "x" * (2**20 - 20_000)))',
    "a_tag_of_attributes": 'display(HTML("<p " + " ".join(f"a{i}" for i in range(100_000)) + ">"))',
    "attributes_in_quotes": """display(HTML("<p " + "".join(f"a{i}='>' " for i in range(80_000)) + ">"))""",
}
"""Output that a parser takes seconds for, many times over, during which it held the lock of the interpreter."""

PICTURES = """
import base64, struct, zlib
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
def picture(side):
    head, rows = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0), zlib.compress(bytes(side * (side // 8 + 1)), 9)
    content = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(content).decode()
small, large = picture(4096), picture(8192)
for _ in range(4): display({"image/png": small}, raw=True)
for _ in range(40): display({"image/png": large}, raw=True)
for _ in range(40): display(HTML(f'<img src="data:image/png;base64,{large}">'))
"""
"""Eighty of 8192² in about a mebibyte, 20 GiB for a browser that shows them; after four of which two may be shown."""

BLANK = " \n" * 245_000


def _file(content):
    return lambda folder: (folder / f"{NAME}.ipynb").write_bytes(content)


def _fifo(folder):
    os.mkfifo(folder / f"{NAME}.ipynb")


def _link(target):
    return lambda folder: (folder / f"{NAME}.ipynb").symlink_to(target)


def _folder_link(target):
    def make(folder):
        folder.rmdir()
        folder.symlink_to(target)

    return make


def _socket(folder):
    here = os.open(folder, os.O_RDONLY)
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"/proc/self/fd/{here}/{NAME}.ipynb")
    server.close()
    os.close(here)


def _sparse(folder):
    with open(folder / f"{NAME}.ipynb", "wb") as file:
        file.truncate(100 * 2**30)


def _named(name, content=b"{"):
    return lambda folder: open(os.fsencode(folder) + b"/" + name, "wb").write(content)


def _many_cells(folder):
    cell = {"cell_type": "code", "metadata": {}, "source": "print('x' * 10**6)", "outputs": [], "execution_count": None}
    notebook = {"cells": [cell] * 60, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


UNREADABLE = {
    "nested_json": _file(b"[" * 1_000_000),
    "nested_objects": _file(b'{"cells":' * 200_000),
    "truncated": _file(b'{"cells": [{"cell_type": "code", "sour'),
    "not_utf8": _file(bytes(range(128, 256)) * 100),
    "only_spaces": _file(b" " * 1_000_000),
    "endless_number": _file(b'{"cells": [' + b"1" * 1_000_000 + b"]}"),
    "a_list": _file(b"[]"),
    "cells_of_another_kind": _file(b'{"cells": {"0": 1}, "nbformat": 4}'),
    "too_many_cells": _file(b'{"cells": [' + b"{}," * 10_000 + b"{}]}"),
    "one_huge_cell": _file(json.dumps({"cells": [{"cell_type": "code", "source": "#" * 600_000}]}).encode()),
    "larger_than_allowed": _file(b'{"cells": []' + b" " * 17 * MEBIBYTE + b"}"),
    "a_sparse_file": _sparse,
    "a_pipe": _fifo,
    "a_socket": _socket,
    "a_folder": lambda folder: (folder / f"{NAME}.ipynb").mkdir(),
    "a_link_to_a_device": _link("/dev/zero"),
    "a_link_to_itself": _link(f"{NAME}.ipynb"),
    "a_link_to_the_memory": _link("/proc/self/mem"),
    "a_link_to_a_neighbour": _link(f"../../honest-both/{NAME}/{NAME}.ipynb"),
    "a_link_to_the_solution": _link(f"../../../build/source/{NAME}/{NAME}.ipynb"),
    "a_linked_folder": _folder_link(f"../honest-both/{NAME}"),
    "a_linked_folder_of_the_course": _folder_link(f"../../build/source/{NAME}"),
    "no_notebook": None,
    "a_name_of_no_encoding": lambda folder: os.symlink(b"/nowhere", os.fsencode(folder) + b"/\xff\xfe.ipynb"),
    "a_name_with_newlines": _named(b"a\nb\x1b[31m.ipynb"),
    "a_name_with_markup": lambda folder: (folder / "<img src=x onerror=alert(1)>.ipynb").symlink_to("/nowhere"),
    "a_name_with_globs": _named(b"*[!a]?{x}.ipynb"),
    "a_name_with_a_dash": _named(b"--help.ipynb"),
    "an_endless_timestamp": lambda folder: [
        _file(b"{}")(folder),
        (folder / "timestamp.txt").write_text("9" * 900),
    ],
    "a_timestamp_that_no_clock_shows": lambda folder: [
        _file(b"{}")(folder),
        (folder / "timestamp.txt").write_text("10:" + "9" * 40),
    ],
}
"""Work that a person has to look at."""


@pytest.fixture(scope="module")
def endless(arena, strongest):
    return arena.grade(ENDLESS, strongest, ENDLESS_LIMITS, workers=4)


@pytest.fixture(scope="module")
def greedy_limits():
    return Limits(
        cell_seconds=10, ask_seconds=10, total_seconds=60, restarts=1, memory_bytes=512 * MEBIBYTE, scratch_files=500
    )


@pytest.fixture(scope="module")
def greedy(arena, strongest, greedy_limits):
    return arena.grade({**GREEDY, "loud": _many_cells}, strongest, greedy_limits)


@pytest.fixture(scope="module")
def unreadable(arena, strongest):
    return arena.grade(UNREADABLE, strongest)


@pytest.mark.parametrize("attack", ENDLESS)
def test_the_endless_end(endless, attack):
    endless.assert_nothing_gained(attack)
    assert endless.statuses(attack)["kl_to_standard_normal"] in ("timeout", "died")


@pytest.mark.parametrize("attack", GREEDY)
def test_the_greedy_get_no_more_than_allowed(greedy, attack):
    greedy.assert_nothing_gained(attack)
    assert len(greedy.notebooks[attack]) < 2 * MEBIBYTE


@pytest.mark.parametrize("attack", UNREADABLE)
def test_the_unreadable_wait_for_a_person(unreadable, attack):
    unreadable.assert_nothing_gained(attack)
    assert set(unreadable.statuses(attack).values()) <= {"needs_review", "missing_cell"}
    assert unreadable.entry(attack).notes


def test_the_neighbours_are_unharmed(endless, greedy, unreadable):
    for graded in (endless, greedy, unreadable):
        graded.assert_neighbours_unharmed()


def test_many_loud_cells_leave_the_judge_small(greedy):
    greedy.assert_nothing_gained("loud")
    assert len(greedy.notebooks["loud"]) < 20 * MEBIBYTE


def test_nobody_holds_up_the_judge(arena, tier):
    """The judge's own processor time, which its threads share: what a submission makes it do there, all others wait for."""
    start = "from IPython.display import HTML, display\n"
    works = {name: arena.solved({"elbo": start + f"{show}\n" * 6 + ELBO}) for name, show in HOLDS_UP_THE_JUDGE.items()}
    works["pictures"] = arena.solved({"elbo": start + PICTURES + ELBO})
    works["blank_lines"] = arena.solved({"elbo": ELBO + BLANK})
    before = time.process_time()
    graded = arena.grade(works, tier)
    pages = dict(zip(graded.results.students, write_feedback(arena.course, graded.results), strict=True))
    spent = time.process_time() - before
    graded.assert_neighbours_unharmed()
    for attack in works:
        assert graded.entry(attack).points == 7, "it is annoying, and right"
    assert "Shown without colours" in pages["blank_lines"].read_text()
    assert graded.outputs("pictures").count("iVBORw0KGgo") == MAX_PIXELS // 4096**2, "of the small ones, as many as fit"
    assert "a picture was left out" in graded.outputs("pictures")
    assert spent < 8, f"the judge worked for {spent:.1f} s"


@pytest.mark.slow
def test_the_endless_and_the_unreadable_behind_landlock(arena, landlock):
    works = {**ENDLESS, **UNREADABLE}
    graded = arena.grade(works, landlock, ENDLESS_LIMITS, workers=4)
    for attack in works:
        graded.assert_nothing_gained(attack)
    graded.assert_neighbours_unharmed()


@pytest.mark.slow
def test_the_greedy_behind_landlock(arena, landlock, greedy_limits):
    graded = arena.grade(GREEDY, landlock, greedy_limits)
    for attack in GREEDY:
        graded.assert_nothing_gained(attack)
    graded.assert_neighbours_unharmed()


@pytest.mark.slow
def test_a_notebook_of_a_hundred_megabytes(arena, strongest):
    outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * 100 * MEBIBYTE}]
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": outputs, "execution_count": 1}
    content = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
    graded = arena.grade({"large": content}, strongest)
    graded.assert_nothing_gained("large")
    assert "larger than" in graded.entry("large").notes[-1]
