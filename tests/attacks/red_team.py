"""A red team: attacks composed from seeds, where × what × when, graded beside honest neighbours. Any harm is a failure.

    python -m tests.attacks.red_team                       # 300 attacks in each sandbox that this machine gives
    python -m tests.attacks.red_team --seed 300 --count 50 --tier landlock --json found.jsonl
    python -m tests.attacks.red_team --only 17             # one again, alone
    python -m tests.attacks.red_team --only 17 --show      # what it is, without running it

It is harm where an honest neighbour loses a point, or an attacker by what only lies in its files; where an
attacker gets more than its functions deserve, which are right or wrong by choice; where a planted secret or a
number of a hidden input stands in a notebook, a page or a record; where a file of the course, the kit or a
library changes; where a process survives; where a page comes to life; and where a batch takes more processor
time than its limits say.

Exit code: 0 no harm, 1 harm, 2 the arguments are wrong or there is no sandbox.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from autograder.grading.running import sandboxes
from autograder.worker.limits import MEBIBYTE, Limits
from autograder.worker.sandbox import TIERS
from tests.attacks.arena import Arena, opened
from tests.attacks.composing.attack import Attack, compose
from tests.attacks.harm import Watch, by_attacker, to_class

LIMITS = Limits(
    cell_seconds=6,
    ask_seconds=6,
    total_seconds=20,
    cpu_seconds=3,
    restarts=1,
    memory_bytes=512 * MEBIBYTE,
    scratch_bytes=64 * MEBIBYTE,
    scratch_files=500,
)
"""Short, so that endless attacks end soon; honest neighbours, who have the same, need a fraction of a second."""

BATCH = 12
WORKERS = 4
COUNT = 300


@dataclass(frozen=True)
class Finding:
    """What came of one attack.

    Attributes:
        attack, tier: which, and in which sandbox.
        points, statuses: its grade; None and empty where the batch itself failed.
        harms: a line for each harm.
        seeds: of the batch that the harm was done in, its own included.
    """

    attack: Attack
    tier: str
    points: float | None
    statuses: dict[str, str]
    harms: tuple[str, ...]
    seeds: tuple[int, ...]

    @property
    def replay(self) -> str:
        """The command that runs it again, with those that it needs beside it."""
        return f"python -m tests.attacks.red_team --tier {self.tier} --only {' '.join(map(str, self.seeds))}"

    def to_json(self) -> dict[str, Any]:
        attack = self.attack
        told = {"seed": attack.seed, "tier": self.tier, "where": attack.where, "what": attack.what, "when": attack.when}
        grade = {"right": dict(attack.right), "points": self.points, "most": attack.most, "statuses": self.statuses}
        return {**told, **grade, "harms": list(self.harms), **({"replay": self.replay} if self.harms else {})}


def run(
    arena: Arena, attacks: Sequence[Attack], tier: str, size: int = BATCH, workers: int = WORKERS
) -> Iterator[Finding]:
    """Grade attacks, a batch after the other beside honest neighbours, and say what came of each.

    Harm that could be anybody's is looked for again in batches of one; where none of them does it alone, it is said of
    all that were together.
    """
    for start in range(0, len(attacks), size):
        batch = attacks[start : start + size]
        findings, common = _graded(arena, batch, tier, workers)
        if common and len(batch) > 1:
            alone = [next(run(arena, [attack], tier, 1, workers)) for attack in batch]
            if any(finding.harms for finding in alone):
                findings, common = alone, []
        seeds = tuple(attack.seed for attack in batch)
        for finding in findings:
            yield Finding(
                finding.attack,
                tier,
                finding.points,
                finding.statuses,
                (*finding.harms, *common),
                seeds if common else finding.seeds,
            )


def _graded(arena: Arena, batch: Sequence[Attack], tier: str, workers: int) -> tuple[list[Finding], list[str]]:
    """What came of each attack of a batch, and the harm that cannot be told whose it is."""
    watch = Watch()
    try:
        graded = arena.grade({one.student: one.work(arena) for one in batch}, tier, LIMITS, workers=workers)
        pages, common = to_class(graded)
    except Exception as error:
        reason = f"the batch failed: {type(error).__name__}: {str(error)[:300]}"
        nothing = [Finding(one, tier, None, {}, (), (one.seed,)) for one in batch]
        return nothing, [reason, *watch.harms(len(batch), LIMITS)]
    findings = [
        Finding(
            attack,
            tier,
            graded.entry(attack.student).points,
            graded.statuses(attack.student),
            tuple(by_attacker(attack, graded, pages[attack.student])),
            (attack.seed,),
        )
        for attack in batch
    ]
    return findings, [*common, *watch.harms(len(batch), LIMITS)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    seeds = options.only or range(options.seed, options.seed + options.count)
    attacks = [compose(seed) for seed in seeds]
    if options.show:
        for attack in attacks:
            print(_described(attack))
        return 0
    tiers = [options.tier] if options.tier else [tier.name for tier in TIERS if tier.confines]
    obstacles = {tier: reason for tier in tiers if (reason := sandboxes.obstacle(tier))}
    for tier, reason in obstacles.items():
        print(f"no {tier} here: {reason}", file=sys.stderr)
    tiers = [tier for tier in tiers if tier not in obstacles]
    if not tiers:
        return 2
    harmful = 0
    with contextlib.ExitStack() as stack:
        arena = stack.enter_context(opened())
        record = stack.enter_context(open(options.json, "w")) if options.json else None
        bar = stack.enter_context(tqdm(total=len(attacks) * len(tiers), unit="attack", desc="red team"))
        for tier in tiers:
            for finding in run(arena, attacks, tier, options.batch, options.workers):
                bar.update()
                if record is not None:
                    print(json.dumps(finding.to_json()), file=record, flush=True)
                if finding.harms:
                    harmful += 1
                    bar.write(told(finding), file=sys.stdout)
    print(f"{len(attacks)} attacks in {' and '.join(tiers)}: {harmful or 'none'} did harm")
    return 1 if harmful else 0


def told(finding: Finding) -> str:
    attack = finding.attack
    title = f"HARM seed {attack.seed}, {finding.tier}: {attack.what} / {attack.where} / {attack.when}"
    return "\n    ".join((title, *finding.harms, f"again: {finding.replay}"))


def _described(attack: Attack) -> str:
    own = [code for code in attack.own if code]
    code = [attack.sources["kl_to_standard_normal"], *own] if attack.place is None else [f"text: {attack.text[:500]!r}"]
    return "\n\n".join(
        (f"# seed {attack.seed}: {attack.what} / {attack.where} / {attack.when}; {attack.most} points deserved", *code)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="red_team", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0, help="of the first attack (default: 0)")
    parser.add_argument("--count", type=_positive, default=COUNT, help=f"how many attacks (default: {COUNT})")
    parser.add_argument("--only", type=int, nargs="+", metavar="SEED", help="these seeds, together in one batch")
    confining = [tier.name for tier in TIERS if tier.confines]
    parser.add_argument("--tier", choices=confining, help="one sandbox (default: each that works here)")
    parser.add_argument(
        "--batch", type=_positive, default=BATCH, help=f"attacks that are graded together (default: {BATCH})"
    )
    parser.add_argument("--workers", type=_positive, default=WORKERS, help=f"that run at a time (default: {WORKERS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write a line of JSON for each attack")
    parser.add_argument("--show", action="store_true", help="print the attacks, and run nothing")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"it must be 1 or more, got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
