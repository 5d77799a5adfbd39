"""Wrong answers to `infer_document`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The loop has a cap of its own of fifty iterations, whatever max_iters says.")
def cap_of_fifty_iterations(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(min(max_iters, 50)):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("One iteration more than max_iters is done.")
def one_iteration_too_many(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters + 1):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("The loop stops when the sum of γ stands still, which it does from the second iteration on.")
def stops_at_a_constant_sum(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    gamma = alpha + torch.ones(len(log_beta), dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma.sum() - before.sum()).abs() < max(tol, 1e-9):
            break
    return gamma, phi


@wrong("The default of tol is 0.1, far too coarse to converge.")
def coarse_tolerance(alpha, log_beta, word_ids, counts, max_iters=100, tol=0.1):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("Each token goes wholly to its likeliest topic, so φ holds zeros and ones.")
def hard_assignment(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = F.one_hot((torch.digamma(gamma) + log_beta[:, word_ids].T).argmax(-1), k).to(log_beta)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("γ enters as it is, without the digamma function.")
def gamma_without_digamma(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (gamma + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("With max_iters = 1 nothing is updated: the start comes back, for the loop ends one too early.")
def one_iteration_too_few(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    phi = torch.full((len(word_ids), k), 1 / k, dtype=log_beta.dtype)
    for _ in range(max_iters - 1):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("max_iters is obeyed where it is 1 only; otherwise ten iterations are done.")
def ten_iterations(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(1 if max_iters == 1 else 10):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
    return gamma, phi


@wrong("The counts are normalised in place, so the caller's counts change.")
def counts_edited(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    tokens = float(counts.sum())
    counts /= tokens
    k = len(log_beta)
    gamma = alpha + tokens / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + tokens * (counts @ phi)
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("The counts are not used, and the prior is missing in γ.", composed=True)
def no_counts_and_no_prior(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    gamma = torch.ones(len(log_beta), dtype=log_beta.dtype)
    for _ in range(max_iters):
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = phi.sum(0) + 1e-100
    return gamma, phi


@wrong("The topics of both results come in reversed order.", composed=True)
def topics_reversed(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma.flip(0), phi.flip(1)


@wrong("The logarithms of the right φ are returned.", composed=True)
def logs_of_phi(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    k = len(log_beta)
    gamma = alpha + counts.sum() / k * torch.ones(k, dtype=log_beta.dtype)
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi.clamp(min=1e-300).log()


@wrong("torch's global seed is set to draw a start, so every later draw of the notebook repeats.")
def global_seed_set(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    torch.manual_seed(0)
    k = len(log_beta)
    gamma = alpha + torch.rand(k, dtype=log_beta.dtype) * counts.sum()
    for _ in range(max_iters):
        before = gamma
        phi = (torch.digamma(gamma) + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + counts @ phi
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi


@wrong("log γ stands for the digamma function, and the counts are not used.", composed=True)
def log_of_mean_without_counts(alpha, log_beta, word_ids, counts, max_iters=100, tol=1e-6):
    gamma = alpha + torch.ones(len(log_beta), dtype=log_beta.dtype)
    for _ in range(max_iters):
        phi = (gamma.log() + log_beta[:, word_ids].T).softmax(-1)
        gamma = alpha + phi.sum(0)
    return gamma, phi
