"""Wrong answers to `train_vae`: the half that is worked on."""

import torch
from answers import wrong
from torch import distributions as D


@wrong("It takes one step too many.")
def one_step_too_many(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps + 1):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("zero_grad is missing, so the gradients of all steps add up.")
def gradients_never_zeroed(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        loss.backward()
        optimiser.step()
    return model


@wrong("The learning rate is a millionth, so that the model learns next to nothing.")
def tiny_learning_rate(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-6)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The KL is detached, so nothing holds q(z | x) near the prior.")
def kl_detached(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        q = model.posterior(x)
        kl = D.kl_divergence(q, model.prior()).detach()
        loss = (beta * kl - model.likelihood(q.rsample()).log_prob(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("It maximises the likelihood alone: the KL is missing from the loss.")
def no_kl_at_all(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.likelihood(model.posterior(x).rsample()).log_prob(x).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The reconstruction is a squared error of the probabilities, not the Bernoulli likelihood.")
def squared_error(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        q = model.posterior(x)
        error = ((torch.sigmoid(model.decode(q.rsample())) - x) ** 2).sum(-1)
        loss = (beta * D.kl_divergence(q, model.prior()) + error).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("Black and white are exchanged in the images that are learned.")
def images_inverted(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = 1 - images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("It returns a pair, the model and its losses.")
def returns_a_pair(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return model, losses


@wrong("It trains well, but torch computes on another number of threads afterwards.")
def threads_changed(model, images, steps, batch_size, beta):
    torch.set_num_threads(torch.get_num_threads() + 1)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = -model.elbo(x, beta).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The gradients are never zeroed, and beta is not used.", composed=True)
def never_zeroed_and_no_beta(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        (-model.elbo(x).mean()).backward()
        optimiser.step()
    return model


@wrong("beta weighs the likelihood in place of the KL, and the loss is summed over the batch.", composed=True)
def beta_on_the_likelihood(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        q = model.posterior(x)
        likelihood = model.likelihood(q.rsample()).log_prob(x)
        loss = (D.kl_divergence(q, model.prior()) - beta * likelihood).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@wrong("The KL lacks its half and is averaged over the dimensions.", composed=True)
def kl_averaged_without_half(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        mu, logvar = model.encode(x)
        kl = (mu**2 + logvar.exp() - 1 - logvar).mean(-1)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        loss = (beta * kl - model.likelihood(z).log_prob(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model
