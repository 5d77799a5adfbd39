"""The prior of the documents' topic shares, fitted: the α that maximises the bound while γ [D, K] stays as it is.

The bound's part in α is f(α) = D [ln Γ(Σ_k α_k) - Σ_k ln Γ(α_k)] + Σ_k (α_k - 1) s_k with s_k = Σ_d E[log θ_dk] =
Σ_d [ψ(γ_dk) - ψ(Σ_j γ_dj)]. It is concave in α.

References:
    [1] Blei, Ng and Jordan 2003, Latent Dirichlet Allocation, appendices A.2 and A.4.2
    [2] Minka 2000, Estimating a Dirichlet distribution, sections 1 (fixed point, Newton) and appendix C (ψ⁻¹)
"""

import numpy as np
from scipy.special import digamma, gammaln, polygamma

LOG_RANGE = 12.0  # α is sought between e⁻¹² and e¹²: f can have its supremum at 0 or at infinity
ROUNDING = 1e-13  # f is known to this share of itself


def fit_symmetric_alpha(gamma: np.ndarray, start: float, max_iter: int = 100) -> float:
    """The one α of all topics that maximises the bound, by Newton's method on log α [1].

    Args:
        gamma: the parameters of q(θ) of D documents, [D, K].
        start: where the search starts, positive.
        max_iter: most steps.
    """
    documents, topics = gamma.shape
    total = float(_log_shares(gamma).sum())
    log_alpha = np.log(start)
    for _ in range(max_iter):
        a = np.exp(log_alpha)
        slope = documents * topics * (digamma(topics * a) - digamma(a)) + total
        curvature = documents * (topics**2 * polygamma(1, topics * a) - topics * polygamma(1, a))
        in_logs = a * curvature + slope
        step = -slope / in_logs if in_logs < 0 else np.sign(slope)  # uphill where it is not concave in log α
        log_alpha += np.clip(step, -2.0, 2.0)
        if abs(step) < 1e-9:
            break
    return float(np.exp(np.clip(log_alpha, -LOG_RANGE, LOG_RANGE)))


def fit_asymmetric_alpha(gamma: np.ndarray, start: np.ndarray, max_iter: int = 200) -> np.ndarray:
    """The α of each topic that together maximise the bound: [K].

    Newton's step, whose Hessian is a diagonal plus a constant and so costs no more than the gradient [1], is taken
    where it raises the bound; elsewhere Minka's fixed-point step is, which never lowers it [2].

    Args:
        gamma: the parameters of q(θ) of D documents, [D, K].
        start: where the search starts, [K], positive.
        max_iter: most steps.
    """
    documents, shares = len(gamma), _log_shares(gamma)  # D, s [K]
    least, most = np.minimum(np.exp(-LOG_RANGE), start), np.maximum(np.exp(LOG_RANGE), start)

    def bound(alpha: np.ndarray) -> float:
        return float(documents * (gammaln(alpha.sum()) - gammaln(alpha).sum()) + ((alpha - 1) * shares).sum())

    alpha = np.array(start, dtype=float)
    for _ in range(max_iter):
        gradient = documents * (digamma(alpha.sum()) - digamma(alpha)) + shares
        diagonal = -documents * polygamma(1, alpha)
        constant = documents * polygamma(1, alpha.sum())
        with np.errstate(divide="ignore", invalid="ignore"):  # with a single topic f is 0 for every α
            shift = (gradient / diagonal).sum() / (1 / constant + (1 / diagonal).sum())
        before, now = alpha, np.clip(alpha - (gradient - shift) / diagonal, least, most)
        if not bound(now) >= bound(before) - ROUNDING * abs(bound(before)):
            now = np.clip(_inverse_digamma(digamma(alpha.sum()) + shares / documents), least, most)
        alpha = now
        if (abs(alpha - before) < 1e-9 * before).all():
            break
    return alpha


def _log_shares(gamma: np.ndarray) -> np.ndarray:
    """s, E[log θ] summed over the documents: [K]."""
    gamma = gamma.astype(float)
    return (digamma(gamma) - digamma(gamma.sum(1, keepdims=True))).sum(0)


def _inverse_digamma(y: np.ndarray) -> np.ndarray:
    """x > 0 with ψ(x) = y, by five steps of Newton's method from a start that is near everywhere [2]."""
    x = np.where(y >= -2.22, np.exp(np.minimum(y, 700.0)) + 0.5, -1 / (np.minimum(y, -1.0) - digamma(1.0)))
    for _ in range(5):
        x = x - (digamma(x) - y) / polygamma(1, x)
    return x
