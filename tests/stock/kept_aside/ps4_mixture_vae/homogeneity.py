"""Wrong answers to `homogeneity`, kept aside."""

import math

import torch
from answers import wrong


@wrong("The mutual information is divided by the smaller of both entropies.")
def divided_by_the_smaller_entropy(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if min(label, code) == 0 else (label + code - both) / min(label, code)


@wrong("The conditional entropy is divided by the logarithm of the number of examples.")
def divided_by_log_of_examples(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / math.log(len(labels))


@wrong("The tables are made for values from 0 to the largest label plus one, and larger codes are dropped.")
def codes_beyond_the_labels_dropped(labels, codes):
    size = int(labels.max()) + 1
    kept = codes < size
    labels, codes = labels[kept], codes[kept]
    if len(labels) == 0 or len(labels.unique()) == 1:
        return 1.0
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1 - (both - code) / label


@wrong("The first example is left out.")
def first_example_left_out(labels, codes):
    labels, codes = labels[1:], codes[1:]
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / label


@wrong("The classification error of the commonest label in each code stands for the conditional entropy.")
def error_for_entropy(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    label = torch.special.entr(joint.sum(0)).sum().item()
    error = 1 - joint.amax(1).sum().item()
    return 1.0 if label == 0 else 1 - error / label


@wrong("Each code's entropy is weighted by the square of its share.")
def codes_weighted_by_squares(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    label = torch.special.entr(joint.sum(0)).sum().item()
    weights = joint.sum(1) ** 2 / (joint.sum(1) ** 2).sum()
    within = torch.special.entr(joint / joint.sum(1, keepdim=True)).sum(1) @ weights
    return 1.0 if label == 0 else (1 - within / label).item()


@wrong("A constant of 0.01 is added inside the logarithms.")
def coarse_constant_in_the_logs(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    label = torch.special.entr(joint.sum(0)).sum().item()
    if label == 0:
        return 1.0
    given = -(joint * (joint / joint.sum(1, keepdim=True) + 1e-2).log()).sum().item()
    return 1 - given / label


@wrong("The result is rounded to two digits.")
def rounded_to_two_digits(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else round(1 - (both - code) / label, 2)


@wrong("The codes are sorted first, so they no longer belong to their labels.")
def codes_sorted_first(labels, codes):
    codes = codes.sort().values
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / label


@wrong("The codes' entropies are not weighted, and ln of the number of labels stands for H(label).", composed=True)
def unweighted_over_the_logarithm(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    label = torch.special.entr(joint.sum(0)).sum().item()
    within = torch.special.entr(joint / joint.sum(1, keepdim=True)).sum(1).mean().item()
    return 1.0 if label == 0 else 1 - within / math.log(len(values))


@wrong("The square root of the right answer is returned.", composed=True)
def square_root(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else math.sqrt(max(0.0, 1 - (both - code) / label))


@wrong("The exponential of the right answer is returned.", composed=True)
def exponential(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return math.e if label == 0 else math.exp(1 - (both - code) / label)


@wrong("One minus completeness is returned.", composed=True)
def one_minus_completeness(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if code == 0 else (both - label) / code


@wrong("The default dtype of torch is set to float64 for the whole notebook.")
def default_dtype_changed(labels, codes):
    torch.set_default_dtype(torch.float64)
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / label
