"""The formulas of ps3 against laws that do not share their code: torch, enumeration, an integral, differences."""

import itertools
import math

import pytest
import torch
from torch import distributions as D
from torch.autograd import gradcheck

from latentkit.reference.controlled_text import (
    attribute_loss,
    discriminator_loss,
    generator_loss,
    latent_loss,
    soft_embeddings,
)
from tests.lib.common import same_place

DOUBLE = {"dtype": torch.float64}


def classes(count, of, place):
    return torch.randint(of, (count,), device=place.get("device"))


class TestSoftEmbeddings:
    def test_is_the_expected_embedding_of_a_drawn_word(self, place):
        """Given independent words, the mean over all sentences of two words, each by its probability."""
        logits, embedding = torch.randn(1, 2, 3, **place), torch.randn(3, 4, **place)
        soft = soft_embeddings(logits, embedding, 0.7)
        words = D.Categorical(logits=logits[0] / 0.7)
        expected = torch.zeros(2, 4, **place)
        for sentence in itertools.product(range(3), repeat=2):
            drawn = torch.tensor(sentence, device=logits.device)
            expected += words.log_prob(drawn).sum().exp() * embedding[drawn]
        assert same_place(soft, place)
        torch.testing.assert_close(soft[0], expected)

    def test_a_cold_word_is_the_most_probable_one_and_a_hot_one_their_mean(self, place):
        logits, embedding = torch.randn(2, 3, 5, **place), torch.randn(5, 4, **place)
        torch.testing.assert_close(soft_embeddings(logits, embedding, 1e-4), embedding[logits.argmax(-1)])
        hot = soft_embeddings(logits, embedding, 1e6)
        torch.testing.assert_close(hot, embedding.mean(0).expand_as(hot), atol=1e-4, rtol=0)

    def test_gradients_agree_with_finite_differences(self):
        logits = torch.randn(2, 3, 4, **DOUBLE, requires_grad=True)
        embedding = torch.randn(4, 2, **DOUBLE, requires_grad=True)
        assert gradcheck(lambda a, b: soft_embeddings(a, b, 0.6), (logits, embedding))

    @pytest.mark.parametrize("temperature", [0, -1.0, math.nan])
    def test_a_temperature_that_is_not_positive_is_refused(self, temperature):
        with pytest.raises(ValueError, match="temperature must be positive"):
            soft_embeddings(torch.zeros(1, 1, 2), torch.zeros(2, 1), temperature)


class TestAttributeLoss:
    def test_is_the_mean_negative_log_probability_of_a_categorical(self, place):
        logits, c = 3 * torch.randn(6, 3, **place), classes(6, 3, place)
        loss = attribute_loss(logits, c)
        assert same_place(loss, place)
        torch.testing.assert_close(loss, -D.Categorical(logits=logits).log_prob(c).mean())

    def test_the_probabilities_that_it_gives_the_classes_sum_to_one(self):
        logits = torch.randn(1, 4, **DOUBLE)
        total = sum(math.exp(-attribute_loss(logits, torch.tensor([k]))) for k in range(4))
        assert total == pytest.approx(1)

    def test_is_finite_where_the_class_is_thought_impossible(self):
        logits = torch.tensor([[1000.0, 0.0]], requires_grad=True)
        loss = attribute_loss(logits, torch.tensor([1]))
        loss.backward()
        assert loss.item() == 1000
        torch.testing.assert_close(logits.grad, torch.tensor([[1.0, -1.0]]))


class TestLatentLoss:
    def test_is_the_mean_negative_log_density_of_a_gaussian(self, place):
        z, mu, logvar = (torch.randn(5, 3, **place) for _ in range(3))
        loss = latent_loss(z, mu, logvar)
        gaussian = D.Independent(D.Normal(mu, (logvar / 2).exp()), 1)
        assert same_place(loss, place)
        torch.testing.assert_close(loss, -gaussian.log_prob(z).mean())

    def test_its_density_integrates_to_one(self):
        grid = torch.linspace(-12, 12, 4001, **DOUBLE)
        mu, logvar = torch.tensor([[0.4]], **DOUBLE), torch.tensor([[-0.7]], **DOUBLE)
        density = torch.stack([(-latent_loss(z.view(1, 1), mu, logvar)).exp() for z in grid])
        assert torch.trapezoid(density, grid).item() == pytest.approx(1, abs=1e-9)

    def test_among_all_variances_the_squared_error_is_the_best(self):
        z, mu = torch.randn(1, 3, **DOUBLE), torch.randn(1, 3, **DOUBLE)
        logvar = (z - mu).square().log().requires_grad_()
        (slope,) = torch.autograd.grad(latent_loss(z, mu, logvar), logvar)
        torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-12, rtol=0)


class TestGeneratorLoss:
    def test_its_gradient_holds_the_weights(self, place):
        losses = [torch.randn((), **place).requires_grad_() for _ in range(3)]
        loss = generator_loss(*losses, 0.3, 1.7)
        assert same_place(loss, place)
        slopes = torch.autograd.grad(loss, losses)
        assert [slope.item() for slope in slopes] == pytest.approx([1, 0.3, 1.7])
        torch.testing.assert_close(loss, torch.stack(losses) @ torch.tensor([1, 0.3, 1.7], **place))

    def test_without_weights_it_is_the_vae_s(self):
        vae, attribute, latent = torch.tensor(20.0), torch.tensor(0.4), torch.tensor(-3.0)
        assert generator_loss(vae, attribute, latent, 0, 0) == vae


class TestDiscriminatorLoss:
    def test_agrees_with_torch_s_categoricals(self, place):
        labelled, labels = torch.randn(5, 3, **place), classes(5, 3, place)
        generated, c = 2 * torch.randn(4, 3, **place), classes(4, 3, place)
        loss = discriminator_loss(labelled, labels, generated, c, 0.4, 0.7)
        real, drawn = D.Categorical(logits=labelled), D.Categorical(logits=generated)
        expected = -real.log_prob(labels).mean() + 0.4 * (-drawn.log_prob(c) + 0.7 * drawn.entropy()).mean()
        assert same_place(loss, place)
        torch.testing.assert_close(loss, expected)

    def test_the_entropy_is_that_of_enumerated_classes(self):
        labelled, labels = torch.zeros(1, 3, **DOUBLE), torch.tensor([0])
        generated, c = torch.randn(2, 3, **DOUBLE), torch.tensor([2, 1])

        def loss(beta):
            return discriminator_loss(labelled, labels, generated, c, 1.0, beta).item()

        entropies = [-sum(p * math.log(p) for p in row) for row in generated.softmax(-1).tolist()]
        assert loss(1.0) - loss(0.0) == pytest.approx(sum(entropies) / 2)

    def test_more_certainty_about_generated_sentences_lowers_it(self):
        """Given an example that is not labelled by its class but split between two, only the entropy decides."""
        labelled, labels = torch.zeros(1, 2, **DOUBLE), torch.tensor([0])
        generated = torch.tensor([[0.5, -0.5]] * 2, **DOUBLE).requires_grad_()
        c = torch.tensor([0, 1])
        without, with_entropy = (discriminator_loss(labelled, labels, generated, c, 1.0, b) for b in (0.0, 2.0))
        (slope,) = torch.autograd.grad(with_entropy - without, generated)
        assert (slope[:, 0] < 0).all(), "a step against the gradient makes the likelier class likelier still"

    @pytest.mark.parametrize("apart", [200.0, 5000.0])
    def test_certainty_has_no_entropy_and_finite_gradients(self, apart, place):
        """Given logits so far apart that the other class's probability rounds to 0."""
        labelled, labels = torch.zeros(1, 2, **place), torch.tensor([0], device=place.get("device"))
        generated = torch.tensor([[apart, 0.0], [0.0, apart]], **place).requires_grad_()
        c = torch.tensor([0, 0], device=place.get("device"))
        loss = discriminator_loss(labelled, labels, generated, c, 1.0, 3.0)
        loss.backward()
        torch.testing.assert_close(loss, torch.tensor(math.log(2) + apart / 2, **place))
        torch.testing.assert_close(generated.grad, torch.tensor([[0.0, 0.0], [-0.5, 0.5]], **place))

    def test_gradients_agree_with_finite_differences(self):
        labelled = torch.randn(3, 4, **DOUBLE, requires_grad=True)
        generated = torch.randn(2, 4, **DOUBLE, requires_grad=True)
        labels, c = torch.tensor([0, 3, 1]), torch.tensor([2, 2])
        assert gradcheck(lambda a, b: discriminator_loss(a, labels, b, c, 0.3, 0.8), (labelled, generated))
