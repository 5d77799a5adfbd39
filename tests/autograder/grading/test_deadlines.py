"""Who is late: a submission that computes, or sleeps, for ever; not one that the machine holds up. Without a sandbox,
whose cells may stop, kill and pin themselves as the machine would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from autograder.authoring.release import release, to_text
from autograder.grading.intake.submission import from_bytes
from autograder.grading.judging.plan import prepare
from autograder.grading.recording.submissions import grade_intake
from autograder.grading.running.clock import Clock, Process
from autograder.grading.running.workers import Starved, Worker
from autograder.worker.limits import Limits
from autograder.worker.protocol import Late
from tests.autograder.common import answered

LIMITS = Limits(cell_seconds=1.5, ask_seconds=1.5, total_seconds=60, patience=20, memory_bytes=2**29)
IMPATIENT = replace(LIMITS, patience=3)
"""For what does not end by a time of its own."""
SCALE = "def scale(x, factor=2.0):\n    return factor * x\n"
BURN = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end:\n    pass\n"


class Watched(Worker):
    """Remembers for each child whether it was alone."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.alone: list[bool] = []

    @contextlib.contextmanager
    def child(self, limits, clock=None, alone_for=0.0, imports=()):
        self.alone.append(alone_for > 0)
        with super().child(limits, clock, alone_for, imports) as child:
            yield child


@pytest.fixture
def worker(warm):
    with Watched(warm) as worker:
        yield worker


@pytest.fixture
def graded(worker, toy_course):
    """Grade the solved notebook with another cell for `scale`, after cells of the student's own."""
    solved = release(toy_course, "toy").solved
    plan = prepare(toy_course, "toy", LIMITS)

    def grade(*own: str, scale: str = SCALE, limits: Limits = LIMITS, **sources: str):
        content = json.loads(to_text(answered(solved, scale=scale, **sources)))
        content["cells"][1:1] = [{"cell_type": "code", "metadata": {}, "source": source} for source in own]
        intake = from_bytes(json.dumps(content).encode(), plan.skeleton)
        return grade_intake(worker, replace(plan, limits=limits), intake)[0]

    return grade


@pytest.fixture
def crowded():
    """A processor that nine processes want all of, each a scheduling unit of its own."""
    processor = min(os.sched_getaffinity(0))
    loops = []
    for _ in range(9):
        loops.append(subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"], start_new_session=True))
        os.sched_setaffinity(loops[-1].pid, {processor})
    yield processor
    for loop in loops:
        loop.kill()
        loop.wait()


def once(path, act: str) -> str:
    """A cell that does something to its process where it is run for the first time."""
    return (
        f"import os, signal\nif not os.path.exists({str(path)!r}):\n    open({str(path)!r}, 'w').close()\n    {act}\n"
    )


STOP = "os.kill(os.getpid(), signal.SIGSTOP)"


def test_a_starved_cell_has_the_time_that_it_would_have_alone(graded, worker, crowded):
    began = time.monotonic()
    pinned = f"import os\nos.sched_setaffinity(0, {{{crowded}}})\n" + BURN.format(0.5) + SCALE
    record = graded(scale=pinned, limits=replace(LIMITS, patience=40))
    assert record.points == 5, record
    assert time.monotonic() - began > LIMITS.cell_seconds, "it was not starved"
    assert not any(worker.alone)


def test_a_starved_function_has_the_time_that_it_would_have_alone(graded, crowded):
    burn = BURN.format(0.3).replace("\n", "\n    ")
    pinned = (
        f"import os\nos.sched_setaffinity(0, {{{crowded}}})\ndef scale(x, factor=2.0):\n    {burn}return factor * x"
    )
    record = graded(scale=pinned, limits=replace(LIMITS, patience=40))
    assert record.points == 5, record


def test_an_endless_loop_is_told_by_the_processors_time_and_not_repeated(graded, worker):
    record = graded(scale="while True:\n    pass")
    assert record.exercises["scale"].status == "timeout"
    assert "endless loop" in record.exercises["scale"].message
    assert record.points == 2
    assert not any(worker.alone), "others need not wait for what cannot be doubted"


def test_an_endless_sleep_is_not_repeated_either(graded, worker):
    record = graded(scale="import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()")
    assert record.exercises["scale"].status == "timeout" and record.points == 2
    assert not any(worker.alone)


@pytest.mark.parametrize("act", [STOP, STOP.replace("STOP", "KILL")], ids=["stopped", "killed"])
def test_what_was_stopped_or_killed_once_is_repeated_alone_and_costs_nothing(graded, worker, tmp_path, act):
    record = graded(scale=once(tmp_path / "first", act) + SCALE, limits=IMPATIENT)
    assert record.points == 5, record
    assert record.notes == ()
    assert worker.alone.count(True) == 1


def test_a_function_that_was_stopped_once_is_repeated_alone(graded, worker, tmp_path):
    body = once(tmp_path / "first", STOP).replace("\n", "\n    ")
    record = graded(scale=f"def scale(x, factor=2.0):\n    {body}\n    return factor * x", limits=IMPATIENT)
    assert record.points == 5, record
    assert worker.alone.count(True) == 1


def test_what_is_held_up_alone_too_is_late(graded, worker):
    record = graded(scale=f"import os, signal\n{STOP}\n{SCALE}", limits=IMPATIENT)
    assert record.exercises["scale"].status == "timeout" and record.points == 2
    assert "nor when alone" in record.exercises["scale"].message
    assert worker.alone.count(True) == 1


def test_the_benefit_of_the_doubt_ends(graded, worker):
    """For a notebook that is held up again and again, the others do not wait for ever."""
    record = graded(*[f"import os, signal\n{STOP}"] * 6, limits=replace(LIMITS, cell_seconds=0.3, patience=2))
    assert record.points == 5, record
    assert worker.alone.count(True) == 3
    assert sum("nor when alone" in note for note in record.notes) == 3, "the other three never were"


def test_a_cell_that_passed_alone_is_doubted_again_where_it_is_held_up_again(graded, worker, tmp_path):
    """In the display it is stopped and passes when repeated; so it does in the exam."""
    runs = tmp_path / "runs"
    runs.mkdir()
    count = f"runs = len(os.listdir({str(runs)!r}))\nopen(f'{runs}/{{runs}}', 'w').close()\n"
    act = f"import os, signal\n{count}if runs in (0, 2):\n    {STOP}\n"
    record = graded(scale=act + SCALE, limits=IMPATIENT)
    assert record.points == 5, record
    assert record.notes == ()
    assert worker.alone.count(True) == 2


def test_what_was_doubted_is_still_repeated_alone_where_something_else_failed_first(graded, worker, tmp_path):
    """The own cell before it never ends, in the repetition; what was in doubt has not been repeated yet."""
    own = f"import os\nwhile os.path.exists({str(tmp_path / 'first')!r}):\n    pass\n"
    record = graded(
        own, scale=once(tmp_path / "first", STOP) + SCALE, limits=replace(LIMITS, cell_seconds=0.8, patience=8)
    )
    assert record.points == 5, record
    assert worker.alone.count(True) == 2
    assert [note for note in record.notes if "endless loop" in note] == list(record.notes)


def test_others_wait_no_longer_than_until_what_was_doubted_has_answered(graded, warm, tmp_path):
    """A later cell waits for what a neighbour does, who could not begin while this submission was alone."""
    again, done = tmp_path / "again", tmp_path / "done"

    def neighbour() -> None:
        while not again.exists():
            time.sleep(0.05)
        with warm.slots.one():
            done.touch()

    repeated = once(tmp_path / "first", STOP) + f"else:\n    open({str(again)!r}, 'w').close()\n"
    waits = f"import os, time\nwhile not os.path.exists({str(done)!r}):\n    time.sleep(0.05)\n"
    thread = threading.Thread(target=neighbour)
    thread.start()
    record = graded(scale=repeated + SCALE, total=waits + "def total(x):\n    return x.sum(-1)", limits=IMPATIENT)
    thread.join()
    assert record.points == 5, record


PAUSE = "import time\ntime.sleep(0.2)"
FALTER = """
import os, signal, subprocess
subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -CONT {os.getpid()}"])
os.kill(os.getpid(), signal.SIGSTOP)
"""
"""Takes half a second, none of it its own."""


@pytest.mark.parametrize(
    ("cells", "total"),
    [([PAUSE] * 6 + [f"import os, signal\n{STOP}"] * 4, 60), ([FALTER] * 12, 4)],
    ids=["for cells that stop themselves", "for a notebook that takes too long as a whole"],
)
def test_the_time_for_which_others_wait_for_a_submission_is_bounded(graded, warm, cells, total):
    limits = replace(LIMITS, cell_seconds=0.3, ask_seconds=0.3, total_seconds=total, patience=2)
    waited, ended = [], threading.Event()

    def neighbour() -> None:
        while not ended.wait(0.01):
            began = time.monotonic()
            with warm.slots.one():
                waited.append(time.monotonic() - began)

    thread = threading.Thread(target=neighbour)
    thread.start()
    try:
        graded(*cells, limits=limits)
    finally:
        ended.set()
        thread.join()
    bound = 3 * limits.patience * limits.cell_seconds
    assert 0.1 < sum(waited) < bound + 1, "and the time that processes take to begin and to end"


def test_a_killed_process_that_had_used_up_its_processor_time_is_not_doubted(graded, worker):
    record = graded(scale=BURN.format(30), limits=replace(LIMITS, cell_seconds=20, cpu_seconds=2))
    assert record.exercises["scale"].status == "died" and record.points == 2
    assert not any(worker.alone)


def test_threads_and_processes_of_a_child_count(warm):
    """Two threads that release the interpreter's lock, or two processes, use twice the seconds of one."""
    threads = "import hashlib, threading\ndef burn():\n    while True: hashlib.sha256(bytes(2**22))\n"
    for start in (
        "for _ in range(2): threading.Thread(target=burn).start()\nburn()",
        "import os\nfor _ in range(2): os.fork() or burn()\nos.wait()",
    ):
        clock = Clock(patience=100)
        with Worker(warm) as worker, worker.child(LIMITS, clock) as child, pytest.raises(Late):
            child.request({"run": threads + start, "budget": 100}, deadline=clock.after(1.0))
        assert clock.now().own >= 1.0


def test_the_threads_of_a_child_weigh_as_one(warm):
    """Sixteen threads are nice enough that one of a neighbour gets as much as all of them."""
    clock = Clock()
    spin = "import threading, time\nfor _ in range(15): threading.Thread(target=time.sleep, args=(60,)).start()\n"
    with Worker(warm) as worker, worker.child(replace(LIMITS, processes=100, memory_bytes=2**31), clock) as child:
        with pytest.raises(Late):
            child.request({"run": spin + "time.sleep(60)", "budget": 100}, deadline=clock.after(1.0))
        threads = [int(name) for name in os.listdir(f"/proc/{child_number(clock)}/task")]
        niceness = [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads]
    assert len(threads) >= 16 and min(niceness) >= 12, niceness


def test_a_child_is_a_session_of_its_own(warm):
    """Where the kernel makes groups of sessions, a child has a share of the processor as a whole."""
    clock = Clock()
    with Worker(warm) as worker, worker.child(LIMITS, clock) as child:
        child.request({"run": "1", "budget": None})
        assert os.getsid(child_number(clock)) == child_number(clock)


def test_a_child_that_answers_byte_by_byte_has_no_more_time(warm):
    clock = Clock(patience=100)
    trickle = "import socket, time\nfor fd in range(3, 60):\n    try: line = socket.socket(fileno=fd); break\n"
    trickle += "    except OSError: pass\nline.send(b'LKW1' + (10**6).to_bytes(4, 'little') + bytes(8))\n"
    trickle += "while True:\n    line.send(b'x'); time.sleep(0.02)"
    with Worker(warm) as worker, worker.child(LIMITS, clock) as child:
        began = time.monotonic()
        with pytest.raises(Late):
            child.request({"run": trickle, "budget": 100}, deadline=clock.after(1.0))
        assert time.monotonic() - began < 30


def test_a_child_that_does_not_read_does_not_hold_the_judge(warm):
    clock = Clock(patience=3)
    with Worker(warm) as worker, worker.child(LIMITS, clock) as child:
        os.kill(child_number(clock), signal.SIGSTOP)
        with pytest.raises(Starved):
            child.request({"run": "x" * 2**21, "budget": 100}, deadline=clock.after(0.3))


HEAVY = """
import struct
from autograder.worker import child
send = child.send
def heavy(connection, content, arrays=()):
    header = b'{"content":{"answer":%d,"outputs":[%s]},"arrays":[]}' % (content["answer"], FILLED)
    connection.sendall(struct.pack("<4sIQ", b"LKW1", len(header), 0) + header)
FILLED = b",".join([b"[]"] * 300_000)
"""


def test_the_time_that_an_answer_takes_to_be_parsed_is_the_submissions_own(warm):
    clock = Clock()
    with Worker(warm) as worker, worker.child(LIMITS, clock) as child:
        child.request({"run": HEAVY, "budget": None})
        child.request({"run": "child.send = heavy", "budget": None})
        before = clock.now().own
        child.request({"run": "1", "budget": None})
        passed = clock.now().own - before
    assert passed > 0.2 * min(parsing_seconds(b"[" + b",".join([b"[]"] * 300_000) + b"]") for _ in range(3))


def parsing_seconds(text: bytes) -> float:
    began = time.thread_time()
    json.loads(text)
    return time.thread_time() - began


def child_number(clock: Clock) -> int:
    return clock._process._number


@pytest.mark.parametrize(
    ("program", "moves"),
    [
        ("while True: pass", True),
        ("import time; time.sleep(100)", True),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", False),
    ],
    ids=["works", "sleeps", "is stopped"],
)
def test_own_time_goes_by_for_those_who_work_or_sleep(program, moves):
    with subprocess.Popen([sys.executable, "-S", "-c", program]) as started:
        clock = Clock(patience=4)
        process = Process(os.pidfd_open(started.pid), alone=True)
        time.sleep(0.5)  # it has begun
        with contextlib.closing(process), clock.of(process):
            before, end = clock.now(), time.monotonic() + 1.5
            while time.monotonic() < end:
                time.sleep(0.05)
                clock.now(waited=True)
        passed = clock.now()
        started.kill()
    assert (passed.own - before.own > 0.1) is moves
    assert passed.wall - before.wall >= 1.5
    assert clock.now() == passed, "it stands still without a process"


def test_a_descriptor_that_tells_nothing_is_closed():
    reading, writing = os.pipe()
    os.close(writing)
    os.close(reading)
    with pytest.raises(OSError):
        Process(reading, alone=True)
    descriptor = os.pidfd_open(os.getpid())
    with pytest.MonkeyPatch.context() as patch, pytest.raises(PermissionError):
        patch.setattr("autograder.grading.running.clock._number", refuse)
        Process(descriptor, alone=True)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def refuse(descriptor):
    raise PermissionError("no /proc here")


ENDING = """
import os, signal, threading, time
from autograder.grading.running.clock import Process

for _ in range(400):
    pid = os.fork()
    if pid == 0:
        while True:
            pass
    process = Process(os.pidfd_open(pid), alone=False)
    killer = threading.Thread(target=lambda: (os.kill(pid, signal.SIGKILL), os.waitpid(pid, 0)))
    killer.start()
    while killer.is_alive():
        process.processor_seconds()
        process.sleeps()
    process.close()
"""


def test_a_process_that_ends_while_the_clock_is_read_is_no_error():
    """It used to be one, now and then: the submission was left for a person to look at."""
    run = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
