"""Grades and feedback on their way back to a learning platform: one class a platform, each in a file of its own."""
