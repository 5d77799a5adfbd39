"""Right but unusual answers to `gibbs_sweep`."""

import numpy as np
import torch
from answers import right
from torch import distributions as D


@right
def by_numpy_views_of_the_tables(docs, z, n_dk, n_kw, n_k, alpha, eta):
    dk, kw, ks = n_dk.numpy(), n_kw.numpy(), n_k.numpy()
    for d, (words, topics) in enumerate(zip(docs, z, strict=True)):
        uniform = torch.rand(len(words)).tolist()
        for n, (w, old, u) in enumerate(zip(words.tolist(), topics.tolist(), uniform, strict=True)):
            dk[d, old], kw[old, w], ks[old] = dk[d, old] - 1, kw[old, w] - 1, ks[old] - 1
            weights = np.cumsum((dk[d] + alpha) * (kw[:, w] + eta) / (ks + kw.shape[1] * eta))
            new = min(int(np.searchsorted(weights, u * weights[-1], side="right")), len(ks) - 1)
            dk[d, new], kw[new, w], ks[new] = dk[d, new] + 1, kw[new, w] + 1, ks[new] + 1
            topics[n] = new


@right
def as_a_race_of_exponentials(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d, words in enumerate(docs):
        for n, w in enumerate(words.tolist()):
            old = z[d][n].item()
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int((torch.empty_like(p).exponential_() / p).argmin())
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@right
def by_gumbel_noise_in_logs(docs, z, n_dk, n_kw, n_k, alpha, eta):
    vocab = n_kw.shape[1]
    for d, words in enumerate(docs):
        noise = D.Gumbel(0.0, 1.0).sample((len(words), len(n_k))).double()
        for n, w in enumerate(words.tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            logs = torch.log(n_dk[d] + alpha) + torch.log(n_kw[:, w] + eta) - torch.log(n_k + vocab * eta)
            new = int((logs + noise[n]).argmax())
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@right
def word_by_word_in_place_of_document_by_document(docs, z, n_dk, n_kw, n_k, alpha, eta):
    tokens = sorted((int(w), d, n) for d, words in enumerate(docs) for n, w in enumerate(words))
    for w, d, n in tokens:
        old = int(z[d][n])
        n_dk[d, old] -= 1
        n_kw[old, w] -= 1
        n_k[old] -= 1
        p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
        new = int(torch.multinomial(p, 1))
        z[d][n] = new
        n_dk[d, new] += 1
        n_kw[new, w] += 1
        n_k[new] += 1


@right
def in_random_order_with_rejection(docs, z, n_dk, n_kw, n_k, alpha, eta):
    tokens = [(d, n) for d, words in enumerate(docs) for n in range(len(words))]
    for place in torch.randperm(len(tokens)).tolist():
        d, n = tokens[place]
        w, old = int(docs[d][n]), int(z[d][n])
        n_dk[d, old] -= 1
        n_kw[old, w] -= 1
        n_k[old] -= 1
        p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
        share = (p / p.max()).tolist()
        while True:
            new = int(torch.randint(len(share), ()))
            if torch.rand((), dtype=torch.float64).item() < share[new]:
                break
        z[d][n] = new
        n_dk[d, new] += 1
        n_kw[new, w] += 1
        n_k[new] += 1


@right
def by_scatter_add_of_one_hot_rows(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d, words in enumerate(docs):
        for n in range(len(words)):
            w = words[n : n + 1]
            for change in (-1, 1):
                if change > 0:
                    p = (n_dk[d].double() + alpha) * (n_kw[:, w].squeeze(1).double() + eta)
                    p = p / (n_k.double() + n_kw.shape[1] * eta)
                    z[d][n] = torch.multinomial(p, 1)[0]
                k = z[d][n : n + 1]
                one = torch.full_like(k, change)
                n_dk[d].index_add_(0, k, one)
                n_kw.index_put_((k, w), one, accumulate=True)
                n_k.index_add_(0, k, one)


@right
def with_python_s_random_seeded_by_torch(docs, z, n_dk, n_kw, n_k, alpha, eta):
    import random

    source = random.Random(int(torch.randint(2**62, ())))
    for d, words in enumerate(docs):
        for n, w in enumerate(words.tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = source.choices(range(len(p)), weights=p.tolist())[0]
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@right
def recursively_by_halves_of_the_topics(docs, z, n_dk, n_kw, n_k, alpha, eta):
    def pick(weights, first):
        if len(weights) == 1:
            return first
        half = len(weights) // 2
        left = float(weights[:half].sum())
        if torch.rand((), dtype=torch.float64).item() * float(weights.sum()) < left:
            return pick(weights[:half], first)
        return pick(weights[half:], first + half)

    for d in reversed(range(len(docs))):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = pick(p, 0)
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@right
def on_lists_written_back_with_counts_made_anew(docs, z, n_dk, n_kw, n_k, alpha, eta):
    dk, kw, ks = n_dk.tolist(), n_kw.tolist(), n_k.tolist()
    vocab, topics = n_kw.shape[1], range(len(n_k))
    for d, words in enumerate(docs):
        row = dk[d]
        for n, w in enumerate(words.tolist()):
            k = int(z[d][n])
            row[k], kw[k][w], ks[k] = row[k] - 1, kw[k][w] - 1, ks[k] - 1
            weights = torch.tensor([(row[t] + alpha) * (kw[t][w] + eta) / (ks[t] + vocab * eta) for t in topics])
            k = int(D.Categorical(weights, validate_args=False).sample())
            row[k], kw[k][w], ks[k] = row[k] + 1, kw[k][w] + 1, ks[k] + 1
            z[d][n] = k
    n_dk[:], n_kw[:], n_k[:] = torch.tensor(dk), torch.tensor(kw), torch.tensor(ks)
