"""Download the course's real data sets into the user's cache, checksums verified.

    python data_scripts/download.py --list
    python data_scripts/download.py mnist

LATENTKIT_DATA chooses another cache; LATENTKIT_DATA_MIRROR names a folder that holds the files already.
Exit code: 0 when every file is here, 1 when one could not be had, 2 for an unknown name.
"""

import argparse
import sys

from latentkit.commands.data import get_data, list_data


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help='data sets to get, or "all"')
    parser.add_argument("--list", action="store_true", help="list the data sets and where their files are")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.list:
        return list_data(options.json)
    if not options.names:
        parser.error("name at least one data set, or give --list")
    return get_data(options.names, options.json)


if __name__ == "__main__":
    sys.exit(main())
