"""Finds Microsoft's Bicep compiler and runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.bicep.differences import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tools.bicep.deployments import Deployment
    from tools.bicep.differences import Content

CONFIGURATION = "infra/bicepconfig.json"
INSTALLER = "infra/scripts/install-bicep.sh"
GRAPH = "microsoftGraphV1"


class CompilerError(Exception):
    """The compiler is missing, is of another version, or gave no result. The message is for whoever ran the command."""


def pinned_version(root: Path) -> str:
    """The version that this checkout is compiled with, such as 0.49.2, as the script that installs it has it.

    Raises:
        CompilerError: the script has none.
    """
    found = re.search(r"^version=(\S+)$", (root / INSTALLER).read_text("utf-8"), re.MULTILINE)
    if not found:
        raise CompilerError(f"{INSTALLER} has no version.")
    return found[1]


def find(environment: Mapping[str, str], version: str) -> str:
    """The path of the compiler: BICEP, else the first of this version on the path or in the Azure CLI's folder.

    Raises:
        CompilerError: there is none of this version.
    """
    found = {path: version_of(path) for path in _candidates(environment)}
    for path, own in found.items():
        if own == version:
            return path
    others = "".join(f" {path} is {f'Bicep {own}' if own else 'no compiler'}." for path, own in found.items())
    raise CompilerError(f"Bicep {version} wasn't found.{others} Run {INSTALLER}, or let BICEP name the compiler.")


def version_of(program: str) -> str | None:
    """A compiler's version; None if the program can't say it."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a compiler
    except OSError:
        return None
    said = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return said[0] if said and not done.returncode else None


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    if given := environment.get("BICEP"):
        yield given
        return
    if on_path := shutil.which("bicep", path=environment.get("PATH", "")):
        yield on_path
    own = environment.get("AZURE_CONFIG_DIR") or Path(environment.get("HOME", ""), ".azure")
    if (azure := Path(own, "bin", "bicep")).exists():
        yield str(azure)


@dataclass(frozen=True, slots=True)
class Compiler:
    """The compiler, set up for a checkout.

    Attributes:
        program: its path.
        root: the checkout.
        config: the bicepconfig.json that it uses for every file.
        environment: the environment that it runs in.
        said: what it has written to stderr so far.
    """

    program: str
    root: Path
    config: Path
    environment: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    def lint(self, pattern: str) -> None:
        """Lints the templates that match, such as infra/**/*.bicep."""
        self._run("lint", "--pattern", f"./{pattern}", *self._configured)

    def build(self, template: str) -> Content:
        """A template, compiled to JSON."""
        made: Content = json.loads(self._run("build", template, "--stdout", *self._configured))
        return made

    def format(self, files: Iterable[str]) -> dict[str, str]:
        """The text of each file as the formatter writes it."""
        with TemporaryDirectory() as folder:
            copies = {file: Path(folder, file) for file in files}
            for file, copy in copies.items():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes((self.root / file).read_bytes())
            for suffix in sorted({copy.suffix for copy in copies.values()}):
                self._run("format", "--pattern", f"./**/*{suffix}", *self._configured, at=Path(folder))
            return {file: copy.read_text("utf-8") for file, copy in copies.items()}

    def snapshot(self, deployment: Deployment, template: Content) -> Content:
        """What a parameter file deploys with a compiled template: resources and outputs, evaluated as far as possible.

        Raises:
            CompilerError: that has errors.
        """
        with TemporaryDirectory() as folder:
            # The compiler writes a snapshot beside the parameter file. So another one stands for it, in a folder that
            # is removed.
            at = Path(folder).resolve()
            (at / "template.json").write_text(json.dumps(template), "utf-8")
            own = os.path.relpath(self.root.resolve() / deployment.parameters, at).replace(os.sep, "/")
            (at / "main.bicepparam").write_text(f"using 'template.json'\n\nextends '{own}'\n", "utf-8")
            options = ["--mode", "overwrite", *self._configured, *deployment.context]
            self._run("snapshot", str(at / "main.bicepparam"), *options, variables=deployment.variables)
            made = json.loads((at / "main.snapshot.json").read_text("utf-8"))
            if made["diagnostics"]:
                raise CompilerError(f"{deployment.parameters}: {json.dumps(made['diagnostics'])}")
            # Their order differs from run to run.
            outputs = dict(sorted(made["outputs"].items()))
            return {RESOURCES: made[RESOURCES], "outputs": outputs}

    @property
    def _configured(self) -> list[str]:
        return ["--config", str(self.config)]

    def _run(self, *arguments: str, at: Path | None = None, variables: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(  # noqa: S603 - a compiler, with our own arguments
            [self.program, *arguments],
            cwd=at or self.root,
            env={**self.environment, **(variables or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise CompilerError(f"bicep {arguments[0]} has failed:\n{done.stdout}{done.stderr}".rstrip())
        self.said.append(done.stderr)
        return done.stdout


def configuration(root: Path, extension: str | None, folder: Path) -> Path:
    """The bicepconfig.json to use: the project's, or one in the folder that takes the Graph extension from a file."""
    own = root / CONFIGURATION
    if not extension:
        return own
    content = json.loads(own.read_text("utf-8"))
    content["extensions"][GRAPH] = str(Path(extension).resolve())
    other = folder / "bicepconfig.json"
    other.write_text(json.dumps(content), "utf-8")
    return other
