"""Right but unusual answers to `update_alpha`."""

import math

import torch
from answers import right


@right
def by_scipy_s_root_finder(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    from scipy import optimize, special

    def slope(t):
        a = math.exp(t)
        return special.digamma(num_topics * a) - special.digamma(a) + mean

    mean = float(expected_log_theta_sum) / (num_docs * num_topics)
    return math.exp(optimize.brentq(slope, -25, 25, xtol=1e-14))


@right
def by_minka_s_fixed_point(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    from scipy import special

    def inverse_digamma(y):
        x = math.exp(y) + 0.5 if y > -2.22 else -1 / (y - special.digamma(1))
        for _ in range(8):
            x -= (special.digamma(x) - y) / special.polygamma(1, x)
        return x

    mean, alpha = float(expected_log_theta_sum) / (num_docs * num_topics), float(init)
    for _ in range(20000):
        before, alpha = alpha, float(inverse_digamma(special.digamma(num_topics * alpha) + mean))
        if abs(alpha - before) < 1e-13 * alpha:
            break
    return alpha


@right
def by_the_secant_method(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    from scipy import special

    mean = float(expected_log_theta_sum) / (num_docs * num_topics)

    def slope(t):
        return special.digamma(num_topics * math.exp(t)) - special.digamma(math.exp(t)) + mean

    low, high = -30.0, 30.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return math.exp(0.5 * (low + high))


@right
def by_newton_on_the_inverse(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    b, mean = 1 / init, expected_log_theta_sum / (num_docs * num_topics)
    for _ in range(500):
        a = torch.tensor(1 / b, dtype=torch.float64)
        value = float(torch.digamma(num_topics * a) - torch.digamma(a)) + mean
        bend = float(num_topics * torch.polygamma(1, num_topics * a) - torch.polygamma(1, a)) * -(1 / b**2)
        new = min(max(b - value / bend, b / 4), b * 4)
        if abs(new - b) < 1e-14 * b:
            break
        b = new
    return 1 / b


@right
def by_scipy_s_minimiser_and_a_polish(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    from scipy import optimize, special

    k, mean = num_topics, float(expected_log_theta_sum) / num_docs

    def loss(t):
        a = math.exp(t)
        return -(special.gammaln(k * a) - k * special.gammaln(a) + (a - 1) * mean)

    t = optimize.minimize_scalar(loss, bracket=(-2, 1)).x
    for _ in range(20):
        a = math.exp(t)
        slope = k * (special.digamma(k * a) - special.digamma(a)) + mean
        bend = k * (k * special.polygamma(1, k * a) - special.polygamma(1, a))
        t -= slope * a / (a * a * bend + a * slope)
    return math.exp(t)


@right
def by_halley_s_method(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    from scipy import special

    k, t, mean = num_topics, math.log(init), float(expected_log_theta_sum) / (num_docs * num_topics)
    for _ in range(300):
        a = math.exp(t)
        f = special.digamma(k * a) - special.digamma(a) + mean
        first = a * (k * special.polygamma(1, k * a) - special.polygamma(1, a))
        second = first + a * a * (k * k * special.polygamma(2, k * a) - special.polygamma(2, a))
        step = 2 * f * first / (2 * first * first - f * second)
        t -= max(-1.0, min(1.0, float(step)))
        if abs(step) < 1e-13:
            break
    return math.exp(t)


@right
def by_recursive_bisection_of_tensors(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    def halve(low, high, left):
        middle = (low + high) / 2
        if left == 0:
            return middle.exp()
        a = middle.exp()
        rising = num_docs * num_topics * (torch.digamma(num_topics * a) - torch.digamma(a)) + expected_log_theta_sum > 0
        return halve(middle, high, left - 1) if rising else halve(low, middle, left - 1)

    ends = torch.tensor([-20.0, 20.0], dtype=torch.float64)
    return halve(ends[0], ends[1], 80)


@right
def by_a_grid_that_narrows(expected_log_theta_sum, num_docs, num_topics, init=1.0):
    low, high = -20.0, 20.0
    for _ in range(16):
        t = torch.linspace(low, high, 65, dtype=torch.float64)
        a = t.exp()
        slope = num_topics * (torch.digamma(num_topics * a) - torch.digamma(a)) + expected_log_theta_sum / num_docs
        place = int((slope > 0).sum())
        low, high = float(t[max(0, place - 1)]), float(t[min(64, place)])
    return math.exp((low + high) / 2)
