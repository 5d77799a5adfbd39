"""Family 7: attacks that a seed composes, where × what × when. `tests/attacks/red_team.py` runs any number of them."""

import ast
import subprocess
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from autograder.course import Course
from autograder.grading.judging.outcomes import Status
from autograder.grading.recording.record import ExerciseGrade, Grade, Results
from autograder.grading.running import sandboxes
from autograder.worker.repeatable import repeatable
from autograder.worker.sandbox import TIERS
from tests.attacks import red_team
from tests.attacks.arena import BREACH, Graded
from tests.attacks.composing.answers import ANSWERS
from tests.attacks.composing.attack import AT_REST, CARRIERS, POINTS, WHATS, compose
from tests.attacks.composing.moments import BY_INPUTS, FROM_OUTSIDE, MOMENTS, SECOND_RUN
from tests.attacks.duel import NAME
from tests.attacks.harm import Watch, by_attacker
from tests.attacks.red_team import COUNT, LIMITS, run

QUICK = (0, 10, 20, 59, 70, 79, 87, 109, 132, 152, 189, 213)
"""Of each kind some; none that runs until a limit ends it."""


def told(findings) -> str:
    return "\n".join(red_team.told(finding) for finding in findings if finding.harms)


@pytest.fixture(scope="module")
def quick(arena, strongest):
    return list(run(arena, [compose(seed) for seed in QUICK], strongest))


def test_a_dozen_composed_attacks_do_no_harm(quick):
    assert [finding.attack.seed for finding in quick] == list(QUICK)
    assert not told(quick), told(quick)


def test_what_their_functions_deserve_is_known(quick):
    """The bound is no empty one: some are right and get their points, others are wrong and get none."""
    assert {finding.points == finding.attack.most for finding in quick if finding.attack.when == "at rest"} == {True}
    assert any(finding.points for finding in quick) and any(not finding.attack.most for finding in quick)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("tier", [tier.name for tier in TIERS if tier.confines])
def test_composed_attacks_do_no_harm(arena, tier):
    if obstacle := sandboxes.obstacle(tier):
        pytest.skip(f"no {tier} here: {obstacle}")
    findings = list(run(arena, [compose(seed) for seed in range(COUNT)], tier))
    assert len(findings) == COUNT
    assert not told(findings), told(findings)


def test_where_nothing_stands_against_it_harm_is_found(arena):
    """It is told with the attack's seed and a command that runs it again."""
    [finding] = run(arena, [compose(3, "reads the course", "in an own cell below", "every time")], "none")
    assert "it got through" in told([finding]) and "--only 3" in told([finding])


def test_each_harm_is_seen():
    """Given a grade that is better than deserved, secrets and hidden numbers that came out, a page that is alive."""
    attack = compose(3, "a view", "in the function", "every time")
    grades = {name: ExerciseGrade(points, points, Status.PASSED, None, "") for name, points in POINTS.items()}
    results = Results(NAME, {attack.student: Grade(grades, {})})
    graded = Graded(Course(Path()), results, frozenset({"1.23457"}), ("a secret",), {attack.student: '{"cells": []}'})
    assert not by_attacker(replace(attack, right=dict.fromkeys(POINTS, True)), graded, "<p>1.23458</p>")
    wrong = replace(attack, right=dict.fromkeys(POINTS, False))
    assert by_attacker(wrong, graded, "<script>a secret</script> 21.234571") == [
        "a wrong kl_to_standard_normal earned 3 points",
        "a wrong elbo earned 4 points",
        "7 points, 0 deserved",
        "a secret stands in its page: a secret",
        "a hidden input stands in its page: 1.23457",
        "its page has a live script",
    ]


def test_a_number_that_gvisor_uses_nowhere_is_a_breach_in_the_other_tiers_alone():
    attack = replace(compose(3), right=dict.fromkeys(POINTS, True))
    grades = {name: ExerciseGrade(points, points, Status.PASSED, None, "") for name, points in POINTS.items()}
    with open("/proc/self/oom_score_adj", "w") as opened:
        seen = repr(("open", opened))

    def harms(sandbox, *breaches):
        text = "".join(f"{BREACH} {breach}\n" for breach in breaches)
        output = nbformat.v4.new_output("stream", name="stdout", text=text)
        cells = [nbformat.v4.new_code_cell("attempt(open)", outputs=[output])]
        notebook = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
        results = Results(NAME, {attack.student: Grade(grades, {}, sandbox=sandbox)})
        return by_attacker(attack, Graded(Course(Path()), results, frozenset(), (), {attack.student: notebook}), "")

    assert harms("gvisor", seen) == []
    for sandbox, breaches in (("namespaces", [seen]), ("gvisor", [seen, "('setrlimit', None)"])):
        [harm] = harms(sandbox, *breaches)
        assert harm.startswith(f"it got through: {BREACH} {breaches[-1]}")


def test_points_that_a_file_costs_are_seen():
    attack = replace(compose(165), right=dict.fromkeys(POINTS, True))
    grades = {name: ExerciseGrade(0, points, Status.FAILED, None, "Wrong.") for name, points in POINTS.items()}
    results = Results(NAME, {attack.student: Grade(grades, {})})
    graded = Graded(Course(Path()), results, frozenset(), (), {attack.student: '{"cells": []}'})
    [harm] = by_attacker(attack, graded, "")
    assert harm.startswith("0 points, 7 deserved")


def test_a_process_that_survives_is_seen():
    watch = Watch()
    left = subprocess.Popen(["sleep", "60"])
    try:
        [harm] = watch.harms(1, LIMITS, patience=0)
        assert f"process {left.pid} survives: sleep 60" in harm
    finally:
        left.kill()
        left.wait()


def test_each_part_is_drawn():
    attacks = [compose(seed) for seed in range(COUNT)]
    assert len({name for _, name in WHATS}) == len(WHATS)
    assert {attack.where for attack in attacks} == {*CARRIERS, *AT_REST}
    assert {attack.when for attack in attacks} == {*MOMENTS, *SECOND_RUN, *FROM_OUTSIDE, *BY_INPUTS, "at rest"}
    assert {attack.what.split(", ")[0] for attack in attacks} >= {name.split(", ")[0] for _, name in WHATS}


def test_a_seed_is_an_attack():
    for seed in range(COUNT):
        assert compose(seed) == compose(seed)


def test_attacks_are_programs(arena):
    """A typing mistake in an attack would make it look harmless."""
    for seed in range(3 * len(WHATS)):
        attack = compose(seed)
        for code in (*attack.sources.values(), *attack.own):
            compile(arena.filled(code), f"seed {seed}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_attacks_that_return_something_are_examined_in_the_process_that_showed_them():
    """So both ways to hold the exam are attacked: the prelude of all others asks for a fresh process."""
    for what in ANSWERS:
        attack = compose(0, what)
        assert repeatable([*attack.sources.values(), *filter(None, attack.own)]), attack.where


def test_parts_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="in an archive"):
        compose(0, "reads the course", where="in an archive")


def test_the_command_writes_a_line_for_each(capsys):
    assert red_team.main(["--only", "12", "--show"]) == 0
    assert "seed 12" in capsys.readouterr().out
