"""Submissions whose code is the same up to names, comments and formatting: found without running any of it."""
