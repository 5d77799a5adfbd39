"""What the check claims of a wrong answer is no luck of the cases: each claim here once was one, or must stay one."""

import functools
import math

import pytest
import torch
from torch.nn import functional as F

from autograder import rubrics
from autograder.exercise.solve import PUBLIC_SEED, examination
from latentkit.check import examine
from latentkit.check.calling import respond
from latentkit.check.cases import Case
from latentkit.check.comparing import complaint
from latentkit.check.diagnosis.measures import of_numbers
from latentkit.check.diagnosis.numbers import Pair

EXERCISES = {exercise.name: exercise for name in rubrics.names() for exercise in rubrics.load(name).exercises}
BY_VALUE = [name for name, exercise in EXERCISES.items() if not exercise.law]


@functools.cache
def released(name):
    return examination(EXERCISES[name], PUBLIC_SEED, with_probes=True)


def said(name, function):
    verdict = examine(released(name), function)
    assert not verdict.passed
    return verdict.message


# ---------------- an argument that changes nothing where the cases lie, and elsewhere does


def median_loss(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).median()


def logistic_far_out(step, k, x0):
    return 0.5 * (1 - math.tanh(0.5 * (k * step - x0)))


def shortest_end(outputs, lengths):
    return outputs[:, int(lengths.min()) - 1]


def cut_advantage(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach().relu() * log_q).mean()


def last_document(theta, years):
    found = years.unique()
    return found, torch.stack([theta[years == year][-1] for year in found])


def likeliest_topic(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = F.one_hot(torch.tensor(z_old), len(n_k)).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return F.one_hot(p.argmax(), len(p)).double()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sentence_vae_loss", median_loss),
        ("logistic_annealing", logistic_far_out),
        ("last_hidden", shortest_end),
        ("score_function_surrogate", cut_advantage),
        ("topic_trend", last_document),
        ("gibbs_conditional", likeliest_topic),
    ],
)
def test_an_argument_that_counts_somewhere_is_not_said_to_change_nothing(name, function):
    message = said(name, function)
    assert "nothing, and should" not in message
    assert "change nothing" not in message
    assert "changes nothing" not in message
    assert "changes anything" not in message


def first_example_of_each(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    p = (n_kw[:, w].double() + 3 * eta) / (n_k.double() + n_kw.shape[1] * eta)
    return p / p.sum()


def test_arguments_that_never_count_are_listed():
    assert "`n_dk`, `d`, `z_old` and `alpha` change nothing" in said("gibbs_conditional", first_example_of_each)


# ---------------- a place that is luck


def jitter(mu, cov):
    cov = cov + 1e-6 * torch.eye(mu.shape[-1], dtype=mu.dtype)
    log_det = torch.linalg.slogdet(cov).logabsdet
    return 0.5 * ((mu**2).sum(-1) + cov.diagonal(dim1=-2, dim2=-1).sum(-1) - mu.shape[-1] - log_det)


def cut_at_minus_hundred(gamma):
    return (gamma.digamma() - gamma.sum(-1, keepdim=True).digamma()).clamp(min=-100)


def test_where_it_is_wrong_is_not_read_off_one_case():
    assert "what is wrong is" not in said("kl_to_standard_normal_full", jitter)
    assert "what is wrong is" not in said("expected_log_dirichlet", cut_at_minus_hundred)


# ---------------- two mistakes at once


def doubled_logarithm_and_negative(q_c, means, logvars):
    eta1, eta2 = means * (-logvars).exp(), -0.5 * (-logvars).exp()
    of_each = (-(eta1**2) / (4 * eta2) - (-2 * eta2).log()).sum(-1)
    mean1, mean2 = q_c @ eta1, q_c @ eta2
    return (-(mean1**2) / (4 * mean2) - (-2 * mean2).log()).sum(-1) - q_c @ of_each


def jump_in_the_middle(step, warmup):
    return float(2 * step >= warmup)


def half_of_the_threshold(mu, threshold=0.01):
    return int((mu.var(0) > threshold / 2).sum())


def range_for_variance(mu, threshold=0.01):
    return int(((mu.amax(0) - mu.amin(0)) > threshold).sum())


def test_mistakes_that_agree_by_chance_are_not_named():
    for name, function in (
        ("linear_annealing", jump_in_the_middle),
        ("active_units", half_of_the_threshold),
        ("active_units", range_for_variance),
    ):
        assert examine(released(name), function).mistake is None


def test_a_mistake_that_the_sign_hides_is_named_and_no_other():
    verdict = examine(released("dispersion"), doubled_logarithm_and_negative)
    assert verdict.mistake == "logarithm_without_half"
    assert "−1 times what that gives" in verdict.message


def test_two_mistakes_of_which_one_scales_the_other_are_both_named():
    message = said("sentence_vae_loss", lambda log_likelihood, kl, kl_weight: kl_weight * (kl - log_likelihood).sum())
    assert "The weight multiplies the whole loss" in message
    assert "You summed over the batch" in message


def variance_taken_off(mu, logvar, table, kl_weight=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return ((mu - table.detach()) ** 2 - logvar.exp() + kl_weight * kl).sum(-1)


def test_mistakes_that_differ_in_their_gradients_alone_are_no_two_mistakes_of_the_value():
    """The variance is missing, twice over: once with the table's gradient, and once without."""
    message = said("content_loss", variance_taken_off)
    assert "Two things" not in message
    assert "The term Σ σ² has the wrong sign" in message


def masked_with_minus_a_hundred(query, keys, present):
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~present, -100.0).softmax(-1) * present
    return (weights.unsqueeze(1) @ keys).squeeze(1)


def test_what_is_too_small_to_see_is_0():
    assert "the result is 0 everywhere" in said("attend", masked_with_minus_a_hundred)


# ---------------- what another argument would give, where the formula feels it


def one_after_the_end(step, total_steps, num_cycles, ratio):
    return 1.0 if step >= total_steps else min(1.0, (step * num_cycles % total_steps) / total_steps / ratio)


def clamped_logs(gamma, log_beta, word_ids):
    return (gamma.digamma() + log_beta[:, word_ids].T).clamp(min=-700).softmax(-1)


def with_entropy(q_c, mu, logvar, means, logvars):
    log_ratio = logvar.unsqueeze(1) - logvars
    kl = 0.5 * ((mu.unsqueeze(1) - means) ** 2 / logvars.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1)
    return (q_c * kl).sum(-1) + torch.special.entr(q_c.clamp(min=1e-12)).sum(-1)


def test_an_exchange_that_the_formula_does_not_feel_is_no_explanation():
    for name, function in (
        ("cyclical_annealing", one_after_the_end),
        ("update_phi", clamped_logs),
        ("mixture_kl", with_entropy),
    ):
        assert "right result" not in said(name, function)
        assert "result is right." not in said(name, function)


# ---------------- precision, size, gradient, dtype


def variance_with_a_floor(h, w_mu, w_logvar):
    return h @ w_mu.T, (h @ w_logvar.T).exp() + 1e-3


def test_a_dtype_is_not_blamed_where_it_only_is_looked_at_less_closely():
    message = said("posterior_from_hidden", variance_with_a_floor)
    assert "float32 give the right values" not in message
    assert "three digits" in message


def topics_normalised_again(gamma, log_beta, word_ids):
    log_beta = log_beta - log_beta.logsumexp(1, keepdim=True)
    return (gamma.digamma() + log_beta[:, word_ids].T).softmax(-1)


def test_a_size_is_not_blamed_where_any_other_scale_is_wrong():
    assert "while no entry" not in said("update_phi", topics_normalised_again)


def epsilon_in_the_log(x, logits):
    p = torch.sigmoid(logits)
    return (x * torch.log(p + 1e-8) + (1 - x) * torch.log(1 - p + 1e-8)).sum(-1)


def test_the_value_is_said_to_pass_only_where_it_passes_in_every_case():
    assert said("bernoulli_log_likelihood", epsilon_in_the_log).startswith("The value is wrong.")


def black_pixels_forgotten(log_joint, log_posterior):
    return torch.zeros_like(log_joint[0]) * log_posterior[0]


def test_a_place_is_not_blamed_where_any_weights_give_the_right_average():
    """Of embeddings that are 0 any sum is right, and of equal ones any average: it says nothing of the weights."""

    def of_unnormalised_weights(logits, embedding, temperature):
        score = logits / temperature
        return (score - score.amax(-1, keepdim=True)).exp() @ embedding

    def of_three_words(logits, embedding, temperature):
        top = logits.topk(min(3, logits.shape[-1]), dim=-1)
        return ((top.values / temperature).softmax(-1)[..., None] * embedding[top.indices]).sum(-2)

    said = [examine(released("soft_embeddings"), f).message for f in (of_unnormalised_weights, of_three_words)]
    assert "adding 1 to `embedding` throughout should add 1 to the result" in said[0]
    assert not any("look at how it enters" in message for message in said)


def test_of_what_is_0_everywhere_no_term_is_missing():
    assert "The result is 0 everywhere" in said("elbo_from_joint", black_pixels_forgotten)


def test_ids_are_not_to_follow_the_dtype_of_real_inputs():
    message = said("topic_trend", lambda theta, years: (years.unique().double(), theta[: len(years.unique())]))
    assert "return whole numbers" in message


# ---------------- probes


@pytest.mark.parametrize("name", BY_VALUE)
def test_right_solutions_that_look_different_agree_on_every_probe(name):
    for probe in released(name).probes:
        for alternative in EXERCISES[name].alternatives:
            assert complaint(probe.solved, respond(alternative, probe.solved.case), released(name)) is None


# ---------------- all sentences of one message count the same things


def test_the_size_and_the_cases_speak_of_the_value_alike():
    """The gradient is wrong in cases in which the value is right: neither sentence counts it."""
    message = said("bernoulli_log_likelihood", epsilon_in_the_log)
    assert "Its value is right while no entry of `logits` exceeds" in message
    assert "in no other case" not in message
    assert "where alone its value is wrong" in message


def advantage_of_the_batch(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach().mean() * log_q).mean()


def test_a_value_that_puts_it_right_puts_it_right_in_every_case():
    """Rewards of 1 hide it but where each sample has a baseline of its own."""
    assert "throughout, the result is right" not in said("score_function_surrogate", advantage_of_the_batch)


def squeezed(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + log_ratio.exp() - 1 - log_ratio).sum(-1).squeeze()


def test_of_a_shape_that_is_wrong_in_one_case_it_is_said_in_which():
    message = said("kl_between_gaussians", squeezed)
    assert "where alone it is wrong, the result is the right one but for its shape: an axis with one entry" in message


def topics_sorted(gamma, log_beta, word_ids):
    return (gamma.sort().values.digamma() + log_beta[:, word_ids].T).softmax(-1)


def test_what_is_right_by_its_numbers_alone_is_said_to_be_luck():
    message = said("update_phi", topics_sorted)
    assert "That it is right in “one word, two topics” is luck: with other numbers it is wrong there too." in message
    assert "in no other case" not in message


def divided_by_two_less(z_start, z_end, num):
    return torch.stack([z_start + i / (num - 2) * (z_end - z_start) for i in range(num)])


def test_where_it_raises_is_said_of_an_answer_that_is_wrong_elsewhere():
    assert "It raises ZeroDivisionError in “the two ends”." in said("interpolate", divided_by_two_less)


def test_numbers_are_counted_of_the_thing_that_is_wrong():
    right = torch.arange(1.0, 6, dtype=torch.float64)
    pair = Pair(Case("five numbers", {}), right, right + torch.tensor([0.0, 1, 2, 3, 0]), 1e-6)
    assert list(of_numbers([pair], "the second thing returned")) == [
        "3 of 5 numbers of the second thing returned are wrong, at [1] of “five numbers” first.",
        "All that is wrong of the second thing returned is too large.",
    ]


def normaliser_and_entropy_missing(alpha, log_beta, word_ids, counts, phi, gamma):
    a = torch.as_tensor(alpha, dtype=gamma.dtype).expand(len(gamma))
    e = torch.digamma(gamma) - torch.digamma(gamma.sum())
    entropy = torch.lgamma(gamma).sum() - torch.lgamma(gamma.sum()) - ((gamma - 1) * e).sum()
    tokens = torch.where(phi > 0, phi * (e + log_beta[:, word_ids].T), 0)
    return ((a - 1) * e).sum() + entropy + (counts[:, None] * tokens).sum()


def test_of_what_is_missing_it_is_not_said_that_it_is_wrong():
    message = said("document_elbo", normaliser_and_entropy_missing)
    assert "The term log Γ(Σα) is missing" in message
    assert "is wrong:" not in message


def smoothed_by_default(docs, phis, vocab_size, eta=1.0):
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T


def test_a_default_is_blamed_where_it_alone_is_wrong():
    assert "Called without `eta`, it does not do what its default says." in said("update_beta", smoothed_by_default)


def test_the_dtype_that_is_asked_for_is_said():
    def single(docs, phis, vocab_size, eta=0.0):
        return smoothed_by_default(docs, phis, vocab_size, eta).float()

    def shares(said, asked):
        return asked.double().mean(-1), said.double().mean(-1)

    assert "follow the dtype of the inputs, float64 here" in said("update_beta", single)
    message = said("slot_coverage", shares)
    assert "The first thing returned has the wrong dtype: return float32 here." in message
    assert "inputs" not in message
