"""What an attack does, as code: the body of a function `strike(*inputs)`, after the arena's prelude.

It may use the words of that prelude; `inputs` are the arguments of the exercise's function where there are any, and
`KEPT` is a list that lives as long as the notebook's names. What it prints is looked at: `breach(...)` is harm.
"""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

from tests.attacks.composing.tales import TELLS

READS = {
    "reads the course": """
import glob
for path in ("secret.txt", "solutions/duel.py", ".autograder/hidden_seed", "gradebook.db", "submitted/honest-both/bait.txt"):
    attempt(lambda: open("@COURSE@/" + path, "rb").read(200))
attempt(os.listdir, "@COURSE@")
""",
    "walks the file system": """
found = []
for base, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if name not in ("proc", "sys", "usr", "lib", "site-packages", ".venv")]
    found += [base + "/" + name for name in files if name in ("secret.txt", "hidden_seed", "gradebook.db", "bait.txt")]
    if len(KEPT) > 2000: break
    KEPT.append(base)
for path in found:
    attempt(lambda: open(path, "rb").read(100))
""",
    "reads a neighbour's notebook": """
attempt(lambda: open("@NEIGHBOUR@").read())
attempt(lambda: open("../" * 12 + "@NEIGHBOUR@".lstrip("/")).read())
attempt(lambda: np.memmap("@NEIGHBOUR@", dtype="u1", mode="r")[:100])
""",
    "reads other processes": """
import glob
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline") + ["/proc/@JUDGE@/mem", "/proc/@JUDGE@/environ"]:
    try:
        text = open(path, "rb").read(10_000)
    except OSError:
        continue
    if b"canary" in text or b"@COURSE@" in text: breach(path)
    print(text[:300])
""",
    "prints what the kernel says": """
for path in ("/proc/self/mountinfo", "/proc/self/maps", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/cgroup", "/proc/loadavg", "/proc/net/unix"):
    try:
        print(path, open(path).read()[:3000])
    except OSError as error:
        print("refused", path)
print(sys.argv, sys.path, sys.prefix, sys.orig_argv, dict(os.environ), os.getcwd())
""",
    "looks for the answers in memory": """
import gc
gc.unfreeze()
kinds = {"SolvedCase", "Examination", "Rubric", "Exercise", "GradingPlan", "Mistake"}
for item in gc.get_objects():
    if type(item).__name__ in kinds: breach(type(item))
frame = sys._getframe()
while frame is not None:
    for name, value in frame.f_locals.items():
        if type(value).__name__ in ("SolvedCase", "Examination"): breach(name)
    frame = frame.f_back
""",
    "scans its own memory": """
import re
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        if " rw" in line and high - low < 2**26:
            memory.seek(low)
            for word in re.findall(rb"canary-(?:mem|env|neigh)[a-z]*-[0-9a-f]{12}", memory.read(high - low)): breach(word)
""",
    "imports the answers": """
import importlib
for name in ("latentkit.reference", "autograder.rubrics", "autograder.grading.judging.plan", "autograder.exercise.solve"):
    attempt(importlib.import_module, name)
""",
    "opens by handle and raw calls": """
for number, arguments in ((257, (-100, b"@COURSE@/secret.txt", 0, 0)), (437, (-100, b"@COURSE@/secret.txt", ctypes.create_string_buffer(24), 24)), (428, (-100, b"@COURSE@", 1)), (425, (8, ctypes.create_string_buffer(120)))):
    attempt(syscall, number, *arguments)
""",
    "links to the course": """
for number, target in enumerate(("@COURSE@/secret.txt", "/proc/@JUDGE@/root@COURSE@/secret.txt", "/proc/1/root@COURSE@/secret.txt")):
    if not os.path.islink(f"soft{number}"): os.symlink(target, f"soft{number}")
    attempt(lambda: open(f"soft{number}").read())
""",
}

WRITES = {
    "empties a library": """
for flags in (os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_CREAT | os.O_TRUNC):
    attempt(os.open, "@LIBRARY@", flags)
attempt(os.truncate, "@LIBRARY@", 0)
attempt(syscall, 85, b"@LIBRARY@", 0o666)  # creat
""",
    "replaces a library": """
open("mine", "w").write("harmed")
for change in (lambda: os.rename("mine", "@LIBRARY@"), lambda: os.unlink("@LIBRARY@"), lambda: os.rename("@LIBRARY@", "taken"), lambda: os.link("@LIBRARY@", "hard")):
    attempt(change)
""",
    "changes modes and times": """
for path in ("@LIBRARY@", "@COURSE@/bait.txt", "@NEIGHBOUR@", "@SITE@"):
    for change in (lambda: os.chmod(path, 0o600), lambda: os.utime(path, (1, 1)), lambda: os.setxattr(path, "user.x", b"y")):
        try:
            change()
        except OSError:
            pass
""",
    "writes into the course": """
for path in ("bait.txt", "submitted/honest-both/bait.txt", "gradebook.db", ".autograder/@MARK@", "@MARK@"):
    attempt(open, "@COURSE@/" + path, "a")
attempt(os.mkdir, "@COURSE@/submitted/@MARK@")
attempt(os.unlink, "@NEIGHBOUR@")
""",
    "leaves start-up files": """
import site
for base in {*sys.path, os.path.dirname(os.__file__), "/etc", "/root", "/var/tmp", "@SITE@"} - {os.getcwd(), ""}:
    for name in ("@MARK@.pth", "sitecustomize-@MARK@.py"):
        attempt(open, base + "/" + name, "w")
""",
    "maps a library for writing": """
import mmap
with open("@LIBRARY@", "rb") as file:
    attempt(mmap.mmap, file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_WRITE)
    attempt(os.ftruncate, file.fileno(), 0)
    attempt(os.open, f"/proc/self/fd/{file.fileno()}", os.O_RDWR)
""",
    "leaves a message for others": """
paths = [place + "/@MARK@-message" for place in ("/tmp", "/dev/shm", "/var/tmp", "/run/lock", "@SITE@", "@COURSE@")]
for path in paths:
    if os.path.exists(path) and path not in KEPT: breach(path)
for path in paths:
    try:
        open(path, "w").write(str(inputs))
        KEPT.append(path)
    except OSError:
        print("refused", path)
""",
    "drops and warms the page cache": """
with open(torch.__file__, "rb") as file:
    for advice in range(6):
        try:
            os.posix_fadvise(file.fileno(), 0, 0, advice)
        except OSError:
            print("refused", advice)
""",
}

REACHES = {
    "connects": """
attempt(socket.create_connection, ("127.0.0.1", @PORT@), timeout=0.5)
attempt(socket.getaddrinfo, "localhost", 80)
for family, kind in ((1, 1), (1, 2), (16, 3), (10, 2), (40, 1), (2, 2)):
    attempt(socket.socket, family, kind)
""",
    "sends datagrams from a pair": """
left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
for place in ("@SOCKET@", "\\0@ABSTRACT@"):
    attempt(left.sendto, b"out", place)
    attempt(left.connect, place)
""",
    "stops the judge": """
import signal
for pid in (@JUDGE@, os.getppid(), 1, 0, -1):
    if pid not in (os.getpid(), 0) or pid == @JUDGE@:
        attempt(os.kill, pid, signal.SIGSTOP)
        attempt(os.kill, pid, signal.SIGKILL)
attempt(syscall, 234, @JUDGE@, @JUDGE@, signal.SIGSTOP)
attempt(os.pidfd_open, @JUDGE@)
""",
    "slows its neighbours": """
attempt(os.sched_setaffinity, @JUDGE@, {0})
attempt(os.nice, -5)
attempt(os.setpriority, os.PRIO_PROCESS, @JUDGE@, 19)
attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
""",
    "starts processes": """
import subprocess, multiprocessing
attempt(os.fork)
attempt(subprocess.run, ["true"])
attempt(os.execv, "/bin/true", ["true"])
attempt(os.posix_spawn, "/bin/true", ["true"], {})
attempt(multiprocessing.get_context("fork").Process(target=print).start)
attempt(syscall, 56, 17, 0, 0, 0, 0)
attempt(syscall, 435, ctypes.create_string_buffer(88), 88)
""",
    "bombs with forks": """
for _ in range(2000):
    try:
        if os.fork() == 0: time.sleep(60)
        breach("fork")
    except OSError:
        pass
""",
    "bombs with threads": """
threading.stack_size(65536)
try:
    for _ in range(2000): threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
except (RuntimeError, MemoryError) as error:
    print("refused", error)
""",
    "traces and reads the judge": """
attempt(syscall, 101, 16, @JUDGE@, 0, 0)
attempt(syscall, 310, @JUDGE@, 0, 0, 0, 0, 0)
attempt(syscall, 312, @JUDGE@, os.getpid(), 0, 0, 0)
attempt(syscall, 272, 0x10000000)
attempt(syscall, 165, b"none", b"/", b"", 32 | 4096, b"")
attempt(os.setuid, 1)
""",
    "raises its limits": """
import resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE):
    attempt(resource.setrlimit, kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
attempt(resource.prlimit, @JUDGE@, resource.RLIMIT_AS, (1, 1))
attempt(open, "/proc/self/oom_score_adj", "w")
""",
}

EXHAUSTS = {
    "computes for ever": "while True: pass",
    "computes for ever in C": "sum(iter(int, 1))",
    "computes for ever in torch": "while True: torch.ones(200, 200) @ torch.ones(200, 200)",
    "computes for ever in threads": "for _ in range(4): threading.Thread(target=lambda: sum(iter(int, 1)), daemon=True).start()",
    "sleeps": "time.sleep(10**6)",
    "waits for itself": "lock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "matches for ever": "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
    "raises to a huge power": "return len(str(9 ** 9 ** 8))",
    "blocks all signals and loops": """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)) - {9, 19, 32, 33})
while True:
    try:
        while True: pass
    except BaseException:
        pass
""",
    "hoards memory": "while True: KEPT.append(bytearray(2**24))",
    "hoards memory in torch": "while True: KEPT.append(torch.ones(2**22))",
    "hoards memory in maps": "import mmap\nwhile True:\n    KEPT.append(mmap.mmap(-1, 2**24)); KEPT[-1].write(b'x' * 2**24)",
    "asks for a tebibyte": "KEPT.append(np.ones(2**37))",
    "keeps some memory each time": "KEPT.append(bytearray(150 * 2**20))",
    "fills the disk": """
for number in range(200):
    with open(f"file{number}", "wb") as file: file.write(bytes(2**20))
""",
    "makes many files": "for number in range(5000): open(f'f{number}', 'w').close()",
    "makes deep folders": """
for number in range(2000):
    os.mkdir("d" * 100); os.chdir("d" * 100)
""",
    "opens many files": "while True: KEPT.append(open(os.devnull))",
    "recurses for ever": "strike(*inputs)\nreturn strike(*inputs)",
    "recurses in C": "sys.setrecursionlimit(10**9)\nclass Deep:\n    def __repr__(self): return repr(self)\nrepr(Deep())",
}

DIES = {
    "leaves": "os._exit(0)",
    "leaves with a code": "os._exit(137)",
    "aborts": "os.abort()",
    "crashes": "ctypes.string_at(0)",
    "kills itself": "import signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "stops itself": "import signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "asks to leave": "sys.exit('bye')",
    "leaves by an alarm": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: os._exit(7))\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)",
    "sleeps when it leaves": "import atexit\natexit.register(time.sleep, 1000)\nsys.exit()",
}

ACTS: dict[str, str] = {**READS, **WRITES, **REACHES, **EXHAUSTS, **DIES, **TELLS}
