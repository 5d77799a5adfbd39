"""The likelihood of a sentence under the decoder's logits."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, sentences
from autograder.rubrics.ps2_sentence_vae import terms
from latentkit.check.cases import Case
from latentkit.reference import sentence


def _likelihood_cases(generator: np.random.Generator) -> Iterator[Case]:
    longest = int(generator.integers(5, 7))
    for name, lengths, width, dtype in (
        ("sentences of different lengths", (longest, 4, 3), longest, torch.float64),
        ("one sentence without padding", (5,), 5, torch.float64),
        ("more padding than any sentence needs", (4, longest), longest + 2, torch.float64),
        ("an empty sentence, float32", (2, 5), 5, torch.float32),
    ):
        tokens = sentences(generator, lengths, width, vocabulary=6)
        logits = normal(generator, len(lengths), width, 6, scale=2, dtype=dtype)
        cotangent = normal(generator, len(lengths), dtype=dtype)
        yield Case(name, {"logits": logits, "tokens": tokens}, ("logits",), cotangent)
    tokens = sentences(generator, (4, 3), 4, vocabulary=6)
    logits = 1000 * torch.sign(normal(generator, 2, 4, 6))
    logits[0, 0, tokens[0, 1]], logits[0, 0, 1] = -1000, 1000  # the first word is confidently thought impossible
    yield Case("logits of ±1000", {"logits": logits, "tokens": tokens}, ("logits",), normal(generator, 2))


sequence_log_likelihood = Exercise(
    name="sequence_log_likelihood",
    points=4,
    reference=sentence.sequence_log_likelihood,
    cases=_likelihood_cases,
    look="section 2, the likelihood of a sentence; lecture, slide Conditional Sequence Generation",
    terms=terms.sequence_log_likelihood,
    unbounded=("logits",),
)


@sequence_log_likelihood.mistake(
    "The targets are not shifted: each logit is scored on the token that the decoder has just read. `logits[:, t]` "
    "predicts the *next* token, `tokens[:, t + 1]`, and BOS is never predicted."
)
def targets_not_shifted(logits, tokens):
    log_p = logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "BOS is left out, but the targets are not shifted: `logits[:, t]` predicts `tokens[:, t + 1]`, so the last logits "
    "are dropped, not the first."
)
def first_logits_dropped(logits, tokens):
    log_p = logits[:, 1:].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "The shift goes the wrong way: here each logit is scored on the token *before* it. `logits[:, t]` predicts "
    "`tokens[:, t + 1]`."
)
def shifted_backwards(logits, tokens):
    log_p = logits[:, 1:].log_softmax(-1).gather(-1, tokens[:, :-1].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, :-1] != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "PAD is counted. Padding is no part of the sentence: a longer batch must not change the likelihood of a sentence."
)
def padding_counted(logits, tokens):
    return logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1).sum(-1)


@sequence_log_likelihood.mistake(
    "The mask looks at the token that was read, not at the one predicted, so the first PAD after EOS still counts."
)
def masked_by_the_input(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, :-1] != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "EOS is not counted. That the sentence ends here is a prediction too; without it the probabilities of all "
    "sentences do not sum to one."
)
def end_not_counted(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0) * (tokens[:, 1:] != 2)).sum(-1)


@sequence_log_likelihood.mistake(
    "UNK is not counted. It is an ordinary entry of the vocabulary that the decoder must predict; only PAD is left out."
)
def unknown_words_not_counted(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0) * (tokens[:, 1:] != 3)).sum(-1)


@sequence_log_likelihood.mistake(
    "You averaged over the tokens. log p(x | z) is the sum over the sentence; a mean divides it by the length, and the "
    "KL, which is not divided, then outweighs it."
)
def averaged_over_tokens(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    mask = (tokens[:, 1:] != 0).to(log_p)
    return (log_p * mask).sum(-1) / mask.sum(-1)


@sequence_log_likelihood.mistake("You summed over the batch too: return one number per sentence, [B].")
def likelihood_summed_over_batch(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum()


@sequence_log_likelihood.mistake("You averaged over the batch: return one number per sentence, [B].")
def likelihood_averaged_over_batch(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1).mean()


@sequence_log_likelihood.mistake(
    "The sign is wrong: this is the cross-entropy, a loss. A log-probability is at most zero."
)
def negative_log_likelihood(logits, tokens):
    log_p = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return -(log_p * (tokens[:, 1:] != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "The logits were added up as they are. They become log-probabilities through log_softmax over the vocabulary."
)
def logits_not_normalised(logits, tokens):
    scores = logits[:, :-1].gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (scores * (tokens[:, 1:] != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "The softmax runs over time. The probabilities that sum to one are those of the vocabulary, the last dimension."
)
def normalised_over_time(logits, tokens):
    log_p = logits[:, :-1].log_softmax(1).gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (log_p * (tokens[:, 1:] != 0)).sum(-1)


@sequence_log_likelihood.mistake(
    "The log of a softmax underflows: an unlikely word's probability rounds to 0 and its log to -inf. Use log_softmax, "
    "or cross_entropy on the logits."
)
def log_of_softmax(logits, tokens):
    log_p = logits[:, :-1].softmax(-1).log().gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return log_p.masked_fill(tokens[:, 1:] == 0, 0.0).sum(-1)


@sequence_log_likelihood.mistake(
    "cross_entropy wants the vocabulary in dimension 1. `view` and `reshape` do not move a dimension, they mix tokens "
    "with words: use transpose(1, 2), or flatten batch and time."
)
def vocabulary_moved_by_view(logits, tokens):
    mixed = logits[:, :-1].reshape(len(logits), logits.shape[2], -1)
    return -F.cross_entropy(mixed, tokens[:, 1:], ignore_index=0, reduction="none").sum(-1)


@sequence_log_likelihood.alternative
def likelihood_through_cross_entropy(logits, tokens):
    return -F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], ignore_index=0, reduction="none").sum(1)


@sequence_log_likelihood.alternative
def likelihood_through_flat_nll(logits, tokens):
    targets = tokens[:, 1:].flatten()
    log_p = F.log_softmax(logits[:, :-1], dim=2).flatten(0, 1)
    return -F.nll_loss(log_p, targets, reduction="none", ignore_index=0).view(len(tokens), -1).sum(1)


@sequence_log_likelihood.alternative
def likelihood_through_distributions(logits, tokens):
    log_p = D.Categorical(logits=logits[:, :-1]).log_prob(tokens[:, 1:])
    return torch.where(tokens[:, 1:] == 0, 0, log_p).sum(-1)


@sequence_log_likelihood.alternative
def likelihood_word_by_word(logits, tokens):
    totals = []
    for b in range(len(tokens)):
        total = logits.new_zeros(())
        for t in range(1, tokens.shape[1]):
            if tokens[b, t] != 0:
                total = total + logits[b, t - 1, tokens[b, t]] - torch.logsumexp(logits[b, t - 1], 0)
        totals.append(total)
    return torch.stack(totals)


@sequence_log_likelihood.alternative
def likelihood_with_one_hot_targets(logits, tokens):
    targets = F.one_hot(tokens[:, 1:], logits.shape[-1]).to(logits) * (tokens[:, 1:] > 0)[..., None]
    return torch.einsum("btv,btv->b", targets, logits[:, :-1].log_softmax(-1))
