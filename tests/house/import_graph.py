"""Who imports whom in a package, read from its source: a late import hides a circle from Python, not from a reader."""

import ast
from pathlib import Path


def module_name(path: Path, root: Path) -> str:
    """The dotted name of a file: lib/latentkit/data/__init__.py is latentkit.data."""
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(root: Path) -> dict[str, set[str]]:
    """Every module of the package in a folder to the modules of the package that it imports, anywhere in its source."""
    files = {module_name(path, root): path for path in sorted(root.rglob("*.py"))}
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        found = graph[module] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                inside = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if name in files else node.module for name in inside]  # a module, or a name in one
            else:
                continue
            found |= {name for name in names if name in files}
    return graph
