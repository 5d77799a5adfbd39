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
# # Problem set 1: from the auto-encoder to the VAE
#
# An auto-encoder compresses images to codes. A variational auto-encoder does the same and is a *probability model*: you
# can sample from it, compare it with other models in nats, and trust the space between its codes. This problem set
# takes you from one to the other, formula by formula. By the end you can
#
# - say what is wrong with the latent space of a plain auto-encoder, and show it in a picture;
# - derive the evidence lower bound (ELBO) in both of its forms, and name the gap that it leaves;
# - estimate its gradient in two ways, and predict which is noisier before you measure it;
# - write the closed-form KL, the reparameterised sample and the training loop of a VAE;
# - read an ELBO, an importance-weighted bound and a value of β for what they say.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the
# cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake,
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another:
# models and figures use the library's versions, except where a figure is there to show yours. Three derivations are graded by hand. Plan four hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*. `B` images in a batch, `D` pixels, `M` latent
# dimensions, `S` Monte Carlo samples. `[B]` means one number per image: sum over pixels and dimensions, never average
# over the batch. Functions work in float32 and float64 and leave their inputs unchanged. Where a docstring says
# *differentiable*, the check compares gradients too.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $x$, image | `x` | | $\mu_\phi(x)$, mean of $q_\phi(z \mid x)$ | `mu` |
# | $z$, latent vector | `z` | | $\log\sigma^2_\phi(x)$, its log variance | `logvar` |
# | $\theta$, decoder's weights | `model.decoder` | | $\phi$, encoder's weights | `model.encoder` |

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

complete("ps1_elbo", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
import torch.distributions as D
import torch.nn.functional as F
from torch import Tensor, nn

from latentkit.check import check, showing
from latentkit.data import load_digits
from latentkit.evaluation.images import held_out_elbo, independent_bernoulli, iwae_bound_estimate
from latentkit.explore import elbo_gap, latent_manifold
from latentkit.explore.gap import GaussianModel
from latentkit.explore.pictures import show_clouds, show_curves, show_histograms, show_images, show_latent_space
from latentkit.models import VAE, AutoEncoder
from latentkit.progress import progress
from latentkit.training.images import train_image_model

digits = load_digits()  # binary images of 8 × 8 pixels, [N, 64]
torch.set_num_threads(1)  # layers as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. An auto-encoder, and the holes in its latent space
#
# *Lecture: Deep Latent Model.*
#
# The encoder maps an image to a code $z = f(x)$ of two numbers, the decoder maps the code back to pixel probabilities.
# Both are trained to reconstruct. Nothing else is asked of the codes.
#
# **Predict before you run.** You train it, then pick a point $z$ at random from the rectangle that holds all codes, and decode it.
# How often do you get a digit?

# %% tags=["training"]
torch.manual_seed(1)
autoencoder = AutoEncoder(latent_dim=2)
losses = train_image_model(autoencoder, digits.train, steps=3000, label="auto-encoder")
print(f"reconstruction error: {losses[:50].mean():.1f} nats per image at first, {losses[-50:].mean():.1f} at last")

# %% tags=["explore"]
codes = autoencoder.encode(digits.train).detach()
low, high = codes.min(dim=0).values, codes.max(dim=0).values
show_latent_space(
    autoencoder, autoencoder.encode(digits.test), digits.test_labels,
    caption="Where the auto-encoder puts held-out digits, and what it draws from every place of the same square.",
)  # fmt: skip

# %% tags=["explore"]
places = low + (high - low) * torch.rand(2000, 2)  # all over the rectangle that holds the codes
typical = torch.cdist(codes, codes).topk(2, largest=False).values[:, 1].median()  # a code's distance to its neighbour
lonely = torch.cdist(places, codes).min(dim=1).values > 5 * typical
show_images(
    {
        "at codes": torch.sigmoid(autoencoder.decode(codes[:14])),
        "in holes": torch.sigmoid(autoencoder.decode(places[lonely][:14])),
    },
    caption="Decoded from codes of training images, and from places far from every code.",
)
print(f"{lonely.float().mean():.0%} of the rectangle is farther from any code than 5 times the codes' typical distance")

# %% [markdown]
# The loss never visits the space between the codes, so the decoder may draw anything there, and says so with full
# confidence. There is also no rule for *drawing* a code: where would you sample? A probability model answers both questions.

# %% [markdown]
# ## 2. The model
#
# *Lecture: Deep Latent Model; VAE.*
#
# Say first how an image comes about, and train afterwards. Nature draws $z$ from a fixed prior, then the pixels from it:
#
# $$p_\theta(x, z) = p(z)\,p_\theta(x \mid z), \qquad p(z) = \mathcal N(z;\, 0, I) \tag{1}$$
#
# With binary pixels that are independent given $z$, and a decoder that returns logits $\ell = \ell_\theta(z)$,
#
# $$\log p_\theta(x \mid z) = \sum_{d=1}^{D} \big[ x_d \log \pi_d + (1 - x_d) \log(1 - \pi_d) \big], \qquad \pi_d = \frac{1}{1 + e^{-\ell_d}} \tag{2}$$
#
# What we would like to maximise is $\log p_\theta(x) = \log \int p_\theta(x, z)\,dz$. The integral runs over all $z$, through a
# neural network: it has no closed form, and almost every $z$ drawn from the prior explains a given $x$ badly.

# %% [markdown]
# ### Exercise 1 · `bernoulli_log_likelihood`
#
# **Objective.** Compute a log-likelihood that stays finite where the probabilities round to 0 and 1.<br>
# **Lecture.** *VAE*, the Bernoulli decoder; equation (2). Kingma & Welling 2014, appendix C.1.<br>
# Difficulty ●○○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** Every bound of this problem set contains this term. A decoder that is sure of a pixel has logits far from zero; in float32
# the probability is then exactly 0 or 1 and its logarithm $-\infty$, and one such pixel turns the weights of the whole network into NaN.
#
# **Predict before you run.** For a black pixel ($x = 0$) the term is $\log(1 - \pi)$. From which logit on does `torch.log(1 - torch.sigmoid(logit))`
# return $-\infty$ in float32: about 17, about 40, or about 88?


# %% nbgrader={"grade": false, "grade_id": "bernoulli_log_likelihood", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x | z) of binary images, in nats, finite for logits of ±100.

    Args:
        x: pixels in {0, 1}, [B, D].
        logits: ℓ, the log odds of a white pixel, [B, D].
    Returns:
        [B], summed over D. Differentiable in logits.
    """
    ### BEGIN SOLUTION
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bernoulli_log_likelihood", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("bernoulli_log_likelihood", bernoulli_log_likelihood)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Never form $\pi$. Write $\log \pi$ and $\log(1 - \pi)$ as functions of the logit that are safe on their own.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\log \pi = -\log(1 + e^{-\ell})$ and $\log(1 - \pi) = -\log(1 + e^{\ell})$; together
# $x \log \pi + (1 - x) \log(1 - \pi) = x\,\ell - \log(1 + e^{\ell})$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `F.softplus(t)` is $\log(1 + e^t)$ without overflow, `F.logsigmoid(t)` is $-\log(1 + e^{-t})$. Combine them per pixel, then `.sum(-1)`.
# `F.binary_cross_entropy_with_logits(logits, x, reduction=...)` does it too; mind its sign and its reduction.
#
# </details>

# %% tags=["explore"]
with showing("bernoulli_log_likelihood"):
    logit = torch.linspace(-40, 120, 321).unsqueeze(1)  # [321, 1]: one pixel per image
    naive = torch.log(1 - torch.sigmoid(logit[:, 0]))
    show_curves(
        logit[:, 0],
        {"yours": bernoulli_log_likelihood(torch.zeros_like(logit), logit), "log(1 - sigmoid(logit))": naive},
        mark=("the latter ends", logit[naive.isfinite()].max().item()),
        xlabel="logit", ylabel="nats", title="log-likelihood of a black pixel",
    )  # fmt: skip

# %% [markdown]
# **Expected.** Your curve bends once, at 0, and goes on as a straight line of slope −1; the naive one stops near 17, where $1 - \pi$ rounds to 0.
# **A wrong one** stops early too, flattens out (probabilities clamped to $[\epsilon, 1 - \epsilon]$: no gradient there either), or rises (sign lost).

# %% [markdown]
# ## 3. The evidence lower bound
#
# *Lecture: Lower bound; Understanding ELBO.*
#
# Bring in a distribution that is easy to sample from, $q_\phi(z \mid x)$, and let Jensen's inequality move the logarithm inside:
#
# $$\log p_\theta(x) = \log \mathbb E_{q_\phi(z \mid x)}\!\left[\frac{p_\theta(x, z)}{q_\phi(z \mid x)}\right]
# \;\ge\; \mathbb E_{q_\phi(z \mid x)}\big[\log p_\theta(x, z) - \log q_\phi(z \mid x)\big] = \mathcal L(\theta, \phi; x) \tag{3}$$
#
# The same number in its second form, which a VAE computes:
#
# $$\mathcal L(\theta, \phi; x) = \mathbb E_{q_\phi(z \mid x)}\big[\log p_\theta(x \mid z)\big] - \mathrm{KL}\big(q_\phi(z \mid x) \,\|\, p(z)\big) \tag{4}$$
#
# Reconstruct well, and stay close to the prior. The bound goes back to Jordan et al. 1999; that a neural network predicts $q$ from $x$ is
# what Kingma & Welling 2014 and Rezende et al. 2014 added.

# %% [markdown]
# ### Derivation 1 · `derive_elbo`
#
# 25 minutes · graded by hand · lecture: *Lower bound*, *Understanding ELBO*
#
# (i) Derive (3) from $\log p(x) = \log \int p(x, z)\,dz$. Say which property of the logarithm you use, what $q$ must satisfy, and
# when the inequality is an equality.
#
# (ii) The slide *Understanding ELBO* goes from the first form to the second and leaves out two lines. Fill them in, with one reason
# for each step:
#
# $$\begin{aligned}
# \mathcal L &= \int q(z \mid x) \log \frac{p(x, z)}{q(z \mid x)}\,dz && (a)\\
# &= \;? && (b)\\
# &= \;? && (c)\\
# &= \mathbb E_{q(z \mid x)}[\log p(x \mid z)] - \mathrm{KL}(q(z \mid x) \,\|\, p(z)) && (d)
# \end{aligned}$$
#
# Write in the cell below; LaTeX between dollar signs works.

# %% [markdown] nbgrader={"grade": true, "grade_id": "derive_elbo", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Let $q(z \mid x) > 0$ wherever $p(x, z) > 0$. Then
#
# $$\log p(x) = \log \int q(z \mid x)\,\frac{p(x, z)}{q(z \mid x)}\,dz = \log \mathbb E_q\!\left[\frac{p(x, z)}{q(z \mid x)}\right]
# \ge \mathbb E_q\!\left[\log \frac{p(x, z)}{q(z \mid x)}\right] = \mathcal L,$$
#
# by Jensen's inequality, because the logarithm is concave: $\log \mathbb E[w] \ge \mathbb E[\log w]$. It is strictly concave, so equality holds
# exactly when the ratio $p(x, z) / q(z \mid x)$ is the same for (almost) all $z$ under $q$. As $q$ integrates to one, the constant must be $p(x)$,
# hence $q(z \mid x) = p(x, z)/p(x) = p(z \mid x)$.
#
# (ii)
#
# $$\begin{aligned}
# \mathcal L &= \int q(z \mid x) \log \frac{p(x \mid z)\,p(z)}{q(z \mid x)}\,dz && (b)\\
# &= \int q(z \mid x) \log p(x \mid z)\,dz + \int q(z \mid x) \log \frac{p(z)}{q(z \mid x)}\,dz && (c)
# \end{aligned}$$
#
# (b) is the product rule, $p(x, z) = p(x \mid z)\,p(z)$; (c) the logarithm of a product and the linearity of the integral.
# The first integral is $\mathbb E_q[\log p(x \mid z)]$. The second is $-\int q \log (q / p(z))\,dz = -\mathrm{KL}(q(z \mid x) \,\|\, p(z))$, which gives (d).
#
# **Marking, five parts of equal weight.** (1) Inserts $q/q$ and writes $p(x)$ as an expectation under $q$. (2) Names Jensen and concavity, with the inequality
# the right way round. (3) Equality if and only if $q$ is the posterior; half for "if the ratio is constant" without the conclusion. (4) Line (b) with its reason.
# (5) Line (c) with its reason, and the sign of the KL. Any other correct route, for example from $\mathrm{KL}(q \,\|\, p(z \mid x)) \ge 0$, earns
# parts 1 to 3 in full. Missing support condition, which the question asks for: half of part 1.

# %% [markdown]
# ### Exercise 2 · `elbo_from_joint`
#
# **Objective.** Turn an expectation under $q$ into an average over samples.<br>
# **Lecture.** *Lower bound*; equation (3). Kingma & Welling 2014, equation 2.<br>
# Difficulty ●○○○○ · importance ●●●●○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** Form (3) asks nothing of $q$ and $p$ but that you can evaluate their densities. It works where the KL of (4) has no closed form: for mixtures,
# flows, and most of the models later in this course.
#
# **Predict before you run.** The average over $S$ samples is an unbiased estimate of the ELBO. Can it come out *above* $\log p(x)$?


# %% nbgrader={"grade": false, "grade_id": "elbo_from_joint", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elbo_from_joint(log_joint: Tensor, log_posterior: Tensor) -> Tensor:
    """Monte Carlo estimate of E_q[log p(x, z) - log q(z | x)], in nats.

    Args:
        log_joint: log p(x, z_s) at samples z_s ~ q(z | x), [S, B].
        log_posterior: log q(z_s | x) at the same samples, [S, B].
    Returns:
        [B], averaged over the S samples. Differentiable in log_joint and log_posterior.
    """
    ### BEGIN SOLUTION
    return (log_joint - log_posterior).mean(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_elbo_from_joint", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("elbo_from_joint", elbo_from_joint)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The samples already come from $q$, so an expectation under $q$ is a plain average: no weights.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\hat{\mathcal L} = \frac1S \sum_{s=1}^S \big[\log p(x, z_s) - \log q(z_s \mid x)\big]$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# A difference of the two tensors, then one `.mean(...)` over the dimension that counts samples. Which one is it in `[S, B]`?
#
# </details>

# %% [markdown]
# The picture needs a model where the truth is known: $z \sim \mathcal N(0, 1)$, $x \mid z \sim \mathcal N(z, 1)$, and $x = 2$ was observed. With
# $q = \mathcal N(0, 1)$ the ELBO is exactly $-3.4189$ nats.

# %% tags=["explore"]
with showing("elbo_from_joint"):
    torch.manual_seed(2)
    gaussian, q = GaussianModel(x=2.0, noise=1.0), D.Normal(0.0, 1.0)
    z = q.sample((10_000, 500))  # [S, B]: five hundred estimates at once
    log_joint = D.Normal(0.0, 1.0).log_prob(z) + D.Normal(z, 1.0).log_prob(torch.tensor(gaussian.x))
    sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    estimates = torch.stack([elbo_from_joint(log_joint[:size], q.log_prob(z[:size])) for size in sizes])  # [sizes, B]
    show_curves(
        sizes,
        {"log p(x)": [gaussian.log_evidence] * len(sizes), **{f"your estimate, run {run + 1}": estimates[:, run] for run in range(3)}},
        level=("exact ELBO", gaussian.elbo(0.0, 1.0)), xscale="log", xlabel="samples S", ylabel="nats",
    )  # fmt: skip
    above = (estimates > gaussian.log_evidence).float().mean(dim=1)
    print(
        "share of 500 estimates above log p(x):",
        ", ".join(f"S = {size}: {share:.1%}" for size, share in list(zip(sizes, above, strict=True))[:7:2]),
    )

# %% [markdown]
# **Expected.** Each run wanders, then settles on the exact ELBO; with few samples an estimate may lie above $\log p(x)$, as the printed shares say: a bound holds for the expectation, not for each estimate.
# **A wrong one** settles on another level: near $-2.27$ if you averaged the ratio inside the logarithm (that is exercise 8).

# %% [markdown]
# ### Play: where is the gap?
#
# Same model. Drag $q$'s curve by its two knobs, or move the sliders with the arrow keys. **Predict first:** does $\log p(x)$ move? For which $q$ does the gap close?

# %% tags=["explore"]
elbo_gap()

# %% [markdown]
# $\log p(x)$ does not know $q$ and stays put. The gap closes at one setting only, mean 1 and variance 0.5: the true posterior.
#
# ### Derivation 2 · `elbo_gap_is_kl`
#
# 20 minutes · graded by hand · lecture: *Understanding ELBO*
#
# (i) Show, without Jensen, that
#
# $$\log p_\theta(x) - \mathcal L(\theta, \phi; x) = \mathrm{KL}\big(q_\phi(z \mid x) \,\|\, p_\theta(z \mid x)\big). \tag{5}$$
#
# (ii) With $\theta$ fixed, what does maximising the ELBO over $\phi$ do to $q$? (iii) Can a step on $\theta$ *raise* the ELBO and *lower* $\log p_\theta(x)$?

# %% [markdown] nbgrader={"grade": true, "grade_id": "elbo_gap_is_kl", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) $\log p(x)$ does not depend on $z$ and $q$ integrates to one, so $\log p(x) = \int q(z \mid x) \log p(x)\,dz$ and
#
# $$\begin{aligned}
# \log p(x) - \mathcal L &= \int q(z \mid x) \left[\log p(x) - \log \frac{p(x, z)}{q(z \mid x)}\right] dz\\
# &= \int q(z \mid x) \log \frac{q(z \mid x)\,p(x)}{p(x, z)}\,dz = \int q(z \mid x) \log \frac{q(z \mid x)}{p(z \mid x)}\,dz\\
# &= \mathrm{KL}(q(z \mid x) \,\|\, p(z \mid x)),
# \end{aligned}$$
#
# because $p(x, z) = p(z \mid x)\,p(x)$. A KL divergence is never negative, and zero only for equal distributions: (3) again, with its equality condition.
#
# (ii) The left-hand $\log p_\theta(x)$ does not depend on $\phi$. Raising the ELBO by any amount lowers the KL by the same amount: $q$ moves to the
# member of its family that is closest to the posterior, in this direction of the KL.
#
# (iii) Yes. The ELBO is $\log p_\theta(x)$ minus the gap, and both depend on $\theta$. If the step brings the posterior $p_\theta(z \mid x)$ closer to
# $q$ by more than $\log p_\theta(x)$ falls, the ELBO rises. A restricted $q$ therefore biases $\theta$ towards models whose posteriors it can match.
#
# **Marking, four parts of equal weight.** (1) Writes $\log p(x)$ as an expectation under $q$, or the equivalent. (2) Reaches the KL, in the right direction,
# by the product rule. (3) Part (ii): $\log p(x)$ is constant in $\phi$, hence the KL is minimised; the direction is named. (4) Part (iii): yes, with the
# reason that the gap depends on $\theta$ too; half for a bare "yes".

# %% [markdown]
# ## 4. Two gradient estimators
#
# *Lecture: Gradient of ELBO.*
#
# To train we need $\nabla \mathcal L$. The expectation is over $q_\phi$, so $\phi$ sits in the distribution that we sample from, and a plain average
# of samples forgets it. For any reward $r(z)$ that may depend on the parameters itself (here $r = \log p_\theta(x, z) - \log q_\phi(z \mid x)$),
#
# $$\nabla\, \mathbb E_{q_\phi}[r(z)] = \mathbb E_{q_\phi}\big[\,\nabla r(z) + r(z)\, \nabla \log q_\phi(z \mid x)\,\big]. \tag{6}$$
#
# These are the two terms of the lecture: the first is all there is for $\theta$, the second is the *score-function* (REINFORCE) term, Williams 1992. Since
# $\mathbb E_q[\nabla \log q] = 0$, you may subtract any constant $b$ from the reward in the second term: a *baseline*.
#
# The other way is *pathwise*: write the sample as a differentiable function of $\phi$ and of noise that does not know $\phi$ (section 5).

# %% [markdown]
# ### Exercise 3 · `score_function_surrogate`
#
# **Objective.** Build a scalar whose *gradient*, not whose value, is the estimate you want.<br>
# **Lecture.** *Gradient of ELBO*, both terms; equation (6). Williams 1992.<br>
# Difficulty ●●●○○ · importance ●●●○○ · 20 minutes · check: 0.1 s of CPU
#
# **Why.** Automatic differentiation differentiates what you computed, and sampling is not differentiable. A surrogate loss tricks it into returning (6). The same trick
# trains models with discrete latent variables, and language models with human feedback.
#
# **Predict before you run.** In the second term the reward is only a factor. What happens to the gradient if you let autograd differentiate it there too?


# %% nbgrader={"grade": false, "grade_id": "score_function_surrogate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def score_function_surrogate(reward: Tensor, log_q: Tensor, baseline: float | Tensor = 0.0) -> Tensor:
    """A scalar whose gradient is mean_s[∇r_s + (r_s - b) ∇log q_s]. Its value means nothing.

    Args:
        reward: r_s = r(z_s), [S]; may depend on parameters, whose gradient must arrive.
        log_q: log q(z_s) at samples z_s that are constants, [S].
        baseline: b, a number or a tensor that broadcasts to [S]; a constant, no gradient flows into it.
    Returns:
        Scalar, averaged over S. Differentiable in reward and log_q.
    """
    ### BEGIN SOLUTION
    weight = (reward - baseline).detach()
    return (reward + weight * log_q).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_score_function_surrogate", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("score_function_surrogate", score_function_surrogate)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two addends, one per term of (6). In each, decide which tensor autograd may see and which is a mere number.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\frac1S \sum_s \big[\, r_s + \langle r_s - b \rangle \log q_s \big]$, where $\langle \cdot \rangle$ is treated as a constant.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `tensor.detach()` is the same number without a gradient. Detach the factor, keep the reward of the first addend attached, take the `mean`.
#
# </details>
#
# <details><summary>After you have predicted</summary>
#
# Autograd would add $\nabla r_s \cdot \log q_s$, by the product rule: a term that (6) does not have, and whose mean is in general not zero (for a Gaussian $q$ and the reward above it is zero for $\mu$, but not for $\sigma$). Your gradient would be biased, and no number of samples would remove that.
#
# </details>

# %% [markdown]
# ### How noisy are they? Measure it
#
# The model of section 3 again, in $M$ independent dimensions: $z \sim \mathcal N(0, I)$, $x \mid z \sim \mathcal N(z, I)$, every $x_m = 2$, and $q = \mathcal N(\mu, I)$ at $\mu = 0$.
# The true derivative of the ELBO in $\mu_1$ is $x_1 - 2\mu_1 = 2$, whatever $M$ is. Each of 20,000 samples gives one estimate of it.
#
# **Predict before you run.** How does the variance grow with $M$, for each of the three: the score function, the score function with a baseline, the pathwise gradient?


# %% tags=["explore"]
def gradient_samples(method: str, dims: int, samples: int = 20_000) -> Tensor:
    """One-sample estimates of the ELBO's derivative in the first mean, [samples], by formulas derived by hand."""
    z = D.Normal(0.0, 1.0).sample((samples, dims))  # q = N(μ, I) at μ = 0
    if method == "pathwise":
        return 2.0 - 2 * z[:, 0]  # (x₁ - z₁) - z₁: the slope of r, through z₁ = μ₁ + ε₁
    reward = D.Normal(z, 1.0).log_prob(torch.tensor(2.0)).sum(-1)  # log p(z) and log q(z) cancel at μ = 0
    baseline = reward.mean() if method == "score function, baseline" else 0.0
    score = z[:, 0]  # ∂ log q/∂μ₁ = z₁ - μ₁
    return -score + (reward - baseline) * score  # the two terms of (6), where ∇r = -∇log q


torch.manual_seed(3)
methods = ["score function", "score function, baseline", "pathwise"]
estimates = {method: gradient_samples(method, dims=8) for method in methods}
show_histograms(
    {f"{method}: mean {values.mean():.2f}, standard deviation {values.std():.2f}": values for method, values in estimates.items()},
    level=("truth: 2", 2.0), reach=40, xlabel="one-sample estimates of the gradient, M = 8",
    caption="20,000 estimates of the same derivative by each of the three estimators.",
)  # fmt: skip

# %% tags=["explore"]
dims = [1, 2, 4, 8, 16, 32, 64]
variances = {method: [gradient_samples(method, m).var().item() for m in dims] for method in methods}
show_curves(
    dims, variances, markers=True, xscale="log", yscale="log",
    xlabel="latent dimensions M", ylabel="variance", title="variance of one estimate of ∂ELBO/∂μ₁",
)  # fmt: skip
for method, values in variances.items():
    print(f"{method:26s} M = 1: {values[0]:9.2f}    M = 64: {values[-1]:9.2f}")

# %% [markdown]
# **Expected.** Without a baseline the variance grows like $M^2$, with one like $M$; pathwise it does not grow at all. All three are centred on 2.
# The order *score function > with baseline > pathwise* is what to remember; the factors depend on the model.
#
# ### Derivation 3 · `score_function_variance`
#
# 25 minutes · graded by hand · lecture: *Gradient of ELBO*
#
# Explain the picture. (i) Show that the baseline leaves the mean of the estimator unchanged. (ii) Why is the variance of $r(z)\,\nabla \log q(z)$ high, and what does a constant added to $r$ do to it?
# (iii) Why does it grow with $M$ although the derivative in $\mu_1$ concerns only the first dimension? (iv) What does the pathwise estimator use that the score function does not?

# %% [markdown] nbgrader={"grade": true, "grade_id": "score_function_variance", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** Write $s(z) = \nabla_{\mu_1} \log q(z)$ for the score and $g$ for the true gradient.
#
# (i) $\mathbb E_q[s] = \int q\,\frac{\nabla q}{q}\,dz = \nabla \int q\,dz = \nabla 1 = 0$, so $\mathbb E_q[(r - b)\,s] = \mathbb E_q[r\,s] - b \cdot 0$, for every $b$ that does not depend on $z$.
#
# (ii) $\mathrm{Var}[r\,s] = \mathbb E[r^2 s^2] - g^2$. The estimator multiplies the *size* of the reward by a score of mean zero: the signal is only the correlation of the two, while the
# noise scales with $r^2$. Log-likelihoods are sums over many pixels, so $|r|$ is large. Adding $c$ to the reward changes no gradient, but the variance becomes
# $\mathbb E[r^2 s^2] + 2c\,\mathbb E[r s^2] + c^2\,\mathbb E[s^2] - g^2$: quadratic in $c$. The best baseline minimises it, $b^* = \mathbb E[r s^2] / \mathbb E[s^2]$, not far from the mean reward.
# For a Gaussian $q$, moreover, $s = (z_1 - \mu_1)/\sigma_1^2$ with variance $1/\sigma_1^2$: a narrow $q$ makes it worse.
#
# (iii) The reward is a sum over all dimensions, $r = \sum_m r_m(z_m)$, and all of it multiplies $s$. The terms $m \ne 1$ are independent of $s$ and contribute nothing to the mean, but they
# contribute noise. Their means add up to order $M$, so $\mathbb E[r^2]$ grows like $M^2$. A baseline removes the mean and leaves their variances, which add up to order $M$.
#
# (iv) The slope $\partial r / \partial z$. The pathwise estimate $\partial r/\partial z_1 \cdot \partial z_1/\partial \mu_1$ says in which direction the reward rises; the other dimensions and every constant in $r$ drop
# out by differentiation. The score function sees only values of $r$ and must infer the direction from many samples, which is why it also works where $r$ or $z$ cannot be differentiated.
#
# **Marking, four parts of equal weight,** one per question. (1) $\mathbb E[s] = 0$ shown, not only stated. (2) Size of the reward against its correlation with the score, or the variance formula; the effect of a constant.
# (3) Independent terms add noise and no signal; naming $M^2$ against $M$ is not required. (4) The derivative of the reward. An argument by the picture alone earns half of parts 2 and 3.

# %% [markdown]
# ## 5. The reparameterisation trick
#
# *Lecture: Reparameterization Trick.*
#
# Move the randomness out of the way of the gradient. A sample of $\mathcal N(\mu, \operatorname{diag} \sigma^2)$ is a fixed function of $\mu$, $\sigma$ and standard noise:
#
# $$z = \mu + \sigma \odot \epsilon, \qquad \epsilon \sim \mathcal N(0, I), \qquad \sigma = e^{\frac12 \log \sigma^2} \tag{7}$$
#
# so that $\nabla_{\mu, \sigma}\, \mathbb E[r(z)] = \mathbb E_\epsilon[\nabla_{\mu, \sigma}\, r(\mu + \sigma \odot \epsilon)]$, and a single sample usually suffices.

# %% [markdown]
# ### Exercise 4 · `reparameterize`
#
# **Objective.** Draw a sample that gradients flow through.<br>
# **Lecture.** *Reparameterization Trick*; equation (7). Kingma & Welling 2014, section 2.4; Rezende et al. 2014.<br>
# Difficulty ●●○○○ · importance ●●●●● · 10 minutes · check: 0.1 s of CPU
#
# **Why.** These two lines made deep latent-variable models trainable. They are also easy to get almost right: the wrong noise still trains, a little worse, and nobody notices.
#
# **Predict before you run.** The encoder returns a log variance of $-2$. What is the standard deviation of $z$: 0.14, 0.37 or 2.7?


# %% nbgrader={"grade": false, "grade_id": "reparameterize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reparameterize(mu: Tensor, logvar: Tensor) -> Tensor:
    """A sample z ~ N(mu, diag exp(logvar)).

    Args:
        mu: μ, means, [B, M].
        logvar: log σ², [B, M].
    Returns:
        z, [B, M], with fresh noise for every image, every dimension and every call. Differentiable in mu and logvar.
    """
    ### BEGIN SOLUTION
    epsilon = torch.randn_like(mu)
    return mu + torch.exp(0.5 * logvar) * epsilon
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_reparameterize", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("reparameterize", reparameterize)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Draw noise that does not depend on the inputs, then stretch and shift it. The gradient flows through the stretching and the shifting.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (7). The input is $\log \sigma^2$, so $\sigma$ is the exponential of *half* of it.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.randn_like(mu)` draws standard normal noise of the right shape, dtype and device, one number per entry. (`rand_like` is uniform.)
#
# </details>

# %% tags=["explore"]
with showing("reparameterize"):
    torch.manual_seed(4)
    mu, logvar = torch.tensor([1.0, -1.0]).expand(1000, 2), torch.tensor([0.8, -1.4]).expand(1000, 2)
    show_clouds(
        {"torch.distributions": D.Normal(mu, (0.5 * logvar).exp()).sample(), "yours": reparameterize(mu, logvar)},
        reach=6,
        caption="Samples of one Gaussian, the library's and yours.",
    )

# %% [markdown]
# **Expected.** Two clouds that you cannot tell apart: centre (1, −1), standard deviations 1.5 and 0.5. **A wrong one** is a line (one noise for all dimensions), a single point (one noise for the whole
# batch), a box with corners (uniform noise), or a cloud of the wrong shape ($\sigma^2$ in place of $\sigma$).
#
# A log variance of −2 is a standard deviation of $e^{-1} \approx 0.37$.

# %% [markdown]
# ## 6. The KL in closed form
#
# *Lecture: VAE.*
#
# For a Gaussian $q$ and the prior $\mathcal N(0, I)$ the second term of (4) needs no samples. With a diagonal covariance,
#
# $$\mathrm{KL}\big(\mathcal N(\mu, \operatorname{diag} \sigma^2) \,\|\, \mathcal N(0, I)\big) = \tfrac12 \sum_{m=1}^M \big(\mu_m^2 + \sigma_m^2 - 1 - \log \sigma_m^2\big), \tag{8}$$
#
# and with any covariance $\Sigma$,
#
# $$\mathrm{KL}\big(\mathcal N(\mu, \Sigma) \,\|\, \mathcal N(0, I)\big) = \tfrac12 \big(\mu^\top \mu + \operatorname{tr} \Sigma - M - \log \det \Sigma\big). \tag{9}$$

# %% [markdown]
# ### Exercise 5 · `kl_to_standard_normal`
#
# **Objective.** Compute the price of a code, exactly.<br>
# **Lecture.** *VAE*; equation (8). Kingma & Welling 2014, appendix B.<br>
# Difficulty ●○○○○ · importance ●●●●● · 10 minutes · check: 0.1 s of CPU
#
# **Why.** The KL is the number of nats by which $q(z \mid x)$ differs from the prior: what it costs to say which $z$ belongs to $x$. It is exact and has no variance, and, like the
# reconstruction, it must be a sum and not a mean: a *mean* over dimensions silently weakens it $M$-fold.
#
# **Predict before you run.** For $\mu = 0$, is it worse to have $\sigma$ twice too large or twice too small?


# %% nbgrader={"grade": false, "grade_id": "kl_to_standard_normal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag exp(logvar)) || N(0, I)), in nats.

    Args:
        mu: μ, means, [B, M].
        logvar: log σ², [B, M].
    Returns:
        [B], summed over M. Differentiable in mu and logvar.
    """
    ### BEGIN SOLUTION
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_kl_to_standard_normal", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("kl_to_standard_normal", kl_to_standard_normal)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The dimensions are independent under both distributions, so the KL is a sum of one-dimensional ones.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (8). Two sanity checks: it is 0 at $\mu = 0$, $\sigma = 1$, and never negative.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# $\sigma^2$ is `logvar.exp()`, $\log \sigma^2$ is `logvar` itself. Four terms per entry, a half in front, `.sum(-1)` over the last dimension.
#
# </details>

# %% tags=["explore"]
with showing("kl_to_standard_normal"):
    std = torch.linspace(0.1, 3, 100).unsqueeze(1)  # [100, 1]: one dimension
    show_curves(
        std[:, 0],
        {
            "yours, μ = 0": kl_to_standard_normal(torch.zeros_like(std), 2 * std.log()),
            "yours, μ = 1": kl_to_standard_normal(torch.ones_like(std), 2 * std.log()),
            "torch.distributions, μ = 1": D.kl_divergence(D.Normal(1.0, std[:, 0]), D.Normal(0.0, 1.0)),
        },
        xlabel="σ", ylabel="nats", title="KL(N(μ, σ²) ‖ N(0, 1))",
    )  # fmt: skip

# %% [markdown]
# **Expected.** Minima at σ = 1, of height 0 and ½. At $\mu = 0$, σ = 2 costs 0.81 nats and σ = ½ only 0.32: too wide is worse. **A wrong one** is negative somewhere with its
# minimum at σ = 2 (σ in place of σ² in one term), has the right minimum but is too steep (`logvar` read as log σ), or is twice as high (the ½ is missing).

# %% [markdown]
# ### Exercise 6 · `kl_to_standard_normal_full`
#
# **Objective.** Compute a log determinant without the determinant.<br>
# **Lecture.** *VAE*, the general Gaussian; equation (9).<br>
# Difficulty ●●●○○ · importance ●●●○○ · 20 minutes · check: 0.1 s of CPU
#
# **Why.** A diagonal $q$ cannot say that two latent dimensions are traded off against each other; a full covariance can. Its determinant is a product of $M$ factors, and a product of 200
# factors leaves the range of floats although its logarithm is a modest number.
#
# **Predict before you run.** For $\Sigma = \frac12 I$, from which $M$ on is `torch.det` exactly 0 in float32? (The smallest positive float32 is about $10^{-45}$.)

# %% tags=["explore"]
sizes = list(range(10, 301, 10))
halves = [0.5 * torch.eye(size) for size in sizes]
show_curves(
    sizes,
    {
        "exact, M log ½": [size * math.log(0.5) for size in sizes],
        "det, then log": [torch.det(matrix).log().item() for matrix in halves],
    },
    xlabel="dimensions M", ylabel="log det Σ", title="log det(½ I) in float32",
)  # fmt: skip

# %% [markdown]
# From $M = 150$ on: $2^{-149}$ is the smallest positive float32, and $2^{-150}$ rounds to 0.


# %% nbgrader={"grade": false, "grade_id": "kl_to_standard_normal_full", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kl_to_standard_normal_full(mu: Tensor, cov: Tensor) -> Tensor:
    """KL(N(mu, cov) || N(0, I)) = ½ (μᵀμ + tr Σ - M - log det Σ), in nats; stable at M = 200.

    Args:
        mu: μ, means, [B, M].
        cov: Σ, symmetric and positive definite, [B, M, M].
    Returns:
        [B]. Differentiable in mu and cov.
    """
    ### BEGIN SOLUTION
    cholesky = torch.linalg.cholesky(cov)  # Σ = L Lᵀ
    log_det = 2 * cholesky.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    trace = cov.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (mu.square().sum(-1) + trace - mu.shape[-1] - log_det)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_kl_to_standard_normal_full", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("kl_to_standard_normal_full", kl_to_standard_normal_full)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The determinant of a triangular matrix is the product of its diagonal, and the logarithm of a product is a sum. Factorise $\Sigma$ into triangular matrices.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\Sigma = L L^\top$ gives $\log \det \Sigma = 2 \sum_m \log L_{mm}$; and $\operatorname{tr} \Sigma = \sum_m \Sigma_{mm} = \|L\|_F^2$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.linalg.cholesky(cov)` works on a whole batch, and `.diagonal(dim1=-2, dim2=-1)` takes the diagonals, `[B, M]`. `torch.logdet` is a shorter way. $M$ is `mu.shape[-1]`.
#
# </details>

# %% [markdown]
# ## 7. The ELBO of a VAE
#
# *Lecture: Understanding ELBO.*
#
# All parts are there: the log-likelihood (2) at one sample (7), and the KL (8). A weight β on the KL says how many nats of reconstruction a nat of code
# must buy; with β = 1 it is the bound (4).
#
# $$\mathcal L_\beta = \mathbb E_{q_\phi(z \mid x)}[\log p_\theta(x \mid z)] - \beta\, \mathrm{KL}(q_\phi(z \mid x) \,\|\, p(z)) \tag{10}$$

# %% [markdown]
# ### Exercise 7 · `elbo`
#
# **Objective.** Put the bound together: one sample for the reconstruction, the closed form for the KL, and a weight β.<br>
# **Lecture.** *Understanding ELBO*; equation (4) with β, and Higgins et al. 2017, equation 4.<br>
# Difficulty ●●○○○ · importance ●●●●● · 10 minutes · check: 0.1 s of CPU
#
# **Why.** This is the number that a VAE climbs. It is a *maximum* that we want, in nats per image; libraries minimise, so a sign is lost easily.
#
# **Predict before you run.** For which β is $\mathcal L_\beta$ a lower bound of $\log p_\theta(x)$, whatever $q$ is?


# %% nbgrader={"grade": false, "grade_id": "elbo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elbo(x: Tensor, logits: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0) -> Tensor:
    """One-sample estimate of E_q[log p(x | z)] - β KL(q(z | x) || p(z)), in nats, to be maximised.

    Args:
        x: pixels in {0, 1}, [B, D].
        logits: the decoder's answer to one z ~ q(z | x), [B, D].
        mu, logvar: μ and log σ² of q(z | x), [B, M].
        beta: β, weight of the KL.
    Returns:
        [B]. Differentiable in logits, mu and logvar.
    """
    ### BEGIN SOLUTION
    log_likelihood = D.Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(-1)
    q = D.Normal(mu, torch.exp(0.5 * logvar), validate_args=False)
    kl = D.kl_divergence(q, D.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)
    return log_likelihood - beta * kl
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_elbo", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("elbo", elbo)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# You have both halves: exercises 1 and 5. If one of them does not pass yet, `torch.distributions` (here `D`) has them too.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (10); the expectation is replaced by its value at the one sample that produced `logits`. Both terms have shape `[B]`.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `D.Bernoulli(logits=logits).log_prob(x)` and `D.kl_divergence(D.Normal(mu, std), D.Normal(0.0, 1.0))` are per entry: sum each over its last dimension, then subtract β times the second.
#
# </details>
#
# <details><summary>After you have predicted</summary>
#
# For β ≥ 1: the KL is not negative, so a larger weight only lowers the number. For β < 1 it may exceed $\log p(x)$; report the bound at β = 1, whatever β you train with.
#
# </details>

# %% [markdown]
# ## 8. A tighter bound (bonus)
#
# *Lecture: Lower bound.*
#
# Average $S$ importance weights *inside* the logarithm (Burda et al. 2016):
#
# $$\mathcal L_S = \mathbb E_{z_1, \dots, z_S \sim q}\left[\log \frac1S \sum_{s=1}^S \frac{p_\theta(x, z_s)}{q_\phi(z_s \mid x)}\right], \qquad
# \mathcal L = \mathcal L_1 \le \mathcal L_2 \le \dots \le \log p_\theta(x) \tag{11}$$

# %% [markdown]
# ### Exercise 8 · `iwae_bound` (bonus)
#
# **Objective.** Average numbers whose logarithms you have, without leaving the logarithm.<br>
# **Lecture.** *Lower bound*; equation (11). Burda et al. 2016, equation 8.<br>
# Difficulty ●●○○○ · importance ●●●○○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** Models are compared by $\log p(x)$, which the ELBO may miss by many nats. This bound gets closer with every sample. Log weights of $-1000$ are common for larger images, and $e^{-1000}$ is 0 even in float64.
#
# **Predict before you run.** Which of the $S$ weights decides the value if one log weight is 20 nats above all others?


# %% nbgrader={"grade": false, "grade_id": "iwae_bound", "locked": false, "schema_version": 3, "solution": true, "task": false}
def iwae_bound(log_joint: Tensor, log_posterior: Tensor) -> Tensor:
    """log (1/S) Σ_s p(x, z_s) / q(z_s | x), in nats; finite for weights that no float can hold.

    Args:
        log_joint: log p(x, z_s) at samples z_s ~ q(z | x), [S, B].
        log_posterior: log q(z_s | x) at the same samples, [S, B].
    Returns:
        [B]. Differentiable in log_joint and log_posterior.
    """
    ### BEGIN SOLUTION
    log_weight = log_joint - log_posterior
    return torch.logsumexp(log_weight, dim=0) - math.log(log_weight.shape[0])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_iwae_bound", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("iwae_bound", iwae_bound)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Pull the largest weight out of the sum; what remains is between 1 and $S$ and safe to exponentiate. PyTorch has a function that does it.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\log \frac1S \sum_s e^{w_s} = \operatorname{logsumexp}_s(w_s) - \log S$ with $w_s = \log p(x, z_s) - \log q(z_s \mid x)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.logsumexp(..., dim=0)` over the samples, minus `math.log(S)`, where `S` is the first size of the tensor.
#
# </details>
#
# <details><summary>After you have predicted</summary>
#
# The largest one alone: the others add at most $\log(1 + S e^{-20})$, and the value is close to $w_{\max} - \log S$. One lucky sample can carry the bound, which is why it needs many.
#
# </details>

# %% [markdown]
# You will see this bound on real images at the end of the next section.

# %% [markdown]
# ## 9. Training: the five steps
#
# *Lecture: VAE.*
#
# 1. Draw a minibatch of images.
# 2. Encode it: $\mu_\phi(x)$, $\log \sigma^2_\phi(x)$.
# 3. Sample $z = \mu + \sigma \odot \epsilon$.
# 4. Decode $z$ and compute the ELBO, averaged over the minibatch.
# 5. Take a gradient step on $\theta$ and $\phi$ together.

# %% [markdown]
# ### Exercise 9 · `train_vae`
#
# **Objective.** Write the loop, and leave nothing out.<br>
# **Lecture.** *VAE*, the training algorithm; equation (10). Kingma & Welling 2014, algorithm 1.<br>
# Difficulty ●●●○○ · importance ●●●●● · 25 minutes · check: 0.3 s of CPU
#
# **Why.** Each formula above is a line of this loop. It is judged by what it achieves: the check trains a small model with your function and computes the ELBO of the returned weights on images that it kept back.
# Optimiser, learning rate and style are yours.
#
# **Predict before you run.** A model that treats the 64 pixels as independent coins reaches about −25 nats per held-out image. How far above will a VAE with two latent dimensions get?


# %% nbgrader={"grade": false, "grade_id": "train_vae", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_vae(model: nn.Module, images: Tensor, steps: int, batch_size: int, beta: float) -> nn.Module:
    """Train a VAE by stochastic gradient ascent on the β-weighted ELBO.

    Args:
        model: has `encode`: x [B, D] -> (mu, logvar), each [B, M], and `decode`: z [B, M] -> logits [B, D].
        images: pixels in {0, 1}, [N, D].
        steps: number of gradient steps.
        batch_size: images per step.
        beta: β, weight of the KL.
    Returns:
        The trained model.
    """
    ### BEGIN SOLUTION
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    prior = D.Normal(0.0, 1.0)
    bar = progress(range(steps), "train_vae")
    for _ in bar:
        x = images[torch.randint(len(images), (batch_size,), device=images.device)]  # 1. minibatch
        mu, logvar = model.encode(x)  # 2. encode
        q = D.Normal(mu, torch.exp(0.5 * logvar))
        logits = model.decode(q.rsample())  # 3. sample, decode
        log_likelihood = D.Bernoulli(logits=logits).log_prob(x).sum(-1)
        kl = D.kl_divergence(q, prior).sum(-1)
        loss = -(log_likelihood - beta * kl).mean()  # 4. minus the ELBO
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()  # 5. step
        bar.record(loss=loss, KL=kl.mean())
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_train_vae", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("train_vae", train_vae)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# An ordinary PyTorch loop: an optimiser over all of the model's parameters before it; in it a loss, the gradient set to zero, `backward`, `step`. What is special is the loss.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Loss $= -\frac1B \sum_{i=1}^B \mathcal L_\beta(x_i)$. Mean over the *images* only; the terms of $\mathcal L_\beta$ are sums over pixels and dimensions.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `x = images[torch.randint(len(images), (batch_size,))]`, then your functions of exercises 4 and 7, or `D.Normal(...).rsample()` and the terms of `D`. `torch.optim.Adam(model.parameters(), lr=3e-3)` is a good start.
# `bar = progress(range(steps))` and `for _ in bar:` show a bar; `bar.record(loss=loss)` in the loop draws a curve beside it. Return the model.
#
# </details>

# %% tags=["training"]
with showing("train_vae"):
    torch.manual_seed(5)
    mine = train_vae(VAE(latent_dim=2), digits.train, steps=2000, batch_size=128, beta=1.0)
    print(f"your model, held-out ELBO:      {held_out_elbo(mine, digits.test):7.2f} nats per image")
    print(f"independent pixels, likelihood: {independent_bernoulli(digits.train, digits.test):7.2f} nats per image")

# %% [markdown]
# **Expected.** About −20 for your model and −25 for the coins: five nats an image, won by two latent numbers. **A wrong one** stays at or below the coins: a lost sign, a step that is never taken, or a KL
# that outweighs an averaged reconstruction.
#
# ### How good is it, really?
#
# The library's VAE, trained by the same five steps, and the bounds of (4) and (11) on images that it has never seen. **Predict first:** how do the two bounds compare, and what does the number of samples do to each?

# %% tags=["training"]
torch.manual_seed(6)
vae = VAE(latent_dim=2)
losses = train_image_model(vae, digits.train, steps=4000, label="VAE")
bounds = {
    "held-out ELBO": held_out_elbo(vae, digits.test),
    "IWAE bound, S = 64": iwae_bound_estimate(vae, digits.test, samples=64),
    "independent pixels": independent_bernoulli(digits.train, digits.test),
}
for label, value in bounds.items():
    print(f"{label:20s} {value:7.2f} nats per image")

# %% tags=["training", "explore"]
sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]
tighter = [iwae_bound_estimate(vae, digits.test, samples=size) for size in sizes]
show_curves(
    sizes, {"IWAE bound": tighter}, markers=True, level=("ELBO", bounds["held-out ELBO"]),
    xscale="log", xlabel="samples S", ylabel="nats per image",
)  # fmt: skip

# %% [markdown]
# At $S = 1$ the bound is the ELBO, up to noise; with more samples it rises towards $\log p_\theta(x)$ and flattens. What it gains is part of the gap of (5): the encoder's Gaussian is not the posterior. More samples of the
# *ELBO* would only make it less noisy.

# %% [markdown]
# ## 10. β, and what it does
#
# *Lecture: Understanding ELBO.*
#
# Train with different weights of the KL, and report the two terms apart, at β = 1, on held-out images. **Predict before you run.** Which way does each of the three curves go as β grows: log-likelihood, KL, ELBO?

# %% tags=["training"]
betas, terms = [0.05, 0.25, 1.0, 2.0, 8.0], []
weighted = {}
for beta in betas:
    torch.manual_seed(7)
    weighted[beta] = VAE(latent_dim=2)
    train_image_model(weighted[beta], digits.train, steps=2000, label=f"β = {beta}", kl_weight=beta)
    with torch.no_grad():
        q = weighted[beta].posterior(digits.test)
        likelihood = weighted[beta].likelihood(q.sample((64,))).log_prob(digits.test).mean()
        kl = D.kl_divergence(q, weighted[beta].prior()).mean()
    terms.append((likelihood.item(), kl.item(), (likelihood - kl).item()))
    print(f"β = {beta:5.2f}   log-likelihood {likelihood:6.2f}   KL {kl:5.2f}   ELBO {likelihood - kl:6.2f}")

# %% tags=["training", "explore"]
show_curves(
    betas, dict(zip(["log-likelihood", "−KL", "ELBO, their sum"], [[t[0] for t in terms], [-t[1] for t in terms], [t[2] for t in terms]], strict=True)),
    markers=True, xscale="log", xlabel="β in training", ylabel="nats per held-out image",
)  # fmt: skip

# %% tags=["training", "explore"]
with torch.no_grad():
    rows = {
        f"β = {beta:g}": torch.sigmoid(model.decode(model.encode(digits.test[:12])[0]))
        for beta, model in weighted.items()
    }
show_images(
    {"images": digits.test[:12], **rows},
    caption="Held-out images, and what is left of them at each β.",
)

# %% [markdown]
# A small β buys reconstruction with nats of code: $q$ becomes narrow, and the codes scatter beyond the prior, as in section 1. A large β makes codes so dear that the model stops using them: at β = 8 the KL is 0 and
# every image gets the same answer. That is *posterior collapse*, and problem set 2 fights it. Training at β = 1 maximises the ELBO of the *training* images; on held-out ones a β of 2 does as well, for a larger weight
# also curbs overfitting. Higgins et al. 2017 choose β > 1 on purpose, for latent dimensions that can be told apart.

# %% [markdown]
# ## 11. The latent manifold
#
# *Lecture: VAE.*
#
# Back to the question of section 1. Here is the same picture for the VAE. **Predict first:** how far do the codes reach, and what does the decoder draw where there are none?

# %% tags=["training", "explore"]
with torch.no_grad():
    means, _ = vae.encode(digits.test)
show_latent_space(
    vae, means, digits.test_labels,
    caption="The VAE's codes of held-out digits, and what it draws from every place of the same square.",
)  # fmt: skip

# %% tags=["training", "explore"]
torch.manual_seed(8)
show_images(
    {"VAE": vae.sample(14), "auto-encoder": torch.sigmoid(autoencoder.decode(torch.randn(14, 2)))},
    caption="Decoded from draws of N(0, I).",
)

# %% [markdown]
# Drag $z$ over the map. Find the border between two digits; there the decoder is unsure of a few pixels, and says so. Then draw a digit of your own, pixel by pixel: where does $q(z \mid x)$ go, and when is it wide?

# %% tags=["training", "explore"]
latent_manifold(vae)

# %% [markdown]
# The KL pulled the codes together until they fill the prior, and the noise in $z$ made the decoder answer for the space around each code. The holes are gone, and there is a rule for drawing a code: $z \sim \mathcal N(0, I)$.
#
# ## What to take along
#
# - $\log p(x) = \text{ELBO} + \mathrm{KL}(q \,\|\, p(z \mid x))$: one identity, from which the bound, its gap and its two forms follow.
# - The score function needs only values, the pathwise gradient uses slopes; use slopes where there are any.
# - Sum over pixels and dimensions, average over images; stay in log space.
# - The KL is a price in nats. β sets the exchange rate; the bound is read at β = 1.
#
# ## References
#
# - Y. Burda, R. Grosse, R. Salakhutdinov. Importance weighted autoencoders. ICLR 2016. [arXiv:1509.00519](https://arxiv.org/abs/1509.00519)
# - I. Higgins et al. β-VAE: learning basic visual concepts with a constrained variational framework. ICLR 2017.
# - M. I. Jordan, Z. Ghahramani, T. S. Jaakkola, L. K. Saul. An introduction to variational methods for graphical models. Machine Learning 37, 1999.
# - D. P. Kingma, M. Welling. Auto-encoding variational Bayes. ICLR 2014. [arXiv:1312.6114](https://arxiv.org/abs/1312.6114)
# - D. J. Rezende, S. Mohamed, D. Wierstra. Stochastic backpropagation and approximate inference in deep generative models. ICML 2014. [arXiv:1401.4082](https://arxiv.org/abs/1401.4082)
# - R. J. Williams. Simple statistical gradient-following algorithms for connectionist reinforcement learning. Machine Learning 8, 1992.
