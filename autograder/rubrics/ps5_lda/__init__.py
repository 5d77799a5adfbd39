"""Rubric of problem set 5: topic models.

The modules follow the notebook: the Dirichlet and the mean-field updates, the bound, inference in a document, the M
steps, Gibbs sampling, trends.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps5_lda.bound import document_elbo
from autograder.rubrics.ps5_lda.conditional import gibbs_conditional
from autograder.rubrics.ps5_lda.inference import infer_document
from autograder.rubrics.ps5_lda.learning import update_alpha, update_beta
from autograder.rubrics.ps5_lda.meanfield import expected_log_dirichlet, update_gamma, update_phi
from autograder.rubrics.ps5_lda.sweep import gibbs_sweep
from autograder.rubrics.ps5_lda.trends import topic_trend

RUBRIC = Rubric(
    name="ps5_lda",
    title="Topic models",
    exercises=(
        expected_log_dirichlet,
        update_phi,
        update_gamma,
        document_elbo,
        infer_document,
        update_beta,
        update_alpha,
        gibbs_conditional,
        gibbs_sweep,
        topic_trend,
    ),
    written=(Written("why_mean_field", points=4), Written("reading_topics", points=4)),
)
