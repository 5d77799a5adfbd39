"""`latentkit sample --table`: how a template machine tells a table, and what is refused."""

import json

import pytest
import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.commands.cli import main
from latentkit.commands.telling import read_table
from latentkit.data.table_grammar import FIELDS, facts, parse
from latentkit.data.text import Vocabulary
from latentkit.models import TemplateMachine

EVENT = "name=paper moon; kind=concert; host=anna, captain ortiz; day=friday; price=12"
TABLE = {"name": ("paper moon",), "kind": ("concert",), "host": ("anna", "captain ortiz")}


@pytest.fixture
def own_model(tmp_path):
    """A folder with a machine that has learned nothing, of tables with a mood and a time."""
    torch.manual_seed(0)
    vocabulary = Vocabulary(["<ent>", "glad", "soon", "be"])
    model = TemplateMachine(len(vocabulary), 2, 4, 8, 2, 3).eval()
    return str(save(tmp_path / "own", Checkpoint(model, vocabulary, {"corpus": "own", "fields": ["mood", "time"]})))


def said(capsys, *arguments):
    assert main(["sample", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_table_is_read_field_by_field():
    assert read_table(" Name = paper  moon;kind=concert ; host=anna , captain ortiz ;") == TABLE


def test_the_model_of_the_kit_says_every_fact_in_several_ways(capsys):
    found = said(capsys, "--table", EVENT, "--count", "40")
    sentences = [parse(row["text"].split()) for row in found["sentences"]]
    asked = facts({**TABLE, "day": ("friday",), "price": ("12",)})
    assert sum(sentence is not None and facts(sentence.table) == asked for sentence in sentences) >= 36
    assert len({sentence.template for sentence in sentences if sentence}) >= 6
    assert found["model"] == "vtm" and found["table"]["host"] == ["anna", "captain ortiz"]


def test_the_model_may_be_named_in_front_or_by_an_option_and_the_seed_repeats(capsys):
    options = ["--table", EVENT, "--count", "3", "--temperature", "0.7"]
    first, again = said(capsys, "vtm", *options), said(capsys, "--model", "vtm", *options)
    assert first == again != said(capsys, "--model", "vtm", *options, "--seed", "1")


def test_a_line_is_a_sentence(capsys):
    assert main(["sample", "--table", EVENT, "--count", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all("paper moon" in line for line in lines)


def test_a_machine_that_was_saved_without_its_fields_says_so(capsys, tmp_path):
    vocabulary = Vocabulary(["<ent>", "glad"])
    model = TemplateMachine(len(vocabulary), 2, 4, 8, 2, 3)
    folder = save(tmp_path / "own", Checkpoint(model, vocabulary, {"corpus": "own"}))
    assert main(["sample", str(folder), "--table", "mood=glad"]) == 2
    assert "without the names of its tables' fields" in capsys.readouterr().err


def test_a_machine_from_a_folder_tells_its_own_fields(capsys, own_model):
    assert len(said(capsys, own_model, "--table", "mood=glad; time=soon", "--count", "2")["sentences"]) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--table", "colour=red"], f"knows no field 'colour'; its fields are {', '.join(FIELDS)}"),
        (["--table", "name=paper moon; kind=concert; day=noday"], "day must be one of monday, tuesday"),
        (["--table", "kind=concert"], "every event has a name"),
        (["--table", "name"], "each part of a table reads field=value, or field=value, value; got 'name'"),
        (["--table", "name=; kind=concert"], "each part of a table reads field=value"),
        (["--table", "host=anna; host=hugo"], "the table has host twice"),
        (["--table", " ; "], "the table is empty; write one like this: --table"),
        (["sentence_vae", "--table", EVENT], "sentence_vae tells no tables; vtm does"),
        (["nosuch", "--table", EVENT], "no trained model 'nosuch'"),
        (["vtm"], "vtm tells tables; give it one: latentkit sample --model vtm --table"),
        (["--model", "vtm"], "vtm tells tables; give it one"),
        (["vtm", "--model", "sentence_vae"], "name one model, got vtm and sentence_vae"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(capsys, arguments, message):
    assert main(["sample", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == "" and message in told.err and len(told.err.splitlines()) == 1


def test_a_word_that_a_machine_has_never_seen_is_named(capsys, own_model):
    assert main(["sample", own_model, "--table", "mood=very glad; time=then"]) == 2
    assert "the model has never seen: very, then" in capsys.readouterr().err


def test_a_folder_that_holds_another_model_is_refused(capsys, tmp_path):
    assert main(["sample", str(tmp_path), "--table", EVENT]) == 2
    assert "is missing" in capsys.readouterr().err
