"""The services of a process, built from the environment."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from shared.bootstrap import utc_now
from tests.test_settings import ACCOUNT_ID, KEY, LEAST

PUT_TOGETHER = """
import json
from shared.bootstrap import services
from shared.settings import settings

made = services()
open_settings = made.account_probe._open_settings
assert services() is made, "once a process"
print(json.dumps({
    "grant": made.grant_kind,
    "due": [made.limits.due_after.months, made.limits.due_after.days],
    "credential": type(made.graph._client._credential).__name__,
    "keyed": made.containers._keyed is not None,
    "looksAtAccount": open_settings is not None and type(open_settings()).__name__ == "ResourceManagerAccountSettings",
}))
"""


def put_together(**environment: str) -> dict[str, Any]:
    """The output of a fresh process with these settings."""
    ran = subprocess.run(  # noqa: S603 - of our own environment
        [sys.executable, "-W", "error::ResourceWarning", "-c", PUT_TOGETHER],
        env={"PATH": os.environ["PATH"], **LEAST, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    made: dict[str, Any] = json.loads(ran.stdout)
    return made


@pytest.mark.parametrize(
    ("environment", "made"),
    [
        ({}, {"grant": "userDelegation", "credential": "DefaultAzureCredential", "keyed": False, "due": [1, 0]}),
        (
            {"EXPORT_ACCOUNT_KEY": KEY, "IDENTITY_ENDPOINT": "http://127.0.0.1:9", "EXPORT_DUE": "P45D"},
            {"grant": "storedPolicy", "credential": "ManagedIdentityCredential", "keyed": True, "due": [0, 45]},
        ),
    ],
    ids=["on a developer's machine", "on the platform, with a key"],
)
def test_services_are_made_of_the_settings_once(environment: dict[str, str], made: dict[str, Any]) -> None:
    assert put_together(**environment) == made | {"looksAtAccount": False}


def test_an_account_that_is_named_is_looked_at() -> None:
    assert put_together(EXPORT_ACCOUNT_ID=ACCOUNT_ID)["looksAtAccount"]


def test_the_present_is_aware() -> None:
    assert utc_now().utcoffset() is not None
