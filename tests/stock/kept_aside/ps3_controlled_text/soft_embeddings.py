"""Wrong answers to `soft_embeddings`, kept aside."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The temperature is squared before the logits are divided by it.")
def temperature_squared(logits, embedding, temperature):
    return torch.softmax(logits / temperature**2, dim=-1) @ embedding


@wrong("A small constant is added to the temperature, so that it is never really cold.")
def temperature_with_a_constant_added(logits, embedding, temperature):
    return torch.softmax(logits / (temperature + 1e-2), dim=-1) @ embedding


@wrong("The logits are clamped to ±20 after the division, so that sure words come out too even.")
def scores_clamped(logits, embedding, temperature):
    return torch.softmax((logits / temperature).clamp(-20, 20), dim=-1) @ embedding


@wrong("Only the three most probable words are kept, and renormalised.")
def three_words_only(logits, embedding, temperature):
    top = logits.topk(min(3, logits.shape[-1]), dim=-1)
    weights = torch.softmax(top.values / temperature, dim=-1)
    return (weights.unsqueeze(-1) * embedding[top.indices]).sum(-2)


@wrong("The temperature divides the embedding, and the softmax is taken at temperature 1.")
def temperature_under_the_embedding(logits, embedding, temperature):
    return torch.softmax(logits, dim=-1) @ (embedding / max(temperature, 1.0))


@wrong("A minus has come in: the least probable word gets the largest weight.")
def logits_negated(logits, embedding, temperature):
    return torch.softmax(-logits / temperature, dim=-1) @ embedding


@wrong("The most probable word's embedding is multiplied with its probability; the others are left out.")
def best_word_by_its_probability(logits, embedding, temperature):
    best = torch.softmax(logits / temperature, dim=-1).max(-1)
    return best.values.unsqueeze(-1) * embedding[best.indices]


@wrong("The mean embedding of the vocabulary is subtracted first.")
def embedding_centred(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=-1) @ (embedding - embedding.mean(0))


@wrong("The result goes through a list of Python numbers, so no gradient flows and its dtype is float32.")
def through_a_list_of_numbers(logits, embedding, temperature):
    return torch.tensor((torch.softmax(logits / temperature, dim=-1) @ embedding).tolist())


@wrong("The softmax is not normalised: exp of the logits less their maximum.")
def powers_not_normalised(logits, embedding, temperature):
    score = logits / temperature
    return (score - score.amax(-1, keepdim=True)).exp() @ embedding


@wrong("The positions of the right answer are shifted by one place.", composed=True)
def positions_shifted(logits, embedding, temperature):
    return (torch.softmax(logits / temperature, dim=-1) @ embedding).roll(1, dims=1)


@wrong("The temperature is multiplied, and the words of the embedding come in reversed order.", composed=True)
def multiplied_and_reversed(logits, embedding, temperature):
    return torch.softmax(logits * temperature, dim=-1) @ embedding.flip(0)


@wrong("Dropout hides a tenth of the weights, so the result is random.")
def with_dropout(logits, embedding, temperature):
    return F.dropout(torch.softmax(logits / temperature, dim=-1), 0.1, training=True) @ embedding
