"""Wrong answers to `update_alpha`, to work on."""

import math

import torch
from answers import wrong


@wrong("Newton's method runs in single precision, so only about four digits are right.")
def single_precision(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, t = num_docs, num_topics, torch.tensor(math.log(init))
    for _ in range(100):
        a = t.exp()
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        bend = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
        t = t - (slope / (a * bend + slope)).clamp(-2, 2)
    return t.exp().item()


@wrong("Five steps of Newton's method, too few from a far start.")
def five_steps(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, t = num_docs, num_topics, math.log(init)
    for _ in range(5):
        a = torch.tensor(math.exp(t), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        bend = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
        t -= max(-2.0, min(2.0, float(slope / (a * bend + slope))))
    return math.exp(t)


@wrong("Documents and topics have changed places.")
def documents_and_topics_exchanged(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_topics, num_docs, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@wrong("The digamma functions are replaced by logarithms less 1/(2x), which is off where α is small.")
def series_for_digamma(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    k, low, high = num_topics, 1e-8, 1e8
    for _ in range(200):
        a = math.sqrt(low * high)
        slope = num_docs * k * (math.log(k) + 0.5 / a - 0.5 / (k * a)) + expected_log_theta_sum
        low, high = (a, high) if slope > 0 else (low, a)
    return low


@wrong("α never leaves the range from 0.1 to 1.")
def kept_below_one(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return min(max(low, 0.1), 1.0)


@wrong("The result is rounded to three digits.")
def rounded_to_three_digits(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return round(low, 3)


@wrong("The search stops at the first step that is smaller than 0.01.")
def coarse_tolerance(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, t = num_docs, num_topics, math.log(init)
    for _ in range(200):
        a = torch.tensor(math.exp(t), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        bend = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
        step = max(-2.0, min(2.0, float(slope / (a * bend + slope))))
        if abs(step) < 1e-2:
            break
        t -= step
    return math.exp(t)


@wrong("Gradient ascent on log α with a fixed, small step: a hundred steps do not arrive.")
def slow_gradient_ascent(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, t = num_docs, num_topics, math.log(init)
    for _ in range(100):
        a = torch.tensor(math.exp(t), dtype=torch.float64)
        slope = k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum / d
        t += 0.01 * max(-5.0, min(5.0, float(a * slope)))
    return math.exp(t)


@wrong("The torch default dtype is set to float64 for the whole notebook.")
def default_dtype_changed(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    torch.set_default_dtype(torch.float64)
    d, k, t = num_docs, num_topics, torch.tensor(math.log(init))
    for _ in range(200):
        a = t.exp()
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        bend = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
        t = t - (slope / (a * bend + slope)).clamp(-2, 2)
    return float(t.exp())


@wrong("The number of documents is missing, and the logarithm of α is returned.", composed=True)
def no_documents_and_a_logarithm(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    k, low, high = num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return math.log(low)


@wrong("The sum over the topics, Kα, is returned.", composed=True)
def whole_concentration(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return num_topics * low


@wrong("The reciprocal of the right answer is returned.", composed=True)
def reciprocal(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return 1 / low


@wrong("One step of Newton's method, and the logarithm of α is returned.", composed=True)
def logarithm_of_one_step(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, a = num_docs, num_topics, torch.tensor(float(init), dtype=torch.float64)
    slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
    bend = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
    return float(a.log() - slope / (a * bend + slope))
