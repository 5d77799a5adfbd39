"""Where a grade is kept: its record, the executed notebook, the journal, nbgrader's gradebook."""
