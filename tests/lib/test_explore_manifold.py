"""The latent manifold: the decoder as the browser runs it, the encoder where there is one, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from latentkit.data import load_digits
from latentkit.explore import latent_manifold
from latentkit.explore.layers import layers_of, run
from latentkit.explore.manifold import LatentMap, decode_images, decoded_map
from latentkit.models import VAE, AutoEncoder

PLACES = [(0.0, 0.0), (1.35, -2.05), (-3.0, 3.0)]


class TinyDecoder(nn.Module):
    """z [B, M] -> logits [B, 16]."""

    def __init__(self, latent_dim: int = 2, data_dim: int = 16):
        super().__init__()
        torch.manual_seed(0)
        self.decode = nn.Linear(latent_dim, data_dim)


class Folded(nn.Module):
    """A decoder of which the layers do not tell all."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.decoder = nn.Linear(2, 16)

    def decode(self, z):
        return 3 * torch.sin(self.decoder(z))


class Joined(nn.Module):
    """A decoder of which the layers take more than z."""

    def __init__(self):
        super().__init__()
        self.decoder = nn.Linear(3, 16)

    def decode(self, z):
        return self.decoder(torch.cat([z, z[:, :1] ** 2], dim=1))


@pytest.fixture(params=[VAE, AutoEncoder])
def model(request):
    """Untrained, and with larger weights, so that its codes are spread."""
    made = request.param()
    with torch.no_grad():
        made.encoder[-1].weight.mul_(4)
        made.decoder[0].weight.mul_(4)
    return made


@pytest.mark.parametrize("z", PLACES)
def test_the_browsers_weights_draw_what_the_model_draws(model, z):
    expected = decode_images(model, torch.tensor([z]))[0].flatten().numpy()
    np.testing.assert_allclose(LatentMap.of(model).decode(*z), expected, atol=5e-3)


def test_what_is_said_of_a_drawing_is_what_the_distributions_say(model):
    shown, x = LatentMap.of(model), load_digits().test[3]
    said = shown.numbers(0.5, -1.0, "".join(str(int(pixel)) for pixel in x))
    z = torch.tensor([0.5, -1.0])
    with torch.no_grad():
        fit = Bernoulli(logits=model.decode(z)).log_prob(x).sum()
        code = model.encode(x)
    assert said["logLikelihood"] == pytest.approx(fit.item(), abs=0.05)
    if isinstance(model, AutoEncoder):
        np.testing.assert_allclose(said["mean"], code, atol=0.02)
        assert not {"sd", "kl", "logPrior"} & set(said), "a plain auto-encoder has neither prior nor posterior"
        return
    mu, logvar = code
    q = Normal(mu, (0.5 * logvar).exp())
    np.testing.assert_allclose(said["mean"], mu, atol=0.02)
    np.testing.assert_allclose(said["sd"], q.stddev.detach(), rtol=0.02)
    assert said["kl"] == pytest.approx(kl_divergence(q, Normal(0.0, 1.0)).sum().item(), rel=0.02)
    assert said["logPrior"] == pytest.approx(Normal(0, 1).log_prob(z).sum().item())


def test_an_auto_encoders_map_reaches_as_far_as_its_codes():
    model = AutoEncoder()
    with torch.no_grad():
        model.encoder[-1].weight.mul_(60)
        reach = LatentMap.of(model).reach
        assert reach - 1 < model.encode(load_digits().test).abs().max() <= reach


def test_an_untold_drawing_is_the_first_held_out_digit(model):
    shown = LatentMap.of(model)
    first = "".join(str(int(pixel)) for pixel in load_digits().test[0])
    assert shown.numbers(0, 0)["logLikelihood"] == shown.numbers(0, 0, first)["logLikelihood"]
    assert int(shown.data()["images"][0], 16) == int(first, 2), "and the browser is sent it first"


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.Tanh(), nn.Sigmoid()])
def test_layers_are_what_torch_computes_with_weights_of_half_precision(activation):
    network = nn.Sequential(nn.Linear(3, 8), activation, nn.Linear(8, 2, bias=False))
    x = np.random.default_rng(0).normal(size=(5, 3))
    layers = layers_of(network)
    assert [layer.activation for layer in layers] == [type(activation).__name__.lower(), "linear"]
    np.testing.assert_allclose(run(layers, x), network(torch.from_numpy(x).float()).detach(), atol=5e-3)
    assert (layers[0].weight == layers[0].weight.astype(np.float16)).all()


@pytest.mark.parametrize("network", [None, nn.Conv2d(1, 1, 3), nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))])
def test_layers_that_the_browser_cannot_run_are_not_guessed(network):
    assert layers_of(network) is None


def test_a_decoder_of_unknown_layers_is_a_table_and_says_so(live):
    model = Folded()
    shown = LatentMap.of(model)
    assert shown.encoder is None
    for z in [(-3.0, 3.0), (0.75, -1.5)]:
        expected = decode_images(model, torch.tensor([z]))[0].flatten().numpy()
        np.testing.assert_allclose(shown.decode(*z), expected, atol=1 / 255, err_msg="exact on the table's grid")
    between = decode_images(model, torch.tensor([[0.8, -1.4]]))[0].flatten().numpy()
    np.testing.assert_allclose(shown.decode(0.8, -1.4), between, atol=0.03)
    assert "interpolated" in latent_manifold(model)._repr_html_().split("<script")[0]


def test_a_decoder_that_joins_z_with_something_is_a_table_too():
    assert isinstance(LatentMap.of(Joined()).decoder, np.ndarray)


def test_weights_and_held_out_digits_are_less_than_a_hundred_kilobytes(live):
    _, _, content, script = latent_manifold(VAE()).parts()
    assert len(content) < 100_000 and len(script) < 20_480


def test_each_tile_of_the_map_is_the_decoder_at_its_centre():
    model = TinyDecoder()
    atlas = decoded_map(model, tiles=3, reach=3.0, centre=(10, 20))
    top_right = decode_images(model, torch.tensor([[12.0, 22.0]]))[0]
    bottom_left = decode_images(model, torch.tensor([[8.0, 18.0]]))[0]
    assert atlas.shape == (18, 18), "three tiles of 4 pixels, each with a frame of 1"
    torch.testing.assert_close(atlas[1:5, -5:-1], top_right)
    torch.testing.assert_close(atlas[-5:-1, 1:5], bottom_left)
    assert atlas[0].max() == atlas[:, 6].max() == 0


def test_the_picture_states_point_and_prior_density(live):
    html = latent_manifold(TinyDecoder(), z1=1.0, z2=-2.0)._repr_html_()
    expected = Normal(0, 1).log_prob(torch.tensor([1.0, -2.0])).sum()
    assert f"z = (1.00, -2.00), log p(z) = {expected:.2f} nats" in html


@pytest.mark.parametrize("model, words", [(TinyDecoder(latent_dim=3), "two dim"), (TinyDecoder(data_dim=15), "square")])
def test_an_unfit_model_is_refused_in_words(model, words):
    with pytest.raises(ValueError, match=words):
        latent_manifold(model)


def test_a_model_whose_training_diverged_is_refused_in_words():
    model = VAE()
    with torch.no_grad():
        model.decoder[0].bias.fill_(math.nan)
    with pytest.raises(ValueError, match="diverged"):
        latent_manifold(model)
