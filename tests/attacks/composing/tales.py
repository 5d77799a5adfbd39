"""What an attack tells, as code: forged to the judge, leaked or flooded to the reader, raised to the grader; see `acts`."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

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

TELLS: dict[str, str] = {**FORGES, **LEAKS, **RAISES, **FLOODS}
