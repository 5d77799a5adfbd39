"""The response generator: what is frozen, what is learned, and whether the chosen action is what is said."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.data.dialog import Turn, load_dialogs
from latentkit.data.text import EOS, UNK, Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.evaluation.codes import interpretability
from latentkit.models import MixtureVAE, ResponseGenerator
from latentkit.models.discrete_vae import joint_probabilities
from latentkit.trained import load_trained
from latentkit.training.responses import context_response_pairs, train_response_generator
from latentkit.training.sentences import linear, train_sentence_model

REPLIES = [[4, 4, 4], [5, 5, 5]]  # the two things that can be said
ASKED = [[6, 7], [7, 6]]  # what asks for the first, and for the second
UNDECIDED = [8, 8]  # what may be answered by either


@pytest.fixture
def untrained():
    torch.manual_seed(0)
    vae = MixtureVAE(9, embedding_dim=5, hidden_dim=8, latent_dim=2, variables=2, classes=3).double()
    return ResponseGenerator(vae, hidden_dim=6).double()


@pytest.fixture(scope="module")
def trained():
    """A dispersed mixture VAE of the two replies, and a generator for contexts that ask for either or leave it open."""
    torch.manual_seed(0)
    vae = MixtureVAE(9, 8, 16, latent_dim=2, variables=1, classes=3, beta=0.9, mi_weight=1.0)
    train_sentence_model(vae, REPLIES * 32, 500, linear(250), 0.5, 16, 0.02, seed=0)
    generator = ResponseGenerator(vae, hidden_dim=16)
    before = copy.deepcopy(vae.state_dict())
    examples = list(zip(ASKED, REPLIES, strict=True)) * 2 + [(UNDECIDED, reply) for reply in REPLIES]
    losses = train_response_generator(generator, examples, 300, batch_size=16, learning_rate=0.01)
    return generator, before, losses


def test_only_policy_place_and_context_encoder_get_gradients(untrained):
    untrained.train()
    untrained.loss(collate(ASKED), collate(REPLIES)).backward()
    for name, parameter in untrained.named_parameters():
        if name.startswith("vae."):
            assert parameter.grad is None and not parameter.requires_grad, name
        else:
            assert parameter.grad.abs().sum() > 0, name
    assert not untrained.vae.training, "dropout of the borrowed networks stays off"


@pytest.mark.parametrize("part", ["choice", "nll", "attribute"])
def test_each_part_trains_what_it_should(untrained, part):
    getattr(untrained.terms(collate(ASKED), collate(REPLIES)), part).sum().backward()
    moved = {name for name in ("w_policy", "place") if getattr(untrained, name).weight.grad is not None}
    assert moved == ({"w_policy"} if part == "choice" else {"place"})


def test_an_actions_probability_is_the_product_of_its_classes(untrained):
    q_c = untrained.vae.codes(collate(REPLIES))
    q_a = joint_probabilities(q_c)
    assert q_a.shape == (2, 9)
    torch.testing.assert_close(q_a.sum(-1), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(q_a[1, 5], q_c[1, 0, 1] * q_c[1, 1, 2])
    assert untrained.actions[5].tolist() == [1, 2]
    torch.testing.assert_close(untrained.policy(collate(ASKED)).exp().sum(-1), torch.ones(2, dtype=torch.float64))


def test_the_choice_costs_the_entropy_of_the_recognition_at_least(untrained):
    terms = untrained.terms(collate(ASKED), collate(REPLIES))
    q_a = joint_probabilities(untrained.vae.codes(collate(REPLIES)))
    assert (terms.choice >= torch.special.entr(q_a).sum(-1)).all()


def test_soft_speech_at_a_low_temperature_is_the_greedy_sentence(untrained):
    untrained.sizes = replace(untrained.sizes, temperature=1e-6)
    z = torch.randn(5, 4, dtype=torch.float64)
    words, real = untrained._speak(z)
    said = greedy(untrained.vae.step, z, max_length=12)
    for row, heard, counts in zip(said, words, real, strict=True):
        length = int((row != 0).sum())
        torch.testing.assert_close(heard[1 : length + 1], untrained.vae.embedding(row[:length]))
        assert counts[: length + 1].all() and not counts[length + 1 :].any()


def test_the_mixture_vae_is_left_as_it_was(trained):
    generator, before, losses = trained
    assert all(before[name].equal(value) for name, value in generator.vae.state_dict().items())
    assert losses[-50:].mean() < losses[:10].mean() - 0.3


def test_the_policy_answers_what_is_asked_and_is_of_two_minds_where_nothing_is(trained):
    generator, _, _ = trained
    said = generator.respond(collate(ASKED))
    assert [[word for word in row if word > UNK] for row in said.tolist()] == REPLIES
    log_p = generator.policy(collate([UNDECIDED]))[0]
    actions = joint_probabilities(generator.vae.codes(collate(REPLIES))).argmax(-1)
    assert log_p[actions].exp().tolist() == pytest.approx([0.5, 0.5], abs=0.25)


def test_a_chosen_action_is_what_is_said_whatever_the_context(trained):
    generator, _, _ = trained
    codes = generator.vae.codes(collate(REPLIES)).argmax(-1)  # [2, 1]
    for context in [*ASKED, UNDECIDED]:
        said = generator.respond(collate([context, context]), codes)
        assert [[word for word in row if word > UNK] for row in said.tolist()] == REPLIES


def test_the_attribute_loss_measures_whether_the_action_is_heard(trained):
    generator, _, _ = trained
    torch.manual_seed(0)
    with torch.no_grad():
        attribute = generator.terms(collate(ASKED), collate(REPLIES)).attribute.mean().item()
    assert attribute < math.log(3) / 2, "a guess among three classes would cost ln 3"


def test_pairs_have_contexts_and_one_speaker():
    turns = [
        Turn((), ("a",), {"speaker": "driver"}),
        Turn((("a",),), ("b",), {"speaker": "assistant"}),
        Turn((("a",), ("b",)), ("a", "b"), {"speaker": "driver"}),
    ]
    vocabulary = Vocabulary(["a", "b"])
    assert context_response_pairs(turns, vocabulary) == [([4], [5]), ([4, EOS, 5], [4, 5])]
    assert context_response_pairs(turns, vocabulary, "assistant") == [([4], [5])]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"network": "transformer"}, "recurrent decoder"),
        ({"variables": 20, "classes": 5}, r"4,096 actions at most, got 5\^20"),
    ],
)
def test_an_unfit_mixture_vae_is_refused_in_words(options, words):
    with pytest.raises(ValueError, match=words):
        ResponseGenerator(MixtureVAE(9, 8, 16, **options))


@pytest.fixture(scope="module")
def assistant():
    checkpoint = load_trained("response_generator")
    return checkpoint.model, checkpoint.vocabulary


@pytest.fixture(scope="module")
def turns():
    return load_dialogs().test


class TestShipped:
    """The car assistant that comes with the kit."""

    def test_its_codes_are_worth_what_its_facts_say(self, assistant, turns):
        generator, vocabulary = assistant
        stated = load_trained("mixture_vae").facts["test"]
        measured = interpretability(generator.vae, vocabulary, turns, "action", reconstructed=100)
        for name in ("homogeneity", "mutual_information", "dispersion", "spread"):
            assert getattr(measured, name) == pytest.approx(stated[name], rel=0.01), name
        assert measured.homogeneity > measured.chance + 10 * measured.chance_sd
        assert measured.homogeneity > 2 * measured.question_mark

    def test_the_same_context_is_answered_by_different_actions(self, assistant):
        generator, vocabulary = assistant
        context = collate([vocabulary.encode(["what", "is", "the", "weather", "in", "boston", "tomorrow", "?"])])
        best = generator.policy(context)[0].topk(8).indices
        said = {vocabulary.decode(row) for row in generator.respond(context.expand(8, -1), generator.actions[best])}
        assert len(said) >= 4

    def test_the_policy_tells_thanks_from_a_question(self, assistant):
        generator, vocabulary = assistant

        def answers(words):
            return vocabulary.decode(generator.respond(collate([vocabulary.encode(words.split())]))[0])

        assert "drive safely" in answers("thank you .") or "welcome" in answers("thank you .")
        assert "drive safely" not in answers("what is the weather in boston tomorrow ?")

    def test_most_chosen_actions_are_heard_in_what_is_said(self, assistant, turns):
        generator, vocabulary = assistant
        context, response = (
            collate(side) for side in zip(*context_response_pairs(turns, vocabulary, "assistant")[:200], strict=True)
        )
        codes = generator.vae.codes(response).argmax(-1).roll(7, 0)  # of other responses
        said = [[word for word in row if word >= UNK] for row in generator.respond(context, codes).tolist()]
        heard = generator.vae.codes(collate(said)).argmax(-1)
        assert (heard == codes).all(-1).float().mean() > 0.6, "by chance one in 125"

    def test_comes_back_from_disk(self, assistant, tmp_path):
        generator, vocabulary = assistant
        again = load(save(tmp_path, Checkpoint(generator, vocabulary, {})), kind="response_generator").model
        context = collate([vocabulary.encode(["thank", "you", "."])])
        assert again.policy(context).equal(generator.policy(context))
        assert not any(parameter.requires_grad for parameter in again.vae.parameters())

    def test_stands_on_the_mixture_vae_that_comes_with_the_kit(self, assistant):
        generator, vocabulary = assistant
        below = load_trained("mixture_vae")
        assert below.vocabulary.words == vocabulary.words and below.model.sizes == generator.sizes.vae
        assert all(generator.vae.state_dict()[name].equal(value) for name, value in below.model.state_dict().items())
