"""Laws: how to judge a function that has no single right output, because it draws noise or trains.

A law sees only numbers, those of the solved case and the response, and never the reference.
"""

from latentkit.check.laws.dropout import word_dropout
from latentkit.check.laws.sampler import gaussian_sampler
from latentkit.check.laws.training import trained_vae

LAWS = {"gaussian_sampler": gaussian_sampler, "trained_vae": trained_vae, "word_dropout": word_dropout}
