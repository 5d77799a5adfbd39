# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Problem set 3: controlled generation of text
#
# A latent vector that nobody named can be walked through, but it takes no orders. Here the generator gets a second input with a name, $c$: the sentiment, the tense. By the end you can
#
# - say why no walk through the latent space of problem set 2 can ask for a *positive* sentence;
# - pass a gradient through words, and say what that costs;
# - write the losses with which a generator learns to obey $c$ and to leave everything else alone;
# - train the reader of $c$ on few labels and many generated sentences, with the entropy the right way round;
# - say what this training has to do with the wake–sleep algorithm.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the
# cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake,
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another. Two derivations are graded by hand. Plan three hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*. `B` sentences in a batch, `G` generated ones, `T` positions, `V` words, `E` dimensions of an embedding, `M` dimensions of $z$, `C` classes of an attribute. A `logvar` is
# $\log \sigma^2$. Functions leave their inputs unchanged. Where a docstring says *differentiable*, the check compares gradients too.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $z \sim \mathcal N(0, I)$, all that has no name | `z` | | $\tau$, the temperature of soft words | `temperature` |
# | $c$, the attribute | `c` | | $\tilde x$, a soft sentence | rows of `[B, T, E]` |
# | $q_D(c \mid x)$, the discriminator's answer | `class_logits` | | $\lambda_c, \lambda_z$, weights of the two constraints | `lambda_c`, `lambda_z` |
# | $q_E(z \mid x) = \mathcal N(\mu, \operatorname{diag} \sigma^2)$ | `mu`, `logvar` | | $\lambda_u, \beta$, of generated sentences, of their entropy | `lambda_u`, `beta` |

# %% nbgrader={"grade_id": "start", "locked": true}
KIT_URL = ""  # where the course's kit.zip lies
# On a computer without the course's library, as in Colab, this installs it and fetches cases.npz. Elsewhere it does nothing.
import importlib.util
import io
import os
import subprocess
import sys
import urllib.request
import zipfile

if importlib.util.find_spec("latentkit") is None:
    try:
        here = os.path.exists("kit.zip")
        with zipfile.ZipFile("kit.zip" if here else io.BytesIO(urllib.request.urlopen(KIT_URL).read())) as kit:
            wheel = kit.extract(next(name for name in kit.namelist() if name.endswith(".whl")))
    except (OSError, ValueError, StopIteration, zipfile.BadZipFile) as error:
        advice = "Put the kit.zip that you were given beside this notebook, and run this cell again."
        raise RuntimeError(f"The course's kit is not at {KIT_URL!r} ({error}). {advice}") from None
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True)
    importlib.invalidate_caches()

from latentkit.start import complete

complete("ps3_controlled_text", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
import torch.nn.functional as F
from torch import Tensor

from latentkit.check import check

torch.set_num_threads(1)  # networks as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. Why interpolation cannot ask for *positive*
#
# *Lecture: Generating with Varying Semantic Label.*
#
# In problem set 2 you walked from one sentence to another and watched what changed on the way. To change the sentiment and nothing else you would need to know the direction of the sentiment, and problem set 4 shows why there need not be one: turn the latent space by any rotation, and the model explains its
# corpus exactly as well. What has no name in the model cannot be asked for.

# %% [markdown]
# ## 2. A part with a name
#
# *Lecture: Variants, Generating with Varying Semantic Label.*
#
# So give the attribute an input of its own. The model of Hu et al. (2017) has three networks:
#
# - the *generator* $G$ writes $x$ from $z \sim \mathcal N(0, I)$ and $c \sim p(c)$;
# - the *encoder* $E$ reads $q_E(z \mid x)$ off a sentence;
# - the *discriminator* $D$ reads $q_D(c \mid x)$ off it.
#
# Nothing so far makes $G$ listen to $c$: a VAE with one more input may put the sentiment into $z$ and ignore $c$. What makes it listen are its two readers. $D$ must hear the $c$ that $G$ was told, and $E$ must find the $z$ that it was given, whatever $c$ was.

# %% [markdown]
# ## 3. A stand-in for words
#
# *Lecture: Generating with Varying Semantic Label.*
#
# The readers judge sentences, and a sentence is a row of words that were chosen. A choice has no gradient. So the readers get a *soft* sentence: at each position the average of all words' embeddings, weighted with the generator's probabilities at a temperature $\tau$,
#
# $$\tilde e_t = \sum_{v} \operatorname{softmax}(\ell_t/\tau)_v\, e_v. \tag{1}$$

# %% [markdown]
# ### Exercise 1 · `soft_embeddings`
#
# **Objective.** Pass a gradient through a choice of words.<br>
# **Lecture.** *Generating with Varying Semantic Label*; equation (1).<br>
# Difficulty ●○○○○ · importance ●●●●○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** It is one line, and everything that the readers teach the generator goes through it. Take the argmax in its place and the losses look the same, but no gradient arrives.
#
# **Predict before you run.** At $\tau \to 0$ the soft word is the most probable one, and at $\tau \to \infty$ the mean of the vocabulary. At which end is the gradient in the logits largest?


# %% nbgrader={"grade": false, "grade_id": "soft_embeddings", "locked": false, "schema_version": 3, "solution": true, "task": false}
def soft_embeddings(logits: Tensor, embedding: Tensor, temperature: float) -> Tensor:
    """At each position the average of the words' embeddings under softmax(logits/τ).

    Args:
        logits: the generator's, of the word at each position, [B, T, V].
        embedding: one row a word, [V, E].
        temperature: τ, positive.
    Returns:
        [B, T, E]. Differentiable in logits and embedding.
    """
    ### BEGIN SOLUTION
    return (logits / temperature).softmax(-1) @ embedding
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_soft_embeddings", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("soft_embeddings", soft_embeddings)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# An average of vectors is a sum of them with weights that are probabilities. The weights of a position are those of its $V$ words.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\tilde e_{bt} = \sum_v p_{btv}\, e_v$ with $p_{btv} = \dfrac{e^{\ell_{btv}/\tau}}{\sum_w e^{\ell_{btw}/\tau}}$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `softmax` over the last dimension of one quotient, then a matrix product: `[B, T, V] @ [V, E]`.
#
# </details>

# %% [markdown]
# ## 4. The attribute constraint
#
# *Lecture: Generating with Varying Semantic Label.*
#
# The discriminator reads the soft sentence and answers with logits of the classes. The generator is to be blamed where the answer is not what it was told:
#
# $$L_c = -\frac1B \sum_b \log q_D(c_b \mid \tilde x_b). \tag{2}$$

# %% [markdown]
# ### Exercise 2 · `attribute_loss`
#
# **Objective.** Blame the generator where its attribute is not heard.<br>
# **Lecture.** *Generating with Varying Semantic Label*; equation (2).<br>
# Difficulty ●○○○○ · importance ●●●●○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** It is a cross-entropy, but whose weights does it move? Not the discriminator's: here the sentence is what changes. Where $D$ is sure that the sentence is of another class, the loss must be large and its gradient alive.
#
# **Predict before you run.** Someone minimises $1 - q_D(c \mid \tilde x)$ instead, the probability of being misheard. Where does the generator then learn slowest?


# %% nbgrader={"grade": false, "grade_id": "attribute_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attribute_loss(class_logits: Tensor, c: Tensor) -> Tensor:
    """L_c: the batch mean of -log q_D(c | x̃), in nats per sentence.

    Args:
        class_logits: the discriminator's answer to soft sentences, [B, C].
        c: the classes that the generator was told, whole numbers, [B].
    Returns:
        Scalar. Differentiable in class_logits.
    """
    ### BEGIN SOLUTION
    return F.cross_entropy(class_logits, c)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_attribute_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("attribute_loss", attribute_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Turn the logits into log-probabilities, pick the one that was asked for in each row, and average.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $-\log q_D(c \mid \tilde x) = \log \sum_k e^{\ell_k} - \ell_c$ for each row.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `log_softmax(-1)` and `gather`, or one call of a function in `torch.nn.functional` that takes logits. A `softmax` and then a `log` underflow.
#
# </details>

# %% [markdown]
# ## 5. The independence constraint
#
# *Lecture: Generating with Varying Semantic Label.*
#
# With $L_c$ alone the generator may obey by writing about something else: whatever pleases $D$. So the encoder is asked, too. From the soft sentence it must find the $z$ that the sentence was written from, whatever $c$ was:
#
# $$L_z = -\frac1B \sum_b \log q_E(z_b \mid \tilde x_b), \qquad q_E(z \mid x) = \mathcal N\big(z;\, \mu, \operatorname{diag} \sigma^2\big). \tag{3}$$
#
# What $z$ decides can then not depend on $c$. The generator minimises all three at once:
#
# $$L_G = L_{\text{VAE}} + \lambda_c L_c + \lambda_z L_z. \tag{4}$$

# %% [markdown]
# ### Exercise 3 · `latent_loss`
#
# **Objective.** Write the log-density of a Gaussian without losing a piece.<br>
# **Lecture.** *Generating with Varying Semantic Label*; equation (3).<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** Four pieces, and each is lost in someone's code: the half, the constant, the $\log \sigma^2$, the $\sigma^2$ below the distance. Without the $\log \sigma^2$ the encoder can lower the loss by knowing nothing.
#
# **Predict before you run.** Can $L_z$ be negative? $L_c$ cannot.


# %% nbgrader={"grade": false, "grade_id": "latent_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def latent_loss(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """L_z: the batch mean of -log q_E(z | x̃), summed over the dimensions, constants included, in nats per sentence.

    Args:
        z: what the generator was given, [B, M].
        mu: the encoder's mean of the soft sentence, [B, M].
        logvar: its log variance, [B, M].
    Returns:
        Scalar. Differentiable in mu and logvar.
    """
    ### BEGIN SOLUTION
    squared = (z - mu) ** 2 / logvar.exp()
    return 0.5 * (squared + logvar + math.log(2 * math.pi)).sum(-1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_latent_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("latent_loss", latent_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Independent dimensions: their log-densities add up. Then the minus sign, and the mean over the batch.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $-\log \mathcal N(z; \mu, \sigma^2) = \frac12\big(\log 2\pi + \log \sigma^2 + (z - \mu)^2/\sigma^2\big)$ in each dimension, with $\sigma^2 = e^{\text{logvar}}$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# A sum of three terms, `.sum(-1).mean()`. `torch.distributions.Normal` takes the standard deviation, `(0.5 * logvar).exp()`.
#
# </details>

# %% [markdown]
# ### Exercise 4 · `generator_loss`
#
# **Objective.** Put three losses together so that each weight does what its name says.<br>
# **Lecture.** *Generating with Varying Semantic Label*; equation (4).<br>
# Difficulty ●○○○○ · importance ●●●●● · 5 minutes · check: 0.1 s of CPU
#
# **Why.** $L_{\text{VAE}}$ keeps the sentences English. Weigh it down and the generator invents a language that only its two readers understand; `detach` a constraint, or pass it through `.item()`, and it stands in the printed loss and teaches nothing. Public code has done both.
#
# **Predict before you run.** $\lambda_c$ is ten times too large. What do the sentences look like, and what does $D$ say of them?


# %% nbgrader={"grade": false, "grade_id": "generator_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_loss(
    vae_loss: Tensor, attribute_loss: Tensor, latent_loss: Tensor, lambda_c: float, lambda_z: float
) -> Tensor:
    """L_G, what the generator minimises: L_VAE + λ_c L_c + λ_z L_z.

    Args:
        vae_loss: L_VAE, the negative ELBO of real sentences, a scalar.
        attribute_loss: L_c of soft sentences, a scalar.
        latent_loss: L_z of soft sentences, a scalar; it may be negative.
        lambda_c: λ_c, the weight of the attribute constraint.
        lambda_z: λ_z, the weight of the independence constraint.
    Returns:
        Scalar. Differentiable in vae_loss, attribute_loss and latent_loss.
    """
    ### BEGIN SOLUTION
    return vae_loss + lambda_c * attribute_loss + lambda_z * latent_loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_generator_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("generator_loss", generator_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# All three are losses already: nothing is subtracted. The first has no weight, each of the others its own.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (4), as it stands.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# One line of two products and two sums, on the tensors themselves.
#
# </details>

# %% [markdown]
# ## 6. What the discriminator learns from
#
# *Lecture: Generating with Varying Semantic Label.*
#
# Labels are few. But the generator can be asked for as many sentences as one likes, and of each we know the $c$ that it was told, though not whether it obeyed. So $D$ learns from both, and of the generated sentences $\hat x$ it is also asked to be *sure*:
#
# $$L_D = \underbrace{-\frac1B \sum_b \log q_D(c_b \mid x_b)}_{\text{labelled}} + \lambda_u \underbrace{\frac1G \sum_g \Big[-\log q_D(c_g \mid \hat x_g) + \beta\, H\big(q_D(\cdot \mid \hat x_g)\big)\Big]}_{\text{generated}}. \tag{5}$$
#
# Look at the sign of $H$ if you read the paper: its text asks for *minimum entropy*, and the formula printed there, an objective to be maximised, adds $\beta H$. Derivation 1 decides which of the two is right.

# %% [markdown]
# ### Exercise 5 · `discriminator_loss`
#
# **Objective.** Learn from labels and from your own pupil, each with its weight.<br>
# **Lecture.** *Generating with Varying Semantic Label*; equation (5).<br>
# Difficulty ●●●○○ · importance ●●●●○ · 15 minutes · check: 0.1 s of CPU
#
# **Why.** Three means over two kinds of sentences, two weights, one of which reaches into the bracket of the other, and an entropy whose sign the paper prints wrong. A discriminator that has become sure makes the last difficulty: its other probabilities round to 0.
#
# **Predict before you run.** Is the entropy of the mean answer a substitute for the mean entropy of the answers? What would $D$ say of all sentences if it minimised the former?


# %% nbgrader={"grade": false, "grade_id": "discriminator_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def discriminator_loss(
    labelled_logits: Tensor, labels: Tensor, generated_logits: Tensor, c: Tensor, lambda_u: float, beta: float
) -> Tensor:
    """L_D: cross-entropy of labelled sentences, and λ_u times that of generated ones with β times their mean entropy.

    Args:
        labelled_logits: the discriminator's answer to real sentences, [B, C].
        labels: their classes, whole numbers, [B].
        generated_logits: its answer to generated sentences, [G, C]; G need not be B.
        c: the classes that those were generated from, whole numbers, [G].
        lambda_u: λ_u, the weight of the generated sentences.
        beta: β, the weight of the entropy among them.
    Returns:
        Scalar; finite, with finite gradients, also where a probability rounds to 0. Differentiable in labelled_logits and generated_logits.
    """
    ### BEGIN SOLUTION
    log_q = generated_logits.log_softmax(-1)
    entropy = -(log_q.exp() * log_q).sum(-1).mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_discriminator_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("discriminator_loss", discriminator_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two cross-entropies of the same form, and the entropy of each generated sentence's distribution, averaged. The bracket after $\lambda_u$ holds two of the three.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $H(q) = -\sum_k q_k \log q_k$ for each row; it is added, so that it shrinks.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `F.cross_entropy` twice. For the entropy take `log_softmax(-1)` and its `exp()`: `0 * log(0)` never happens then.
#
# </details>

# %% [markdown]
# ### Derivation 1 · `entropy_sign`
#
# 25 minutes · graded by hand · lecture: *Generating with Varying Semantic Label*
#
# Take one generated sentence and two classes, $q = q_D(c = 1 \mid \hat x) = \sigma(a)$ with the logit $a$, and let a share $r$ of such sentences be generated from class 1. The discriminator's loss of them is
#
# $$f(q) = -r \log q - (1 - r) \log(1 - q) + \beta\, h(q), \qquad h(q) = -q \log q - (1 - q) \log(1 - q).$$
#
# (i) Compute $\mathrm dh/\mathrm da$. In which direction does a step that lowers $h$ move $a$, and when does it not move at all? (ii) For $\beta = 0$ which $q$ is best? (iii) Let $r = \frac12$. Show that $q = \frac12$ is a minimum of $f$ for $\beta < 1$ and none for $\beta > 1$. What happens if $+\beta h$ is replaced by $-\beta h$, the sign
# that the paper's formula has once its maximisation is written as a loss? (iv) Say in words why *minimum* entropy is what one wants of sentences that nobody labelled, what the entropy of the mean over the sentences would do in its place, and why $\lambda_u$ and the labelled sentences are needed all the same.

# %% [markdown] nbgrader={"grade": true, "grade_id": "entropy_sign", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) $\mathrm dh/\mathrm dq = \log\frac{1 - q}{q} = -a$ and $\mathrm dq/\mathrm da = q(1 - q)$, so
#
# $$\frac{\mathrm dh}{\mathrm da} = -a\, q(1 - q).$$
#
# A step against it moves $a$ away from 0, to the side where it is: the likelier class becomes likelier still. At $a = 0$ it does not move, for nothing says to which side; and far out the factor $q(1 - q)$ lets it rest.
#
# (ii) $f'(q) = -\frac rq + \frac{1 - r}{1 - q}$ vanishes at $q = r$ only, and $f'' > 0$: the best answer is the share itself, calibrated, as of every cross-entropy.
#
# (iii) $f'(q) = -\frac rq + \frac{1 - r}{1 - q} + \beta \log \frac{1 - q}{q}$, which is 0 at $q = r = \frac12$. There
#
# $$f''(q) = \frac r{q^2} + \frac{1 - r}{(1 - q)^2} - \frac{\beta}{q(1 - q)} = 4 - 4\beta.$$
#
# It is positive for $\beta < 1$, and negative for $\beta > 1$: then $q = \frac12$ is a maximum, and there are two minima to its sides. (They lie between 0 and 1, for $-\frac12 \log q$ grows without bound towards the ends and $h$ vanishes there.) With $-\beta h$ the curvature is $4 + 4\beta$: the undecided answer is the more firmly
# held the larger $\beta$. More generally $f' = 0$ then has its solution between $r$ and $\frac12$: the printed sign draws *every* answer towards "I do not know", against the text.
#
# (iv) A generated sentence of which $D$ is unsure has a class all the same; nobody says which. Lowering the entropy moves the boundary between the classes away from such sentences, to where there are none, and so uses unlabelled sentences without inventing labels for them. The entropy of the *mean* is lowest when all
# sentences get the same answer: it asks for one class, not for sure answers. Minimum entropy has no idea which side is right: it makes a wrong guess firmer, too. The labelled sentences say which side is which, and $\lambda_u$ keeps them in charge.
#
# **Marking, four parts of equal weight,** one per question. (1) The derivative in $a$ (or in $q$, with the direction said), and the rest at $a = 0$. (2) $q = r$. (3) $4 - 4\beta$ with both cases, and the other sign as a pull towards ½; half for the curvature alone. (4) The boundary moves into a gap; the entropy of the mean asks for
# one class; labels or $\lambda_u$ against confident mistakes. Two of the three suffice for the full part.

# %% [markdown]
# ### Derivation 2 · `wake_sleep`
#
# 40 minutes · graded by hand · lecture: *Variants, Generating with Varying Semantic Label*
#
# The model is $p(z)\,p(c)\,p_G(x \mid z, c)$, and $q(z, c \mid x) = q_E(z \mid x)\,q_D(c \mid x)$ reads it backwards. (i) Write the ELBO of $\log p(x)$ with this $q$. Which of its terms are in $L_{\text{VAE}}$ of a sentence whose $c$ is drawn from $q_D(c \mid x)$, and which term is missing there? Why does it not matter to $G$ and $E$?
#
# (ii) In the *sleep* phase the model dreams: $z, c$ from the prior, $x$ from $G$. Show that
#
# $$\mathbb E_{p(z)p(c)p_G(x \mid z, c)}\big[-\log q_D(c \mid x) - \log q_E(z \mid x)\big] = \mathbb E_{p(x)}\, \mathrm{KL}\big(p(z, c \mid x) \,\|\, q(z, c \mid x)\big) + \text{const},$$
#
# where the constant depends on neither $D$ nor $E$, and give the best $q_D$ and $q_E$. (iii) In which two respects does this differ from the KL that (i) minimises? (iv) The same expectation stands in $L_c$ and $L_z$, but there $G$ moves. Show that $H(c) - L_c$ is a lower bound of the mutual information $I(c; x)$ of dreams, and say how
# far below it lies. What does the sleep phase then do for the generator? (v) Let $D$ be trained on dreams alone, without a label, and let $G$ please it. Show that $L_c$ cannot tell a good solution from one with the names of the classes exchanged. What in (5), and what in (4), stands against that? (vi) Why must $D$ and $E$ be
# held still in the generator's step?

# %% [markdown] nbgrader={"grade": true, "grade_id": "wake_sleep", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) With $q$ factorised,
#
# $$\log p(x) \ge \mathbb E_{q_E q_D} \log p_G(x \mid z, c) - \mathrm{KL}\big(q_E(z \mid x) \,\|\, p(z)\big) - \mathrm{KL}\big(q_D(c \mid x) \,\|\, p(c)\big).$$
#
# $-L_{\text{VAE}}$ with $c$ drawn from $q_D$ is an unbiased estimate of the first two terms. The third is missing; it depends on $D$ alone, and $D$ does not learn from this loss, so $G$ and $E$ get the same gradient. This is the *wake* phase: real sentences, read backwards, teach the generator.
#
# (ii) Let $p(x) = \mathbb E_{p(z)p(c)}\, p_G(x \mid z, c)$ be the law of dreams. As $p(z)p(c)p_G(x \mid z, c) = p(x)\,p(z, c \mid x)$, the left side is
#
# $$-\mathbb E_{p(x)} \mathbb E_{p(z, c \mid x)} \log q(z, c \mid x) = \mathbb E_{p(x)}\Big[\mathrm{KL}\big(p(z, c \mid x) \,\|\, q(z, c \mid x)\big) + H\big(p(z, c \mid x)\big)\Big],$$
#
# and the last term depends on $G$ only. Since $q$ factorises, the two cross-entropies can be minimised one by one: $q_D(c \mid x) = p(c \mid x)$ and $q_E(z \mid x) = p(z \mid x)$, the marginals of the true posterior (for a Gaussian $q_E$, the one with its mean and variances).
#
# (iii) The ELBO's gap is $\mathrm{KL}(q \,\|\, p(z, c \mid x))$: the arguments have changed places, so the sleep phase covers all of the posterior where the wake phase picks a part of it. And the mean is over dreams instead of real sentences: what the readers learn there is of use for real sentences as far as dreams resemble them.
#
# (iv) $I(c; x) = H(c) - H(c \mid x) = H(c) + \mathbb E \log p(c \mid x)$, and $\mathbb E_{p(x)} \mathrm{KL}(p(c \mid x) \,\|\, q_D(c \mid x)) \ge 0$ says that $\mathbb E \log p(c \mid x) \ge \mathbb E \log q_D(c \mid x) = -L_c$. So
#
# $$I(c; x) = H(c) - L_c + \mathbb E_{p(x)} \mathrm{KL}\big(p(c \mid x) \,\|\, q_D(c \mid x)\big).$$
#
# $H(c)$ is fixed by the prior: lowering $L_c$ raises a lower bound of the information, and its distance is what the sleep phase makes small. One phase tightens the bound, the other raises it; for $z$ and $L_z$ it is the same. (In the older algorithm the generator learns from real sentences only; that it learns from the verdict on its dreams is
# what is new here.)
#
# (v) Let $\pi$ exchange the classes, $G'(z, c) = G(z, \pi(c))$ and $q_{D'}(c \mid x) = q_D(\pi(c) \mid x)$. With a uniform $p(c)$ every dream and its probability are the same, and so is $L_c$, and the information: $c$ says much, and nobody knows what. The labelled term of (5) is not invariant, for it fixes the meaning of each class on real sentences.
# In (4) $L_{\text{VAE}}$ with labelled $c$, or $c \sim q_D$, is not: real positive sentences must be probable under $c = $ positive. It also forbids codes that no reader of English knows.
#
# (vi) $L_c$ falls in two ways: $G$ writes what $D$ understands, or $D$ learns to understand what $G$ writes. If both move, the second is the easier; it needs no English and it undoes what the labels taught $D$. The generator's step must take the verdict as it is: the gradient goes *through* $D$ and $E$ to the soft words, and stops at their weights.
# (The code that is public has let this gradient into $D$, and has also cut it off before it reached $G$.)
#
# **Marking, six parts of equal weight,** one per question. (1) The ELBO with three terms, and that the missing one is $D$'s alone. (2) The identity by Bayes' rule, and the marginals as optimum; half for one of the two. (3) Direction of the KL, and dreams for data. (4) The bound *and* its gap. (5) The exchange of names; labels in (5) or $L_{\text{VAE}}$ in (4).
# (6) That $D$ would follow $G$, or that $L_c$ would fall without $G$ obeying; that the gradient still passes through.

# %% [markdown]
# ## References
#
# - Z. Hu, Z. Yang, X. Liang, R. Salakhutdinov, E. P. Xing. Toward controlled generation of text. ICML 2017. [arXiv:1703.00955](https://arxiv.org/abs/1703.00955)
# - G. E. Hinton, P. Dayan, B. J. Frey, R. M. Neal. The wake-sleep algorithm for unsupervised neural networks. Science 268, 1995.
# - Y. Grandvalet, Y. Bengio. Semi-supervised learning by entropy minimization. NeurIPS 2004.
