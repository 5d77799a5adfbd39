"""Wrong answers to `build_tree`, kept aside."""

import torch
from answers import wrong


@wrong("After the first `close` everything hangs below the root.")
def all_below_the_root_once_one_has_ended(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above = [-1, 0, 0, 0, 0, 0, 0, 0, 0]
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves and above[-1] == len(labels) - 2:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("A node is opened only if the one before it was not.")
def every_other_phrase_opened(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above = above[:-1] or [-1]
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves and above[-1] != len(labels) - 2:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("One tensor [2, N] comes back, labels above parents.")
def stacked_into_one(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor([labels, parents], device=tokens.device)


@wrong("The root's parent is -100.")
def root_marked_otherwise(tokens, close, leaves):
    labels, parents, above = [], [], [-100]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("The root is left out.")
def root_left_out(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device)[1:], torch.tensor(parents, device=tokens.device)[1:]


@wrong("The parents are given relative to their children, as how many nodes to go back.")
def distances_to_the_parents(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    back = [node - parent for node, parent in enumerate(parents)]
    return torch.tensor(labels, device=tokens.device), torch.tensor(back, device=tokens.device)


@wrong("The labels come back as floats.")
def labels_as_floats(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(labels, device=tokens.device).float(), torch.tensor(parents, device=tokens.device)


@wrong("Only the phrases are kept, the nodes from `leaves` on.")
def phrases_alone(tokens, close, leaves):
    labels, parents, above = [], [], [-1]
    for token in tokens.tolist():
        if token == close:
            above.pop()
        elif token >= leaves:
            labels.append(token)
            parents.append(above[-1])
            above.append(len(labels) - 1)
    empty = torch.zeros(0, dtype=torch.long, device=tokens.device)
    return empty.new_tensor(labels), empty.new_tensor(parents)


@wrong("Which node was opened last is looked for by its label, so that two nodes of one label are mixed up.")
def found_by_label(tokens, close, leaves):
    labels, parents, above = [], [], []
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(labels.index(above[-1]) if above else -1)
        if token >= leaves:
            above.append(token)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("Leaves are opened, too, and nodes are counted from 1.", composed=True)
def leaves_opened_from_one(tokens, close, leaves):
    labels, parents, above = [], [], [0]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        above.append(len(labels))
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@wrong("The two have changed places, and the root hangs below itself.", composed=True)
def parents_first_and_the_root_below_itself(tokens, close, leaves):
    labels, parents, above = [], [], [0]
    for token in tokens.tolist():
        if token == close:
            above.pop()
            continue
        labels.append(token)
        parents.append(above[-1])
        if token >= leaves:
            above.append(len(labels) - 1)
    return torch.tensor(parents, device=tokens.device), torch.tensor(labels, device=tokens.device)
