"""Training and judging the sentence VAE: the numbers are what they say, whatever the schedule."""

import argparse
import json
import math
from dataclasses import fields, replace

import pytest
import torch

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.commands.cli import main
from latentkit.commands.training_settings import TrainingSettings, add_options, from_options
from latentkit.data.text import BOS, EOS, PAD, UNK, Vocabulary, collate
from latentkit.evaluation.sentences import evaluate_sentence_vae, mutual_information, reconstruct, reconstruction_bleu
from latentkit.models import SentenceVAE
from latentkit.reference.sentence import (
    active_units,
    cyclical_annealing,
    linear_annealing,
    logistic_annealing,
    sequence_log_likelihood,
)
from latentkit.reference.variational import (
    iwae_bound,
    kl_to_standard_normal,
)
from latentkit.training.sentences import constant, cyclical, hide_words, linear, logistic, train_sentence_model
from tests.lib.common import magnified, skip_unless_here

SENTENCES = [[4, 5, 6], [5, 5], [6, 4, 4, 5], [4], [6, 6, 6], [5, 4], [4, 5], [6]]


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """No progress bar is among what the commands say."""
    monkeypatch.setenv("LATENTKIT_STATIC", "1")


@pytest.fixture
def model():
    return SentenceVAE(7, 6, 16, 2, network="gru")


class TestSchedules:
    """Against the formulas of the course."""

    @pytest.mark.parametrize("step", [0, 1, 99, 100, 150, 399, 5_000])
    def test_follow_the_formulas(self, step):
        assert linear(100)(step) == pytest.approx(linear_annealing(step, 100))
        assert cyclical(400, 4, 0.5)(step) == pytest.approx(cyclical_annealing(step, 400, 4, 0.5))
        expected = logistic_annealing(step, 2 * math.log(99) / 100, 50)
        assert logistic(100)(step) == pytest.approx(expected, abs=1e-6)
        assert constant(0.2)(step) == 0.2

    def test_logistic_is_all_but_there_at_both_ends(self):
        assert logistic(100)(0) == pytest.approx(0.01) and logistic(100)(100) == pytest.approx(0.99)


class TestHiddenWords:
    def test_are_words_at_the_rate_and_never_special_tokens(self):
        tokens = collate([[4, 5, 6]] * 5_000 + [[4]])
        hidden = hide_words(tokens, 0.3, torch.Generator().manual_seed(0))
        special = (tokens == PAD) | (tokens == BOS) | (tokens == EOS)
        assert torch.equal(hidden[special], tokens[special])
        share = (hidden[~special] == UNK).double().mean().item()
        assert abs(share - 0.3) < 6 * math.sqrt(0.21 / 15_001)
        assert (tokens != UNK).all(), "the sentences themselves were changed"

    def test_a_rate_that_is_no_probability_is_refused(self, model):
        with pytest.raises(ValueError, match=r"word_dropout must be in \[0, 1\], got 1.5"):
            train_sentence_model(model, SENTENCES, 1, word_dropout=1.5)


class TestTrain:
    @pytest.mark.parametrize("network", ["lstm", "gru", "transformer"])
    def test_the_elbo_rises(self, network, device):
        model = SentenceVAE(7, 6, 16, 2, network=network).to(device)
        history = train_sentence_model(
            model, SENTENCES, 60, batch_size=8, learning_rate=1e-2, held_out=SENTENCES, every=20
        )
        assert [measured.step for measured in history] == [20, 40, 60]
        assert history[-1].held_out.elbo > history[0].held_out.elbo + 0.5
        assert not model.training

    def test_a_run_is_repeated_by_its_seed_whatever_the_global_one(self):
        ends = []
        for global_seed, own in [(1, 7), (2, 7), (2, 8)]:
            torch.manual_seed(0)
            model = SentenceVAE(7, 6, 16, 2)
            torch.manual_seed(global_seed)
            train_sentence_model(model, SENTENCES, 5, word_dropout=0.5, batch_size=4, seed=own)
            ends.append(model.output.weight.clone())
        assert torch.equal(ends[0], ends[1]) and not torch.equal(ends[1], ends[2])

    def test_measuring_changes_nothing(self):
        ends = []
        for held_out in [(), SENTENCES]:
            torch.manual_seed(0)
            model = SentenceVAE(7, 6, 16, 2, dropout=0.2)
            train_sentence_model(model, SENTENCES, 5, batch_size=4, held_out=held_out, every=1)
            ends.append(model.output.weight.clone())
        assert torch.equal(*ends)

    def test_the_elbo_is_the_true_one_while_the_loss_is_annealed(self, model):
        """With weight 0 the loss is the NLL alone; the ELBO still holds the whole KL, and no word is hidden."""
        weights = []

        def schedule(step):
            weights.append(step)
            return 0.0

        (measured,) = train_sentence_model(model, SENTENCES, 30, schedule, 0.9, 8, 1e-2, held_out=SENTENCES, every=100)
        assert measured.kl_weight == 0 and set(weights) == set(range(30))
        assert measured.held_out == evaluate_sentence_vae(model, SENTENCES, samples=1, seed=0)
        assert measured.held_out.kl > 0.01
        assert measured.held_out.elbo == -(measured.held_out.nll + measured.held_out.kl)

    def test_gradients_are_clipped(self, model):
        before = [parameter.detach().clone() for parameter in model.parameters()]
        train_sentence_model(model, SENTENCES, 1, batch_size=8, max_norm=0.0)
        assert all(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))

    def test_nothing_to_train_on_is_refused(self, model):
        with pytest.raises(ValueError, match="there are no sentences to train on"):
            train_sentence_model(model, [], 1)

    def test_says_when_it_diverges(self, model):
        with pytest.raises(ValueError, match=r"training diverged: after 1 steps .* smaller than 1e"):
            train_sentence_model(model, SENTENCES, 9, learning_rate=1e38, held_out=SENTENCES, every=1)


class TestEvaluate:
    @pytest.fixture
    def spread(self):
        """A model with large weights, so that its posteriors differ, in double precision."""
        return magnified(SentenceVAE(7, 6, 16, 2, dropout=0.5).double(), 3)

    def test_agrees_with_the_course_formulas(self, spread):
        result = evaluate_sentence_vae(spread, SENTENCES, samples=3, seed=5)
        spread.eval()
        tokens = collate(SENTENCES)
        generator = torch.Generator().manual_seed(5)
        with torch.no_grad():
            mu, logvar = spread.encode(tokens)
            log_likelihoods, log_joints, log_qs = [], [], []
            for _ in range(3):
                z = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=generator, dtype=torch.float64)
                log_likelihoods.append(sequence_log_likelihood(spread.decode(z, tokens), tokens))
                log_joints.append(log_likelihoods[-1] + spread.prior().log_prob(z))
                log_qs.append(spread.posterior(tokens).log_prob(z))
        assert result.nll == pytest.approx(-torch.stack(log_likelihoods).mean().item())
        assert result.kl == pytest.approx(kl_to_standard_normal(mu, logvar).mean().item())
        assert result.iwae == pytest.approx(iwae_bound(torch.stack(log_joints), torch.stack(log_qs)).mean().item())
        assert result.active_units == active_units(mu)

    def test_iwae_comes_to_the_evidence(self):
        model = SentenceVAE(7, 6, 16, 1).double().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2)
        z = torch.linspace(-9, 9, 2_001, dtype=torch.float64)[:, None]
        evidence = 0.0
        with torch.no_grad():
            for sentence in SENTENCES:
                log_joint = model.log_joint(collate([sentence]).expand(len(z), -1), z)
                evidence += torch.trapezoid(log_joint.exp(), z[:, 0]).log().item() / len(SENTENCES)
        result = evaluate_sentence_vae(model, SENTENCES, samples=500)
        assert result.elbo < evidence and result.iwae == pytest.approx(evidence, abs=0.02)

    def test_perplexity_counts_words_and_ends(self, model):
        """A decoder that finds everything equally probable: V - 2 tokens can follow."""
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
        result = evaluate_sentence_vae(model, SENTENCES, samples=2)
        assert result.words == sum(len(sentence) + 1 for sentence in SENTENCES) == 26
        assert result.perplexity == pytest.approx(5, rel=1e-4)
        assert result.iwae_perplexity == pytest.approx(5, rel=1e-4)
        assert (result.kl, result.active_units) == (0, 0)
        assert result.mutual_information == pytest.approx(0, abs=1e-6)

    def test_chunks_change_nothing(self, spread, monkeypatch):
        whole = evaluate_sentence_vae(spread, SENTENCES, samples=1)
        monkeypatch.setattr("latentkit.evaluation.sentences.CHUNK", 3)
        parts = evaluate_sentence_vae(spread, SENTENCES, samples=1)
        assert parts.kl == pytest.approx(whole.kl) and parts.active_units == whole.active_units

    def test_leaves_the_mode_alone_and_hides_no_unit(self, spread):
        spread.train()
        assert evaluate_sentence_vae(spread, SENTENCES, samples=1) == evaluate_sentence_vae(
            spread, SENTENCES, samples=1
        )
        assert spread.training

    def test_nothing_to_measure_is_refused(self, model):
        with pytest.raises(ValueError, match="evaluation needs sentences and samples, got 0 and 16"):
            evaluate_sentence_vae(model, [])


class TestMutualInformation:
    def test_is_capped_by_the_logarithm_of_the_number_compared(self):
        """Posteriors that do not overlap: each sample gives its sentence away, and the estimate is at its cap."""
        estimate, cap = mutual_information(1e3 * torch.arange(32.0)[:, None], torch.ones(32, 1))
        assert cap == pytest.approx(math.log(32)) and estimate == pytest.approx(cap)

    def test_is_that_of_a_gaussian_channel(self):
        """z = x + noise with x ~ N(0, 1): I = ½ log(1 + 1/σ²)."""
        generator = torch.Generator().manual_seed(0)
        estimates = [
            mutual_information(torch.randn(2_000, 1, generator=generator), torch.full((2_000, 1), 0.5), generator)[0]
            for _ in range(5)
        ]
        assert sum(estimates) / 5 == pytest.approx(0.5 * math.log(5), abs=0.03)


class TestReconstruction:
    def test_of_a_model_that_has_learnt_its_sentences_by_heart(self):
        model = SentenceVAE(7, 16, 32, 8, network="gru")
        train_sentence_model(model, SENTENCES, 300, constant(0.0), batch_size=8, learning_rate=1e-2)
        assert reconstruct(model, SENTENCES) == SENTENCES
        assert reconstruction_bleu(model, [sentence for sentence in SENTENCES if len(sentence) == 4]) > 99

    def test_of_one_that_has_learnt_nothing_is_poor(self, model):
        assert reconstruction_bleu(model, SENTENCES) < 50


class TestCheckpoints:
    @pytest.fixture
    def checkpoint(self, model):
        return Checkpoint(model.eval(), Vocabulary(["the", "naïve", "end"]), {"corpus": "toy"})

    def test_come_back_as_they_were(self, checkpoint, tmp_path):
        again = load(save(tmp_path / "new" / "folder", checkpoint))
        assert again.vocabulary.words == checkpoint.vocabulary.words and again.facts == {"corpus": "toy"}
        assert evaluate_sentence_vae(again.model, SENTENCES) == evaluate_sentence_vae(checkpoint.model, SENTENCES)
        assert not again.model.training

    def test_a_missing_one_says_how_to_make_it(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="latentkit train --out"):
            load(tmp_path)

    @pytest.mark.parametrize(
        "key, value", [("kind", "vae"), ("vocabulary", ["<pad>"]), ("config", {"vocab_size": 9}), ("config", [])]
    )
    def test_another_content_is_refused(self, checkpoint, tmp_path, key, value):
        save(tmp_path, checkpoint)
        content = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
        (tmp_path / "model.json").write_text(json.dumps(content | {key: value}), encoding="utf-8")
        with pytest.raises(ValueError, match="is no checkpoint of a model of the kit"):
            load(tmp_path)

    def test_damaged_weights_are_refused(self, checkpoint, tmp_path):
        save(tmp_path, checkpoint)
        (tmp_path / "weights.safetensors").write_bytes(b"damaged")
        with pytest.raises(ValueError, match="is no checkpoint of a model of the kit"):
            load(tmp_path)


class TestCommand:
    SMALL = ("--steps", "3", "--hidden-dim", "16", "--embedding-dim", "8", "--max-words", "6", "--device", "cpu")

    def test_trains_saves_and_reports(self, tmp_path, capsys):
        assert (
            main(["train", *self.SMALL, "--latent-dim", "4", "--out", str(tmp_path), "--json", "--network", "gru"]) == 0
        )
        report = json.loads(capsys.readouterr().out)
        assert report["saved"] == str(tmp_path) and report["settings"]["network"] == "gru"
        assert report["test"]["elbo"] == pytest.approx(-(report["test"]["nll"] + report["test"]["kl"]))
        assert [measured["step"] for measured in report["history"]] == [3]
        assert load(tmp_path).facts["test"] == report["test"]

    def test_prints_numbers_and_sentences(self, capsys):
        assert main(["train", *self.SMALL]) == 0
        out = capsys.readouterr().out
        for part in ["ELBO", "IWAE", "perplexity per word", "active units", "cannot exceed", "from the prior"]:
            assert part in out

    @pytest.mark.parametrize(
        "option, value, message",
        [
            ("--corpus", "brown", "a text file; there is no file brown"),
            ("--annealing", "steep", "annealing must be one of none, linear"),
            ("--network", "rnn", "network must be one of lstm"),
            ("--device", "tpu", "device must be auto, cpu"),
            ("--word-dropout", "2", "word_dropout must be in [0, 1], got 2.0"),
            ("--word-dropout", "nan", "word_dropout must be in [0, 1], got nan"),
            ("--max-words", "-1", "max_words must be in [0, 1000000], got -1"),
            ("--max-words", "1", "max_words must leave sentences"),
            ("--max-vocabulary", "-1", "max_vocabulary must be in [0, 1000000], got -1"),
            ("--max-vocabulary", "4", "max_vocabulary must be 0, which keeps all, or at least 5"),
            ("--embedding-dim", "0", "embedding_dim must be in [1, 8192], got 0"),
            ("--hidden-dim", "-3", "hidden_dim must be in [1, 8192], got -3"),
            ("--latent-dim", "0", "latent_dim must be in [1, 8192], got 0"),
            ("--dropout", "1", "dropout must be in [0, 0.99], got 1.0"),
            ("--steps", "-5", "steps must be in [1, 1000000000], got -5"),
            ("--batch", "0", "batch_size must be in [1, 65536], got 0"),
            ("--learning-rate", "-1", "learning_rate must be in [1e-08, 1], got -1.0"),
            ("--warmup", "-1", "warmup must be in [0, 1000000000], got -1"),
            ("--kl-weight", "nan", "kl_weight must be in [0, 1000000], got nan"),
            ("--seed", "-1", "seed must be in [0, 4294967295], got -1"),
        ],
    )
    def test_an_impossible_setting_is_refused(self, capsys, option, value, message):
        assert main(["train", *self.SMALL, option, value]) == 2
        assert message in capsys.readouterr().err

    def test_every_number_has_a_range(self):
        for option in fields(TrainingSettings):
            assert (option.metadata["between"] is None) == (option.type is str), option.name
            assert type(option.default) is option.type, option.name

    def test_the_command_line_without_options_gives_the_default_settings(self):
        parser = argparse.ArgumentParser()
        add_options(parser)
        assert from_options(parser.parse_args([])) == TrainingSettings()

    def test_every_setting_can_be_given(self):
        """Each flag changes its own setting, and no other."""
        other = {"corpus": "ptb", "network": "gru", "annealing": "linear", "device": "cpu", "max_vocabulary": 500}
        parser = argparse.ArgumentParser()
        add_options(parser)
        for option in fields(TrainingSettings):
            value = other.get(option.name, option.default / 2 if option.type is float else 7)
            flag = "--" + option.name.replace("_", "-")
            found = from_options(parser.parse_args([flag, str(value)]))
            assert found == replace(TrainingSettings(), **{option.name: value})

    def test_a_transformer_has_four_heads(self, capsys):
        assert main(["train", *self.SMALL, "--network", "transformer", "--hidden-dim", "7"]) == 2
        assert "hidden_dim must be a multiple of 4 in a transformer, got 7" in capsys.readouterr().err

    @pytest.mark.parametrize("place", ["model.txt", "model.txt/below"])
    def test_a_file_for_a_folder_is_refused_before_the_training(self, capsys, monkeypatch, tmp_path, place):
        (tmp_path / "model.txt").write_text("not a folder")
        monkeypatch.setattr("latentkit.commands.train.train_and_measure", lambda settings: pytest.fail("it trained"))
        assert main(["train", *self.SMALL, "--out", str(tmp_path / place)]) == 2
        assert f"--out must be a folder, old or new; {tmp_path / place} cannot be made" in capsys.readouterr().err

    def test_what_was_measured_is_printed_when_the_model_cannot_be_saved(self, capsys, monkeypatch, tmp_path):
        def disk_is_full(folder, checkpoint):
            raise OSError("No space left on device")

        monkeypatch.setattr("latentkit.commands.train.save", disk_is_full)
        assert main(["train", *self.SMALL, "--out", str(tmp_path), "--json"]) == 1
        said = capsys.readouterr()
        assert json.loads(said.out)["saved"] is None
        assert f"the model could not be saved in {tmp_path}: No space left on device" in said.err

    def test_a_missing_corpus_says_how_to_get_it(self, capsys, no_downloads):
        assert main(["train", *self.SMALL, "--corpus", "ptb"]) == 1
        assert "latentkit data get ptb" in capsys.readouterr().err

    @pytest.mark.gpu
    def test_the_published_size_trains_on_a_gpu(self, capsys):
        """An LSTM of 512 and 1024 units on the Penn Treebank, for a few steps: He et al. 2019 train it for epochs."""
        skip_unless_here("ptb")
        sizes = ("--embedding-dim", "512", "--hidden-dim", "1024", "--latent-dim", "32", "--dropout", "0.5")
        assert main(["train", "--corpus", "ptb", *sizes, "--steps", "200", "--device", "cuda", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["test"]["perplexity"] < 1_500
