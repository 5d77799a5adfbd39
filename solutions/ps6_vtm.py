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
# its name. Three hints are folded under each exercise; open them one at a time. No exercise needs your answer to another; in section 8 your functions together train the model that the last sections look at. Two derivations are graded by hand. Plan three hours.
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
import copy
import math
import warnings
from dataclasses import replace
from statistics import fmean

import torch
import torch.nn.functional as F
from torch import Tensor

from latentkit.check import check, showing
from latentkit.data.table_grammar import VALUES, Table, facts, parse, read_slots, realise_all
from latentkit.data.tables import MASK, Records, collate_tables, collate_values, load_tables
from latentkit.data.text import PAD, collate
from latentkit.decoding import greedy, sample
from latentkit.evaluation.data_to_text import evaluate_tables, evaluate_transfer, template_agreement
from latentkit.evaluation.data_to_text import masked as masked_words
from latentkit.explore import mix_templates
from latentkit.explore.figure import canvas, show, show_table
from latentkit.explore.pictures import show_training
from latentkit.models import TemplateMachine
from latentkit.trained import load_trained
from latentkit.training.template_machine import Losses, table_vocabulary, train_template_machine

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
# The corpus is a grammar of such announcements: events with up to nine fields, and fourteen templates, each of which can say every event. So for every sentence, whoever wrote it, `read_slots` finds the values that it mentions, and `parse` the table *and* the template, exactly, or nothing where the words are no sentence of the grammar. What a model leaves out or makes up is counted, not estimated. (We take tables of at most five values here: their sentences are short, and training fits into half a minute.)

# %% tags=["training"]
corpus, MOST_VALUES = load_tables("embedded"), 5
vocabulary = table_vocabulary(corpus.train)
train, held_out = (
    [text for text in part if sum(map(len, text.table.values())) <= MOST_VALUES] for part in (corpus.train, corpus.test)
)
tables = [text.table for text in held_out]
records = collate_tables(tables, vocabulary)
example = next(text for text in held_out if {"host", "day", "place"} <= text.table.keys())
show_table("A table", ("field", "value"), [(field, ", ".join(values)) for field, values in example.table.items()])
show_table("Some of its sentences", ("template", "sentence"), [(f"{said.template}", " ".join(said.words)) for said in realise_all(example.table)[::3]])  # fmt: skip
print(f"{len(train)} sentences to train on, {len(held_out)} held out, each about an event of its own")

# %% [markdown]
# Here is a *plain* decoder: the network that section 3 describes, an LSTM that reads $f(T)$ and looks at the table while it writes, without $z$. It is trained for some seconds on the pairs, by their likelihood and nothing else. Then it tells each held-out table eight times, at rising temperatures of its words.
#
# **Predict before you run.** In how many of fourteen ways will it say one table, at temperature 0 and at 1? And what of the table is lost meanwhile?


# %% tags=["training", "explore"]
def batch_of(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Records]:
    """A random batch: sentences [B, T], which of their words belong to which value [B, T], and their tables' records."""
    chosen = [train[number] for number in torch.randint(len(train), (size,), generator=generator).tolist()]
    tokens = collate([vocabulary.encode(text.words) for text in chosen])
    return tokens, collate_values(chosen), collate_tables([text.table for text in chosen], vocabulary)


@torch.no_grad()
def tell(model: TemplateMachine, tables: list[Table], z: Tensor, temperature: float = 0.0) -> list[list[str]]:
    """A sentence about each of N tables at its row of z, [N, M], as words; at temperature 0 the likeliest words."""
    step = model.writer(model.encode_tables(collate_tables(tables, vocabulary)))
    torch.manual_seed(1)
    rows = sample(step, z, 50, temperature) if temperature else greedy(step, z, 50)
    return [vocabulary.decode(row).split() for row in rows]


def drawn(model: TemplateMachine, temperature: float, times: int = 8, number: int = 60) -> tuple[list, list]:
    """Sentences about the first held-out tables, several about each, every one at a z of its own; and their tables."""
    asked = [table for table in tables[:number] for _ in range(times)]
    z = torch.randn(len(asked), model.sizes.template_dim, generator=torch.Generator().manual_seed(2))
    return tell(model, asked, z, temperature), asked


def ways(said: list[list[str]], times: int = 8) -> float:
    """Of `times` sentences about one table, how many different templates these follow, on average over the tables."""
    found = [parse(words) for words in said]
    groups = [found[start : start + times] for start in range(0, len(found), times)]
    return fmean(len({sentence.template for sentence in group if sentence}) for group in groups)


TEMPERATURES = (0.0, 0.3, 0.6, 1.0, 1.4)


def over_temperature(model: TemplateMachine) -> dict[str, list[float]]:
    """What is measured of eight sentences about each table, at each of the temperatures."""
    found = {"sentences exact": [], "values said": [], "values made up": [], "of the grammar": [], "ways of eight": []}
    for temperature in TEMPERATURES:
        said, asked = drawn(model, temperature)
        told = evaluate_tables(said, asked)
        shares = (told.exact, told.coverage, told.hallucination, told.fluency, ways(said))
        for values, share in zip(found.values(), shares, strict=True):
            values.append(share)
    return found


torch.manual_seed(0)
with warnings.catch_warnings():  # torch finds a z of no dimensions worth a warning
    warnings.filterwarnings("ignore", "Initializing zero-element tensors")
    plain = TemplateMachine(len(vocabulary), len(corpus.fields), template_dim=0)
optimiser, generator = torch.optim.Adam(plain.parameters(), lr=5e-3), torch.Generator().manual_seed(0)
PLAIN_STEPS = 300
for step in range(PLAIN_STEPS):
    optimiser.param_groups[0]["lr"] = 5e-3 * min(1, 2 * (1 - step / PLAIN_STEPS))
    tokens, _, told = batch_of(32, generator)
    loss = -plain.log_likelihood(tokens, torch.zeros(32, 0), plain.encode_tables(told)).mean()
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(plain.parameters(), 5.0)
    optimiser.step()
plain.eval()
of_plain = over_temperature(plain)
rows = [(f"{temperature:g}", *(f"{value:.0%}" for value in shares[:4]), f"{shares[4]:.1f}") for temperature, shares in zip(TEMPERATURES, zip(*of_plain.values(), strict=True), strict=True)]  # fmt: skip
show_table("A plain decoder: 60 held-out tables, eight sentences about each", ("temperature", *of_plain), rows)
said, _ = drawn(plain, 1.0)
for words in said[:4]:
    print(" ".join(words))

# %% [markdown]
# **Expected.** At temperature 0 it says each table in *one* way, eight times over (or in none that the grammar knows, which brings the mean below 1). A little temperature brings other ways at hardly any cost, as a plan is chosen by the first few words that are drawn. But the same dial also rules the draws further on, which nobody wanted: at 1 a third of the sentences or more are not exact any more, at 1.4 most, and the ways become fewer again, for they are no sentences. A value is exchanged for another of its field, a part is left out or said twice. Variety and mistakes have one and the same dial, and where to set it depends on the model and the data.

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

# %% tags=["explore"]
figure, panels = canvas(9.6, 3.3, columns=2)
drawings = {
    "a pair": ({"z": (0.9, 2.3), "T": (3.6, 2.3), "x": (2.2, 0.9), "x̃": (0.9, 0.5)}, ("T", "x", "x̃"), ("q(z | x)",)),
    "raw text": ({"z": (0.9, 2.3), "c": (3.6, 2.3), "x": (2.2, 0.9)}, ("x",), ("q(z | x)", "q(c | x)")),
}
told = []
for axes, (title, (places, observed, readers)) in zip(panels, drawings.items(), strict=True):
    for name, (across, up) in places.items():
        shade = "lightgrey" if name in observed else "white"
        axes.plot(across, up, "o", markersize=30, markerfacecolor=shade, markeredgecolor="black")
        axes.annotate(name, (across, up), ha="center", va="center", fontsize=13, style="italic")
    arrows = [(start, "x", "-", 0.0) for start in places if start not in ("x", "x̃")]
    arrows += [(start, "x̃", "-", 0.0) for start in ("z",) if "x̃" in places]
    arrows += [("x", reader[2], "--", -0.4 if reader[2] == "z" else 0.4) for reader in readers]
    for start, end, style, bend in arrows:
        axes.annotate("", places[end], places[start], arrowprops={"arrowstyle": "->", "shrinkA": 17, "shrinkB": 17, "linewidth": 1.3, "linestyle": style, "connectionstyle": f"arc3,rad={bend}"})  # fmt: skip
    axes.plot([0.2, 4.4, 4.4, 0.2, 0.2], [0.0, 0.0, 2.9, 2.9, 0.0], color="black", linewidth=1)
    axes.set(xlim=(0, 4.6), ylim=(-0.1, 3.1), xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(False)
    lines = ", ".join(
        f"{'solid' if style == '-' else 'dashed'} from {start} to {end}" for start, end, style, _ in arrows
    )
    told.append(
        f"{title}: a plate with the nodes {', '.join(places)}, of which {', '.join(observed)} shaded; arrows {lines}"
    )
show(figure, "Two plates, one plate a sentence. " + ". ".join(told) + ".", caption="Who tells whom (solid), and what is read off a sentence (dashed). Shaded is what is observed: in a pair the table T, in raw text nothing but x.")  # fmt: skip

# %% [markdown]
# One decoder for both: in the left plate it reads $f(T)$ and looks at the records of $T$, in the right one it reads $c$ and has nothing to look at. What stands at the top left is shared, and so is what the decoder knows of writing. The arrow to $\tilde x$ belongs to section 5.

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
# Where does a decoder look? Let the plain one of section 1 write a sentence with *your* attention, and read off the weights. `attend` hands out no weights, but they can be had from outside: give each record a coordinate of its own, and the context's new coordinates are the weights. (The other coordinates of the query are stretched to undo that $\sqrt H$ has grown.)
#
# **Predict before you run.** The state that asks has read the words *before* the one that it is about to write. At which record does it look when it is to write the second word of a name? And at a word that is in no table?

# %% tags=["training", "explore"]
with showing("attend"):

    def weights_of(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
        """The attention's weights, [B, N]."""
        size, number = keys.shape[2], keys.shape[1]
        own = torch.eye(number).expand(len(keys), number, number)
        stretched = torch.cat([query * math.sqrt((size + number) / size), query.new_zeros(len(query), number)], dim=1)
        return attend(stretched, torch.cat([keys, own], dim=2), present)[:, size:]

    looks = []

    def watched(query: Tensor, keys: Tensor, present: Tensor) -> Tensor:
        looks.append(weights_of(query, keys, present)[0])
        return attend(query, keys, present)

    with torch.no_grad():
        encoded = plain.encode_tables(collate_tables([example.table], vocabulary))
        (row,) = greedy(plain.writer(encoded, watched), torch.zeros(1, 0), 50)
        nothing = attend(torch.randn(2, 4), torch.randn(2, 3, 4), torch.zeros(2, 3, dtype=torch.bool))
    names = [word for values in example.table.values() for value in values for word in value.split()]
    spoken = [*vocabulary.decode(row).split(), "EOS"]
    rows = [(word, names[look.argmax()], f"{look.max():.2f}", f"{look.sum():.2f}") for word, look in zip(spoken, looks, strict=False)]  # fmt: skip
    show_table("Your attention while a sentence is written", ("word that is written", "record looked at most", "its weight", "sum of the weights"), rows)  # fmt: skip
    print(f"longest context of rows without a record: {nothing.norm(dim=1).max():g}")

# %% [markdown]
# **Expected.** Where a value is written, most of the weight is on its record, or on the other word of the same value. Nothing taught the decoder to look there; it is the cheapest way to know the word. At small words before a value, "on" or "the", it often looks ahead to that value; at others the weights are spread, as nothing depends on them. All sum to 1. **A wrong one** has weights that sum to something else (softmax over the wrong places), hardly a preference ($\sqrt H$ or the dot product lost), or a context that is not 0 where nothing is.

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
# What does the unit do? A *ready-made* template machine comes with the kit, trained for minutes on pairs and raw text. Let it go on learning from raw text alone, for a few steps, by your bound: once in nats per sentence, and once as the paper's public code mixes it, with the log-likelihood as a mean per word. By (iv) the second is the first with each weight multiplied by the sentence's number of words, and the whole divided by it. (The ready-made model was trained with $w_z$ up to 1 and $w_c$ up to 0.1; these are the weights here, too.)
#
# **Predict before you run.** Which KL falls further, and what becomes of the words' likelihood?

# %% tags=["training", "explore"]
ready = load_trained("vtm").model  # of the same words and fields
with showing("template_elbo"):
    some = collate([vocabulary.encode(text.words) for text in held_out])

    def raw_terms(model: TemplateMachine) -> list[float]:
        """Of held-out sentences without tables: -log p(x | z, c), both KL terms, and the negative of (4)."""
        torch.manual_seed(3)
        with torch.no_grad():
            terms = model.terms(some)
            bound = template_elbo(terms.log_likelihood, terms.kl_template, terms.kl_content, 1.0, 0.1)
        parts = (-terms.log_likelihood, terms.kl_template, terms.kl_content, -bound)
        return [part.mean().item() for part in parts]

    rows = [("before", *raw_terms(ready))]
    for label, mixed in {"nats per sentence": False, "mean per word beside KL per sentence": True}.items():
        model, generator = copy.deepcopy(ready).train(), torch.Generator().manual_seed(4)
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
        torch.manual_seed(4)
        for _ in range(80):
            tokens, _, _ = batch_of(32, generator)
            terms, words = model.terms(tokens), (tokens != PAD).sum(1) - 1  # EOS is a word, BOS is not
            likelihood = terms.log_likelihood / words if mixed else terms.log_likelihood
            loss = -template_elbo(likelihood, terms.kl_template, terms.kl_content, 1.0, 0.1).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
        rows.append((f"80 steps by {label}", *raw_terms(model.eval())))
    show_table("The ready-made model learns from raw text, held-out sentences, nats per sentence", ("", "words: −log p(x | z, c)", "KL of z", "KL of c", "−(4) by you"), [(name, *(f"{value:.1f}" for value in values)) for name, *values in rows])  # fmt: skip

# %% [markdown]
# **Expected.** In nats per sentence the KL of $c$ falls far, at little cost to the words (raw text alone does not ask that $c$ be $f(T)$), and the KL of $z$ stays near the $\ln 14 = 2.64$ nats that a template is worth. By the mix $z$ is all but empty after these few steps, $c$ has little left, and the words cost nearly twice as much: a nat in either latent has to save as many nats of words as the sentence has words, and hardly any does. The last column is what the first of the two trainings lowers; the second lowers it less. **A wrong one** shows no collapse (a KL without its weight, or detached), or KL terms that grow in the first row of the trainings (sign).

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
# Two different sentences, and two different templates. Now all sentences of the training set. Which of them share a masked sentence?
#
# **Predict before you run.** There are fourteen templates. How many different masked sentences will there be?

# %% tags=["training", "explore"]
mask_id = vocabulary.encode([MASK])[0]
with showing("mask_values"):
    tokens, spans = collate([vocabulary.encode(text.words) for text in train]), collate_values(train)
    ours = mask_values(tokens, spans, mask_id)
    told = [tuple(vocabulary.decode(row[1:]).split()) for row in ours]
    theirs = [masked_words(text.words, text.spans) for text in train]
    by_template = {}
    for words, text in zip(told, train, strict=True):
        by_template.setdefault(words, set()).add(text.template)
    rows = [
        ("different sentences", f"{len({text.words for text in train})}"),
        ("different masked sentences, by you", f"{len(by_template)}"),
        ("by the library", f"{len(set(theirs))}"),
        ("sentences masked as the library masks them", f"{fmean(map(tuple.__eq__, told, theirs)):.0%}"),
        ("masked sentences that belong to one template alone", f"{fmean(len(ways) == 1 for ways in by_template.values()):.0%}"),
    ]  # fmt: skip
    show_table(f"The {len(train)} sentences of the training set", ("", "number"), rows)
    for text in sorted({text for text in by_template if 0 in by_template[text]}, key=len)[:4]:
        print(" ".join(text))

# %% [markdown]
# **Expected.** Far fewer than the sentences, and far more than fourteen. A field that the table lacks leaves its part out, and a second host adds a mask; so $\tilde x$ also says which fields there are. What is left of the fourteen is that no masked sentence belongs to two of them. **A wrong one** has more masked sentences than the library (a run of two words leaves two masks), or fewer (neighbours have become one).

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
# How much does a $z$ tell of $\tilde x$? Ask the ready-made model's second decoder, with your loss: at $z$ read off the sentence itself; off another sentence of the same template; off one of another template; and at a $z$ drawn from the prior.
#
# **Predict before you run.** In which order? And which of the differences is due to the template, and which to the fields that are there?

# %% tags=["training", "explore"]
with showing("mask_values", "template_loss"):
    tokens, spans = collate([vocabulary.encode(text.words) for text in held_out]), collate_values(held_out)
    x_masked = mask_values(tokens, spans, mask_id)
    partners = {"the sentence itself": list(range(len(held_out)))}
    for label, same in {"another of the same template": True, "one of another template": False}.items():
        partners[label] = [
            next(
                (start + shift) % len(held_out)
                for shift in range(1, len(held_out))
                if (held_out[(start + shift) % len(held_out)].template == held_out[start].template) == same
            )
            for start in range(len(held_out))
        ]
    with torch.no_grad():
        mu = ready.read(tokens).template_mu
        places = {f"read off {label}": mu[chosen] for label, chosen in partners.items()}
        places["drawn from the prior"] = torch.randn(mu.shape, generator=torch.Generator().manual_seed(5))
        found = {
            label: template_loss(ready.template_logits(z, x_masked), x_masked[:, 1:]) for label, z in places.items()
        }
    words = (x_masked[:, 1:] != PAD).sum(1)
    rows = [(label, f"{nats.mean():.1f}", f"{(nats / words).mean():.2f}") for label, nats in found.items()]
    show_table("What z leaves to be told of x̃", ("z", "your loss, nats per sentence", "the same, per word"), rows)

# %% [markdown]
# **Expected.** A sentence of the same template tells nearly as much as the sentence itself. The small rest are the fields: $\tilde x$ also says which of them there are. Off another template $z$ is no better than a draw from the prior, some ten nats worse: it tells the wrong template with confidence. **A wrong one** has a first column that is the second (a mean per word), or numbers that are far too large (PAD counted), or the other sign.

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
# What does the barrier do? Train two new models on pairs for a few seconds, by (1) and your loss. One holds $f(T)$ still, as you do. In the other the distance pulls at both ends: the cell takes your loss a second time, with $\mu$ and $f(T)$ exchanged, for its gradient alone. Both print the same number at the first step.
#
# **Predict before you run.** In which model will $c$ be nearer to $f(T)$? In which will $c$ know more of the table?

# %% tags=["training", "explore"]
with showing("content_loss"):

    def leaking(mu: Tensor, logvar: Tensor, table: Tensor, kl_weight: float = 1.0) -> Tensor:
        """The value of your loss; its distance pulls at the table's end, too."""
        other_end = content_loss(table, logvar.detach(), mu, 0.0)
        return content_loss(mu, logvar, table, kl_weight) + other_end - other_end.detach()

    tokens, told = collate([vocabulary.encode(text.words) for text in held_out]), {}
    STEPS, EVERY = 105, 15
    panels = {"spread of f(T)": {}, "distance of μ from f(T)": {}, "distance / spread": {}}
    for label, loss_of in {"f(T) holds still": content_loss, "f(T) may move": leaking}.items():
        torch.manual_seed(6)
        model, generator = TemplateMachine(len(vocabulary), len(corpus.fields)), torch.Generator().manual_seed(6)
        optimiser, measured = torch.optim.Adam(model.parameters(), lr=5e-3), []
        for step in range(STEPS + 1):
            if step % EVERY == 0:
                with torch.no_grad():
                    table, mu = model.encode_tables(records).content, model.read(tokens).content_mu
                spread = (table - table.mean(0)).square().sum(-1).mean().item()
                away = (mu - table).square().sum(-1).mean().item()
                measured.append((spread, away, away / spread))
            few, _, pairs = batch_of(32, generator)
            terms = model.terms(few, pairs)
            reading = terms.reading
            content = loss_of(reading.content_mu, reading.content_logvar, terms.table.content, 0.02)
            loss = (0.1 * terms.kl_template - terms.log_likelihood + content).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
        for panel, values in zip(panels.values(), zip(*measured, strict=True), strict=True):
            panel[label] = list(values)
    show_training(list(range(0, STEPS + 1, EVERY)), panels, caption="Held-out tables, mean squares summed over the dimensions of f(T).")  # fmt: skip
    with torch.no_grad():
        table, mu = ready.encode_tables(records).content, ready.read(tokens).content_mu
    spread = (table - table.mean(0)).square().sum(-1).mean().item()
    print(
        f"ready-made: spread {spread:.1f}, distance / spread {(mu - table).square().sum(-1).mean().item() / spread:.2f}"
    )

# %% [markdown]
# **Expected.** Where $f(T)$ holds still, its spread *grows*: the decoder has use for it, and $\mu$ has to follow a target that moves away. Where it may move, the distance falls at once to a small part of the other's. It looks like the better loss, and is the worse one: the encodings have come together, to a spread that is a small part of the other's. The last panel compares the two: $c$ knows something of the table where the distance is well below the spread. Without the barrier it is above, and there is hardly anything left to know. With it, it is above as well after so few steps, as $\mu$ learns later than $f$; the printed line says where the ready-made model has come to. **A wrong one,** without `detach`, has two curves that both go to 0.

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
# Now count: the plain decoder of section 1 once more, by your function. A column is one value of one field, for a wrong day is a day that is missing *and* one that is made up.
#
# **Predict before you run.** Which of the two shares grows faster with the temperature?

# %% tags=["training", "explore"]
with showing("slot_coverage"):
    columns = [(field, value) for field, values in VALUES.items() for value in values]

    def marked(slots: list[Table]) -> Tensor:
        """Which values each of N tables has, bool, [N, values]."""
        found = [facts(table) for table in slots]
        return torch.tensor([[column in table for column in columns] for table in found])

    rows = []
    for temperature in TEMPERATURES:
        said, asked = drawn(plain, temperature)
        coverage, hallucination = slot_coverage(marked([read_slots(words) for words in said]), marked(asked))
        pooled = evaluate_tables(said, asked)
        perfect = ((coverage == 1) & (hallucination == 0)).double().mean()
        rows.append((f"{temperature:g}", f"{coverage.mean():.1%}", f"{pooled.coverage:.1%}", f"{hallucination.mean():.1%}", f"{pooled.hallucination:.1%}", f"{perfect:.0%}", f"{pooled.exact:.0%}"))  # fmt: skip
    show_table("The plain decoder's sentences", ("temperature", "your coverage, mean of sentences", "of all values together", "your hallucination, mean", "of all together", "1 and 0 by you", "exact by the library"), rows)  # fmt: skip

# %% [markdown]
# **Expected.** Yours is a mean of shares, the library's a share of all values together: a table of two values weighs as much as one of five in the first, and less in the second, so they are close and not equal. The last two columns *are* equal: a sentence is exact just when nothing is missing and nothing made up. The two errors grow together, as most mistakes are an exchange of one value for another, which is both. **A wrong one** has a NaN (0/0 at a sentence that says nothing), shares above 1, or a hallucination that is 1 − coverage.

# %% [markdown]
# ## 8. Training with your losses
#
# *Lecture: Data to Generation.*
#
# All pieces are there. Each step takes a batch of pairs and of raw sentences. Pairs are told by (1), from $f(T)$ and with your attention to the records, and add $\lambda_c L_{\text{content}}$ and $\lambda_t L_{\text{template}}$, the second on sentences that your `mask_values` has masked. Raw sentences are told by (3), from $c$. Your `template_elbo` weighs either. In the first half of the steps the KL terms weigh little; in the second their weights rise.
#
# **Predict before you run.** At the end, how many nats should the KL of $z$ be about, if $z$ holds one of fourteen templates, and no more?

# %% tags=["training"]
RAW = 400  # sentences whose tables are hidden from the training
SETTINGS = {
    "steps": 700,
    "batch_size": 32,
    "learning_rate": 5e-3,
    "kl_template": (0.05, 0.5),
    "kl_content": (0.01, 0.1),
    "content_weight": 1.0,
    "template_weight": 1.0,
    "paired_share": 0.75,
}
machines, player, whose = {"ready-made": ready}, ready, "the ready-made model"  # yours takes its place if it trains
with showing("attend", "template_elbo", "mask_values", "template_loss", "content_loss"):
    losses = Losses(attend, mask_values, template_loss, content_loss, template_elbo)
    torch.manual_seed(0)
    yours = TemplateMachine(len(vocabulary), len(corpus.fields))
    went = train_template_machine(yours, vocabulary, train[RAW:], [text.words for text in train[:RAW]], losses, **SETTINGS, label="yours")  # fmt: skip
    machines, player, whose = {"yours": yours, **machines}, yours, "your model"
    every = len(went.pairs) // 20

    def smoothed(values: Tensor) -> list[float]:
        return values[: every * 20].view(20, every).mean(1).tolist()

    parts = {
        "−log p(x | z, f(T))": went.pairs,
        "−log p(x | z, c)": went.raw,
        "KL of z": went.kl_template,
        "KL of c": went.kl_content,
        "L_template": went.template,
        "L_content": went.content,
    }
    steps = [every * (number + 1) for number in range(20)]
    curves = {name: smoothed(values) for name, values in parts.items()}
    panels = {
        title: {"yours": curves[title]} for title in ("−log p(x | z, f(T))", "KL of z", "L_template", "L_content")
    }
    show_training(steps, panels, caption="Your training, nats per sentence; each point is a mean over some steps.")
    ends = [(name, f"{values[0]:.1f}", f"{values[-1]:.1f}") for name, values in curves.items()]
    show_table("Nats per sentence, at the beginning and at the end", ("", "first steps", "last steps"), ends)
    print(f"ln 14 = {math.log(14):.2f} nats")

# %% [markdown]
# **Expected.** Of pairs the words cost next to nothing in the end, about a nat: table and template together say the sentence. Of raw text they cost several times as much, although $c$ holds tens of nats: all values have to go through one vector, where nothing can be looked up. The KL of $z$ begins high, where its weight is still 0, drops, rises again while it is cheap and $z$ learns what it is good for, and falls when its weight rises, to some four nats. That is more than $\ln 14$, for $L_{\text{template}}$ makes $z$ hold all of $\tilde x$, and this also says which fields there are. $L_{\text{content}}$ keeps more than half of its first value, as its target grows meanwhile (section 6). **A wrong one** is refused by name where it has no gradient. One with a false scale trains, but its KL of $z$ is near 0 (a loss per word) or stays high.
#
# A formula that passes on no gradient is refused before it can waste your time, and by its name:

# %% tags=["training"]
with showing("attend", "template_elbo", "mask_values", "template_loss", "content_loss"):
    sound = Losses(attend, mask_values, template_loss, content_loss, template_elbo)
    mistaken = {
        "a content loss under no_grad": {"content_loss": torch.no_grad()(content_loss)},
        "a mean over the batch": {"template_loss": lambda logits, masked: template_loss(logits, masked).mean()},
        "a KL by its value": {"template_elbo": lambda words, kl_z, kl_c, w_z, w_c: template_elbo(words, kl_z.detach(), kl_c, w_z, w_c)},
    }  # fmt: skip
    for label, change in mistaken.items():
        try:
            train_template_machine(copy.deepcopy(ready), vocabulary, train[:64], [], replace(sound, **change), steps=2, label=label)  # fmt: skip
        except ValueError as error:
            print(f"{label}: {error}")

# %% [markdown]
# ### The dial and the die
#
# Now the question of section 1 again. Each of eight sentences about a table has a $z$ of its own, drawn from the prior, and its words are drawn at a temperature, or not drawn at all.
#
# **Predict before you run.** In how many ways is a table said at temperature 0? What does the temperature add?

# %% tags=["training", "explore"]
measured = {"plain": of_plain} | {label: over_temperature(model) for label, model in machines.items()}
titles = ("ways of eight", "sentences exact", "values made up")
show_training(list(TEMPERATURES), {title: {label: found[title] for label, found in measured.items()} for title in titles}, xlabel="temperature of the words", caption="60 held-out tables, eight sentences about each: how many templates these follow, the share that says the table exactly, and the share of values said that are not in the table.")  # fmt: skip
rows = [(f"{label}, {temperature:g}", *(f"{found[name][place]:.0%}" for name in list(found)[:4]), f"{found['ways of eight'][place]:.1f}") for label, found in measured.items() for place, temperature in enumerate(TEMPERATURES)]  # fmt: skip
show_table("The same in numbers", ("model, temperature", *of_plain), rows)
print(f"different ones among eight even draws from fourteen: {14 * (1 - (13 / 14) ** 8):.1f}")
said, asked = drawn(player, 0.0)
show_table(f"One table by {whose}, at temperature 0 and eight draws of z", ("template", "sentence"), [(f"{found.template if (found := parse(words)) else 'none'}", " ".join(words)) for words in said[:8]])  # fmt: skip

# %% [markdown]
# **Expected.** A model with $z$ says a table in several ways at temperature 0: the die is thrown once, before the first word, and the words need no draw at all. Drawing eight times evenly from fourteen templates gives about six different ones (the printed number), and the ready-made model is close to it, with nearly all sentences exact. Yours, half a minute old, finds four or five, with about nine sentences in ten exact. The temperature adds no ways to either; it adds mistakes.
#
# Be fair to the plain decoder: at 0.6 it is about as varied and about as exact as your model. In a grammar where the first words decide the plan and nothing later is in doubt, a cool draw of words does well, and only the ready-made model, trained for longer, is beyond it in both. Where the right temperature lies the plain decoder does not tell, and no sentence of it can be said in the way of another. That is the next section.

# %% [markdown]
# ## 9. The template of one, the table of another
#
# *Lecture: Data to Generation.*
#
# If $z$ is the template, it can be taken from one sentence and used for another table. Read $z$ off a sentence, at the mean of $q(z \mid x)$, and tell a table with it: its own, or another. Nothing in the training ever showed the second kind of sentence. In the following figure your model does so as you move the slider, or change a table, with its attention below the words.
#
# **Predict before you run.** You take the place out of table B, or give it a second host: which words of its sentence change? And halfway between two sentences, will a table be told half in one way and half in the other?

# %% tags=["training", "explore"]
by_way = {text.template: text for text in held_out[::-1]}
others = [text for way, text in by_way.items() if way != example.template]
print(f"by {whose}:")
mix_templates(player, vocabulary, [others[0], example, *others[1:5]])  # or ready, for player

# %% [markdown]
# **Expected.** In the ready-made model a value that you exchange changes its own words and no others; a field that you take out takes its part of the sentence with it, or leaves what the template says in its place, "soon" or "our house"; a second host brings an "and", and the verb its plural. Between two sentences nothing is told half and half: every place speaks by one template, up to a point where it goes over to another, often by way of a third. Yours is less sure of itself. Where a field comes or goes, it often takes another template, and between two sentences about one place in eight is told by none.
# Where no field stands below a value, none had half of the attention; the decoder reads $f(T)$ as well.
#
# Now count. Every held-out table $B$ is told by the $z$ of another sentence $A$. The parser says whether what comes out has $A$'s template, and whether its values are $B$'s.
#
# **Predict before you run.** What if $A$ says a field that $B$ lacks?


# %% tags=["training", "explore"]
@torch.no_grad()
def read_z(model: TemplateMachine, texts: list) -> Tensor:
    """The means of q(z | x), [N, M]."""
    return model.read(collate([vocabulary.encode(text.words) for text in texts])).template_mu


rows = []
shifted = held_out[-1:] + held_out[:-1]  # each table gets the sentence before it for its A
for label, model in machines.items():
    for donor, donors in {"its own sentence": held_out, "another": shifted}.items():
        moved = evaluate_transfer(tell(model, tables, read_z(model, donors)), donors, tables)
        shares = (moved.template_kept, moved.chance, moved.exact, moved.both)
        rows.append((f"{label}, {donor}", *(f"{share:.0%}" for share in shares)))
show_table("All held-out tables, each told by the z of its own sentence and of another", ("model, A", "A's template", "by chance", "B's values exactly", "both"), rows)  # fmt: skip

# %% [markdown]
# **Expected.** The ready-made model keeps $A$'s template and says $B$'s values in nearly all cases; yours does both in somewhat less than half, where by chance a template is kept in fewer than one of ten. What yours misses most is the template, not the values: these are $B$'s exactly in six of seven sentences. In part its $z$ is not sharp yet, for even a table's own sentence is told again in its own template in about two of three cases only. In part $z$ holds too much. $L_{\text{template}}$ asked for $\tilde x$, which also says which fields $A$ has;
# so the more fields $A$ and $B$ do not share, the less often does the ready-made model keep $A$'s template, and where yours gets values wrong, it mostly leaves out a field that $A$ lacks, or makes up one that only $A$ has. Template and choice of fields are not parted by this loss. (The KL presses for it, for the table tells the fields anyway; it takes longer than half a minute.)
#
# ### Is $z$ the template?
#
# Cluster the means of $q(z \mid x)$ into fourteen groups by k-means, and compare the groups with the true templates: adjusted mutual information, 1 where they are the same, about 0 by chance. And to have something to compare with, do the same with the masked sentences themselves, as counts of their words, without any model.
#
# **Predict before you run.** Will the model beat the counts?

# %% tags=["training", "explore"]
rows = []
asked_of = {f"{label}, short sentences": (model, train[:600]) for label, model in machines.items()}
asked_of["ready-made, sentences of all lengths"] = (ready, corpus.test)
for label, (model, texts) in asked_of.items():
    agreement = template_agreement(read_z(model, texts), texts)
    rows.append(
        (label, f"{agreement.latent:.2f}", f"{agreement.masked_words:.2f}", f"{round(agreement.chance, 2) + 0.0:.2f}")
    )
show_table("Clusters beside true templates, adjusted mutual information", ("model", "of z", "of masked words", "of z, shuffled"), rows)  # fmt: skip

# %% [markdown]
# **Expected.** In short sentences no, or hardly. Once the values are masked, counts of words find the templates nearly perfectly, for each has small words of its own. Your $z$ agrees with the templates far better than chance, and clearly less than the counts; the ready-made model's is as good as they are. In sentences of all lengths, with more fields, the counts fall behind: how many masks there are begins to outweigh the small words. The ready-made $z$ does not fall. So a model is hardly needed to *find* templates, if somebody says which words are values; it is needed to write in them. Keep such a baseline beside every cluster that you are shown.

# %% [markdown]
# ## 10. Why it takes both losses
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
# - Put the simplest thing that works beside a model: a cool draw of words, a count of masked sentences. Some of its merits are theirs, too; holding a template and changing the table is not.
#
# ## References
#
# - R. Ye, W. Shi, H. Zhou, Z. Wei, L. Li. Variational template machine for data-to-text generation. ICLR 2020. [arXiv:2002.01127](https://arxiv.org/abs/2002.01127)
# - M.-T. Luong, H. Pham, C. D. Manning. Effective approaches to attention-based neural machine translation. EMNLP 2015. [arXiv:1508.04025](https://arxiv.org/abs/1508.04025)
