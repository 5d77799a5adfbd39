"""Meaning in one vector, syntax in the other: does an exchange succeed, what does each hold, what does each loss do?

    python tests/benchmarks/results_syntax_semantics.py [--corpora constructions reversible] [--seeds 5] [--out FILE.md]

On "constructions" and "reversible", the course's grammar, its parser says what a sentence means and how it is built;
nothing can fool it. In the first a patient is a thing, so that the words of a sentence tell who acts; in the second
every other patient is a person. "treebank", sentences of at most 20 words of nltk's sample of the Penn Treebank
(`latentkit data get treebank`), has nobody to parse what a model writes: there the model's own reading is compared.
A run that is done is kept in build/ and not repeated.

The rule, stated before the runs: each ordering of `ORDERINGS` is a margin, computed seed by seed; it holds where the
margin is positive in every seed, and its mean more than twice its standard error over the seeds.

Reference: Bao et al. 2019, Generating Sentences from Disentangled Syntactic and Semantic Spaces, section 4
"""

import re
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import torch
from apted import APTED
from apted.helpers import Tree as ComparedTree
from common import table
from nltk import Tree
from seed_by_seed import Margin, Results, kept, mean_and_spread, options_of, tell, verdicts
from torch import Tensor

from latentkit.data.construction_grammar import FUNCTION_WORDS, Meaning, Syntax, parse
from latentkit.data.grammar import brackets
from latentkit.data.parses import ParseTokens, skeleton
from latentkit.data.sentences import Sentences, load_sentences
from latentkit.data.text import TREEBANK, Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.evaluation.bleu import bleu
from latentkit.evaluation.syntax_semantics import evaluate_exchange, probe, share_of_words
from latentkit.models import SyntaxSemanticsVAE
from latentkit.reference import syntax_semantics as formulas
from latentkit.training.syntax_semantics import ADVERSARIES, Losses, train_syntax_semantics

LOSSES = Losses.of(formulas)
MEANING, SYNTAX = tuple(Meaning.__dataclass_fields__), tuple(Syntax.__dataclass_fields__)
LONGEST = {"constructions": 20, "reversible": 20, "treebank": 20}  # words of a sentence
PROBED = 6000  # training sentences that a probe learns from
SYNTAXES_DRAWN = 5  # z_syn from the prior for each sentence that is paraphrased

NO_TASKS = {"bag_weight": 0.0, "parse_weight": 0.0}
NO_ADVERSARIES: dict[str, Any] = {"adversaries": {}}
SENTENCE_ADVERSARIES = {"sentence_semantic": 0.05, "sentence_syntactic": 0.05}
ALL, PLAIN, NO_READER = "all losses", "code cut in two", "without adversaries"
METHODS: dict[str, dict[str, Any]] = {
    ALL: {},
    PLAIN: NO_TASKS | NO_ADVERSARIES,
    NO_READER: NO_ADVERSARIES,
    "without tasks": NO_TASKS,
    "without the bag of z_sem": {"bag_weight": 0.0},
    "without the parse of z_syn": {"parse_weight": 0.0},
    "without the adversary of the bag": {"adversaries": {"parse": ADVERSARIES["parse"]}},
    "without the adversary of the parse": {"adversaries": {"bag": ADVERSARIES["bag"]}},
    "and adversaries of the sentence": {"adversaries": ADVERSARIES | SENTENCE_ADVERSARIES},
    "small words in the bag": {"all_words": True},
    "one weight for both KLs": {"kl_syntactic": (0.02, 0.1)},
    "roles in the bag": {"roles": True},
}
"""What is changed of the training. A code that is cut in two is a sentence VAE's: nothing says which half is which.
With roles, a bag holds "agent:teacher" in the place of "teacher"."""
COMPARED = {
    "constructions": tuple(method for method in METHODS if method != "roles in the bag"),
    "reversible": (ALL, PLAIN, NO_READER, "roles in the bag"),
    "treebank": (ALL, PLAIN, NO_READER, "small words in the bag"),
}


@dataclass(frozen=True)
class Settings:
    """What decides a run, besides the corpus, the seed and the method.

    Attributes:
        sizes: of the model.
        training: of `train_syntax_semantics`.
        min_count: how often a word must occur to be known.
    """

    sizes: Mapping[str, Any]
    training: Mapping[str, Any]
    min_count: int


SETTINGS = {
    "constructions": Settings({"side_dim": 48}, {"steps": 1500}, 1),
    "reversible": Settings({"side_dim": 48}, {"steps": 1500}, 1),
    "treebank": Settings(
        {"side_dim": 64, "semantic_dim": 32, "syntactic_dim": 16},
        {"steps": 1500, "word_dropout": 0.3, "kl_semantic": (0.05, 0.3), "kl_syntactic": (0.05, 0.3)},
        2,
    ),
}


@cache
def corpus_of(name: str) -> Sentences:
    return load_sentences(name, LONGEST[name])


@cache
def vocabulary_of(name: str, roles: bool) -> Vocabulary:
    train = corpus_of(name).train
    found = Vocabulary.from_sentences(train, min_count=SETTINGS[name].min_count)
    if not roles:
        return found
    tagged = sorted({word for words in train for word in with_roles(words)} - set(found.words))
    return Vocabulary([*found.words, *tagged])


@cache
def parse_tokens_of(name: str) -> ParseTokens:
    return ParseTokens.from_parses(corpus_of(name).parses["train"])


def with_roles(words: Sequence[str]) -> list[str]:
    """The words of a sentence's meaning, those of agent and patient with their roles."""
    sentence = parse(words)
    assert sentence is not None
    said = asdict(sentence.meaning)
    tense = "had" if said.pop("tense") == "past" else "has"
    roles = {"agent": "agent", "agent_is": "agent", "patient": "patient", "patient_is": "patient"}
    return [f"{roles[part]}:{word}" if part in roles else word for part, word in said.items()] + [tense]


def small_words(name: str) -> tuple[str, ...]:
    """The words that a syntax brings with it: the grammar's own, or those of the treebank's closed classes."""
    if name != "treebank":
        return FUNCTION_WORDS
    closed = {"DT", "IN", "TO", "CC", "PRP", "PRP$", "MD", "WDT", "WP", "WRB", "EX", "POS", ",", ".", ":", "``", "''"}
    tagged = (pair for line in corpus_of(name).parses["train"] for pair in Tree.fromstring(line).pos())
    return tuple(sorted({TREEBANK.get(word, word) for word, tag in tagged if tag in closed}))


def measure(name: str, method: str, seed: int) -> dict[str, Any]:
    """Train and measure one model, or take it from the runs that are kept."""
    settings, chosen = SETTINGS[name], METHODS[method]
    described = {"corpus": name, "seed": seed, "longest": LONGEST[name], "probed": PROBED, **chosen}

    def run() -> dict[str, Any]:
        start = time.process_time()
        corpus, roles = corpus_of(name), bool(chosen.get("roles"))
        vocabulary, parse_tokens = vocabulary_of(name, roles), parse_tokens_of(name)
        torch.manual_seed(seed)
        model = SyntaxSemanticsVAE(
            len(vocabulary), parse_vocab_size=len(parse_tokens.vocabulary), embedding_dim=48, hidden_dim=128,
            **settings.sizes,
        )  # fmt: skip
        changed = {key: value for key, value in chosen.items() if key not in ("roles", "all_words")}
        train_syntax_semantics(
            model, vocabulary, parse_tokens, corpus.train, corpus.parses["train"], LOSSES,
            **(dict(settings.training) | changed),
            not_in_bag=() if "all_words" in chosen else small_words(name),
            bags=[with_roles(words) for words in corpus.train] if roles else None,
            seed=seed, label=f"{name}, {method}, seed {seed}",
        )  # fmt: skip
        found = measured(name, model, vocabulary, parse_tokens, seed)
        return found | {"CPU s": time.process_time() - start}

    return kept("results_syntax_semantics", described | {"sizes": settings.sizes, "training": settings.training}, run)


@torch.no_grad()
def written(model: SyntaxSemanticsVAE, vocabulary: Vocabulary, z: Tensor, longest: int) -> list[list[str]]:
    """The most probable sentences at latent vectors [N, M + K], as words."""
    return [vocabulary.decode(row).split() for row in greedy(model.step, z, longest + 5)]


@torch.no_grad()
def measured(
    name: str, model: SyntaxSemanticsVAE, vocabulary: Vocabulary, parse_tokens: ParseTokens, seed: int
) -> dict[str, float]:
    """Of held-out sentences: the bound, reconstruction, exchange, paraphrase and what each code tells."""
    corpus, longest = corpus_of(name), LONGEST[name]
    test = corpus.test
    tokens = collate([vocabulary.encode(words) for words in test])
    torch.manual_seed(seed)
    terms = model.terms(tokens)
    z = model.centre(tokens)
    semantic, syntactic = model.split(z)
    again = written(model, vocabulary, z, longest)
    donors = torch.randperm(len(test), generator=torch.Generator().manual_seed(seed))
    built = [test[donor] for donor in donors.tolist()]
    said = written(model, vocabulary, formulas.exchange_syntax(semantic, syntactic, donors), longest)
    found = {
        "-ELBO": -terms.elbo.mean().item(),
        "KL of z_sem": terms.kl_semantic.mean().item(),
        "KL of z_syn": terms.kl_syntactic.mean().item(),
        "reconstructed": 100 * statistics.mean(one == list(other) for one, other in zip(again, test, strict=True)),
        "BLEU": bleu([[words] for words in test], again),
    }
    if name == "treebank":
        return found | as_read_again(model, vocabulary, parse_tokens, test, said, donors, syntactic)
    exchanged = evaluate_exchange(said, test, built)
    found |= {f"exchange: {part}": 100 * share for part, share in asdict(exchanged).items()}
    found |= tree_distances(said, test, built)
    found |= paraphrased(model, vocabulary, semantic, test, longest, seed)
    return found | probed(name, model, vocabulary, z)


def tree_distances(
    said: Sequence[Sequence[str]], meant: Sequence[Sequence[str]], built: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Tree edit distance of what was said to the donor of the syntax and to that of the meaning, trees without words.

    On average over the sentences that parse.
    """
    to_syntax, to_meaning = [], []
    for words, first, second in zip(said, meant, built, strict=True):
        found, of_meaning, of_syntax = parse(words), parse(first), parse(second)
        if found and of_meaning and of_syntax:
            trees = [skeleton(brackets(sentence.tree)) for sentence in (found, of_syntax, of_meaning)]
            to_syntax.append(edit_distance(trees[0], trees[1]))
            to_meaning.append(edit_distance(trees[0], trees[2]))
    if not to_syntax:
        return {}
    return {"tree distance: syntax": statistics.mean(to_syntax), "tree distance: meaning": statistics.mean(to_meaning)}


@cache
def edit_distance(one: str, other: str) -> float:
    """How many nodes have to be deleted, inserted or renamed to make one tree the other; apted's."""

    def compared(text: str) -> Any:
        parts = re.findall(r"\(?[^\s()]+|\)", text)  # (NP or NN or )
        marked = ("}" if part == ")" else "{" + part[1:] if part[0] == "(" else "{" + part + "}" for part in parts)
        return ComparedTree.from_text("".join(marked))

    return float(APTED(compared(one), compared(other)).compute_edit_distance())


def paraphrased(
    model: SyntaxSemanticsVAE, vocabulary: Vocabulary, semantic: Tensor, test: Sequence[Sequence[str]], longest: int,
    seed: int,
) -> dict[str, float]:  # fmt: skip
    """Sentences at their own z_sem and some z_syn of the prior: is the meaning kept, and is it said in other ways?"""
    generator, times = torch.Generator().manual_seed(seed), SYNTAXES_DRAWN
    drawn = torch.randn(len(semantic) * times, model.sizes.syntactic_dim, generator=generator)
    said = written(model, vocabulary, torch.cat([semantic.repeat_interleave(times, 0), drawn], -1), longest)
    kept_meaning, ways = [], []
    for row, words in enumerate(test):
        sentence, found = parse(words), [parse(other) for other in said[row * times : (row + 1) * times]]
        right = [other.syntax for other in found if other and sentence and other.meaning == sentence.meaning]
        kept_meaning.append(len(right) / times)
        ways.append(len(set(right)))
    return {"paraphrase: meaning": 100 * statistics.mean(kept_meaning), "paraphrase: ways": statistics.mean(ways)}


def probed(name: str, model: SyntaxSemanticsVAE, vocabulary: Vocabulary, z: Tensor) -> dict[str, float]:
    """What a fresh reader tells of meaning and syntax from either code, in per cent beside chance and in nats."""
    corpus = corpus_of(name)
    known = model.centre(collate([vocabulary.encode(words) for words in corpus.train[:PROBED]]))
    codes = dict(zip(("z_sem", "z_syn"), zip(model.split(known), model.split(z), strict=True), strict=True))
    found: dict[str, float] = {}
    for code, (to_learn, to_tell) in codes.items():
        for what, parts in (("meaning", [(part,) for part in MEANING]), ("syntax", [SYNTAX])):
            labels = [
                [[tuple(row[part] for part in asked) for row in corpus.labels[split]] for split in ("train", "test")]
                for asked in parts
            ]
            probes = [probe(to_learn, train[:PROBED], to_tell, test) for train, test in labels]
            found |= {
                f"{what} from {code}": 100 * statistics.mean(one.accuracy for one in probes),
                f"{what}, chance": 100 * statistics.mean(one.chance for one in probes),
                f"{what} from {code}, nats": sum(
                    formulas.leaked_information(one.logits, one.labels).item() for one in probes
                ),
            }
    return found


def as_read_again(
    model: SyntaxSemanticsVAE, vocabulary: Vocabulary, parse_tokens: ParseTokens, test: Sequence[Sequence[str]],
    said: Sequence[Sequence[str]], donors: Tensor, syntactic: Tensor,
) -> dict[str, float]:  # fmt: skip
    """Of real sentences, whose parser is the model itself: how near an exchange comes to either donor."""

    def trees(code: Tensor) -> list[str]:
        return [parse_tokens.decode(row) for row in greedy(model.parse.step, code, 80)]

    true = [skeleton(line) for line in corpus_of("treebank").parses["test"]]
    own = trees(syntactic)
    again = trees(model.split(model.centre(collate([vocabulary.encode(words) for words in said])))[1])
    built = [test[donor] for donor in donors.tolist()]
    return {
        "parse told": 100 * statistics.mean(one == other for one, other in zip(own, true, strict=True)),
        "BLEU to meaning donor": bleu([[words] for words in test], said),
        "BLEU to syntax donor": bleu([[words] for words in built], said),
        "words kept": 100 * statistics.mean(map(share_of_words, said, test)),
        "tokens of parse as the syntax donor's": bleu([[own[donor].split()] for donor in donors], _split(again)),
        "tokens of parse as the meaning donor's": bleu([[tree.split()] for tree in own], _split(again)),
    }


def _split(trees: Sequence[str]) -> list[list[str]]:
    return [tree.split() for tree in trees]


EXACT, READ = "exchange: exact", "syntax from z_sem"
ON_GRAMMAR: dict[str, Margin] = {
    "all losses: right meaning and right construction in 80 %": lambda of: of[ALL][EXACT] - 80,
    "all losses: exchanged exactly more often than a code cut in two": lambda of: of[ALL][EXACT] - of[PLAIN][EXACT],
    "adversaries: exchanged exactly more often than without": lambda of: of[ALL][EXACT] - of[NO_READER][EXACT],
    "adversaries: z_sem tells less of the syntax than without": lambda of: of[NO_READER][READ] - of[ALL][READ],
    "adversaries: z_syn tells less of the meaning than without": lambda of: (
        of[NO_READER]["meaning from z_syn"] - of[ALL]["meaning from z_syn"]
    ),
}
ORDERINGS: dict[str, dict[str, Margin]] = {
    "constructions": ON_GRAMMAR
    | {
        f"{without}: exchanged exactly less often": lambda of, without=without: of[ALL][EXACT] - of[without][EXACT]
        for without in (
            "without tasks",
            "without the bag of z_sem",
            "without the parse of z_syn",
            "without the adversary of the bag",
            "without the adversary of the parse",
            "small words in the bag",
            "one weight for both KLs",
        )
    }
    | {
        "adversaries of the sentence besides: exchanged exactly more often": lambda of: (
            of["and adversaries of the sentence"][EXACT] - of[ALL][EXACT]
        ),
        "all losses: z_syn tells nothing of the meaning but by chance (within 2 points)": lambda of: (
            2 - (of[ALL]["meaning from z_syn"] - of[ALL]["meaning, chance"])
        ),
        "all losses: z_sem tells nothing of the syntax but by chance (within 2 points)": lambda of: (
            2 - (of[ALL][READ] - of[ALL]["syntax, chance"])
        ),
    },
    "reversible": ON_GRAMMAR
    | {
        "roles in the bag: exchanged exactly more often": lambda of: of["roles in the bag"][EXACT] - of[ALL][EXACT],
    },
    "treebank": {
        "all losses: more words of the meaning donor kept than by a code cut in two": lambda of: (
            of[ALL]["words kept"] - of[PLAIN]["words kept"]
        ),
        "all losses: read again, nearer to the syntax donor than to the meaning donor": lambda of: (
            of[ALL]["tokens of parse as the syntax donor's"] - of[ALL]["tokens of parse as the meaning donor's"]
        ),
        "adversaries: nearer to the syntax donor than without": lambda of: (
            of[ALL]["tokens of parse as the syntax donor's"] - of[NO_READER]["tokens of parse as the syntax donor's"]
        ),
    },
}


def tables(results: Results) -> str:
    """For each corpus what each way of training came to, and which orderings held."""
    parts = []
    for name, by_seed in results.items():
        measures = [key for key in by_seed[0][ALL] if key != "CPU s"]
        groups = [
            [key for key in measures if not key.startswith(("exchange", "tree", "paraphrase")) and "from" not in key
             and "chance" not in key],
            [key for key in measures if key.startswith(("exchange", "tree", "paraphrase"))],
            [key for key in measures if "from" in key or "chance" in key],
        ]  # fmt: skip
        seconds = [run["CPU s"] for runs in by_seed for run in runs.values()]
        parts.append(f"**{name}**, {len(by_seed)} seeds, {sum(seconds) / len(seconds):.0f} CPU s a run:")
        for group in filter(None, groups):
            rows = [
                [method, *(mean_and_spread([runs[method].get(key) for runs in by_seed], 1) for key in group)]
                for method in COMPARED[name]
            ]
            parts.append(table(["method", *group], rows))
        parts.append(verdicts(ORDERINGS[name], by_seed))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    options = options_of(__doc__, SETTINGS, ["constructions", "reversible"])
    results = {
        name: [{method: measure(name, method, seed) for method in COMPARED[name]} for seed in range(options.seeds)]
        for name in options.corpora
    }
    tell(results, tables(results), options)


if __name__ == "__main__":
    main()
