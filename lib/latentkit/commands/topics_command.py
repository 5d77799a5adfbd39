"""What `latentkit topics` does: find topics in a reader's own documents, print them, and write them as a page."""

import json
import sys
from pathlib import Path
from typing import Any

from latentkit.commands.exit_codes import FAILED, MISUSED, OK
from latentkit.commands.topics import Found, as_data, find_topics

MOST_SKIPPED = 5  # reasons that are printed


def topics_command(options: Any) -> int:
    """Find topics, print them, and write the page and the model where they are asked for.

    Args:
        options: of the command line, by the names of `find_topics`, with `html`, `save` and `json`.
    Returns:
        The exit code: 0, 1 when something cannot be read or written, 2 when the options or the documents are wrong.
    """
    try:
        found = find_topics(
            options.documents, options.k, options.method, options.column, options.by_year, options.min_documents,
            options.max_share, options.seed, progress=not options.json and sys.stderr.isatty(),
        )  # fmt: skip
    except OSError as error:
        print(error, file=sys.stderr)
        return FAILED
    except ValueError as error:
        print(error, file=sys.stderr)
        return MISUSED
    content = as_data(found)
    if options.json:
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        _print(content)
        _report_left_out(found)
    try:  # what was found is printed by now, and is not lost
        _write(found, options)
    except OSError as error:
        print(error, file=sys.stderr)
        return FAILED
    return OK


def _print(content: dict[str, Any]) -> None:
    sizes = f"{content['documents']:,} documents, {content['tokens']:,} tokens of {content['words']:,} words"
    print(f"{sizes}, {len(content['topics'])} topics")
    for number, topic in enumerate(content["topics"], 1):
        print(f"\n{number:3d}  {topic['size']:6.1%}  {' '.join(topic['words'])}")
        if "share_by_year" in topic:
            years, shares = content["years"], topic["share_by_year"]
            print(f"             {years[0]}: {shares[0]:.1%}, {years[-1]}: {shares[-1]:.1%}")
        for document in topic["documents"]:
            print(f"             {document['share']:4.0%}  {document['title'][:90]}")


def _write(found: Found, options: Any) -> None:
    """The model and the page, where they are asked for."""
    if options.save:
        found.model.save(options.save)
        words = json.dumps(found.counts.words, ensure_ascii=False, indent=0)
        (options.save / "words.json").write_text(words + "\n", encoding="utf-8")
    if options.html:
        from latentkit.commands.topics_page import topics_page  # with the figures, which take a while

        options.html.write_text(topics_page(found, Path(options.documents).name), encoding="utf-8")
    if not options.json:
        for what, place in (("page", options.html), ("model", options.save)):
            if place:
                print(f"{what}: {place}")


def _report_left_out(found: Found) -> None:
    skipped = found.documents.skipped
    short = len(found.documents.texts) - len(found.titles)
    for reason in skipped[:MOST_SKIPPED]:
        print(f"left out, {reason}", file=sys.stderr)
    if len(skipped) > MOST_SKIPPED:
        print(f"left out: {len(skipped) - MOST_SKIPPED:,} more", file=sys.stderr)
    if short:
        print(f"left out: {short:,} documents in which no word stayed", file=sys.stderr)
