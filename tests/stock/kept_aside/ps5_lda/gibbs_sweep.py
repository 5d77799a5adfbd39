"""Wrong answers to `gibbs_sweep`, kept aside."""

import numpy as np
import torch
from answers import wrong
from torch.nn import functional as F


@wrong("Topics are drawn with the square roots of their probabilities.")
def square_roots_of_probabilities(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p.sqrt(), 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("Every second token of each document is drawn only.")
def every_second_token(docs, z, n_dk, n_kw, n_k, alpha, eta):
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


@wrong("As many tokens as there are are drawn with replacement, so some are drawn twice and some not at all.")
def tokens_with_replacement(docs, z, n_dk, n_kw, n_k, alpha, eta):
    tokens = [(d, n) for d in range(len(docs)) for n in range(len(docs[d]))]
    for place in torch.randint(len(tokens), (len(tokens),)).tolist():
        d, n = tokens[place]
        w = int(docs[d][n])
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


@wrong("A generator of its own with the fixed seed 0 is made in every call, so all sweeps take the same numbers.")
def generator_with_a_fixed_seed(docs, z, n_dk, n_kw, n_k, alpha, eta):
    generator = torch.Generator().manual_seed(0)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1, generator=generator))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("One uniform number serves for all tokens of a document.")
def one_uniform_for_each_document(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        u = torch.rand((), dtype=torch.float64)
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


@wrong("Uniform numbers come from a fixed sequence, not from a random one.")
def fixed_sequence_for_uniforms(docs, z, n_dk, n_kw, n_k, alpha, eta):
    step = 0
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            step += 1
            u = step * 0.6180339887498949 % 1
            new = min(int((p.cumsum(0) < u * p.sum()).sum()), len(p) - 1)
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The words' topic counts are those of before the sweep, less the token itself.")
def word_counts_frozen(docs, z, n_dk, n_kw, n_k, alpha, eta):
    before = n_kw.double().clone()
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            word = before[:, w] - F.one_hot(torch.tensor(old), len(n_k))
            p = (n_dk[d].double() + alpha) * (word.clamp(min=0) + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The first token of each document is never drawn.")
def first_token_never_drawn(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in list(enumerate(docs[d].tolist()))[1:]:
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


@wrong("A token never stays: its old topic is left out of the draw.")
def old_topic_left_out(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            p[old] = 0
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The topic's size is missing in the conditional.")
def topic_size_missing(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The last document is not swept.")
def last_document_not_swept(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs) - 1):
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


@wrong("One draw in ten takes the likeliest topic.")
def sometimes_the_likeliest(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(p.argmax()) if torch.rand(()) < 0.1 else int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The seed is set inside, and the square roots of the probabilities are used.", composed=True)
def seed_and_square_roots(docs, z, n_dk, n_kw, n_k, alpha, eta):
    torch.manual_seed(7)
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
            new = int(torch.multinomial(p.sqrt(), 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The document's row is frozen, and the last document is not swept.", composed=True)
def frozen_row_and_last_document(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs) - 1):
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


@wrong("A right sweep, after which each document's topics are reversed in z.", composed=True)
def topics_of_documents_reversed(docs, z, n_dk, n_kw, n_k, alpha, eta):
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
    for topics in z:
        topics.copy_(topics.flip(0))


@wrong("Tokens are drawn with replacement, and numpy's generator has a fixed seed.", composed=True)
def replacement_with_numpy_s_seed(docs, z, n_dk, n_kw, n_k, alpha, eta):
    source = np.random.default_rng(0)
    tokens = [(d, n) for d in range(len(docs)) for n in range(len(docs[d]))]
    for place in source.integers(len(tokens), size=len(tokens)).tolist():
        d, n = tokens[place]
        w, old = int(docs[d][n]), int(z[d][n])
        n_dk[d, old] -= 1
        n_kw[old, w] -= 1
        n_k[old] -= 1
        p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
        new = int(source.choice(len(p), p=(p / p.sum()).numpy()))
        z[d][n] = new
        n_dk[d, new] += 1
        n_kw[new, w] += 1
        n_k[new] += 1


@wrong("The first token that is drawn in a document decides for its equal neighbours: repeated words are skipped.")
def repeated_words_skipped(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        seen = set()
        for n, w in enumerate(docs[d].tolist()):
            if w in seen:
                continue
            seen.add(w)
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


@wrong("Half of eta is used.")
def eta_halved(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta / 2) / (n_k.double() + n_kw.shape[1] * eta / 2)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1


@wrong("The weights go through a softmax before they are drawn from.")
def softmax_of_the_weights(docs, z, n_dk, n_kw, n_k, alpha, eta):
    for d in range(len(docs)):
        for n, w in enumerate(docs[d].tolist()):
            old = int(z[d][n])
            n_dk[d, old] -= 1
            n_kw[old, w] -= 1
            n_k[old] -= 1
            p = ((n_dk[d].double() + alpha) * (n_kw[:, w] + eta) / (n_k + n_kw.shape[1] * eta)).softmax(0)
            new = int(torch.multinomial(p, 1))
            z[d][n] = new
            n_dk[d, new] += 1
            n_kw[new, w] += 1
            n_k[new] += 1
