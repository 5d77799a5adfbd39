"""Train a response generator on pairs of context and response."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from latentkit.data.dialog import Turn, context_words
from latentkit.data.text import Vocabulary, collate
from latentkit.models import ResponseGenerator
from latentkit.progress import progress


def context_response_pairs(
    turns: Sequence[Turn], vocabulary: Vocabulary, speaker: str | None = None
) -> list[tuple[list[int], list[int]]]:
    """Context and response of every turn that has a context, encoded, without BOS and EOS at the ends.

    Args:
        turns: of a corpus.
        vocabulary: of the mixture VAE.
        speaker: only this side's responses; None keeps both.
    """
    return [
        (vocabulary.encode(context_words(turn)), vocabulary.encode(turn.words))
        for turn in turns
        if turn.context and speaker in (None, turn.labels.get("speaker"))
    ]


def train_response_generator(
    generator: ResponseGenerator,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    steps: int,
    attribute_weight: float = 1.0,
    batch_size: int = 32,
    learning_rate: float = 3e-3,
    seed: int = 0,
    label: str = "training",
) -> Tensor:
    """Train in place by Adam, on the generator's device; the mixture VAE stays as it is.

    Args:
        generator: left in evaluation mode.
        pairs: contexts and responses, as `context_response_pairs` gives them.
        steps, batch_size, learning_rate: of the training.
        attribute_weight: λ.
        seed: of batches and noise.
        label: shown before the progress bar.
    Returns:
        The loss of every step, [steps], in nats per pair.
    """
    learned = [parameter for parameter in generator.parameters() if parameter.requires_grad]
    device = learned[0].device
    optimiser = torch.optim.Adam(learned, lr=learning_rate, fused=True)
    losses = []
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        generator.train()
        bar = progress(range(steps), label)
        for _ in bar:
            chosen = [pairs[number] for number in torch.randint(len(pairs), (batch_size,)).tolist()]
            context, response = (collate(side).to(device) for side in zip(*chosen, strict=True))
            loss = generator.loss(context, response, attribute_weight)
            optimiser.zero_grad()
            loss.backward()
            clip_grad_norm_(learned, 5.0)
            optimiser.step()
            losses.append(loss.detach())
            bar.record(loss=losses[-1])
    generator.eval()
    return torch.stack(losses).cpu() if losses else torch.empty(0)
