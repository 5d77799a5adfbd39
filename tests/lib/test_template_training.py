"""Training a template machine: what it learns of a toy with two templates, what keeps f(T) large, what is refused."""

import math
from dataclasses import replace

import pytest
import torch

from latentkit.data.tables import TableText, collate_tables, load_tables
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.models import TemplateMachine
from latentkit.reference import template_machine as formulas
from latentkit.training.template_machine import Losses, table_vocabulary, train_template_machine
from tests.lib.common import skip_unless_here

LOSSES = Losses.of(formulas)
FIELDS = ("mood", "time")
MOODS, TIMES = ("sad", "glad", "very calm"), ("now", "soon", "later")


def toy_text(mood, time, template):
    """One of two ways to say a mood and a time."""
    said, long = [mood.split(), [time]], len(mood.split())
    if template == 0:
        words, spans = ["be", *said[0], *said[1]], ((1, 1 + long, "mood"), (1 + long, 2 + long, "time"))
    else:
        words, spans = [*said[1], ":", *said[0]], ((0, 1, "time"), (2, 2 + long, "mood"))
    return TableText(tuple(words), {"mood": (mood,), "time": (time,)}, spans, template)


TOY = [toy_text(mood, time, template) for mood in MOODS for time in TIMES for template in (0, 1)]
VOCABULARY = table_vocabulary(TOY)
RAW = [text.words for text in TOY]


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    monkeypatch.setenv("LATENTKIT_STATIC", "1")


def fresh():
    torch.manual_seed(0)
    sizes = {"embedding_dim": 12, "hidden_dim": 32, "template_dim": 2, "content_dim": 8, "template_hidden_dim": 16}
    return TemplateMachine(len(VOCABULARY), len(FIELDS), **sizes)


def after(steps, losses=LOSSES, pairs=TOY, raw=(), **options):
    model = fresh()
    options = {"fields": FIELDS, "batch_size": 18, "learning_rate": 1e-2, **options}
    return model, train_template_machine(model, VOCABULARY, pairs, raw, losses, steps=steps, **options)


@torch.no_grad()
def told(model, z, texts=TOY):
    """What is said of each text's table at z, [B, M]."""
    table = model.encode_tables(collate_tables([text.table for text in texts], VOCABULARY, FIELDS))
    return [tuple(VOCABULARY.decode(row).split()) for row in greedy(model.writer(table), z, 8)]


@torch.no_grad()
def readings(model, texts=TOY):
    return model.read(collate([VOCABULARY.encode(text.words) for text in texts]))


@torch.no_grad()
def encodings(model, texts=TOY):
    """f(T), [B, K]."""
    return model.encode_tables(collate_tables([text.table for text in texts], VOCABULARY, FIELDS)).content


@pytest.fixture(scope="module")
def trained():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENTKIT_STATIC", "1")
        return after(400, raw=RAW, kl_template=(0.05, 0.2), kl_content=(0.0, 0.02), learning_rate=2e-2)


class TestLearning:
    def test_a_table_is_told_by_the_template_of_any_sentence(self, trained):
        model = trained[0]
        z = readings(model).template_mu
        assert told(model, z) == RAW
        other = [toy_text(text.table["mood"][0], text.table["time"][0], 1 - text.template) for text in TOY]
        assert told(model, z.view(9, 2, 2).flip(1).reshape(18, 2)) == [text.words for text in other]

    def test_drawn_templates_say_the_table_in_either_way(self, trained):
        torch.manual_seed(1)
        said = told(trained[0], torch.randn(18, 2))
        ways = [[toy_text(text.table["mood"][0], text.table["time"][0], way).words for way in (0, 1)] for text in TOY]
        found = [way.index(words) if words in way else None for words, way in zip(said, ways, strict=True)]
        assert found.count(None) <= 1 and found.count(0) >= 3 and found.count(1) >= 3

    def test_the_content_read_off_a_sentence_is_near_its_own_table(self, trained):
        content, table = readings(trained[0]).content_mu, encodings(trained[0])
        nearest = torch.cdist(content, table[::2]).argmin(1)
        assert (nearest == torch.arange(18) // 2).sum() >= 13, "of 18; by chance 2"

    def test_raw_text_is_told_again_from_template_and_content(self, trained):
        model, found = trained[0], readings(trained[0])
        with torch.no_grad():
            rows = greedy(model.writer(model.without_table(found.content_mu)), found.template_mu, 8)
        again = [tuple(VOCABULARY.decode(row).split()) for row in rows]
        assert sum(map(tuple.__eq__, again, RAW)) >= 8

    def test_what_each_step_came_to_is_told(self, trained):
        steps = trained[1]
        for part in vars(steps).values():
            assert part.shape == (400,) and part.isfinite().all()
        assert steps.pairs[-20:].mean() < 0.2 * steps.pairs[:20].mean()
        assert steps.raw[-20:].mean() < 0.5 * steps.raw[:20].mean()
        assert steps.template[-20:].mean() < 0.5 * steps.template[:20].mean()

    def test_pairs_alone_and_raw_text_alone_can_be_learned_from(self):
        _, pairs = after(3)
        assert pairs.raw.isnan().all() and pairs.kl_content.isnan().all() and pairs.content.isfinite().all()
        model, raw = after(3, pairs=[], raw=RAW)
        assert raw.pairs.isnan().all() and raw.template.isnan().all() and raw.raw.isfinite().all()
        assert torch.equal(model.table_content.weight, fresh().table_content.weight)

    def test_without_the_barrier_the_tables_shrink(self):
        def leaky(mu, logvar, table, kl_weight=1.0):
            return ((mu - table) ** 2).sum(-1) + formulas.content_loss(mu, logvar, mu, kl_weight)

        spread = [
            encodings(after(120, replace(LOSSES, content_loss=loss))[0]).var(0).sum()
            for loss in (formulas.content_loss, leaky)
        ]
        assert spread[1] < 0.5 * spread[0]

    def test_weights_of_zero_leave_a_loss_out(self):
        model, _ = after(5, content_weight=0.0, template_weight=0.0)
        start = fresh()
        for part in ("content_head", "template_decoder", "template_output"):
            for one, other in zip(getattr(model, part).parameters(), getattr(start, part).parameters(), strict=True):
                assert torch.equal(one, other), part

    def test_a_run_is_repeated_by_its_seed_whatever_the_global_one(self):
        ends = []
        for global_seed, own in [(1, 7), (2, 7), (2, 8)]:
            model = fresh()
            torch.manual_seed(global_seed)
            train_template_machine(model, VOCABULARY, TOY, RAW, LOSSES, steps=3, fields=FIELDS, seed=own)
            ends.append(model.output.weight.clone())
        assert torch.equal(ends[0], ends[1]) and not torch.equal(ends[1], ends[2])

    def test_stays_on_the_models_device(self, device):
        model = fresh().to(device)
        steps = train_template_machine(model, VOCABULARY, TOY, RAW, LOSSES, steps=3, fields=FIELDS, word_dropout=0.2)
        assert {parameter.device.type for parameter in model.parameters()} == {device}
        assert steps.pairs.device.type == "cpu" and steps.pairs.isfinite().all()

    @pytest.mark.gpu
    @pytest.mark.parametrize("name", ["embedded", "e2e"])
    def test_the_published_size_trains_on_a_gpu(self, name):
        """z of 128 dimensions, c of 256, an encoder of 512 and words of 786, as in the authors' public code."""
        if name == "e2e":
            skip_unless_here(name)
        corpus = load_tables(name)
        vocabulary = table_vocabulary(corpus.train)
        sizes = {"embedding_dim": 786, "hidden_dim": 512, "template_dim": 128, "content_dim": 256}
        torch.manual_seed(0)
        model = TemplateMachine(len(vocabulary), len(corpus.fields), **sizes).to("cuda")
        raw = [text.words for text in corpus.train]
        options = {"steps": 600, "batch_size": 64, "learning_rate": 1e-3, "fields": corpus.fields}
        steps = train_template_machine(model, vocabulary, corpus.train, raw, LOSSES, **options)
        assert {parameter.device.type for parameter in model.parameters()} == {"cuda"}
        assert all(part.isfinite().all() for part in vars(steps).values())
        # what people wrote of a restaurant is not told by its table and a template to the word
        assert steps.pairs[-50:].mean() < {"embedded": 0.2, "e2e": 0.6}[name] * steps.pairs[:50].mean()


def without_gradient(name):
    return torch.no_grad()(getattr(formulas, name))


class TestRefusals:
    @pytest.mark.parametrize("name", ["attend", "template_loss", "content_loss", "template_elbo"])
    def test_a_formula_that_teaches_nothing_is_refused_by_its_name(self, name):
        with pytest.raises(ValueError, match=f"{name} returned a tensor without a gradient"):
            after(1, replace(LOSSES, **{name: without_gradient(name)}))

    @pytest.mark.parametrize(
        "name, formula, message",
        [
            ("attend", lambda q, k, p: formulas.attend(q, k, p)[0], "attend must return one vector for each query"),
            ("attend", lambda q, k, p: q * formulas.attend(q, k.detach(), p), "attend hands on no gradient to"),
            ("mask_values", lambda t, s, m: formulas.mask_values(t, s, m)[:, :-1], "mask_values must return masked"),
            ("mask_values", lambda t, s, m: formulas.mask_values(t, s, m).float(), "mask_values must return word num"),
            ("mask_values", lambda t, s, m: t.roll(1, 1), "mask_values must leave BOS"),
            ("template_loss", lambda logits, x: formulas.template_loss(logits, x).mean(), "template_loss must return"),
            ("content_loss", lambda *given: formulas.content_loss(*given).tolist(), "content_loss must return a"),
            ("content_loss", lambda *given: formulas.content_loss(*given) * math.inf, "content_loss gives inf at the"),
            ("template_elbo", lambda *given: formulas.template_elbo(*given).sum(), "template_elbo must return one"),
            (
                "template_elbo",
                lambda ll, z, c, w_z, w_c: ll - w_z * z.detach() - w_c * c,
                "template_elbo hands on no gradient to its kl_template",
            ),
            (
                "template_elbo",
                lambda ll, z, c, w_z, w_c: ll - w_z * z - w_c * c.detach(),
                "template_elbo hands on no gradient to its kl_content",
            ),
        ],
    )  # fmt: skip
    def test_a_formula_of_another_shape_or_kind_is_refused_by_its_name(self, name, formula, message):
        with pytest.raises(ValueError, match=message):
            after(2, replace(LOSSES, **{name: formula}), raw=RAW, kl_template=(1.0, 1.0))

    @pytest.mark.parametrize("steps", [1, 2, 3])
    @pytest.mark.parametrize("pairs, raw", [(TOY, RAW), (TOY, ()), ([], RAW)], ids=["both", "pairs", "raw"])
    @pytest.mark.parametrize("name", ["log_likelihood", "kl_template", "kl_content"])
    def test_a_term_of_the_bound_by_its_value_is_refused_however_short_the_training(self, name, pairs, raw, steps):
        place = ("log_likelihood", "kl_template", "kl_content").index(name)

        def by_value(*given):
            return formulas.template_elbo(*(part.detach() if i == place else part for i, part in enumerate(given)))

        with pytest.raises(ValueError, match=f"template_elbo hands on no gradient to its {name}"):
            after(steps, replace(LOSSES, template_elbo=by_value), pairs, raw, kl_template=(0.0, 0.0))

    def test_a_bound_may_leave_out_a_term_without_weight(self):
        def frugal(words, kl_z, kl_c, w_z, w_c):
            bound = words - w_z * kl_z if w_z else words
            return bound - w_c * kl_c if w_c else bound

        _, steps = after(2, replace(LOSSES, template_elbo=frugal), raw=RAW, kl_template=(0.0, 0.0))
        assert steps.pairs.isfinite().all()

    def test_attention_to_what_is_not_there_is_refused(self):
        def everything(query, keys, present):
            return formulas.attend(query, keys + 1, torch.ones_like(present))

        with pytest.raises(ValueError, match="attend must return zeros where a row has no record"):
            after(1, replace(LOSSES, attend=everything), pairs=[], raw=RAW)

    @pytest.mark.parametrize(
        "options, message",
        [
            ({"pairs": []}, "no sentences to train on, neither pairs nor raw text"),
            ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
            ({"raw": RAW, "paired_share": 1.0}, "paired_share must be between 0 and 1 .*got 1.0"),
            ({"raw": RAW, "batch_size": 1}, "batch_size must be at least 2 .*got 1"),
            ({"word_dropout": 1.5}, "word_dropout must be in"),
            ({"learning_rate": math.inf}, "training diverged"),
            ({"fields": ("mood",)}, "there is no field 'time'"),
        ],
    )
    def test_impossible_settings_are_refused(self, options, message):
        with pytest.raises(ValueError, match=message):
            after(1, **options)

    def test_another_vocabulary_is_refused(self):
        for words, message in [(VOCABULARY.words[5:], "the model knows"), ([*VOCABULARY.words[5:], "x"], "the mask")]:
            with pytest.raises(ValueError, match=message):
                train_template_machine(fresh(), Vocabulary(words), TOY, (), LOSSES, steps=1, fields=FIELDS)
