"""Timer triggers: on schedule, one call at a time."""

from pathlib import Path
from typing import Any

import pytest

from local.host.function_invocation import Invoker
from local.host.function_loader import TIMER, Function
from local.host.host_settings import LoadError
from local.host.timer_triggers import TimerTriggers
from tests.local.host.sample_app_host import SampleAppHost, until


def test_timers_tick_and_never_overlap(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *"}) as host:
        until(lambda: len(host.noted("ticks")) >= 6)
        begins = [line.split()[0] for line in host.noted("ticks")[:6]]
        assert begins == ["begin", "end"] * 3


@pytest.mark.parametrize(
    ("binding", "says"),
    [
        ({"schedule": "* * *"}, "function 'tick': schedule '* * *' is not an NCRONTAB expression of six fields"),
        ({"schedule": "%WHEN%"}, "function 'tick': schedule '%WHEN%' is not an NCRONTAB expression"),
        (
            {"schedule": "* * * * * *", "runOnStartup": True},
            "function 'tick': the local host does not support runOnStartup",
        ),
    ],
)
def test_an_unsupported_timer_is_refused_by_name(binding: dict[str, Any], says: str) -> None:
    with pytest.raises(LoadError) as refused:
        TimerTriggers([Function("tick", print, TIMER, binding)], Invoker(str))
    assert str(refused.value).startswith(says)
