"""What `latentkit figures` does: write the figures of the problem sets as one page that works offline."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from latentkit.commands.exit_codes import FAILED, OK
from latentkit.commands.pages import Section, page
from latentkit.data.counting import count_words
from latentkit.data.digits import load_digits
from latentkit.data.documents import load_documents
from latentkit.data.tables import load_tables
from latentkit.data.text import Vocabulary
from latentkit.explore import (
    annealing_schedules,
    attribute_switches,
    collapse_and_cure,
    dirichlet_simplex,
    elbo_gap,
    hidden_words,
    latent_manifold,
    mix_templates,
    sentence_homotopy,
    topic_browser,
    two_donors,
)
from latentkit.models import VAE
from latentkit.progress import progress
from latentkit.topics import GibbsLDA
from latentkit.trained import load_trained
from latentkit.training.images import train_image_model


def _manifold() -> Any:
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        model = VAE(latent_dim=2)
        train_image_model(model, load_digits().train, steps=2000, label="a VAE of digits")
    return latent_manifold(model.eval())


def _homotopy() -> Any:
    checkpoint: Any = load_trained("sentence_vae")
    return sentence_homotopy(checkpoint.model, checkpoint.vocabulary)


def _hidden_words() -> Any:
    with_z: Any = load_trained("sentence_vae")
    without: Any = load_trained("language_model")
    return hidden_words(with_z.model, without.model, with_z.vocabulary)


def _switches() -> Any:
    checkpoint: Any = load_trained("controlled_text")
    return attribute_switches(checkpoint.model, checkpoint.vocabulary)


def _mix() -> Any:
    checkpoint: Any = load_trained("vtm")
    texts = {text.template: text for text in load_tables().test[30::-1]}  # each of another template
    return mix_templates(checkpoint.model, checkpoint.vocabulary, list(texts.values())[-6:])


def _topics() -> Any:
    documents = load_documents()
    counts = count_words(documents.texts)
    kind: Any = GibbsLDA
    model = kind(10, alpha=0.4, eta=0.1, max_iter=150, random_state=0).fit(counts.matrix)
    titles = [documents.titles[row] for row in counts.kept]
    return topic_browser(model.topic_word_, model.doc_topic_, counts.matrix, counts.words, titles)


def _donors() -> Any:
    checkpoint: Any = load_trained("dss_vae")
    return two_donors(checkpoint.model, checkpoint.vocabulary, Vocabulary(checkpoint.facts["parse_tokens"]))


FIGURES: tuple[tuple[str, str, Callable[[], Any]], ...] = (
    ("Where is the gap?", "log p(x) is the ELBO and what is missing to it: problem set 1, section 3.", elbo_gap),
    (
        "The latent manifold",
        "What a decoder draws from every place of the plane: problem set 1, section 11.",
        _manifold,
    ),
    ("Annealing schedules", "The weight of the KL during a training: problem set 2, section 6.", annealing_schedules),
    ("Hidden words", "What each word costs with z and without: problem set 2, section 7.", _hidden_words),
    ("Between two sentences", "A walk through the latent space: problem set 2, section 10.", _homotopy),
    ("One z, every code", "A sentence rewritten by its sentiment and tense: problem set 3, section 9.", _switches),
    ("Collapse and cure", "A mixture's components during training: problem set 4, section 6.", collapse_and_cure),
    ("The Dirichlet", "Densities and draws on the simplex: problem set 5, section 1.", dirichlet_simplex),
    ("Topics", "A topic model of the kit's magazine to leaf through: problem set 5, section 9.", _topics),
    ("Mix and match", "The template of one sentence, the table of another: problem set 6, section 9.", _mix),
    (
        "Two donors, one sentence",
        "The meaning of one sentence, the syntax of another: problem set 6, section 9.",
        _donors,
    ),
)
"""Heading, a sentence, and what makes the figure."""


def figures_page() -> str:
    """All figures as one page."""
    bar = progress(FIGURES, "figures")
    sections = [Section(heading, words, make()._repr_html_()) for heading, words, make in bar]
    return page("Deep latent-variable models: figures", "Each computes here, in your browser, offline.", sections)


def figures_command(out: Path) -> int:
    """Write the page.

    Args:
        out: the file.
    Returns:
        The exit code: 0, or 1 when it cannot be written.
    """
    torch.set_num_threads(1)  # of models as small as these
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch()  # before the minute of work
        out.write_text(figures_page(), encoding="utf-8")
    except OSError as error:
        print(f"the page cannot be written: {error}", file=sys.stderr)
        return FAILED
    print(out)
    return OK
