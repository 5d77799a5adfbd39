"""The differentiable stand-in for sampled words."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import distributions as D
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal, uniform
from latentkit.check.cases import Case, Value
from latentkit.reference import controlled_text


def _soft_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, batch, steps, words, size, temperature, dtype in (
        ("temperature 1", 2, 3, 5, 4, 1.0, torch.float64),
        ("colder", 3, 2, 4, 3, float(generator.integers(30, 70)) / 100, torch.float64),
        ("hotter, one sentence", 1, 3, 5, 2, 3.0, torch.float64),
        ("one word each, as when decoding step by step", 3, 1, 4, 3, 0.6, torch.float64),
        ("as many words in the vocabulary as dimensions, float32", 3, 3, 3, 3, 0.7, torch.float32),
    ):
        inputs = {
            "logits": normal(generator, batch, steps, words, scale=1.5, dtype=dtype),
            "embedding": normal(generator, words, size, dtype=dtype),
            "temperature": temperature,
        }
        cotangent = normal(generator, batch, steps, size, dtype=dtype)
        yield Case(name, inputs, ("logits", "embedding"), cotangent)
    for name, apart, dtype in (
        ("words whose logits lie thousands apart from other words'", 1000, torch.float64),
        ("words whose logits lie hundreds apart from other words', float32", 200, torch.float32),
    ):
        ranks = torch.from_numpy(generator.permutation(4)).to(dtype).view(2, 2, 1)
        inputs = {
            "logits": normal(generator, 2, 2, 3, dtype=dtype) + apart * (ranks - 1.5),
            "embedding": normal(generator, 3, 4, dtype=dtype),
            "temperature": 0.8,
        }
        yield Case(name, inputs, ("logits", "embedding"), normal(generator, 2, 2, 4, dtype=dtype))
    tens = generator.permuted(np.tile(np.arange(4), (2, 3, 1)), axis=-1)
    inputs = {
        "logits": 20 - 10 * torch.from_numpy(tens).float(),
        "embedding": normal(generator, 4, 3, dtype=torch.float32),
        "temperature": 0.01,
    }
    yield Case("nearly hard words, with logits from -10 to 20", inputs)
    yield Case("colder still, with logits that nearly tie", _near_ties(generator, 1e-5))


def _near_ties(generator: np.random.Generator, temperature: float) -> dict[str, Value]:
    """Logits 12 to 15 temperatures below the largest: a floor under τ shows there, an epsilon of 1e-8 does not."""
    below = -temperature * uniform(generator, 12, 15, 2, 2, 4)
    chosen = torch.from_numpy(generator.integers(0, 4, (2, 2, 1)))
    below.scatter_(-1, chosen, 0)
    return {"logits": 1 + below, "embedding": normal(generator, 4, 3), "temperature": temperature}


soft_embeddings = Exercise(
    name="soft_embeddings",
    points=3,
    reference=controlled_text.soft_embeddings,
    cases=_soft_cases,
    look="section 3, a stand-in for words; Hu et al. 2017, the continuous approximation",
    unbounded=("logits", "embedding"),
)


@soft_embeddings.mistake(
    "The temperature is not used. It says how close to one word the mixture is: divide the logits by it."
)
def temperature_forgotten(logits, embedding, temperature):
    return torch.softmax(logits, dim=-1) @ embedding


@soft_embeddings.mistake("You multiplied by the temperature. A low one must sharpen the distribution: divide by it.")
def temperature_multiplied(logits, embedding, temperature):
    return torch.softmax(logits * temperature, dim=-1) @ embedding


@soft_embeddings.mistake(
    "The temperature has a floor: below it a colder mixture is no closer to one word. Divide by τ as it is given."
)
def temperature_floored(logits, embedding, temperature):
    return torch.softmax(logits / max(temperature, 0.01), dim=-1) @ embedding


@soft_embeddings.mistake(
    "The temperature divides the result, so it changes the length of the vectors and not how sharp the mixture is. It "
    "belongs inside the softmax, under the logits."
)
def temperature_after_the_mixture(logits, embedding, temperature):
    return torch.softmax(logits, dim=-1) @ embedding / temperature


@soft_embeddings.mistake(
    "The softmax is taken twice: probabilities, which lie within 1 of each other, are divided by τ and normalised "
    "again, so no word gets more than e^(1/τ) times the weight of another, however sure the "
    "logits are. Divide the *logits* by τ and take one softmax."
)
def softmax_twice(logits, embedding, temperature):
    return torch.softmax(torch.softmax(logits, dim=-1) / temperature, dim=-1) @ embedding


@soft_embeddings.mistake(
    "The softmax runs over the positions of the sentence. At each position it is the words that compete: use the last "
    "dimension, V."
)
def softmax_over_positions(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=1) @ embedding


@soft_embeddings.mistake(
    "The softmax runs over the batch, so the sentences compete with each other. Use the last dimension, the words."
)
def softmax_over_the_batch(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=0) @ embedding


@soft_embeddings.mistake(
    "These are hard words, the embeddings of the argmax. It is what τ → 0 gives, but no gradient reaches the logits, "
    "and the generator learns nothing from its readers: weight the embeddings with the softmax."
)
def hard_words(logits, embedding, temperature):
    return embedding[logits.argmax(-1)]


@soft_embeddings.mistake(
    "This is a straight-through estimator: hard words with the gradient of soft ones. Its gradient is biased; asked "
    "is the soft mixture itself."
)
def straight_through(logits, embedding, temperature):
    soft = torch.softmax(logits / temperature, dim=-1)
    hard = F.one_hot(soft.argmax(-1), logits.shape[-1]).to(soft)
    return (hard + soft - soft.detach()) @ embedding


@soft_embeddings.mistake(
    "There is no softmax: the embeddings are weighted with the logits themselves. The weights of an average are "
    "probabilities."
)
def weighted_with_logits(logits, embedding, temperature):
    return (logits / temperature) @ embedding


@soft_embeddings.mistake(
    "The embeddings are weighted with *log* probabilities. The weights of an average are the probabilities: softmax."
)
def weighted_with_log_probabilities(logits, embedding, temperature):
    return torch.log_softmax(logits / temperature, dim=-1) @ embedding


@soft_embeddings.mistake(
    "Each word goes through a sigmoid of its own, so the weights do not sum to one. The words exclude each other: "
    "softmax."
)
def sigmoid_for_softmax(logits, embedding, temperature):
    return torch.sigmoid(logits / temperature) @ embedding


@soft_embeddings.mistake(
    "The embedding is transposed. Its rows are the words, [V, E], which is what the probabilities [B, T, V] meet in a "
    "matrix product as it stands."
)
def embedding_transposed(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=-1) @ embedding.T


@soft_embeddings.mistake(
    "These are the probabilities of the words, [B, T, V]. The readers want vectors, [B, T, E]: take the average of the "
    "embeddings under them."
)
def probabilities_only(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=-1)


@soft_embeddings.mistake(
    "exp overflows when it is cold: exp(20 / 0.01) is inf, and inf/inf is NaN. torch.softmax subtracts the maximum "
    "first; so must you, if you write it out."
)
def exponentials_by_hand(logits, embedding, temperature):
    powers = torch.exp(logits / temperature)
    return powers / powers.sum(-1, keepdim=True) @ embedding


@soft_embeddings.mistake(
    "The probabilities are detached. The numbers are right, but no gradient reaches the generator's logits, and that "
    "it does is what soft words are for."
)
def probabilities_detached(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=-1).detach() @ embedding


@soft_embeddings.mistake(
    "The embedding is detached. Who holds it still is the training's business, not this function's: let the gradient "
    "reach both arguments."
)
def embedding_detached(logits, embedding, temperature):
    return torch.softmax(logits / temperature, dim=-1) @ embedding.detach()


@soft_embeddings.mistake(
    "The whole result is detached (or made under no_grad). The numbers are right, but the generator learns nothing."
)
def mixture_detached(logits, embedding, temperature):
    return (torch.softmax(logits / temperature, dim=-1) @ embedding).detach()


@soft_embeddings.alternative
def mixture_through_einsum(logits, embedding, temperature):
    return torch.einsum("btv,ve->bte", F.softmax(logits / temperature, dim=2), embedding)


@soft_embeddings.alternative
def mixture_as_a_linear_layer(logits, embedding, temperature):
    return F.linear(torch.exp(F.log_softmax(logits / temperature, dim=-1)), embedding.T)


@soft_embeddings.alternative
def mixture_with_maximum_subtracted(logits, embedding, temperature):
    score = logits / temperature
    powers = torch.exp(score - score.amax(dim=-1, keepdim=True))
    return torch.matmul(powers / powers.sum(dim=-1, keepdim=True), embedding)


@soft_embeddings.alternative
def mixture_through_a_categorical(logits, embedding, temperature):
    probabilities = D.Categorical(logits=logits / temperature).probs
    return (probabilities.unsqueeze(-1) * embedding).sum(-2)


@soft_embeddings.alternative
def mixture_position_by_position(logits, embedding, temperature):
    steps = [torch.softmax(logits[:, t] / temperature, -1).mm(embedding) for t in range(logits.shape[1])]
    return torch.stack(steps, dim=1)
