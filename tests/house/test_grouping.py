"""`make test` keeps together what shares a costly fixture, as tests/conftest.py asks."""

import pytest


def test_a_test_bears_the_name_of_its_group(request):
    if not request.config.getoption("loadgroup", False):
        pytest.skip("not one of several processes: make test")
    assert request.node.nodeid.endswith("@house/test_grouping.py")
