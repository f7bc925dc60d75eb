"""The preflight, on the real stack, and where something is wrong."""

import os
from pathlib import Path

from azure.storage.blob import BlobServiceClient

from local.azurite import Azurite
from local.stack import Stack
from tests.e2e.caller import Caller

CHECKS = ["identity", "graphRoles", "records", "grant"]


def containers(azurite: Azurite) -> list[str]:
    with BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    ) as service:
        return [container.name for container in service.list_containers()]


def test_a_good_deployment_passes_and_nothing_is_left(caller: Caller, stack: Stack) -> None:
    answer = caller.call("POST", "preflight")
    assert answer.status_code == 200
    report = answer.json()
    assert report["status"] == "Passed", report
    assert [(check["name"], check["status"]) for check in report["checks"]] == [(name, "Passed") for name in CHECKS]
    assert caller.with_roles("Exports.Read").call("POST", "preflight").status_code == 403
    assert not any("preflight" in name for name in containers(stack.azurite))


def test_a_wrong_key_is_found_and_said(tmp_path: Path, app: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "EXPORT_ACCOUNT_KEY": "bm90IHRoZSBrZXk="}
    with Stack(tmp_path, environment, app=app) as stack:
        report = Caller.of(stack).call("POST", "preflight").json()
        assert report["status"] == "Failed"
        failed = [check for check in report["checks"] if check["status"] == "Failed"]
        assert [check["name"] for check in failed] == ["grant"]
        assert "storedPolicy" in failed[0]["message"]
        assert not any("preflight" in name for name in containers(stack.azurite))


def test_a_user_delegation_passes_without_a_key(tmp_path: Path, app: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "EXPORT_GRANT": "userDelegation"}
    with Stack(tmp_path, environment, app=app) as stack:
        report = Caller.of(stack).call("POST", "preflight").json()
        assert report["status"] == "Passed", report
        assert "userDelegation" in report["checks"][-1]["message"]
