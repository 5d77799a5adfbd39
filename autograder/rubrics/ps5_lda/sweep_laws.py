"""What a sweep of Gibbs sampling does to a tiny corpus, exactly: the probability of every assignment it may end in.

An assignment of N tokens to K topics is an index of a tensor of N dimensions of size K; a law is such a tensor.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Corpus:
    """A corpus small enough to enumerate, with the topics that its tokens have before the sweep.

    Attributes:
        docs: the words of each document.
        start: the topics of all tokens, one document after the other.
        topics, vocab: K and V.
        alpha, eta: symmetric priors.
    """

    docs: tuple[tuple[int, ...], ...]
    start: tuple[int, ...]
    topics: int
    vocab: int
    alpha: float
    eta: float

    def words(self) -> list[Tensor]:
        """The documents as LongTensors."""
        return [torch.tensor(words, dtype=torch.long) for words in self.docs]

    def by_document(self, topics: Sequence[int]) -> list[Tensor]:
        """An assignment as one LongTensor for each document."""
        return list(torch.tensor(topics, dtype=torch.long).split([len(words) for words in self.docs]))

    def place(self) -> Tensor:
        """The law that is sure of the start."""
        law = torch.zeros((self.topics,) * len(self.start), dtype=torch.float64)
        law[self.start] = 1
        return law


def assignments(corpus: Corpus) -> Tensor:
    """All assignments, a topic's indicators for each token, [K^N, N, K]."""
    every = torch.cartesian_prod(*[torch.arange(corpus.topics)] * len(corpus.start))
    return F.one_hot(every, corpus.topics).double()


def conditionals(corpus: Corpus) -> list[Tensor]:
    """For each token i, p(z_i | the topics of all others) as a tensor over all assignments: log p(w, z), normalised.

    p(w, z) is Π Γ(n_dk + α) Π Γ(n_kw + η) / Π Γ(n_k + Vη), up to a factor that no topic changes.
    """
    chosen, vocab = assignments(corpus), corpus.vocab
    document = F.one_hot(torch.tensor([d for d, words in enumerate(corpus.docs) for _ in words])).double()
    word = F.one_hot(torch.tensor([w for words in corpus.docs for w in words])).double()
    n_dk, n_kw = (torch.einsum("nx,snk->sxk", of, chosen) for of in (document, word))
    joint = torch.lgamma(n_dk + corpus.alpha).sum((1, 2)) + torch.lgamma(n_kw + corpus.eta).sum((1, 2))
    joint = joint - torch.lgamma(chosen.sum(1) + vocab * corpus.eta).sum(1)
    # A word that no token has is Γ(η) in every topic: a constant.
    return [joint.view_as(corpus.place()).softmax(token) for token in range(len(corpus.start))]


def visit(law: Tensor, token: int, conditional: Tensor) -> Tensor:
    """The law after the token's topic was drawn anew."""
    return law.sum(token, keepdim=True) * conditional


def sweep(law: Tensor, drawn: Sequence[Tensor], order: Sequence[int]) -> Tensor:
    """The law after the tokens were visited in that order."""
    for token in order:
        law = visit(law, token, drawn[token])
    return law


def laws_of_all_orders(corpus: Corpus, drawn: Sequence[Tensor]) -> Tensor:
    """The laws of right sweeps, one for each of the N! orders, [N!, K^N].

    Whatever the order, fixed or drawn anew at each sweep, a right sweep's law is a mixture of these.
    """

    def extended(law: Tensor, left: tuple[int, ...]) -> Iterator[Tensor]:
        if not left:
            yield law.flatten()
        for token in left:
            yield from extended(visit(law, token, drawn[token]), tuple(other for other in left if other != token))

    return torch.stack(list(extended(corpus.place(), tuple(range(len(corpus.start))))))


def log_evidence(laws: Tensor, right: Tensor, rounds: int = 200) -> Tensor:
    """The log of an e-value against all mixtures of right laws, in favour of another law; for each of some, [M, K^N].

    An e-value's mean is at most 1 under each right law, so that the product over sweeps exceeds 1/p with probability p
    at most, however the order of a sweep came about (Ville 1939). It is law / mixture, the mixture the one nearest to
    the law in KL divergence, found by expectation maximisation (Gruenwald, de Heide and Koolen 2024, theorem 1), and
    then divided by its greatest mean, so that it is an e-value wherever the search ended.

    Args:
        laws: the alternatives, [M, K^N].
        right: [orders, K^N].
    """
    weights = right.new_full((len(laws), len(right)), 1 / len(right))
    for _ in range(rounds):
        weights = weights * (laws / (weights @ right) @ right.T)
    ratio = laws / (weights @ right)
    return (ratio / (ratio @ right.T).amax(1, keepdim=True)).log()


def pairs(laws: Tensor, corpus: Corpus) -> Tensor:
    """The probability that tokens i and j end in topics k and l, [orders, N, N, K, K], under laws [orders, K^N]."""
    chosen = assignments(corpus)
    both = torch.einsum("sik,sjl->sijkl", chosen, chosen)
    return torch.tensordot(laws, both, dims=1)


# ---------------------------------------------------------------- the laws of known mistakes


def drawn_with_replacement(corpus: Corpus, drawn: Sequence[Tensor]) -> Tensor:
    """N visits to tokens that are drawn at random: some are visited twice, some never."""
    law = corpus.place()
    for _ in drawn:
        law = torch.stack([visit(law, token, conditional) for token, conditional in enumerate(drawn)]).mean(0)
    return law


def one_random_number(corpus: Corpus, drawn: Sequence[Tensor], fresh: Sequence[int] = ()) -> Tensor:
    """Topics found from one uniform number: a stretch of the unit interval leads to each assignment.

    Args:
        fresh: the tokens from which on another number is used.
    """
    law = torch.zeros_like(drawn[0])

    def extended(topics: tuple[int, ...], token: int, low: float, high: float, before: float) -> None:
        if token in fresh:
            low, high, before = 0.0, 1.0, before * (high - low)
        if token == len(topics):
            law[topics] += before * (high - low)
            return
        edge = 0.0
        for topic in range(corpus.topics):
            chosen = (*topics[:token], topic, *topics[token + 1 :])
            begin, edge = edge, 1.0 if topic == corpus.topics - 1 else edge + float(drawn[token][chosen])
            if max(low, begin) < min(high, edge):
                extended(chosen, token + 1, max(low, begin), min(high, edge), before)

    extended(corpus.start, 0, 0.0, 1.0, 1.0)
    return law


def _conditional(n_dk: Tensor, n_kw: Tensor, n_k: Tensor, corpus: Corpus) -> Tensor:
    return (n_dk + corpus.alpha) * (n_kw + corpus.eta) / (n_k + corpus.vocab * corpus.eta)


def from_other_counts(
    corpus: Corpus, stale: Sequence[str] = (), itself: bool = False, rule: Callable[..., Tensor] = _conditional
) -> Tensor:
    """A sweep in the order of the tokens, with other counts than it should use, or another formula.

    Args:
        stale: which of "n_dk", "n_kw" and "n_k" are those of before the sweep.
        itself: whether the token is still counted in its old topic.
        rule: the topics' weights by their counts n_dk, n_kw and n_k without the token, and the corpus.
    """
    chosen, start = assignments(corpus), F.one_hot(torch.tensor(corpus.start), corpus.topics).double()
    place = torch.tensor([(d, w) for d, words in enumerate(corpus.docs) for w in words])
    others = 1 - torch.eye(len(place), dtype=torch.float64)
    same = {
        "n_dk": others * (place[:, None, 0] == place[:, 0]),
        "n_kw": others * (place[:, None, 1] == place[:, 1]),
        "n_k": others,
    }
    own = start[:, None] if itself else 0.0
    counts = [
        torch.einsum("ij,sjk->isk", of, start.expand_as(chosen) if table in stale else chosen) + own
        for table, of in same.items()
    ]
    shares = rule(*counts, corpus)
    drawn = (shares / shares.sum(-1, keepdim=True) * chosen.transpose(0, 1)).sum(-1)  # [N, K^N]
    return sweep(corpus.place(), [of.view_as(corpus.place()) for of in drawn], range(len(place)))


def exchanged(law: Tensor, one: int, other: int) -> Tensor:
    """The law after two topics have changed their names everywhere."""
    names = torch.arange(law.shape[0])
    names[[one, other]] = names[[other, one]]
    return law[torch.meshgrid(*[names] * law.dim(), indexing="ij")]


def mistaken(corpus: Corpus, drawn: Sequence[Tensor]) -> dict[str, Tensor]:
    """The laws of mistakes, by the names that the rubric or the law has for them."""
    start, order = corpus.place(), range(len(drawn))
    ends = list(itertools.accumulate(map(len, corpus.docs)))
    likeliest = [(p == p.amax(token, keepdim=True)).double() for token, p in enumerate(drawn)]

    def changed(change: Callable[[Tensor, int], Tensor]) -> Tensor:
        weights = [change(p, token) for token, p in enumerate(drawn)]
        return sweep(start, [w / w.sum(token, keepdim=True) for token, w in enumerate(weights)], order)

    return {
        "conditional_squared": changed(lambda p, _: p**2),
        "swept_twice": sweep(sweep(start, drawn, order), drawn, order),
        "drawn_with_replacement": drawn_with_replacement(corpus, drawn),
        "one_random_number": one_random_number(corpus, drawn),
        "token_kept_in_counts": from_other_counts(corpus, itself=True),
        "stale_counts": from_other_counts(corpus, stale=("n_dk", "n_kw", "n_k")),
        "document_counts_stale": from_other_counts(corpus, stale=("n_dk",)),
        "word_counts_stale": from_other_counts(corpus, stale=("n_kw",)),
        "totals_stale": from_other_counts(corpus, stale=("n_k",)),
        "conditional_rooted": changed(lambda p, _: p.sqrt()),
        "conditional_sharpened": changed(lambda p, _: p**1.5),
        "likeliest_too_often": changed(lambda p, token: p + 0.5 * likeliest[token]),
        "one_random_number_each_document": one_random_number(corpus, drawn, ends),
        "first_token_twice": sweep(sweep(start, drawn, order), drawn, [0]),
        "denominator_missing": from_other_counts(corpus, rule=lambda d, w, n, c: (d + c.alpha) * (w + c.eta)),
        "vocabulary_missing": from_other_counts(
            corpus, rule=lambda d, w, n, c: (d + c.alpha) * (w + c.eta) / (n + c.eta)
        ),
        "words_ignored": from_other_counts(corpus, rule=lambda d, w, n, c: d + c.alpha),
        "documents_ignored": from_other_counts(corpus, rule=lambda d, w, n, c: (w + c.eta) / (n + c.vocab * c.eta)),
        "priors_swapped": from_other_counts(
            corpus, rule=lambda d, w, n, c: (d + c.eta) * (w + c.alpha) / (n + c.vocab * c.alpha)
        ),
        "alpha_doubled": from_other_counts(replace(corpus, alpha=2 * corpus.alpha)),
        "alpha_halved": from_other_counts(replace(corpus, alpha=corpus.alpha / 2)),
        "eta_doubled": from_other_counts(replace(corpus, eta=2 * corpus.eta)),
        "eta_halved": from_other_counts(replace(corpus, eta=corpus.eta / 2)),
        "totals_halved": from_other_counts(replace(corpus, vocab=2 * corpus.vocab)),
        "totals_doubled": from_other_counts(
            corpus, rule=lambda d, w, n, c: (d + c.alpha) * (w + c.eta) / (2 * n + c.vocab * c.eta)
        ),
        "documents_for_vocabulary": from_other_counts(replace(corpus, vocab=len(corpus.docs))),
        **{
            f"topics_{one}_and_{other}_exchanged": exchanged(sweep(start, drawn, order), one, other)
            for one, other in itertools.combinations(range(corpus.topics), 2)
        },
    }
