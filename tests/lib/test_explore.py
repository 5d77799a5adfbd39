"""The figures: exact numbers, alt text, and no widgets where nobody can move them."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from latentkit import explore
from latentkit.explore import elbo_gap
from latentkit.explore.figure import Control, Panel, Picture, canvas, to_html
from latentkit.explore.gap import GaussianModel, draw
from latentkit.explore.live import SHARED, STILL, LiveFigure, lean, pack, script_of

FRONT = Path(explore.__file__).parent / "front"
FIGURES = sorted(path.stem for path in FRONT.glob("*.js") if path.name not in SHARED)


def random_cases(count: int) -> list[tuple[float, ...]]:
    """x, noise, and q's mean and variance."""
    draws = np.random.default_rng(7).uniform([-4, 0.1, -3, 0.05], [4, 3, 3, 3], size=(count, 4))
    return [tuple(row) for row in draws.tolist()]


@pytest.mark.parametrize("x, noise, mean, variance", random_cases(20))
def test_log_evidence_is_elbo_plus_gap(x, noise, mean, variance):
    model = GaussianModel(x, noise)
    assert model.elbo(mean, variance) + model.gap(mean, variance) == pytest.approx(model.log_evidence, abs=1e-12)


@pytest.mark.parametrize("x, noise, mean, variance", random_cases(5))
def test_each_term_equals_its_integral(x, noise, mean, variance):
    model, q = GaussianModel(x, noise), norm(mean, np.sqrt(variance))
    posterior = norm(*np.array(model.posterior) ** [1, 0.5])

    def log_joint(z):
        return norm.logpdf(z) + norm.logpdf(x, z, np.sqrt(noise))

    def under_q(term):
        return quad(lambda z: q.pdf(z) * term(z), mean - 12 * q.std(), mean + 12 * q.std(), epsabs=1e-11)[0]

    evidence = quad(lambda z: np.exp(log_joint(z)), -30, 30, points=[0, x], epsabs=1e-13)[0]
    assert model.log_evidence == pytest.approx(np.log(evidence), abs=1e-8)
    assert model.elbo(mean, variance) == pytest.approx(under_q(lambda z: log_joint(z) - q.logpdf(z)), abs=1e-8)
    assert model.gap(mean, variance) == pytest.approx(under_q(lambda z: q.logpdf(z) - posterior.logpdf(z)), abs=1e-8)


def test_gap_closes_only_at_the_posterior():
    model = GaussianModel(2.0, 1.0)
    mean, variance = model.posterior
    assert model.gap(mean, variance) == pytest.approx(0, abs=1e-15)
    assert all(model.gap(mean + dm, variance + dv) > 1e-6 for dm, dv in [(0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)])


@pytest.mark.parametrize("mean, variance", [(0.0, 1.0), (1.0, 0.5), (-0.35, 2.15)])
def test_alt_text_and_caption_state_the_values(mean, variance):
    model = GaussianModel()
    picture = draw(model, mean, variance)
    for text in (picture.alt, picture.caption):
        assert f"N({mean:.2f}, {variance:.2f})" in text
        evidence, elbo, gap = map(
            float, re.search(r"log p\(x\) = (\S+) = ELBO (\S+) \+ gap (\d+\.\d{4})", text).groups()
        )
        assert elbo == pytest.approx(model.elbo(mean, variance), abs=5.001e-5)
        assert gap == pytest.approx(model.gap(mean, variance), abs=5.001e-5)
        assert evidence == pytest.approx(model.log_evidence, abs=5.001e-5)
    assert ("tight" in picture.caption) == (gap == 0)


def draw_dot(z1: float, z2: float) -> Picture:
    figure, (axes,) = canvas(2, 2)
    axes.plot(z1, z2, marker="o")
    return Picture(figure, "A dot, at the place that its two sliders say.", f"z = ({z1:.1f}, {z2:.1f})")


def dot():
    """A figure that needs the kernel."""
    return explore.figure.explore(draw_dot, [Control(name, name, -3, 3, 0.1, 0.0) for name in ("z1", "z2")])


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "LATENTKIT_STATIC"])
def test_static_figures_are_one_image_without_widgets(live, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    shown = dot()
    assert not isinstance(shown, Panel)
    html = shown._repr_html_()
    assert html.count("<img") == 1
    assert len(re.search(r'alt="([^"]+)"', html).group(1)) > 40


def test_moving_a_slider_moves_picture_caption_and_number_box(live):
    panel = dot()
    before = panel.picture.value
    panel.inputs["z1"].value = 1.0
    assert panel.picture.value != before
    assert "z = (1.0, 0.0)" in panel.picture.value
    assert 'aria-live="polite"' in panel.picture.value
    box = panel.box.children[0].children[0]
    assert box.value == 1.0
    panel.inputs["z1"].value = 0.19999999999999996
    assert box.value == 0.2, "a slider's rounding errors are not shown"
    box.value = 0.3
    assert panel.inputs["z1"].value == 0.3


def test_a_panel_also_emits_html_for_readers_without_a_kernel(live):
    bundle = dot()._repr_mimebundle_()
    assert "<img" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_live_figure_holds_picture_words_and_script_and_is_the_same_each_time(live):
    html = elbo_gap()._repr_html_()
    assert html == elbo_gap()._repr_html_() != elbo_gap(mean=1)._repr_html_()
    assert html.count("<img") == 1 and STILL in html
    assert len(re.search(r'alt="([^"]+)"', html).group(1)) > 40
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html), "nothing is loaded from elsewhere"
    assert "N(0.00, 1.00)" in repr(elbo_gap()), "a terminal is told what it shows"


def test_where_it_is_graded_a_live_figure_is_its_picture_alone(live, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    html = elbo_gap()._repr_html_()
    assert html.count("<img") == 1
    assert "<script" not in html and STILL not in html


def test_data_and_words_of_a_live_figure_cannot_end_its_script(live):
    figure, _ = canvas(1, 1)
    hostile = "</script><!--<img src=x>"
    shown = LiveFigure("elbo_gap", hostile, Picture(figure, hostile, hostile), [], {"words": hostile})
    html = shown._repr_html_()
    assert html.count("</script>") == 2 and "<!--" not in html and html.count("<img") == 1
    assert json.loads(shown.parts()[2])["data"]["words"] == hostile, "and they arrive as they are"


@pytest.mark.parametrize("name", FIGURES)
def test_the_script_of_each_figure_is_small(name):
    assert len(script_of(name).encode()) <= 20_000, "before its data"


@pytest.mark.parametrize("name", FIGURES)
def test_a_script_holds_what_it_uses_of_the_shared_files_and_nothing_else(name):
    script = script_of(name)
    shared = "".join((FRONT / file).read_text(encoding="utf-8") for file in SHARED)
    for function in re.findall(r"^function (\w+)", shared, flags=re.MULTILINE):
        uses = len(re.findall(rf"\b{function}\b", script)) + (function == "mount")
        assert uses == 0 or (uses > 1 and f"function {function}(" in script), function


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_declares_nothing_that_the_shared_files_have(name):
    own, *shared = (
        set(re.findall(r"^(?:function|const) (\w+)", (FRONT / file).read_text(encoding="utf-8"), flags=re.MULTILINE))
        for file in (f"{name}.js", *SHARED)
    )
    assert own and not own & set.union(*shared)


@pytest.mark.parametrize("name", FIGURES)
def test_only_a_figure_that_remembers_has_a_memory(name):
    script = script_of(name)
    assert ("new WeakMap()" in script) == ("remembered(" in script)


def test_what_is_sent_of_a_script_has_no_comments_no_indentation_and_no_needless_ends_of_lines():
    source = '/** Adds.\n * Twice. */\nfunction f() {\n  // why\n\n  g(\n    1,\n  );\n  return "a // b"; // how;\n}\n'
    assert lean(source) == 'function f() {g(1,);return "a // b"; // how;\n}\n'


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
def test_packed_arrays_come_out_as_they_went_in(dtype):
    values = np.arange(6).reshape(2, 3)
    packed = pack(values, dtype)
    assert packed["shape"] == [2, 3]
    unpacked = np.frombuffer(base64.b64decode(packed["base64"]), np.dtype(dtype)).reshape(packed["shape"])
    np.testing.assert_array_equal(unpacked, values)


@pytest.mark.parametrize("values, dtype", [([1e6], "float16"), ([np.nan], "float32"), ([256], "uint8"), ([1], "int64")])
def test_what_cannot_be_packed_is_refused(values, dtype):
    with pytest.raises(ValueError, match=dtype):
        pack(values, dtype)


def test_quotes_and_angles_in_the_words_cannot_break_the_html():
    figure, _ = canvas(1, 1)
    html = to_html(Picture(figure, 'a "quoted" <b>', "x < y"))
    assert 'alt="a &quot;quoted&quot; &lt;b&gt;"' in html
    assert "x &lt; y" in html
