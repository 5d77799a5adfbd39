"""Wrong answers to `update_alpha`, kept aside."""

import math

import torch
from answers import wrong


@wrong("Newton's method on α itself, with negative values set to a small number, is lost from a far start.")
def newton_without_the_logarithm(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, a = num_docs, num_topics, torch.tensor(float(init), dtype=torch.float64)
    for _ in range(8):
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        bend = d * k * (k * torch.polygamma(1, k * a) - torch.polygamma(1, a))
        a = (a - slope / bend).clamp(min=1e-3)
    return a.item()


@wrong("One document too many is counted.")
def one_document_too_many(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    num_docs = num_docs + 1
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@wrong("ψ(α) stands without its K: the K topics' terms are counted once.")
def topics_counted_once(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * (k * torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@wrong("The sign of the expected logs is turned, so the search runs to the end of its range.")
def expected_logs_with_the_wrong_sign(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-3, 1e3
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) - expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@wrong("α is searched between 0.01 and 2 only.")
def searched_up_to_two(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-2, 2.0
    for _ in range(200):
        a = torch.tensor((low + high) / 2, dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low


@wrong("Ten halvings of the range find three digits only.")
def ten_halvings(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-2, 1e2
    for _ in range(10):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return math.sqrt(low * high)


@wrong("The search never goes further than a factor of 3 from the start.")
def near_the_start(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return min(max(low, init / 3), init * 3)


@wrong("The mean of the start and the right answer is returned.")
def averaged_with_the_start(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return 0.5 * (low + init)


@wrong("A pair is returned: α and the number of steps.")
def a_pair(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low, 200


@wrong("The chain rule's K is missing, and one is added.", composed=True)
def chain_rule_and_one_added(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * (torch.digamma(k * a) - k * torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return 1 + low


@wrong("The right answer is divided by the number of topics.", composed=True)
def divided_by_topics(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return low / num_topics


@wrong("The exponential of the right answer is returned.", composed=True)
def exponential(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-8, 1e8
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return math.exp(low)


@wrong("The expected logs are divided by the number of topics, and the total Kα is returned.", composed=True)
def mean_over_topics_and_total(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    d, k, low, high = num_docs, num_topics, 1e-6, 1e6
    for _ in range(200):
        a = torch.tensor(math.sqrt(low * high), dtype=torch.float64)
        slope = d * k * (torch.digamma(k * a) - torch.digamma(a)) + expected_log_theta_sum / k
        low, high = (float(a), high) if slope > 0 else (low, float(a))
    return num_topics * low
