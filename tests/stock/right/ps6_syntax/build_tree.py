"""Right but unusual answers to `build_tree`."""

import numpy as np
import torch
from answers import right


@right
def through_bracketed_text(tokens, close, leaves):
    text = " ".join(")" if token == close else f"({token}" + ")" * (token < leaves) for token in tokens.tolist())
    labels, parents, above = [], [], [-1]
    for part in text.replace("(", " ( ").replace(")", " ) ").split():
        if part == "(":
            parents.append(above[-1])
            above.append(len(parents) - 1)
        elif part == ")":
            above.pop()
        else:
            labels.append(int(part))
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@right
def by_spans(tokens, close, leaves):
    row = tokens.tolist()

    def end(start):
        """Where what begins here is over."""
        if row[start] < leaves:
            return start + 1
        place = start + 1
        while row[place] != close:
            place = end(place)
        return place + 1

    starts = [place for place, token in enumerate(row) if token != close]
    ends = [end(start) for start in starts]
    parents = []
    for node, start in enumerate(starts):
        around = [other for other in range(node) if starts[other] < start < ends[other]]
        parents.append(around[-1] if around else -1)
    return tokens[tokens != close], torch.tensor(parents, device=tokens.device)


@right
def by_counting_back(tokens, close, leaves):
    row = tokens.tolist()
    numbers = np.cumsum([token != close for token in row]) - 1
    parents = []
    for place, token in enumerate(row):
        if token == close:
            continue
        balance, above = 0, place - 1
        while above >= 0:
            if row[above] == close:
                balance += 1
            elif row[above] >= leaves:
                if balance == 0:
                    break
                balance -= 1
            above -= 1
        parents.append(int(numbers[above]) if above >= 0 else -1)
    return torch.tensor([token for token in row if token != close]).to(tokens), torch.tensor(parents).to(tokens)


@right
def with_a_list_of_pairs(tokens, close, leaves):
    nodes, path = [], ()
    for token in tokens.tolist():
        if token == close:
            path = path[:-1]
            continue
        nodes.append((token, path[-1] if path else -1))
        path = (*path, len(nodes) - 1) if token >= leaves else path
    labels, parents = torch.tensor(nodes, device=tokens.device).unbind(1)
    return labels, parents


@right
def by_the_last_phrase_of_each_depth(tokens, close, leaves):
    labels, parents, depth, last = [], [], 0, {-1: -1}
    for token in tokens.tolist():
        if token == close:
            depth -= 1
            continue
        parents.append(last[depth - 1])
        labels.append(token)
        if token >= leaves:
            last[depth] = len(labels) - 1
            depth += 1
    return tokens.new_tensor(labels), tokens.new_tensor(parents)


@right
def from_behind(tokens, close, leaves):
    row = tokens.tolist()
    number = sum(token != close for token in row)
    labels, parents, waiting = [0] * number, [-1] * number, [[]]
    for token in reversed(row):
        if token == close:
            waiting.append([])
            continue
        number -= 1
        labels[number] = token
        if token >= leaves:
            for child in waiting.pop():
                parents[child] = number
        waiting[-1].append(number)
    return torch.tensor(labels, device=tokens.device), torch.tensor(parents, device=tokens.device)


@right
def by_joining_what_is_finished(tokens, close, leaves):
    number, done, found = -1, [], {}
    for token in tokens.tolist():
        if token != close:
            number += 1
            done.append((number, token >= leaves))
            continue
        children = []
        while not done[-1][1]:
            children.append(done.pop()[0])
        node, _ = done.pop()
        done.append((node, False))
        found |= dict.fromkeys(children, node)
    parents = [found.get(node, -1) for node in range(number + 1)]
    return tokens[tokens != close], torch.tensor(parents, device=tokens.device)


@right
def with_a_matrix_of_who_is_open(tokens, close, leaves):
    labels = tokens[tokens != close]
    is_open = torch.zeros(len(labels), len(labels), dtype=torch.bool, device=tokens.device)
    now = torch.zeros(len(labels), dtype=torch.bool, device=tokens.device)
    node = 0
    for token in tokens:
        if token == close:
            now[int(now.nonzero().max())] = False
        else:
            is_open[node] = now
            now[node] = token >= leaves
            node += 1
    numbers = torch.arange(len(labels), device=tokens.device)
    return labels, is_open.long().mul(numbers + 1).amax(1) - 1
