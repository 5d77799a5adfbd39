"""The three schedules for the weight of the KL, side by side.

References:
    Bowman et al. 2016, Generating Sentences from a Continuous Space, section 3.1: linear and logistic annealing.
    Fu et al. 2019, Cyclical Annealing Schedule.
"""

from latentkit.explore.figure import BLUE, PURPLE, VERMILION, Control, Picture, canvas
from latentkit.explore.live import LiveFigure, live_figure
from latentkit.training.sentences import cyclical, linear, logistic

STEPS = 2000


def annealing_schedules(warmup: int = 1000, cycles: int = 4, ratio: float = 0.5) -> LiveFigure:
    """Move the length of the warm-up, the number of cycles, and the share of a cycle in which the weight rises.

    Args:
        warmup: steps until the linear and the logistic weight are full, of 2,000.
        cycles: of the cyclical schedule.
        ratio: share of each cycle in which its weight rises.
    """
    controls = [
        Control("warmup", "warm-up, steps", 100, STEPS, 100, warmup),
        Control("cycles", "cycles", 1, 8, 1, cycles),
        Control("ratio", "share R of a cycle", 0.1, 1.0, 0.1, ratio),
    ]
    return live_figure(
        "annealing_schedules", "Three schedules for the weight of the KL", draw, controls, {"steps": STEPS}
    )


def weights(warmup: float, cycles: float, ratio: float) -> dict[str, list[float]]:
    """The weight at each of the steps, of the three schedules by name."""
    schedules = {
        "linear": linear(int(warmup)),
        "logistic": logistic(int(warmup)),
        "cyclical": cyclical(STEPS, int(cycles), ratio),
    }
    return {name: [schedule(step) for step in range(STEPS)] for name, schedule in schedules.items()}


def draw(warmup: float, cycles: float, ratio: float) -> Picture:
    """The weights over 2,000 steps, and each one's average."""
    looks = [(BLUE, "-"), (VERMILION, "--"), (PURPLE, "-.")]
    figure, (axes,) = canvas(7.4, 2.8)
    averages = []
    for (name, values), (colour, line) in zip(weights(warmup, cycles, ratio).items(), looks, strict=True):
        axes.plot(range(STEPS), values, color=colour, linestyle=line, label=name)
        averages.append(f"{name} {sum(values) / STEPS:.2f}")
    axes.set(xlabel="gradient step", ylabel="weight of the KL", ylim=(-0.03, 1.08))
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    numbers = f"average weight over the training: {', '.join(averages)}"
    alt = (
        f"The weight of the KL over {STEPS} steps. Linear: straight up to 1 at step {warmup:.0f}. Logistic: slow, "
        f"fast, slow, a half at step {warmup / 2:.0f}. Cyclical: {cycles:.0f} times from 0 up to 1 in the first "
        f"{ratio:.0%} of {STEPS / cycles:.0f} steps, and level until the cycle ends. {numbers}."
    )
    return Picture(figure, alt, f"{numbers[0].upper()}{numbers[1:]}.")
