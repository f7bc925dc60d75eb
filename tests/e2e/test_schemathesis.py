"""Thousands of generated requests, valid and invalid: no 5xx, and every response conforms to the OpenAPI document."""

import base64
import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.caller import Caller, NewStack
from tests.local import waiting

LEAST = 2000
REFERENCE = "of-all"
CONFIGURATION = """
generation.max-examples = 250
generation.database = "none"

[checks]
enabled = false
not_a_server_error.enabled = true
status_code_conformance.enabled = true
content_type_conformance.enabled = true
response_headers_conformance.enabled = true
response_schema_conformance.enabled = true
negative_data_rejection.enabled = true

[[operations]]
include-operation-id = "startExport"  # each makes an export, which is work for the whole stack
generation.max-examples = 30

[[operations]]
include-operation-id = "startBatch"  # what is wrong with one of its exports does not get the whole refused
generation.max-examples = 30
checks.negative_data_rejection.enabled = false

[[operations]]
include-operation-id = ["liftExportHold", "liftHolds", "getExportPackage"]  # they take no body
generation.max-examples = 60

[[operations]]
include-operation-id = ["getMe", "health", "openapi"]  # they take no input
generation.max-examples = 10
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Caller]:
    """A caller of a separate stack, because these tests leave much behind. Callbacks fail at once."""
    environment = {
        "PATH": os.environ["PATH"],
        "CALLBACK_ALLOWED_HOSTS": "127.0.0.1",
        "CALLBACK_SIGNING_SECRET": f"whsec_{base64.b64encode(bytes(24)).decode()}",
    }
    with new_stack(tmp_path_factory.mktemp("schemathesis"), environment) as stack:
        yield Caller.of(stack)


@dataclass(frozen=True)
class Known:
    """Ids of existing things, which a generator can't guess."""

    exports: list[str]
    batches: list[str]
    files: list[str]


def made_by(caller: Caller) -> Known:
    """Creates exports with every outcome, with files, and a batch."""
    subjects = [caller.quick(caller.new_user()) for _ in range(3)]
    caller.fault("submit", "fails", subjects[1])
    caller.fault("submit", "never", subjects[2])
    succeeded, failed, canceled = (caller.post(subject, reference=REFERENCE)["id"] for subject in subjects)
    caller.call("POST", f"exports/{canceled}/cancel")
    for export in (succeeded, failed, canceled):
        caller.ended(export)
    files = caller.call("GET", f"exports/{succeeded}/files").json()["value"]
    batch = caller.call("POST", "batches", json={"exports": [{"subject": {"type": "user", "id": str(uuid4())}}]})
    return Known([succeeded, failed, canceled], [batch.json()["id"]], [file["name"] for file in files])


def prepared(document: dict[str, Any], known: Known) -> dict[str, Any]:
    """The document with known ids as examples, with small batches, and without the response for any other status."""
    narrowed = copy.deepcopy(document)
    for calls in narrowed["paths"].values():
        for call in calls.values():
            del call["responses"]["default"]
    parameters, schemas = narrowed["components"]["parameters"], narrowed["components"]["schemas"]
    for name, ids in (("exportId", known.exports), ("batchId", known.batches)):
        parameters[name]["schema"] = {"anyOf": [{"enum": ids}, parameters[name]["schema"]]}
    reference = parameters["heldReference"]
    reference["schema"] = {"anyOf": [{"const": REFERENCE}, reference["schema"]]}
    names = schemas["LinksBody"]["properties"]["files"]
    names["items"] = {"anyOf": [{"enum": known.files}, names["items"]]}
    url = schemas["SubscriptionBody"]["properties"]["callbackUrl"]
    nowhere = {"type": "string", "pattern": r"^http://127\.0\.0\.1:9/[a-z]{1,8}$"}
    schemas["SubscriptionBody"]["properties"]["callbackUrl"] = {"anyOf": [nowhere, url]}
    schemas["BatchBody"]["properties"]["exports"]["maxItems"] = 3
    return narrowed


@pytest.mark.timeout(300)  # takes a minute on an idle machine
def test_no_request_brings_it_down_or_off_its_document(own: Caller, tmp_path: Path) -> None:
    document = prepared(own.call("GET", "openapi.json").json(), made_by(own))
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", "openapi.json", "--url", own.stack.api),
        *(part for name, value in own.headers.items() for part in ("--header", f"{name}: {value}")),
        *("--phases", "examples,coverage,fuzzing"),
        *("--seed", "1", "--workers", "2", "--no-shrink", "--continue-on-failure"),
        *("--exclude-path", "/preflight"),  # it takes no input, and each call takes a second
        *("--suppress-health-check", "all", "--warnings", "off"),
        *("--report", "json", "--report-json-path", "report.json"),
    ]
    run = subprocess.run(  # noqa: S603 - of our own environment
        command, cwd=tmp_path, capture_output=True, text=True, timeout=280 * waiting.factor, check=False
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["complete"], report["failures"], report["errors"]) == (True, [], [])
    assert report["test_cases"]["generated"] >= LEAST
    assert report["operations"]["tested"] == report["operations"]["total"] - 1
