"""Train the car assistant's mixture VAE and response generator that come with the kit: three minutes of one CPU core.

    python data_scripts/train_mixtures.py

They go to lib/latentkit/trained/, where `latentkit.trained.load_trained` finds them. A run is repeated
by its settings, up to the rounding of the machine.
"""

from dataclasses import asdict

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data.dialog import load_dialogs
from latentkit.data.text import EOS, Vocabulary, collate
from latentkit.evaluation.codes import interpretability
from latentkit.models import MixtureVAE, ResponseGenerator
from latentkit.trained import FOLDER
from latentkit.training.responses import context_response_pairs, train_response_generator
from latentkit.training.sentences import linear, train_sentence_model

SIZES = {"embedding_dim": 32, "hidden_dim": 64, "latent_dim": 4, "variables": 3, "classes": 5}
STEPS, RESPONSE_STEPS, SEED = 6000, 1500, 0


def main() -> None:
    torch.set_num_threads(1)
    dialogs = load_dialogs()
    vocabulary = Vocabulary.from_sentences(turn.words for turn in dialogs.train)
    torch.manual_seed(SEED)
    model = MixtureVAE(len(vocabulary), beta=0.9, mi_weight=1.0, **SIZES)
    sentences = [vocabulary.encode(turn.words) for turn in dialogs.train]
    train_sentence_model(
        model, sentences, STEPS, linear(STEPS // 2), 0.4, learning_rate=3e-3, seed=SEED, label="mixture VAE"
    )
    measured = interpretability(model, vocabulary, dialogs.test, "action")
    facts = {
        "corpus": "embedded dialogues",
        "training": {
            "steps": STEPS,
            "annealing": "linear, half of the steps",
            "word_dropout": 0.4,
            "learning_rate": 3e-3,
        },
        "test": asdict(measured),
        "torch": torch.__version__,
    }
    print(save(FOLDER / "mixture_vae", Checkpoint(model, vocabulary, facts)))
    print(measured)

    torch.manual_seed(SEED)
    generator = ResponseGenerator(model)
    pairs = context_response_pairs(dialogs.train, vocabulary, "assistant")
    train_response_generator(generator, pairs, RESPONSE_STEPS, learning_rate=2e-3, seed=SEED, label="responses")
    held_out = context_response_pairs(dialogs.test, vocabulary, "assistant")
    facts = {
        "corpus": "embedded dialogues",
        "training": {"steps": RESPONSE_STEPS, "learning_rate": 2e-3, "speaker": "assistant"},
        "test": measure(generator, held_out),
        "torch": torch.__version__,
    }
    print(save(FOLDER / "response_generator", Checkpoint(generator, vocabulary, facts)))
    print(facts["test"])
    print_responses(generator, vocabulary, held_out)


@torch.no_grad()
def measure(generator: ResponseGenerator, pairs: list[tuple[list[int], list[int]]]) -> dict[str, float]:
    """The parts of the loss on held-out pairs, and how often a random action is heard in what is said."""
    torch.manual_seed(SEED)
    context, response = (collate(side) for side in zip(*pairs, strict=True))
    terms = generator.terms(context, response)
    codes = generator.vae.codes(response).argmax(-1)
    shuffled = codes[torch.randperm(len(codes))]
    said = generator.respond(context, shuffled)
    heard = generator.vae.codes(collate([[word for word in row if word > EOS] for row in said.tolist()])).argmax(-1)
    return {
        "choice": terms.choice.mean().item(),
        "nll": terms.nll.mean().item(),
        "attribute": terms.attribute.mean().item(),
        "said_as_told": (heard == shuffled).all(-1).float().mean().item(),
    }


def print_responses(
    generator: ResponseGenerator, vocabulary: Vocabulary, pairs: list[tuple[list[int], list[int]]]
) -> None:
    """A few contexts, each with the most probable response."""
    context = collate([heard for heard, _ in pairs[:8]])
    for (heard, _), answer in zip(pairs[:8], generator.respond(context), strict=True):
        turns = " ".join("|" if word == EOS else vocabulary.words[word] for word in heard)
        print(f"  {turns}\n    -> {vocabulary.decode(answer)}")


if __name__ == "__main__":
    main()
