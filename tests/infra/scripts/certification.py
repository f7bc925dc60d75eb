"""Runs infra/scripts/certify.py against a server that gives prepared answers."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.infra.stand_ins import SCRIPTS

OPEN = {
    "id": "the-export",
    "status": "Running",
    "stage": "Exporting",
    "subject": {"type": "user", "id": "the-person"},
    "reference": "the-reference",
    "createdDateTime": "2026-11-01T09:30:00Z",
    "completedDateTime": None,
    "grant": {"kind": "userDelegation"},
    "attempts": [{"number": 1, "status": "Running", "submittedDateTime": None, "operationId": "the-operation"}],
    "files": None,
    "warnings": [{"code": "NoData", "message": "about the-person"}],
    "error": None,
    "erasedDateTime": None,
    "hold": None,
    "handedOverDateTime": None,
}
EVENT = {"type": "Accepted", "dateTime": "2026-11-01T09:31:05Z", "actor": "the-caller", "detail": {"a": "the-detail"}}


class Server:
    """Gives prepared answers, each path's in turn and the last one for ever, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, Any, dict[str, str]]]] = {}
        self.calls: list[tuple[str, str, str, str]] = []
        self.knows_ranges = True
        me = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                me.calls.append((self.command, self.path, self.headers.get("Authorization") or "", sent))
                prepared = me.answers[f"{self.command} {urlsplit(self.path).path}"]
                status, body, headers = prepared.pop(0) if len(prepared) > 1 else prepared[0]
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
                if wanted and me.knows_ranges:
                    status, content = 206, content[int(wanted[1]) : int(wanted[2]) + 1]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815 - the name is the server's
            do_PUT = do_GET  # noqa: N815 - the name is the server's
            do_DELETE = do_GET  # noqa: N815 - the name is the server's

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def answer(self, call: str, body: Any = None, status: int = 200, **headers: str) -> None:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(call, []).append((status, body, more))

    def succeed(self, content: dict[str, bytes]) -> None:
        """Has an export that succeeded with these files, and all that it is handed over with."""
        files = [{"name": n, "size": len(c), "sha256": hashlib.sha256(c).hexdigest()} for n, c in content.items()]
        ended = OPEN | {
            "status": "Succeeded",
            "files": {"count": len(files), "totalBytes": sum(map(len, content.values()))},
        }
        self.answer("GET /api/exports", {"value": [ended]})
        for path in ("", "/result"):
            self.answer(f"GET /api/exports/the-export{path}", ended)
        self.answer("GET /api/exports/the-export/events", {"value": [EVENT]})
        self.answer("GET /api/exports/the-export/files", {"value": files})
        self.answer("GET /blob", next(iter(content.values()), b""))
        self.make_package(content)
        self.answer("PUT /api/exports/the-export/hold", ended)
        self.answer("DELETE /api/exports/the-export/data", {"error": {"code": "OnHold", "message": "Held."}}, 409)
        self.answer("DELETE /api/exports/the-export/hold", ended)
        self.answer("POST /api/exports/the-export/handover", ended | {"handedOverDateTime": "2026-11-01T10:00:00Z"})

    def make_package(self, content: dict[str, bytes], **told: str) -> None:
        """Has a package of these files, after a while; `told` is what it says of itself that is not so."""
        documents = packed_documents(content)
        package = {
            "language": "en",
            "status": "Ready",
            "totalBytes": 4,
            "sha256SumsSha256": hashlib.sha256(documents["SHA256SUMS"]).hexdigest(),
            "receiptSha256": hashlib.sha256(documents["receipt.json"]).hexdigest(),
            **told,
        }
        zipped = zip_of(documents | content)
        package["files"] = [{"name": "data.zip", "size": len(zipped)}]
        self.answers["GET /zip"] = [(200, zipped, {})]
        self.answers["POST /api/exports/the-export/package"] = [(202, package, {"Retry-After": "0"})]
        self.answers["GET /api/exports/the-export/package"] = [(202, package, {"Retry-After": "0"}), (200, package, {})]
        link = (
            {"value": [{"name": "a", "url": f"{self.url}/blob"}]},
            {"value": [{"name": "data.zip", "url": f"{self.url}/zip"}]},
        )
        self.answers["POST /api/exports/the-export/links"] = [(200, each, {}) for each in link]

    def bearers(self, path: str) -> list[str]:
        return [bearer for _, called, bearer, _ in self.calls if urlsplit(called).path == path]


def packed_documents(content: dict[str, bytes]) -> dict[str, bytes]:
    """The documents of a package of these files."""
    page = b"<!doctype html>"
    lines = [f"{hashlib.sha256(each).hexdigest()}  {name}\n" for name, each in {"index.html": page, **content}.items()]
    return {"index.html": page, "SHA256SUMS": "".join(lines).encode(), "receipt.json": b"{}"}


def zip_of(content: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name, each in content.items():
            target.writestr(name, each)
    return written.getvalue()


def certify(folder: Path, *command: str, name: str = "c1", **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-W", "error", str(SCRIPTS / "certify.py"), *command],
        env={"PATH": os.environ["PATH"], "AZURE_ENV_NAME": name, "API_AUDIENCE": "api://t/c1", "TOKEN": "a-token"}
        | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "certify" / "certification.json").read_text())
    return found


DEPLOYED = [
    {"name": name, "startedDateTime": "2026-11-01T09:30:00Z", "seconds": 60, "passed": True}
    for name in ("Identity stage", "Identity stage, again", "Deploy", "Deploy, again", "Preflight", "Request")
]
"""The steps of a certification that has got as far as to wait."""
LOOKED_AT = [DEPLOYED[0] | {"name": name} for name in ("Export", "Files", "Package", "Hold", "Hand-over")]


def put(folder: Path, **values: Any) -> None:
    """Lets a certification have come so far."""
    (folder / "certify").mkdir(exist_ok=True)
    (folder / "certify" / "certification.json").write_text(json.dumps(values))
