"""Controlled generation of text: is the attribute obeyed, is the rest left alone, and which loss does it? Seed by seed.

    python tests/benchmarks/results_controlled_text.py [--corpora embedded sst sentence_polarity] [--seeds 5]
        [--out FILE.md]

On the embedded corpus the grammar's parser says what a sentence is about; nothing can fool it. Real sentences are
judged by two judges that no generator has met (`sentiment_judges.py`). A run that is done is kept in build/ and not
repeated; the variants of a seed go on from the same base VAE. The real corpora come from the cache or the mirror:
`latentkit data get sst`.

Reference: Hu et al. 2017, Toward Controlled Generation of Text, sections 3 and 4
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

import torch
from common import table
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu
from seed_by_seed import BUILD, Results, Runs, kept, mean_and_spread, options_of, ordering_table, tell
from sentiment_judges import Judge, ngram_judge, share_right, vader_judge

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.data import load_sentences
from latentkit.data.sentences import sentiment_phrases
from latentkit.data.text import Vocabulary, collate
from latentkit.evaluation.controlled_text import conditional_perplexity, evaluate_control, self_bleu, speak
from latentkit.models.controlled_text import ATTRIBUTES, ControlledText, ControlledTextSizes
from latentkit.reference import controlled_text as reference
from latentkit.training.controlled_text import Losses, train_base, train_wake_sleep

LOSSES = Losses.of(reference)
LONGEST = 15  # words of a real sentence
DRAWN = 500  # sentences that are drawn, and held-out ones that are rewritten
AUGMENTED = 2000  # generated sentences that a small classifier learns from besides

METHODS = {
    "labels alone: no L_c, no L_z": {"lambda_c": 0.0, "lambda_z": 0.0},
    "without L_c": {"lambda_c": 0.0},
    "without L_z": {"lambda_z": 0.0},
    "all three losses": {},
    "all three, 250 labels": {"labelled": 250},
    "all three, 50 labels": {"labelled": 50},
}


@dataclass(frozen=True)
class Settings:
    """What decides a run, besides the corpus, the seed and the method: sizes and both stages of training."""

    sizes: Mapping[str, int]
    base: Mapping[str, float]
    wake_sleep: Mapping[str, Any] = field(default_factory=dict)


SETTINGS = {
    "embedded": Settings({"embedding_dim": 48, "hidden_dim": 128, "latent_dim": 16}, {"steps": 6000}, {"steps": 1500}),
    "sst": Settings({"embedding_dim": 64, "hidden_dim": 128, "latent_dim": 16}, {"steps": 3000}, {"steps": 1000}),
    "sentence_polarity": Settings(
        {"embedding_dim": 64, "hidden_dim": 128, "latent_dim": 16}, {"steps": 3000}, {"steps": 1000}
    ),
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


def base_model(corpus: str, seed: int) -> ControlledText:
    """The VAE that all variants of a seed go on from, trained now or taken from build/."""
    settings, of = SETTINGS[corpus], material(corpus)
    facts = {"settings": asdict(settings), "seed": seed, "words": len(of.vocabulary)}
    key = sha256(repr([corpus, settings.sizes, settings.base, seed]).encode()).hexdigest()[:16]
    folder = BUILD / "results_controlled_text" / key
    if folder.exists():
        return load(folder, kind="controlled_text").model
    torch.manual_seed(seed)
    model = ControlledText(ControlledTextSizes(len(of.vocabulary), **settings.sizes, attributes=of.attributes))
    sentences = [of.vocabulary.encode(words) for words in of.train]
    train_base(model, sentences, **settings.base, seed=seed, label=f"{corpus}, base, seed {seed}")
    save(folder, Checkpoint(model, of.vocabulary, facts))
    return model


def measure(corpus: str, method: str, seed: int) -> dict[str, Any]:
    """Train and measure one model, or take it from the runs that are kept."""
    settings = {"corpus": corpus, **asdict(SETTINGS[corpus]), "method": METHODS[method], "seed": seed}

    def train() -> dict[str, Any]:
        start = time.process_time()
        of, model = material(corpus), base_model(corpus, seed)
        sentences = [of.vocabulary.encode(words) for words in of.train]
        options = {**SETTINGS[corpus].wake_sleep, **METHODS[method]}
        label = f"{corpus}, {method}, seed {seed}"
        train_wake_sleep(model, sentences, model.code_of(of.train_labels), LOSSES, **options, seed=seed, label=label)
        found = measure_by_parser(of, model, seed) if corpus == "embedded" else measure_by_judges(of, model, seed)
        encoded = [of.vocabulary.encode(words) for words in of.test[:DRAWN]]
        perplexity = conditional_perplexity(model, encoded, model.code_of(of.test_labels[:DRAWN]))
        if corpus != "embedded" and METHODS[method].get("lambda_c") != 0:
            found |= augment(of, model, METHODS[method].get("labelled"), seed)
        return {**found, "perplexity": perplexity, "CPU s": time.process_time() - start}

    return kept("results_controlled_text", settings, train)


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
    again = evaluate_control(model, of.vocabulary, z, model.code_of(of.test_labels[:DRAWN]))
    return {
        "fluency": 100 * new.fluency,
        "self-BLEU": new.self_bleu,
        **{f"{name} obeyed": 100 * share for name, share in new.accuracy.items()},
        **{f"rest kept, {name}": 100 * share for name, share in new.kept.items()},
        **{f"rewritten: {name} obeyed": 100 * share for name, share in again.accuracy.items()},
        **{f"rewritten: rest kept, {name}": 100 * share for name, share in again.kept.items()},
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
    smooth = SmoothingFunction().method1
    same = sum(first == second for first, second in zip(said, turned, strict=True)) / DRAWN
    return {
        **found,
        "BLEU, turned": 100 * corpus_bleu([[words] for words in said], turned, smoothing_function=smooth),
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


def rest(run: Mapping[str, float]) -> float:
    """How often the rest is kept, in the mean over both attributes."""
    return (run["rest kept, sentiment"] + run["rest kept, tense"]) / 2


FULL, BARE, NO_C, NO_Z = "all three losses", "labels alone: no L_c, no L_z", "without L_c", "without L_z"
FEW, FEWEST = "all three, 250 labels", "all three, 50 labels"
ON_GRAMMAR: dict[str, Callable[[Runs], bool]] = {
    "sentiment and tense are each obeyed in 95 %, all three losses": lambda of: (
        min(of[FULL]["sentiment obeyed"], of[FULL]["tense obeyed"]) >= 95
    ),
    "the rest is kept in 80 % of each attribute's flips, all three losses": lambda of: (
        min(of[FULL]["rest kept, sentiment"], of[FULL]["rest kept, tense"]) >= 80
    ),
    "L_c: sentiment is obeyed more often than without": lambda of: (
        of[FULL]["sentiment obeyed"] > of[NO_C]["sentiment obeyed"]
    ),
    "L_c: tense is obeyed more often than without": lambda of: of[FULL]["tense obeyed"] > of[NO_C]["tense obeyed"],
    "L_z: the rest is kept more often than without": lambda of: rest(of[FULL]) > rest(of[NO_Z]),
    "both: the rest is kept more often than by labels alone": lambda of: rest(of[FULL]) > rest(of[BARE]),
    "250 labels: sentiment and tense are each obeyed in 90 %": lambda of: (
        min(of[FEW]["sentiment obeyed"], of[FEW]["tense obeyed"]) >= 90
    ),
    "50 labels obey less than 250": lambda of: of[FEWEST]["sentiment obeyed"] < of[FEW]["sentiment obeyed"],
}
ON_REVIEWS: dict[str, Callable[[Runs], bool]] = {
    "L_c: the n-gram judge hears the sentiment more often than without": lambda of: (
        of[FULL]["n-grams: obeyed"] > of[NO_C]["n-grams: obeyed"]
    ),
    "L_c: so does VADER": lambda of: of[FULL]["VADER: obeyed"] > of[NO_C]["VADER: obeyed"],
    "L_z: more words stay when the sentiment is turned": lambda of: of[FULL]["BLEU, turned"] > of[NO_Z]["BLEU, turned"],
    "250 labels obey less than all": lambda of: of[FEW]["n-grams: obeyed"] < of[FULL]["n-grams: obeyed"],
    "generated sentences help a classifier of 250 labels": lambda of: (
        of[FEW]["classifier, augmented"] > of[FEW]["classifier"]
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
