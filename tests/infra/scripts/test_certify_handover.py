"""infra/scripts/certify_handover.py: the package is looked into, a hold is tried, and the hand-over is recorded."""

from pathlib import Path

import pytest

from tests.infra.scripts.certification import (
    DEPLOYED,
    OPEN,
    Server,
    certify,
    packed_documents,
    put,
    record,
    zip_of,
)

CONTENT = {"One/a.json": b"{}", "One/b.bin": bytes(range(256)) * 8}
HANDED_OVER = ("Files", "Package", "Hold", "Hand-over")


def waited(server: Server, folder: Path) -> str:
    """What the certification says when the export has ended; it is put into the report too."""
    put(folder, steps=DEPLOYED)
    ran = certify(folder, "wait", API_BASE_URL=f"{server.url}/api", WAIT_UNTIL="2026-01-01T00:00:00+00:00")
    assert (ran.returncode == 0) == (ran.stderr == "")
    return ran.stderr


def test_all_that_an_export_is_handed_over_with_is_tried(server: Server, tmp_path: Path) -> None:
    server.succeed(CONTENT)
    assert waited(server, tmp_path) == ""
    assert [step["name"] for step in record(tmp_path)["steps"] if step["passed"]][-4:] == list(HANDED_OVER)
    assert record(tmp_path)["package"] == {"zips": 1, "totalBytes": 4, "matches": True}
    sent = [
        (f"{method} {path.removeprefix('/api/exports/the-export')}", sent) for method, path, _, sent in server.calls
    ]
    assert ("POST /package", '{"language": "en"}') in sent
    assert ("POST /links", '{"package": "en"}') in sent
    assert [call for call, _ in sent if call.endswith(("/hold", "/data", "/handover"))] == [
        "PUT /hold",
        "DELETE /data",
        "DELETE /hold",
        "POST /handover",
    ]
    assert set(server.bearers("/zip")) == {""}, "the link needs no token and gets none"
    said = certify(tmp_path, "report").stdout
    assert "| package | 1 zip, 4 bytes: it has the hashes of the manifest |" in said


def test_of_a_large_package_the_smallest_file_is_read_and_no_other(server: Server, tmp_path: Path) -> None:
    server.succeed({"small": b"{}", "large": bytes(10_000_001)})
    assert waited(server, tmp_path) == ""
    assert sum(path == "/zip" for _, path, _, _ in server.calls) < 10, "the directory and a few entries, by ranges"


@pytest.mark.parametrize(
    ("packed", "told", "fault"),
    [
        (CONTENT, {"sha256SumsSha256": "0" * 64}, "SHA256SUMS is not the one that the API tells"),
        (CONTENT, {"receiptSha256": "0" * 64}, "receipt.json is not the one that the API tells"),
        ({"One/a.json": b"{}"}, {}, "SHA256SUMS lacks files of the manifest"),
        (CONTENT | {"One/a.json": b"[]"}, {}, "SHA256SUMS lacks files of the manifest"),
    ],
)
def test_a_package_that_does_not_fit_is_not_certified(
    server: Server, tmp_path: Path, packed: dict[str, bytes], told: dict[str, str], fault: str
) -> None:
    server.succeed(CONTENT)
    server.make_package(packed, **told)
    assert waited(server, tmp_path) == f"The package does not fit: {fault}.\n"
    assert record(tmp_path)["package"]["matches"] is False
    said = certify(tmp_path, "report")
    assert said.returncode == 1
    assert "The step failed: Package." in said.stdout
    assert "**it does not fit the manifest**" in said.stdout


@pytest.mark.parametrize("name", ["One/a.json", "index.html"])
def test_each_small_file_of_a_package_is_read(server: Server, tmp_path: Path, name: str) -> None:
    server.succeed(CONTENT)
    changed = {**packed_documents(CONTENT), **CONTENT, name: b"changed"}
    zipped = zip_of(changed)
    server.answers["GET /zip"] = [(200, zipped, {})]
    package = server.answers["GET /api/exports/the-export/package"][-1][1]
    package["files"] = [{"name": "data.zip", "size": len(zipped)}]
    assert "a file in it is not the one that SHA256SUMS lists" in waited(server, tmp_path)


def test_a_link_that_others_answer_is_no_link_of_the_package(server: Server, tmp_path: Path) -> None:
    server.succeed(CONTENT)
    links = server.answers["POST /api/exports/the-export/links"]
    links[1] = (200, {"value": [{"name": "other.zip", "url": f"{server.url}/zip"}]}, {})
    assert "its links are not those of its files" in waited(server, tmp_path)


def test_a_download_has_to_go_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.succeed(CONTENT)
    server.knows_ranges = False
    assert "A download can't go on where it was" in waited(server, tmp_path)


def test_a_package_that_fails_is_told_with_its_reason(server: Server, tmp_path: Path) -> None:
    server.succeed(CONTENT)
    failed = {"error": {"code": "PackageFailed", "message": "The account refuses."}}
    server.answers["GET /api/exports/the-export/package"] = [(424, failed, {})]
    assert waited(server, tmp_path) == "GET exports: 424 PackageFailed The account refuses.\n"


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (200, "", "DELETE exports: 200 \n"),
        (409, "ExportNotEnded", "An erasure under a hold is refused with ExportNotEnded.\n"),
    ],
)
def test_an_erasure_under_a_hold_has_to_be_refused_for_the_hold(
    server: Server, tmp_path: Path, status: int, code: str, said: str
) -> None:
    server.succeed(CONTENT)
    body = {"error": {"code": code, "message": ""}} if code else OPEN
    server.answers["DELETE /api/exports/the-export/data"] = [(status, body, {})]
    assert waited(server, tmp_path) == said
    assert "The step failed: Hold." in certify(tmp_path, "report").stdout


def test_a_hand_over_that_is_not_recorded_is_said(server: Server, tmp_path: Path) -> None:
    server.succeed(CONTENT)
    server.answers["POST /api/exports/the-export/handover"] = [(200, OPEN, {})]
    assert waited(server, tmp_path) == "The hand-over is not recorded.\n"


def test_a_hold_that_was_left_is_lifted_before_the_erasure(server: Server, tmp_path: Path) -> None:
    held = OPEN | {"status": "Succeeded", "hold": {"reason": "r"}}
    server.answer("GET /api/exports", {"value": [held]})
    server.answer("DELETE /api/exports/the-export/hold", held)
    server.answer("DELETE /api/exports/the-export/data", held)
    server.answer("GET /api/exports/the-export", held)
    server.answer("GET /api/exports/the-export/events", {"value": []})
    assert certify(tmp_path, "erase", API_BASE_URL=f"{server.url}/api").returncode == 0
    called = [path for method, path, _, _ in server.calls if method == "DELETE"]
    assert called == ["/api/exports/the-export/hold", "/api/exports/the-export/data"]
