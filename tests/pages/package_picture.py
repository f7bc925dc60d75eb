"""Takes the picture of a package's page that docs/api.md shows: `python -m tests.pages.package_picture`.

The picture says of which page it is, so that a test can tell when it has to be taken again.
"""

import hashlib
import struct
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from local.checkout import ROOT
from tests.browser import chromium
from tests.exports.package_samples import facts, index_html

PICTURE = ROOT / "docs" / "package-page.png"
WIDTH, HEIGHT = 960, 1100
_HEAD = b"tEXt" + b"Source\0"
_END = 12
"""How many bytes the last chunk of a PNG has."""


def page() -> bytes:
    """The page that is shown."""
    return index_html(facts())


def source(picture: bytes) -> str:
    """The SHA-256 in hex of the page that a picture shows."""
    start = picture.index(_HEAD) + len(_HEAD)
    return picture[start : start + 64].decode()


def with_source(picture: bytes, sha256: str) -> bytes:
    """The picture with the SHA-256 of its page, before its last chunk."""
    chunk = _HEAD + sha256.encode()
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return picture[:-_END] + framed + picture[-_END:]


def main() -> None:
    """Write the picture into docs/."""
    content = page()
    with TemporaryDirectory() as folder, chromium() as browser:
        (Path(folder) / "index.html").write_bytes(content)
        opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        opened.goto((Path(folder) / "index.html").as_uri())
        picture = opened.screenshot()
    PICTURE.write_bytes(with_source(picture, hashlib.sha256(content).hexdigest()))


if __name__ == "__main__":
    main()
