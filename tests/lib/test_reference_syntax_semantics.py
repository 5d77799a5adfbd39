"""The formulas of ps6_syntax against laws that do not share their code: nltk, enumeration, torch, differences."""

import itertools
import math
import random

import pytest
import torch
from nltk import Tree
from torch import distributions as D

from latentkit.data.construction_grammar import generate
from latentkit.reference.syntax_semantics import (
    bag_of_words_loss,
    build_tree,
    exchange_syntax,
    leaked_information,
    linearise,
    reverse_gradient,
)
from tests.lib.common import same_place

DOUBLE = {"dtype": torch.float64}
CLOSE, LEAVES = 30, 10


def drawn_tree(source, nodes):
    """A random tree of labels as nltk has it: below LEAVES for what has no children."""
    if nodes == 1:
        return source.randrange(LEAVES)
    shares, left = [], nodes - 1
    while left:
        shares.append(source.randint(1, left))
        left -= shares[-1]
    return Tree(source.randrange(LEAVES, CLOSE), [drawn_tree(source, share) for share in shares])


def numbered(source, tree):
    """The labels and parents of an nltk tree, its nodes numbered at random but for the order of siblings."""
    nodes = []

    def collect(below, parent):
        nodes.append((below.label() if isinstance(below, Tree) else below, parent))
        own = len(nodes) - 1
        for child in below if isinstance(below, Tree) else ():
            collect(child, own)

    collect(tree, -1)
    free = list(range(len(nodes)))
    source.shuffle(free)
    new = {}
    for parent in {parent for _, parent in nodes}:
        siblings = [node for node, (_, above) in enumerate(nodes) if above == parent]
        new |= dict(zip(siblings, sorted(free.pop() for _ in siblings), strict=True))
    labels, parents = torch.zeros(len(nodes), dtype=torch.long), torch.full((len(nodes),), -1)
    for node, (label, parent) in enumerate(nodes):
        labels[new[node]] = label
        parents[new[node]] = new[parent] if parent >= 0 else -1
    return labels, parents


def read_by_nltk(tokens):
    """nltk's reader, on the tokens in its own brackets."""
    words = " ".join(")" if token == CLOSE else f"({token}" if token >= LEAVES else f"{token}" for token in tokens)
    return Tree.fromstring(words, read_node=int, read_leaf=int) if "(" in words else int(words)


def as_nltk(labels, parents, node):
    below = [as_nltk(labels, parents, child) for child, parent in enumerate(parents) if parent == node]
    return Tree(labels[node], below) if below else labels[node]


def shapes(nodes):
    """All ordered trees of so many nodes, as nested tuples of children."""
    return [()] if nodes == 1 else [forest for forest in forests(nodes - 1)]


def forests(nodes):
    if nodes == 0:
        return [()]
    return [(first, *rest) for size in range(1, nodes + 1) for first in shapes(size) for rest in forests(nodes - size)]


def parents_of(shape):
    parents = []

    def walk(children, parent):
        parents.append(parent)
        own = len(parents) - 1
        for child in children:
            walk(child, own)

    walk(shape, -1)
    return parents


class TestTrees:
    @pytest.mark.parametrize("seed", range(60))
    def test_a_random_tree_numbered_at_random_is_read_by_nltk_as_it_was(self, seed):
        source = random.Random(seed)
        tree = drawn_tree(source, 1 + seed % 15)
        labels, parents = numbered(source, tree)
        assert read_by_nltk(linearise(labels, parents, CLOSE).tolist()) == tree

    @pytest.mark.parametrize("seed", range(60))
    def test_what_nltk_writes_is_read_as_the_tree_it_was(self, seed):
        tree = drawn_tree(random.Random(seed), 1 + seed % 15)
        text = tree.pformat(margin=10**9) if isinstance(tree, Tree) else f"{tree}"
        tokens = [CLOSE if part == ")" else int(part.strip("(")) for part in text.replace(")", " )").split()]
        labels, parents = build_tree(torch.tensor(tokens), CLOSE, LEAVES)
        assert as_nltk(labels.tolist(), parents.tolist(), 0) == tree
        assert parents[0] == -1 and (parents[1:] < torch.arange(1, len(parents))).all()

    @pytest.mark.parametrize("nodes", range(1, 8))
    def test_trees_of_one_size_have_sequences_of_their_own_and_come_back(self, nodes):
        """Given all ordered trees of n nodes, of which there are as many as the Catalan number of n - 1."""
        trees = list(map(parents_of, shapes(nodes)))
        assert len(trees) == math.comb(2 * nodes - 2, nodes - 1) // nodes
        found = set()
        for parents in trees:
            labels = torch.tensor([LEAVES if node in parents else 0 for node in range(nodes)])
            tokens = linearise(labels, torch.tensor(parents), CLOSE)
            found.add(tuple(tokens.tolist()))
            assert len(tokens) == nodes + len(set(parents) - {-1})
            again, above = build_tree(tokens, CLOSE, LEAVES)
            assert torch.equal(again, labels) and above.tolist() == parents
        assert len(found) == len(trees)

    def test_all_numberings_of_a_tree_that_keep_its_siblings_in_order_say_the_same(self):
        parents, labels = [-1, 0, 1, 1, 0], [20, 21, 1, 2, 3]
        said = set()
        for new in itertools.permutations(range(5)):
            if new[2] < new[3] and new[1] < new[4]:
                moved, names = [0] * 5, [0] * 5
                for node in range(5):
                    moved[new[node]] = new[parents[node]] if parents[node] >= 0 else -1
                    names[new[node]] = labels[node]
                said.add(tuple(linearise(torch.tensor(names), torch.tensor(moved), CLOSE).tolist()))
        assert said == {(20, 21, 1, 2, CLOSE, 3, CLOSE)}

    @pytest.mark.parametrize("parents", [[-1, -1], [1, 0], [-1, 2, 1], [0, 0]], ids=str)
    def test_what_is_no_tree_is_refused(self, parents):
        with pytest.raises(ValueError, match="one tree"):
            linearise(torch.zeros(len(parents), dtype=torch.long), torch.tensor(parents), CLOSE)

    @pytest.mark.parametrize("close", [0, 7, 40])
    def test_any_number_that_is_no_label_may_close(self, close):
        tokens = torch.tensor([21, 22, 4, close, 3, close])
        labels, parents = build_tree(tokens, close, LEAVES)
        assert (labels.tolist(), parents.tolist()) == ([21, 22, 4, 3], [-1, 0, 1, 0])
        assert torch.equal(linearise(labels, parents, close), tokens)

    def test_the_trees_of_the_grammar_are_written_as_nltk_writes_them(self):
        names = ["ADJ", "ADP", "ADV", "AUX", "DET", "NOUN", "PRON", "PUNCT", "VERB"]
        names += ["ADJP", "ADVP", "NP", "PP", "S", "SBAR", "SQ", "VP", ")"]
        for sentence in generate(40):
            skeleton = bare(sentence.tree)
            labels, parents = numbered(random.Random(0), relabelled(skeleton, names))
            said = [names[token] for token in linearise(labels, parents, len(names) - 1).tolist()]
            expected = skeleton.pformat(margin=10**9).replace("(", "").replace(")", " )").split()
            assert said == expected


def bare(tree):
    name, below = tree
    return name if isinstance(below, str) else Tree(name, [bare(child) for child in below])


def relabelled(tree, names):
    if isinstance(tree, str):
        return names.index(tree)
    return Tree(names.index(tree.label()), [relabelled(child, names) for child in tree])


class TestBagOfWordsLoss:
    def test_is_that_of_a_multinomial_less_the_number_of_orders(self):
        logits = 2 * torch.randn(3, 8, **DOUBLE)
        tokens = torch.tensor([[1, 4, 5, 4, 2, 0], [1, 7, 3, 6, 5, 2], [1, 4, 4, 4, 4, 2]])
        losses = []
        for row, words in zip(logits, tokens, strict=True):
            counts = words[words > 3].bincount(minlength=8)
            number = int(counts.sum())
            orders = math.lgamma(number + 1) - sum(math.lgamma(count + 1) for count in counts.tolist())
            losses.append(orders - D.Multinomial(number, logits=row).log_prob(counts.to(row)))
        torch.testing.assert_close(bag_of_words_loss(logits, tokens), torch.stack(losses).mean())

    def test_is_that_of_independent_categorical_words(self, place):
        logits = torch.randn(4, 9, **place)
        tokens = torch.randint(0, 9, (4, 6), device=logits.device)
        expected = -(D.Categorical(logits=logits[:, None]).log_prob(tokens) * (tokens > 3)).sum(-1).mean()
        loss = bag_of_words_loss(logits, tokens)
        assert same_place(loss, place) and loss.shape == ()
        torch.testing.assert_close(loss, expected)

    def test_no_order_of_the_words_changes_it(self):
        logits, words = torch.randn(1, 9, **DOUBLE), [1, 5, 4, 8, 2]
        losses = {
            round(bag_of_words_loss(logits, torch.tensor([order])).item(), 9) for order in itertools.permutations(words)
        }
        assert len(losses) == 1

    def test_the_probabilities_of_all_sentences_of_a_length_sum_to_one(self):
        logits = torch.randn(1, 7, **DOUBLE)
        logits[:, :4] = -1e4  # no word is a special token
        sentences = itertools.product(range(4, 7), repeat=3)
        total = sum((-bag_of_words_loss(logits, torch.tensor([words]))).exp() for words in sentences)
        assert total.item() == pytest.approx(1)

    def test_gradients_agree_with_finite_differences(self):
        logits, tokens = torch.randn(2, 7, **DOUBLE, requires_grad=True), torch.tensor([[1, 4, 4, 2], [1, 3, 6, 2]])
        assert torch.autograd.gradcheck(lambda a: bag_of_words_loss(a, tokens), logits)


class TestReverseGradient:
    @pytest.mark.parametrize("weight", [0.0, 0.3, 1.0, 2.5])
    def test_leaves_the_codes_and_turns_what_comes_back(self, place, weight):
        codes = torch.randn(4, 3, **place).requires_grad_()
        arriving = torch.randn(4, 3, **place)
        turned = reverse_gradient(codes, weight)
        assert torch.equal(turned, codes) and same_place(turned, place)
        torch.testing.assert_close(torch.autograd.grad(turned, codes, arriving)[0], -weight * arriving)

    def test_one_backward_pass_gives_both_players_of_a_game_their_own_slopes(self):
        """Given an encoder a and an adversary b, the slopes are those of two losses, by finite differences.

        The adversary lowers f(b, z(a)); the encoder lowers g(a) - weight · f(b, z(a)).
        """
        weight, step = 0.7, 1e-6
        x, y = torch.randn(5, 2, **DOUBLE), torch.randn(5, **DOUBLE)
        a, b = torch.randn(2, 3, **DOUBLE), torch.randn(3, **DOUBLE)

        def asked(a, b):
            return ((x @ a).tanh() @ b - y).square().mean()

        def kept(a):
            return a.sin().sum()

        a_leaf, b_leaf = a.clone().requires_grad_(), b.clone().requires_grad_()
        codes = reverse_gradient((x @ a_leaf).tanh(), weight)
        (kept(a_leaf) + (codes @ b_leaf - y).square().mean()).backward()
        of_encoder = differences(lambda value: kept(value) - weight * asked(value, b), a, step)
        of_adversary = differences(lambda value: asked(a, value), b, step)
        torch.testing.assert_close(a_leaf.grad, of_encoder, atol=1e-8, rtol=1e-6)
        torch.testing.assert_close(b_leaf.grad, of_adversary, atol=1e-8, rtol=1e-6)

    def test_turned_twice_it_is_the_gradient_again(self):
        codes = torch.randn(2, 3, **DOUBLE, requires_grad=True)
        twice = reverse_gradient(reverse_gradient(codes, 0.5), 2.0)
        torch.testing.assert_close(torch.autograd.grad(twice.sum(), codes)[0], torch.ones(2, 3, **DOUBLE))

    def test_who_reads_the_codes_beside_it_is_undisturbed(self):
        codes = torch.randn(2, 3, **DOUBLE, requires_grad=True)
        (5 * codes + reverse_gradient(codes, 2.0)).sum().backward()
        torch.testing.assert_close(codes.grad, torch.full((2, 3), 3.0, **DOUBLE))


def differences(function, at, step):
    """The gradient of a scalar function by central differences."""
    slopes = torch.zeros_like(at)
    for place in itertools.product(*map(range, at.shape)):
        ahead, behind = at.clone(), at.clone()
        ahead[place] += step
        behind[place] -= step
        slopes[place] = (function(ahead) - function(behind)) / (2 * step)
    return slopes


JOINTS = {
    "something": [[3, 1], [1, 2], [0, 4]],
    "everything": [[5, 0, 0], [0, 2, 0], [0, 0, 3]],
    "nothing": [[2, 4], [1, 2], [3, 6]],
    "a class that never comes": [[3, 0, 1], [1, 0, 2]],
}
"""How often each pair of a code (a row) and a label (a column) comes."""


class TestLeakedInformation:
    @pytest.fixture(params=JOINTS, ids=str)
    def joint(self, request):
        return torch.tensor(JOINTS[request.param], **DOUBLE)

    @staticmethod
    def pairs(joint):
        """All pairs, each as often as it comes: codes [B] and labels [B]."""
        found = [
            (z, y) for z, row in enumerate(joint.tolist()) for y, times in enumerate(row) for _ in range(int(times))
        ]
        codes, labels = torch.tensor(found).unbind(1)
        return codes, labels

    @staticmethod
    def mutual_information(joint):
        """Σ p(z, y) log p(z, y) / (p(z) p(y)), written out."""
        p = joint / joint.sum()
        of_code, of_label = p.sum(1), p.sum(0)
        return sum(
            p[z, y] * math.log(p[z, y] / (of_code[z] * of_label[y]))
            for z, y in itertools.product(*map(range, p.shape))
            if p[z, y] > 0
        )

    def test_the_best_reader_reaches_the_mutual_information(self, joint):
        codes, labels = self.pairs(joint)
        posterior = joint / joint.sum(1, keepdim=True)
        leak = leaked_information((posterior + 1e-300).log()[codes], labels)
        assert leak.item() == pytest.approx(float(self.mutual_information(joint)), abs=1e-9)

    def test_no_reader_exceeds_it(self, joint):
        codes, labels = self.pairs(joint)
        most = float(self.mutual_information(joint))
        for scale in (0.1, 1.0, 5.0):
            for _ in range(100):
                reader = scale * torch.randn(joint.shape, **DOUBLE)
                assert leaked_information(reader[codes], labels).item() <= most + 1e-12

    def test_a_reader_that_learns_comes_as_near_as_one_likes(self, joint):
        codes, labels = self.pairs(joint)
        reader = torch.zeros(joint.shape, **DOUBLE, requires_grad=True)
        for _ in range(3000):
            (slope,) = torch.autograd.grad(leaked_information(reader[codes], labels), reader)
            reader = (reader + 5 * slope).detach().requires_grad_()
        gap = float(self.mutual_information(joint)) - leaked_information(reader[codes], labels).item()
        assert -1e-12 <= gap < 2e-3

    def test_a_reader_of_the_shares_alone_finds_nothing(self):
        labels = torch.tensor([0, 0, 0, 1, 2, 2])
        shares = torch.tensor([3.0, 1, 2], **DOUBLE).log().expand(6, 3)
        assert leaked_information(shares, labels).item() == pytest.approx(0, abs=1e-12)

    def test_is_negative_for_who_is_sure_and_wrong(self):
        logits = torch.tensor([[9.0, 0.0], [0.0, 9.0]], **DOUBLE)
        assert leaked_information(logits, torch.tensor([1, 0])) < -8

    def test_agrees_with_torch_s_distributions_where_the_labels_were_drawn(self, place):
        logits = torch.randn(12, 4, **place)
        labels = torch.randint(0, 3, (12,), device=logits.device)
        frequencies = torch.stack([(labels == c).to(logits).mean() for c in range(4)])
        expected = D.Categorical(frequencies).entropy() + D.Categorical(logits=logits).log_prob(labels).mean()
        leak = leaked_information(logits, labels)
        assert same_place(leak, place) and leak.shape == ()
        torch.testing.assert_close(leak, expected, atol=1e-5, rtol=1e-5)

    def test_gradients_agree_with_finite_differences(self):
        logits, labels = torch.randn(4, 3, **DOUBLE, requires_grad=True), torch.tensor([0, 0, 2, 0])
        assert torch.autograd.gradcheck(lambda a: leaked_information(a, labels), logits)


class TestExchangeSyntax:
    def test_joins_row_by_row(self, place):
        semantic, syntactic = torch.randn(5, 3, **place), torch.randn(5, 2, **place)
        for donors in ([1, 2, 3, 4, 0], [0, 0, 0, 0, 0], [4, 4, 1, 0, 2]):
            joined = exchange_syntax(semantic, syntactic, torch.tensor(donors, device=semantic.device))
            assert same_place(joined, place) and joined.shape == (5, 5)
            for sentence, donor in enumerate(donors):
                assert joined[sentence].tolist() == semantic[sentence].tolist() + syntactic[donor].tolist()

    def test_a_donor_learns_from_all_that_asked_it(self):
        semantic, syntactic = (torch.randn(3, size, **DOUBLE, requires_grad=True) for size in (2, 4))
        slopes = torch.autograd.grad(
            exchange_syntax(semantic, syntactic, torch.tensor([2, 2, 0])).sum(), (semantic, syntactic)
        )
        assert (slopes[0] == 1).all() and slopes[1].tolist() == [[1] * 4, [0] * 4, [2] * 4]

    def test_gradients_agree_with_finite_differences(self):
        codes = [torch.randn(3, size, **DOUBLE, requires_grad=True) for size in (2, 3)]
        assert torch.autograd.gradcheck(lambda a, b: exchange_syntax(a, b, torch.tensor([1, 1, 0])), codes)
