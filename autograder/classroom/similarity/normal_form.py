"""The normal form of code: what is left of it when names, comments, formatting and annotations are taken away.

It is the syntax tree, read in order, as tokens. A name that the code gives itself becomes NAME, whatever it is; one
that it imports becomes what it stands for, so that `F.softplus`, `torch.nn.functional.softplus` and an alias of it are
one token. Docstrings, annotations, `pass` and imports leave none.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

NAME = "name"
"""The token of every name that the code gives itself."""

LONG_CONSTANT = 200
"""Characters of a number or text that count."""

_DROPPED = (ast.Import, ast.ImportFrom, ast.Pass, ast.expr_context, ast.Global, ast.Nonlocal)
_UNSEEN_FIELDS = frozenset({"annotation", "returns", "type_comment", "type_params", "kind", "simple"})


@dataclass(frozen=True)
class Token:
    """A token of a normal form.

    Attributes:
        text: what is compared.
        line: where it stands in the source, from 1.
    """

    text: str
    line: int


def tokens(source: str, imported: Mapping[str, str] | None = None) -> list[Token]:
    """The normal form of a notebook's cell; lines of IPython's own, such as `%matplotlib inline`, are left out.

    Args:
        source: of the cell.
        imported: names that cells above it imported, to what they stand for; see `imports`.
    Raises:
        SyntaxError, ValueError, MemoryError, RecursionError: it is no Python, or more deeply nested than any.
    """
    tree = ast.parse(_python(source))
    known = dict(imported or {}) | _imports(tree)
    own = _own_names(tree) - _imports(tree).keys()
    return list(_linear(tree, {name: full for name, full in known.items() if name not in own}, own))


def imports(source: str) -> dict[str, str]:
    """The names that a cell imports, to what they stand for: {"F": "torch.nn.functional"}.

    Raises:
        What `tokens` raises.
    """
    return _imports(ast.parse(_python(source)))


def _python(source: str) -> str:
    return "\n".join("" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n"))


def _imports(tree: ast.AST) -> dict[str, str]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _own_names(tree: ast.AST) -> set[str]:
    """The names that the code defines: variables, arguments, functions, classes."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
    return found


def _linear(tree: ast.AST, imported: Mapping[str, str], own: set[str]) -> Iterator[Token]:
    """The tree's tokens, parents first; without recursion, which a deep tree would exhaust."""
    line = 1
    waiting: list[ast.AST | str] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield Token(node, line)
            continue
        line = getattr(node, "lineno", line)
        told, inner = _parts(node, imported, own)
        yield from (Token(text, line) for text in told)
        waiting.extend(reversed(inner))


def _parts(node: ast.AST, imported: Mapping[str, str], own: set[str]) -> tuple[Sequence[str], list[ast.AST | str]]:
    """The tokens of a node itself, and what follows them."""
    match node:
        case ast.Name(id=name):
            return (NAME if name in own else imported.get(name, name),), []
        case ast.Attribute():
            return _attribute(node, imported, own)
        case ast.arg():
            return (NAME,), []
        case ast.Constant(value=value):
            return (_constant(value),), []
        case ast.keyword(arg=name, value=value):
            return (f"{NAME if name in own else name}=",), [value]
        case ast.AnnAssign(target=target, value=value):
            return (("Assign",), [target, value]) if value is not None else ((), [])
        case ast.Module(body=body):
            return (), list(body)
        case ast.Expr(value=ast.Constant()):
            return (), []
    if isinstance(node, _DROPPED):
        return (), []
    return (type(node).__name__,), list(_children(node))


def _attribute(
    node: ast.Attribute, imported: Mapping[str, str], own: set[str]
) -> tuple[Sequence[str], list[ast.AST | str]]:
    """One token for a path of names that starts at one which the code did not give itself, else one a step."""
    names: list[str] = []
    value: ast.AST = node
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    if isinstance(value, ast.Name) and value.id not in own:
        return (".".join([imported.get(value.id, value.id), *reversed(names)]),), []
    return tuple(f".{name}" for name in names), [value]


def _constant(value: object) -> str:
    try:
        return repr(value)[:LONG_CONSTANT]
    except ValueError:  # an integer of more digits than Python prints
        return "large"


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in _UNSEEN_FIELDS:
            continue
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))
