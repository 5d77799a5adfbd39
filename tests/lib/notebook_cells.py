"""Cells of a problem set's source, run as the notebook runs them: for tests of what its prose says of them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SOLUTIONS = Path(__file__).parents[2] / "solutions"


def run_cells(name: str, holding: Sequence[str], names: dict[str, Any]) -> dict[str, Any]:
    """Run those code cells of a problem set that hold one of these texts, in the notebook's order.

    Args:
        name: of the set.
        holding: a text for each cell, which is in no other code cell.
        names: what is defined beforehand; what the cells define is added to it.
    Returns:
        names.
    Raises:
        ValueError: a text is in no cell, or in several.
    """
    parts = re.split(r"(?m)^# %%", (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8"))[1:]
    cells = [body for head, body in (part.split("\n", 1) for part in parts) if "[markdown]" not in head]
    for text in holding:
        if (found := sum(text in cell for cell in cells)) != 1:
            raise ValueError(f"{text!r} is in {found} code cells of {name}, not in one")
    for cell in cells:
        if any(text in cell for text in holding):
            exec(compile(cell, f"{name}.py", "exec"), names)
    return names
