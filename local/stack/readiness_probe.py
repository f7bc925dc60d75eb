"""Checks whether a server on the loopback address answers yet."""

import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0


def missing_from(url: str, *, status: int | None = None, trusted: Path | None = None) -> str:
    """Return why a server is not ready; an empty text if it is.

    Args:
        url: what to GET.
        status: the status that is expected; any if it is None.
        trusted: the certificate that an HTTPS server must use.
    """
    answer, seen = look_at(url, trusted=trusted)
    return "" if answer and status in {None, answer} else seen


def look_at(url: str, *, trusted: Path | None = None) -> tuple[int, str]:
    """Return the status that a server answers a GET with, and a text that says so; the status is 0 if it doesn't."""
    try:
        answer = _status_of(url, trusted)
    except (OSError, http.client.HTTPException) as error:
        return 0, f"GET {url}: {error}"
    return answer, f"GET {url} answers {answer}"


def _status_of(url: str, trusted: Path | None) -> int:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if trusted:
        context = ssl.create_default_context(cafile=trusted)
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status
    finally:
        connection.close()
