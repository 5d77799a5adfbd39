"""What the command leaves out of what its libraries import, because it takes long and serves nothing here."""

import contextlib
import importlib
import sys
from collections.abc import Callable
from types import ModuleType

EXTENSIONS = tuple(
    f"nbgrader.server_extensions.{name}"
    for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
)
"""What `import nbgrader` imports for a Jupyter server, whose libraries come with it."""


def leave_out_slow_imports() -> None:
    """Spare this process, which is no Jupyter server, two seconds. Whoever asks for what is left out gets it."""
    # None makes its import fail: jsonschema would build a grammar with it, which takes 1.5 s
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # typeshed has no None there
    if "nbgrader" not in sys.modules:
        absent = [name for name in EXTENSIONS if name not in sys.modules]
        sys.modules.update({name: _stand_in(name) for name in absent})
        try:
            with contextlib.suppress(ImportError):  # it is not installed, or its next version starts otherwise
                importlib.import_module("nbgrader")
        finally:
            for name in absent:
                sys.modules.pop(name, None)


def _stand_in(name: str) -> ModuleType:
    """A module in place of an extension, which is imported when a server loads it."""

    def load(app: object) -> None:
        extension: Callable[[object], None] = importlib.import_module(name).load_jupyter_server_extension
        extension(app)

    module = ModuleType(name)
    module.__dict__["load_jupyter_server_extension"] = load
    return module
