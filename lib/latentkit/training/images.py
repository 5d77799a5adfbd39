"""Train models of images: auto-encoder and VAE."""

import torch
from torch import Tensor

from latentkit.models import VAE, AutoEncoder
from latentkit.progress import progress


def train_image_model(
    model: AutoEncoder | VAE,
    images: Tensor,
    steps: int,
    batch_size: int = 128,
    learning_rate: float = 2e-3,
    label: str = "training",
    **options: float,
) -> Tensor:
    """Train a model in place by Adam on random minibatches.

    The minibatches and the model's noise come from torch's global generator: `torch.manual_seed` repeats a run.

    Args:
        model: has `loss(x [B, D], **options) -> scalar`.
        images: the training set, [N, D]; the model moves to its device.
        steps: number of gradient steps.
        batch_size: images per step, drawn with replacement.
        learning_rate: Adam's.
        label: shown before the progress bar.
        options: passed on to the model's loss, such as `kl_weight`.
    Returns:
        The loss of every step, [steps], in the units of the model's loss.
    """
    model.to(images.device).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    losses = []
    bar = progress(range(steps), label)
    for _ in bar:
        batch = images[torch.randint(len(images), (batch_size,), device=images.device)]
        loss = model.loss(batch, **options)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.detach())
        bar.record(loss=losses[-1])
    return torch.stack(losses).cpu() if losses else torch.empty(0)
