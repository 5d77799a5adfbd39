"""The learning platforms that take grades and feedback.

Another one: a module with a class like `Canvas` in `canvas.py`, and its place in PLATFORMS.
"""

from autograder.classroom.giving_back.blackboard import Blackboard
from autograder.classroom.giving_back.brightspace import Brightspace
from autograder.classroom.giving_back.canvas import Canvas
from autograder.classroom.giving_back.gradescope import Gradescope
from autograder.classroom.giving_back.moodle import Moodle
from autograder.classroom.giving_back.platform import Platform

PLATFORMS: tuple[Platform, ...] = (Canvas(), Moodle(), Gradescope(), Blackboard(), Brightspace())


def named(name: str) -> Platform:
    """The platform of that name.

    Raises:
        ValueError: there is none.
    """
    found = next((platform for platform in PLATFORMS if platform.name == name), None)
    if found is None:
        raise ValueError(f"there is no platform {name!r}; there are: {', '.join(one.name for one in PLATFORMS)}")
    return found
