"""Controlled generation of text: is the attribute obeyed, is the rest left alone, and which loss does it? Seed by seed.

    python tests/benchmarks/results_controlled_text.py [--corpora embedded sst sentence_polarity] [--seeds 5]
        [--out FILE.md]

On the embedded corpus the grammar's parser says what a sentence is about; nothing can fool it. Real sentences are
judged by two judges that no generator has met (`sentiment_judges.py`). A run that is done is kept in build/ and not
repeated; the methods of a seed go on from the same base VAEs. The real corpora come from the cache or the mirror:
`latentkit data get sst`.

Reference: Hu et al. 2017, Toward Controlled Generation of Text, sections 3 and 4
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import torch
from common import table
from seed_by_seed import BUILD, Results, Runs, kept, mean_and_spread, options_of, ordering_table, tell
from sentiment_judges import Judge, ngram_judge, share_right, vader_judge

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.data import load_sentences
from latentkit.data.sentences import sentiment_phrases
from latentkit.data.text import Vocabulary, collate
from latentkit.evaluation.bleu import bleu, self_bleu
from latentkit.evaluation.controlled_text import conditional_perplexity, evaluate_control, speak
from latentkit.models.controlled_text import ATTRIBUTES, ControlledText
from latentkit.reference import controlled_text as reference
from latentkit.training.controlled_text import Losses, train_base, train_wake_sleep

LOSSES = Losses.of(reference)
LONGEST = 15  # words of a real sentence
DRAWN = 500  # sentences that are drawn, and held-out ones that are rewritten
AUGMENTED = 2000  # generated sentences that a small classifier learns from besides

TOLD, DICE = {"told": True}, {"told": False}
L_C, L_Z = {"lambda_c": 1.0}, {"lambda_z": 0.1}
METHODS = {
    "labels alone": TOLD,
    "labels, then L_c and L_z": TOLD | L_C | L_Z,
    "labels, then L_c": TOLD | L_C,
    "labels, then L_z": TOLD | L_Z,
    "250 labels alone": TOLD | {"labelled": 250},
    "250 labels, then L_c and L_z": TOLD | {"labelled": 250} | L_C | L_Z,
    "50 labels alone": TOLD | {"labelled": 50},
    "50 labels, then L_c and L_z": TOLD | {"labelled": 50} | L_C | L_Z,
    "dice, then labels, L_c and L_z": DICE | L_C | L_Z,
}
"""What the base is told of c, and the weights of the losses of wake and sleep, left out where there are none."""


@dataclass(frozen=True)
class Settings:
    """What decides a run, besides the corpus, the seed and the method.

    Attributes:
        sizes: of the model.
        base: how the base is trained.
        told, dice: how wake and sleep go on from a base that was told the code, and from one whose code was thrown.
    """

    sizes: Mapping[str, int]
    base: Mapping[str, Any]
    told: Mapping[str, Any]
    dice: Mapping[str, Any]


GENTLY = {"steps": 400, "kl_weight": 1.0, "temperature": (0.5, 0.1), "learning_rate": 5e-4}
FROM_DICE = {"steps": 1200, "kl_weight": 1.0, "temperature": (1.0, 0.2), "learning_rate": 2e-3, "word_dropout": 0.2}
REVIEWS = Settings(
    {"embedding_dim": 64, "hidden_dim": 128, "latent_dim": 16},
    {"steps": 6000, "kl_weight": (0.05, 0.3)},
    GENTLY | {"kl_weight": 0.3},
    FROM_DICE | {"kl_weight": 0.3},
)
SETTINGS = {
    "embedded": Settings(
        {"embedding_dim": 48, "hidden_dim": 128, "latent_dim": 16}, {"steps": 10_000}, GENTLY, FROM_DICE
    ),
    "sst": REVIEWS,
    "sentence_polarity": REVIEWS,
}


@dataclass(frozen=True)
class Material:
    """Sentences with their labels, and who judges what is generated from them.

    Attributes:
        train, test: sentences, as words.
        train_labels, test_labels: one dictionary a sentence.
        attributes: the classes of each attribute.
        vocabulary: of the training set.
        judges: by name; none on the embedded corpus, whose parser judges.
        judges_right: how often each is right about the test sentences.
    """

    train: list[list[str]]
    train_labels: list[dict[str, Any]]
    test: list[list[str]]
    test_labels: list[dict[str, Any]]
    attributes: Mapping[str, Sequence[str]]
    vocabulary: Vocabulary
    judges: Mapping[str, Judge]
    judges_right: Mapping[str, float]


@cache
def material(corpus: str) -> Material:
    """What a corpus gives to train on, to measure on, and to judge by.

    - sst: the labelled phrases of 4 to 15 words of half of the training trees; the judge learns from all phrases of
      the other half. Measured on the test sentences of at most 15 words. Neutral ones are left out everywhere.
    - sentence_polarity: the sentences of at most 15 words; the judge learns from the longer ones.
    """
    found = load_sentences(corpus)
    if corpus == "embedded":
        vocabulary = Vocabulary.from_sentences(found.train)
        train, test = (found.train, found.labels["train"]), (found.test, found.labels["test"])
        return Material(*train, *test, ATTRIBUTES, vocabulary, {}, {})
    if corpus == "sst":
        halves: tuple[list[Any], list[Any]] = ([], [])
        for words, tree in zip(found.train, found.parses["train"], strict=True):
            half = sha256(" ".join(words).encode()).digest()[0] % 2
            halves[half].extend(phrase for phrase in sentiment_phrases(tree) if phrase[1]["polarity"] != "neutral")
        pairs = [phrase for phrase in halves[0] if 4 <= len(phrase[0]) <= LONGEST]
        met = {tuple(words) for words, _ in pairs} | {tuple(words) for words in found.test}
        read_by_judge = [phrase for phrase in halves[1] if tuple(phrase[0]) not in met]
    else:
        everything = list(zip(found.train, found.labels["train"], strict=True))
        pairs = [pair for pair in everything if len(pair[0]) <= LONGEST]
        read_by_judge = [pair for pair in everything if len(pair[0]) > LONGEST]
    tested = [
        (words, labels)
        for words, labels in zip(found.test, found.labels["test"], strict=True)
        if len(words) <= LONGEST and labels["polarity"] != "neutral"
    ]
    judges = {
        "n-grams": ngram_judge(
            [words for words, _ in read_by_judge], [which["polarity"] for _, which in read_by_judge]
        ),
        "VADER": vader_judge(),
    }
    test, test_labels = [words for words, _ in tested], [labels for _, labels in tested]
    true = [labels["polarity"] for labels in test_labels]
    train, train_labels = [words for words, _ in pairs], [labels for _, labels in pairs]
    return Material(
        train,
        train_labels,
        test,
        test_labels,
        {"sentiment": ATTRIBUTES["sentiment"]},
        Vocabulary.from_sentences(train, min_count=2, max_size=2000),
        judges,
        {name: share_right(judge, test, true) for name, judge in judges.items()},
    )


def base_model(corpus: str, told: bool, labelled: int | None, seed: int) -> ControlledText:
    """The VAE that the methods of a seed go on from, trained now or taken from build/.

    Args:
        corpus, seed: which.
        told: whether c is the label, or what the discriminators hear; else it is thrown by dice.
        labelled: how many sentences have a label.
    """
    settings, of = SETTINGS[corpus], material(corpus)
    decided = {"corpus": corpus, "sizes": settings.sizes, "base": settings.base, "told": told, "labelled": labelled}
    key = sha256(repr([decided, seed, of.vocabulary.words]).encode()).hexdigest()[:16]
    folder = BUILD / "results_controlled_text" / key
    if (folder / "model.json").is_file():
        return load(folder, kind="controlled_text").model
    torch.manual_seed(seed)
    model = ControlledText(len(of.vocabulary), **settings.sizes, attributes=of.attributes)
    sentences = [of.vocabulary.encode(words) for words in of.train]
    codes = model.code_of(of.train_labels) if told else None
    label = f"{corpus}, base, seed {seed}"
    train_base(model, sentences, codes, labelled=labelled, **settings.base, seed=seed, label=label)
    save(folder, Checkpoint(model, of.vocabulary, decided | {"seed": seed}))
    return model


def measure(corpus: str, method: str, seed: int) -> dict[str, Any]:
    """Train and measure one model, or take it from the runs that are kept."""
    settings, chosen = SETTINGS[corpus], METHODS[method]
    told, labelled = chosen["told"], chosen.get("labelled")
    weights = {name: weight for name, weight in chosen.items() if name.startswith("lambda")}
    options = {"lambda_c": 0.0, "lambda_z": 0.0} | (settings.told if told else settings.dice) | weights

    def train() -> dict[str, Any]:
        start = time.process_time()
        of, model = material(corpus), base_model(corpus, told, labelled, seed)
        if weights:
            sentences, codes = [of.vocabulary.encode(words) for words in of.train], model.code_of(of.train_labels)
            label = f"{corpus}, {method}, seed {seed}"
            train_wake_sleep(model, sentences, codes, LOSSES, labelled=labelled, **options, seed=seed, label=label)
        found = measure_by_parser(of, model, seed) if corpus == "embedded" else measure_by_judges(of, model, seed)
        encoded = [of.vocabulary.encode(words) for words in of.test[:DRAWN]]
        perplexity = conditional_perplexity(model, encoded, model.code_of(of.test_labels[:DRAWN]))
        if of.judges:
            found |= augment(of, model, labelled, seed)
        return {**found, "perplexity": perplexity, "CPU s": time.process_time() - start}

    described = {"corpus": corpus, "sizes": settings.sizes, "base": settings.base, "seed": seed} | chosen
    return kept("results_controlled_text", described | ({"wake and sleep": options} if weights else {}), train)


def drawn(model: ControlledText, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Latent vectors [N, M] and codes [N, A] from their priors."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(number, model.sizes.latent_dim, generator=generator), model.draw_code(number, generator)


def measure_by_parser(of: Material, model: ControlledText, seed: int) -> dict[str, float]:
    """On the embedded corpus: sentences from the prior, and held-out ones written again."""
    new = evaluate_control(model, of.vocabulary, *drawn(model, DRAWN, seed))
    originals = of.test[:DRAWN]
    tokens = collate([of.vocabulary.encode(words) for words in originals])
    with torch.no_grad():
        z = model.encode(tokens)[0]
    again = evaluate_control(model, of.vocabulary, z, model.code_of(of.test_labels[:DRAWN]), originals)
    return {
        "fluency": 100 * new.fluency,
        "self-BLEU": new.self_bleu,
        **{f"{name} obeyed": 100 * share for name, share in new.accuracy.items()},
        **{f"rest kept, {name}": 100 * share for name, share in new.kept.items()},
        **{f"both, {name}": 100 * share for name, share in new.obeyed_and_kept.items()},
        **{f"exactly, {name}": 100 * share for name, share in new.kept_exactly.items()},
        **{f"rewritten: {name} obeyed": 100 * share for name, share in again.accuracy.items()},
        **{f"rewritten: rest kept, {name}": 100 * share for name, share in again.kept.items()},
        **{f"rewritten: both, {name}": 100 * share for name, share in again.obeyed_and_kept.items()},
        **{f"rewritten: exactly, {name}": 100 * share for name, share in again.kept_exactly.items()},
    }


def measure_by_judges(of: Material, model: ControlledText, seed: int) -> dict[str, float]:
    """On real sentences: is the sentiment heard that was asked for, and do the words stay when it is turned?"""
    classes = tuple(model.sizes.attributes["sentiment"])
    z, code = drawn(model, DRAWN, seed)
    said = speak(model, of.vocabulary, z, code)
    turned = speak(model, of.vocabulary, z, 1 - code)
    asked = [classes[number] for number in code[:, 0].tolist()]
    opposite = [classes[1 - number] for number in code[:, 0].tolist()]
    found = {
        f"{name}: obeyed": 100 * (share_right(judge, said, asked) + share_right(judge, turned, opposite)) / 2
        for name, judge in of.judges.items()
    }
    same = sum(first == second for first, second in zip(said, turned, strict=True)) / DRAWN
    return {
        **found,
        "BLEU, turned": bleu([[words] for words in said], turned),
        "unchanged": 100 * same,
        "self-BLEU": self_bleu(said),
        "self-BLEU, real": self_bleu(of.test),
    }


def augment(of: Material, model: ControlledText, labelled: int | None, seed: int) -> dict[str, float]:
    """How often a small classifier of the labelled sentences is right, and one that read generated ones besides.

    The labelled sentences are those that `train_wake_sleep` drew by the same seed.
    """
    chosen = torch.randperm(len(of.train), generator=torch.Generator().manual_seed(seed))[:labelled].tolist()
    sentences = [of.train[number] for number in chosen]
    polarities = [of.train_labels[number]["polarity"] for number in chosen]
    true = [labels["polarity"] for labels in of.test_labels]
    z, code = drawn(model, AUGMENTED, seed + 1)
    said = speak(model, of.vocabulary, z, code)
    classes = tuple(model.sizes.attributes["sentiment"])
    told = [classes[number] for number in code[:, 0].tolist()]
    return {
        "classifier": 100 * share_right(ngram_judge(sentences, polarities), of.test, true),
        "classifier, augmented": 100 * share_right(ngram_judge(sentences + said, polarities + told), of.test, true),
    }


BARE, FULL, ONLY_C, ONLY_Z = "labels alone", "labels, then L_c and L_z", "labels, then L_c", "labels, then L_z"
FEW, FEW_FULL = "250 labels alone", "250 labels, then L_c and L_z"
FEWEST, FEWEST_FULL = "50 labels alone", "50 labels, then L_c and L_z"
THROWN = "dice, then labels, L_c and L_z"


def obeyed(run: Mapping[str, float]) -> float:
    """How often both attributes are obeyed at least, in sentences that are drawn."""
    return min(run["sentiment obeyed"], run["tense obeyed"])


def least_obeyed_and_kept(run: Mapping[str, float], prefix: str = "") -> float:
    """How often a flip is obeyed and keeps the rest, at the attribute at which that is rarer."""
    return min(run[f"{prefix}both, sentiment"], run[f"{prefix}both, tense"])


ON_GRAMMAR: dict[str, Callable[[Runs], bool]] = {
    "L_c and L_z: both attributes obeyed in 95 % of drawn sentences": lambda of: obeyed(of[FULL]) >= 95,
    "L_c and L_z: 80 % of the flips of drawn sentences obeyed, and the rest kept": lambda of: (
        least_obeyed_and_kept(of[FULL]) >= 80
    ),
    "L_c and L_z: 80 % of the flips of held-out sentences obeyed, and the rest kept": lambda of: (
        least_obeyed_and_kept(of[FULL], "rewritten: ") >= 80
    ),
    "L_c, after all labels, raises what is obeyed": lambda of: obeyed(of[ONLY_C]) > obeyed(of[BARE]),
    "L_z, after all labels, raises what is obeyed and kept": lambda of: (
        least_obeyed_and_kept(of[ONLY_Z]) > least_obeyed_and_kept(of[BARE])
    ),
    "L_c and L_z, after 250 labels, raise what is obeyed": lambda of: obeyed(of[FEW_FULL]) > obeyed(of[FEW]),
    "L_c and L_z, after 50 labels, raise what is obeyed": lambda of: obeyed(of[FEWEST_FULL]) > obeyed(of[FEWEST]),
    "250 labels: both attributes obeyed in 90 %": lambda of: obeyed(of[FEW_FULL]) >= 90,
    "50 labels obey less than 250": lambda of: obeyed(of[FEWEST_FULL]) < obeyed(of[FEW_FULL]),
    "after a base that was told, more is obeyed and kept than after dice": lambda of: (
        least_obeyed_and_kept(of[FULL]) > least_obeyed_and_kept(of[THROWN])
    ),
}
ON_REVIEWS: dict[str, Callable[[Runs], bool]] = {
    "L_c, after all labels: the n-gram judge hears the sentiment more often": lambda of: (
        of[ONLY_C]["n-grams: obeyed"] > of[BARE]["n-grams: obeyed"]
    ),
    "L_c, after all labels: so does VADER": lambda of: of[ONLY_C]["VADER: obeyed"] > of[BARE]["VADER: obeyed"],
    "L_z, after all labels: more words stay when the sentiment is turned": lambda of: (
        of[ONLY_Z]["BLEU, turned"] > of[BARE]["BLEU, turned"]
    ),
    "L_c and L_z, after 250 labels: the judge hears the sentiment more often": lambda of: (
        of[FEW_FULL]["n-grams: obeyed"] > of[FEW]["n-grams: obeyed"]
    ),
    "250 labels obey less than all": lambda of: of[FEW_FULL]["n-grams: obeyed"] < of[FULL]["n-grams: obeyed"],
    "generated sentences help a classifier of 250 labels": lambda of: (
        of[FEW_FULL]["classifier, augmented"] > of[FEW_FULL]["classifier"]
    ),
    "generated sentences help a classifier of all labels": lambda of: (
        of[FULL]["classifier, augmented"] > of[FULL]["classifier"]
    ),
}


def tables(results: Results) -> str:
    """For each corpus means and standard deviations over the seeds, baselines, and how often each ordering held."""
    parts = []
    for corpus, by_seed in results.items():
        columns = list(dict.fromkeys(name for runs in by_seed for run in runs.values() for name in run))
        columns = [name for name in columns if name not in ("self-BLEU, real", "CPU s")]
        rows = [
            [method, *(mean_and_spread([runs[method].get(column) for runs in by_seed], 1) for column in columns)]
            for method in METHODS
        ]
        seconds = [run["CPU s"] for runs in by_seed for run in runs.values()]
        parts += [
            f"**{corpus}**, {len(by_seed)} seeds, {sum(seconds) / len(seconds):.0f} CPU s a run, the base's share "
            f"included where it was not there yet",
            table(["method", *columns], rows),
            *baselines(corpus, by_seed),
            ordering_table(ON_GRAMMAR if corpus == "embedded" else ON_REVIEWS, {corpus: by_seed}),
        ]
    return "\n\n".join(parts) + "\n"


def baselines(corpus: str, by_seed: Sequence[Runs]) -> list[str]:
    """What the judges say of real sentences, which bounds what they can say of generated ones, and of mere copies."""
    of = material(corpus)
    if not of.judges:
        return []
    rows = []
    for name, right in of.judges_right.items():
        opposite = {"negative": "positive", "positive": "negative"}
        turned = [opposite[labels["polarity"]] for labels in of.test_labels]
        copied = share_right(of.judges[name], of.test, turned)
        rows.append([name, f"{100 * right:.1f}", f"{100 * copied:.1f}", f"{50 * (right + copied):.1f}"])
    real = by_seed[0][FULL]["self-BLEU, real"]
    header = ["judge", "right about real sentences", "of the opposite, copied", "chance: half asked for, all copied"]
    return [
        f"{len(of.train):,} sentences to train on, {len(of.test)} to test on, {len(of.vocabulary):,} words; "
        f"self-BLEU of real sentences {real:.1f}",
        table(header, rows),
    ]


def main() -> None:
    options = options_of(__doc__, SETTINGS, ["embedded"])
    results = {
        corpus: [{method: measure(corpus, method, seed) for method in METHODS} for seed in range(options.seeds)]
        for corpus in options.corpora
    }
    tell(results, tables(results), options)


if __name__ == "__main__":
    main()
