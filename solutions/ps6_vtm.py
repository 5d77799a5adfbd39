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
# # Problem set 6, part one: the variational template machine
#
# A weather report, a product page, the note that a hotel has a room free: behind many sentences stands a table, and behind one table stand many good sentences. A model that writes the likeliest one writes the same one always. Here the *way* of saying it becomes a latent variable of its own, the template $z$, beside the content $c$,
# and sentences without tables help to learn it. By the end you can
#
# - let a decoder look into a table while it writes, and into nothing where there is none;
# - derive a bound for pairs of table and sentence, and one for sentences alone, and weigh their terms in one unit;
# - turn a sentence into its template, and make $z$ tell it;
# - make the content that is read off a sentence the content of its table, and say which side of a distance has to hold still;
# - say why one preserving loss alone does not part template from content;
# - count exactly what a sentence says of its table, what it leaves out, and what it makes up.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the
# cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake,
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another. Two derivations are graded by hand. Plan three hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*, and every bound and loss is a sum over the words or dimensions of *one sentence*, `[B]`, unless it says otherwise. `B` sentences in a batch, `T` positions, `V` words, `N` records of a table, `F` fields, `H` dimensions of a record's key, `M` of $z$, `K` of $c$.
# A `logvar` is $\log \sigma^2$. Functions leave their inputs unchanged. Where a docstring says *differentiable*, the check compares gradients too; where it says that no gradient reaches an argument, the check sees to that as well.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $x$, a sentence; $\tilde x$, its template | `tokens`; `masked` | | $q(c \mid x) = \mathcal N(\mu, \operatorname{diag} \sigma^2)$ | `mu`, `logvar` |
# | $T$, a table, as records $k_1, \dots, k_N$ | `keys`, `present` | | $f(T)$, its encoding | `table` |
# | $h$, the decoder's state | `query` | | $w_z, w_c$, weights of the two KL terms | `weight_template`, `weight_content` |
# | $z \sim \mathcal N(0, I)$, the template | `z` | | $w_c$ beside the distance to the table | `kl_weight` |
# | $c \sim \mathcal N(0, I)$, the content | `c` | | fields that are said, fields of the table | `said`, `asked` |

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

complete("ps6_vtm", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
import torch.nn.functional as F
from torch import Tensor

from latentkit.check import check, showing
from latentkit.explore.figure import show_table

torch.set_num_threads(1)  # networks as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. One table, many good sentences
#
# *Lecture: Data to Generation.*
#
# A table holds *fields* with values: a name, a place, a day, a price. The following three sentences say the same table:
#
# - "the green room hosts a jazz concert on friday ."
# - "on friday there is a jazz concert at the green room ."
# - "what is on ? a jazz concert , on friday , at the green room ."
#
# What they share is the content; in what they differ, the order of the fields, the voice of the verb, the small words, is the *template*. A network that maps tables to sentences may know all three, but its likeliest sentence is one of them, and sampling word by word mixes them: each word is a draw, and a draw that no longer fits the plan begun before is how values get lost.

# %% [markdown]
# ## 2. A latent for the way of saying it
#
# *Lecture: Data to Generation.*
#
# So draw the plan first, once for the whole sentence. The variational template machine (Ye et al. 2020) has two latent variables: a template $z \sim \mathcal N(0, I)$, and a content $c$. Where there is a table, $c$ is known: it is $f(T)$, the encoding of the table. For a *pair* of table and sentence this is a conditional VAE, and its bound is
#
# $$\log p(x \mid T) \;\ge\; \mathbb E_{q(z \mid x)}\big[\log p(x \mid z, f(T))\big] - \mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big). \tag{1}$$
#
# Pairs are dear: somebody has to write a table to each sentence. *Raw text*, sentences without tables, costs nothing, and is full of templates. For it the content is latent, too: $c \sim \mathcal N(0, I)$, of the same size as $f(T)$, is read off the sentence by $q(c \mid x)$ and takes the table's place (section 4). This pays only if $c$ and $f(T)$ speak the same language, and if $z$ holds the template and $c$ the rest. Two more losses see to that (sections 5 and 6).

# %% [markdown]
# ## 3. Looking at the table
#
# *Lecture: Data to Generation.*
#
# One vector $f(T)$ says roughly what is in the table; which hour it was, the decoder had better look up. A table is a set of *records*, one for each word of each value, with a key $k_n \in \mathbb R^H$ made from field, position and word. At each word the decoder's state $h$ asks, and gets an average of keys:
#
# $$a_n = \frac{\exp(h^\top k_n / \sqrt H)}{\sum_{m \text{ present}} \exp(h^\top k_m / \sqrt H)} \text{ for records that are present, else } 0, \qquad \text{context} = \sum_{n=1}^N a_n k_n. \tag{2}$$
#
# In a batch the tables have different numbers of records, so some places only fill up, and raw sentences have no record at all. Their context is zero. (A decoder can tell from the zero that there is no table; what it makes of that is for the training to settle.)

# %% [markdown]
# ### Exercise 1 · `attend`
#
# **Objective.** Look at what is there, and at nothing where nothing is.<br>
# **Lecture.** *Data to Generation*; equation (2); Luong et al. 2015, global attention.<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.2 s of CPU
#
# **Why.** Attention is three lines. What goes wrong is the mask: a place that fills up gets a weight, or a row without records gets 0/0. The second kind is the worse one, for a single NaN in a gradient spoils every weight of the model, long after the line that made it, and even where the value was mended.
#
# **Predict before you run.** The scores of a row are all $-\infty$. What is their softmax, and what is the gradient of `torch.where(row_has_records, context, 0)` there?


# %% nbgrader={"grade": false, "grade_id": "attend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attend(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
    """The average of a table's keys under softmax(query · keys / √H), over the records that are present.

    Args:
        query: the decoder's state, [B, H].
        keys: one row a record, [B, N, H]; finite numbers, also where there is no record.
        present: whether there is a record at this place, bool, [B, N]; what fills up may stand anywhere.
    Returns:
        The context, [B, H]; zeros for a row without records; finite, with finite gradients, for every row. Differentiable in query and keys.
    """
    ### BEGIN SOLUTION
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.shape[-1])
    least = torch.finfo(scores.dtype).min
    weights = scores.masked_fill(~present, least).softmax(-1).masked_fill(~present, 0)
    return (weights.unsqueeze(1) @ keys).squeeze(1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_attend", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("attend", attend)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# One score for each record, a softmax over the records of a table, a weighted sum of the keys. What fills up must not take part: its *score* has to be so low that its weight becomes 0. And a row in which nothing is present needs zeros, not 0/0.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\operatorname{softmax}$ of $s_n = h^\top k_n/\sqrt H$, with $s_n$ replaced by the lowest finite number where nothing is present. Where *all* are replaced the weights are equal, and sum to one: set them to 0 after the softmax, too.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(H)`, `masked_fill(~present, torch.finfo(scores.dtype).min)`, `softmax(-1)`, then `masked_fill(~present, 0)`, and the product with `keys`.
#
# </details>

# %% [markdown]
# ## 4. Two bounds
#
# *Lecture: Data to Generation.*
#
# For a sentence alone both latent variables are unknown, and the encoder answers for each: $q(z, c \mid x) = q(z \mid x)\, q(c \mid x)$, two heads on one network. The bound of raw text is
#
# $$\log p(x) \;\ge\; \mathbb E_{q(z \mid x)q(c \mid x)}\big[\log p(x \mid z, c)\big] - \mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big) - \mathrm{KL}\big(q(c \mid x) \,\|\, p(c)\big). \tag{3}$$

# %% [markdown]
# ### Derivation 1 · `raw_bound`
#
# 25 minutes · graded by hand · lecture: *Data to Generation*
#
# The model of raw text is $p(z)\,p(c)\,p(x \mid z, c)$. (i) Derive (3), and give the distance from $\log p(x)$ as a KL divergence. (ii) The posterior here is a product of two. When can the distance be 0? Say in a sentence or two why it will usually not be, although $z$ and $c$ are independent in the prior.
#
# (iii) Training weights the KL terms with $w_z$ and $w_c$, as in `template_elbo` below. For which weights is the result still a lower bound of $\log p(x)$, for every model and every $q$? (iv) The paper's public code takes the log-likelihood as a *mean per word* and the KL terms as *sums per sentence*. Which weights in (3) is that, for a sentence of $n$ words, up to a factor? What would you expect of $z$ and $c$, and what of long sentences beside short ones?

# %% [markdown] nbgrader={"grade": true, "grade_id": "raw_bound", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) By Jensen's inequality, or exactly: with $q = q(z \mid x)\,q(c \mid x)$ and $p(x) = p(z)p(c)p(x \mid z, c)/p(z, c \mid x)$,
#
# $$\log p(x) = \mathbb E_q \log \frac{p(z)\,p(c)\,p(x \mid z, c)}{q(z \mid x)\,q(c \mid x)} + \mathbb E_q \log \frac{q(z \mid x)\,q(c \mid x)}{p(z, c \mid x)}.$$
#
# The first expectation is the right side of (3), as the logarithm of the product falls into three terms and each KL needs only its own factor of $q$. The second is $\mathrm{KL}\big(q(z \mid x)\,q(c \mid x) \,\|\, p(z, c \mid x)\big) \ge 0$, the distance.
#
# (ii) It is 0 just when $p(z, c \mid x) = q(z \mid x)\, q(c \mid x)$: the true posterior has to be a product (and each factor of the family of its $q$, here Gaussian with a diagonal covariance). Independent causes become dependent once their effect is seen ("explaining away"): if a word of $x$ may be due to the template or to the content, then what $z$ explains, $c$ need not. Only where each part of the sentence can be due to one of the two alone does the posterior factorise. The bound therefore rewards models that divide the labour, but it does not say which part does what.
#
# (iii) KL terms are never negative. With $w_z, w_c \ge 1$ more is subtracted than in (3), so the result is a lower bound. With a weight below 1 it is larger than (3) by $(1 - w)\,\mathrm{KL}$, and no bound any more: where $q$ is the true posterior (3) is tight, and the weighted sum exceeds $\log p(x)$ whenever that KL is positive. Annealing passes through such values.
#
# (iv) The code's value is $\frac1n \log p(x \mid z, c) - \mathrm{KL}_z - \mathrm{KL}_c = \frac1n\big[\log p(x \mid z, c) - n\,\mathrm{KL}_z - n\,\mathrm{KL}_c\big]$: weights $w_z = w_c = n$, and a sentence that counts $1/n$. It is $\frac1n$ times a lower bound, but a loose one: a latent pays only where a nat of KL saves more than $n$ nats of words. So one expects both to collapse, the more so the longer the sentence; weights well below 1 in front of the KL terms undo a part of that, in a way that depends on the length. And a word in a long sentence counts less than one in a short one: the training no longer maximises the likelihood of the corpus.
#
# **Marking, four parts of equal weight,** one per question. (1) The bound and its distance as a KL to $p(z, c \mid x)$; half without the distance. (2) The product, and that observing $x$ makes $z$ and $c$ dependent. (3) At least 1 each, with the reason. (4) Weights $n$, collapse, and the unequal weight of sentences or of their words; half for the weights alone.

# %% [markdown]
# ### Exercise 2 · `template_elbo`
#
# **Objective.** Put three terms together so that each weight does what its name says.<br>
# **Lecture.** *Data to Generation*; equation (3).<br>
# Difficulty ●○○○○ · importance ●●●●○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** Early in training both KL terms are cheap to reduce, by saying nothing, and the decoder learns to do without. So both weights begin near 0 and rise, each at its own pace,
#
# $$\mathcal L = \mathbb E_q \log p(x \mid z, c) - w_z\, \mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big) - w_c\, \mathrm{KL}\big(q(c \mid x) \,\|\, p(c)\big). \tag{4}$$
#
# This is the bound itself, to be *raised*. All three terms are sums over one sentence, in nats: a unit that can be compared.
#
# **Predict before you run.** $w_z$ stays at 0 for ever. What will $z$ hold in the end, and what becomes of sentences whose $z$ is drawn from $p(z)$?


# %% nbgrader={"grade": false, "grade_id": "template_elbo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def template_elbo(
    log_likelihood: Tensor, kl_template: Tensor, kl_content: Tensor, weight_template: float, weight_content: float
) -> Tensor:
    """The weighted bound of a raw sentence: its log-likelihood less the two weighted KL terms.

    Args:
        log_likelihood: E_q log p(x | z, c), summed over the words, [B].
        kl_template: KL(q(z | x) ‖ p(z)), summed over the dimensions, [B].
        kl_content: KL(q(c | x) ‖ p(c)), summed over the dimensions, [B].
        weight_template: w_z, a number.
        weight_content: w_c, a number.
    Returns:
        [B], in nats per sentence, to be raised. Differentiable in log_likelihood, kl_template and kl_content.
    """
    ### BEGIN SOLUTION
    return log_likelihood - weight_template * kl_template - weight_content * kl_content
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_template_elbo", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("template_elbo", template_elbo)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# What is raised is the likelihood; what is paid is what the two latents say about the sentence.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (4), term by term. Nothing is averaged, and neither weight touches the log-likelihood or the other KL.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# One line: a term, minus a weight times a KL, minus the other weight times the other KL.
#
# </details>

# %% [markdown]
# ## 5. A sentence without its values
#
# *Lecture: Data to Generation.*
#
# What is the template of a sentence? Take the values out and leave a mark where they were: "`<ent>` hosts a `<ent>` on `<ent>` ." This is $\tilde x$. A second, small decoder that sees nothing but $z$ has to write it, and its loss
#
# $$L_{\text{template}} = \mathbb E_{q(z \mid x)}\big[-\log p(\tilde x \mid z)\big] = \mathbb E_{q(z \mid x)}\Big[-\sum_{t\,:\,\tilde x_t \ne \text{PAD}} \log \operatorname{softmax}(\ell_t)_{\tilde x_t}\Big] \tag{5}$$
#
# makes $z$ *template-preserving*: all of the template has to be in it. It needs to be known which words are values, and for pairs it is: whatever stands in the table.

# %% [markdown]
# ### Exercise 3 · `mask_values`
#
# **Objective.** Say where values stand, and neither what they are nor how long.<br>
# **Lecture.** *Data to Generation*; Ye et al. 2020, the template-preserving loss.<br>
# Difficulty ●●●○○ · importance ●●●○○ · 20 minutes · check: 0.1 s of CPU
#
# **Why.** "the green room" is one value of three words, and "room 4" one of two: the template must not tell them apart. So a *run* of words of one value becomes one mask, what follows moves up, and PAD fills the row at its end. Two values that touch ("… on friday nine o'clock") are still two. Each row is a sentence of its own.
#
# `spans` has, for each word, the number of the value that it belongs to, and 0 where it belongs to none:
#
# | | | | | | | | | | |
# |---|---|---|---|---|---|---|---|---|---|
# | words | BOS | green | room | hosts | jazz | friday | . | EOS | PAD |
# | `spans` | 0 | 2 | 2 | 0 | 1 | 4 | 0 | 0 | 0 |
# | masked | BOS | `<ent>` | hosts | `<ent>` | `<ent>` | . | EOS | PAD | PAD |
#
# **Predict before you run.** Which of the following would lose a mask: comparing `spans` with its neighbour on the left by `!=`, by `>`, or with `spans.roll(1)`?


# %% nbgrader={"grade": false, "grade_id": "mask_values", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mask_values(tokens: Tensor, spans: Tensor, mask_id: int) -> Tensor:
    """Sentences with each run of words of one value replaced by one mask, the rest moved up, PAD (0) at the end.

    A run is words next to each other with the same number. The numbers only tell values apart: they may fall or leave
    some out, and a value that is said twice, in two places, is masked twice.

    Args:
        tokens: sentences, with PAD at the end of shorter ones, whole numbers, [B, T].
        spans: 0 at words of no value and at PAD, else the number of the word's value, whole numbers, [B, T].
        mask_id: the word that stands for a value.
    Returns:
        [B, T], whole numbers, as wide as tokens.
    """
    ### BEGIN SOLUTION
    before = torch.cat([torch.zeros_like(spans[:, :1]), spans[:, :-1]], dim=1)
    goes_on = (spans > 0) & (spans == before)
    masked = torch.where(spans > 0, mask_id, tokens).masked_fill(goes_on, 0)
    order = goes_on.long().argsort(dim=1, stable=True)
    return masked.gather(1, order)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_mask_values", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("mask_values", mask_values)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Find the words that only go on with a value: they belong to one, and so does the word before them, to the same. These go; all other words of values become masks. Then bring what stays to the front, in its old order. A loop over rows and words is fine, too.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# A word $t$ goes iff $s_t > 0$ and $s_t = s_{t-1}$, with $s_0 = 0$ before the row begins. A *stable* sort by "goes or stays" moves what stays to the front and keeps its order.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `before` is `spans` moved one place to the right, with a 0 in front. `torch.where(spans > 0, mask_id, tokens)`; words that go become 0; `order = goes.long().argsort(dim=1, stable=True)`; `gather(1, order)`.
#
# </details>

# %% tags=["explore"]
with showing("mask_values"):
    words = [
        "PAD",
        "BOS",
        "EOS",
        "UNK",
        "<ent>",
        "green",
        "room",
        "hosts",
        "jazz",
        "on",
        "friday",
        "there",
        "is",
        "at",
        ".",
    ]
    sentences = ["BOS green room hosts jazz on friday . EOS", "BOS on friday there is jazz at green room . EOS"]
    numbers = [[0, 1, 1, 0, 2, 0, 3, 0, 0, 0, 0], [0, 0, 3, 0, 0, 2, 0, 1, 1, 0, 0]]
    rows = [[words.index(word) for word in sentence.split()] for sentence in sentences]
    tokens = torch.tensor([row + [0] * (11 - len(row)) for row in rows])
    masked = mask_values(tokens, torch.tensor(numbers), words.index("<ent>"))
    told = [" ".join(words[word] for word in row if word) for row in masked.tolist()]
    show_table("One table, two templates", ("sentence", "template"), list(zip(sentences, told, strict=True)))

# %% [markdown]
# ### Exercise 4 · `template_loss`
#
# **Objective.** Measure in nats per sentence what $z$ does not yet tell of the template.<br>
# **Lecture.** *Data to Generation*; equation (5).<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.2 s of CPU
#
# **Why.** This is the likelihood of problem set 2, with one decision that is easily made without noticing: `F.cross_entropy` averages unless told otherwise. A mean per word beside a KL per sentence is no bound of anything one meant (derivation 1, (iv)). And PAD is no word, but EOS is one: a template has to know where it ends.
#
# **Predict before you run.** A decoder that knows nothing gives each of $V$ words the same probability. What is the loss of a template of seven words, EOS included, with two PAD behind it?


# %% nbgrader={"grade": false, "grade_id": "template_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def template_loss(logits: Tensor, masked: Tensor) -> Tensor:
    """−log p(x̃ | z): the cost of each masked sentence, summed over its words; PAD (0) does not count.

    Args:
        logits: of the word at each position, from the decoder that sees z, [B, T, V]; logits[:, t] predicts masked[:, t].
        masked: the words and masks of each template, EOS, then PAD, whole numbers, [B, T].
    Returns:
        [B], in nats per sentence, also where a probability underflows to 0. Differentiable in logits.
    """
    ### BEGIN SOLUTION
    return F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none").sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_template_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("template_loss", template_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# A log-probability for each position, picked out of the vocabulary by the word that stands there; those of PAD left out; the sum, with a minus.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $-\sum_t [\tilde x_t \ne 0]\, \log \operatorname{softmax}(\ell_t)_{\tilde x_t}$, for each sentence on its own. Nothing is shifted here, and nothing divided.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `logits.log_softmax(-1).gather(-1, masked.unsqueeze(-1)).squeeze(-1)`, then `torch.where(masked != 0, …, 0)`; or `F.cross_entropy(logits.mT, masked, ignore_index=0, reduction="none")`.
#
# </details>

# %% [markdown]
# ## 6. A content that is the table's
#
# *Lecture: Data to Generation.*
#
# In raw text $c$ takes the place of $f(T)$, so a decoder that has learned to read $f(T)$ from pairs should be able to read $c$. For pairs both are known: what the encoder reads off $x$ shall lie near the encoding of its table. The *content-preserving* loss is the expected square of the distance, with the KL to the prior that raw text is weighed against:
#
# $$L_{\text{content}} = \mathbb E_{q(c \mid x)} \lVert c - f(T) \rVert^2 + w_c\, \mathrm{KL}\big(q(c \mid x) \,\|\, p(c)\big), \qquad \mathbb E_{q} \lVert c - f \rVert^2 = \lVert \mu - f \rVert^2 + \sum_{k=1}^K \sigma_k^2. \tag{6}$$
#
# No sample is needed: the expectation of a square is known. One decision is left. A distance has two ends, and either can give way. If the table's encoder learns from this loss, the cheapest way to make all distances small is to make all encodings small, and alike. Then $c$ and $f(T)$ agree, about nothing. So here $f(T)$ is a *target*: it holds still, and learns from the decoder's likelihood alone.

# %% [markdown]
# ### Exercise 5 · `content_loss`
#
# **Objective.** Take an expectation in closed form, and decide who follows whom.<br>
# **Lecture.** *Data to Generation*; equation (6).<br>
# Difficulty ●●●○○ · importance ●●●●● · 15 minutes · check: 0.2 s of CPU
#
# **Why.** The variance term is forgotten where one thinks of $c$ as of its mean; then nothing but the KL holds $\sigma$, and $w_c = 0$ leaves it free. And the barrier is one word, `detach`, that no value shows: with and without it the loss prints the same number.
#
# **Predict before you run.** Minimise (6) over $\mu$ and $\sigma^2$ for a given $f$. Where is $\mu$ for $w_c = 0$, and for large $w_c$? And what if $f$ may move, too?


# %% nbgrader={"grade": false, "grade_id": "content_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def content_loss(mu: Tensor, logvar: Tensor, table: Tensor, kl_weight: float = 1.0) -> Tensor:
    """E_q ‖c − f(T)‖² + w_c KL(q(c | x) ‖ p(c)), with q(c | x) = N(mu, diag exp(logvar)) and p(c) = N(0, I).

    Args:
        mu: mean of q(c | x), [B, K].
        logvar: its log variance, [B, K].
        table: f(T), the encoding of the sentence's table, a target that holds still, [B, K].
        kl_weight: w_c, the weight of the KL.
    Returns:
        [B], summed over K. Differentiable in mu and logvar; no gradient reaches table.
    """
    ### BEGIN SOLUTION
    var = logvar.exp()
    distance = (mu - table.detach()) ** 2 + var
    kl = 0.5 * (mu**2 + var - 1 - logvar)
    return (distance + kl_weight * kl).sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_content_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("content_loss", content_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two sums over the dimensions. The first is a distance of means and a spread, the second is the KL of problem set 1. The target is a number, not a function of its encoder's weights.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\sum_k \big[(\mu_k - f_k)^2 + \sigma_k^2\big] + w_c \cdot \tfrac12 \sum_k \big[\mu_k^2 + \sigma_k^2 - 1 - \log \sigma_k^2\big]$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `var = logvar.exp()`, `table.detach()`, and a single `.sum(-1)` over `distance + kl_weight * kl`.
#
# </details>

# %% [markdown]
# ## 7. Counting what is said
#
# *Lecture: Data to Generation.*
#
# Is a sentence good? BLEU compares it with one that somebody wrote, and punishes another template as if it were an error. What a table-to-text model must do can be counted instead: each field is said or not, and each was asked for or not. Two shares are worth knowing, and one number hides both:
#
# $$\text{coverage} = \frac{|\text{said} \cap \text{asked}|}{|\text{asked}|}, \qquad \text{hallucination} = \frac{|\text{said} \setminus \text{asked}|}{|\text{said}|}. \tag{7}$$
#
# A model that says little never invents, and one that says everything leaves nothing out.

# %% [markdown]
# ### Exercise 6 · `slot_coverage`
#
# **Objective.** Count two kinds of error, each against its own whole, also where the whole is empty.<br>
# **Lecture.** *Data to Generation*; equation (7).<br>
# Difficulty ●●○○○ · importance ●●●○○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** Three things are confused here all the time: which of the two is the denominator, whether what is *missing* and what is *made up* are one thing, and what 0/0 is. An empty table is covered, for nothing is missing, and an empty sentence invents nothing. A mean over sentences that holds one NaN is NaN.
#
# **Predict before you run.** A sentence says five fields, three of them from a table of four. What are the two shares?


# %% nbgrader={"grade": false, "grade_id": "slot_coverage", "locked": false, "schema_version": 3, "solution": true, "task": false}
def slot_coverage(said: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
    """The share of a table's fields that a sentence says, and the share of what it says that is not in the table.

    Args:
        said: whether the sentence says the field, bool, [B, F].
        asked: whether the table has the field, bool, [B, F].
    Returns:
        coverage: of the asked fields those that are said, float32, [B]; 1 where none is asked.
        hallucination: of the said fields those that were not asked, float32, [B]; 0 where nothing is said.
    """
    ### BEGIN SOLUTION
    right = (said & asked).sum(-1)
    num_said, num_asked = said.sum(-1), asked.sum(-1)
    coverage = torch.where(num_asked > 0, right / num_asked.clamp(min=1), 1)
    hallucination = torch.where(num_said > 0, (num_said - right) / num_said.clamp(min=1), 0)
    return coverage, hallucination
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_slot_coverage", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("slot_coverage", slot_coverage)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Three counts a sentence: fields that are both, fields that are said, fields that are asked.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $|\text{said} \setminus \text{asked}| = |\text{said}| - |\text{said} \cap \text{asked}|$. Where a count is 0, divide by 1 instead, and put in what (7) cannot say: 1 for the coverage, 0 for the hallucination.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `(said & asked).sum(-1)`, `said.sum(-1)`, `asked.sum(-1)`; `.clamp(min=1)` under the fraction; `torch.where(num_asked > 0, …, 1)`.
#
# </details>

# %% [markdown]
# ## 8. Why it takes both losses
#
# *Lecture: Data to Generation.*
#
# The pair's bound (1) and the raw bound (3) are likelihoods, and the likelihood of sentences is what one wants. Why is that not enough?

# %% [markdown]
# ### Derivation 2 · `both_losses`
#
# 40 minutes · graded by hand · lecture: *Data to Generation*
#
# (i) Let $M \le K$. Show that (3) has the same value for the model in which the $M$ dimensions of $z$ and the first $M$ of $c$ have changed places. What does raw text alone say of which latent is the template? (ii) Let the decoder be able to give every $p(x \mid T)$ exactly, as one that writes word by word can, if it is large enough. Show that (1), averaged over the data, is then at its maximum where $z$ is ignored and $q(z \mid x) = p(z)$. What happens to the template?
#
# (iii) Add $\lambda L_{\text{template}}$ with $\lambda > 0$ to the negative of (1). Assume that $x$ is determined by its template and its table together, and that the template is independent of the table. Compare the least total loss where $z$ tells nothing with that where $z$ tells $\tilde x$, exactly and no more (assume that $q(z \mid x)$ can do so at a mean KL equal to the information). (iv) Minimise $L_{\text{content}}$ over $\mu$ and $\sigma^2$ for a given $f(T)$. What do
# two sentences of one table have in common then, and what does that make of $c$ in (3)?
#
# (v) Does $L_{\text{template}}$ keep the content out of $z$? Does $L_{\text{content}}$ keep the template in $z$? Which term does what neither of them does? (vi) Let $f$ move in (6), too. Where is the minimum over $\mu$, $\sigma^2$ and $f$, and what does it say about the tables? Why is it not enough that the decoder also needs $f(T)$?

# %% [markdown] nbgrader={"grade": true, "grade_id": "both_losses", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Let $\pi$ exchange the $M$ dimensions of $z$ with the first $M$ of $c$. Define $p'(x \mid z, c) = p(x \mid \pi(z, c))$ and $q'(\cdot \mid x)$ as $q$ with those dimensions exchanged. The prior of $(z, c)$ is $\mathcal N(0, I)$, which $\pi$ leaves as it is, and a diagonal Gaussian stays a diagonal Gaussian. The expectation in (3) is the same, by the change of variables, and the two KL terms, sums over dimensions, have exchanged summands: their sum is the same. So raw text may divide
# the sentence between the two, but which of them is the template, or whether the border runs between template and content at all, it does not say.
#
# (ii) For every $q$ the right side of (1) is at most $\log p(x \mid T)$, and the mean of that is at most $-H(x \mid T)$, the negative entropy of the data given the table. With $p(x \mid z, f(T)) = p_{\text{data}}(x \mid T)$ for all $z$, and $q = p(z)$, the KL is 0 and (1) equals $-H(x \mid T)$: nothing can be better. The template is then drawn word by word, and there is no $z$ that could be held fixed from one table to another. (A decoder that is less able leaves something to $z$: a matter of degree, not of principle.)
#
# (iii) Given the table, $x$ and $\tilde x$ determine each other, and $\tilde x$ is independent of $T$: $H(x \mid T) = H(\tilde x \mid T) = H(\tilde x)$. *Nothing told*: the loss of (1) is at least $H(x \mid T) = H(\tilde x)$ by (ii), and $-\log p(\tilde x \mid z)$ is on average at least $H(\tilde x)$; both are reached: $(1 + \lambda) H(\tilde x)$. *Told*: with $z$ and $T$ the sentence is known, so the likelihood term is 0; the KL is $I(z; x) = H(\tilde x)$; the template loss is 0. In all $H(\tilde x)$,
# less by $\lambda H(\tilde x)$. To (1) it makes no difference whether the template goes through $z$; the template loss decides, however small its weight.
#
# (iv) Each dimension on its own: $(\mu - f)^2 + \sigma^2 + \tfrac{w_c}{2}(\mu^2 + \sigma^2 - 1 - \log \sigma^2)$. The derivatives vanish at
#
# $$\mu = \frac{f}{1 + w_c/2}, \qquad \sigma^2 = \frac{w_c}{2 + w_c}.$$
#
# Both depend on $T$ alone: two sentences of one table have the same $q(c \mid x)$, whatever their templates. So $c$ carries no template, and, up to a factor, it is what the decoder reads from pairs. In (3) that fixes the names that (i) left open: the content is in $c$, and what else a sentence needs has only $z$ left. (If $x$ does not tell $T$ wholly, $f$ is replaced by $\mathbb E[f(T) \mid x]$.)
#
# (v) No, and no. $L_{\text{template}}$ is a lower limit of what $z$ holds: $I(z; \tilde x) \ge H(\tilde x) - \mathbb E[L_{\text{template}}]$. A $z$ that holds the whole sentence satisfies it, and then a table can be exchanged beside it without effect. $L_{\text{content}}$ says nothing of $z$ at all; with it alone (ii) holds as before. What keeps the content out of $z$ is $\mathrm{KL}(q(z \mid x) \,\|\, p(z))$ together with $f(T)$ or $c$: content that the decoder gets from there is paid for twice
# if $z$ holds it as well. One loss makes $z$ hold enough, the KL makes it hold no more, and the other loss gives the rest its place.
#
# (vi) For every $f$ the loss is at least its value at $f = 0$: with $\mu = 0$ both squares of $\mu$ vanish, so the minimum is at $\mu = f = 0$, $\sigma^2 = w_c/(2 + w_c)$, for all tables alike. Encodings that are all 0 say nothing. The decoder's likelihood pulls the other way, but it needs *differences* between encodings, not their size: scaling $f$ down and the decoder's weights up leaves it as it was, while the distance shrinks with the square. And attention lets the decoder read values from the records,
# without $f(T)$ at all. The pull that is left is weak, and the loss always wins something by giving in. Where $f$ holds still, the loss can only be lowered by reading the content.
#
# **Marking, six parts of equal weight,** one per question. (1) The exchange with invariant prior and KL sum, and the conclusion. (2) The upper bound $-H(x \mid T)$, reached with $q = p$. (3) Both totals; half for one. (4) Both optima, and that they depend on the table alone. (5) Twice no, with reasons, and the KL. (6) The common minimum at 0, and scale or attention as the reason why the likelihood does not prevent it.

# %% [markdown]
# ## What to take along
#
# - A way of saying is a latent variable. Drawn once for a sentence, it is kept to the end; drawn word by word, it is not.
# - Attention has an easy part and a mask. What is not there gets the lowest score, and a row of nothing gets zeros that were never NaN.
# - A likelihood alone does not name its latents. Pairs fix the content, masked sentences the template, and the KL keeps either from holding the other's.
# - A distance has two ends. Say which of them is the target.
# - Terms that stand side by side must have one unit: nats per sentence.
# - Count what is said against what was asked, and what is made up against what was said.
#
# ## References
#
# - R. Ye, W. Shi, H. Zhou, Z. Wei, L. Li. Variational template machine for data-to-text generation. ICLR 2020. [arXiv:2002.01127](https://arxiv.org/abs/2002.01127)
# - M.-T. Luong, H. Pham, C. D. Manning. Effective approaches to attention-based neural machine translation. EMNLP 2015. [arXiv:1508.04025](https://arxiv.org/abs/1508.04025)
