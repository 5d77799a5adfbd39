"""A copy of another student's notebook, under other names: what `autograder similar` is to find."""

import ast
import dataclasses

import nbformat

from autograder.authoring.notebook import kind
from autograder.classroom.simulated_student import HandedIn, as_bytes


def disguised(handed_in: HandedIn) -> HandedIn:
    """The same answers with other names of variables, functions in another order, without comments or formatting."""
    if handed_in.content is None:
        return handed_in
    notebook = nbformat.reads(handed_in.content.decode(), as_version=4)
    for cell in notebook.cells:
        if kind(cell) == "solution":
            cell.source = disguised_code(cell.source)
    return dataclasses.replace(handed_in, content=as_bytes(notebook))


def disguised_code(source: str) -> str:
    """The same for a cell, which computes what it computed; as it is where it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    names = {name: f"my_{name}_{number}" for number, name in enumerate(sorted(_variables(tree)))}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in names:
                node.id = names[name]
            case ast.Nonlocal(names=inner):
                node.names = [names.get(name, name) for name in inner]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    backwards = iter(reversed(functions))
    tree.body = [next(backwards) if isinstance(node, ast.FunctionDef) else node for node in tree.body]
    return ast.unparse(tree)


def _variables(tree: ast.Module) -> set[str]:
    """Variables inside functions whose names are nowhere an argument's, a class's member's or the whole cell's."""
    kept, found = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name) | ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                kept.add(name)
            case ast.alias(name=name, asname=other):
                kept.add(other or name)
            case ast.Global(names=names):
                kept.update(names)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            own = [inner for inner in node.body if not isinstance(inner, ast.FunctionDef | ast.ClassDef)]
            kept |= {name.id for inner in own for name in ast.walk(inner) if isinstance(name, ast.Name)}
    return found - kept
