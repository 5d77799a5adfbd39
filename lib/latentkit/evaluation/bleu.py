"""How far sentences share their words and word sequences: with references, or with each other.

References:
    [1] Papineni et al. 2002, BLEU, https://aclanthology.org/P02-1040
    [2] Zhu et al. 2018, Texygen: self-BLEU, https://arxiv.org/abs/1802.01886
"""

from collections.abc import Hashable, Sequence

COMPARED = 100  # sentences that are compared with each other in self-BLEU


def bleu(references: Sequence[Sequence[Sequence[Hashable]]], sentences: Sequence[Sequence[Hashable]]) -> float:
    """BLEU over the corpus, 0 to 100 [1]; counts of zero are smoothed by nltk's method 1.

    Args:
        references: for each sentence all that it may say, as words or their numbers.
        sentences: as many, as words or their numbers.
    """
    from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu

    return 100 * float(corpus_bleu(references, sentences, smoothing_function=SmoothingFunction().method1))


def self_bleu(sentences: Sequence[Sequence[str]]) -> float:
    """BLEU of each of the first 100 sentences, as words, against the other 99, 0 to 100, on average [2]; 0 of one."""
    if len(sentences) < 2:
        return 0.0  # there is nothing to be like
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    compared, smooth = list(sentences[:COMPARED]), SmoothingFunction().method1
    scores = [
        sentence_bleu(compared[:number] + compared[number + 1 :], words, smoothing_function=smooth)
        for number, words in enumerate(compared)
    ]
    return 100 * sum(scores) / len(scores)
