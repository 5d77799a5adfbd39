"""How fast does the sentence VAE train? Ours against the two ways in which it is usually written, in one run.

    python tests/benchmarks/bench_sentence_vae.py [--corpus NAME] [--steps 15] [--rounds 3] [--json]

All models have equal sizes, batches, noise and first weights, on one thread; times are CPU seconds of forward,
backward, clipping and Adam, the best of the rounds, in which the models take turns. "Packed" is a straightforward
nn.GRU on packed sequences with the softmax at every position and plain Adam, "loop" the same with a GRUCell and one
softmax a time step. The three GRUs compute the same function: their ELBOs after equal steps must agree.

What ours saves is the softmax at padding, so the goals are for a vocabulary of 10,000, as the Penn Treebank's. With
the 150 words of the embedded corpus there is next to nothing to save, and the three are about equally fast.
"""

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from common import parser_of, table
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from latentkit.data import load_sentences
from latentkit.data.download import find
from latentkit.data.registry import data_set
from latentkit.data.text import PAD, Vocabulary, bucketed_batches
from latentkit.models import SentenceVAE

GOALS = {"packed GRU": 1.4, "step loop": 2.8}


class PackedGRU(nn.Module):
    """The straightforward sentence VAE: packed sequences in, every position through the softmax, padding masked."""

    def __init__(self, vocab: int, embedding: int, hidden: int, latent: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embedding, padding_idx=PAD)
        self.encoder = nn.GRU(embedding, hidden, batch_first=True)
        self.w_mu = nn.Linear(hidden, latent, bias=False)
        self.w_logvar = nn.Linear(hidden, latent, bias=False)
        self.decoder = nn.GRU(embedding + latent, hidden, batch_first=True)
        self.output = nn.Linear(hidden, vocab)

    def loss(self, tokens: Tensor) -> Tensor:
        """The negative ELBO, averaged over sentences [B, T]."""
        lengths = (tokens != PAD).sum(-1)
        words = self.embedding(tokens)
        packed = pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
        h = self.encoder(packed)[1][0]
        q = Normal(self.w_mu(h), (0.5 * self.w_logvar(h)).exp())
        logits = self.logits(words[:, :-1], q.rsample(), lengths - 1)  # [B, T - 1, V]
        nll = cross_entropy(logits.transpose(1, 2), tokens[:, 1:], ignore_index=PAD, reduction="none").sum(-1)
        return (nll + kl_divergence(q, Normal(0.0, 1.0)).sum(-1)).mean()

    def logits(self, words: Tensor, z: Tensor, lengths: Tensor) -> Tensor:
        joined = torch.cat([words, z[:, None].expand(-1, words.shape[1], -1)], dim=-1)
        packed = pack_padded_sequence(joined, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.decoder(packed)[0], batch_first=True)
        return self.output(states)


class StepLoop(PackedGRU):
    """The same model with a decoder that goes step by step."""

    def __init__(self, vocab: int, embedding: int, hidden: int, latent: int):
        super().__init__(vocab, embedding, hidden, latent)
        self.decoder = nn.GRUCell(embedding + latent, hidden)

    def logits(self, words: Tensor, z: Tensor, lengths: Tensor) -> Tensor:
        state = words.new_zeros(len(words), self.decoder.hidden_size)
        logits = []
        for step in range(words.shape[1]):
            state = self.decoder(torch.cat([words[:, step], z], dim=-1), state)
            logits.append(self.output(state))
        return torch.stack(logits, dim=1)


@dataclass
class Runner:
    """A model in training.

    Attributes:
        model: has `loss(tokens) -> scalar`.
        optimiser: of its parameters.
        seconds: CPU time of each round.
    """

    model: nn.Module
    optimiser: torch.optim.Optimizer
    seconds: list[float]

    def round(self, batches: Iterable[Tensor], seed: int) -> None:
        """Train on some batches, with noise of a seed."""
        torch.manual_seed(seed)
        start = time.process_time()
        for tokens in batches:
            loss = self.model.loss(tokens)
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimiser.step()
        self.seconds.append(time.process_time() - start)


def runners(vocab: int, sizes: tuple[int, int, int]) -> dict[str, Runner]:
    """The models by name; the GRUs have the same weights, and never predict PAD or BOS."""
    torch.manual_seed(0)
    ours = SentenceVAE(vocab, *sizes, network="gru")
    models = {
        "ours, GRU": ours,
        "ours, LSTM": SentenceVAE(vocab, *sizes, network="lstm"),
        "ours, Transformer": SentenceVAE(vocab, *sizes, network="transformer"),
        "packed GRU": PackedGRU(vocab, *sizes),
        "step loop": StepLoop(vocab, *sizes),
    }
    with torch.no_grad():
        for name in ("packed GRU", "step loop"):
            _copy(ours, models[name])
    return {
        name: Runner(model, torch.optim.Adam(model.parameters(), lr=1e-3, fused=name.startswith("ours")), [])
        for name, model in models.items()
    }


def _copy(ours: SentenceVAE, theirs: PackedGRU) -> None:
    """Give a straightforward model our weights; its two outputs that ours does not have get no chance."""
    state = {name.replace(".network", ""): tensor for name, tensor in ours.state_dict().items()}
    if isinstance(theirs, StepLoop):
        state = {name.removesuffix("_l0") if "decoder" in name else name: tensor for name, tensor in state.items()}
    hidden = state["output.weight"].shape[1]
    state["output.weight"] = torch.cat([torch.zeros(2, hidden), state["output.weight"]])
    state["output.bias"] = torch.cat([torch.full((2,), -1e4), state["output.bias"]])
    theirs.load_state_dict(state)


def share_of_softmax(runner: Runner, batches: list[Tensor]) -> float:
    """How much of our step goes into the output layer, its softmax and their gradients."""
    output, spent = runner.model.output, 0.0
    for tokens in batches:
        targets = tokens[:, 1:][tokens[:, 1:] != PAD] - 2
        states = torch.randn(len(targets), output.in_features, requires_grad=True)
        start = time.process_time()
        cross_entropy(output(states), targets, reduction="sum").backward()
        spent += time.process_time() - start
    runner.model.zero_grad()
    return spent / min(runner.seconds)


@torch.no_grad()
def elbo(runner: Runner, tokens: Tensor) -> float:
    """In nats per sentence, with the noise of one seed."""
    torch.manual_seed(1)
    return -runner.model.loss(tokens).item()


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Train all models on the same batches, in turns."""
    corpus = load_sentences(options.corpus)
    vocabulary = Vocabulary.from_sentences(corpus.train)
    sentences = [vocabulary.encode(words) for words in corpus.train]
    stream = bucketed_batches(sentences, options.batch_size, torch.Generator().manual_seed(0))
    batches = [tokens for tokens, _ in zip(stream, range(options.steps), strict=False)]
    tokens_seen = sum(int((tokens[:, 1:] != PAD).sum()) for tokens in batches)
    sizes = (options.embedding, options.hidden, options.latent)
    found = runners(len(vocabulary), sizes)
    for number in range(options.rounds):
        for runner in found.values():
            runner.round(batches, seed=number)
    speed = {name: tokens_seen / min(runner.seconds) for name, runner in found.items()}
    bounds = {name: elbo(runner, batches[0]) for name, runner in found.items()}
    return {
        "corpus": options.corpus,
        "vocabulary": len(vocabulary),
        "sizes": {"batch": options.batch_size, "embedding": sizes[0], "hidden": sizes[1], "latent": sizes[2]},
        "steps": options.steps * options.rounds,
        "tokens_per_second": speed,
        "elbo": bounds,
        "elbo_before": elbo(runners(len(vocabulary), sizes)["ours, GRU"], batches[0]),
        "softmax_share": share_of_softmax(found["ours, GRU"], batches),
        "ratios": {name: speed["ours, GRU"] / speed[name] for name in GOALS},
        "goals": GOALS,
    }


def main() -> None:
    parser = parser_of(__doc__)
    here = all(find(file) for file in data_set("ptb").files)
    corpus = "ptb" if here else "embedded"
    parser.add_argument("--corpus", default=corpus, help="ptb where its file is here (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=32, help="sentences per step (default: %(default)s)")
    parser.add_argument("--embedding", type=int, default=128, help="dimensions (default: %(default)s)")
    parser.add_argument("--hidden", type=int, default=256, help="dimensions (default: %(default)s)")
    parser.add_argument("--latent", type=int, default=32, help="dimensions (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=15, help="steps a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the fastest counts (default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = measure(options)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['corpus']}, {result['vocabulary']:,} words, {result['sizes']}, torch {torch.__version__}")
    rows = [
        (name, f"{speed:,.0f}", f"{result['elbo'][name]:.3f}") for name, speed in result["tokens_per_second"].items()
    ]
    print(table(("model", "tokens per CPU second", "ELBO after equal steps"), rows))
    print(f"ELBO before the {result['steps']} steps: {result['elbo_before']:.3f}")
    print(f"share of the vocabulary's softmax in a step of ours (GRU): {100 * result['softmax_share']:.0f} %")
    for name, ratio in result["ratios"].items():
        print(f"ours (GRU) against the {name}: {ratio:.2f} × (goal for 10,000 words: {GOALS[name]} ×)")


if __name__ == "__main__":
    main()
