"""`latentkit sample`, `reconstruct` and `interpolate`: what a trained model says, and what is refused."""

import json

import pytest
import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.commands.cli import main
from latentkit.data.text import Vocabulary, tokenize
from latentkit.decoding import greedy
from latentkit.models import SentenceVAE
from latentkit.trained import load_trained

SENTENCES = ("my sister did not enjoy the film yesterday .", "the old teachers will praise the garden .")


@pytest.fixture
def own_model(tmp_path):
    """A folder as `latentkit train` writes it."""
    torch.manual_seed(0)
    vocabulary = Vocabulary(["she", "sang", "."])
    model = SentenceVAE(len(vocabulary), 4, 8, 2, network="gru").eval()
    return str(save(tmp_path / "own", Checkpoint(model, vocabulary, {})))


def said(capsys, *arguments):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["sentences"]


@torch.no_grad()
def test_the_ends_of_an_interpolation_are_the_reconstructions(capsys):
    checkpoint = load_trained("sentence_vae")
    between = said(capsys, "interpolate", *SENTENCES, "--points", "5")
    again = said(capsys, "reconstruct", *SENTENCES)
    assert [row["share"] for row in between] == [0, 0.25, 0.5, 0.75, 1]
    assert [between[0]["text"], between[-1]["text"]] == [row["text"] for row in again]
    for row in again:
        mu, _ = checkpoint.model.encode(
            torch.tensor([[1, *checkpoint.vocabulary.encode(tokenize(row["sentence"])), 2]])
        )
        assert row["text"] == checkpoint.vocabulary.decode(greedy(checkpoint.model.step, mu)[0])


def test_a_stretch_that_says_the_same_is_one_line(capsys):
    assert main(["interpolate", SENTENCES[0], SENTENCES[0], "--points", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and lines[0].startswith("0.00 to 1.00  ")


def test_samples_are_repeated_by_their_seed_and_differ_by_another(capsys):
    first, again, other = (said(capsys, "sample", "--count", "4", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again != other and len(first) == 4
    drawn = said(capsys, "sample", "--count", "4", "--seed", "1", "--temperature", "1.5")
    assert drawn != first


def test_a_folder_that_was_trained_speaks(capsys, own_model):
    assert len(said(capsys, "sample", own_model, "--count", "3")) == 3
    row = said(capsys, "reconstruct", "she sang loudly .", "--model", own_model)[0]
    assert row["unknown"] == ["loudly"]
    assert main(["reconstruct", "she sang loudly .", "--model", own_model]) == 0
    assert "the model has never seen: loudly" in capsys.readouterr().err


def test_sentences_come_from_a_file_in_any_unicode_encoding(capsys, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_bytes("\ufeffshe didn’t sing .\n\n  he sang .  \n".encode("utf-16-le"))
    rows = said(capsys, "reconstruct", "--file", str(file))
    assert [row["sentence"] for row in rows] == ["she didn’t sing .", "he sang ."]
    assert rows[0]["unknown"] == load_unknown("she did n't sing .")


def load_unknown(text):
    vocabulary = load_trained("sentence_vae").vocabulary
    return [word for word in text.split() if word not in vocabulary.words]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["sample", "nosuch"], "there is no model 'nosuch': name a folder"),
        (["sample", "mixture_vae"], "mixture_vae is no sentence VAE; those that come with the kit: sentence_vae"),
        (["reconstruct"], "there is no sentence; give some"),
        (["reconstruct", " "], "a sentence must have at least one word"),
        (["interpolate", "", "she sang ."], "a sentence must have at least one word"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(capsys, arguments, message):
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == "" and message in told.err and len(told.err.splitlines()) == 1


def test_a_file_that_is_not_there_is_a_line(capsys, tmp_path):
    assert main(["reconstruct", "--file", str(tmp_path / "nosuch.txt")]) == 1
    assert "nosuch.txt" in capsys.readouterr().err


def test_an_empty_folder_says_how_to_fill_it(capsys, tmp_path):
    assert main(["sample", str(tmp_path)]) == 2
    assert "latentkit train --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option, value",
    [("--count", "0"), ("--count", "1.5"), ("--temperature", "nan"), ("--temperature", "-1"), ("--seed", "-1")],
)
def test_an_impossible_number_is_refused(capsys, option, value):
    with pytest.raises(SystemExit) as stopped:
        main(["sample", option, value])
    assert stopped.value.code == 2
    assert "must be a" in capsys.readouterr().err
