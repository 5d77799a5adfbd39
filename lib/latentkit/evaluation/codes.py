"""How much do discrete codes say about what utterances do? Each number beside what it must beat.

Homogeneity, 1 - H(label | code)/H(label), needs no matching of codes to labels, and has three traps:

- The more codes, the higher it is, for codes of no meaning, too. So it stands beside its value for the same codes dealt
  out to the utterances at random.
- A single bit can be worth a lot: whether there is a question mark.
- The most probable code is a function of the encoder even where q(c | x) is all but uniform, so it may sort utterances
  that the model itself cannot tell apart by c. So homogeneity is also measured on codes drawn from q(c | x).

References:
    Rosenberg and Hirschberg 2007, V-Measure
    Zhao, Lee and Eskenazi 2018; Shi, Zhou, Miao and Li 2020: homogeneity of joint codes with dialogue acts
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical

from latentkit.data.dialog import Turn
from latentkit.data.text import Vocabulary, collate
from latentkit.evaluation.sentences import reconstruction_bleu
from latentkit.models import DiscreteVAE, MixtureVAE
from latentkit.models.discrete_vae import joint_probabilities
from latentkit.models.mixture_prior import MixtureTerms

CHUNK = 200  # utterances at a time
MOST_CODES = 4096
COLLAPSED_SPREAD = 0.1  # standard deviations: less between its components, and a variable has collapsed


@dataclass(frozen=True)
class Interpretability:
    """What a model's codes and reconstructions are worth on N utterances.

    Attributes:
        utterances: N.
        codes_used: how many of the K^N joint codes are some utterance's most probable one.
        homogeneity: of the labels in these codes.
        chance, chance_sd: mean and standard deviation of the same, when the codes are dealt out at random.
        homogeneity_sampled, chance_sampled: the same for codes drawn from q(c | x).
        question_mark: homogeneity of the labels in the one-bit code "contains a question mark".
        mutual_information: I(x; c) of the joint code under q, in nats.
        mutual_information_cap: what it cannot exceed: ln of the number of codes, or of N if that is less.
        bleu: of greedy reconstructions, over the corpus, 0 to 100; zero counts smoothed by nltk's method 1.
        nll: -E_q log p(x | latents), nats per utterance, from one sample each.
        kl: KL of q and prior over all latents; nll + kl is minus the ELBO.
        dispersion: L_d, averaged over utterances, in nats; None for a model without components, as the next two.
        dispersion_at_prior: L_d where all classes are equally probable.
        spread: of the components' means about their centre, in standard deviations of the components.
        collapsed: how many of the variables have components that have fallen together: a spread of their own below 0.1.
    """

    utterances: int
    codes_used: int
    homogeneity: float
    chance: float
    chance_sd: float
    homogeneity_sampled: float
    chance_sampled: float
    question_mark: float
    mutual_information: float
    mutual_information_cap: float
    bleu: float
    nll: float
    kl: float
    dispersion: float | None
    dispersion_at_prior: float | None
    spread: float | None
    collapsed: int | None


@torch.no_grad()
def interpretability(
    model: DiscreteVAE | MixtureVAE,
    vocabulary: Vocabulary,
    turns: Sequence[Turn],
    label: str,
    reconstructed: int = 500,
    seed: int = 0,
) -> Interpretability:
    """Measure a model, in evaluation mode.

    Args:
        model: left in evaluation mode.
        vocabulary: of the model.
        turns: held-out utterances.
        label: which of their labels the codes should recover.
        reconstructed: how many of the turns, the first ones, are reconstructed for BLEU.
        seed: of the samples and of the random codes.
    Raises:
        ValueError: there are no turns, or too many joint codes to sum over.
    """
    model.eval()
    variables, classes = model.sizes.variables, model.sizes.classes
    if not turns or classes**variables > MOST_CODES:
        raise ValueError(
            f"needs utterances, and {MOST_CODES:,} joint codes at most; got {len(turns)} and {classes}^{variables}"
        )
    sentences = [vocabulary.encode(turn.words) for turn in turns]
    labels = [str(turn.labels[label]) for turn in turns]
    device = model.embedding.weight.device
    probabilities, nll, kl, dispersion = [], [], [], []
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        for start in range(0, len(sentences), CHUNK):
            tokens = collate(sentences[start : start + CHUNK]).to(device)
            probabilities.append(model.codes(tokens).cpu())
            terms = model.terms(tokens)
            nll.append(-terms.log_likelihood)
            kl.append(terms.kl)
            if isinstance(terms, MixtureTerms):
                dispersion.append(terms.dispersion)
        q_c = torch.cat(probabilities)
        drawn = number_of_joint_code(Categorical(q_c).sample(), classes)
    codes = most_probable_joint_codes(q_c)
    information, cap = joint_mutual_information(q_c)
    chance, chance_sd = chance_homogeneity(labels, codes, seed=seed)
    mixture = model.mixture if isinstance(model, MixtureVAE) else None
    return Interpretability(
        utterances=len(turns),
        codes_used=len(codes.unique()),
        homogeneity=homogeneity(labels, codes),
        chance=chance,
        chance_sd=chance_sd,
        homogeneity_sampled=homogeneity(labels, drawn),
        chance_sampled=chance_homogeneity(labels, drawn, seed=seed)[0],
        question_mark=homogeneity(labels, [int("?" in turn.words) for turn in turns]),
        mutual_information=information,
        mutual_information_cap=cap,
        bleu=reconstruction_bleu(model, sentences[:reconstructed]),
        nll=torch.cat(nll).mean().item(),
        kl=torch.cat(kl).mean().item(),
        dispersion=torch.cat(dispersion).mean().item() if mixture else None,
        dispersion_at_prior=mixture.dispersion_at_prior().item() if mixture else None,
        spread=mixture.spread().item() if mixture else None,
        collapsed=int((mixture.spreads() < COLLAPSED_SPREAD).sum()) if mixture else None,
    )


def homogeneity(labels: Sequence[str], codes: Tensor | Sequence[int]) -> float:
    """1 - H(label | code)/H(label), in [0, 1]; 1 where there is only one label. Both have N entries."""
    from sklearn.metrics import homogeneity_score  # half a second, which most who import this do not need

    return float(homogeneity_score(list(labels), list(map(int, codes))))


def chance_homogeneity(
    labels: Sequence[str], codes: Tensor | Sequence[int], draws: int = 20, seed: int = 0
) -> tuple[float, float]:
    """Mean and standard deviation of the homogeneity when the same codes are dealt out at random.

    Args:
        labels, codes: of N utterances.
        draws: how many times they are shuffled.
        seed: of the shuffles.
    """
    random, dealt = np.random.default_rng(seed), np.array(list(map(int, codes)))
    found = [homogeneity(labels, random.permutation(dealt).tolist()) for _ in range(draws)]
    return float(np.mean(found)), float(np.std(found, ddof=1))


def most_probable_joint_codes(q_c: Tensor) -> Tensor:
    """One number for the most probable class of each variable, [B], of probabilities [B, N, K]."""
    return number_of_joint_code(q_c.argmax(-1), q_c.shape[-1])


def number_of_joint_code(choices: Tensor, classes: int) -> Tensor:
    """One number for N choices among K classes, [B], of choices [B, N]: the first is the leading digit in base K."""
    powers = classes ** torch.arange(choices.shape[1] - 1, -1, -1, device=choices.device)
    return (choices * powers).sum(-1)


def joint_mutual_information(q_c: Tensor) -> tuple[float, float]:
    """I(x; c) = H(q̄) - mean H(q) of the joint code under N utterances, and what it cannot exceed; in nats.

    The sum over single variables would count twice what two of them say alike. The average q̄ of B posteriors is at
    least a B-th of each of them, so no estimate exceeds ln B: 3.47 in a batch of 32.

    Args:
        q_c: probabilities, [B, N, K].
    """
    average = torch.zeros(q_c.shape[2] ** q_c.shape[1])
    for chunk in q_c.split(CHUNK):
        average += joint_probabilities(chunk).sum(0)
    entropy = torch.special.entr(average / len(q_c)).sum().item()
    conditional = torch.special.entr(q_c).sum((1, 2)).mean().item()
    return entropy - conditional, min(math.log(len(average)), math.log(len(q_c)))
