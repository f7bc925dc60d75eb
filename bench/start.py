"""Measures a cold start: CPU time and memory until the functions are indexed, and until the first submit and poll."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx

from bench.table import Row
from local.checkout import ROOT
from local.stack.local_stack import Stack
from tools.package.build import SITE, make
from tools.package.interpreters import own_version
from tools.package.requirements import install

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.table import Say

ROUNDS = 9
ALTERNATIVE = ROOT / "bench" / "alternative"
_PROBE = ROOT / "bench" / "start_probe.py"
_POINTS = {"indexed": "start to functions indexed", "polled": "start to first submit and first poll"}
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class _Measure:
    """A kind of figure, and the goals: its ratios to the alternative and to the floor."""

    key: str
    what: str
    unit: str
    scale: float
    of_alternative: float
    of_floor: float


_MEASURES = (
    _Measure("cpu", "CPU time", "ms", 1000.0, 0.5, 1.15),
    _Measure("resident", "resident memory", "MiB", 1 / _MIB, 0.75, 1.15),
)

Marks = dict[str, dict[str, float]]
"""The figures at each point that a process passes."""
Round = dict[str, Marks]
"""The marks of each app's process, by the name of the app."""


def measure(say: Say) -> list[Row]:
    """Measures cold starts. Each ratio is taken within a round; the table shows medians."""
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        say("Start: making the package")
        package = _unpacked(folder / "package")
        with Stack(folder / "stack", {"PATH": os.environ["PATH"]}, app=ALTERNATIVE) as stack:
            probes = Probes(stack, folder, package)
            probes.round(0)  # compiles what is not compiled yet
            for number in range(ROUNDS):
                say(f"Start: round {number + 1} of {ROUNDS}")
                rounds.append(probes.round(number))
    return rows(rounds)


def rows(rounds: Sequence[Round]) -> list[Row]:
    """The rows of the table for these rounds."""
    told = [_row(rounds, each, point, text) for each in _MEASURES for point, text in _POINTS.items()]
    return [*told, *(_row_of_calls(rounds, each) for each in _MEASURES), _row_of_bytecode(rounds, _MEASURES[0])]


def _row(rounds: Sequence[Round], each: _Measure, point: str, text: str) -> Row:
    of_alternative = _ratio(rounds, each, point, "alternative")
    of_floor = _ratio(rounds, each, point, "floor", "polled")
    return Row(
        what=f"{each.what}, {text}",
        ours=f"{_median(rounds, each, point, 'package')} (not packed {_median(rounds, each, point, 'checkout')})",
        alternative=f"GraphServiceClient and a typed operation: {_median(rounds, each, point, 'alternative')}",
        floor=f"imports alone: {_median(rounds, each, 'polled', 'floor')}",
        ratio=f"{of_alternative:.2f}; {of_floor:.2f}",
        reach=f"at most {each.of_alternative}; {each.of_floor}",
        met=of_alternative <= each.of_alternative and of_floor <= each.of_floor,
    )


def _row_of_calls(rounds: Sequence[Round], each: _Measure) -> Row:
    """Compares with a process that makes the same calls by hand; the floor makes none."""
    of_calls = _ratio(rounds, each, "polled", "calls")
    return Row(
        what=f"{each.what}, {_POINTS['polled']}, beside the least calls",
        ours=_median(rounds, each, "polled", "package"),
        floor=f"imports and the same calls by hand: {_median(rounds, each, 'polled', 'calls')}",
        ratio=f"{of_calls:.2f}",
    )


def _row_of_bytecode(rounds: Sequence[Round], each: _Measure) -> Row:
    """Shows why the package contains bytecode: it is mounted where none can be written."""
    return Row(
        what=f"{each.what}, {_POINTS['polled']}, for the bytecode in the package",
        ours=_median(rounds, each, "polled", "package"),
        alternative=f"the package without it: {_median(rounds, each, 'polled', 'uncompiled')}",
        ratio=f"{_ratio(rounds, each, 'polled', 'uncompiled'):.2f}",
    )


def _median(rounds: Sequence[Round], each: _Measure, point: str, app: str) -> str:
    return f"{statistics.median(one[app][point][each.key] for one in rounds) * each.scale:.0f} {each.unit}"


def _ratio(rounds: Sequence[Round], each: _Measure, point: str, other: str, of: str = "") -> float:
    """The median over the rounds of our figure divided by the other app's."""
    return statistics.median(one["package"][point][each.key] / one[other][of or point][each.key] for one in rounds)


class Probes:
    """Runs the probe as each app, in a fresh process, beside a stack whose own app leaves the exports alone."""

    def __init__(self, stack: Stack, folder: Path, package: Path) -> None:
        """`package` is the unpacked deployment package; bytecode is compiled into `folder`."""
        self._stack = stack
        self._folder = folder
        self._package = package
        self._requirements = install(own_version())

    def round(self, number: int) -> Round:
        """Runs each of them once, starting with another one in each round."""
        runs: dict[str, Callable[[], Marks]] = {
            "package": self.ours,
            "alternative": self.alternative,
            "checkout": lambda: self._run(ROOT, "ours", self._export()),
            "floor": self.floor,
            "calls": lambda: self._run(ALTERNATIVE, "calls", self._user()),
            "uncompiled": lambda: self._run(self._package, "ours", self._export(), compiled=False),
        }
        names = deque(runs)
        names.rotate(number)
        return {name: runs[name]() for name in names}

    def ours(self) -> Marks:
        """The product, from its package."""
        return self._run(self._package, "ours", self._export())

    def alternative(self) -> Marks:
        """The app on the Graph SDK's own client."""
        return self._run(ALTERNATIVE, "alternative", self._user())

    def floor(self) -> Marks:
        """Imports only."""
        return self._run(ALTERNATIVE, "floor")

    def _export(self) -> str:
        (export_id,) = self._run(ROOT, "enter", self._user())
        return export_id

    def _user(self) -> str:
        user = str(uuid4())
        url = f"{self._stack.graph}/_local/users/{user}"
        httpx.put(url, json={"userPrincipalName": f"{user}@contoso.example"}).raise_for_status()
        return user

    def _run(self, app: Path, *arguments: str, compiled: bool = True) -> Marks:
        """The marks of a process of the app, with its own packages, or else with the installed requirements."""
        brought = app / SITE
        environment = dict(self._stack.app_environment)
        if not compiled:
            environment |= {"PYTHONPYCACHEPREFIX": str(self._folder / "empty"), "PYTHONDONTWRITEBYTECODE": "1"}
        elif not brought.is_dir():
            environment["PYTHONPYCACHEPREFIX"] = str(self._folder / "compiled")
        environment["PYTHONPATH"] = f"{brought if brought.is_dir() else self._requirements}:{app}"
        command = [sys.executable, "-S", "-P", str(_PROBE), *arguments]
        done = subprocess.run(command, env=environment, cwd=app, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{arguments[0]} in {app} failed:\n{done.stderr}")
        marks: Marks = json.loads(done.stdout.splitlines()[-1])
        return marks


def _unpacked(folder: Path) -> Path:
    target = folder.with_suffix(".zip")
    make(target, own_version())
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder)
    return folder
