"""The files that the checks read: a checkout, or a copy of its infrastructure."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.infra.bicep import read
from tests.infra.evaluation import Scope
from tests.infra.resources import Plan, deployed
from tests.infra.snapshots import FOLDER, Snapshot
from tests.infra.snapshots import read as read_snapshots
from tests.infra.values import Items, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.declarations import BicepFile
    from tests.infra.values import Value

APP, IDENTITY = "infra/main.bicep", "infra/identity/main.bicep"


class Tree:
    """The files under a root, with a cache."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bicep: dict[Path, BicepFile] = {}
        self._plans: list[Plan] = []

    def bicep(self, path: Path) -> BicepFile:
        """A Bicep file, by its path."""
        path = path.resolve()
        if path not in self._bicep:
            self._bicep[path] = read(path, self.label(path))
        return self._bicep[path]

    def label(self, path: Path) -> str:
        """The path of a file, for findings."""
        resolved, root = path.resolve(), self.root.resolve()
        return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(path)

    def files(self, *patterns: str) -> Iterator[Path]:
        """The matching files, in order."""
        for pattern in patterns:
            yield from sorted(path for path in self.root.glob(pattern) if path.is_file())

    def text(self, path: str) -> str:
        """A file's text; empty if it doesn't exist."""
        file = self.root / path
        return file.read_text("utf-8") if file.exists() else ""

    def json(self, path: str) -> Any:
        """A file's JSON."""
        return json.loads(self.text(path))

    @cached_property
    def snapshots(self) -> dict[str, Snapshot]:
        """What each parameter file deploys, by the snapshot's name."""
        return read_snapshots(self.root / FOLDER)

    def snapshot(self, name: str) -> Snapshot:
        """One of them."""
        return self.snapshots[name]

    def parameters(self, template: str) -> dict[str, Any]:
        """A template's parameters: type, defaultValue, allowedValues, minValue, maxValue and so on, description."""
        found: dict[str, Any] = self.json(f"{FOLDER}/parameters.json")[template]
        return found

    @cached_property
    def templates(self) -> list[BicepFile]:
        """Every .bicep file."""
        return [self.bicep(path) for path in self.files("infra/**/*.bicep")]

    @cached_property
    def parameter_files(self) -> list[BicepFile]:
        """Every .bicepparam file."""
        return [self.bicep(path) for path in self.files("infra/**/*.bicepparam")]

    @property
    def plans(self) -> Iterator[Plan]:
        """The deployments of each main template: with any parameters, with each choice of one, and in each environment.

        They are evaluated lazily, because a check that has found something often needs no more of them.
        """
        at = 0
        while True:
            if at == len(self._plans):
                made = next(self._unmade, None)
                if made is None:
                    return
                self._plans.append(made)
            yield self._plans[at]
            at += 1

    @cached_property
    def _unmade(self) -> Iterator[Plan]:
        return self._make()

    def _make(self) -> Iterator[Plan]:
        for path in (APP, IDENTITY):
            file = self.bicep(self.root / path)
            yield Plan(f"{path} with any parameters", path, deployed(Scope(self, file)))
            yield self.plan(path)
            for parameter in file.parameters.values():
                choices = (True, False) if parameter.type.kind == "bool" else parameter.type.literals
                for choice in choices:
                    yield self.plan(path, **{parameter.name: choice})
            if path == APP:
                yield self.plan(path, callbackAllowedHosts=Items(("contoso.com",)), logicAppIdentityName="id")
                yield self.plan(path, httpsProxy="http://proxy.contoso.com:8080", noProxy=Items((".contoso.com",)))
            for parameters in self.parameter_files:
                if parameters.using and (parameters.path.parent / parameters.using).resolve() == file.path:
                    yield Plan(parameters.label, path, deployed(self._with(parameters, file)))

    def any(self, path: str) -> Plan:
        """What a template can deploy."""
        return next(plan for plan in self.plans if plan.template == path)

    def plan(self, path: str, **given: Value) -> Plan:
        """What a template deploys with these parameters and the defaults of all others."""
        scope = Scope(self, self.bicep(self.root / path), given, defaults=True)
        name = ", ".join(f"{name} {text(value)}" for name, value in given.items())
        return Plan(f"{path} with {name or 'its defaults'}", path, deployed(scope))

    def _with(self, parameters: BicepFile, file: BicepFile) -> Scope:
        scope = Scope(self, parameters)
        given = {name: scope.value(parameters.variables[name].value) for name in sorted(parameters.given)}
        return Scope(self, file, given, defaults=True)
