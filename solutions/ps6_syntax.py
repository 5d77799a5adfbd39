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
# # Problem set 6, part two: syntax and semantics in two vectors
#
# "The teacher has praised the film" and "it is the film that the teacher has praised" say one thing in two ways. A sentence VAE has one vector for both. Here it gets two, $z_{\text{sem}}$ for what is said and $z_{\text{syn}}$ for how, so that one can be kept while the other changes: one sentence, said in the syntax of another.
# Nothing in a likelihood asks for that division; tasks and adversaries do. By the end you can
#
# - write a syntax tree as a sequence that a decoder can tell, and read the tree back;
# - derive the bound with two latent vectors, and say why nothing in it parts the two;
# - make a vector tell the words of a sentence without their order, and say what of a meaning that leaves out;
# - train a code against an adversary with one backward pass, and say what an adversary at its optimum measures;
# - bound from below, in nats, what a code tells of a label, and say why a bound of 0 proves nothing;
# - exchange the syntax of sentences.
#
# **How it works.** Each exercise asks for one function of at most 15 lines. Write it in place of the `raise`, run the
# cell, then run the `check` below it: it tells you what was tried, what was expected and, if it knows your mistake,
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another; in section 8 your functions together train a model, and sections 9 and 10 measure it. Two derivations are graded by hand. Plan three hours.
#
# **Conventions.** Logs are natural, so everything is in *nats*. `B` sentences in a batch, `T` positions, `V` words, `N` nodes of a tree, `L` tokens of its sequence, `C` classes, `M` dimensions of $z_{\text{sem}}$, `K` of $z_{\text{syn}}$.
# `PAD`, `BOS`, `EOS` and `UNK` are the numbers 0 to 3. Functions leave their inputs unchanged. Where a docstring says *differentiable*, the check compares gradients too.
#
# | symbol | variable | | symbol | variable |
# |---|---|---|---|---|
# | $x$, a sentence | `tokens` | | $\ell$, logits of its words, or of the classes | `logits` |
# | a tree: label and parent of each node | `labels`, `parents` | | $y$, what an adversary is to tell | `labels` |
# | its sequence; what ends a node's children | `tokens`, `close` | | $z$, a code that it reads; $w$, how strongly the encoder resists | `codes`, `weight` |
# | labels below it are of nodes without children | `leaves` | | whose syntax a sentence takes | `donors` |
# | $z_{\text{sem}} \sim \mathcal N(0, I)$, what is said | `z_semantic` | | $z_{\text{syn}} \sim \mathcal N(0, I)$, how it is said | `z_syntactic` |

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

complete("ps6_syntax", KIT_URL)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
import random
from collections import Counter
from dataclasses import replace
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentkit.check import check, showing
from latentkit.data.construction_grammar import (
    ADVERBS,
    CONSTRUCTIONS,
    FUNCTION_WORDS,
    OF_PEOPLE,
    OF_THINGS,
    PEOPLE,
    SYNTAXES,
    TENSES,
    THINGS,
    VERBS,
    Meaning,
    draw,
    generate,
    parse,
    realise,
)
from latentkit.data.grammar import brackets
from latentkit.data.parses import ParseTokens
from latentkit.data.sentences import load_sentences
from latentkit.data.text import Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.evaluation.syntax_semantics import evaluate_exchange, probe
from latentkit.explore import two_donors
from latentkit.explore.figure import canvas, show, show_table
from latentkit.explore.pictures import show_training
from latentkit.models import SyntaxSemanticsVAE
from latentkit.trained import load_trained
from latentkit.training.syntax_semantics import Losses, train_syntax_semantics

torch.set_num_threads(1)  # networks as small as these only lose time to more threads
_ = torch.manual_seed(0)

# %% [markdown]
# ## 1. One meaning, many ways
#
# *Lecture: Learning syntax-semantic representation.*
#
# The corpus of this notebook is a small grammar in which the two vary independently. A *meaning* is who does what to whom: an agent and a patient with an adjective each, a verb, an adverb, a tense. A *syntax* is one of eight constructions, with the adverb first or last, and with the agent described by an adjective or by a relative clause: 32 in all. Every syntax says every meaning. And `parse` finds both again in any sentence of the grammar, so that later nobody has to guess what a model's sentence means.

# %% tags=["explore"]
meaning = draw(random.Random(3))
plainly = SYNTAXES[0]
rows = [(construction, " ".join(realise(meaning, replace(plainly, construction=construction)).words)) for construction in CONSTRUCTIONS]  # fmt: skip
show_table("One meaning in eight constructions", ("construction", "sentence"), rows)
corpus = generate(400, seed=1)
syntaxes, meanings = {sentence.syntax for sentence in corpus}, {sentence.meaning for sentence in corpus}
found = sum(parse(sentence.words) == sentence for sentence in corpus)
print(
    f"{len(corpus)} sentences with {len(syntaxes)} syntaxes and {len(meanings)} meanings; the parser finds both again in {found}"
)

# %% [markdown]
# DSS-VAE (Bao et al. 2019) reads a sentence by one encoder with two heads, $q(z_{\text{sem}} \mid x)$ and $q(z_{\text{syn}} \mid x)$, and writes it by one decoder that is given both. Beside the sentence's own likelihood,
#
# - $z_{\text{sem}}$ has to tell the *bag of words* (section 4), and $z_{\text{syn}}$ the *tree* (section 2);
# - *adversaries* try the opposite, the tree from $z_{\text{sem}}$ and the bag from $z_{\text{syn}}$, and the encoder resists (section 5).
#
# What has leaked all the same is measured (section 6), and then the syntax of sentences is exchanged (section 7).

# %% [markdown]
# ## 2. A tree as a sentence
#
# *Lecture: Learning syntax-semantic representation.*
#
# What is the syntax of a sentence? Its tree without the words: which phrases there are, what they consist of, and the part of speech at each end. A decoder writes sequences, so the tree has to become one, and lose nothing: each node's label, then its children in turn, then, if it has any, a token that closes it (Vinyals et al. 2015). The tree
#
#     S
#     ├── NP
#     │   ├── DET
#     │   └── NOUN
#     └── VP
#         └── VERB
#
# becomes `S NP DET NOUN ) VP VERB ) )`. What closes is the same token for all nodes: the one that ends is the one that was opened last.

# %% [markdown]
# ### Exercise 1 · `linearise`
#
# **Objective.** Walk a tree so that the sequence tells all of it.<br>
# **Lecture.** *Learning syntax-semantic representation*; Vinyals et al. 2015, linearised parse trees.<br>
# Difficulty ●●○○○ · importance ●●●○○ · 15 minutes · check: 0.1 s of CPU
#
# **Why.** The loss of $z_{\text{syn}}$ is the likelihood of this sequence. If two trees had the same one, no loss could ask for their difference. A tree comes as two rows of numbers, the label of each node and the number of its parent; the root's parent is −1. The numbers of the nodes say one thing only: in which order the children of *one* node stand. A parent may have a higher number than its children, and the root may be anywhere.
#
# **Predict before you run.** Leave out all closing tokens. Find two different trees with the same sequence. What if you closed the nodes without children, too: would anything be lost, and what would it cost?


# %% nbgrader={"grade": false, "grade_id": "linearise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linearise(labels: Tensor, parents: Tensor, close: int) -> Tensor:
    """A tree as a sequence: each node's label, then its children in turn, then, if it has any, `close`.

    Args:
        labels: of the nodes, whole numbers, [N].
        parents: the number of each node's parent, [N]; -1 for the root, of which there is one. The children of a node
            stand in the order of their numbers; a parent may have any number, also a higher one.
        close: the token that ends a node's children; no label.
    Returns:
        The tokens, whole numbers, [L]: N labels, and `close` once for each node that has children.
    """
    ### BEGIN SOLUTION
    children = [[] for _ in labels]
    root = -1
    for node, parent in enumerate(parents.tolist()):
        if parent < 0:
            root = node
        else:
            children[parent].append(node)

    def said(node):
        below = [token for child in children[node] for token in said(child)]
        return [int(labels[node]), *below] + [close] * bool(below)

    return torch.tensor(said(root), device=labels.device)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_linearise", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("linearise", linearise)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# First find the root, and for each node its children. Then say a node: its label, all that its children say, one after the other, and `close` if there were any. The same rule holds for each child, so a function that calls itself does it; a list of what is still to be said does it, too.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# $s(n) = \ell_n$ if $n$ has no children, else $s(n) = \ell_n\; s(c_1) \cdots s(c_k)\; \texttt{close}$ with the children $c_1 < \dots < c_k$ of $n$. Asked is $s(\text{root})$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `children = [[] for _ in labels]`, filled by one loop over `enumerate(parents.tolist())`. `def said(node): below = [token for child in children[node] for token in said(child)]`, and return `[int(labels[node]), *below]` with `[close]` behind it where `below` is not empty.
#
# </details>

# %% tags=["explore"]
tags = ["ADJ", "ADP", "ADV", "AUX", "DET", "NOUN", "PRON", "PUNCT", "VERB"]
phrases = ["ADJP", "ADVP", "NP", "PP", "S", "SBAR", "SQ", "VP"]
names = [*tags, *phrases, ")"]  # tags first, so that every label below `leaves` is of a node without children
leaves, close = len(tags), len(names) - 1


def nodes_of(tree: tuple) -> tuple[Tensor, Tensor]:
    """Labels [N] and parents [N] of a tree of the grammar, without its words; nodes in the order of the sentence."""
    labels, parents, todo = [], [], [(tree, -1)]
    while todo:
        (name, below), parent = todo.pop()
        labels.append(names.index(name))
        parents.append(parent)
        if not isinstance(below, str):
            todo += [(child, len(labels) - 1) for child in reversed(below)]
    return torch.tensor(labels), torch.tensor(parents)


other = draw(random.Random(8))
cleft = replace(plainly, construction="agent cleft")
three = [realise(meaning, plainly), realise(meaning, cleft), realise(other, cleft)]
with showing("linearise"):
    rows = [(" ".join(sentence.words), " ".join(names[token] for token in linearise(*nodes_of(sentence.tree), close).tolist())) for sentence in three]  # fmt: skip
    show_table("Three sentences and the sequences of their trees", ("sentence", "its tree by you"), rows)
    written = {tuple(linearise(*nodes_of(sentence.tree), close).tolist()) for sentence in corpus}
    print(f"{len(corpus)} sentences, {len(syntaxes)} syntaxes, {len(written)} different sequences")

# %% [markdown]
# **Expected.** The first two sentences say the same, and their sequences differ; the last two are built alike, and their sequences are one. Over the corpus there are exactly as many sequences as syntaxes, 32: in this grammar the tree *is* the syntax. **A wrong one** has fewer (without the closing tokens some trees fall together) or sequences that do not begin with S or SQ (another node was taken for the root).

# %% [markdown]
# ### Exercise 2 · `build_tree`
#
# **Objective.** Read the tree off the sequence again.<br>
# **Lecture.** *Learning syntax-semantic representation*; Vinyals et al. 2015.<br>
# Difficulty ●●●○○ · importance ●●●○○ · 15 minutes · check: 0.1 s of CPU
#
# **Why.** A model tells sequences; what is asked of them is asked of trees: how far is the tree that came out from the one that was ordered? And a sequence that can be read back has lost nothing, which is more than looking at it can show. There is one trap. `DET` opens nothing and `NP` does, and the sequence does not say so: you have to know which labels are of nodes without children. Here they are the numbers below `leaves`.
#
# **Predict before you run.** While you read the tokens from left to right, what do you have to remember, and how much of it at most?


# %% nbgrader={"grade": false, "grade_id": "build_tree", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_tree(tokens: Tensor, close: int, leaves: int) -> tuple[Tensor, Tensor]:
    """The tree that a sequence tells: its nodes in the order in which their labels stand there.

    Args:
        tokens: a tree's sequence, as `linearise` makes it, whole numbers, [L].
        close: the token that ends the children of the node that was opened last; any number that is no label.
        leaves: labels below it are of nodes without children, all others of nodes with some.
    Returns:
        labels: of the nodes, whole numbers, [N].
        parents: the number of each node's parent, [N], counted from 0; -1 for the root.
    """
    ### BEGIN SOLUTION
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_build_tree", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("build_tree", build_tree)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Keep the nodes that are open in a list, the last opened at its end. A new node hangs below that one. A node that can have children is then opened itself; `close` takes the last one off.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Let $(a_1, \dots, a_d)$ be the open nodes, at first none. A label $\ell$ makes node $n$ with parent $a_d$ (−1 if none is open), and if $\ell \ge \texttt{leaves}$, the open nodes become $(a_1, \dots, a_d, n)$. `close` makes them $(a_1, \dots, a_{d-1})$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `above = [-1]`; for each token: if it is `close`, `above.pop()`; else append the token to `labels` and `above[-1]` to `parents`, and if `token >= leaves`, append `len(labels) - 1` to `above`. Ask for `close` first: it may be a small number or a large one.
#
# </details>


# %% tags=["explore"]
def written_out(tree: tuple) -> list[str]:
    """The sequence of a tree of the grammar, in words."""
    name, below = tree
    return [name] if isinstance(below, str) else [name, *(part for child in below for part in written_out(child)), ")"]


with showing("build_tree"):
    figure, panels = canvas(10.5, 3.4, columns=2)
    told = []
    for axes, sentence in zip(panels, three, strict=False):
        tokens = torch.tensor([names.index(part) for part in written_out(sentence.tree)])
        labels, parents = build_tree(tokens, close, leaves)
        across, depth, ends = {}, {}, 0
        for node, parent in enumerate(parents.tolist()):
            depth[node] = depth[parent] + 1 if parent >= 0 else 0
            if labels[node] < leaves:
                across[node], ends = float(ends), ends + 1
        for node in reversed(range(len(labels))):
            below = [across[child] for child in range(len(labels)) if parents[child] == node and child in across]
            across.setdefault(node, sum(below) / max(len(below), 1))
        for node, parent in enumerate(parents.tolist()):
            if parent >= 0:
                axes.plot([across[node], across[parent]], [-depth[node], -depth[parent]], color="grey", linewidth=0.8)
        for node in across:
            axes.text(across[node], -depth[node], names[labels[node]], ha="center", va="center", fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
        axes.set(xlim=(-0.8, ends - 0.2), ylim=(-max(depth.values()) - 0.5, 0.5), title=sentence.syntax.construction)
        axes.axis("off")
        hangs = ", ".join(f"{names[labels[node]]} below {names[labels[parent]]}" for node, parent in enumerate(parents.tolist()) if parent >= 0)  # fmt: skip
        told.append(f"{sentence.syntax.construction}: {hangs}")
    show(figure, "Two trees. " + ". ".join(told) + ".", caption="One meaning, two trees, as you read them off their sequences; the words are left out.")  # fmt: skip

# %% [markdown]
# Here nothing was linearised by you: the sequences were written out by the grammar, so that one exercise does not hang on the other. Now both, there and back, over a hundred sentences. And what if a decoder forgets one closing token?
#
# **Predict before you run.** One closing token is missing, somewhere in the middle. How many of the nodes behind it hang wrongly?

# %% tags=["explore"]
with showing("linearise", "build_tree"):
    kept, lost = 0, []
    for sentence in corpus[:100]:
        labels, parents = nodes_of(sentence.tree)
        tokens = linearise(labels, parents, close)
        again, above = build_tree(tokens, close, leaves)
        kept += torch.equal(labels, again) and torch.equal(parents, above)
        for place in (tokens == close).nonzero().flatten().tolist()[:-1]:
            _, shifted = build_tree(torch.cat([tokens[:place], tokens[place + 1 :]]), close, leaves)
            lost.append((shifted != parents).float().mean().item())
    print(f"trees that come back as they went: {kept} of 100")
    print(
        f"one closing token lost, {len(lost)} tries: of the nodes {sum(lost) / len(lost):.0%} hang elsewhere on average, {min(lost):.0%} at best, {max(lost):.0%} at worst"
    )

# %% [markdown]
# **Expected.** All trees come back. A lost token moves those nodes that should have followed on the level above: they hang below the node that should have ended. That is one node in thirty at best, and nearly a third of them at worst. So a model's tree is compared with another as a *tree*, node by node, and not token by token: what a token is worth depends on where it stands. **A wrong one** brings back fewer trees than all.

# %% [markdown]
# ## 3. Two codes
#
# *Lecture: Learning syntax-semantic representation.*
#
# The model of a sentence with two latent vectors is $p(z_{\text{sem}})\,p(z_{\text{syn}})\,p(x \mid z_{\text{sem}}, z_{\text{syn}})$, both priors standard normal, and the encoder answers for each by itself, $q(z_{\text{sem}} \mid x)\, q(z_{\text{syn}} \mid x)$, diagonal Gaussians. Its bound is
#
# $$\log p(x) \ge \mathbb E_{q}\big[\log p(x \mid z_{\text{sem}}, z_{\text{syn}})\big] - \mathrm{KL}\big(q(z_{\text{sem}} \mid x) \,\|\, p(z_{\text{sem}})\big) - \mathrm{KL}\big(q(z_{\text{syn}} \mid x) \,\|\, p(z_{\text{syn}})\big). \tag{1}$$

# %% [markdown]
# ### Derivation 1 · `two_codes`
#
# 30 minutes · graded by hand · lecture: *Learning syntax-semantic representation*
#
# (i) Derive (1), and give the distance from $\log p(x)$ as a KL divergence. (ii) Compare (1) with the bound of a plain VAE whose one vector has $M + K$ dimensions, a standard normal prior and a diagonal Gaussian posterior. Then show that any exchange of dimensions between $z_{\text{sem}}$ and $z_{\text{syn}}$ gives a model with the same bound. What does (1) say about which vector is the meaning?
#
# (iii) Add the losses of section 4 and of the tree, $-\log p(\text{bag} \mid z_{\text{sem}})$ and $-\log p(\text{tree} \mid z_{\text{syn}})$. Show that each bounds from below how much its vector tells, $I(z_{\text{sem}}; \text{bag}) \ge H(\text{bag}) - \mathbb E[L_{\text{bag}}]$. Does either loss keep anything *out* of a vector? Which term of (1) does, and does it suffice?
#
# (iv) Two questions about the tasks themselves. In the grammar of section 1, can $z_{\text{sem}}$ tell the bag of words without telling anything of the syntax? And can it tell the bag without telling who acts on whom?

# %% [markdown] nbgrader={"grade": true, "grade_id": "two_codes", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) With $q = q(z_{\text{sem}} \mid x)\, q(z_{\text{syn}} \mid x)$ and Bayes' rule for $p(z_{\text{sem}}, z_{\text{syn}} \mid x)$,
#
# $$\log p(x) = \mathbb E_q \log \frac{p(z_{\text{sem}})\,p(z_{\text{syn}})\,p(x \mid z_{\text{sem}}, z_{\text{syn}})}{q(z_{\text{sem}} \mid x)\,q(z_{\text{syn}} \mid x)} + \mathbb E_q \log \frac{q(z_{\text{sem}} \mid x)\,q(z_{\text{syn}} \mid x)}{p(z_{\text{sem}}, z_{\text{syn}} \mid x)}.$$
#
# The first expectation is the right side of (1): the logarithm of the product falls into the likelihood and two ratios, each of which needs only its own factor of $q$. The second is $\mathrm{KL}\big(q(z_{\text{sem}} \mid x)\,q(z_{\text{syn}} \mid x) \,\|\, p(z_{\text{sem}}, z_{\text{syn}} \mid x)\big) \ge 0$.
#
# (ii) Put $z = (z_{\text{sem}}, z_{\text{syn}})$. Its prior is $\mathcal N(0, I)$ in $M + K$ dimensions, the product of two diagonal Gaussians is a diagonal Gaussian, and the KL of products is the sum of the KLs. So (1) *is* the plain VAE's bound, term by term; two names have been given to parts of one vector. Let $\pi$ be any permutation of the $M + K$ dimensions, and take $p'(x \mid z) = p(x \mid \pi z)$ and $q'$ with its means and variances permuted back. By the change of variables the expectation is the same, the prior is the same, and the KL, a sum over dimensions, has the same summands. The bound therefore does not say which dimensions hold the meaning, nor that any dimension holds only meaning.
#
# (iii) For any reader $r$, $\mathbb E[-\log r(\text{bag} \mid z_{\text{sem}})] = H(\text{bag} \mid z_{\text{sem}}) + \mathbb E_{z}\,\mathrm{KL}\big(p(\text{bag} \mid z_{\text{sem}}) \,\|\, r(\text{bag} \mid z_{\text{sem}})\big) \ge H(\text{bag} \mid z_{\text{sem}}) = H(\text{bag}) - I(z_{\text{sem}}; \text{bag})$; solve for $I$. Likewise for the tree. Both are lower limits. Vectors that both hold the whole sentence satisfy both losses perfectly, so neither keeps anything out. The KL terms do: what both vectors hold is paid for twice in (1), where once would do for the decoder. But the price is in nats and the same whoever pays it: the KL asks that what the bag does not tell be held *once*, not that it be held by $z_{\text{syn}}$; and with a weight below 1, or while training has not come so far, twice is cheap.
#
# (iv) No. "by", "been", "who", "it", "one" and the question mark are words. A bag with "by" and "been" is of a passive; a sentence of this grammar is active only if it has neither. As the bag is told by $z_{\text{sem}}$, so is this much of the syntax, whatever adversary stands beside it: the task and the wish contradict each other, unless the small words are left out of the bag. And yes, where agent and patient can change places: "the young actor has watched the proud nurse gladly" and "the proud nurse has watched the young actor gladly" have one bag. Who acts has to be told by one of the vectors, for the decoder needs it, but neither task asks for it: it may land in $z_{\text{syn}}$, and then an exchange of syntax turns the meaning round.
#
# **Marking, four parts of equal weight,** one per question. (1) The bound and its distance as a KL; half without the distance. (2) The identity with the plain bound, the permutation, and the conclusion. (3) The lower bound, that both are lower limits only, and the KL with its limits. (4) Small words in the bag; one bag for two meanings; half for one of the two.

# %% [markdown]
# ## 4. What is said: a bag
#
# *Lecture: Learning syntax-semantic representation.*
#
# What a sentence says, to a first approximation, is which words it has. The second head of the model is a network that is given $z_{\text{sem}}$ alone and puts one distribution over the vocabulary, $\operatorname{softmax}(\ell)$, from which the words are drawn one by one, without order. Its loss is
#
# $$L_{\text{bag}} = -\frac1B \sum_{b=1}^B\ \sum_{t\,:\,x_{bt} \text{ is a word}} \log \operatorname{softmax}(\ell_b)_{x_{bt}}. \tag{2}$$

# %% [markdown]
# ### Exercise 3 · `bag_of_words_loss`
#
# **Objective.** Ask a code for the words of a sentence and not for their order.<br>
# **Lecture.** *Learning syntax-semantic representation*; equation (2).<br>
# Difficulty ●●○○○ · importance ●●●●○ · 10 minutes · check: 0.2 s of CPU
#
# **Why.** Equation (2) is what makes $z_{\text{sem}}$ the semantic one. Its unit is nats per sentence, a sum over the words, because a KL in nats per sentence stands beside it. And it counts *words*: where the sentence begins and ends, what fills up the row, and `UNK`, which stands for anything at all, are nothing that was said.
#
# **Predict before you run.** A reader gives the 62 words of a vocabulary equal logits, and leaves nothing to the special tokens. What does a sentence of fourteen words cost, in nats? Can a reader that knows all the words of a sentence have it for nothing?


# %% nbgrader={"grade": false, "grade_id": "bag_of_words_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bag_of_words_loss(logits: Tensor, tokens: Tensor) -> Tensor:
    """-Σ log softmax(logits) over the words of a sentence, whatever their order, averaged over the sentences.

    A word that stands there twice counts twice. A sentence without any word counts as one, with a loss of 0.

    Args:
        logits: one row a sentence, told from z_sem alone, [B, V].
        tokens: the sentences, whole numbers, [B, T]. PAD, BOS, EOS and UNK, the numbers up to 3, are no words.
    Returns:
        A scalar, in nats per sentence. Differentiable in logits.
    """
    ### BEGIN SOLUTION
    told = logits.log_softmax(-1).gather(-1, tokens)
    return -torch.where(tokens > 3, told, 0).sum(-1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bag_of_words_loss", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("bag_of_words_loss", bag_of_words_loss)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# There is one distribution a sentence, [B, V], and all its words are looked up in it. No position has logits of its own.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (2): the logarithm of the softmax over V, at each word; what is no word adds 0; sum over T, mean over B.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `logits.log_softmax(-1).gather(-1, tokens)` is [B, T]. `torch.where(tokens > 3, ..., 0)`, `.sum(-1)`, `.mean()`, and a minus.
#
# </details>

# %% [markdown]
# What does a bag know? Take readers that need no training: one that knows nothing, one that knows how frequent each word is in the corpus, and one that knows of each sentence just how often it has which word.
#
# **Predict before you run.** Which of the following changes the loss of the last reader: to shuffle the words of each sentence, to exchange agent and patient, to say the same as a passive?

# %% tags=["explore"]
with showing("bag_of_words_loss"):
    vocabulary = Vocabulary(sorted({word for sentence in corpus for word in sentence.words}))

    def rows_of(sentences: list) -> Tensor:
        return collate([vocabulary.encode(sentence.words) for sentence in sentences])

    def counted(tokens: Tensor) -> Tensor:
        """How often each sentence has each word, [B, V]."""
        counts = F.one_hot(tokens, len(vocabulary)).sum(1).float()
        counts[:, :4] = 0
        return counts

    tokens = rows_of(corpus)
    counts = counted(tokens)
    likely = counts.sum(0, keepdim=True).expand_as(counts)
    nothing = torch.zeros_like(counts).index_fill(1, torch.arange(4), -1e4)
    readers = {"nothing": nothing, "how frequent words are": (likely + 1e-9).log(), "each sentence's words": (counts + 1e-9).log()}  # fmt: skip
    rows = [(knows, f"{bag_of_words_loss(logits, tokens):.2f}") for knows, logits in readers.items()]
    show_table(f"{len(corpus)} sentences of {counts.sum(1).mean():.1f} words, of {len(vocabulary) - 4}", ("a reader that knows", "its loss by you, nats per sentence"), rows)  # fmt: skip

    said = [realise(sentence.meaning, plainly) for sentence in generate(200, seed=2, reversible=1.0)]
    turned = [realise(replace(one.meaning, agent=one.meaning.patient, agent_is=one.meaning.patient_is, patient=one.meaning.agent, patient_is=one.meaning.agent_is), plainly) for one in said]  # fmt: skip
    passive = [realise(one.meaning, replace(plainly, construction="passive")) for one in said]
    knows = (counted(rows_of(said)) + 1e-9).log()
    words = rows_of(said)
    order = torch.randperm(words.shape[1], generator=torch.Generator().manual_seed(0))
    asked = {"itself": words, "its words, shuffled": words[:, order], "who acts and who is acted on exchanged": rows_of(turned), "its passive": rows_of(passive)}  # fmt: skip
    rows = [(name, f"{bag_of_words_loss(knows, others):.2f}") for name, others in asked.items()]
    show_table("A reader that knows the words of an active sentence, asked for the words of", ("", "its loss by you, nats per sentence"), rows)  # fmt: skip
    more = Counter(passive[0].words) - Counter(said[0].words)
    print("what a passive has that its active has not:", ", ".join(more))

# %% [markdown]
# **Expected.** Even the reader that knows all words pays: drawing words one by one without order, it cannot say each exactly once. Shuffling changes nothing, as it must. To exchange who acts and who is acted on changes nothing either: *a bag does not say who does what to whom*. And a passive is a great surprise, though it means the same, because of its small words (how great depends on the $10^{-9}$ that this reader leaves to words that it excludes). So the task that shall give $z_{\text{sem}}$ the meaning leaves out a part of it and asks for a part of the syntax. Keep both in mind when section 8 measures what has become of them. **A wrong one** shows a loss that shuffling changes (positions counted, not words), or one that is smaller by the factor of a sentence's length (a mean over words).

# %% [markdown]
# ## 5. An adversary
#
# *Lecture: Learning syntax-semantic representation.*
#
# To tell the bag is a lower limit for $z_{\text{sem}}$. An upper limit needs somebody who tries: an *adversary*, a network that reads the tree off $z_{\text{sem}}$, by the likelihood of a label $y$ given the code. It learns to succeed; the encoder learns that it shall fail. Bao et al. train the two in turns. One backward pass does both, if the gradient is turned round on its way from the adversary to the encoder (Ganin and Lempitsky 2015): put between them a function $R_w$ with
#
# $$R_w(z) = z, \qquad \frac{\partial R_w}{\partial z} = -w\, I. \tag{3}$$
#
# There is no such function in analysis, but there is one in `torch`: what a function returns and what it passes back are two things. The adversary reads the codes as they are, and learns by its own loss. What made the codes learns to raise that loss, with the weight $w$.

# %% [markdown]
# ### Exercise 4 · `reverse_gradient`
#
# **Objective.** Leave the value as it is and turn the gradient round.<br>
# **Lecture.** *Learning syntax-semantic representation*; equation (3); Ganin and Lempitsky 2015.<br>
# Difficulty ●●●○○ · importance ●●●●○ · 15 minutes · check: 0.1 s of CPU
#
# **Why.** The sign is easy to get wrong, and no curve shows it: with the wrong one the encoder *helps* the adversary, whose loss falls nicely. With a gradient that is merely cut off, the adversary learns as well as before and the encoder never hears of it: that is a probe, a useful thing, but no training against it. And the weight must not touch the adversary's own gradient, or one that is resisted weakly would also learn slowly.
#
# **Predict before you run.** $w = 0$. What do the codes learn from the adversary, and what does the adversary learn? Would it be the same to multiply the adversary's loss by $-w$?


# %% nbgrader={"grade": false, "grade_id": "reverse_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reverse_gradient(codes: Tensor, weight: float) -> Tensor:
    """The codes themselves, whose gradient is multiplied by -weight on its way back.

    Args:
        codes: z_sem or z_syn, [B, M].
        weight: w, how strongly the encoder resists, a number of at least 0.
    Returns:
        [B, M], equal to codes; the gradient that arrives there goes on to the codes times -weight. Differentiable in codes.
    """
    ### BEGIN SOLUTION
    return codes.detach() * (1 + weight) - weight * codes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_reverse_gradient", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("reverse_gradient", reverse_gradient)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Write the codes as a sum of two parts, of which one is held still by `detach()`. The gradient comes from the other part alone; the part that is held still makes up the value.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# With $\bar z$ for $z$ held still, $R_w(z) = (1 + w)\, \bar z - w\, z$ has the value $z$ and the derivative $-w$. Or write a `torch.autograd.Function` whose `forward` returns the codes and whose `backward` returns the incoming gradient times $-w$.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# One line: `codes.detach() * (1 + weight) - weight * codes`. A hook does it, too, on a *copy* of the codes: on the codes themselves it would turn the gradient of everybody who reads them, the decoder's included.
#
# </details>

# %% [markdown]
# A fight in two dimensions. There are 120 codes, points in a plane, of two classes that lie apart from left to right. They are free to move, at the price of half the squared distance from where they began: that stands for what the decoder needs. A linear adversary reads the class off your reversed codes. One loss, one backward pass, 100 steps, at four weights.
#
# **Predict before you run.** In which direction will the codes move, and where will they stop? What does the adversary's cross-entropy tend to as $w$ grows?

# %% tags=["explore"]
with showing("reverse_gradient"):
    of_class = torch.arange(120) % 2
    begun = torch.randn(120, 2, generator=torch.Generator().manual_seed(0)) + torch.tensor([[-1.6, 0.0], [1.6, 0.0]])[of_class]  # fmt: skip

    def fight(weight: float, steps: int = 100) -> tuple[Tensor, float]:
        """Where the codes are in the end, [120, 2], and the adversary's cross-entropy there."""
        torch.manual_seed(0)
        codes, adversary = begun.clone().requires_grad_(), nn.Linear(2, 2)
        optimiser = torch.optim.SGD([{"params": [codes], "lr": 6.0}, {"params": adversary.parameters(), "lr": 0.5}])
        for _ in range(steps):
            moved = 0.5 * (codes - begun).square().sum(1).mean()
            loss = moved + F.cross_entropy(adversary(reverse_gradient(codes, weight)), of_class)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return codes.detach(), F.cross_entropy(adversary(codes), of_class).item()

    figure, panels = canvas(10.5, 2.9, columns=4, sharex=True, sharey=True)
    told, rows = [], []
    for axes, weight in zip(panels, (0.0, 1.0, 4.0, 8.0), strict=True):
        codes, cost = fight(weight)
        means = [codes[of_class == c].mean(0) for c in (0, 1)]
        for c, marker in enumerate("o^"):
            axes.plot(*codes[of_class == c].T.tolist(), marker, markersize=4, alpha=0.6)
        axes.set(title=f"w = {weight:g}", xlabel="z₁")
        gap, up = (means[1] - means[0]).tolist()
        told.append(f"w = {weight:g}: the means of the classes lie {gap:.2f} apart in z₁ and {abs(up):.2f} in z₂")
        rows.append((f"{weight:g}", f"{gap:.2f}", f"{codes[:, 1].std():.2f}", f"{(codes - begun).norm(dim=1).mean():.2f}", f"{cost:.2f}"))  # fmt: skip
    panels[0].set(ylabel="z₂")
    show(figure, "Four panels of 120 codes in two classes. " + ". ".join(told) + ".", caption="Where the codes are after 100 steps against a linear adversary.")  # fmt: skip
    show_table("The fight in numbers", ("w", "classes apart", "spread of z₂", "moved on average", "adversary's cross-entropy, nats"), rows)  # fmt: skip
    print(f"entropy of the class: {torch.tensor(2.0).log():.2f} nats")

# %% [markdown]
# **Expected.** At $w = 0$ nothing moves. The larger the weight, the nearer the two clouds come, from left to right only: the spread of $z_2$, which says nothing of the class, stays what it was. They stop where the price of moving equals what the adversary still gains, and the adversary's cross-entropy climbs towards the entropy of the class, $\ln 2$, and not beyond. **A wrong one** drives the clouds apart (the sign), moves nothing at any weight (detached), or moves the same at every weight (the weight is lost).

# %% [markdown]
# ### Derivation 2 · `adversary_optimum`
#
# 45 minutes · graded by hand · lecture: *Learning syntax-semantic representation*
#
# An encoder makes codes $z$ with a joint distribution $p(z, y)$ of code and label. An adversary $r(y \mid z)$ has the loss $\mathrm{CE}(r) = \mathbb E_{p(z, y)}[-\log r(y \mid z)]$.
#
# (i) Show that $\mathrm{CE}(r) = H(y \mid z) + \mathbb E_{p(z)}\,\mathrm{KL}\big(p(y \mid z) \,\|\, r(y \mid z)\big)$. What is the optimal adversary, and what is its loss? (ii) Conclude that $H(y) - \mathrm{CE}(r) \le I(y; z)$ for every adversary. What does an encoder do to $I(y; z)$ that raises the loss of an adversary *at its optimum*, what is the highest value, and when is it reached?
#
# (iii) Show that with the adversary at its optimum the gradient that (3) sends to the encoder is $w$ times that of $I(y; z)$ with respect to the encoder's parameters $\theta$. (Assume that the optimum moves smoothly with $\theta$.) (iv) Let the encoder raise the loss of an adversary that is *held fixed* instead, as far as it can. Give an example in which $\mathrm{CE}(r) > H(y)$ while the codes tell $y$ exactly. What does this mean for training in turns, and for a reader's accuracy far below chance?
#
# (v) A bounded adversary is one of a family, say linear ones. Let $z = (z_1, z_2)$ be standard normal and $y = 1$ where $z_1 z_2 > 0$, else 0. Show that the best linear (logistic) adversary has $\mathrm{CE} = \ln 2$, and give $I(y; z)$. (vi) What may you write in a report when your adversaries end at chance, and what would you measure beside them?

# %% [markdown] nbgrader={"grade": true, "grade_id": "adversary_optimum", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false}
# **Model answer.** (i) Add and subtract $\log p(y \mid z)$: $\mathrm{CE}(r) = \mathbb E[-\log p(y \mid z)] + \mathbb E\big[\log \tfrac{p(y \mid z)}{r(y \mid z)}\big]$. The first is $H(y \mid z)$ by definition; in the second, taking the mean over $y$ given $z$ first gives the KL. A KL is at least 0, and 0 only for equal distributions: the optimum is $r^*(y \mid z) = p(y \mid z)$ (for almost every $z$), and its loss is $H(y \mid z)$. What an adversary at its optimum *estimates* is the posterior of the label, and its loss is the uncertainty that is left.
#
# (ii) $H(y) - \mathrm{CE}(r) = I(y; z) - \mathbb E\,\mathrm{KL} \le I(y; z)$, with equality at the optimum. $H(y)$ does not depend on the encoder: the sentences are as they are. So to raise the optimum's loss $H(y \mid z) = H(y) - I(y; z)$ is to lower $I(y; z)$. The highest value is $H(y)$, reached just when $I(y; z) = 0$: code and label are independent.
#
# (iii) Let $\phi$ be the adversary's parameters and $\phi^*(\theta)$ the optimum. Then $\frac{d}{d\theta}\, \mathrm{CE}(\theta, \phi^*(\theta)) = \frac{\partial \mathrm{CE}}{\partial \theta} + \frac{\partial \mathrm{CE}}{\partial \phi}\frac{d \phi^*}{d\theta}$, and the second term is 0, as $\phi^*$ is a minimum. So the gradient through the codes alone, with the adversary as it is, is that of $H(y \mid z)$. By (3) the encoder gets $-w\, \partial \mathrm{CE}/\partial\theta = -w\, \frac{d}{d\theta}\big[H(y) - I(y; z)\big] = w\, \frac{d}{d\theta} I(y; z)$: it descends its own loss plus $w\, I(y; z)$. An adversary that lags behind its optimum sends the gradient of something else.
#
# (iv) Two classes, $z = -1$ for $y = 0$ and $z = 1$ for $y = 1$; the adversary has learnt $r(1 \mid z) = 1/(1 + e^{-az})$, $a > 0$. An encoder that exchanges the two positions raises the loss from $\ln(1 + e^{-a})$ to $\ln(1 + e^{a}) > \ln 2 = H(y)$, and without bound if it may also move further out. The codes tell $y$ as exactly as before: $I(y; z) = \ln 2$, while $H(y) - \mathrm{CE} < 0$, a true lower bound that says nothing. So in turns the encoder must not win against one state of the adversary: the next adversary learns the exchanged positions in a few steps, the two chase each other, and nothing has been hidden. The adversary should be near its optimum whenever the encoder moves (several steps of it for one of the encoder), and the encoder gains nothing by
# pressing beyond $H(y)$. A reader that is right far less often than chance is a reader that knows: turn its answers round.
#
# (v) The adversary is $r(1 \mid z) = \sigma(a^\top z + b)$. Its loss is convex in $(a, b)$, as $-\log \sigma$ is convex and its argument linear. The distribution of $(z, y)$ stays the same under $z \to -z$, so $(a, b)$ and $(-a, b)$ have one loss, and by convexity their middle, $(0, b)$, has none higher. Both classes have probability ½, so among the constants $b = 0$ is best: $\mathrm{CE} = \ln 2$, chance. But $y$ is a function of $z$: $H(y \mid z) = 0$ and $I(y; z) = H(y) = \ln 2$, all there is. A network with one hidden layer reads it off; and so does the decoder.
#
# (vi) "No adversary *of this kind, trained in this way,* told more than $H(y) - \mathrm{CE}$ nats", with $H(y)$ beside it. Every reader gives a lower bound of $I(y; z)$; none gives an upper one. Beside it: readers trained *anew* on the codes held still, after training, for the adversary that the encoder has trained against is the one it has learnt to deceive; of growing ability (linear, a hidden layer, two); on codes that they were not trained on; and the thing one wanted, the exchange itself: does the syntax change, and does the meaning stay?
#
# **Marking, six parts of equal weight,** one per question. (1) The identity, optimum and its loss. (2) The bound, $H(y)$ constant, and independence. (3) The vanishing term and the sign. (4) An example with $\mathrm{CE} > H(y)$ and $I$ unchanged, and the consequence. (5) Chance by symmetry and convexity, and $I = \ln 2$; half without a proof. (6) A lower bound only, and readers trained anew on held-out codes.

# %% [markdown]
# ## 6. What has leaked
#
# *Lecture: Learning syntax-semantic representation.*
#
# By the derivation, any reader's cross-entropy bounds what a code tells of a label (Barber and Agakov 2003):
#
# $$I(y; z) \ge H(y) - \mathrm{CE}(r) = -\sum_{c=1}^C \hat p_c \log \hat p_c + \frac1B \sum_{b=1}^B \log \operatorname{softmax}(\ell_b)_{y_b}, \tag{4}$$
#
# with $\hat p_c$ the share of the batch whose label is $c$. (With shares and means of a finite batch the bound holds up to the error of these estimates, and for readers that have not been trained on this batch.)

# %% [markdown]
# ### Exercise 5 · `leaked_information`
#
# **Objective.** Say in nats, and with the right zero, what a reader shows of a code.<br>
# **Lecture.** *Learning syntax-semantic representation*; equation (4).<br>
# Difficulty ●●○○○ · importance ●●●●● · 10 minutes · check: 0.2 s of CPU
#
# **Why.** "The adversary is right in 62 % of the cases" says little: of how many classes, and how frequent is the commonest? An accuracy does not even see a reader that grows more certain. $H(y)$ is the zero that makes readers comparable, and it is the labels' own: where one construction stands in nine sentences of ten, a reader that knows nothing at all has a low cross-entropy. Below 0 the reader does worse than the frequencies, and then (4) says nothing; that, too, should be seen.
#
# **Predict before you run.** All labels of a batch are alike. What does (4) give for a perfect reader, and what for one that puts even odds on three classes?


# %% nbgrader={"grade": false, "grade_id": "leaked_information", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaked_information(logits: Tensor, labels: Tensor) -> Tensor:
    """How much a code tells of a label, at least: H(labels) minus the reader's cross-entropy.

    Args:
        logits: the reader's, read off the codes, [B, C].
        labels: what it had to tell, whole numbers, [B]; their shares in the batch give H(y), and a class may be absent.
    Returns:
        A scalar, in nats; negative where the reader does worse than the shares of the labels. Differentiable in logits.
    """
    ### BEGIN SOLUTION
    cross_entropy = -logits.log_softmax(-1).gather(-1, labels.unsqueeze(-1)).mean()
    shares = labels.bincount(minlength=logits.shape[-1]).to(logits.dtype) / len(labels)
    return -torch.special.xlogy(shares, shares).sum() - cross_entropy
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_leaked_information", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("leaked_information", leaked_information)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Two numbers. How uncertain the label is before anybody looks: from its shares in the batch. And how uncertain it is to the reader, who has seen the codes: its mean surprise at the true label. The difference has leaked.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Equation (4). A class that nobody has adds $0 \log 0 = 0$; computed naively it is NaN.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# `shares = labels.bincount(minlength=C) / len(labels)`; the entropy is `-torch.special.xlogy(shares, shares).sum()`; subtract `F.cross_entropy(logits, labels)`.
#
# </details>

# %% [markdown]
# Three kinds of codes in the plane, 400 each, with a label of two classes: *noise* that knows nothing of it; two clouds *apart*; and *crossed* codes, whose label says whether $z_1 z_2 > 0$, as in the derivation. Two readers are trained on the first half of the codes, a linear one and a network with one hidden layer, and your function measures them on either half.
#
# **Predict before you run.** What will the linear reader find in the crossed codes? And what will the network find in pure noise, on the half that it was trained on?

# %% tags=["explore"]
with showing("leaked_information"):
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(400, 2, generator=generator)
    coin = torch.randint(2, (400,), generator=generator)
    plane = {
        "noise": (noise, coin),
        "apart": (noise + torch.tensor([[-1.0, 0.0], [1.0, 0.0]])[coin], coin),
        "crossed": (noise, (noise[:, 0] * noise[:, 1] > 0).long()),
    }

    def trained(reader: nn.Module, codes: Tensor, labels: Tensor, steps: int = 150) -> nn.Module:
        optimiser = torch.optim.Adam(reader.parameters(), lr=0.05)
        for _ in range(steps):
            optimiser.zero_grad()
            F.cross_entropy(reader(codes), labels).backward()
            optimiser.step()
        return reader

    rows = []
    for name, (codes, labels) in plane.items():
        torch.manual_seed(0)
        kinds = {"linear": nn.Linear(2, 2), "one hidden layer": nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))}  # fmt: skip
        for kind, reader in kinds.items():
            trained(reader, codes[:200], labels[:200])
            with torch.no_grad():
                halves = [leaked_information(reader(codes[half]), labels[half]).item() for half in (slice(200), slice(200, 400))]  # fmt: skip
            rows.append((f"{name}, {kind}", *(f"{leak:.2f}" for leak in halves)))
    show_table("What readers show of the label, by you, nats", ("codes, reader", "on the half it was trained on", "on the other half"), rows)  # fmt: skip
    print(f"most there can be: {torch.tensor(2.0).log():.2f} nats")

# %% [markdown]
# **Expected.** In noise the linear reader finds nothing. The network finds something on the half that it was trained on, and *less than nothing* on the other: it has learnt its half by heart. So a leak is measured on codes that the reader has not seen. In the clouds that lie apart both find about as much. In the crossed codes the linear reader finds nothing on either half, and the network finds most of what there is. An encoder that fights a linear adversary has no reason to change such codes. **A wrong one** is never negative (cut off at 0), far larger than $\ln 2$ in size (a sum), or positive where nothing is known and negative where much is (the sign).

# %% [markdown]
# ## 7. Exchange
#
# *Lecture: Learning syntax-semantic representation.*
#
# What all this is for: say sentence $i$ in the syntax of sentence $d_i$, its *donor*. Read both vectors off both sentences, and give the decoder
#
# $$\big(z_{\text{sem}}^{(i)},\; z_{\text{syn}}^{(d_i)}\big). \tag{5}$$

# %% [markdown]
# ### Exercise 6 · `exchange_syntax`
#
# **Objective.** Join the meaning of one sentence and the syntax of another.<br>
# **Lecture.** *Learning syntax-semantic representation*; equation (5).<br>
# Difficulty ●○○○○ · importance ●●●○○ · 5 minutes · check: 0.1 s of CPU
#
# **Why.** One line, and two ways to go wrong that no error reports: a decoder that gets the two vectors in the wrong order, and an index that runs the wrong way, so that $i$ *gives* its syntax to $d_i$. With a donor for each sentence the results look as plausible one way as the other.
#
# **Predict before you run.** Five sentences in a ring: each takes the syntax of the next. For which choices of donors does it not matter which way the index runs?


# %% nbgrader={"grade": false, "grade_id": "exchange_syntax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def exchange_syntax(z_semantic: Tensor, z_syntactic: Tensor, donors: Tensor) -> Tensor:
    """What the decoder reads to say each sentence in the syntax of another.

    Args:
        z_semantic: of the sentences, [B, M].
        z_syntactic: of the same sentences, [B, K].
        donors: for each sentence the number of the one whose syntax it takes, [B]; one may be asked by several, or none.
    Returns:
        [B, M + K], z_sem before z_syn. Differentiable in z_semantic and z_syntactic.
    """
    ### BEGIN SOLUTION
    return torch.cat([z_semantic, z_syntactic[donors]], dim=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_exchange_syntax", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
check("exchange_syntax", exchange_syntax)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# The meaning stays where it is. The rows of the syntax are picked by number.
#
# </details>
# <details><summary>Hint 2: the equation</summary>
#
# Row $i$ of the result is row $i$ of `z_semantic`, followed by row `donors[i]` of `z_syntactic`.
#
# </details>
# <details><summary>Hint 3: near-code</summary>
#
# Index with a tensor of numbers, `z_syntactic[donors]`, and `torch.cat([..., ...], dim=-1)`.
#
# </details>

# %% [markdown]
# Try it with codes that are disentangled by construction. $z_{\text{sem}}$ has a 1 at the number of the sentence's meaning and $z_{\text{syn}}$ a 1 at that of its syntax; the "decoder" looks up both and lets the grammar say it. `parse` then tells what became of it.
#
# **Predict before you run.** How many of 60 sentences will have their own meaning and their donor's syntax? And if the two vectors were joined in the wrong order?

# %% tags=["explore"]
with showing("exchange_syntax"):
    some = corpus[:60]
    z_semantic = torch.eye(len(some))
    z_syntactic = F.one_hot(torch.tensor([SYNTAXES.index(sentence.syntax) for sentence in some]), len(SYNTAXES)).float()
    donors = torch.randint(len(some), (len(some),), generator=torch.Generator().manual_seed(2))

    def decoded(z: Tensor) -> list[tuple[str, ...]]:
        """What a perfect decoder says at [B, M + K], as words."""
        what, how = z.split([len(some), len(SYNTAXES)], dim=-1)
        return [realise(some[number].meaning, SYNTAXES[syntax]).words for number, syntax in zip(what.argmax(-1), how.argmax(-1), strict=True)]  # fmt: skip

    said = decoded(exchange_syntax(z_semantic, z_syntactic, donors))
    rows = [(" ".join(some[number].words), " ".join(some[donors[number]].words), " ".join(said[number])) for number in range(4)]  # fmt: skip
    show_table("Meaning of the first, syntax of the second", ("sentence", "its donor", "what comes out by you"), rows)
    found = [parse(words) for words in said]
    own = sum(after.meaning == sentence.meaning for after, sentence in zip(found, some, strict=True))
    taken = sum(after.syntax == some[donor].syntax for after, donor in zip(found, donors.tolist(), strict=True))
    print(f"of {len(some)}: {own} with their own meaning, {taken} with their donor's syntax")

# %% [markdown]
# **Expected.** All of them, in both respects. So this is the yardstick: with codes that are parted, exchange is exact, and whatever a trained model lacks of it is due to its codes or to its decoder. **A wrong one** keeps the meaning and misses the syntax in most sentences (the index runs the wrong way, or not at all), or says the donor's sentence (both vectors from there).

# %% [markdown]
# ## 8. Training with your functions
#
# *Lecture: Learning syntax-semantic representation.*
#
# Now a model. Its parses are written by your `linearise`, its bag is told by your `bag_of_words_loss`, both to train $z_{\text{sem}}$ and to punish $z_{\text{syn}}$, and its adversaries read through your `reverse_gradient`. So that half a minute is enough, the language is a part of the grammar: four people, four things, three adjectives for either, four verbs, two adverbs, and the eight constructions. Each of its 2,304 meanings is said once, in a construction drawn by dice; 2,000 sentences are to train on, the others are held out. What section 4 found wrong with bags is dealt with so: function words are left out of them, as they belong to the construction; and here people act on things only, so that the bag does say who does what to whom.
#
# Beside yours, two models of the same size take the same steps: *a code cut in two* is a plain sentence VAE whose first 16 dimensions are called $z_{\text{sem}}$ and whose last four $z_{\text{syn}}$; *tasks alone* has bag and parse, and no adversary.
#
# **Predict before you run.** How many nats must $z_{\text{syn}}$ hold, and how many $z_{\text{sem}}$, if each holds what it is for and no more?

# %% tags=["training"]
dice = random.Random(0)
small = [Meaning(*parts) for parts in product(PEOPLE[:4], OF_PEOPLE[:3], VERBS[:4], THINGS[:4], OF_THINGS[:3], ADVERBS[:2], TENSES)]  # fmt: skip
dice.shuffle(small)
ways = [way for way in SYNTAXES if not (way.adverb_first or way.relative)]
language = [realise(meaning, dice.choice(ways)) for meaning in small]
train, held_out = language[:2000], language[2000:]
words_of, parses_of = [sentence.words for sentence in train], [brackets(sentence.tree) for sentence in train]
vocabulary, parse_tokens = Vocabulary.from_sentences(words_of), ParseTokens.from_parses(parses_of)
SETTINGS = {"steps": 600, "batch_size": 48, "learning_rate": 6e-3, "not_in_bag": FUNCTION_WORDS}


def fresh() -> SyntaxSemanticsVAE:
    """A model that has learned nothing; always the same one."""
    torch.manual_seed(0)
    return SyntaxSemanticsVAE(len(vocabulary), 32, 96, semantic_dim=16, syntactic_dim=4, parse_vocab_size=len(parse_tokens.vocabulary), side_dim=32)  # fmt: skip


with showing("linearise", "bag_of_words_loss", "reverse_gradient"):
    yours = fresh()
    losses = Losses(linearise, bag_of_words_loss, reverse_gradient)
    went = train_syntax_semantics(yours, vocabulary, parse_tokens, words_of, parses_of, losses, **SETTINGS, label="yours")  # fmt: skip
    every = SETTINGS["steps"] // 20

    def smoothed(values: Tensor) -> list[float]:
        return values.view(20, every).mean(1).tolist()

    panels = {
        "KL": {"z_sem": smoothed(went.kl_semantic), "z_syn": smoothed(went.kl_syntactic)},
        "the bag, told from": {"z_sem": smoothed(went.bag), "z_syn": smoothed(went.adversaries["bag"])},
        "the parse, told from": {"z_sem": smoothed(went.adversaries["parse"]), "z_syn": smoothed(went.parse)},
    }
    show_training([every * (number + 1) for number in range(20)], panels, caption="Your training, nats per sentence; each point is a mean over some steps. The bag from z_syn and the parse from z_sem are what adversaries pay.")  # fmt: skip
    print(f"−log p(x | z): {went.nll[:every].mean():.1f} nats at first, {went.nll[-every:].mean():.2f} in the end")
    print(f"syntax: ln {len(ways)} = {math.log(len(ways)):.1f} nats; meaning: ln {len(small)} = {math.log(len(small)):.1f} nats; a bag of seven words in no order: at least 7 ln 7 = {7 * math.log(7):.1f}")  # fmt: skip

# %% [markdown]
# **Expected.** The sentence costs less than a nat in the end, so the two codes together hold all of it. $z_{\text{syn}}$ holds some three nats, not far from the two that it needs; $z_{\text{sem}}$ holds about twenty, where eight would do: its KL weighs a tenth at most. Told by $z_{\text{sem}}$, the bag falls to little more than a nat above $7 \ln 7$, its floor, for even a perfect reader does not know which of seven words is asked for. The adversary of the bag stays several nats above, and that of the parse near $\ln 8$: it knows that there are eight parses, and not which one it is. **A wrong one** is refused by name where it has no gradient or the wrong sign. With a `linearise` that loses the tree the parse cannot be read again, and nothing else shows it.

# %% tags=["training"]
with showing("linearise", "bag_of_words_loss", "reverse_gradient"):
    mistaken = {
        "a bag under no_grad": {"bag_of_words_loss": torch.no_grad()(bag_of_words_loss)},
        "a bag for each sentence": {"bag_of_words_loss": lambda logits, tokens: logits.logsumexp(-1)},
        "an adversary that is helped": {"reverse_gradient": lambda codes, weight: reverse_gradient(codes, -weight)},
        "codes of the other sign": {"reverse_gradient": lambda codes, weight: -weight * codes},
    }
    for label, change in mistaken.items():
        try:
            train_syntax_semantics(fresh(), vocabulary, parse_tokens, words_of[:64], parses_of[:64], replace(losses, **change), steps=2, label=label)  # fmt: skip
        except ValueError as error:
            print(f"{label}: {error}")

# %% [markdown]
# ## 9. The syntax of another, measured
#
# Each held-out sentence is said in the syntax of the one after it, by your `exchange_syntax`, with the most probable words. Nobody judges but the parser.
#
# **Predict before you run.** A code that is cut in two by nothing but position: how often does the exchange succeed? And what do tasks without adversaries get wrong, the meaning or the syntax?


# %% tags=["training", "explore"]
@torch.no_grad()
def codes_of(model: SyntaxSemanticsVAE, sentences: list) -> tuple[Tensor, Tensor]:
    """The means of q(z_sem | x) and q(z_syn | x), [N, M] and [N, K]."""
    return model.split(model.centre(collate([vocabulary.encode(sentence.words) for sentence in sentences])))


@torch.no_grad()
def written(model: SyntaxSemanticsVAE, z: Tensor, words: Vocabulary) -> list[list[str]]:
    """The most probable sentences at [N, M + K]."""
    return [words.decode(row).split() for row in greedy(model.step, z, 20)]


with showing("linearise", "bag_of_words_loss", "reverse_gradient", "exchange_syntax"):
    models = {"all of it, yours": yours}
    for label, left_out in {
        "tasks alone": {"adversaries": {}},
        "a code cut in two": {"adversaries": {}, "bag_weight": 0.0, "parse_weight": 0.0},
    }.items():
        models[label] = fresh()
        train_syntax_semantics(models[label], vocabulary, parse_tokens, words_of, parses_of, losses, **SETTINGS, **left_out, label=label)  # fmt: skip
    donors = torch.arange(len(held_out)).roll(-1)  # each takes the syntax of the next
    meant = [sentence.words for sentence in held_out]
    built = [held_out[donor].words for donor in donors.tolist()]
    rows = []
    for label, model in models.items():
        said = written(model, exchange_syntax(*codes_of(model, held_out), donors), vocabulary)
        found = evaluate_exchange(said, meant, built)
        shares = (found.exact, found.meaning, found.syntax, found.words_kept, found.fluency)
        rows.append((label, *(f"{share:.0%}" for share in shares)))
    titles = ("model", "both, exactly", "meaning", "syntax", "words kept", "sentences of the grammar")
    show_table(f"{len(held_out)} held-out sentences in the syntax of the next", titles, rows)
    said = written(yours, exchange_syntax(*codes_of(yours, held_out), donors), vocabulary)
    show_table("By your model", ("sentence", "its donor", "what comes out"), [(" ".join(meant[number]), " ".join(built[number]), " ".join(said[number])) for number in range(4)])  # fmt: skip

# %% [markdown]
# **Expected.** Yours says nearly all sentences exactly as asked, in words that it has never seen together, in a construction that it has never heard them in. A code that is cut in two by position does so in a few per cent, no more than chance gives: the construction stays with the sixteen dimensions, where there is more room. Tasks alone come far, and what they get wrong is mostly the syntax: $z_{\text{sem}}$ was never told *not* to hold it, and where two codes say different things the decoder sometimes listens to the wrong one. Putting that right is all that the adversaries do here, and it is what makes an exchange dependable.
#
# The ready-made model was trained like yours, on the whole grammar with its 32 syntaxes, for 3,000 steps. Here are some of its exchanges.

# %% tags=["explore"]
ready, constructions = load_trained("dss_vae"), load_sentences("constructions")
with torch.no_grad():
    z = ready.model.centre(collate([ready.vocabulary.encode(words) for words in constructions.test[:300]]))
with showing("exchange_syntax"):
    others = torch.arange(300).roll(-1)
    said = written(ready.model, exchange_syntax(*ready.model.split(z), others), ready.vocabulary)
    asked_for = [constructions.test[other] for other in others.tolist()]
    found = evaluate_exchange(said, constructions.test[:300], asked_for)
    show_table("By the ready-made model, of the whole grammar", ("sentence", "its donor", "what comes out"), [(" ".join(constructions.test[number]), " ".join(asked_for[number]), " ".join(said[number])) for number in range(4)])  # fmt: skip
    print(f"of 300: {found.exact:.0%} exactly as asked")

# %% [markdown]
# In the figure you do it by hand. Type or choose two sentences; the one sets the meaning, the other the syntax, and a slider leads either code from the one to the other. Below stands the tree that the parse reader tells of $z_{\text{syn}}$.
#
# **Predict before you run.** Lead the meaning halfway, and leave the syntax. Will one word after the other be exchanged, and only for words of the two sentences?

# %% tags=["explore"]
two_donors(ready.model, ready.vocabulary, Vocabulary(ready.facts["parse_tokens"]))

# %% [markdown]
# **Expected.** At the four corners the sentence is what the grammar says of that meaning in that syntax. In between, words are exchanged one by one, and some of them for words that neither sentence has: two adjectives or two adverbs are two points, and what lies between them may be the place of a third. Halfway between two constructions stands one construction, sometimes a third, and its tree changes with it, never a mixture.

# %% [markdown]
# ## 10. What has leaked, measured
#
# An exchange that succeeds shows that the decoder *listens* to the right code. Does each code also *hold* nothing of the other's? Fresh readers are trained on the codes of the training sentences, networks of one hidden layer that no encoder has fought, and your `leaked_information` measures them on held-out codes.
#
# **Predict before you run.** The adversary of the parse ended near $\ln 8$: it had found next to nothing in $z_{\text{sem}}$. What will a fresh reader find there?

# %% tags=["training", "explore"]
with showing("linearise", "bag_of_words_loss", "reverse_gradient", "exchange_syntax", "leaked_information"):
    asked = {
        "construction": lambda sentence: sentence.syntax.construction,
        "agent": lambda sentence: sentence.meaning.agent,
        "verb": lambda sentence: sentence.meaning.verb,
        "tense": lambda sentence: sentence.meaning.tense,
    }
    rows = []
    for label, model in models.items():
        known, new = codes_of(model, train), codes_of(model, held_out)
        for code, to_learn, to_tell in zip(("z_sem", "z_syn"), known, new, strict=True):
            read = [probe(to_learn, [told(sentence) for sentence in train], to_tell, [told(sentence) for sentence in held_out]) for told in asked.values()]  # fmt: skip
            rows.append((f"{label}, {code}", *(f"{leaked_information(one.logits, one.labels):.2f} ({one.accuracy:.0%})" for one in read)))  # fmt: skip
    show_table("What a fresh reader tells from either code: nats by you, and how often it is right", ("model, code", *asked), rows)  # fmt: skip
    print("there are " + ", ".join(f"{math.log(len({told(sentence) for sentence in train})):.2f} nats of {name}" for name, told in asked.items()))  # fmt: skip

# %% [markdown]
# **Expected.** Each code holds what it is for, to the last hundredth of a nat. And it holds some of the other's. In your model a fresh reader still finds most of the construction in $z_{\text{sem}}$, more than a nat of the two that there are, although its adversary, at the end of the training, found nothing. Tasks alone hold all of it. So the encoder has not forgotten the construction, it has hidden it from *this* adversary, which was always one step behind; derivation 2 says why a failure proves nothing. What has changed is what the decoder does: it takes the construction from $z_{\text{syn}}$. In $z_{\text{syn}}$ there is less to find, for its KL weighs three times as much and four dimensions are few.
#
# "Disentangled" is three claims, then: that the decoder listens to the right code (section 9: yes), that the adversary of the training finds nothing (section 8: yes), that nobody finds anything (no). Ask which one a paper measures.

# %% [markdown]
# ## What to take along
#
# - A tree is a sequence if the sequence says where children end. Reading it back is the proof.
# - A likelihood does not name its latents: two vectors under one bound are one vector. Tasks say what each must tell, adversaries what it must not.
# - A bag of words is a poor meaning: it leaves out who acts on whom, and it holds the small words that belong to the syntax.
# - A function may return one thing and pass back another. Check the sign of what comes back; no curve shows it.
# - An adversary at its optimum measures $H(y \mid z)$. It bounds what leaks from below: success proves a leak, failure proves nothing about other readers.
# - Measure leaks with readers trained anew, on codes that they have not seen, in nats beside $H(y)$.
# - A decoder that listens to the right code, an adversary that finds nothing, and a code that holds nothing are three claims. Exchange shows the first.
#
# ## References
#
# - Y. Bao, H. Zhou, S. Huang, L. Li, L. Mou, O. Vechtomova, X. Dai, J. Chen. Generating sentences from disentangled syntactic and semantic spaces. ACL 2019. [arXiv:1907.05789](https://arxiv.org/abs/1907.05789)
# - O. Vinyals, L. Kaiser, T. Koo, S. Petrov, I. Sutskever, G. Hinton. Grammar as a foreign language. NeurIPS 2015. [arXiv:1412.7449](https://arxiv.org/abs/1412.7449)
# - Y. Ganin, V. Lempitsky. Unsupervised domain adaptation by backpropagation. ICML 2015. [arXiv:1409.7495](https://arxiv.org/abs/1409.7495)
# - D. Barber, F. Agakov. The IM algorithm: a variational approach to information maximization. NeurIPS 2003.
