"""The files that arrived are hashed, and the export succeeds."""

from datetime import timedelta

import pytest

from shared.exports.export import File, ManifestProgress
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import Status
from shared.exports.transitions import failed_call, manifest
from tests.exports.samples import DAY, LIMITS, NOW, PROBLEM, complete, succeeded, warning_codes


def file(name: str, sha256: str | None = "0" * 64) -> File:
    return File(name=name, size=10, md5=sha256 and "0" * 32, sha256=sha256, modified_at=NOW)


def test_what_arrived_is_counted() -> None:
    export = succeeded(7, 9000)
    assert (export.status, export.warnings, export.completed_at) == (Status.SUCCEEDED, (), NOW + DAY)
    assert export.files is not None
    assert (export.files.count, export.files.total_bytes, export.files.manifest_sha256) == (7, 9000, "0" * 64)
    assert export.unsaved[-1].detail == {"fileCount": 7, "totalBytes": 9000, "manifestSha256": "0" * 64}


@pytest.mark.parametrize(("count", "total_bytes"), [(0, 0), (3, 0)])
def test_success_without_data_is_warned_about(count: int, total_bytes: int) -> None:
    export = succeeded(count, total_bytes)
    assert export.status is Status.SUCCEEDED
    assert warning_codes(export) == ["NoData"]


def test_an_export_without_any_listing_has_no_data() -> None:
    export = manifest.complete_manifest(complete(), "0" * 64, NOW + DAY, LIMITS)
    assert export.files == ManifestProgress(manifest_sha256="0" * 64)
    assert warning_codes(export) == ["NoData"]


@pytest.mark.parametrize(("age", "codes"), [(29 * DAY, []), (30 * DAY, ["CompletedAtLimit"])])
def test_a_completion_at_the_longest_documented_time_is_warned_about(age: timedelta, codes: list[str]) -> None:
    assert warning_codes(succeeded(now=NOW + age)) == codes


def test_the_manifest_is_made_page_by_page_and_goes_on_where_it_stopped() -> None:
    export = manifest.add_files(complete(), [file("a")], 2, "next", NOW)
    assert export.files == ManifestProgress(count=1, total_bytes=10, in_page=1)
    assert next_step(export, NOW, LIMITS) is Step.CHECK
    export = manifest.add_files(export, [file("b")], 2, "next", NOW)
    assert export.files == ManifestProgress(count=2, total_bytes=20, marker="next")
    export = manifest.add_files(export, [], 0, None, NOW)
    assert export.files == ManifestProgress(count=2, total_bytes=20, is_listed=True)


def test_files_that_were_read_end_a_row_of_failures() -> None:
    refused = failed_call.record_storage_refusal(complete(), PROBLEM, NOW, LIMITS)
    assert (refused.failures, manifest.add_files(refused, [], 0, None, NOW).failures) == (1, 0)


def test_a_file_too_large_to_hash_is_warned_about_once() -> None:
    export = manifest.add_files(complete(), [file("a", None), file("b", None)], 2, None, NOW)
    assert warning_codes(export) == ["FilesNotHashed"]


def test_a_file_that_is_read_too_slowly_is_tried_again_and_then_listed_without_hashes() -> None:
    export = complete()
    for tries in range(manifest.MAX_HASH_TRIES):
        assert manifest.may_hash(export, tries, NOW + DAY, LIMITS)
        export = manifest.record_slow_file(export, 10, NOW + DAY, LIMITS)
        assert export.files == ManifestProgress(tries=tries + 1)
        assert export.wait_reason == "A file of 10 bytes could not be read and hashed in time."
    assert not manifest.may_hash(export, manifest.MAX_HASH_TRIES, NOW + DAY, LIMITS)
    export = manifest.add_files(export, [file("a", None)], 2, None, NOW + DAY)
    assert export.files == ManifestProgress(count=1, total_bytes=10, in_page=1)


def test_nothing_is_hashed_shortly_before_the_age_limit() -> None:
    assert manifest.may_hash(complete(), 0, NOW + 31 * DAY, LIMITS)
    assert not manifest.may_hash(complete(), 0, NOW + 32 * DAY, LIMITS)


def test_an_export_whose_files_were_not_read_for_others_waits_without_counting_a_try() -> None:
    export = manifest.wait_for_other_files(complete(), NOW + DAY, LIMITS)
    assert (export.files, export.failures) == (None, 1)
    assert export.wait_reason == "The files of other exports were read first."
