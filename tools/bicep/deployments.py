"""The deployments that are evaluated, and the context in which they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"
PARAMETER_FILES = (
    "infra/environments/*.bicepparam",
    "infra/identity/*.bicepparam",
    "tests/infra/variants/*.bicepparam",
)
_USING = re.compile(r"^(using|extends) '([^']+)'", re.MULTILINE)
_READS = re.compile(r"readEnvironmentVariable\('(\w+)'")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A parameter file, and what it is evaluated with.

    Attributes:
        name: the name of its snapshot.
        parameters: the parameter file, from the root of the checkout.
        template: the template, likewise.
        base: the name of the deployment that it extends, or None.
        at_subscription: whether it is deployed to a subscription, not to a resource group.
    """

    name: str
    parameters: str
    template: str
    base: str | None
    at_subscription: bool

    @property
    def environment(self) -> str:
        """The environment that it is for."""
        return self.name if self.parameters.startswith("infra/environments/") else "prod"

    @property
    def context(self) -> list[str]:
        """The compiler's options. With them, names and ids are as real as they can be."""
        group = [] if self.at_subscription else ["--resource-group", f"rg-pde-{self.environment}"]
        scope = ["--tenant-id", TENANT, "--subscription-id", SUBSCRIPTION, *group]
        return [*scope, "--location", "westeurope", "--deployment-name", "main"]

    @property
    def variables(self) -> dict[str, str]:
        """What its parameter file reads from the environment."""
        return {
            "AZURE_ENV_NAME": self.environment,
            "IDENTITY_NAME": f"id-pde-{self.environment}",
            "API_CLIENT_ID": "00000000-0000-0000-0000-00000000000a",
            "API_AUDIENCE": f"api://{TENANT}/pde-{self.environment}",
        }


def deployments(root: Path) -> list[Deployment]:
    """Every deployment: those that others extend come first."""
    found = [_read(root, path) for pattern in PARAMETER_FILES for path in sorted(root.glob(pattern))]
    return sorted(found, key=lambda each: each.base is not None)


def without_variables(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what parameter files read, so that nothing leaks in from the shell."""
    read = {name for pattern in PARAMETER_FILES for path in root.glob(pattern) for name in _READS.findall(_text(path))}
    return {name: value for name, value in environment.items() if name not in read}


def _read(root: Path, path: Path) -> Deployment:
    said = dict(_USING.findall(_text(path)))
    template = (path.parent / said["using"]).resolve()
    return Deployment(
        name=_name(path),
        parameters=path.relative_to(root).as_posix(),
        template=template.relative_to(root.resolve()).as_posix(),
        base=_name(path.parent / said["extends"]) if "extends" in said else None,
        at_subscription="targetScope = 'subscription'" in _text(template),
    )


def _name(path: Path) -> str:
    """A file's own name; one that is called main has the name of its folder."""
    return path.stem if path.stem != "main" else path.resolve().parent.name


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def sources(root: Path) -> Iterator[Path]:
    """Every file that has a part in a deployment."""
    for pattern in ("infra/**/*", "tests/infra/variants/*"):
        for path in sorted(root.glob(pattern)):
            inside = path.relative_to(root).parts
            if path.suffix in {".bicep", ".bicepparam", ".json", ".kql"} and "connector" not in inside:
                yield path
