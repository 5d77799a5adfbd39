"""From a sequence of labels and closing brackets back to its tree."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps6_syntax.trees import grown, labelled
from latentkit.check.cases import Case
from latentkit.reference import syntax_semantics


def _build_cases(generator: np.random.Generator) -> Iterator[Case]:
    sentence = [-1, 0, 1, 1, 0, 4, 0]  # S has NP, VP and a full stop; the NP a determiner and a noun; the VP a verb
    leaves = int(generator.integers(6, 12))
    yield _case(generator, "a sentence", sentence, leaves, close=leaves + 9)
    yield _case(generator, "`close` is a small number", sentence, leaves=9, close=2)
    yield _case(generator, "one node", [-1], leaves, close=leaves + 4)
    yield _case(generator, "one below the other", [-1, 0, 1, 2, 3], leaves=7, close=1)
    yield _case(generator, "many children of one root", [-1, 0, 0, 0, 0, 0], leaves, close=leaves + 8)
    yield _case(
        generator, "several nodes end at once, and others go on", [-1, 0, 1, 2, 0, 4, 5, 5, 0], leaves=8, close=40
    )
    yield _case(generator, "a node ends inside another that goes on", [-1, 0, 1, 2, 1, 0], leaves=8, close=30)
    yield _case(
        generator, "the least label of a node with children", [-1, 0, 1, 1, 0, 4, 4], leaves, leaves + 3, kinds=1
    )
    yield _case(generator, "labels from 0 on", [-1, 0, 0, 2, 2, 0], leaves=2, close=9)
    yield _case(generator, "a bush", _in_order(generator, 14), leaves, close=leaves + 7)


def _in_order(generator: np.random.Generator, nodes: int) -> list[int]:
    """A random tree, numbered in the order in which its labels stand in the sequence."""
    parents = grown(generator, nodes, 6)
    order: list[int] = []
    todo = [0]
    while todo:
        order.append(todo.pop())
        todo += [node for node in reversed(range(nodes)) if parents[node] == order[-1]]
    return [-1, *(order.index(parents[node]) for node in order[1:])]


def _case(
    generator: np.random.Generator, name: str, parents: Sequence[int], leaves: int, close: int, kinds: int = 5
) -> Case:
    labels = labelled(generator, parents, leaves, kinds)
    tokens = syntax_semantics.linearise(labels, torch.tensor(parents), close)
    return Case(name, {"tokens": tokens, "close": close, "leaves": leaves})


build_tree = Exercise(
    name="build_tree",
    points=4,
    reference=syntax_semantics.build_tree,
    cases=_build_cases,
    look="section 2, and back; Vinyals et al. 2015, linearised parse trees",
)


@build_tree.mistake("`close` has become a node. It is no label: it only says that the node that is open ends.")
def close_kept_as_a_node(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        labels.append(token)
        parents.append(above[-1])
        if token == close:
            above.pop()
        elif token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "`close` ends nothing: what was opened last stays open, and all that follows hangs below it. Go back to the node "
    "that was open before."
)
def nothing_ends(tokens, close, leaves):
    labels, parents, above = [], [], -1
    for token in tokens.tolist():
        if token != close:
            labels.append(token)
            parents.append(above)
            if token >= leaves:
                above = len(labels) - 1
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "Each node hangs below the one before it. That is so only where the one before is open: a label below `leaves` "
    "opens nothing."
)
def below_the_one_before(tokens, close, leaves):
    labels = [token for token in tokens.tolist() if token != close]
    parents = list(range(-1, len(labels) - 1))
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "Nodes without children are opened, too. Nothing closes them, so what follows hangs below them: only a label from "
    "`leaves` on opens."
)
def leaves_opened(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "The border is off by one: a label *below* `leaves` is of a node without children, so `leaves` itself opens."
)
def border_off_by_one(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above = above[:-1] or [-1]
            continue
        labels.append(token)
        parents.append(above[-1])
        if token > leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake("It is the other way round: a label from `leaves` on has children, one below it has none.")
def kinds_swapped(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above = above[:-1] or [-1]
            continue
        labels.append(token)
        parents.append(above[-1])
        if token < leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "Where `close` is a small number you take it for a label of a node without children. Ask for `close` first."
)
def small_close_for_a_leaf(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token >= leaves and token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "You take every label from `leaves` on for a node, `close` among them where it is a large number. Ask for `close` "
    "first."
)
def large_close_for_a_node(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token < leaves and token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake("The root's parent is 0, which says that the root hangs below itself. It has none: -1.")
def root_below_itself(tokens, close, leaves):
    labels, parents, above = [], [], [0]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake("The parents are given by their labels. Two nodes can have one label: give the parent's *number*.")
def labels_of_the_parents(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(token)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "The parents are given by their places in `tokens`, where `close` has a place, too. A node's number counts the "
    "nodes alone."
)
def places_in_the_sequence(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for place, token in enumerate(tokens.tolist()):
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(place)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake("The nodes are counted from 1, and 0 is for none. Count from 0; the root's parent is -1.")
def counted_from_one(tokens, close, leaves):
    labels, parents, above = [], [], [0]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels))
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "All nodes hang below the root. A node hangs below the one that was opened last and is not closed yet."
)
def all_below_the_root(tokens, close, leaves):
    labels = [token for token in tokens.tolist() if token != close]
    parents = [-1, *[0] * (len(labels) - 1)]
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake("This is how *deep* each node lies. Asked is the number of the node above it.")
def depth_for_the_parent(tokens, close, leaves):
    labels, depths, depth = [], [], -1
    for token in tokens.tolist():
        if token == close:
            depth -= 1
            continue
        labels.append(token)
        depths.append(depth)
        depth += token >= leaves
    return torch.tensor(labels, device=tokens.device), torch.tensor(depths, device=tokens.device)


@build_tree.mistake("The two have changed places: return the labels first, then the parents.")
def parents_first(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(parents, device=tokens.device), torch.tensor(labels, device=tokens.device)


@build_tree.mistake(
    "One `close` ends all that is open but the root. It ends one node, the last that was opened; where several end, "
    "several stand there."
)
def one_close_for_all(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above = above[:2]
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.mistake(
    "Each node stands behind its children: you number a node when it ends. Number it when its label comes."
)
def numbered_when_they_end(tokens, close, leaves):
    found, done = [], []
    above: list[int] = []
    for token in tokens.tolist():
        if token == close:
            done.append(above.pop())
            continue
        found.append((token, above[-1] if above else -1))
        (above if token >= leaves else done).append(len(found) - 1)
    parents = [done.index(found[node][1]) if found[node][1] >= 0 else -1 for node in done]
    labels = [found[node][0] for node in done]
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.alternative
def built_by_recursion(tokens, close, leaves):
    labels: list[int] = []
    parents: list[int] = []
    rest = iter(tokens.tolist())

    def read(token, parent):
        node = len(labels)
        labels.append(token)
        parents.append(parent)
        if token >= leaves:
            for below in rest:
                if below == close:
                    return
                read(below, node)

    read(next(rest), -1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.alternative
def built_by_going_up(tokens, close, leaves):
    labels: list[int] = []
    parents: list[int] = []
    above = -1
    for token in tokens.tolist():
        if token == close:
            above = parents[above]
        else:
            labels.append(token)
            parents.append(above)
            if token >= leaves:
                above = len(labels) - 1
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@build_tree.alternative
def built_from_depths(tokens, close, leaves):
    is_node = tokens != close
    opens = is_node & (tokens >= leaves)
    depth = (opens.long() - (~is_node).long()).cumsum(0) - opens.long()  # before what the node itself opens
    labels, depth = tokens[is_node], depth[is_node]
    earlier = torch.ones(len(labels), len(labels), device=tokens.device).tril(-1).bool()
    above = earlier & (depth[None] == depth[:, None] - 1)  # the last node before it that lies one higher
    numbers = torch.arange(len(labels), device=tokens.device)
    return labels, torch.where(above, numbers, -1).amax(-1)
