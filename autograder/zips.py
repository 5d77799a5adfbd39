"""Zip archives that are the same for the same content."""

import io
import zipfile
from collections.abc import Mapping

from autograder.files import EVERYBODY

PROGRAM = 0o755


def zipped(files: Mapping[str, bytes], programs: tuple[str, ...] = ()) -> bytes:
    """Files as a zip.

    Args:
        files: place in the archive to content.
        programs: places of those that can be executed.
    """
    draft = io.BytesIO()
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, content in sorted(files.items()):
            entry = zipfile.ZipInfo(place)
            entry.external_attr = (PROGRAM if place in programs else EVERYBODY) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return draft.getvalue()
