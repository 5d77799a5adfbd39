"""The dotted names that code names: whether an answer calls what computes it, told from its text alone.

A call is told by its dotted name, whatever it was imported as. An answer that goes through a helper in another cell is
not followed. Nothing heavy is imported, so that a process which only reads code starts at once.
"""

import ast
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence


def answers_called(
    code: Sequence[str], answers: Mapping[str, Sequence[str]], answered_by: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Which of a notebook's answers name what computes them.

    Args:
        code: of all its cells, for what they import.
        answers: exercise to the code of its answer.
        answered_by: exercise to dotted names, as for `answers_named_in`.
    """
    names = imports_of(code)
    return {name: list(answers_named_in(sources, answered_by[name], names)) for name, sources in answers.items()}


def answers_named_in(
    sources: Iterable[str], answered_by: Collection[str], names: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Which of an exercise's answers code names, by the dotted names that it writes.

    Args:
        sources: pieces of Python; one that cannot be parsed names nothing.
        answered_by: dotted names of what is the answer: a function, or a module or class of which all is.
        names: what a name stands for that the sources do not import themselves.
    """
    trees = [tree for tree in map(_parsed, sources) if tree is not None]
    known = {**(names or {}), **{name: path for tree in trees for name, path in imported(tree).items()}}
    found: list[str] = []
    inner: set[int] = (
        set()
    )  # links of a longer chain, which was looked at as a whole: ast.walk goes from the outside in
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Attribute):
            inner.add(id(node.value))
        path = _dotted(node, known) if id(node) not in inner else None
        found += [answer for answer in answered_by if path is not None and _is_of(path, answer)]
    return tuple(dict.fromkeys(found))


def imports_of(sources: Iterable[str]) -> dict[str, str]:
    """The names that code imports, each with its dotted name."""
    trees = (tree for tree in map(_parsed, sources) if tree is not None)
    return {name: path for tree in trees for name, path in imported(tree).items()}


def imported(tree: ast.AST) -> dict[str, str]:
    """The names that `import a.b as c` and `from a import b as c` give, each with its dotted name."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                found[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def _parsed(source: str) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape is nobody's here to complain of
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _dotted(node: ast.AST, known: Mapping[str, str]) -> str | None:
    """What a name or a chain of attributes stands for; None where it does not begin with a name that is known."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in known:
        return None
    return ".".join([known[node.id], *reversed(parts)])


def _is_of(path: str, answer: str) -> bool:
    """Whether a dotted name is an answer's, a part of it, or the same name in another module of that package."""
    package, *_, last = path.split(".")
    of_the_answer, *_, name = answer.split(".")
    return path == answer or path.startswith(f"{answer}.") or (package, last) == (of_the_answer, name)
