"""Right but unusual answers to `homogeneity`."""

import math

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def by_counters(labels, codes):
    from collections import Counter

    n = len(labels)
    pairs = Counter(zip(codes.tolist(), labels.tolist(), strict=True))
    per_code, per_label = Counter(codes.tolist()), Counter(labels.tolist())
    of_label = -sum(c / n * math.log(c / n) for c in per_label.values())
    given = -sum(c / n * math.log(c / per_code[code]) for (code, _), c in pairs.items())
    return 1.0 if len(per_label) == 1 else 1 - given / of_label


@right
def by_numpy_histogram(labels, codes):
    _, y = np.unique(labels.cpu().numpy(), return_inverse=True)
    _, c = np.unique(codes.cpu().numpy(), return_inverse=True)
    if y.max() == 0:
        return 1.0
    table = np.histogram2d(c, y, bins=(np.arange(c.max() + 2), np.arange(y.max() + 2)))[0]
    p = table / table.sum()
    log = np.log(np.where(p > 0, p, 1.0))
    given = -(p * log).sum() + (p.sum(1) * np.log(p.sum(1))).sum()
    return float(1 + given / (p.sum(0) * np.log(p.sum(0))).sum())


@right
def by_a_sparse_matrix(labels, codes):
    from scipy import sparse, stats

    y = labels.unique(return_inverse=True)[1].cpu().numpy()
    c = codes.unique(return_inverse=True)[1].cpu().numpy()
    table = sparse.coo_matrix((np.ones(len(y)), (c, y))).toarray()
    of_label = stats.entropy(table.sum(0))
    if len(table[0]) == 1:
        return 1.0
    return float(1 - np.average(stats.entropy(table, axis=1), weights=table.sum(1)) / of_label)


@right
def by_bincount_of_pairs(labels, codes):
    y, c = (values.unique(return_inverse=True)[1] for values in (labels, codes))
    width = int(y.max()) + 1
    if width == 1:
        return 1.0
    p = torch.bincount(c * width + y).double() / len(y)
    p_c, p_y = torch.bincount(c).double() / len(c), torch.bincount(y).double() / len(y)
    entropy = [torch.special.entr(part).sum() for part in (p, p_c, p_y)]
    return float((entropy[2] + entropy[1] - entropy[0]) / entropy[2])


@right
def by_recursion_over_codes(labels, codes):
    def entropy(values):
        share = values.unique(return_counts=True)[1].double() / len(values)
        return float(-(share * share.log()).sum())

    def left(y, c):
        if len(y) == 0:
            return 0.0
        same = c == c[0]
        return int(same.sum()) / len(labels) * entropy(y[same]) + left(y[~same], c[~same])

    whole = entropy(labels)
    return 1.0 if whole == 0 else 1 - left(labels, codes) / whole


@right
def example_by_example(labels, codes):
    y, c = labels.tolist(), codes.tolist()
    n = len(y)
    of_label = math.fsum(-math.log(y.count(value) / n) for value in y) / n
    pairs = list(zip(y, c, strict=True))
    given = math.fsum(-math.log(pairs.count(pair) / c.count(pair[1])) for pair in pairs) / n
    return 1.0 if len(set(y)) == 1 else 1 - given / of_label


@right
def by_comparing_all_pairs(labels, codes):
    same_label = (labels[:, None] == labels).double()
    same_code = (codes[:, None] == codes).double()
    of_label = -same_label.mean(1).log().mean()
    given = -((same_label * same_code).sum(1) / same_code.sum(1)).log().mean()
    return torch.tensor(1.0) if same_label.all() else 1 - given / of_label


@right
def through_distributions(labels, codes):
    y = F.one_hot(labels.unique(return_inverse=True)[1]).double()
    c = F.one_hot(codes.unique(return_inverse=True)[1]).double()
    whole = D.Categorical(probs=y.mean(0)).entropy()
    if y.shape[1] == 1:
        return 1.0
    within = D.Categorical(probs=c.T @ y).entropy()
    return (1 - (c.mean(0) @ within) / whole).item()
