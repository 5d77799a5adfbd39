"""The same answer in another hand: what independent students who had the same idea write each in their own way."""

import ast
import dataclasses
from collections.abc import Iterator
from random import Random

import nbformat

from autograder.authoring.notebook import kind
from autograder.classroom.simulated_student import HandedIn, as_bytes

LIKELY = 0.5
"""How probable each change is, where it can be made."""

METHODS = frozenset({"exp", "log", "sum", "mean", "sqrt", "abs", "sigmoid", "logsumexp", "log_softmax", "softmax"})
"""Functions of torch that are methods of a tensor, too."""

MIRRORED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}

_TRANSPARENT = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute, ast.keyword)
"""What evaluates all that stands in it, once, before itself."""


def in_own_hand(handed_in: HandedIn, chance: Random) -> HandedIn:
    """A notebook whose solutions compute what they computed, written otherwise; as it is where it is no notebook."""
    try:
        notebook = nbformat.reads((handed_in.content or b"").decode(), as_version=4)
    except (ValueError, nbformat.reader.NotJSONError):
        return handed_in
    for cell in notebook.cells:
        if kind(cell) == "solution":
            cell.source = rewritten(cell.source, chance)
    return dataclasses.replace(handed_in, content=as_bytes(notebook))


def rewritten(source: str, chance: Random) -> str:
    """The same for a cell; as it is where it is no Python. Comments stay behind."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    return ast.unparse(ast.fix_missing_locations(_Hand(chance).visit(tree)))


class _Hand(ast.NodeTransformer):
    """Mirrors products and comparisons, calls functions as methods, and gives names to intermediate results."""

    def __init__(self, chance: Random):
        self._chance, self._names = chance, 0

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and self._likes():
            node.left, node.right = node.right, node.left
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) == 1 and type(node.ops[0]) in MIRRORED and self._likes():
            node.left, node.comparators = node.comparators[0], [node.left]
            node.ops = [MIRRORED[type(node.ops[0])]()]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=name), args=[first, *others]) if (
                name in METHODS and not isinstance(first, ast.Starred) and self._likes()
            ):
                return ast.Call(ast.Attribute(first, name, ast.Load()), others, node.keywords)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = [line for statement in node.body for line in self._spread(statement)]
        return node

    def _spread(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        """A statement, after those that give names to parts of it."""
        if isinstance(statement, ast.Assign | ast.Return) and statement.value is not None:
            for parent, field in list(_inner(statement.value)):
                if self._chance.random() < LIKELY / 2:
                    yield self._named(parent, field)
            if isinstance(statement.value, ast.BinOp | ast.Call) and self._likes():
                yield self._named(statement, "value")
        yield statement

    def _named(self, parent: ast.AST, field: str) -> ast.Assign:
        self._names += 1
        name, value = f"part_{self._names}", getattr(parent, field)
        setattr(parent, field, ast.Name(name, ast.Load()))
        return ast.Assign([ast.Name(name, ast.Store())], value)

    def _likes(self) -> bool:
        return self._chance.random() < LIKELY


def _inner(value: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The operands that are products, sums or calls themselves, innermost first, each by its parent and field."""
    for field in ("left", "right", "operand", "value", "func"):
        child = getattr(value, field, None)
        if isinstance(value, _TRANSPARENT) and isinstance(child, _TRANSPARENT):
            yield from _inner(child)
            if isinstance(child, ast.BinOp | ast.Call):
                yield value, field
