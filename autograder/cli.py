"""The instructor's command, from the release of a problem set to the grades of a class."""

import argparse
import atexit
import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from autograder import extras
from autograder.course import Course
from autograder.grading.running import devices, sandboxes
from autograder.imports import leave_out_slow_imports
from autograder.screen import plain_lines

DEBUG = "AUTOGRADER_DEBUG"
OK, FOUND, MISUSED = 0, 1, 2
"""Exit codes: done; done, and there is something to act on; could not be done, and the message says why."""

PLATFORMS = (
    "canvas", "moodle", "blackboard", "brightspace", "gradescope", "ilias", "takeout", "teams", "classroom", "nbgrader",
    "plain",
)  # fmt: skip
"""The learning platforms, as `--platform` calls them; what reads their downloads is imported where it is used."""

NEED_NOTHING = ("doctor",)
"""Commands that work with a student's installation."""

TAKE_GRADES = ("canvas", "moodle", "gradescope", "blackboard", "brightspace", "csv", "json")
TAKE_FEEDBACK = ("canvas", "moodle", "brightspace")
"""As `autograder.classroom.giving_back` has them, which is imported where it is used."""

_EXAMPLES = """\
a term, step by step:
  autograder release ps1_elbo                     make assignments/ps1_elbo from its source and rubric
  autograder collect ps1_elbo downloads.zip       sort downloaded notebooks into submitted/
  autograder grade ps1_elbo                       grade submitted/ into gradebook.db; run again to go on
  autograder report ps1_elbo                      how the class did, as a table and a page
  autograder similar ps1_elbo                     whose code is the same
  autograder feedback ps1_elbo                    a page for each student
  autograder export ps1_elbo --out grades.csv     for the registrar, or --for canvas, moodle, …

before the term:
  autograder doctor                               is this machine ready?
  autograder demo                                 all of it, on a simulated class with known true scores

exit codes: 0 done; 1 done, but something is stale, alike, does not match or is missing; 2 could not be done
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code.
    """
    _encode_any_name()
    try:
        os.getcwd()
    except OSError as error:
        _complain(f"autograder: the folder that you are in is gone ({error.strerror}); change to one that exists")
        return MISUSED
    options = _parser().parse_args(arguments)
    leave_out_slow_imports()
    try:
        if options.command not in NEED_NOTHING:
            extras.require("instructor")
        with _stoppable():
            return int(options.run(options))
    except KeyboardInterrupt as stopped:
        print("autograder: stopped; what was graded is kept, run the command again to go on", file=sys.stderr)
        return 128 + int(stopped.args[0] if stopped.args else signal.SIGINT)
    except BrokenPipeError:  # `autograder report ps1_elbo | head`
        sys.stderr.close()
        return OK
    except (ValueError, OSError, RuntimeError) as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = ". What is done is kept: make room and run the command again" if full else ""
        _complain(f"autograder {options.command}: {error}{advice}")
        return MISUSED
    except Exception as error:
        if os.environ.get(DEBUG):
            _complain(traceback.format_exc())
        _complain(
            f"autograder {options.command}: something went wrong that we did not foresee: "
            f"{type(error).__name__}: {' '.join(str(error).split())}; set {DEBUG}=1 to see the traceback"
        )
        return MISUSED


def run() -> NoReturn:
    """Be the command: run it, and end. To take down the libraries in order would take a tenth of a second."""
    code = MISUSED

    def end() -> None:
        lost = False
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (BrokenPipeError, ValueError):  # nobody reads it any more, or it is closed
                continue
            except OSError:
                lost = True
        os._exit(code or (MISUSED if lost else OK))

    atexit.register(end)  # before any library registers what it has to tidy up, so that this comes last
    try:
        code = main()
    except SystemExit as told:  # by argparse: --help, or a mistyped option
        code = int(told.code or OK)
    sys.exit(code)


def _encode_any_name() -> None:
    """Print what the terminal's encoding lacks, such as a folder's name in no encoding, as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _complain(text: str) -> None:
    print(plain_lines(text), file=sys.stderr)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a request to end, or a terminal that is closed, stop the work as Ctrl-C does: tidily."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    from autograder import commands  # imports nothing heavy, but for --help not even that should matter
    from latentkit import __version__

    parser = argparse.ArgumentParser(
        prog="autograder", description=__doc__, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--course", type=_course, metavar="DIR", help="the course folder (default: the one around here)"
    )
    parser.add_argument("--version", action="version", version=f"autograder {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
    ) -> argparse.ArgumentParser:
        added = subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=run)
        added.add_argument("--json", action="store_true", help="print JSON for other programs")
        return added

    release = command(
        "release", commands.release, "make the student's notebook and public cases", "autograder release ps1_elbo"
    )
    release.add_argument("names", nargs="*", metavar="NAME", help="problem sets (default: all)")
    release.add_argument("--all", action="store_true", help="all problem sets, as without a NAME")
    release.add_argument(
        "--archive",
        type=Path,
        metavar="FILE.zip",
        help="pack for students: releases, library and guide",
    )
    text = "where you will put that file; the notebooks fetch it in Colab (kept in autograder.toml; '' forgets it)"
    release.add_argument("--kit-url", metavar="URL", help=text)
    release.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a release is out of date")

    collect = command(
        "collect",
        commands.collect,
        "sort downloaded notebooks into the layout that is graded",
        "autograder collect ps1_elbo ~/Downloads/submissions.zip",
    )
    _name(collect)
    collect.add_argument("origin", type=Path, metavar="FROM", help="a folder or zip of notebooks")
    _submitted(collect, "where to put them")
    text = f"which learning platform made it: {', '.join(PLATFORMS)} (default: recognised by its names)"
    collect.add_argument("--platform", choices=PLATFORMS, metavar="NAME", help=text)
    collect.add_argument(
        "--pattern", help="how names hold the student, a regular expression: '(?P<student>[a-z]+)_hw1'"
    )

    grade = command(
        "grade",
        commands.grade,
        "grade submissions; what is graded already and unchanged is not run again",
        "autograder grade ps1_elbo --workers 4 --results results.json",
    )
    _name(grade)
    _submitted(grade, "where they are")
    grade.add_argument("--results", type=Path, metavar="FILE", help="also write the results here, as JSON")
    grade.add_argument("--workers", type=_positive, metavar="N", help="how many at a time (default: one per core)")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="run on the Dask cluster there, such as tcp://HOST:8786")
    grade.add_argument("--only", nargs="+", metavar="STUDENT", help="these students alone")
    grade.add_argument("--regrade", action="store_true", help="run all of them again")
    grade.add_argument(
        "--changed", action="store_true", help="run only new or changed submissions, even if rubric or grader changed"
    )
    grade.add_argument(
        "--diff", action="store_true", help="with --regrade: show old and new scores, and ask before writing"
    )
    grade.add_argument("--yes", action="store_true", help="with --diff: write without asking")
    grade.add_argument(
        "--limit",
        action="append",
        metavar="NAME=NUMBER",
        help="a limit, such as cell_seconds=60; lasting ones stand in autograder.toml",
    )
    text = "call functions there (default: cpu); cuda opens the GPU to submissions, see docs/trust.md"
    grade.add_argument("--device", choices=devices.CHOICES, default=devices.CPU, help=text)
    _sandbox(grade)

    report = command(
        "report", commands.report, "show how the class did", "autograder report ps1_elbo --html report.html"
    )
    _name(report)
    _results(report)
    report.add_argument(
        "--html", type=Path, metavar="FILE", help="where to write the page (default: reports/NAME.html)"
    )

    feedback = command(
        "feedback", commands.feedback, "write a page for each student", "autograder feedback ps1_elbo --only ada"
    )
    _name(feedback)
    _results(feedback)
    feedback.add_argument("--only", nargs="+", metavar="STUDENT", help="these students alone")
    text = f"also pack them as this platform takes them, named as its download: {', '.join(TAKE_FEEDBACK)}"
    feedback.add_argument("--for", dest="platform", choices=TAKE_FEEDBACK, metavar="PLATFORM", help=text)
    text = "where to put that zip (default: feedback/NAME_PLATFORM.zip)"
    feedback.add_argument("--out", type=Path, metavar="FILE.zip", help=text)

    export = command(
        "export",
        commands.export,
        "write the grades for other programs and for learning platforms",
        "autograder export ps1_elbo --for canvas --column 'Problem set 1 (4711)' --out grades.csv",
    )
    _name(export)
    _results(export)
    text = f"what takes them: {', '.join(TAKE_GRADES)} (default: as the file's name ends)"
    export.add_argument("--for", dest="platform", choices=TAKE_GRADES, metavar="PLATFORM", help=text)
    text = "where to write them (default: the screen; of gradescope, reports/NAME_gradescope_grades.zip)"
    export.add_argument("--out", type=Path, metavar="FILE", help=text)
    text = "what the platform calls the assignment, such as 'Problem set 1 (4711)' in Canvas (default: NAME)"
    export.add_argument("--column", metavar="TEXT", help=text)
    text = "a table that the platform exports of its gradebook, to find the ids that its downloads lack"
    export.add_argument("--sheet", type=Path, metavar="FILE.csv", help=text)

    package = command(
        "package",
        commands.package,
        "pack a problem set as an autograder that runs on another platform's machines",
        "autograder package gradescope ps1_elbo --out ps1_elbo_gradescope_autograder.zip",
    )
    package.add_argument("platform", choices=["gradescope"], metavar="PLATFORM", help="gradescope")
    _name(package)
    text = "where to write it (default: NAME_gradescope_autograder.zip here)"
    package.add_argument("--out", type=Path, metavar="FILE.zip", help=text)
    _sandbox(package)

    similar = command(
        "similar",
        commands.similar,
        "list submissions whose code is the same up to names, comments and formatting",
        "autograder similar ps1_elbo --threshold 15 --html similar.html",
    )
    _name(similar)
    _submitted(similar, "where they are")
    text = "show pairs with that much evidence; by chance one class in 4,096 has a pair of 12 (default: %(default)g)"
    similar.add_argument("--threshold", type=float, default=12.0, metavar="BITS", help=text)
    text = "where to write the page, both sides of each pair (default: reports/NAME_similar.html)"
    similar.add_argument("--html", type=Path, metavar="FILE", help=text)

    simulate = command(
        "simulate",
        commands.simulate,
        "make a class of submissions with known true scores",
        "autograder simulate ps1_elbo --students 36 --seed 0 --out rehearsal",
    )
    _name(simulate)
    simulate.add_argument("--students", type=_positive, default=36, metavar="N", help="how many (default: %(default)s)")
    simulate.add_argument("--seed", type=int, default=0, help="the same seed makes the same class (default: 0)")
    simulate.add_argument("--out", type=Path, metavar="DIR", help="an empty folder (default: the course's submitted/)")
    text = "more students, who hand in another's code under other names (default: 0)"
    simulate.add_argument("--copies", type=int, default=0, metavar="N", help=text)
    simulate.add_argument("--kinds", nargs="+", metavar="KIND", help="only these kinds of students, in turn")

    demo = command(
        "demo",
        commands.demo,
        "release, simulate a class, grade it, and compare with its true scores",
        "autograder demo ps1_elbo",
    )
    demo.add_argument("name", nargs="?", default="ps1_elbo", metavar="NAME", help="problem set (default: %(default)s)")
    demo.add_argument("--students", type=_positive, default=36, metavar="N", help="how many (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=0, help="of the class (default: 0)")
    demo.add_argument("--workers", type=_positive, metavar="N", help="how many at a time (default: one per core)")
    _sandbox(demo)

    command("doctor", commands.doctor, "tell whether this machine is ready to grade", "autograder doctor")
    return parser


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a problem set, such as ps1_elbo")


def _submitted(parser: argparse.ArgumentParser, what: str) -> None:
    text = f"{what}, as DIR/STUDENT/NAME/NAME.ipynb (default: the course's submitted/)"
    parser.add_argument("--submitted", type=Path, metavar="DIR", help=text)


def _results(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--results", type=Path, metavar="FILE", help="of `autograder grade` (default: its last ones)")


def _sandbox(parser: argparse.ArgumentParser) -> None:
    text = "how to confine submissions (default: %(default)s, the strongest that works here; none: not at all)"
    parser.add_argument("--sandbox", choices=sandboxes.CHOICES, default=sandboxes.AUTO, help=text)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {text}")
    return number


def _course(text: str) -> Course:
    try:
        return Course.find(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    run()
