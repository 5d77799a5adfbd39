"""Data to text with latent templates: is the table said exactly, in how many ways, and what is each part good for?

    python tests/benchmarks/results_vtm.py [--corpora embedded e2e] [--seeds 5] [--out FILE.md]

On the embedded corpus the grammar's parser says which facts a sentence tells and by which template; nothing can fool
it. On "e2e" the common ways of saying a value are looked for: what is told in another way counts as left out. A run
that is done is kept in build/ and not repeated. The restaurants come from the cache or the mirror:
`latentkit data get e2e`.

The rule, stated before the runs: each ordering of `ORDERINGS` is a margin, computed seed by seed; it holds where the
margin is positive in every seed, and its mean more than twice its standard error over the seeds.

Reference: Ye et al. 2020, Variational Template Machine for Data-to-Text Generation, sections 3 and 4
"""

import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import torch
from common import table
from seed_by_seed import Margin, Results, Runs, kept, mean_and_spread, options_of, tell, verdicts
from template_bank import TemplateBank

from latentkit.data import e2e
from latentkit.data.table_grammar import Table, parse, realise_all
from latentkit.data.tables import TableText, TableTexts, by_table, collate_tables, load_tables
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy, sample
from latentkit.evaluation.data_to_text import evaluate_tables, evaluate_transfer, template_agreement
from latentkit.models import TemplateMachine
from latentkit.reference import template_machine as reference
from latentkit.training.template_machine import Losses, table_vocabulary, train_template_machine

LOSSES = Losses.of(reference)
TEMPERATURES = (0.0, 0.3, 0.5, 0.7, 1.0)
TOLD = (0.0, 0.5, 1.0)  # those that the table shows
AT = 0.5  # the temperature that orderings are decided at
TABLES, DRAWS = 100, 10  # test tables, and sentences about each
LONGEST = 60  # words of a sentence

NO_CONTENT, NO_TEMPLATE, NO_Z = {"content_weight": 0.0}, {"template_weight": 0.0}, {"template_dim": 0}
METHODS: dict[str, dict[str, Any]] = {
    "all pairs": {"share": 1.0},
    "all pairs, without template loss": {"share": 1.0} | NO_TEMPLATE,
    "all pairs, and raw text": {"share": 1.0, "raw": True},
    "10 % pairs": {"share": 0.1},
    "10 % pairs, and raw text": {"share": 0.1, "raw": True},
    "10 % pairs, and raw text, without content loss": {"share": 0.1, "raw": True} | NO_CONTENT,
    "10 % pairs, and raw text, without template loss": {"share": 0.1, "raw": True} | NO_TEMPLATE,
    "1 % pairs": {"share": 0.01},
    "1 % pairs, and raw text": {"share": 0.01, "raw": True},
    "plain decoder, all pairs": {"share": 1.0} | NO_Z | NO_CONTENT | NO_TEMPLATE,
    "plain decoder, 10 % pairs": {"share": 0.1} | NO_Z | NO_CONTENT | NO_TEMPLATE,
    "template bank, all pairs": {"share": 1.0, "bank": True},
    "template bank, 10 % pairs": {"share": 0.1, "bank": True},
    "template bank, 1 % pairs": {"share": 0.01, "bank": True},
    "references": {"references": True},
}
"""The share of the training sentences whose tables are known, whether all sentences are read as raw text besides, and
what is left out. A plain decoder has no z: it differs from sentence to sentence by the draws of its words alone. The
references are what people wrote, or what the grammar can say: it shows what the measures make of right sentences."""
ON_GRAMMAR_ALONE = (
    "all pairs, without template loss",
    "10 % pairs, and raw text, without template loss",
    "plain decoder, 10 % pairs",
)
"""Methods that no ordering on real sentences asks for; they are left out there."""


@dataclass(frozen=True)
class Settings:
    """What decides a run, besides the corpus, the seed and the method.

    Attributes:
        sizes: of the model.
        training: of `train_template_machine`.
        min_count: how often a word must occur to be known.
    """

    sizes: Mapping[str, int]
    training: Mapping[str, Any]
    min_count: int


KLS = {"kl_template": (0.1, 1.0), "kl_content": (0.02, 0.2)}
SETTINGS = {
    "embedded": Settings({}, {"steps": 1500} | KLS, 1),
    "e2e": Settings({"embedding_dim": 64, "hidden_dim": 160}, {"steps": 1500} | KLS, 3),
}


@dataclass(frozen=True)
class Material:
    """A corpus as it is trained and measured on.

    Attributes:
        texts: the corpus.
        vocabulary: of its training texts and tables.
        tables: of the test split, `TABLES` of them.
        references: what can be said of each.
        read: finds the values that a text mentions.
        has_grammar: whether templates are known.
    """

    texts: TableTexts
    vocabulary: Vocabulary
    tables: Sequence[Table]
    references: Sequence[Sequence[Sequence[str]]]
    read: Callable[[Sequence[str]], Table] | None
    has_grammar: bool


@cache
def material(corpus: str) -> Material:
    texts = load_tables(corpus)
    vocabulary = table_vocabulary(texts.train, SETTINGS[corpus].min_count)
    if corpus == "embedded":
        tables = [text.table for text in texts.test[:TABLES]]
        references = [[said.words for said in realise_all(told)] for told in tables]
        return Material(texts, vocabulary, tables, references, None, has_grammar=True)
    grouped = by_table(texts.test)[:TABLES]
    tables, references = [told for told, _ in grouped], [said for _, said in grouped]
    return Material(texts, vocabulary, tables, references, e2e.read_slots, has_grammar=False)


def methods(corpus: str) -> list[str]:
    """Those of `METHODS` that are measured on a corpus."""
    return [method for method in METHODS if corpus == "embedded" or method not in ON_GRAMMAR_ALONE]


def paired(corpus: str, share: float, seed: int) -> list[TableText]:
    """The training texts whose tables are known: a share of them, drawn by the seed."""
    train = material(corpus).texts.train
    chosen = Random(seed).sample(range(len(train)), round(share * len(train)))
    return [train[number] for number in chosen]


def measure(corpus: str, method: str, seed: int) -> dict[str, Any]:
    """Train and measure one model, or take it from the runs that are kept."""
    settings, chosen = SETTINGS[corpus], METHODS[method]
    described = {"corpus": corpus, "seed": seed, "tables": TABLES, "draws": DRAWS} | chosen

    def bank() -> dict[str, Any]:
        filled = TemplateBank(paired(corpus, chosen["share"], seed))
        source = Random(seed)
        said = [filled.say(told, source) for told in material(corpus).tables for _ in range(DRAWS)]
        return {f"{name}, {AT}": value for name, value in judged(corpus, said).items()}

    def references() -> dict[str, Any]:
        source = Random(seed)
        said = [source.choice(all_said) for all_said in material(corpus).references for _ in range(DRAWS)]
        return {f"{name}, {AT}": value for name, value in judged(corpus, said).items() if name != "BLEU"}

    def train() -> dict[str, Any]:
        start = time.process_time()
        of = material(corpus)
        torch.manual_seed(seed)
        sizes = dict(settings.sizes) | {name: chosen[name] for name in ("template_dim",) if name in chosen}
        with warnings.catch_warnings():  # a plain decoder has layers of width 0, of which torch warns
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            model = TemplateMachine(len(of.vocabulary), len(of.texts.fields), **sizes)
        weights = {name: value for name, value in chosen.items() if name.endswith("_weight")}
        raw = [text.words for text in of.texts.train] if chosen.get("raw") else []
        train_template_machine(
            model, of.vocabulary, paired(corpus, chosen["share"], seed), raw, LOSSES,
            fields=of.texts.fields, **settings.training, **weights, seed=seed, label=f"{corpus}, {method}, seed {seed}",
        )  # fmt: skip
        found = read_again(corpus, model)
        for temperature in TEMPERATURES:
            said = drawn(corpus, model, temperature, seed)
            found |= {f"{name}, {temperature}": value for name, value in judged(corpus, said).items()}
        return found | {"CPU s": time.process_time() - start}

    if "bank" in chosen or "references" in chosen:
        return kept("results_vtm", described, bank if "bank" in chosen else references)
    return kept("results_vtm", described | {"sizes": settings.sizes, "training": settings.training}, train)


@torch.no_grad()
def drawn(corpus: str, model: TemplateMachine, temperature: float, seed: int) -> list[list[str]]:
    """`DRAWS` sentences about each test table, one table behind the other, each from a z of its own."""
    of, generator = material(corpus), torch.Generator().manual_seed(seed)
    encoded = model.encode_tables(collate_tables(of.tables, of.vocabulary, of.texts.fields)).repeat(DRAWS)
    z = torch.randn(len(encoded.content), model.sizes.template_dim, generator=generator)
    step = model.writer(encoded)
    rows = greedy(step, z, LONGEST) if temperature == 0 else sample(step, z, LONGEST, temperature, generator=generator)
    return [of.vocabulary.decode(row).split() for row in rows]


def judged(corpus: str, said: Sequence[Sequence[str]]) -> dict[str, float]:
    """What `DRAWS` sentences about each of the test tables say, and in how many ways."""
    of = material(corpus)
    readers = {} if of.has_grammar else {"read": of.read, "parse": None}
    tables = [told for told in of.tables for _ in range(DRAWS)]
    references = [all_said for all_said in of.references for _ in range(DRAWS)]
    found = evaluate_tables(said, tables, references, **readers)
    told = {
        "exact": 100 * found.exact,
        "coverage": 100 * found.coverage,
        "hallucination": 100 * found.hallucination,
        "BLEU": found.bleu,
        "self-BLEU": found.self_bleu,
    }
    if of.has_grammar:
        told |= {"fluency": 100 * found.fluency, "templates": found.templates, "effective": found.effective_templates}
        told["ways"] = statistics.mean(
            map(number_of_ways, (said[at : at + DRAWS] for at in range(0, len(said), DRAWS)))
        )
    return told


def number_of_ways(said: Sequence[Sequence[str]]) -> int:
    """How many templates sentences about one table follow; a decoder that chooses by the table uses many in all."""
    return len({sentence.template for sentence in map(parse, said) if sentence})


@torch.no_grad()
def read_again(corpus: str, model: TemplateMachine) -> dict[str, float]:
    """Of held-out sentences: the bound, how near their contents are to their tables, and what their z hold."""
    of = material(corpus)
    texts = of.texts.test[:1000]
    tokens = collate([of.vocabulary.encode(text.words) for text in texts])
    records = collate_tables([text.table for text in texts], of.vocabulary, of.texts.fields)
    torch.manual_seed(0)
    terms = model.terms(tokens, records)
    table_encoding = terms.table.content
    away = (terms.reading.content_mu - table_encoding).square().sum(-1).mean()
    spread = (table_encoding - table_encoding.mean(0)).square().sum(-1).mean()
    found = {
        "-ELBO": -terms.elbo.mean().item(),
        "KL of z": terms.kl_template.mean().item(),
        "content": 1 - (away / spread).item(),
    }
    if not of.has_grammar or not model.sizes.template_dim:
        return found
    agreement = template_agreement(terms.reading.template_mu, texts)
    found |= {"AMI": agreement.latent, "AMI, words": agreement.masked_words, "AMI, chance": agreement.chance}
    step = model.writer(model.encode_tables(records))
    rows = greedy(step, terms.reading.template_mu.roll(1, 0), LONGEST)
    said = [of.vocabulary.decode(row).split() for row in rows]
    donors = [texts[number - 1] for number in range(len(texts))]
    moved = evaluate_transfer(said, donors, [text.table for text in texts])
    return found | {
        "transfer: template": 100 * moved.template_kept,
        "transfer: chance": 100 * moved.chance,
        "transfer: exact": 100 * moved.exact,
        "transfer: both": 100 * moved.both,
    }


FULL, RAW, PLAIN, BANK = "all pairs", "all pairs, and raw text", "plain decoder, all pairs", "template bank, all pairs"
TENTH, TENTH_RAW = "10 % pairs", "10 % pairs, and raw text"
HUNDREDTH, HUNDREDTH_RAW = "1 % pairs", "1 % pairs, and raw text"

EVERYWHERE: dict[str, Margin] = {
    f"all pairs: slots exact more often than from the plain decoder at {AT}": lambda of: (
        of[FULL][f"exact, {AT}"] - of[PLAIN][f"exact, {AT}"]
    ),
    f"all pairs: more varied than the plain decoder at {AT} (self-BLEU)": lambda of: (
        of[PLAIN][f"self-BLEU, {AT}"] - of[FULL][f"self-BLEU, {AT}"]
    ),
    f"all pairs: at {AT} exact more often than the plain decoder at 1.0": lambda of: (
        of[FULL][f"exact, {AT}"] - of[PLAIN]["exact, 1.0"]
    ),
    f"all pairs: exact more often than the template bank at {AT}": lambda of: (
        of[FULL][f"exact, {AT}"] - of[BANK][f"exact, {AT}"]
    ),
    "1 % pairs: exact more often than the template bank": lambda of: (
        of[HUNDREDTH][f"exact, {AT}"] - of["template bank, 1 % pairs"][f"exact, {AT}"]
    ),
    "raw text helps when all is paired (exact)": lambda of: of[RAW][f"exact, {AT}"] - of[FULL][f"exact, {AT}"],
    "raw text helps when 10 % is paired (exact)": lambda of: of[TENTH_RAW][f"exact, {AT}"] - of[TENTH][f"exact, {AT}"],
    "raw text helps when 1 % is paired (exact)": lambda of: (
        of[HUNDREDTH_RAW][f"exact, {AT}"] - of[HUNDREDTH][f"exact, {AT}"]
    ),
    "raw text helps when 10 % is paired (-ELBO)": lambda of: of[TENTH]["-ELBO"] - of[TENTH_RAW]["-ELBO"],
    "raw text helps when 1 % is paired (-ELBO)": lambda of: of[HUNDREDTH]["-ELBO"] - of[HUNDREDTH_RAW]["-ELBO"],
    "the content loss brings c nearer to f(T)": lambda of: (
        of[TENTH_RAW]["content"] - of["10 % pairs, and raw text, without content loss"]["content"]
    ),
    "the content loss makes sentences exact more often": lambda of: (
        of[TENTH_RAW][f"exact, {AT}"] - of["10 % pairs, and raw text, without content loss"][f"exact, {AT}"]
    ),
}
ON_GRAMMAR: dict[str, Margin] = {
    f"all pairs: exact in 95 % of the sentences at {AT}": lambda of: of[FULL][f"exact, {AT}"] - 95,
    f"all pairs: 6 templates used, evenly counted, at {AT}": lambda of: of[FULL][f"effective, {AT}"] - 6,
    f"all pairs: ten draws tell one table in 6 ways at {AT} (with all 14 as likely 7.3)": lambda of: (
        of[FULL][f"ways, {AT}"] - 6
    ),
    "all pairs: ten draws tell one table in more ways than the plain decoder's at 1.0": lambda of: (
        of[FULL][f"ways, {AT}"] - of[PLAIN]["ways, 1.0"]
    ),
    "all pairs: z of another sentence keeps template and slots in 90 %": lambda of: of[FULL]["transfer: both"] - 90,
    "all pairs: clusters of z are nearer to the templates than clusters of masked words": lambda of: (
        of[FULL]["AMI"] - of[FULL]["AMI, words"]
    ),
    "the template loss makes clusters of z agree better with the templates, all pairs": lambda of: (
        of[FULL]["AMI"] - of["all pairs, without template loss"]["AMI"]
    ),
    "the template loss does so with 10 % pairs and raw text": lambda of: (
        of[TENTH_RAW]["AMI"] - of["10 % pairs, and raw text, without template loss"]["AMI"]
    ),
    "the template loss makes a table be told in more ways at 0.0, all pairs": lambda of: (
        of[FULL]["ways, 0.0"] - of["all pairs, without template loss"]["ways, 0.0"]
    ),
}
ORDERINGS = {"embedded": ON_GRAMMAR | EVERYWHERE, "e2e": EVERYWHERE}


def tables(results: Results) -> str:
    """For each corpus what is read off sentences, what is said over temperature, and which orderings held."""
    parts = []
    for corpus, by_seed in results.items():
        names = list(dict.fromkeys(name for runs in by_seed for run in runs.values() for name in run))
        of_z = [name for name in names if name != "CPU s" and not name.endswith(tuple(map(str, TEMPERATURES)))]
        of_words = list(dict.fromkeys(name.rpartition(", ")[0] for name in names if name.endswith(f", {AT}")))

        def cells(method: str, columns: Sequence[str], by_seed: Sequence[Runs] = by_seed) -> list[str]:
            return [mean_and_spread([runs[method].get(column) for runs in by_seed]) for column in columns]

        spoken = [
            [method, temperature, *cells(method, [f"{name}, {temperature}" for name in of_words])]
            for method in methods(corpus)
            for temperature in TOLD
            if f"exact, {temperature}" in by_seed[0][method]
        ]
        read = [[method, *cells(method, of_z)] for method in methods(corpus) if "-ELBO" in by_seed[0][method]]
        seconds = [run["CPU s"] for runs in by_seed for run in runs.values() if "CPU s" in run]
        parts += [
            f"**{corpus}**, {len(by_seed)} seeds, {sum(seconds) / len(seconds):.0f} CPU s a run. What {DRAWS} "
            f"sentences about each of {TABLES} test tables say, by the temperature of their words:",
            table(["method", "temperature", *of_words], spoken),
            "What held-out sentences are read as:",
            table(["method", *of_z], read),
            verdicts(ORDERINGS[corpus], by_seed),
        ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    options = options_of(__doc__, SETTINGS, ["embedded"])
    results = {
        corpus: [{method: measure(corpus, method, seed) for method in methods(corpus)} for seed in range(options.seeds)]
        for corpus in options.corpora
    }
    tell(results, tables(results), options)


if __name__ == "__main__":
    main()
