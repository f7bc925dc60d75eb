"""Finds Microsoft's Bicep compiler and runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.bicep.deployments import Deployment
    from tools.bicep.differences import Content

VERSION = "0.49.2"
_GRAPH = "microsoftGraphV1"


class CompilerError(Exception):
    """The compiler is missing, is of another version, or gave no result. The message is for whoever ran the command."""


def find(environment: Mapping[str, str]) -> str:
    """The compiler's program: BICEP, else the one on the path, else the Azure CLI's own.

    Raises:
        CompilerError: there is none.
    """
    if given := environment.get("BICEP"):
        return given
    if on_path := shutil.which("bicep", path=environment.get("PATH")):
        return on_path
    azure = Path(environment.get("AZURE_CONFIG_DIR") or Path.home() / ".azure") / "bin" / "bicep"
    if azure.exists():
        return str(azure)
    raise CompilerError(
        "There is no Bicep compiler. infra/scripts/install-bicep.sh installs the one that this project uses; "
        "BICEP names one that is elsewhere."
    )


@dataclass(frozen=True, slots=True)
class Compiler:
    """The compiler, as it is set up for this checkout.

    Attributes:
        program: its path.
        root: the checkout.
        config: the bicepconfig.json that it uses for every file.
        said: what it has written to stderr so far.
    """

    program: str
    root: Path
    config: Path
    said: list[str]

    def version(self) -> str:
        """Its version, such as 0.49.2."""
        found = re.search(r"\d+\.\d+\.\d+", self._run(["--version"]))
        return found[0] if found else "unknown"

    def lint(self, pattern: str) -> None:
        """Lints the files that match."""
        self._run(["lint", "--pattern", pattern, *self._configured])

    def build_parameters(self, pattern: str, environment: Mapping[str, str]) -> None:
        """Compiles the parameter files that match."""
        with TemporaryDirectory() as folder:
            arguments = ["build-params", "--pattern", pattern, "--outdir", folder]
            self._run([*arguments, *self._configured], environment)

    def build(self, template: str) -> Content:
        """A template, compiled to JSON."""
        made: Content = json.loads(self._run(["build", template, "--stdout", *self._configured]))
        return made

    def format(self, files: Iterable[str]) -> dict[str, str]:
        """The text of each file as the formatter writes it."""
        with TemporaryDirectory() as folder:
            copies = {file: Path(folder, file) for file in files}
            for file, copy in copies.items():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes((self.root / file).read_bytes())
            for suffix in sorted({copy.suffix for copy in copies.values()}):
                self._run(["format", "--pattern", f"./**/*{suffix}", *self._configured], at=Path(folder))
            return {file: copy.read_text("utf-8") for file, copy in copies.items()}

    def snapshot(self, deployment: Deployment, environment: Mapping[str, str]) -> Content:
        """What a parameter file deploys, evaluated.

        Raises:
            CompilerError: it has errors.
        """
        with TemporaryDirectory() as folder:
            # The compiler writes a snapshot beside the parameter file, so this one stands for it.
            stand_in = Path(folder, "deployment.bicepparam")
            template, parameters = (
                os.path.relpath(self.root.resolve() / path, stand_in.parent.resolve()).replace(os.sep, "/")
                for path in (deployment.template, deployment.parameters)
            )
            stand_in.write_text(f"using '{template}'\n\nextends '{parameters}'\n", "utf-8")
            self._run(
                ["snapshot", str(stand_in), "--mode", "overwrite", *self._configured, *deployment.context], environment
            )
            made: Content = json.loads(stand_in.with_suffix(".snapshot.json").read_text("utf-8"))
            return made

    @property
    def _configured(self) -> list[str]:
        return ["--config", str(self.config)]

    def _run(self, arguments: list[str], environment: Mapping[str, str] | None = None, at: Path | None = None) -> str:
        done = subprocess.run(  # noqa: S603 - the compiler, with our own arguments
            [self.program, *arguments],
            cwd=at or self.root,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self.said.append(done.stderr)
        if done.returncode:
            raise CompilerError(f"bicep {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


def found(environment: Mapping[str, str], root: Path, config: Path) -> Compiler:
    """The compiler.

    Raises:
        CompilerError: there is none, or it is of another version.
    """
    compiler = Compiler(find(environment), root, config, [])
    if (version := compiler.version()) != VERSION:
        raise CompilerError(f"{compiler.program} is Bicep {version}, and this project uses {VERSION}.")
    return compiler


def configuration(root: Path, extension: str | None, folder: Path) -> Path:
    """The bicepconfig.json to use: the project's, or one in the folder that takes the Graph extension from a file."""
    own = root / "infra" / "bicepconfig.json"
    if not extension:
        return own
    content = json.loads(own.read_text("utf-8"))
    content["extensions"][_GRAPH] = str(Path(extension).resolve())
    other = folder / "bicepconfig.json"
    other.write_text(json.dumps(content), "utf-8")
    return other
