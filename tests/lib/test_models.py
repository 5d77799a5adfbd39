"""The lecture's systems, how they are trained and how they are judged on images they have not seen."""

import inspect
import json
import math
from dataclasses import FrozenInstanceError, fields

import pytest
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.data import load_digits
from latentkit.data.text import Vocabulary
from latentkit.evaluation.images import held_out_elbo, independent_bernoulli, iwae_bound_estimate
from latentkit.models import MODELS, VAE, AutoEncoder, MixtureVAE, SentenceVAE, build
from latentkit.progress import progress
from latentkit.trained import TRAINED, load_trained
from latentkit.training.images import train_image_model


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture(scope="module")
def trained(digits):
    torch.manual_seed(0)
    model = VAE()
    train_image_model(model, digits.train, steps=500)
    return model


VOCABULARY = Vocabulary(["a", "b"])
SMALL = {"vocab_size": len(VOCABULARY), "embedding_dim": 4, "hidden_dim": 8}
CONFIGS = {
    "autoencoder": {"data_dim": 6, "hidden_dim": 5, "latent_dim": 3},
    "vae": {"data_dim": 6, "hidden_dim": 5, "latent_dim": 3},
    "sentence_vae": {**SMALL, "latent_dim": 2, "network": "gru"},
    "discrete_vae": {**SMALL, "variables": 2, "classes": 3, "temperature": 0.5},
    "mixture_vae": {**SMALL, "variables": 2, "classes": 3, "beta": 0.9, "dropout": 0.1},
    "point_mixture_vae": {"classes": 4, "beta": 0.5},
    "response_generator": {"vae": {**SMALL, "variables": 2, "classes": 3}, "hidden_dim": 7},
    "controlled_text": {**SMALL, "latent_dim": 2, "attributes": {"mood": ["sad", "glad"]}, "classifier_dim": 4},
    "vtm": {**SMALL, "num_fields": 2, "template_dim": 2, "content_dim": 3},
    "dss_vae": {**SMALL, "semantic_dim": 2, "syntactic_dim": 1, "parse_vocab_size": 7, "side_dim": 4},
}


class TestBuild:
    def test_there_is_an_example_of_every_kind(self):
        assert CONFIGS.keys() == MODELS.keys()

    @pytest.mark.parametrize("kind", CONFIGS)
    def test_rebuilds_a_model_from_its_config(self, kind):
        model = build(kind, CONFIGS[kind])
        assert type(model) is MODELS[kind] and model.kind == kind
        assert (
            json.loads(json.dumps(model.config)).items()
            >= {name: value for name, value in CONFIGS[kind].items() if name != "vae"}.items()
        )
        assert build(kind, model.config).sizes == model.sizes
        with pytest.raises(FrozenInstanceError):
            model.sizes.hidden_dim = 9

    @pytest.mark.parametrize("kind", CONFIGS)
    def test_every_kind_comes_back_from_disk(self, kind, tmp_path):
        model = build(kind, CONFIGS[kind])
        vocabulary = VOCABULARY if hasattr(model.sizes, "vocab_size") else None
        again = load(save(tmp_path, Checkpoint(model, vocabulary, {"corpus": "toy"})))
        assert (
            type(again.model) is type(model) and again.model.sizes == model.sizes and again.facts == {"corpus": "toy"}
        )
        assert (again.vocabulary.words if again.vocabulary else None) == (vocabulary.words if vocabulary else None)
        for name, weight in model.state_dict().items():
            assert again.model.state_dict()[name].equal(weight), name

    def test_a_checkpoint_of_another_kind_is_refused(self, tmp_path):
        save(tmp_path, Checkpoint(build("vae", CONFIGS["vae"]), None, {}))
        with pytest.raises(ValueError, match="is no checkpoint of a mixture_vae: it holds a vae"):
            load(tmp_path, kind="mixture_vae")

    def test_a_model_of_sentences_needs_its_vocabulary(self, tmp_path):
        save(tmp_path, Checkpoint(build("sentence_vae", CONFIGS["sentence_vae"]), None, {}))
        with pytest.raises(ValueError, match="0 words for a model of 6"):
            load(tmp_path)

    @pytest.mark.parametrize("make", [VAE, SentenceVAE, MixtureVAE])
    def test_help_shows_the_sizes(self, make):
        assert set(inspect.signature(make).parameters) == {size.name for size in fields(make.Sizes)}

    def test_says_which_kinds_there_are(self):
        with pytest.raises(ValueError, match=r"kind must be one of autoencoder, vae, .*, got 'gan'"):
            build("gan", {})

    @pytest.mark.parametrize("kind", ["vae", "sentence_vae", "response_generator"])
    def test_says_which_size_does_not_fit(self, kind):
        with pytest.raises(
            ValueError, match=f"config does not fit a {kind}: .*depth|config does not fit a {kind}: 'vae'"
        ):
            build(kind, {"depth": 3})


class TestTrained:
    def test_every_model_that_comes_with_the_kit_loads_by_name(self):
        for name in TRAINED:
            checkpoint = load_trained(name)
            assert checkpoint.facts and not checkpoint.model.training, name

    def test_says_which_models_there_are(self):
        with pytest.raises(ValueError, match=r"no trained model 'gan'; there are: sentence_vae, .*response_generator"):
            load_trained("gan")


class TestVAE:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_shapes_dtypes_and_devices(self, dtype, device):
        model = VAE(data_dim=6, hidden_dim=5, latent_dim=3).to(device, dtype)
        x = torch.randint(2, (4, 6), device=device).to(dtype)
        mu, logvar = model.encode(x)
        answers = {"mu": (mu, (4, 3)), "logvar": (logvar, (4, 3)), "logits": (model.decode(mu), (4, 6))}
        answers |= {"elbo": (model.elbo(x), (4,)), "loss": (model.loss(x), ()), "sample": (model.sample(2), (2, 6))}
        answers |= {"log_joint": (model.log_joint(x, torch.stack([mu, mu])), (2, 4))}
        for name, (tensor, shape) in answers.items():
            assert (tensor.shape, tensor.dtype, tensor.device.type) == (shape, dtype, device), name

    def test_elbo_is_the_one_of_the_answer_key(self):
        from latentkit.reference import variational

        model, x = VAE(6, 5, 3).double(), torch.randint(2, (4, 6)).double()
        torch.manual_seed(1)
        actual = model.elbo(x, kl_weight=0.3)
        torch.manual_seed(1)
        mu, logvar = model.encode(x)
        expected = variational.elbo(x, model.decode(variational.reparameterize(mu, logvar)), mu, logvar, beta=0.3)
        torch.testing.assert_close(actual, expected)

    def test_weights_of_nan_give_nan_instead_of_an_exception(self):
        model = VAE(6, 5, 3)
        torch.nn.init.constant_(model.encoder[0].weight, math.nan)
        assert math.isnan(held_out_elbo(model, torch.ones(4, 6), samples=2))

    def test_has_no_line_of_the_answer_key(self):
        assert "latentkit.reference" not in inspect.getsource(inspect.getmodule(VAE))


class TestEvaluation:
    def test_bounds_are_ordered_and_beat_the_model_without_a_latent_variable(self, trained, digits):
        bounds = []
        for samples in [1, 8, 64]:  # the same samples give Jensen's inequality without any noise
            elbo = held_out_elbo(trained, digits.test, samples, torch.Generator().manual_seed(1))
            iwae = iwae_bound_estimate(trained, digits.test, samples, torch.Generator().manual_seed(1))
            bounds.append(iwae)
            assert elbo <= iwae + 1e-4
        assert bounds == sorted(bounds)
        assert elbo > independent_bernoulli(digits.train, digits.test) + 2

    def test_a_generator_repeats_the_estimate(self, trained, digits):
        first, second = (held_out_elbo(trained, digits.test, 2, torch.Generator().manual_seed(5)) for _ in range(2))
        assert first == second != held_out_elbo(trained, digits.test, 2, torch.Generator().manual_seed(6))

    def test_iwae_approaches_the_evidence_of_a_small_model(self):
        torch.manual_seed(2)
        model, x = VAE(data_dim=4, hidden_dim=8, latent_dim=1), torch.ones(1, 4)
        z = torch.linspace(-8, 8, 4_001)[:, None]
        evidence = torch.trapezoid(model.log_joint(x, z[:, None])[:, 0].exp(), z[:, 0]).log().item()
        assert iwae_bound_estimate(model, x, samples=50_000) == pytest.approx(evidence, abs=0.02)

    def test_independent_pixels_agree_with_counting(self):
        train = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        images = torch.tensor([[1.0, 0.0], [0.0, 0.0]])  # white first pixel: (2 + 1) of 4; second pixel: 1 of 4
        expected = (math.log(3 / 4) + math.log(1 / 4)) / 2 + math.log(3 / 4)
        assert independent_bernoulli(train, images) == pytest.approx(expected)


class TestTraining:
    @pytest.mark.parametrize("kind", [VAE, AutoEncoder])
    def test_the_loss_falls(self, kind, device, digits):
        losses = train_image_model(kind(), digits.train.to(device), steps=200)
        assert losses.shape == (200,)
        assert losses[-20:].mean() < losses[:20].mean() - 10

    def test_options_reach_the_loss(self, digits):
        losses = {}
        for beta in [0.0, 100.0]:
            torch.manual_seed(0)
            losses[beta] = train_image_model(VAE(), digits.train, steps=1, kl_weight=beta)
        assert losses[100.0] > losses[0.0]

    @pytest.mark.parametrize("variable, value", [("NBGRADER_EXECUTION", "autograde"), ("LATENTKIT_STATIC", "1")])
    def test_progress_is_silent_where_nobody_watches(self, monkeypatch, capfd, variable, value):
        monkeypatch.setenv(variable, value)
        assert list(progress(range(3), "training")) == [0, 1, 2]
        assert capfd.readouterr() == ("", "")

    def test_progress_is_shown_to_a_person(self, live, capfd):
        assert list(progress(range(3), "training")) == [0, 1, 2]
        assert "training: 100%" in capfd.readouterr().err

    def test_numbers_of_a_training_are_not_drawn_outside_a_notebook(self, live, capfd):
        bar = progress(range(3), "training")
        for step in bar:
            bar.record(loss=torch.tensor(float(step)))
        assert bar.curve is None
        assert capfd.readouterr().out == ""


class TestDigits:
    def test_are_the_1797_images_split_once_and_for_all(self, digits):
        assert digits.train.shape == (1437, 64) and digits.test.shape == (360, 64)
        assert digits.train.dtype == torch.float32 and digits.train_labels.dtype == torch.int64
        assert torch.equal(digits.test, load_digits().test)
        assert not torch.equal(digits.test, load_digits(seed=1).test)
        counts = torch.bincount(digits.test_labels, minlength=10)
        assert counts.min() >= 34 and counts.max() <= 38, "each digit is held out alike"

    def test_are_scikit_learns_and_split_as_it_splits(self, digits):
        pixels, labels = datasets.load_digits(return_X_y=True)
        split = train_test_split(pixels / 16, labels, test_size=0.2, random_state=0, stratify=labels)
        grey = load_digits(binary=False)
        ours = (grey.train, grey.test, digits.train_labels, digits.test_labels)
        assert all(torch.equal(one, torch.from_numpy(other).to(one)) for one, other in zip(ours, split, strict=True))

    def test_are_binarised_at_half_intensity(self, digits):
        grey = load_digits(binary=False)
        assert torch.equal(digits.train.unique(), torch.tensor([0.0, 1.0]))
        assert grey.train.min() == 0 and grey.train.max() == 1
        assert torch.equal(digits.train == 1, grey.train >= 0.5)
