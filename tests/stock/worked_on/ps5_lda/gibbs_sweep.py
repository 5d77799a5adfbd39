"""Wrong answers to `gibbs_sweep`, to work on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("Topics are drawn with the squares of their probabilities.")
def squared_probabilities(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p**2, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The last token of each document is never drawn.")
def last_token_never_drawn(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()[:-1]):
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


@wrong("torch's seed is set to 0 at the start, so every sweep takes the same random numbers.")
def seed_set_inside(docs, z, n_dk, n_kw, n_k, alpha, eta):
    torch.manual_seed(0)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
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


@wrong("One uniform number serves for all tokens of the sweep.")
def one_uniform_for_all(docs, z, n_dk, n_kw, n_k, alpha, eta):
    u = torch.rand((), dtype=torch.float64)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = min(int((p.cumsum(0) < u * p.sum()).sum()), len(p) - 1)
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The document's own topic counts are those of before the sweep: its row is frozen while its tokens move.")
def document_row_frozen(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        row = n_dk[d].double().clone()
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            left = row - F.one_hot(torch.tensor(old), len(n_k))
            p = (left.clamp(min=0) + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("A token stays in its topic with probability ½ before it is drawn at all.")
def lazy_tokens(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            if torch.rand(()) < 0.5:
                continue
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


@wrong("The topics' sizes are those of before the sweep.")
def topic_sizes_frozen(docs, z, n_dk, n_kw, n_k, alpha, eta):
    before = n_k.double().clone()
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            size = before - F.one_hot(torch.tensor(old), len(n_k))
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (size + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("Alpha is not used: 0.1 stands for it.")
def alpha_ignored(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + 0.1) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The prior of the words is counted once in the denominator, not V times.")
def eta_once(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("All tokens of a word in a document move together to one topic.")
def tokens_of_a_word_move_together(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for w in docs[d].unique().tolist():
            places = (docs[d] == w).nonzero().flatten().tolist()
            n = places[0]
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
            for n in places[1:]:
                old = int(z[d][n])
                n_dk[d, old] -= 1
                n_kw[old, w] -= 1
                n_k[old] -= 1
                z[d][n] = new
                n_dk[d, new] += 1
                n_kw[new, w] += 1
                n_k[new] += 1


@wrong("Two sweeps are done in one call.")
def two_sweeps(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for _ in range(2):
        for d in range(len(docs)):
            for n, w in enumerate(docs[d].tolist()):
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


@wrong("The squares of the probabilities are used, and the last token is never drawn.", composed=True)
def squared_and_last_token_kept(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()[:-1]):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p**2, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("Alpha and eta are swapped, and the number of topics stands for the number of words.", composed=True)
def priors_swapped_and_k_for_v(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + eta) * (n_kw[:, w].double() + alpha) / (n_k.double() + len(n_k) * alpha)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("After a right sweep topics 0 and 1 change their names everywhere.", composed=True)
def two_topics_exchanged_afterwards(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
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
    order = torch.arange(len(n_k))
    order[:2] = torch.tensor([1, 0])
    for topics in z:
        topics.copy_(order[topics])
    n_dk.copy_(n_dk[:, order])
    n_kw.copy_(n_kw[order])
    n_k.copy_(n_k[order])


@wrong("Every second token only is drawn, with torch's seed set inside.", composed=True)
def every_second_token_with_a_seed(docs, z, n_dk, n_kw, n_k, alpha, eta):
    torch.manual_seed(1)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            if n % 2 == 0:
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


@wrong("One uniform number serves for all tokens, and the probabilities are squared.", composed=True)
def one_uniform_and_squares(docs, z, n_dk, n_kw, n_k, alpha, eta):
    u = torch.rand((), dtype=torch.float64)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            p = p**2
            new = min(int((p.cumsum(0) < u * p.sum()).sum()), len(p) - 1)
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("V is taken as the number of documents.")
def documents_for_the_vocabulary(docs, z, n_dk, n_kw, n_k, alpha, eta):
    vocab = len(docs)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + vocab * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("Alpha counts twice.")
def alpha_doubled(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + 2 * alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("Topics are drawn with the fifth powers of their probabilities.")
def fifth_powers(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = ((n_dk[d].double() + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)) ** 5
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1
