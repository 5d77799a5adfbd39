"""The law of a training loop: the weights that come back must have learned, and have learned from what was given."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch import distributions as D

from latentkit.check.cases import Examination, Model, Response, SolvedCase
from latentkit.check.comparing import Complaint, complaint_of_error
from latentkit.check.laws.prepared import complaint_of_balances, complaint_of_traces
from latentkit.models import VAE


def trained_vae(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """A VAE that must have learned: judged by the weights that come back.

    What is judged is told by the numbers. After a long training, the ELBO on images it has not seen: `held_out` [N, D];
    `elsewhere`, images of the same kind that are not the case's, such as a notebook's own; `noise` [N, M] for one
    reparameterised sample each; `least_elbo`, the held-out ELBO to reach; `initial_elbo`, that of the weights given;
    `most_kl`, the KL not to exceed (infinite where it does not matter); `least_kl`. After a few steps from prepared
    weights, those of `complaint_of_traces` or `complaint_of_balances`.
    """
    wrong = complaint_of_error(response)
    if wrong is not None:
        return wrong
    returned, initial = response.outputs[-1], next(v for v in solved.case.inputs.values() if isinstance(v, Model))
    if returned is None:
        return Complaint("Your function returned None: return the trained model.", mistake="returns_nothing")
    if not isinstance(returned, Model) or not _same_architecture(returned, initial):
        return Complaint("Return the model that was passed in, trained.")
    if not all(weight.isfinite().all() for weight in returned.state.values()):
        return Complaint("Some weights became NaN or infinite.", mistake="wrong_sign")
    changed = {name for name, weight in returned.state.items() if not torch.equal(weight, initial.state[name])}
    if "pulls" in solved.numbers:
        return complaint_of_balances(solved, returned)
    if not changed:
        return Complaint("The weights are the ones you were given: no gradient step was made.", mistake="no_step")
    for part in ("encoder", "decoder"):
        if not any(name.startswith(part) for name in changed):
            return Complaint(f"The {part}'s weights did not change.", mistake=f"{part}_not_trained")
    if "most_seen" in solved.numbers:
        return complaint_of_traces(solved, returned)
    return _complaint_of_elbo(solved, returned)


def _same_architecture(returned: Model, initial: Model) -> bool:
    return (
        returned.kind == initial.kind
        and dict(returned.config) == dict(initial.config)
        and {n: (w.shape, w.dtype) for n, w in returned.state.items()}
        == {n: (w.shape, w.dtype) for n, w in initial.state.items()}
    )


def _complaint_of_elbo(solved: SolvedCase, returned: Model) -> Complaint | None:
    numbers = solved.numbers
    found = measure(returned, numbers["held_out"], numbers["noise"])
    actual = ("actual", f"ELBO {found.elbo:.1f} nats: log-likelihood {found.likelihood:.1f}, KL {found.kl:.1f}")
    elbo_facts = (("expected", f"held-out ELBO at least {numbers['least_elbo']:.1f} nats"), actual)
    if found.elbo < numbers["least_elbo"]:
        elsewhere = measure(returned, numbers["elsewhere"], numbers["noise"]).elbo
        if elsewhere > max(found.elbo, numbers["initial_elbo"]) + 2:
            message = "The model has learned other images than those it was given."
            return Complaint(message, elbo_facts, "other_images")
    if found.prior_variance and found.elbo < numbers["least_elbo"]:
        message = "The posterior's variances are the prior's, though its means differ: the decoder never saw a sample."
        return Complaint(message, elbo_facts, "no_sampling")
    if not found.elbo >= numbers["initial_elbo"] - 1:  # so written that NaN never passes
        return Complaint("Training made the held-out ELBO worse.", elbo_facts, "wrong_sign")
    if not found.kl <= numbers["most_kl"]:
        facts = (("expected", f"KL at most {numbers['most_kl']:.1f} nats at this β"), actual)
        return Complaint("The KL of the trained model is too large for its β.", facts, "beta_ignored")
    if not found.kl >= numbers["least_kl"]:
        facts = (("expected", f"KL at least {numbers['least_kl']:.1f} nats at this β"), actual)
        return Complaint("The KL of the trained model has collapsed.", facts, "likelihood_averaged_over_pixels")
    if not found.elbo >= numbers["least_elbo"]:
        return Complaint("The held-out ELBO of the trained model is too low.", elbo_facts)
    return None


@dataclass(frozen=True)
class HeldOut:
    """What a VAE does on images that it has not seen; means over the images, in nats.

    Attributes:
        likelihood: log p(x | z) of one sample of z each.
        kl: KL(q(z | x) || p(z)).
        prior_variance: whether q's variances are all 1 although its means spread.
    """

    likelihood: float
    kl: float
    prior_variance: bool

    @property
    def elbo(self) -> float:
        return self.likelihood - self.kl


def measure(model: Model, images: Tensor, noise: Tensor) -> HeldOut:
    """Evaluate a VAE given by value, with one fixed noise per image; no random number is drawn.

    Args:
        model: of kind "vae".
        images: [N, D], in {0, 1}.
        noise: [N, M], standard normal.
    """
    with torch.device("meta"):  # initial weights would be drawn from the stream by which another thread solves cases
        module = VAE.from_config(model.config)
    module.load_state_dict(dict(model.state), assign=True)
    with torch.no_grad():
        mu, logvar = module.encode(images)
        posterior = D.Normal(mu, (logvar / 2).exp(), validate_args=False)
        kl = D.kl_divergence(posterior, D.Normal(torch.zeros_like(mu), 1.0)).sum(-1)
        logits = module.decode(posterior.mean + posterior.stddev * noise)
        likelihood = D.Bernoulli(logits=logits, validate_args=False).log_prob(images).sum(-1)
    prior_variance = bool(logvar.abs().mean() < 0.05 and mu.std() > 0.12)
    return HeldOut(likelihood.mean().item(), kl.mean().item(), prior_variance)
