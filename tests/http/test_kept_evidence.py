"""The program in docs/outcomes.md finds nothing wrong with real evidence, and tells of each change that matters."""

import asyncio
import copy
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.callbacks.callback_message import callback_body
from shared.exports.export import current_attempt
from tests import evidence_program
from tests.evidence_program import check
from tests.fakes.in_memory_containers import name_of
from tests.http.api_client import UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER, advance, submit

NAMES = ("OneDrive/a b é \U0001f600.json", "Teams/con.txt", 'Teams/x:"y".txt', "Teams/z.txt")
"""Of files, beside those that Graph brings. Two of them can't have their name in a zip."""
Evidence = dict[str, Any]
"""By the names of files: JSON values, or bytes as they came."""


async def collect() -> tuple[str, Evidence]:
    """The id of an export, and what can be kept of it, its heads from four moments."""
    api = ApiClient(CALLBACK_ALLOWED_HOSTS="receiver.example", CALLBACK_SIGNING_SECRET="whsec_" + "QUFB" * 8)
    export_id = await api.create(reference="DSR-1", callbackUrl="https://receiver.example/x")
    attempt = current_attempt(await submit(api.fakes, export_id))
    for name in NAMES:
        api.fakes.account.write(name_of(attempt.container), name, name.encode())
    await api.run_to_end(export_id)
    path = f"/exports/{export_id}"
    before = (await api.get(path)).body
    await api.become(OTHER_CALLER, *api.roles).call("PUT", f"{path}/hold", {"reason": "Fall „12 O 345/26“ \U0001f600"})
    await api.call("DELETE", f"{path}/hold")
    await advance(api.fakes, export_id)
    await api.post(f"{path}/package", {"language": "de"})
    await advance(api.fakes, export_id)
    (link,) = (await api.post(f"{path}/links", {"package": "de"})).body["value"]
    await api.post(f"{path}/handover", {"method": "post"})
    signed = api.fakes.account.signed_url(link["url"])
    assert signed is not None
    assert signed.blob is not None
    content = api.fakes.account.containers[signed.container].blobs[signed.blob].content
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        documents = {name: opened.read(name) for name in ("receipt.json", "SHA256SUMS", "renamed-files.json")}
    ((export, delivery, _),) = api.fakes.callbacks.sent
    return export_id, {
        "events1.json": (await api.get(f"{path}/events")).body,
        "files1.json": (await api.get(f"{path}/files")).body,
        "export.json": (await api.get(path)).body,
        "export-before.json": before,
        "callback.json": json.loads(callback_body(export, delivery, None)),
        **documents,
    }


@pytest.fixture(scope="module")
def kept() -> tuple[str, Evidence]:
    return asyncio.run(collect())


def put(folder: Path, evidence: Evidence) -> Path:
    for name, content in evidence.items():
        raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        (folder / name).write_bytes(raw)
    return folder


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, str):
        return value[:-1] + ("x" if value[-1:] != "x" else "y")
    if isinstance(value, int):
        return value + 1
    return "x" * 64 if value is None else {**value, "added": "x"}


def places(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Each member of a JSON object, and of the objects in it."""
    for name, each in value.items():
        yield value, name
        if isinstance(each, dict):
            yield from places(each)


def assert_told(folder: Path, export_id: str, evidence: Evidence, what: object) -> None:
    wrong, _ = check(put(folder, evidence), export_id)
    assert wrong, f"not told: {what}"


def test_the_program_says_that_real_evidence_fits(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    program = tmp_path / "check_export.py"
    program.write_text(evidence_program.TEXT)
    folder = put(tmp_path, evidence)
    assert run(program, folder, export_id) == (0, "What was given fits together.\n")
    status, printed = run(program, folder, UNKNOWN_ID)
    assert (status, printed.splitlines()[-1]) == (1, "What was given does not fit together.")
    assert "Event 1 was changed" in printed


def run(program: Path, folder: Path, export_id: str) -> tuple[int, str]:
    """The exit status of the program, and what it prints."""
    command = [sys.executable, "-I", str(program), str(folder), export_id]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the page's own program
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def test_the_evidence_has_what_the_program_is_about(kept: tuple[str, Evidence]) -> None:
    _, evidence = kept
    types = {event["type"] for event in evidence["events1.json"]["value"]}
    assert {"HoldPlaced", "PackageMade", "LinkCreated", "HandedOver", "Succeeded", "CallbackDelivered"} <= types
    assert len(json.loads(evidence["renamed-files.json"])) == 2
    heads = [evidence[name]["trail"]["eventCount"] for name in ("export-before.json", "export.json")]
    heads += [evidence["callback.json"]["data"]["trail"]["eventCount"]]
    heads += [json.loads(evidence["receipt.json"])["trail"]["eventCount"]]
    assert len(set(heads)) == 4, "at four moments"


def test_pages_are_put_together_in_any_order(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    evidence = dict(evidence)
    for name in ("events", "files"):
        items = evidence.pop(f"{name}1.json")["value"]
        evidence |= {f"{name}2.json": {"value": items[:2]}, f"{name}10.json": {"value": items[2:]}}
        evidence[f"{name}3.json"] = {"value": []}
    assert check(put(tmp_path, evidence), export_id) == ([], [])


def test_json_of_powershell_is_read(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    marked = {**evidence, "export.json": b"\xef\xbb\xbf" + json.dumps(evidence["export.json"]).encode()}
    assert check(put(tmp_path, marked), export_id) == ([], [])


@pytest.mark.parametrize("only", ["events1.json", "events1.json callback.json"])
def test_each_field_of_each_event_counts(tmp_path: Path, kept: tuple[str, Evidence], only: str) -> None:
    export_id, evidence = kept
    evidence = {name: evidence[name] for name in only.split()}
    for index, event in enumerate(evidence["events1.json"]["value"]):
        for number in range(len(list(places(event)))):
            tampered = copy.deepcopy(evidence)
            holder, name = list(places(tampered["events1.json"]["value"][index]))[number]
            was = holder[name]
            holder[name] = changed(was)
            assert_told(tmp_path, export_id, tampered, (index, name))
            del holder[name]
            if was is not None:
                assert_told(tmp_path, export_id, tampered, (index, name))


def test_events_that_are_missing_moved_or_added_are_told(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    events = evidence["events1.json"]["value"]
    for index in range(len(events)):
        assert_told(tmp_path, export_id, with_events(evidence, events[:index] + events[index + 1 :]), index)
        assert_told(tmp_path, export_id, with_events(evidence, events[: index + 1] + events[index:]), index)
        if index:
            moved = [*events[: index - 1], events[index], events[index - 1], *events[index + 1 :]]
            assert_told(tmp_path, export_id, with_events(evidence, moved), index)
    assert_told(tmp_path, export_id, with_events(evidence, events[: len(events) // 2]), "half")


def test_lists_that_were_emptied_are_told(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    for emptied in ("events1.json", "files1.json"):
        for proof in ("export.json", "receipt.json"):
            given = {emptied: {"value": []}, proof: evidence[proof]}
            folder = tmp_path / f"{emptied}-{proof}"
            folder.mkdir()
            assert_told(folder, export_id, given, (emptied, proof))


@pytest.mark.parametrize("proof", ["events1.json", "export.json"])
def test_a_list_of_files_that_was_kept_after_the_erasure_is_no_fault(
    tmp_path: Path, kept: tuple[str, Evidence], proof: str
) -> None:
    export_id, evidence = kept
    erased = {"events1.json": erased_trail(evidence, export_id), "export.json": dict(evidence["export.json"])}
    erased["export.json"]["erasedDateTime"] = "2026-12-01T09:00:00Z"
    wrong, untold = check(put(tmp_path, {"files1.json": {"value": []}, proof: erased[proof]}), export_id)
    assert wrong == []
    assert "The files were erased before this list was kept: it says nothing of them." in untold


def erased_trail(evidence: Evidence, export_id: str) -> Evidence:
    """The trail with the event that ends it once the data is erased."""
    *_, last = events = copy.deepcopy(evidence["events1.json"]["value"])
    erased = {**last, "number": last["number"] + 1, "type": "Erased", "previousSha256": last["sha256"]}
    erased["sha256"] = evidence_program.functions()["hash_of"](erased, export_id)
    return {"value": [*events, erased]}


def with_events(evidence: Evidence, events: list[Any]) -> Evidence:
    return {**evidence, "events1.json": {"value": events}}


@pytest.mark.parametrize("head", ["export.json", "callback.json", "receipt.json"])
def test_a_trail_that_was_made_anew_is_told_by_each_head_that_was_kept(
    tmp_path: Path, kept: tuple[str, Evidence], head: str
) -> None:
    export_id, evidence = kept
    hash_of = evidence_program.functions()["hash_of"]
    events, before = copy.deepcopy(evidence["events1.json"]["value"]), None
    events[0]["actor"] = OTHER_CALLER
    for event in events:
        event["previousSha256"] = before
        event["sha256"] = before = hash_of(event, export_id)
    forged = {"events1.json": {"value": events}}
    assert check(put(tmp_path, forged), export_id)[0] == [], "as the page says"
    assert_told(tmp_path, export_id, {**forged, head: evidence[head]}, head)


@pytest.mark.parametrize("proof", ["events1.json", "export.json", "receipt.json"])
def test_what_the_manifest_stands_for_counts(tmp_path: Path, kept: tuple[str, Evidence], proof: str) -> None:
    export_id, evidence = kept
    evidence = {name: evidence[name] for name in ("files1.json", proof)}
    assert check(put(tmp_path, evidence), export_id)[0] == []
    files = evidence["files1.json"]["value"]
    for index, file in enumerate(files):
        for name in ("number", "name", "size", "sha256"):
            edited = [*files[:index], file | {name: changed(file[name])}, *files[index + 1 :]]
            assert_told(tmp_path, export_id, {**evidence, "files1.json": {"value": edited}}, (index, name))
        missing = files[:index] + files[index + 1 :]
        assert_told(tmp_path, export_id, {**evidence, "files1.json": {"value": missing}}, index)
        unhashed = [*files[:index], file | {"sha256": None}, *files[index + 1 :]]
        assert_told(tmp_path, export_id, {**evidence, "files1.json": {"value": unhashed}}, index)
    turned = {"value": list(reversed(files))}
    assert_told(tmp_path, export_id, {**evidence, "files1.json": turned}, "order")


def test_each_field_of_a_receipt_counts(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    receipt = json.loads(evidence["receipt.json"])
    for number in range(len(list(places(receipt)))):
        tampered = copy.deepcopy(receipt)
        holder, name = list(places(tampered))[number]
        holder[name] = ["NoData"] if name == "warningCodes" else changed(holder[name])
        assert_told(tmp_path, export_id, {**evidence, "receipt.json": tampered}, name)
    for name in ("exportId", "manifestSha256", "fileCount", "totalBytes", "sha256SumsSha256", "trail"):
        tampered = {**receipt, name: changed(receipt[name])}
        if name == "trail":
            tampered["trail"] = {**receipt["trail"], "sha256": "x" * 64}
            assert_told(tmp_path, export_id, {**evidence, "receipt.json": tampered}, name)
        else:
            without = {k: v for k, v in evidence.items() if not k.startswith("events")}
            (tmp_path / "events1.json").unlink(missing_ok=True)
            assert_told(tmp_path, export_id, {**without, "receipt.json": tampered}, name)


@pytest.mark.parametrize("name", ["SHA256SUMS", "renamed-files.json", "receipt.json"])
def test_each_byte_of_a_document_counts(tmp_path: Path, kept: tuple[str, Evidence], name: str) -> None:
    export_id, evidence = kept
    content: bytes = evidence[name]
    put(tmp_path, evidence)
    for place in range(0, len(content), 7):
        byte = bytes([content[place] ^ 1])
        (tmp_path / name).write_bytes(content[:place] + byte + content[place + 1 :])
        assert check(tmp_path, export_id)[0], place


def test_sums_that_do_not_fit_the_manifest_are_told_whatever_else_is_missing(
    tmp_path: Path, kept: tuple[str, Evidence]
) -> None:
    export_id, evidence = kept
    files = copy.deepcopy(evidence["files1.json"])
    receipt = json.loads(evidence["receipt.json"])
    receipt = {"exportId": export_id, "sha256SumsSha256": receipt["sha256SumsSha256"]}
    documents = {name: evidence[name] for name in ("SHA256SUMS", "renamed-files.json")}
    partial = {"files1.json": files, "receipt.json": receipt, **documents}
    assert check(put(tmp_path, partial), export_id)[0] == []
    for file in files["value"]:
        kept_sha256, file["sha256"] = file["sha256"], "0" * 64
        assert_told(tmp_path, export_id, partial, file["name"])
        file["sha256"] = kept_sha256


def test_what_can_not_be_told_is_said(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    wrong, untold = check(put(tmp_path, {"events1.json": evidence["events1.json"]}), export_id)
    assert (wrong, len(untold)) == ([], 1)
    assert "lost its end" in untold[0]
    old = copy.deepcopy(evidence["events1.json"]["value"][:3])
    for event in old:
        event["sha256"] = event["previousSha256"] = None
    wrong, untold = check(put(tmp_path, {"events1.json": {"value": old}}), export_id)
    assert wrong == []
    assert [text[:8] for text in untold] == ["Without ", "3 events"]
    (tmp_path / "events1.json").unlink()
    wrong, untold = check(put(tmp_path, {"files1.json": evidence["files1.json"]}), export_id)
    assert (wrong, len(untold)) == ([], 3)


def test_a_trail_that_an_earlier_version_began_is_checked_from_its_first_hash_on(
    tmp_path: Path, kept: tuple[str, Evidence]
) -> None:
    export_id, evidence = kept
    hash_of = evidence_program.functions()["hash_of"]
    events, before = copy.deepcopy(evidence["events1.json"]["value"]), None
    for event in events[:3]:
        event["sha256"] = event["previousSha256"] = None
    for event in events[3:]:
        event["previousSha256"] = before
        event["sha256"] = before = hash_of(event, export_id)
    wrong, untold = check(put(tmp_path, {"events1.json": {"value": events}}), export_id)
    assert (wrong, untold[1][:8]) == ([], "3 events")
    assert_told(tmp_path, export_id, {"events1.json": {"value": [events[0], *events[2:]]}}, "an old event")
    events[5]["sha256"] = None
    assert_told(tmp_path, export_id, {"events1.json": {"value": events}}, "a hash is missing")


def test_half_of_a_surrogate_pair_has_a_hash_of_its_own() -> None:
    sha256_of = evidence_program.functions()["sha256_of"]
    assert sha256_of("a\ud800") != sha256_of("a?")


def test_evidence_of_another_export_is_told(tmp_path: Path, kept: tuple[str, Evidence]) -> None:
    export_id, evidence = kept
    for name in ("export.json", "callback.json", "receipt.json"):
        swapped = json.loads(json.dumps(evidence[name]) if name != "receipt.json" else evidence[name])
        (swapped["data"] if name == "callback.json" else swapped).update({"id": UNKNOWN_ID, "exportId": UNKNOWN_ID})
        wrong, _ = check(put(tmp_path, {**evidence, name: swapped}), export_id)
        assert f"{name} is about another export." in wrong
        put(tmp_path, evidence)
