"""Whether cells can be run a second time in one process and do what they did the first time, as far as text tells.

A process remembers more than a notebook's names: options of libraries, methods that were replaced, modules, registries,
threads, a number that can be set but once. No list of what to put back is complete. So the text decides, and doubt is
cheap: it costs a fresh process. Cells pass that compute with well-known libraries, define functions and classes, and
draw; not those that reach into what they have not made.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator

CALCULATING = frozenset(
    {
        *("__future__", "abc", "collections", "copy", "dataclasses", "enum", "fractions", "functools", "itertools"),
        *("latentkit", "math", "matplotlib", "numbers", "numpy", "operator", "random", "re", "scipy", "sklearn"),
        *("statistics", "string", "textwrap", "time", "torch", "tqdm", "typing", "warnings"),
    }
)
"""Packages whose functions compute, most of them; what of theirs does more is told by its name. The filters of
warnings are put back."""

_OPTION = re.compile(
    r"set(_|err|buf|state)|reset(_|$)|use(_|$)|enable|disable|(un)?register|define|impl$|custom_op|add_|switch_|io(n|ff)$"
)
"""How the names begin of what sets an option of a library, or enters something into one of its registers."""
_STATE = {"backends", "jit", "library", "modules", "multiprocessing", "ops", "overrides", "rc", "rcParams", "style"}
"""Parts of libraries that hold their state."""
_PUT_BACK = {"set_default_dtype", "set_grad_enabled", "set_num_threads"}
"""Options that a process which begins again gives their first value."""
_CHANGES = {
    *("append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault"),
    *("add", "sort", "update"),
}
"""Methods by which a container is changed."""
_WORLD = {
    *(
        "__builtins__",
        "__import__",
        "__loader__",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "exit",
        "globals",
    ),
    *("get_ipython", "input", "locals", "open", "quit", "setattr", "vars"),
}
"""Built-in names by which code reaches what it has not made."""
_INSIDES = {"__code__", "__delattr__", "__dict__", "__globals__", "__setattr__", "__subclasses__"}
"""Attributes by which it does."""
_OWN = {"cls", "self"}


def repeatable(sources: Iterable[str], idle: Iterable[str] = ()) -> bool:
    """Whether these cells, run again in the same process with their names forgotten, meet what they met at first.

    Args:
        sources: the cells' texts. What is no plain Python, such as a magic, counts as doubtful.
        idle: texts of further cells, which are known to do nothing but give names. Where one names a package that does
            more than compute, a cell that has the name in it counts as doubtful.
    """
    try:
        nodes, given = _nodes(sources), _nodes(idle)
        modules, taken = set(_modules([*nodes, *given])), set(_taken([*nodes, *given]))
        barred = _WORLD | set(_uncalculating(given))
        return all(_stays_inside(node, modules, taken, barred) for node in nodes)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _nodes(sources: Iterable[str]) -> list[ast.AST]:
    """What cells consist of, in no order; raises what `ast.parse` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in a student's text is nobody's here to complain of
        return [node for source in sources for node in _below(ast.parse(source))]


def _below(tree: ast.AST) -> list[ast.AST]:
    """A tree's nodes, in no order. As `ast.walk`, which takes three times as long."""
    nodes: list[ast.AST] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                waiting.append(value)
            elif isinstance(value, list):
                waiting += [item for item in value if isinstance(item, ast.AST)]
    return nodes


def _modules(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that `import a.b as c` gives."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _taken(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that `from a import b as c` gives."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def _uncalculating(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that imports give of packages that do more than compute."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from _modules([ast.Import([alias]) for alias in node.names if not _calculates(alias.name)])
        elif isinstance(node, ast.ImportFrom) and not _calculates(node.module or ""):
            yield from _taken([node])


def _stays_inside(node: ast.AST, modules: set[str], taken: set[str], barred: set[str]) -> bool:
    """Whether a piece of a cell leaves alone what outlives the notebook's names; it has no barred name in it."""
    foreign = modules | taken
    match node:
        case ast.Import(names=names):
            return all(_calculates(alias.name) for alias in names)
        case ast.ImportFrom(module=module, names=names):
            return _calculates(module or "") and not any(_is_state(alias.name) for alias in names)
        case ast.Name(id=name):
            return name not in barred
        case ast.Attribute(value=base, attr=name, ctx=ast.Load()):
            return name not in _INSIDES and not (_root(base) in foreign and _is_state(name))
        case ast.Attribute(value=base):
            return _root(base) in _OWN
        case ast.Subscript(value=base, ctx=ast.Store() | ast.Del()):
            return _root(base) not in foreign and (_root(base) in _OWN or not isinstance(base, ast.Attribute))
        case ast.Call(func=ast.Attribute(value=base, attr=name)) if name in _CHANGES:
            return _root(base) not in foreign or (isinstance(base, ast.Name) and base.id in modules)
    return True


def _calculates(module: str) -> bool:
    """Whether a module, by its dotted name, is of a package that computes, and none of its inner parts."""
    package, *parts = module.split(".")
    return package in CALCULATING and not any(map(_is_state, parts))


def _is_state(name: str) -> bool:
    """Whether something of a library, by its name, holds or changes what the library remembers."""
    private = name.startswith("_") and not name.startswith("__")
    return private or name in _STATE or (_OPTION.match(name) is not None and name not in _PUT_BACK)


def _root(node: ast.AST) -> str | None:
    """The name that an expression like `name.a[0].b()` begins with; None where it begins with no name."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return None
    return node.id
