"""Family 1: reading what a submission must not see: answers, hidden cases, other people's work, the judge's memory."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import pytest

from autograder.grading.running import sandboxes

ATTACKS = {
    # The answer key and the judge, by name
    "imports_the_reference": """
import importlib
for name in ("latentkit.reference", "latentkit.reference.variational", "autograder.rubrics", "autograder.grading",
             "autograder.rubrics.ps1_elbo", "autograder.grading.judging.plan", "autograder.exercise.solve"):
    attempt(importlib.import_module, name)
""",
    "looks_through_the_modules": """
keys = [name for name in sys.modules if "reference" in name.split(".") or "rubrics" in name or "grading" in name]
if [name for name in keys if name.startswith(("latentkit", "autograder"))]:
    breach(keys)
attempt(sys.modules.__getitem__, "latentkit.reference")
""",
    "loads_the_reference_from_its_file": """
import importlib.util, glob
found = [path for base in {*sys.path, sys.prefix, sys.base_prefix, "@COURSE@"} if base
         for path in glob.glob(base + "/**/reference/variational.py", recursive=True)]
def load(path):
    spec = importlib.util.spec_from_file_location("key", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
for path in found or ["/nowhere/reference/variational.py"]:
    attempt(load, path)
""",
    "follows_the_editable_install": """
import glob, re
def root_of_the_kit():
    for base in sys.path:
        for path in glob.glob(base + "/__editable__*latentkit*"):
            for place in re.findall(r"'(/[^']+)'", open(path).read()):
                if os.path.isdir(place) and os.listdir(place):
                    return place
    raise FileNotFoundError("no way to the kit's source")
attempt(root_of_the_kit)
""",
    "reads_compiled_modules": """
import glob
found = [path for base in sys.path for path in glob.glob(base + "/**/__pycache__/variational*.pyc", recursive=True)]
attempt([path for path in found if "reference" in path].__getitem__, 0)
""",
    "reads_an_installed_kit": """
for path in ("latentkit/reference.py", "latentkit", "latentkit/__init__.py", "autograder/rubrics/__init__.py"):
    try:
        print(open("@SITE@/" + path).read())
    except OSError as error:
        print("refused", path)
print(open("@LIBRARY@").read())
""",
    # Objects in its own memory
    "walks_the_frames": """
frame, names = sys._getframe(), set()
while frame is not None:
    names |= {name for name, value in frame.f_locals.items() if type(value).__name__ in ("SolvedCase", "Examination")}
    frame = frame.f_back
attempt(sorted(names).__getitem__, 0)
""",
    "asks_the_garbage_collector": """
import gc
gc.unfreeze()
kinds = {"SolvedCase", "Examination", "Rubric", "Exercise", "GradingPlan", "Mistake"}
found = [item for item in gc.get_objects() if type(item).__name__ in kinds]
attempt(found.__getitem__, 0)
""",
    "scans_its_own_memory": """
import re
def scan():
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            low, high = (int(part, 16) for part in line.split()[0].split("-"))
            if " rw" not in line or high - low > 2**28:
                continue
            memory.seek(low)
            found += re.findall(rb"canary-(?:mem|env|file|neigh)[a-z]*-[0-9a-f]{12}", memory.read(high - low))
    return found[0].decode()
attempt(scan)
""",
    # /proc
    "reads_another_process": """
import glob
for pid in ("@JUDGE@", str(os.getppid())):
    for name in ("mem", "environ", "cmdline", "maps", "fd/3", "root/etc/hostname", "cwd", "task"):
        if pid != "0":
            attempt(lambda path: open(path, "rb").read(64) or None, f"/proc/{pid}/{name}")
others = [pid for pid in glob.glob("/proc/[0-9]*") if pid != f"/proc/{os.getpid()}"]
attempt(others.__getitem__, 0)
""",
    "reads_the_starting_environment": """
for path in ("/proc/self/environ", "/proc/1/environ", "/proc/thread-self/environ"):
    try:
        if b"canary" in open(path, "rb").read():
            breach(path)
    except OSError:
        pass
attempt(os.environ.__getitem__, "ATTACK_CANARY")
if [name for name in os.environ if "TOKEN" in name or "KEY" in name or "SECRET" in name]:
    breach(sorted(os.environ))
""",
    "reads_the_kernel": """
for path in ("/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/dev/mem", "/dev/kmsg", "/proc/keys", "/proc/net/unix",
             "/sys/kernel/security", "/sys/fs/cgroup", "/proc/1/root/var", "/dev/kvm", "/dev/vda", "/dev/sda"):
    try:
        with open(path, "rb") as file:
            if any(part.strip(b"0 \\n") for part in file.read(200).split()[:1]) and "net" not in path and "kallsyms" not in path and "keys" not in path:
                breach(path)
    except (OSError, ValueError):
        print("refused", path)
""",
    # Files
    "reads_the_course": """
import glob
for path in ("secret.txt", "solutions/duel.py", "assignments/duel/duel.ipynb", "build/source/duel/duel.ipynb",
             "gradebook.db", ".autograder/hidden_seed", ".autograder/duel/journal.jsonl", "nbgrader_config.py",
             "submitted/honest-both/bait.txt", "autograded/honest-both/duel/duel.ipynb"):
    attempt(open, "@COURSE@/" + path)
attempt(os.listdir, "@COURSE@")
attempt(os.scandir, "@COURSE@/submitted")
attempt(glob.glob("@COURSE@/*").__getitem__, 0)
""",
    "reads_a_neighbour": """
attempt(open, "@NEIGHBOUR@")
for depth in range(1, 12):
    path = "../" * depth + "@NEIGHBOUR@".lstrip("/")
    if os.path.exists(path):
        attempt(open, path)
attempt(open, "@NEIGHBOUR@", "r+")
""",
    "reads_through_other_doors": """
import linecache, mmap, pathlib, shutil, tokenize
path = "@COURSE@/secret.txt"
attempt(np.fromfile, path, dtype="u1")
attempt(np.memmap, path, dtype="u1", mode="r")
attempt(torch.load, path)
attempt(torch.from_file, path, size=8, dtype=torch.uint8)
attempt(pathlib.Path(path).read_text)
attempt(shutil.copy, path, "copy")
attempt(tokenize.open, path)
attempt(linecache.getlines(path).__getitem__, 0)
attempt(os.open, path, os.O_RDONLY | os.O_PATH) if not os.path.exists(path) else None
attempt(ctypes.CDLL(None).open, path.encode(), 0) if ctypes.CDLL(None).open(path.encode(), 0) >= 0 else print("refused")
attempt(get_ipython().run_line_magic, "load", path)
get_ipython().run_cell_magic("capture", "", "get_ipython().run_line_magic('cat', path)")
""",
    "reads_by_handle_and_links": """
attempt(os.link, "@COURSE@/secret.txt", "hard")
os.symlink("@COURSE@/secret.txt", "soft")
attempt(open, "soft")
os.symlink("@COURSE@", "folder")
attempt(os.listdir, "folder")
handle = ctypes.create_string_buffer(b"\\x80" + bytes(200))
attempt(syscall, 303, -100, b"@COURSE@/secret.txt", handle, ctypes.byref(ctypes.c_int()), 0)  # name_to_handle_at
attempt(syscall, 304, -100, handle, 0)  # open_by_handle_at
attempt(syscall, 437, -100, b"@COURSE@/secret.txt", ctypes.create_string_buffer(24), 24)  # openat2
attempt(syscall, 428, -100, b"@COURSE@", 1)  # open_tree
attempt(os.chroot, "/proc/1/root")
""",
    "reads_the_worker_and_its_folders": """
import glob, autograder
bundle = os.path.dirname(os.path.dirname(autograder.__file__))
if os.path.isdir(bundle):
    found = {*os.listdir(bundle), *os.listdir(bundle + "/autograder")}
    if found - {"autograder", "latentkit", "__init__.py", "worker", "__pycache__"}:
        breach(found)
attempt(os.listdir, os.path.dirname(bundle) + "/scratch")
attempt(open, os.path.dirname(bundle) + "/log")
attempt(open, bundle + "/autograder/worker/child.py", "a")
attempt(open, bundle + "/@MARK@", "w")
attempt([path for path in glob.glob("/tmp/submission-*") if path != os.getcwd()].__getitem__, 0)
""",
    "reads_accounts_and_homes": """
for path in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/root/.ssh", "/root/.bashrc", "/home", "/var/log", "/var/tmp",
             "/run", "/srv", "/opt/secret", "/boot", "/mnt"):
    attempt(os.listdir if not path.startswith("/etc") else open, path) if path != "/home" else None
""",
    "uses_inherited_descriptors": """
import stat
for number in range(0, 256):
    try:
        status = os.fstat(number)
    except OSError:
        continue
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR or (kind == stat.S_IFREG and number > 2):
        breach((number, oct(kind)))
print("refused: descriptors lead nowhere")
attempt(os.open, "../../../../../../etc/passwd", os.O_RDONLY)
""",
    # Hidden cases, into the feedback
    "prints_the_hidden_case": """
def kl_to_standard_normal(mu, logvar):
    text = str(mu.tolist()) + str(logvar.tolist())
    print(text)
    print(text, file=sys.stderr)
    sys.__stdout__.write(text)
    os.write(1, text.encode())
    os.write(2, text.encode())
    display = get_ipython().display_pub
    display.publish({"text/plain": text})
    get_ipython().outputs.write("stdout", text)
    import warnings, logging
    warnings.warn(text)
    logging.error(text)
    return mu.sum(-1)
""",
    "raises_the_hidden_case": """
def kl_to_standard_normal(mu, logvar):
    raise ValueError(str(mu.tolist()))
""",
    "names_an_exception_after_it": """
def kl_to_standard_normal(mu, logvar):
    raise type("E" + str(mu.tolist()), (Exception,), {})(str(mu.tolist()))
""",
    "names_a_base_exception_after_it": """
def kl_to_standard_normal(mu, logvar):
    raise type("E" + str(mu.tolist()), (BaseException,), {})
""",
    "names_a_class_after_it": """
def kl_to_standard_normal(mu, logvar):
    return type("T" + str(mu.tolist()), (), {"__module__": str(logvar.tolist())})()
""",
    "names_a_tensor_class_after_it": """
def kl_to_standard_normal(mu, logvar):
    return mu.sum(-1).as_subclass(type("T" + str(mu.tolist()), (torch.Tensor,), {}))
""",
    "returns_it_as_text": """
def kl_to_standard_normal(mu, logvar):
    return str(mu.tolist())
""",
    "returns_it_in_a_tree": """
def kl_to_standard_normal(mu, logvar):
    return [{str(mu.tolist()): logvar.tolist()}, (str(mu.tolist()),)]
""",
    "renames_arguments_and_itself": """
def kl_to_standard_normal(mu, logvar):
    kl_to_standard_normal.__name__ = kl_to_standard_normal.__qualname__ = str(mu.tolist())
    kl_to_standard_normal.__doc__ = str(mu.tolist())
    mu.name = str(mu.tolist())
    mu.zero_()
    return mu.sum(-1)
""",
    "hides_it_in_a_gradient": """
class Leak(torch.autograd.Function):
    @staticmethod
    def forward(ctx, mu, logvar):
        ctx.save_for_backward(mu, logvar)
        return mu.sum(-1)
    @staticmethod
    def backward(ctx, grad):
        raise type(str(ctx.saved_tensors[0].tolist()), (RuntimeError,), {})(str(ctx.saved_tensors))
kl_to_standard_normal = Leak.apply
""",
    "smuggles_it_to_another_exercise": """
import threading
SEEN = []
def kl_to_standard_normal(mu, logvar):
    SEEN.append(mu.tolist())
    for place in (".", "/tmp", "/dev/shm", "/var/tmp", "@COURSE@"):
        try:
            open(place + "/seen", "a").write(str(SEEN))
        except OSError:
            pass
    os.environ["SEEN"] = str(SEEN)
    torch.SEEN = SEEN
    return mu.sum(-1)
def elbo(x, logits, mu, logvar, beta=1.0):
    raise ValueError(str(SEEN) + str(getattr(torch, "SEEN", "")))
for place in (".", "/tmp", "/dev/shm", "/var/tmp", "@COURSE@"):
    if os.path.exists(place + "/seen"):
        breach(open(place + "/seen").read())
""",
    "dies_and_tells_the_next_child": """
def kl_to_standard_normal(mu, logvar):
    for place in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.dirname(torch.__file__)):
        try:
            open(place + "/heir", "w").write(str(mu.tolist()))
        except OSError:
            pass
    os._exit(0)
for place in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.dirname(torch.__file__)):
    if os.path.exists(place + "/heir"):
        breach(open(place + "/heir").read())
""",
    "prints_later_from_a_thread": """
SEEN = []
def watch(outputs):
    while True:
        if SEEN:
            for shell_outputs in (outputs, get_ipython().outputs):
                shell_outputs.write("stdout", str(SEEN))
        time.sleep(0.01)
threading.Thread(target=watch, args=(get_ipython().outputs,), daemon=True).start()
def kl_to_standard_normal(mu, logvar):
    SEEN.append(mu.tolist())
    time.sleep(0.05)
    return mu.sum(-1)
""",
    "answers_with_outputs_instead": """
from autograder.worker import child
def kl_to_standard_normal(mu, logvar):
    text = str(mu.tolist())
    real = child.pack
    child.pack = lambda value: ({"leak": text, "outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}, [])
    return mu.sum(-1)
""",
}


@pytest.fixture(scope="module")
def graded(arena, tier):
    """The whole family in one batch, in each tier."""
    return arena.grade(ATTACKS, tier)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_read(graded, attack):
    graded.assert_nothing_gained(attack)


@pytest.mark.parametrize("attack", [name for name, code in ATTACKS.items() if "attempt(" in code])
def test_it_was_tried(graded, attack):
    """A typing mistake in an attack would make it look harmless."""
    assert "refused" in graded.outputs(attack), graded.outputs(attack)


def test_what_lies_beside_the_hidden_kit_can_be_read(graded):
    assert "unharmed" in graded.outputs("reads_an_installed_kit")


def test_the_plan_hides_the_kit_wherever_it_is_installed(tmp_path):
    hidden = sandboxes.confinement("none", tmp_path).hidden
    assert any(path.endswith("/latentkit") for path in hidden)
    assert any(path.endswith("/autograder") for path in hidden)


def test_the_neighbours_are_unharmed(graded):
    graded.assert_neighbours_unharmed()
