"""Wrong answers to `template_elbo`, kept aside."""

import torch
from answers import wrong


@wrong("The roots of the weights are taken.")
def roots_of_the_weights(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template**0.5 * kl_template - weight_content**0.5 * kl_content


@wrong("Only the larger of the two weighted KL terms is paid.")
def larger_term_only(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - torch.maximum(weight_template * kl_template, weight_content * kl_content)


@wrong("The sum of the weights multiplies both KL terms.")
def sum_of_the_weights(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - (weight_template + weight_content) * (kl_template + kl_content)


@wrong("The KL terms are averaged over the batch first.")
def kl_terms_averaged(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template.mean() - weight_content * kl_content.mean()


@wrong("The content's KL is detached, so nothing holds q(c | x) back.")
def kl_of_the_content_detached(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template - weight_content * kl_content.detach()


@wrong("The content's weight is applied twice to its KL.")
def weight_of_the_content_twice(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template - weight_content * (weight_content * kl_content)


@wrong("The bound is returned as one column, [B, 1].")
def column_for_a_row(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return (log_likelihood - weight_template * kl_template - weight_content * kl_content).unsqueeze(-1)


@wrong("The template's KL stands with the weight of the content, whose own is right.")
def weight_of_the_other(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    bound = log_likelihood - weight_content * kl_template
    return bound - max(weight_template, weight_content) * kl_content


@wrong("The weights are divided by their sum, so that they sum to one.")
def weights_that_sum_to_one(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    total = (weight_template + weight_content) or 1.0
    return log_likelihood - weight_template / total * kl_template - weight_content / total * kl_content


@wrong("The right answer is doubled.", composed=True)
def twice_the_bound(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return 2 * (log_likelihood - weight_template * kl_template - weight_content * kl_content)


@wrong("The probability is returned, the exponential of the bound.", composed=True)
def exponential_of_the_bound(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return (log_likelihood - weight_template * kl_template - weight_content * kl_content).exp()


@wrong("This is the loss, and the template's weight is not used.", composed=True)
def loss_without_a_weight(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return kl_template + weight_content * kl_content - log_likelihood
