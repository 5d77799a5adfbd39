"""The notebook's interpreter reads a cell as IPython does, and faster."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.grading.running.workers import Worker
from autograder.worker import shell
from autograder.worker.limits import Limits
from tests.autograder.common import printed

CELLS = (
    "",
    "x = 1",
    "\n\n  \nx = 1\n",
    "  x = 1\n  y = 2\n",
    'def f(x):\n    """What is 100 % of x?\n\n    %time f(1)\n    !ls\n    f?\n    """\n    return x',
    "x = (7\n% 4)\n",
    "# why?\nx = [1,\n     2]  # really?\n\n# the end?",
    "%matplotlib inline\nx = 1",
    "%%time\nx = 1\ny = 2",
    "files = !ls\nx = 1",
    "x = %timeit -o 1",
    "x = 1\n!ls -l",
    "print?\nx = 1",
    "?print",
    "x = 1; print??",
    ",print a b",
    ">>> x = 1\n... \n1",
    "In [1]: x = 1",
    "x = 'a\\\n%time'\n",
    "x = 1 \\\n  % 2",
    "x = '\\d'",
    "def f(:\n  %time 1",
    "x = (1,\n%time 2",
    '"""never ended\n%time 1',
    "x = 1\n\x00",
    "(" * 5000,
)


@pytest.mark.parametrize("cell", CELLS, ids=range(len(CELLS)))
def test_a_cell_is_read_as_ipython_reads_it(cell):
    def read(manager):
        try:
            return manager.transform_cell(cell)
        except Exception as error:
            return type(error)

    assert read(shell._Transformers()) == read(TransformerManager())


def test_plain_python_is_not_taken_apart_into_tokens(monkeypatch):
    monkeypatch.setattr("IPython.core.inputtransformer2.make_tokens_by_line", None)
    source = "def f(x):\n    return x % 2 != 1\n"
    assert shell._Transformers().transform_cell(source) == source


def test_a_notebooks_own_transformer_counts():
    class Shout:
        start_line = start_col = priority = 0

        @classmethod
        def find(cls, tokens_by_line):
            return cls() if tokens_by_line[0][0].string == "quiet" else None

        def transform(self, lines):
            return [lines[0].replace("quiet", "LOUD"), *lines[1:]]

        def sortby(self):
            return 0, 0

    manager = shell._Transformers()
    manager.token_transformers.append(Shout)
    assert manager.transform_cell("quiet = 1\n") == "LOUD = 1\n"


WAITING = "import asyncio\nasync def three():\n    await asyncio.sleep(0)\n    return 3\n"


def test_a_cell_may_wait(warm):
    with Worker(warm) as worker, worker.child(Limits()) as child:
        assert printed(child, WAITING + "print(await three())") == "3\n"
        assert printed(child, WAITING + "print(2)") == "2\n"
