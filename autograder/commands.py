"""What each subcommand of `autograder` does: read the options, call the function that does it, print what came of it.

The heavy modules (torch, nbgrader) are imported where they are used, so that `--help` and mistyped commands are quick.
"""

import contextlib
import shlex
import sys
from argparse import Namespace
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.course import Course
from autograder.course_file import remember_kit_url
from autograder.files import json_text, write_whole
from autograder.screen import plain, plain_lines
from autograder.worker.startup import importing

if TYPE_CHECKING:
    from autograder.exercise.exercise import Rubric
    from autograder.grading.recording.changes import Changes
    from autograder.grading.recording.record import Results


def release(options: Namespace) -> int:
    from autograder.authoring import release as releasing
    from autograder.authoring.kit import write_student_archive

    course = _course(options)
    if options.kit_url is not None:
        if options.check:
            raise ValueError("--check writes nothing, and so takes no --kit-url")
        remember_kit_url(course, options.kit_url)
    names = options.names if options.names and not options.all else course.names()
    if not names:
        raise ValueError(f"there is no problem set in {course.root / 'solutions'} yet")
    if not options.check:
        for name in names:
            releasing.release(course, name, progress=not options.json)
        places = {name: str(_near(course.release_dir(name))) for name in names}
        lines = [f"{name}: wrote {place}" for name, place in places.items()]
        if options.archive:
            lines.append(f"for students: {_near(write_student_archive(course, names, options.archive))}")
        _print(options, places, lines)
        return 0
    found = {name: releasing.stale(course, name, progress=not options.json) for name in names}
    lines = [f"{line}; run: autograder release {name}" for name, stale in found.items() for line in stale]
    _print(options, found, lines or [f"up to date: {', '.join(names)}"])
    return 1 if lines else 0


def collect(options: Namespace) -> int:
    from autograder.classroom.collecting import collect as collecting

    course = _course(options)
    course.source(options.name)
    submitted = options.submitted or course.submitted
    found = collecting.collect(course, options.name, options.origin, submitted, options.pattern, options.platform)
    kept = f" (the old ones are kept in {_near(course.state_dir(options.name) / 'replaced')})" if found.replaced else ""
    people = f"{found.people} {'person' if found.people == 1 else 'people'}"
    lines = [
        f"{found.introduction}; {people}",
        f"{len(found.new)} new, {len(found.replaced)} replaced{kept}, {len(found.unchanged)} unchanged: "
        f"{_near(submitted)}",
        *_some("no notebook", found.without),
        *_some("note", found.notes),
        *_some("refused", found.refused),
        f"what became of each file: {_near(course.state_dir(options.name) / collecting.ACCOUNT)}",
    ]
    _print(options, found.to_json(), lines)
    return 1 if found.needs_a_person else 0


def grade(options: Namespace) -> int:
    from autograder.grading.request import GradingRequest, warm_up

    course = _course(options)
    request = GradingRequest(
        course,
        options.name,
        options.submitted,
        workers=options.workers,
        only=options.only,
        regrade=options.regrade or options.diff,
        changed=options.changed,
        approve=partial(_approved, options) if options.diff else None,
        sandbox=options.sandbox,
        device=options.device,
        scheduler=options.scheduler,
        progress=not options.json,
    )
    with warm_up(request) or contextlib.nullcontext() as warm:  # it imports its libraries while we import ours
        with importing():
            from autograder.grading import batch
            from autograder.grading.settings import limits_of, parsed

            _rubric(options.name)
        limits = limits_of(course, options.name, dict(map(parsed, options.limit or [])))
        graded = batch.grade(replace(request, limits=limits), warm)
    from autograder.classroom.marks import read_marks  # they bring nbgrader, for which no submission waits
    from autograder.classroom.overview import overview
    from autograder.classroom.report import sandboxes_used, text_table
    from autograder.grading.recording.lateness import penalise_late
    from autograder.grading.running import sandboxes

    if not graded.written:
        return 1
    results = graded.results
    if not any(entry.handed_in for entry in results.students.values()):
        raise ValueError(f"nobody has handed in {options.name} in {request.folder}")
    places = [course.results(options.name), *([options.results] if options.results else [])]
    for place in places:
        write_whole(place, json_text(results.to_json()))
    penalise_late(course, options.name, [student for student, entry in results.students.items() if entry.handed_in])
    table = text_table(overview(results, _rubric(options.name), read_marks(course, options.name)))
    for caution in sandboxes.cautions({entry.sandbox for entry in results.students.values()}):
        print(f"note: {caution}", file=sys.stderr)
    _print(options, results.to_json(), [table, f"sandbox: {sandboxes_used(results)}", f"results: {_near(places[-1])}"])
    return 0


def _approved(options: Namespace, changes: "Changes") -> bool:
    """Show what a regrade changes and find out whether to write it: --yes, or a person's answer."""
    approved = options.yes or changes.nothing
    if options.json:
        if not approved:
            print(json_text(asdict(changes)), end="")
        return approved
    print(changes.to_text())
    if not approved and sys.stdin.isatty():
        approved = input("Write these grades? [y/N] ").strip().lower() in ("y", "yes")
    if not approved:
        print("nothing was written; to write it: the same command with --yes")
    return approved


def report(options: Namespace) -> int:
    from autograder.classroom.marks import read_marks
    from autograder.classroom.overview import overview
    from autograder.classroom.report import html_page, text_table

    course = _course(options)
    found = overview(_results(course, options), _rubric(options.name), read_marks(course, options.name))
    page = write_whole(options.html or course.reports / f"{options.name}.html", html_page(found))
    _print(options, asdict(found), [text_table(found), f"page: {_near(page)}"])
    return 0


def feedback(options: Namespace) -> int:
    from autograder.classroom.feedback import write_feedback
    from autograder.classroom.giving_back.writing import feedback_zip, takes_feedback

    course = _course(options)
    platform = takes_feedback(options.platform) if options.platform else None
    if options.out and platform is None:
        raise ValueError("--out names the zip for a learning platform: say which one with --for")
    if options.out and options.out.suffix != ".zip":
        raise ValueError(f"--out needs a file that ends in .zip, got {options.out}")
    pages = write_feedback(course, _results(course, options), options.only)
    lines = [f"{len(pages)} pages: {_near(course.feedback)}/STUDENT/{options.name}/{options.name}.html"]
    if platform is None:
        _print(options, [str(page) for page in pages], lines)
        return 0
    content, left = feedback_zip(course, options.name, platform, {page.parents[1].name: page for page in pages})
    place = write_whole(options.out or course.feedback / f"{options.name}_{platform.name}.zip", content)
    lines.append(f"{len(pages) - len(left)} of them for {platform.title}: {_near(place)}")
    lines += [f"note: not in it, as {platform.title} did not bring the hand-in: {', '.join(left)}"] if left else []
    _print(options, {"pages": [str(page) for page in pages], "zip": str(place), "left_out": left}, lines)
    return 1 if left else 0


def export(options: Namespace) -> int:
    course = _course(options)
    if options.platform not in (None, "csv", "json"):
        return _export_to_platform(options, course)
    if options.column or options.sheet:
        raise ValueError("--column and --sheet are for a learning platform: say which one with --for")
    from autograder.classroom.export import export_rows, to_csv
    from autograder.classroom.marks import read_marks
    from autograder.spreadsheet import for_excel

    rows = export_rows(_results(course, options), _rubric(options.name), read_marks(course, options.name))
    wanted = f".{options.platform}" if options.platform else ""
    suffix = wanted or (options.out.suffix if options.out else ".json" if options.json else ".csv")
    if suffix not in (".csv", ".json") or (options.out and options.out.suffix != suffix):
        raise ValueError(f"--out needs a file that ends in {wanted or '.csv or .json'}, got {options.out}")
    text = to_csv(rows) if suffix == ".csv" else json_text(rows)
    if options.out is None:
        _show_table(text) if suffix == ".csv" else print(text, end="")
        return 0
    write_whole(options.out, for_excel(text) if suffix == ".csv" else text)
    _print(options, {"students": len(rows), "file": str(options.out)}, [f"{len(rows)} students: {_near(options.out)}"])
    return 0


def _export_to_platform(options: Namespace, course: Course) -> int:
    """Write the grades as a learning platform takes them, and say what has to be known before they are uploaded."""
    from autograder.classroom.giving_back.platform import TakesTable
    from autograder.classroom.giving_back.platforms import named
    from autograder.classroom.giving_back.writing import notes_on, sheet_for

    platform = named(options.platform)
    sheet = sheet_for(
        course, _results(course, options), _rubric(options.name), platform, options.column or "", options.sheet
    )
    notes = notes_on(sheet, platform)
    if options.out is None and isinstance(platform, TakesTable) and not options.json:
        for note in notes:
            print(plain_lines(f"note: {note}"), file=sys.stderr)
        _show_table(platform.text(sheet))
        return 0
    out = options.out or course.reports / f"{options.name}_{platform.name}_grades{platform.suffix}"
    if out.suffix != platform.suffix:
        raise ValueError(f"{platform.title} takes a file that ends in {platform.suffix}, got --out {out}")
    write_whole(out, platform.content(sheet))
    lines = [f"{len(sheet.lines)} students for {platform.title}: {_near(out)}", *(f"note: {note}" for note in notes)]
    _print(options, {"students": len(sheet.lines), "file": str(out), "notes": notes}, lines)
    return 0


def _show_table(text: str) -> None:
    """Print a table: as it is for a file or another program, and so that no name moves the cursor of a terminal."""
    print(plain_lines(text) if sys.stdout.isatty() else text, end="")


def package(options: Namespace) -> int:
    from autograder.authoring.gradescope import write_gradescope_package

    course = _course(options)
    out = options.out or Path(f"{options.name}_gradescope_autograder.zip")
    if out.suffix != ".zip":
        raise ValueError(f"--out needs a file that ends in .zip, got {out}")
    place = write_gradescope_package(course, options.name, out, options.sandbox)
    lines = [
        f"for Gradescope: {_near(place)}",
        "note: it holds the answer key and the secret of the hidden cases: give it to Gradescope and to no student",
    ]
    _print(options, {"problem_set": options.name, "file": str(place)}, lines)
    return 0


def similar(options: Namespace) -> int:
    from autograder.classroom.similarity.find import find_alike, html_page, text_table

    course = _course(options)
    course.source(options.name)
    found = find_alike(course, options.name, options.submitted or course.submitted, options.threshold)
    page = write_whole(options.html or course.reports / f"{options.name}_similar.html", html_page(found))
    _print(options, found.to_json() | {"page": str(page)}, [text_table(found), f"page: {_near(page)}"])
    return 1 if found.pairs else 0


def simulate(options: Namespace) -> int:
    from autograder.classroom.simulate import TRUTH
    from autograder.classroom.simulate import simulate as simulate_class

    course = _course(options)
    out = options.out or course.submitted
    truth = simulate_class(course, options.name, options.students, options.seed, out, options.kinds, options.copies)
    lines = [
        f"{len(truth)} students in {_near(out)}, their true scores in {_near(out / TRUTH)}",
        f"grade them: autograder grade {options.name} --submitted {shlex.quote(str(_near(out)))}",
    ]
    _print(options, truth, lines)
    return 0


def demo(options: Namespace) -> int:
    from autograder.classroom.demo import run_demo

    outcome = run_demo(
        _course(options),
        options.name,
        students=options.students,
        seed=options.seed,
        workers=options.workers,
        sandbox=options.sandbox,
        quiet=options.json,
    )
    _print(options, outcome.to_dict(), [outcome.to_text()])
    return 0 if outcome.all_match else 1


def doctor(options: Namespace) -> int:
    from autograder.classroom.doctor import look_at_grader
    from latentkit.commands.doctor import verdict

    findings = look_at_grader(options.course)
    lines = [f"{finding.name:<14} {finding.value}{_advice(finding.advice)}" for finding in findings]
    lines += ["", verdict(findings)]
    _print(options, [vars(finding) for finding in findings], lines)
    return 1 if any(finding.serious for finding in findings) else 0


def _course(options: Namespace) -> Course:
    return options.course or Course.find()


def _rubric(name: str) -> "Rubric":
    from autograder import rubrics

    return rubrics.load(name)


def _results(course: Course, options: Namespace) -> "Results":
    from autograder.classroom.overview import read_results

    return read_results(options.results or course.results(options.name), options.name)


def _some(label: str, lines: list[str], most: int = 200) -> list[str]:
    """Lines with a label; of very many, as a student's zip may give, the first."""
    more = [f"{label}: … and {len(lines) - most} more"] if len(lines) > most else []
    return [*(f"{label}: {plain(line)}" for line in lines[:most]), *more]


def _advice(advice: str) -> str:
    return f"\n{'':<14} → {advice}" if advice else ""


def _near(path: Path) -> Path:
    """A path as one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def _print(options: Namespace, value: Any, lines: list[str]) -> None:
    print(json_text(value), end="") if options.json else print(plain_lines("\n".join(lines)))
