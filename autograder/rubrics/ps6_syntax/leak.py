"""What a code tells of a label, at least: the entropy of the label minus an adversary's cross-entropy."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from autograder.rubrics.ps6_syntax import terms
from latentkit.check.cases import Case
from latentkit.reference import syntax_semantics


def _leak_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, counts, dtype in (
        ("classes that are not equally frequent", (5, 2, 1), torch.float64),
        ("two classes, as many of each", (3, 3), torch.float64),
        ("a class that nobody has", (2, 0, 4, 1), torch.float64),
        ("all of one class, so that there is nothing to tell", (0, 4, 0), torch.float64),
        ("as many sentences as classes", (2, 1, 0, 1), torch.float64),
        ("one sentence", (0, 0, 1, 0), torch.float64),
        ("float32", (1, 4, 2), torch.float32),
    ):
        yield _case(generator, name, _labels(generator, counts), len(counts), 0.0, dtype)
    for name, right, dtype in (
        ("an adversary that knows it", 9.0, torch.float64),
        ("an adversary that is sure of the wrong class", -6.0, torch.float64),
        ("so sure of the wrong one that probabilities round to 0", -1000.0, torch.float64),
        ("the same in float32", -150.0, torch.float32),
    ):
        yield _case(generator, name, _labels(generator, (3, 1, 2)), 3, right, dtype)
    labels = _labels(generator, (4, 2, 1))
    yield Case(
        "an adversary that says the same of all",
        _alike(generator, labels, 3),
        ("logits",),
        torch.ones((), dtype=torch.float64),
    )


def _labels(generator: np.random.Generator, counts: Sequence[int]) -> Tensor:
    """So many labels of each class, in random order."""
    return torch.from_numpy(generator.permutation(np.repeat(np.arange(len(counts)), counts)))


def _case(
    generator: np.random.Generator, name: str, labels: Tensor, classes: int, right: float, dtype: torch.dtype
) -> Case:
    """An adversary at random, which finds the right class by so much more likely."""
    logits = normal(generator, len(labels), classes, scale=1.2, dtype=dtype) + right * F.one_hot(labels, classes)
    inputs = {"logits": logits.to(dtype), "labels": labels}
    return Case(name, inputs, ("logits",), torch.ones((), dtype=dtype))


def _alike(generator: np.random.Generator, labels: Tensor, classes: int) -> dict[str, Tensor]:
    return {"logits": normal(generator, 1, classes).repeat(len(labels), 1), "labels": labels}


leaked_information = Exercise(
    name="leaked_information",
    points=3,
    reference=syntax_semantics.leaked_information,
    cases=_leak_cases,
    look="section 6, what has leaked; Barber and Agakov 2003, the variational bound on mutual information",
    terms=terms.leaked_information,
    unbounded=("logits",),
)


@leaked_information.mistake(
    "You took log C for the entropy, which is right only where all classes are equally frequent. H(y) is that of the "
    "labels' frequencies in the batch: else a label that is nearly always the same would seem to leak."
)
def entropy_of_equal_classes(logits, labels):
    return math.log(logits.shape[-1]) - F.cross_entropy(logits, labels)


@leaked_information.mistake("The sign is wrong: it is the entropy minus the cross-entropy, not the other way round.")
def cross_entropy_minus_entropy(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return F.cross_entropy(logits, labels) + torch.special.xlogy(shares, shares).sum()


@leaked_information.mistake(
    "This is the cross-entropy alone. What a code tells is by how much it is *below* the entropy of the labels."
)
def cross_entropy_alone(logits, labels):
    return F.cross_entropy(logits, labels)


@leaked_information.mistake("The entropy of the labels is missing: H(y) minus the cross-entropy is asked.")
def entropy_missing(logits, labels):
    return -F.cross_entropy(logits, labels)


@leaked_information.mistake(
    "The entropy has the wrong sign: Σ p log p is minus the entropy. H(y) = -Σ p log p is never negative."
)
def entropy_of_the_wrong_sign(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)


@leaked_information.mistake("The two are added. What is left of the uncertainty is taken *off* what there was.")
def entropies_added(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return F.cross_entropy(logits, labels) - torch.special.xlogy(shares, shares).sum()


@leaked_information.mistake(
    "A class that nobody has makes the result NaN: 0 log 0. Its limit is 0, and `torch.special.xlogy` knows that."
)
def zero_times_log_zero(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -(shares * shares.log()).sum() - F.cross_entropy(logits, labels)


@leaked_information.mistake("The cross-entropy is a sum over the batch. Take the mean: nats per sentence, as H(y) is.")
def cross_entropy_summed(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels, reduction="sum")


@leaked_information.mistake("The whole is a sum over the sentences. Asked is nats per sentence: take the mean.")
def leak_summed(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return len(labels) * (-torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels))


@leaked_information.mistake("This is one number a sentence, [B]. Asked is their mean, a scalar.")
def leak_of_each_sentence(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels, reduction="none")


@leaked_information.mistake("The result is in bits: the logarithm is natural, so the unit is nats.")
def leak_in_bits(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return (-torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)) / math.log(2)


@leaked_information.mistake(
    "What is below 0 is cut off. An adversary that does worse than the frequencies of the labels gives a negative "
    "number: then the bound says nothing, and you should see that it does."
)
def cut_off_at_zero(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return (-torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)).clamp(min=0)


@leaked_information.mistake(
    "You subtract the entropy of what the adversary *says*, which is small when it is sure, also when it is wrong. "
    "Cross-entropy asks for the label: -log softmax(logits) at y."
)
def entropy_of_the_answers(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    said = D.Categorical(logits=logits).entropy().mean()
    return -torch.special.xlogy(shares, shares).sum() - said


@leaked_information.mistake(
    "The entropy is that of the adversary's mean answer. H(y) is that of the *labels*: their frequencies in the batch."
)
def entropy_of_the_mean_answer(logits, labels):
    shares = logits.softmax(-1).mean(0)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits, labels)


@leaked_information.mistake(
    "This is the mutual information of sentence and *answer*, H of the mean answer minus the mean H of the answers. It "
    "never looks at the labels: an adversary may be sure and wrong."
)
def labels_not_looked_at(logits, labels):
    shares = logits.softmax(-1).mean(0)
    return -torch.special.xlogy(shares, shares).sum() - D.Categorical(logits=logits).entropy().mean()


@leaked_information.mistake("This is a share of H(y). Asked are nats: do not divide (H(y) may be 0, too).")
def share_of_the_entropy(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    entropy = -torch.special.xlogy(shares, shares).sum()
    return (entropy - F.cross_entropy(logits, labels)) / entropy


@leaked_information.mistake(
    "This is how often the adversary is right, above the share of the commonest class. A share of hits is no "
    "information: asked is H(y) minus the cross-entropy, in nats."
)
def accuracy_above_chance(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return (logits.argmax(-1) == labels).to(logits).mean() - shares.max()


@leaked_information.mistake(
    "The softmax runs over the sentences. It is the classes that compete: the last dimension, C."
)
def softmax_over_the_batch(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    told = logits.log_softmax(0).gather(-1, labels[:, None]).mean()
    return told - torch.special.xlogy(shares, shares).sum()


@leaked_information.mistake(
    "The softmax is taken twice: `F.cross_entropy` wants logits, and you gave it probabilities."
)
def leak_with_two_softmaxes(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits.softmax(-1), labels)


@leaked_information.mistake(
    "The result is infinite where a probability rounds to 0: log 0. `log_softmax` does not go through the probability."
)
def log_of_a_rounded_probability(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    told = logits.softmax(-1).gather(-1, labels[:, None]).log().mean()
    return told - torch.special.xlogy(shares, shares).sum()


@leaked_information.mistake(
    "The logits are detached. The number is right, but the encoder cannot be trained against it."
)
def leak_detached(logits, labels):
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - F.cross_entropy(logits.detach(), labels)


@leaked_information.alternative
def leak_through_distributions(logits, labels):
    frequencies = F.one_hot(labels, logits.shape[-1]).to(logits).mean(0)
    return D.Categorical(probs=frequencies).entropy() - F.cross_entropy(logits, labels)


@leaked_information.alternative
def leak_as_a_mean_log_ratio(logits, labels):
    shares = torch.stack([(labels == label).to(logits).mean() for label in labels])
    return (D.Categorical(logits=logits).log_prob(labels) - shares.log()).mean()


@leaked_information.alternative
def leak_from_the_classes_that_are_there(logits, labels):
    _, counts = labels.unique(return_counts=True)
    p = counts.to(logits) / counts.sum()
    told = logits[torch.arange(len(labels), device=logits.device), labels] - logits.logsumexp(1)
    return told.mean() - p @ p.log()


@leaked_information.alternative
def leak_with_the_entropy_s_function(logits, labels):
    shares = torch.zeros_like(logits[0]).index_add(0, labels, torch.ones_like(logits[:, 0])) / labels.numel()
    return torch.special.entr(shares).sum() + F.log_softmax(logits, 1).gather(1, labels.view(-1, 1)).sum() / len(labels)
