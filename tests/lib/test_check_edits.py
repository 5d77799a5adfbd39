"""An exercise that edits its arguments in place: what it did to them is judged, and nothing else may change."""

import json

import pytest
import torch

from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Examination, Foreign, Response, SolvedCase
from latentkit.check.judging import judge
from latentkit.check.wire import pack, unpack


def add_tokens(docs, counts):
    """Add the documents' tokens to the counts."""
    for words in docs:
        for w in words:
            counts[w] += 1


def counts_each_word_once(docs, counts):
    for words in docs:
        counts[words] += 1


def returns_new_counts(docs, counts):
    return counts + torch.bincount(torch.cat(docs), minlength=len(counts))


def empties_the_documents(docs, counts):
    add_tokens(docs, counts)
    for words in docs:
        words.zero_()


@pytest.fixture
def case():
    docs = [torch.tensor([0, 2, 2]), torch.tensor([1])]
    return Case("two documents", {"docs": docs, "counts": torch.zeros(3, dtype=torch.long)}, edits=("counts",))


@pytest.fixture
def examination(case):
    mistakes = {f.__name__: respond(f, case) for f in (counts_each_word_once, returns_new_counts)}
    solved = SolvedCase(case, respond(add_tokens, case), mistakes)
    hints = {"counts_each_word_once": "An index adds once.", "returns_new_counts": "Nothing was edited."}
    return Examination("add_tokens", (solved,), hints)


def test_the_edit_comes_back_and_the_case_stays_as_it_was(case):
    response = respond(add_tokens, case)
    assert response.edited["counts"].tolist() == [1, 1, 2]
    assert response.mutated == ()
    assert case.inputs["counts"].tolist() == [0, 0, 0]


def test_the_next_call_goes_on_with_the_edited_argument(case):
    twice = Case(case.name, case.inputs, calls=2, edits=case.edits)
    assert respond(add_tokens, twice).edited["counts"].tolist() == [2, 2, 4]


def test_a_call_that_raises_leaves_no_edit(case):
    response = respond(lambda docs, counts: counts.add_(1).missing, case)
    assert response.error == "AttributeError"
    assert response.edited == {}


def test_an_edit_in_place_is_judged(examination):
    assert examine(examination, add_tokens).passed
    for mistake in (counts_each_word_once, returns_new_counts):
        assert examine(examination, mistake).mistake == mistake.__name__


def test_what_only_edits_may_return_what_it_likes(examination):
    assert examine(examination, lambda docs, counts: add_tokens(docs, counts) or counts).passed


def test_what_is_not_to_be_edited_is_still_guarded(examination):
    verdict = examine(examination, empties_the_documents)
    assert not verdict.passed
    assert "`docs`" in verdict.message


@pytest.mark.parametrize("junk", [3, None, "text", [torch.zeros(1)]], ids=str)
def test_a_list_whose_items_became_anything_is_a_changed_input(junk):
    def spoils(docs):
        docs[0] = junk
        return torch.zeros(1)

    case = Case("one document", {"docs": [torch.tensor([1])]})
    solved = SolvedCase(case, Response((torch.zeros(1),)))
    verdict = examine(Examination("spoils", (solved,), {}), spoils)
    assert verdict.status == "failed"
    assert "changed its input (`docs`)" in verdict.message


def test_an_edited_argument_that_became_something_else_is_refused(case):
    def spoils(z):
        z[0] = {1, 2}

    listed = Case("a list", {"z": [torch.tensor([1])]}, edits=("z",))
    response = respond(spoils, listed)
    assert response.edited == {"z": [Foreign("set")]}
    solved = SolvedCase(listed, Response((None,), edited={"z": [torch.tensor([2])]}))
    assert not judge(Examination("spoils", (solved,), {}), [response]).passed


def test_edits_survive_the_wire_and_older_records_have_none(case):
    for value in (case, Response((None,), edited={"z": [torch.arange(2)]})):
        header, arrays = pack(value)
        assert repr(unpack(json.loads(json.dumps(header)), arrays)) == repr(value)
    for value in (Case("plain", {"x": torch.ones(2)}, ("x",), torch.ones(2)), Response()):
        header, arrays = pack(value)
        assert not {"edits", "edited"} & set(header["fields"])
        assert repr(unpack(header, arrays)) == repr(value)


@pytest.mark.parametrize("edited", [{"list": []}, 3, None, {"tensor": 0}])
def test_what_is_no_mapping_of_edited_arguments_is_refused(edited):
    header, _ = pack(Response())
    header["fields"]["edited"] = edited
    with pytest.raises(ValueError, match="not a response"):
        unpack(header, [torch.ones(1).numpy()])
