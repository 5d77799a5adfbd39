"""Wrong answers to `discriminator_loss`, to work on."""

import torch
from answers import wrong
from torch import distributions as D
from torch.nn import functional as F


@wrong("All sentences, labelled and generated, are put into one batch; the entropy is right.")
def one_batch_for_both(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    together = F.cross_entropy(torch.cat([labelled_logits, generated_logits]), torch.cat([labels, c]))
    return together + lambda_u * beta * D.Categorical(logits=generated_logits).entropy().mean()


@wrong("The entropy is in bits.")
def entropy_in_bits(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    q = generated_logits.softmax(-1)
    entropy = -(q * (q.log2()).clamp(min=-1e6)).sum(-1).mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The entropy is divided by its largest value, ln C.")
def entropy_normalised(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    largest = torch.tensor(float(generated_logits.shape[-1])).log().item()
    entropy = D.Categorical(logits=generated_logits).entropy().mean() / largest
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("A constant of 1e-2 stands inside the logarithm of the entropy.")
def constant_inside_the_log(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    q = generated_logits.softmax(-1)
    entropy = -(q * (q + 1e-2).log()).sum(-1).mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The weight of the labelled sentences is 1 - λ_u.")
def kinds_blended(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return (1 - lambda_u) * F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The entropy is taken of labelled and generated sentences together.")
def entropy_of_both(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=torch.cat([labelled_logits, generated_logits])).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("One minus the largest probability stands for the entropy.")
def unsureness_for_entropy(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = (1 - generated_logits.softmax(-1).amax(-1)).mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The generated cross-entropy is detached, so only the entropy teaches.")
def generated_cross_entropy_detached(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c).detach() + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The softmax is taken twice in both cross-entropies.")
def softmax_before_cross_entropy(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits.softmax(-1), c) + beta * entropy
    return F.cross_entropy(labelled_logits.softmax(-1), labels) + lambda_u * generated


@wrong("Generated sentences of which the discriminator is unsure, below one half, are left out.")
def unsure_sentences_left_out(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    sure = (generated_logits.softmax(-1).amax(-1) > 0.5).to(generated_logits)
    losses = F.cross_entropy(generated_logits, c, reduction="none")
    losses = losses + beta * D.Categorical(logits=generated_logits).entropy()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * (sure * losses).mean()


@wrong("The entropy is maximised, and λ_u is not used.", composed=True)
def maximised_without_weight(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return F.cross_entropy(labelled_logits, labels) + F.cross_entropy(generated_logits, c) - beta * entropy


@wrong("The right answer has the wrong sign.", composed=True)
def objective_for_loss(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return -F.cross_entropy(labelled_logits, labels) - lambda_u * generated


@wrong("β is not used, and the entropy is maximised.", composed=True)
def beta_forgotten_and_maximised(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) - entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated
