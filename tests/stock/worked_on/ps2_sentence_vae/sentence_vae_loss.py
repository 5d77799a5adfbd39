"""Wrong answers to `sentence_vae_loss`: the half that is worked on."""

from answers import wrong


@wrong("Each sentence's KL counts at least two nats: free bits, which nobody asked for.")
def free_bits(log_likelihood, kl, kl_weight):
    return (kl_weight * kl.clamp(min=2.0) - log_likelihood).mean()


@wrong("The weight is cut at 1.")
def weight_cut_at_one(log_likelihood, kl, kl_weight):
    return (min(1.0, kl_weight) * kl - log_likelihood).mean()


@wrong("The weight is squared.")
def weight_squared(log_likelihood, kl, kl_weight):
    return (kl_weight**2 * kl - log_likelihood).mean()


@wrong("It takes the median of the sentences, not their mean.")
def median_of_the_batch(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).median()


@wrong("It divides by B - 1, which is no number for one sentence.")
def divided_by_one_less(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).sum() / (len(kl) - 1)


@wrong("The log-likelihood is detached, so the decoder gets no gradient.")
def likelihood_detached(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood.detach()).mean()


@wrong("The log-likelihood is summed over the batch, the KL averaged.")
def likelihood_summed(log_likelihood, kl, kl_weight):
    return kl_weight * kl.mean() - log_likelihood.sum()


@wrong("It is the distance of the weighted KL from the target kl_weight: a capacity, not a weight.")
def kl_capacity(log_likelihood, kl, kl_weight):
    return ((kl - kl_weight).abs() - log_likelihood).mean()


@wrong("It edits the KL in place.")
def kl_edited(log_likelihood, kl, kl_weight):
    kl *= kl_weight
    return (kl - log_likelihood).mean()


@wrong("The sign is wrong, and the batch is summed.", composed=True)
def summed_bound(log_likelihood, kl, kl_weight):
    return (log_likelihood - kl_weight * kl).sum()


@wrong("The KL is rewarded, and the weight is not used.", composed=True)
def unweighted_kl_rewarded(log_likelihood, kl, kl_weight):
    return -(log_likelihood + kl).mean()


@wrong("The loss is halved.", composed=True)
def halved(log_likelihood, kl, kl_weight):
    return 0.5 * (kl_weight * kl - log_likelihood).mean()


@wrong("It returns the root of the loss.", composed=True)
def root_of_the_loss(log_likelihood, kl, kl_weight):
    return (kl_weight * kl - log_likelihood).mean().sqrt()
