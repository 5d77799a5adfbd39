"""Wrong answers to `train_vae`: the half that is kept aside."""

import torch
from answers import wrong
from torch import distributions as D


@wrong("It takes one step too few.")
def one_step_too_few(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(1, steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The gradients are zeroed between backward and step, so nothing is learned.")
def gradients_zeroed_too_late(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        loss.backward()
        optimiser.zero_grad(set_to_none=False)
        optimiser.step()
    return model


@wrong("The learning rate is 0.5, far too large.")
def huge_learning_rate(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.5)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("z is drawn with sample, not rsample, so the likelihood does not reach the encoder.")
def sample_without_gradient(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        q = model.posterior(x)
        loss = (beta * D.kl_divergence(q, model.prior()) - model.likelihood(q.sample()).log_prob(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("Each latent dimension may spend half a nat for nothing: free bits, which nobody asked for.")
def free_bits(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        mu, logvar = model.encode(x)
        kl = (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).clamp(min=0.5).sum(-1)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        loss = (beta * kl - model.likelihood(z).log_prob(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("beta rises from zero during the training, which nobody asked for.")
def beta_annealed(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for step in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta * step / steps).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The minibatches hold half as many images as was asked.")
def half_of_the_batch(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (max(1, batch_size // 2),))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("It returns the loss of the last step.")
def returns_the_loss(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss


@wrong("It trains well, but sets torch's global seed, so that every run is the same one.")
def global_seed_set(model, images, steps, batch_size, beta):
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The likelihood is averaged over the pixels, and beta is not used.", composed=True)
def averaged_and_no_beta(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        q = model.posterior(x)
        likelihood = model.likelihood(q.rsample()).log_prob(x) / x.shape[1]
        loss = (D.kl_divergence(q, model.prior()) - likelihood).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The KL is rewarded, and the decoder sees the mean in place of a sample.", composed=True)
def kl_rewarded_without_sampling(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        mu, logvar = model.encode(x)
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
        loss = (-beta * kl - model.likelihood(mu).log_prob(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("It takes the images in their order, and no more than two steps.", composed=True)
def two_steps_in_order(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for x in images.split(batch_size)[: min(steps, 2)]:
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model
