"""Right but unusual answers to `train_vae`."""

import torch
from answers import right
from torch.nn import functional as F


@right
def with_gradients_asked_for(model, images, steps, batch_size, beta):
    parameters = list(model.parameters())
    optimiser = torch.optim.Adam(parameters, lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        gradients = torch.autograd.grad(-model.elbo(x, beta).mean(), parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimiser.step()
    return model


@right
def with_a_closure(model, images, steps, batch_size, beta):
    optimiser = torch.optim.NAdam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]

        def closure(x=x):
            optimiser.zero_grad()
            loss = -model.elbo(x, beta).mean()
            loss.backward()
            return loss

        optimiser.step(closure)
    return model


@right
def with_functional_weights(model, images, steps, batch_size, beta):
    weights = dict(model.named_parameters())
    optimiser = torch.optim.Adam(weights.values(), lr=2e-3)

    def loss_of(x):
        mu, logvar = torch.func.functional_call(model.encoder, _part(weights, "encoder."), (x,)).chunk(2, -1)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        logits = torch.func.functional_call(model.decoder, _part(weights, "decoder."), (z,))
        likelihood = (x * logits - F.softplus(logits)).sum(-1)
        return (beta * 0.5 * (mu**2 + torch.expm1(logvar) - logvar).sum(-1) - likelihood).mean()

    def _part(weights, prefix):
        return {name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)}

    for _ in range(steps):
        optimiser.zero_grad()
        loss_of(images[torch.randint(len(images), (batch_size,))]).backward()
        optimiser.step()
    return model


@right
def adam_by_hand(model, images, steps, batch_size, beta):
    parameters = list(model.parameters())
    first = [torch.zeros_like(p) for p in parameters]
    second = [torch.zeros_like(p) for p in parameters]
    for step in range(1, steps + 1):
        x = images[torch.randperm(len(images))[:batch_size]]
        gradients = torch.autograd.grad(-model.elbo(x, beta).mean(), parameters)
        with torch.no_grad():
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m.lerp_(g, 0.1)
                v.lerp_(g * g, 0.001)
                p -= 2e-3 * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
    return model


@right
def with_two_optimisers(model, images, steps, batch_size, beta):
    optimisers = [torch.optim.Adam(part.parameters(), lr=2e-3) for part in (model.encoder, model.decoder)]
    for _ in range(steps):
        x = images[torch.randint(0, images.shape[0], (batch_size,))]
        for optimiser in optimisers:
            optimiser.zero_grad()
        (-model.elbo(x, beta)).mean().backward()
        for optimiser in optimisers:
            optimiser.step()
    return model


@right
def ascent_on_the_bound(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3, maximize=True)
    for _ in range(steps):
        x = images[torch.multinomial(torch.ones(len(images)), batch_size)]
        optimiser.zero_grad()
        model.elbo(x, beta).mean().backward()
        optimiser.step()
    return model


@right
def in_chunks_of_a_minibatch(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        optimiser.zero_grad()
        for half in x.chunk(2):
            (-model.elbo(half, beta).sum() / len(x)).backward()
        optimiser.step()
    return model


@right
def with_a_falling_learning_rate(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.1, 1 - step / max(1, steps)))
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        optimiser.zero_grad()
        (-model.elbo(x, beta)).mean().backward()
        optimiser.step()
        schedule.step()
    return model


@right
def by_the_absolute_value_for_no_elbo_is_positive(model, images, steps, batch_size, beta):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        loss = model.elbo(x, beta).mean().abs()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model
