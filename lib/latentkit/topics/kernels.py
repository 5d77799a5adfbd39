"""Mean-field inference of LDA on the CPU: numba kernels over ranges of documents or of words.

What makes them fast: exp(ψ(x)) without a logarithm; the words of a document copied into a small table, topic by topic,
so that the inner loops run over words; φ never stored; each document stops on its own, and within a document each
topic: one whose γ has settled is summed into a constant, and looked at once more before the document is left.

Symbols: θ̃_dk = exp(ψ(γ_dk)); W_kv ∝ exp(E[log β_kv]), scaled so that every word's largest weight is 1, which cancels
in φ and keeps float32 from underflow; φ_dnk = θ̃_dk W_kn / Σ_j θ̃_dj W_jn.
Source: Blei et al. 2003, section 5.2; Hoffman et al. 2010, algorithm 1.
"""

import numpy as np
from numba import types
from numba.extending import overload

from latentkit.topics.compiling import FAST, compiled

FROZEN = 0.1  # a topic rests while its γ moves by less than this share of the tolerance


def exp_digamma(x, out, count):
    """exp(ψ(x)) of the first `count` entries, all > 0; relative error < 3e-11 (float64), < 2e-5 (float32).

    ψ(x) = ψ(x + 6) − P′(x)/P(x), where P(x) = x(x+1)…(x+5), a polynomial in u = x(x + 5); and
    exp(ψ(t + ½)) = t (1 + 1/(24t²) − 37/(5760t⁴) + …). Below exp(−80) and exp(−600) it stays there.
    """
    raise NotImplementedError("for compiled code only")


@overload(exp_digamma, jit_options={"fastmath": set(FAST), "error_model": "numpy"})
def _exp_digamma(x, out, count):
    if x.dtype == types.float32:
        f = np.float32

        def implementation(x, out, count):
            for i in range(count):
                y = min(x[i], f(2e6))  # u³ must not overflow
                u = y * (y + f(5))
                shift = (f(2) * y + f(5)) * (f(3) * u * u + f(20) * u + f(24)) / (u * (u * u + f(10) * u + f(24)))
                t = x[i] + f(5.5)
                r = f(1) / (t * t)
                ahead = t * (f(1) + r * (f(1 / 24) + r * f(-37 / 5760)))
                z = min(shift, f(80)) * f(-1.4426950408889634)
                whole = np.floor(z + f(0.5))
                q = (z - whole) * f(0.6931471805599453)
                power = f(1 / 24) + q * (f(1 / 120) + q * f(1 / 720))
                power = f(1) + q * (f(1) + q * (f(1 / 2) + q * (f(1 / 6) + q * power)))
                bits = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23))
                out[i] = ahead * power * bits.view(np.float32)
    else:

        def implementation(x, out, count):
            for i in range(count):
                y = min(x[i], 1e12)
                u = y * (y + 5.0)
                shift = (2.0 * y + 5.0) * (3.0 * u * u + 20.0 * u + 24.0) / (u * (u * u + 10.0 * u + 24.0))
                t = x[i] + 5.5
                r = 1.0 / (t * t)
                series = 10313 / 2903040 + r * (-5509121 / 1393459200 + r * (2709398569 / 367873228800))
                ahead = t * (1.0 + r * (1 / 24 + r * (-37 / 5760 + r * series)))
                z = min(shift, 600.0) * -1.4426950408889634
                whole = np.floor(z + 0.5)
                q = (z - whole) * 0.6931471805599453
                power = 1 / 40320 + q * (1 / 362880 + q * (1 / 3628800 + q * (1 / 39916800)))
                power = 1 / 24 + q * (1 / 120 + q * (1 / 720 + q * (1 / 5040 + q * power)))
                power = 1.0 + q * (1.0 + q * (1 / 2 + q * (1 / 6 + q * power)))
                bits = np.int64((np.int64(whole) + np.int64(1023)) << np.int64(52))
                out[i] = ahead * power * bits.view(np.float64)

    return implementation


@compiled
def add_rows(scale, rows, active, table, out, n):
    """out[:n] += Σ_j scale[j] table[rows[j], :n], over the first `active` rows."""
    j = 0
    while j + 4 <= active:
        s0, s1, s2, s3 = scale[j], scale[j + 1], scale[j + 2], scale[j + 3]
        t0, t1, t2, t3 = table[rows[j]], table[rows[j + 1]], table[rows[j + 2]], table[rows[j + 3]]
        for i in range(n):
            out[i] += s0 * t0[i] + s1 * t1[i] + s2 * t2[i] + s3 * t3[i]
        j += 4
    while j < active:
        s0, t0 = scale[j], table[rows[j]]
        for i in range(n):
            out[i] += s0 * t0[i]
        j += 1


@compiled
def row_sums(ratio, rows, active, table, out, n):
    """out[j] = Σ_i ratio[i] table[rows[j], i], over the first `active` rows."""
    real = ratio.dtype.type
    j = 0
    while j + 4 <= active:
        t0, t1, t2, t3 = table[rows[j]], table[rows[j + 1]], table[rows[j + 2]], table[rows[j + 3]]
        s0, s1, s2, s3 = real(0), real(0), real(0), real(0)
        for i in range(n):
            s0 += ratio[i] * t0[i]
            s1 += ratio[i] * t1[i]
            s2 += ratio[i] * t2[i]
            s3 += ratio[i] * t3[i]
        out[j], out[j + 1], out[j + 2], out[j + 3] = s0, s1, s2, s3
        j += 4
    while j < active:
        t0, s0 = table[rows[j]], real(0)
        for i in range(n):
            s0 += ratio[i] * t0[i]
        out[j] = s0
        j += 1


@compiled
def update_gamma(alpha, weights, sums, gamma, active):
    """γ_k ← α_k + θ̃_k Σ_n c_n W_kn / norm_n for the active topics. Returns Σ|Δγ|; `sums` becomes each |Δγ|."""
    change = gamma.dtype.type(0)
    for j in range(active):
        new = alpha[j] + weights[j] * sums[j]
        sums[j] = abs(new - gamma[j])
        change += sums[j]
        gamma[j] = new
    return change


@compiled
def infer_documents(start, stop, ptr, ids, counts, weights, alpha, max_iter, tol, gamma, theta, ratio, evidence):
    """Coordinate ascent on documents [start, stop), each from γ as given, until the mean |Δγ| over topics is < tol.

    Args:
        ptr, ids, counts: the documents in CSR form, [D+1], [nnz], [nnz].
        weights: W, [K, V].
        alpha: [K]; like tol, of the dtype of gamma.
        gamma: [D, K], updated in place.
    Fills:
        theta: θ̃, [D, K].
        ratio: c_dn / norm_dn, [nnz]; what the M step needs beside θ̃ and W.
        evidence: Σ_n c_dn log norm_dn, [D], float64.
    Returns:
        The number of γ_k that were computed, for accounts of work.
    """
    real = gamma.dtype.type
    topics = len(weights)
    longest = 0
    for d in range(start, stop):
        longest = max(longest, ptr[d + 1] - ptr[d])
    table = np.empty((topics, longest), gamma.dtype)
    norm, settled, c = np.empty(longest, gamma.dtype), np.empty(longest, gamma.dtype), np.empty(longest, gamma.dtype)
    # of the active topics, without gaps: γ, θ̃, sums, α and their numbers
    g, e, s, a = np.empty_like(alpha), np.empty_like(alpha), np.empty_like(alpha), np.empty_like(alpha)
    rows, everything = np.empty(topics, np.int64), np.arange(topics)
    floor, work = real(1e-37), 0
    for d in range(start, stop):
        first, n = ptr[d], ptr[d + 1] - ptr[d]
        for i in range(n):
            c[i] = counts[first + i]
        for k in range(topics):
            row, source = table[k], weights[k]
            for i in range(n):
                row[i] = source[ids[first + i]]
        exp_digamma(gamma[d], theta[d], topics)
        active, left = 0, max_iter
        while left > 0:
            full = active == 0  # nothing moves any more: look at every topic once
            if full:
                active = topics
                for k in range(topics):
                    rows[k], g[k], e[k], a[k] = k, gamma[d, k], theta[d, k], alpha[k]
                for i in range(n):
                    settled[i] = floor
            for i in range(n):
                norm[i] = settled[i]
            add_rows(e, rows, active, table, norm, n)
            for i in range(n):
                norm[i] = c[i] / norm[i]
            row_sums(norm, rows, active, table, s, n)
            change = update_gamma(a, e, s, g, active)
            exp_digamma(g, e, active)
            work += active
            left -= 1
            done = change < tol * real(topics)
            stays = 0
            for j in range(active):
                k = rows[j]
                gamma[d, k], theta[d, k] = g[j], e[j]
                if not done and s[j] >= tol * real(FROZEN):
                    rows[stays], g[stays], e[stays], a[stays] = k, g[j], e[j], a[j]
                    stays += 1
                elif not done:
                    weight, row = e[j], table[k]
                    for i in range(n):
                        settled[i] += weight * row[i]
            active = stays
            if done and full:
                break
        for i in range(n):
            norm[i] = floor
        add_rows(theta[d], everything, topics, table, norm, n)
        total = 0.0
        for i in range(n):
            ratio[first + i] = c[i] / norm[i]
            total += c[i] * np.log(np.float64(norm[i]))
        evidence[d] = total
    return work


@compiled
def sum_by_word(start, stop, ptr, documents, positions, theta, ratio, weights, out):
    """out[k, v] = Σ_d c_dv φ_dvk for words [start, stop): each word sums over its documents in their order."""
    topics = len(weights)
    sums = np.empty(topics, theta.dtype)
    for v in range(start, stop):
        sums[:] = 0
        for j in range(ptr[v], ptr[v + 1]):
            r, row = ratio[positions[j]], theta[documents[j]]
            for k in range(topics):
                sums[k] += r * row[k]
        for k in range(topics):
            out[k, v] = sums[k] * weights[k, v]


@compiled
def weigh_words(start, stop, topics, totals, weights, scale):
    """W and the logarithm of its scale from λ, for words [start, stop).

    Args:
        topics: λ, [K, V], float64.
        totals: exp(−ψ(Σ_v λ_kv)), [K].
    Fills:
        weights: W, [K, V]; scale: log max_k exp(E[log β_kv]), [V].
    """
    n = stop - start
    table, largest = np.empty((len(topics), n)), np.zeros(n)
    for k in range(len(topics)):
        row = table[k]
        exp_digamma(topics[k, start:stop], row, n)
        for i in range(n):
            row[i] *= totals[k]
            largest[i] = max(largest[i], row[i])
    for k in range(len(topics)):
        for i in range(n):
            weights[k, start + i] = table[k, i] / largest[i]
    for i in range(n):
        scale[start + i] = np.log(largest[i])


@compiled
def log_gamma_sum(x):
    """Σ log Γ(x) of a flat float64 array, 0 < x < 1e50; error of each term < 1e-10.

    log Γ(x) = log Γ(x + 6) − log x(x+1)…(x+5), the first by Stirling's series.
    """
    total = 0.0
    for i in range(len(x)):
        u = x[i] * (x[i] + 5.0)
        t = x[i] + 6.0
        r = 1.0 / (t * t)
        series = (1 / 12 + r * (-1 / 360 + r * (1 / 1260 + r * (-1 / 1680 + r * (1 / 1188))))) / t
        total += (t - 0.5) * np.log(t) - t + series - np.log(u * (u + 4.0) * (u + 6.0))
    return total + 0.9189385332046727 * len(x)  # ½ log 2π
