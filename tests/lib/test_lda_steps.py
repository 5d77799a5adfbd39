"""The library's steps, which notebooks build on, against the answer key's formulas: two ways to the same numbers."""

import pytest
import torch
from torch import distributions as D

from latentkit import lda
from latentkit.reference import topics as reference


def document():
    log_beta = D.Dirichlet(torch.full((3, 9), 0.4, dtype=torch.float64)).sample().clamp(min=1e-9).log()
    return log_beta, torch.tensor([4, 0, 4, 8]), torch.tensor([2.0, 1.0, 3.0, 1.0], dtype=torch.float64)


@pytest.mark.parametrize("alpha", [0.3, torch.tensor([0.2, 1.0, 3.0], dtype=torch.float64)])
def test_mean_field_steps_agree_with_the_formulas(alpha):
    log_beta, ids, counts = document()
    gamma = torch.tensor([0.4, 3.0, 1.2], dtype=torch.float64)
    torch.testing.assert_close(lda.mean_log_shares(gamma), reference.expected_log_dirichlet(gamma))
    phi = lda.token_topics(gamma, log_beta, ids)
    torch.testing.assert_close(phi, reference.update_phi(gamma, log_beta, ids))
    torch.testing.assert_close(lda.document_shares(alpha, phi, counts), reference.update_gamma(alpha, phi, counts))
    expected = reference.document_elbo(alpha, log_beta, ids, counts, phi, gamma)
    torch.testing.assert_close(lda.bound(alpha, log_beta, ids, counts, phi, gamma), expected)
    with torch.no_grad():
        torch.testing.assert_close(lda.bound(alpha, log_beta, ids, counts, phi, gamma), expected)


def test_the_bound_takes_hard_assignments_and_absent_words():
    log_beta = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64).log()
    phi = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    gamma, counts = torch.tensor([1.5, 2.5], dtype=torch.float64), torch.tensor([1.0, 2.0], dtype=torch.float64)
    arguments = (0.5, log_beta, torch.tensor([0, 2]), counts, phi, gamma)
    torch.testing.assert_close(lda.bound(*arguments), reference.document_elbo(*arguments))


def test_the_conditional_and_the_joint_agree_with_each_other_and_the_formula():
    docs = [torch.randint(0, 5, (size,)) for size in (4, 7, 1)]
    z = [torch.randint(0, 3, doc.shape) for doc in docs]
    counts = lda.count_topics(docs, z, 3, 5)
    assert [int(table.sum()) for table in counts] == [12, 12, 12]
    d, n = 1, 3
    actual = lda.token_conditional(*counts, d, int(docs[d][n]), int(z[d][n]), 0.4, 0.2)
    expected = reference.gibbs_conditional(*counts, d, int(docs[d][n]), int(z[d][n]), 0.4, 0.2)
    torch.testing.assert_close(actual, expected)
    joints = []
    for k in range(3):
        z[d][n] = k
        n_dk, n_kw, _ = lda.count_topics(docs, z, 3, 5)
        joints.append(lda.log_joint(n_dk, n_kw, 0.4, 0.2))
    torch.testing.assert_close(torch.tensor(joints, dtype=torch.float64).softmax(0), expected)
