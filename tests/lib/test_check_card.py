"""What a card says of a failure: the student's own line, the entries that differ most, and what can be tried."""

import dataclasses
import signal
import textwrap
import threading
import time
from html import escape

import pytest
import torch

from latentkit.check import CheckFailed, check, examine, last_failure, standing
from latentkit.check import time_limit as time_limit_module
from latentkit.check.calling import respond
from latentkit.check.card import as_html, as_text, try_again
from latentkit.check.cases import Case, Examination, Function, Response, SolvedCase
from latentkit.check.differences import table_of_differences, two_texts
from latentkit.check.judging import judge
from latentkit.check.store import to_bytes
from latentkit.check.time_limit import OutOfTime, time_limit
from latentkit.check.trying import try_out


def examination_of(expected, inputs, name="double", **options) -> Examination:
    case = Case("some numbers", inputs)
    return Examination(name, (SolvedCase(case, Response((expected,))),), {}, **options)


@pytest.fixture
def examination():
    x = torch.arange(6.0).reshape(2, 3)
    return examination_of(2 * x, {"x": x})


@pytest.fixture
def folder(examination, tmp_path, monkeypatch):
    others = [dataclasses.replace(examination, exercise=name) for name in ("triple", "halve")]
    (tmp_path / "cases.npz").write_bytes(to_bytes([examination, *others]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(standing, "_passed", {})
    return tmp_path


def helper(x):
    return x @ x


def calls_a_helper(x):
    return helper(x)


class TestWhereItRaised:
    def test_the_students_own_lines_are_shown_and_none_of_a_library(self, examination):
        facts = dict(examine(examination, calls_a_helper).facts)
        first, second = facts["your lines"].splitlines()
        assert first.startswith("test_check_card.py, line ") and first.endswith(": return helper(x)")
        assert second.endswith(": return x @ x")
        assert facts["error"] == "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"

    def test_lines_inside_torch_are_left_out(self, examination):
        def divides(x):
            return torch.nn.functional.cross_entropy(x, torch.tensor([5, 1]))

        facts = dict(examine(examination, divides).facts)
        assert facts["your line"].endswith("return torch.nn.functional.cross_entropy(x, torch.tensor([5, 1]))")

    def test_a_module_beside_the_notebook_is_the_students(self, examination, tmp_path, monkeypatch):
        (tmp_path / "beside.py").write_text("def of_mine(x):\n    return x + 'a'\n")
        monkeypatch.syspath_prepend(tmp_path)
        from beside import of_mine

        facts = dict(examine(examination, of_mine).facts)
        assert facts["your line"] == "beside.py, line 2: return x + 'a'"

    def test_the_message_is_whole(self, examination):
        def raises(x):
            raise ValueError("first line\n" + "x" * 400 + "\nlast line")

        text = dict(examine(examination, raises).facts)["error"]
        assert text.startswith("ValueError: first line\n") and text.endswith("\nlast line")

    def test_a_recursion_is_cut_in_its_middle(self, examination):
        def endless(x):
            return endless(x)

        lines = dict(examine(examination, endless).facts)["your lines"].splitlines()
        assert len(lines) == 5 and "more" in lines[2]

    def test_nothing_of_it_is_told_of_a_hidden_case(self, examination):
        response = respond(calls_a_helper, examination.cases[0].case, reveal=False)
        assert (response.detail, response.lines) == ("", "")
        verdict = judge(examination, [response], reveal=False)
        assert (verdict.facts, verdict.case) == ((), None)


class TestPrinted:
    def test_prints_are_folded(self, examination):
        def talks(x):
            print("shape", tuple(x.shape))
            return x

        outcome = try_out(examination, talks, 60)
        assert outcome.printed == "shape (2, 3)", "what diagnosing asks besides is not kept"
        html = as_html(outcome, examination)
        assert "<summary>Printed during the check: 1 line</summary>" in html
        assert "printed:\n    shape (2, 3)" in as_text(outcome, examination)

    def test_many_prints_are_cut(self, examination):
        outcome = try_out(examination, lambda x: print("y" * 10**6) or 2 * x, 60)
        assert outcome.verdict.passed and len(outcome.printed) < 5000

    def test_nothing_printed_makes_no_fold(self, examination):
        assert "<details" not in as_html(try_out(examination, lambda x: x, 60), examination)


class TestDifferences:
    def test_the_entries_that_differ_most_come_first_with_their_places(self, examination):
        verdict = examine(examination, lambda x: torch.where(x == 4, 7.0, torch.where(x == 1, 2.5, 2 * x)))
        assert dict(verdict.facts)["wrong"] == textwrap.dedent("""\
            2 of 6 entries:
            place   expected  actual  difference
            [1, 1]         8       7          -1
            [0, 1]         2     2.5        +0.5""")

    def test_two_numbers_that_differ_look_different(self):
        assert two_texts(1.0000001, 1.0000002) == ("1.0000001", "1.0000002")
        assert two_texts(2.0, 3.0) == ("2", "3")

    def test_numbers_that_agree_in_six_digits(self):
        x = torch.tensor([1000.0, 1.0], dtype=torch.float64)
        verdict = examine(examination_of(x, {"x": x}), lambda x: x + 0.002)
        _, _, first, second = dict(verdict.facts)["wrong"].splitlines()
        assert first.split()[1:] == ["1000", "1000.002", "+0.002"] or second.split()[1:] == [
            "1000",
            "1000.002",
            "+0.002",
        ]

    def test_a_number_tells_its_difference(self):
        facts = dict(examine(examination_of(2.5, {"x": 1.0}), lambda x: 2.0).facts)
        assert (facts["expected"], facts["actual"], facts["difference"]) == ("2.5", "2", "-0.5")

    def test_the_place_in_one_of_two_things(self):
        pair = (torch.zeros(2), torch.zeros(2, 2))
        wrong = (torch.zeros(2), torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        table = table_of_differences(wrong, pair, lambda tensor: 1e-4)
        assert table.splitlines()[0] == "1 of 6 entries:"
        assert table.splitlines()[2].startswith("[1][1, 0]")

    @pytest.mark.parametrize(("actual", "shown"), [(float("nan"), "nan"), (float("inf"), "inf")])
    def test_what_is_not_finite_comes_first(self, actual, shown):
        table = table_of_differences(torch.tensor([9.0, actual]), torch.zeros(2), lambda tensor: 1e-4)
        assert table.splitlines()[2].split() == ["[1]", "0", shown, "–"]

    def test_whole_numbers(self):
        table = table_of_differences(torch.tensor([1, 5]), torch.tensor([1, 2]), lambda tensor: 0.0)
        assert table.splitlines()[2].split() == ["[1]", "2", "5", "+3"]


class TestLastFailure:
    def test_the_failing_input_can_be_tried_again(self, folder, examination):
        with pytest.raises(CheckFailed):
            check("double", lambda x: x)
        failure = last_failure()
        (x,) = failure.arguments
        assert torch.equal(2 * x, failure.expected) and torch.equal(failure.actual, x)
        x.zero_()
        assert failure.arguments[0].any(), "an edit in place spoils no later try"
        assert "double(*last_failure().arguments)" in repr(failure)

    def test_the_card_shows_the_lines_that_run_as_they_stand(self, folder, examination):
        def double(x):
            return x

        with pytest.raises(CheckFailed):
            check("double", double)
        outcome = try_out(examination, double, 60)
        lines = try_again(outcome)
        assert escape(lines) in as_html(outcome, examination)
        *statements, last = lines.splitlines()
        names = {"double": double}
        exec("\n".join(statements), names)
        actual, expected = eval(last, names)
        assert torch.equal(2 * actual, expected)
        assert "last_failure" not in as_html(try_out(examination, lambda x: 2 * x, 60), examination)

    def test_a_function_among_the_arguments_can_be_called(self):
        tensors = {"transition": torch.eye(3), "projection": torch.ones(2, 3), "position": torch.zeros(1, 3)}
        step = Function("markov_decoder", tensors)
        failed = try_out(examination_of(1, {"step_fn": step}), lambda step_fn: 0, 60).failure
        assert failed.arguments[0](torch.zeros(1, 1, dtype=torch.long), torch.zeros(1, 2)).shape == (1, 3)

    def test_what_raised_has_no_answer(self, examination):
        failure = try_out(examination, calls_a_helper, 60).failure
        assert failure.actual is None and "it raised RuntimeError" in repr(failure)

    def test_before_any_failure(self, monkeypatch):
        monkeypatch.setattr("latentkit.check.failure._last", None)
        with pytest.raises(LookupError, match="run a check first"):
            last_failure()


def endless(x):
    while True:
        x = x + 1


def endless_that_catches(x):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            x = x + 1


class TestTimeLimit:
    @pytest.mark.parametrize("function", [endless, endless_that_catches, lambda x: time.sleep(60)])
    def test_an_endless_loop_ends_by_itself(self, examination, function):
        before = signal.getsignal(signal.SIGALRM)
        started = time.monotonic()
        outcome = try_out(examination, function, 0.3, longer='check("double", double, limit=1.5)')
        assert time.monotonic() - started < 20
        assert outcome.verdict.status == "stopped" and "did not answer within 0.3 s" in outcome.verdict.message
        assert 'check("double", double, limit=1.5)' in outcome.verdict.message
        assert "test_check_card.py, line" in dict(outcome.verdict.facts)["it was at"]
        assert signal.getsignal(signal.SIGALRM) is before

    def test_a_bare_except_is_stopped_the_second_time(self, examination):
        def stubborn(x, caught=[]):  # noqa: B006
            while len(caught) < 2:
                try:
                    time.sleep(30)
                except:  # noqa: E722
                    caught.append(1)
            time.sleep(30)

        assert try_out(examination, stubborn, 0.2).verdict.status == "stopped"

    def test_what_computes_is_asked_about_its_loops_and_what_sleeps_is_not(self, examination):
        assert "can every loop in it end?" in try_out(examination, endless, 0.3).verdict.message
        message = try_out(examination, lambda x: time.sleep(60), 0.3).verdict.message
        assert "it slept, or waited" in message and "loop" not in message

    def test_time_in_which_others_hold_the_processor_does_not_count(self, examination, monkeypatch):
        """As on a machine with ten programs for each processor."""
        monkeypatch.setattr(time_limit_module, "_waited", lambda: 0.9 * time.monotonic())

        def slow_for_the_clock(x):
            time.sleep(0.6)
            return 2 * x

        assert try_out(examination, slow_for_the_clock, 0.3).verdict.passed

    def test_a_stalled_machine_ends_it_at_last_and_is_not_told_as_a_loop(self, examination, monkeypatch):
        monkeypatch.setattr(time_limit_module, "_waited", lambda: 0.99 * time.monotonic())
        message = try_out(examination, lambda x: time.sleep(60), 0.1).verdict.message
        assert "other programs held the processor" in message and "loop" not in message

    def test_where_the_system_tells_nothing_of_waiting_computing_counts(self, examination, monkeypatch):
        monkeypatch.setattr(time_limit_module, "_waited", lambda: None)
        assert try_out(examination, endless, 0.3).verdict.status == "stopped"
        message = try_out(examination, lambda x: time.sleep(60), 0.1).verdict.message
        assert "it slept, or other programs held the processor" in message

    def test_a_timer_that_was_set_before_goes_on(self):
        fired = []
        before = signal.signal(signal.SIGALRM, lambda *_: fired.append(1))
        outer = signal.setitimer(signal.ITIMER_REAL, 0.5)
        try:
            with time_limit(60):
                pass
            left, _ = signal.getitimer(signal.ITIMER_REAL)
            assert 0 < left <= 0.5
            time.sleep(0.7)
            assert fired == [1]
        finally:
            signal.signal(signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, *outer)

    def test_a_thread_has_no_limit_and_no_trouble(self):
        seen = []

        def work():
            with time_limit(0.05):
                time.sleep(0.2)
            seen.append("through")

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert seen == ["through"]

    def test_it_is_no_exception_that_a_student_catches(self):
        assert not issubclass(OutOfTime, Exception)


class TestStanding:
    def test_it_counts_what_passed_last(self, folder, capsys):
        check("double", lambda x: 2 * x)
        assert "■□□ 1 of 3 done" in capsys.readouterr().out
        check("halve", lambda x: 2 * x)
        assert "■□■ 2 of 3 done" in capsys.readouterr().out
        with pytest.raises(CheckFailed):
            check("double", lambda x: x)
        check("triple", lambda x: 2 * x)
        assert "□■■ 2 of 3 done" in capsys.readouterr().out
