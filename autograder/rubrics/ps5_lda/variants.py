"""The formulas with parts of them changed, from the arguments of each exercise; see `autograder.exercise.varied`."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from autograder.exercise.varied import Variants, varied

Change = Callable[[Tensor], Tensor]


def gibbs_conditional(
    n_dk: Tensor, n_kw: Tensor, n_k: Tensor, d: int, w: int, z_old: int, alpha: float, eta: float
) -> Variants:
    """Of (n_dk + α)(n_kw + η)/(n_k + Vη), normalised over the topics: its three factors, and the normalisation."""
    topics, vocab, documents = len(n_k), n_kw.shape[1], len(n_dk)
    own = F.one_hot(torch.tensor(z_old), topics).double()

    def formula(
        itself: Tensor = own,
        document: Change = lambda own: n_dk[d] - own + alpha,
        word: Change = lambda own: n_kw[:, w] - own + eta,
        topic: Change = lambda own: n_k - own + vocab * eta,
        normalise: Change = lambda weights: weights / weights.sum(),
    ) -> Tensor:
        return normalise(document(itself) * word(itself) / topic(itself))

    def counted(words: str, name: str, counts: Tensor, added: float) -> dict[str, dict[str, Change]]:
        """What is done to the counts of any of the three."""
        return {
            f"the token is not taken out of {words}": {name: lambda own: counts + added},
            f"the token is taken out of {words} twice": {name: lambda own: counts - 2 * own + added},
            f"1 is taken off {words} for every topic": {name: lambda own: counts - 1 + added},
            f"{words} has no prior added": {name: lambda own: counts - own},
            f"the factor of {words} is squared": {name: lambda own: (counts - own + added) ** 2},
            f"the factor of {words} is missing": {name: lambda own: torch.ones_like(own)},
        }

    return varied(
        formula,
        {
            "the token is not taken out of the counts": {"itself": 0 * own},
            "the token is taken out of the counts twice": {"itself": 2 * own},
            "the token is added to the counts once more": {"itself": -own},
            "1 is taken off the counts of every topic": {"itself": torch.ones_like(own)},
            "a token of topic 0 is not taken out of the counts": {"itself": own if z_old else 0 * own},
            **counted("`n_dk`", "document", n_dk[d].double(), alpha),
            **counted("`n_kw`", "word", n_kw[:, w].double(), eta),
            **counted("`n_k`", "topic", n_k.double(), vocab * eta),
            "α and η are exchanged": {
                "document": lambda own: n_dk[d] - own + eta,
                "word": lambda own: n_kw[:, w] - own + alpha,
                "topic": lambda own: n_k - own + vocab * alpha,
            },
            "α is divided by the number of topics": {"document": lambda own: n_dk[d] - own + alpha / topics},
            "α is multiplied by the number of topics": {"document": lambda own: n_dk[d] - own + alpha * topics},
            "the counts of all documents stand for those of document d": {
                "document": lambda own: n_dk.sum(0) - own + alpha
            },
            "the next document's counts stand for those of document d": {
                "document": lambda own: n_dk[(d + 1) % documents] - own + alpha
            },
            "the counts of the document before d stand for its own": {
                "document": lambda own: n_dk[d - 1] - own + alpha
            },
            "η is divided by V": {
                "word": lambda own: n_kw[:, w] - own + eta / vocab,
                "topic": lambda own: n_k - own + eta,
            },
            "the word's η is divided by V": {"word": lambda own: n_kw[:, w] - own + eta / vocab},
            "the next word's counts stand for those of word w": {
                "word": lambda own: n_kw[:, (w + 1) % vocab] - own + eta
            },
            "the next word's counts, from which the token is not taken out, stand for those of word w": {
                "word": lambda own: n_kw[:, (w + 1) % vocab] + eta
            },
            "the counts of the word before w stand for its own": {"word": lambda own: n_kw[:, w - 1] - own + eta},
            "η stands in place of Vη": {"topic": lambda own: n_k - own + eta},
            "Kη stands in place of Vη": {"topic": lambda own: n_k - own + topics * eta},
            "V is the number of documents": {"topic": lambda own: n_k - own + documents * eta},
            "V is the number of words that occur": {
                "topic": lambda own: n_k - own + int((n_kw.sum(0) > 0).sum()) * eta
            },
            "the weights are squared before they are normalised": {"normalise": lambda p: p**2 / (p**2).sum()},
            "the root of the weights is normalised": {"normalise": lambda p: p.sqrt() / p.sqrt().sum()},
            "a softmax of the weights stands for their normalisation": {"normalise": lambda p: p.softmax(0)},
            "the weights are divided by the largest, not by their sum": {"normalise": lambda p: p / p.max()},
            "the weights are divided by their length, not by their sum": {"normalise": lambda p: p / p.norm()},
            "the weights are not normalised": {"normalise": lambda p: p},
        },
    )


def update_beta(
    docs: Sequence[tuple[Tensor, Tensor]], phis: Sequence[Tensor], vocab_size: int, eta: float = 0.0
) -> Variants:
    """Of η + Σ_d Σ_n counts_n φ_nk at word v, normalised over the words: what is added up, the prior, the sum."""
    shape = (vocab_size, phis[0].shape[1])

    def added_up(table: Tensor, word_ids: Tensor, mass: Tensor) -> Tensor:
        return table.index_add(0, word_ids, mass)

    def formula(
        chosen: slice = slice(None),
        counted: Change = lambda counts: counts,
        assigned: Change = lambda phi: phi,
        ordered: Change = lambda word_ids: word_ids,
        collect: Callable[[Tensor, Tensor, Tensor], Tensor] = added_up,
        smoothed: Callable[[Tensor, int], Tensor] = lambda table, _: table + eta,
        normalise: Change = lambda table: table / table.sum(0),
    ) -> Tensor:
        table = phis[0].new_zeros(shape)
        both = list(zip(docs, phis, strict=True))[chosen]
        for (word_ids, counts), phi in both:
            table = collect(table, ordered(word_ids), counted(counts)[:, None] * assigned(phi))
        return normalise(smoothed(table, len(both))).T

    def written_over(table: Tensor, word_ids: Tensor, mass: Tensor) -> Tensor:
        own = torch.zeros_like(table).index_add(0, word_ids, mass)
        return table.index_copy(0, word_ids, own[word_ids])

    def once(table: Tensor, word_ids: Tensor, mass: Tensor) -> Tensor:
        table = table.clone()
        table[word_ids] += mass
        return table

    return varied(
        formula,
        {
            "the counts are not used": {"counted": torch.ones_like},
            "the counts are shares of their document": {"counted": lambda counts: counts / counts.sum()},
            "ln(1 + count) stands for the count": {"counted": torch.log1p},
            "the root of the count stands for it": {"counted": torch.sqrt},
            "the counts are squared": {"counted": torch.square},
            "the first document is left out": {"chosen": slice(1, None)},
            "the last document is left out": {"chosen": slice(None, -1)},
            "the first document alone is in the topics": {"chosen": slice(1)},
            "the last document alone is in the topics": {"chosen": slice(-1, None)},
            "each word belongs wholly to its likeliest topic": {
                "assigned": lambda phi: F.one_hot(phi.argmax(1), phi.shape[1]).to(phi)
            },
            "φ is not used": {"assigned": torch.ones_like},
            "φ is squared": {"assigned": torch.square},
            "φ is normalised over the document's words": {"assigned": lambda phi: phi / phi.sum(0)},
            "the words of a document are in reverse order, and φ is not": {"ordered": lambda ids: ids.flip(0)},
            "the words of a document are sorted, and φ is not": {"ordered": lambda ids: ids.sort().values},
            "the words of a document are one place later than their φ": {"ordered": lambda ids: ids.roll(1)},
            "the words of a document are one place earlier than their φ": {"ordered": lambda ids: ids.roll(-1)},
            "a word that recurs in a document counts once": {"collect": once},
            "a later document writes over what the ones before it gave a word": {"collect": written_over},
            "η is not used": {"smoothed": lambda table, _: table},
            "1 stands for η": {"smoothed": lambda table, _: table + 1},
            "η is divided by the number of words": {"smoothed": lambda table, _: table + eta / vocab_size},
            "η is divided by the number of topics": {"smoothed": lambda table, _: table + eta / shape[1]},
            "η is added once for each document": {"smoothed": lambda table, count: table + count * eta},
            "η is added to the words that occur alone": {
                "smoothed": lambda table, _: torch.where(table > 0, table + eta, table)
            },
            "the counts are divided by the number of documents before η is added": {
                "smoothed": lambda table, count: table / max(count, 1) + eta
            },
            "η is added after normalising": {
                "smoothed": lambda table, _: table,
                "normalise": lambda table: table / table.sum(0) + eta,
            },
            "η is added to each topic's total alone": {
                "smoothed": lambda table, _: table,
                "normalise": lambda table: table / (table.sum(0) + eta),
            },
            "each word is normalised over the topics": {"normalise": lambda table: table / table.sum(1, keepdim=True)},
            "the whole table sums to 1": {"normalise": lambda table: table / table.sum()},
            "a softmax stands for the normalisation": {"normalise": lambda table: table.softmax(0)},
            "each topic is divided by its largest entry": {"normalise": lambda table: table / table.amax(0)},
            "each topic is divided by its length": {"normalise": lambda table: table / table.norm(dim=0)},
            "nothing is normalised": {"normalise": lambda table: table},
        },
    )


def update_alpha(expected_log_theta_sum: float | Tensor, num_docs: int, num_topics: int, init: float = 1.0) -> Variants:
    """Of the root of D(Kψ(Kα) − Kψ(α)) + Σ E[log θ]: its factors, how it is searched, and what is returned of it."""
    docs, topics, total = float(num_docs), float(num_topics), float(expected_log_theta_sum)

    def formula(
        documents: float = docs,
        outer: float = topics,
        inner: float = topics,
        single: float = topics,
        summed: float = total,
        search: Callable[[Callable[[float], float]], float] = _root,
        returned: Callable[[float], float] = lambda alpha: alpha,
    ) -> float:
        def slope(alpha: float) -> float:
            several, one = torch.tensor([inner * alpha, alpha], dtype=torch.float64).digamma().tolist()
            return float(documents * (outer * several - single * one) + summed)

        return returned(search(slope))

    def near(factor: float) -> dict[str, Callable[[Callable[[float], float]], float]]:
        return {"search": lambda slope: min(max(_root(slope), init / factor), init * factor)}

    def within(low: float, high: float) -> dict[str, Callable[[Callable[[float], float]], float]]:
        return {"search": lambda slope: min(max(_root(slope), low), high)}

    return varied(
        formula,
        {
            "ψ(Kα) has lost its factor K": {"outer": 1.0},
            "ψ(α) has lost its factor K": {"single": 1.0},
            "K is missing before both ψ": {"outer": 1.0, "single": 1.0},
            "ψ(α) stands for ψ(Kα)": {"inner": 1.0},
            "K² stands for K before ψ(Kα)": {"outer": topics**2},
            "D is missing": {"documents": 1.0},
            "D is one too small": {"documents": docs - 1},
            "D is one too large": {"documents": docs + 1},
            "D is squared": {"documents": docs**2},
            "Σ E[log θ] is divided by K": {"summed": total / topics},
            "Σ E[log θ] is divided by D": {"summed": total / docs},
            "Σ E[log θ] is divided by DK": {"summed": total / docs / topics},
            "Σ E[log θ] counts twice": {"summed": 2 * total},
            "Σ E[log θ] counts half": {"summed": total / 2},
            "Kα is returned": {"returned": lambda alpha: topics * alpha},
            "α/K is returned": {"returned": lambda alpha: alpha / topics},
            "α + 1 is returned": {"returned": lambda alpha: alpha + 1},
            "α − 1 is returned": {"returned": lambda alpha: alpha - 1},
            "the mean of α and the start is returned": {"returned": lambda alpha: (alpha + init) / 2},
            "the geometric mean of α and the start is returned": {"returned": lambda alpha: (alpha * init) ** 0.5},
            **{f"α never goes further than a factor of {f} from the start": near(f) for f in (2, 3, 5, 10)},
            **{f"α is kept below {high}": within(0.0, high) for high in (1, 2, 5, 10)},
            **{f"α is kept above {low}": within(low, 1e300) for low in (0.01, 0.1, 1)},
            **{f"α is kept between {low} and {high}": within(low, high) for low in (0.01, 0.1) for high in (1, 2, 10)},
        },
    )


def _root(slope: Callable[[float], float]) -> float:
    """Where a falling slope is 0, by halving the range of log α; an end of the range where it is 0 nowhere."""
    low, high = 1e-8, 1e8
    for _ in range(64):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return low
