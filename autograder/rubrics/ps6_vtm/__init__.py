"""Rubric of problem set 6, part one: the variational template machine, from tables to text.

The modules follow a sentence: the records that the decoder looks at, the bound of raw text, the template that is left
when the values are masked, the content that its table prescribes, and how the fields that it says are counted.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps6_vtm.bound import template_elbo
from autograder.rubrics.ps6_vtm.content import content_loss
from autograder.rubrics.ps6_vtm.coverage import slot_coverage
from autograder.rubrics.ps6_vtm.masking import mask_values
from autograder.rubrics.ps6_vtm.records import attend
from autograder.rubrics.ps6_vtm.templates import template_loss

RUBRIC = Rubric(
    name="ps6_vtm",
    title="Variational template machine",
    exercises=(attend, template_elbo, mask_values, template_loss, content_loss, slot_coverage),
    written=(
        Written("raw_bound", points=4),
        Written("both_losses", points=6),
    ),
)
