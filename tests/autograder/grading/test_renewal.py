"""The exam in the display's process earns what it earns in a fresh one, whatever the display left there."""

import _thread
import json
import time
from pathlib import Path

import pytest

from autograder.authoring.notebook import grade_id
from autograder.authoring.release import build_solved, release, to_text
from autograder.course import Course
from autograder.grading.intake.submission import from_bytes
from autograder.grading.judging import session
from autograder.grading.judging.cells import is_demonstration, is_idle, is_run
from autograder.grading.judging.doubts import Doubts
from autograder.grading.judging.plan import prepare
from autograder.grading.judging.sitting import Sitting
from autograder.grading.running.clock import Clock
from autograder.grading.running.workers import Worker
from autograder.worker.limits import MEBIBYTE, Limits
from autograder.worker.protocol import Frame
from autograder.worker.renewal import Renewal
from autograder.worker.repeatable import repeatable
from tests.autograder.grading.test_agreement import apart

COUNTING = "MARK = 1"
"""What a first cell does once all went as in a fresh process."""

FIRST = {
    "a method that is there once": "assert not hasattr(torch.Tensor, 'twice')\ntorch.Tensor.twice = lambda self: self",
    "a number that can be set once": "torch.set_num_interop_threads(1)",
    "an option": "assert '0.1235' in repr(torch.tensor(0.123456789))\ntorch.set_printoptions(precision=2)",
    "an option's attribute": "assert not torch.backends.cudnn.deterministic\ntorch.backends.cudnn.deterministic = True",
    "a figure's option": "import matplotlib.pyplot as plt\nassert plt.rcParams['figure.dpi'] != 33\n"
    "plt.rcParams['figure.dpi'] = 33",
    "an option by another name": "from matplotlib import rcParams as options\nassert options['figure.dpi'] != 33\n"
    "options.update({'figure.dpi': 33})",
    "a module": "import sys, types\nassert 'made' not in sys.modules\nsys.modules['made'] = types.ModuleType('made')",
    "a log": "import logging\nlog = logging.getLogger('mine')\nassert not log.handlers\n"
    "log.addHandler(logging.NullHandler())",
    "a register": "from torch.distributions import Gumbel, Laplace, kl\n"
    "assert (Gumbel, Laplace) not in kl._KL_REGISTRY\nkl.register_kl(Gumbel, Laplace)(lambda p, q: p.loc)",
    "a context": "import decimal\nassert decimal.getcontext().prec == 28\ndecimal.getcontext().prec = 5",
    "a file": "open('log', 'x').close()",
    "a folder": "import os\nos.mkdir('figures')",
    "subclasses": "class Mine(torch.nn.Module):\n    pass\n\n"
    "assert sum(kind.__name__ == 'Mine' for kind in torch.nn.Module.__subclasses__()) == 1",
}
"""Cells that stop where something of a first run is left, and leave it themselves."""

LAST = {
    "a method": "torch.Tensor.sum = lambda self, *options: helper(self)",
    "an operator": "torch.Tensor.__mul__ = lambda self, other: helper(self)",
    "by a built-in function": "setattr(torch.Tensor, 'mul', helper := lambda self, other: self)\n"
    "setattr(torch.Tensor, 'sum', lambda self, *options: self)",
    "in a loop": "for kind in (torch.Tensor,):\n    kind.sum = lambda self, *options: helper(self)",
    "a thread": "import _thread, builtins, time\n\ndef spoil():\n    while True:\n        builtins.FACTOR = 2\n"
    "        time.sleep(0.001)\n\n_thread.start_new_thread(spoil, ())",
}
"""Cells below all checks, by which a second run of those above would go wrong."""


@pytest.fixture
def graded(toy_course, warm):
    """Exercise to its status, of the solved notebook with a first and a last cell of the student's own."""

    def grade(*first, last="", **sources):
        solved, plan = release(toy_course, "toy").solved, prepare(toy_course, "toy")
        content = json.loads(to_text(solved))
        for cell in content["cells"]:
            cell["source"] = sources.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
        names = [grade_id(cell) for cell in solved.cells]
        below = names.index("imports") + 1
        content["cells"][below:below] = [_code(source) for source in first]
        content["cells"].append(_code(last))
        intake = from_bytes(json.dumps(content).encode(), plan.skeleton)
        examinations = plan.variants.variant(0).examinations
        outcomes = session.examine_submission(worker, intake, examinations, plan.limits).outcomes
        return {name: str(outcome.status) for name, outcome in outcomes.items()}

    with Worker(warm) as worker:
        yield grade


def _code(source):
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}


@pytest.mark.parametrize("what", FIRST)
def test_a_cell_that_meets_what_it_left_earns_what_it_earns_the_first_time(graded, what):
    scale = "def scale(x, factor=2.0):\n    return x * factor * MARK"
    assert graded(f"{FIRST[what]}\n{COUNTING}", scale=scale) == {"scale": "passed", "total": "passed"}


@pytest.mark.parametrize("what", LAST)
def test_what_a_last_cell_replaces_is_not_met_by_the_answers_above(graded, what):
    scale = "import builtins\n\ndef scale(x, factor=2.0):\n    return x * factor * getattr(builtins, 'FACTOR', 1)"
    assert graded(scale=scale, last=LAST[what]) == {"scale": "passed", "total": "passed"}


def test_a_module_that_a_cell_writes_can_be_imported_by_the_next(graded):
    scale = "from my_helpers import times\n\ndef scale(x, factor=2.0):\n    return times(x, factor)"
    written = "%%writefile my_helpers.py\ndef times(x, factor):\n    return x * factor"
    assert graded(written, scale=scale)["scale"] == "passed"
    shadowing = "%%writefile math.py\nraise ImportError('it takes the place of a library')"
    assert graded(shadowing)["total"] == "passed"


@pytest.mark.parametrize(
    "source",
    [
        "import math\nimport torch.nn.functional as F\nfrom matplotlib.patches import Ellipse\nfrom torch import nn",
        "torch.set_num_threads(1)\n_ = torch.manual_seed(0)",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.rows = {}\n"
        "        self.rows['a'] = nn.Linear(2, 3)\n        self.register_buffer('b', torch.zeros(2))",
        "import torch\nx = torch.add(torch.sort(torch.ones(3)).values, 1)\nx[0] = 2\nseen = []\nseen.append(x)",
        "def f(x):\n    '''A docstring that mentions set_printoptions and open().'''\n    return x",
        "import functools\n\n@functools.cache\ndef table(n):\n    return [0] * n",
        "",
    ],
)
def test_cells_that_compute_may_run_again_in_the_same_process(source):
    assert repeatable([source])


@pytest.mark.parametrize(
    "source",
    [
        *("%time 1", "def f(:", "x" * 3 + "\0", "-" * 200_000 + "1", "import socket", "from torch import _C"),
        *("import torch\ntorch.Tensor.sum = None", "del x.y", "x.y += 1", "import torch as t\nt.set_printoptions(2)"),
        *("from torch import set_printoptions as quiet", "globals()['x'] = 1", "import random\nrandom.__dict__"),
        *("type.__setattr__(x, 'y', 1)", "from torch import hub\nhub.list.append(1)", "import torch.library"),
    ],
)
def test_cells_that_may_reach_further_do_not(source):
    assert not repeatable(["x = 1", source])


START = "import os\nfrom latentkit.start import complete\nfrom os import path as places\ncomplete('toy', '')"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        *(("import torch\nx = torch.ones(3)", True), ("here = complete", True), ("import warnings", True)),
        *(("os.environ['A'] = '1'", False), ("x = os", False), ("places.join('a')", False)),
        *(("import warnings\nwarnings.showwarning = print", False), ("complete.seen = 1", False)),
    ],
)
def test_a_cell_that_only_gives_names_is_no_doubt_but_what_uses_its_names_may_be(source, expected):
    assert not repeatable([START, source])
    assert repeatable([source], idle=[START]) is expected


def test_an_idle_cell_that_cannot_be_read_is_a_doubt():
    assert not repeatable(["x = 1"], idle=["%time 1"])


COURSE = Course.find(Path(__file__).parent)


@pytest.mark.parametrize("name", COURSE.names())
def test_a_released_notebook_that_is_solved_rightly_needs_one_process(name):
    """But for what trains or draws, which grading leaves out."""
    cells = build_solved(COURSE, name).cells
    run = [cell for cell in cells if is_run(cell) and not is_demonstration(cell)]
    idle = [cell.source for cell in run if is_idle(cell)]
    assert len(idle) == 1
    assert repeatable((cell.source for cell in run if not is_idle(cell)), idle)


@pytest.mark.parametrize(("own", "processes"), [("x = 1", 1), ("os.umask(0o22)", 2)])
def test_the_start_cell_costs_no_process(toy_course, toy_source, graded, monkeypatch, own, processes):
    """The judge tells the child which cell that is, for the release's own alone."""
    cell = f'# %% nbgrader={{"grade_id": "start", "locked": true}}\n{START}\n\n'
    toy_course.source("toy").write_text(toy_source.replace("# %% nbgrader", f"{cell}# %% nbgrader", 1))
    started, child = [], Worker.child
    monkeypatch.setattr(Worker, "child", lambda *arguments: started.append(1) or child(*arguments))
    assert graded(own) == {"scale": "passed", "total": "passed"}
    assert len(started) == processes


def test_a_thread_that_no_library_knows_of_is_seen(tmp_path):
    def renewed(*, thread):
        renewal = Renewal()
        if thread:
            _thread.start_new_thread(time.sleep, (60,))
            time.sleep(0.2)
        return [renewal.renew(tmp_path)]

    assert apart(lambda: renewed(thread=False)) == [True]
    assert apart(lambda: renewed(thread=True)) == [False]


@pytest.mark.parametrize(("held", "expected"), [(20 * MEBIBYTE, True), (100 * MEBIBYTE, False)])
def test_a_process_that_holds_memory_is_not_as_good_as_a_fresh_one(held, expected):
    class Holding:
        clock = Clock()

        def request(self, content, **options):
            return Frame({"renewed": True, "memory": held})

    sitting = Sitting(Holding.clock, Holding.clock.after(60), Doubts(Limits()))
    assert session._renewed(Holding(), Limits(memory_bytes=512 * MEBIBYTE), sitting) is expected
