"""The keys of the index, and which exports a filter lets through."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.backlog_counts import UNANSWERED_STATUSES
from shared.exports.export import Export, Hold
from shared.exports.states_and_codes import Status
from shared.records.index_keys import (
    KEY_UPPER_BOUND,
    STEP_PREFIX,
    ExportFilter,
    due_at_of,
    keys_when_new,
    listing_keys,
    status_keys,
    step_key,
    step_keys,
    unanswered_prefix,
)
from tests.exports.samples import CALLER, DAY, HOUR, NAMED, NOW, SECOND, accepted

OTHER_CALLER = "9c1d2e3f-4444-4555-8666-777788889999"
EXPORT = replace(accepted(), reference="DSR/2026 #42", status=Status.RUNNING)


def listed_under(wanted: ExportFilter, export: Export = EXPORT) -> list[str]:
    """The keys of an export that the listings of a filter have."""
    begin, end = wanted.begin or "", wanted.before or KEY_UPPER_BOUND
    return [key for key in listing_keys(export) for prefix in wanted.prefixes if prefix + begin < key < prefix + end]


OPEN = (Status.NOT_STARTED, Status.RUNNING)
FITTING = [
    {},
    {"statuses": (Status.RUNNING,)},
    {"statuses": OPEN},
    {"statuses": tuple(Status)},
    {"reference": EXPORT.reference},
    {"reference": EXPORT.reference, "statuses": (Status.RUNNING,)},
    {"reference": EXPORT.reference, "statuses": OPEN},
    {"reference": EXPORT.reference, "due_before": EXPORT.due_at + SECOND},
    {"subject_id": EXPORT.subject.id},
    {"subject_id": EXPORT.subject.id, "statuses": OPEN},
    {"due_before": EXPORT.due_at + SECOND},
    {"due_before": EXPORT.due_at + SECOND, "statuses": (Status.RUNNING,)},
    {"due_before": EXPORT.due_at + SECOND, "statuses": OPEN},
    {"is_paused": False},
    {"awaits_handover": False, "is_on_hold": False},
    {"is_unanswered": True},
    {"is_unanswered": True, "statuses": (Status.RUNNING,)},
    {"is_unanswered": True, "due_before": EXPORT.due_at + SECOND},
    {"is_unanswered": True, "reference": EXPORT.reference},
    {"is_unanswered": True, "subject_id": EXPORT.subject.id},
]
OTHER = [
    {"statuses": (Status.FAILED,)},
    {"statuses": (Status.NOT_STARTED, Status.FAILED)},
    {"reference": "another"},
    {"reference": EXPORT.reference, "statuses": (Status.FAILED,)},
    {"subject_id": "another"},
    {"due_before": EXPORT.due_at},
    {"requested_by": OTHER_CALLER},
    {"is_paused": True},
    {"awaits_handover": True},
    {"is_on_hold": True},
    {"is_unanswered": True, "statuses": (Status.SUCCEEDED, Status.FAILED)},
    {"is_unanswered": True, "statuses": (Status.FAILED,)},
]
AWAITING = replace(EXPORT, status=Status.SUCCEEDED, awaits_handover=True)
PAUSED = replace(EXPORT, paused_at=NOW)
HELD = replace(EXPORT, hold=Hold(NOW, "A court wants it.", CALLER))


@pytest.mark.parametrize("requester", [None, CALLER], ids=["all", "own"])
@pytest.mark.parametrize("conditions", FITTING, ids=str)
def test_an_export_is_in_every_listing_that_it_fits_once(conditions: dict[str, Any], requester: str | None) -> None:
    wanted = ExportFilter(**conditions, requested_by=requester)
    (key,) = listed_under(wanted)
    place = wanted.place_of(key)
    assert place is not None
    assert wanted.lists(EXPORT, place)
    assert not wanted.lists(replace(EXPORT, created_at=NOW + SECOND, due_at=EXPORT.due_at - SECOND), place)


@pytest.mark.parametrize("requester", [None, CALLER], ids=["all", "own"])
@pytest.mark.parametrize(
    ("export", "conditions"),
    [
        (PAUSED, {"is_paused": True}),
        (PAUSED, {"is_paused": True, "statuses": OPEN}),
        (PAUSED, {"is_paused": True, "reference": EXPORT.reference}),
        (PAUSED, {"is_paused": True, "subject_id": EXPORT.subject.id}),
        (AWAITING, {"awaits_handover": True}),
        (AWAITING, {"awaits_handover": True, "statuses": (Status.SUCCEEDED, Status.FAILED)}),
        (AWAITING, {"awaits_handover": True, "reference": EXPORT.reference}),
        (AWAITING, {"awaits_handover": True, "subject_id": EXPORT.subject.id}),
        (AWAITING, {"awaits_handover": True, "due_before": EXPORT.due_at + SECOND}),
        (AWAITING, {"statuses": (Status.SUCCEEDED,), "is_paused": False}),
        (AWAITING, {"is_unanswered": True, "statuses": (Status.SUCCEEDED,)}),
        (AWAITING, {"is_unanswered": True, "statuses": (Status.SUCCEEDED,), "due_before": EXPORT.due_at + SECOND}),
        (replace(EXPORT, status=Status.SUCCEEDED), {"is_unanswered": False}),
        (PAUSED, {"is_unanswered": True, "is_paused": True}),
        (replace(AWAITING, paused_at=NOW), {"awaits_handover": True, "is_paused": True}),
        (replace(AWAITING, paused_at=NOW), {"awaits_handover": True}),
        (HELD, {"is_on_hold": True}),
        (HELD, {"is_on_hold": True, "reference": EXPORT.reference}),
        (HELD, {"is_on_hold": True, "statuses": OPEN}),
        (HELD, {"is_on_hold": True, "is_unanswered": True}),
        (HELD, {"is_on_hold": True, "due_before": EXPORT.due_at + SECOND}),
    ],
    ids=str,
)
def test_an_export_is_listed_by_its_clock_and_its_hold(
    export: Export, conditions: dict[str, Any], requester: str | None
) -> None:
    wanted = ExportFilter(**conditions, requested_by=requester)
    (key,) = listed_under(wanted, export)
    place = wanted.place_of(key)
    assert place is not None
    assert wanted.lists(export, place)
    assert not wanted.lists(EXPORT, place)


def test_what_is_unanswered_is_in_one_order_whether_it_is_open_or_awaits_its_handover() -> None:
    wanted = ExportFilter(is_unanswered=True)
    exports = [replace(AWAITING, due_at=EXPORT.due_at - DAY), EXPORT, replace(AWAITING, due_at=EXPORT.due_at + DAY)]
    places = [wanted.place_of(key) for each in exports for key in listed_under(wanted, each)]
    assert places == sorted(filter(None, places))
    assert [wanted.lists(each, place or "") for each, place in zip(exports, places, strict=True)] == [True] * 3
    assert listed_under(wanted, replace(EXPORT, status=Status.SUCCEEDED)) == []


def test_a_paused_clock_has_no_deadline_that_could_pass() -> None:
    for wanted in (ExportFilter(due_before=datetime.max.replace(tzinfo=UTC)), ExportFilter(is_paused=False)):
        assert not wanted.fits(PAUSED)
    assert listed_under(ExportFilter(due_before=datetime.max.replace(tzinfo=UTC)), PAUSED) == []
    assert listed_under(ExportFilter(is_paused=True, due_before=datetime.max.replace(tzinfo=UTC)), PAUSED) == []
    last = replace(EXPORT, due_at=datetime.max.replace(tzinfo=UTC))
    (of_last, of_paused) = (
        next(key for key in listing_keys(each) if key.startswith("due|")) for each in (last, PAUSED)
    )
    assert of_last < of_paused, "it stands at the end"


def test_paused_clocks_are_in_the_order_of_the_deadlines_that_they_had() -> None:
    later = replace(PAUSED, id="0" + PAUSED.id[1:], due_at=PAUSED.due_at + DAY)
    assert sorted([later, PAUSED], key=lambda export: listing_keys(export)[1]) == [PAUSED, later]


def test_a_deadline_is_read_from_the_end_of_a_key() -> None:
    for export, due_at in ((EXPORT, EXPORT.due_at), (AWAITING, EXPORT.due_at), (PAUSED, None)):
        prefix = unanswered_prefix(export.status)
        (key,) = (key for key in listing_keys(export) if key.startswith(prefix))
        assert due_at_of(key.removeprefix(prefix)) == due_at
    for damaged in ("soon|x", "", "9" * 30, "|", "999999999999x-1|x"):
        with pytest.raises((ValueError, OverflowError)):
            due_at_of(damaged)


@pytest.mark.parametrize("conditions", OTHER, ids=str)
def test_it_is_in_no_other(conditions: dict[str, Any]) -> None:
    wanted = ExportFilter(**conditions)
    assert listed_under(wanted) == []
    assert not wanted.fits(EXPORT)
    assert not any(wanted.lists(EXPORT, key.rpartition("|")[0]) for key in listing_keys(EXPORT))


def test_a_place_holds_whatever_status_the_export_has_by_then() -> None:
    wanted = ExportFilter(statuses=OPEN)
    (place,) = (wanted.place_of(key) for key in listed_under(wanted))
    assert place is not None
    assert wanted.lists(replace(EXPORT, status=Status.NOT_STARTED), place)
    assert not wanted.lists(replace(EXPORT, status=Status.FAILED), place)


@pytest.mark.parametrize("wanted", [ExportFilter(), ExportFilter(statuses=OPEN), ExportFilter(subject_id="s")])
def test_the_listings_of_a_requester_are_apart_from_those_of_all_and_of_others(wanted: ExportFilter) -> None:
    own, others = replace(wanted, requested_by=CALLER), replace(wanted, requested_by=OTHER_CALLER)
    for key in listed_under(replace(wanted, subject_id=None)):
        assert own.place_of(key) is None
    for key in listing_keys(EXPORT):
        assert not (own.place_of(key) and (wanted.place_of(key) or others.place_of(key)))
    assert all(prefix.startswith(f"requester|{CALLER}|") for prefix in own.prefixes)


def test_statuses_are_listed_in_the_order_that_exports_pass_through_them() -> None:
    mixed = ExportFilter(statuses=(Status.FAILED, Status.RUNNING, Status.NOT_STARTED, Status.RUNNING))
    assert mixed.prefixes == ("status|NotStarted|", "status|Running|", "status|Failed|")


@given(st.text(min_size=1, max_size=128))
def test_no_reference_makes_a_key_that_the_service_refuses(reference: str) -> None:
    for key in listing_keys(replace(EXPORT, reference=reference)):
        assert re.fullmatch(r"[a-zA-Z0-9|.-]{1,512}", key)


def test_newest_exports_and_soonest_steps_come_first() -> None:
    later = replace(EXPORT, created_at=NOW + SECOND)
    assert sorted([EXPORT, later], key=lambda export: listing_keys(export)[0]) == [later, EXPORT]
    assert step_key(NOW) < step_key(NOW + timedelta(milliseconds=1)) < step_key(NOW + DAY)


def test_an_export_without_a_next_step_or_a_subject_has_fewer_keys() -> None:
    assert step_keys(replace(EXPORT, next_step_at=None)) == []
    (key,) = step_keys(replace(EXPORT, next_step_at=NOW + HOUR))
    assert key == f"{STEP_PREFIX}{step_key(NOW + HOUR)}|{EXPORT.id}"
    assert not any("subject|" in key for key in listing_keys(accepted(NAMED)))
    assert set(status_keys(EXPORT)) <= set(listing_keys(EXPORT))


@pytest.mark.parametrize("status", UNANSWERED_STATUSES)
def test_what_a_new_export_was_listed_by_follows_from_its_entry_by_status_and_deadline(status: Status) -> None:
    export = replace(accepted(), status=status, awaits_handover=status.is_terminal)
    (entry,) = (key for key in listing_keys(export) if key.startswith(unanswered_prefix(status)))
    place = entry.removeprefix(unanswered_prefix(status))
    assert export.reference is None
    of_nobody = {key for key in listing_keys(export) if "subject|" not in key}
    assert keys_when_new(export.id, export.created_at, status, place, export.caller) == of_nobody
    assert keys_when_new(export.id, export.created_at, status, place, None) == {
        key for key in of_nobody if not key.startswith("requester|")
    }
