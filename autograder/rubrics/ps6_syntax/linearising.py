"""A tree as a sequence of labels and closing brackets."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from autograder.exercise.exercise import Exercise
from autograder.rubrics.ps6_syntax.trees import grown, labelled, renumbered
from latentkit.check.cases import Case
from latentkit.reference import syntax_semantics


def _linearise_cases(generator: np.random.Generator) -> Iterator[Case]:
    # a sentence: S has NP, VP and a full stop; the NP a determiner and a noun; the VP a verb
    sentence = [-1, 0, 1, 1, 0, 4, 0]
    yield _case(generator, "a sentence, numbered as it is read", sentence, close=30)
    yield _case(generator, "a tree numbered in no order", _stirred(generator, 9), close=int(generator.integers(31, 40)))
    yield _case(generator, "one node", [-1], close=20)
    yield _case(generator, "one below the other", [-1, 0, 1, 2], close=3)
    yield _case(generator, "one below the other, the last the root", [1, 2, 3, -1], close=25)
    yield _case(generator, "many children of one root, which stands between them", [2, 2, -1, 2, 2], close=0)
    yield _case(generator, "children that are numbered before their parents", [2, 2, 5, 4, 5, -1, 2, 4], close=29)
    # two inner children of the root, of which the first has the higher numbers below it; then a leaf
    yield _case(generator, "the first child has the later grandchildren", [-1, 0, 0, 2, 2, 1, 1, 0], close=28)
    yield _case(generator, "a bush of one label", _stirred(generator, 12), close=27, kinds=1)


def _stirred(generator: np.random.Generator, nodes: int) -> list[int]:
    """A random tree, numbered at random, whose root is not the first node and whose first child has a child.

    So that nobody is right by luck who takes the first node for the root, or the numbers for the order.
    """
    while True:
        parents = renumbered(generator, grown(generator, nodes, 5))
        if parents[0] >= 0 and any(parent > node for node, parent in enumerate(parents)) and len(set(parents)) > 4:
            return parents


def _case(generator: np.random.Generator, name: str, parents: Sequence[int], close: int, kinds: int = 6) -> Case:
    labels = labelled(generator, parents, leaves=10, kinds=kinds)
    if kinds > 1:  # no two children of a node are alike, so that their order shows
        for node, parent in enumerate(parents):
            before = [int(labels[other]) for other in range(node) if parents[other] == parent]
            low = 10 if node in parents else 4
            labels[node] = next(label for label in _from(int(labels[node]), low, 6) if label not in before)
    return Case(name, {"labels": labels, "parents": torch.tensor(parents), "close": close})


def _from(label: int, low: int, kinds: int) -> list[int]:
    """All labels of a kind, this one first."""
    return [low + (label - low + step) % kinds for step in range(kinds)]


linearise = Exercise(
    name="linearise",
    points=3,
    reference=syntax_semantics.linearise,
    cases=_linearise_cases,
    look="section 2, a tree as a sentence; Vinyals et al. 2015, linearised parse trees",
)


@linearise.mistake(
    "Nothing closes: `close` never stands there. Then the sequence does not say where a node's children end, and many "
    "trees have the same one."
)
def never_closed(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))]

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake(
    "Every node is closed, also those without children. A node that has none opens nothing: its label is all."
)
def leaves_closed(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child)), close]

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake(
    "The children stand in reverse order. They come in the order of their numbers; a stack hands out last what was put "
    "on it first."
)
def children_reversed(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()[::-1]
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake("A node's label stands behind its children. It comes first, so that a reader knows what begins.")
def label_last(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        if not children:
            return [int(labels[node])]
        return [*(token for child in children for token in said(child)), int(labels[node]), close]

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake("`close` stands before the children, as if it opened them. It stands behind the last of them.")
def closed_before_the_children(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node])] + [close] * bool(children) + [token for child in children for token in said(child)]

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake(
    "The tree is walked level by level, as by a queue. All that is below a child stands there before the next child "
    "begins."
)
def level_by_level(labels, parents, close):
    tokens, queue = [], [int(parents.argmin())]
    while queue:
        node = queue.pop(0)
        children = (parents == node).nonzero().flatten().tolist()
        tokens += [int(labels[node])] + [close] * bool(children)
        queue += children
    return torch.tensor(tokens, device=labels.device)


@linearise.mistake("These are the numbers of the nodes. Asked are their labels, `labels[node]`.")
def numbers_for_labels(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [node, *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake("You take node 0 for the root. The root is the node whose parent is -1; it may have any number.")
def first_node_for_the_root(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(0), device=labels.device)


@linearise.mistake("You take the last node for the root. The root is the node whose parent is -1.")
def last_node_for_the_root(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(len(labels) - 1), device=labels.device)


@linearise.mistake(
    "You read the nodes in the order of their numbers, as if parents always stood before their children and each "
    "child's own came right behind it. The numbers order only the children of one node: follow `parents` from the root."
)
def numbers_taken_for_the_order(labels, parents, close):
    tokens: list[int] = []
    above: list[int] = []
    for node, (label, parent) in enumerate(zip(labels.tolist(), parents.tolist(), strict=True)):
        while above and above[-1] != parent:
            above.pop()
            tokens.append(close)
        tokens.append(label)
        if (parents == node).any():
            above.append(node)
    return torch.tensor(tokens + [close] * len(above), device=labels.device)


@linearise.mistake(
    "A child whose number is below its parent's is missing. A parent may have any number, also a higher one."
)
def only_later_children(labels, parents, close):
    def said(node):
        children = [child for child in (parents == node).nonzero().flatten().tolist() if child > node]
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake("The root is not closed. It has children like any other node, and its `close` is the last token.")
def root_left_open(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    tokens = said(int(parents.argmin()))
    return torch.tensor(tokens[:-1] if len(tokens) > 1 else tokens, device=labels.device)


@linearise.mistake(
    "Where several nodes end at once there is a single `close`. Each node with children has one of its own."
)
def one_close_for_several(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        below = [token for child in children for token in said(child)]
        return [int(labels[node]), *below] + [close] * (bool(children) and below[-1] != close)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake("A node's own label stands again where it ends. What ends it is `close`, the same for all nodes.")
def closed_by_its_label(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        below = [token for child in children for token in said(child)]
        return [int(labels[node]), *below] + [int(labels[node])] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake(
    "The children are sorted by their labels. They stand in the order of their numbers: a determiner comes before its "
    "noun whatever the two are called."
)
def children_by_label(labels, parents, close):
    def said(node):
        children = sorted((parents == node).nonzero().flatten().tolist(), key=lambda child: int(labels[child]))
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@linearise.mistake("The nodes without children are missing. They have labels, too, and a place between the others.")
def leaves_left_out(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        if not children:
            return []
        return [int(labels[node]), *(token for child in children for token in said(child)), close]

    return torch.tensor(said(int(parents.argmin())), dtype=torch.long, device=labels.device)


@linearise.mistake("The root's label is missing. It is the first token.")
def root_unsaid(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin()))[1:], dtype=torch.long, device=labels.device)


@linearise.alternative
def linearised_by_recursion(labels, parents, close):
    children: dict[int, list[int]] = {node: [] for node in range(-1, len(labels))}
    for node, parent in enumerate(parents.tolist()):
        children[parent].append(node)

    def said(node):
        yield int(labels[node])
        for child in children[node]:
            yield from said(child)
        if children[node]:
            yield close

    return torch.tensor(list(said(children[-1][0])), device=labels.device)


@linearise.alternative
def linearised_by_sorted_paths(labels, parents, close):
    def path(node):
        return () if node < 0 else (*path(int(parents[node])), node)

    order = sorted(map(path, range(len(labels))))
    depths = [*map(len, order[1:]), 1]  # of the node that comes next; at the end only the root was open
    tokens = []
    for (*above, node), after in zip(order, depths, strict=True):
        tokens += [int(labels[node])] + [close] * (len(above) + 1 - after)
    return torch.tensor(tokens, device=labels.device)


@linearise.alternative
def linearised_with_two_visits(labels, parents, close):
    parts, todo = [], [(int((parents == -1).nonzero()), False)]
    while todo:
        node, seen = todo.pop()
        below = (parents == node).nonzero().flatten().flip(0).tolist()
        if seen:
            parts.append(torch.full_like(labels[:1], close))
            continue
        parts.append(labels[node].view(1))
        if below:
            todo.append((node, True))
        todo.extend((child, False) for child in below)
    return torch.cat(parts)


@linearise.alternative
def linearised_from_nested_lists(labels, parents, close):
    trees = [[label] for label in labels.tolist()]
    for node, parent in enumerate(parents.tolist()):
        if parent >= 0:
            trees[parent].append(trees[node])
    (root,) = (tree for tree, parent in zip(trees, parents.tolist(), strict=True) if parent < 0)
    tokens = []

    def write(tree):
        tokens.append(tree[0])
        for below in tree[1:]:
            write(below)
        if len(tree) > 1:
            tokens.append(close)

    write(root)
    return torch.tensor(tokens, device=labels.device)
