"""What can be wrong with a gradebook. This module imports nothing, for those who only want to catch it."""


class GradebookError(RuntimeError):
    """The gradebook cannot be used; the message says what to do. Nothing is lost: the journal has all grades."""
