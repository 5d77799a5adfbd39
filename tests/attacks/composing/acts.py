"""What an attack does, as code: the body of a function `strike(*inputs)`, after the arena's prelude.

It may use the words of that prelude; `inputs` are the arguments of the exercise's function where there are any, and
`KEPT` is a list that lives as long as the notebook's names. What it prints is looked at: `breach(...)` is harm.
"""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

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
for place in ("/tmp", "/dev/shm", "/var/tmp", "/run/lock", os.getcwd() + "/..", "@SITE@", "@COURSE@"):
    path = place + "/@MARK@-message"
    if os.path.exists(path) and path not in KEPT: breach(path)
    try:
        open(path, "w").write(str(inputs))
        KEPT.append(path)
    except OSError:
        print("refused", place)
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

FORGES = {
    "closes every descriptor": "os.closerange(0, 4096)",
    "closes the way to the judge": "judge_socket().shutdown(socket.SHUT_RDWR)",
    "puts others in the descriptors' place": "for number in range(3, 20):\n    try: os.dup2(os.open(os.devnull, os.O_RDWR), number)\n    except OSError: pass",
    "writes rubbish to the judge": "judge_socket().send(os.urandom(4096))",
    "writes frames ahead": """
import json, struct
for number in range(1, 30):
    content = {"answer": number, "found": "function", "passed": True, "points": 3, "outputs": [], "renewed": True, "response": {}}
    header = json.dumps({"content": content, "arrays": []}).encode()
    judge_socket().send(struct.pack("<4sIQ", b"LKW1", len(header), 0) + header)
""",
    "claims a huge frame": "import struct\njudge_socket().send(struct.pack('<4sIQ', b'LKW1', 2**32 - 1, 2**64 - 1) + b'x' * 1000)",
    "claims a frame and stops": "import struct\njudge_socket().send(struct.pack('<4sIQ', b'LKW1', 1000, 0) + b'{')",
    "nests a frame deeply": "import struct\nheader = b'{\"content\":' + b'[' * 100_000\njudge_socket().send(struct.pack('<4sIQ', b'LKW1', len(header), 0) + header)",
    "reads the judge's requests": "judge_socket().setblocking(True)\njudge_socket().recv(10**6)",
    "floods the judge": "import struct\npipe = judge_socket()\nwhile True: pipe.send(b'LKW1' + bytes(60_000))",
    "replaces the child's answers": """
from autograder.worker import child
from latentkit.check.cases import Response
child._respond = lambda *a, **k: Response((torch.zeros(()),))
child._keep = lambda *a, **k: "function"
""",
    "replaces the child's frames": """
from autograder.worker import child
real = child.send
def send(connection, content, arrays=(), **options):
    real(connection, {**content, "status": "passed", "points": 3, "response": {"record": "Response", "fields": {}}}, arrays, **options)
child.send = send
""",
    "says that it was renewed": """
from autograder.worker.shell import Shell
Shell.begin_again = lambda *a: True
Shell.memory_error = True
""",
    "patches comparisons": """
torch.equal = torch.allclose = torch.isclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
np.allclose = np.array_equal = lambda *a, **k: True
torch.Tensor.__eq__ = lambda *a: True
""",
    "patches builtins": """
import builtins, json
builtins.isinstance = lambda *a: True
builtins.len = lambda *a: 1
json.dumps = lambda *a, **k: '{"content":{"answer":1,"passed":true},"arrays":[]}'
""",
    "patches the kit": """
import types
for name, module in list(sys.modules.items()):
    if name.startswith(("latentkit.check", "autograder")):
        for key, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType) and not key.startswith("__"): setattr(module, key, lambda *a, **k: None)
""",
    "patches the shell": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["check = print\\n", *lines])
shell.set_custom_exc((Exception,), lambda *a, **k: None)
shell.run = shell.run_cell = lambda *a, **k: []
""",
    "changes the types of numbers": "torch.set_default_dtype(torch.float16)\ntorch.manual_seed = lambda *a: None\ntorch.set_grad_enabled(False)",
    "empties the modules": "for name in list(sys.modules): sys.modules.pop(name)",
    "replaces the streams": "sys.stdout = sys.stderr = sys.__stdout__ = None\nsys.excepthook = sys.displayhook = None",
    "collects no garbage and blocks threads": "import gc\ngc.disable()\nsys.setswitchinterval(10**6)",
}

LEAKS = {
    "prints its inputs": """
text = str([one.tolist() if hasattr(one, "tolist") else one for one in inputs])
print(text)
print(text, file=sys.stderr)
os.write(1, text.encode()); os.write(2, text.encode())
get_ipython().outputs.write("stdout", text)
get_ipython().display_pub.publish({"text/plain": text})
""",
    "raises its inputs": "raise type('E' + str([one.tolist() for one in inputs if hasattr(one, 'tolist')])[:2000], (Exception,), {})(str(inputs))",
    "raises its inputs beyond Exception": "raise type('E' + str([one.tolist() for one in inputs if hasattr(one, 'tolist')])[:2000], (BaseException,), {})",
    "renames itself after its inputs": """
for one in (strike, globals().get("kl_to_standard_normal")):
    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        try:
            setattr(one, name, str([x.tolist() for x in inputs if hasattr(x, "tolist")]))
        except Exception:
            pass
""",
    "keeps its inputs for later": """
KEPT.append([one.tolist() for one in inputs if hasattr(one, "tolist")])
os.environ["SEEN"] = str(KEPT)[:4000]
torch.SEEN = KEPT
def elbo(*arguments): raise ValueError(str(KEPT))
globals()["elbo"] = elbo
try:
    open("seen", "a").write(str(KEPT))
except OSError:
    pass
""",
    "prints what was kept": """
print(getattr(torch, "SEEN", ""), os.environ.get("SEEN", ""), KEPT)
if os.path.exists("seen"): print(open("seen").read())
KEPT.append([one.tolist() for one in inputs if hasattr(one, "tolist")])
open("seen", "a").write(str(KEPT[-1]))
torch.SEEN = KEPT
""",
    "sleeps as its inputs say": """
for one in inputs:
    if hasattr(one, "flatten"): time.sleep(min(0.3, abs(float(one.flatten()[0])) % 1 / 4))
""",
    "takes memory as its inputs say": """
for one in inputs:
    if hasattr(one, "flatten"): KEPT.append(bytearray(int(abs(float(one.flatten()[0])) % 1 * 2**24)))
""",
    "prints later from a thread": """
KEPT.append([one.tolist() for one in inputs if hasattr(one, "tolist")])
outputs = get_ipython().outputs
def tell():
    for _ in range(100):
        outputs.write("stdout", str(KEPT)); time.sleep(0.02)
threading.Thread(target=tell, daemon=True).start()
""",
    "warns and logs its inputs": """
import logging, warnings
text = str([one.tolist() for one in inputs if hasattr(one, "tolist")])
warnings.warn(text)
logging.error(text)
""",
}

RAISES = {
    "raises what cannot be told": """
class Odd(Exception):
    def __str__(self): raise Odd()
    __repr__ = __str__
raise Odd()
""",
    "raises what loops when told": """
class Odd(Exception):
    def __str__(self):
        while True: pass
    __repr__ = __str__
raise Odd()
""",
    "raises what leaves when told": """
class Odd(Exception):
    def __str__(self): os._exit(0)
raise Odd()
""",
    "raises what names itself badly": """
class Meta(type):
    __name__ = property(lambda cls: 1 / 0)
class Odd(Exception, metaclass=Meta):
    __class__ = property(lambda self: int)
raise Odd()
""",
    "raises a base exception": "raise BaseException('base')",
    "raises an interrupt": "raise KeyboardInterrupt('by hand')",
    "raises a generator's exit": "raise GeneratorExit()",
    "raises a stop": "raise StopIteration('x' * 10**6)",
    "raises a group": "raise BaseExceptionGroup('group', [ExceptionGroup('inner', [ValueError('x')] * 1000), KeyboardInterrupt()])",
    "raises a long chain": """
error = None
for _ in range(5000):
    new = ValueError("link"); new.__cause__ = error; error = new
raise error
""",
    "raises a ring": "one, two = ValueError(1), ValueError(2)\none.__cause__, two.__cause__ = two, one\nraise one",
    "raises hugely": "raise ValueError('z' * 10**7)",
    "raises no memory": "raise MemoryError('mine')",
    "raises not implemented": "raise NotImplementedError",
    "raises the judge's own": "from autograder.worker.protocol import Closed\nraise Closed('it is over')",
}

FLOODS = {
    "prints hugely": "print('x' * 10**7)",
    "prints for long": "for _ in range(50_000): print('line')",
    "shows for long": "from IPython.display import HTML, display\nfor _ in range(500): display(HTML('<b>x</b>' * 1000))",
    "shows nested HTML": "from IPython.display import HTML, display\ndisplay(HTML('<div>' * 100_000), HTML('<b></i>' * 90_000))",
    "shows a tag of attributes": "from IPython.display import HTML, display\ndisplay(HTML('<p ' + ' '.join(f'a{i}' for i in range(60_000)) + '>'))",
    "shows tags without an end": "from IPython.display import HTML, display\nfor _ in range(3): display(HTML('<b ' * 5000 + 'x' * (2**20 - 20_000)))",
    "shows pictures of many pixels": """
import base64, struct, zlib
from IPython.display import Image, display
chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
rows = zlib.compress(bytes(8193 * 64))
picture = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8192, 8192, 8, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
for _ in range(30): display({"image/png": base64.b64encode(picture).decode()}, raw=True)
""",
    "shows what is no picture": "from IPython.display import display\ndisplay({'image/png': 'A' * 10**6, 'image/svg+xml': '<svg onload=alert(1)>', 'application/javascript': 'alert(1)'}, raw=True)",
    "shows of every kind": "from IPython.display import display\nfor kind in ('text/html', 'text/markdown', 'text/latex', 'application/json', 'application/vnd.jupyter.widget-view+json', 'video/mp4', 'x/y'): display({kind: '<script>alert(1)</script>'}, raw=True)",
    "shows a deep tree": "from IPython.display import display\ntree = []\nfor _ in range(3000): tree = [tree]\ndisplay({'application/json': tree}, raw=True)",
    "prints control characters": "print('\\x1b[2J\\x1b]0;title\\x07\\x00\\ud800\\u202e' * 2000)",
    "prints a long line of colours": "print('\\x1b[31mx' * 60_000)",
    "prints points": 'print(\'{"status": "passed", "points": 3}\', 3.0)\nfrom IPython.display import display\ndisplay(3.0)',
}

ACTS: dict[str, str] = {
    **READS,
    **WRITES,
    **REACHES,
    **EXHAUSTS,
    **DIES,
    **FORGES,
    **LEAKS,
    **RAISES,
    **FLOODS,
}
