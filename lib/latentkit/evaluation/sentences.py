"""How good is a sentence VAE on sentences it has not seen, and does it use its latent vectors?

Everything is exact bookkeeping: nats per sentence are sums over its words and EOS, averaged over sentences; perplexity
is per word, where EOS counts as one and BOS and PAD do not.

References:
    [1] Burda, Grosse and Salakhutdinov 2016, Importance Weighted Autoencoders, https://arxiv.org/abs/1509.00519
    [2] Hoffman and Johnson 2016, ELBO surgery
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.distributions import Independent, Normal, kl_divergence

from latentkit.data.text import EOS, PAD, collate
from latentkit.decoding import greedy
from latentkit.evaluation.bleu import bleu
from latentkit.models import SentenceVAE
from latentkit.models.sentence_model import SentenceModel

CHUNK = 100  # sentences at a time: bounds the memory, changes no result's meaning
ACTIVE_VARIANCE = 0.01  # a latent dimension is active when its posterior mean varies more than this
COMPARED = 500  # sentences whose posteriors stand for the whole in the mutual information


@dataclass(frozen=True)
class SentenceEvaluation:
    """What a sentence VAE does with N sentences.

    Attributes:
        sentences: N.
        words: of all of them, with each one's EOS.
        nll: -E_q log p(x | z), nats per sentence.
        kl: KL(q(z | x) || p(z)), nats per sentence.
        iwae: the importance-weighted bound of log p(x), nats per sentence; with one sample it estimates the ELBO.
        samples: of z for each sentence, S.
        active_units: latent dimensions whose posterior mean varies over the sentences by more than 0.01 [1].
        mutual_information: an estimate of I(x; z) under q, in nats [2]. It comes from comparing B posteriors and can
            never exceed `mutual_information_cap`; near the cap it says no more than "at least".
        mutual_information_cap: ln B.
    """

    sentences: int
    words: int
    nll: float
    kl: float
    iwae: float
    samples: int
    active_units: int
    mutual_information: float
    mutual_information_cap: float

    @property
    def elbo(self) -> float:
        """E_q log p(x | z) - KL, nats per sentence: the weight of the KL is 1, however the model was trained."""
        return -(self.nll + self.kl)

    @property
    def perplexity(self) -> float:
        """Per word, at most: exp of minus the ELBO per word."""
        return math.exp(-self.elbo * self.sentences / self.words)

    @property
    def iwae_perplexity(self) -> float:
        """Per word, at most, by the tighter bound."""
        return math.exp(-self.iwae * self.sentences / self.words)


@torch.no_grad()
def evaluate_sentence_vae(
    model: SentenceVAE, sentences: Sequence[Sequence[int]], samples: int = 16, seed: int = 0
) -> SentenceEvaluation:
    """Measure a model, in evaluation mode and with every word in the decoder's sight.

    Args:
        model: left in the mode it was in.
        sentences: encoded, without BOS and EOS.
        samples: S, samples of z per sentence, for the expectation under q and for the importance-weighted bound.
        seed: of the samples.
    Raises:
        ValueError: there is nothing to measure.
    """
    if not sentences or samples < 1:
        raise ValueError(f"evaluation needs sentences and samples, got {len(sentences)} and {samples}")
    was_training = model.training
    model.eval()
    device = model.w_mu.weight.device
    generator = Generator().manual_seed(seed)
    nll, kl, iwae, means, deviations = [], [], [], [], []
    for tokens in _chunks(sentences, device):
        q = model.posterior(tokens)
        log_likelihoods, log_weights = [], []
        for _ in range(samples):
            noise = torch.randn(q.mean.shape, generator=generator, dtype=q.mean.dtype).to(device)
            z = q.mean + q.stddev * noise
            log_likelihoods.append(model.log_likelihood(tokens, z))
            log_weights.append(log_likelihoods[-1] + model.prior().log_prob(z) - q.log_prob(z))
        nll.append(-torch.stack(log_likelihoods).mean(0))
        kl.append(kl_divergence(q, model.prior()))
        iwae.append(torch.stack(log_weights).logsumexp(0) - math.log(samples))
        means.append(q.mean)
        deviations.append(q.stddev)
    model.train(was_training)
    mu, sigma = torch.cat(means), torch.cat(deviations)
    information, cap = mutual_information(mu[:COMPARED], sigma[:COMPARED], generator)
    return SentenceEvaluation(
        sentences=len(sentences),
        words=sum(len(sentence) + 1 for sentence in sentences),
        nll=torch.cat(nll).mean().item(),
        kl=torch.cat(kl).mean().item(),
        iwae=torch.cat(iwae).mean().item(),
        samples=samples,
        active_units=int((mu.var(0, correction=0) > ACTIVE_VARIANCE).sum()),
        mutual_information=information,
        mutual_information_cap=cap,
    )


def mutual_information(mu: Tensor, sigma: Tensor, generator: Generator | None = None) -> tuple[float, float]:
    """Estimate I(x; z) = E log q(z | x) / q(z), where q(z) is the average of B posteriors.

    Args:
        mu, sigma: means and standard deviations of q(z | x) for B sentences, [B, M].
        generator: of the one sample per sentence.
    Returns:
        The estimate in nats, and ln B, which it cannot exceed.
    """
    count = len(mu)
    q = Independent(Normal(mu, sigma), 1)
    z = mu + sigma * torch.randn(mu.shape, generator=generator, dtype=mu.dtype).to(mu.device)
    log_q = q.log_prob(z.unsqueeze(1))  # [B, B]: of row i's sample under column j's posterior
    aggregate = log_q.logsumexp(1) - math.log(count)
    return (log_q.diagonal() - aggregate).mean().item(), math.log(count)


@torch.no_grad()
def reconstruct(model: SentenceModel, sentences: Sequence[Sequence[int]]) -> list[list[int]]:
    """What greedy decoding makes of each sentence's `centre`, such as its posterior mean: words without EOS."""
    was_training = model.training
    model.eval()
    found = []
    for tokens in _chunks(sentences, model.embedding.weight.device):
        decoded = greedy(model.step, model.centre(tokens), max_length=tokens.shape[1] + 5)
        found += [[word for word in row if word not in (PAD, EOS)] for row in decoded.tolist()]
    model.train(was_training)
    return found


def reconstruction_bleu(model: SentenceModel, sentences: Sequence[Sequence[int]]) -> float:
    """BLEU of the reconstructions, over the corpus, 0 to 100; counts of zero are smoothed."""
    return bleu([[list(sentence)] for sentence in sentences], reconstruct(model, sentences))


def _chunks(sentences: Sequence[Sequence[int]], device: torch.device) -> list[Tensor]:
    return [collate(sentences[start : start + CHUNK]).to(device) for start in range(0, len(sentences), CHUNK)]
