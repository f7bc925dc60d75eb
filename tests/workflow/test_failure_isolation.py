"""A part of a timer's work fails by itself: it is logged, without a secret, and the rest goes on."""

import asyncio
import logging
from datetime import timedelta

import pytest

from shared.exports.exceptions import StorageFailedError
from shared.workflow.failure_isolation import isolated, logged
from tests.fakes.hooked_services import ProcessDied

SIGNED = "https://exports.blob.core.windows.net/c?sig=c2VjcmV0"


async def answer() -> int:
    return 0


async def fail(error: BaseException) -> int:
    raise error


async def test_what_works_is_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    assert await isolated("The work", answer()) == 0
    assert caplog.records == []


async def test_an_error_that_nobody_foresaw_is_logged_with_its_stack_and_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await isolated("The work", fail(LookupError(SIGNED))) is None
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("The work failed: LookupError: https://exports.blob.core.windows.net/c")
    assert "in fail" in record.getMessage()
    assert "c2VjcmV0" not in caplog.text


async def test_an_outage_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    assert await isolated("The work", fail(StorageFailedError("ServerBusy"))) is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "The work failed: StorageFailedError: ServerBusy"


async def test_what_hangs_is_given_up_after_its_time(caplog: pytest.LogCaptureFixture) -> None:
    hangs = asyncio.Event().wait()
    assert await isolated("The work", hangs, timedelta(milliseconds=1)) is None
    assert caplog.messages == ["The work failed: TimeoutError:"]


async def test_the_end_of_the_process_and_of_the_task_is_no_failure_of_a_part() -> None:
    for end in (ProcessDied(), asyncio.CancelledError()):
        with pytest.raises(type(end)):
            await isolated("The work", fail(end))


def test_an_error_of_a_whole_function_is_logged_without_a_secret_and_passes(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LookupError), logged("The daily sweep"):
        raise LookupError(SIGNED)
    (record,) = caplog.records
    assert record.getMessage().startswith(
        "The daily sweep failed: LookupError: https://exports.blob.core.windows.net/c"
    )
    assert "c2VjcmV0" not in caplog.text
