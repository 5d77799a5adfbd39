"""Right but unusual answers to `leaked_information`."""

import numpy as np
import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def as_the_gain_over_a_reader_of_frequencies(logits, labels):
    counts = labels.bincount(minlength=logits.shape[1]).to(logits)
    ignorant = torch.where(counts > 0, counts, 1).log().expand_as(logits)
    ignorant = ignorant.masked_fill(counts == 0, torch.finfo(logits.dtype).min / 2)
    return F.cross_entropy(ignorant, labels) - F.cross_entropy(logits, labels)


@right
def by_counting_in_python(logits, labels):
    classes = labels.tolist()
    shares = [classes.count(c) / len(classes) for c in set(classes)]
    entropy = -sum(share * np.log(share) for share in shares)
    return entropy - F.nll_loss(logits.log_softmax(1), labels)


@right
def by_a_divergence_from_the_uniform(logits, labels):
    same = (labels[:, None] == labels[None]).to(logits).mean(1)  # of each sentence, how frequent its class is
    normaliser = logits.logsumexp(dim=-1)
    told = torch.take_along_dim(logits, labels.unsqueeze(-1), dim=-1).squeeze(-1)
    return (told - normaliser - same.log()).sum() / labels.shape[0]


@right
def through_a_categorical_of_counts(logits, labels):
    counts = torch.stack([(labels == c).sum() for c in range(logits.shape[-1])]).to(logits)
    return D.Categorical(counts).entropy() + D.Categorical(logits=logits).log_prob(labels).mean()


@right
def class_by_class(logits, labels):
    log_q, leak = logits - torch.logsumexp(logits, -1, keepdim=True), logits.new_zeros(())
    for c in labels.unique():
        of_class = labels == c
        share = of_class.to(logits).mean()
        leak = leak + share * (log_q[of_class, c].mean() - share.log())
    return leak


@right
def by_a_matrix_of_joint_frequencies(logits, labels):
    joint = F.one_hot(labels, logits.shape[-1]).to(logits) / len(logits)
    marginal = joint.sum(0)
    entropy = torch.special.entr(marginal).sum()
    return entropy + torch.where(joint > 0, joint * logits.log_softmax(-1), 0).sum()


@right
def by_the_entropy_of_unique_labels(logits, labels):
    counts = torch.unique(labels, return_counts=True)[1].to(logits)
    entropy = counts.sum().log() - (counts * counts.log()).sum() / counts.sum()
    return (
        entropy - torch.stack([F.cross_entropy(row, label) for row, label in zip(logits, labels, strict=True)]).mean()
    )


@right
def by_torch_s_loss_as_a_module(logits, labels):
    p = torch.nn.functional.one_hot(labels, num_classes=logits.shape[1]).to(logits).mean(dim=0)
    h = -(p * torch.where(p > 0, p, torch.ones_like(p)).log()).sum()
    return h - torch.nn.CrossEntropyLoss()(logits, labels)
