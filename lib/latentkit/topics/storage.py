"""Estimators on disk: arrays as safetensors, everything else as JSON beside them; no pickle."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from sklearn.base import BaseEstimator

WEIGHTS, FACTS = "weights.safetensors", "model.json"


def save(folder: Path | str, model: BaseEstimator) -> Path:
    """Write a fitted model into a folder, which is made where it is missing. See `TopicModel.save`."""
    folder = Path(folder)
    fitted = {name: value for name, value in vars(model).items() if name.endswith("_")}
    arrays = {name: value for name, value in fitted.items() if _is_numeric(value)}
    facts = {name: _plain(value) for name, value in fitted.items() if name not in arrays}
    parameters = {name: value for name, value in model.get_params().items() if not _is_numeric(value)}
    arrays |= {f"parameter.{name}": value for name, value in model.get_params().items() if _is_numeric(value)}
    if isinstance(parameters.get("random_state"), np.random.RandomState):
        parameters["random_state"] = None  # a generator that has moved on cannot be repeated
    content = {
        "kind": type(model).__name__,
        "parameters": {k: _plain(v) for k, v in parameters.items()},
        "fitted": facts,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, folder / WEIGHTS)
    (folder / FACTS).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path | str, kinds: Iterable[type[BaseEstimator]]) -> BaseEstimator:
    """Read a topic model that was saved.

    Args:
        folder: where.
        kinds: the classes that it may be of.
    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file holds something else.
    """
    folder = Path(folder)
    for name in (WEIGHTS, FACTS):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"{folder / name} is missing; save a model there first: model.save({str(folder)!r})"
            )
    try:
        content = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        arrays = load_file(folder / WEIGHTS)
        parameters = content["parameters"] | {
            name.removeprefix("parameter."): value for name, value in arrays.items() if name.startswith("parameter.")
        }
        kind = {kind.__name__: kind for kind in kinds}[content["kind"]]
        model = kind(**parameters)
        fitted = content["fitted"] | {
            name: value for name, value in arrays.items() if not name.startswith("parameter.")
        }
        if "feature_names_in_" in fitted:
            fitted["feature_names_in_"] = np.array(fitted["feature_names_in_"], dtype=object)
        if fitted["components_"].shape != (len(fitted["alpha_"]), fitted["n_features_in_"]):
            raise ValueError(f"topics of shape {fitted['components_'].shape}")
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise ValueError(f"{folder} is no topic model of this package: {error}") from None
    vars(model).update(fitted)
    return model


def _is_numeric(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiu"


def _plain(value):
    """As JSON can hold it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (str, int, float, bool, list, tuple, type(None))):
        return value
    return str(value)  # a dtype or a torch device
