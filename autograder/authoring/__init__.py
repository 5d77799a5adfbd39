"""From an author's source and its rubric to what students get, and which files have a say in their grades."""
