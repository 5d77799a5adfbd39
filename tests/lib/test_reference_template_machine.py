"""The formulas of ps6_vtm against laws that do not share their code: torch, enumeration, an integral, differences."""

import itertools

import pytest
import torch
from torch import distributions as D
from torch.autograd import gradcheck
from torch.nn.functional import scaled_dot_product_attention

from latentkit.data.text import PAD
from latentkit.reference.template_machine import (
    attend,
    content_loss,
    mask_values,
    slot_coverage,
    template_elbo,
    template_loss,
)
from tests.lib.common import same_place

DOUBLE = {"dtype": torch.float64}
MASK = 4


def some_records(place, rows=(3, 1, 4)):
    """`present` of tables with so many records."""
    counts = torch.tensor(rows, device=place.get("device"))
    return torch.arange(max(rows), device=counts.device) < counts[:, None]


class TestAttend:
    def test_agrees_with_torch_s_attention(self, place):
        query, keys, present = torch.randn(3, 6, **place), torch.randn(3, 4, 6, **place), some_records(place)
        context = attend(query, keys, present)
        expected = scaled_dot_product_attention(query[:, None], keys, keys, attn_mask=present[:, None])[:, 0]
        assert same_place(context, place)
        torch.testing.assert_close(context, expected)

    def test_is_the_expected_key_of_a_drawn_record(self):
        query, keys = torch.randn(1, 4, **DOUBLE), torch.randn(1, 3, 4, **DOUBLE)
        record = D.Categorical(logits=keys[0] @ query[0] / 2)
        expected = sum(record.log_prob(torch.tensor(n)).exp() * keys[0, n] for n in range(3))
        torch.testing.assert_close(attend(query, keys, torch.ones(1, 3, dtype=torch.bool))[0], expected)

    def test_what_fills_up_changes_nothing(self, place):
        """Given records that are not there, with any keys, the context is that of the table without them."""
        query, keys, present = torch.randn(3, 6, **place), torch.randn(3, 4, 6, **place), some_records(place)
        keys[~present] *= 1000
        for row, count in enumerate((3, 1, 4)):
            alone = attend(query[[row]], keys[[row], :count], present[[row], :count])
            torch.testing.assert_close(attend(query, keys, present)[[row]], alone)

    @pytest.mark.parametrize("scale", [1.0, 1e4])
    def test_a_row_without_records_gets_zeros_and_finite_gradients(self, place, scale):
        query = (scale * torch.randn(2, 6, **place)).requires_grad_()
        keys = torch.randn(2, 3, 6, **place).requires_grad_()
        present = torch.tensor([[True, False, True], [False] * 3], device=query.device)
        context = attend(query, keys, present)
        slopes = torch.autograd.grad(context.sum(), (query, keys))
        assert (context[1] == 0).all() and context.isfinite().all()
        assert all(slope.isfinite().all() and (slope[1] == 0).all() for slope in slopes)

    def test_no_record_at_all_is_no_error(self):
        context = attend(torch.randn(2, 4), torch.zeros(2, 0, 4), torch.zeros(2, 0, dtype=torch.bool))
        assert torch.equal(context, torch.zeros(2, 4))

    def test_gradients_agree_with_finite_differences(self):
        query = torch.randn(3, 4, **DOUBLE, requires_grad=True)
        keys = torch.randn(3, 4, 4, **DOUBLE, requires_grad=True)
        present = some_records({}, (3, 1, 4)) & torch.tensor([[True], [False], [True]])
        assert gradcheck(lambda a, b: attend(a, b, present), (query, keys))


class TestMaskValues:
    def test_reads_as_a_person_would_mask_it(self):
        tokens = torch.tensor([[1, 11, 12, 13, 14, 15, 2], [1, 21, 22, 2, PAD, PAD, PAD]])
        spans = torch.tensor([[0, 1, 1, 2, 0, 3, 0], [0, 0, 1, 0, 0, 0, 0]])
        expected = torch.tensor([[1, MASK, MASK, 14, MASK, 2, PAD], [1, 21, MASK, 2, PAD, PAD, PAD]])
        assert torch.equal(mask_values(tokens, spans, MASK), expected)

    def test_agrees_with_runs_that_are_counted_one_by_one(self):
        """Every numbering of five words by 0, 1 and 2: itertools' runs, joined by hand."""
        for numbers in itertools.product(range(3), repeat=5):
            words = range(11, 16)
            runs = itertools.groupby(zip(numbers, words, strict=True), key=lambda pair: pair[0])
            template = [out for k, run in runs for out in ([MASK] if k else [word for _, word in run])]
            expected = template + [PAD] * (5 - len(template))
            masked = mask_values(torch.tensor([list(words)]), torch.tensor([numbers]), MASK)
            assert masked.tolist() == [expected], numbers

    def test_leaves_its_inputs_alone_and_sentences_without_values_as_they_are(self):
        tokens, spans = torch.randint(5, 20, (3, 6)), torch.zeros(3, 6, dtype=torch.long)
        before = tokens.clone()
        masked = mask_values(tokens, spans, MASK)
        assert torch.equal(masked, before) and masked.dtype == torch.long
        spans[:, 2:4] = 1
        mask_values(tokens, spans, MASK)
        assert torch.equal(tokens, before)

    def test_shapes_that_differ_are_refused(self):
        with pytest.raises(ValueError, match="one shape"):
            mask_values(torch.zeros(2, 3, dtype=torch.long), torch.zeros(2, 4, dtype=torch.long), MASK)


class TestTemplateLoss:
    def test_is_the_negative_log_probability_of_categorical_words(self, place):
        logits = 2 * torch.randn(3, 5, 6, **place)
        masked = torch.tensor([[4, 5, 2, 0, 0], [3, 2, 0, 0, 0], [5, 4, 3, 1, 2]], device=logits.device)
        loss = template_loss(logits, masked)
        expected = -(D.Categorical(logits=logits).log_prob(masked) * (masked != PAD)).sum(-1)
        assert same_place(loss, place)
        torch.testing.assert_close(loss, expected)

    def test_the_probabilities_of_all_sentences_of_a_length_sum_to_one(self):
        """Given a vocabulary of PAD and three words, all sentences of two words, and PAD's share apart."""
        logits = torch.randn(1, 2, 4, **DOUBLE)
        logits[..., PAD] = -1e4  # no word is PAD
        sentences = torch.tensor(list(itertools.product(range(1, 4), repeat=2)))
        losses = template_loss(logits.expand(len(sentences), -1, -1), sentences)
        assert (-losses).exp().sum().item() == pytest.approx(1)

    def test_padding_neither_counts_nor_learns(self):
        logits = torch.randn(1, 3, 4, requires_grad=True)
        template_loss(logits, torch.tensor([[2, PAD, PAD]])).sum().backward()
        assert (logits.grad[:, 1:] == 0).all() and (logits.grad[:, 0] != 0).any()

    def test_gradients_agree_with_finite_differences(self):
        logits, masked = torch.randn(2, 3, 4, **DOUBLE, requires_grad=True), torch.tensor([[1, 3, 0], [2, 2, 1]])
        assert gradcheck(lambda a: template_loss(a, masked), logits)

    def test_shapes_that_differ_are_refused(self):
        with pytest.raises(ValueError, match=r"\[B, T, V\]"):
            template_loss(torch.zeros(2, 3, 4), torch.zeros(2, 4, dtype=torch.long))


class TestContentLoss:
    def test_agrees_with_torch_s_gaussians(self, place):
        mu, logvar, table = (torch.randn(4, 3, **place) for _ in range(3))
        loss = content_loss(mu, logvar, table, 0.3)
        q = D.Normal(mu, (logvar / 2).exp())
        kl = D.kl_divergence(q, D.Normal(torch.zeros_like(mu), torch.ones_like(mu)))
        assert same_place(loss, place)
        torch.testing.assert_close(loss, ((q.mean - table) ** 2 + q.variance + 0.3 * kl).sum(-1))

    def test_its_expectations_are_integrals(self):
        """Given one dimension, E_q (c - f)² + w E_q [log q(c) - log p(c)] by the trapezoid rule."""
        mu, logvar, table = (torch.tensor([[value]], **DOUBLE) for value in (0.4, -0.7, 1.3))
        weight, c = 0.6, torch.linspace(-15, 15, 20001, **DOUBLE)
        q, p = D.Normal(mu[0], (logvar[0] / 2).exp()), D.Normal(torch.zeros(1, **DOUBLE), 1.0)
        integrand = q.log_prob(c).exp() * ((c - table[0]) ** 2 + weight * (q.log_prob(c) - p.log_prob(c)))
        loss = content_loss(mu, logvar, table, weight)
        assert loss.item() == pytest.approx(torch.trapezoid(integrand, c).item(), abs=1e-9)

    def test_the_table_is_a_target_and_gets_no_gradient(self):
        mu, logvar, table = (torch.randn(4, 3, requires_grad=True) for _ in range(3))
        slopes = torch.autograd.grad(content_loss(mu, logvar, table).sum(), (mu, logvar, table), allow_unused=True)
        assert slopes[2] is None
        assert all((slope != 0).all() for slope in slopes[:2])

    def test_gradients_agree_with_finite_differences(self):
        mu, logvar = (torch.randn(2, 3, **DOUBLE, requires_grad=True) for _ in range(2))
        table = torch.randn(2, 3, **DOUBLE)
        assert gradcheck(lambda a, b: content_loss(a, b, table, 0.4), (mu, logvar))

    def test_without_a_weight_the_kl_counts_in_full(self):
        mu, logvar, table = (torch.randn(4, 3) for _ in range(3))
        assert torch.equal(content_loss(mu, logvar, table), content_loss(mu, logvar, table, 1.0))


class TestTemplateElbo:
    def test_with_the_exact_terms_it_never_exceeds_the_enumerated_evidence(self):
        """Given z and c with two values each and any x, and any factorised q, it bounds log p(x); the best q is near.

        Where x depends on z alone the factorised posterior is exact, and the bound is tight.
        """
        half = torch.full((2,), 0.5, **DOUBLE)
        for depends_on_c in (True, False):
            likelihood = torch.rand(2, 2, **DOUBLE) if depends_on_c else torch.rand(2, 1, **DOUBLE).expand(2, 2)
            evidence = (likelihood / 4).sum().log()
            gaps = []
            for share_z, share_c in itertools.product(torch.linspace(0.01, 0.99, 99, **DOUBLE), repeat=2):
                q_z, q_c = torch.stack([share_z, 1 - share_z]), torch.stack([share_c, 1 - share_c])
                expected = (q_z[:, None] * q_c * likelihood.log()).sum()
                kls = [D.kl_divergence(D.Categorical(q), D.Categorical(half)) for q in (q_z, q_c)]
                gaps.append(evidence - template_elbo(expected[None], kls[0][None], kls[1][None], 1.0, 1.0))
            assert min(gaps) >= -1e-12
            if not depends_on_c:
                assert min(gaps) < 1e-3

    def test_its_gradient_holds_the_weights(self, place):
        terms = [torch.randn(5, **place).requires_grad_() for _ in range(3)]
        bound = template_elbo(*terms, 0.3, 1.7)
        assert same_place(bound, place) and bound.shape == (5,)
        for slope, weight in zip(torch.autograd.grad(bound.sum(), terms), (1, -0.3, -1.7), strict=True):
            torch.testing.assert_close(slope, torch.full((5,), weight, **place))


class TestSlotCoverage:
    def test_agrees_with_sets_on_every_pair_of_three_fields(self):
        rows = list(itertools.product([False, True], repeat=3))
        pairs = list(itertools.product(rows, repeat=2))
        coverage, hallucination = slot_coverage(*torch.tensor(pairs).unbind(1))
        for row, (said, asked) in enumerate(pairs):
            told, wanted = ({field for field in range(3) if flags[field]} for flags in (said, asked))
            recall = len(told & wanted) / len(wanted) if wanted else 1
            invented = len(told - wanted) / len(told) if told else 0
            assert coverage[row].item() == pytest.approx(recall)
            assert hallucination[row].item() == pytest.approx(invented)

    def test_are_float_on_the_device_of_the_flags(self, place):
        flags = torch.ones(2, 3, dtype=torch.bool, device=place.get("device"))
        for share in slot_coverage(flags, flags):
            assert share.is_floating_point() and share.device == flags.device and share.shape == (2,)
