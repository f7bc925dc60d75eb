"""What refusals and conflicts carry."""

from shared.exports.exceptions import (
    CallbackNotAllowedError,
    NotPossibleError,
    StorageFailedError,
    StorageRefusedError,
    SubjectBusyError,
    UnreadableRowError,
)
from tests.exports.samples import PROBLEM


def test_a_refusal_of_storage_has_the_problem_and_says_it() -> None:
    error = StorageRefusedError(PROBLEM)
    assert (error.problem, str(error)) == (PROBLEM, "X: x")


def test_a_failure_of_storage_says_its_code_and_its_message_if_there_is_one() -> None:
    assert str(StorageFailedError("ServerBusy")) == "ServerBusy"
    error = StorageFailedError("ServerBusy", "Try again.")
    assert (error.code, error.message, str(error)) == ("ServerBusy", "Try again.", "ServerBusy: Try again.")


def test_what_is_not_possible_has_a_code_and_a_message() -> None:
    error = NotPossibleError("ExportNotEnded", "The export has not ended.")
    assert (error.code, str(error)) == ("ExportNotEnded", "The export has not ended.")


def test_a_busy_subject_names_the_open_export() -> None:
    error = SubjectBusyError("e1")
    assert error.export_id == "e1"
    assert "e1" in str(error)


def test_aiohttp_passes_on_that_a_callback_is_not_allowed() -> None:
    assert issubclass(CallbackNotAllowedError, OSError), "its resolver may raise nothing else"


def test_a_row_that_can_not_be_read_is_named() -> None:
    error = UnreadableRowError("e1", "export", "status is missing")
    assert (error.partition, error.key) == ("e1", "export")
    assert str(error) == "The row export of e1 can't be read: status is missing"
