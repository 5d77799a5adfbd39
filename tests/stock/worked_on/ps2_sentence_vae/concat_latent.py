"""Wrong answers to `concat_latent`: the half that is worked on."""

import torch
from answers import wrong


@wrong("The embedding is detached, so the words get no gradient.")
def embedding_detached(embedded, z):
    return torch.cat([embedded.detach(), z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("z is divided by the number of steps.")
def latent_shared_among_steps(embedded, z):
    return torch.cat([embedded, (z / embedded.shape[1]).unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("Each sentence gets the z of its neighbour.")
def latent_of_the_neighbour(embedded, z):
    return torch.cat([embedded, z.roll(1, 0).unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("The last step gets zeros in place of z.")
def last_step_without_latent(embedded, z):
    joined = z.unsqueeze(1).repeat(1, embedded.shape[1], 1)
    joined[:, -1] = 0
    return torch.cat([embedded, joined], dim=-1)


@wrong("z goes through a tanh.")
def latent_squashed(embedded, z):
    return torch.cat([embedded, z.tanh().unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("z is joined twice.")
def latent_joined_twice(embedded, z):
    z = z.unsqueeze(1).expand(-1, embedded.shape[1], -1)
    return torch.cat([embedded, z, z], dim=-1)


@wrong("The embeddings are shifted by one step.")
def words_shifted(embedded, z):
    return torch.cat([embedded.roll(1, 1), z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("It edits z in place: z is divided by its length.")
def latent_edited(embedded, z):
    with torch.no_grad():
        z.div_(z.norm(dim=-1, keepdim=True))
    return torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1)


@wrong("z comes first, and it is detached.", composed=True)
def detached_latent_first(embedded, z):
    return torch.cat([z.detach().unsqueeze(1).expand(-1, embedded.shape[1], -1), embedded], dim=-1)


@wrong("Time is the first dimension of the result, the batch the second.", composed=True)
def time_first(embedded, z):
    return torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1).transpose(0, 1)


@wrong("All features come in reverse order.", composed=True)
def features_reversed(embedded, z):
    return torch.cat([embedded, z.unsqueeze(1).expand(-1, embedded.shape[1], -1)], dim=-1).flip(-1)
