"""What problem set 3 says of the models that come with the kit, measured on short held-out sentences by the parser."""

import pytest
import torch

from latentkit.data import load_sentences
from latentkit.data.text import collate
from latentkit.evaluation.controlled_text import evaluate_control
from latentkit.trained import load_trained

HELD_OUT = 150


@pytest.fixture(scope="module")
def corpus():
    return load_sentences("embedded", max_words=8)


def encoded(checkpoint, sentences):
    """Posterior means, [N, M]."""
    with torch.no_grad():
        return checkpoint.model.encode(collate([checkpoint.vocabulary.encode(words) for words in sentences]))[0]


def rewritten(name, corpus):
    """How held-out sentences are written at their z: with their own classes, and with each attribute switched."""
    trained, sentences = load_trained(name), corpus.test[:HELD_OUT]
    code = trained.model.code_of(corpus.labels["test"][:HELD_OUT])
    return evaluate_control(trained.model, trained.vocabulary, encoded(trained, sentences), code)


def told_apart(one, other):
    """The share that lies on its own side of the plane halfway between the means."""
    direction, middle = other.mean(0) - one.mean(0), (one.mean(0) + other.mean(0)) / 2
    return torch.cat([(one - middle) @ direction < 0, (other - middle) @ direction > 0]).double().mean().item()


def test_the_tense_has_a_direction_and_the_sentiment_has_none(corpus):
    labels, means = corpus.labels["train"][:1500], encoded(load_trained("sentence_vae"), corpus.train[:1500])

    def of(attribute, name):
        return means[[label[attribute] == name for label in labels]]

    assert told_apart(of("tense", "past"), of("tense", "future")) > 0.99
    assert told_apart(of("polarity", "negative"), of("polarity", "positive")) < 0.56, "a coin"


def test_the_base_ignores_the_code():
    trained = load_trained("controlled_text_base")
    torch.manual_seed(0)
    z, code = trained.model.prior().sample((HELD_OUT,)), trained.model.draw_code(HELD_OUT)
    found = evaluate_control(trained.model, trained.vocabulary, z, code)
    assert found.accuracy["sentiment"] < 0.55 and found.accuracy["tense"] < 0.4, "chance is 1/2 and 1/3"
    assert min(found.kept.values()) > 0.75, "for it hardly changes anything"


def test_the_ready_made_model_turns_nearly_all_and_keeps_nearly_all_of_the_rest(corpus):
    found = rewritten("controlled_text", corpus)
    assert min(found.accuracy.values()) > 0.97 and min(found.kept.values()) > 0.9
