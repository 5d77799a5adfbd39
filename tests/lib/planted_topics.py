"""A small corpus with known topics, for the tests of the topic models."""

import numpy as np
import scipy.sparse as sp


def planted(documents=600, topics=8, words=300, length=80, alpha=0.1, eta=0.05, seed=0):
    """Counts [D, V] as CSR, β [K, V] and θ [D, K], drawn from LDA's own story; alpha is a number or [K]."""
    random = np.random.default_rng(seed)
    beta = random.dirichlet(np.full(words, eta), topics)
    theta = random.dirichlet(np.broadcast_to(alpha, topics), documents)
    counts = random.multinomial(random.poisson(length, documents) + 1, theta @ beta)
    return sp.csr_array(counts.astype(float)), beta, theta
