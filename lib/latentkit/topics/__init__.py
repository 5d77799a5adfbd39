"""Topic models with scikit-learn's conventions: LDA by variational EM, online variational Bayes and Gibbs sampling.

Fit one, then look at it::

    model = VariationalLDA(20, random_state=0).fit(counts)  # [D, V], any scipy sparse format
    model.topic_word_, model.transform(counts), model.perplexity(unseen)
"""

from pathlib import Path

from latentkit.topics.base import TopicModel
from latentkit.topics.gibbs import GibbsLDA
from latentkit.topics.online import OnlineLDA
from latentkit.topics.storage import load
from latentkit.topics.variational import VariationalLDA
from latentkit.topics.words import top_words

__all__ = ["GibbsLDA", "OnlineLDA", "VariationalLDA", "load_topics", "top_words"]


def load_topics(folder: Path | str) -> TopicModel:
    """Read a topic model that was saved.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file holds something else.
    """
    return load(folder, (VariationalLDA, OnlineLDA, GibbsLDA))
