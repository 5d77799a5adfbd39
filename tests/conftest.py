"""How the tests share a machine: one thread each, those that share something costly in one process, a GPU if any.

`make test` runs them in several processes (pytest-xdist, --dist loadgroup): a group stays together, in its order.
pytest 9.2 has node ids that pytest-xdist 3.8 cannot mark, so that groups fall apart without a word; hence pytest < 9.2.
"""

import os
from pathlib import Path

import pytest

from autograder.worker.sandbox import TIERS

HERE = Path(__file__).parent
SHARING = ("attacks", "browser")
"""Folders whose tests share a course or a browser."""

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: many threads on few cores burn CPU


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") is not None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")


@pytest.fixture(scope="session", params=[tier.name for tier in TIERS if tier.confines and not tier.on_request])
def tier(request) -> str:
    """Each sandbox that this machine gives."""
    from autograder.grading.running import sandboxes

    if obstacle := sandboxes.obstacle(request.param):
        pytest.skip(f"no {request.param} here: {obstacle}")
    return request.param


def group(item: pytest.Item) -> str:
    """The tests of a file belong together; those of the rubrics, which share nothing, exercise by exercise."""
    path = item.path.relative_to(HERE)
    if path.parts[0] in SHARING:
        return path.parts[0]
    if path.name == "test_rubrics.py" and hasattr(item, "callspec"):
        return str(item.callspec.params.get("name", path))
    return str(path)
