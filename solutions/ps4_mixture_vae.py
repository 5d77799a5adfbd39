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
# # Problem set 4: discrete and mixture latents, done right
#
# The latent vector of problem set 2 can be decoded and walked through, but nobody can say what its seventh number *means*. Here the latent space gets parts with names: a code $c$ that
# takes one of $K$ values, alone or as the component of a mixture. By the end you can
#
# - say why one Gaussian has no axes worth reading, and what a discrete variable changes about that;
# - draw from a categorical distribution so that gradients flow, and keep its codes from falling out of use;
# - write the density, the responsibilities and the KL of a Gaussian mixture, without underflow;
# - find in the ELBO the term that pulls the components of a mixture together, and give it back by name;
# - sort the utterances of a car assistant by what they *do*, and answer one question with different actions;
# - measure interpretability so that a coin, a question mark or a small batch cannot pass for understanding.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the
# cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake,
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another: models and figures
# use the library's versions, except where a figure is there to show yours. Two derivations are graded by hand. Plan four hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*. `B` examples in a batch, `K` values of the code, `D` dimensions of $z$. `[B]` means one number per
# example: sum over dimensions, never average over the batch unless it is a loss. A `logvar` is $\log \sigma^2$. Functions leave their inputs unchanged.
# Where a docstring says *differentiable*, the check compares gradients too.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $c \in \{1, \dots, K\}$, the code | `codes` | | $\mu_c, \log \sigma_c^2$, the components | `means`, `logvars` |
# | $q_\phi(c \mid x)$, its posterior | `q`, `q_c` | | $\eta_c = (\mu_c/\sigma_c^2,\, -1/(2\sigma_c^2))$ | natural parameters |
# | $\bar q = \frac1B \sum_b q_\phi(c \mid x_b)$ | `q.mean(0)` | | $A(\eta)$ | log-partition function |
# | $q_\phi(z \mid x) = \mathcal N(\mu, \operatorname{diag} \sigma^2)$ | `mu`, `logvar` | | $L_d$, the dispersion term | `dispersion` |

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

complete("ps4_mixture_vae", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
import torch.nn.functional as F
from matplotlib.patches import Ellipse
from torch import Tensor
from torch.distributions import Categorical, MultivariateNormal

from latentkit.check import check, showing
from latentkit.data import load_sentences
from latentkit.data.dialog import context_words, load_dialogs
from latentkit.data.text import BOS, Vocabulary, collate, tokenize
from latentkit.decoding import greedy
from latentkit.explore import collapse_and_cure
from latentkit.explore.figure import BLUE, SKY, VERMILION, canvas, show, show_table
from latentkit.explore.pictures import show_curves, show_training
from latentkit.models import DiscreteVAE, MixtureVAE
from latentkit.evaluation.sentences import reconstruction_bleu
from latentkit.training.sentences import linear, train_sentence_model
from latentkit.trained import load_trained

torch.set_num_threads(1)  # networks as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. Why one Gaussian is hard to interpret
#
# *Lecture: How to Interpret Latent Variables in VAEs.*
#
# The sentence VAE of problem set 2 spends 15 nats on each sentence, so its 16 numbers hold a good deal. Is there a number for the tense, one for a "not"? Look for it: correlate each dimension of the posterior
# mean with whether the sentence is negated, and with whether it speaks of the past.
#
# Then turn the latent space by a random rotation $R$: encode to $Rz$, and let the decoder undo it first. **Predict before you run.** What does the rotation do to the ELBO, and what to the correlations?

# %% tags=["training", "explore"]
corpus = load_sentences("embedded")
trained = load_trained("sentence_vae")
held_out = collate([trained.vocabulary.encode(words) for words in corpus.test[:600]])
labels = corpus.labels["test"][:600]
facts = {"negated": torch.tensor([float(label["negated"]) for label in labels]), "past tense": torch.tensor([float(label["tense"] == "past") for label in labels])}  # fmt: skip

torch.manual_seed(1)
rotation = torch.linalg.qr(torch.randn(16, 16)).Q
with torch.no_grad():
    q = trained.model.posterior(held_out)
    z = q.sample()  # [600, 16]
    elbo = (
        trained.model.log_likelihood(held_out, z)
        + MultivariateNormal(torch.zeros(16), torch.eye(16)).log_prob(z)
        - q.log_prob(z)
    )
    # the turned model: its code is R z, its posterior N(R μ, R Σ Rᵀ), and its decoder reads Rᵀ of the code
    turned = z @ rotation.T
    turned_q = MultivariateNormal(q.mean @ rotation.T, rotation @ torch.diag_embed(q.variance) @ rotation.T)
    turned_elbo = trained.model.log_likelihood(held_out, turned @ rotation) + MultivariateNormal(torch.zeros(16), torch.eye(16)).log_prob(turned) - turned_q.log_prob(turned)  # fmt: skip


def tells(codes: Tensor, fact: Tensor) -> Tensor:
    """|correlation| of each dimension with a fact of 0 or 1, largest first, [M]."""
    table = torch.corrcoef(torch.cat([codes.T, fact[None]]))  # [M + 1, M + 1]
    return table[-1, :-1].abs().sort(descending=True).values


print(f"ELBO of the model {elbo.mean():.4f}, of the turned model {turned_elbo.mean():.4f} nats")
told = {f"{fact}, {name}": tells(codes, facts[fact]) for fact in facts for name, codes in {"the model": q.mean, "turned": q.mean @ rotation.T}.items()}  # fmt: skip
show_curves(
    list(range(1, 17)), told, markers=True, xlabel="latent dimension, by rank", ylabel="|correlation|", title="which dimension knows it?",
)  # fmt: skip

# %% [markdown]
# **Expected.** The same ELBO to the last digit shown. In the model one dimension is nearly the negation; in the turned model half a dozen share it. The past tense is spread over several dimensions in both. The two models explain the corpus equally well, so what a dimension
# "means" is no fact about the corpus. That one axis can be read is luck, helped a little by the encoder's diagonal covariance.
#
# ### Derivation 1 · `one_gaussian`
#
# 25 minutes · graded by hand · lecture: *How to Interpret Latent Variables in VAEs*
#
# A model is $p(z) = \mathcal N(0, I)$ and $p_\theta(x \mid z)$. (i) Let $R$ be an orthogonal matrix, and let a second model decode $p'(x \mid z) = p_\theta(x \mid R^\top z)$. Show that $p'(x) = p_\theta(x)$ for every $x$, and that the posterior
# $q'$ that is the law of $Rz$ for $z \sim q_\phi(z \mid x)$ has the same ELBO. (ii) Encoders have *diagonal* covariances. For which $q_\phi$ is $q'$ again diagonal for every $R$, and why is the restriction no cure? (iii) Now the prior is a mixture, $c$ uniform on
# $1, \dots, K$ and $z \mid c \sim \mathcal N(\mu_c, \sigma_c^2 I)$. Name the transformations of (i) that are still possible, and say which statements about $c$ survive them. (iv) Let all components be equal. What are the optimal $q(c \mid x)$ and the meaning of $c$? What has
# interpretability to do with the distances between components?

# %% [markdown] nbgrader={"grade": true, "grade_id": "one_gaussian", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Substitute $u = R^\top z$, with $|\det R| = 1$ and $\mathcal N(Ru; 0, I) = \mathcal N(u; 0, I)$, as $\|Ru\| = \|u\|$:
#
# $$p'(x) = \int \mathcal N(z; 0, I)\, p_\theta(x \mid R^\top z)\,dz = \int \mathcal N(u; 0, I)\, p_\theta(x \mid u)\,du = p_\theta(x).$$
#
# The same substitution in $\mathbb E_{q'}[\log p'(x \mid z) + \log p(z) - \log q'(z \mid x)]$, where $q'(Ru \mid x) = q_\phi(u \mid x)$, gives $\mathbb E_{q_\phi}[\log p_\theta(x \mid u) + \log p(u) - \log q_\phi(u \mid x)]$, term by term the old ELBO.
#
# (ii) $q'$ has the covariance $R\,\Sigma R^\top$, which is diagonal for every $R$ only if $\Sigma = \sigma^2(x) I$. For other $q_\phi$ the restriction prefers some axes: those along which the true posterior is nearly diagonal. Nothing says that these are the axes of tense or opinion. They depend on the
# decoder, and where the posteriors are narrow and alike in all directions, or the dimension is not in use, the preference is weak. Permutations and changes of sign of the axes always remain.
#
# (iii) The components can be renamed, $c \to \pi(c)$. And $z$ can still be turned (or reflected, moved, or scaled as a whole), if $\mu_c$, $\sigma_c$ and the decoder change with it: $p(x)$ is the same. Neither touches the statement "$x$ and $x'$ have the same $c$". It is a partition of the data,
# and does not depend on the coordinates. That is what can be compared with labels that a person gives.
#
# (iv) If all components are equal, $p(z \mid c) = p(z)$: $c$ is independent of $z$ and of $x$, the ELBO's terms in $c$ are just $-\mathrm{KL}(q(c \mid x) \,\|\, p(c))$, so the optimum is $q(c \mid x) = p(c)$ for all $x$. $c$ means nothing, and the model is the one of (i). The partition
# carries information to the extent that $p(c \mid z)$ differs from $p(c)$, that is, as far as the components do not overlap.
#
# **Marking, four parts of equal weight,** one per question. (1) The substitution for $p'(x)$ *and* for the ELBO; half for one of the two. (2) $\Sigma = \sigma^2 I$, and a reason why preferred axes need not be meaningful. (3) Renaming, turning with the means, and that the partition survives. (4) $q(c \mid x) = p(c)$,
# and overlap as the measure.

# %% [markdown]
# ## 2. A draw that gradients flow through
#
# *Lecture: discrete VAE.*
#
# So let the latent be a choice, $c \in \{1, \dots, K\}$. A choice cannot be reparameterised as $\mu + \sigma\varepsilon$ was. It can be written as a maximum: with independent standard Gumbel noise $g_k = -\log(-\log u_k)$,
# $\arg\max_k (\text{logits}_k + g_k)$ is a draw from $\operatorname{softmax}(\text{logits})$, exactly. The maximum has no gradient, but its soft version has (Jang et al. 2017):
#
# $$y = \operatorname{softmax}\big((\text{logits} + g)/\tau\big) \tag{1}$$

# %% [markdown]
# ### Exercise 1 · `gumbel_softmax`
#
# **Objective.** Relax a draw, and know where the temperature belongs.<br>
# **Lecture.** *discrete VAE*; equation (1). Jang et al. 2017, equation 2.<br>
# Difficulty ●○○○○ · importance ●●●●○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** One line, with four places to put $\tau$. Most wrong ones still train, towards a distribution that is not the encoder's: the draws then say something else than $q(c \mid x)$, and the KL is taken of the wrong one.
#
# **Predict before you run.** As $\tau \to 0$, $y$ becomes one-hot. Do its corners then come up with the probabilities $\operatorname{softmax}(\text{logits})$ or $\operatorname{softmax}(\text{logits}/\tau)$?


# %% nbgrader={"grade": false, "grade_id": "gumbel_softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gumbel_softmax(logits: Tensor, temperature: float, gumbel: Tensor) -> Tensor:
    """softmax((logits + g) / τ): a relaxed draw from softmax(logits).

    Args:
        logits: of q(c | x), [B, K].
        temperature: τ, positive.
        gumbel: independent standard Gumbel noise, given: nothing is drawn here, [B, K].
    Returns:
        [B, K], rows sum to one. Differentiable in logits and gumbel.
    """
    ### BEGIN SOLUTION
    return ((logits + gumbel) / temperature).softmax(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gumbel_softmax", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("gumbel_softmax", gumbel_softmax)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The order is: add the noise, divide everything by the temperature, normalise. Only the sum has the right maximum.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $y_k = \dfrac{e^{(\text{logits}_k + g_k)/\tau}}{\sum_j e^{(\text{logits}_j + g_j)/\tau}}$ for each row.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.softmax(..., dim=-1)` of one quotient. Written out by hand, the exponentials overflow at small τ.
#
# </details>

# %% tags=["explore"]
with showing("gumbel_softmax"):
    torch.manual_seed(2)
    logits = torch.tensor([1.0, 0.0, -1.0])
    corners = torch.tensor([[-0.87, -0.5], [0.87, -0.5], [0.0, 1.0]])  # of a triangle: left, right, top
    figure, panels = canvas(9.0, 3.1, columns=3)
    shares = []
    for axes, tau in zip(panels, (0.1, 0.7, 3.0), strict=True):
        noise = -(-torch.rand(600, 3).log()).log()
        draws = gumbel_softmax(logits.expand(600, 3), tau, noise)
        axes.plot(*(draws @ corners).T, linestyle="", marker=".", markersize=4, color=BLUE, alpha=0.5)
        for place, name in zip(corners, ("left", "right", "top"), strict=True):
            axes.annotate(name, (1.13 * place).tolist(), ha="center", va="center", fontsize=9)
        axes.set(xlim=(-1.2, 1.2), ylim=(-0.8, 1.2), aspect="equal", xticks=[], yticks=[], title=f"τ = {tau}")
        axes.spines[:].set_visible(False)
        nearest = draws.argmax(-1).bincount(minlength=3) / 600
        shares.append((f"{tau}", *(f"{share:.2f}" for share in nearest), f"{draws.amax(-1).mean():.2f}"))
    show(figure, "600 draws in a triangle whose corners are the three codes. " + " ".join(f"At τ = {row[0]}, nearest to left {row[1]}, right {row[2]}, top {row[3]}; mean of the largest entry {row[4]}." for row in shares), caption="Draws between three codes, at three temperatures.")  # fmt: skip
    show_table(
        "Where the draws lie nearest", ("τ", "left", "right", "top", "mean of the largest entry"),
        [("softmax(logits)", *(f"{p:.2f}" for p in logits.softmax(0)), ""), *shares],
    )  # fmt: skip

# %% [markdown]
# **Expected.** The temperature moves the draws between corners and centre; how many lie nearest to which corner stays at $\operatorname{softmax}(\text{logits})$, whatever $\tau$. **A wrong one** has other shares in each row (temperature on the logits alone), or the same cloud in all three
# panels (temperature forgotten).
#
# A cold draw is nearly honest, but its gradient is either almost zero or huge; a hot one trains smoothly, with a decoder that sees mixtures of codes. $\tau$ around 1 is where the trade is made.

# %% [markdown]
# ## 3. Codes that stay in use, and what a code knows
#
# *Lecture: discrete VAE.*
#
# The ELBO charges each sentence $\mathrm{KL}(q(c \mid x) \,\|\, p(c))$. Sure of its code, a sentence pays up to $\ln K$, and the easiest saving is to be sure of nothing. Averaged over a batch the charge is
#
# $$\frac1B \sum_b \mathrm{KL}\big(q(c \mid x_b) \,\|\, p(c)\big) \;=\; \underbrace{H(\bar q) - \frac1B \sum_b H\big(q(c \mid x_b)\big)}_{I(x;\, c)} \;+\; \mathrm{KL}\big(\bar q \,\|\, p(c)\big) \tag{2}$$
#
# The first part is the information that $c$ carries about $x$, the very thing that we want. Zhao et al. (2018) drop it from the charge and keep the second, which asks only that the codes be used evenly *on average*. They call it batch prior regularisation; the model is the DI-VAE.

# %% [markdown]
# ### Exercise 2 · `batch_prior_kl`
#
# **Objective.** Average first, then compare; survive a zero.<br>
# **Lecture.** *discrete VAE*; the last term of equation (2). Zhao et al. 2018.<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** "Mean of the KLs" and "KL of the mean" differ by the whole point of the method. And a code that nobody in the batch uses makes $0 \log 0$, which is 0 on paper and NaN in floats; one such batch ends a training.
#
# **Predict before you run.** Four sentences, four codes, each sentence sure of a code of its own, a uniform prior. What are the mean of the KLs and the KL of the mean?


# %% nbgrader={"grade": false, "grade_id": "batch_prior_kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_prior_kl(q: Tensor, prior: Tensor) -> Tensor:
    """KL(q̄ || prior) of the batch mean q̄ of q(c | x), in nats.

    Args:
        q: q(c | x), rows sum to one, zeros are allowed, [B, K].
        prior: p(c), positive, [K].
    Returns:
        Scalar. Differentiable in q.
    """
    ### BEGIN SOLUTION
    q_mean = q.mean(0)
    return (torch.special.xlogy(q_mean, q_mean) - q_mean * prior.log()).sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_batch_prior_kl", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("batch_prior_kl", batch_prior_kl)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# One distribution comes out of the batch, $\bar q$, and is compared with the prior once.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\sum_k \bar q_k \log \bar q_k - \sum_k \bar q_k \log p_k$, where $0 \log 0 = 0$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `q.mean(0)` is `[K]`. `torch.special.xlogy(a, b)` is `a * log(b)`, and 0 where `a` is 0; so is `-torch.special.entr(a)` for `a * log(a)`.
#
# </details>

# %% [markdown]
# ### Exercise 3 · `discrete_mutual_information`
#
# **Objective.** Measure what a code knows, and learn what the number cannot say.<br>
# **Lecture.** *discrete VAE*; the first term of equation (2). Zhao et al. 2018.<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** It is the number to watch while a discrete model trains: at 0 the code has collapsed, whatever the loss says. It is also a number that flatters, and is capped; both matter when you read a table.
#
# **Predict before you run.** A batch of $B = 8$ sentences and $K = 1000$ codes, each sentence sure of its own. Is the estimate nearer to $\ln 8 = 2.1$ or to $\ln 1000 = 6.9$?


# %% nbgrader={"grade": false, "grade_id": "discrete_mutual_information", "locked": false, "schema_version": 3, "solution": true, "task": false}
def discrete_mutual_information(q: Tensor) -> Tensor:
    """I(x; c) = H(q̄) - mean of H(q(c | x)) over a batch, in nats.

    Args:
        q: q(c | x), rows sum to one, zeros are allowed, [B, K].
    Returns:
        Scalar. Differentiable in q.
    """
    ### BEGIN SOLUTION
    return torch.special.entr(q.mean(0)).sum() - torch.special.entr(q).sum(-1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_discrete_mutual_information", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("discrete_mutual_information", discrete_mutual_information)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two entropies: of the codes over the whole batch, and of the codes given a sentence. What knowing the sentence removes is the information.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $H(p) = -\sum_k p_k \log p_k$; $\;I = H\big(\frac1B \sum_b q_b\big) - \frac1B \sum_b H(q_b)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.special.entr(p)` is $-p \log p$ elementwise, and 0 at 0. Sum it over the last dimension; `mean` and `entr` in one order for the first term, in the other for the second.
#
# </details>

# %% tags=["explore"]
with showing("batch_prior_kl", "discrete_mutual_information"):
    torch.manual_seed(3)
    prior = torch.full((4,), 0.25)
    batches = {
        "each sure of its own": torch.eye(4),
        "all sure of the first": torch.eye(4)[:1].expand(4, -1),
        "nobody sure": prior.expand(4, -1),
        "in between": (2 * torch.randn(4, 4)).softmax(-1),
    }
    rows = []
    for label, q in batches.items():
        mean_of_kls = (torch.special.xlogy(q, q) - q * prior.log()).sum(-1).mean()
        information, of_mean = discrete_mutual_information(q), batch_prior_kl(q, prior)
        rows.append(
            (label, f"{mean_of_kls:.3f}", f"{information:.3f}", f"{of_mean:.3f}", f"{information + of_mean:.3f}")
        )
    show_table("Equation (2) on four batches of four sentences, in nats", ("q(c | x)", "mean of the KLs", "your I(x; c)", "your KL of the mean", "your sum"), rows)  # fmt: skip

    torch.manual_seed(4)
    sizes = [4, 8, 16, 32, 64, 128, 256, 512, 1024]
    true_information = math.log(200)
    estimates = [
        discrete_mutual_information(F.one_hot(torch.randint(200, (size,)), 200).float()).item() for size in sizes
    ]
    show_curves(
        sizes, {"your estimate from one batch": estimates, "ln B": [math.log(size) for size in sizes]}, markers=True, level=("the truth, ln 200", true_information),
        xscale="log", xlabel="sentences in the batch, B", ylabel="nats", title="information of 200 even codes, each sentence sure of its own",
    )  # fmt: skip

# %% [markdown]
# **Expected.** In the table the last column equals the first: the ELBO's charge is information plus unevenness. For "each sure of its own" the mean of the KLs is $\ln 4 = 1.386$, all of it information, and the KL of the mean is 0. In the figure the estimate hugs $\ln B$: a batch of 8 cannot show more than 2.1 nats.
# **A wrong one** is NaN in the first two rows ($0 \log 0$), negative (sign), or larger than $\ln B$.
#
# So a mutual information of 3.4 measured in batches of 32 says "at the cap", and nothing about the model. Measure it on the whole test set.

# %% [markdown]
# ## 4. A mixture as the prior
#
# *Lecture: GM-VAE.*
#
# A code alone has its limits. Three variables of five values can tell $5^3 = 125$ sentences apart, $\ln 125 = 4.8$ nats at most, and what does not fit into them is lost: two sentences with the same code are decoded alike. Let the code say *which kind*, and a continuous $z$ the rest:
#
# $$p(c) = \pi_c, \qquad p(z \mid c) = \mathcal N(z;\, \mu_c, \operatorname{diag} \sigma_c^2), \qquad p(z) = \sum_{c=1}^K \pi_c\, \mathcal N(z;\, \mu_c, \operatorname{diag} \sigma_c^2) \tag{3}$$
#
# The means and variances are parameters of the model. Reading the mixture backwards gives the *responsibilities*,
#
# $$p(c \mid z) = \frac{\pi_c\, \mathcal N(z;\, \mu_c, \operatorname{diag} \sigma_c^2)}{p(z)} \tag{4}$$

# %% [markdown]
# ### Exercise 4 · `mixture_log_density`
#
# **Objective.** Add densities whose logarithms you have.<br>
# **Lecture.** *GM-VAE*; equation (3).<br>
# Difficulty ●●●○○ · importance ●●●●○ · 20 minutes · check: 0.1 s of CPU
#
# **Why.** In 16 dimensions a point is far from most components, each density rounds to 0, and the logarithm of their sum is $-\infty$. And the sum stands *inside* the logarithm: moving it outside is Jensen's inequality, and another model.
#
# **Predict before you run.** Two equal components at distance 6 from $z$, $\sigma = 1$, weights ½ and ½. Is $\log p(z)$ that of one component, $\ln 2$ more, or $\ln 2$ less?


# %% nbgrader={"grade": false, "grade_id": "mixture_log_density", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mixture_log_density(z: Tensor, weights: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """log Σ_k π_k N(z; μ_k, diag σ_k²), in nats; finite however far z is from every component.

    Args:
        z: [B, D].
        weights: π, sums to one, [K].
        means, logvars: μ and log σ² of the components, [K, D].
    Returns:
        [B]. Differentiable in z, means and logvars.
    """
    ### BEGIN SOLUTION
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()  # [B, K, D]
    log_normal = -0.5 * (squared + logvars + math.log(2 * math.pi)).sum(-1)  # [B, K]
    return (weights.log() + log_normal).logsumexp(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_mixture_log_density", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("mixture_log_density", mixture_log_density)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Compute the logarithm of each summand, $\log \pi_k + \log \mathcal N_k$, as a table $[B, K]$. Then add them without ever leaving the logarithm.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\log \mathcal N(z; \mu, \operatorname{diag} \sigma^2) = -\frac12 \sum_d \big[(z_d - \mu_d)^2/\sigma_d^2 + \log \sigma_d^2 + \log 2\pi\big]$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `z.unsqueeze(1)` is `[B, 1, D]` and meets `means` `[K, D]` in `[B, K, D]`. Sum over the last dimension, add `weights.log()`, `.logsumexp(-1)`.
#
# </details>

# %% [markdown]
# ### Exercise 5 · `mixture_responsibilities`
#
# **Objective.** Apply Bayes' rule where every probability underflows.<br>
# **Lecture.** *GM-VAE*; equation (4).<br>
# Difficulty ●●○○○ · importance ●●●○○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** What may be left out because it cancels? The constant $\log 2\pi$ does. The weights and the variances do not, and a model without them calls a wide, rare component as near as a narrow, frequent one.
#
# **Predict before you run.** Two components with the same mean, $\sigma_1 = 1$, $\sigma_2 = 3$, in one dimension, weights ½ and ½. Which one is responsible for a $z$ at their mean, and which for one at distance 4?


# %% nbgrader={"grade": false, "grade_id": "mixture_responsibilities", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mixture_responsibilities(z: Tensor, weights: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """p(c | z) under the mixture Σ_c π_c N(μ_c, diag σ_c²); rows sum to one however far z is from every component.

    Args:
        z: [B, D].
        weights: π, sums to one, [K].
        means, logvars: μ and log σ² of the components, [K, D].
    Returns:
        [B, K]. Differentiable in z, means and logvars.
    """
    ### BEGIN SOLUTION
    squared = (z.unsqueeze(1) - means) ** 2 / logvars.exp()  # [B, K, D]
    log_joint = weights.log() - 0.5 * (squared + logvars).sum(-1)  # [B, K], up to a constant that cancels
    return log_joint.softmax(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_mixture_responsibilities", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("mixture_responsibilities", mixture_responsibilities)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# You have the logarithm of the numerator for every component from the last exercise. Dividing by the sum of numerators is one well-known function of their logarithms.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $p(c \mid z) = \operatorname{softmax}_c\big(\log \pi_c + \log \mathcal N(z; \mu_c, \operatorname{diag} \sigma_c^2)\big)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# As before up to the `[B, K]` of log joints; then `.softmax(-1)` in place of `.logsumexp(-1)`.
#
# </details>

# %% tags=["explore"]
with showing("mixture_log_density", "mixture_responsibilities"):
    weights = torch.tensor([0.45, 0.45, 0.1])
    means = torch.tensor([[-2.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    logvars = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.6, 1.6]])
    side = torch.linspace(-6, 6, 121)
    grid = torch.cartesian_prod(side, side)  # [121², 2]; the first coordinate changes slowest
    log_p = mixture_log_density(grid, weights, means, logvars).reshape(121, 121).T
    owner = mixture_responsibilities(grid, weights, means, logvars).reshape(121, 121, 3)
    figure, panels = canvas(9.6, 3.3, columns=3)
    panels[0].contour(side, side, log_p, levels=list(range(-14, 0, 2)), cmap="cividis")
    panels[0].set(title="your log p(z), every 2 nats")
    for axes, component, name in ((panels[1], 0, "left"), (panels[2], 2, "top")):
        shaded = axes.imshow(
            owner[..., component].T, origin="lower", extent=(-6, 6, -6, 6), cmap="cividis", vmin=0, vmax=1
        )
        axes.set(title=f"your p(c = {name} | z)")
    figure.colorbar(shaded, ax=panels[1:], shrink=0.8)
    for axes in panels:
        axes.plot(*means.T, linestyle="", marker="+", color=VERMILION, markersize=10)
        axes.set(xlabel="z₁", ylabel="z₂", aspect="equal")
    density_mass = mixture_log_density(grid, weights, means, logvars).exp().sum() * (side[1] - side[0]) ** 2
    at = {
        f"({x}, {y})": (x + 6) * 10 * 121 + (y + 6) * 10 for x, y in ((-2, 0), (2, 0), (0, 2), (0, 6), (0, -6))
    }  # rows of the grid
    told = "; ".join(f"{place}: log density {log_p.T.flatten()[row]:.1f}, left {owner.flatten(0, 1)[row, 0]:.2f}, top {owner.flatten(0, 1)[row, 2]:.2f}" for place, row in at.items())  # fmt: skip
    show(figure, f"Contours of a density, its mass over the square {density_mass:.3f}, and two maps of responsibilities. At {told}.", caption="A mixture's density, and what its components claim of every place.")  # fmt: skip
    print(f"mass of your density over the square: {density_mass:.3f}")

# %% [markdown]
# **Expected.** Two peaks on a wide skirt, a mass just below 1, and a wide, rare component that owns everything *far away*, below the other two as well: distance counts in units of each component's own $\sigma$. At the common mean of the prediction the narrow component wins (its density there is three times as high), at distance 4 the wide
# one. **A wrong one** has a mass of about 3 (weights missing), or a boundary halfway between the crosses (variances missing).
#
# For the other prediction: both densities are equal, so $\frac12 + \frac12$ of the same is the log density of one.

# %% [markdown]
# ## 5. The price of a code under a mixture
#
# *Lecture: GM-VAE.*
#
# The posterior has two heads, $q(z \mid x)$ and $q(c \mid x)$, taken as independent given $x$. The bound becomes
#
# $$\log p_\theta(x) \ge \mathbb E_{q(z \mid x)}[\log p_\theta(x \mid z)] \;-\; \underbrace{\mathbb E_{q(c \mid x)} \mathrm{KL}\big(q(z \mid x) \,\|\, p(z \mid c)\big)}_{\text{mixture KL}} \;-\; \mathrm{KL}\big(q(c \mid x) \,\|\, p(c)\big) \tag{5}$$

# %% [markdown]
# ### Exercise 6 · `kl_between_gaussians`
#
# **Objective.** Free the prior of its zeros and ones.<br>
# **Lecture.** *GM-VAE*; Kingma and Welling 2014, appendix B, with another $p$.<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** With $p = \mathcal N(0, I)$ you could not confuse $\sigma_p^2$ with $\sigma_q^2$. Now each place wants one of the two, and the prior is *trained*: a gradient must reach it.
#
# **Predict before you run.** $q$ is very narrow and sits at $p$'s mean. Is the KL near 0?


# %% nbgrader={"grade": false, "grade_id": "kl_between_gaussians", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kl_between_gaussians(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL(N(mu_q, diag exp(logvar_q)) || N(mu_p, diag exp(logvar_p))), in nats.

    Args:
        mu_q, logvar_q: of the posterior, [B, D].
        mu_p, logvar_p: of the prior, [B, D].
    Returns:
        [B], summed over D. Differentiable in mu_q, logvar_q, mu_p and logvar_p.
    """
    ### BEGIN SOLUTION
    log_ratio = logvar_q - logvar_p
    distance = (mu_q - mu_p) ** 2 / logvar_p.exp()
    return 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_kl_between_gaussians", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("kl_between_gaussians", kl_between_gaussians)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Measure everything in units of $p$: its mean is the origin, its standard deviation the unit. Then it is the formula of problem set 1.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\frac12 \sum_d \Big[\dfrac{(\mu_q - \mu_p)^2}{\sigma_p^2} + \dfrac{\sigma_q^2}{\sigma_p^2} - 1 - \log \dfrac{\sigma_q^2}{\sigma_p^2}\Big]$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `logvar_q - logvar_p` is the log of the ratio; use it as it is, and its `.exp()`. One sum over the last dimension.
#
# </details>

# %% [markdown]
# No: it grows without bound as $\sigma_q \to 0$. At the same mean $\frac12(\sigma_q^2/\sigma_p^2 - 1 - \log \sigma_q^2/\sigma_p^2)$ is left in each dimension, and the logarithm wins. Being surer than the prior has a price even at the right place.
#
# ### Exercise 7 · `mixture_kl`
#
# **Objective.** Average divergences, not Gaussians.<br>
# **Lecture.** *GM-VAE*; the second term of (5). Shi et al. 2020.<br>
# Difficulty ●●●○○ · importance ●●●●● · 20 minutes · check: 0.1 s of CPU
#
# **Why.** "The KL to the average component" is shorter to write and looks like it. It is smaller by exactly the term that this problem set is about.
#
# **Predict before you run.** Two components at $-2$ and $+2$, $\sigma = 1$. A sentence is undecided, $q(c \mid x) = (\frac12, \frac12)$. Where on the line is its $z$ cheapest: at one of the components, or in the middle, where there is nothing?


# %% nbgrader={"grade": false, "grade_id": "mixture_kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mixture_kl(q_c: Tensor, mu: Tensor, logvar: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """Σ_c q(c | x) KL(q(z | x) || p(z | c)), in nats.

    Args:
        q_c: q(c | x), rows sum to one, [B, K].
        mu, logvar: of q(z | x), [B, D].
        means, logvars: of the components p(z | c), [K, D].
    Returns:
        [B]. Differentiable in q_c, mu, logvar, means and logvars.
    """
    ### BEGIN SOLUTION
    log_ratio = logvar.unsqueeze(1) - logvars  # [B, K, D]
    distance = (mu.unsqueeze(1) - means) ** 2 / logvars.exp()
    kl = 0.5 * (distance + log_ratio.exp() - 1 - log_ratio).sum(-1)  # [B, K]
    return (q_c * kl).sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_mixture_kl", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("mixture_kl", mixture_kl)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Make the table of all divergences, one row an example, one column a component. Then take each row's mean under $q(c \mid x)$.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\sum_c q(c \mid x_b)\; \frac12 \sum_d \Big[\dfrac{(\mu_{bd} - \mu_{cd})^2}{\sigma_{cd}^2} + \dfrac{\sigma_{bd}^2}{\sigma_{cd}^2} - 1 - \log \dfrac{\sigma_{bd}^2}{\sigma_{cd}^2}\Big]$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `mu.unsqueeze(1)` against `means` gives `[B, K, D]`. Your KL between Gaussians broadcasts, too: `kl_between_gaussians(mu.unsqueeze(1), ..., means, logvars)` is `[B, K]`. Multiply by `q_c`, sum over the last dimension.
#
# </details>

# %% tags=["explore"]
with showing("mixture_kl"):
    places = torch.linspace(-4, 4, 81).unsqueeze(1)  # where the posterior sits, [81, 1]
    two = torch.tensor([[-2.0], [2.0]])
    narrow, unit = torch.full_like(places, math.log(0.3**2)), torch.zeros(2, 1)
    beliefs = {"undecided, ½ and ½": [0.5, 0.5], "rather the right one, 0.1 and 0.9": [0.1, 0.9], "sure of the right one": [0.0, 1.0]}  # fmt: skip
    prices = {label: mixture_kl(torch.tensor([belief]).expand(81, 2), places, narrow, two, unit) for label, belief in beliefs.items()}  # fmt: skip
    show_curves(
        places[:, 0], prices, xlabel="mean of q(z | x), σ = 0.3", ylabel="your mixture KL, nats", title="components at −2 and +2, σ = 1",
    )  # fmt: skip

# %% [markdown]
# **Expected.** Three parabolas of the same shape. The undecided one has its minimum in the middle, and pays two nats more there than the sure one at its component. **A wrong one** has the same minimal height everywhere (KL to an average component).
#
# So an undecided sentence puts its $z$ *between* the components. At the start of training every sentence is undecided. The parabola's height is then set by the distance of the components, and they, too, have a gradient.

# %% [markdown]
# ## 6. Where the ELBO pulls the components together
#
# *Lecture: mode collapse; Dispersed EM-VAE.*
#
# First look. The same model in two dimensions, so that everything can be seen: five clusters of points, a $z$ in the plane, five components, small networks at both ends. Five trainings were recorded. Leave $\beta$ at 0, the ELBO, and play the training from the start to the end; or drag the dot along its curve. Point at a component to see the points that it claims.
#
# **Predict before you run.** The components begin at random. The points come in five clusters. Where will the five ellipses be at the end?

# %% tags=["explore"]
collapse_and_cure(beta=0.0)

# %% [markdown]
# **Expected.** One ellipse, five times. All $L_d$ and all spread are gone at the end, $I(x; c)$ is 0, and the clusters lie in one Gaussian as they would in section 1. That is *mode collapse*, seen in the prior means. The data did not ask for it, there are five clusters. Which term of (5) did?
#
# A Gaussian belongs to the exponential family. In one dimension, with the statistics $T(z) = (z, z^2)$,
#
# $$p(z \mid c) = h(z) \exp\big(\eta_c \cdot T(z) - A(\eta_c)\big), \qquad \eta_c = \Big(\frac{\mu_c}{\sigma_c^2},\, -\frac{1}{2\sigma_c^2}\Big), \qquad
# A(\eta) = -\frac{\eta_1^2}{4\eta_2} - \frac12 \log(-2\eta_2) \tag{6}$$
#
# $A$ is the *log-partition function*: what makes the density integrate to one. Its gradient is the mean of the statistics, its second derivative their covariance, so $A$ is convex.
#
# ### Derivation 2 · `what_pulls`
#
# 40 minutes · graded by hand · lecture: *Dispersed EM-VAE*
#
# (i) Derive the bound (5) from $\log p_\theta(x)$, and say where you use that $q(z, c \mid x) = q(z \mid x)\,q(c \mid x)$. (ii) With (6), show that
#
# $$\mathbb E_{q(c \mid x)} \mathrm{KL}\big(q(z \mid x) \,\|\, p(z \mid c)\big) = \mathrm{KL}\big(q(z \mid x) \,\|\, p_{\bar\eta}(z)\big) + L_d, \qquad L_d = \mathbb E_{q(c \mid x)} A(\eta_c) - A(\bar\eta), \qquad \bar\eta = \mathbb E_{q(c \mid x)} \eta_c. \tag{7}$$
#
# (iii) Why is $L_d \ge 0$, and when is it 0? (iv) Compute $L_d$ for two components in one dimension with the same variance $\sigma^2$ and $q(c \mid x) = (1 - t, t)$. Which sentences pull the components together, and how does the force depend on their distance? (v) Training maximises
# $\text{ELBO} + \beta L_d$. Show that for $\beta > 1$ this has no upper bound, and say what is lost for $0 < \beta \le 1$.

# %% [markdown] nbgrader={"grade": true, "grade_id": "what_pulls", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) With $p_\theta(x, z, c) = p(c)\,p(z \mid c)\,p_\theta(x \mid z)$ and Jensen's inequality,
#
# $$\log p_\theta(x) \ge \mathbb E_{q(z, c \mid x)}\Big[\log p_\theta(x \mid z) + \log \frac{p(z \mid c)}{q(z \mid x)} + \log \frac{p(c)}{q(c \mid x)}\Big].$$
#
# Because $q$ factorises, the fraction splits into these two, the expectation of the second term over $z$ and $c$ separately is the mixture KL, and that of the third is $-\mathrm{KL}(q(c \mid x) \,\|\, p(c))$.
#
# (ii) Write $q$ for $q(z \mid x)$. For every $\eta$, $\mathrm{KL}(q \,\|\, p_\eta) = \mathbb E_q[\log q(z) - \log h(z)] - \eta \cdot \mathbb E_q T(z) + A(\eta)$: linear in $\eta$ but for $A$. Averaged over $q(c \mid x)$,
#
# $$\mathbb E_{q(c \mid x)} \mathrm{KL}(q \,\|\, p_{\eta_c}) = \mathbb E_q[\log q - \log h] - \bar\eta \cdot \mathbb E_q T + \mathbb E_{q(c \mid x)} A(\eta_c) = \mathrm{KL}(q \,\|\, p_{\bar\eta}) - A(\bar\eta) + \mathbb E_{q(c \mid x)} A(\eta_c).$$
#
# (iii) $A$ is convex, so $L_d \ge 0$ by Jensen. $A$ is strictly convex here (the statistics $z$ and $z^2$ are not linearly dependent), so $L_d = 0$ only if $\eta_c$ is the same for all $c$ with $q(c \mid x) > 0$: because the sentence is sure of its component, or because the components that it hesitates between are equal.
#
# (iv) With one $\eta_2 = -1/(2\sigma^2)$ the logarithms cancel, and $-\eta_1^2/(4\eta_2) = \mu^2/(2\sigma^2)$. So $L_d = \frac{1}{2\sigma^2}\big[(1 - t)\mu_1^2 + t\mu_2^2 - ((1 - t)\mu_1 + t\mu_2)^2\big] = \dfrac{t(1 - t)}{2\sigma^2}(\mu_1 - \mu_2)^2$. The undecided sentences pull, most of
# all those with $t = \frac12$; a sure one does not. The force is the derivative, $t(1 - t)(\mu_1 - \mu_2)/\sigma^2$: like a spring it grows with the distance. A sentence can also escape by being sure, but that costs up to $\ln K$ in $\mathrm{KL}(q(c \mid x) \,\|\, p(c))$ and needs a decoder for
# which it matters; at the beginning, when every $q(c \mid x)$ is nearly uniform, the springs act on all components at once.
#
# (v) The objective is $\mathbb E_q \log p_\theta(x \mid z) - \mathrm{KL}(q \,\|\, p_{\bar\eta}) - (1 - \beta) L_d - \mathrm{KL}(q(c \mid x) \,\|\, p(c))$. Let $q(c \mid x) = (\frac12, \frac12)$ for all $x$, and the components lie at $\pm s$ with one $\sigma^2$. Then $\bar\eta$ does not depend on $s$, nor do the first, second and last
# term; $L_d = s^2/(2\sigma^2)$ grows without bound, and with $\beta > 1$ so does the objective. For $0 < \beta \le 1$ the objective exceeds the ELBO by $\beta L_d$, so it need not be a lower bound of $\log p_\theta(x)$ any more: it must not be reported as one. Nor does the data now decide how close together the
# components are; $\beta$ does, too.
#
# **Marking, six parts of equal weight.** (1) The bound, with the place where the factorisation is used. (2) KL of the family as linear in $\eta$ but for $A$. (3) The identity (7) by averaging it. (4) Jensen with convexity, and both cases of equality. (5) $t(1-t)(\mu_1-\mu_2)^2/(2\sigma^2)$, and that the undecided pull.
# (6) An unbounded direction for $\beta > 1$ along which the other terms stay; the loss of the bound. Half of (6) for "the weight of $L_d$ becomes negative" alone.

# %% [markdown]
# ## 7. Giving the dispersion back
#
# *Lecture: Dispersed EM-VAE.*
#
# Shi et al. (2020) maximise $\text{ELBO} + \beta L_d$: with $\beta = 0$ the plain mixture VAE (GM-VAE), with $\beta = 1$ a model whose components feel no pull towards each other. By (7) the loss is
#
# $$\mathcal L = \mathbb E\big[-\log p_\theta(x \mid z)\big] + \mathrm{KL}\big(q(z \mid x) \,\|\, p_{\bar\eta}\big) + (1 - \beta)\, L_d + \mathrm{KL}\big(q(c \mid x) \,\|\, p(c)\big) \tag{8}$$

# %% [markdown]
# ### Exercise 8 · `dispersion`
#
# **Objective.** Work in natural parameters.<br>
# **Lecture.** *Dispersed EM-VAE*; equations (6) and (7). Shi et al. 2020.<br>
# Difficulty ●●●●○ · importance ●●●●● · 30 minutes · check: 0.2 s of CPU
#
# **Why.** Averaging means and variances instead of natural parameters gives a number that is right whenever all variances are equal, as they are at the start, and in most tests. Then the variances are trained.
#
# **Predict before you run.** Two components with the *same mean* and different variances: is $L_d$ zero?


# %% nbgrader={"grade": false, "grade_id": "dispersion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dispersion(q_c: Tensor, means: Tensor, logvars: Tensor) -> Tensor:
    """L_d = E_q A(η_c) - A(E_q η_c), with η = (μ/σ², -1/(2σ²)) and A = Σ_D [-η₁²/(4η₂) - ½ log(-2η₂)], in nats.

    Args:
        q_c: q(c | x), rows sum to one, [B, K].
        means, logvars: of the components, [K, D].
    Returns:
        [B], summed over D. Differentiable in q_c, means and logvars.
    """

    ### BEGIN SOLUTION
    def log_partition(eta1: Tensor, eta2: Tensor) -> Tensor:
        return (-(eta1**2) / (4 * eta2) - 0.5 * (-2 * eta2).log()).sum(-1)

    precision = (-logvars).exp()
    eta1, eta2 = means * precision, -0.5 * precision  # [K, D]
    return q_c @ log_partition(eta1, eta2) - log_partition(q_c @ eta1, q_c @ eta2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dispersion", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("dispersion", dispersion)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# A function $A(\eta_1, \eta_2)$ is called twice: on every component's parameters, and on their mean under $q(c \mid x)$.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\bar\eta_1 = \sum_c q(c \mid x)\, \mu_c/\sigma_c^2$ and $\bar\eta_2 = -\sum_c q(c \mid x)/(2\sigma_c^2)$, for each dimension. $\sum_c q(c \mid x) A(\eta_c) - A(\bar\eta)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `(-logvars).exp()` is $1/\sigma^2$. `q_c @ eta1` is `[B, D]`, the mean for each example. Sum `A` over the last dimension *before* you take its mean over $c$: `q_c @ A` with `A` of shape `[K]`.
#
# </details>

# %% tags=["explore"]
with showing("kl_between_gaussians", "mixture_kl", "dispersion"):
    torch.manual_seed(5)
    q_c = torch.randn(4, 3).softmax(-1)
    means, logvars = 2 * torch.randn(3, 2), torch.randn(3, 2)
    mu, logvar = torch.randn(2, 4, 2)
    precision = q_c @ (-logvars).exp()  # of the mean component, 1/σ² = -2 E η₂
    centre = q_c @ (means * (-logvars).exp()) / precision
    left = mixture_kl(q_c, mu, logvar, means, logvars)
    kl_z = kl_between_gaussians(mu, logvar, centre, -precision.log())
    l_d = dispersion(q_c, means, logvars)
    show_table(
        "Equation (7) on four random examples, in nats", ("example", "your mixture KL", "KL to the mean component", "your L_d", "sum of the last two"),
        [(str(b + 1), *(f"{value[b]:.4f}" for value in (left, kl_z, l_d, kl_z + l_d))) for b in range(4)],
    )  # fmt: skip
    apart = torch.linspace(0, 4, 41)
    even = torch.tensor([[0.5, 0.5]])
    variances = {"both σ = 1": [0.0, 0.0], "σ = 1 and σ = 2": [0.0, math.log(4.0)], "both σ = 2": [math.log(4.0)] * 2}
    curves = {label: [dispersion(even, torch.tensor([[-d / 2], [d / 2]]), torch.tensor(pair).unsqueeze(1)).item() for d in apart] for label, pair in variances.items()}  # fmt: skip
    show_curves(
        apart, curves, xlabel="distance of the two means", ylabel="your L_d, nats", title="an undecided example, q(c | x) = (½, ½)",
    )  # fmt: skip

# %% [markdown]
# **Expected.** The second column of the table equals the last, to the fourth digit. In the figure two parabolas start at 0, and the curve of unequal variances starts above it: no, it is not zero, for the components differ. **A wrong one** is negative (sign), equal for equal variances only, or 0 at distance 0 for all three.

# %% [markdown]
# ### Exercise 9 · `dem_vae_loss`
#
# **Objective.** Count the dispersion exactly as often as it should count.<br>
# **Lecture.** *Dispersed EM-VAE*; equation (8). Shi et al. 2020.<br>
# Difficulty ●●○○○ · importance ●●●●● · 10 minutes · check: 0.1 s of CPU
#
# **Why.** $L_d$ is in the ELBO already, with a minus sign, hidden in the mixture KL. Add $\beta L_d$ to a loss that was written without it and you have $-\beta$ where $1 - \beta$ belongs. The published code has an option of that name, too; it is $1 - \beta$ of the paper.
#
# **Predict before you run.** Which $\beta$ makes the loss independent of the distance between the components, if nothing else depends on it?


# %% nbgrader={"grade": false, "grade_id": "dem_vae_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dem_vae_loss(nll: Tensor, kl_z: Tensor, dispersion: Tensor, kl_c: Tensor, beta: float) -> Tensor:
    """What training minimises: the batch mean of -(ELBO + β L_d), in nats per example.

    Args:
        nll: -log p(x | z) at one sample of z each, [B].
        kl_z: KL(q(z | x) || p(z | mean natural parameters)), [B].
        dispersion: L_d, [B]; the mixture KL is kl_z + L_d.
        kl_c: KL(q(c | x) || p(c)), [B].
        beta: β, from 0 to 1 to train with; a larger one has its loss, too (the figure tries 1.5).
    Returns:
        Scalar. Differentiable in nll, kl_z, dispersion and kl_c.
    """
    ### BEGIN SOLUTION
    return (nll + kl_z + (1 - beta) * dispersion + kl_c).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dem_vae_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("dem_vae_loss", dem_vae_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Write down the ELBO of (5) with (7) put in, add $\beta L_d$, collect the terms in $L_d$, and turn the sign.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\text{ELBO} = -\text{nll} - (\text{kl}_z + L_d) - \text{kl}_c$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# A sum of four terms, one of them with a factor in front, and `.mean()` at the end.
#
# </details>

# %% tags=["explore"]
with showing("dem_vae_loss"):
    distances = torch.linspace(0, 4, 41)
    zero = torch.zeros(1)
    losses = {
        f"β = {beta}": [
            dem_vae_loss(zero, zero, d.view(1) ** 2 / 8, zero, beta).item()
            for d in distances  # L_d of ½ and ½ at σ = 1
        ]
        for beta in (0.0, 0.5, 1.0, 1.5)
    }
    show_curves(
        distances, losses, xlabel="distance of two components, σ = 1", ylabel="your loss, nats", title="what an undecided example wants",
    )  # fmt: skip

# %% [markdown]
# **Expected.** A bowl for $\beta = 0$, a flatter one for ½, a level line for 1, and for 1.5 a slope without a floor, which is why the library refuses to train with $\beta > 1$. At $\beta = 1$ nothing pushes the components apart either; they are merely free to go where the data wants them.
#
# Back to the plane, now with $\beta$. **Predict first:** does a little of it help a little, or is there a point where the components hold?

# %% tags=["explore"]
collapse_and_cure(beta=1.0)

# %% [markdown]
# **Expected.** There is such a point: already at 0.25 the components draw near at first, then part again, though only as far as three groups for the five clusters. From 0.5 on they hold, and four codes are in use. At 1 they *run away*: $L_d$ grows to a hundred nats, the components stand around the points where no point is, and $I(x; c)$ falls below a tenth of a nat. "No pull" is not "the right place": at $\beta = 1$ a point that
# hesitates between two distant components pays nothing for their distance. Dispersion is dosed, not maximised.

# %% [markdown]
# ## 8. With and without, on the utterances of a car assistant
#
# *Lecture: Dispersed EM-VAE.*
#
# The corpus is a grammar of dialogues between drivers and their car. Every utterance does something (asks for the weather, thanks, apologises), and we know what: twenty *actions*, some frequent and some rare. The models never see them.

# %% tags=["training"]
dialogs = load_dialogs("embedded")
words = Vocabulary.from_sentences([turn.words for turn in dialogs.train])
train_set, valid_set, test_set = (
    [words.encode(turn.words) for turn in part] for part in (dialogs.train, dialogs.valid[:400], dialogs.test)
)
valid_tokens, test_tokens = collate(valid_set), collate(test_set)
actions = sorted({turn.labels["action"] for turn in dialogs.train})
golden = torch.tensor([actions.index(turn.labels["action"]) for turn in dialogs.test])
print(
    f"{len(train_set):,} utterances to train on, {len(test_set):,} to test, {len(words)} words, {len(actions)} actions"
)
for turn in dialogs.train[:5]:
    print(f"{turn.labels['action']:18s} {' '.join(turn.words)}")

# %% [markdown]
# Four models with the same encoder and decoder, three code variables of five values each, and a two-dimensional $z$ for each variable where there is one:
#
# - *DI-VAE*: codes alone, Gumbel-softmax and batch prior regularisation (sections 2 and 3);
# - *GM-VAE*: the mixture, trained by its ELBO, $\beta = 0$;
# - *DEM-VAE*: the same with $\beta = 0.9$;
# - *DEM-VAE + I*: the same, and the mutual information $I(x; c)$ of the batch added to the objective.
#
# **Predict before you run.** In which of the last three do the prior means stay apart, and which knows most about the utterance by its code?


# %% tags=["training"]
from latentkit.models import discrete_vae


def train_coder(label: str, model: torch.nn.Module, steps: int = 600) -> list[tuple[int, float, float]]:
    """Train in place, the KL annealed and words hidden; (step, spread of the prior means, I(x; c)) as it went."""
    seen = []

    def watch(step: int) -> None:
        with torch.no_grad():
            information = discrete_vae.mutual_information(model.codes(valid_tokens)).item()  # over all variables
        spread = model.mixture.spread().item() if hasattr(model, "mixture") else math.nan
        seen.append((step, spread, information))

    train_sentence_model(
        model, train_set, steps, schedule=linear(steps // 2), word_dropout=0.4, learning_rate=5e-3,
        watch=watch, every=50, label=label,
    )  # fmt: skip
    return seen


sizes = {"vocab_size": len(words), "embedding_dim": 32, "hidden_dim": 64, "network": "gru"}
makers = {
    "DI-VAE": lambda: DiscreteVAE(**sizes),
    "GM-VAE": lambda: MixtureVAE(**sizes, latent_dim=2, beta=0.0),
    "DEM-VAE": lambda: MixtureVAE(**sizes, latent_dim=2, beta=0.9),
    "DEM-VAE + I": lambda: MixtureVAE(**sizes, latent_dim=2, beta=0.9, mi_weight=1.0),
}
coders, progress = {}, {}
for label, make in makers.items():
    torch.manual_seed(0)
    coders[label] = make()
    progress[label] = train_coder(label, coders[label])

# %% tags=["training", "explore"]
mixtures = [label for label in coders if label != "DI-VAE"]
times = [step for step, _, _ in progress["GM-VAE"]]
panels = {
    "spread of the prior means, in σ": {label: [spread for _, spread, _ in progress[label]] for label in mixtures},
    "I(x; c), nats": {label: [information for _, _, information in progress[label]] for label in mixtures},
}
show_training(
    times, panels,
    caption="How far apart the prior's components are during training, and how much the codes tell of the utterances.",
)  # fmt: skip

# %% [markdown]
# **Expected.** The GM-VAE's means begin apart, at random, and lose most of their distance in the first 200 steps, when every utterance is undecided and pulls at all of them: the springs of section 6. With $\beta = 0.9$ they stay where chance has put them, and with the information added they move
# farther apart still. But look at the right panel: *apart is not yet used*. Without the information in the objective the codes of both mixtures know about half a nat or less.
#
# Now look at the prior itself: each variable's five components as ellipses of one $\sigma$, and the posterior means of the test utterances as dots.

# %% tags=["training", "explore"]
figure, panels = canvas(9.0, 9.0, rows=3, columns=3)
rows_of_panels = [panels[3 * row : 3 * row + 3] for row in range(3)]
with torch.no_grad():
    for label, row in zip(mixtures, rows_of_panels, strict=True):
        prior, centres = coders[label].mixture, coders[label].centre(test_tokens[:400]).unflatten(-1, (3, 2))
        for variable, axes in enumerate(row):
            axes.plot(*centres[:, variable].T, linestyle="", marker=".", markersize=3, color=SKY, alpha=0.6)
            for k, (mean, sigma) in enumerate(zip(prior.means[variable].tolist(), (prior.logvars[variable] / 2).exp().tolist(), strict=True)):  # fmt: skip
                axes.add_patch(Ellipse(mean, 2 * sigma[0], 2 * sigma[1], fill=False, color=VERMILION))
                axes.text(*mean, str(k), ha="center", va="center", fontsize=9)
            axes.set(title=f"{label}, variable {variable + 1}", aspect="equal", xticks=[], yticks=[])
            axes.autoscale_view()
spreads = {label: coders[label].mixture.spread().item() for label in mixtures}
show(figure, "Three rows of three panels, a row a model and a column a variable, each with five numbered ellipses and dots. Root mean square distance of the means from their centre, in standard deviations: " + ", ".join(f"{label} {spread:.2f}" for label, spread in spreads.items()) + ".", caption="Components of the prior (ellipses of one σ) and the means of q for 400 test utterances (dots), by model and variable.")  # fmt: skip

# %% [markdown]
# **Expected.** First row: where numbers are printed over each other, five components have become one Gaussian, the one of section 1; the dots spread over it as they like. Last row: five places in each variable, and dots at them. The row between has some of both.
#
# ### Utterances by inferred code
#
# For reading, the same kind of model as the last with more room, a $z$ of four numbers for each variable, and ten times the training. It took minutes, so it comes ready-made (`data_scripts/train_mixtures.py` trains it again). Here are its most frequent codes, with utterances that got them, and with what the decoder says at the *centre* of the code's components, where
# no utterance has to be.
#
# **Predict first:** will a code hold one action, one topic, or one opening word?


# %% tags=["training", "explore"]
def joint_code(model: torch.nn.Module, tokens: Tensor) -> Tensor:
    """The most probable value of each variable, as one number from 0 to 5³ - 1, [N]."""
    with torch.no_grad():
        best = model.codes(tokens).argmax(-1)  # [N, 3]
    return best @ torch.tensor([25, 5, 1])


assistant = load_trained("mixture_vae")
coder, words = assistant.model, assistant.vocabulary  # the words are the same
code = joint_code(coder, test_tokens)
rows, agreeing = [], sum(golden[code == number].bincount().max().item() for number in code.unique())
for number in code.bincount(minlength=125).argsort(descending=True)[:8].tolist():
    members = (code == number).nonzero().flatten()
    kinds = golden[members].bincount(minlength=len(actions))
    value = torch.tensor([number // 25, number // 5 % 5, number % 5])
    with torch.no_grad():
        centre = coder.mixture.means[torch.arange(3), value].reshape(1, -1)
        spoken = words.decode(greedy(coder.step, centre, max_length=20)[0])
    some = "; ".join(dict.fromkeys(words.decode(test_set[index]) for index in members[:3].tolist()))
    rows.append(("".join(map(str, value.tolist())), f"{len(members)}", f"{kinds.max() / len(members):.0%} {actions[kinds.argmax()]}", spoken, some))  # fmt: skip
print(
    f"{agreeing / len(code):.0%} of the utterances do what is commonest in their code; {golden.bincount().max() / len(golden):.0%} do what is commonest of all"
)
show_table("The eight most frequent codes on the test set", ("code", "utterances", "commonest action", "at the centre", "some of its utterances"), rows)  # fmt: skip

# %% [markdown]
# **Expected.** Some codes are one action and nothing else; others hold what *begins* alike, a "can you" or an "excellent choice", whatever it goes on to do. Nobody told the model what an action is: it sorts by what helps to predict words. Beware of the table itself: it shows eight codes of one run, and a chosen three of their utterances
# could tell any story.

# %% [markdown]
# ## 9. Interpretability, measured
#
# *Lecture: How to Interpret Latent Variables in VAEs.*
#
# Eight rows of a table prove nothing. Homogeneity (Rosenberg and Hirschberg 2007) asks how much of the labels' entropy is gone once the code is known:
#
# $$h = 1 - \frac{H(\text{label} \mid \text{code})}{H(\text{label})} \tag{9}$$

# %% [markdown]
# ### Exercise 10 · `homogeneity`
#
# **Objective.** Compare a partition with labels, and know what the number owes to chance.<br>
# **Lecture.** *How to Interpret Latent Variables in VAEs*. Rosenberg and Hirschberg 2007, equation 1.<br>
# Difficulty ●●●○○ · importance ●●●●○ · 20 minutes · check: 0.1 s of CPU
#
# **Why.** It is the number by which these models are compared. It asks that each code hold one label, and not that each label have one code: give every sentence a code of its own, and it is 1.
#
# **Predict before you run.** 200 utterances, 20 actions, and codes drawn by dice, 125 of them. Is the homogeneity near 0?


# %% nbgrader={"grade": false, "grade_id": "homogeneity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def homogeneity(labels: Tensor, codes: Tensor) -> float:
    """1 - H(label | code)/H(label): the share of the labels' entropy that knowing the code removes.

    Args:
        labels: the golden label of each example, whole numbers, [N].
        codes: the code of each example, whole numbers, [N].
    Returns:
        From 0 to 1; 1.0 where all labels are alike.
    """
    ### BEGIN SOLUTION
    same_label = F.one_hot(labels.unique(return_inverse=True)[1]).double()  # [N, labels]
    same_code = F.one_hot(codes.unique(return_inverse=True)[1]).double()  # [N, codes]
    joint = same_code.T @ same_label / len(labels)  # [codes, labels]
    of_label = torch.special.entr(joint.sum(0)).sum()
    if of_label == 0:
        return 1.0
    given_code = torch.special.entr(joint).sum() - torch.special.entr(joint.sum(1)).sum()  # H(code, label) - H(code)
    return float(1 - given_code / of_label)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_homogeneity", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("homogeneity", homogeneity)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Count how often each label occurs with each code. All entropies follow from this table.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $H(\text{label} \mid \text{code}) = H(\text{label}, \text{code}) - H(\text{code})$, or $\sum_k p(k)\, H(\text{label} \mid \text{code} = k)$. Empty cells of the table count 0.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `values.unique(return_inverse=True)[1]` numbers the values from 0; two `F.one_hot` of them, multiplied, give the table. `torch.special.entr(p).sum()` is an entropy, whatever is 0. Return a `float`, and 1.0 where $H(\text{label}) = 0$.
#
# </details>

# %% tags=["training", "explore"]
with showing("homogeneity"):
    torch.manual_seed(6)
    numbers = [1, 2, 5, 10, 25, 50, 125, 250, 500, 1000]
    by_dice = {
        f"{size} utterances": [homogeneity(golden[:size], torch.randint(number, (size,))) for number in numbers]
        for size in (200, len(golden))
    }
    question = torch.tensor([int("?" in turn.words) for turn in dialogs.test])
    one_bit = homogeneity(golden, question)
    show_curves(
        numbers, by_dice, markers=True, xscale="log", level=("“contains a question mark”", one_bit), xlabel="number of codes", ylabel="your homogeneity", title=f"codes thrown by dice, {len(actions)} actions",
    )  # fmt: skip

# %% [markdown]
# **Expected.** Both curves rise with the number of codes, the one of fewer utterances faster: with 125 codes for 200 utterances, dice get three quarters. **A wrong one** drops from 1 at a single code to almost 0 at two (completeness), or begins at the share of the commonest label (purity).
#
# So a homogeneity means nothing without its chance level, and the fair one keeps the code's own frequencies: *shuffle* the model's codes over the utterances. A second baseline is a code that anyone can read off the surface. On DailyDialog's four dialogue acts the single bit "contains a question mark" has 0.37; here, with twenty actions, it is
# worth little.
#
# **Predict before you run.** The four models: which column will contradict which?

# %% tags=["training", "explore"]
with showing("discrete_mutual_information", "homogeneity"):
    torch.manual_seed(7)
    rows = []
    for label, model in {**coders, "DEM-VAE + I, ready-made": coder}.items():
        with torch.no_grad():
            q = model.codes(test_tokens)  # [N, 3, 5]
        code, drawn = joint_code(model, test_tokens), Categorical(q).sample() @ torch.tensor([25, 5, 1])
        agreement = [homogeneity(golden, found) for found in (code, code[torch.randperm(len(code))], drawn, drawn[torch.randperm(len(code))])]  # fmt: skip
        information = sum(discrete_mutual_information(part) for part in q.unbind(1))
        bleu = reconstruction_bleu(model, test_set[:300])
        rows.append((label, f"{len(code.unique())}", *(f"{value:.2f}" for value in agreement), f"{information:.2f}", f"{bleu:.1f}"))  # fmt: skip
    rows.append(("contains a question mark", "2", f"{one_bit:.2f}", "0.00", "", "", f"{torch.special.entr(question.double().mean()) + torch.special.entr(1 - question.double().mean()):.2f}", ""))  # fmt: skip
    show_table(
        f"{len(test_set):,} test utterances; information is at most 3 ln 5 = {3 * math.log(5):.2f} nats, or 3 ln B in a batch of B",
        ("model", "codes in use", "homogeneity", "… shuffled", "drawn codes", "… shuffled", "your I(x; c), nats", "BLEU"), rows,
    )  # fmt: skip
    code = joint_code(coder, test_tokens)
    rows = []
    for fact in ("action", "speaker", "domain", "sentiment"):
        values = [turn.labels[fact] for turn in dialogs.test]
        names = sorted(set(values))
        label = torch.tensor([names.index(value) for value in values])
        shuffled = homogeneity(label, code[torch.randperm(len(code))])
        rows.append((fact, str(len(names)), f"{homogeneity(label, code):.2f}", f"{shuffled:.2f}", f"{homogeneity(label, question):.2f}"))  # fmt: skip
    show_table("The codes of the last model against four labels", ("label", "values", "homogeneity", "the same, codes shuffled", "“contains a question mark”"), rows)  # fmt: skip

# %% [markdown]
# **Expected.** By the most probable codes the order is as the lecture has it: the plain mixture last, the dispersed ones ahead, and best with the information, with room and with time. By *drawn* codes both mixtures without information are hardly better than shuffled ones, and the DI-VAE is ahead of the mixtures of this notebook. Each column has its trap:
#
# - *Homogeneity* grows with the number of codes in use. Compare it with the shuffled codes beside it, and the *gains* of two models with each other.
# - *The most probable code* of an almost flat $q(c \mid x)$ sorts by the encoder's smallest leanings. The GM-VAE's codes know a quarter of a nat, and their maximum still has a third of the homogeneity that there is to gain. It says what the *encoder* knows, not what the model uses $c$ for. Codes *drawn* from $q(c \mid x)$ do not flatter.
# - *Information* is capped, and it says how sure the codes are, not what they are about: the DI-VAE's are the surest, for all that it knows must go through them. Added to the objective, it is no independent witness any more.
# - *BLEU* is of the corpus, on one to four words in a row; a count of 0 would be smoothed (nltk's `method1`: a tenth in its place). Over a corpus no count is 0 and the smoothing is idle; averaged over single sentences of nine words it would decide the value. A BLEU without its smoothing and its averaging cannot be compared.
# - *"Action"* is our choice. The second table asks about other labels: the codes know who speaks, and the sentiment, too, and little of the domain.
#
# And all of it is one seed. Three seeds of the four small models gained, over shuffled codes, by the most probable code 0.35, 0.32, 0.34 (GM-VAE), 0.44, 0.40, 0.39 (DEM-VAE), 0.48, 0.45, 0.50 (with information) and 0.45, 0.49, 0.43 (DI-VAE); by drawn codes 0.04, 0.00, 0.00, then 0.03, 0.03, 0.04, then 0.25, 0.23, 0.28, and 0.40, 0.41, 0.32. So
# dispersion helps the mixture, each time; that the mixture is easier to read than codes alone does not show here. Thirty runs, on this corpus and on real dialogues, are in `docs/results_mixture_vae.md`, with what held and what did not.

# %% [markdown]
# ## 10. One question, different answers
#
# *Lecture: dialog responses by action.*
#
# A code that stands for an action can be *chosen*. Freeze the ready-made model, and learn two small things on top: a policy $\pi(c \mid \text{context})$ over its 125 codes, and where in the code's components $z$ should lie, $z = z(\text{context}, c)$. A pair of context and response $x$ costs
#
# $$-\mathbb E_{q(c \mid x)} \log \pi(c \mid \text{context}) \;+\; \mathbb E_{q(c \mid x)}\big[-\log p(x \mid z(\text{context}, c)) - \lambda \log q(c \mid \tilde x)\big], \qquad \tilde x = \text{what the decoder says at } z(\text{context}, c) \tag{10}$$
#
# The second expectation takes one draw of $c$. The last term, the attribute loss, asks that what is said be *recognised* as the code that was chosen. (This part comes ready-made, too.) Words are choices and have no gradient, so $\tilde x$ is made of averaged embeddings, the trick of problem set 3.
#
# **Predict before you run.** "Will it be stormy in Portland tomorrow?" Which actions besides an answer does a car assistant choose from?

# %% [markdown]
# To *name* the codes, and for nothing else, labels are used now: a code is called after the commonest action of the training utterances that got it, and one that fewer than twenty got has no name. The probability of an action is that of all codes of its name; the response is made with the most probable of them.

# %% tags=["training", "explore"]
responder = load_trained("response_generator").model
train_golden = torch.tensor([actions.index(turn.labels["action"]) for turn in dialogs.train])
train_codes = torch.cat([joint_code(coder, collate(train_set[start : start + 500])) for start in range(0, len(train_set), 500)])  # fmt: skip
counts = torch.zeros(125, len(actions)).index_put_((train_codes, train_golden), torch.ones(len(train_golden)), accumulate=True)  # fmt: skip
name_of, named, share = counts.argmax(-1), counts.sum(-1) >= 20, counts.amax(-1) / counts.sum(-1)  # [125] each


def of_actions(context: Tensor) -> tuple[Tensor, Tensor]:
    """The policy over named codes, [B, 125], and over actions, [B, 20]."""
    with torch.no_grad():
        probability = responder.policy(context).exp() * named
    return probability, torch.zeros(len(context), len(actions)).index_add(1, name_of, probability)


def answers(text: str, number: int = 3) -> list[tuple[str, ...]]:
    """The most probable actions after a context, and a response with each."""
    context = collate([words.encode(tokenize(text))])
    probability, over_actions = (of[0] for of in of_actions(context))
    rows = []
    for action in over_actions.argsort(descending=True)[:number].tolist():
        best = torch.where(name_of == action, probability, 0).argmax()
        response = words.decode(responder.respond(context, responder.actions[best].unsqueeze(0))[0])
        rows.append((text if not rows else "", f"{over_actions[action]:.2f}", actions[action], f"{share[best]:.0%}", response))  # fmt: skip
    return rows


questions = ("will it be stormy in portland tomorrow ?", "put the team meeting on my calendar .", "where is the nearest gas station ?", "thanks , that is all .")  # fmt: skip
show_table("The three most probable actions after each context", ("driver", "π", "action", "of the code", "response"), [row for question in questions for row in answers(question)])  # fmt: skip

replies = [turn for turn in dialogs.test if turn.context and turn.labels["speaker"] == "assistant"]
contexts = collate([words.encode(context_words(turn)) for turn in replies])
came = torch.tensor([actions.index(turn.labels["action"]) for turn in replies])
right = (of_actions(contexts)[1].argmax(-1) == came).double().mean()
with torch.no_grad():
    best = responder.policy(contexts).argmax(-1)
said = responder.respond(contexts, responder.actions[best])
recognised = (joint_code(coder, F.pad(said, (1, 0), value=BOS)) == best).double().mean()
print(f"the most probable action is the one that came: {right:.0%}; the commonest of all: {came.bincount().max() / len(came):.0%}")  # fmt: skip
print(f"the response is recognised as the code that was chosen: {recognised:.0%}")

# %% [markdown]
# **Expected.** For each context several actions, each in words of its own, and a policy that spreads its bets, for in the corpus the same request *is* answered in different ways. It knows the coming action far more often than the commonest one would be right. Three weaknesses are plain to see. The facts, a city or an hour, are invented: the twelve
# numbers of $z$ have no room for them, and the decoder does not see the context. Codes that mix actions ("of the code" in the table) are called one thing and say another. And the policy is vague where it should not be: after a request to put something on the calendar, a weather forecast is among its first three.
#
# The last number is flattered: the network that recognises the response is the one that the attribute loss was written to please, a judge in its own case.

# %% [markdown]
# ## What to take along
#
# - A Gaussian prior has no axes: turn it, and nothing that can be measured changes. A partition of the data survives every change of coordinates; that is why codes can be read.
# - KL of the mean, not mean of the KLs: the difference is the information that you want to keep.
# - In a mixture's ELBO every undecided example is a spring between components. Its name is $-L_d$; $\beta$ loosens it, and above 1 there is no bound.
# - Apart is not used: dispersion keeps the components, information keeps the codes. Both are dosed.
# - Report the ELBO with $\beta = 0$, homogeneity beside its chance level, information beside its cap, BLEU with its smoothing.
#
# ## References
#
# - E. Jang, S. Gu, B. Poole. Categorical reparameterization with Gumbel-softmax. ICLR 2017. [arXiv:1611.01144](https://arxiv.org/abs/1611.01144)
# - D. P. Kingma, M. Welling. Auto-encoding variational Bayes. ICLR 2014. [arXiv:1312.6114](https://arxiv.org/abs/1312.6114)
# - A. Rosenberg, J. Hirschberg. V-measure: a conditional entropy-based external cluster evaluation measure. EMNLP-CoNLL 2007.
# - W. Shi, H. Zhou, N. Miao, L. Li. Dispersed exponential family mixture VAEs for interpretable text generation. ICML 2020. [arXiv:1906.06719](https://arxiv.org/abs/1906.06719)
# - T. Zhao, K. Lee, M. Eskenazi. Unsupervised discrete sentence representation learning for interpretable neural dialog generation. ACL 2018. [arXiv:1804.08069](https://arxiv.org/abs/1804.08069)
