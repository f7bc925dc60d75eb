"""The deployments that are evaluated: the parameter files of infra/, and variants of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"
VARIANTS = "tests/infra/variants"
PARAMETER_FILES = ("infra/**/*.bicepparam", f"{VARIANTS}/*.bicepparam")
_NAMES = re.compile(r"^(using|extends) '([^']+)'", re.MULTILINE)
_READS = re.compile(r"readEnvironmentVariable\('(\w+)'")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A parameter file, and what it is evaluated with.

    Attributes:
        name: the name of its snapshot.
        parameters: the parameter file, from the root of the checkout.
        template: the template, likewise.
        base: the name of the deployment that it extends, or None.
        environment: the environment that it is for; prod where its file says none.
        at_subscription: whether it is deployed to a subscription, not to a resource group.
    """

    name: str
    parameters: str
    template: str
    base: str | None
    environment: str
    at_subscription: bool

    @property
    def context(self) -> list[str]:
        """The compiler's options that say where it is deployed to, so that names and ids are real."""
        group = [] if self.at_subscription else ["--resource-group", f"rg-pde-{self.environment}"]
        scope = ["--tenant-id", TENANT, "--subscription-id", SUBSCRIPTION, *group]
        return [*scope, "--location", "westeurope", "--deployment-name", "main"]

    @property
    def variables(self) -> dict[str, str]:
        """What its parameter file reads from the environment and has no default for."""
        return {
            "AZURE_ENV_NAME": self.environment,
            "IDENTITY_NAME": f"id-pde-{self.environment}",
            "API_CLIENT_ID": "00000000-0000-0000-0000-00000000000a",
            "API_AUDIENCE": f"api://{TENANT}/pde-{self.environment}",
        }


def deployments(root: Path) -> list[Deployment]:
    """The deployment of every parameter file."""
    return [_read(root, path) for path in _parameter_files(root)]


def without_variables(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what parameter files read, so that nothing of the shell's gets into a snapshot."""
    read = {name for path in _parameter_files(root) for name in _READS.findall(path.read_text("utf-8"))}
    return {name: value for name, value in environment.items() if name not in read}


def _parameter_files(root: Path) -> list[Path]:
    return [path for pattern in PARAMETER_FILES for path in sorted(root.glob(pattern))]


def _read(root: Path, path: Path) -> Deployment:
    named = dict(_NAMES.findall(path.read_text("utf-8")))
    template = (path.parent / named["using"]).resolve()
    extended = path.parent / named["extends"] if "extends" in named else None
    environments = [each.stem for each in (path, extended) if each and each.resolve().parent.name == "environments"]
    return Deployment(
        name=_name(path),
        parameters=path.relative_to(root).as_posix(),
        template=template.relative_to(root.resolve()).as_posix(),
        base=_name(extended) if extended else None,
        environment=environments[0] if environments else "prod",
        at_subscription="targetScope = 'subscription'" in template.read_text("utf-8"),
    )


def _name(path: Path) -> str:
    """The name of a file; of one that is called main, the name of its folder."""
    return path.stem if path.stem != "main" else path.resolve().parent.name
