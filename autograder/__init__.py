"""Authoring, grading and class tools for the course kit."""
