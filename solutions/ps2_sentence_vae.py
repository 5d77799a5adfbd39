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
# # Problem set 2: sentences from continuous vectors
#
# Problem set 1 turned images into points of a space that you can sample from. Here you do it with sentences. The decoder is now a language model, strong
# enough to write well without any latent vector, and it will: the model *collapses*. By the end you can
#
# - write the likelihood of a sentence, and say which logits predict which word;
# - build the two bridges of a sentence VAE: from the encoder's last state to $q(z \mid x)$, and from $z$ into every step of the decoder;
# - derive the bound of a conditional generator, and explain why a strong decoder ignores $z$;
# - recognise posterior collapse by three numbers, and use three cures, with the price of each;
# - decode sentences from the prior, and walk from one of your own sentences to another.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the
# cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake,
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another: models and figures
# use the library's versions, except where a figure is there to show yours. Two derivations are graded by hand. Plan four hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*. `B` sentences in a batch, `T` positions, `V` words, `E` dimensions of an embedding, `H` of a
# state, `M` of $z$. `[B]` means one number per sentence: sum over its words, never average over the batch unless it is a loss. Functions leave their inputs unchanged.
# Where a docstring says *differentiable*, the check compares gradients too.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $x = (x_1, \dots, x_n)$, sentence | `tokens` | | $h$, the encoder's last state | `h` |
# | $z$, latent vector | `z` | | $\mu = W_1 h$, mean of $q_\phi(z \mid x)$ | `mu` |
# | $\theta$, decoder's weights | `model.decoder` | | $\sigma^2 = e^{W_2 h}$, its variance | `var` |
#
# A sentence is a row of numbers, `BOS`, the words, `EOS`, then `PAD` up to the longest sentence of the batch. Four numbers are reserved:
# `PAD = 0`, `BOS = 1`, `EOS = 2`, and `UNK = 3` for a word that the vocabulary does not hold.

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

complete("ps2_sentence_vae", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from latentkit.check import check, showing
from latentkit.data import load_sentences
from latentkit.data.text import BOS, EOS, PAD, UNK, collate, tokenize
from latentkit.decoding import greedy, sample
from latentkit.explore import annealing_schedules, hidden_words, sentence_homotopy
from latentkit.explore.figure import show_table
from latentkit.explore.pictures import show_curves, show_training
from latentkit.models import SentenceVAE
from latentkit.evaluation.sentences import reconstruct
from latentkit.training.sentences import constant, linear, train_sentence_model
from latentkit.trained import load_trained

torch.set_num_threads(1)  # networks as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. An auto-encoder of sentences, and the holes in its space
#
# *Lecture: Conditional Sequence Generation; VAE for Sentence Generation.*
#
# The corpus is a small English of our own: someone likes something, or does not, at some time. Every sentence differs from every other, and
# a held-out part is kept for measuring.

# %% tags=["training"]
corpus = load_sentences("embedded")
trained = load_trained("sentence_vae")  # the model that you will understand by section 10
vae, vocabulary = trained.model, trained.vocabulary
held_out = [vocabulary.encode(words) for words in corpus.test[:500]]
print(f"{len(corpus.train):,} sentences to train on, {len(vocabulary)} words, special ones included")
for words in corpus.train[:6]:
    print("  ", " ".join(words))
print(collate([vocabulary.encode(words) for words in corpus.train[:2]]))

# %% [markdown]
# An LSTM reads the sentence; its last state becomes a code $z$ of 16 numbers; a second LSTM writes the sentence again, word by word, with $z$ beside every
# word that it reads. This one was trained to reconstruct and for nothing else. It took two minutes, so it comes ready-made (`make checkpoints` trains it again).
#
# **Predict before you run.** It reconstructs well. Now decode points drawn from the box that holds all codes. What will the sentences be like?


# %% tags=["training", "explore"]
def codes_of(model: SentenceVAE, sentences: list[list[int]]) -> Tensor:
    """Posterior means, [N, M]."""
    with torch.no_grad():
        return model.encode(collate(sentences))[0]


def somewhere(model: SentenceVAE, number: int) -> Tensor:
    """Points drawn evenly from the box that holds the codes of the held-out sentences, [number, M]."""
    codes = codes_of(model, held_out)
    low, high = codes.min(dim=0).values, codes.max(dim=0).values
    return low + (high - low) * torch.rand(number, codes.shape[1])


def said(model: SentenceVAE, z: Tensor) -> list[str]:
    """The decoder's most probable words at each row of z."""
    return [vocabulary.decode(row) for row in greedy(model.step, z, max_length=25)]


torch.manual_seed(1)
autoencoder = load_trained("text_autoencoder").model
show_table(
    "The auto-encoder", ("a held-out sentence", "its reconstruction", "somewhere in the box"),
    list(zip((vocabulary.decode(s) for s in held_out[:6]), said(autoencoder, codes_of(autoencoder, held_out[:6])), said(autoencoder, somewhere(autoencoder, 6)), strict=True)),
)  # fmt: skip

# %% [markdown]
# How often does it happen? Call a sentence *well-formed* if each three words in a row occur somewhere in the 24,000 training sentences. For comparison, the model that you will build in this problem set.


# %% tags=["training", "explore"]
def threes(sentence: str) -> list[tuple[str, ...]]:
    """All three words in a row, the ends of the sentence included."""
    words = ["<bos>", *sentence.split(), "<eos>"]
    return list(zip(words, words[1:], words[2:], strict=False))


known = {three for words in corpus.train for three in threes(" ".join(words))}
shares = []
for label, model in {"auto-encoder": autoencoder, "sentence VAE": vae}.items():
    for place, z in {
        "at codes": codes_of(model, held_out[:300]),
        "somewhere in their box": somewhere(model, 300),
    }.items():
        well_formed = [all(three in known for three in threes(sentence)) for sentence in said(model, z)]
        shares.append((f"{label}, {place}", f"{sum(well_formed) / len(well_formed):.0%}"))
real = [all(three in known for three in threes(vocabulary.decode(sentence))) for sentence in held_out]
show_table(
    "Well-formed sentences",
    ("decoded from", "share"),
    [*shares, ("held-out sentences themselves", f"{sum(real) / len(real):.0%}")],
)

# %% [markdown]
# At codes the two are alike. Elsewhere the auto-encoder loses its grammar, and stutters: no one told its decoder what to do there. And there is no rule for where to
# look, for the codes have no distribution. The variational model of this problem set has one, the prior, and answers in sentences.

# %% [markdown]
# ## 2. The likelihood of a sentence
#
# *Lecture: Conditional Sequence Generation.*
#
# By the product rule, with no assumption at all,
#
# $$\log p_\theta(x \mid z) = \sum_{t=1}^{n+1} \log p_\theta(x_t \mid x_{<t}, z), \qquad x_0 = \texttt{BOS}, \quad x_{n+1} = \texttt{EOS} \tag{1}$$
#
# The model must say when the sentence ends, so `EOS` counts. `BOS` is given and `PAD` is no word, so they do not. In training the decoder reads the *true* words before $t$
# (*teacher forcing*), so one pass over the row gives all terms at once: at position $t$ it has read `tokens[:, :t+1]`, and its logits there are about the *next* token.

# %% [markdown]
# ### Exercise 1 · `sequence_log_likelihood`
#
# **Objective.** Line up predictions with what they predict, and leave the padding out.<br>
# **Lecture.** *Conditional Sequence Generation*; equation (1). Bowman et al. 2016, section 2.<br>
# Difficulty ●●○○○ · importance ●●●●● · 15 minutes · check: 0.1 s of CPU
#
# **Why.** A shift by one is the most expensive mistake of sequence models, because nothing crashes: asked for the word that it has just read, a decoder soon gives perfect answers, and you celebrate
# a loss of zero. Padding is the second: counted in, it charges a short sentence for the length of its neighbours, and its likelihood depends on the batch.
#
# **Predict before you run.** A row of `T` tokens holds `BOS`, the words, `EOS` and no padding. How many terms does (1) have: `T - 2`, `T - 1` or `T`?


# %% nbgrader={"grade": false, "grade_id": "sequence_log_likelihood", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sequence_log_likelihood(logits: Tensor, tokens: Tensor) -> Tensor:
    """log p(x | z) = Σ_t log p(x_t | x_<t, z), in nats; EOS counts, BOS and PAD do not.

    Args:
        logits: the decoder's answer to `tokens`, [B, T, V]; `logits[:, t]` predicts `tokens[:, t + 1]`.
        tokens: BOS … EOS PAD, [B, T].
    Returns:
        [B], summed over T. Differentiable in logits.
    """
    ### BEGIN SOLUTION
    targets = tokens[:, 1:]  # [B, T - 1]
    nll = F.cross_entropy(logits[:, :-1].transpose(1, 2), targets, ignore_index=PAD, reduction="none")
    return -nll.sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sequence_log_likelihood", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("sequence_log_likelihood", sequence_log_likelihood)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The last logits predict nothing that you have, and the first token is predicted by nothing. Drop one column of each, and they line up.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\sum_{t=0}^{T-2} \mathbb 1[\text{tokens}_{t+1} \ne \texttt{PAD}] \cdot \log \operatorname{softmax}(\text{logits}_t)_{\text{tokens}_{t+1}}$ for each row.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `logits[:, :-1].log_softmax(-1)` and `.gather(-1, targets.unsqueeze(-1))` pick the right words; set the padded ones to 0 with `torch.where`, then `.sum(-1)`. Or `F.cross_entropy(..., ignore_index=PAD, reduction="none")`,
# which wants the vocabulary in dimension 1, and has the opposite sign.
#
# </details>

# %% tags=["training", "explore"]
with showing("sequence_log_likelihood"):
    examples = [
        "the teachers enjoyed the small garden .",
        "the teachers enjoyed the garden small .",
        "garden the small enjoyed teachers the .",
        "the teachers enjoyed the small",
    ]
    tokens = collate([vocabulary.encode(tokenize(sentence)) for sentence in examples])  # [4, T]
    with torch.no_grad():
        z = vae.encode(tokens[:1])[0].expand(4, -1)  # the z of the first sentence, for all four
        yours, library = sequence_log_likelihood(vae.decode(z, tokens), tokens), vae.log_likelihood(tokens, z)
    show_table(
        "log p(sentence | z) at the z of the first sentence, in nats", ("sentence", "yours", "the library's"),
        [(sentence, f"{mine:.2f}", f"{theirs:.2f}") for sentence, mine, theirs in zip(examples, yours.tolist(), library.tolist(), strict=True)],
    )  # fmt: skip

# %% [markdown]
# **Expected.** Two equal columns. The correct order is far more probable than the others, and the sentence that stops short pays for its early `EOS` alone. **A wrong one** ranks the short
# sentence too high (`EOS` not counted), or differs in the shorter rows only (padding counted).
#
# `T - 1` terms: every token but `BOS` is predicted once.

# %% [markdown]
# ## 3. The encoder's posterior
#
# *Lecture: VAE for Sentence Generation.*
#
# The encoder is an LSTM over the same row. Its state at the last real token, $h$, has read the whole sentence, and two matrices turn it into a Gaussian:
#
# $$q_\phi(z \mid x) = \mathcal N\big(z;\; \mu, \operatorname{diag} \sigma^2\big), \qquad \mu = W_1 h, \qquad \sigma^2 = \exp(W_2 h) \tag{2}$$

# %% [markdown]
# ### Exercise 2 · `last_hidden`
#
# **Objective.** Pick a different position from each row.<br>
# **Lecture.** *VAE for Sentence Generation*, the encoder.<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** In a batch the sentences are padded to one length, and the LSTM runs on over the padding. `outputs[:, -1]` is then the state after a stretch of `PAD`, a different stretch in every batch: the same sentence
# gets another code in other company.
#
# **Predict before you run.** In a batch sorted by length, with no row padded by more than two tokens, does `outputs[:, -1]` do harm?


# %% nbgrader={"grade": false, "grade_id": "last_hidden", "locked": false, "schema_version": 3, "solution": true, "task": false}
def last_hidden(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The encoder's state at each sentence's last real token, whatever follows as padding.

    Args:
        outputs: the state after each token, [B, T, H].
        lengths: number of real tokens of each sentence, 1 to T, [B].
    Returns:
        [B, H]. Differentiable in outputs.
    """
    ### BEGIN SOLUTION
    rows = torch.arange(len(outputs), device=outputs.device)
    return outputs[rows, lengths - 1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_last_hidden", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("last_hidden", last_hidden)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# A sentence of $n$ real tokens ends at position $n - 1$. You need that position of row 0, another of row 1, and so on: one index per row.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $h_b = \text{outputs}[b,\; \text{lengths}_b - 1]$ for $b = 0, \dots, B - 1$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# Indexing with two tensors of the same length pairs them up: `outputs[torch.arange(B), positions]`. `gather` works too, with an index of shape `[B, 1, H]`.
#
# </details>

# %% tags=["training", "explore"]
with showing("last_hidden"):
    sentence = vocabulary.encode(tokenize("my sister did not enjoy the film yesterday ."))
    paddings = list(range(9))
    padded = F.pad(collate([sentence]), (0, paddings[-1]), value=PAD)  # [1, T]
    with torch.no_grad():
        states = vae.encoder.network(vae.embedding(padded))[0]  # [1, T, H], eight positions of padding at the end
        length = len(sentence) + 2
        h = states[0, length - 1]
        yours = [(last_hidden(states[:, : length + n], torch.tensor([length]))[0] - h).norm().item() for n in paddings]
        naive = [(states[0, length - 1 + n] - h).norm().item() for n in paddings]
    show_curves(
        paddings, {"yours": yours, "outputs[:, -1]": naive}, markers=True,
        xlabel="PAD tokens behind the sentence", ylabel="distance from h", title="how far padding moves the state",
    )  # fmt: skip

# %% [markdown]
# **Expected.** A flat line at 0: what follows the sentence does not matter. The last column moves away with the first `PAD`, so yes, two tokens do harm.

# %% [markdown]
# ### Exercise 3 · `posterior_from_hidden`
#
# **Objective.** Turn a state into a mean and a variance that cannot be negative.<br>
# **Lecture.** *VAE for Sentence Generation*; equation (2).<br>
# Difficulty ●○○○○ · importance ●●●●○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** A network's outputs run from $-\infty$ to $\infty$; a variance must be positive. The exponential maps the one to the other. Is the number at hand a variance, a standard deviation or a logarithm? Papers and programs differ, and all three
# train without a complaint.
#
# **Predict before you run.** At the start of training the weights are small, so $W_2 h \approx 0$. What is $q$ then: nearly a point, nearly the prior, or nearly flat?


# %% nbgrader={"grade": false, "grade_id": "posterior_from_hidden", "locked": false, "schema_version": 3, "solution": true, "task": false}
def posterior_from_hidden(h: Tensor, w_mu: Tensor, w_logvar: Tensor) -> tuple[Tensor, Tensor]:
    """The parameters of q(z | x) = N(mu, diag var): μ = W₁h and σ² = exp(W₂h).

    Args:
        h: the encoder's last state, one row per sentence, [B, H].
        w_mu: W₁, [M, H].
        w_logvar: W₂, [M, H].
    Returns:
        mu and var, each [B, M]. Differentiable in h, w_mu and w_logvar.
    """
    ### BEGIN SOLUTION
    return h @ w_mu.T, torch.exp(h @ w_logvar.T)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_posterior_from_hidden", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("posterior_from_hidden", posterior_from_hidden)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The lecture multiplies a matrix by a column $h$. Here the states are the *rows* of `h`: transpose the whole equation.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $(W h)^\top = h^\top W^\top$, for all rows at once. The exponential belongs to the variance alone.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `h @ w_mu.T` is `[B, M]`; `F.linear(h, w_mu)` is the same. Return two tensors, the second through `torch.exp`.
#
# </details>

# %% tags=["training", "explore"]
with showing("posterior_from_hidden"):
    with torch.no_grad():
        mu, var = posterior_from_hidden(h[None], vae.w_mu.weight, vae.w_logvar.weight)
        theirs = vae.posterior(collate([sentence]))
    dims = list(range(1, mu.shape[-1] + 1))
    show_curves(
        dims, {"the library's μ": theirs.mean[0], "your μ": mu[0], "the library's σ²": theirs.variance[0], "your σ²": var[0]}, joined=False,
        xlabel="latent dimension", title="q(z | my sister did not enjoy the film yesterday .)",
    )  # fmt: skip

# %% [markdown]
# **Expected.** Your points on the library's. Some dimensions have a mean far from 0 and a small variance: they carry the sentence. Where the mean is near 0 and the variance near 1, $q$ is the prior and says nothing; at the start
# of training all of them are like that. **A wrong one** has negative variances (no exponential), or variances that are the library's squared or rooted.

# %% [markdown]
# ## 4. z in the decoder
#
# *Lecture: VAE for Sentence Generation.*
#
# How does a vector steer a language model? As the initial state it is soon overwritten. The lecture joins it to the input of *every* step, so that no step has to remember it:
#
# $$s_t = \operatorname{LSTM}\big(s_{t-1}, [e(x_{t-1});\, z]\big), \qquad p_\theta(x_t \mid x_{<t}, z) = \operatorname{softmax}(W s_t + b) \tag{3}$$

# %% [markdown]
# ### Exercise 4 · `concat_latent`
#
# **Objective.** Repeat one vector along a new dimension.<br>
# **Lecture.** *VAE for Sentence Generation*, the decoder; equation (3). Bowman et al. 2016, section 3.<br>
# Difficulty ●○○○○ · importance ●●●○○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** One line, and the place where batches get mixed up: a `view` that changes the shape as wished but hands sentence 3 the latent vector of sentence 1. The decoder then learns that $z$ is noise.
#
# **Predict before you run.** `z.repeat(T, 1).view(B, T, M)` has the right shape. Which row of `z` does the second sentence get at its first step, if `T = 5` and `B = 3`?


# %% nbgrader={"grade": false, "grade_id": "concat_latent", "locked": false, "schema_version": 3, "solution": true, "task": false}
def concat_latent(embedded: Tensor, z: Tensor) -> Tensor:
    """Join each sentence's z to the decoder's input at every step.

    Args:
        embedded: the decoder's input words, [B, T, E].
        z: one latent vector per sentence, [B, M].
    Returns:
        [B, T, E + M], the embedding first. Differentiable in embedded and z.
    """
    ### BEGIN SOLUTION
    at_every_step = z.unsqueeze(1).expand(-1, embedded.shape[1], -1)  # [B, T, M]
    return torch.cat([embedded, at_every_step], dim=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_concat_latent", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("concat_latent", concat_latent)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Give `z` a dimension of size 1 where `embedded` has `T`, stretch it, and join along the last dimension.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\text{out}[b, t] = [\text{embedded}[b, t];\; z[b]]$, the same $z[b]$ for every $t$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `z.unsqueeze(1)` is `[B, 1, M]`; `.expand(-1, T, -1)` repeats it without copying; `torch.cat([...], dim=-1)`.
#
# </details>

# %% tags=["training", "explore"]
with showing("concat_latent"):
    givers = [
        "the film was brilliant .",
        "the soup was not cold .",
        "the hotel was noisy yesterday .",
        "the small lesson will be useful tomorrow .",
    ]
    prefix = torch.tensor([[BOS, *vocabulary.encode(["the"])]]).expand(len(givers), -1)  # [4, 2]
    with torch.no_grad():
        z = torch.cat([vae.encode(collate([vocabulary.encode(tokenize(giver))]))[0] for giver in givers])
        states = vae.decoder(concat_latent(vae.embedding(prefix), z), z)  # the model's own LSTM, fed by your function
        next_word = F.softmax(vae.output(states[:, -1]), dim=-1)  # [4, V - 2]: neither PAD nor BOS ever follows
    best = next_word.topk(4)
    show_table(
        "The decoder has read “the”. What comes next, at the z of four sentences?", ("z of", "most probable next words"),
        [(giver, ", ".join(f"{vocabulary.words[word + EOS]} {p:.2f}" for word, p in zip(words, ps, strict=True)))
         for giver, words, ps in zip(givers, best.indices.tolist(), best.values.tolist(), strict=True)],
    )  # fmt: skip

# %% [markdown]
# **Expected.** The same word in, four different distributions out: $z$ steers. **A wrong one** gives the next words of another row, or the same ones in every row.
#
# `z.repeat(T, 1)` counts 0, 1, 2, 0, 1, 2, …, and `view` cuts it into rows of five: the second sentence starts with entry number 5, which is $z_2$, the *third* sentence's vector.

# %% [markdown]
# ## 5. The loss, and posterior collapse
#
# *Lecture: Conditional Sequence Generation; VAE for Sentence Generation; Posterior Collapse.*
#
# The bound is the one of problem set 1, with (1) as its likelihood:
#
# $$\log p_\theta(x) \;\ge\; \mathcal L(x) = \mathbb E_{q_\phi(z \mid x)}\big[\log p_\theta(x \mid z)\big] - \mathrm{KL}\big(q_\phi(z \mid x) \,\|\, p(z)\big) \tag{4}$$
#
# Most systems generate *given* something: a reply to a question, a translation of a sentence. Derive the bound for them.

# %% [markdown]
# ### Derivation 1 · `conditional_elbo`
#
# 25 minutes · graded by hand · lecture: *Conditional Sequence Generation*
#
# A source $c$ is given, the sentence $x$ is to be generated, and $z$ stands for what $c$ leaves open: $p_\theta(x, z \mid c) = p_\theta(z \mid c)\,p_\theta(x \mid z, c)$.
#
# (i) Derive a lower bound of $\log p_\theta(x \mid c)$ with a posterior $q_\phi(z \mid x, c)$. (ii) Show what the gap is. (iii) Write out $\log p_\theta(x \mid z, c)$ word by word, and say what the decoder reads at step $t$ in training and what it
# reads in generation. (iv) From which distribution is $z$ drawn in generation, and when does that go wrong? Is a large KL term proof of it?

# %% [markdown] nbgrader={"grade": true, "grade_id": "conditional_elbo", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Let $q_\phi(z \mid x, c) > 0$ wherever $p_\theta(x, z \mid c) > 0$. By Jensen's inequality, as the logarithm is concave,
#
# $$\begin{aligned}
# \log p_\theta(x \mid c) &= \log \mathbb E_{q_\phi(z \mid x, c)}\!\left[\frac{p_\theta(z \mid c)\,p_\theta(x \mid z, c)}{q_\phi(z \mid x, c)}\right]\\
# &\ge \mathbb E_{q_\phi(z \mid x, c)}\big[\log p_\theta(x \mid z, c)\big] - \mathrm{KL}\big(q_\phi(z \mid x, c) \,\|\, p_\theta(z \mid c)\big) = \mathcal L(x; c).
# \end{aligned}$$
#
# It is (4) with every distribution conditioned on $c$; the prior has become a network too.
#
# (ii) With $p_\theta(x, z \mid c) = p_\theta(z \mid x, c)\,p_\theta(x \mid c)$,
#
# $$\log p_\theta(x \mid c) - \mathcal L(x; c) = \mathbb E_{q_\phi}\!\left[\log \frac{q_\phi(z \mid x, c)\,p_\theta(x \mid c)}{p_\theta(x, z \mid c)}\right] = \mathrm{KL}\big(q_\phi(z \mid x, c) \,\|\, p_\theta(z \mid x, c)\big) \ge 0.$$
#
# (iii) $\log p_\theta(x \mid z, c) = \sum_{t=1}^{n+1} \log p_\theta(x_t \mid x_{<t}, z, c)$ with $x_{n+1} = \texttt{EOS}$. In training the decoder reads the true $x_{<t}$ (teacher forcing); in generation it reads the words that it has produced itself,
# from `BOS` on, until it produces `EOS`.
#
# (iv) From the prior $p_\theta(z \mid c)$, because $q$ needs the sentence that is not there yet. The decoder was trained on $z$ from $q(z \mid c) = \mathbb E_{x \mid c}[q_\phi(z \mid x, c)]$. For a given $c$ the KL, averaged over $x$, is
# $I_q(x; z \mid c) + \mathrm{KL}(q(z \mid c) \,\|\, p_\theta(z \mid c))$. The first part is what $z$ says about $x$ and does no harm. If the second is large, the prior's samples fall where the decoder has seen nothing: good in training, poor in generation.
# A large KL alone does not tell which it is.
#
# **Marking, four parts of equal weight,** one per question. (1) Expectation under $q(z \mid x, c)$, Jensen with the inequality the right way round, and the prior conditioned on $c$; half if the prior is $p(z)$ without saying that this is an assumption.
# (2) The gap as a KL to the true posterior given $x$ *and* $c$, by the product rule. (3) The factorisation with `EOS`, and true against own words. (4) The prior given $c$, and the mismatch between it and the $z$ that the
# decoder was trained on; naming the two parts of the KL is not required.

# %% [markdown]
# ### Exercise 5 · `sentence_vae_loss`
#
# **Objective.** Put the loss together, and know when it is a bound.<br>
# **Lecture.** *VAE for Sentence Generation*; equation (4) with a weight on the KL. Bowman et al. 2016, section 3.1.<br>
# Difficulty ●○○○○ · importance ●●●●○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** Training minimises, the bound is maximised, and the weight changes from step to step. With a weight below 1 the number on the screen is *not* the negative ELBO: it looks better, and must not be reported as the ELBO.
#
# **Predict before you run.** The log-likelihoods of a batch are about −12 nats and the KLs about 3. What is the loss at weight 0, and at weight 1?


# %% nbgrader={"grade": false, "grade_id": "sentence_vae_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sentence_vae_loss(log_likelihood: Tensor, kl: Tensor, kl_weight: float) -> Tensor:
    """What training minimises: the batch mean of -(log-likelihood - weight · KL), in nats per sentence.

    Args:
        log_likelihood: log p(x | z) at one sample of z each, [B].
        kl: KL(q(z | x) || p(z)), [B].
        kl_weight: of the schedule at this step.
    Returns:
        Scalar. Differentiable in log_likelihood and kl.
    """
    ### BEGIN SOLUTION
    return -(log_likelihood - kl_weight * kl).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sentence_vae_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("sentence_vae_loss", sentence_vae_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Write the weighted bound of each sentence, turn its sign, and average over the batch. Words and dimensions have been summed already.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $-\frac1B \sum_{b=1}^B \big(\log p(x_b \mid z_b) - w \cdot \mathrm{KL}_b\big)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# One line: a difference with the weight on the second term, a minus sign, `.mean()`.
#
# </details>

# %% tags=["training", "explore"]
with showing("sentence_vae_loss"):
    torch.manual_seed(1)
    with torch.no_grad():
        terms = vae.terms(collate(held_out))
    weights = torch.linspace(0, 1, 11)
    losses = [sentence_vae_loss(terms.log_likelihood, terms.kl, weight.item()).item() for weight in weights]
    show_curves(
        weights, {"your loss": losses}, markers=True, level=("−ELBO", -terms.elbo.mean().item()),
        xlabel="weight of the KL", ylabel="nats per sentence", title="one model, one batch, eleven losses",
    )  # fmt: skip

# %% [markdown]
# **Expected.** A straight line whose slope is the mean KL; it meets the negative ELBO at weight 1 and nowhere else (the answer above: 12 and 15 nats). **A wrong one** falls (sign of the KL lost), or meets the level elsewhere.
#
# ### Watch it collapse
#
# Four trainings of the same small model on the corpus's short sentences; only the weight of the KL and, in one, the decoder's input differ. (It has GRUs for its LSTMs: they learn faster, and this has to fit into a minute.) *Plain*: weight 1 from the start. *Annealing*: the weight rises from 0 to 1 over half of the training (section 6). *Annealing
# and word dropout*: half of the decoder's input words are hidden, too (section 7). *Weight 0.2*: the KL is cheap for good. All are measured alike: held-out sentences, nothing hidden, the KL at its true price.
#
# **Predict before you run.** Which of the four uses $z$ in the end? Which has the best ELBO?


# %% tags=["training"]
short = load_sentences("embedded", max_words=8)
short_train, short_valid = ([vocabulary.encode(words) for words in part] for part in (short.train, short.valid[:150]))


def train_small(
    steps: int, label: str, network: str = "gru", hidden_dim: int = 64, learning_rate: float = 5e-3, **options
):
    """A fresh small model, trained; the model and how it measured on the way."""
    torch.manual_seed(2)
    model = SentenceVAE(len(vocabulary), embedding_dim=32, hidden_dim=hidden_dim, latent_dim=8, network=network)
    measurements = train_sentence_model(
        model, short_train, steps, learning_rate=learning_rate, held_out=short_valid, every=100, label=label, **options
    )  # fmt: skip
    return model, measurements


STEPS = 800
runs = {
    "plain": {"schedule": constant(1.0)},
    "annealing": {"schedule": linear(STEPS // 2)},
    "annealing and word dropout": {"schedule": linear(STEPS // 2), "word_dropout": 0.5},
    "weight 0.2": {"schedule": constant(0.2)},
}
small, history = {}, {}
for label, options in runs.items():
    small[label], history[label] = train_small(STEPS, label, bleu=True, **options)
    last = history[label][-1].held_out
    print(
        f"{label:28s} ELBO {last.elbo:7.2f} = -(NLL {last.nll:5.2f} + KL {last.kl:4.2f})   active units {last.active_units} of 8"
    )

# %% tags=["training", "explore"]
panels = {
    "KL, nats": {label: [m.held_out.kl for m in measurements] for label, measurements in history.items()},
    "active units, of 8": {
        label: [m.held_out.active_units for m in measurements] for label, measurements in history.items()
    },
    "BLEU of reconstructions": {label: [m.bleu for m in measurements] for label, measurements in history.items()},
}
show_training(
    [measured.step for measured in history["plain"]], panels,
    caption="Four trainings of one model, measured alike on held-out sentences.",
)  # fmt: skip

# %% tags=["training", "explore"]
some = short_valid[:4]
show_table(
    "What is left of a sentence after it has gone through z", ("sentence", *small),
    [(vocabulary.decode(s), *(vocabulary.decode(r) for r in back))
     for s, *back in zip(some, *(reconstruct(model, some) for model in small.values()), strict=True)],
)  # fmt: skip

# %% [markdown]
# **Expected.** The plain model's KL is 0 from the start; no unit is active, and every sentence is reconstructed as the same one, a likely sentence of the corpus. It has become a good language model without a
# latent variable, and its ELBO is among the *best*. Annealing lets the KL rise while it is cheap; as its price approaches 1 the model sells it again. With word dropout it keeps one or two nats, at weight 0.2 a handful, and
# reconstructions begin to share a word or a tense with the sentence. Both pay for it in ELBO. (BLEUs this small are noisy; two nats of $z$ cannot hold a sentence worth twelve.)
#
# How does this look on larger models, on real text, and over several seeds? `docs/results_sentence_vae.md`, a page of the book, holds the tables, and says what did not turn out as published.

# %% [markdown]
# ### A Transformer at both ends
#
# Nothing in (1), (2) and (4) asks for recurrence. `SentenceVAE(..., network="transformer")` replaces the two networks and keeps the rest: the posterior, the likelihood, the loss, word dropout, and decoding word by word (Vaswani et al. 2017).
#
# - *Encoder.* Self-attention: every word looks at every real word of the sentence, and none at the padding. $h$ is still the state at the last real token; it has looked at them all.
# - *Decoder.* Causal attention: position $t$ looks at itself and at the positions before it, never at those after it, or it would see the word that it is to predict. $z$ comes in twice: joined to the input of every step as in (3), and as the *memory*, four vectors made from $z$ by a
#   matrix, which every layer attends to.
#
# Attention by itself knows no order, so sines and cosines of the position are added to the words at both ends. In training there is no state to hand from step to step, and all positions are computed at once.
#
# The fourth training again with Transformers of about as many weights, at a weight of 0.2. (Of the learning rates tried, 0.003 suits them best.) **Predict before you run.** After as many steps, do they use $z$ more than the GRUs did, or less? And what does a step cost? The progress bars tell.

# %% tags=["training"]
transformer, transformer_history = train_small(
    400, "Transformer, weight 0.2", network="transformer", hidden_dim=32, learning_rate=3e-3, schedule=constant(0.2)
)
gru_history = history["weight 0.2"]
for label, model, measured in (
    ("GRU", small["weight 0.2"], gru_history[3]),
    ("GRU", small["weight 0.2"], gru_history[-1]),
    ("Transformer", transformer, transformer_history[-1]),
):
    last, weights = measured.held_out, sum(weight.numel() for weight in model.parameters())
    print(
        f"{label:11s} {weights:,} weights, {measured.step} steps   NLL {last.nll:5.2f}   KL {last.kl:4.2f}   active units {last.active_units} of 8   "
        f"NLL + 0.2 KL {last.nll + 0.2 * last.kl:5.2f}   ELBO {last.elbo:6.2f}"
    )  # fmt: skip

# %% tags=["training", "explore"]
both = {"GRU": gru_history[:4], "Transformer": transformer_history}
panels = {
    "NLL, nats": {label: [m.held_out.nll for m in measurements] for label, measurements in both.items()},
    "KL, nats": {label: [m.held_out.kl for m in measurements] for label, measurements in both.items()},
    "active units, of 8": {
        label: [m.held_out.active_units for m in measurements] for label, measurements in both.items()
    },
}
show_training(
    [measured.step for measured in transformer_history], panels,
    caption="The same training with GRUs and with Transformers, measured alike on held-out sentences.",
)  # fmt: skip

# %% [markdown]
# **Expected.** Less (ranges over three seeds of the weights): after 400 steps a KL of 1.7 to 2.1 nats and an NLL of 11.4 to 11.5, with 5 to 8 active units; the GRUs have 3.5 to 4.5 nats, 10.4 to 10.9, and all 8 units. By what both minimise, NLL + 0.2 KL, the GRUs are the better model here: 11.2 to 11.6 against 11.8 to 11.9
# after as many steps, and 9.8 to 10.7 in as much time, since a step of the Transformer takes 1.6 to 2 times as long. The Transformer's ELBO is higher, −13.2 to −13.6 against −14.2 to −14.8, because it spends less on $z$, not because it writes better. At weight 1 it collapses just as they do, in all three
# runs: a KL of 0.00, and an ELBO of −12.6 to −12.8. LSTMs in the GRUs' place are behind the Transformer after as many steps (12.3 to 12.8), and ahead of it in as much time (10.7 to 11.4).
#
# This ranks them on short sentences and in few steps, nothing else. Transformers are used for long texts and much data, on GPUs that compute all positions at once; none of that is measured here.

# %% [markdown]
# ### Derivation 2 · `why_collapse`
#
# 30 minutes · graded by hand · lecture: *Posterior Collapse*
#
# (i) Let $p_{\mathcal D}(x)$ be the data and $q(z) = \mathbb E_{p_{\mathcal D}}[q_\phi(z \mid x)]$. Show that the average KL of (4) is $I_q(x; z) + \mathrm{KL}(q(z) \,\|\, p(z))$, and conclude what a KL of 0 says about $x$ and $z$.
# (ii) Suppose that the decoder can represent $p_{\mathcal D}$ without $z$. Show that a collapsed model attains the largest possible average ELBO, and find what any other model must satisfy to attain it, too. (iii) The collapsed model is only one of several optima by (ii). Why does training from random weights end
# there, and why did the VAE of problem set 1 not collapse at β = 1? (iv) For annealing and for word dropout: which step of this argument does each attack, and what does it cost?

# %% [markdown] nbgrader={"grade": true, "grade_id": "why_collapse", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Insert $q(z)$ into the fraction:
#
# $$\mathbb E_{p_{\mathcal D}} \mathrm{KL}(q(z \mid x) \,\|\, p(z)) = \mathbb E_{p_{\mathcal D}} \mathbb E_{q(z \mid x)}\!\left[\log \frac{q(z \mid x)}{q(z)} + \log \frac{q(z)}{p(z)}\right] = I_q(x; z) + \mathrm{KL}(q(z) \,\|\, p(z)).$$
#
# Both terms are non-negative. If the KL is 0, so is the mutual information: $x$ and $z$ are independent under $q$, and $z$ carries nothing.
#
# (ii) For every model, $\mathbb E_{p_{\mathcal D}}[\mathcal L(x)] \le \mathbb E_{p_{\mathcal D}}[\log p_\theta(x)] \le \mathbb E_{p_{\mathcal D}}[\log p_{\mathcal D}(x)] = -H(p_{\mathcal D})$: the bound first, then Gibbs' inequality. With $p_\theta(x \mid z) = p_{\mathcal D}(x)$ for all $z$ and
# $q(z \mid x) = p(z)$ the ELBO is $\log p_{\mathcal D}(x) - 0$, and both inequalities are equalities. Another model attains the maximum if and only if both hold with equality: its marginal $p_\theta(x)$ is $p_{\mathcal D}(x)$, and $q_\phi(z \mid x) = p_\theta(z \mid x)$ exactly, a Gaussian
# that is the true posterior for every $x$. If the posterior is not of $q$'s family, using $z$ costs the gap.
#
# (iii) At the start $z$ is noise to the decoder, for $q$ says nothing about $x$. The decoder improves fastest by the words before, and learns to ignore $z$. Then the likelihood has no gradient in $q$, while the KL has: it draws $q$ to the prior, which makes $z$ the noise that the decoder takes it
# for. The two confirm each other. The decoder of problem set 1 treats the pixels as independent given $z$: without $z$ it cannot represent any dependence between pixels, so the premise of (ii) fails, and $z$ buys more nats than it costs.
#
# (iv) Annealing attacks (iii): while the weight is near 0 there is no pull to the prior, and the encoder can make $z$ useful before it is charged. It does not change the optimum, so a model may fall back when the weight reaches 1; meanwhile the loss is no bound, and the schedule is one more thing to tune.
# Word dropout attacks the premise of (ii): a decoder that does not see the words before cannot predict from them, and needs $z$. It costs likelihood, for the decoder is trained on mutilated input, and at evaluation it sees the whole.
#
# **Marking, four parts of equal weight,** one per question. (1) The decomposition by inserting $q(z)$, and independence. (2) The chain of two inequalities, and that collapse attains both; the condition $q = p_\theta(z \mid x)$; half for "the decoder needs no $z$" without a bound. (3) The vicious circle of decoder and
# encoder, and the independent pixels. (4) One step and one price for each of the two cures.

# %% [markdown]
# (The decomposition in (i) is from Hoffman & Johnson 2016; on the training dynamics in (iii) see He et al. 2019.)

# %% [markdown]
# ## 6. Annealing
#
# *Lecture: Posterior Collapse.*
#
# Start with a weight of 0, an auto-encoder, and raise it to 1. Three schedules are in use; $i$ is the number of gradient steps taken so far.
#
# $$w_{\text{linear}}(i) = \min(1, i / W), \qquad w_{\text{logistic}}(i) = \frac{1}{1 + e^{-k (i - x_0)}}, \qquad
# w_{\text{cyclical}}(i) = \min(1, \tau / R), \quad \tau = \frac{i \bmod (T/M)}{T/M} \tag{5}$$
#
# The cyclical one starts anew $M$ times in $T$ steps: a code that was made useful in one cycle is where the next begins (Fu et al. 2019).
# (The paper counts steps from 1 and rounds $T/M$ up.) In (5), $T$ is the number of training steps and $M$ the number of cycles, as in the paper; elsewhere they are positions and latent dimensions.

# %% [markdown]
# ### Exercise 6 · `linear_annealing`
#
# **Objective.** Rise evenly, and stop at 1.<br>
# **Lecture.** *Posterior Collapse*; equation (5). Bowman et al. 2016, section 3.1.<br>
# Difficulty ●○○○○ · importance ●●●○○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** A weight that goes on growing beyond 1 punishes $z$ harder than the bound does, long after you have stopped looking at it.
#
# **Predict before you run.** The warm-up takes 1,000 steps of 2,000. What is the average weight over the training?


# %% nbgrader={"grade": false, "grade_id": "linear_annealing", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_annealing(step: int, warmup: int) -> float:
    """The weight of the KL: it rises evenly from 0 at step 0 to 1 at step `warmup`, and stays there.

    Args:
        step: gradient steps taken so far.
        warmup: W, steps until the weight is 1, at least 1.
    Returns:
        The weight, in [0, 1].
    """
    ### BEGIN SOLUTION
    return min(1.0, step / warmup)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_linear_annealing", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("linear_annealing", linear_annealing)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The share of the warm-up that is over, but never more than 1.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (5), the first.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `min` of two numbers. Divide with `/`: `//` rounds down.
#
# </details>

# %% [markdown]
# ### Exercise 7 · `logistic_annealing`
#
# **Objective.** Compute a sigmoid far from its middle.<br>
# **Lecture.** *Posterior Collapse*; equation (5). Bowman et al. 2016, figure 2.<br>
# Difficulty ●●○○○ · importance ●●○○○ · 10 minutes · check: 0.1 s of CPU
#
# **Why.** The formula divides by a number that may be larger than any float. `math.exp` raises an error for it, in the first step of a training with a late middle; the other form, $e^u/(1 + e^u)$ with $u = k(i - x_0)$, does so in the last.
#
# **Predict before you run.** At which exponent does `math.exp` give up: about 88, about 300, or about 710?


# %% nbgrader={"grade": false, "grade_id": "logistic_annealing", "locked": false, "schema_version": 3, "solution": true, "task": false}
def logistic_annealing(step: int, k: float, x0: float) -> float:
    """The weight of the KL: 1 / (1 + exp(-k (step - x0))), whatever the exponent.

    Args:
        step: gradient steps taken so far.
        k: steepness, positive.
        x0: the step at which the weight is ½.
    Returns:
        The weight, in [0, 1].
    """
    ### BEGIN SOLUTION
    return 0.5 * (1 + math.tanh(0.5 * k * (step - x0)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_logistic_annealing", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("logistic_annealing", logistic_annealing)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# An exponential of a *negative* number never overflows. Find a form of the function whose exponent is negative, for either sign of $k(i - x_0)$; or a function that has solved the problem for you.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# With $u = k(i - x_0)$: $\frac{1}{1 + e^{-u}} = \frac{e^u}{1 + e^u} = \frac12\big(1 + \tanh \frac u2\big)$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# An `if` on the sign of `u` with the two fractions; or `math.tanh(u / 2)`; or `torch.sigmoid(torch.tensor(u)).item()`.
#
# </details>

# %% [markdown]
# ### Exercise 8 · `cyclical_annealing`
#
# **Objective.** Start the warm-up again and again.<br>
# **Lecture.** *Posterior Collapse*; equation (5). Fu et al. 2019, equations 6 and 7.<br>
# Difficulty ●●○○○ · importance ●●●○○ · 15 minutes · check: 0.1 s of CPU
#
# **Why.** Two numbers, both called "ratio" somewhere, and a cycle whose length need not be whole. A schedule that is off by a few steps works a little worse and is never found out, unless you draw it.
#
# **Predict before you run.** In $T = 2000$ steps with $M = 4$ and $R = 0.5$: what are the weights at the steps 125, 250, 499 and 500?


# %% nbgrader={"grade": false, "grade_id": "cyclical_annealing", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cyclical_annealing(step: int, total_steps: int, num_cycles: int, ratio: float) -> float:
    """The weight of the KL in repeated warm-ups: min(1, τ/R), where τ in [0, 1) is how far the cycle has come.

    Args:
        step: gradient steps taken so far, from 0; where training goes on after step T, so do the cycles.
        total_steps: T, of the whole training.
        num_cycles: M; a cycle takes T/M steps, which need not be a whole number.
        ratio: R, the share of a cycle in which the weight rises, in (0, 1].
    Returns:
        The weight, in [0, 1].
    """
    ### BEGIN SOLUTION
    tau = (step * num_cycles % total_steps) / total_steps  # (step mod T/M) / (T/M), without rounding
    return min(1.0, tau / ratio)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_cyclical_annealing", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("cyclical_annealing", cyclical_annealing)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# First: how long is a cycle, and how far has the current one come, between 0 and 1? Then the linear schedule on that number.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (5), the third. τ is 0 at each cycle's first step; the weight reaches 1 when τ = R, and waits there.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `period = total_steps / num_cycles`, and `step % period` works for a period that is not whole (but for rounding at a cycle's first step; `step * num_cycles % total_steps` is exact). Divide by `period`, then by `ratio`, and take the minimum with 1.
#
# </details>

# %% tags=["explore"]
with showing("linear_annealing", "logistic_annealing", "cyclical_annealing"):
    steps = list(range(2000))
    show_curves(
        steps,
        {
            "linear, W = 1000": [linear_annealing(step, 1000) for step in steps],
            "logistic, k = 0.01, x₀ = 500": [logistic_annealing(step, 0.01, 500) for step in steps],
            "cyclical, M = 4, R = 0.5": [cyclical_annealing(step, 2000, 4, 0.5) for step in steps],
        },
        xlabel="gradient step", ylabel="weight of the KL", title="your three schedules",
    )  # fmt: skip

# %% [markdown]
# **Expected.** A ramp, an S, and four teeth with flat tops. The weights at 125, 250, 499 and 500 are 0.5, 1, 1 and 0. **A wrong one** overshoots 1, has slanting tops (R left out), or teeth that do not start at 500, 1000 and 1500.
#
# `math.exp` gives up at about 710: $e^{709.8}$ is the largest float64. (88 is the limit of float32.)
#
# Drag the knees of the curves, or move the sliders. **Predict first:** which control changes the average weight of which schedule?

# %% tags=["explore"]
annealing_schedules()

# %% [markdown]
# The number of cycles does not change the average, only how often the model gets another chance. A linear warm-up of half the training has an average weight of 0.75. Whether cycles beat a single warm-up depends on model and data; at the size
# of this notebook the answer changes with the seed, so it is not shown as if it were a result.

# %% [markdown]
# ## 7. Word dropout
#
# *Lecture: Posterior Collapse.*
#
# Take away what makes the decoder so strong. In training each ordinary word of its *input* is replaced by `UNK` with probability $r$; its *targets* stay whole. At $r = 1$ it sees only how long the sentence already is.

# %% [markdown]
# ### Exercise 9 · `word_dropout`
#
# **Objective.** Hide words independently, and nothing but words.<br>
# **Lecture.** *Posterior Collapse*. Bowman et al. 2016, section 3.1.<br>
# Difficulty ●●●○○ · importance ●●●●○ · 15 minutes · check: 0.5 s of CPU
#
# **Why.** Four things go wrong in public code: the words are hidden at evaluation, too; `BOS` and `EOS` are hidden; one random number serves a whole row or a whole batch; and the *caller's* tokens are changed, so that the targets become `UNK` as well.
#
# **Predict before you run.** A sentence of nine words and a rate of 0.5: how many sentences in a thousand keep all of their words?


# %% nbgrader={"grade": false, "grade_id": "word_dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def word_dropout(tokens: Tensor, rate: float, training: bool = True) -> Tensor:
    """Hide ordinary words from the decoder's input, each independently.

    Args:
        tokens: the decoder's input, [B, T]; left as it is.
        rate: probability of becoming UNK, in [0, 1]; PAD, BOS and EOS always stay.
        training: at evaluation every word stays.
    Returns:
        [B, T].
    """
    ### BEGIN SOLUTION
    if not training:
        return tokens
    ordinary = (tokens != PAD) & (tokens != BOS) & (tokens != EOS)
    hidden = torch.rand(tokens.shape, device=tokens.device) < rate
    return tokens.masked_fill(ordinary & hidden, UNK)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_word_dropout", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("word_dropout", word_dropout)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two masks of shape `[B, T]`: which tokens *may* be hidden, and which the dice have chosen. Both must hold.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\tilde x_{bt} = \texttt{UNK}$ if $u_{bt} < r$ and $x_{bt}$ is ordinary, else $x_{bt}$; $u_{bt}$ uniform on $[0, 1)$, independent for every $b$ and $t$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.rand(tokens.shape) < rate` on the tokens' device; `tokens.masked_fill(mask, UNK)` and `torch.where` return new tensors, an assignment `tokens[mask] = UNK` does not. `rand` never returns 1, so `<` hides all at rate 1 and none at rate 0.
#
# </details>

# %% tags=["training", "explore"]
with showing("word_dropout"):
    torch.manual_seed(3)
    tokens = collate(
        [vocabulary.encode(tokenize("the old doctors did not enjoy the film last week because it was boring ."))]
    )
    show_table(
        "What the decoder sees", ("rate", "input"),
        [(f"{rate:.2f}", vocabulary.decode(word_dropout(tokens, rate)[0])) for rate in (0.0, 0.25, 0.5, 0.75, 1.0)],
    )  # fmt: skip

# %% [markdown]
# Two sentences in a thousand keep all nine ($0.5^9$). The full stop is an ordinary word, too.
#
# **Predict before you run.** The small model of section 5 again, at weight 1 from the start, with four rates. Which way do KL and ELBO go?

# %% tags=["training"]
rates = [0.0, 0.3, 0.6, 0.9]
by_rate = {0.0: history["plain"][5].held_out}  # the plain training of section 5, after its first 600 steps
for rate in rates[1:]:
    _, measurements = train_small(600, f"rate {rate}", word_dropout=rate)
    by_rate[rate] = measurements[-1].held_out
for rate, last in by_rate.items():
    print(f"rate {rate:.2f}   KL {last.kl:5.2f}   NLL {last.nll:6.2f}   ELBO {last.elbo:7.2f}")

# %% tags=["training", "explore"]
show_training(
    rates,
    {"KL, nats": {"held out": [by_rate[rate].kl for rate in rates]}, "−ELBO, nats": {"held out": [-by_rate[rate].elbo for rate in rates]}},
    xlabel="word-dropout rate",
    caption="Trained with some of the decoder's words hidden, measured with all of them in sight.",
)  # fmt: skip

# %% [markdown]
# **Expected.** More words hidden, more nats through $z$, and a worse bound when all words are in sight again, which is how it is measured: the decoder was trained for another task. At low rates this model prefers to guess.
#
# What is $z$ worth? Type a sentence, hide its words (press one, or raise the rate), and compare what each word costs *without* $z$, to a collapsed model, and *with* it, to the sentence VAE. Both were trained with word dropout 0.4. **Predict first:** which one is cheaper in total when nothing is hidden,
# and from which rate on does it change?

# %% tags=["training", "explore"]
hidden_words(vae, load_trained("language_model").model, vocabulary)

# %% [markdown]
# $z$ saves most where the words before do not help: at the tense (“did”), the thing, the subject, the adjectives, the time; little at the verb, for which this model often says a neighbour (“criticise” for “enjoy”); nothing at words that grammar dictates. But $z$ has its price, and with every
# word in sight the sum is *higher* than without $z$ (about 24 nats against 20): that is why a model collapses. At a rate of 0.4 the two are even; beyond it, $z$ is the cheaper way to say what the hidden words said.

# %% [markdown]
# ## 8. Active units
#
# *Lecture: Posterior Collapse.*
#
# The KL is one number for all dimensions. Which of them are in use? One that is collapsed has the same posterior mean for every sentence, so look at how the mean varies over the data (Burda et al. 2016):
#
# $$A_m = \operatorname{Var}_{x}\big(\mathbb E_{q_\phi(z \mid x)}[z_m]\big), \qquad m \text{ is active if } A_m > 0.01 \tag{6}$$

# %% [markdown]
# ### Exercise 10 · `active_units`
#
# **Objective.** Count the dimensions that say something.<br>
# **Lecture.** *Posterior Collapse*; equation (6). Burda et al. 2016, section 5.2.<br>
# Difficulty ●○○○○ · importance ●●●○○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** A model with a KL of 8 nats may use eight dimensions or one. The count tells partial collapse from none, and it needs the posterior *means* alone: the variance of *samples* is near 1 for every dimension, collapsed or not.
#
# **Predict before you run.** A collapsed dimension has $\mu_m = 0.3$ for every sentence. Is it active?


# %% nbgrader={"grade": false, "grade_id": "active_units", "locked": false, "schema_version": 3, "solution": true, "task": false}
def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """How many latent dimensions have a posterior mean that varies over the data.

    Args:
        mu: the posterior means of a data set, [N, M].
        threshold: the variance above which a dimension counts.
    Returns:
        A whole number from 0 to M.
    """
    ### BEGIN SOLUTION
    return int((mu.var(dim=0, correction=0) > threshold).sum())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_active_units", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("active_units", active_units)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# One variance for each column: over the sentences, not over the dimensions.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $\#\{m : \operatorname{Var}_n(\mu_{nm}) > \text{threshold}\}$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `mu.var(dim=0)` is `[M]`; compare, count with `.sum()`, and make it an `int`.
#
# </details>

# %% tags=["training", "explore"]
with showing("active_units"):
    means = {
        "sentence VAE": codes_of(vae, held_out),
        **{label: codes_of(model, short_valid) for label, model in small.items()},
    }
    for label, mu in means.items():
        print(f"{label:28s} {active_units(mu):2d} of {mu.shape[1]} units are active")
    show_curves(
        list(range(1, 17)),
        {label: F.pad(means[label].var(dim=0).sort(descending=True).values, (0, 16 - means[label].shape[1]), value=math.nan)
         for label in ("sentence VAE", "annealing and word dropout", "plain")},
        markers=True, yscale="log", level=("threshold", 0.01), xlabel="latent dimension, by rank", ylabel="variance of the mean", title="which dimensions are in use?",
    )  # fmt: skip

# %% [markdown]
# **Expected.** Most dimensions of the sentence VAE far above the line, all of the plain model's far below. What lies close to the line carries next to nothing either way; the threshold is a convention. A constant 0.3 does not vary, so it is not active. **A wrong one** counts all dimensions
# (variance of samples, or mean of squares), or sentences in place of dimensions.

# %% [markdown]
# ## 9. Decoding
#
# *Lecture: Conditional Sequence Generation.*
#
# From $z$ to a sentence: ask for the next word, append it, ask again. *Greedy* takes the most probable word, *sampling* draws one, *beam search* keeps several beginnings. The decoder is given to you as a function `step_fn(prefix, z)`, which returns the logits of the word after the prefix.
#
# The sentence VAE of the examples was trained with annealing to a final weight of 0.3 and word dropout 0.4. It spends 15 nats on $z$, and its ELBO is −19.4 nats, 4 below that of the collapsed model: the price of a latent space that can be used.

# %% [markdown]
# ### Exercise 11 · `greedy_decode`
#
# **Objective.** Write a loop over time for a whole batch, in which every sentence ends when it wants to.<br>
# **Lecture.** *Conditional Sequence Generation*.<br>
# Difficulty ●●●○○ · importance ●●●●● · 25 minutes · check: 0.2 s of CPU
#
# **Why.** In a batch some sentences end early, and the loop goes on for the others. A sentence must not be continued after its `EOS`: what the decoder says there is noise, and it finds its way into every BLEU that you compute.
#
# **Predict before you run.** Is the sentence of the most probable *words* the most probable *sentence*?


# %% nbgrader={"grade": false, "grade_id": "greedy_decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def greedy_decode(step_fn: Callable[[Tensor, Tensor], Tensor], z: Tensor, max_length: int) -> Tensor:
    """The most probable next word, again and again, from BOS until EOS.

    Args:
        step_fn: step_fn(prefix [B, t], z [B, M]) -> logits [B, V] of the token after the prefix, which begins with BOS.
        z: one latent vector per sentence, [B, M].
        max_length: how many tokens a sentence may have, EOS included.
    Returns:
        The tokens after BOS, [B, L] with L ≤ max_length: words, EOS, then PAD.
    """
    ### BEGIN SOLUTION
    tokens = torch.full((len(z), 1), BOS, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(tokens, z).argmax(-1).masked_fill(ended, PAD)  # [B]
        tokens = torch.cat([tokens, best.unsqueeze(1)], dim=1)
        ended = ended | (best == EOS)
        if ended.all():
            break
    return tokens[:, 1:]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_greedy_decode", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("greedy_decode", greedy_decode)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Keep the prefix of the whole batch, and one boolean per sentence: has it ended? A sentence that has ended gets `PAD`, whatever the decoder says.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $x_t = \arg\max_v \text{logits}_v(x_{<t}, z)$ until $x_t = \texttt{EOS}$; $x_t = \texttt{PAD}$ after it. `EOS` itself is part of the sentence.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# Start with `torch.full((B, 1), BOS)`. In the loop: `step_fn(tokens, z).argmax(-1)`, replace it where `ended` with `torch.where`, append with `torch.cat([tokens, best.unsqueeze(1)], dim=1)`, *then* update `ended`. Stop when all have ended. Drop `BOS` at the end.
#
# </details>

# %% tags=["training", "explore"]
with showing("greedy_decode"):
    torch.manual_seed(4)
    z = torch.randn(8, vae.sizes.latent_dim)  # the prior
    with torch.no_grad():
        yours = [vocabulary.decode(row) for row in greedy_decode(vae.step, z, 25)]
    drawn = [vocabulary.decode(row) for row in sample(vae.step, z, 25, temperature=0.7)]
    show_table(
        "Sentences from the prior",
        ("your greedy_decode", "words drawn at temperature 0.7"),
        list(zip(yours, drawn, strict=True)),
    )
    print("yours equal the library's:", yours == [vocabulary.decode(row) for row in greedy(vae.step, z, 25)])

# %% [markdown]
# **Expected.** Eight sentences of eight kinds, that the corpus might hold but most likely does not. **A wrong one** goes on after the full stop, has lost its first word, or is the same sentence eight times.
#
# Not in general: a likely first word may lead to unlikely ones. `latentkit.decoding.beam` searches further.
#
# The collapsed model of section 5 writes as well. **Predict first:** what does *it* say at eight draws of $z$?

# %% tags=["training", "explore"]
torch.manual_seed(5)
z = torch.randn(8, 8)
show_table(
    "Greedy sentences from the prior of three small models", ("plain", "annealing and word dropout", "weight 0.2"),
    list(zip(*([vocabulary.decode(row) for row in greedy(small[label].step, z, 20)] for label in ("plain", "annealing and word dropout", "weight 0.2")), strict=True)),
)  # fmt: skip

# %% [markdown]
# The plain model has one sentence for every $z$; all its variety comes from drawing words. With $z$ in use, each draw has something of its own to say.

# %% [markdown]
# ## 10. Between two sentences
#
# *Lecture: Sentence Interpolation.*
#
# If the space has no holes, any way from one sentence to another is paved with sentences. Bowman et al. call it a *homotopy*.

# %% [markdown]
# ### Exercise 12 · `interpolate`
#
# **Objective.** Space points evenly on a line.<br>
# **Lecture.** *Sentence Interpolation*. Bowman et al. 2016.<br>
# Difficulty ●○○○○ · importance ●●○○○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** Fence posts: `num` points make `num - 1` gaps. The picture looks right without its last post, and shows no end sentence.
#
# **Predict before you run.** Two draws from $\mathcal N(0, I)$ in 16 dimensions are about 4 away from the origin. How far away is the point halfway between them?


# %% nbgrader={"grade": false, "grade_id": "interpolate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def interpolate(z_start: Tensor, z_end: Tensor, num: int) -> Tensor:
    """Evenly spaced points on the line from one latent vector to another, both ends included.

    Args:
        z_start, z_end: the ends, [M].
        num: how many points, at least 2.
    Returns:
        [num, M]. Differentiable in z_start and z_end.
    """
    ### BEGIN SOLUTION
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device).unsqueeze(1)  # [num, 1]
    return (1 - share) * z_start + share * z_end
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_interpolate", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("interpolate", interpolate)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# A share that runs from 0 to 1 in `num` values; each point is a weighted mean of the two ends.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $z_i = (1 - \alpha_i)\,z_{\text{start}} + \alpha_i\,z_{\text{end}}$ with $\alpha_i = i / (\text{num} - 1)$, $i = 0, \dots, \text{num} - 1$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `torch.linspace(0, 1, num)` includes both ends; give it the dtype and the device of `z_start`, and make it a column with `.unsqueeze(1)`, so that it meets the `[M]` of the ends.
#
# </details>

# %% tags=["training", "explore"]
with showing("interpolate"):
    first, second = "my sister did not enjoy the film yesterday .", "the old teachers will praise the garden ."
    ends = {}
    for label, model in {"sentence VAE": vae, "auto-encoder": autoencoder}.items():
        z_start, z_end = codes_of(model, [vocabulary.encode(tokenize(text)) for text in (first, second)])
        ends[label] = [vocabulary.decode(row) for row in greedy(model.step, interpolate(z_start, z_end, 9), 25)]
    show_table(
        "From one sentence to the other in eight equal steps", tuple(ends), list(zip(*ends.values(), strict=True))
    )

# %% [markdown]
# **Expected.** The rows begin near the first sentence and end near the second, and what changes does not change all at once. **A wrong one** never arrives (end not included), or stays where it is.
#
# The auto-encoder's line is well-formed here too: a line between two codes of this small corpus mostly stays where codes are. The difference shows off such lines: in the box of section 1, and at draws from $\mathcal N(0, I)$, where the auto-encoder, whose codes reach much
# farther out, says nearly the same again and again.
#
# The halfway point is about $4 / \sqrt 2 \approx 2.8$ from the origin, closer than 95 % of the prior's draws; the decoder copes.
#
# Now two sentences of your own: type them, and drag the dotted line from one to the other. A word with a line under it stands in that one of the two sentences alone. Words that the model has never seen become `UNK`, and you are told; “love”, “hate”, “hotel”, “tomorrow”, “because it was …” are known.

# %% tags=["training", "explore"]
sentence_homotopy(vae, vocabulary)

# %% [markdown]
# Each sentence is probable near its own end only, and in the middle neither is: there the decoder says a third thing, made of both.
#
# ## What to take along
#
# - A sentence's likelihood is a sum over its words and `EOS`; position $t$ predicts token $t + 1$; padding never counts.
# - Collapse need not be a failure of optimisation: if the decoder needs no $z$, ignoring it attains the best ELBO. Training from random weights tends to end there even where other optima exist. Look at KL, active units and reconstructions, never at the loss alone.
# - Annealing gives $z$ a head start, word dropout makes it necessary, a low weight makes it cheap. Each has a price in nats.
# - Whatever the training does, measure with every word in sight and the KL at weight 1.
#
# ## References
#
# - S. R. Bowman, L. Vilnis, O. Vinyals, A. M. Dai, R. Jozefowicz, S. Bengio. Generating sentences from a continuous space. CoNLL 2016. [arXiv:1511.06349](https://arxiv.org/abs/1511.06349)
# - Y. Burda, R. Grosse, R. Salakhutdinov. Importance weighted autoencoders. ICLR 2016. [arXiv:1509.00519](https://arxiv.org/abs/1509.00519)
# - H. Fu, C. Li, X. Liu, J. Gao, A. Celikyilmaz, L. Carin. Cyclical annealing schedule: a simple approach to mitigating KL vanishing. NAACL 2019. [arXiv:1903.10145](https://arxiv.org/abs/1903.10145)
# - J. He, D. Spokoyny, G. Neubig, T. Berg-Kirkpatrick. Lagging inference networks and posterior collapse in variational autoencoders. ICLR 2019. [arXiv:1901.05534](https://arxiv.org/abs/1901.05534)
# - M. D. Hoffman, M. J. Johnson. ELBO surgery: yet another way to carve up the variational evidence lower bound. NIPS workshop 2016.
# - A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser, I. Polosukhin. Attention is all you need. NIPS 2017. [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)
