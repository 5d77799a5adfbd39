"""From a submitted notebook to a grade: intake, run, ask, judge, record.

None of this runs a line of a student's code: only `autograder.worker` does, in a process of its own.
"""
