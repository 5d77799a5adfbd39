"""What the warm process does once for all who hand in a notebook."""

import sys
from types import ModuleType

from autograder.grading.running.workers import Worker
from autograder.worker.limits import Limits
from autograder.worker.server import load_ahead
from latentkit.data import load_digits
from latentkit.data.remembering import made_once
from tests.autograder.common import printed


def test_of_what_a_notebook_imports_the_marked_loaders_are_called(monkeypatch):
    made_up, called = ModuleType("made_up"), []
    made_up.marked = made_once(lambda: called.append("marked"))
    made_up.other_marked = made_once(lambda: called.append("not imported"))
    made_up.unmarked = lambda: called.append("unmarked")
    monkeypatch.setitem(sys.modules, "made_up", made_up)
    load_ahead(["made_up", "made_up.marked", "made_up.unmarked", "made_up.nothing", "nowhere.marked", "math"])
    assert called == ["marked"]


def test_the_digits_are_marked_and_read_once(monkeypatch):
    caches = [value for value in vars(sys.modules[load_digits.__module__]).values() if hasattr(value, "cache_info")]
    for cache in caches:
        cache.cache_clear()
    load_ahead(["latentkit.data", "latentkit.data.load_digits"])
    read = [cache.cache_info().misses for cache in caches]
    assert sum(read) > 0
    load_digits()
    assert [cache.cache_info().misses for cache in caches] == read


def test_what_only_some_submissions_need_is_imported_before_their_children(warm):
    """Once a server has it, so have all children that it forks later."""
    source = "import sys\nprint([name in sys.modules for name in ('torch._dynamo', 'antigravity')])"
    found = []
    with Worker(warm) as worker:
        for imports in ([], ["torch._dynamo", "antigravity"], []):
            with worker.child(Limits(), imports=imports) as child:
                found.append(printed(child, source))
    assert found == ["[False, False]\n", "[True, False]\n", "[True, False]\n"]
