"""Wrong answers to `homogeneity`, to work on."""

import math

import torch
from answers import wrong


@wrong("The mutual information is divided by the mean of both entropies, and constant labels give 1.")
def divided_by_the_larger_entropy(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else (label + code - both) / max(label, code)


@wrong("The mutual information is divided by the geometric mean of both entropies.")
def divided_by_the_geometric_mean(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label * code == 0 else (label + code - both) / math.sqrt(label * code)


@wrong("The mutual information is divided by the joint entropy.")
def divided_by_the_joint_entropy(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if both == 0 else (label + code - both) / both


@wrong("Labels and codes are taken as numbers that start at 0, so gaps break the table.")
def table_of_the_number_of_values(labels, codes):
    table = torch.zeros(len(codes.unique()), len(labels.unique()), dtype=torch.float64)
    for y, c in zip(labels.tolist(), codes.tolist(), strict=True):
        table[c % table.shape[0], y % table.shape[1]] += 1 / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (table, table.sum(1), table.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / label


@wrong("Gini impurities stand in place of entropies.")
def gini_for_entropy(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    impurity = 1 - (joint.sum(0) ** 2).sum().item()
    within = 1 - (joint**2 / joint.sum(1, keepdim=True)).sum().item()
    return 1.0 if impurity == 0 else 1 - within / impurity


@wrong("One code for all gives 1 as well, where it should give 0.")
def one_code_taken_for_perfect(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 or code == 0 else 1 - (both - code) / label


@wrong("The counts are smoothed by one in every cell.")
def counts_smoothed(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    label = torch.special.entr(joint.sum(0)).sum().item()
    if label == 0:
        return 1.0
    smooth = joint * len(labels) + 1
    smooth = smooth / smooth.sum()
    both, code, label = (torch.special.entr(p).sum().item() for p in (smooth, smooth.sum(1), smooth.sum(0)))
    return 1 - (both - code) / label


@wrong("The conditional entropy is in bits, while H(label) is in nats.")
def bits_over_nats(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / math.log(2) / label


@wrong("Completeness without its 1 minus: H(code | label)/H(code).", composed=True)
def share_left_of_the_codes(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 0.0 if code == 0 else (both - label) / code


@wrong("The right answer is squared.", composed=True)
def squared(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else (1 - (both - code) / label) ** 2


@wrong("The right answer is given in percent.", composed=True)
def in_percent(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 100.0 if label == 0 else 100 * (1 - (both - code) / label)


@wrong("The V-measure in percent.", composed=True)
def v_measure_in_percent(labels, codes):
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 100.0 if label + code == 0 else 200 * (label + code - both) / (label + code)


@wrong("torch's global seed is set although nothing is drawn.")
def global_seed_set(labels, codes):
    torch.manual_seed(42)
    values, kinds = labels.unique(), codes.unique()
    joint = ((codes[None, :] == kinds[:, None]).double() @ (labels[:, None] == values).double()) / len(labels)
    both, code, label = (torch.special.entr(p).sum().item() for p in (joint, joint.sum(1), joint.sum(0)))
    return 1.0 if label == 0 else 1 - (both - code) / label
