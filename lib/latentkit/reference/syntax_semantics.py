"""Meaning and syntax in two vectors, formula by formula (ps6): trees as tokens, a bag of words, an adversary, exchange.

z_sem shall tell what a sentence says, z_syn how it says it. Logs are natural. `B` sentences, `T` positions, `V` words,
`N` nodes of a tree, `L` tokens of its linearisation, `C` classes, `M` and `K` dimensions of z_sem and z_syn.

References:
    [1] Bao, Zhou, Huang, Li, Mou, Vechtomova, Dai and Chen 2019, Generating Sentences from Disentangled Syntactic and
        Semantic Spaces, https://arxiv.org/abs/1907.05789
    [2] Vinyals, Kaiser, Koo, Petrov, Sutskever and Hinton 2015, Grammar as a Foreign Language,
        https://arxiv.org/abs/1412.7449
    [3] Ganin and Lempitsky 2015, Unsupervised Domain Adaptation by Backpropagation, https://arxiv.org/abs/1409.7495
    [4] Barber and Agakov 2003, The IM Algorithm: A Variational Approach to Information Maximization
"""

from typing import Any

import torch
from torch import Tensor

from latentkit.data.text import UNK


def linearise(labels: Tensor, parents: Tensor, close: int) -> Tensor:
    """A tree as a sequence: each node's label, then its children in turn, then, if it has any, `close`.

    Args:
        labels: of the nodes, [N], integers.
        parents: the number of each node's parent, [N]; -1 for the root, of which there is one. The children of a node
            stand in the order of their numbers; a parent may have any number, also a higher one.
        close: the token that ends a node's children; no label.
    Returns:
        [L], integers.
    Raises:
        ValueError: the nodes are not one tree.
    Source: [2], linearised constituency trees; [1] gives them without the words.
    """
    children: list[list[int]] = [[] for _ in range(len(labels))]
    root = -1
    for node, parent in enumerate(parents.tolist()):
        if parent < 0:
            root = node
        else:
            children[parent].append(node)
    tokens: list[int] = []
    todo = [root] if root >= 0 else []
    while todo:
        node = todo.pop()
        if node < 0:
            tokens.append(close)
            continue
        tokens.append(int(labels[node]))
        if children[node]:
            todo += [-1, *reversed(children[node])]
    if len(tokens) != len(labels) + sum(map(bool, children)):
        raise ValueError(f"parents must be those of one tree, with -1 for its root alone, got {parents.tolist()}")
    return torch.tensor(tokens, device=labels.device)


def build_tree(tokens: Tensor, close: int, leaves: int) -> tuple[Tensor, Tensor]:
    """The tree that `linearise` made these tokens of: its nodes in the order in which their labels stand there.

    Args:
        tokens: a linearised tree, [L].
        close: the token that ends a node's children.
        leaves: labels below it are of nodes without children, all others of nodes with some.
    Returns:
        labels [N], and parents [N], -1 for the root; integers.
    Source: [2].
    """
    labels: list[int] = []
    parents: list[int] = []
    open_nodes = [-1]
    for token in tokens.tolist():
        if token == close:
            open_nodes.pop()
            continue
        labels.append(token)
        parents.append(open_nodes[-1])
        if token >= leaves:
            open_nodes.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


def bag_of_words_loss(logits: Tensor, tokens: Tensor) -> Tensor:
    """-Σ log softmax(logits) over the words of a sentence, whatever their order, averaged over the sentences.

    A word that stands there twice counts twice.

    Args:
        logits: one row a sentence, told from z_sem alone, [B, V].
        tokens: the sentences, [B, T]. PAD, BOS, EOS and UNK, the numbers up to 3, are no words and do not count.
    Returns:
        Scalar, in nats per sentence; differentiable in `logits`.
    Source: [1], the multi-task loss of the semantic variable.
    """
    told = logits.log_softmax(-1).gather(-1, tokens)  # [B, T]
    return -torch.where(tokens > UNK, told, 0).sum(-1).mean()


class _Reversed(torch.autograd.Function):
    """The identity forward, -weight times the gradient backward."""

    @staticmethod
    def forward(ctx: Any, codes: Tensor, weight: float) -> Tensor:
        ctx.weight = weight
        return codes.view_as(codes)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.weight * gradients[0], None


def reverse_gradient(codes: Tensor, weight: float) -> Tensor:
    """The codes themselves, whose gradient is multiplied by -weight on its way back.

    An adversary that reads them learns by its own loss, undisturbed; what made them learns to raise that loss.

    Args:
        codes: z_sem or z_syn, [B, M].
        weight: how strongly the encoder resists, at least 0.
    Returns:
        [B, M], equal to `codes`; its gradient in `codes` is -weight times the one that arrives.
    Source: [3], the gradient reversal layer; it minimises and maximises at once what [1] does in turns.
    """
    reversed_codes: Tensor = _Reversed.apply(codes, weight)
    return reversed_codes


def leaked_information(logits: Tensor, labels: Tensor) -> Tensor:
    """How much a code tells about a label, at least: H(labels) minus the adversary's cross-entropy.

    I(y; z) = H(y) - H(y | z), and no adversary's cross-entropy is below H(y | z), so this is a lower bound up to the
    error of the estimates. It is negative where the adversary does worse than the frequencies of the labels.

    Args:
        logits: the adversary's, read off the codes, [B, C].
        labels: what it had to tell, [B]; their frequencies in the batch give H(y).
    Returns:
        Scalar, in nats; differentiable in `logits`.
    Source: [4], the variational bound on mutual information.
    """
    cross_entropy = -logits.log_softmax(-1).gather(-1, labels.unsqueeze(-1)).mean()
    counts = labels.bincount(minlength=logits.shape[-1]).to(logits.dtype)
    shares = counts / counts.sum()
    return -torch.special.xlogy(shares, shares).sum() - cross_entropy


def exchange_syntax(z_semantic: Tensor, z_syntactic: Tensor, donors: Tensor) -> Tensor:
    """What the decoder reads to say each sentence in the syntax of another.

    Args:
        z_semantic: of the sentences, [B, M].
        z_syntactic: of the same sentences, [B, K].
        donors: for each sentence the number of the one whose syntax it takes, [B].
    Returns:
        [B, M + K], z_sem before z_syn; differentiable in both.
    Source: [1], syntax-transfer generation.
    """
    return torch.cat([z_semantic, z_syntactic[donors]], dim=-1)
