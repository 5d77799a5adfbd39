"""The cases of a Gibbs sweep, and what its law needs to know of them."""

import functools
import math
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from autograder.rubrics.ps5_lda import sweep_laws
from autograder.rubrics.ps5_lda.sweep_laws import Corpus
from latentkit.check.cases import Case, Value
from latentkit.check.laws.gibbs import X
from latentkit.lda import count_topics

TOPICS = 3
EDITS = ("z", "n_dk", "n_kw", "n_k")

# ---------------------------------------------------------------- documents that favour a topic

GUESTS, HOSTS, STRAYED, GUEST_VOCABULARY = 92, 2, 8, 1000
GUEST_ALPHA, GUEST_ETA = 2.0, 1.0

# ---------------------------------------------------------------- corpora that are enumerated

SWEEPS = 480
"""From one start. By Chernoff's bound, from the exact law and the evidence, a sweep with twice or half of an argument
is accepted with probability below 1.3e-4, one without it and two sweeps for one below 1e-7. (Another quarter of the
time, 600 sweeps, would make it 1.3e-6.)"""
CORPUS = Corpus(docs=((2, 1), (2, 0)), start=(0, 2, 3, 0), topics=4, vocab=5, alpha=0.0075, eta=0.0034)
"""Chosen among ten thousand such starts and priors for the evidence that they give. Its document pulls a token to one
topic, its word to another, about as hard, so that each argument tells; few tokens leave few orders to hide in. Topics
and words by other names are as good, which is what differs between cases."""
ALIKE = (1, 2)
"""Topics with nearly the same law: exchanged afterwards they are found out with probability 0.99, others 1 - 1e-25."""

# ---------------------------------------------------------------- a document of one word

SAME_WORD, EVEN_ALPHA = 30, 100.0
"""With so large an α each token's topic has a probability between 0.30 and 0.40, whatever the others' are. (With one
word and one document the words' part is 1.)"""

# ---------------------------------------------------------------- planted topics

PLANTED_DOCUMENTS, PLANTED_LENGTH, PLANTED_WORDS = 12, 6, 5


def sweep_cases(generator: np.random.Generator) -> Iterator[Case]:
    docs, z = _guests(generator)  # first: there most mistakes show by exact rules
    yield _case("documents that favour a topic", docs, z, GUEST_VOCABULARY, GUEST_ALPHA, GUEST_ETA)
    words, topics = torch.from_numpy(generator.permutation(CORPUS.vocab)), _renamed(generator)
    docs, z = [words[doc] for doc in CORPUS.words()], [topics[doc] for doc in CORPUS.by_document(CORPUS.start)]
    yield _case(
        f"four tokens, {SWEEPS} sweeps from one start",
        docs, z, CORPUS.vocab, CORPUS.alpha, CORPUS.eta, SWEEPS, restarts=True, topics=CORPUS.topics,
    )  # fmt: skip
    z = [torch.from_numpy(generator.permutation(np.arange(SAME_WORD) % TOPICS))]
    yield _case("a document of one word", [torch.zeros(SAME_WORD, dtype=torch.long)], z, 1, EVEN_ALPHA, 1.0)
    docs, z = _planted(generator)
    yield _case("planted topics, two sweeps", docs, z, TOPICS * PLANTED_WORDS, 0.1, 0.05, 2)


def _renamed(generator: np.random.Generator) -> Tensor:
    """Other names for CORPUS's topics. Of ALIKE the names are no neighbours: who exchanges two takes 0 and 1."""
    while True:
        names = generator.permutation(CORPUS.topics)
        if abs(names[ALIKE[0]] - names[ALIKE[1]]) > 1:
            return torch.from_numpy(names)


def _case(
    name: str,
    docs: list,
    z: list,
    vocab: int,
    alpha: float,
    eta: float,
    calls: int = 1,
    restarts: bool = False,
    topics: int = TOPICS,
) -> Case:
    n_dk, n_kw, n_k = count_topics(docs, z, topics, vocab)
    inputs = {"docs": docs, "z": z, "n_dk": n_dk, "n_kw": n_kw, "n_k": n_k, "alpha": alpha, "eta": eta}
    return Case(name, inputs, calls=calls, edits=EDITS, restarts=restarts)


def _guests(generator: np.random.Generator) -> tuple[list, list]:
    """Documents of a guest, a token of a word of its own, and HOSTS tokens of word 0 or 1, all of topic 0 or 2.

    The first document has no guest: its tokens of word 0 are elsewhere, and go back. The guests start elsewhere too.
    Two kinds of hosts, lest one random number for all tokens sends every guest to its hosts' topic.
    """
    docs, z = [torch.zeros(STRAYED, dtype=torch.long)], [torch.tensor([1, 2] * (STRAYED // 2))]
    for guest, away in enumerate(generator.integers(1, TOPICS, GUESTS)):
        kind = guest % 2
        docs.append(torch.tensor([2 + guest] + [kind] * HOSTS))
        z.append(torch.tensor([(2 * kind + int(away)) % TOPICS] + [2 * kind] * HOSTS))
    return docs, z


def _require_rare(tokens: int) -> None:
    """The bounds that the law relies on, at any state of the other tokens: n_k within the corpus, n_dk within HOSTS.

    A guest's word is nowhere else, so its topic has the odds (n_dk + α) / (n_k + Vη).
    """
    smoothing = GUEST_VOCABULARY * GUEST_ETA
    low, high = GUEST_ALPHA / (tokens + smoothing), (HOSTS + GUEST_ALPHA) / smoothing
    likeliest = high / (high + (TOPICS - 1) * GUEST_ALPHA / (tokens + smoothing))
    stay = low / (low + (HOSTS + (TOPICS - 1) * GUEST_ALPHA) / smoothing)
    if max(GUESTS * math.log(likeliest), GUESTS * math.log(1 - stay)) > -X:
        raise ValueError("too few guests: that none stays, or all go to one topic, is too likely")


def _planted(generator: np.random.Generator) -> tuple[list, list]:
    """Documents of one topic each, whose words are its own, and one without words; their tokens are in that topic."""
    docs, z = [], []
    for topic in generator.permutation(np.repeat(np.arange(TOPICS), PLANTED_DOCUMENTS // TOPICS)):
        docs.append(torch.from_numpy(PLANTED_WORDS * topic + generator.integers(0, PLANTED_WORDS, PLANTED_LENGTH)))
        z.append(torch.full((PLANTED_LENGTH,), int(topic)))
    docs.insert(7, torch.empty(0, dtype=torch.long))
    z.insert(7, torch.empty(0, dtype=torch.long))
    return docs, z


def sweep_numbers(case: Case) -> Mapping[str, Value]:
    if len(case.inputs["docs"]) == 1:
        others, total = SAME_WORD - 1, SAME_WORD - 1 + TOPICS * EVEN_ALPHA
        return {"even_least": EVEN_ALPHA / total, "even_most": (others + EVEN_ALPHA) / total}
    if case.calls == 1:
        _require_rare(sum(map(len, case.inputs["docs"])))
        return {"guests": torch.arange(1, 1 + GUESTS), "likeliest": 2 * (torch.arange(GUESTS) % 2)}
    if not case.restarts:
        return {"planted": torch.cat(case.inputs["z"])}
    return _law_numbers(
        Corpus(
            docs=tuple(tuple(words.tolist()) for words in case.inputs["docs"]),
            start=tuple(torch.cat(case.inputs["z"]).tolist()),
            topics=CORPUS.topics,
            vocab=case.inputs["n_kw"].shape[1],
            alpha=case.inputs["alpha"],
            eta=case.inputs["eta"],
        )
    )


@functools.cache
def _law_numbers(corpus: Corpus) -> Mapping[str, Value]:
    drawn = sweep_laws.conditionals(corpus)
    right = sweep_laws.laws_of_all_orders(corpus, drawn)
    of_orders = sweep_laws.pairs(right, corpus)
    numbers = {"pair_least": of_orders.amin(0), "pair_most": of_orders.amax(0), "same_most": float(right.max())}
    laws = sweep_laws.mistaken(corpus, drawn)
    evidence = sweep_laws.log_evidence(torch.stack([law.flatten() for law in laws.values()]), right)
    for (mistake, law), of in zip(laws.items(), evidence, strict=True):
        numbers |= {f"law_{mistake}": law, f"evidence_{mistake}": of.view_as(law)}
    return numbers
