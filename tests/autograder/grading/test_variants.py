"""Which hidden cases a submission meets: by a keyed hash of problem set, student and file, and by nothing else."""

import json
import pickle
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from autograder.authoring.release import release
from autograder.grading import batch
from autograder.grading.judging import session, variants
from autograder.grading.judging.plan import prepare
from autograder.grading.judging.variants import Variants
from autograder.grading.recording import submissions
from autograder.grading.recording.journal import Journal
from autograder.grading.request import GradingRequest
from autograder.grading.running import sandboxes, warm_process
from autograder.worker.limits import Limits
from tests.autograder.common import answered, hand_in

SECRET, FILE = bytes(range(32)), "ab" * 32


def pool(secret=SECRET, name="toy", count=8, solve=lambda seed: {"seed": seed}):
    return Variants.of(secret, name, count, solve)


def test_one_student_s_file_meets_one_variant_always():
    assert [pool().number(f"student {n}", FILE) for n in range(50)] == [
        pool().number(f"student {n}", FILE) for n in range(50)
    ]


@pytest.mark.parametrize("other", ["student", "file", "problem set", "secret"])
def test_each_part_has_a_say(other):
    """Of 64 choices among 8, by chance 8 stay as they were; never all, nor nearly."""
    before = [pool().number(f"student {n}", FILE) for n in range(64)]
    after = {
        "student": [pool().number(f"student {n}.", FILE) for n in range(64)],
        "file": [pool().number(f"student {n}", "cd" * 32) for n in range(64)],
        "problem set": [pool(name="other").number(f"student {n}", FILE) for n in range(64)],
        "secret": [pool(secret=bytes(32)).number(f"student {n}", FILE) for n in range(64)],
    }[other]
    assert sum(map(int.__eq__, before, after)) < 32


def test_all_variants_are_met_about_as_often():
    met = Counter(pool().number(f"student {n}", FILE) for n in range(8000))
    assert len(met) == 8
    assert all(850 < times < 1150 for times in met.values())  # five standard deviations of 30


def test_student_and_file_are_not_run_together():
    choices = {pool(count=64).number(student, file) for student, file in (("ab", "cd"), ("abc", "d"), ("a", "bcd"))}
    assert len(choices) > 1


def test_names_that_no_encoding_has_are_hashed():
    assert 0 <= pool().number("bo \udcff", FILE) < 8


def test_seeds_differ_and_are_not_the_secret():
    seeds = {pool().variant(number).examinations["seed"] for number in range(8)}
    assert len(seeds) == 8 and SECRET not in seeds


def test_another_number_of_variants_leaves_their_cases_as_they_are():
    assert pool(count=3).variant(2) == pool(count=8).variant(2)


def test_threads_that_want_the_same_variant_solve_it_once_and_different_ones_one_at_a_time():
    solved, active, overlaps = [], [], []

    def solve(seed):
        active.append(seed)
        time.sleep(0.02)
        overlaps.append(len(active) > 1)
        active.remove(seed)
        solved.append(seed)
        return {"seed": seed}

    shared = pool(count=4, solve=solve)
    threads = [threading.Thread(target=shared.variant, args=(number % 4,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(solved) == len(set(solved)) == 4
    assert not any(overlaps)


def test_what_a_cluster_gets_agrees_and_holds_neither_secret_nor_seeds():
    here = pool(solve=lambda seed: {"cases of": seed[:4]})
    sent = pickle.dumps(here.whole())
    there = pickle.loads(sent)
    for number in range(20):
        assert there.met_by(f"student {number}", FILE) == here.met_by(f"student {number}", FILE)
    assert SECRET not in sent
    assert not any(variants.variant_seed(SECRET, number) in sent for number in range(8))


@pytest.fixture
def course(class_of_five, monkeypatch, warm):
    monkeypatch.setattr(sandboxes, "choose", lambda wanted: "none")
    monkeypatch.setattr(warm_process, "WarmProcess", lambda *_: warm)
    return class_of_five


@pytest.fixture
def asked(monkeypatch):
    """The first hidden input that each examined submission met, in order."""
    met, real = [], session.examine_submission

    def examine(worker, intake, examinations, limits):
        met.append((intake.student, examinations["total"].cases[0].case.inputs["x"].tolist()))
        return real(worker, intake, examinations, limits)

    monkeypatch.setattr(submissions, "examine_submission", examine)
    return met


def grade(course, **options):
    return batch.grade(GradingRequest(course, "toy", workers=1, progress=False, **options))


def records(course):
    return Journal(course.state_dir("toy") / "journal.jsonl").read()


def test_students_meet_different_cases_and_a_regrade_the_same(course, asked):
    work = release(course, "toy").solved
    for number in range(12):
        hand_in(course, f"student {number}", work)
    grade(course)
    first = dict(asked)
    assert len({repr(found) for found in first.values()}) > 2
    asked.clear()
    grade(course, regrade=True)
    assert dict(asked) == first
    asked.clear()
    grade(course, regrade=True, only=["student 7"], approve=lambda changes: False)
    assert asked == [("student 7", first["student 7"])]


def test_the_record_names_the_variant_and_nothing_that_a_student_sees_does(course):
    grade(course)
    plan, found = prepare(course, "toy"), records(course)
    assert found["ana"].variant == plan.variants.met_by("ana", found["ana"].sha256).name
    assert found["dee"].variant == "", "what could not be read has met no case"
    shown = json.dumps(grade(course).results.to_json())
    shown += "".join(path.read_text() for path in course.autograded.rglob("*.ipynb"))
    assert found["ana"].variant not in shown


def test_a_file_that_is_handed_in_again_may_meet_others_and_diff_says_so(course, asked):
    grade(course)
    before, work = records(course)["ana"], release(course, "toy").solved
    for attempt in range(40):
        hand_in(course, "ana", answered(work, total=f"def total(x):\n    return x * {attempt}"))
        seen = []
        grade(course, only=["ana"], approve=lambda changes, seen=seen: bool(seen.append(changes)))
        if seen[0].other_cases:
            break
    assert seen[0].other_cases == ("ana",)
    assert "on other hidden cases" in seen[0].to_text()
    hand_in(course, "ana", work)
    seen = []
    grade(course, only=["ana"], regrade=True, approve=lambda changes: bool(seen.append(changes)))
    assert seen[0].other_cases == () and records(course)["ana"] == before


@pytest.mark.parametrize("change", ["missing", "altered"])
def test_another_secret_is_told(course, capsys, change):
    grade(course)
    assert "secret" not in capsys.readouterr().err
    path = course.state / "hidden_seed"
    secret = path.read_bytes()
    path.unlink() if change == "missing" else path.write_bytes(bytes(32))
    grade(course)
    [line] = [line for line in capsys.readouterr().err.splitlines() if "secret" in line]
    assert "toy: 3 of the submissions" in line and ".autograder/hidden_seed" in line and "backup" in line
    grade(course)
    assert "secret" not in capsys.readouterr().err, "all are graded by the new one now"
    path.write_bytes(secret)
    grade(course)
    assert "secret" in capsys.readouterr().err


def test_the_number_of_variants_is_the_course_s(course):
    assert prepare(course, "toy").variants.count == 8
    (course.root / "autograder.toml").write_text("[hidden_cases]\nvariants = 3\n[limits]\nrestarts = 3\n")
    assert prepare(course, "toy").variants.count == 3


def test_another_number_of_variants_grades_again(course):
    before = prepare(course, "toy").fingerprint
    (course.root / "autograder.toml").write_text("[hidden_cases]\nvariants = 3\n")
    assert prepare(course, "toy").fingerprint != before


def test_a_rubric_that_fails_stops_the_batch_and_is_no_student_s_fault(course, rubric, monkeypatch):
    def fails(x, factor=2.0):
        raise ZeroDivisionError("the reference")

    rubric.exercises[0].reference = fails
    with pytest.raises(RuntimeError, match="the reference of scale fails"):
        grade(course, limits=replace(Limits(), restarts=1))
    assert records(course) == {}
