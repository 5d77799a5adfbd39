"""Train the car assistant's mixture VAE and response generator that come with the kit: three minutes of one CPU core.

    python data_scripts/train_mixtures.py

They go to lib/latentkit/trained/, where `load_trained("mixture_vae")` and `load_responses` find them. A run is repeated
by its settings, up to the rounding of the machine.
"""

from dataclasses import asdict

import torch

from latentkit.checkpoints import Checkpoint, save
from latentkit.data.dialog import load_dialogs
from latentkit.data.text import Vocabulary, collate
from latentkit.evaluation.codes import interpretability
from latentkit.models import MixtureVAE
from latentkit.models.response import ResponseGenerator
from latentkit.trained import FOLDER
from latentkit.training.responses import pairs, train_responses
from latentkit.training.sentences import linear, train

SIZES = {"embedding_dim": 32, "hidden_dim": 64, "latent_dim": 4, "variables": 3, "classes": 5}
STEPS, RESPONSE_STEPS, SEED = 6000, 1500, 0


def main() -> None:
    torch.set_num_threads(1)
    dialogs = load_dialogs()
    vocabulary = Vocabulary.from_sentences(turn.words for turn in dialogs.train)
    torch.manual_seed(SEED)
    model = MixtureVAE(len(vocabulary), beta=0.9, mi_weight=1.0, **SIZES)
    sentences = [vocabulary.encode(turn.words) for turn in dialogs.train]
    train(model, sentences, STEPS, linear(STEPS // 2), 0.4, learning_rate=3e-3, seed=SEED, label="mixture VAE")
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
    examples = pairs(dialogs.train, vocabulary, "assistant")
    train_responses(generator, examples, RESPONSE_STEPS, learning_rate=2e-3, seed=SEED, label="responses")
    generator.save(FOLDER / "responses" / "weights.safetensors")
    report(generator, vocabulary, pairs(dialogs.test, vocabulary, "assistant"))


@torch.no_grad()
def report(generator: ResponseGenerator, vocabulary: Vocabulary, examples: list[tuple[list[int], list[int]]]) -> None:
    """Print the losses on held-out pairs, and a few responses."""
    context, response = (collate(side) for side in zip(*examples, strict=True))
    terms = generator.terms(context, response)
    print(f"choice {terms.choice.mean():.2f}, nll {terms.nll.mean():.2f}, attribute {terms.attribute.mean():.2f} nats")
    codes = generator.vae.codes(response).argmax(-1)
    shuffled = codes[torch.randperm(len(codes))]
    said = generator.respond(context, shuffled)
    again = generator.vae.codes(collate([[word for word in row if word > 2] for row in said.tolist()])).argmax(-1)
    print(f"said as told (all classes of the action are heard): {(again == shuffled).all(-1).float().mean():.2f}")
    for row, answer in zip(context[:8], generator.respond(context[:8]), strict=True):
        heard = vocabulary.decode([word if word != 2 else 3 for word in row.tolist() if word][1:-1])
        print(f"  {heard.replace('<unk>', '|')}\n    -> {vocabulary.decode(answer)}")


if __name__ == "__main__":
    main()
