"""Wrong answers to `elbo`: the half that is worked on."""

import torch
from answers import wrong
from torch.nn import functional as F


@wrong("The KL lacks its factor ½.")
def kl_without_half(x, logits, mu, logvar, beta=1.0):
    kl = (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The default of beta is ½, so the bound without an argument is not the ELBO.")
def another_default(x, logits, mu, logvar, beta=0.5):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The KL is that of the other direction, KL(p ‖ q).")
def reversed_kl(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * ((mu**2 + 1) * (-logvar).exp() - 1 + logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The black pixels are missing from the likelihood.")
def white_pixels_only(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * F.logsigmoid(logits)).sum(-1) - beta * kl


@wrong("Each image is charged the batch's mean KL, not its own.")
def mean_kl_for_each_image(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1).mean()
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The likelihood is detached: the value is right, but the logits get no gradient.")
def likelihood_detached(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1).detach() - beta * kl


@wrong("The KL lacks the -1 of each dimension.")
def kl_without_minus_one(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - logvar).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("Each latent dimension costs at least half a nat: free bits, which nobody asked for.")
def free_bits(x, logits, mu, logvar, beta=1.0):
    kl = (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).clamp(min=0.5).sum(-1)
    return (x * logits - F.softplus(logits)).sum(-1) - beta * kl


@wrong("The first result is right, but gradients are switched off for good afterwards.")
def gradients_left_off(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    bound = (x * logits - F.softplus(logits)).sum(-1) - beta * kl
    torch.set_grad_enabled(False)
    return bound


@wrong("It averages over the pixels as well as over the latent dimensions.", composed=True)
def both_terms_averaged(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(-1)
    return (x * logits - F.softplus(logits)).mean(-1) - beta * kl


@wrong("It is the loss, and beta weighs the likelihood.", composed=True)
def loss_with_beta_on_the_likelihood(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return kl - beta * (x * logits - F.softplus(logits)).sum(-1)


@wrong("The images come in reverse order.", composed=True)
def images_reversed(x, logits, mu, logvar, beta=1.0):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
    return ((x * logits - F.softplus(logits)).sum(-1) - beta * kl).flip(0)
