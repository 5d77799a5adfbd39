"""Topic models with scikit-learn's conventions: LDA by variational EM, online variational Bayes and Gibbs sampling.

Fit one, then look at it::

    model = VariationalLDA(20, random_state=0).fit(counts)  # [D, V], any scipy sparse format
    model.topic_word_, model.transform(counts), model.perplexity(unseen)
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentkit.topics.words import top_words

if TYPE_CHECKING:
    from latentkit.topics.base import TopicModel
    from latentkit.topics.gibbs import GibbsLDA
    from latentkit.topics.online import OnlineLDA
    from latentkit.topics.variational import VariationalLDA

__all__ = ["GibbsLDA", "OnlineLDA", "VariationalLDA", "load_topics", "top_words"]

_MODULES = {"GibbsLDA": "gibbs", "OnlineLDA": "online", "VariationalLDA": "variational"}


def __getattr__(name: str) -> Any:
    """An estimator, imported when it is first asked for: it brings scikit-learn and numba, which take a second."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def load_topics(folder: Path | str) -> "TopicModel":
    """Read a topic model that was saved.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file holds something else.
    """
    from latentkit.topics.gibbs import GibbsLDA
    from latentkit.topics.online import OnlineLDA
    from latentkit.topics.storage import load
    from latentkit.topics.variational import VariationalLDA

    return load(folder, (VariationalLDA, OnlineLDA, GibbsLDA))
