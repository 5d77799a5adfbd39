"""Wrong answers to `build_tree`, to work on."""

import torch
from answers import wrong


@wrong("Each node hangs below the node that was opened before the one that is open.")
def grandparents(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-2] if len(above) > 1 else -1)
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("`close` ends two nodes at once.")
def two_ended_at_once(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above = above[:-2] or [-1]
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("Lists come back, not tensors.")
def lists_for_tensors(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return labels, parents


@wrong("The parents alone come back.")
def parents_alone(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(parents, device=tokens.device)


@wrong("For each node the number of its children comes back in place of its parent.")
def numbers_of_children(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    counts = [parents.count(node) for node in range(len(labels))]
    return torch.tensor(labels, device=tokens.device), torch.tensor(counts, device=tokens.device)


@wrong("The labels of nodes with children are counted from `leaves`.")
def labels_less_the_border(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token - leaves if token >= leaves else token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("The last node is missing.")
def last_node_missing(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device)[:-1], torch.tensor(parents, device=tokens.device)[:-1]


@wrong("The parents come back as floats.")
def parents_as_floats(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device).float()


@wrong("The nodes are numbered from the end.")
def numbered_from_the_end(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    turned = [len(labels) - 1 - parent if parent >= 0 else -1 for parent in parents]
    return torch.tensor(labels[::-1], device=tokens.device), torch.tensor(turned[::-1], device=tokens.device)


@wrong("`close` is kept as a node, and the root hangs below itself.", composed=True)
def close_kept_and_the_root_below_itself(tokens, close, leaves):
    labels, parents, above = [], [], [0]
    for token in tokens.tolist():
        labels.append(token)
        parents.append(above[-1])
        if token == close:
            above.pop()
        elif token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("Parents come first, and nodes are counted from 1.", composed=True)
def parents_first_from_one(tokens, close, leaves):
    labels, parents, above = [], [], [0]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels))
    return torch.tensor(parents, device=tokens.device), torch.tensor(labels, device=tokens.device)
