"""Wrong answers to `template_elbo`, to work on."""

from answers import wrong


@wrong("Both weights are limited to 1.")
def weights_limited_to_one(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - min(1.0, weight_template) * kl_template - min(1.0, weight_content) * kl_content


@wrong("A weight of 0 is taken for a missing one and replaced by 1.")
def weight_of_zero_taken_for_missing(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - (weight_template or 1.0) * kl_template - (weight_content or 1.0) * kl_content


@wrong("Both weights are squared.")
def weights_squared(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template**2 * kl_template - weight_content**2 * kl_content


@wrong("The template's weight multiplies the log-likelihood, and its KL counts in full.")
def weight_on_the_likelihood(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return weight_template * log_likelihood - kl_template - weight_content * kl_content


@wrong("The content's KL counts twice.")
def kl_of_the_content_twice(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template - 2 * weight_content * kl_content


@wrong("Three nats of each KL are free.")
def three_nats_free(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template.clamp(min=3) - weight_content * kl_content.clamp(min=3)


@wrong("The template's KL is detached, so nothing holds q(z | x) back.")
def kl_of_the_template_detached(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_template * kl_template.detach() - weight_content * kl_content


@wrong("The KL terms are subtracted in place, so the caller's log-likelihood changes.")
def subtracted_in_place(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    log_likelihood -= weight_template * kl_template
    log_likelihood -= weight_content * kl_content
    return log_likelihood


@wrong("The template's weight is taken as 0.5 whatever it is.")
def weight_of_a_half(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - 0.5 * kl_template - weight_content * kl_content


@wrong("The right answer is divided by 3, for there are three terms.", composed=True)
def mean_of_three(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return (log_likelihood - weight_template * kl_template - weight_content * kl_content) / 3


@wrong("The weights have changed places, and the content's KL is added.", composed=True)
def swapped_and_added(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - weight_content * kl_template + weight_template * kl_content


@wrong("The template's KL is missing, and the content's weight is not used.", composed=True)
def term_and_weight_missing(log_likelihood, kl_template, kl_content, weight_template, weight_content):
    return log_likelihood - kl_content
