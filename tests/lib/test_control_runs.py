"""The recorded trainings of problem set 3: what the notebook draws, and what it says of them."""

import ast
import re
from pathlib import Path

import pytest

from latentkit.training.control_runs import ControlRun, recorded_control_runs, save_control_runs

USUAL = {"lambda_c": 1.0, "lambda_z": 0.3, "temperature": 0.3}
SOURCE = Path(__file__).parents[2] / "solutions" / "ps3_controlled_text.py"


@pytest.fixture(scope="module")
def over():
    """The runs in which one setting is changed, by its name, in its order."""
    runs = recorded_control_runs()

    def chosen(changed: str) -> list[ControlRun]:
        same = [name for name in USUAL if name != changed]
        found = [run for run in runs if all(getattr(run, name) == USUAL[name] for name in same)]
        return sorted(found, key=lambda run: getattr(run, changed))

    return {name: chosen(name) for name in USUAL}


def kept(run: ControlRun) -> float:
    return (run.sentiment_kept + run.tense_kept) / 2


def test_they_come_back_as_they_were_saved(tmp_path):
    run = ControlRun(1.0, 0.3, 0.1, 300, 0, 0.5, 0.25, 0.125, 0.0, 1.0, 2.5)
    save_control_runs([run, run], tmp_path / "folder" / "runs.json")
    assert recorded_control_runs(tmp_path / "folder" / "runs.json") == [run, run]


def test_each_setting_is_tried_on_its_own(over):
    for name, runs in over.items():
        values = [getattr(run, name) for run in runs]
        assert len(values) >= 4 and values == sorted(set(values)) and USUAL[name] in values, name


def test_they_are_as_long_as_the_notebooks_own_training_and_set_like_it(over):
    (written,) = re.findall(
        r"^SETTINGS = (\{.*?\})$", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    settings = ast.literal_eval(written)
    recorder = (Path(__file__).parents[2] / "data_scripts" / "record_controlled_text.py").read_text(encoding="utf-8")
    (recorded,) = re.findall(r"^SETTINGS = (\{.*?\})$", recorder, flags=re.MULTILINE | re.DOTALL)
    own = {"lambda_c": USUAL["lambda_c"], "lambda_z": USUAL["lambda_z"], "temperature": (1.0, USUAL["temperature"])}
    assert settings == ast.literal_eval(recorded) | own
    assert {run.steps for runs in over.values() for run in runs} == {settings["steps"]}


def test_what_the_notebook_says_of_lambda_c_is_so(over):
    none, little, some, usual, much, most = over["lambda_c"]
    assert max(abs(run.sentiment - 0.5) for run in (none, little)) < 0.05, "below a threshold nothing happens"
    assert some.tense > some.sentiment + 0.05, "the tense passes it first"
    assert min(usual.sentiment, usual.tense) > 0.8
    assert abs(much.sentiment - usual.sentiment) < 0.1 and kept(much) < kept(usual), "the rest is given up for little"
    assert most.attribute_loss < 0.4 and most.fluency < 0.7, "D is pleased by what are no sentences"


def test_what_the_notebook_says_of_lambda_z_is_so(over):
    runs = over["lambda_z"]
    strong = [run for run in runs if run.lambda_z >= 1]
    for run in strong:
        assert max(run.sentiment, run.tense) < 0.6, "whoever must be found may not listen"
        assert kept(run) > kept(runs[0]), "and keeps more of what is not turned"


def test_what_the_notebook_says_of_the_last_temperature_is_so(over):
    coldest, *_, warm, hot = over["temperature"]
    assert coldest.sentiment < warm.sentiment - 0.1 and coldest.tense < warm.tense - 0.1
    assert min(hot.sentiment - warm.sentiment, hot.tense - warm.tense) > -0.05
