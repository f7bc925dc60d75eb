"""Statuses, stages and codes."""

import re
from enum import StrEnum

import pytest

from shared.exports.states_and_codes import (
    AttemptStatus,
    DeliveryState,
    ErrorCode,
    EventType,
    Stage,
    Status,
    WarningCode,
)


def test_an_export_has_ended_in_three_ways() -> None:
    assert {status for status in Status if status.is_terminal} == {Status.SUCCEEDED, Status.FAILED, Status.CANCELED}


def test_microsoft_may_write_until_the_attempt_is_over() -> None:
    over = {AttemptStatus.COMPLETE, AttemptStatus.FAILED, AttemptStatus.LOST, AttemptStatus.CANCELED}
    assert {status for status in AttemptStatus if not status.may_write} == over


@pytest.mark.parametrize("codes", [EventType, WarningCode, ErrorCode, Status, Stage, AttemptStatus, DeliveryState])
def test_a_code_is_its_name_in_pascal_case(codes: type[StrEnum]) -> None:
    assert [re.sub(r"(?<!^)(?=[A-Z])", "_", code.value).upper() for code in codes] == [code.name for code in codes]
