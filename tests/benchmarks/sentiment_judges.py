"""Who says whether a generated sentence is positive: two judges that the generator has never met.

One is a linear classifier of words and pairs of words, trained on sentences that no generator is trained on; how often
it is right about real sentences is stated beside what it says. The other is VADER, a lexicon with rules.

References:
    Hutto and Gilbert 2014, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text
"""

import zipfile
from collections.abc import Callable, Sequence

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from latentkit.data.download import locate
from latentkit.data.registry import data_set

Sentence = Sequence[str]
Judge = Callable[[Sequence[Sentence]], list[str]]
"""Sentences, as words, to "negative" or "positive" for each; VADER also says "neutral"."""


def ngram_judge(sentences: Sequence[Sentence], polarities: Sequence[str]) -> Judge:
    """A logistic regression on words and pairs of words, weighted by TF-IDF, trained on these sentences."""
    pipeline = make_pipeline(
        TfidfVectorizer(
            tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2), min_df=2, sublinear_tf=True
        ),
        LogisticRegression(solver="liblinear"),
    )
    pipeline.fit([" ".join(words) for words in sentences], polarities)
    return lambda asked: [str(polarity) for polarity in pipeline.predict([" ".join(words) for words in asked])]


class _Vader(SentimentIntensityAnalyzer):
    """nltk's analyser, with the lexicon of the registry instead of one in nltk's data folder."""

    def __init__(self) -> None:
        entry = data_set("vader")
        with zipfile.ZipFile(locate(entry, entry.files[0])) as archive:
            self.lexicon_file = archive.read("vader_lexicon/vader_lexicon.txt").decode("utf-8").rstrip("\n")
        self.lexicon = self.make_lex_dict()
        self.constants = VaderConstants()


def vader_judge() -> Judge:
    """The sign of VADER's compound score; 0, where no word of the lexicon occurs, is "neutral"."""
    analyser = _Vader()

    def judge(asked: Sequence[Sentence]) -> list[str]:
        scores = [analyser.polarity_scores(" ".join(words))["compound"] for words in asked]
        return ["positive" if score > 0 else "negative" if score < 0 else "neutral" for score in scores]

    return judge


def share_right(judge: Judge, sentences: Sequence[Sentence], polarities: Sequence[str]) -> float:
    """How often the judge says what it should."""
    return sum(one == other for one, other in zip(judge(sentences), polarities, strict=True)) / len(polarities)
