"""The learning platforms whose downloads are understood, one module each.

Another one: a module with a class like `Canvas` in `canvas.py`, and its place in PLATFORMS; the first that recognises a
download reads it.
"""

from autograder.classroom.collecting.platforms.blackboard import Blackboard
from autograder.classroom.collecting.platforms.brightspace import Brightspace
from autograder.classroom.collecting.platforms.canvas import Canvas
from autograder.classroom.collecting.platforms.classroom import Classroom
from autograder.classroom.collecting.platforms.gradescope import Gradescope
from autograder.classroom.collecting.platforms.ilias import Ilias
from autograder.classroom.collecting.platforms.moodle import Moodle
from autograder.classroom.collecting.platforms.nbgrader import Nbgrader
from autograder.classroom.collecting.platforms.plain import Plain
from autograder.classroom.collecting.platforms.platform import Platform, Sight
from autograder.classroom.collecting.platforms.takeout import Takeout
from autograder.classroom.collecting.platforms.teams import Teams

PLATFORMS: tuple[type[Platform], ...] = (
    Gradescope, Blackboard, Moodle, Brightspace, Canvas, Ilias, Takeout, Teams, Nbgrader, Classroom, Plain,
)  # fmt: skip
NAMES = tuple(platform.name for platform in PLATFORMS)


def recognise(sight: Sight) -> Platform:
    """The platform that a download comes from; plain folders where it is none that is known.

    Raises:
        ValueError: it is one's, but what says whose the hand-ins are cannot be read.
    """
    return next(found for platform in PLATFORMS if (found := platform.recognised(sight)) is not None)


def named(name: str, sight: Sight) -> Platform:
    """The platform of that name, which a person says that a download comes from.

    Raises:
        ValueError: there is none of that name, or nothing in the download has its shape.
    """
    platform = next((platform for platform in PLATFORMS if platform.name == name), None)
    if platform is None:
        raise ValueError(f"there is no platform {name!r}; there are: {', '.join(NAMES)}")
    found = platform.recognised(sight, named=True)
    if found is None:
        raise ValueError(f"nothing in it is named as {platform.title} names hand-ins, such as {platform.example}")
    return found
