"""A sweep of collapsed Gibbs sampling: judged by its law."""

import torch

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps5_lda.sweep_cases import sweep_cases, sweep_numbers
from latentkit.reference import topics

gibbs_sweep = Exercise(
    name="gibbs_sweep",
    points=6,
    reference=topics.gibbs_sweep,
    cases=sweep_cases,
    law="gibbs_sweep",
    numbers=sweep_numbers,
    answered_by=("latentkit.topics",),
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


@gibbs_sweep.mistake("It is as it was. A token is counted three times, in n_dk, n_kw and n_k: keep all up to date.")
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
    "That happens where a token is taken out twice: gibbs_conditional leaves it out itself, so call it with the counts "
    "as they are and edit them after the draw."
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
    "Gibbs sampling *draws* from the conditional, with the probabilities as they are: torch.multinomial, not argmax."
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


@gibbs_sweep.mistake(
    "The conditional was sharpened, as if each vote counted twice: draw with the probabilities themselves, "
    "normalised, not with their squares."
)
def conditional_squared(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p**2, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake(
    "A document's tokens do not see each other move: the row of `n_dk` was read before its loop, or is brought up to "
    "date only after it."
)
def document_counts_stale(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        row = n_dk[d].clone()
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            own = (torch.arange(len(n_k), device=n_k.device) == old).double()
            p = (row - own + alpha) * (n_kw[:, w] - own + eta) / (n_k - own + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            for topic, change in ((old, -1), (new, 1)):
                n_dk[d, topic] += change
                n_kw[topic, w] += change
                n_k[topic] += change


@gibbs_sweep.mistake(
    "Is it drawn at all? A sweep visits every token once: a range that ends one too early leaves out the last, a "
    "range by twos every second."
)
def last_token_skipped(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()[:-1]):
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


@gibbs_sweep.mistake(
    "Are they drawn at all? A sweep visits every token once, and draws its topic from the conditional."
)
def tokens_skipped(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n in range(1, len(docs[d])):
            w, old = int(docs[d][n]), int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake(
    "Tokens are picked at random, with replacement, so some move twice and some not at all. In a sweep each is visited "
    "once; for a random order take torch.randperm."
)
def drawn_with_replacement(docs, z, n_dk, n_kw, n_k, alpha, eta):
    tokens = [(d, n) for d in range(len(docs)) for n in range(len(docs[d]))]
    for place in torch.randint(len(tokens), (len(tokens),)).tolist():
        d, n = tokens[place]
        w, old = int(docs[d][n]), int(z[d][n])
        n_dk[d, old] -= 1
        n_kw[old, w] -= 1
        n_k[old] -= 1
        p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
        new = int(torch.multinomial(p, 1))
        z[d][n] = new
        n_dk[d, new] += 1
        n_kw[new, w] += 1
        n_k[new] += 1


@gibbs_sweep.mistake("Every token was visited twice: one call is one sweep.")
def swept_twice(docs, z, n_dk, n_kw, n_k, alpha, eta):
    tokens = [(document, n) for document in range(len(docs)) for n in range(len(docs[document]))]
    for d, n in tokens + tokens:
        w, old = int(docs[d][n]), int(z[d][n])
        n_dk[d, old] -= 1
        n_kw[old, w] -= 1
        n_k[old] -= 1
        p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
        new = int(torch.multinomial(p, 1))
        z[d][n] = new
        n_dk[d, new] += 1
        n_kw[new, w] += 1
        n_k[new] += 1


@gibbs_sweep.mistake("All tokens share one random number, so their topics move together: draw one for each token.")
def one_random_number(docs, z, n_dk, n_kw, n_k, alpha, eta):
    u = float(torch.rand(()))
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d] + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)
            new = min(int(((p / p.sum()).cumsum(0) < u).sum()), len(n_k) - 1)
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@gibbs_sweep.mistake(
    "Draw new random numbers at each call. A seed, or a generator with one, that is set inside the function repeats "
    "them; so does a fixed rule in place of chance, or a probability of 1."
)
def frozen_noise(docs, z, n_dk, n_kw, n_k, alpha, eta):
    torch.manual_seed(0)
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
