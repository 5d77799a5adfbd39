"""What the commands end with."""

OK = 0
FAILED = 1
"""Something does not pass, or could not be had or written."""
MISUSED = 2
"""The command was misused, or something went wrong that we did not foresee."""
INTERRUPTED = 130
"""By Ctrl-C, as shells have it."""
