"""latentkit: what a student of the deep latent-variable model course imports."""

__version__ = "0.1.0"
