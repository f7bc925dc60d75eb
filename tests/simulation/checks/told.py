"""What callers were told is so: batches, lists, subscriptions and callbacks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.exports.states_and_codes import DeliveryEvent, DeliveryState, Status
from shared.records.table_names import TableName
from tests.simulation.api_calls import subscription_of
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Called, Injected, TableLost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.exports.export import Export
    from tests.simulation.world.facts import Line


class ToldTheTruth(Check):
    """The base of checks of what callers were told; it knows which tables were lost."""

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self.lost: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table=table):
                self.lost.add(table)


class BatchesHold(ToldTheTruth):
    """A batch that was answered is there, with an item for each that was sent, and the exports that it accepted."""

    name = "batches hold"

    def finish(self) -> None:
        if {TableName.BATCHES, TableName.EXPORTS} & self.lost:
            return
        for batch_id, batch in self.state.told.batches.items():
            self.expect(f"{batch_id} is not there", holds=batch_id not in self.state.told.missing)
            body = self.state.told.bodies[batch_id]
            sent = len(body["exports"]) if isinstance(body, dict) else 0
            numbers = [item["number"] for item in batch["items"]]
            self.expect(f"{batch_id} has items {numbers} of {sent}", holds=numbers == list(range(1, sent + 1)))
            for item in batch["items"]:
                accepted = self.state.told.accepted_items.get(batch_id, {}).get(item["number"])
                match item["status"]:
                    case "Refused":
                        holds = item["error"] is not None and accepted is None
                    case "Busy":  # why it was refused was not stored
                        holds = accepted is None
                    case "Unreadable":
                        holds = accepted in self.state.spoiled
                    case _:
                        holds = item["exportId"] in self.state.exports
                self.expect(f"{batch_id} has {item}, but accepted {accepted}", holds=holds)


class Listed(ToldTheTruth):
    """Once all is calm, each listing has the exports that it should have, and no other."""

    name = "listed"

    def finish(self) -> None:
        if TableName.EXPORTS in self.lost:
            return
        exports = list(self.state.readable())
        for params, listed in self.state.told.listings.items():
            expected = sorted(export.id for export in exports if _fits(export, dict(params)))
            found = sorted(item["id"] for item in listed)
            what = f"the list by {dict(params)} has {found}, but {expected} fit"
            self.expect(what, holds=found == expected)


class SubscriptionsHold(ToldTheTruth):
    """A subscription that was accepted is there until somebody deletes it or its receiver is gone."""

    name = "subscriptions hold"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._some_are_gone = False

    def see(self, line: Line) -> None:
        super().see(line)
        match line.fact:
            case Injected(fault="receiver fails"):
                self._some_are_gone = True

    def finish(self) -> None:
        if TableName.SUBSCRIPTIONS in self.lost or self._some_are_gone:
            return
        stored = {found.row["RowKey"] for found in self.world.table(TableName.SUBSCRIPTIONS).all_rows()}
        deleted = {subscription_of(call) for call in self.state.plan.calls if call.name == "unsubscribe"}
        for subscription_id in sorted(self.state.told.subscribed - deleted):
            self.expect(f"{subscription_id} was accepted and is not there", holds=subscription_id in stored)


class CalledBack(Check):
    """A delivery that counts as made was made, always with the same bytes, and in the end none is left open.

    Who hears of the hand-over has heard of the end before, if ever.
    """

    name = "called back"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._made: dict[str, bytes] = {}

    def see(self, line: Line) -> None:
        match line.fact:
            case Called(export_id=export_id, delivery_id=delivery_id, body=body, target=target):
                holds = self._made.setdefault(delivery_id, body) == body
                self.expect(f"{target} heard other words of {delivery_id} than before", holds=holds)
                if export_id in self.state.exports:
                    self._check_order(self.state.exports[export_id], delivery_id)

    def _check_order(self, export: Export, delivery_id: str) -> None:
        called = next((each for each in export.deliveries if each.id == delivery_id), None)
        if called is None or called.event is DeliveryEvent.ENDED:
            return
        waiting = [each for each in export.deliveries if each.target == called.target and each.next_try_at is not None]
        told = all(each.event is not DeliveryEvent.ENDED for each in waiting)
        self.expect(f"{called.target} hears of the hand-over of {export.id} before its end", holds=told)

    def finish(self) -> None:
        for export in self.state.readable():
            for delivery in export.deliveries:
                is_made = delivery.state is not DeliveryState.DELIVERED or delivery.id in self._made
                self.expect(f"{delivery.target} never heard of {export.id}", holds=is_made)
                if self.state.plan.to_erasure and export.next_step_at is None:
                    is_over = delivery.next_try_at is None
                    self.expect(f"{delivery.target} is still to hear of {export.id}", holds=is_over)


def _fits(export: Export, params: Mapping[str, Any]) -> bool:
    statuses = params["status"].split(",") if "status" in params else list(Status)
    flags = {
        "paused": export.paused_at is not None,
        "onHold": export.hold is not None,
        "awaitsHandover": export.awaits_handover and export.handed_over_at is None,
        "unanswered": not export.status.is_terminal or export.awaits_handover,
    }
    return (
        export.status in statuses
        and params.get("requestedBy") in {None, export.caller}
        and params.get("reference") in {None, export.reference}
        and ("dueBefore" not in params or _is_due_before(export, params["dueBefore"]))
        and all(params.get(name) in {None, str(flag).lower()} for name, flag in flags.items())
    )


def _is_due_before(export: Export, moment: str) -> bool:
    """Whether the deadline is earlier; that of an export whose clock is paused is not known."""
    return export.paused_at is None and export.due_at < datetime.fromisoformat(moment).astimezone(UTC)
