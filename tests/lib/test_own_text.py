"""A reader's own text: as a corpus, and through the command that trains on it."""

import json

import pytest

from latentkit.commands.cli import main
from latentkit.commands.train import as_text
from latentkit.data.own_text import FEWEST, read_sentences
from latentkit.data.text import Vocabulary, tokenize

LINES = [
    f"{who} {verb} the {thing} ."
    for who in ("she", "he")
    for verb in ("saw", "took")
    for thing in ("cup", "bag", "hat", "key")
]
SMALL = ["--steps", "60", "--embedding-dim", "4", "--hidden-dim", "8", "--latent-dim", "2", "--network", "gru"]


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    monkeypatch.setenv("LATENTKIT_STATIC", "1")


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def test_every_different_sentence_is_in_one_split(text):
    text.write_text("\n\n".join([*LINES, LINES[0], LINES[1].upper()]), encoding="utf-8")
    corpus = read_sentences(text)
    parts = [" ".join(words) for part in (corpus.train, corpus.valid, corpus.test) for words in part]
    assert sorted(parts) == sorted(LINES)
    assert (len(corpus.valid), len(corpus.test)) == (1, 1)


def test_the_split_does_not_depend_on_the_order_of_the_lines(text):
    before = read_sentences(text)
    text.write_text("\n".join(LINES[::-1]), encoding="utf-8")
    after = read_sentences(text)
    assert (after.valid, after.test) == (before.valid, before.test)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_any_unicode_encoding_is_read(text, encoding):
    plain = read_sentences(text)
    text.write_bytes("\r\n".join(LINES).encode(encoding))
    assert read_sentences(text) == plain


def test_typographic_apostrophes_are_the_plain_ones():
    assert (
        tokenize("she doesn’t say “no”")
        == tokenize('she doesn\'t say "no"')
        == ["she", "does", "n't", "say", '"', "no", '"']
    )


@pytest.mark.parametrize("words", ["she sang", ""])
def test_a_string_is_no_list_of_words(words):
    with pytest.raises(TypeError, match=r"a sentence must be a list of words, got the string .*tokenize"):
        Vocabulary(["she"]).encode(words)
    with pytest.raises(TypeError, match="must be a list of words"):
        Vocabulary.from_sentences([words])


def test_too_few_sentences_are_refused(tmp_path, capsys):
    path = tmp_path / "few.txt"
    path.write_text("one .\none .\ntwo .\n")
    assert main(["train", *SMALL, "--corpus", str(path)]) == 2
    assert f"{path} must hold at least {FEWEST} different sentences, one a line; it has 2" in capsys.readouterr().err


def test_what_is_no_text_is_refused(tmp_path, capsys):
    path = tmp_path / "picture.png"
    path.write_bytes(bytes(range(256)) * 100)
    assert main(["train", *SMALL, "--corpus", str(path)]) == 2
    assert "is not a text file in UTF-8 or UTF-16; save it as UTF-8" in capsys.readouterr().err
    assert main(["train", *SMALL, "--corpus", str(tmp_path)]) == 2
    assert "is a folder; name a text file in it" in capsys.readouterr().err
    assert main(["train", *SMALL, "--corpus", str(tmp_path / "nosuch")]) == 2
    known = "embedded, constructions, reversible, sentence_polarity, sst, ptb, treebank, dailydialog"
    assert f"corpus must be one of {known} or a text file" in capsys.readouterr().err


def test_a_model_of_ones_own_text_speaks_its_words(text, tmp_path, capsys):
    assert main(["train", *SMALL, "--corpus", str(text), "--out", str(tmp_path / "model")]) == 0
    told = capsys.readouterr().out
    assert "mine.txt: 60 steps" in told and f"latentkit sample {tmp_path / 'model'}" in told
    assert main(["sample", str(tmp_path / "model"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["sentences"]
    assert {word for row in rows for word in row["text"].split()} <= {
        word for line in LINES for word in line.split()
    } | {"<unk>"}


def test_an_interrupted_training_keeps_the_model(text, tmp_path, capsys, monkeypatch):
    from latentkit.training import sentences

    steps = []

    def interrupt(tokens, rate, generator):
        steps.append(rate)
        if len(steps) > 55:
            raise KeyboardInterrupt
        return tokens

    monkeypatch.setattr(sentences, "hide_words", interrupt)
    assert main(["train", *SMALL, "--corpus", str(text), "--out", str(tmp_path / "model")]) == 130
    told = capsys.readouterr()
    assert "stopped after 54 of 60 steps" in told.err and "mine.txt: 54 steps" in told.out
    assert json.loads((tmp_path / "model" / "model.json").read_text())["facts"]["stopped"] == 54
    assert main(["sample", str(tmp_path / "model")]) == 0


def test_a_curve_as_text_goes_from_the_lowest_to_the_highest():
    assert as_text([0.0, 7.0, 3.5, 0.0]) in ("▁█▅▁", "▁█▄▁")
    assert as_text([2.0, 2.0]) == "▁▁"
