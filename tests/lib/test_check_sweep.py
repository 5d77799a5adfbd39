"""The law of a Gibbs sweep, on the cases that ship: right sweeps in any order pass, wrong draws do not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from latentkit.check import examine
from latentkit.check.store import load

OWN = torch.Generator().manual_seed(3)


@pytest.fixture(scope="module")
def shipped():
    return load(Path(__file__).parents[2] / "assignments" / "ps5_lda" / "cases.npz")["gibbs_sweep"]


def in_order(docs):
    return [(d, n) for d in range(len(docs)) for n in range(len(docs[d]))]


def shuffled(docs):
    tokens = in_order(docs)
    return [tokens[i] for i in torch.randperm(len(tokens)).tolist()]


def conditional(n_dk, n_kw, n_k, d, w, alpha, eta):
    return (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)


def sweep(order=in_order, weights=conditional, choose=lambda p: torch.multinomial(p, 1), begin=lambda z: None):
    def run(docs, z, n_dk, n_kw, n_k, alpha, eta):
        begin(z)
        for d, n in order(docs):
            w, old = int(docs[d][n]), int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            z[d][n] = new = int(choose(weights(n_dk, n_kw, n_k, d, w, alpha, eta)))
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1

    return run


def to_and_fro():
    turns = [False]

    def order(docs):
        turns[0] = not turns[0]
        return in_order(docs)[:: 1 if turns[0] else -1]

    return order


def uniform_for_a_document():
    """One random number for each call of `weights` with another document than before."""
    state = {}

    def weights(n_dk, n_kw, n_k, d, w, alpha, eta):
        if state.get("d") != d:
            state.update(d=d, u=float(torch.rand(())))
        p = conditional(n_dk, n_kw, n_k, d, w, alpha, eta)
        chosen = min(int(((p / p.sum()).cumsum(0) < state["u"]).sum()), len(p) - 1)
        return torch.nn.functional.one_hot(torch.tensor(chosen), len(p)).double()

    return weights


RIGHT = {
    "in order": sweep(),
    "backwards": sweep(lambda docs: in_order(docs)[::-1]),
    "another random order each time": sweep(shuffled),
    "forwards and backwards in turn": sweep(to_and_fro()),
    "every second token, then the others": sweep(lambda docs: in_order(docs)[::2] + in_order(docs)[1::2]),
    "documents from the last": sweep(lambda docs: sorted(in_order(docs), key=lambda token: -token[0])),
    "by word": sweep(lambda docs: sorted(in_order(docs), key=lambda token: int(docs[token[0]][token[1]]))),
    "by Gumbel noise": sweep(choose=lambda p: (p.log() - torch.rand_like(p).log().neg().log()).argmax()),
    "an exponential race": sweep(choose=lambda p: (p / torch.empty_like(p).exponential_()).argmax()),
    "numbers in double": sweep(weights=lambda *counts: conditional(*counts).double()),
    "a seed from outside": sweep(choose=lambda p: torch.multinomial(p, 1, generator=OWN)),
}
WRONG = {
    "squares": sweep(weights=lambda *counts: conditional(*counts) ** 2),
    "cube roots": sweep(weights=lambda *counts: conditional(*counts) ** (1 / 3)),
    "no denominator": sweep(weights=lambda k, w, n, d, v, a, e: (k[d] + a) * (w[:, v] + e)),
    "no V in the denominator": sweep(weights=lambda k, w, n, d, v, a, e: (k[d] + a) * (w[:, v] + e) / (n + e)),
    "no alpha": sweep(weights=lambda k, w, n, d, v, a, e: conditional(k, w, n, d, v, 1e-3, e)),
    "no documents": sweep(weights=lambda k, w, n, d, v, a, e: (w[:, v] + e) / (n + w.shape[1] * e)),
    "no words": sweep(weights=lambda k, w, n, d, v, a, e: k[d] + a),
    "priors exchanged and tenfold": sweep(
        weights=lambda k, w, n, d, v, a, e: conditional(k, w, n, d, v, 10 * e, 10 * a)
    ),
    "uniform": sweep(weights=lambda k, w, n, d, v, a, e: torch.ones(len(n))),
    "a global seed": sweep(begin=lambda z: torch.manual_seed(0)),
    "a seed made of the topics": sweep(begin=lambda z: torch.manual_seed(int(torch.cat(z).sum()))),
    "two seeds in turn": sweep(begin=lambda z, turn=[0]: turn.append(0) or torch.manual_seed(len(turn) % 2)),
    "the last token never": sweep(lambda docs: in_order(docs)[:-1]),
    "the first token never": sweep(lambda docs: in_order(docs)[1:]),
    "the first document never": sweep(lambda docs: [token for token in in_order(docs) if token[0]]),
    "every second token": sweep(lambda docs: in_order(docs)[::2]),
    "half of the tokens, drawn": sweep(lambda docs: shuffled(docs)[: len(in_order(docs)) // 2 + 1]),
    "with replacement": sweep(
        lambda docs: [in_order(docs)[int(torch.randint(len(in_order(docs)), ()))] for _ in in_order(docs)]
    ),
    "twice": sweep(lambda docs: in_order(docs) * 2),
    "one random number for a document": sweep(weights=uniform_for_a_document()),
    "the likeliest": sweep(choose=lambda p: p.argmax()),
    "the likeliest, mostly": sweep(choose=lambda p: p.argmax() if torch.rand(()) < 0.8 else torch.multinomial(p, 1)),
}


@pytest.mark.parametrize("run", RIGHT.values(), ids=RIGHT)
def test_a_right_sweep_in_any_order_passes_time_and_again(shipped, run):
    assert {examine(shipped, run).message for _ in range(2)} == {""}


@pytest.mark.parametrize("run", WRONG.values(), ids=WRONG)
def test_wrong_draws_are_refused_time_and_again(shipped, run):
    assert {examine(shipped, run).status for _ in range(2)} == {"failed"}


def old_topic_left_out(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d, n in in_order(docs):
        w, old = int(docs[d][n]), int(z[d][n])
        n_dk[d, old] -= 1
        n_kw[old, w] -= 1
        n_k[old] -= 1
        p = conditional(n_dk, n_kw, n_k, d, w, alpha, eta)
        p[old] = 0
        z[d][n] = new = int(torch.multinomial(p, 1))
        n_dk[d, new] += 1
        n_kw[new, w] += 1
        n_k[new] += 1


def lazy(docs):
    return [token for token in in_order(docs) if torch.rand(()) < 0.5]


def topics_reversed_afterwards(docs, z, n_dk, n_kw, n_k, alpha, eta):
    sweep()(docs, z, n_dk, n_kw, n_k, alpha, eta)
    n_kw.copy_(n_kw.flip(0).clone())


def totals_forgotten(docs, z, n_dk, n_kw, n_k, alpha, eta):
    sweep()(docs, z, n_dk, n_kw, n_k.clone(), alpha, eta)


@pytest.mark.parametrize(
    ("run", "words", "mistake"),
    [
        (old_topic_left_out, "No token has stayed in its topic", None),
        (topics_reversed_afterwards, "`n_kw` is not the count of `z`", None),
        (totals_forgotten, "`n_k` is not the count of `z`", "one_table_forgotten"),
        (WRONG["twice"], "They come as often as with this mistake: Every token was visited twice", "swept_twice"),
        (WRONG["squares"], "They come as often as with this mistake", "conditional_squared"),
    ],
)
def test_a_sweep_is_named_where_nothing_else_explains_it(shipped, run, words, mistake):
    for _ in range(3):
        verdict = examine(shipped, run)
        assert words in verdict.message
        assert verdict.mistake == mistake


def test_lazy_tokens_are_not_taken_for_tokens_kept_in_the_counts(shipped):
    assert "token_kept_in_counts" not in {examine(shipped, sweep(lazy)).mistake for _ in range(3)}


def test_pairs_are_tested_in_a_case_that_knows_no_mistake(shipped):
    """The evidence for known mistakes is one test, the frequencies of pairs are another."""
    solved = next(solved for solved in shipped.cases if "pair_least" in solved.numbers)
    numbers = {name: of for name, of in solved.numbers.items() if not name.startswith(("evidence_", "law_"))}
    alone = replace(shipped, cases=(replace(solved, numbers=numbers),))
    assert examine(alone, sweep()).passed
    verdict = examine(alone, WRONG["squares"])
    assert verdict.message.startswith("A token's topics are not drawn from the conditional.")


def test_of_two_tokens_no_more_is_said_than_of_one_where_one_tells(shipped):
    """Of draws that hardly follow the counts it is said that they do not, and nothing of what tokens see."""
    nearly_even = sweep(weights=lambda *given: conditional(*given).softmax(0))
    for _ in range(3):
        assert examine(shipped, nearly_even).message.startswith("Every topic comes about as often as any other")
