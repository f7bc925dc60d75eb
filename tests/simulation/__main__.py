"""`python -m tests.simulation`: many seeds and a table, or one seed and its timeline."""

from __future__ import annotations

import argparse
import sys

from tests.simulation.plan import BEGIN
from tests.simulation.report import run, show
from tests.simulation.simulation import simulate
from tests.simulation.timeline import story_lines


def main() -> int:
    """Runs what the command line asks for; the exit status is 1 if there is a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5000, help="how many seeds to run (%(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (%(default)s)")
    parser.add_argument("--seed", type=int, help="run this one alone")
    parser.add_argument("-v", "--verbose", action="store_true", help="with --seed: show its timeline")
    given = parser.parse_args()
    if given.seed is not None:
        return _one(given.seed, verbose=given.verbose)
    report = run(range(given.first, given.first + given.seeds))
    show(report)
    return 1 if report.failed else 0


def _one(seed: int, *, verbose: bool) -> int:
    result = simulate(seed)
    for line in story_lines(result.timeline, BEGIN) if verbose else ():
        print(line)  # noqa: T201 - a command-line tool prints
    for violation in result.violations:
        print(f"seed {seed}: {violation}")  # noqa: T201 - a command-line tool prints
    print(f"seed {seed}: {sum(result.checked.values())} checks, {len(result.violations)} violations")  # noqa: T201 - a command-line tool prints
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
