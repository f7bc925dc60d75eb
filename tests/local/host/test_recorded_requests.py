"""Requests that Microsoft's host (4.1037, Python 3.13) got, and its responses: those of this host have to be the same.

`recorded/*.yaml` has them. A request is sent over a socket byte by byte as it is there:

- `request` is the request line; HTTP/1.1 and `Host: localhost:7071` are added, and the headers of `with`. Where that
  doesn't fit, `lines` are all lines of the head, each ending with `line_end`. A character is a byte.
- `{function}`, `{master}` and `{system}` are keys, `{a*8000}` is 8000 times an a, `{99 headers}` are as many headers.

Of the response these are compared: `status`; of its `headers` those that are listed, and whether the connection is
closed; and the body, which is `text`, or JSON that shows the request as the function got it (`sees` has what differs
from the request as sent), or empty. `*` is any text. Where the local host differs, `local` is its status, and `because`
the reason.
"""

import json
import re
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPMessage, parse_headers
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.local.host.sample_app_host import SampleAppHost

HERE = Path(__file__).parent
DEFAULT_HOST = "localhost:7071"

Record = dict[str, Any]
Response = tuple[int, HTTPMessage, bytes]


def records() -> Iterator[Any]:
    for path in sorted((HERE / "recorded").glob("*.yaml")):
        for record in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(record, id=f"{path.stem}: {record['name']}")


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleAppHost]:
    with SampleAppHost(tmp_path_factory.mktemp("probe"), app=HERE / "probe_app") as process:
        yield process


@pytest.fixture(scope="module")
def keys(probe: SampleAppHost) -> dict[str, str]:
    return {
        "{master}": probe.master_key(),
        "{function}": probe.key("functionKeys", "default"),
        "{system}": probe.key("systemKeys", "durabletask_extension"),
    }


def filled_in(text: str, keys: Mapping[str, str]) -> str:
    for name, key in keys.items():
        text = text.replace(name, key)
    text = re.sub(r"\{(.)\*(\d+)\}", lambda match: match[1] * int(match[2]), text)
    return re.sub(r"\{(\d+) headers\}", lambda match: "\r\n".join(f"X-{n}: a" for n in range(int(match[1]))), text)


def head_of(record: Record, keys: Mapping[str, str]) -> list[str]:
    lines = record.get("lines") or [
        f"{record['request']} HTTP/1.1",
        f"Host: {DEFAULT_HOST}",
        *record.get("with", []),
    ]
    return [filled_in(line, keys) for line in lines]


def exchanged(url: str, head: list[str], record: Record) -> Response:
    """Send a request, and read one response."""
    address = urlsplit(url)
    end = record.get("line_end", "\r\n")
    content = end.join([*head, "", ""]) + record.get("body", "")
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        connection.sendall(content.encode("latin-1"))
        with connection.makefile("rb") as stream:
            return read_response(stream, head[0].partition(" ")[0])


def read_response(stream: BufferedIOBase, method: str) -> Response:
    line = stream.readline()
    status = int(line.split()[1])
    headers = parse_headers(stream)
    if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
        return status, headers, b""
    if headers["Transfer-Encoding"] == "chunked":
        return status, headers, b"".join(chunks(stream))
    length = headers["Content-Length"]
    return status, headers, stream.read() if length is None else stream.read(int(length))


def chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := int(stream.readline(), 16):
        yield stream.read(size)
        stream.readline()


def as_seen(record: Record, head: list[str], keys: Mapping[str, str]) -> Record:
    """The request as the function should have got it."""
    method, target, _ = head[0].split(" ")
    sent = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    seen: Record = {"method": method, "headers": sent, "params": {}, "route_params": {}, "body": record.get("body", "")}
    seen["url"] = f"http://{sent['host']}{target}"
    expected: Record = json.loads(filled_in(json.dumps(record["sees"]), keys))
    return seen | expected


@pytest.mark.parametrize("record", list(records()))
def test_the_response_is_that_of_microsofts_host(probe: SampleAppHost, keys: dict[str, str], record: Record) -> None:
    head = head_of(record, keys)
    status, headers, body = exchanged(probe.url, head, record)
    assert status == record.get("local", record["status"]), body
    if "local" in record:
        return
    for line in record.get("headers", []):
        name = line.partition(": ")[0]
        expected = [each.partition(": ")[2] for each in record["headers"] if each.startswith(f"{name}: ")]
        assert headers.get_all(name) == expected
    assert headers["Connection"] == ("close" if "Connection: close" in record.get("headers", []) else None)
    if "sees" in record:
        assert json.loads(body) == as_seen(record, head, keys)
    elif record.get("text") != "*":
        assert body.decode("latin-1") == filled_in(record.get("text", ""), keys)
