"""Wrong answers to `elbo_from_joint`: the half that is worked on."""

from answers import wrong


@wrong("It takes the median of the samples, not their mean.")
def median_of_samples(log_joint, log_posterior):
    return (log_joint - log_posterior).median(0).values


@wrong("Only the first sample counts.")
def first_sample_only(log_joint, log_posterior):
    return (log_joint - log_posterior)[0]


@wrong("It divides by S - 1 in place of S, which is no number for one sample.")
def divided_by_one_less(log_joint, log_posterior):
    return (log_joint - log_posterior).sum(0) / (len(log_joint) - 1)


@wrong("The samples are weighted by their normalised importance weights: they come from q already.")
def importance_weighted_average(log_joint, log_posterior):
    log_weight = log_joint - log_posterior
    return (log_weight.softmax(0) * log_weight).sum(0)


@wrong("log p(x, z) is detached, so the model gets no gradient.")
def joint_detached(log_joint, log_posterior):
    return (log_joint.detach() - log_posterior).mean(0)


@wrong("log p is divided by log q: the log of a ratio is a difference.")
def ratio_of_logs(log_joint, log_posterior):
    return (log_joint / log_posterior).mean(0)


@wrong("log q is averaged over the whole batch, so an image's bound depends on its neighbours.")
def posterior_averaged_over_the_batch(log_joint, log_posterior):
    return log_joint.mean(0) - log_posterior.mean()


@wrong("It edits log_joint in place.")
def joint_edited(log_joint, log_posterior):
    log_joint -= log_posterior
    return log_joint.mean(0)


@wrong("The samples are summed, and the sign is wrong.", composed=True)
def negative_sum(log_joint, log_posterior):
    return (log_posterior - log_joint).sum(0)


@wrong("It averages over the images, and the sign is wrong.", composed=True)
def negative_along_the_wrong_axis(log_joint, log_posterior):
    return -(log_joint - log_posterior).mean(1)


@wrong("The images come in reverse order.", composed=True)
def images_reversed(log_joint, log_posterior):
    return (log_joint - log_posterior).mean(0).flip(0)
