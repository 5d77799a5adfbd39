"""Collapse and cure in the plane: the trainings, what is recorded of them, and the figure that shows them."""

import base64
import math
import re

import numpy as np
import pytest
import torch

from latentkit.data.points import CLUSTERS, RADIUS, WIDTH, ring_of_clusters
from latentkit.explore import collapse_and_cure
from latentkit.explore.mixture import draw, numbers
from latentkit.models import PointMixtureVAE
from latentkit.models.mixture_prior import MixturePrior
from latentkit.training.points import BETAS, POINTS_KEPT, STEPS, record_training, recorded_runs, save_runs


@pytest.fixture(scope="module")
def runs():
    return recorded_runs()


@pytest.fixture(scope="module")
def pair():
    """A collapse and its cure, trained afresh; not as long as the recorded ones."""
    return {beta: record_training(beta, steps=600, every=200, seed=1) for beta in (0.0, 0.5)}


class TestPoints:
    def test_clusters_have_the_stated_place_and_width(self):
        points, labels = ring_of_clusters(5000, seed=3)
        for cluster in range(CLUSTERS):
            mine = points[labels == cluster]
            angle = 2 * math.pi * cluster / CLUSTERS
            centre = RADIUS * torch.tensor([math.cos(angle), math.sin(angle)])
            assert (mine.mean(0) - centre).norm() < 6 * WIDTH * math.sqrt(2 / len(mine))
            assert mine.std(0).mean().item() == pytest.approx(WIDTH, rel=0.1)

    def test_a_seed_repeats_them(self):
        assert ring_of_clusters(20, 1)[0].equal(ring_of_clusters(20, 1)[0])
        assert not ring_of_clusters(20, 1)[0].equal(ring_of_clusters(20, 2)[0])


class TestModel:
    @pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
    def test_the_loss_holds_the_expected_kl_and_gives_back_beta_of_the_dispersion(self, beta):
        torch.manual_seed(0)
        model, x = PointMixtureVAE(beta=beta).double(), torch.randn(7, 2, dtype=torch.float64)
        torch.manual_seed(1)
        terms = model.terms(x)
        torch.manual_seed(1)
        loss = model.loss(x)
        expected_kl = model.mixture.kl(model.codes(x), *model.encode(x))
        minus = terms.log_likelihood - expected_kl - terms.kl_c + beta * terms.dispersion
        torch.testing.assert_close(loss, -minus.mean())

    def test_beta_beyond_one_is_refused(self):
        with pytest.raises(ValueError, match="has no maximum"):
            PointMixtureVAE(beta=1.01)


class TestTrainings:
    def test_start_alike(self, pair):
        plain, dispersed = pair.values()
        assert plain.means[0].equal(dispersed.means[0]) and plain.steps.tolist() == [0, 200, 400, 600]

    def test_without_dispersion_components_fall_together_and_with_it_they_part(self, pair):
        plain, dispersed = pair.values()
        assert plain.spread[-1] < plain.spread[0] / 2
        assert dispersed.spread[-1] > 2 * plain.spread[-1]
        assert dispersed.dispersion[-1] > 5 * plain.dispersion[-1]
        assert dispersed.mutual_information[-1] > plain.mutual_information[-1] + 0.2

    def test_a_seed_repeats_a_training(self):
        first, second = (record_training(0.5, steps=20, every=10, seed=2) for _ in range(2))
        assert first.means.equal(second.means) and first.posterior.equal(second.posterior)

    def test_survive_being_saved(self, pair, tmp_path):
        save_runs(pair, tmp_path / "runs.safetensors")
        again = recorded_runs(tuple(pair), tmp_path / "runs.safetensors")
        for beta, run in pair.items():
            assert again[beta].means.equal(run.means) and again[beta].codes.equal(run.codes)
            torch.testing.assert_close(again[beta].posterior, run.posterior, atol=0.01, rtol=0.01)


class TestRecorded:
    def test_have_every_time_of_every_beta(self, runs):
        assert tuple(runs) == BETAS
        for run in runs.values():
            assert run.steps[0] == 0 and run.steps[-1] == STEPS and len(run.steps) == 25
            assert run.posterior.shape == (25, POINTS_KEPT, 2) and run.means.shape == (25, 5, 2)

    def test_their_spread_is_that_of_their_components(self, runs):
        prior = MixturePrior(1, 5, 2)
        for run in runs.values():
            with torch.no_grad():
                prior.means[0], prior.logvars[0] = run.means[-1], run.logvars[-1]
            torch.testing.assert_close(prior.spread(), run.spread[-1])

    def test_are_what_the_trainings_give_today(self, runs):
        """But for rounding: the first hundred steps."""
        fresh = record_training(0.5, steps=100)
        torch.testing.assert_close(fresh.means, runs[0.5].means[:3], atol=1e-2, rtol=1e-2)

    def test_show_collapse_and_cure(self, runs):
        assert runs[0.0].spread[-1] < 0.1 < 0.5 < runs[0.5].spread[-1]


class TestFigure:
    def test_it_starts_where_it_is_told_and_sends_the_trainings_as_they_are(self, runs):
        figure = collapse_and_cure(beta=0.5, step=0)
        assert "β = 0.5, step 0: the start, alike for every β" in figure.picture.caption
        assert [control.value for control in figure.controls] == [0.5, 0, 0]
        sent = np.frombuffer(base64.b64decode(figure.data["posterior"]["base64"]), np.float16)
        expected = torch.stack([run.posterior for run in runs.values()]).numpy()
        assert np.array_equal(sent.reshape(expected.shape), expected), "half precision loses nothing here"
        assert len(str(figure.data)) < 200_000, "bytes"

    @pytest.mark.parametrize(
        ("beta", "step", "seen"),
        [
            (0.0, 1200, "the components have collapsed into one"),
            (0.5, 1200, "the components lie apart"),
            (1.0, 1200, "the components are far apart, but c says next to nothing about x"),
            (0.0, 0, "the start, alike for every β"),
        ],
    )
    def test_it_says_what_one_sees(self, runs, beta, step, seen):
        assert f"β = {beta:g}, step {step}: {seen};" in draw(runs, beta, step).caption
        assert numbers(runs, beta, step)["seen"] == seen

    def test_the_words_state_what_is_drawn(self, runs):
        picture = draw(runs, 0.25, 600)
        run, at = runs[0.25], runs[0.25].steps.tolist().index(600)
        dispersion, spread = map(
            float, re.search(r"L_d (\S+) nats, spread of the means (\S+)", picture.caption).groups()
        )
        assert dispersion == pytest.approx(run.dispersion[at].item(), abs=0.0051)
        assert spread == pytest.approx(run.spread[at].item(), abs=0.0051)
        centres = re.findall(r"\d at \((\S+), (\S+)\)", picture.alt)
        assert len(centres) == 5
        assert float(centres[2][0]) == pytest.approx(run.means[at, 2, 0].item(), abs=0.051)
        ellipses = picture.figure.axes[0].patches
        assert [tuple(ellipse.center) for ellipse in ellipses] == [tuple(mean) for mean in run.means[at].tolist()]

    def test_the_table_counts_every_point_once(self, runs):
        rows = draw(runs, 0.5, STEPS).table.rows
        assert sum(int(cell) for _, *cells in rows for cell in cells) == POINTS_KEPT

    def test_is_one_image_where_it_is_graded(self, live, monkeypatch):
        monkeypatch.setenv("NBGRADER_EXECUTION", "1")
        html = collapse_and_cure(beta=0.5)._repr_html_()
        assert "<script" not in html and html.count("<img") == 1
        assert len(re.search(r'alt="([^"]+)"', html).group(1)) > 40
