"""What the families of attacks share: one course, and the sandboxes that this machine gives."""

from collections.abc import Iterator

import pytest

from autograder.grading.running import sandboxes
from tests.attacks.arena import Arena, opened


@pytest.fixture(scope="session")
def arena() -> Iterator[Arena]:
    """One course for all families; each batch begins with empty folders."""
    with opened() as arena:
        yield arena


@pytest.fixture(scope="session")
def landlock() -> str:
    """The sandbox of containers that forbid namespaces."""
    if reason := sandboxes.obstacle("landlock"):
        pytest.skip(f"no landlock here: {reason}")
    return "landlock"


@pytest.fixture(scope="session")
def strongest() -> str:
    """The strongest sandbox that this machine gives."""
    try:
        return sandboxes.choose()
    except sandboxes.NoSandbox as error:
        pytest.skip(str(error))
