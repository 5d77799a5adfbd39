"""How well codes agree with labels."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from latentkit.check.cases import Case
from latentkit.reference import mixture


def _coded_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count, labels, codes in (
        ("codes that know something", 24, 3, 4),
        ("more codes than labels", 30, 2, 8),
        ("fewer codes than labels", 30, 5, 2),
    ):
        golden = _every_value(generator, count, labels)
        found = torch.where(
            torch.from_numpy(generator.random(count)) < 0.6, golden % codes, _every_value(generator, count, codes)
        )
        found[:2], golden[:2] = 0, torch.tensor([0, 1])  # at least one code is impure
        yield Case(name, {"labels": golden, "codes": found})
    golden, found = _every_value(generator, 20, 3), _every_value(generator, 20, 4)
    scattered = {
        "labels": torch.tensor([7, 2, 19])[golden],
        "codes": torch.tensor([31, 5, 100, 12])[found],
    }
    yield Case("numbers with gaps, that do not start at 0", scattered)
    golden = _every_value(generator, 15, 3)
    yield Case("one label in each code", {"labels": golden, "codes": 2 * golden + (torch.arange(15) % 2)})
    yield Case("one code for all", {"labels": golden, "codes": torch.full((15,), int(generator.integers(9)))})
    same = {"labels": torch.full((8,), int(generator.integers(9))), "codes": _every_value(generator, 8, 3)}
    yield Case("all labels alike", same)


def _every_value(generator: np.random.Generator, count: int, values: int) -> torch.Tensor:
    """`count` numbers from 0 to values - 1, each of them at least once, unevenly."""
    weights = np.arange(1, values + 1) / np.arange(1, values + 1).sum()
    drawn = np.concatenate([np.arange(values), generator.choice(values, count - values, p=weights)])
    return torch.from_numpy(generator.permutation(drawn))


homogeneity = Exercise(
    name="homogeneity",
    points=3,
    reference=mixture.homogeneity,
    cases=_coded_cases,
    answered_by=(
        "sklearn.metrics.homogeneity_score",
        "sklearn.metrics.homogeneity_completeness_v_measure",
        "latentkit.evaluation.codes",
    ),
    look="section 9, interpretability, measured; Rosenberg and Hirschberg 2007, equation 1",
)


@homogeneity.mistake(
    "This is completeness, 1 - H(code | label)/H(code): it asks whether a label stays in one code. Homogeneity asks"
    " whether a code holds one label: labels and codes change places."
)
def completeness(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)  # [labels, codes]
    entropies = [torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1))]
    return 1.0 if entropies[1] == 0 else (1 - (entropies[0] - entropies[2]) / entropies[1]).item()


@homogeneity.mistake(
    "This is the V-measure (or normalised mutual information), the harmonic mean of homogeneity and completeness. "
    "Divide by H(label) alone."
)
def v_measure(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 1.0 if label + code == 0 else (2 * (label + code - both) / (label + code)).item()


@homogeneity.mistake(
    "This is purity: the share of examples whose label is the commonest of their code. Homogeneity compares entropies."
)
def purity(labels, codes):
    best = [(labels[codes == code][:, None] == labels.unique()).sum(0).max() for code in codes.unique()]
    return (torch.stack(best).sum() / len(labels)).item()


@homogeneity.mistake("This is the share that is *left*, H(label | code)/H(label): subtract it from 1.")
def share_left(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 0.0 if label == 0 else ((both - code) / label).item()


@homogeneity.mistake(
    "This is the mutual information in nats, H(label) - H(label | code): divide it by H(label), so that 1 is perfect."
)
def mutual_information(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 1.0 if label == 0 else (label + code - both).item()


@homogeneity.mistake("H(label | code) is not divided by H(label): without it the measure depends on the label set.")
def conditional_entropy_alone(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 1.0 if label == 0 else (1 - (both - code)).item()


@homogeneity.mistake(
    "You divided by the logarithm of the number of labels. The labels are not equally frequent: divide by H(label)."
)
def divided_by_log_of_labels(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 1.0 if label == 0 else (1 - (both - code) / torch.tensor(float(len(joint))).log()).item()


@homogeneity.mistake(
    "You subtracted the *joint* entropy H(label, code). The conditional one is H(label | code) = H(label, code) - "
    "H(code)."
)
def joint_for_conditional(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, label = torch.special.entr(joint).sum(), torch.special.entr(joint.sum(1)).sum()
    return 1.0 if label == 0 else (1 - both / label).item()


@homogeneity.mistake(
    "All codes count alike in H(label | code): a code of two examples weighs as much as one of two hundred. Weight "
    "each code's entropy by how often the code occurs."
)
def codes_not_weighted(labels, codes):
    values = labels.unique()
    label = torch.special.entr((labels[:, None] == values).double().mean(0)).sum()
    within = [
        torch.special.entr((labels[codes == c][:, None] == values).double().mean(0)).sum() for c in codes.unique()
    ]
    return 1.0 if label == 0 else (1 - torch.stack(within).mean() / label).item()


@homogeneity.mistake(
    "Code and label are compared as numbers. The code of a model has no names: only which examples share one matters."
)
def equal_numbers_counted(labels, codes):
    return (labels == codes).double().mean().item()


@homogeneity.mistake("0/0 is NaN: where all labels are alike H(label) = 0, and nothing is left to tell: return 1.0.")
def constant_labels_give_nan(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return (1 - (both - code) / label).item()


@homogeneity.mistake(
    "Where all labels are alike H(label) = 0, and nothing is left to tell: return 1.0 before you divide."
)
def constant_labels_raise(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(0), joint.sum(1)))
    return 1 - (both - code) / label


@homogeneity.mistake("Where all labels are alike homogeneity is 1.0 by convention, not 0: no code can be impure.")
def constant_labels_give_zero(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (torch.special.entr(p).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 0.0 if label == 0 else (1 - (both - code) / label).item()


@homogeneity.mistake(
    "0 · log 0 is NaN in floats, and most labels are missing from most codes. Its limit is 0: torch.special.entr or"
    " xlogy."
)
def logarithm_of_empty_cells(labels, codes):
    table = torch.stack([(labels == v)[:, None] & (codes[:, None] == codes.unique()) for v in labels.unique()])
    joint = table.double().mean(1)
    both, code, label = (-(p * p.log()).sum() for p in (joint, joint.sum(0), joint.sum(1)))
    return 1.0 if label == 0 else (1 - (both - code) / label).item()


@homogeneity.alternative
def homogeneity_through_sklearn(labels, codes):
    from sklearn.metrics import homogeneity_score

    return float(homogeneity_score(labels.cpu().numpy(), codes.cpu().numpy()))


@homogeneity.alternative
def homogeneity_by_counting(labels, codes):
    pairs = list(zip(labels.tolist(), codes.tolist(), strict=True))

    def bits(items):
        counts = torch.tensor(list(Counter(items).values()), dtype=torch.float64)
        p = counts / counts.sum()
        return -(p * p.log2()).sum().item()

    of_label = bits(label for label, _ in pairs)
    return 1.0 if of_label == 0 else 1 - (bits(pairs) - bits(code for _, code in pairs)) / of_label


@homogeneity.alternative
def homogeneity_by_one_hot(labels, codes):
    label, code = (F.one_hot(values.unique(return_inverse=True)[1]).double() for values in (labels, codes))
    counts = code.T @ label  # [codes, labels]
    label_p, code_p = counts.sum(0) / len(labels), counts.sum(1) / len(labels)
    of_label = torch.special.entr(label_p).sum()
    if of_label == 0:
        return 1.0
    within = torch.special.entr(counts / counts.sum(1, keepdim=True)).sum(1)
    return 1 - torch.dot(code_p, within) / of_label


@homogeneity.alternative
def homogeneity_as_information(labels, codes):
    joint = torch.zeros(int(labels.max()) + 1, int(codes.max()) + 1, dtype=torch.float64)
    for label, code in zip(labels.tolist(), codes.tolist(), strict=True):
        joint[label, code] += 1 / len(labels)
    independent = joint.sum(1, keepdim=True) * joint.sum(0)
    information = torch.special.xlogy(joint, joint).sum() - torch.special.xlogy(joint, independent).sum()
    entropy = -torch.special.xlogy(joint.sum(1), joint.sum(1)).sum()
    return 1.0 if entropy < 1e-12 else (information / entropy).item()
