"""Wrong answers to `mixture_responsibilities`, to work on."""

from answers import wrong


@wrong("One maximum of the whole batch is subtracted, so a point far below it underflows to 0/0.")
def one_maximum_for_the_batch(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    joint = (log_joint - log_joint.max()).exp()
    return joint / joint.sum(-1, keepdim=True)


@wrong("A constant is added to the densities, so that far points come out undecided.")
def constant_added_to_densities(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    joint = log_joint.exp() + 1e-10
    return joint / joint.sum(-1, keepdim=True)


@wrong("The logarithm of the weights is halved, so the prior counts for too little.")
def half_of_the_log_weights(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (0.5 * weights.log() - 0.5 * (squared + logvars).sum(-1)).softmax(-1)


@wrong("The sign of the log-normaliser is turned, so wide components get too much.")
def log_normaliser_added(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - 0.5 * (squared - logvars).sum(-1)).softmax(-1)


@wrong("The log-normaliser has the factor 1 where ½ belongs.")
def whole_log_variance(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (weights.log() - (0.5 * squared + logvars).sum(-1)).softmax(-1)


@wrong("A batch of one point loses its batch dimension by a squeeze.")
def one_point_squeezed(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1).squeeze(0)


@wrong("The first dimension of z is left out of the distance.")
def first_dimension_left_out(z, weights, means, logvars):
    squared = ((z.unsqueeze(1) - means) ** 2 / logvars.exp())[..., 1:]
    return (weights.log() - 0.5 * squared.sum(-1) - 0.5 * logvars.sum(-1)).softmax(-1)


@wrong("The variances are detached, so no gradient reaches them.")
def log_variances_detached(z, weights, means, logvars):
    logvars = logvars.detach()
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1)


@wrong("The prior weights are missing, and the rows are formed by averaging over the dimensions.", composed=True)
def no_prior_and_averaged(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    return (-0.5 * (squared + logvars).mean(-1)).softmax(-1)


@wrong("The components of the right answer come in reversed order.", composed=True)
def components_reversed(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1).flip(-1)


@wrong("The right answer is transposed, [K, B].", composed=True)
def transposed(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1).T


@wrong("Log variances are read as logs of standard deviations, and the prior is missing.", composed=True)
def log_std_without_prior(z, weights, means, logvars):
    squared = (z.unsqueeze(1) - means) ** 2 / (2 * logvars).exp()
    return (-0.5 * (squared + 2 * logvars).sum(-1)).softmax(-1)


@wrong("z is standardised by the batch's mean and deviation, so that each row depends on its neighbours.")
def standardised_over_the_batch(z, weights, means, logvars):
    z = (z - z.mean(0)) / (z.std(0, correction=0) + 1e-3)
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)
    return log_joint.softmax(-1)
