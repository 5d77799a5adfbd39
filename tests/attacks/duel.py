"""The small problem set that is attacked: two real exercises, a demonstration, a written answer; and right answers."""

NAME = "duel"

KL = """\
def kl_to_standard_normal(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)
"""

ELBO = """\
def elbo(x, logits, mu, logvar, beta=1.0):
    log_likelihood = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
    return log_likelihood - beta * 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
"""


def _solution(answer: str) -> str:
    """The answer between nbgrader's marks."""
    signature, body = answer.split("\n", 1)
    return f"{signature}\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION\n"


SOURCE = f"""\
# %% nbgrader={{"grade_id": "imports", "locked": true}}
import torch
from torch import distributions as D
from torch.nn import functional as F

from latentkit.check import check

# %% nbgrader={{"grade_id": "kl_to_standard_normal", "solution": true}}
{_solution(KL)}
# %% nbgrader={{"grade_id": "check_kl_to_standard_normal", "grade": true}}
check("kl_to_standard_normal", kl_to_standard_normal)

# %% tags=["training"]
demonstration = 1

# %% nbgrader={{"grade_id": "elbo", "solution": true}}
{_solution(ELBO)}
# %% nbgrader={{"grade_id": "check_elbo", "grade": true}}
check("elbo", elbo)

# %% [markdown] nbgrader={{"grade_id": "why", "grade": true, "solution": true}}
# Because.
"""
