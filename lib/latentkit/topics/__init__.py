"""Topic models with scikit-learn's conventions: LDA by variational EM, online variational Bayes and Gibbs sampling.

model = VariationalLDA(20, random_state=0).fit(counts)  # [D, V], any scipy sparse format
model.topic_word_, model.transform(counts), model.perplexity(unseen)
"""

from latentkit.topics.gibbs import GibbsLDA
from latentkit.topics.online import OnlineLDA
from latentkit.topics.storage import load_topics
from latentkit.topics.variational import VariationalLDA
from latentkit.topics.words import top_words

__all__ = ["GibbsLDA", "OnlineLDA", "VariationalLDA", "load_topics", "top_words"]
