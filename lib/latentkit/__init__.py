"""latentkit: what a student of the deep latent-variable model course imports.

check               whether an exercise is right; where it is not, what is wrong
data                digits, sentences, dialogues and documents by name
models              the lecture's systems as modules; `trained` holds some that start at once
topics              topic models with scikit-learn's conventions
training            trains models of images, sentences, points and responses
evaluation          how good a model is on data that it has not seen
decoding, lda       steps that exercises build on: from a latent vector to words, and one document's updates
explore             figures to play with
checkpoints         models on disk
commands            the command `latentkit`
reference           the answer key, left out of the student's copy
"""

__version__ = "0.1.0"
"""The kit's one version: pyproject.toml, the commands' --version and the student's archive read it here."""
