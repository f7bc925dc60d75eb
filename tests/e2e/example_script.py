"""An example of docs/callers.md, run unchanged on a machine that is signed in with the Azure CLI."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from local.private_files import write_private
from local.stack.local_stack import Stack
from tests.documented_examples import example
from tests.local import waiting

PATIENCE = 120.0
HEADINGS = {"bash": "curl", "python": "Python"}
AZ = """#!/bin/sh
# The Azure CLI, as far as the examples use it: each call prints the next token, and fails if that is "none".
[ "$1 $2" = "account get-access-token" ] || exit 64
folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
token=$(sed -n "$(wc -l < "$folder/calls")p" "$folder/tokens")
token=${token:-$(tail -n 1 "$folder/tokens")}
[ "$token" != none ] || { echo "ERROR: Please run 'az login'." >&2; exit 1; }
case $* in
  *"--output tsv"*) echo "$token" ;;
  *) echo "{\\"accessToken\\": \\"$token\\", \\"expires_on\\": $(($(date +%s) + 3600))}" ;;
esac
"""
# In place of the shell's and Python's sleep, they write down how long they were to wait.
SLEEP = """#!/bin/sh
echo "$1" >> "$(dirname "$0")/waits"
"""
SITE = """import time
from pathlib import Path

really_sleep = time.sleep

def sleep(seconds: float) -> None:
    if seconds < 1:  # the standard library's own
        really_sleep(seconds)
        return
    with Path(__file__).with_name("waits").open("a") as waits:
        print(seconds, file=waits)

time.sleep = sleep
"""


@dataclass
class ExampleScript:
    """An example in a folder of its own, on a machine that is signed in with the Azure CLI."""

    language: str
    text: str
    folder: Path
    stack: Stack
    _started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @classmethod
    def of(cls, language: str, folder: Path, stack: Stack) -> Self:
        """The example in this language, for a caller who may do everything."""
        script = cls(language, example(HEADINGS[language], language), folder, stack)
        script.sign_in(stack.token)
        return script

    def sign_in(self, *tokens: str) -> None:
        """Lets the calls of the Azure CLI give these tokens, one each, and the last one from then on."""
        self._install("az", AZ)
        (self._programs / "calls").write_text("")
        write_private(self._programs / "tokens", "\n".join([*tokens, ""]))

    def skip_waits(self) -> None:
        """Lets it wait for nothing from now on; `waits` has what it would have waited, in seconds."""
        self._install("sleep", SLEEP)
        self._install("sitecustomize.py", SITE)

    @property
    def waits(self) -> list[float]:
        """See `skip_waits`."""
        return [float(line) for line in (self._programs / "waits").read_text().splitlines()]

    def start(self, person: str, reference: str, api: str = "", target: str = "files") -> "subprocess.Popen[str]":
        """Starts it; `api` is the address of the API if it isn't the stack's own, `target` where files go."""
        environment = {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(self._programs),
            "API": api or self.stack.api,
            "SSL_CERT_FILE": str(self.stack.azurite.ca_bundle),
            "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.folder),
        }
        if self.language == "bash":
            command = ["bash", "-c", self.text]
            environment |= {"PERSON": person, "REFERENCE": reference}
        else:
            script = self.folder / "export.py"
            if not script.exists() or script.read_text() != self.text:  # another one may be about to read it
                script.write_text(self.text)
            command = [sys.executable, "-W", "error", "export.py", person, reference, target]
        started = subprocess.Popen(  # noqa: S603 - our own example
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(started)
        return started

    def run(self, person: str, reference: str, api: str = "") -> "subprocess.CompletedProcess[str]":
        """Runs it to its end."""
        started = self.start(person, reference, api)
        stdout, stderr = started.communicate(timeout=PATIENCE * waiting.factor)
        return subprocess.CompletedProcess(started.args, started.returncode, stdout, stderr)

    def kill(self) -> None:
        """Kills whatever of it still runs."""
        for started in self._started:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
                started.communicate()

    def with_time_out(self, seconds: int) -> "ExampleScript":
        """The same with a shorter time-out in place of the documented minute; nothing else is changed."""
        documented, shorter = (
            ("--max-time 60", f"--max-time {seconds}")
            if self.language == "bash"
            else ("timeout=60", f"timeout={seconds}")
        )
        assert documented in self.text
        return replace(self, text=self.text.replace(documented, shorter))

    @property
    def arrived(self) -> list[Path]:
        """The files that the Python example has downloaded."""
        return [path for path in (self.folder / "files").rglob("*") if path.is_file()]

    @property
    def begun(self) -> list[Path]:
        """The files that it has opened anywhere."""
        have = (path for path in self.folder.rglob("*") if self._programs not in path.parents)
        return [path for path in have if path.is_file() and path.name != "export.py"]

    @property
    def _programs(self) -> Path:
        return self.folder / "bin"

    def _install(self, name: str, text: str) -> None:
        self._programs.mkdir(exist_ok=True)
        (self._programs / name).write_text(text)
        (self._programs / name).chmod(0o700)
