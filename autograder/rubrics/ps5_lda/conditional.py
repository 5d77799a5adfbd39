"""The conditional of collapsed Gibbs sampling."""

import math
from collections.abc import Iterator

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps5_lda import variants
from latentkit.check.cases import Case
from latentkit.lda import count_topics
from latentkit.reference import topics


def _conditional_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, count_of, vocab, documents, length in (
        ("a token in a small corpus", 3, 6, 4, 7),
        ("more topics than words in the document", 8, 10, 3, 4),
        ("two topics", 2, 5, 5, 6),
        ("a word that nothing else holds", 3, 5, 2, 3),
    ):
        docs = [torch.from_numpy(generator.integers(0, vocab - 1, length)) for _ in range(documents)]
        z = [torch.from_numpy(generator.integers(0, count_of, length)) for _ in range(documents)]
        d, n = int(generator.integers(documents)), int(generator.integers(length))
        z[d][n] = {"two topics": 0, "a token in a small corpus": count_of - 1}.get(
            name, int(z[d][n])
        )  # 0 is a topic, too
        if name == "a word that nothing else holds":
            docs[d][n] = vocab - 1
        n_dk, n_kw, n_k = count_topics(docs, z, count_of, vocab)
        yield Case(name, {
            "n_dk": n_dk, "n_kw": n_kw, "n_k": n_k, "d": d, "w": int(docs[d][n]), "z_old": int(z[d][n]),
            "alpha": float(generator.uniform(0.1, 0.8)), "eta": float(generator.uniform(0.05, 0.5)),
        })  # fmt: skip


gibbs_conditional = Exercise(
    name="gibbs_conditional",
    points=4,
    reference=topics.gibbs_conditional,
    cases=_conditional_cases,
    variants=variants.gibbs_conditional,
    answered_by=("latentkit.lda.token_conditional",),
    look="section 6, the collapsed conditional; Griffiths and Steyvers 2004, equation 5",
    on_cpu=True,
)


@gibbs_conditional.mistake(
    "The token is still in the counts: its own topic attracts it. Take it out of all three before you compute."
)
def token_kept_in_counts(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
    return p / p.sum()


@gibbs_conditional.mistake(
    "The counts that you were given have changed: restore them, or work on copies. Only the sweep edits them."
)
def counts_changed(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    n_dk[d, z_old] -= 1
    n_kw[z_old, w] -= 1
    n_k[z_old] -= 1
    p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
    return p / p.sum()


@gibbs_conditional.mistake(
    "The result is float32: a LongTensor and a Python float give torch's default. Convert the counts with .double()."
)
def single_precision(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).long()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@gibbs_conditional.mistake("The probabilities do not sum to one: normalise.")
def not_normalised(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    return (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)


@gibbs_conditional.mistake(
    "The topic's size is missing: a topic gives the word the share (n_kw + η) / (n_k + V η), so a large topic "
    "needs more of it."
)
def topic_size_missing(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta)
    return p / p.sum()


@gibbs_conditional.mistake("The denominator has η once. There are V words, each with its η: n_k + V η.")
def eta_once(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + eta)
    return p / p.sum()


@gibbs_conditional.mistake("The denominator has K η. The sum runs over the words of a topic: V η.")
def eta_for_each_topic(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w] - itself + eta) / (n_k - itself + len(n_k) * eta)
    return p / p.sum()


@gibbs_conditional.mistake("alpha and eta are swapped: α belongs to the document's topics, η to the topics' words.")
def priors_swapped(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    p = (n_dk[d] - itself + eta) * (n_kw[:, w] - itself + alpha) / (n_k - itself + n_kw.shape[1] * alpha)
    return p / p.sum()


@gibbs_conditional.mistake("The document is missing: multiply by n_dk + α.")
def document_missing(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    p = (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    return p / p.sum()


@gibbs_conditional.mistake(
    "The token was taken out of some counts only: it is counted in n_dk, n_kw and n_k, so it leaves all three."
)
def taken_out_of_the_document_only(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    p = (n_dk[d] - itself + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
    return p / p.sum()


@gibbs_conditional.alternative
def edited_and_restored(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    for change in (-1, 1):
        n_dk[d, z_old] += change
        n_kw[z_old, w] += change
        n_k[z_old] += change
        if change < 0:
            p = (n_dk[d].double() + alpha) * (n_kw[:, w].double() + eta) / (n_k.double() + n_kw.shape[1] * eta)
    return p / p.sum()


@gibbs_conditional.alternative
def on_copies(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    in_document, of_word, in_topic = n_dk[d].double(), n_kw[:, w].double(), n_k.double()
    for counts in (in_document, of_word, in_topic):
        counts[z_old] -= 1
    theta = (in_document + alpha) / (in_document.sum() + len(n_k) * alpha)
    beta = (of_word + eta) / (in_topic + n_kw.shape[1] * eta)
    return torch.nn.functional.normalize(theta * beta, p=1, dim=0)


@gibbs_conditional.alternative
def topic_by_topic_in_logs(n_dk, n_kw, n_k, d, w, z_old, alpha, eta):
    logs = torch.empty(len(n_k), dtype=torch.float64, device=n_k.device)
    for k in range(len(n_k)):
        own = int(k == z_old)
        document, word, size = int(n_dk[d, k]) - own, int(n_kw[k, w]) - own, int(n_k[k]) - own
        logs[k] = math.log(document + alpha) + math.log(word + eta) - math.log(size + n_kw.size(1) * eta)
    return logs.softmax(0)
