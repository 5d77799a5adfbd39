"""Collapsed Gibbs sampling of LDA: one sweep over all tokens, compiled by numba.

p(z = k | rest) ∝ (n_dk + α_k)(n_wk + η)/(n_k + Vη), the token itself not counted. A document keeps the first and last
factor of every topic, so that a token costs one product a topic. Topics are scanned LANES at a time, with running sums
lane by lane: a topic is drawn in the order 0, 8, 16, …, 1, 9, …, which is as good as any. Memory is written only when a
token changes its topic, and the counts of the words that follow are fetched ahead.
The counts of a word and of a document are float32, exact up to 2²⁴.
Source: Griffiths and Steyvers 2004, equation 5.
"""

import numpy as np

from latentkit.topics.compiling import compiled
from latentkit.topics.vectors import LANES, prefetch, running_sums

AHEAD = 4  # tokens between a fetch and its use
U = np.uint64  # numba looks for negative indices in all others


@compiled
def sweep(ptr, words, z, n_dk, n_wk, n_k, alpha, eta, n_topics, state):
    """Draw every token's topic once, in the order of the documents.

    Args:
        ptr: where documents start in words and z, [D+1].
        words: word of each token, [N].
        z: topic of each token, [N].
        n_dk, n_wk, n_k: counts, [D, P], [V, P] float32, [P] float64; P is K rounded up to a multiple of LANES, the
            rest 0.
        alpha: [P], float32, 0 beyond K.
        eta: float32.
        n_topics: K.
        state: of the random numbers, one uint64 in an array.
    Changes z, the counts and the state in place.
    """
    f, padded, topics = np.float32, U(len(n_k)), U(n_topics)
    chunks, last, end = padded // U(LANES), padded - U(LANES), U(len(words))
    v_eta, seed = np.float64(eta) * len(n_wk), state[0]
    inverse, factor, running = np.zeros_like(alpha), np.zeros_like(alpha), np.empty_like(alpha)
    for k in range(n_topics):
        inverse[k] = f(1) / f(n_k[k] + v_eta)
    for d in range(len(ptr) - 1):
        in_document = n_dk[d]
        for k in range(n_topics):
            factor[k] = (in_document[k] + alpha[k]) * inverse[k]
        for i in range(U(ptr[d]), U(ptr[d + 1])):
            if i + U(AHEAD) < end:
                prefetch(n_wk[U(words[i + U(AHEAD)])], padded)  # type: ignore[call-arg]  # numba adds one
            of_word, old = n_wk[U(words[i])], U(z[i])
            own = (in_document[old] - f(1) + alpha[old]) / f(n_k[old] - 1.0 + v_eta)
            running_sums(of_word, factor, running, eta, chunks, old, own)  # type: ignore[call-arg]  # numba adds one
            total = f(0)
            for lane in range(U(LANES)):
                total += running[last + lane]
            # splitmix64 (Steele et al. 2014); 24 bits make a float32 in [0, 1)
            seed += U(0x9E3779B97F4A7C15)
            bits = (seed ^ (seed >> U(30))) * U(0xBF58476D1CE4E5B9)
            bits = (bits ^ (bits >> U(27))) * U(0x94D049BB133111EB)
            u = f(np.int32((bits ^ (bits >> U(31))) >> U(40))) * f(1 / 16777216) * total
            chosen, before, passed = U(0), f(0), f(0)
            for lane in range(U(LANES - 1)):
                passed += running[last + lane]
                if u >= passed:
                    chosen, before = lane + U(1), passed
            u -= before
            chunk = U(0)
            for c in range(chunks - U(1)):
                chunk += U(running[c * U(LANES) + chosen] <= u)
            new = chunk * U(LANES) + chosen
            if new >= topics:  # rounding at the very end of a lane
                new = min(chosen, topics - U(1))
            if new != old:
                in_document[old] -= f(1)
                of_word[old] -= f(1)
                n_k[old] -= 1.0
                inverse[old] = f(1) / f(n_k[old] + v_eta)
                factor[old] = (in_document[old] + alpha[old]) * inverse[old]
                z[i] = new
                in_document[new] += f(1)
                of_word[new] += f(1)
                n_k[new] += 1.0
                inverse[new] = f(1) / f(n_k[new] + v_eta)
                factor[new] = (in_document[new] + alpha[new]) * inverse[new]
    state[0] = seed


@compiled
def count_topics(ptr, words, z, n_dk, n_wk, n_k):
    """Add every token's topic to the counts."""
    for d in range(len(ptr) - 1):
        for i in range(ptr[d], ptr[d + 1]):
            n_dk[d, z[i]] += np.float32(1)
            n_wk[words[i], z[i]] += np.float32(1)
            n_k[z[i]] += 1.0
