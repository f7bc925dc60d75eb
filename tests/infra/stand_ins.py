"""Fakes of the programs that infra/scripts call: they record each call and give prepared answers.

They show which calls the scripts make, in which order, and how they use the answers. They don't show that Azure would
answer like this.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.bicep.compiler import pinned_version

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = ROOT / "infra" / "scripts"
_STAND_IN = """#!{python} -IS
import json, os, pathlib, sys
folder = pathlib.Path({folder!r})
arguments = [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]
named = [pathlib.Path(one[1:]) for one in arguments if one.startswith("@")]
sent = [file.read_text() for file in named if file.is_file()]
with (folder / "calls.jsonl").open("a") as calls:
    read = sys.stdin.read() if "--input" in arguments else ""
    empty = [name for name, value in os.environ.items() if not value]
    calls.write(json.dumps({{"arguments": arguments, "files": sent, "input": read, "empty": empty}}) + "\\n")
line = " ".join(arguments)
used = folder / "used.json"
uses = json.loads(used.read_text()) if used.exists() else {{}}
for number, rule in enumerate(json.loads((folder / "rules.json").read_text())):
    spent = rule["times"] is not None and uses.get(str(number), 0) >= rule["times"]
    if all(part in line for part in rule["has"]) and not spent:
        used.write_text(json.dumps({{**uses, str(number): uses.get(str(number), 0) + 1}}))
        made = folder / "made.json"
        so_far = json.loads(made.read_text()) if made.exists() else []
        if rule["makes"]:
            made.write_text(json.dumps([*so_far, rule["makes"]]))
        if rule["once"] is None or rule["once"] in so_far:
            sys.stdout.write(rule["says"])
            sys.stderr.write(rule["complains"])
            sys.exit(rule["code"])
sys.exit(f"The stand-in has no answer to: {{line}}")
"""
SLOW = {"BASH_FUNC_sleep%%": "() { SECONDS=$((SECONDS + 120)); }"}
"""For the environment of a shell script: each pause takes two minutes by its clock, and no time."""
_SLEEP = """#!/bin/sh
printf '{{"arguments": ["sleep", "%s"], "files": [], "input": "", "empty": []}}\\n' "$1" >> '{folder}/calls.jsonl'
"""


class Programs:
    """A folder for a script's PATH, with fakes of az, curl and gh, and of sleep, which doesn't wait."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rules: list[dict[str, Any]] = []
        for name in ("az", "bicep", "curl", "gh", "sleep"):
            program = folder / name
            text = _SLEEP if name == "sleep" else _STAND_IN
            program.write_text(text.format(python=sys.executable, folder=str(folder)))
            program.chmod(0o755)

    def answer(
        self,
        *has: str,
        says: str = "",
        complains: str = "",
        code: int = 0,
        makes: str = "",
        once: str | None = None,
        times: int | None = None,
        first: bool = False,
    ) -> None:
        """Prepares an answer for calls that contain all of these texts; the first one that matches is used.

        Args:
            has: texts that the call contains.
            says: what is printed.
            complains: what is printed to standard error.
            code: the exit code.
            makes: the name of something that exists from this call on.
            once: the name of something that must exist for this answer.
            times: how often it is given; later calls get the next one that matches.
            first: whether it comes before those that are prepared already.
        """
        rule = {"has": has, "says": says, "complains": complains, "code": code}
        self._rules.insert(0 if first else len(self._rules), rule | {"makes": makes, "once": once, "times": times})

    def install_bicep(self) -> None:
        """Lets scripts find the version of Bicep that they would install."""
        program = self.folder / "bicep"
        program.write_text(f"#!/bin/sh\necho 'Bicep CLI version {pinned_version(ROOT)} (stand-in)'\n")
        program.chmod(0o755)

    def run(
        self, script: str, *arguments: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a script of infra/scripts with these programs on its path."""
        (self.folder / "rules.json").write_text(json.dumps(self._rules))
        program = [sys.executable] if script.endswith(".py") else ["bash"]
        path = os.pathsep.join([str(self.folder), str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(  # noqa: S603 - our own script
            [*program, str(SCRIPTS / script), *arguments],
            env={"PATH": path} | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """Every call in order, one line each."""
        return [" ".join(call["arguments"]) for call in self._recorded()]

    @property
    def files(self) -> list[str]:
        """The contents of files that calls named with an @."""
        return [text for call in self._recorded() for text in call["files"]]

    @property
    def inputs(self) -> list[str]:
        """What calls read from standard input."""
        return [call["input"] for call in self._recorded()]

    def empty_at(self, text: str) -> list[str]:
        """The empty variables in the environment of the first call that contains this text."""
        found: list[str] = next(one["empty"] for one in self._recorded() if text in " ".join(one["arguments"]))
        return found

    def forget(self) -> None:
        """Forgets the calls so far, but not what they created."""
        (self.folder / "calls.jsonl").unlink()

    def _recorded(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
