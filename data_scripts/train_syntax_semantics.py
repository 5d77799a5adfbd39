"""Train the model of meaning and syntax that comes with the kit, on the embedded constructions: four CPU minutes.

    python data_scripts/train_syntax_semantics.py

It goes to lib/latentkit/trained/dss_vae/, where `latentkit.trained.load_trained` finds it. A run is repeated by its
settings, up to the rounding of the machine.
"""

from dataclasses import asdict
from typing import Any

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data.construction_grammar import FUNCTION_WORDS
from latentkit.data.parses import ParseTokens
from latentkit.data.sentences import Sentences, load_sentences
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.evaluation.syntax_semantics import evaluate_exchange
from latentkit.models import SyntaxSemanticsVAE
from latentkit.reference import syntax_semantics as formulas
from latentkit.trained import FOLDER
from latentkit.training.syntax_semantics import ADVERSARIES, Losses, train_syntax_semantics

SIZES = {"embedding_dim": 48, "hidden_dim": 128, "semantic_dim": 24, "syntactic_dim": 8, "side_dim": 48}
TRAINING = {"steps": 3000, "kl_semantic": (0.02, 0.1), "kl_syntactic": (0.06, 0.3), "adversaries": dict(ADVERSARIES)}
SEED = 0
LONGEST = 20  # words of a sentence


def main() -> None:
    torch.set_num_threads(1)
    corpus = load_sentences("constructions")
    vocabulary = Vocabulary.from_sentences(corpus.train)
    parse_tokens = ParseTokens.from_parses(corpus.parses["train"])
    torch.manual_seed(SEED)
    model = SyntaxSemanticsVAE(len(vocabulary), parse_vocab_size=len(parse_tokens.vocabulary), **SIZES)
    train_syntax_semantics(
        model, vocabulary, parse_tokens, corpus.train, corpus.parses["train"], Losses.of(formulas),
        **TRAINING, not_in_bag=FUNCTION_WORDS, seed=SEED,
    )  # fmt: skip
    facts = facts_of(model, vocabulary, parse_tokens, corpus)
    print(f"saved in {save(FOLDER / 'dss_vae', Checkpoint(model, vocabulary, facts))}")


@torch.no_grad()
def facts_of(
    model: SyntaxSemanticsVAE, vocabulary: Vocabulary, parse_tokens: ParseTokens, corpus: Sentences
) -> dict[str, Any]:
    """How it was trained, the tokens of its parses, and how good it is on the test sentences; that is printed, too."""
    tokens = collate([vocabulary.encode(words) for words in corpus.test])
    torch.manual_seed(SEED)
    terms = model.terms(tokens)
    semantic, syntactic = model.split(model.centre(tokens))
    donors = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(SEED))
    rows = greedy(model.step, formulas.exchange_syntax(semantic, syntactic, donors), LONGEST)
    said = [vocabulary.decode(row).split() for row in rows]
    exchanged = evaluate_exchange(said, corpus.test, [corpus.test[donor] for donor in donors.tolist()])
    measured = {
        "exchange": {name: round(share, 4) for name, share in asdict(exchanged).items()},
        "elbo": round(terms.elbo.mean().item(), 3),
        "kl_semantic": round(terms.kl_semantic.mean().item(), 3),
        "kl_syntactic": round(terms.kl_syntactic.mean().item(), 3),
    }
    print(measured, flush=True)
    told = {"corpus": corpus.name, "parse_tokens": parse_tokens.vocabulary.words, "leaves": parse_tokens.leaves}
    return told | {"training": TRAINING, "seed": SEED} | measured


if __name__ == "__main__":
    main()
