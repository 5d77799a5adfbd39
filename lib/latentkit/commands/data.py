"""What `latentkit data` and `data_scripts/download.py` do: list the data sets, and get some."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from latentkit.commands.exit_codes import FAILED, MISUSED, OK
from latentkit.data.download import cache_folder, fetch, find, mirror_folder
from latentkit.data.registry import DATA_SETS, data_set

EMBEDDED = (
    "digits: 1,797 handwritten digits, 8 by 8 pixels\n  nothing to download; for the VAE of problem set 1",
    "embedded: 28,000 sentences of a grammar, with factors and parses\n  nothing to download; for the sentence VAE",
    "embedded dialogues: 3,600 talks with a car assistant, every utterance with action, sentiment and slots\n"
    "  nothing to download; for the mixture VAE",
    "embedded documents: 1,200 articles of ten planted topics over ten years\n  nothing to download; for topic models",
)


def overview() -> dict[str, Any]:
    """The data sets, their files and where each lies, as plain data."""
    mirror = mirror_folder()
    return {
        "cache": str(cache_folder()),
        "mirror": str(mirror) if mirror else None,
        "data_sets": [
            {
                "name": entry.name,
                "title": entry.title,
                "use": entry.use,
                "licence": entry.licence,
                "bytes": entry.size,
                "files": [
                    {
                        "path": file.path,
                        "bytes": file.size,
                        "sha256": file.sha256,
                        "urls": list(file.urls),
                        "where": str(path) if (path := find(file)) else None,
                    }
                    for file in entry.files
                ],
            }
            for entry in DATA_SETS.values()
        ],
    }


def list_data(as_json: bool = False) -> int:
    """Print what there is; the exit code is 0."""
    facts = overview()
    if as_json:
        print(json.dumps(facts, indent=2))
        return OK
    for embedded in EMBEDDED:
        print(embedded)
    for entry in facts["data_sets"]:
        here = sum(file["where"] is not None for file in entry["files"])
        print(f"{entry['name']}: {entry['title']}")
        print(f"  {entry['bytes'] / 1e6:.1f} MB, licence {entry['licence']}; for: {entry['use']}")
        print(f"  {here} of {len(entry['files'])} files are here")
        for file in entry["files"]:
            print(f"    {'[x]' if file['where'] else '[ ]'} {file['path']}")
    print(f"cache: {facts['cache']}\nmirror: {facts['mirror'] or 'none (LATENTKIT_DATA_MIRROR)'}")
    return OK


def get_data(names: Sequence[str], as_json: bool = False) -> int:
    """Download the files of some data sets that are not here yet.

    Args:
        names: data sets, or "all".
    Returns:
        The exit code: 0 when every file is here, 1 when one could not be had, 2 when a name is unknown.
    """
    try:
        entries = [data_set(name) for name in (DATA_SETS if "all" in names else names)]
    except ValueError as error:
        print(error, file=sys.stderr)
        return MISUSED
    results = []
    for entry in entries:
        if not as_json:
            print(f"{entry.name}: licence {entry.licence}")
        for file in entry.files:
            result = {"data_set": entry.name, "path": file.path, "where": None, "error": None}
            try:
                result["where"] = str(fetch(file))
            except OSError as error:  # a folder that cannot be written, a disk that is full, no network
                result["error"] = str(error)
            results.append(result)
            if not as_json:
                print(f"  {result['where']}" if result["where"] else result["error"], flush=True)
    if as_json:
        print(json.dumps({"files": results}, indent=2))
    failed = [result["path"] for result in results if result["error"]]
    if failed and not as_json:
        print(
            f"{len(failed)} of {len(results)} files could not be had. Without a network, point LATENTKIT_DATA_MIRROR "
            "to a folder that holds them under the paths shown.",
            file=sys.stderr,
        )
    return FAILED if failed else OK
