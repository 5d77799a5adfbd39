"""Do sentences say their tables, all of each and nothing else, and in how many ways?

On the embedded corpus the grammar's parser answers exactly; on "e2e" the common ways of saying a value are looked for,
so some of what is said is not heard. Each function takes sentences as words, whoever wrote them: a model, a bank of
templates, people.

References:
    [1] Ye et al. 2020, Variational Template Machine for Data-to-Text Generation, https://arxiv.org/abs/2002.01127
    [2] Vinh, Epps and Bailey 2010, adjusted mutual information, https://jmlr.org/papers/v11/vinh10a.html
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from latentkit.data import table_grammar
from latentkit.data.table_grammar import TEMPLATES, Span, Table, TableSentence, facts
from latentkit.data.tables import MASK, TableText
from latentkit.evaluation.bleu import bleu, self_bleu

TABLES_COMPARED = 100  # tables whose sentences are compared with each other in self-BLEU
STARTS = 10  # of k-means; the best is kept
DEALS = 20  # times that clusters are dealt out at random for their chance level


@dataclass(frozen=True)
class TableEvaluation:
    """What N sentences say of their tables. A slot is a field with a value: two hosts are two slots.

    Attributes:
        sentences: N.
        exact: the share of sentences whose slots are exactly the table's: all are said, and no other.
        coverage: the share of all tables' slots that are said.
        hallucination: the share of all slots that are said that are not in the table; 0 where nothing is said.
        fluency: the share of sentences that are sentences of the grammar; None without a parser, as the next two.
        templates: how many templates these follow.
        effective_templates: how many evenly used templates have the same entropy: exp of it. A template that is used
            once adds 1 to the number of templates, and next to nothing here.
        bleu: over the corpus, 0 to 100, against the references; None without any.
        self_bleu: BLEU of each of a table's sentences against the others of the same table, 0 to 100, on average over
            the first 100 tables that have several; lower is more varied. None where no table has several.
    """

    sentences: int
    exact: float
    coverage: float
    hallucination: float
    fluency: float | None
    templates: int | None
    effective_templates: float | None
    bleu: float | None
    self_bleu: float | None


@dataclass(frozen=True)
class TransferEvaluation:
    """What N sentences keep that should say one table in the way in which another table's sentence is said.

    Attributes:
        template_kept: the share of sentences with the donor's template; one that is none of the grammar's keeps none.
        chance: what that share would be if the same sentences had been given the donors at random.
        exact: the share of sentences whose slots are exactly the new table's.
        both: the share with both.
    """

    template_kept: float
    chance: float
    exact: float
    both: float


@dataclass(frozen=True)
class TemplateAgreement:
    """How well clusters of latent vectors are the true templates, by adjusted mutual information: 1 if they are [2].

    Attributes:
        latent: of k-means on z.
        masked_words: of k-means on how often each word stands in the sentence, a mask in place of every value: what
            there is to be had without a model.
        chance: of the clusters of z, dealt out to the sentences at random; about 0.
    """

    latent: float
    masked_words: float
    chance: float


def evaluate_tables(
    sentences: Sequence[Sequence[str]],
    tables: Sequence[Table],
    references: Sequence[Sequence[Sequence[str]]] | None = None,
    *,
    read: Callable[[Sequence[str]], Table] = table_grammar.read_slots,
    parse: Callable[[Sequence[str]], TableSentence | None] | None = table_grammar.parse,
) -> TableEvaluation:
    """Compare what sentences say with what they should say.

    Args:
        sentences: N of them, as words.
        tables: what each should say, [N]; the same table may come several times.
        references: for each all that people, or all templates, say of its table, [N]; None measures no BLEU.
        read: finds the slots of a sentence; for "e2e" `latentkit.data.e2e.read_slots`.
        parse: finds the template of a sentence; None where there is no grammar.
    Raises:
        ValueError: the numbers of sentences, tables and references differ, or are 0.
    """
    if not len(sentences) == len(tables) > 0 or (references is not None and len(references) != len(tables)):
        compared_with = "" if references is None else f" and {len(references)} lists of references"
        raise ValueError(f"every sentence needs a table; got {len(sentences)} and {len(tables)}{compared_with}")
    said = [facts(read(words)) for words in sentences]
    asked = [facts(table) for table in tables]
    both = sum(len(ours & theirs) for ours, theirs in zip(said, asked, strict=True))
    slots_said, slots_asked = sum(map(len, said)), sum(map(len, asked))
    found = [parse(words) for words in sentences] if parse else []
    used = Counter(sentence.template for sentence in found if sentence)
    return TableEvaluation(
        sentences=len(sentences),
        exact=_share([ours == theirs for ours, theirs in zip(said, asked, strict=True)]),
        coverage=both / slots_asked if slots_asked else 1.0,
        hallucination=1 - both / slots_said if slots_said else 0.0,
        fluency=_share([sentence is not None for sentence in found]) if parse else None,
        templates=len(used) if parse else None,
        effective_templates=_effective_number(used) if parse else None,
        bleu=None if references is None else bleu(references, sentences),
        self_bleu=_self_bleu_by_table(sentences, asked),
    )


def evaluate_transfer(
    sentences: Sequence[Sequence[str]], donors: Sequence[TableSentence | TableText], tables: Sequence[Table]
) -> TransferEvaluation:
    """Judge sentences that should say a table in the template of another sentence, on the embedded corpus.

    Args:
        sentences: N of them, as words.
        donors: whose template each should follow, [N].
        tables: what each should say, [N]; not the donor's.
    Raises:
        ValueError: the numbers of sentences, donors and tables differ, or are 0.
    """
    if not len(sentences) == len(donors) == len(tables) > 0:
        raise ValueError(
            f"every sentence needs a donor and a table; got {len(sentences)}, {len(donors)} and {len(tables)}"
        )
    found = [table_grammar.parse(words) for words in sentences]
    templates = [sentence.template if sentence else None for sentence in found]
    kept = [ours == donor.template for ours, donor in zip(templates, donors, strict=True)]
    exact = [
        facts(table_grammar.read_slots(words)) == facts(table) for words, table in zip(sentences, tables, strict=True)
    ]
    theirs = Counter(donor.template for donor in donors)
    return TransferEvaluation(
        template_kept=_share(kept),
        chance=sum(theirs[template] for template in templates if template is not None) / len(sentences) ** 2,
        exact=_share(exact),
        both=_share([way and what for way, what in zip(kept, exact, strict=True)]),
    )


def template_agreement(
    z: Tensor, texts: Sequence[TableSentence | TableText], clusters: int = len(TEMPLATES), seed: int = 0
) -> TemplateAgreement:
    """Cluster latent vectors and compare the clusters with the templates of their sentences.

    Args:
        z: such as the means of q(z | x), [N, M].
        texts: sentences of known template, [N].
        clusters: of k-means.
        seed: of k-means and of the chance level.
    Raises:
        ValueError: there are not as many latent vectors as sentences, or fewer than clusters, or a template is unknown.
    """
    templates = [text.template for text in texts if text.template is not None]
    if len(z) != len(texts) or len(texts) < clusters:
        raise ValueError(
            f"needs as many latent vectors as sentences, {clusters} at least; got {len(z)} and {len(texts)}"
        )
    if len(templates) < len(texts):
        raise ValueError("the templates of these sentences are not known; those of the embedded corpus are")
    words = bags_of_words([masked(text.words, text.spans) for text in texts])
    of_z = _clustered(z.detach().double().cpu().numpy(), clusters, seed)
    random = np.random.default_rng(seed)
    return TemplateAgreement(
        latent=adjusted_mutual_information(templates, of_z),
        masked_words=adjusted_mutual_information(templates, _clustered(words, clusters, seed)),
        chance=float(np.mean([adjusted_mutual_information(templates, random.permutation(of_z)) for _ in range(DEALS)])),
    )


def adjusted_mutual_information(labels: Sequence[int], clusters: Sequence[int] | np.ndarray) -> float:
    """Mutual information less what is expected by chance, over the mean of both entropies less the same: 1 at most [2].

    Args:
        labels, clusters: of N sentences.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(labels, clusters))


def masked(words: Sequence[str], spans: Sequence[Span]) -> tuple[str, ...]:
    """The words with every value as one `MASK`."""
    ends = {start: end for start, end, _ in spans}
    found, at = [], 0
    while at < len(words):
        found.append(MASK if at in ends else words[at])
        at = ends.get(at, at + 1)
    return tuple(found)


def bags_of_words(sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """How often each word stands in each sentence, [N, words]; the words in alphabetical order."""
    columns = {word: column for column, word in enumerate(sorted({word for words in sentences for word in words}))}
    counts = np.zeros((len(sentences), len(columns)))
    for row, words in enumerate(sentences):
        for word in words:
            counts[row, columns[word]] += 1
    return counts


def _clustered(points: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """The cluster of each point, [N], of points [N, M]."""
    from sklearn.cluster import KMeans

    return KMeans(clusters, n_init=STARTS, random_state=seed).fit_predict(points)


def _self_bleu_by_table(sentences: Sequence[Sequence[str]], asked: Sequence[frozenset]) -> float | None:
    groups: dict[frozenset, list[Sequence[str]]] = {}
    for words, table in zip(sentences, asked, strict=True):
        groups.setdefault(table, []).append(words)
    several = [group for group in groups.values() if len(group) > 1][:TABLES_COMPARED]
    return sum(map(self_bleu, several)) / len(several) if several else None


def _effective_number(counts: Counter[int]) -> float:
    """Exp of the entropy of the shares; 0 of nothing."""
    total = sum(counts.values())
    return math.exp(-sum(count / total * math.log(count / total) for count in counts.values())) if total else 0.0


def _share(values: Sequence[bool]) -> float:
    return sum(map(bool, values)) / len(values)
