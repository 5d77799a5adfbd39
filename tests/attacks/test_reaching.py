"""Family 3: reaching out of the sandbox: network, processes, signals, system calls, writing where others read."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import pytest

from autograder.worker.limits import Limits

ATTACKS = {
    # Network
    "connects_by_tcp": """
attempt(socket.create_connection, ("127.0.0.1", @PORT@), timeout=1)
attempt(socket.create_connection, ("1.1.1.1", 53), timeout=1)
attempt(socket.socket, socket.AF_INET6, socket.SOCK_STREAM)
attempt(socket.create_server, ("127.0.0.1", 0))
""",
    "asks_the_web": """
import urllib.request, http.client
attempt(urllib.request.urlopen, "http://127.0.0.1:@PORT@/", timeout=1)
attempt(torch.hub.download_url_to_file, "http://127.0.0.1:@PORT@/", "x")
attempt(socket.getaddrinfo, "example.com", 80)
attempt(socket.gethostbyname, "localhost.localdomain")
""",
    "opens_odd_sockets": """
for family, kind, protocol in ((1, 1, 0), (1, 2, 0), (16, 3, 0), (17, 3, 768), (2, 3, 1), (40, 1, 0), (38, 5, 0), (29, 3, 1)):
    attempt(socket.socket, family, kind, protocol)
""",
    "sends_a_datagram_from_a_pair": """
left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
attempt(left.sendto, b"out", "@SOCKET@")
attempt(left.sendto, b"out", "\\0@ABSTRACT@")
attempt(left.connect, "@SOCKET@")
attempt(left.bind, "\\0attack")
attempt(left.sendmsg, [b"out"], [], 0, "@SOCKET@")
""",
    "sends_descriptors_to_the_judge": """
import array
pipe = judge_socket()
attempt(pipe.sendmsg, [b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2] * 20))])
attempt(pipe.accept)
attempt(pipe.connect, "\\0@ABSTRACT@")
""",
    # Other submissions
    "tells_others_by_locks_on_a_library": """
import fcntl, struct
first, second = open(torch.__file__), open(torch.__file__)
fcntl.flock(first, fcntl.LOCK_EX)
try:
    fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    breach("a lock on a file that all submissions read")
reading = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 0, 0, 0)
for command in (fcntl.F_SETLK, 37):
    fcntl.fcntl(first, command, reading)
for command in (fcntl.F_GETLK, 36):
    attempt(fcntl.fcntl, second, command, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
""",
    # Processes and signals
    "signals_others": """
import signal
def kill(pid, number):
    os.kill(pid, number)
for pid in (0, -1, 1, os.getppid(), @JUDGE@, -@JUDGE@):
    if pid not in (os.getpid(), -os.getpid()):
        attempt(os.kill, pid, signal.SIGCONT)
        attempt(syscall, 129, pid, signal.SIGCONT, ctypes.create_string_buffer(128))  # rt_sigqueueinfo
attempt(os.killpg, 0, signal.SIGCONT)
attempt(syscall, 234, @JUDGE@, @JUDGE@, signal.SIGCONT)  # tgkill
attempt(syscall, 200, @JUDGE@, signal.SIGCONT)  # tkill
attempt(os.pidfd_open, @JUDGE@)
""",
    "has_a_pipe_signal_the_judge": """
import fcntl
reader, writer = os.pipe()
attempt(fcntl.fcntl, reader, fcntl.F_SETOWN, @JUDGE@)
attempt(fcntl.fcntl, reader, 10, 18)  # F_SETSIG, SIGCONT
attempt(fcntl.fcntl, reader, 15, __import__("struct").pack("ii", 1, @JUDGE@))  # F_SETOWN_EX
attempt(fcntl.fcntl, os.open(".", os.O_RDONLY), fcntl.F_NOTIFY, 1)
attempt(fcntl.fcntl, os.open(os.__file__, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)
""",
    "slows_its_neighbours": """
attempt(os.sched_setaffinity, @JUDGE@, {0})
attempt(os.sched_setaffinity, os.getppid() or 1 if os.getppid() != 1 else @JUDGE@, {0})
attempt(os.nice, -5)
attempt(os.setpriority, os.PRIO_USER, os.getuid(), 19)
attempt(syscall, 251, 1, 0, 1 << 13)  # ioprio_set
attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
""",
    "starts_processes": """
import subprocess, multiprocessing, pty
attempt(os.fork)
attempt(os.system, "true") if os.system("true") == 0 else print("refused: system")
attempt(subprocess.run, ["true"])
attempt(os.execv, "/bin/true", ["true"])
attempt(os.posix_spawn, "/bin/true", ["true"], {})
attempt(os.popen, "true")
attempt(pty.fork)
attempt(multiprocessing.get_context("fork").Process(target=print).start)
attempt(multiprocessing.get_context("spawn").Process(target=print).start)
attempt(lambda: next(iter(torch.utils.data.DataLoader([1, 2], num_workers=1))))
""",
    "raw_process_calls": """
attempt(syscall, 56, 17, 0, 0, 0, 0)  # clone(SIGCHLD)
attempt(syscall, 56, 0x10000000 | 17, 0, 0, 0, 0)  # clone(CLONE_NEWUSER)
attempt(syscall, 57)  # fork
attempt(syscall, 435, ctypes.create_string_buffer(88), 88)  # clone3
attempt(syscall, 59, b"/bin/true", None, None)  # execve
attempt(syscall, 322, -100, b"/bin/true", None, None, 0)  # execveat
attempt(syscall, 101, 0, 0, 0, 0)  # ptrace(TRACEME)
attempt(syscall, 101, 16, @JUDGE@, 0, 0)  # ptrace(ATTACH)
attempt(syscall, 310, @JUDGE@, 0, 0, 0, 0, 0)  # process_vm_readv
attempt(syscall, 311, @JUDGE@, 0, 0, 0, 0, 0)  # process_vm_writev
attempt(syscall, 312, @JUDGE@, os.getpid(), 0, 0, 0)  # kcmp
attempt(syscall, 438, 0, 0, 0)  # pidfd_getfd
""",
    "raw_namespace_calls": """
attempt(syscall, 272, 0x10000000)  # unshare(user)
attempt(syscall, 272, 0x00020000)  # unshare(mount)
attempt(syscall, 308, 0, 0)  # setns
attempt(syscall, 155, b".", b".")  # pivot_root
attempt(syscall, 161, b".")  # chroot
attempt(syscall, 165, b"none", b"/tmp", b"tmpfs", 0, b"")  # mount
attempt(syscall, 165, b"none", b"/", b"", 32 | 4096, b"")  # remount, bind, writable
attempt(syscall, 166, b"/tmp", 2)  # umount2
attempt(syscall, 430, b"tmpfs", 0)  # fsopen
attempt(syscall, 429, -1, b"", -100, b"/tmp", 4)  # move_mount
attempt(syscall, 442, -100, b"/", 0, 0, 0)  # mount_setattr
attempt(syscall, 170, b"evil", 4)  # sethostname
""",
    "raw_kernel_calls": """
calls = {"bpf": 321, "perf_event_open": 298, "io_uring_setup": 425, "io_uring_enter": 426, "keyctl": 250, "add_key": 248,
         "userfaultfd": 323, "memfd_create": 319, "memfd_secret": 447, "init_module": 175, "finit_module": 313,
         "kexec_load": 246, "reboot": 169, "swapon": 167, "acct": 163, "quotactl": 179, "ioperm": 173, "iopl": 172,
         "syslog": 103, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "personality": 135, "ustat": 136,
         "modify_ldt": 154, "vmsplice": 278, "splice": 275, "tee": 276, "inotify_init1": 294, "fanotify_init": 300,
         "signalfd4": 289, "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "seccomp": 317, "landlock": 444,
         "set_mempolicy": 238, "migrate_pages": 256, "move_pages": 279, "lookup_dcookie": 212, "vhangup": 153,
         "process_madvise": 440, "pkey_alloc": 330, "setns": 308, "open_by_handle_at": 304, "mknod": 133}
for name, number in calls.items():
    try:
        result = syscall(number, 0, 0, 0, 0, 0, 0)
    except OSError as error:
        if error.errno not in (1, 38):
            breach((name, error.errno))  # it reached the kernel
    else:
        breach((name, result))
print("refused: all", len(calls))
""",
    "calls_of_another_architecture": """
import mmap
attempt(syscall, 0x40000000 | 39)  # x32: getpid
attempt(syscall, 0x40000000 | 57)  # x32: fork
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b802000000 cd80 c3".replace(" ", "")))  # 32-bit fork by int 0x80
if platform.machine() == "x86_64":
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    pid = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    breach(pid) if pid >= 0 else print("refused: int 0x80", pid)
""",
    "becomes_somebody_else": """
attempt(os.setuid, 1)
attempt(os.setresgid, 0, 0, 0)
attempt(os.setgroups, [0])
attempt(syscall, 126, b"\\x22\\x05\\x08\\x20" + bytes(4), b"\\xff" * 24)  # capset
attempt(syscall, 157, 38, 0, 0, 0, 0)  # prctl(NO_NEW_PRIVS)
attempt(syscall, 157, 4, 1, 0, 0, 0)  # prctl(DUMPABLE)
attempt(syscall, 157, 1, 0, 0, 0, 0)  # prctl(PDEATHSIG)
attempt(syscall, 157, 8, 1, 0, 0, 0)  # prctl(KEEPCAPS)
attempt(os.setsid)
attempt(os.setpgid, 0, 1)
""",
    "raises_its_limits": """
import resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
    attempt(resource.setrlimit, kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    attempt(resource.prlimit, @JUDGE@, kind, (1, 1))
attempt(resource.prlimit, 0, resource.RLIMIT_CORE, (1, 1))
attempt(open, "/proc/self/oom_score_adj", "w")
attempt(open, "/proc/self/coredump_filter", "w")
""",
    # Writing
    "writes_where_others_read": """
import site
own = os.getcwd()  # its private folder, on its own module path: it dies with it
for base in {*sys.path, os.path.dirname(os.__file__), os.path.dirname(torch.__file__), "/etc", "/usr/lib", "/root", "/home",
             "/var/tmp", "/dev", "/dev/shm/..", "@COURSE@", "@COURSE@/submitted/honest-both", "/", site.getusersitepackages()} - {own}:
    attempt(open, base + "/@MARK@.pth", "w")
    attempt(os.mkdir, base + "/@MARK@")
    attempt(os.symlink, "/etc/passwd", base + "/@MARK@-link")
attempt(open, "@COURSE@/bait.txt", "w")
attempt(open, "@COURSE@/submitted/honest-both/bait.txt", "a")
attempt(open, "@NEIGHBOUR@", "w")
attempt(os.unlink, "@NEIGHBOUR@")
attempt(os.rename, "@COURSE@/bait.txt", "@COURSE@/@MARK@")
attempt(os.truncate, "@COURSE@/bait.txt", 0)
attempt(os.truncate, "@LIBRARY@", 0)
attempt(open, "@LIBRARY@", "w")
""",
    "writes_startup_files": """
home = os.path.expanduser("~")
for path in (home + "/.ipython/profile_default/startup/@MARK@.py", home + "/.local/lib/@MARK@.pth", home + "/@MARK@"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write("print('next')")
print("refused: it is its own home")
for path in ("/root/.ipython", "/root/.local/lib/python3.11", "/etc/ipython", "/usr/local/etc/jupyter"):
    attempt(os.makedirs, path + "/@MARK@")
""",
    "changes_modes_and_times": """
for path in ("@COURSE@/secret.txt", "@COURSE@/.autograder/hidden_seed", "@COURSE@", "@NEIGHBOUR@", "@LIBRARY@"):
    for change in (lambda: os.chmod(path, 0o666), lambda: os.utime(path, (1, 1)), lambda: os.chown(path, os.getuid(), 0),
                   lambda: os.setxattr(path, "user.x", b"y"), lambda: syscall(452, -100, path.encode(), 0o666, 0)):
        try:
            change()
        except OSError:
            pass
descriptor = os.open("@LIBRARY@", os.O_RDONLY)
for change in (lambda: os.fchmod(descriptor, 0o666), lambda: os.utime(descriptor, (1, 1)), lambda: os.fchown(descriptor, 0, 0)):
    try:
        change()
    except OSError:
        pass
print("refused: the tests look at the files")
""",
    "writes_to_the_kernel": """
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches",
             "/proc/sys/kernel/pid_max", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/file-max", "/proc/1/oom_score_adj",
             "/proc/self/uid_map", "/proc/irq/default_smp_affinity", "/sys/kernel/mm/ksm/run", "/sys/power/state"):
    attempt(os.open, path, os.O_WRONLY)
""",
    "leaves_things_in_shared_memory": """
from multiprocessing import shared_memory
for size in (1000, 10_000_000):
    try:
        shared_memory.SharedMemory("@MARK@", create=True, size=size)
    except OSError as error:
        print("refused:", error)
for folder in ("/dev/shm", "/tmp", "/run/lock", "/dev/mqueue", "/var/tmp"):
    try:
        open(folder + "/@MARK@", "w").write("x")
    except OSError as error:
        print("refused:", error)
""",
    "makes_devices_and_pipes": """
import stat
attempt(os.mknod, "disk", 0o666 | stat.S_IFBLK, os.makedev(8, 0))
attempt(os.mknod, "memory", 0o666 | stat.S_IFCHR, os.makedev(1, 1))
attempt(os.mkfifo, "pipe")
attempt(os.open, "/dev/tty", os.O_RDWR)
attempt(os.open, "/dev/ptmx", os.O_RDWR)
import fcntl
attempt(fcntl.ioctl, 0, 0x5412, b"x")  # TIOCSTI: type into a terminal
attempt(fcntl.ioctl, judge_socket().fileno(), 0x8901, b"\\1\\0\\0\\0")  # FIOSETOWN
""",
}


@pytest.fixture(scope="module")
def graded(arena, tier):
    return arena.grade(ATTACKS, tier, Limits(cell_seconds=20, total_seconds=80, restarts=1))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_reached(graded, attack):
    graded.assert_nothing_gained(attack)


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name != "calls_of_another_architecture"])
def test_it_was_tried(graded, attack):
    assert "refused" in graded.outputs(attack), graded.entry(attack)


def test_the_neighbours_are_unharmed(graded):
    graded.assert_neighbours_unharmed()
