"""Files that are written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes | str, mode: int = 0o644) -> Path:
    """Write `content` so that a reader, or a power cut, meets the old file or the new one, never a half.

    Args:
        path: where to; its folder is made where it is missing.
        content: text is written as UTF-8; a lone surrogate, as in the name of a folder of no encoding, as an escape.
        mode: the file's permissions.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not tell which file it was
            error.filename = str(path)
        os.unlink(draft)
        raise
    return path


def json_text(value: Any) -> str:
    """A value as a JSON file's text, the same for the same value."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
