"""The files that decide a problem set's grades: where one of them changes, what was graded by it is graded again.

They are found by following imports from the rubric, the grader and the notebook, those inside functions too, without
importing anything. So a new file counts as soon as something reaches it. Data that the library reads counts as well.
"""

import ast
import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

import autograder
import latentkit
from autograder.exercise.exercise import Rubric

DECIDING_PACKAGES = ("autograder.exercise", "autograder.grading", "autograder.worker", "latentkit.check")
"""Every module of these runs or judges submissions, whatever the rubric."""


def decisive_digest(name: str, imports: Iterable[str] = (), rubric: Rubric | None = None) -> str:
    """Changes with the content or the place of any of the `decisive_files` of these arguments, with nothing else."""
    digest = hashlib.sha256()
    for place, path in decisive_files(name, imports, rubric).items():
        digest.update(place.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def decisive_files(name: str, imports: Iterable[str] = (), rubric: Rubric | None = None) -> dict[str, Path]:
    """The files that have a say in the grades of a problem set.

    Args:
        name: of the problem set, whose rubric counts where it is the kit's.
        rubric: itself, where the files of a course's own count too; a machine that only runs submissions has none.
        imports: dotted names of modules, and of what is taken from them, that its notebook imports; those of libraries
            that are not the kit's are passed over.
    Returns:
        Path from the folder that holds the package, such as "latentkit/lda.py", to the file; in order.
    """
    modules = module_files(rubric) if rubric else {}
    homes = {package.__name__: Path(str(package.__file__)).parents[1] for package in (autograder, latentkit)}
    homes |= {module.split(".")[0]: _home(module, path) for module, path in modules.items() if path is not None}
    names = {f"autograder.rubrics.{name}", *modules, *imports}
    files = _finder(homes)
    waiting = {path for package in DECIDING_PACKAGES for path in _folder(package, homes).rglob("*.py")}
    waiting |= {path for name in names for path in files(name)}
    found = {_place(path, homes): path for path in _data(_folder("latentkit", homes))}
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        place = _place(path, homes)
        found[place] = path
        new = set(_imported(path, path.stat().st_mtime_ns, ".".join(place.split("/")[:-1]))) - names
        names |= new
        reached = {other for name in new for other in files(name)} - seen
        seen |= reached
        waiting |= reached
    return dict(sorted(found.items()))


def module_files(rubric: Rubric) -> dict[str, Path | None]:
    """The modules that define a rubric's functions, and their files; None for what was typed into a console."""
    names = sorted({str(function.__module__) for function in rubric.functions()})
    files = {name: getattr(sys.modules.get(name), "__file__", None) for name in names}
    return {name: None if file is None else Path(file) for name, file in files.items()}


def _home(module: str, path: Path) -> Path:
    """The folder that holds the top package of a module, or the module itself."""
    return path.parents[module.count(".") + (path.name == "__init__.py")]


def _folder(package: str, homes: Mapping[str, Path]) -> Path:
    return homes[package.split(".")[0]].joinpath(*package.split("."))


def _place(path: Path, homes: Mapping[str, Path]) -> str:
    home = max((home for home in homes.values() if path.is_relative_to(home)), key=lambda home: len(home.parts))
    return path.relative_to(home).as_posix()


def _finder(homes: Mapping[str, Path]) -> Callable[[str], tuple[Path, ...]]:
    """Finds what an import of a dotted name runs: the packages above it, and itself, as far as it is a module."""

    @cache
    def files(dotted: str) -> tuple[Path, ...]:
        above, _, _ = dotted.rpartition(".")
        top, *inner = dotted.split(".")
        if top not in homes:
            return ()
        place = os.path.join(homes[top], top, *inner)
        own = (Path(file) for file in (os.path.join(place, "__init__.py"), f"{place}.py") if os.path.isfile(file))
        return (*(files(above) if above else ()), *own)

    return files


@lru_cache(maxsize=1024)
def _imported(path: Path, changed: int, package: str) -> tuple[str, ...]:
    """The dotted names that a module imports, at its top or inside a function.

    Args:
        path: of the module.
        changed: when it was written last, so that a new version is read anew.
        package: that relative imports start from.
    """
    names: list[str] = []
    for node in _import_statements(path.read_bytes()):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names += (base, *(f"{base}.{alias.name}" for alias in node.names))
    return tuple(names)


_IMPORT = re.compile(rb"^[ \t]*((?:from[ \t]+[.\w]+[ \t]+)?import\b(?:[ \t]*\([^)]*\)|[^(\n]*))", re.MULTILINE)


def _import_statements(content: bytes) -> Iterator[ast.AST]:
    """The import statements of a module, perhaps among others.

    To parse all of it takes ten times as long. That is done where the word stands elsewhere than at the beginning of a
    statement of its own, as in a sentence or after a colon.
    """
    found = _IMPORT.findall(content)
    if len(re.findall(rb"\bimport\b", content)) == len(found):
        try:
            yield from ast.parse(b"\n".join(found)).body
            return
        except SyntaxError:
            pass
    yield from _statements(ast.parse(content))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below a node. Imports are statements, and expressions are most of a module."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, block, ()):
            yield child
            yield from _statements(child)


def _data(folder: Path) -> Iterator[Path]:
    """What lies beside the library's code, such as trained weights; hidden files and caches do not."""
    for path in folder.rglob("*"):
        own = path.relative_to(folder).parts
        if path.is_file() and path.suffix != ".py" and not any(part.startswith((".", "__pycache__")) for part in own):
            yield path
