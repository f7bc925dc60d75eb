"""Runs the examples in docs/callers.md unchanged, with everything on the way that a month brings."""

import hashlib
import os
import signal
from uuid import uuid4

from tests.e2e.caller import Caller
from tests.e2e.example_script import PATIENCE, ExampleScript
from tests.e2e.misbehaving_relay import Fault, Instead, MisbehavingRelay
from tests.local.waiting import eventually

RESULT = r"^GET \S+/result$"
DOWNLOAD = r"^GET /\S+\?"
BUSY = Instead(429, headers={"Retry-After": "1"})
EXPIRED = Instead(403, "<Error><Code>AuthenticationFailed</Code></Error>", {"Content-Type": "application/xml"})


def test_what_breaks_on_the_way_is_waited_out(
    any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay
) -> None:
    reference = f"waiting-{uuid4()}"
    relay.meets("^POST /api/exports$", Fault.ANSWER_LOST, Instead(500, "", {}))
    relay.meets(RESULT, Fault.DROPPED, Fault.CUT_OFF, Instead(502), BUSY, Instead(503, headers={"Retry-After": "1"}))
    relay.meets(r"^GET \S+/files$", Fault.CUT_OFF, Instead(504))
    ran = any_script.run(caller.quick(caller.new_user()), reference, relay.api)
    assert ran.returncode == 0, ran.stderr
    assert relay.ahead == []
    assert len(caller.exports_of(reference)) == 1, "a request whose response was lost is not made twice"
    told = [line for line in ran.stderr.splitlines() if "Next try in" in line]
    waits = [int(line.rpartition(" in ")[2].removesuffix(" s.")) for line in told]
    assert waits == [1, 2, 1, 2, 4, 1, 1, 1, 2], "they grow, unless Retry-After says how long"


def test_a_connection_that_is_half_open_times_out(
    any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay
) -> None:
    relay.meets("^POST /api/exports$", Fault.HALF_OPEN)
    relay.meets(RESULT, Fault.HALF_OPEN)
    relay.meets(r"^GET \S+/files$", Fault.STALLED)
    ran = any_script.with_time_out(2).run(caller.quick(caller.new_user()), f"half-open-{uuid4()}", relay.api)
    assert ran.returncode == 0, ran.stderr
    assert relay.ahead == []
    assert ran.stderr.count("Next try in 1 s.") == 3


def test_it_gives_up_after_a_day(any_script: ExampleScript, relay: MisbehavingRelay) -> None:
    any_script.skip_waits()
    relay.meets("^POST ", *[Instead(503)] * 1000)
    ran = any_script.run("nobody", f"away-{uuid4()}", relay.api)
    assert ran.returncode == 1
    assert ran.stderr.count("Status 503. Next try in ") == len(any_script.waits) == len(relay.seen)
    assert max(any_script.waits) == 300
    assert 0.9 < sum(any_script.waits) / 86_400 < 1.1
    assert "for a day. To go on, start this again with the same " in ran.stderr


def test_it_goes_on_after_it_was_killed(any_script: ExampleScript, caller: Caller, relay: MisbehavingRelay) -> None:
    person, reference = caller.quick(caller.new_user()), f"killed-{uuid4()}"
    relay.meets("^POST /api/exports$", Fault.STALLED)
    relay.meets(RESULT, Fault.HALF_OPEN)
    for reached in ("^POST /api/exports$", RESULT):
        any_script.start(person, reference, relay.api)
        relay.wait_for(reached)
        any_script.kill()
    ran = any_script.run(person, reference, relay.api)
    assert ran.returncode == 0, ran.stderr
    assert relay.ahead == []
    assert len(caller.exports_of(reference)) == 1


def test_bash_cleans_up_when_it_is_stopped(bash_script: ExampleScript, caller: Caller, relay: MisbehavingRelay) -> None:
    started = bash_script.start(caller.new_user(), f"stopped-{uuid4()}", relay.api)
    relay.wait_for(RESULT)
    os.killpg(started.pid, signal.SIGTERM)
    started.communicate(timeout=PATIENCE)
    assert started.returncode != 0
    assert {path.name for path in bash_script.folder.iterdir()} == {"bin"}


def test_python_downloads_again_what_did_not_arrive_whole(
    python_script: ExampleScript, caller: Caller, relay: MisbehavingRelay
) -> None:
    relay.meets(r"^POST \S+/links$", Instead(502))
    relay.meets(DOWNLOAD, Fault.CUT_OFF, Instead(503), Fault.PASSED_ON, EXPIRED, Fault.STALLED, Fault.DROPPED)
    reference = f"downloads-{uuid4()}"
    ran = python_script.with_time_out(2).run(caller.quick(caller.new_user()), reference, relay.api)
    assert ran.returncode == 0, ran.stderr
    assert relay.ahead == []
    assert len(relay.requests(r"^POST \S+/links$")) == 3, "the first is refused, the last is for expired links"
    check_files(python_script, caller, reference)


def test_python_goes_on_with_its_downloads(
    python_script: ExampleScript, caller: Caller, relay: MisbehavingRelay
) -> None:
    person, reference = caller.quick(caller.new_user()), f"partly-{uuid4()}"
    relay.meets(DOWNLOAD, Fault.PASSED_ON, Fault.PASSED_ON, Fault.STALLED)
    python_script.start(person, reference, relay.api)
    relay.wait_for(DOWNLOAD, 3)
    assert eventually(lambda: len(python_script.begun) == 3, PATIENCE), "two files, and a part of the third"
    python_script.kill()
    assert len(python_script.arrived) == 2, "half a file has no name"
    broken = python_script.arrived[0]
    broken.write_bytes(broken.read_bytes()[:-1] + b"?")
    ran = python_script.run(person, reference, relay.api)
    assert ran.returncode == 0, ran.stderr
    (export,) = caller.exports_of(reference)
    downloads = relay.requests(DOWNLOAD)
    assert len(downloads) == 3 + export["files"]["count"] - 1, "what was there and right is not downloaded again"
    check_files(python_script, caller, reference)


def test_python_does_not_take_another_content_for_the_file(
    python_script: ExampleScript, caller: Caller, relay: MisbehavingRelay
) -> None:
    relay.meets(DOWNLOAD, Fault.ENCODED, Instead(200, "something else"))
    ran = python_script.run(caller.quick(caller.new_user()), f"wrong-{uuid4()}", relay.api)
    assert ran.returncode == 1
    assert ran.stderr.endswith("is not what arrived.\n")
    assert len(python_script.arrived) == 1, "a file arrives as it is stored, whatever its Content-Encoding"


def test_python_shows_no_link(python_script: ExampleScript, caller: Caller, relay: MisbehavingRelay) -> None:
    relay.meets(DOWNLOAD, Fault.DROPPED, EXPIRED, EXPIRED)
    ran = python_script.run(caller.quick(caller.new_user()), f"no-link-{uuid4()}", relay.api)
    assert ran.returncode == 1
    assert "403 refused" in ran.stderr
    assert "sig=" not in ran.stderr
    assert all("Authorization" not in each.headers for each in relay.requests(DOWNLOAD))


def check_files(python_script: ExampleScript, caller: Caller, reference: str) -> None:
    """Checks that the folder has the files of the manifest and no others."""
    (export,) = caller.exports_of(reference)
    manifest = caller.call("GET", f"exports/{export['id']}/files").json()["value"]
    have = {
        str(path.relative_to(python_script.folder / "files")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in python_script.arrived
    }
    assert have == {file["name"]: file["sha256"] for file in manifest}
