"""A simulated class is the same for the same seed, holds every kind of work, and knows what each deserves."""

import json

import nbformat
import pytest

from autograder.authoring.notebook import grade_id
from autograder.classroom.simulate import TRUTH, class_list, simulate
from autograder.classroom.simulated_student import pasted
from autograder.classroom.student_kinds import STUDENT_KINDS


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_class(toy_course, tmp_path):
    for out in ("one", "two", "other"):
        simulate(toy_course, "toy", 30, seed=int(out == "other"), out=tmp_path / out)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one") != files(tmp_path / "other")


def test_it_lies_in_nbgraders_layout_with_the_truth_beside_it(toy_course, tmp_path):
    truth = simulate(toy_course, "toy", 30, seed=0, out=tmp_path / "class")
    assert json.loads((tmp_path / "class" / TRUTH).read_text()) == truth
    assert {path.name for path in (tmp_path / "class").iterdir() if path.is_dir()} == set(truth)
    for student, deserved in truth.items():
        exists = (tmp_path / "class" / student / "toy" / "toy.ipynb").exists()
        assert exists is (deserved["kind"] != "no_notebook")


def test_a_class_of_thirty_holds_every_kind_and_every_known_mistake(toy_course, tmp_path, rubric):
    truth = simulate(toy_course, "toy", 30, seed=3, out=tmp_path / "class")
    assert {deserved["kind"] for deserved in truth.values()} == set(STUDENT_KINDS)
    made = {(name, mistake) for deserved in truth.values() for name, mistake in deserved["mistakes"].items()}
    assert made == {(e.name, mistake.id) for e in rubric.exercises for mistake in e.mistakes}


def test_ten_rounds_of_mistakes_fit_into_the_default_class(rubric):
    while len(rubric.exercises[0].mistakes) < 10:
        rubric.exercises[0].mistakes.append(rubric.exercises[0].mistakes[0])
    kinds = class_list(rubric, 36)
    assert kinds.count("known_mistakes") == 10
    assert set(kinds) == set(STUDENT_KINDS)


def test_points_follow_the_statuses(toy_course, tmp_path, rubric):
    truth = simulate(toy_course, "toy", 30, seed=0, out=tmp_path / "class")
    points = {exercise.name: exercise.points for exercise in rubric.exercises}
    by_kind = {deserved["kind"]: deserved for deserved in truth.values()}
    assert by_kind["right"]["points"] == by_kind["noisy"]["points"] == sum(points.values())
    assert by_kind["blank"]["points"] == by_kind["empty_file"]["points"] == by_kind["tampered"]["points"] == 0
    for deserved in truth.values():
        for name, status in deserved["statuses"].items():
            assert deserved["exercises"][name] == (points[name] if status == "passed" else 0)


@pytest.mark.parametrize("kind", STUDENT_KINDS)
def test_every_kind_hands_in_what_it_says(toy_course, tmp_path, kind):
    simulate(toy_course, "toy", 1, seed=0, out=tmp_path / "class", kinds=[kind])
    found = list((tmp_path / "class").glob("*/toy/toy.ipynb"))
    if kind == "no_notebook":
        assert found == []
    elif kind == "empty_file":
        assert found[0].read_bytes() == b""
    else:
        notebook = nbformat.reads(found[0].read_text(), as_version=4)
        assert notebook.cells
        assert not any("SOLUTION" in cell.source for cell in notebook.cells)


def test_pasted_code_stands_on_its_own_under_the_exercises_name(rubric):
    torch = pytest.importorskip("torch")
    space = {}
    exec(pasted(rubric.exercises[0].alternatives[0], "scale"), space)
    assert torch.equal(space["scale"](torch.ones(2, 3), 1.5), torch.full((2, 3), 1.5))
    assert "alternative" not in pasted(rubric.exercises[0].alternatives[0], "scale")


def test_a_right_notebook_keeps_its_check_cells(toy_course, tmp_path):
    simulate(toy_course, "toy", 1, seed=0, out=tmp_path / "class", kinds=["right"])
    notebook = nbformat.read(next((tmp_path / "class").glob("*/toy/toy.ipynb")), as_version=4)
    assert 'check("scale", scale)' in {cell.source for cell in notebook.cells if grade_id(cell) == "check_scale"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"students": 0}, "at least one student"),
        ({"kinds": ["genius"]}, "no kind of student genius; there are: right"),
    ],
)
def test_what_cannot_be_simulated_is_said(toy_course, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate(toy_course, "toy", **{"students": 2, "seed": 0, "out": tmp_path / "class", **arguments})


def test_a_folder_with_something_in_it_is_left_alone(toy_course, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ValueError, match="holds something already"):
        simulate(toy_course, "toy", 2, seed=0, out=tmp_path)
