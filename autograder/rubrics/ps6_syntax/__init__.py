"""Rubric of problem set 6, part two: syntax and semantics in two vectors, DSS-VAE.

The modules follow the notebook: a tree as a sequence and back, what is said as a bag of words, the adversary's
gradient, what an adversary shows of a code, and the exchange of syntax.
"""

from autograder.exercise.exercise import Rubric, Written
from autograder.rubrics.ps6_syntax.adversary import reverse_gradient
from autograder.rubrics.ps6_syntax.bag import bag_of_words_loss
from autograder.rubrics.ps6_syntax.building import build_tree
from autograder.rubrics.ps6_syntax.exchange import exchange_syntax
from autograder.rubrics.ps6_syntax.leak import leaked_information
from autograder.rubrics.ps6_syntax.linearising import linearise

RUBRIC = Rubric(
    name="ps6_syntax",
    title="Syntax and semantics in two vectors",
    exercises=(
        linearise,
        build_tree,
        bag_of_words_loss,
        reverse_gradient,
        leaked_information,
        exchange_syntax,
    ),
    written=(
        Written("two_codes", points=4),
        Written("adversary_optimum", points=6),
    ),
)
