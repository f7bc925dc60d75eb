"""A small console in the form in which the real one is built: files, compressed copies, and the list of them."""

import gzip
import hashlib
import json
from pathlib import Path

SCRIPT = b"export const console = true;\n" * 40
PAGE = (
    b'<!doctype html><title>Exports</title><script type="module" src="/api/console/assets/main-1a2b.js"></script>\n' * 3
)
TEXTS = b'{"shell.title":"Exports"}'
BROTLI = b"in the place of Brotli, which Python does not have"
SCRIPT_PATH, TEXTS_PATH = "assets/main-1a2b.js", "assets/en-3c4d.json"
FILES = {
    "index.html": ("text/html; charset=utf-8", PAGE, ["br", "gzip"]),
    SCRIPT_PATH: ("text/javascript; charset=utf-8", SCRIPT, ["br", "gzip"]),
    TEXTS_PATH: ("application/json", TEXTS, []),
}
"""By path: the type, what is in it, and the encodings that it is there in."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_console(folder: Path) -> None:
    """Write it, with a file beside it that is not on the list."""
    (folder / "assets").mkdir(parents=True)
    for path, (_, content, encodings) in FILES.items():
        (folder / path).write_bytes(content)
        if encodings:
            (folder / f"{path}.br").write_bytes(BROTLI)
            (folder / f"{path}.gz").write_bytes(gzip.compress(content, mtime=0))
    (folder / "assets" / "unlisted.js").write_bytes(b"secret")
    listed = [
        {"path": path, "type": kind, "sha256": sha256(content), "encodings": encodings}
        for path, (kind, content, encodings) in FILES.items()
    ]
    (folder / "files.json").write_text(json.dumps(listed), "utf-8")
