"""Wrong answers to `discriminator_loss`, kept aside."""

import torch
from answers import wrong
from torch import distributions as D
from torch.nn import functional as F


@wrong("β is limited to 1.")
def beta_limited_to_one(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + min(1.0, beta) * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("λ_u is squared on the entropy: the bracket was multiplied out once too often.")
def lambda_u_twice_on_the_entropy(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + lambda_u * beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The generated sentences' mean is taken over B, the number of labelled ones.")
def divided_by_the_labelled(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    losses = F.cross_entropy(generated_logits, c, reduction="none")
    losses = losses + beta * D.Categorical(logits=generated_logits).entropy()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * losses.sum() / len(labels)


@wrong("The generated sentences' log-probability has the wrong sign.")
def generated_cross_entropy_subtracted(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = beta * entropy - F.cross_entropy(generated_logits, c)
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The entropy is weighted with the square root of β.")
def square_root_of_beta(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta**0.5 * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The KL to the uniform distribution is minimised in place of the entropy.")
def kl_to_uniform(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    log_q = generated_logits.log_softmax(-1)
    largest = torch.tensor(float(log_q.shape[-1])).log().item()
    kl = (log_q.exp() * log_q).sum(-1).mean() + largest
    generated = F.cross_entropy(generated_logits, c) + beta * kl
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The entropy is that of the softmax of the probabilities.")
def entropy_after_two_softmaxes(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits.softmax(-1)).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The softmax of the entropy runs over the batch.")
def entropy_over_the_batch(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    log_q = generated_logits.log_softmax(0)
    entropy = -(log_q.exp() * log_q).sum(-1).mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The labelled sentences are detached.")
def labelled_detached(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits.detach(), labels) + lambda_u * generated


@wrong("The result is one loss for each generated sentence.")
def one_loss_a_sentence(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    losses = F.cross_entropy(generated_logits, c, reduction="none")
    losses = losses + beta * D.Categorical(logits=generated_logits).entropy()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * losses


@wrong("The entropy is that of the mean, and is maximised, as if the classes were to be balanced.", composed=True)
def entropy_of_the_mean_maximised(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(probs=generated_logits.softmax(-1).mean(0)).entropy()
    generated = F.cross_entropy(generated_logits, c) - beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@wrong("The right answer is halved.", composed=True)
def half_of_the_loss(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return 0.5 * (F.cross_entropy(labelled_logits, labels) + lambda_u * generated)


@wrong("The labelled sentences are missing, and the entropy is maximised.", composed=True)
def labelled_missing_and_maximised(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return lambda_u * (F.cross_entropy(generated_logits, c) - beta * entropy)
