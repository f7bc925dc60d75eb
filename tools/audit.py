"""Compares all packages with the known vulnerabilities: `python -m tools.audit`.

pip-audit looks the pins of requirements*.txt up at PyPI, npm those of each package-lock.json at its registry. A
vulnerability that can't be mended yet is accepted in pyproject.toml, under [tool.audit.accepted], with the reason.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_SKIPPED = {".venv", ".local", "node_modules"}


class AuditError(Exception):
    """The audit could not be done; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Vulnerability:
    """A known vulnerability of a package that is pinned here.

    Attributes:
        where: the file that pins the package.
        package: its name and version, or the range of versions that are vulnerable.
        id: the identifier of the advisory.
        aliases: other identifiers of the same vulnerability.
        remedy: what mends it, as far as it is known.
    """

    where: str
    package: str
    id: str
    aliases: tuple[str, ...]
    remedy: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.where}: {self.package}: {self.id}: {self.remedy}"


def main() -> None:
    """Prints each vulnerability that is not accepted. The exit status is 1 if there is one, or the audit failed."""
    accepted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["audit"]["accepted"]
    try:
        findings = list(judged([*python_packages(ROOT), *node_packages(ROOT)], accepted))
    except AuditError as error:
        sys.exit(str(error))
    if findings:
        sys.exit("\n".join(findings))
    print("No package has a known vulnerability that is not accepted.")  # noqa: T201 - a command-line tool prints


def judged(found: list[Vulnerability], accepted: Mapping[str, str]) -> Iterator[str]:
    """What has to be done: about vulnerabilities that are not accepted, and about accepted ones that are gone.

    Args:
        found: all known vulnerabilities.
        accepted: the reason why one is accepted, by an identifier of it.
    """
    for one in sorted(found):
        if accepted.keys().isdisjoint({one.id, *one.aliases}):
            yield str(one)
    known = {name for one in found for name in (one.id, *one.aliases)}
    for name in sorted(accepted.keys() - known):
        yield f"pyproject.toml accepts {name}, which no package has any more: remove it"


def python_packages(root: Path) -> Iterator[Vulnerability]:
    """The vulnerabilities of what requirements*.txt pins.

    Raises:
        AuditError: pip-audit failed, or could not look a package up.
    """
    for pins in sorted(root.glob("requirements*.txt")):
        # Nothing is resolved or installed: every package is pinned. Strict, because a package that can't be looked up
        # would only be mentioned otherwise.
        flags = ["--require-hashes", "--disable-pip", "--strict", "--progress-spinner", "off", "--format", "json"]
        command = [str(Path(sys.executable).with_name("pip-audit")), *flags, "--requirement", str(pins)]
        yield from of_pip_audit(pins.name, _json(command, root))


def node_packages(root: Path) -> Iterator[Vulnerability]:
    """The vulnerabilities of what each package-lock.json pins.

    Raises:
        AuditError: npm failed, or could not reach the registry.
    """
    for lock in sorted(root.rglob("package-lock.json")):
        if _SKIPPED.isdisjoint(lock.relative_to(root).parts):
            answer = _json(["npm", "audit", "--package-lock-only", "--json"], lock.parent)
            yield from of_npm(lock.relative_to(root).as_posix(), answer)


def of_pip_audit(where: str, answer: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """The vulnerabilities in an answer of pip-audit.

    Raises:
        AuditError: it has no packages, or one that was not looked up.
    """
    packages = answer.get("dependencies")
    if not packages:
        raise AuditError(f"pip-audit looked at no package of {where}.")
    for package in packages:
        if "skip_reason" in package:
            raise AuditError(f"{where}: {package['name']} was not looked up: {package['skip_reason']}")
        for vulnerability in package["vulns"]:
            versions = vulnerability["fix_versions"]
            yield Vulnerability(
                where,
                f"{package['name']} {package['version']}",
                vulnerability["id"],
                tuple(vulnerability["aliases"]),
                f"take {' or '.join(versions)}" if versions else "no version mends it",
            )


def of_npm(where: str, answer: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """The vulnerabilities in an answer of npm.

    Raises:
        AuditError: it is no report.
    """
    if "vulnerabilities" not in answer:
        raise AuditError(f"npm could not audit {where}: {json.dumps(answer)[:400]}")
    for package in answer["vulnerabilities"].values():
        remedy = "npm knows a version that mends it" if package["fixAvailable"] else "no version mends it"
        # The others are packages that need a vulnerable one, by name.
        for advisory in (cause for cause in package["via"] if not isinstance(cause, str)):
            identifier = advisory["url"].rpartition("/")[2]
            yield Vulnerability(where, f"{package['name']} {advisory['range']}", identifier, (), remedy)


def _json(command: list[str], folder: Path) -> dict[str, Any]:
    """What a program prints. Both exit with 1 if they find something, and if they fail, so the output decides."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    except OSError as error:
        raise AuditError(f"{command[0]} can't be started: {error}") from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise AuditError(f"{' '.join(command)} failed:\n{done.stderr.strip()[-1000:]}") from None
    return answer


if __name__ == "__main__":
    main()
