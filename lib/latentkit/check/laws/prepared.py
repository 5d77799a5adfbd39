"""What a few steps of training from prepared weights tell: which images were seen, and which way each latent moved.

A long training hides much: a wrong β, wrong noise or too many steps end near the right ELBO. From weights prepared for
the question, one step shows it, whatever the optimiser, its rate and the order of the images.
"""

from torch import Tensor

from latentkit.check.cases import Model, SolvedCase
from latentkit.check.comparing import Complaint

FIRST_WEIGHT, LAST_BIAS = "encoder.0.weight", "encoder.2.bias"


def complaint_of_traces(solved: SolvedCase, returned: Model) -> Complaint | None:
    """Count the images that left a trace: each lights a pixel of its own, whose weights began at zero.

    A weight whose input is never lit gets no gradient and stays zero, so at most steps x batch_size images leave one.

    Numbers: `dark` [D], whether a pixel is lit by no image; `most_seen` and `least_seen`. A right loop lights no dark
    pixel and sees no more images than `most_seen`; draws with replacement see fewer than `least_seen` with the
    probability that the rubric states. Where they leave room for one number of steps only, `one_more` is the greatest
    number of images that one step more sees, and `one_fewer` the least that one step fewer does.
    """
    lit = (returned.state[FIRST_WEIGHT] != 0).any(0)
    if (lit & solved.numbers["dark"]).any():
        return Complaint("Training moved the weights of pixels that no given image lights.", mistake="other_images")
    seen = int(lit.sum())
    most, least = solved.numbers["most_seen"], solved.numbers["least_seen"]
    facts = (("expected", f"{least} to {most} different images used"), ("actual", f"{seen} used"))
    if most < seen <= solved.numbers.get("one_more", 0):
        message = "Training used more different images than `steps` minibatches hold, as many as one more step does."
        return Complaint(message, facts, "one_step_too_many")
    if solved.numbers.get("one_fewer", least) <= seen < least:
        message = "Training used only as many different images as one step fewer does. (A step at rate 0 uses none.)"
        return Complaint(message, facts, "one_step_too_few")
    if "one_fewer" in solved.numbers and seen < least:
        message = "Training used far fewer different images than `steps` minibatches of `batch_size` hold."
        return Complaint(message, facts)
    if seen > most:
        return Complaint("Training used more images than steps × batch_size.", facts, "too_many_images")
    if seen < least:
        return Complaint("Training used too few different images.", facts, "one_minibatch_only")
    return None


def complaint_of_balances(solved: SolvedCase, returned: Model) -> Complaint | None:
    """Each latent dimension is a balance that one step tips; the right loss decides to which side.

    Whatever the optimiser, its first step moves a parameter against the sign of its gradient, or, where the learning
    rate begins at zero, not at all: then nothing can be told.

    Numbers, with one entry for a dimension: `pulls`, `noises` and `spreads`, its place in the encoder's last bias, and

    - `pull_sides`, the sign of μ; `pull_ratios`: the likelihood pulls μ outwards as hard as that multiple of β·KL
      pulls it in. Nothing random enters.
    - `noise_sides`: where the likelihood pulls μ on average over ε; that of a single ε is another side nearly as often.
    - `spread_sides`, where log σ² goes, and `spread_sides_<mistake>`, where a known mistake would send it.

    And `mistaken_ratio_<mistake>`, the multiple of β that a known mistake gives the KL.
    """
    moved = returned.state[LAST_BIAS] - solved.case.inputs["model"].state[LAST_BIAS]
    numbers = solved.numbers
    if not moved.any():
        return None
    outwards, noise = moved[numbers["pulls"]] * numbers["pull_sides"] > 0, moved[numbers["noises"]]
    if not outwards.any() and not noise.any():
        return Complaint("The likelihood does not move μ.", mistake="encoder_not_trained")
    if (outwards == (numbers["pull_ratios"] < 1)).all():
        return Complaint("Training moved μ away from where the ELBO pulls it.", mistake="wrong_sign")
    if not (outwards == (numbers["pull_ratios"] > 1)).all():
        return _complaint_of_weight(numbers["pull_ratios"], outwards, solved)
    if not _agree(noise, numbers["noise_sides"]):
        message = "μ does not move where the likelihood pulls it on average over the noise."
        if not noise.any():
            return Complaint(message, mistake="no_sampling")
        return Complaint(message, mistake="one_noise_for_the_batch" if _is_by_chance(noise, solved) else None)
    spread = moved[numbers["spreads"]]
    if not _agree(spread, numbers["spread_sides"]):
        names = (name for name in numbers if name.startswith("spread_sides_") and _agree(spread, numbers[name]))
        mistake = next(names, "").removeprefix("spread_sides_")
        return Complaint("log σ² does not move where the ELBO pulls it.", mistake=mistake or None)
    return None


def complaint_of_faint_kl(solved: SolvedCase, returned: Model) -> Complaint | None:
    """As `complaint_of_balances`, where q(z | x) is nearly the prior: a floor under the KL shows there.

    Numbers: `faint_sides`, the sign of each μ. The likelihood pulls μ outwards, β·KL pulls it in twice as hard. Where
    the KL is estimated by samples, all dimensions go outwards with the probability that the rubric states.
    """
    moved = returned.state[LAST_BIAS] - solved.case.inputs["model"].state[LAST_BIAS]
    outwards = moved[: len(solved.numbers["faint_sides"])] * solved.numbers["faint_sides"] > 0
    if not outwards.all():  # a sampled KL may send one or two the other way
        return None
    facts = (("expected", "μ moves towards 0"), ("actual", "in all dimensions it moves away from it"))
    return Complaint("Where q(z | x) is nearly the prior, the KL does not pull μ towards 0.", facts, "free_bits")


def _agree(moved: Tensor, sides: Tensor) -> bool:
    return bool((moved.sign() == sides).all())


def _is_by_chance(noise: Tensor, solved: SolvedCase) -> bool:
    """Whether dimensions that should move alike have gone both ways, as one noise for all images sends them."""
    sides = solved.numbers["noise_sides"]
    return all(len(noise[sides == side].sign().unique()) > 1 for side in (-1, 1))


def _complaint_of_weight(ratios: Tensor, outwards: Tensor, solved: SolvedCase) -> Complaint:
    """The KL weighs more than the largest ratio that lost against it, and less than the smallest that won."""
    least = max(ratios[~outwards].tolist(), default=0.0)
    most = min(ratios[outwards].tolist(), default=float("inf"))
    beta = solved.case.inputs["beta"]
    if not least < most:
        return Complaint("μ does not move where the ELBO pulls it.")
    if not least:
        message = (
            "Nothing holds μ near 0, or next to nothing: the KL belongs in the loss with a plus, weighed by `beta` "
            "from the first step on, summed over the dimensions, and with its gradient."
        )
        return Complaint(message, (("expected", f"a KL that weighs {beta:g}"), ("actual", f"below {most * beta:.3g}")))
    facts = (
        ("expected", f"a KL that weighs β = {beta:g}"),
        ("actual", f"it weighs {least * beta:.3g} to {most * beta:.3g}"),
    )
    prefix = "mistaken_ratio_"
    given = {name.removeprefix(prefix): ratio for name, ratio in solved.numbers.items() if name.startswith(prefix)}
    mistake = next((name for name, ratio in given.items() if least < ratio < most), "kl_misweighed")
    if most == float("inf"):
        facts = (facts[0], ("actual", f"it weighs more than {least * beta:.3g}"))
        return Complaint("Beside the KL the likelihood hardly counts.", facts, mistake)
    return Complaint("The KL does not weigh β against the likelihood.", facts, mistake)
