"""Wrong answers to `active_units`: the half that is worked on."""

from answers import wrong


@wrong("The range of μ, largest less smallest, is compared with the threshold.")
def range_for_variance(mu, threshold=0.01):
    return int(((mu.amax(0) - mu.amin(0)) > threshold).sum())


@wrong("The default threshold is 0.001.")
def lower_default(mu, threshold=0.001):
    return int((mu.var(0) > threshold).sum())


@wrong("Half of the threshold is enough to count.")
def half_of_the_threshold(mu, threshold=0.01):
    return int((mu.var(0) > threshold / 2).sum())


@wrong("E[μ²] - E[μ]² is formed as it stands, which loses all digits where the mean is large, in float32 first.")
def difference_of_moments(mu, threshold=0.01):
    return int(((mu**2).mean(0) - mu.mean(0) ** 2 > threshold).sum())


@wrong("Only the first ten examples are looked at.")
def first_ten_examples(mu, threshold=0.01):
    return int((mu[:10].var(0) > threshold).sum())


@wrong("The variance is that of all numbers together, so it is all dimensions or none.")
def one_variance_for_all(mu, threshold=0.01):
    return int(mu.var() > threshold) * mu.shape[1]


@wrong("The sign of μ is dropped before the variance.")
def variance_of_absolute_values(mu, threshold=0.01):
    return int((mu.abs().var(0) > threshold).sum())


@wrong("It edits μ in place: the mean is subtracted.")
def means_edited(mu, threshold=0.01):
    mu -= mu.mean(0)
    return int(((mu**2).mean(0) > threshold).sum())


@wrong("It returns the sum of the variances that count.")
def sum_of_large_variances(mu, threshold=0.01):
    variance = mu.var(0)
    return variance[variance > threshold].sum().item()


@wrong("The deviation is taken for the variance, and the collapsed dimensions are counted.", composed=True)
def collapsed_by_deviation(mu, threshold=0.01):
    return int((mu.std(0) <= threshold).sum())


@wrong("The variance runs over the dimensions, and it counts where it is small.", composed=True)
def small_variances_over_dimensions(mu, threshold=0.01):
    return int((mu.var(1) <= threshold).sum())


@wrong("The result is doubled, as for mean and variance.", composed=True)
def doubled(mu, threshold=0.01):
    return 2 * int((mu.var(0) > threshold).sum())


@wrong("One unit is left out of the count, as if the first were number 0.")
def one_too_few(mu, threshold=0.01):
    return max(0, int((mu.var(0) > threshold).sum()) - 1)
