"""The preflight on the local stack, with a good configuration and with faults."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
from azure.storage.blob import BlobServiceClient

from local.stack.azurite import Azurite
from local.stack.local_stack import Stack
from tests.e2e.caller import Caller, NewStack

CHECKS = [
    "identity",
    "graphRoles",
    "records",
    "grant",
    "accountSettings",
    "accountKind",
    "hierarchicalNamespace",
    "networkAccess",
    "sharedKeyAccess",
    "sasPolicy",
    "anonymousAccess",
    "secureTransfer",
    "copyScope",
    "immutability",
    "versioning",
    "pointInTimeRestore",
    "changeFeed",
    "softDelete",
    "lifecycle",
    "holds",
]
SCRIPT = Path(__file__).parent.parent.parent / "infra" / "scripts" / "preflight.py"


def containers(azurite: Azurite) -> list[str]:
    with BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    ) as service:
        return [container.name for container in service.list_containers()]


def script(stack: Stack) -> subprocess.CompletedProcess[str]:
    """Runs the script that pipelines run after a deployment."""
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-W", "error", str(SCRIPT), stack.api],
        env={"PATH": os.environ["PATH"], "TOKEN": stack.token, "GITHUB_ACTIONS": "true"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_good_deployment_passes_and_nothing_is_left(caller: Caller, stack: Stack) -> None:
    answer = caller.call("POST", "preflight")
    assert answer.status_code == 200
    report = answer.json()
    assert report["status"] == "Passed", report
    assert [(check["name"], check["status"]) for check in report["checks"]] == [(name, "Passed") for name in CHECKS]
    assert caller.with_roles("Exports.Read").call("POST", "preflight").status_code == 403
    assert not any("preflight" in name for name in containers(stack.azurite))


def test_the_script_of_the_pipelines_is_green_for_a_good_deployment(stack: Stack) -> None:
    ran = script(stack)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[:2] for line in ran.stdout.splitlines()[: len(CHECKS)]] == [["Passed", one] for one in CHECKS]
    assert ran.stdout.endswith("\nPreflight: Passed\n")


def test_a_wrong_key_is_found_and_said(tmp_path: Path, new_stack: NewStack) -> None:
    environment = {"PATH": os.environ["PATH"], "EXPORT_ACCOUNT_KEY": "bm90IHRoZSBrZXk="}
    with new_stack(tmp_path, environment) as stack:
        report = Caller.of(stack).call("POST", "preflight").json()
        assert report["status"] == "Failed"
        failed = [check for check in report["checks"] if check["status"] == "Failed"]
        assert [check["name"] for check in failed] == ["grant"]
        assert "storedPolicy" in failed[0]["message"]
        ran = script(stack)
        assert ran.returncode == 1
        assert f"\n::error title=Preflight::grant: {failed[0]['message']}\n" in ran.stdout
        assert not any("preflight" in name for name in containers(stack.azurite))


def test_a_user_delegation_passes_without_a_key(tmp_path: Path, new_stack: NewStack) -> None:
    environment = {"PATH": os.environ["PATH"], "EXPORT_GRANT": "userDelegation"}
    with new_stack(tmp_path, environment) as stack:
        change_account(stack, {"properties": {"allowSharedKeyAccess": False}})
        report = Caller.of(stack).call("POST", "preflight").json()
        assert report["status"] == "Passed", report
        checks = {check["name"]: check for check in report["checks"]}
        assert {check["status"] for check in checks.values()} == {"Passed"}
        assert "userDelegation" in checks["grant"]["message"]


def change_account(stack: Stack, changes: object, part: str = "") -> None:
    """Changes what the stack's Azure Resource Manager shows of the export account."""
    control(stack, "PATCH", f"storageAccount?part={part}", changes)


def control(stack: Stack, method: str, path: str, body: object) -> None:
    """Controls the stack's Azure Resource Manager."""
    url = f"{stack.resource_manager}/_local/{path}"
    answer = httpx.request(method, url, content=json.dumps(body), trust_env=False)
    assert answer.status_code == 204, answer.text


def test_an_account_that_does_not_fit_is_found_and_said(tmp_path: Path, new_stack: NewStack) -> None:
    with new_stack(tmp_path, {"PATH": os.environ["PATH"]}) as stack:
        caller = Caller.of(stack)

        def found() -> dict[str, tuple[str, str]]:
            checks = caller.call("POST", "preflight").json()["checks"]
            return {one["name"]: (one["status"], one["message"]) for one in checks if one["status"] != "Passed"}

        change_account(stack, {"properties": {"isHnsEnabled": True, "networkAcls": {"defaultAction": "Deny"}}})
        change_account(stack, {"properties": {"isVersioningEnabled": True}}, part="blobServices/default")
        change_account(stack, None, part="managementPolicies/default")
        assert {name: status for name, (status, _) in found().items()} == {
            "hierarchicalNamespace": "Failed",
            "networkAccess": "Failed",
            "versioning": "Warning",
        }
        assert "\n::error title=Preflight::hierarchicalNamespace: The account has a" in script(stack).stdout

        control(stack, "PUT", "reader", body=False)
        ((name, (status, message)),) = found().items()
        assert (name, status) == ("accountSettings", "Warning")
        assert "(AuthorizationFailed)" in message
        assert "the role Reader" in message
        assert stack.app_environment["EXPORT_ACCOUNT_ID"] not in message
