"""Wrong answers to `infer_document`, kept aside."""

import torch
from answers import wrong


@wrong("The loop has a cap of its own of two hundred iterations, whatever max_iters says.")
def cap_of_two_hundred_iterations(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(min(max_iters, 200)):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("The default of max_iters is 5.")
def five_iterations_by_default(alpha, log_beta, word_ids, counts, max_iters=5, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("The loop stops when the order of the topics in γ stands still, not γ itself.")
def stops_at_the_order_of_topics(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if torch.equal(gamma.argsort(), before.argsort()):
            break
    return gamma, phi


@wrong("The loop stops when γ has moved by less than one token in all.")
def stops_within_one_token(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().sum() < max(1.0, tol):
            break
    return gamma, phi


@wrong("φ is normalised over the words.")
def phi_normalised_over_words(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(0)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("The words are not used: φ comes from the shares alone.")
def words_not_used(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = torch.digamma(gamma).softmax(-1).repeat(len(word_ids), 1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("A prior of its own for each topic is replaced by its mean.")
def mean_of_the_prior(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    alpha = float(torch.as_tensor(alpha).mean())
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("γ is the one of the iteration before, so with max_iters = 1 it is the start.")
def gamma_of_the_iteration_before(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return before, phi


@wrong("Words that recur are merged, so φ has fewer rows than the document.")
def recurring_words_merged(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    word_ids, place = word_ids.unique(return_inverse=True)
    counts = torch.zeros(len(word_ids), dtype=counts.dtype).index_add_(0, place, counts)
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("Two updates are done where max_iters = 1 allows one: the start is an update already.")
def start_by_an_update(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    before = gamma
    phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
    gamma = alpha + counts @ phi
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("log γ stands for the digamma function, and γ is normalised to shares.", composed=True)
def shares_of_log_of_mean(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (gamma.log() + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma / gamma.sum(), phi


@wrong("The rows of the right φ are shifted by one token.", composed=True)
def tokens_shifted(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi.roll(1, 0)


@wrong("The right γ is doubled.", composed=True)
def gamma_doubled(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return 2 * gamma, phi


@wrong("The results are swapped, and γ is normalised to shares.", composed=True)
def swapped_and_normalised(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return phi, gamma / gamma.sum()


@wrong("The computation and both results are single precision.")
def single_precision(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    log_beta, counts = log_beta.float(), counts.float()
    if isinstance(alpha, torch.Tensor):
        alpha = alpha.float()
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi
