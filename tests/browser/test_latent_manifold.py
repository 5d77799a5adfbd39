"""The map of the latent space under a reader's hands, and models other than the VAE of its law."""

import numpy as np
import pytest
import torch
from torch import nn

from latentkit.data import load_digits
from latentkit.explore import latent_manifold
from latentkit.explore.manifold import LatentMap
from latentkit.models import VAE, AutoEncoder
from tests.browser.figures import write_page
from tests.browser.test_figures import CAPTION, PLAIN, same

pytestmark = pytest.mark.browser
FIRST = "".join(str(int(pixel)) for pixel in load_digits().test[0])


class Folded(nn.Module):
    """A decoder of which the layers do not tell all."""

    def __init__(self):
        super().__init__()
        self.decoder = nn.Linear(2, 16)

    def decode(self, z):
        return torch.sin(self.decoder(z))


@pytest.fixture
def opened(page, tmp_path):
    """Shows a model's figure in a page of its own."""

    def shown(model: nn.Module):
        page.goto(write_page(tmp_path / "figure.html", latent_manifold(model)._repr_html_()))
        root = page.locator(".latentkit-figure")
        root.locator(CAPTION).wait_for()
        return root

    return shown


@pytest.fixture
def spread():
    """A VAE of which the codes lie apart."""
    torch.manual_seed(0)
    model = VAE()
    with torch.no_grad():
        model.encoder[-1].weight.mul_(4)
    return model


@pytest.mark.parametrize("kind", [AutoEncoder, Folded])
def test_other_models_are_computed_as_python_does(kind, opened):
    torch.manual_seed(0)
    model = kind()
    root, shown = opened(model), LatentMap.of(model)
    places = [(0.0, 0.0), (shown.reach, -shown.reach), (0.8, -0.35)]
    inputs = [{"z1": z1, "z2": z2, "drawing": FIRST} for z1, z2 in places]
    computed = root.page.evaluate(PLAIN, [root.element_handle(), inputs])
    for place, got in zip(inputs, computed, strict=True):
        same(got, shown.numbers(**place), f"{kind.__name__} at {place}")
    assert root.get_by_role("group", name="your drawing").count() == (1 if kind is AutoEncoder else 0)


def test_the_grid_is_drawn_on_by_keyboard_and_z_goes_where_the_encoder_says(opened, spread):
    root = opened(spread)
    keyboard, inputs = root.page.keyboard, "root => root.live.inputs"
    root.get_by_role("button", name="clear the drawing").click()
    root.get_by_role("button", name="row 1, column 1", exact=True).focus()
    for key in ("ArrowDown", "ArrowRight", "Space", "ArrowRight", "Enter"):
        keyboard.press(key)
    drawing = "0" * 9 + "11" + "0" * 53
    now = root.evaluate(inputs)
    assert now["drawing"] == drawing
    mean = LatentMap.of(spread).numbers(0, 0, drawing)["mean"]
    np.testing.assert_allclose([now["z1"], now["z2"]], np.clip(mean, -3, 3), atol=0.026, err_msg="steps of 0.05")
    assert root.get_by_role("button", name="row 2, column 3", exact=True).get_attribute("aria-pressed") == "true"
    root.get_by_role("status").get_by_text("x is your drawing: q(z | x) has mean").wait_for()
    keyboard.press("Space")
    assert root.evaluate(inputs)["drawing"].count("1") == 1, "and takes it away"


def test_the_pointer_draws_a_stroke(opened, spread):
    root = opened(spread)
    root.get_by_role("button", name="clear the drawing").click()
    cells = [root.get_by_role("button", name=f"row 4, column {k}", exact=True).bounding_box() for k in range(1, 9)]
    mouse = root.page.mouse
    for k, cell in enumerate(cells):
        mouse.move(cell["x"] + cell["width"] / 2, cell["y"] + cell["height"] / 2)
        if k == 0:
            mouse.down()
    mouse.up()
    assert root.evaluate("root => root.live.inputs.drawing") == "0" * 24 + "1" * 8 + "0" * 32


def test_held_out_digits_come_one_after_the_other(opened, spread):
    root = opened(spread)
    images, labels = load_digits().test, load_digits().test_labels
    threes = ["".join(str(int(pixel)) for pixel in image) for image in images[labels == 3]]
    for expected in [*threes, threes[0]]:
        root.get_by_role("button", name="the next held-out 3").press("Enter")
        assert root.evaluate("root => root.live.inputs.drawing") == expected
    root.get_by_role("status").get_by_text("x is a held-out 3").wait_for()
    assert root.locator("text", has_text="3").count() >= len(threes), "all codes of its kind are named"


def test_a_code_shows_its_image_under_the_pointer_and_is_taken_by_a_click(opened, spread):
    root = opened(spread)
    with torch.no_grad():
        codes = spread.encode(load_digits().test)[0]
    apart = torch.cdist(codes, codes).fill_diagonal_(torch.inf).amin(dim=1)
    lonely = int(torch.where(codes.abs().amax(dim=1) < 2.8, apart, 0).argmax())
    place = codes[lonely].tolist()
    box = root.locator(".map .floor").bounding_box()
    x, y = box["x"] + (place[0] + 3) / 6 * box["width"], box["y"] + (3 - place[1]) / 6 * box["height"]
    root.get_by_role("button", name="clear the drawing").click()
    root.page.mouse.move(x, y)
    root.locator(".preview").get_by_text("held-out").wait_for()
    root.page.mouse.click(x, y)
    expected = "".join(str(int(pixel)) for pixel in load_digits().test[lonely])
    assert root.evaluate("root => root.live.inputs.drawing") == expected
    root.page.mouse.move(box["x"] - 20, y)
    root.locator(".preview").wait_for(state="hidden")
