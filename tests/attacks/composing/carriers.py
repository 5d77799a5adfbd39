"""Where an attack strikes from while the notebook's code runs: cells that call `strike`, in the ways that Python has.

VALUE stands for the expression that the exercise's function computes.
"""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

from dataclasses import dataclass

PLAIN = "def kl_to_standard_normal(mu, logvar):\n    value = VALUE\n    return value\n"


@dataclass(frozen=True)
class Carrier:
    """Cells that carry an attack.

    Attributes:
        solution: the exercise's own cell; what it returns is called `value`.
        first, below, last: cells of the student's own, at the start, below the solution, at the end.
        called: whether the judge's calls with hidden inputs reach `strike`.
    """

    solution: str = PLAIN
    first: str = ""
    below: str = ""
    last: str = ""
    called: bool = False


THREE = "for _ in range(3):\n    strike()\n"

CELLS = {
    "in an own cell at the start": Carrier(first=THREE),
    "in an own cell below": Carrier(below=THREE),
    "in an own cell at the end": Carrier(last=THREE),
    "above the function": Carrier(THREE + PLAIN),
    "below the function": Carrier(PLAIN + THREE),
    "at import of a module on disk": Carrier(
        below="import builtins\nbuiltins.strike_now = strike\nopen('mine.py', 'w').write('import builtins\\nfor _ in range(3): builtins.strike_now()\\n')\nimport mine\n"
    ),
    "at import of a package on disk, from the function": Carrier(
        "import builtins\nbuiltins.strike_now = strike\nos.makedirs('pack', exist_ok=True)\n"
        "open('pack/__init__.py', 'w').write('import builtins\\nbuiltins.strike_now()\\n')\n"
        "def kl_to_standard_normal(mu, logvar):\n    sys.modules.pop('pack', None)\n    import pack\n    value = VALUE\n    return value\n",
        called=True,
    ),
    "in a finder of modules": Carrier(
        below="class Finder:\n    def find_spec(self, name, *a):\n        if name.startswith('odd'): strike()\nsys.meta_path.insert(0, Finder())\n"
        "for number in range(3):\n    try: __import__(f'odd{number}')\n    except ImportError: pass\n"
    ),
    "when an object is deleted": Carrier(
        below="class Odd:\n    def __del__(self): strike()\nfor _ in range(3): Odd()\nlast = Odd()\n"
    ),
    "when a ring is collected": Carrier(
        below="import gc\nclass Odd:\n    def __init__(self): self.me = self\n    def __del__(self): strike()\nfor _ in range(3): Odd()\ngc.collect()\n"
    ),
    "when a reference dies": Carrier(
        below="import weakref\nclass Odd: pass\nfor _ in range(3):\n    odd = Odd(); weakref.finalize(odd, strike)\ndel odd\n"
    ),
    "at exit": Carrier(below="import atexit\nfor _ in range(3): atexit.register(strike)\n"),
    "at exit, at once": Carrier(below="import atexit\nfor _ in range(3): atexit.register(strike)\nsys.exit()\n"),
    "in a signal handler": Carrier(
        below="import signal\nsignal.signal(signal.SIGUSR1, lambda *a: strike())\nfor _ in range(3): signal.raise_signal(signal.SIGUSR1)\n"
    ),
    "in a timer's handler": Carrier(
        below="import signal\nsignal.signal(signal.SIGALRM, lambda *a: strike())\nsignal.setitimer(signal.ITIMER_REAL, 0.05, 0.2)\ntime.sleep(0.3)\n"
    ),
    "in a thread": Carrier(below="threading.Thread(target=lambda: [strike() for _ in range(3)]).start()\n"),
    "in a thread that is left alone": Carrier(
        below="def later():\n    for _ in range(20):\n        time.sleep(0.1); strike()\nthreading.Thread(target=later, daemon=True).start()\n"
    ),
    "in a thread from the function": Carrier(
        "def kl_to_standard_normal(mu, logvar):\n    threading.Thread(target=strike, args=(mu, logvar), daemon=True).start()\n    value = VALUE\n    return value\n",
        called=True,
    ),
    "in a generator's end": Carrier(
        below="def odd():\n    try: yield\n    finally: strike()\nfor _ in range(3):\n    one = odd(); next(one); del one\nlast = odd(); next(last)\n"
    ),
    "in a coroutine": Carrier(
        below="import asyncio\nasync def odd():\n    await asyncio.sleep(0); strike()\nawait asyncio.gather(odd(), odd(), odd())\n"
    ),
    "in a representation": Carrier(
        below="class Odd:\n    def __repr__(self): strike(); return 'odd'\n    _repr_html_ = _repr_png_ = __repr__\nOdd()\n"
    ),
    "in a display hook": Carrier(below="get_ipython().events.register('post_run_cell', lambda *a: strike())\n1\n"),
    "in an input transformer": Carrier(
        below="get_ipython().input_transformers_cleanup.append(lambda lines: (strike(), lines)[1])\n", last="1\n"
    ),
    "in a trace of calls": Carrier(
        below="def trace(*a):\n    sys.setprofile(None)\n    for _ in range(3): strike()\nsys.setprofile(trace)\n"
    ),
    "in an audit hook": Carrier(
        below="def audit(event, arguments):\n    if event == 'odd': strike()\nsys.addaudithook(audit)\nfor _ in range(3): sys.audit('odd')\n"
    ),
    "in a class's making": Carrier(
        below="class Base:\n    def __init_subclass__(cls): strike()\nfor _ in range(3): type('Odd', (Base,), {})\n"
    ),
    "in a comparison": Carrier(
        below="class Odd:\n    def __eq__(self, other): strike(); return True\n    __hash__ = None\nfor _ in range(3): [Odd()].index(1)\n"
    ),
    "in a call of the check": Carrier(
        "def kl_to_standard_normal(mu, logvar):\n    strike(mu, logvar)\n    value = VALUE\n    return value\n",
        below="from latentkit.check import check, examine, find_examination\ncheck('kl_to_standard_normal', kl_to_standard_normal)\n"
        "try: examine(find_examination('kl_to_standard_normal'), kl_to_standard_normal)\nexcept Exception as error: print(error)\n",
        called=True,
    ),
}
"""Attacks that do or show something."""

FUNCTIONS = {
    "in the function": Carrier(
        "def kl_to_standard_normal(mu, logvar):\n    strike(mu, logvar)\n    value = VALUE\n    return value\n",
        called=True,
    ),
    "in the function, after its value": Carrier(
        "def kl_to_standard_normal(mu, logvar):\n    try:\n        value = VALUE\n        return value\n    finally:\n        strike(mu, logvar)\n",
        called=True,
    ),
    "in a function that is called by a cell, too": Carrier(
        "def kl_to_standard_normal(mu, logvar):\n    strike(mu, logvar)\n    value = VALUE\n    return value\n",
        below="print(kl_to_standard_normal(torch.zeros(2, 3), torch.zeros(2, 3)))\n",
        called=True,
    ),
    "in a decorator": Carrier(
        "def odd(function):\n    def inner(mu, logvar):\n        strike(mu, logvar)\n        return function(mu, logvar)\n    return inner\n"
        "@odd\ndef kl_to_standard_normal(mu, logvar):\n    value = VALUE\n    return value\n",
        called=True,
    ),
    "in an object's call": Carrier(
        "class Odd:\n    def __call__(self, mu, logvar):\n        strike(mu, logvar)\n        value = VALUE\n        return value\nkl_to_standard_normal = Odd()\n",
        called=True,
    ),
    "in a module's forward": Carrier(
        "class Odd(torch.nn.Module):\n    def forward(self, mu, logvar):\n        strike(mu, logvar)\n        value = VALUE\n        return value\nkl_to_standard_normal = Odd()\n",
        called=True,
    ),
    "in an object that answers all questions": Carrier(
        "class Odd:\n    def __getattr__(self, name):\n        if name.startswith('__'): raise AttributeError(name)\n        strike()\n        return self\n"
        "    def __call__(self, mu, logvar):\n        strike(mu, logvar)\n        value = VALUE\n        return value\nkl_to_standard_normal = Odd()\n",
        called=True,
    ),
    "in a signature": Carrier(
        PLAIN
        + "class Odd:\n    def __get__(self, *a): strike(); return None\nclass Call:\n    __signature__ = __wrapped__ = Odd()\n"
        "    def __call__(self, mu, logvar):\n        return plain(mu, logvar)\nplain = kl_to_standard_normal\nkl_to_standard_normal = Call()\n",
        called=True,
    ),
    "in a gradient": Carrier(
        "class Odd(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, value): return value.clone()\n"
        "    @staticmethod\n    def backward(ctx, gradient):\n        strike(gradient)\n        return gradient\n"
        "def kl_to_standard_normal(mu, logvar):\n    value = Odd.apply(VALUE)\n    return value\n",
        called=True,
    ),
    "in an argument's default": Carrier(
        "def kl_to_standard_normal(mu, logvar, odd=[strike() for _ in range(3)]):\n    strike(mu, logvar)\n    value = VALUE\n    return value\n",
        called=True,
    ),
}
"""Attacks that do or show something, or return something else than the value."""
