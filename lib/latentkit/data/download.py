"""Find a data set's files, in a mirror folder or in the user's cache, and download what is missing.

LATENTKIT_DATA names another cache folder than the user's. LATENTKIT_DATA_MIRROR names a folder that already
holds (some of) the files under the registry's paths, as they are or packed by gzip (path.gz); it is only read.
"""

import gzip
import hashlib
import os
import time
import urllib.request
import zlib
from http.client import HTTPException
from pathlib import Path

import platformdirs

from latentkit.data.registry import DataSet, RemoteFile
from latentkit.progress import progress

TIMEOUT = 30  # seconds without a byte
WAITS = (1, 3)  # seconds before the second and the third attempt
BLOCK = 1 << 16
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416


class DataError(OSError):
    """A file of a data set cannot be had; the message says which, why, and what to do."""


class MissingFile(DataError, FileNotFoundError):
    """There is no good copy of a data set's file in the mirror or in the cache."""


def cache_folder() -> Path:
    """Where downloads are kept."""
    chosen = os.environ.get("LATENTKIT_DATA")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("latentkit")


def mirror_folder() -> Path | None:
    """The folder of LATENTKIT_DATA_MIRROR, or None where it is not set."""
    chosen = os.environ.get("LATENTKIT_DATA_MIRROR")
    return Path(chosen).expanduser() if chosen else None


def find(file: RemoteFile) -> Path | None:
    """Where a good copy of the file lies, the mirror first; None where there is none. Downloads nothing."""
    return next((path for path in _copies(file) if _is_good(path, file)), None)


def locate(entry: DataSet, file: RemoteFile) -> Path:
    """Like `find`, for a file of a data set that is needed now.

    Raises:
        MissingFile: there is no good copy; the message says where it was looked for and how to get it.
    """
    path = find(file)
    if path is None:
        raise MissingFile(_where_is(entry, file))
    return path


def read(entry: DataSet, file: RemoteFile) -> bytes:
    """The content of a file of a data set that is needed now, unpacked where a mirror holds it packed.

    Raises:
        MissingFile: there is no good copy.
    """
    path = locate(entry, file)
    return gzip.decompress(path.read_bytes()) if _is_packed(path, file) else path.read_bytes()


def fetch(file: RemoteFile) -> Path:
    """Download a file into the cache, or return the verified copy that is already there or in the mirror.

    A transfer that was cut goes on where it stopped, now or at the next call. The file appears under its name
    only when it is whole and its checksum is right.

    Raises:
        DataError: no server gave the right file; what has arrived is kept.
    """
    if path := find(file):
        return path
    target = cache_folder() / file.path
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for wait in (0, *WAITS):
        time.sleep(wait)
        for url in file.urls:
            try:
                _transfer(url, part, file)
            except (OSError, HTTPException) as error:
                if getattr(error, "code", None) == RANGE_NOT_SATISFIABLE:  # what we kept is of another file
                    part.unlink(missing_ok=True)
                reasons.append(f"{url}: {getattr(error, 'reason', None) or error or type(error).__name__}")
                continue
            if _is_good(part, file):
                os.replace(part, target)
                return target
            reasons.append(f"{url}: the file there has another checksum than the registry's")
            part.unlink()
    kept = f" {part.stat().st_size:,} of {file.size:,} bytes are kept; run again to go on." if part.exists() else ""
    raise DataError(f"could not download {file.path}.{kept}\n  " + "\n  ".join(dict.fromkeys(reasons)))


def _transfer(url: str, part: Path, file: RemoteFile) -> None:
    """Append what is missing of the file to `part`; OSError when it ends early."""
    have = part.stat().st_size if part.exists() else 0
    if have > file.size:
        part.unlink()
        have = 0
    if have == file.size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        goes_on = response.status == PARTIAL_CONTENT  # 200: the server sends the whole file again
        bar = progress(
            None, Path(file.path).name, total=file.size, initial=have if goes_on else 0, unit="B", unit_scale=True
        )
        with bar, part.open("ab" if goes_on else "wb") as output:
            while block := response.read(BLOCK):
                output.write(block)
                bar.update(len(block))
                if output.tell() > file.size:
                    break
    size = part.stat().st_size
    if size > file.size:
        part.unlink()
        raise OSError(f"more than the {file.size:,} bytes that were expected")
    if size < file.size:
        raise OSError(f"the transfer ended after {size:,} of {file.size:,} bytes")


def _copies(file: RemoteFile) -> list[Path]:
    """The paths that bear the file's name, whatever they hold."""
    folders = [folder for folder in (mirror_folder(), cache_folder()) if folder]
    paths = [folder / name for folder in folders for name in (file.path, f"{file.path}.gz")]
    return [path for path in paths if path.is_file()]


def _is_packed(path: Path, file: RemoteFile) -> bool:
    return path.name == f"{Path(file.path).name}.gz"


def _is_good(path: Path, file: RemoteFile) -> bool:
    if _is_packed(path, file):
        try:
            with gzip.open(path) as packed:
                content = packed.read(file.size + 1)  # no more, whatever it would unpack to
        except (OSError, EOFError, zlib.error):
            return False
        return len(content) == file.size and hashlib.sha256(content).hexdigest() == file.sha256
    if path.stat().st_size != file.size:
        return False
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256


def _where_is(entry: DataSet, file: RemoteFile) -> str:
    """The message for a missing file: which, where it was looked for, what is there, and how to get it."""
    mirror, cache = mirror_folder(), cache_folder()
    lines = [f"{file.path}, a file of {entry.name}, is missing. It was looked for in"]
    if mirror:
        lines.append(f"  {mirror} (LATENTKIT_DATA_MIRROR)")
    lines.append(f"  {cache} ({'LATENTKIT_DATA' if os.environ.get('LATENTKIT_DATA') else 'your cache'})")
    lines += [f"{path} is damaged: its checksum is not the registry's." for path in _copies(file)]
    present = [other.path for other in entry.files if find(other)]
    lines.append(f"Files of {entry.name} that are there: {', '.join(present) or 'none'}.")
    lines.append(f"Get it with: latentkit data get {entry.name}")
    return "\n".join(lines)
