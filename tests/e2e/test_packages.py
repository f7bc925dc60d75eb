"""Packages through the running app: made although its host is killed, and downloaded in pieces as they are resumed."""

import hashlib
import io
import ssl
import zipfile
from concurrent.futures import ThreadPoolExecutor

import httpx
from azure.storage.blob import ContainerClient

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.e2e.host_kills import kill
from tests.local.waiting import eventually
from tests.strict_zip import read_strictly

FILES = {f"Product {number % 3}/{number}.json": f"content of {number}".encode() * 40 for number in range(600)}
LARGE = {"Product/large.bin": bytes(range(256)) * 4_000}


def exported(stack: Stack, caller: Caller, files: dict[str, bytes]) -> str:
    """An export that has succeeded with these files and the usual ones."""
    subject = caller.new_user()
    caller.fault("submit", "duration", subject, seconds=15.0)
    export_id = str(caller.post(subject)["id"])
    assert eventually(lambda: caller.get(export_id)["stage"] == "Exporting")
    with (
        ContainerClient.from_container_url(
            caller.get(export_id)["storage"]["container"],
            credential=stack.azurite.account_key,
            connection_verify=str(stack.azurite.ca_bundle),
        ) as client,
        ThreadPoolExecutor(8) as uploads,
    ):
        list(uploads.map(client.upload_blob, files.keys(), files.values()))
    assert caller.ended(export_id)["status"] == "Succeeded"
    return export_id


def download(stack: Stack, caller: Caller, export_id: str, language: str) -> bytes:
    """The zip of a package, in two pieces: as a download that broke is resumed."""
    # Not through `caller`, whose responses are searched for secrets: links contain signatures by design.
    links = httpx.post(
        f"{stack.api}/exports/{export_id}/links", json={"package": language}, headers=caller.headers, timeout=30
    )
    (link,) = links.json()["value"]
    trust = ssl.create_default_context(cafile=stack.azurite.ca_bundle)
    first = httpx.get(link["url"], headers={"Range": "bytes=0-99999"}, verify=trust)
    rest = httpx.get(link["url"], headers={"Range": "bytes=100000-"}, verify=trust, timeout=60)
    assert (first.status_code, rest.status_code) == (206, 206)
    return first.content + rest.content


def test_a_package_is_made_although_the_host_is_killed_meanwhile(stack: Stack, caller: Caller) -> None:
    export_id = exported(stack, caller, FILES | LARGE)
    path = f"exports/{export_id}/package?language=de"
    assert caller.call("POST", f"exports/{export_id}/package", json={"language": "de"}).status_code == 202
    assert eventually(lambda: caller.call("GET", path).json()["totalBytes"] is not None, 30)
    under_way = caller.call("GET", path).json()
    assert under_way["status"] == "Building", "the kill finds a package that is planned and not made"
    kill(stack, caller)
    package = caller.packaged(export_id, "de")
    assert package["status"] == "Ready"

    content = download(stack, caller, export_id, "de")
    assert len(content) == package["totalBytes"] == under_way["totalBytes"]
    paths = [entry.path for entry in read_strictly(io.BytesIO(content))]
    arrived = {file["name"] for file in caller.call("GET", f"exports/{export_id}/files").json()["value"]}
    assert FILES.keys() | LARGE.keys() <= arrived, "all were written before Microsoft was done"
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert {name: opened.read(name) for name in FILES | LARGE} == FILES | LARGE
        assert hashlib.sha256(opened.read("SHA256SUMS")).hexdigest() == package["sha256SumsSha256"]
        assert hashlib.sha256(opened.read("receipt.json")).hexdigest() == package["receiptSha256"]
    assert len(paths) == len(set(paths)) == caller.get(export_id)["files"]["count"] + 3

    events = caller.call("GET", f"exports/{export_id}/events").json()["value"]
    assert [event["type"] for event in events].count("PackageMade") == 1


def test_a_package_is_erased_with_the_data(stack: Stack, caller: Caller) -> None:
    subject = caller.quick(caller.new_user())
    export_id = str(caller.post(subject)["id"])
    caller.ended(export_id)
    assert caller.packaged(export_id, "fr")["status"] == "Ready"
    container = caller.get(export_id)["storage"]["container"].removesuffix("-1") + "-package"
    with ContainerClient.from_container_url(
        container, credential=stack.azurite.account_key, connection_verify=str(stack.azurite.ca_bundle)
    ) as client:
        assert client.exists()
        caller.call("DELETE", f"exports/{export_id}/data")
        assert eventually(lambda: caller.get(export_id)["erasedDateTime"] is not None)
        assert not client.exists()
    assert caller.call("GET", f"exports/{export_id}/package?language=fr").status_code == 404
