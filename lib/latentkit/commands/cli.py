"""The student's command: check a notebook, get data, train a model, let it speak, see whether the machine is ready."""

import argparse
import json
import math
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from textwrap import shorten

from latentkit import __version__
from latentkit.commands.exit_codes import FAILED, INTERRUPTED, MISUSED, OK
from latentkit.commands.training_settings import add_options, from_options

LONGEST_LIMIT = 24 * 60 * 60  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: 0 all is well, 1 something does not pass or could not be had, 2 the command was misused, or
        something went wrong that we did not foresee.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal or a file that has no ✓ shows ? instead
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `latentkit data list | head`
        sys.stderr.close()
        return OK
    except Exception as error:  # the last resort: a student gets a line to act on or to report, not our frames
        if os.environ.get("LATENTKIT_DEBUG"):
            traceback.print_exc()
        what = shorten(f"{type(error).__name__}: {error}", 400, placeholder=" …")
        print(
            f"latentkit {options.command}: something went wrong that we did not foresee: {what}; "
            "set LATENTKIT_DEBUG=1 to see the traceback",
            file=sys.stderr,
        )
        return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="latentkit", description=__doc__)
    parser.add_argument("--version", action="version", version=f"latentkit {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, dest="command", metavar="COMMAND")

    check = commands.add_parser(
        "check",
        help="run a notebook afresh and check its exercises",
        description="Run a notebook's code cells in a fresh process and print what each exercise's check says. "
        "Cells that train or explore are left out. Exit code: 0 when every exercise passes, else 1.",
    )
    check.add_argument("notebook", nargs="?", type=Path, help="default: the only notebook in this folder")
    check.add_argument("--limit", type=_seconds, default=60, metavar="SECONDS", help="per cell (default: %(default)s)")
    check.add_argument("--all-cells", action="store_true", help="run the cells that train or explore, too")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(run=_check)

    data = commands.add_parser("data", help="list the course's data sets, or get some")
    actions = data.add_subparsers(title="actions", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what there is, its licence, and where it lies")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_list_data)
    getting = actions.add_parser("get", help="download into the cache")
    getting.add_argument("names", nargs="+", metavar="NAME", help='data sets, or "all"')
    getting.add_argument("--json", action="store_true", help="print JSON")
    getting.set_defaults(run=_get_data)

    _add_train(commands)
    _add_speaking(commands)
    _add_topics(commands)

    figures = commands.add_parser(
        "figures",
        help="write all figures as one page",
        description="Write the figures of all problem sets as one page that works offline; half a minute of one core.",
        epilog="example: latentkit figures figures.html",
    )
    figures.add_argument("out", type=Path, nargs="?", default=Path("figures.html"), help="(default: %(default)s)")
    figures.set_defaults(run=_figures)

    doctor = commands.add_parser("doctor", help="is this machine ready for the course?")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run=_doctor)
    return parser


def _seconds(text: str) -> float:
    """What `--limit` says."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_LIMIT:
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds, at most {LONGEST_LIMIT}, got {text}")
    return seconds


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    train = commands.add_parser(
        "train",
        help="train a sentence VAE on a corpus",
        description="Train a sentence VAE on a corpus or on a text of your own, save it as safetensors and JSON, and "
        "print how good it is on the test split. Without options: a small LSTM on the embedded corpus, with a KL whose "
        "weight rises and with word dropout, a minute or two on one CPU core. Ctrl-C ends the training early and keeps "
        "the model.",
        epilog="example: latentkit train --corpus diary.txt --steps 2000 --out diary, then: latentkit sample diary",
    )
    add_options(train)
    train.add_argument("--out", type=Path, metavar="FOLDER", help="where to save the model")
    train.add_argument("--json", action="store_true", help="print JSON")
    train.set_defaults(run=_train)


def _add_speaking(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    model = "a folder that `latentkit train` wrote, or a model of the kit (default: %(default)s)"

    sampling = commands.add_parser(
        "sample",
        help="print sentences that a trained model makes up",
        description="Draw latent vectors from the prior and print what the decoder says; with a table, draw templates "
        "and print how they tell it.",
        epilog="examples: latentkit sample sentence_vae --count 3 --seed 1; "
        'latentkit sample --model vtm --table "name=paper moon; kind=concert; host=anna, hugo; day=friday"',
    )
    sampling.add_argument(
        "model", nargs="?", metavar="MODEL",
        help="a folder with a trained model, or a model of the kit (default: sentence_vae, or vtm for a table)",
    )  # fmt: skip
    sampling.add_argument("--model", dest="named", metavar="MODEL", help="the same")
    sampling.add_argument("--table", metavar="TABLE", help='what is to be told: "field=value; field=value, value"')
    sampling.add_argument("--count", type=_between(1, 10_000), default=10, metavar="N", help="(default: %(default)s)")
    sampling.add_argument(
        "--temperature", type=_between(0.0, 100.0), default=0.0, metavar="TAU",
        help="of the words; 0 says the most probable ones (default: %(default)s)",
    )  # fmt: skip
    sampling.add_argument("--seed", type=_between(0, 2**32 - 1), default=0, metavar="N", help="(default: %(default)s)")
    sampling.set_defaults(run=_sample)

    again = commands.add_parser(
        "reconstruct",
        help="print what is left of sentences after they have gone through z",
        description="Encode sentences, and print what the decoder says at the mean of q(z | x).",
        epilog='example: latentkit reconstruct "my sister did not enjoy the film ."',
    )
    again.add_argument("sentences", nargs="*", metavar="SENTENCE", help="in quotation marks")
    again.add_argument("--file", type=Path, metavar="FILE", help="more of them, one a line")
    again.set_defaults(run=_reconstruct)

    between = commands.add_parser(
        "interpolate",
        help="print the sentences between two sentences",
        description="Print what the decoder says on the straight line between the latent vectors of two sentences.",
        epilog='example: latentkit interpolate "she will praise the garden ." "they hated the film yesterday ."',
    )
    between.add_argument("start", metavar="SENTENCE", help="in quotation marks")
    between.add_argument("end", metavar="SENTENCE", help="in quotation marks")
    between.add_argument(
        "--points", type=_between(2, 10_000), default=11, metavar="N", help="of the line (default: %(default)s)"
    )
    between.set_defaults(run=_interpolate)

    for parser in (again, between):
        parser.add_argument("--model", default="sentence_vae", metavar="MODEL", help=model)
        parser.add_argument(
            "--width", type=_between(1, 64), default=1, metavar="N", help="of the beam; 1 is greedy (default: 1)"
        )
    for parser in (sampling, again, between):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _add_topics(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    topics = commands.add_parser(
        "topics",
        help="find topics in documents of your own",
        description="Fit LDA to documents of your own and print the topics: how large each is, the words that tell it, "
        "and the documents with most of it. Documents are the .txt files of a folder, the rows of a .csv, .tsv or "
        ".jsonl file, or the lines of another text file.",
        epilog="example: latentkit topics talks.csv --column abstract --by-year date --k 15 --html talks.html",
    )
    topics.add_argument("documents", type=Path, metavar="FOLDER_OR_FILE")
    topics.add_argument("--k", type=_between(1, 1000), default=10, metavar="K", help="topics (default: %(default)s)")
    topics.add_argument(
        "--method", choices=("gibbs", "variational"), default="gibbs",
        help="collapsed Gibbs sampling or mean-field EM (default: %(default)s)",
    )  # fmt: skip
    topics.add_argument("--column", metavar="NAME", help='that holds the text (default: "text", or the only one)')
    topics.add_argument(
        "--by-year",
        metavar="COLUMN",
        help="show trends; the column holds a year, or a date with one; for a folder: name",
    )
    topics.add_argument(
        "--min-documents", type=_between(1, 1_000_000), default=2, metavar="N",
        help="leave out words of fewer documents (default: %(default)s)",
    )  # fmt: skip
    topics.add_argument(
        "--max-share", type=_between(0.0, 1.0), default=0.5, metavar="SHARE",
        help="leave out words of a larger share of the documents (default: %(default)s)",
    )  # fmt: skip
    topics.add_argument("--seed", type=_between(0, 2**32 - 1), default=0, metavar="N", help="(default: %(default)s)")
    topics.add_argument("--html", type=Path, metavar="FILE", help="write a page to leaf through, which works offline")
    topics.add_argument("--save", type=Path, metavar="FOLDER", help="write the model and its words")
    topics.add_argument("--json", action="store_true", help="print JSON")
    topics.set_defaults(run=_topics)


def _between(low: float, high: float) -> Callable[[str], float]:
    """The type of an option that is a number: whole where `low` is."""

    def read(text: str) -> float:
        try:
            number = type(low)(text)
        except ValueError:
            number = math.nan
        if not low <= number <= high:  # so written, it refuses NaN, too
            kind = "a whole number" if isinstance(low, int) else "a number"
            raise argparse.ArgumentTypeError(f"must be {kind} in [{low}, {high}], got {text}")
        return number

    return read


def _check(options: argparse.Namespace) -> int:
    from latentkit.commands.reading import Unreadable, read_notebook

    here = sorted(Path.cwd().glob("*.ipynb"))
    if options.notebook is None and len(here) != 1:
        found = "several notebooks" if here else "no notebook"
        name = here[0].name if here else "ps1_elbo.ipynb"
        print(f"this folder holds {found}; name the one to check: latentkit check {shlex.quote(name)}", file=sys.stderr)
        return MISUSED
    notebook = options.notebook or here[0]
    verdicts, notes = [], []
    try:
        read_notebook(notebook)
        from latentkit.commands.check import check_notebook  # with torch, which takes a while

        for event in check_notebook(notebook, options.limit, options.all_cells):
            if "note" in event:
                notes.append(event["note"])
            else:
                verdicts.append(event["verdict"])
            if not options.json:
                print(f"note: {event['note']}" if "note" in event else event["text"], flush=True)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return MISUSED
    passed = sum(verdict["status"] == "passed" for verdict in verdicts)
    if options.json:
        print(json.dumps({"notebook": str(notebook), "exercises": verdicts, "notes": notes}, indent=2))
    elif verdicts:
        squares = "".join("■" if verdict["status"] == "passed" else "□" for verdict in verdicts)
        print(f"\n{squares} {passed} of {len(verdicts)} done")
    if not verdicts:
        print(f"{notebook} has no exercises", file=sys.stderr)
        return MISUSED
    return OK if passed == len(verdicts) else FAILED


def _list_data(options: argparse.Namespace) -> int:
    from latentkit.commands.data import list_data

    return list_data(options.json)


def _get_data(options: argparse.Namespace) -> int:
    from latentkit.commands.data import get_data

    return get_data(options.names, options.json)


def _train(options: argparse.Namespace) -> int:
    try:
        settings = from_options(options)
    except ValueError as error:
        print(error, file=sys.stderr)
        return MISUSED
    from latentkit.commands.train import train_command

    return train_command(settings, options.out, options.json)


def _sample(options: argparse.Namespace) -> int:
    if options.model and options.named and options.model != options.named:
        print(f"name one model, got {options.model} and {options.named}", file=sys.stderr)
        return MISUSED
    named, drawn = options.model or options.named, (options.count, options.temperature, options.seed, options.json)
    if options.table is not None:
        from latentkit.commands.telling import TELLER, tell_command

        return tell_command(named or TELLER, options.table, *drawn)
    from latentkit.commands.speaking import sample_command

    return sample_command(named or "sentence_vae", *drawn)


def _reconstruct(options: argparse.Namespace) -> int:
    from latentkit.commands.speaking import reconstruct_command

    return reconstruct_command(options.model, options.sentences, options.file, options.width, options.json)


def _interpolate(options: argparse.Namespace) -> int:
    from latentkit.commands.speaking import interpolate_command

    return interpolate_command(options.model, options.start, options.end, options.points, options.width, options.json)


def _topics(options: argparse.Namespace) -> int:
    from latentkit.commands.topics_command import topics_command

    return topics_command(options)


def _figures(options: argparse.Namespace) -> int:
    from latentkit.commands.figures import figures_command

    return figures_command(options.out)


def _doctor(options: argparse.Namespace) -> int:
    from latentkit.commands.doctor import look_at_machine, verdict

    findings = look_at_machine()
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'!' if finding.advice else ' '} {finding.name:<13} {finding.value}")
            if finding.advice:
                print(f"  {'':<13} {finding.advice}")
        print(f"\n{verdict(findings)}")
    return FAILED if any(finding.serious for finding in findings) else OK
