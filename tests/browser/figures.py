"""The law of each live figure: what its browser computes is what Python computes. A figure is registered here."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from latentkit.data.construction_grammar import FUNCTION_WORDS
from latentkit.data.text import Vocabulary
from latentkit.explore.browser import LAMBDAS, TopicTables
from latentkit.explore.browser import numbers as browser_numbers
from latentkit.explore.coloured import Document
from latentkit.explore.donors import exchange, halved
from latentkit.explore.gap import GaussianModel
from latentkit.explore.homotopy import Walk, walk
from latentkit.explore.live import LiveFigure
from latentkit.explore.manifold import LatentMap
from latentkit.explore.mixing import Mix
from latentkit.explore.mixture import numbers as mixture_numbers
from latentkit.explore.schedules import weights
from latentkit.explore.simplex import expected_log, log_density, share_draws
from latentkit.explore.switches import write
from latentkit.explore.words import costs
from latentkit.trained import load_trained
from latentkit.training.points import RecordedTraining, recorded_runs


@dataclass(frozen=True)
class Law:
    """A figure and its numbers.

    Attributes:
        name: of its file in lib/latentkit/explore/front/, without the ending.
        cell: a notebook's cell that shows it; the last line makes it.
        numbers: the values of all controls, by name -> what `compute` returns in the browser, by name: numbers,
            text, and lists and mappings of them.
        grid: values of the controls at which both are compared.
    """

    name: str
    cell: str
    numbers: Callable[..., Mapping[str, Any]]
    grid: Sequence[Mapping[str, Any]]

    def figure(self) -> LiveFigure:
        """What the cell shows."""
        return _shown_by(self.cell)


@functools.cache
def _shown_by(cell: str) -> LiveFigure:
    """Runs a cell once, whoever asks: some train a model."""
    *before, last = cell.splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(before), names)
    return eval(last, names)


def grid(**values: Sequence[Any]) -> list[dict[str, Any]]:
    """Each value of each control with each of the others."""
    return [dict(zip(values, row, strict=True)) for row in itertools.product(*values.values())]


def gap_numbers(mean: float, variance: float) -> dict[str, float]:
    model = GaussianModel()
    reconstruction, elbo = model.reconstruction(mean, variance), model.elbo(mean, variance)
    return {
        "evidence": model.log_evidence,
        "reconstruction": reconstruction,
        "kl": reconstruction - elbo,
        "elbo": elbo,
        "gap": model.gap(mean, variance),
    }


def schedule_numbers(warmup: float, cycles: float, ratio: float) -> dict[str, Any]:
    found = weights(warmup, cycles, ratio)
    return {**found, "averages": {name: sum(values) / len(values) for name, values in found.items()}}


TRAINED = """import torch
from latentkit.data import load_digits
from latentkit.explore import latent_manifold
from latentkit.models import VAE
from latentkit.training.images import train_image_model
torch.set_num_threads(1)
torch.manual_seed(6)
vae = VAE(latent_dim=2)
_ = train_image_model(vae, load_digits().train, steps=600)
"""


@functools.cache
def trained_map() -> LatentMap:
    names: dict[str, Any] = {}
    exec(TRAINED, names)
    return LatentMap.of(names["vae"])


@functools.cache
def recorded() -> dict[float, RecordedTraining]:
    return recorded_runs()


def simplex_numbers(first: float, second: float, third: float) -> dict[str, Any]:
    alpha = np.array([first, second, third])
    draws = share_draws(alpha)
    return {
        "mean": alpha / alpha.sum(),
        "expectedLog": expected_log(alpha),
        "draws": draws,
        "largest": draws.max(axis=1).mean(),
        "logDensity": log_density(alpha),
    }


CORPUS = """import numpy as np
from latentkit.explore import topic_browser
random = np.random.default_rng(0)
words = ["$x$", "_start", "星", "<b>", "a very long word that wraps", *(f"word{number}" for number in range(55))]
topics = random.dirichlet(np.full(60, 0.1), 6)
theta = random.dirichlet(np.full(6, 0.3), 40)
counts = random.multinomial(80, theta @ topics)
titles = [f"How ${n}$ <i>stars</i> of _{n} came to lie under the pavement of a small town" for n in range(40)]
corpus = topics, theta, counts, words, titles
"""
"""A small corpus with words that are no words."""


@functools.cache
def topic_tables() -> TopicTables:
    names: dict[str, Any] = {}
    exec(CORPUS, names)
    return TopicTables(*names["corpus"])


@functools.cache
def models() -> dict[str, Any]:
    """What the figures about sentences show, in double precision: where -log p is 1e-5, floats know three digits."""
    trained = load_trained("sentence_vae")
    return {
        "model": trained.model.double(),
        "vocabulary": trained.vocabulary,
        "collapsed": load_trained("language_model").model.double(),
    }


@functools.cache
def way(start: str, end: str) -> Walk:
    return walk(models()["model"], models()["vocabulary"], start, end)


def homotopy_numbers(share: float, start: str, end: str) -> dict[str, Any]:
    found = way(start, end)
    return {
        "curves": found.curves.tolist(),
        "stretches": [{"from": first, "to": last, "sentence": said} for first, last, said in found.stretches()],
        "here": found.said[round(100 * share)],
        "unknown": [word for sentence in found.ends for word in sentence.unknown],
    }


def word_numbers(rate: float, sentence: str) -> dict[str, Any]:
    found = costs(**models(), sentence=sentence, rate=rate)
    return {
        "words": found.given.words,
        "hidden": found.hidden,
        "unknown": found.given.unknown,
        "without": found.without.tolist(),
        "withZ": found.with_z.tolist(),
        "price": found.price,
    }


@functools.cache
def controlled() -> dict[str, Any]:
    """As `models`, of controlled text."""
    trained = load_trained("controlled_text")
    return {"model": trained.model.double(), "vocabulary": trained.vocabulary}


def switch_numbers(sentence: str, walk: float, code: int) -> dict[str, Any]:
    found = write(**controlled(), sentence=sentence, walk=walk, code=code)
    cells = [{"asked": cell.asked, "said": cell.said, "heard": cell.heard} for cell in found.cells]
    return {"cells": cells, "here": found.here, "heard": found.heard, "unknown": found.given.unknown}


MIXED = """from latentkit.data.tables import load_tables
from latentkit.explore import mix_templates
from latentkit.trained import load_trained
trained = load_trained("vtm")
texts = [load_tables().test[number] for number in (0, 1, 2, 3, 5, 6)]
"""


@functools.cache
def mix() -> Mix:
    names: dict[str, Any] = {}
    exec(MIXED, names)
    return Mix.of(names["trained"].model, names["trained"].vocabulary, names["texts"])


def mix_numbers(walk: float, A: Sequence[int], B: Sequence[int]) -> dict[str, Any]:
    return {
        "said": [
            {
                "words": one.words,
                "looks": one.looks,
                "template": -1 if one.template is None else one.template,
                "leftOut": one.left_out,
                "madeUp": one.made_up,
            }
            for one in mix().tell(walk, [A, B])
        ]
    }


@functools.cache
def exchanged() -> dict[str, Any]:
    """As `models`, of meaning and syntax in two vectors, rounded as the figure rounds it."""
    trained = load_trained("dss_vae")
    return {
        "model": halved(trained.model).double(),
        "vocabulary": trained.vocabulary,
        "parse_vocabulary": Vocabulary(trained.facts["parse_tokens"]),
        "small_words": FUNCTION_WORDS,
    }


def donor_numbers(first: str, second: str, semantic: float, syntactic: float) -> dict[str, Any]:
    found = exchange(**exchanged(), first=first, second=second, semantic=semantic, syntactic=syntactic)
    return {
        "z": found.z.tolist(),
        "said": found.said,
        "origins": found.origins,
        "parse": found.parse,
        "corners": found.corners,
        "unknown": [word for sentence in found.given for word in sentence.unknown],
    }


DOCUMENT = """from latentkit.explore.coloured import coloured_document
words = "The bank of the river was steep , and $x$ of the stars over it shone <b> upon the old bank".split() * 4
topics = [None, 0, None, None, 1, None, 2, None, None, 4, None, None, 3, None, None, 3, 9, None, None, None, 0] * 4
names = [f"{name} words" for name in ("money", "water", "hill", "sky", "mathematics", "f", "g", "h", "i", "_markup 星")]
document = words, topics, names, "A walk & its $cost$", [[name, "and", "others"] for name in names]
"""
"""A text with words that are no words."""


@functools.cache
def document_tables() -> Document:
    names: dict[str, Any] = {}
    exec(DOCUMENT, names)
    return Document.of(*names["document"])


LAWS = [
    Law(
        "elbo_gap",
        "from latentkit.explore import elbo_gap\nelbo_gap()",
        gap_numbers,
        grid(mean=[-1, -0.35, 0, 1, 2.2, 3], variance=[0.05, 0.5, 1, 3]),
    ),
    Law(
        "annealing_schedules",
        "from latentkit.explore import annealing_schedules\nannealing_schedules()",
        schedule_numbers,
        grid(warmup=[100, 700, 2000], cycles=[3, 8], ratio=[0.1, 1]),
    ),
    Law(
        "latent_manifold",
        TRAINED + "latent_manifold(vae)",
        lambda z1, z2, drawing: trained_map().numbers(z1, z2, drawing),
        grid(z1=[-3, 0, 1.35], z2=[-2.05, 3], drawing=["0" * 64, "00111100" * 8, "1" * 32 + "01" * 16]),
    ),
    Law(
        "dirichlet_simplex",
        "from latentkit.explore import dirichlet_simplex\ndirichlet_simplex(0.8, 0.8, 0.8)",
        simplex_numbers,
        grid(first=[0.05, 1, 2.5], second=[0.3, 10], third=[0.8, 4]),
    ),
    Law(
        "collapse_and_cure",
        "from latentkit.explore import collapse_and_cure\ncollapse_and_cure()",
        lambda beta, step, component: mixture_numbers(recorded(), beta, step),
        grid(beta=[0, 0.25, 0.5, 0.75, 1], step=[0, 50, 600, 1200], component=[0, 3]),
    ),
    Law(
        "topic_browser",
        f"{CORPUS}topic_browser(*corpus)",
        lambda relevance, topic, word, document: browser_numbers(topic_tables(), relevance, topic, word, document),
        [
            *grid(relevance=LAMBDAS, topic=range(1, 7), word=[0], document=[0]),
            *grid(relevance=[0.6], topic=[2], word=range(1, 40), document=[0]),
            *grid(relevance=[0.6], topic=[2], word=[0], document=range(1, 20)),
        ],
    ),
    Law(
        "hidden_words",
        "from latentkit.explore import hidden_words\n"
        "from latentkit.trained import load_trained\n"
        "trained = load_trained('sentence_vae')\n"
        "hidden_words(trained.model, load_trained('language_model').model, trained.vocabulary)",
        word_numbers,
        grid(
            rate=[0, 0.1, 0.4, 1],
            sentence=[
                "the old doctors did not enjoy the film last week because it was boring .",
                "Tom didn’t (like the) hotel, (zebra) – it’s “awful”.",
                "",
            ],
        ),
    ),
    Law(
        "sentence_homotopy",
        "from latentkit.explore import sentence_homotopy\n"
        "from latentkit.trained import load_trained\n"
        "trained = load_trained('sentence_vae')\n"
        "sentence_homotopy(trained.model, trained.vocabulary)",
        homotopy_numbers,
        grid(
            share=[0, 0.37, 1],
            start=["my sister did not enjoy the film yesterday .", "She's happy; I can't be."],
            end=["the old teachers will praise the garden .", "zebra"],
        ),
    ),
    Law(
        "attribute_switches",
        "from latentkit.explore import attribute_switches\n"
        "from latentkit.trained import load_trained\n"
        "trained = load_trained('controlled_text')\n"
        "attribute_switches(trained.model, trained.vocabulary)",
        switch_numbers,
        grid(
            sentence=["my sister did not enjoy the film yesterday .", "Tom’ll hate the “awful” zebra!", ""],
            walk=[0, 0.7, 2, 6],
            code=[0, 4],
        ),
    ),
    Law(
        "mix_templates",
        MIXED + "mix_templates(trained.model, trained.vocabulary, texts)",
        mix_numbers,
        grid(
            walk=[1, 1.4, 2, 4.55, 6],
            A=[[4, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0], [20, 6, 18, 2, 18, 14, 7, 10, 10, 8, 5]],
            B=[[1, 2, 0, 5, 5, 1, 0, 3, 0, 1, 0]],
        ),
    ),
    Law(
        "two_donors",
        "from latentkit.data.text import Vocabulary\n"
        "from latentkit.explore import two_donors\n"
        "from latentkit.trained import load_trained\n"
        "trained = load_trained('dss_vae')\n"
        "two_donors(trained.model, trained.vocabulary, Vocabulary(trained.facts['parse_tokens']))",
        donor_numbers,
        grid(
            first=["the young teacher has praised the splendid film often .", "", "The zebra’s <b> film, again!"],
            second=["secretly , it was the ancient bridge that the nurse who was proud had painted .", "who ?"],
            semantic=[0, 0.41, 1],
            syntactic=[0, 0.37, 0.83, 1],
        ),
    ),
    Law(
        "coloured_document",
        f"{DOCUMENT}coloured_document(*document)",
        lambda topic, word: document_tables().numbers(topic, word),
        grid(topic=range(6), word=[0, 1, 2, 17, 30]),
    ),
]


def law_of(name: str) -> Law:
    """The law of the figure of that name."""
    return next(law for law in LAWS if law.name == name)


def write_page(path: Path, html: str, head: str = "") -> str:
    """Writes a page with that body, and that in its head; returns its address."""
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head><body>{html}</body></html>',
        encoding="utf-8",
    )
    return path.as_uri()


def saved_notebook() -> NotebookNode:
    """A notebook that was run and saved, of a kernel that is nowhere."""
    cells = []
    for law in LAWS:
        figure = law.figure()
        data = {"text/html": figure._repr_html_(), "text/plain": repr(figure)}
        output = new_output("execute_result", data, execution_count=1)
        cells.append(new_code_cell(law.cell, outputs=[output], execution_count=1))
    kernel = {"name": "nowhere", "display_name": "Nowhere", "language": "nowhere"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "nowhere"}})
