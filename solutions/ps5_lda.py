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
# # Problem set 5: topic models
#
# A thousand documents, and nobody has time to read them. What are they about, and how has that changed? *Latent Dirichlet allocation* (LDA) answers with a story of how documents come about, and with the question that runs through this course:
# given what we see, what do we believe about what we do not see? This time nothing is a network. Every update is a formula that you can derive on paper, and check by counting. By the end you can
#
# - draw a document from the model, and say what a Dirichlet with a small parameter looks like;
# - derive the mean-field updates, and use the bound to find bugs in them;
# - write variational EM from inference in one document to the topics and their prior;
# - take the other road, collapsed Gibbs sampling, and say when the two disagree;
# - choose the number of topics, read them with care, and draw a trend with its uncertainty.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake, its name.
# Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another: `latentkit.lda` has the single steps to build on, `latentkit.topics` fast estimators. Two answers are graded by hand. Plan four hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*. All numbers are float64. `D` documents, `V` words in the vocabulary, `K` topics, `N` entries in a document's list of words (in (3) to (6) each token is an entry, with count 1). In variational inference a document is `word_ids [N]` with `counts [N]`, where
# an id may recur; for Gibbs sampling it is a tensor of its tokens. Functions leave their inputs unchanged, but for one. Values alone are compared,
# so an answer may go through numpy or scipy, as long as it returns tensors.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $\theta$, a document's topic shares | `theta` | | $\gamma$, parameters of $q(\theta)$ | `gamma [K]` |
# | $z_n$, topic of token $n$ | `z` | | $\phi_n = q(z_n)$ | `phi [N, K]` |
# | $\beta_k$, topic $k$'s distribution over words | `log_beta [K, V]` | | $\alpha$, $\eta$, parameters of the priors of $\theta$ and $\beta$ | `alpha`, `eta` |

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

complete("ps5_lda", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import itertools
import math

import numpy as np
import torch
from torch import Tensor

from latentkit import lda
from latentkit.check import check, showing
from latentkit.data import count_words, load_documents
from latentkit.data.counting import words_of
from latentkit.data.download import MissingFile
from latentkit.explore import dirichlet_simplex, topic_browser
from latentkit.explore.coloured import show_document
from latentkit.explore.figure import show_table
from latentkit.explore.pictures import show_curves
from latentkit.explore.trends import Trend, show_trends
from latentkit.topics import top_words
from latentkit.topics.evaluation import completion_perplexity, match_topics, split_words

torch.set_num_threads(1)  # tensors as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. The Dirichlet
#
# *Lecture: Dirichlet.*
#
# A document's topic shares $\theta = (\theta_1, \dots, \theta_K)$ are positive and sum to one: a point of a triangle for $K = 3$, of a *simplex* in general. The Dirichlet is the simplest distribution there:
#
# $$p(\theta \mid \alpha) = \frac{\Gamma(\sum_k \alpha_k)}{\prod_k \Gamma(\alpha_k)} \prod_{k=1}^K \theta_k^{\alpha_k - 1} \tag{1}$$
#
# **Predict before you run.** A slider for each $\alpha_k$, buttons for all, and the mean to drag. Where do the dots go if all three are 10? If all three are 0.1? Which setting says "every document is about one thing", and which "all documents are alike"?

# %% tags=["training", "explore"]
dirichlet_simplex(0.8, 0.8, 0.8)

# %% [markdown]
# The ratio of the $\alpha$s sets the mean, their sum how closely draws crowd around it. Below 1 the crowd breaks up and runs for the corners: mixtures of few topics. That is what documents are like, and why $\alpha$ is small in topic models.

# %% [markdown]
# ### Exercise 1 · `expected_log_dirichlet`
#
# **Objective.** Take the mean of a logarithm.<br>
# **Lecture.** *Dirichlet*. Blei, Ng and Jordan 2003, appendix A.1.<br>
# Difficulty ●○○○○ · importance ●●●●● · 10 minutes · check: 0.1 s of CPU
#
# **Why.** All that inference needs of a Dirichlet is $\mathbb E[\log \theta_k]$. The Dirichlet is an exponential family whose statistics are the $\log \theta_k$, so their mean is the gradient of its log-normaliser $\sum_k \log \Gamma(\gamma_k) - \log \Gamma(\sum_k \gamma_k)$:
#
# $$\mathbb E_{\mathrm{Dir}(\gamma)}[\log \theta_k] = \psi(\gamma_k) - \psi\Big(\sum_j \gamma_j\Big), \qquad \psi = (\log \Gamma)' \tag{2}$$
#
# **Predict before you run.** Is it larger or smaller than $\log \mathbb E[\theta_k]$? By much when the $\gamma$s are large, or when they are small?


# %% nbgrader={"grade": false, "grade_id": "expected_log_dirichlet", "locked": false, "schema_version": 3, "solution": true, "task": false}
def expected_log_dirichlet(gamma: Tensor) -> Tensor:
    """E[log θ_k] of θ ~ Dir(γ).

    Args:
        gamma: positive, [..., K].
    Returns:
        [..., K], in nats.
    """
    ### BEGIN SOLUTION
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_expected_log_dirichlet", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("expected_log_dirichlet", expected_log_dirichlet)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# One function of each entry, minus the same function of the total.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\psi(\gamma_k) - \psi(\gamma_1 + \dots + \gamma_K)$, with $\psi$ the digamma function.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.digamma` works entry by entry. `gamma.sum(-1, keepdim=True)` keeps the last dimension, so that the subtraction lines up for a whole batch.
#
# </details>

# %% tags=["training", "explore"]
with showing("expected_log_dirichlet"):
    sizes = torch.logspace(-1, 2, 25, dtype=torch.float64)
    shares = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    expected = expected_log_dirichlet(sizes[:, None] * shares)  # [25, 3]
    draws = torch.stack(
        [torch.distributions.Dirichlet(size * shares).sample((4000,)).clamp(min=1e-300).log().mean(0) for size in sizes]
    )
    show_curves(
        sizes, {"yours": expected[:, 1], "mean of log θ over 4,000 draws": draws[:, 1], "log of the mean": shares[1].log().expand(25)},
        xscale="log", xlabel="Σγ", ylabel="nats", ylim=(-12, 0.5), title="the mean of the log of a share whose mean is 0.3",
    )  # fmt: skip

# %% [markdown]
# **Expected.** The draws on your curve, and all of it below the log of the mean (Jensen): far below for small $\gamma$, where a share is often almost 0. **A wrong one** is flat (the log of the mean), or does not meet the draws.

# %% [markdown]
# ## 2. How a document comes about
#
# *Lecture: Latent Dirichlet Allocation.*
#
# For each document: draw shares $\theta \sim \mathrm{Dir}(\alpha)$. For each of its tokens: draw a topic $z_n \sim \theta$, then a word $w_n \sim \beta_{z_n}$. So
#
# $$p(\theta, z, w \mid \alpha, \beta) = p(\theta \mid \alpha) \prod_n \theta_{z_n} \, \beta_{z_n, w_n} \tag{3}$$
#
# The corpus of this problem set was written by exactly this story: 1,200 articles of a magazine over ten years. The truth is kept, so that you can see how much of it comes back. Function words were strewn in, as in any text; `count_words` takes them out, and says so.

# %% tags=["training"]
magazine = load_documents("embedded")
planted = magazine.planted
counts = count_words(magazine.texts)
print(magazine.texts[3][:240], "...\n")
print(counts.dropped)
beta_planted = torch.from_numpy(planted.topics)  # [K, V]
K, V = beta_planted.shape
for name, words in zip(planted.names, top_words(planted.topics, counts.words, 9), strict=True):
    print(f"{name:10s}", *words)

# %% [markdown]
# Now write an article. **Predict before you run.** How many topics will it have at $\alpha = 0.05$, and at $\alpha = 5$? Run the cell a few times. Point at a topic to see its words, click a word to see its topic.

# %% tags=["training", "explore"]
planted_words = top_words(planted.topics, counts.words, 8)
for alpha in (0.05, 0.4, 5.0):
    theta = torch.distributions.Dirichlet(torch.full((K,), alpha, dtype=torch.float64)).sample()
    z = torch.multinomial(theta, 24, replacement=True)
    words = [counts.words[int(torch.multinomial(beta_planted[k], 1))] for k in z]
    show_document(words, z.tolist(), planted.names, f"α = {alpha}", planted_words)

# %% [markdown]
# Nobody would print it. But a reader can tell what it is about without its grammar, and so can the model: a document is a *bag* of words. The reader's job is (3) backwards: given the words, what are $z$ and $\theta$? "Star" could be from the sky or from the stage; its neighbours decide.

# %% [markdown]
# ## 3. The mean-field family
#
# *Lecture: Inference and Learning; Approximate Inference.*
#
# The posterior $p(\theta, z \mid w)$ needs $p(w) = \int p(\theta) \prod_n \sum_k \theta_k \beta_{k w_n} d\theta$, a sum with $K^N$ terms. So we pick the closest member of a family that we can handle, in which all variables are independent:
#
# $$q(\theta, z) = \mathrm{Dir}(\theta; \gamma) \prod_n \phi_n(z_n) \tag{4}$$
#
# For any $\gamma$ and $\phi$, $\log p(w) \ge \mathcal L(\gamma, \phi) = \mathbb E_q[\log p(\theta, z, w)] - \mathbb E_q[\log q(\theta, z)]$, and the gap is $\mathrm{KL}(q \,\|\, p(\theta, z \mid w))$. You know this from problem set 1; there a network gave $q$, here we climb to the best one. Write $x_i$ for one of $\theta, z_1, \dots, z_N$, and $x_{-i}$ for the others. Holding all but one factor still, the optimum of that factor is
#
# $$\log q^*(x_i) = \mathbb E_{q(x_{-i})}[\log p(\theta, z, w)] + \text{const} \tag{5}$$

# %% [markdown]
# ### Exercise 2 · `update_phi`
#
# **Objective.** Derive one factor from (5), and compute it without leaving the logs.<br>
# **Lecture.** *Approximate Inference*. Blei, Ng and Jordan 2003, equation 6.<br>
# Difficulty ●●○○○ · importance ●●●●● · 15 minutes · check: 0.1 s of CPU
#
# **Why.** In (3), $z_n$ meets $\theta$ and $\beta$ in two factors only: $\log p = \log \theta_{z_n} + \log \beta_{z_n w_n} + \dots$ So by (5)
#
# $$\phi_{nk} \propto \exp\big(\mathbb E_q[\log \theta_k] + \log \beta_{k w_n}\big) \tag{6}$$
#
# It is Bayes' rule for one token, with $\exp \mathbb E_q[\log \theta_k]$ in place of $\theta_k$: a prior that is sharper than the mean shares, for rare topics lose most. A vocabulary is large, so a $\beta$ can be tiny in *every* topic, and $0/0$ is NaN: normalise in the logs.
#
# **Predict before you run.** (6) holds $-\psi(\sum_j \gamma_j)$. What happens if you leave it out?


# %% nbgrader={"grade": false, "grade_id": "update_phi", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_phi(gamma: Tensor, log_beta: Tensor, word_ids: Tensor) -> Tensor:
    """The mean-field distribution of each token's topic.

    Args:
        gamma: [K].
        log_beta: log β, [K, V]; −inf where a topic does not hold a word.
        word_ids: [N].
    Returns:
        [N, K]; rows sum to one.
    """
    ### BEGIN SOLUTION
    log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())  # [K]
    return (log_theta + log_beta[:, word_ids].T).softmax(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_phi", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("update_phi", update_phi)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Logs add: one number per topic from $\gamma$, one per topic and token from $\beta$. Then one distribution per token.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\phi_n = \operatorname{softmax}_k\big(\psi(\gamma_k) - \psi(\textstyle\sum_j \gamma_j) + \log \beta_{k w_n}\big)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `log_beta[:, word_ids].T` is `[N, K]`; add the `[K]` of the shares, and `.softmax(-1)`.
#
# </details>

# %% tags=["training", "explore"]
with showing("update_phi"):
    column = {word: number for number, word in enumerate(counts.words)}
    log_beta = beta_planted.log()
    rows = []
    for word, topic in {
        "star": "music",
        "bank": "travel",
        "season": "garden",
        "virus": "computing",
        "pitch": "music",
        "plant": "law",
    }.items():
        even = torch.ones(K, dtype=torch.float64)
        lean = even + 19 * torch.nn.functional.one_hot(torch.tensor(planted.names.index(topic)), K)
        found = []
        for gamma in (even, lean):
            phi = update_phi(gamma, log_beta, torch.tensor([column[word]]))[0]
            best = phi.argsort(descending=True)[:2].tolist()
            found.append(", ".join(f"{planted.names[k]} {phi[k]:.2f}" for k in best if phi[k] > 0.005))
        rows.append((word, found[0], topic, found[1]))
    show_table("Where a word comes from", ("word", "if nothing is known", "in an article on", "it comes from"), rows)

# %% [markdown]
# **Expected.** Five words change sides with their company; "plant" is in one topic only, and no company changes that. **A wrong one** gives every word the same topics (words missing), or the same answer in both columns (shares missing).
#
# Without $-\psi(\sum_j \gamma_j)$ nothing changes: it is the same for all topics, and normalising takes it out.

# %% [markdown]
# ### Exercise 3 · `update_gamma`
#
# **Objective.** Count, softly.<br>
# **Lecture.** *Approximate Inference*. Blei, Ng and Jordan 2003, equation 7.<br>
# Difficulty ●○○○○ · importance ●●●●● · 10 minutes · check: 0.1 s of CPU
#
# **Why.** Put (3) into (5), and keep the terms with $\theta$: the optimum $q^*(\theta)$ turns out to be a Dirichlet (derivation 1 asks you why). Its parameters are the prior plus the expected number of tokens of each topic,
#
# $$\gamma_k = \alpha_k + \sum_n c_n \phi_{nk}, \tag{7}$$
#
# where the word $w_n$ occurs $c_n$ times. All its tokens share one $\phi_n$.
#
# **Predict before you run.** What is $\sum_k \gamma_k$, whatever $\phi$ is?


# %% nbgrader={"grade": false, "grade_id": "update_gamma", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_gamma(alpha: float | Tensor, phi: Tensor, counts: Tensor) -> Tensor:
    """The Dirichlet's parameters, given the tokens' topics.

    Args:
        alpha: a number, or one for each topic, [K].
        phi: [N, K].
        counts: how often each word occurs, [N].
    Returns:
        [K].
    """
    ### BEGIN SOLUTION
    return alpha + (counts[:, None] * phi).sum(0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_gamma", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("update_gamma", update_gamma)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Each token is divided among the topics. Add up what each topic gets, and do not forget what it had before.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\gamma_k = \alpha_k + \sum_{n=1}^N c_n \phi_{nk}$: the sum runs over the words, not over the topics.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `counts[:, None] * phi` is `[N, K]`; sum over dimension 0. Or `counts @ phi`.
#
# </details>

# %% [markdown]
# It is $\sum_k \alpha_k$ plus the number of tokens: nothing is lost. A cheap invariant like this finds half of all bugs.
#
# ### Derivation 1 · `why_mean_field`
#
# 30 minutes · graded by hand · lecture: *Inference and Learning; Approximate Inference*
#
# (i) Show with a document of two tokens that $z_1$ and $z_2$ are dependent in $p(z \mid w)$, though they are independent given $\theta$. (ii) Derive (5): fix all factors but $q(x_i)$ and show that $\mathcal L$ is, up to a constant, minus a KL divergence. (iii) Apply it to $q(\theta)$ and show that the optimum is a Dirichlet;
# say which property of the model makes it so. (iv) Mean field forgets the dependence of (i). Is the document's $q(\theta)$ then too wide or too narrow, and what follows for error bars that are computed from $\gamma$?

# %% [markdown] nbgrader={"grade": true, "grade_id": "why_mean_field", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Integrate $\theta$ out: $p(z_1 = z_2 = k) = \mathbb E[\theta_k^2] = \frac{\alpha_k (\alpha_k + 1)}{A (A + 1)}$ with $A = \sum_j \alpha_j$, while $p(z_1 = k)\,p(z_2 = k) = (\alpha_k / A)^2$. The first is larger, since $\frac{\alpha_k + 1}{A + 1} > \frac{\alpha_k}{A}$ for $K > 1$. One token's topic raises the other's:
# it says something about the common cause $\theta$. Given $w$, each assignment is weighted by $\beta_{z_1 w_1} \beta_{z_2 w_2}$, a product, which does not remove the dependence.
#
# (ii) With $q = q(x_i)\, q(x_{-i})$ and everything but $q(x_i)$ fixed,
#
# $$\mathcal L = \mathbb E_{q(x_i)}\Big[\underbrace{\mathbb E_{q(x_{-i})}[\log p(x, w)]}_{\log \tilde p(x_i) + \text{const}}\Big] - \mathbb E_{q(x_i)}[\log q(x_i)] + \text{const} = -\mathrm{KL}\big(q(x_i) \,\|\, \tilde p(x_i)\big) + \text{const},$$
#
# where $\tilde p(x_i) \propto \exp \mathbb E_{q(x_{-i})}[\log p(x, w)]$. A KL is at least 0 and 0 only for equal distributions, so the optimum is $q(x_i) = \tilde p(x_i)$, which is (5).
#
# (iii) The terms of $\log p(\theta, z, w)$ in $\theta$ are $\sum_k (\alpha_k - 1) \log \theta_k + \sum_n \log \theta_{z_n}$. The expectation of the second over $\phi$ is $\sum_n \sum_k \phi_{nk} \log \theta_k$. So $\log q^*(\theta) = \sum_k (\alpha_k + \sum_n \phi_{nk} - 1) \log \theta_k + \text{const}$, a Dirichlet with (7). The reason is conjugacy: prior
# and likelihood are both powers of $\theta_k$, so their product has the prior's form.
#
# (iv) Too narrow, as a rule. $\mathrm{KL}(q \,\|\, p)$ punishes mass where $p$ has little, and an independent $q$ cannot follow a dependent $p$ along its long direction: all tokens switching topics together. Error bars from $\gamma$ are too short; so trends in section 8 get theirs by resampling documents and by repeating the fit, not from $\gamma$.
#
# **Marking, four parts of equal weight,** one per question. (1) The two probabilities or an equivalent argument by the common cause with a computed example; half for "they share $\theta$" alone. (2) The KL with its normalised $\tilde p$; half if only a Lagrange multiplier is set up. (3) The exponent and the word conjugate. (4) Narrow, with a reason,
# and a consequence for error bars.

# %% [markdown]
# ## 4. The bound, and climbing it
#
# *Lecture: Approximate Inference.*
#
# Written out, the bound has five expectations:
#
# $$\mathcal L = \underbrace{\mathbb E_q[\log p(\theta \mid \alpha)]}_{\text{prior of the shares}} + \underbrace{\sum_n c_n \sum_k \phi_{nk} \mathbb E_q[\log \theta_k]}_{\log p(z \mid \theta)} + \underbrace{\sum_n c_n \sum_k \phi_{nk} \log \beta_{k w_n}}_{\log p(w \mid z)}
#  \underbrace{- \mathbb E_q[\log q(\theta)] - \sum_n c_n \sum_k \phi_{nk} \log \phi_{nk}}_{\text{entropies}} \tag{8}$$

# %% [markdown]
# ### Exercise 4 · `document_elbo`
#
# **Objective.** Write all terms of a bound, those that cancel in derivatives included.<br>
# **Lecture.** *Approximate Inference*. Blei, Ng and Jordan 2003, equation 15.<br>
# Difficulty ●●●●○ · importance ●●●●● · 30 minutes · check: 0.1 s of CPU
#
# **Why.** It is the debugging tool of variational inference. Each right update raises it or leaves it; one that lowers it, even once, even by $10^{-3}$, is wrong. Nothing else in machine learning tells you so surely that your code has a bug.
#
# Two traps: $\phi$ may hold zeros, and $0 \log 0 = 0$; a topic may not hold a word at all, and $0 \cdot (-\infty) = 0$ here. A count of 2 is the word twice, entropy included.
#
# **Predict before you run.** Can the bound be positive?


# %% nbgrader={"grade": false, "grade_id": "document_elbo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def document_elbo(
    alpha: float | Tensor, log_beta: Tensor, word_ids: Tensor, counts: Tensor, phi: Tensor, gamma: Tensor
) -> Tensor:
    """The evidence lower bound of one document, in nats, for any φ and γ.

    Args:
        alpha: a number, or one for each topic, [K].
        log_beta: [K, V]; −inf where a topic does not hold a word, φ is 0 there.
        word_ids, counts: [N].
        phi: [N, K], zeros allowed.
        gamma: [K].
    Returns:
        A scalar, summed over the tokens.
    """
    ### BEGIN SOLUTION
    alpha = torch.as_tensor(alpha, dtype=gamma.dtype, device=gamma.device).expand(gamma.shape)
    log_theta = torch.digamma(gamma) - torch.digamma(gamma.sum())
    shares = torch.lgamma(alpha.sum()) - torch.lgamma(alpha).sum() + ((alpha - 1) * log_theta).sum()
    shares = shares - (torch.lgamma(gamma.sum()) - torch.lgamma(gamma).sum() + ((gamma - 1) * log_theta).sum())
    tokens = phi * (log_theta + log_beta[:, word_ids].T) - torch.xlogy(phi, phi)  # [N, K]
    return shares + (counts[:, None] * torch.where(phi > 0, tokens, 0)).sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_document_elbo", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("document_elbo", document_elbo)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two groups. The shares: $\mathbb E_q \log p(\theta) - \mathbb E_q \log q(\theta)$, two Dirichlet log-densities (1) in which $\log \theta_k$ is replaced by (2). The tokens: an `[N, K]` table, weighted by the counts, summed.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\mathbb E_q[\log p(\theta \mid \alpha)] = \log \Gamma(\sum_k \alpha_k) - \sum_k \log \Gamma(\alpha_k) + \sum_k (\alpha_k - 1)\,\mathbb E_q[\log \theta_k]$, and $\mathbb E_q[\log q(\theta)]$ is the same with $\gamma$ in place of $\alpha$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.as_tensor(alpha).to(gamma).expand(gamma.shape)` makes one number K numbers. `torch.xlogy(phi, phi)` is $\phi \log \phi$ with $0 \log 0 = 0$; `torch.where(phi > 0, table, 0)` drops $0 \cdot (-\infty)$.
#
# </details>

# %% [markdown]
# Is it a bound? For a short document the evidence can be computed by brute force: with $\theta$ integrated out, $p(w) = \sum_z p(z) \prod_n \beta_{z_n w_n}$ over all $K^N$ assignments, here $3^6$.


# %% tags=["training", "explore"]
with showing("document_elbo"):

    def log_evidence(alpha: float, log_beta: Tensor, tokens: list[int]) -> float:
        """log p(w | α, β) by the sum over all assignments."""
        topics = len(log_beta)
        terms = []
        for z in itertools.product(range(topics), repeat=len(tokens)):
            sizes = torch.bincount(torch.tensor(z), minlength=topics)[None]
            terms.append(
                lda.log_joint(sizes, sizes[:0], alpha, 1.0)
                + sum(float(log_beta[k, w]) for k, w in zip(z, tokens, strict=True))
            )
        return float(torch.tensor(terms, dtype=torch.float64).logsumexp(0))

    three = [planted.names.index(name) for name in ("astronomy", "music", "finance")]
    log_three = (0.9 * beta_planted[three] + 0.1 / V).log()  # no word is impossible
    ids = torch.tensor([column[word] for word in ("star", "moon", "note", "band", "bank")])
    twice = torch.tensor([2.0, 1.0, 1.0, 1.0, 1.0], dtype=torch.float64)  # "star" occurs twice
    evidence = log_evidence(0.4, log_three, [int(ids[0]), *ids.tolist()])
    bounds = []
    for _ in range(400):
        phi = torch.distributions.Dirichlet(torch.ones(5, 3, dtype=torch.float64)).sample()
        gamma = (
            lda.document_shares(0.4, phi, twice) if len(bounds) % 2 else 6 * torch.rand(3, dtype=torch.float64) + 0.1
        )
        bounds.append(float(document_elbo(0.4, log_three, ids, twice, phi, gamma)))
    gamma = torch.full((3,), 2.0, dtype=torch.float64)
    for _ in range(200):
        phi = lda.token_topics(gamma, log_three, ids)
        gamma = lda.document_shares(0.4, phi, twice)
    best = float(document_elbo(0.4, log_three, ids, twice, phi, gamma))
    print(
        f"log evidence {evidence:.3f}; highest of 400 random bounds {max(bounds):.3f}; at the optimum {best:.3f}, {evidence - best:.3f} below"
    )

# %% [markdown]
# **Expected.** No random pair reaches the optimum, and the optimum stays below the evidence: the rest is $\mathrm{KL}(q \,\|\, p)$, the price of independence. **A wrong one** exceeds the evidence somewhere. The bound is below $\log p(w)$, the log of a probability, so it is never positive.
#
# Now break an update on purpose, as one does at night: forget the prior in (7), or forget the counts. **Predict first:** which of the two will the bound give away, and how?


# %% tags=["training", "explore"]
with showing("document_elbo"):

    def bag(row: int) -> tuple[Tensor, Tensor]:
        """word_ids and counts of a document."""
        start, end = counts.matrix.indptr[row : row + 2]
        return torch.from_numpy(counts.matrix.indices[start:end]).long(), torch.from_numpy(
            counts.matrix.data[start:end]
        ).double()

    ids, numbers = bag(17)
    smooth = (0.999 * beta_planted + 0.001 / V).log()  # no word is impossible in any topic
    updates = {
        "right": lambda phi: lda.document_shares(0.4, phi, numbers),
        "counts forgotten": lambda phi: lda.document_shares(0.4, phi, torch.ones_like(numbers)),
        "prior forgotten": lambda phi: lda.document_shares(1e-3, phi, numbers),
    }
    curves, rows = {}, []
    for label, update in updates.items():
        gamma, curve = torch.full((K,), 9.0, dtype=torch.float64), []
        for _ in range(12):
            phi = lda.token_topics(gamma, smooth, ids)
            curve.append(float(document_elbo(0.4, smooth, ids, numbers, phi, gamma)))
            gamma = update(phi)
            curve.append(float(document_elbo(0.4, smooth, ids, numbers, phi, gamma)))
        curves[label] = np.array(curve)
        best = (gamma / gamma.sum()).sort(descending=True)
        shares = ", ".join(
            f"{planted.names[k]} {share:.2f}"
            for share, k in zip(best.values[:3].tolist(), best.indices[:3].tolist(), strict=True)
        )
        rows.append((label, f"{curve[-1]:.1f}", f"{max(0.0, -np.diff(curve).min()):.1f}", shares))
    show_curves(
        np.arange(1, 25) / 2, curves, markers=True, xlabel="iteration (φ, then γ)", ylabel="bound, nats", ylim=(-620, -460), title="article 18",
    )  # fmt: skip
    show_table("After twelve iterations", ("γ update", "bound", "largest fall", "largest shares"), rows)

# %% [markdown]
# **Expected.** All three results look plausible, shares and all. The bound falls by hundreds of nats where the prior was forgotten: a fall proves a bug. It does not fall where the counts were forgotten, it only ends lower. No fall proves nothing, so compare the end with other starts and other code, too.

# %% [markdown]
# ### Exercise 5 · `infer_document`
#
# **Objective.** Alternate (6) and (7) until nothing moves.<br>
# **Lecture.** *Approximate Inference*. Blei, Ng and Jordan 2003, figure 6.<br>
# Difficulty ●●●○○ · importance ●●●●● · 20 minutes · check: 0.1 s of CPU
#
# **Why.** Each of the two updates is the exact optimum given the other, so the bound climbs, and it is bounded. This is *coordinate ascent*. It has no step size. You may use `lda.token_topics(gamma, log_beta, word_ids)` and `lda.document_shares(alpha, phi, counts)`, which are (6) and (7), or your own.
#
# **Predict before you run.** Where should $\gamma$ start: at $\alpha$, or at even shares, $\alpha_k + \frac1K \sum_n c_n$? Does it matter?


# %% nbgrader={"grade": false, "grade_id": "infer_document", "locked": false, "schema_version": 3, "solution": true, "task": false}
def infer_document(
    alpha: float | Tensor, log_beta: Tensor, word_ids: Tensor, counts: Tensor, max_iters: int = 100, tol: float = 1e-6
) -> tuple[Tensor, Tensor]:
    """Coordinate ascent in φ and γ until γ stands still.

    Args:
        alpha: a number, or one for each topic, [K].
        log_beta: [K, V].
        word_ids, counts: [N].
        max_iters: how many times both are updated, at most.
        tol: stop when the mean change of γ is below it.
    Returns:
        gamma [K] and phi [N, K].
    """
    ### BEGIN SOLUTION
    topics = len(log_beta)
    gamma = alpha + counts.sum() / topics * torch.ones(topics, dtype=log_beta.dtype, device=log_beta.device)
    for _ in range(max_iters):
        before = gamma
        phi = lda.token_topics(gamma, log_beta, word_ids)
        gamma = lda.document_shares(alpha, phi, counts)
        if (gamma - before).abs().mean() < tol:
            break
    return gamma, phi
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_infer_document", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("infer_document", infer_document)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Start with a γ. In the loop: φ from γ, then γ from φ; compare γ with what it was.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\gamma^{(0)}_k = \alpha_k + \frac1K \sum_n c_n$; $\phi^{(t)} = (6)$ at $\gamma^{(t-1)}$; $\gamma^{(t)} = (7)$ at $\phi^{(t)}$; stop when $\frac1K \sum_k |\gamma^{(t)}_k - \gamma^{(t-1)}_k| < \text{tol}$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `for _ in range(max_iters):` with both updates inside, `before, gamma = gamma, lda.document_shares(alpha, phi, counts)`, and `break`. Return both, γ first.
#
# </details>

# %% tags=["training", "explore"]
with showing("infer_document"):
    truth, found = [], []
    for row in range(0, 1200, 40):
        gamma, _ = infer_document(0.4, smooth, *bag(row), max_iters=50, tol=1e-3)
        truth.append(torch.from_numpy(planted.theta[row]))
        found.append(gamma / gamma.sum())
    truth, found = torch.stack(truth), torch.stack(found)
    print(
        f"{len(found)} articles with the true topics: mean error of a share {(truth - found).abs().mean():.3f}, correlation {np.corrcoef(truth.flatten(), found.flatten())[0, 1]:.3f}"
    )
    show_table(
        "Shares of three articles, inferred (true)", ("article", *planted.names),
        [(str(40 * n + 1), *(f"{f:.2f} ({t:.2f})" for f, t in zip(found[n].tolist(), truth[n].tolist(), strict=True))) for n in (3, 11, 19)],
    )  # fmt: skip

# %% [markdown]
# **Expected.** A correlation above 0.95: 85 words are enough to tell an article's shares to a few hundredths. **A wrong one** has all shares near a tenth ($\gamma$ returned as it started). One iteration alone looks almost as good here; the check tells it apart.
#
# With one $\alpha$ for all topics the two starts are equally good: all $\gamma_k$ are equal, so the first $\phi$ is $\beta$ normalised, whatever their size. With different $\alpha_k$, or an uneven start, it can matter: with small $\alpha$ there can be two optima.

# %% [markdown]
# ## 5. Learning: the M steps
#
# *Lecture: Inference and Learning.*
#
# So far the topics were given. *Variational EM* finds them: infer all documents (E step), then maximise $\sum_d \mathcal L_d$ in $\beta$ and $\alpha$ (M step), and again. Each step raises the same bound, if the E step goes on from where it was; a fresh start each time, run until it stands still, can lose a little where a document has two optima. With $\eta > 0$ in (9) the bound includes $\eta \sum_{k,v} \log \beta_{kv}$.

# %% [markdown]
# ### Exercise 6 · `update_beta`
#
# **Objective.** Turn soft counts into distributions.<br>
# **Lecture.** *Inference and Learning*. Blei, Ng and Jordan 2003, equation 9.<br>
# Difficulty ●●○○○ · importance ●●●●● · 20 minutes · check: 0.1 s of CPU
#
# **Why.** In (8) $\beta$ occurs in $\sum_d \sum_n c_{dn} \sum_k \phi_{dnk} \log \beta_{k w_{dn}}$ only, a weighted log-likelihood. Under $\sum_v \beta_{kv} = 1$ its maximum is the weighted share of each word; a Dirichlet prior with parameter $\eta + 1$ adds pseudo-counts:
#
# $$\beta_{kv} \propto \eta + \sum_d \sum_{n:\, w_{dn} = v} c_{dn} \phi_{dnk} \tag{9}$$
#
# The sum over $n : w_{dn} = v$ is where programs go wrong: an id may recur in a document, and `table[word_ids] += x` writes each place *once*.
#
# **Predict before you run.** `t = torch.zeros(2); t[torch.tensor([0, 0])] += 1`. What is `t`?


# %% nbgrader={"grade": false, "grade_id": "update_beta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_beta(docs: list[tuple[Tensor, Tensor]], phis: list[Tensor], vocab_size: int, eta: float = 0.0) -> Tensor:
    """The topics that explain the tokens best, given the tokens' topics.

    Args:
        docs: (word_ids [N], counts [N]) of each document; an id may recur.
        phis: [N, K] of each document.
        vocab_size: V.
        eta: pseudo-count of every word in every topic.
    Returns:
        [K, V]; rows sum to one.
    """
    ### BEGIN SOLUTION
    table = phis[0].new_full((vocab_size, phis[0].shape[1]), eta)  # [V, K]
    for (word_ids, counts), phi in zip(docs, phis, strict=True):
        table.index_add_(0, word_ids, counts[:, None] * phi)
    return (table / table.sum(0)).T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_beta", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("update_beta", update_beta)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# A table of words by topics, filled with η. Every word of every document adds its tokens, divided among the topics, to its row. Normalise each topic at the very end.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $T_{vk} = \eta + \sum_d \sum_n c_{dn} \phi_{dnk}\,\mathbb 1[w_{dn} = v]$, and $\beta_{kv} = T_{vk} / \sum_u T_{uk}$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `table.index_add_(0, word_ids, counts[:, None] * phi)` adds row by row and counts repetitions. Then `table / table.sum(0)`, transposed.
#
# </details>

# %% [markdown]
# `t` is `[1, 0]`: the second addition is lost, without a warning.
#
# ### Exercise 7 · `update_alpha`
#
# **Objective.** Find a root by Newton's method, and keep it positive.<br>
# **Lecture.** *Inference and Learning*. Blei, Ng and Jordan 2003, appendix A.4.2.<br>
# Difficulty ●●●○○ · importance ●●●○○ · 25 minutes · check: 0.1 s of CPU
#
# **Why.** How mixed are the documents? Let the data say. With one $\alpha$ for all topics, the terms of $\sum_d \mathcal L_d$ in $\alpha$ are
#
# $$f(\alpha) = D\big(\log \Gamma(K\alpha) - K \log \Gamma(\alpha)\big) + (\alpha - 1) \sum_d \sum_k \mathbb E_q[\log \theta_{dk}] \tag{10}$$
#
# There is no closed form for the maximum. Newton's step for $\alpha$ itself can jump below 0; for $\log \alpha$ it cannot:
#
# $$\log \alpha \leftarrow \log \alpha - \frac{f'}{\alpha f'' + f'}, \qquad f' = DK\big(\psi(K\alpha) - \psi(\alpha)\big) + \sum_{d,k} \mathbb E_q[\log \theta_{dk}], \qquad f'' = DK\big(K \psi'(K\alpha) - \psi'(\alpha)\big) \tag{11}$$
#
# Minka (2000) derives Newton's step for one $\alpha_k$ per topic, and a fixed-point iteration. Any way to the root of $f'$ is accepted, bisection too.
#
# **Predict before you run.** Articles get purer, each about one topic. Does $\sum_{d,k} \mathbb E_q[\log \theta_{dk}]$ rise or fall, and $\alpha$?


# %% nbgrader={"grade": false, "grade_id": "update_alpha", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_alpha(expected_log_theta_sum: float, num_docs: int, num_topics: int, init: float = 1.0) -> float:
    """The symmetric α that maximises the bound, by Newton's method on log α.

    Args:
        expected_log_theta_sum: Σ_d Σ_k E[log θ_dk], in nats.
        num_docs: D.
        num_topics: K.
        init: where to start, positive.
    Returns:
        α, to at least six digits.
    """
    ### BEGIN SOLUTION
    log_alpha = math.log(init)
    for _ in range(200):
        alpha = torch.tensor(math.exp(log_alpha), dtype=torch.float64)
        slope = (
            num_docs * num_topics * (torch.digamma(num_topics * alpha) - torch.digamma(alpha)) + expected_log_theta_sum
        )
        bend = num_topics * torch.polygamma(1, num_topics * alpha) - torch.polygamma(1, alpha)
        step = float(slope / (alpha * num_docs * num_topics * bend + slope))
        log_alpha -= max(-2.0, min(2.0, step))  # from far below the root a full step overshoots
        if abs(step) < 1e-10:
            break
    return math.exp(log_alpha)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_update_alpha", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("update_alpha", update_alpha)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Keep $\log \alpha$ as the variable. In each round compute $\alpha$, $f'$, $f''$ and the step; stop when the step is tiny.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# With $t = \log \alpha$: $\frac{df}{dt} = \alpha f'$ and $\frac{d^2 f}{dt^2} = \alpha(\alpha f'' + f')$. Newton's step is their quotient, and one α cancels: (11).
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.digamma` is ψ, `torch.polygamma(1, x)` is ψ′; both want a float64 tensor. Twenty rounds are plenty from nearby, a hundred from anywhere, if you let no step be longer than 2.
#
# </details>

# %% [markdown]
# They fall, both: a share near 0 has a very negative log. Now all of it together, on 150 articles. This is your EM: inference, topics, $\alpha$.

# %% tags=["training"]
with showing("expected_log_dirichlet", "document_elbo", "infer_document", "update_beta", "update_alpha"):
    torch.manual_seed(0)
    few = [bag(row) for row in range(0, 1200, 8)]  # 150 articles of all years
    topics = torch.distributions.Dirichlet(torch.full((K, V), 5.0, dtype=torch.float64)).sample()
    for start, (ids, numbers) in enumerate(few[5::15]):  # each topic starts from an article, smoothed
        topics[start].index_add_(0, ids, 0.02 * numbers)
    topics /= topics.sum(1, keepdim=True)
    alpha, history, alphas = 0.4, [], []
    for _ in range(12):
        inferred = [infer_document(alpha, topics.log(), *document, max_iters=12, tol=1e-2) for document in few]
        history.append(
            float(
                sum(
                    document_elbo(alpha, topics.log(), *document, phi, gamma)
                    for document, (gamma, phi) in zip(few, inferred, strict=True)
                )
            )
        )
        topics = update_beta(few, [phi for _, phi in inferred], V, eta=0.01)
        alpha = update_alpha(
            float(expected_log_dirichlet(torch.stack([gamma for gamma, _ in inferred])).sum()), len(few), K, alpha
        )
        alphas.append(alpha)

# %% tags=["training", "explore"]
with showing("expected_log_dirichlet", "document_elbo", "infer_document", "update_beta", "update_alpha"):
    show_curves(
        range(1, 13), {"bound": np.array(history)}, markers=True, xlabel="EM iteration", ylabel="bound of 150 articles, nats", title="your EM",
    )  # fmt: skip
    matched = match_topics(topics.numpy(), planted.topics)
    print(
        f"α went from 0.4 to {alphas[-1]:.2f}; {int((matched.cosine > 0.9).sum())} of {K} planted topics found (cosine above 0.9)"
    )
    for k, cosine in zip(matched.found, matched.cosine, strict=True):
        print(f"{cosine:.2f}", *top_words(topics.numpy(), counts.words, 8)[k])

# %% [markdown]
# **Expected.** A bound that only climbs, and topics that you could name. Some may be two planted ones in one, or one in two: EM ends in *an* optimum. More articles and several starts help, and section 7 has both. A spare topic that hardly any article uses drags $\alpha$ down; the whole corpus, fitted until it stands still, gives 0.36. **A wrong one** loses some of the bound.

# %% [markdown]
# ## 6. The other road: Gibbs sampling
#
# *Lecture: Approximate Inference.*
#
# Mean field replaces the posterior by a simpler one and is exact about that. Sampling keeps the posterior and visits it at random. Give each topic a prior, too: $\beta_k \sim \mathrm{Dir}(\eta)$, with $\eta$ now the parameter itself, not one less as in (9). Because both priors are conjugate, $\theta$ and $\beta$ can be integrated out, and what is left is a distribution over assignments $z$ alone. Visit one token at a time; its topic given all others is
#
# $$p(z_i = k \mid z_{-i}, w) \propto (n_{dk}^{-i} + \alpha)\, \frac{n_{kw}^{-i} + \eta}{n_k^{-i} + V\eta} \tag{12}$$
#
# where $n_{dk}$ counts the tokens of document $d$ in topic $k$, $n_{kw}$ those of word $w$ in topic $k$, $n_k$ all in topic $k$, and $-i$ leaves the token itself out.

# %% [markdown]
# ### Exercise 8 · `gibbs_conditional`
#
# **Objective.** Leave one out.<br>
# **Lecture.** *Approximate Inference*. Griffiths and Steyvers 2004, equation 5.<br>
# Difficulty ●●○○○ · importance ●●●●● · 20 minutes · check: 0.1 s of CPU
#
# **Why.** (12) reads well: topics that the document likes already, times topics that like the word already. The rich get richer, twice. The $-i$ is not decoration: a token that still counts itself votes for where it is, and in a short document it wins.
#
# **Predict before you run.** A document's only token, of a word that occurs nowhere else. Where does it go, by (12)?


# %% nbgrader={"grade": false, "grade_id": "gibbs_conditional", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gibbs_conditional(
    n_dk: Tensor, n_kw: Tensor, n_k: Tensor, d: int, w: int, z_old: int, alpha: float, eta: float
) -> Tensor:
    """p(z = k | all other topics, all words) of one token, θ and β integrated out.

    Args:
        n_dk: tokens of each document in each topic, LongTensor [D, K].
        n_kw: tokens of each word in each topic, LongTensor [K, V].
        n_k: tokens in each topic, LongTensor [K].
        d, w: the token's document and word.
        z_old: its present topic: it is counted there in all three. The counts must be left as they are.
        alpha, eta: symmetric priors.
    Returns:
        [K], float64; sums to one.
    """
    ### BEGIN SOLUTION
    itself = (torch.arange(len(n_k), device=n_k.device) == z_old).double()
    in_document = n_dk[d] - itself + alpha
    of_word = (n_kw[:, w] - itself + eta) / (n_k - itself + n_kw.shape[1] * eta)
    weights = in_document * of_word
    return weights / weights.sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gibbs_conditional", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("gibbs_conditional", gibbs_conditional)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Three vectors of length K: a row of `n_dk`, a column of `n_kw`, and `n_k`. From each, take 1 away at `z_old`, on a copy.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# (12), with $n^{-i}_{\cdot k} = n_{\cdot k} - \mathbb 1[k = z_{\text{old}}]$, then divide by the sum over $k$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `itself = torch.nn.functional.one_hot(torch.tensor(z_old), K).double()`; `n_dk[d] - itself + alpha` is a new float64 tensor. V is `n_kw.shape[1]`.
#
# </details>

# %% [markdown]
# To a small topic: the document says nothing ($\alpha$ for all), the word says nothing ($\eta$ for all), and the denominator is smallest where a topic holds least.
#
# Is (12) right? Four tokens, two topics: $2^4$ assignments, whose probabilities follow from the joint $p(w, z)$ alone.

# %% tags=["training", "explore"]
with showing("gibbs_conditional"):
    docs, alpha, eta = [torch.tensor([0, 1]), torch.tensor([1, 2])], 0.4, 0.3
    states = list(itertools.product(range(2), repeat=4))
    tables = {
        state: lda.count_topics(docs, [torch.tensor(state[:2]), torch.tensor(state[2:])], 2, 3) for state in states
    }
    joint = torch.tensor([lda.log_joint(tables[state][0], tables[state][1], alpha, eta) for state in states]).exp()
    share = dict(zip(states, (joint / joint.sum()).tolist(), strict=True))
    rows = []
    for state in ((0, 0, 0, 0), (0, 1, 1, 0), (0, 1, 0, 1)):
        for place in (0, 1):
            options = torch.tensor([share[(*state[:place], k, *state[place + 1 :])] for k in range(2)])
            mine = gibbs_conditional(*tables[state], 0, int(docs[0][place]), state[place], alpha, eta)
            rows.append((str(state), str(place + 1), f"{mine[0]:.4f}", f"{options[0] / options.sum():.4f}"))
    show_table("p(topic 0 | the rest)", ("topics of the four tokens", "token", "yours", "by enumeration"), rows)

# %% [markdown]
# **Expected.** Two equal columns.
#
# ### Exercise 9 · `gibbs_sweep`
#
# **Objective.** Keep four tables consistent while everything moves.<br>
# **Lecture.** *Approximate Inference*. Griffiths and Steyvers 2004.<br>
# Difficulty ●●●○○ · importance ●●●●● · 25 minutes · check: 0.4 s of CPU
#
# **Why.** A sweep visits every token once, draws its topic from (12), and moves it. It leaves the posterior as it is: started there, it stays there; started elsewhere, it goes there. This is the one exercise that edits its inputs, and almost all its bugs are bookkeeping. After any sweep, `n_dk`, `n_kw` and `n_k` must be exactly the counts of `z`.
#
# `lda.token_conditional(n_dk, n_kw, n_k, d, w, z_old, alpha, eta)` is (12), with the counts as they are; it leaves the token out itself.
#
# **Predict before you run.** Could you draw all tokens' topics at once from the counts of before the sweep? It would be a thousand times faster.


# %% nbgrader={"grade": false, "grade_id": "gibbs_sweep", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gibbs_sweep(
    docs: list[Tensor], z: list[Tensor], n_dk: Tensor, n_kw: Tensor, n_k: Tensor, alpha: float, eta: float
) -> None:
    """Draw every token's topic anew from its conditional, one after the other, in place.

    Args:
        docs: the words of each document, LongTensor [N_d]; not to be edited.
        z: the topic of each token, of the same lengths; edited.
        n_dk, n_kw, n_k: the counts of z, LongTensor [D, K], [K, V], [K]; edited, so that they stay the counts of z.
        alpha, eta: symmetric priors.
    """
    ### BEGIN SOLUTION
    for d, (words, topics) in enumerate(zip(docs, z, strict=True)):
        for n, w in enumerate(words.tolist()):
            old = int(topics[n])
            p = lda.token_conditional(n_dk, n_kw, n_k, d, w, old, alpha, eta)
            topics[n] = new = int(torch.multinomial(p, 1))
            for k, change in ((old, -1), (new, 1)):
                n_dk[d, k] += change
                n_kw[k, w] += change
                n_k[k] += change
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gibbs_sweep", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("gibbs_sweep", gibbs_sweep)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two loops, documents and tokens. For each token: where is it, where does it go, and six numbers change: three down at the old topic, three up at the new one.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $z_i \sim (12)$; then $n_{d z_{\text{old}}}, n_{z_{\text{old}} w}, n_{z_{\text{old}}}$ minus 1, and $n_{d z_{\text{new}}}, n_{z_{\text{new}} w}, n_{z_{\text{new}}}$ plus 1.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `new = int(torch.multinomial(p, 1))` draws. Write it with `z[d][n] = new`. If you take the token out of the counts *before* calling the conditional, it is taken out twice.
#
# </details>

# %% tags=["training"]
with showing("gibbs_sweep"):
    torch.manual_seed(1)
    three = [planted.names.index(name) for name in ("kitchen", "astronomy", "law")]
    theta = torch.distributions.Dirichlet(torch.full((3,), 0.3, dtype=torch.float64)).sample((60,))
    docs = [
        torch.multinomial(shares @ beta_planted[three], 40, replacement=True) for shares in theta
    ]  # 60 articles by (3)
    z = [torch.randint(0, 3, words.shape) for words in docs]
    n_dk, n_kw, n_k = lda.count_topics(docs, z, 3, V)
    chain = [lda.log_joint(n_dk, n_kw, 0.3, 0.1)]
    for _ in range(16):
        gibbs_sweep(docs, z, n_dk, n_kw, n_k, 0.3, 0.1)
        chain.append(lda.log_joint(n_dk, n_kw, 0.3, 0.1))

# %% tags=["training", "explore"]
with showing("gibbs_sweep"):
    show_curves(
        range(17), {"log p(w, z)": np.array(chain)}, markers=True, xlabel="sweep", ylabel="nats", title=f"your chain: {sum(map(len, docs)):,} tokens, 3 topics",
    )  # fmt: skip
    for k, words in enumerate(top_words((n_kw + 0.1).numpy(), counts.words, 8)):
        print(f"topic {k + 1}, {int(n_k[k]):4d} tokens:", *words)

# %% [markdown]
# **Expected.** The three topics, a steep climb, then a level at which the curve *wanders*: a sampler does not converge to a point. Up and down is right here, and would be a bug in section 4. **A wrong one** stays where it began, or freezes.
#
# Drawn all at once, two tokens that should agree swap places for ever; the posterior is not left as it is. (Large corpora are sampled in parallel all the same, as an approximation.)

# %% [markdown]
# ## 7. Both roads on the whole corpus, and how many topics
#
# *Lecture: Approximate Inference.*
#
# Your functions go through some ten thousand tokens a second. `latentkit.topics` has the same algorithms in compiled loops, a thousand times faster; its variational EM keeps a Dirichlet for each topic, too, in place of a single $\beta_k$ (Hoffman, Blei and Bach 2010; their online algorithm, for corpora that come in pieces, is `OnlineLDA`). **Predict before you run.** Which one finds all ten planted topics: one run of variational EM, the best of five, or Gibbs?

# %% tags=["training"]
from latentkit.topics import GibbsLDA, VariationalLDA  # with scikit-learn and numba, which take a second or two

observed, held_out = split_words(counts.matrix, random_state=0)  # half of each article's words to read, half to guess
roads = {
    "variational EM, one start": lambda seed: VariationalLDA(10, alpha=0.4, eta=0.1, random_state=seed),
    "variational EM, best of five": lambda seed: VariationalLDA(10, alpha=0.4, eta=0.1, n_init=5, random_state=seed),
    "Gibbs, 150 sweeps": lambda seed: GibbsLDA(10, alpha=0.4, eta=0.1, max_iter=150, random_state=seed),
}
results = {}
for label, make in roads.items():
    models = [make(seed).fit(observed) for seed in range(4)]
    results[label] = [
        (int((match_topics(m.topic_word_, planted.topics).cosine > 0.9).sum()), completion_perplexity(m.topic_word_, 0.4, observed, held_out))
        for m in models
    ]  # fmt: skip
truth = completion_perplexity((0.999 * planted.topics + 0.001 / V), 0.4, observed, held_out)

# %% tags=["training", "explore"]
show_table(
    f"Four seeds each; the planted topics themselves have perplexity {truth:.1f}", ("road", "planted topics found", "perplexity of the held-out half"),
    [(label, ", ".join(str(n) for n, _ in runs), ", ".join(f"{p:.1f}" for _, p in runs)) for label, runs in results.items()],
)  # fmt: skip

# %% [markdown]
# *Perplexity* is $\exp(-\frac1N \sum \log p(w))$ over the held-out words: the size of a vocabulary that would be as hard to guess if all its words were alike. Both roads arrive; they differ in how they get stuck. EM stops in the nearest optimum, and several starts are the cure; a chain keeps moving, and may take long to part two merged topics.
#
# How many topics? Fit several $K$ and let the held-out words judge. **Predict first:** the corpus was written with ten. What will the curve do beyond ten?

# %% tags=["training"]
sizes = [3, 5, 8, 10, 12, 16, 24]
perplexities = []
for size in sizes:
    model = GibbsLDA(size, alpha=4 / size, eta=0.1, max_iter=150, random_state=0).fit(observed)
    perplexities.append(completion_perplexity(model.topic_word_, 4 / size, observed, held_out))

# %% tags=["training", "explore"]
show_curves(
    sizes, {"Gibbs": np.array(perplexities)}, markers=True, level=("planted topics", truth), xlabel="K", ylabel="perplexity of held-out words", title="how many topics?",
)  # fmt: skip

# %% [markdown]
# A steep fall to ten, then a slow rise: spare topics split the true ones and fit chance. On real text the valley is flat, and models that predict held-out words better may have topics that people find *less* coherent (Chang et al. 2009).
#
# ### Question 2 · `reading_topics`
#
# 20 minutes · graded by hand · lecture: *Latent Dirichlet Allocation*
#
# You fit LDA with $K = 20$ to all abstracts of a conference. Topic 7 has the words *attention, transformer, pre-training, BERT, fine-tuning*; its mean share goes from 2 % in 2016 to 9 % in 2021. (i) Which of these does the fit *tell* you, and which did you add: that there is such a topic; its name; that it grew; that people work more on it?
# (ii) You run again with another seed, and topic 7 is about something else. Why, and is anything wrong? How do you find "the same" topic in two runs? (iii) Section 8 puts an interval on a trend in two ways at once. Say for each which uncertainty it covers, and name three that neither does. (iv) Why is "the topic with the highest $\phi$" of a single word a poor label, though the topic shares of a document are good?

# %% [markdown] nbgrader={"grade": true, "grade_id": "reading_topics", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) The fit gives a distribution over words and shares of documents under *this* model, K, prior, preprocessing and seed. That its words belong together is told by the fit, if it comes back in other runs; its name is yours. That the mean share grew is a statement about the words in the abstracts, told by the fit with
# an uncertainty to be shown. That people *work* more on it is an inference from words to activity: vocabulary changes too (a method gets its name), so do the number and the length of papers and what the conference accepts.
#
# (ii) Topics have no order: any permutation of them has the same bound and the same probability (label switching), and another start may end in another optimum, where two topics are merged or one is split. The first is no error, the second is worth looking at. Match the topics of two runs by the similarity of their word distributions, one to one
# (cosine and the Hungarian method), and trust those that come back.
#
# (iii) *Documents drawn again with replacement, the fit left alone*: covers which documents happened to be written, not where the fit ended. *Several seeds, their topics matched*: covers in which optimum the fit ended, not the choice of documents. Neither covers K, the prior, the preprocessing, or that the model is wrong (bags of words, no correlation
# between topics, topics that do not change over time); nor, as long as no topics are fitted to the documents drawn, how far the topics themselves hang on the sample. Any three of these.
#
# (iv) A single word's $\phi$ rests on one token and the document's shares; for an ambiguous word it is near a half, and mean field makes it more certain than it should be. A document's share adds up some hundred tokens, whose errors partly cancel.
#
# **Marking, four parts of equal weight,** one per question. (1) Separates what is estimated from what is read into it; half for the name alone. (2) Label switching *and* local optima, and a way to match. (3) What each covers, and three omissions (K, prior, preprocessing, the model itself); half if the omissions are missing. (4) One token against many.

# %% [markdown]
# ## 8. Shares over the years
#
# *Lecture: Latent Dirichlet Allocation, topics over time.*
#
# Each article has a year. LDA knows nothing of it, so a trend in its shares is not put there by the model.

# %% [markdown]
# ### Exercise 10 · `topic_trend`
#
# **Objective.** Average by group.<br>
# **Lecture.** Topics over time. Griffiths and Steyvers 2004, figure 5.<br>
# Difficulty ●○○○○ · importance ●●●○○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** One line of data analysis, with three ways to be wrong: a year with more articles is not a year with more of a topic; years do not come sorted; and some years have no article at all.
#
# **Predict before you run.** What do the shares of one year sum to?


# %% nbgrader={"grade": false, "grade_id": "topic_trend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def topic_trend(theta: Tensor, years: Tensor) -> tuple[Tensor, Tensor]:
    """The mean topic shares of each year's documents.

    Args:
        theta: shares, rows sum to one, [D, K].
        years: LongTensor [D].
    Returns:
        The years that occur, ascending, [Y], and their mean shares, [Y, K].
    """
    ### BEGIN SOLUTION
    found = years.unique()  # sorted
    return found, torch.stack([theta[years == year].mean(0) for year in found])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_topic_trend", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("topic_trend", topic_trend)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Which years are there? For each of them, which rows, and what is their mean?
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\text{share}_{yk} = \frac{1}{|\{d : \text{year}_d = y\}|} \sum_{d : \text{year}_d = y} \theta_{dk}$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `years.unique()` is sorted. `theta[years == year].mean(0)` for each, stacked.
#
# </details>

# %% [markdown]
# How sure is a trend? Two things could have come out otherwise: which articles happened to be written, and where the fit ended. So draw the articles again with replacement (the *bootstrap*), from several fits whose topics are matched.

# %% tags=["training"]
with showing("topic_trend"):
    years = torch.from_numpy(magazine.years)
    fits = [VariationalLDA(10, alpha=0.4, eta=0.1, n_init=3, random_state=seed).fit(counts.matrix) for seed in range(4)]
    aligned = []
    for model in fits:
        match = match_topics(model.topic_word_, planted.topics)
        aligned.append(torch.from_numpy(np.asarray(model.doc_topic_, dtype=float)[:, match.found]))
    generator = torch.Generator().manual_seed(0)
    draws = []
    for number in range(200):
        chosen = torch.randint(len(years), (len(years),), generator=generator)
        draws.append(topic_trend(aligned[number % 4][chosen], years[chosen])[1])
    draws = torch.stack(draws)  # [200, Y, K]

# %% tags=["training", "explore"]
with showing("topic_trend"):
    found_years, share = topic_trend(torch.stack(aligned).mean(0), years)
    low, high = draws.quantile(0.05, dim=0), draws.quantile(0.95, dim=0)
    show_trends(
        found_years.tolist(),
        {name: Trend(share[:, k].tolist(), low[:, k].tolist(), high[:, k].tolist(), planted.trend[:, k]) for k, name in enumerate(planted.names)},
        columns=5,
        caption="Share of each topic over the years: yours with its 90% band, the planted one dashed.",
    )  # fmt: skip
    inside = ((torch.from_numpy(planted.trend) >= low) & (torch.from_numpy(planted.trend) <= high)).double().mean()
    print(f"the planted trend (dashed) lies in the 90% band at {inside:.0%} of the points")

# %% [markdown]
# **Expected.** Three topics rise, three fall, four stay, as planted. The bands hold the truth at most points, but not at all: nine in ten is what they promise. **A wrong one** has years in disorder, or shares of a year that do not sum to one. (They do: that answers the prediction.)
#
# Leaf through the topics of one fit. Relevance λ (Sievert and Shirley) ranks words by how much of the topic they are ($\lambda = 1$) or by how special they are to it ($\lambda = 0$). Click a topic, a word to see which topics share it, a title to see what else is in the document.

# %% tags=["training", "explore"]
topic_browser(fits[0].topic_word_, fits[0].doc_topic_, counts.matrix, counts.words, magazine.titles)

# %% [markdown]
# ## 9. Real abstracts
#
# *Lecture: Latent Dirichlet Allocation; topics over time.*
#
# 3,580 abstracts of COLING 2016 and of ACL 2017 to 2021 (`latentkit data get acl`, 6 MB). Without them the cells below use the magazine once more.
#
# **Predict before you run.** Name a topic that you expect to rise in these six years, and one that you expect to fall.

# %% tags=["training"]
try:
    papers = load_documents("acl")
    paper_counts = count_words(papers.texts, min_documents=10, max_share=0.3)
    size, priors = 20, {"alpha": 0.1, "eta": 0.05}
except MissingFile as error:
    print(str(error).splitlines()[0], "The magazine stands in.")
    papers, paper_counts, size, priors = magazine, counts, 10, {"alpha": 0.4, "eta": 0.1}
print(paper_counts.dropped)
model = GibbsLDA(size, **priors, max_iter=250, random_state=0).fit(paper_counts.matrix)
frequencies = np.asarray(paper_counts.matrix.sum(axis=0)).ravel()
labels = [" ".join(words) for words in top_words(model.topic_word_, paper_counts.words, 3, 0.6, frequencies)]

# %% tags=["training", "explore"]
with showing("topic_trend"):
    dates = torch.from_numpy(papers.years[paper_counts.kept])
    theta = torch.from_numpy(np.asarray(model.doc_topic_, dtype=float))
    paper_years, share = topic_trend(theta, dates)
    generator = torch.Generator().manual_seed(0)
    draws = []
    for _ in range(200):
        chosen = torch.randint(len(dates), (len(dates),), generator=generator)
        draws.append(topic_trend(theta[chosen], dates[chosen])[1])
    draws = torch.stack(draws)
    change = (draws[:, -1] - draws[:, 0]).mean(0)
    shown = [*change.argsort(descending=True)[:3].tolist(), *change.argsort()[:3].tolist()]
    low, high = draws.quantile(0.05, dim=0), draws.quantile(0.95, dim=0)
    show_trends(
        paper_years.tolist(),
        {labels[k]: Trend(share[:, k].tolist(), low[:, k].tolist(), high[:, k].tolist()) for k in shown},
        caption="Share of six topics in the papers of each year, with bands.",
    )
    topic_browser(
        model.topic_word_,
        model.doc_topic_,
        paper_counts.matrix,
        paper_counts.words,
        [papers.titles[d] for d in paper_counts.kept],
        topic=shown[0] + 1,
    )

# %% [markdown]
# The three that rise most and the three that fall most; the bands are over abstracts, for one fit. A second fit would give other topics (question 2): the documentation's page on ACL topics repeats it with several seeds.
#
# One document, word by word, as on the lecture's slide. Unmarked words are in no topic: function words, and words too rare or too common to count.

# %% tags=["training", "explore"]
with showing("infer_document"):
    mixed = theta.max(dim=1).values < 0.5  # no topic holds more than half of it
    row = int((theta[:, shown[0]] * mixed).argmax())
    text = papers.texts[int(paper_counts.kept[row])].split()
    place = {word: number for number, word in enumerate(paper_counts.words)}
    log_topics = torch.from_numpy(np.asarray(model.topic_word_, dtype=float)).log()
    known = [next((place[word] for word in words_of(token) if word in place), None) for token in text]
    ids = torch.tensor([number for number in known if number is not None])
    gamma, phi = infer_document(priors["alpha"], log_topics, ids, torch.ones(len(ids), dtype=torch.float64))
    topic_of = iter(phi.argmax(1).tolist())
    show_document(
        text,
        [None if number is None else next(topic_of) for number in known],
        labels,
        f"{papers.titles[int(paper_counts.kept[row])]} ({papers.dates[int(paper_counts.kept[row])]})",
        top_words(model.topic_word_, paper_counts.words, 8, 0.6, frequencies),
    )

# %% [markdown]
# ## What to take along
#
# - A Dirichlet with a small parameter says "few topics per document", and all that inference asks of it is $\mathbb E[\log \theta]$.
# - Mean field turns one impossible posterior into two updates that you can read; each is optimal given the other, and the bound proves it at every step.
# - Gibbs sampling keeps the posterior and pays with randomness. Its bugs are in the bookkeeping, so check the counts.
# - Both get stuck. Use several starts, match topics, and believe what comes back.
# - A topic is a distribution over words. Its name, and what its trend means, come from you: show an interval.
#
# ## References
#
# - D. M. Blei, A. Y. Ng, M. I. Jordan. Latent Dirichlet allocation. JMLR 3, 2003.
# - T. L. Griffiths, M. Steyvers. Finding scientific topics. PNAS 101, 2004.
# - M. D. Hoffman, D. M. Blei, F. Bach. Online learning for latent Dirichlet allocation. NIPS 2010.
# - T. P. Minka. Estimating a Dirichlet distribution. 2000.
# - C. Sievert, K. Shirley. LDAvis: a method for visualizing and interpreting topics. Workshop on interactive language learning, visualization and interfaces, ACL 2014.
# - J. Chang, J. Boyd-Graber, S. Gerrish, C. Wang, D. M. Blei. Reading tea leaves: how humans interpret topic models. NIPS 2009.
