"""What a student sees: the check passes, names what is wrong, and never shows a traceback of ours."""

import dataclasses
import functools
import json
import math

import numpy as np
import pytest
import torch
from torch import distributions as D

from latentkit.check import CheckFailed, check, examine, recording
from latentkit.check.calling import respond
from latentkit.check.card import as_html, as_text
from latentkit.check.cases import Case, Examination, Foreign, Function, Model, Response, SolvedCase
from latentkit.check.comparing import TOLERANCE, close
from latentkit.check.judging import judge
from latentkit.check.laws import LAWS
from latentkit.check.store import load, to_bytes
from latentkit.check.trying import try_out
from latentkit.check.wire import pack, unpack
from latentkit.models import VAE
from tests.lib.hostile_cases import HOSTILE_CASES


def double(x):
    return 2 * x


def forgot_to_double(x):
    return 1 * x


def changes_its_input(x):
    return x.mul_(2)


@pytest.fixture
def examination():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    case = Case("two rows", {"x": x}, ("x",), torch.ones(2, 2, dtype=torch.float64))
    mistakes = {"forgot_to_double": respond(forgot_to_double, case)}
    solved = SolvedCase(case, respond(double, case), mistakes)
    return Examination("double", (solved,), {"forgot_to_double": "You forgot to double <x>."}, look="section 1")


@pytest.fixture
def folder(examination, tmp_path, monkeypatch):
    (tmp_path / "cases.npz").write_bytes(to_bytes([examination]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_right_function_passes(folder, capsys):
    assert check("double", double) is None
    assert "double: ✓ passed" in capsys.readouterr().out


def test_a_known_mistake_is_named_and_said_once(folder, capsys):
    with pytest.raises(CheckFailed, match="You forgot to double") as failed:
        check("double", forgot_to_double)
    assert "[1, 1]         8       4          -4" in str(failed.value)
    assert capsys.readouterr().out == "", "what is raised is not printed, too"


def test_a_failing_check_shows_no_frames_of_the_library():
    assert CheckFailed("double: no")._render_traceback_() == ["CheckFailed: double: no"]


@pytest.mark.parametrize(
    ("function", "status", "words"),
    [
        (lambda x: None, "failed", "is the `return` missing"),
        (lambda x: (2 * x).numpy(force=True), "failed", "Return a torch tensor"),
        (lambda x: (2 * x).sum(), "failed", "wrong shape"),
        (lambda x: (2 * x).float(), "failed", "wrong dtype"),
        (lambda x: 2 * x + float("nan"), "failed", "NaN or infinite"),
        (lambda x: 3 * x, "failed", "value is wrong"),
        (lambda x: (2 * x).detach(), "failed", "No gradient reaches `x`"),
        (lambda x: 2 * x.detach() + 0 * x, "failed", "gradient in `x` is wrong"),
        (changes_its_input, "failed", "changed its input (`x`)"),
        (lambda x: x @ x.new_ones(5, 5), "error", "raised RuntimeError"),
        (lambda x, y: x, "error", "keep its first line"),
        (lambda: 2, "error", "keep its first line"),
        (lambda x, *, factor: x, "error", "keep its first line"),
        (lambda x: 2 * x + "3", "error", "raised TypeError"),
        (lambda x: exit(), "error", "raised SystemExit"),
        ("double", "error", "Pass the function itself"),
    ],
)
def test_each_kind_of_failure_is_told_in_plain_words(examination, function, status, words):
    verdict = examine(examination, function)
    assert (verdict.status, verdict.mistake) == (status, None)
    assert words in verdict.message


def test_wrong_arguments_are_told_with_the_right_ones(examination):
    facts = dict(examine(examination, lambda x, y: x).facts)
    assert facts["error"] == "it is called with (x), but: missing a required argument: 'y'"


@pytest.mark.parametrize(
    "function", [lambda *xs: 2 * xs[0], lambda x, factor=2: factor * x, functools.partial(torch.mul, 2)]
)
def test_other_ways_to_take_the_arguments_are_fine(examination, function):
    assert examine(examination, function).passed


def test_a_stub_is_not_an_error(examination):
    def stub(x):
        raise NotImplementedError()

    verdict = examine(examination, stub)
    assert verdict.status == "not_attempted"
    assert verdict.facts == ()


def stub_of_another(x):
    raise NotImplementedError


def test_what_calls_a_stub_is_not_attempted_yet(examination):
    assert examine(examination, lambda x: stub_of_another(x)).status == "not_attempted"


def unregistered_pair(x):
    return D.kl_divergence(D.Gamma(1 + x**2, 1 + x**2), D.StudentT(3 + x**2))


def nameless_in_a_library(x):
    return D.Distribution(validate_args=False).log_prob(x)


def of_the_students_words(x):
    raise NotImplementedError("only for x > 0")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (unregistered_pair, "NotImplementedError: No KL(p || q) is implemented"),
        (lambda x: x.to("meta").tolist(), "NotImplementedError: Cannot copy out of meta tensor"),
        (nameless_in_a_library, "NotImplementedError"),
        (of_the_students_words, "NotImplementedError: only for x > 0"),
    ],
)
def test_what_a_library_lacks_is_told_in_its_words(examination, function, words):
    verdict = examine(examination, function)
    assert (verdict.status, verdict.message) == ("error", "Your function raised NotImplementedError.")
    assert dict(verdict.facts)["error"].startswith(words)


def test_what_a_library_lacks_is_not_quoted_of_a_hidden_case(examination):
    case = examination.cases[0].case
    verdict = judge(examination, [respond(unregistered_pair, case, reveal=False)], reveal=False)
    assert (verdict.status, verdict.facts) == ("error", ())
    assert verdict.message == "Your function raised NotImplementedError. (hidden case: two rows)"


@pytest.mark.parametrize("device", ["cpu", "meta", "xpu"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_notebooks_own_defaults_change_no_verdict(device, dtype):
    """Whether there is such a device or not: what is judged follows its inputs."""
    mean, std = torch.linspace(-1, 1, 6000).reshape(1500, 4), torch.linspace(0.5, 2, 6000).reshape(1500, 4)
    inputs = {"mean": mean, "std": std}
    sampler = Examination("draw", (SolvedCase(Case("wide", inputs, calls=2), numbers=inputs),), {}, "gaussian_sampler")
    model = VAE(8, 2, 4)
    given = Model("vae", dict(model.config), {name: weight.detach() for name, weight in model.state_dict().items()})
    torch.set_default_dtype(dtype)
    torch.set_default_device(device)
    try:
        verdict = examine(sampler, lambda mean, std: mean + std * torch.randn_like(mean))
        returned = respond(lambda model: model, Case("a model", {"model": given})).outputs[0]
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    assert verdict.passed, verdict.message
    assert all(torch.equal(returned.state[name], weight) for name, weight in given.state.items())
    assert {weight.dtype for weight in returned.state.values()} == {torch.float32}


def test_a_case_for_the_cpu_stays_there_so_that_an_answer_may_go_through_numpy(examination):
    case = dataclasses.replace(examination.cases[0].case, gradients=(), on_cpu=True)
    assert unpack(*pack(case)).on_cpu
    response = respond(lambda x: torch.from_numpy(2 * x.numpy()), case, device="meta")
    assert torch.equal(response.outputs[0], 2 * case.inputs["x"])


def test_the_exceptions_text_is_kept_for_public_cases_only(examination):
    def leak(x):
        raise ValueError(f"the secret is {x.tolist()}")

    case = examination.cases[0].case
    assert "the secret" in respond(leak, case).detail
    assert respond(leak, case, reveal=False).detail == ""


def test_nan_never_passes_even_where_it_is_what_a_mistake_gives(examination):
    def broken(x):
        return x + float("nan")

    case = examination.cases[0].case
    solved = SolvedCase(case, respond(double, case), {"broken": respond(broken, case)})
    verdict = judge(Examination("double", (solved,), {"broken": "It is NaN."}), [respond(broken, case)])
    assert (verdict.status, verdict.mistake) == ("failed", "broken")


def by_pytorch(actual, expected, nan_is_equal):
    """Whether tensors are close, by the rule as it stands in words: relative to the largest finite entry expected."""
    finite = expected[expected.isfinite()].abs().tolist()
    bound = TOLERANCE[expected.dtype] * max([1.0, *finite])
    return torch.allclose(actual, expected, rtol=0, atol=bound, equal_nan=nan_is_equal)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_close_is_what_pytorch_calls_close(dtype):
    generator = torch.Generator().manual_seed(0)
    odd = torch.tensor([0.0, 1.0, math.nan, math.inf, -math.inf, 3e4, -3e4])
    seen = set()
    for _ in range(3000):
        size = int(torch.randint(0, 4, (), generator=generator))
        expected = torch.randn(size, generator=generator).to(dtype)
        actual = expected + (torch.randn(size, generator=generator) * TOLERANCE[dtype]).to(dtype)
        for values in (actual, expected):
            mask = torch.rand(size, generator=generator) < 0.15
            values[mask] = odd[torch.randint(0, len(odd), (int(mask.sum()),), generator=generator)].to(dtype)
        if torch.rand((), generator=generator) < 0.3:
            actual = expected.clone()
        for nan_is_equal in (False, True):
            right = by_pytorch(actual, expected, nan_is_equal)
            assert close(actual, expected, nan_is_equal) == right, (actual, expected)
            seen.add((bool(expected.isfinite().all()), right))
    assert len(seen) == 4


def test_fewer_answers_than_cases_never_pass(examination):
    assert judge(examination, []).status == "error"


def test_the_card_escapes_what_the_student_wrote(examination):
    def hostile(x):
        print("<script>alert(2)</script>")
        raise ValueError("<script>alert(1)</script>")

    outcome = try_out(examination, hostile, 60)
    assert "<script>" not in as_html(outcome, examination)
    assert "<script>" in as_text(outcome, examination)


def test_the_notebooks_random_stream_is_left_alone(examination):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    examine(examination, lambda x: 2 * x + 0 * torch.rand_like(x))
    assert torch.equal(torch.rand(3), expected)


def decoder():
    return Function(
        "markov_decoder",
        {"transition": torch.eye(3), "projection": torch.ones(2, 3), "position": torch.tensor([[0.0] * 3, [5.0] * 3])},
    )


def test_a_function_arrives_as_a_function():
    case = Case("a decoder", {"step_fn": decoder(), "z": torch.tensor([[1.0, 2.0]])})
    response = respond(lambda step_fn, z: step_fn(torch.tensor([[0, 2]]), z), case)
    assert torch.equal(response.outputs[0], torch.tensor([[8.0, 8.0, 9.0]]))
    assert response.mutated == ()


def test_a_prefix_longer_than_the_table_counts_as_its_last():
    case = Case("a decoder", {"step_fn": decoder()})
    response = respond(lambda step_fn: step_fn(torch.zeros(1, 9, dtype=torch.long), torch.zeros(1, 2)), case)
    assert torch.equal(response.outputs[0], torch.tensor([[6.0, 5.0, 5.0]]))


@pytest.mark.parametrize(
    ("prefix", "z", "words"),
    [
        (torch.tensor([1, 2]), torch.zeros(2, 2), "the whole prefix"),
        (torch.zeros(2, 0, dtype=torch.long), torch.zeros(2, 2), "the whole prefix"),
        (torch.tensor([[1], [2]]), torch.zeros(1, 2), "one row for each prefix"),
        (torch.tensor([[1], [2]]), torch.zeros(2), "one row for each prefix"),
    ],
)
def test_a_decoder_says_what_it_takes(prefix, z, words):
    response = respond(lambda step_fn: step_fn(prefix, z), Case("a decoder", {"step_fn": decoder()}))
    assert response.error == "ValueError"
    assert words in response.detail


@pytest.mark.parametrize("function", [Function("no_such_kind", {}), Function("markov_decoder", {"a": torch.ones(1)})])
def test_an_unknown_function_is_refused(function):
    assert respond(lambda f: None, Case("a decoder", {"f": function})).error == "ValueError"


def test_two_outputs_and_their_gradients_are_compared():
    def both(x):
        return 2 * x, x.exp()

    x = torch.tensor([0.5, 1.0], dtype=torch.float64)
    case = Case("two outputs", {"x": x}, ("x",), (torch.ones_like(x), x))
    examination = Examination("both", (SolvedCase(case, respond(both, case)),), {})
    assert examine(examination, both).passed
    assert examine(examination, lambda x: [2 * x, x.exp()]).passed
    assert "Return 2 things" in examine(examination, lambda x: 2 * x).message
    assert "value is wrong" in examine(examination, lambda x: (x.exp(), 2 * x)).message
    assert "gradient in `x`" in examine(examination, lambda x: (2 * x, x.exp().detach())).message


def test_a_gradient_in_probabilities_counts_only_along_the_simplex():
    def squares(q):
        return (q**2).sum(-1)

    q = torch.tensor([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], dtype=torch.float64)
    case = Case("two rows", {"q": q}, ("q",), torch.tensor([1.0, 2.0], dtype=torch.float64))
    free = Examination("squares", (SolvedCase(case, respond(squares, case)),), {})
    on_simplex = dataclasses.replace(free, simplex=("q",))

    def normalised(q):  # equal on the simplex, another function beside it
        return squares(q / q.sum(-1, keepdim=True))

    def detached(q):
        return squares(q.detach()) + 0 * q.sum(-1)

    assert not examine(free, normalised).passed
    assert examine(on_simplex, normalised).passed
    assert examine(on_simplex, squares).passed
    verdict = examine(on_simplex, detached)
    assert "gradient in `q` is wrong" in verdict.message
    table = dict(verdict.facts)["wrong gradient, less its row means"].splitlines()
    assert table[0] == "6 of 6 entries; those that differ most:"
    assert {line.split()[-2] for line in table[2:]} == {"0"}


@pytest.mark.parametrize("right", [3, 3.0, np.int64(3), np.float32(3), torch.tensor(3), torch.tensor(3.0)])
def test_a_number_is_accepted_in_any_form(right):
    case = Case("a number", {"n": 3})
    for expected in (3, 3.0):
        examination = Examination("number", (SolvedCase(case, Response((expected,))),), {})
        assert examine(examination, lambda n: right).passed


@pytest.mark.parametrize("wrong", [4, 3.001, True, float("nan"), torch.tensor(True), torch.tensor([3, 3]), "3", None])
def test_what_is_no_such_number_is_refused(wrong):
    case = Case("a number", {"n": 3})
    for expected in (3, 3.0):
        examination = Examination("number", (SolvedCase(case, Response((expected,))),), {})
        assert not examine(examination, lambda n: wrong).passed


def test_recording_only_notes_the_function(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # there is no cases.npz here, and none is needed
    with recording() as recorded:
        check("double", double)
    assert recorded == {"double": double}
    assert capsys.readouterr().out == ""


def test_an_unknown_exercise_is_answered_with_the_known_ones(folder):
    with pytest.raises(CheckFailed, match="no exercise 'triple'; there are: double"):
        check("triple", double)


def test_a_missing_case_file_is_answered_with_where_it_belongs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckFailed, match=r"cases.npz was not found in .*set LATENTKIT_CASES"):
        check("double", double)


@pytest.mark.parametrize("damage", [lambda content: b"PK not a zip", *HOSTILE_CASES.values()])
def test_a_broken_case_file_is_answered_with_the_way_out(folder, damage):
    path = folder / "cases.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckFailed, match="download it again"):
        check("double", double)


def test_cases_survive_the_file(examination, folder):
    again = load(folder / "cases.npz")["double"]
    assert to_bytes([again]) == to_bytes([examination])


def test_arguments_keep_their_order_in_the_file(tmp_path):
    case = Case("z before a", {"z": torch.ones(1), "a": torch.zeros(1)})
    (tmp_path / "cases.npz").write_bytes(to_bytes([Examination("order", (SolvedCase(case),), {})]))
    assert list(load(tmp_path / "cases.npz")["order"].cases[0].case.inputs) == ["z", "a"]


VALUES = [
    None,
    True,
    -3,
    0.1,
    float("inf"),
    "text",
    [1, (2.5, None)],
    {"a": torch.arange(3), "b": [torch.zeros(2, 0), torch.tensor(True)]},
    Model("vae", {"latent_dim": 2}, {"weight": torch.ones(2, 2)}),
    Function("markov_decoder", {"transition": torch.eye(3)}),
    Response((torch.ones(1),), {"x": None}, ("x",), "ValueError", ""),
    Foreign("numpy.ndarray"),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_values_survive_the_wire(value):
    header, arrays = pack(value)
    again = unpack(json.loads(json.dumps(header)), arrays)
    assert repr(again) == repr(value)


def test_a_shared_tensor_travels_once():
    x = torch.ones(3)
    assert len(pack([x, x])[1]) == 1


@pytest.mark.parametrize(
    "header",
    [
        {"tensor": 5},
        {"tensor": True},
        {"tensor": -1},
        {"float": "x" * 100},
        {"float": "1.0", "extra": 1},
        {"record": "Verdict", "fields": {}},
        {"record": "Response", "fields": {"outputs": []}},
        {"record": "Model", "fields": {"kind": "vae", "config": {"dict": {"a": "b"}}, "state": {"dict": {}}}},
        {"record": "Function", "fields": {"kind": "markov_decoder", "tensors": {"dict": {"transition": 1}}}},
        {"record": "Function", "fields": {"kind": 3, "tensors": {"dict": {}}}},
        {"object": "os.system"},
        1.5,
        2**70,
        [],
    ],
    ids=str,
)
def test_a_malformed_header_is_refused(header):
    with pytest.raises(ValueError):
        unpack(header, [np.zeros(1)])


def test_one_array_that_is_meant_many_times_counts_each_time():
    header, array = {"list": [{"tensor": 0}] * 10}, np.zeros(100)
    assert len(unpack(header, [array], at_most=8000)) == 10
    with pytest.raises(ValueError, match="more tensors"):
        unpack(header, [array], at_most=7999)


def test_deep_nesting_is_refused():
    header = None
    for _ in range(100):
        header = {"list": [header]}
    with pytest.raises(ValueError, match="deep"):
        unpack(header, [])


@pytest.mark.parametrize("law", ["", "stumbles"])
def test_an_answer_that_cannot_be_compared_fails_and_stops_nothing(monkeypatch, law):
    """10**400 is a Python number that no float holds; a law may stumble over anything."""
    monkeypatch.setitem(LAWS, "stumbles", lambda solved, response, examination: float(response.outputs[-1]))
    solved = SolvedCase(Case("one", {"x": 1.0}), Response((2.0,)))
    examined = Examination("double", (solved,), {}, law=law)
    for verdict in (examine(examined, lambda x: 10**400), judge(examined, [Response((10**400,))], reveal=False)):
        assert verdict.status == "failed"
        assert verdict.message.startswith("The answers could not be compared (OverflowError)")
