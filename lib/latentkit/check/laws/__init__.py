"""Laws: how to judge a function that has no single right output, because it draws noise, trains or iterates.

A law sees only numbers, those of the solved case and the response, and never the reference.
"""

from latentkit.check.laws.dropout import word_dropout
from latentkit.check.laws.gibbs import gibbs_sweep
from latentkit.check.laws.inference import document_inference
from latentkit.check.laws.sampler import gaussian_sampler
from latentkit.check.laws.training import trained_vae

LAWS = {
    "document_inference": document_inference,
    "gaussian_sampler": gaussian_sampler,
    "gibbs_sweep": gibbs_sweep,
    "trained_vae": trained_vae,
    "word_dropout": word_dropout,
}
