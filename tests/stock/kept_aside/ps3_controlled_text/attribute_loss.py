"""Wrong answers to `attribute_loss`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("A focal factor (1 - q)² is put before each logarithm.")
def focal_loss(class_logits, c):
    losses = F.cross_entropy(class_logits, c, reduction="none")
    return ((1 - (-losses).exp()) ** 2 * losses).mean()


@wrong("The entropy of the discriminator's answer is returned.")
def entropy_for_cross_entropy(class_logits, c):
    log_q = class_logits.log_softmax(-1)
    return -(log_q.exp() * log_q).sum(-1).mean()


@wrong("A hinge with margin one between the class and the best other one.")
def hinge_loss(class_logits, c):
    return F.multi_margin_loss(class_logits, c)


@wrong("The logits are averaged over the batch before the softmax.")
def logits_averaged_first(class_logits, c):
    return F.cross_entropy(class_logits.mean(0).expand_as(class_logits), c)


@wrong("Only the first sentence counts.")
def first_sentence_only(class_logits, c):
    return F.cross_entropy(class_logits[:1], c[:1])


@wrong("The squared difference between the probabilities and the one-hot class is averaged over the sentences.")
def squared_error(class_logits, c):
    told = F.one_hot(c, class_logits.shape[-1]).to(class_logits)
    return (class_logits.softmax(-1) - told).square().sum(-1).mean()


@wrong("The logits are scaled to length one before the softmax.")
def logits_of_length_one(class_logits, c):
    return F.cross_entropy(F.normalize(class_logits, dim=-1), c)


@wrong("The loss has one entry in a vector of length one.")
def kept_as_a_vector(class_logits, c):
    return F.cross_entropy(class_logits, c).unsqueeze(0)


@wrong("A Python number is returned, so no gradient flows.")
def as_a_python_number(class_logits, c):
    return F.cross_entropy(class_logits, c).item()


@wrong("The sum over the batch is divided by B + 1.")
def divided_by_one_more(class_logits, c):
    return F.cross_entropy(class_logits, c, reduction="sum") / (len(c) + 1)


@wrong("The softmax is taken twice, and the loss is summed over the batch.", composed=True)
def softmax_twice_and_summed(class_logits, c):
    return F.cross_entropy(class_logits.softmax(-1), c, reduction="sum")


@wrong("One is subtracted from the right answer.", composed=True)
def one_too_little(class_logits, c):
    return F.cross_entropy(class_logits, c) - 1


@wrong("The batch of classes is turned round, and the sign is wrong.", composed=True)
def classes_reversed_and_negated(class_logits, c):
    return -F.cross_entropy(class_logits, torch.flip(c, (0,)))
