"""Is what was asked for said, and is the rest left alone? On the embedded corpus both are known exactly, by its parser.

Nothing here is judged by a classifier, which a generator might have learned to fool. A sentence that the grammar does
not know obeys nothing and keeps nothing.

Reference:
    Hu et al. 2017, Toward Controlled Generation of Text, https://arxiv.org/abs/1703.00955
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Generator, Tensor
from torch.distributions import kl_divergence

from latentkit.data.grammar import Factors
from latentkit.data.grammar_parser import parse
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.evaluation.bleu import self_bleu
from latentkit.models.controlled_text import LABELS, ControlledText

CHUNK = 200  # sentences at a time: bounds the memory, changes no result's meaning
LONGEST = 30
OTHER_FACTORS = ("pattern", "subject", "age", "topic", "thing", "look", "has_time", "time_first", "has_reason")
OWN_FACTORS = {"polarity": ("attitude", "choice", "negated", "reason"), "tense": ("tense", "time")}
"""By the grammar's label: what a change of it may change. All other factors are somebody else's."""


@dataclass(frozen=True)
class ControlEvaluation:
    """What a model of controlled text says at N latent vectors, with a code each and with each attribute flipped.

    Attributes:
        sentences: N.
        accuracy: by attribute, the share of all sentences, flipped ones among them, that say what was asked for.
        kept: by attribute, the share of its flips that leave the rest as it was, all of `other_factors`.
        obeyed_and_kept: by attribute, the share of its flips that also say all that was asked for. A model that ignores
            c keeps everything; here it has nothing.
        kept_exactly: by attribute, the share of its flips that besides leave the words of the other attributes: the
            time phrase at a flip of the sentiment; verb or adjective, negation and reason at a flip of the tense.
        kept_by_factor: by factor, the share of all flips that leave it as it was.
        fluency: the share of sentences that are sentences of the grammar.
        self_bleu: BLEU of each sentence against the others, 0 to 100, on average; lower is more varied. Counts of zero
            are smoothed.
    """

    sentences: int
    accuracy: Mapping[str, float]
    kept: Mapping[str, float]
    obeyed_and_kept: Mapping[str, float]
    kept_exactly: Mapping[str, float]
    kept_by_factor: Mapping[str, float]
    fluency: float
    self_bleu: float


def other_factors(factors: Factors) -> dict[str, object]:
    """What a sentence says besides its sentiment and its tense, which a change of either must leave alone.

    It does not hold what goes with the one or the other: the words for the attitude, the negation, the reason's
    adjective, and the time phrase itself. So a change of tense that also changes the verb, "did not enjoy" to "hates",
    leaves the rest as it was. That there is a time phrase, where it stands, and that there is a reason do count.
    """
    said = {"has_time": bool(factors.time), "has_reason": factors.reason is not None}
    return {name: said[name] if name in said else getattr(factors, name) for name in OTHER_FACTORS}


@torch.no_grad()
def evaluate_control(
    model: ControlledText,
    vocabulary: Vocabulary,
    z: Tensor,
    code: Tensor,
    originals: Sequence[Sequence[str]] | None = None,
) -> ControlEvaluation:
    """Write a sentence at each latent vector and code, and one for each flip of one attribute, most probable words.

    `model.prior().sample((N,))` and `model.draw_code(N)` ask for new sentences; the posterior's means of held-out
    sentences and `model.code_of` their labels ask for those again, and for their other versions.

    Args:
        model: in evaluation mode; its attributes are ones of the grammar, such as sentiment and tense.
        vocabulary: of the model.
        z: latent vectors, [N, M].
        code: c, [N, A].
        originals: the sentences, as words, that flipped ones are compared with; what the model says at z and c if None.
    Raises:
        ValueError: the numbers of latent vectors, codes and originals differ, or are 0.
    """
    if not len(z) == len(code) > 0 or (originals is not None and len(originals) != len(z)):
        compared_with = "" if originals is None else f" and {len(originals)} originals"
        raise ValueError(f"every latent vector needs a code; got {len(z)} and {len(code)}{compared_with}")
    attributes = model.sizes.attributes
    said = speak(model, vocabulary, z, code)
    parsed = [parse(words) for words in said]
    compared = parsed if originals is None else [parse(words) for words in originals]
    every_parsed = list(parsed)
    obeyed: dict[str, list[bool]] = {name: [] for name in attributes}
    kept: dict[str, list[dict[str, bool]]] = {name: [] for name in attributes}
    both: dict[str, list[bool]] = {name: [] for name in attributes}
    exactly: dict[str, list[bool]] = {name: [] for name in attributes}

    def judge(found: Sequence[Factors | None], asked: Tensor) -> list[bool]:
        """Note which attributes are obeyed; the answer is whether all are, sentence by sentence."""
        all_obeyed = []
        for factors, row in zip(found, asked.tolist(), strict=True):
            told = [
                (name, factors is not None and getattr(factors, LABELS.get(name, name)) == classes[wanted])
                for (name, classes), wanted in zip(attributes.items(), row, strict=True)
            ]
            for name, does in told:
                obeyed[name].append(does)
            all_obeyed.append(all(does for _, does in told))
        return all_obeyed

    judge(parsed, code)
    for a, (name, classes) in enumerate(attributes.items()):
        for turn in range(1, len(classes)):
            flipped = code.clone()
            flipped[:, a] = (code[:, a] + turn) % len(classes)
            found = [parse(words) for words in speak(model, vocabulary, z, flipped)]
            all_obeyed = judge(found, flipped)
            flips_kept = [_kept(before, after) for before, after in zip(compared, found, strict=True)]
            kept[name] += flips_kept
            both[name] += [does and all(flip.values()) for does, flip in zip(all_obeyed, flips_kept, strict=True)]
            exactly[name] += [
                all(flip.values()) and _only_its_own(before, after, LABELS.get(name, name))
                for flip, before, after in zip(flips_kept, compared, found, strict=True)
            ]
            every_parsed += found
    flips = [flip for flipped in kept.values() for flip in flipped]
    return ControlEvaluation(
        sentences=len(z),
        accuracy={name: _share(values) for name, values in obeyed.items()},
        kept={name: _share([all(flip.values()) for flip in flipped]) for name, flipped in kept.items()},
        obeyed_and_kept={name: _share(values) for name, values in both.items()},
        kept_exactly={name: _share(values) for name, values in exactly.items()},
        kept_by_factor={factor: _share([flip[factor] for flip in flips]) for factor in flips[0]},
        fluency=_share([factors is not None for factors in every_parsed]),
        self_bleu=self_bleu(said),
    )


@torch.no_grad()
def speak(model: ControlledText, vocabulary: Vocabulary, z: Tensor, code: Tensor) -> list[list[str]]:
    """The most probable words at latent vectors [N, M] and codes [N, A], without EOS."""
    joined = model.join(z, code)
    rows = [row for part in joined.split(CHUNK) for row in greedy(model.step, part, LONGEST)]
    return [vocabulary.decode(row).split() for row in rows]


@torch.no_grad()
def conditional_perplexity(
    model: ControlledText, sentences: Sequence[Sequence[int]], code: Tensor, samples: int = 4, seed: int = 0
) -> float:
    """Per word, at most, of sentences whose attributes are given: exp of -(E_q log p(x | z, c) - KL) per word.

    Args:
        model: in evaluation mode.
        sentences: encoded, without BOS and EOS; EOS counts as a word.
        code: c, [N, A].
        samples: of z for each sentence.
        seed: of the samples.
    Raises:
        ValueError: there are no sentences, or not as many codes.
    """
    if not len(sentences) == len(code) > 0:
        raise ValueError(f"every sentence needs a code; got {len(sentences)} and {len(code)}")
    generator = Generator().manual_seed(seed)
    elbo = 0.0
    for start in range(0, len(sentences), CHUNK):
        tokens = collate(sentences[start : start + CHUNK]).to(code.device)
        q = model.posterior(tokens)
        elbo -= kl_divergence(q, model.prior()).sum().item()
        for _ in range(samples):
            noise = torch.randn(q.mean.shape, generator=generator, dtype=q.mean.dtype).to(code.device)
            joined = model.join(q.mean + q.stddev * noise, code[start : start + CHUNK])
            elbo += model.log_likelihood(tokens, joined).sum().item() / samples
    return math.exp(-elbo / sum(len(sentence) + 1 for sentence in sentences))


def _kept(before: Factors | None, after: Factors | None) -> dict[str, bool]:
    """Which of the other factors two analyses share; none where there is no analysis."""
    if before is None or after is None:
        return dict.fromkeys(OTHER_FACTORS, False)
    again = other_factors(after)
    return {name: value == again[name] for name, value in other_factors(before).items()}


def _only_its_own(before: Factors | None, after: Factors | None, label: str) -> bool:
    """Whether two analyses differ in no factor but those that a change of the label may change."""
    if before is None or after is None:
        return False
    own = OWN_FACTORS.get(label, (label,))
    return all(getattr(before, f.name) == getattr(after, f.name) for f in fields(Factors) if f.name not in own)


def _share(values: Sequence[bool]) -> float:
    return sum(map(bool, values)) / len(values)
