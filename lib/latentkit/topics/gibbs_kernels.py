"""Collapsed Gibbs sampling of LDA: one sweep over all tokens, compiled by numba.

p(z = k | rest) ∝ (n_dk + α_k)(n_wk + η)/(n_k + Vη), the token itself not counted. A document keeps the first and last
factor of every topic, so that a token costs one product a topic. Topics are scanned LANES at a time, and running sums
are kept lane by lane: the topics are drawn from in the order 0, 8, 16, …, 1, 9, …, which is as good as any.
Counts are float32, exact up to 2²⁴.
Source: Griffiths and Steyvers 2004.
"""

import numpy as np

from latentkit.topics.compiling import compiled

LANES = 8


@compiled
def sweep(ptr, words, z, n_dk, n_wk, n_k, alpha, eta, n_topics, state, fresh):
    """Draw every token's topic once, in the order of the documents.

    Args:
        ptr: where documents start in words and z, [D+1].
        words: word of each token, [N].
        z: topic of each token, [N].
        n_dk, n_wk, n_k: counts, [D, P], [V, P], [P], float32; P is K rounded up to a multiple of LANES, the rest 0.
        alpha: [P], float32, 0 beyond K.
        eta: float32.
        n_topics: K.
        state: of the random numbers, one uint64 in an array.
        fresh: whether no token has a topic yet and the counts are 0; then each is drawn given those before it.
    Changes z, the counts and the state in place.
    """
    f = np.float32
    padded = len(n_k)
    chunks = padded // LANES
    v_eta = eta * f(len(n_wk))
    inverse, factor, running = np.empty_like(n_k), np.zeros_like(n_k), np.empty_like(n_k)
    lane_sum = np.empty(LANES, np.float32)
    for k in range(n_topics):
        inverse[k] = f(1) / (n_k[k] + v_eta)
    for d in range(len(ptr) - 1):
        in_document = n_dk[d]
        for k in range(n_topics):
            factor[k] = (in_document[k] + alpha[k]) * inverse[k]
        for i in range(ptr[d], ptr[d + 1]):
            of_word, k = n_wk[words[i]], z[i]
            if not fresh:
                in_document[k] -= f(1)
                of_word[k] -= f(1)
                n_k[k] -= f(1)
                inverse[k] = f(1) / (n_k[k] + v_eta)
                factor[k] = (in_document[k] + alpha[k]) * inverse[k]
            for lane in range(LANES):
                lane_sum[lane] = f(0)
            for chunk in range(chunks):
                first = chunk * LANES
                for lane in range(LANES):
                    lane_sum[lane] += (of_word[first + lane] + eta) * factor[first + lane]
                    running[first + lane] = lane_sum[lane]
            total = f(0)
            for lane in range(LANES):
                total += lane_sum[lane]
            # splitmix64 (Steele et al. 2014); 24 bits make a float32 in [0, 1)
            state[0] += np.uint64(0x9E3779B97F4A7C15)
            bits = state[0]
            bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            bits = bits ^ (bits >> np.uint64(31))
            u = f(bits >> np.uint64(40)) * f(1 / 16777216) * total
            lane = 0
            while lane < LANES - 1 and u >= lane_sum[lane]:
                u -= lane_sum[lane]
                lane += 1
            chunk = 0
            for c in range(chunks - 1):
                chunk += running[c * LANES + lane] <= u
            k = chunk * LANES + lane
            if k >= n_topics:  # rounding at the very end of a lane
                k = lane if lane < n_topics else n_topics - 1
            z[i] = k
            in_document[k] += f(1)
            of_word[k] += f(1)
            n_k[k] += f(1)
            inverse[k] = f(1) / (n_k[k] + v_eta)
            factor[k] = (in_document[k] + alpha[k]) * inverse[k]
