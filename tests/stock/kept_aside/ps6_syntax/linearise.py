"""Wrong answers to `linearise`, kept aside."""

import torch
from answers import wrong


@wrong("The last child of each node is missing.")
def last_child_missing(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        below = [token for child in children[:-1] for token in said(child)]
        return [int(labels[node]), *below] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("It returns one row, [1, L].")
def a_row_of_a_batch(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor([said(int(parents.argmin()))], device=labels.device)


@wrong("Each node with children is closed twice.")
def closed_twice(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        below = [token for child in children for token in said(child)]
        return [int(labels[node]), *below] + [close, close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("Children with children of their own come before the others.")
def phrases_before_leaves(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        children.sort(key=lambda child: not (parents == child).any())
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("BOS, 1, and EOS, 2, stand around the tree.")
def between_bos_and_eos(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor([1, *said(int(parents.argmin())), 2], device=labels.device)


@wrong("What closes is -1 in place of `close`.")
def closed_by_minus_one(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [-1] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("It returns how deep each token lies besides.")
def depths_besides(labels, parents, close):
    tokens, depths = [], []

    def say(node, depth):
        children = (parents == node).nonzero().flatten().tolist()
        tokens.append(int(labels[node]))
        depths.append(depth)
        for child in children:
            say(child, depth + 1)
        if children:
            tokens.append(close)
            depths.append(depth)

    say(int(parents.argmin()), 0)
    return torch.tensor(tokens, device=labels.device), torch.tensor(depths, device=labels.device)


@wrong("A node with a single child is left out, and the child takes its place.")
def chains_cut_short(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        below = [token for child in children for token in said(child)]
        return below if len(children) == 1 else [int(labels[node]), *below] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("The nodes with children are written over in `labels` itself.")
def labels_used_up(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        own = int(labels[node])
        labels[node] = -1
        return [own, *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device)


@wrong("The nodes stand level by level, and nothing closes.", composed=True)
def level_by_level_without_closing(labels, parents, close):
    tokens, level = [], [int(parents.argmin())]
    while level:
        tokens += [int(labels[node]) for node in level]
        level = [child for node in level for child in (parents == node).nonzero().flatten().tolist()]
    return torch.tensor(tokens, device=labels.device)


@wrong("The whole sequence stands backwards.", composed=True)
def read_from_behind(labels, parents, close):
    def said(node):
        children = (parents == node).nonzero().flatten().tolist()
        return [int(labels[node]), *(token for child in children for token in said(child))] + [close] * bool(children)

    return torch.tensor(said(int(parents.argmin())), device=labels.device).flip(0)
