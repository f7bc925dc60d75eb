"""A file with our own certificate and with those that the machine trusts.

A program that reads SSL_CERT_FILE trusts nothing else. A host that calls both this machine and the internet needs both.
"""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def write_bundle(path: Path, own: Path) -> None:
    """Write the PEM file.

    Args:
        path: the file.
        own: the PEM file with our certificate.
    """
    certificates = dict.fromkeys(found for file in (own, *_of_the_machine()) for found in _certificates(file))
    path.write_text("\n".join([*certificates, ""]), "utf-8")


def _of_the_machine() -> Iterator[Path]:
    """The files that OpenSSL trusts here, or SSL_CERT_FILE and SSL_CERT_DIR in the environment name instead."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        yield Path(paths.cafile)
    elif paths.capath:
        yield from sorted(path for path in Path(paths.capath).iterdir() if path.is_file())


def _certificates(file: Path) -> list[str]:
    return _CERTIFICATE.findall(file.read_text("utf-8", errors="replace"))
