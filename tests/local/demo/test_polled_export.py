"""An export as the demonstration polls it."""

from typing import Any

import pytest

from local.demo.polled_export import PolledExport


def export(**changes: Any) -> dict[str, Any]:
    return {"id": "e1", "status": "Running", "stage": "exporting", "progress": 0.4, **changes}


def test_it_is_due_when_retry_after_is_over() -> None:
    followed = PolledExport("Adele", export(), {"Retry-After": "3"}, 100.0)

    assert not followed.is_due(102.9)
    assert followed.is_due(103.0)
    assert followed.seconds_to_poll(101.0) == 2.0


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Canceled"])
def test_an_end_is_final_and_stops_the_clock(status: str) -> None:
    followed = PolledExport("Adele", export(), {}, 100.0)
    followed.take(export(status=status), {}, 107.0)

    assert followed.ended
    assert not followed.is_due(1000.0)
    assert followed.elapsed(1000.0) == 7.0
    assert followed.succeeded == (status == "Succeeded")


@pytest.mark.parametrize("storage", [None, {}, {"container": None}])
def test_there_may_be_no_container_yet(storage: dict[str, str] | None) -> None:
    assert PolledExport("Adele", export(storage=storage), {}, 0.0).container == ""


def test_the_container_is_the_last_part_of_its_url() -> None:
    storage = {"container": "https://127.0.0.1:1/exports/c-1"}

    assert PolledExport("Adele", export(storage=storage), {}, 0.0).container == "c-1"


def test_the_summary_says_it_all_in_a_line() -> None:
    followed = PolledExport("Adele", export(), {}, 100.0)

    assert followed.summary(102.0) == "  2.0 s  Adele: Running, exporting, 40%"


def test_the_summary_leaves_out_what_is_unknown() -> None:
    assert PolledExport("Adele", export(stage=None, progress=None), {}, 0.0).summary(0.0) == "  0.0 s  Adele: Running"
