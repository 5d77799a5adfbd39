"""Short trainings by wake and sleep over λ_c, λ_z and the last temperature, recorded: what each came to.

`data_scripts/record_controlled_text.py` makes them; problem set 3 draws them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from latentkit.trained import FOLDER

RECORDED = FOLDER / "control_runs" / "runs.json"


@dataclass(frozen=True)
class ControlRun:
    """A training, and how well the attributes are obeyed after it, by the grammar's parser.

    Attributes:
        lambda_c, lambda_z: weights of the attribute and of the independence constraint.
        temperature: τ at the last step.
        steps: of wake and sleep.
        seed: of the training.
        sentiment, tense: share of drawn sentences, flipped ones among them, that say the class that was asked for.
        sentiment_kept, tense_kept: share of flips of the attribute that leave the rest as it was: `other_factors`.
        fluency: share of sentences that are sentences of the grammar.
        attribute_loss: L_c of both attributes in the last tenth of the steps, nats.
    """

    lambda_c: float
    lambda_z: float
    temperature: float
    steps: int
    seed: int
    sentiment: float
    tense: float
    sentiment_kept: float
    tense_kept: float
    fluency: float
    attribute_loss: float


def save_control_runs(runs: Sequence[ControlRun], path: Path = RECORDED) -> None:
    """Keep them, one line a run, shares to four digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{name: round(value, 4) for name, value in asdict(run).items()} for run in runs]
    path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")


def recorded_control_runs(path: Path = RECORDED) -> list[ControlRun]:
    """The trainings that come with the kit."""
    return [ControlRun(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
