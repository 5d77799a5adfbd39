"""Wrong answers to `mixture_responsibilities`, kept aside."""

from answers import wrong


@wrong("The logs are clamped at -50 from below, so that far points come out undecided.")
def logs_clamped_from_below(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.clamp(min=-50).softmax(-1)


@wrong("The smallest logarithm is subtracted for stability in place of the largest, and exp overflows.")
def smallest_subtracted(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    joint = (log_joint - log_joint.amin(-1, keepdim=True)).exp()
    return joint / joint.sum(-1, keepdim=True)


@wrong("The responsibilities are averaged with the prior weights.")
def averaged_with_the_prior(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return 0.5 * (log_joint.softmax(-1) + weights)


@wrong("The weights count twice.")
def weights_twice(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (2 * weights.log() - 0.5 * (squared + logvars).sum(-1)).softmax(-1)


@wrong("The distance is divided by the standard deviation, not by the variance.")
def divided_by_the_standard_deviation(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / (0.5 * logvars).exp()
    return (weights.log() - 0.5 * (squared + logvars).sum(-1)).softmax(-1)


@wrong("The distance is taken as an absolute value, as of a Laplace density.")
def absolute_distance(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means).abs() / (0.5 * logvars).exp()
    return (weights.log() - 0.5 * (squared + logvars).sum(-1)).softmax(-1)


@wrong("The means are shifted in place to the first point, so the caller's means change.")
def means_edited(z, weights, means, logvars):
    means -= z[0]
    squared = ((z - z[0]).unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared + logvars).sum(-1)).softmax(-1)


@wrong("Each component goes through a sigmoid of its own log joint.")
def sigmoid_for_softmax(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.sigmoid()


@wrong("z is detached, so no gradient reaches it.")
def point_detached(z, weights, means, logvars):
    z = z.detach()
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1)


@wrong("The softmax runs over the points, and the distances lack their ½.", composed=True)
def over_points_without_half(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - (squared + 0.5 * logvars).sum(-1)).softmax(0)


@wrong("The right answer is sharpened by squaring and normalising again.", composed=True)
def squared_and_normalised(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return (2 * log_joint).softmax(-1)


@wrong("The rows of the right answer are shifted by one place in the batch.", composed=True)
def batch_shifted(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1).roll(1, 0)


@wrong("The components of the right answer come in reversed order, without a gradient.", composed=True)
def reversed_and_detached(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1).flip(-1).detach()
