"""A sweep of collapsed Gibbs sampling: judged by its law."""

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from latentkit.check.cases import Case, Value
from latentkit.lda import count_topics
from latentkit.reference import topics

LONELY, TWINS, GUESTS, HOSTS = 250, 60, 80, 14
ALPHA, ETA = 1.0, 0.1
SWEEPS, SCRAMBLED, LEAST_AGREEMENT = 3, 0.3, 0.9
EDITS = ("z", "n_dk", "n_kw", "n_k")


def _sweep_cases(generator: np.random.Generator) -> Iterator[Case]:
    docs, z, vocab = _probes(generator)  # first: there the tests know the mistakes by name
    yield _sweep_case("tokens that hardly see each other", docs, z, vocab, ALPHA, ETA, 1)
    docs, z, _ = _planted(generator)
    z = [torch.where(_chance(generator, t, SCRAMBLED), _topics(generator, t), t) for t in z]
    yield _sweep_case("planted topics, a third of them scrambled, three sweeps", docs, z, 15, 0.1, 0.05, SWEEPS)


def _sweep_case(name: str, docs: list, z: list, vocab: int, alpha: float, eta: float, calls: int) -> Case:
    n_dk, n_kw, n_k = count_topics(docs, z, 3, vocab)
    inputs = {"docs": docs, "z": z, "n_dk": n_dk, "n_kw": n_kw, "n_k": n_k, "alpha": alpha, "eta": eta}
    return Case(name, inputs, calls=calls, edits=EDITS)


def _chance(generator: np.random.Generator, like: torch.Tensor, share: float) -> torch.Tensor:
    return torch.from_numpy(generator.random(len(like)) < share)


def _topics(generator: np.random.Generator, like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(generator.integers(0, 3, len(like)))


def _planted(generator: np.random.Generator) -> tuple[list, list, int]:
    """Three topics of five words each, thirty documents of one topic, one without words."""
    docs, z = [], []
    for topic in generator.permutation(np.repeat(np.arange(3), 10)):
        docs.append(torch.from_numpy(5 * topic + generator.integers(0, 5, 12)))
        z.append(torch.full((12,), int(topic)))
    docs.insert(7, torch.empty(0, dtype=torch.long))
    z.insert(7, torch.empty(0, dtype=torch.long))
    return docs, z, 15


def _probes(generator: np.random.Generator) -> tuple[list, list, int]:
    """Documents in the order guests, lonely tokens, twins; word 0 is all of topic 0, and holds its tokens there.

    A guest is a token of a word of its own, before HOSTS tokens of word 0, but in another topic. A lonely token is a
    document of its own with a word of its own. Twins are two tokens of one word that occurs nowhere else, in different
    topics. The first document has strayed: six of its tokens of word 0 are elsewhere, and go back.
    """
    words = iter(range(1, 1 + GUESTS + LONELY + TWINS))
    docs = [torch.zeros(HOSTS, dtype=torch.long)]
    docs += [torch.tensor([next(words)] + [0] * HOSTS) for _ in range(GUESTS)]
    docs += [torch.tensor([next(words)]) for _ in range(LONELY)]
    docs += [torch.tensor([next(words)] * 2) for _ in range(TWINS)]
    guest = [torch.tensor([topic] + [0] * HOSTS) for topic in range(3)]
    lonely = [torch.tensor([topic]) for topic in range(3)]
    twins = [torch.tensor(pair) for pair in itertools.permutations(range(3), 2)]
    z = [torch.tensor([1, 2] * 3 + [0] * (HOSTS - 6))]
    z += [guest[k] for k in generator.integers(1, 3, GUESTS)]
    z += [
        lonely[k] for k in generator.choice(3, LONELY, p=(0.08, 0.46, 0.46))
    ]  # where they end up, so that topics keep their sizes
    z += [twins[k] for k in generator.integers(0, 6, TWINS)]
    return docs, z, 1 + GUESTS + LONELY + TWINS


def _sweep_numbers(case: Case) -> Mapping[str, Value]:
    if case.calls > 1:
        planted = torch.cat([words // 5 for words in case.inputs["docs"]])
        return {"planted": planted, "least_agreement": LEAST_AGREEMENT}
    first, last = 1 + GUESTS, 1 + GUESTS + LONELY
    lonely = _first_tokens(case, range(first, last))
    start = torch.stack([case.inputs["z"][d][0] for d in range(first, last)])
    return {
        "guests": torch.arange(1, first),
        "guest_share": _first_tokens(case, range(1, first)).mean(0),
        "lonely": torch.arange(first, last),
        "lonely_share": lonely.mean(0),
        "stay_share": float(lonely[torch.arange(LONELY), start].mean()),
        "twins": torch.arange(last, last + TWINS),
        "twin_share": sum(_ends_together(case, d) for d in range(last, last + TWINS)) / TWINS,
    }


def _first_tokens(case: Case, documents: range) -> torch.Tensor:
    """p(z = k | the rest) of each document's first token, before the sweep, [len(documents), K]."""
    return torch.stack([_conditional(case, d, int(case.inputs["z"][d][0])) for d in documents])


def _conditional(case: Case, d: int, z_old: int, counts: tuple[torch.Tensor, ...] | None = None) -> torch.Tensor:
    n_dk, n_kw, n_k = counts or (case.inputs[name] for name in ("n_dk", "n_kw", "n_k"))
    w = int(case.inputs["docs"][d][0])
    return topics.gibbs_conditional(n_dk, n_kw, n_k, d, w, z_old, case.inputs["alpha"], case.inputs["eta"])


def _ends_together(case: Case, d: int) -> float:
    """The probability that twins, drawn one after the other, end in one topic."""
    old, other = case.inputs["z"][d].tolist()
    word = int(case.inputs["docs"][d][0])
    together = 0.0
    for k, p in enumerate(_conditional(case, d, old).tolist()):
        n_dk, n_kw, n_k = (case.inputs[name].clone() for name in ("n_dk", "n_kw", "n_k"))
        for topic, change in ((old, -1), (k, 1)):
            n_dk[d, topic] += change
            n_kw[topic, word] += change
            n_k[topic] += change
        together += p * float(_conditional(case, d, other, (n_dk, n_kw, n_k))[k])
    return together


gibbs_sweep = Exercise(
    name="gibbs_sweep",
    points=6,
    reference=topics.gibbs_sweep,
    cases=_sweep_cases,
    law="gibbs_sweep",
    numbers=_sweep_numbers,
    look="section 6, one sweep; Griffiths and Steyvers 2004",
    on_cpu=True,
)


@gibbs_sweep.mistake(
    "The tensors that you were given are as they were: write into them, z[d][n] = k and n_k[k] += 1, in place of "
    "binding the names to new ones."
)
def nothing_edited(docs, z, n_dk, n_kw, n_k, alpha, eta):
    z = [topics.clone() for topics in z]
    n_dk, n_kw, n_k = n_dk.clone(), n_kw.clone(), n_k.clone()
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1
    return z, n_dk, n_kw, n_k


@gibbs_sweep.mistake("The new topic is counted, but not written into `z`: z[d][n] = new.")
def topics_not_written(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta).clamp(min=eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p.clamp(min=1e-9), 1))
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake(
    "The counts are as they were: after each draw take the token out of its old topic and into its new one."
)
def counts_not_updated(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            own = (torch.arange(len(n_k), device=n_k.device) == int(z[d][n])).long()
            p = (n_dk[d] - own + alpha) * (n_kw[:, w] - own + eta) / (n_k - own + n_kw.shape[1] * eta)
            z[d][n] = int(torch.multinomial(p.clamp(min=1e-9), 1))


@gibbs_sweep.mistake("The totals grow: a token is counted in its new topic, but never taken out of its old one.")
def token_never_removed(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake("The totals shrink: a token is taken out of its old topic, but not counted in its new one.")
def token_not_put_back(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            z[d][n] = int(torch.multinomial(p.clamp(min=1e-9), 1))


@gibbs_sweep.mistake("A token is counted three times, in n_dk, n_kw and n_k: keep all of them up to date.")
def one_table_forgotten(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1


@gibbs_sweep.mistake(
    "The token was taken out twice: gibbs_conditional leaves it out itself, so call it with the counts as they are and "
    "edit them after the draw."
)
def subtracted_twice(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            own = (torch.arange(len(n_k), device=n_k.device) == old).double()
            p = (n_dk[d] - own + alpha) * (n_kw[:, w] - own + eta) / (n_k - own + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake(
    "The token was still in the counts when its topic was drawn, so its own vote keeps it there: take it out first."
)
def token_kept_in_counts(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            for topic, change in ((old, -1), (new, 1)):
                n_dk[d, topic] += change
                n_kw[topic, w] += change
                n_k[topic] += change


@gibbs_sweep.mistake(
    "All tokens were drawn from the counts of before the sweep. Gibbs sampling goes one token at a time: the next one "
    "must see where this one went."
)
def stale_counts(docs, z, n_dk, n_kw, n_k, alpha, eta):
    moves = []
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            own = (torch.arange(len(n_k), device=n_k.device) == old).double()
            p = (n_dk[d] - own + alpha) * (n_kw[:, w] - own + eta) / (n_k - own + n_kw.shape[1] * eta)
            moves.append((d, n, w, old, int(torch.multinomial(p, 1))))
    for d, n, w, old, new in moves:
        z[d][n] = new
        for topic, change in ((old, -1), (new, 1)):
            n_dk[d, topic] += change
            n_kw[topic, w] += change
            n_k[topic] += change


@gibbs_sweep.mistake(
    "The likeliest topic was taken each time. Gibbs sampling *draws* from the conditional: torch.multinomial."
)
def argmax(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(p.argmax())
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake("The sweep ends after the first document: is a `return` inside the loop?")
def first_document_only(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1
        return


@gibbs_sweep.alternative
def sweep_on_lists_in_random_order(docs, z, n_dk, n_kw, n_k, alpha, eta):
    """Plain Python numbers, tokens in random order, inverse-CDF draws; written back at the end."""
    dk, kw, ks = n_dk.tolist(), n_kw.tolist(), n_k.tolist()
    topics, vocab = range(len(ks)), n_kw.shape[1]
    tokens = [(d, n, w) for d, words in enumerate(docs) for n, w in enumerate(words.tolist())]
    uniform = torch.rand(len(tokens)).tolist()
    for u, place in zip(uniform, torch.randperm(len(tokens)).tolist(), strict=True):
        d, n, w = tokens[place]
        k = int(z[d][n])
        dk[d][k], kw[k][w], ks[k] = dk[d][k] - 1, kw[k][w] - 1, ks[k] - 1
        weights = [(dk[d][t] + alpha) * (kw[t][w] + eta) / (ks[t] + vocab * eta) for t in topics]
        left, k = u * sum(weights), 0
        while k + 1 < len(weights) and left >= weights[k]:
            left, k = left - weights[k], k + 1
        dk[d][k], kw[k][w], ks[k] = dk[d][k] + 1, kw[k][w] + 1, ks[k] + 1
        z[d][n] = k
    for table, values in ((n_dk, dk), (n_kw, kw), (n_k, ks)):
        table.copy_(torch.tensor(values))


@gibbs_sweep.alternative
def sweep_with_categorical(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n in range(len(docs[d])):
            w, old = docs[d][n], z[d][n].clone()
            for table in (n_dk[d], n_kw[:, w], n_k):
                table[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            z[d][n] = new = torch.distributions.Categorical(p, validate_args=False).sample()
            for table in (n_dk[d], n_kw[:, w], n_k):
                table[new] += 1
    return z


@gibbs_sweep.alternative
def sweep_backwards_by_gumbel(docs, z, n_dk, n_kw, n_k, alpha, eta):
    """Documents and tokens from the last to the first, argmax of logs plus Gumbel noise."""
    vocab = n_kw.shape[1]
    for d in reversed(range(len(docs))):
        for n in reversed(range(len(docs[d]))):
            w, old = int(docs[d][n]), int(z[d][n])
            n_dk[d, old], n_kw[old, w], n_k[old] = n_dk[d, old] - 1, n_kw[old, w] - 1, n_k[old] - 1
            logs = (n_dk[d] + alpha).log() + (n_kw[:, w] + eta).log() - (n_k + vocab * eta).log()
            new = int((logs - torch.empty_like(logs).exponential_().log()).argmax())
            n_dk[d, new], n_kw[new, w], n_k[new] = n_dk[d, new] + 1, n_kw[new, w] + 1, n_k[new] + 1
            z[d][n] = new
    n_k[:] = n_kw.sum(1)
