"""Wrong answers to `linearise`, to work on."""

import torch
from answers import wrong


@wrong("Only the root is closed, at the very end.")
def closed_once_at_the_end(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))]

    tokens = said(int(parents.argmin()))
    return torch.tensor(tokens + [close] * (len(tokens) > 1), device=labels.device)


@wrong("`close` stands before the label of a node with children as well as behind its children.")
def bracketed_on_both_sides(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        if not children:
            return [int(labels[node])]
        return [close, int(labels[node]), *(token for child in children for token in said(child)), close]

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("Children without children of their own come before the others.")
def leaves_before_phrases(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        children.sort(key=lambda child: bool((parents == child).any()))
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("The tokens come back as floats.")
def tokens_as_floats(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device).float()


@wrong("It returns a list, not a tensor.")
def a_plain_list(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return said(int(parents.argmin()))


@wrong("The row is filled up with 0 to twice the number of nodes.")
def filled_up_with_zeros(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    tokens = said(int(parents.argmin()))
    return torch.tensor(tokens + [0] * (2 * len(labels) - len(tokens)), device=labels.device)


@wrong("Of each node only the first child is followed.")
def first_children_only(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()[:1]
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("The walk ends after the children of the root.")
def two_levels_only(labels, parents, close):
    root = int(parents.argmin())
    tokens = [int(labels[root])]
    for child in (parents == root).nonzero().flatten().tolist():
        tokens += [int(labels[child])] + [close] * bool((parents == child).any())
    return torch.tensor(tokens + [close] * (len(tokens) > 1), device=labels.device)


@wrong("The -1 of the root is overwritten in `parents` itself.")
def root_marked_in_place(labels, parents, close):
    root = int(parents.argmin())
    parents[root] = len(labels)

    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(root), device=labels.device)


@wrong("The children stand in reverse order, and nothing closes.", composed=True)
def reversed_and_never_closed(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()[::-1]
        return [int(labels[node]), *(token for child in children for token in said(child))]

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("Every node is closed, and node 0 is taken for the root.", composed=True)
def leaves_closed_from_the_first_node(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child)), close]

    return torch.tensor(said(0), device=labels.device)
