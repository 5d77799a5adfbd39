"""Wrong answers to `concat_latent`: the half that is kept aside."""

import numpy as np
import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The tensors go through numpy, so there are no gradients.")
def through_numpy(embedded, z):
    words, latent = embedded.detach().cpu().numpy(), z.detach().cpu().numpy()
    joined = np.concatenate([words, np.repeat(latent[:, None], words.shape[1], axis=1)], axis=-1)
    return torch.from_numpy(joined).to(embedded)


@wrong("z fades over the steps: it is divided by 1, 2, 3 and so on.")
def latent_fades(embedded, z):
    step = torch.arange(1, embedded.shape[1] + 1, dtype=z.dtype, device=z.device)[:, None]
    return torch.cat([embedded, z.unsqueeze(1) / step], dim=-1)


@wrong("All sentences get the batch's mean of z.")
def mean_latent_for_all(embedded, z):
    return torch.cat([embedded, z.mean(0).expand(*embedded.shape[:2], -1)], dim=-1)


@wrong("The first step gets zeros in place of z.")
def first_step_without_latent(embedded, z):
    later = z.unsqueeze(1).expand(-1, embedded.shape[1] - 1, -1)
    return torch.cat([embedded, torch.cat([torch.zeros_like(z).unsqueeze(1), later], dim=1)], dim=-1)


@wrong("z is scaled to length one.")
def latent_normalised(embedded, z):
    z = F.normalize(z, dim=-1)
    return torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("z is left out: the first feature of each word stands in its place.")
def latent_left_out(embedded, z):
    return torch.cat([embedded, embedded[..., :1].expand(-1, -1, z.shape[1])], dim=-1)


@wrong("For one step the time dimension is squeezed away.")
def one_step_squeezed(embedded, z):
    return torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1).squeeze(1)


@wrong("A little noise is added to z, so that the result is random.")
def noise_on_the_latent(embedded, z):
    z = z + 0.01 * torch.randn_like(z)
    return torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("z comes first, and time runs backwards.", composed=True)
def latent_first_backwards(embedded, z):
    return torch.cat([z.unsqueeze(1).expand(-1, embedded.shape[1], -1), embedded.flip(1)], dim=-1)


@wrong("The result is doubled.", composed=True)
def doubled(embedded, z):
    return 2 * torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("The whole batch gets the z of the last sentence, with a minus.", composed=True)
def minus_the_last_latent(embedded, z):
    return torch.cat([embedded, -z[-1].expand(*embedded.shape[:2], -1)], dim=-1)
