"""The law of a training loop: the weights that come back must have learned, and have learned from what was given."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch import distributions as D

from latentkit.check.cases import Examination, Model, Response, SolvedCase
from latentkit.check.comparing import Complaint, complaint_of_error
from latentkit.check.laws.prepared import complaint_of_balances, complaint_of_faint_kl, complaint_of_traces
from latentkit.models import VAE


def trained_vae(solved: SolvedCase, response: Response, examination: Examination) -> Complaint | None:
    """A VAE that must have learned: judged by the weights that come back.

    What is judged is told by the numbers. After a training: `held_out` [N, D], images that it has not seen; `noise`
    [N, M] for one reparameterised sample each; `initial_elbo`, their ELBO under the weights given, and `least_elbo`,
    the one to reach. After a few steps from prepared weights, those of `complaint_of_traces`, `complaint_of_balances`
    or `complaint_of_faint_kl`.

    What multiplies a step's gradient by a positive number is not told from a learning rate of its own: so passes the
    square of the loss, 2 |ELBO| times the gradient. The absolute value of a negative ELBO is the loss itself.
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
        return Complaint("Some weights became NaN or infinite: the training diverged.")
    if response.summed:
        facts = (("expected", "each step along its own gradient"), ("actual", f"{response.summed} steps along a sum"))
        message = "Steps were taken along gradients to which those of earlier steps had been added."
        return Complaint(message, facts, "gradients_not_zeroed")
    changed = {name for name, weight in returned.state.items() if not torch.equal(weight, initial.state[name])}
    if "pulls" in solved.numbers:
        return complaint_of_balances(solved, returned)
    if "faint_sides" in solved.numbers:
        return complaint_of_faint_kl(solved, returned)
    if not changed:
        return Complaint("The weights are the ones you were given: nothing was learned.", mistake="no_step")
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
    """What the held-out ELBO says; why it is too low it cannot say, only what would make it so."""
    numbers = solved.numbers
    found, initial = measure(returned, numbers["held_out"], numbers["noise"]), numbers["initial_elbo"]
    if found.elbo >= numbers["least_elbo"]:  # so written that NaN never passes
        return None
    facts = (
        ("expected", f"held-out ELBO at least {numbers['least_elbo']:.1f} nats, from {initial:.1f} before training"),
        ("actual", f"ELBO {found.elbo:.1f} nats: log-likelihood {found.likelihood:.1f}, KL {found.kl:.1f}"),
    )
    if not found.elbo >= initial - 1:
        message = "Training made the held-out ELBO worse. A wrong sign or a learning rate that is too large does that."
        return Complaint(message, facts)
    message = (
        "Training raised the held-out ELBO too little. A learning rate that is too small does that, one that is too "
        "large, or steps along something else than the ELBO's gradient."
    )
    return Complaint(message, facts)


@dataclass(frozen=True)
class HeldOut:
    """What a VAE does on images that it has not seen; means over the images, in nats.

    Attributes:
        likelihood: log p(x | z) of one sample of z each.
        kl: KL(q(z | x) || p(z)).
    """

    likelihood: float
    kl: float

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
    return HeldOut(likelihood.mean().item(), kl.mean().item())
