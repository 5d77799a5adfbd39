"""Right but unusual answers to `linearise`."""

import numpy as np
import torch
from answers import right


@right
def through_a_string(labels, parents, close):
    def text(node):
        below = " ".join(text(child) for child in range(len(parents)) if parents[child] == node)
        return f"{int(labels[node])} {below} {close}" if below else f"{int(labels[node])}"

    root = parents.tolist().index(-1)
    return torch.tensor([int(token) for token in text(root).split()], device=labels.device)


@right
def by_inserting_into_a_growing_list(labels, parents, close):
    above = parents.tolist()
    tokens = [("open", above.index(-1))]
    waiting = {above.index(-1)}
    while waiting:
        node = waiting.pop()
        children = [child for child, parent in enumerate(above) if parent == node]
        if children:
            place = tokens.index(("open", node)) + 1
            tokens[place:place] = [("open", child) for child in children] + [("close", node)]
            waiting |= set(children)
    said = [int(labels[node]) if kind == "open" else close for kind, node in tokens]
    return torch.tensor(said, device=labels.device)


@right
def by_places_computed_from_sizes(labels, parents, close):
    above = parents.tolist()

    def size(node):
        below = [size(child) for child, parent in enumerate(above) if parent == node]
        return 1 + sum(below) + bool(below)

    tokens = torch.full((size(above.index(-1)),), close, dtype=torch.long, device=labels.device)

    def place(node, start):
        tokens[start] = labels[node]
        start += 1
        for child, parent in enumerate(above):
            if parent == node:
                place(child, start)
                start += size(child)

    place(above.index(-1), 0)
    return tokens


@right
def with_a_stack_of_iterators(labels, parents, close):
    def children(node):
        return iter((parents == node).nonzero().flatten().tolist())

    root = int(torch.where(parents == -1)[0][0])
    tokens, stack = [labels[root].item()], [children(root)]
    opened = [bool((parents == root).any())]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            if opened.pop():
                tokens.append(close)
        else:
            tokens.append(labels[child].item())
            stack.append(children(child))
            opened.append(bool((parents == child).any()))
    return labels.new_tensor(tokens)


@right
def through_numpy(labels, parents, close):
    names, above = labels.cpu().numpy(), parents.cpu().numpy()

    def said(node):
        below = np.flatnonzero(above == node)
        inner = [said(child) for child in below]
        return np.concatenate([names[node : node + 1], *inner, np.full(int(len(below) > 0), close)])

    return torch.from_numpy(said(int(np.argmin(above))).astype(np.int64)).to(labels.device)


@right
def with_tensors_for_subtrees(labels, parents, close):
    end = torch.tensor([close], device=labels.device)

    def said(node):
        children = torch.nonzero(parents == node)[:, 0]
        parts = [labels[node : node + 1], *map(said, children.tolist())]
        return torch.cat([*parts, end] if len(children) else parts)

    return said(parents.tolist().index(-1))


@right
def by_walking_up_and_down(labels, parents, close):
    above = parents.tolist()
    children = [[child for child, parent in enumerate(above) if parent == node] for node in range(len(above))]
    node, visited, tokens = above.index(-1), [0] * len(above), []
    while node >= 0:
        if visited[node] == 0:
            tokens.append(int(labels[node]))
        if visited[node] < len(children[node]):
            visited[node] += 1
            node = children[node][visited[node] - 1]
        else:
            if children[node]:
                tokens.append(close)
            node = above[node]
    return torch.tensor(tokens).to(labels)


@right
def from_the_last_node_of_the_sequence(labels, parents, close):
    tokens, todo = [], [(parents.tolist().index(-1), False)]
    while todo:  # the sequence is found backwards
        node, written = todo.pop()
        children = [child for child, parent in enumerate(parents.tolist()) if parent == node]
        if written or not children:
            tokens.append(int(labels[node]))
            continue
        tokens.append(close)
        todo += [(node, True), *((child, False) for child in children)]
    return torch.tensor(tokens[::-1], device=labels.device)
