"""latentkit: what a student of the deep latent-variable model course imports."""

__version__ = "0.1.0"
"""The kit's one version: pyproject.toml, the commands' --version and the student's archive read it here."""
