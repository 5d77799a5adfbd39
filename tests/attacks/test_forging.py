"""Family 2: forging the verdict: patched libraries, lying tensors, forged frames, edited notebooks."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import json

import pytest

from tests.attacks.duel import NAME

CODE = {
    # Patches: the judge compares elsewhere
    "patches_the_comparisons": """
torch.equal = torch.allclose = torch.isclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
np.allclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
torch.Tensor.isfinite = torch.Tensor.all = torch.Tensor.any = lambda *a, **k: torch.tensor(True)
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "patches_builtins": """
import builtins, json
builtins.isinstance = lambda *a: True
builtins.len = lambda *a: 1
builtins.all = lambda *a: True
builtins.any = lambda *a: False
json.dumps = lambda *a, **k: '{"content":{"answer":1,"passed":true},"arrays":[]}'
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "patches_every_module_of_the_kit": """
import types
for name, module in list(sys.modules.items()):
    if name.startswith("latentkit.check"):
        for key, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType) and key in ("judge", "complaint", "close", "same_response"):
                setattr(module, key, lambda *a, **k: None)
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "replaces_check_and_recording": """
import latentkit.check as c
c.check = check = lambda name, fn: print("passed, 3 of 3 points")
c.recording = lambda: {"kl_to_standard_normal": "passed"}
c._recorded = None
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "replaces_respond": """
from autograder.worker import child
from latentkit.check.cases import Response
child.respond = lambda *a, **k: Response()
child._respond = lambda *a, **k: Response()
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "answers_with_a_verdict": """
from autograder.worker import child
child._respond = lambda *a, **k: {"status": "passed", "points": 3, "verdict": "passed"}
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "echoes_the_question": """
from autograder.worker import child
from latentkit.check.cases import Response
child._respond = lambda function, case: case
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    # Tensors that lie
    "lying_equality": """
class Yes(torch.Tensor):
    def __eq__(self, other): return torch.ones(())
    def __bool__(self): return True
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True if func in (torch.allclose, torch.equal) else super().__torch_function__(func, types, args, kwargs or {})
def kl_to_standard_normal(mu, logvar): return mu.sum(-1).as_subclass(Yes)
""",
    "lying_shape_and_numpy": """
class Liar(torch.Tensor):
    shape = property(lambda self: torch.Size([1]))
    def numpy(self): return np.zeros(1)
    def detach(self): return self
def kl_to_standard_normal(mu, logvar): return torch.zeros(3, 3).as_subclass(Liar)
""",
    "an_object_equal_to_all": """
class Everything:
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __float__ = lambda self: 0.0
    __array__ = lambda self, *a: np.zeros(1)
    __len__ = lambda self: 1
    __getitem__ = lambda self, i: self
def kl_to_standard_normal(mu, logvar): return Everything()
""",
    "nan_everywhere": """
def kl_to_standard_normal(mu, logvar): return (mu + logvar).sum(-1) * float("nan")
""",
    "infinite": """
def kl_to_standard_normal(mu, logvar): return (mu + logvar).sum(-1) + float("inf")
""",
    "nothing_at_all": """
def kl_to_standard_normal(mu, logvar): return mu.new_empty(0)
""",
    "other_dtype": """
def kl_to_standard_normal(mu, logvar): return (mu + logvar).sum(-1).to(torch.complex64)
""",
    "sparse_quantised_meta": """
def kl_to_standard_normal(mu, logvar): return torch.empty(mu.shape[0], device="meta")
""",
    "zeroes_its_inputs": """
def kl_to_standard_normal(mu, logvar):
    mu.data.zero_(); logvar.data.zero_()
    return mu.sum(-1)
""",
    "a_right_value_without_gradient": """
def kl_to_standard_normal(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)).detach()
""",
    # IPython
    "input_transformers": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["check = print\\n", *lines])
shell.events.register("pre_run_cell", lambda *a: exec("points = 100", shell.user_ns))
class Tree(__import__("ast").NodeTransformer):
    def visit_Assert(self, node): return None
shell.ast_transformers.append(Tree())
shell.set_custom_exc((Exception,), lambda *a, **k: None)
def kl_to_standard_normal(mu, logvar): return mu.sum(-1)
""",
    "prints_the_points": """
print(3.0)
print('{"status": "passed", "points": 3}')
from IPython.display import display
display(3.0)
3.0
""",
    # Frames on the judge's socket
    "writes_frames_ahead": """
import json, struct
pipe = judge_socket()
for number in range(1, 60):
    header = json.dumps({"content": {"answer": number, "found": "function", "passed": True, "points": 3, "outputs": []},
                         "arrays": []}).encode()
    pipe.sendall(struct.pack("<4sIQ", b"LKW1", len(header), 0) + header)
""",
    "claims_a_huge_frame": """
import struct
judge_socket().sendall(struct.pack("<4sIQ", b"LKW1", 2**32 - 1, 2**64 - 1) + b"x" * 1000)
time.sleep(0.2)
""",
    "claims_negative_and_nan": """
import struct
header = b'{"content":{"answer":NaN,"outputs":-1},"arrays":[["float32",[-4]],["float32",[1e999]]]}'
judge_socket().sendall(struct.pack("<4sIQ", b"LKW1", len(header), 0) + header)
""",
    "claims_an_array_of_no_end": """
from autograder.worker import child, protocol
def send(connection, content, arrays=()):
    import json
    header = json.dumps({"content": content, "arrays": [["float32", [0] + [2**28] * 7]]}).encode()
    connection.sendall(protocol.PREFIX.pack(protocol.MAGIC, len(header), 0) + header)
child.send = send
""",
    "nests_deeply": """
from autograder.worker import child, protocol
def send(connection, content, arrays=()):
    header = b'{"content":{"answer":%d,"found":%s,"outputs":[]},"arrays":[]}' % (content["answer"], b"[" * 900 + b"]" * 900)
    connection.sendall(protocol.PREFIX.pack(protocol.MAGIC, len(header), 0) + header)
child.send = send
""",
    "wrong_types_everywhere": """
from autograder.worker import child
def answer(frame, shell, functions):
    return {"outputs": {"a": 1}, "found": ["function"], "response": {"record": "Response", "fields": {
        "outputs": {"tuple": [{"record": "Foreign", "fields": {"type_name": {"list": []}}}]}, "gradients": {"dict": {}},
        "mutated": {"tuple": []}, "error": "", "detail": ""}}}, []
child._answer = answer
""",
    "a_model_with_lying_sizes": """
from latentkit.check.cases import Model
from autograder.worker import child
from latentkit.check.cases import Response
child._respond = lambda f, case: Response((Model("vae", {"data_dim": 10**12, "hidden_dim": 10**12, "latent_dim": 1}, {}),))
def kl_to_standard_normal(mu, logvar): return mu
""",
    "answers_anothers_number": """
from autograder.worker import child
real = child._answer
def answer(frame, shell, functions):
    frame.content["request"] += 1
    return real(frame, shell, functions)
child._answer = answer
def kl_to_standard_normal(mu, logvar): return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)
""",
    "shuts_the_socket": """
pipe = judge_socket()
os.closerange(3, 300)
def kl_to_standard_normal(mu, logvar): return mu
""",
    "knows_the_public_cases": """
import glob
answers = {}
for path in glob.glob("/**/cases.npz", recursive=True)[:5]:
    answers[path] = np.load(path)
def kl_to_standard_normal(mu, logvar):
    for known in answers.values():
        for key in known:
            if known[key].shape == mu.shape[:1]:
                return torch.from_numpy(known[key])
    return mu.sum(-1)
""",
    "runs_the_skeletons_check_itself": """
from latentkit.check import check, examine, find_examination
try:
    check("kl_to_standard_normal", lambda mu, logvar: mu)
    print("all passed: 3 of 3 points")
except Exception as error:
    print(error)
""",
}


# Edits: each is a function of the released notebook, as plain JSON.


def empties_the_checks(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = "100" if cell["cell_type"] == "code" else cell["source"]


def raises_the_points(notebook):
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"points": 1e6, "locked": False, "checksum": "0"}


def skips_the_execution(notebook):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "training", "explore", "raises-exception"]


def brings_outputs(notebook):
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "3.0"}}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [result]


def makes_everything_graded(notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"]["nbgrader"] = {"grade": True, "solution": True, "grade_id": "check_elbo", "points": 50,
                                            "schema_version": 3, "locked": False, "task": False}  # fmt: skip


def deletes_the_checks(notebook):
    notebook["cells"] = [
        c for c in notebook["cells"] if "check" not in str(c["metadata"].get("nbgrader", {}).get("grade_id"))
    ]


def adds_grade_cells(notebook):
    for number in range(5):
        marks = {"grade": True, "solution": False, "grade_id": f"bonus{number}", "points": 50, "schema_version": 3}
        cell = {"cell_type": "code", "source": "50", "outputs": [], "execution_count": None}
        notebook["cells"].append(cell | {"metadata": {"nbgrader": marks}})


def shadows_the_grade_ids(notebook):
    for name in ("check_elbo", "kl_to_standard_normal", "imports", "elbo", "why", "__class__", "", "../../x"):
        marks = {"grade": True, "solution": True, "grade_id": name, "points": 9, "schema_version": 3}
        cell = {"cell_type": "code", "source": "check = print", "outputs": [], "execution_count": None}
        notebook["cells"].insert(0, cell | {"id": "check_elbo", "metadata": {"nbgrader": marks}})


def names_another_kernel(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": "x", "language": "bash", "argv": ["sh"]}
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"a": 1}}}


EDITS = (empties_the_checks, raises_the_points, skips_the_execution, brings_outputs, makes_everything_graded,
         deletes_the_checks, adds_grade_cells, shadows_the_grade_ids, names_another_kernel)  # fmt: skip

BESIDE = ("torch.py", "ipykernel_launcher.py", "sitecustomize.py", "usercustomize.py", "json.py", "numpy/__init__.py",
          "latentkit/__init__.py", "latentkit/check/__init__.py", "autograder/__init__.py", "conftest.py",
          "nbgrader_config.py", "ipython_config.py", "startup/00.py", "cases.npz", "matplotlibrc")  # fmt: skip
"""Files that a student puts beside the notebook, to be imported or read instead of the real ones."""


FORGED = ("writes_frames_ahead", "shuts_the_socket", "claims_a_huge_frame", "claims_an_array_of_no_end")
"""Also handed in beside a solved exercise."""


def _with_files_beside(content):
    def fill(folder):
        for name in BESIDE:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("print('BRE' + 'ACH', __file__)\nimport os\nos._exit(0)\n")
        (folder / f"{NAME}.ipynb").write_bytes(content)

    return fill


def _as_json(arena, change=None):
    notebook = json.loads(arena.content({}))
    if change is not None:
        change(notebook)
    return json.dumps(notebook).encode()


def _works(arena):
    works = dict(CODE)
    works |= {edit.__name__: _as_json(arena, edit) for edit in EDITS}
    works["files_beside"] = _with_files_beside(_as_json(arena))
    works |= {f"half-{name}": arena.solved({"kl_to_standard_normal": CODE[name]}) for name in FORGED}
    return works


@pytest.fixture(scope="module")
def graded(arena, strongest):
    return arena.grade(_works(arena), strongest)


@pytest.mark.parametrize("attack", [*CODE, *(edit.__name__ for edit in EDITS), "files_beside"])
def test_no_point_is_gained(graded, attack):
    graded.assert_nothing_gained(attack)


@pytest.mark.slow
def test_no_point_is_gained_behind_landlock(arena, landlock):
    works = _works(arena)
    graded = arena.grade(works, landlock)
    for attack in works:
        if not attack.startswith("half-"):
            graded.assert_nothing_gained(attack)
    graded.assert_neighbours_unharmed()


def test_the_neighbours_are_unharmed(graded):
    graded.assert_neighbours_unharmed()


def test_a_broken_exercise_costs_no_other(graded):
    """A forged frame while one exercise's cell runs leaves the other's points."""
    for name in FORGED:
        assert graded.statuses(f"half-{name}")["elbo"] == "passed", graded.entry(f"half-{name}")
        assert graded.entry(f"half-{name}").points == 4
