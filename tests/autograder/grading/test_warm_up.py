"""What the warm process does once for all who hand in a notebook."""

import sys
from types import ModuleType

import pytest

from autograder.worker.server import load_ahead
from latentkit.data import load_digits, load_documents, load_sentences
from latentkit.data.dialog import load_dialogs
from latentkit.data.remembering import made_once


def test_of_what_a_notebook_imports_the_marked_loaders_are_called(monkeypatch):
    made_up, called = ModuleType("made_up"), []
    made_up.marked = made_once(lambda: called.append("marked"))
    made_up.other_marked = made_once(lambda: called.append("not imported"))
    made_up.unmarked = lambda: called.append("unmarked")
    monkeypatch.setitem(sys.modules, "made_up", made_up)
    load_ahead(["made_up", "made_up.marked", "made_up.unmarked", "made_up.nothing", "nowhere.marked", "math"])
    assert called == ["marked"]


@pytest.mark.parametrize("loader", [load_digits, load_sentences, load_documents, load_dialogs])
def test_a_marked_loader_makes_its_data_once_and_needs_no_download(loader, monkeypatch, tmp_path):
    monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(tmp_path))
    assert loader.made_once is True
    caches = [value for value in vars(sys.modules[loader.__module__]).values() if hasattr(value, "cache_info")]
    for cache in caches:
        cache.cache_clear()
    loader()
    made = [cache.cache_info().misses for cache in caches]
    assert sum(made) > 0
    loader()
    assert [cache.cache_info().misses for cache in caches] == made
