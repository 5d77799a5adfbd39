"""What the plain figures say to a reader who cannot see them: the numbers that they show, and nothing else."""

import ast
import math
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from latentkit.explore import alt_text, pictures

SOURCES = sorted((Path(__file__).parents[2] / "solutions").glob("ps*.py"))


@pytest.fixture
def alts(monkeypatch):
    """The alt texts of what is shown meanwhile."""
    shown = []
    monkeypatch.setattr(pictures, "show", lambda figure, alt, caption="": shown.append(alt))
    return shown


def test_curves_tell_their_values_and_where_they_are_not_finite(alts):
    x = torch.linspace(0, 4, 5)
    curves = {"yours": x**2, "naive": torch.tensor([0.0, 1.0, 4.0, math.nan, math.inf])}
    pictures.show_curves(x, curves, level=("truth", 3.0), xlabel="logit", ylabel="nats", title="squares")
    assert alts == [
        "squares. 2 curves, nats over logit. "
        "yours: 0 at 0, 1 at 1, 4 at 2, 9 at 3, 16 at 4; lowest 0 at 0, highest 16 at 4. "
        "naive: 0 at 0, 1 at 1, 4 at 2; lowest 0 at 0, highest 4 at 2; "
        "not finite at 2 of 5 places, the first at 3. Horizontal line, truth: 3."
    ]


def test_a_curve_without_a_finite_value_says_so():
    assert alt_text.of_curve("yours", [1, 2], [math.nan, math.inf]) == "yours: no finite value."


def test_a_level_curve_is_told_once_and_a_negative_zero_is_a_zero():
    assert alt_text.of_curve("log p(x)", [1, 2], [-0.0, 0.0]) == "log p(x): 0 everywhere."


def test_panels_of_a_training(alts):
    pictures.show_training([0, 100], {"KL": {"plain": [3.0, 0.5]}, "ELBO": {"plain": [-40.0, -30.0]}})
    assert alts[0].startswith("2 panels over the gradient step. KL: plain: 3 at 0, 0.5 at 100;")


def test_clouds_tell_centre_width_and_tilt(alts):
    points = torch.randn(4000, 2) * torch.tensor([3.0, 1.0]) + torch.tensor([1.0, -1.0])
    pictures.show_clouds({"yours": points})
    at, spread = points.mean(0), points.std(0)
    assert f"about ({at[0]:.2f}, {at[1]:.2f}), standard deviations {spread[0]:.2f} and {spread[1]:.2f}" in alts[0]


def test_histograms_tell_mean_and_spread(alts):
    pictures.show_histograms({"pathwise": torch.tensor([1.0, 3.0, 1.0, 3.0])}, level=("truth: 2", 2.0), reach=4)
    assert "about truth: 2. pathwise: mean 2, standard deviation 1.15, the middle half between 1 and 3." in alts[0]


def test_images_that_are_alike_are_told_from_those_that_differ(alts):
    different = torch.eye(4)
    pictures.show_images({"alike": torch.full((4, 4), 0.5), "different": different})
    assert "alike: 4 images, mean brightness 0.50, 100% of the pixels grey" in alts[0]
    apart = [float(number) for number in re.findall(r"average image ([\d.]+)\.", alts[0])]
    assert apart == [0.0, pytest.approx(0.375, abs=0.006)]


def test_the_latent_space_tells_where_each_digit_lies(alts):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.decode = nn.Linear(2, 16)

    codes = torch.tensor([[0.0, 0.0], [0.2, 0.0], [5.0, 1.0], [5.0, 1.2]])
    pictures.show_latent_space(Decoder(), codes, torch.tensor([3, 3, 7, 7]))
    assert "3 about (0.1, 0.0)" in alts[0] and "7 about (5.0, 1.1)" in alts[0]
    assert "50% of them within |z| = 2, the farthest at 5.1" in alts[0]


def visible_code(source: str) -> list[str]:
    """The code cells that a student sees as they are; magics are left out."""
    cells = re.split(r"(?m)^# %%", source)[1:]
    code = [cell.split("\n", 1) for cell in cells if "[markdown]" not in cell.split("\n", 1)[0]]
    return [body for head, body in code if '"solution": true' not in head]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_cell_tells_in_words_what_its_figure_will_show(path):
    told = []
    for cell in visible_code(path.read_text()):
        for call in (node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            told += [ast.unparse(word.value) for word in call.keywords if word.arg == "alt"]
            if name == "show":
                told += [ast.unparse(words) for words in call.args[1:] if isinstance(words, ast.Constant)]
    assert told == [], "alt texts come from the library, or from the data"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_cell_that_needs_a_students_function_is_left_out_where_it_does_not_run(path):
    source = path.read_text()
    exercises = set(re.findall(r'"grade_id": "(\w+)", "locked": false', source))
    bare = []
    for cell in visible_code(source):
        if "check(" in cell:
            continue
        tree = ast.parse(cell)
        inside = set()
        for block in ast.walk(tree):
            if isinstance(block, ast.With) and ast.unparse(block.items[0]).startswith("showing("):
                named = {word.value for word in block.items[0].context_expr.args}
                used = {n.id for n in ast.walk(block) if isinstance(n, ast.Name)} & exercises
                assert used <= named, f"{used - named} is not named"
                inside |= {id(node) for node in ast.walk(block)}
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        bare += [
            n.id
            for n in ast.walk(tree)
            if isinstance(n, ast.Name) and n.id in exercises - stored and id(n) not in inside
        ]
    assert bare == []
