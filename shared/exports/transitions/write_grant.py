"""Microsoft's right to write is extended or revoked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import Attempt, Export, current_attempt, has_stored_policy, with_attempt
from shared.exports.states_and_codes import EventType, Stage, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.next_due_time import schedule_next_step

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def extend_grant(export: Export, expires_at: datetime, now: datetime) -> Export:
    """Records that the stored policy of the current attempt now lasts until `expires_at`."""
    attempt = current_attempt(export)
    extended = with_attempt(export, grant=replace(attempt.grant, expires_at=expires_at))
    return add_event(extended, EventType.GRANT_EXTENDED, now, attempt=attempt.number, grantExpires=to_iso(expires_at))


def wait_for_policy(export: Export, now: datetime, limits: Limits) -> Export:
    """Lets an open export wait until its new stored policy works, which takes Azure up to 30 s."""
    return schedule_next_step(export, now + limits.policy_delay, now)


def mark_grant_revoked(export: Export, attempt: Attempt, now: datetime) -> Export:
    """Records that the stored policy of an attempt was removed, so that Microsoft can no longer write."""
    revoked = replace(attempt, grant=replace(attempt.grant, revoked_at=now))
    changed = replace(export, attempts=tuple(revoked if a.number == attempt.number else a for a in export.attempts))
    return add_event(changed, EventType.GRANT_REVOKED, now, attempt=attempt.number)


def attempts_past_writing(export: Export) -> tuple[Attempt, ...]:
    """The attempts that have a stored policy which Microsoft no longer needs, whether it is still there or not."""
    is_over = export.status.is_terminal or export.stage is Stage.CANCELING
    return tuple(a for a in export.attempts if has_stored_policy(a.grant) and (is_over or not a.status.may_write))


def attempts_to_revoke(export: Export) -> tuple[Attempt, ...]:
    """The attempts whose stored policy Microsoft no longer needs and nobody has removed yet."""
    return tuple(attempt for attempt in attempts_past_writing(export) if attempt.grant.revoked_at is None)


def is_revocation_due(export: Export) -> bool:
    """Whether such a policy is still to be removed. Once that was refused it is left to the sweeper, with a warning."""
    is_given_up = any(warning.code == WarningCode.GRANT_NOT_REVOKED for warning in export.warnings)
    return bool(attempts_to_revoke(export)) and not is_given_up
