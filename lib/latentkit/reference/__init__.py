"""The answer key: every formula of the course, explicit, one module a topic. Not part of the student bundle."""
