"""The keys of the index, and which exports a filter lets through."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.states_and_codes import Status
from shared.records.index_keys import (
    KEY_UPPER_BOUND,
    STEP_PREFIX,
    ExportFilter,
    due_prefix,
    keys_when_new,
    listing_keys,
    status_keys,
    step_key,
    step_keys,
)
from tests.exports.samples import DAY, HOUR, NAMED, NOW, SECOND, accepted

EXPORT = replace(accepted(), reference="DSR/2026 #42", status=Status.RUNNING)


def listed_under(wanted: ExportFilter) -> list[str]:
    """The keys of an export that a listing has."""
    end = wanted.prefix + (wanted.before or KEY_UPPER_BOUND)
    return [key for key in listing_keys(EXPORT) if wanted.prefix < key < end]


@pytest.mark.parametrize(
    "wanted",
    [
        ExportFilter(),
        ExportFilter(status=Status.RUNNING),
        ExportFilter(reference=EXPORT.reference),
        ExportFilter(reference=EXPORT.reference, status=Status.RUNNING),
        ExportFilter(subject_id=EXPORT.subject.id),
        ExportFilter(due_before=EXPORT.due_at + SECOND),
        ExportFilter(due_before=EXPORT.due_at + SECOND, status=Status.RUNNING),
    ],
)
def test_an_export_is_in_every_listing_that_it_fits_once(wanted: ExportFilter) -> None:
    assert len(listed_under(wanted)) == 1
    assert wanted.fits(EXPORT)


@pytest.mark.parametrize(
    "wanted",
    [
        ExportFilter(status=Status.FAILED),
        ExportFilter(reference="another"),
        ExportFilter(reference=EXPORT.reference, status=Status.FAILED),
        ExportFilter(subject_id="another"),
        ExportFilter(due_before=EXPORT.due_at),
    ],
)
def test_it_is_in_no_other(wanted: ExportFilter) -> None:
    assert listed_under(wanted) == []
    assert not wanted.fits(EXPORT)


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
    assert not any(key.startswith("subject|") for key in listing_keys(accepted(NAMED)))
    assert set(status_keys(EXPORT)) <= set(listing_keys(EXPORT))


@pytest.mark.parametrize("status", Status)
def test_what_a_new_export_was_listed_by_follows_from_its_entry_by_status_and_deadline(status: Status) -> None:
    export = replace(accepted(), status=status)
    (entry,) = (key for key in listing_keys(export) if key.startswith(due_prefix(status)))
    keys = keys_when_new(export.id, export.created_at, status, entry.removeprefix(due_prefix(status)))
    assert keys == {key for key in listing_keys(export) if not key.startswith("subject|")}
    assert export.reference is None
