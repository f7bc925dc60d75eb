"""Runs the examples in docs/callers.md unchanged, until their export has ended."""

import hashlib
import json
from uuid import uuid4

import pytest

from local.stack.local_stack import ROLES, Stack
from tests.e2e.caller import Caller
from tests.e2e.example_script import PATIENCE, ExampleScript
from tests.e2e.misbehaving_relay import Fault, Instead, MisbehavingRelay

NOBODY = "00000000-0000-4000-8000-00000000dead"
REFERENCES = ["DSR-Müller 2026/7", "say \"no\" \\ $(id) `id` 'x' %s", "资料请求 🗂", "-n"]
RESULT = r"^GET \S+/result$"


def test_bash_lists_what_arrived(bash_script: ExampleScript, caller: Caller) -> None:
    person, reference = caller.quick(caller.new_user()), f"bash-{uuid4()}"
    ran = bash_script.run(person, reference)
    assert (ran.returncode, ran.stderr) == (0, "")
    (export,) = caller.exports_of(reference)
    lines = [line.split("\t") for line in ran.stdout.splitlines()]
    assert len(lines) == export["files"]["count"] > 0
    assert sum(int(size) for _, size, _ in lines) == export["files"]["totalBytes"]
    assert bash_script.run(person, reference).stdout == ran.stdout, "the same reference is the same export"
    assert len(caller.exports_of(reference)) == 1


def test_python_downloads_what_arrived(python_script: ExampleScript, caller: Caller) -> None:
    reference = f"python-{uuid4()}"
    ran = python_script.run(caller.quick(caller.new_user()), reference)
    assert (ran.returncode, ran.stderr) == (0, "")
    (export,) = caller.exports_of(reference)
    assert len(python_script.arrived) == export["files"]["count"] > 0
    assert sum(path.stat().st_size for path in python_script.arrived) == export["files"]["totalBytes"]
    assert ran.stdout == f"{len(python_script.arrived)} files in files.\n"


def test_an_export_that_fails(any_script: ExampleScript) -> None:
    ran = any_script.run(NOBODY, f"failing-{uuid4()}")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("424 Failed")
    assert "ResourceNotFound" in ran.stderr


def test_an_export_that_is_canceled(any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay) -> None:
    person, reference = caller.new_user(), f"canceled-{uuid4()}"
    started = any_script.start(person, reference, relay.api)
    relay.wait_for("^POST /api/exports$")
    relay.wait_for(RESULT)
    (export,) = caller.exports_of(reference)
    assert caller.call("POST", f"exports/{export['id']}/cancel").is_success
    stdout, stderr = started.communicate(timeout=PATIENCE)
    assert (started.returncode, stdout) == (1, "")
    assert stderr.startswith("410 Canceled")


@pytest.mark.parametrize("answer", [Fault.PASSED_ON, Instead(401, "", {}), Instead(403), Instead(404)])
def test_a_request_that_is_refused_ends_at_once(
    any_script: ExampleScript, relay: MisbehavingRelay, answer: Fault | Instead
) -> None:
    relay.meets("^POST ", answer)
    ran = any_script.run("nobody", f"refused-{uuid4()}", relay.api)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"{answer.status if isinstance(answer, Instead) else 400} refused")
    assert len(relay.seen) == 1


def test_all_pages_of_the_manifest_are_read(any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay) -> None:
    person, reference = caller.quick(caller.new_user()), f"pages-{uuid4()}"
    key = hashlib.sha256(reference.encode()).hexdigest()
    subject = {"type": "user", "id": person}
    export = caller.call(
        "POST", "exports", json={"reference": reference, "subject": subject}, headers={"Idempotency-Key": key}
    ).json()
    last = f"{relay.api}/exports/{export['id']}/files?continuationToken=0"
    first = {"value": [], "nextLink": last}
    relay.meets(r"^GET \S+/files$", Instead(200, json.dumps(first), {"Content-Type": "application/json"}))
    ran = any_script.run(person, reference, relay.api)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(relay.requests(r"^GET \S+/files")) == 2
    count = caller.get(export["id"])["files"]["count"]
    assert len(any_script.arrived or ran.stdout.splitlines()) == count > 0


def test_each_call_has_a_fresh_token(
    any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay, stack: Stack
) -> None:
    tokens = [stack.token_for(ROLES, name=f"Token {number}") for number in range(40)]
    any_script.sign_in(tokens[0], "none", *tokens[1:])
    relay.meets(RESULT, Instead(429, headers={"Retry-After": "1"}))
    ran = any_script.run(caller.quick(caller.new_user()), f"tokens-{uuid4()}", relay.api)
    assert ran.returncode == 0, ran.stderr
    calls = [each.headers["Authorization"] for each in relay.requests(" /api/")]
    assert len(calls) >= 4
    assert calls == [f"Bearer {token}" for token in tokens[: len(calls)]]
    assert "az login" in ran.stderr


def test_any_reference_will_do(any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay) -> None:
    references = [f"{reference} {uuid4()}" for reference in REFERENCES]
    started = [
        any_script.start(caller.quick(caller.new_user()), reference, relay.api, f"files-{number}")
        for number, reference in enumerate(references)
    ]
    for script in started:
        _, stderr = script.communicate(timeout=PATIENCE)
        assert (script.returncode, stderr) == (0, "")
    assert [len(caller.exports_of(reference)) for reference in references] == [1] * len(references)
    keys = {request.headers["Idempotency-Key"] for request in relay.requests("^POST /api/exports$")}
    assert keys == {hashlib.sha256(reference.encode()).hexdigest() for reference in references}
