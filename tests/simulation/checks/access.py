"""Access ends with the export: write access that can be revoked is revoked, and erased data is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export_account import package_container_name
from shared.exports.states_and_codes import GrantKind, WarningCode
from shared.records.event_and_file_rows import FILE_KEYS
from shared.storage.sas_urls import container_name
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.checks.holds import containers_of
from tests.simulation.world.facts import Committed, Created, Injected, PolicySet, Ran

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from tests.simulation.world.facts import Line

_HINDERS = ("slow", "storage", "records", "export account", "row", "unexpected", "call hangs")
"""Faults after which a run leaves the revocation to the next one."""


class NoAccessLeft(Check):
    """A stored policy is gone once the run that stored the end has returned, unless a late run sets it again.

    Where something failed during that run, it is gone in the end.
    """

    name = "no access left"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._set: dict[str, tuple[str, datetime]] = {}
        self._began: dict[str, datetime] = {}
        self._ended_by: dict[str, str] = {}
        self._revoked: dict[str, datetime] = {}
        self._hindered: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case PolicySet(container=container):
                self._set[container] = line.actor, line.at
            case Committed(before=before, after=after):
                for attempt in after.attempts:
                    if attempt.grant.revoked_at is not None:
                        self._revoked.setdefault(container_name(attempt.container), line.at)
                if _ends(before, after):
                    self._ended_by[line.actor] = after.id
            case Injected(fault=fault) if fault.startswith(_HINDERS):
                self._hindered.add(line.actor)
            case Ran(begins=True):
                self._began[line.actor] = line.at
            case Ran(returned=True) if self._ended_by.get(line.actor) in self.state.exports:
                self._check_return(self.state.exports[self._ended_by[line.actor]], line.actor)

    def finish(self) -> None:
        if self.state.account_is_lost:
            return
        for name, container in self.world.account.containers.items():
            export = self.state.exports.get(export_of(name))
            if export is None or export_of(name) in self.world.exports.spoiled:
                continue
            if export.status.is_terminal and name in _recorded(export):
                self.expect(f"{name} still has its stored policy", holds=container.policy is None)
        for export in self.state.readable():
            warned = any(warning.code == WarningCode.GRANT_NOT_REVOKED for warning in export.warnings)
            for attempt in export.attempts:
                if attempt.grant.kind is GrantKind.STORED_POLICY and export.erased_at is None:
                    explained = attempt.grant.revoked_at is not None or warned
                    self.expect(f"{export.id} ended without a word on grant {attempt.number}", holds=explained)
        for signed in self.world.account.signed.values():
            is_known = export_of(signed.container) not in self.state.forgotten | self.world.exports.spoiled.keys()
            usable = self.state.is_revocable and is_known and self.world.account.can_write(signed)
            self.expect(f"somebody can still write into {signed.container}", holds=not usable)

    def _check_return(self, export: Export, actor: str) -> None:
        if not export.status.is_terminal or actor in self._hindered:
            return  # it was retried meanwhile, or something failed: then it is tried again
        warned = any(warning.code == WarningCode.GRANT_NOT_REVOKED for warning in export.warnings)
        for name in sorted(_recorded(export) & self.world.account.containers.keys()):
            gone = self.world.account.containers[name].policy is None
            setter, at = self._set.get(name, (actor, self._began[actor]))
            # A late run set the policy again: that run removes it, or the sweeper does if the run died.
            began = self._began[actor]
            elsewhere = setter != actor and at >= min(began, self._revoked.get(name, began))
            self.expect(f"{name} has a stored policy after the end", holds=gone or warned or elsewhere)


class ErasedIsGone(Check):
    """Once an erasure is stored, no container of the export and no name of a file is left; in the end, no stray one.

    A late step may have made the container of packages again meanwhile: that goes later.
    """

    name = "erased is gone"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._created: dict[str, datetime] = {}

    def see(self, line: Line) -> None:
        match line.fact:
            case Created(container=container):
                self._created[container] = line.at
            case Committed(before=before, after=after) if after.erased_at and not (before and before.erased_at):
                left = containers_of(after) & self.world.account.containers.keys()
                package, began = package_container_name(after.id), self.state.began[line.actor]
                left -= {package} if self._created.get(package, began) > began else set()
                self.expect(f"{after.id} is erased, and there is still {sorted(left)}", holds=not left)
                self._expect_no_names(after)

    def finish(self) -> None:
        for ended in self.state.readable():
            if ended.erased_at is not None:
                self._expect_no_names(ended)
        for name in self.world.account.containers:
            export = self.state.exports.get(export_of(name))
            is_own = export is not None and export.erased_at is None and name in containers_of(export)
            kept = is_own or (export is not None and export.hold is not None)  # under a hold nothing at all is deleted
            unknown = export_of(name) in self.state.forgotten | self.state.spoiled
            self.expect(f"{name} was left behind", holds=kept or unknown or self.state.account_is_lost)

    def _expect_no_names(self, export: Export) -> None:
        lines = self.world.exports.rows(export.id, *FILE_KEYS)
        self.expect(f"{export.id} is erased, and its manifest is not", holds=not lines)
        marker = export.files and export.files.marker
        self.expect(f"{export.id} is erased, and has a place in the listing", holds=marker is None)


def _ends(before: Export | None, after: Export) -> bool:
    return after.status.is_terminal and (before is None or not before.status.is_terminal)


def _recorded(export: Export) -> set[str]:
    return {container_name(attempt.container) for attempt in export.attempts}
