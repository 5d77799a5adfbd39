"""Are meaning and syntax in two codes? Exchanged, each must come from its donor; probed, each must not tell the other.

On the course's constructions both are read off a sentence exactly, by `latentkit.data.construction_grammar.parse`.

Reference: Bao et al. 2019, Generating Sentences from Disentangled Syntactic and Semantic Spaces,
https://arxiv.org/abs/1907.05789
"""

import warnings
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentkit.data.construction_grammar import FUNCTION_WORDS, Meaning, parse, realise

PROBE_DIM, PROBE_RATE, PROBE_PASSES = 64, 5e-3, 40  # units of a probe's hidden layer, its learning rate, its passes


@dataclass(frozen=True)
class ExchangeEvaluation:
    """What is said at z_sem of one sentence and z_syn of another, as shares of N such pairs.

    Attributes:
        exact: the meaning of the first in the syntax of the second, word for word.
        meaning: sentences with the meaning of the first, in whatever syntax.
        syntax: sentences with the syntax of the second, whatever they mean.
        words_kept: of the first's words, function words left out, those that are said, on average.
        reversed: sentences in which agent and patient have changed places, and nothing else of the meaning.
        fluency: sentences of the grammar.
    """

    exact: float
    meaning: float
    syntax: float
    words_kept: float
    reversed: float
    fluency: float


def evaluate_exchange(
    said: Sequence[Sequence[str]], meant: Sequence[Sequence[str]], built: Sequence[Sequence[str]]
) -> ExchangeEvaluation:
    """Judge what was said in place of N sentences.

    Args:
        said: as words.
        meant, built: the sentences, as words, whose meaning and whose syntax were asked for.
    Raises:
        ValueError: the numbers differ or are 0, or a donor is no sentence of the grammar.
    """
    if not len(said) == len(meant) == len(built) > 0:
        raise ValueError(f"each sentence needs both donors; got {len(said)}, {len(meant)} and {len(built)}")
    counts: Counter[str] = Counter()
    kept = 0.0
    for words, first, second in zip(said, meant, built, strict=True):
        of_meaning, of_syntax, found = parse(first), parse(second), parse(words)
        if of_meaning is None or of_syntax is None:
            strange = " ".join(second if of_meaning else first)
            raise ValueError(f"a donor must be a sentence of the grammar, got {strange!r}")
        kept += share_of_words(words, first)
        if found is None:
            continue
        asked = realise(of_meaning.meaning, of_syntax.syntax)
        counts["exact"] += found.words == asked.words
        counts["meaning"] += found.meaning == of_meaning.meaning
        counts["syntax"] += found.syntax == of_syntax.syntax
        counts["reversed"] += found.meaning == turned_round(of_meaning.meaning)
        counts["fluency"] += 1
    shares = {name: counts[name] / len(said) for name in ("exact", "meaning", "syntax", "reversed", "fluency")}
    return ExchangeEvaluation(words_kept=kept / len(said), **shares)


def share_of_words(said: Sequence[str], meant: Sequence[str]) -> float:
    """The share of a sentence's words, function words left out, that another says as often; 1 where it has none."""
    wanted = Counter(word for word in meant if word not in FUNCTION_WORDS)
    return (wanted & Counter(said)).total() / wanted.total() if wanted else 1.0


def turned_round(meaning: Meaning) -> Meaning:
    """The meaning in which agent and patient, each with its adjective, have changed places."""
    return replace(
        meaning,
        agent=meaning.patient,
        agent_is=meaning.patient_is,
        patient=meaning.agent,
        patient_is=meaning.agent_is,
    )


@dataclass(frozen=True)
class Probe:
    """How well a reader that was trained afresh tells a label from a code, on sentences that it has not seen.

    Attributes:
        accuracy: share of the labels that it tells.
        chance: share of the label that is most frequent in training, which is told without any code.
        logits: the logarithms of its probabilities, [N, C].
        labels: the right ones, [N], numbered in the order of `classes`.
        classes: the labels that there are.
    """

    accuracy: float
    chance: float
    logits: Tensor
    labels: Tensor
    classes: Sequence[Hashable]


def probe(
    codes: Tensor, labels: Sequence[Hashable], new_codes: Tensor, new_labels: Sequence[Hashable], seed: int = 0
) -> Probe:
    """Train a network of one hidden layer to tell labels from codes, then ask it about others.

    It is an adversary that the encoder has never met: what it finds is in the code, though what it does not find may
    be there too. It is scikit-learn's, and goes through the codes 40 times.

    Args:
        codes, labels: to train on, [N, D] and N.
        new_codes, new_labels: to test on.
        seed: of the network.
    Raises:
        ValueError: the numbers of codes and labels differ, or a new label is none of the first.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(codes) != len(labels) or len(new_codes) != len(new_labels):
        told = f"{len(codes)} and {len(labels)}, then {len(new_codes)} and {len(new_labels)}"
        raise ValueError(f"every code needs a label; got {told}")
    number = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    strange = next((label for label in new_labels if label not in number), None)
    if strange is not None:
        raise ValueError(f"a label to test on must be there to train on; {strange!r} is not")
    known, asked = ([number[label] for label in each] for each in (labels, new_labels))
    network = MLPClassifier((PROBE_DIM,), learning_rate_init=PROBE_RATE, max_iter=PROBE_PASSES, random_state=seed)
    reader = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as many passes as it gets, lest it learn codes by heart
        reader.fit(codes.detach().cpu().numpy(), known)
    logits = torch.from_numpy(reader.predict_log_proba(new_codes.detach().cpu().numpy()))
    right, frequent = torch.tensor(asked), Counter(known).most_common(1)[0][0]
    return Probe(
        accuracy=(logits.argmax(-1) == right).double().mean().item(),
        chance=(right == frequent).double().mean().item(),
        logits=logits,
        labels=right,
        classes=tuple(number),
    )
