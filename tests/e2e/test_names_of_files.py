"""The names of files: links and packages have them, and after an erasure nothing that the app keeps has them."""

import io
import ssl
import zipfile
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient, ContentSettings

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.e2e.secret_search import left_by_the_app, rows
from tests.local.waiting import eventually

WORD = "Befund-zq81"
NAME = f'OneDrive/{WORD} Müller "2026".html'
PAGE = b"<script>alert(document.domain)</script>"


@dataclass(frozen=True)
class Linked:
    """An export of a person who has a file with a telling name, and the response to a request for links to it."""

    export_id: str
    links: httpx.Response


@pytest.fixture(scope="module")
def linked(caller: Caller, stack: Stack) -> Linked:
    subject = caller.new_user()
    caller.fault("submit", "duration", subject, seconds=4.0)
    export_id = caller.post(subject)["id"]
    assert eventually(lambda: caller.get(export_id)["stage"] == "Exporting")
    with ContainerClient.from_container_url(
        caller.get(export_id)["storage"]["container"],
        credential=stack.azurite.account_key,
        connection_verify=str(stack.azurite.ca_bundle),
    ) as client:
        client.upload_blob(NAME, PAGE, content_settings=ContentSettings("text/html"))
    assert caller.ended(export_id)["status"] == "Succeeded"
    # Not through `caller`, whose responses are searched for secrets: links contain signatures by design.
    links = httpx.post(
        f"{stack.api}/exports/{export_id}/links", json={"files": [NAME]}, headers=caller.headers, timeout=30
    )
    assert links.status_code == 200
    return Linked(export_id, links)


def test_a_link_saves_the_file_under_its_name_and_shows_no_page(linked: Linked, stack: Stack) -> None:
    trust = ssl.create_default_context(cafile=stack.azurite.ca_bundle)
    answer = httpx.get(linked.links.json()["value"][0]["url"], verify=trust)
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=\"{WORD} M_ller _2026_.html\"; filename*=UTF-8''{WORD}%20M%C3%BCller%20_2026_.html"
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_package_has_the_file_under_a_path_that_every_system_takes(
    linked: Linked, caller: Caller, stack: Stack
) -> None:
    assert caller.packaged(linked.export_id)["status"] == "Ready"
    links = httpx.post(
        f"{stack.api}/exports/{linked.export_id}/links", json={"package": "en"}, headers=caller.headers, timeout=30
    )
    (link,) = links.json()["value"]
    trust = ssl.create_default_context(cafile=stack.azurite.ca_bundle)
    with zipfile.ZipFile(io.BytesIO(httpx.get(link["url"], verify=trust).content)) as package:
        (path,) = [name for name in package.namelist() if WORD in name]
        assert package.read(path) == PAGE
        assert '"' not in path
        assert WORD in package.read("index.html").decode()


def test_the_trail_names_the_file_by_its_number_and_hash(linked: Linked, caller: Caller) -> None:
    files = caller.call("GET", f"exports/{linked.export_id}/files").json()["value"]
    (file,) = [each for each in files if each["name"] == NAME]
    assert [each["number"] for each in files] == list(range(1, len(files) + 1))
    events = caller.call("GET", f"exports/{linked.export_id}/events").json()
    assert set(events) == {"value"}
    detail, _ = (event["detail"] for event in events["value"] if event["type"] == "LinkCreated")
    assert (detail["number"], detail["sha256"]) == (file["number"], file["sha256"])
    assert set(detail) == {"number", "sha256", "until"}


def test_the_trail_has_pages(linked: Linked, caller: Caller) -> None:
    every = caller.call("GET", f"exports/{linked.export_id}/events").json()["value"]
    rest = caller.call("GET", f"exports/{linked.export_id}/events?continuationToken=3").json()
    assert rest == {"value": every[3:]}


def test_an_erasure_leaves_the_name_nowhere(linked: Linked, caller: Caller, stack: Stack) -> None:
    assert any(WORD in row for row in rows(stack)), "the search finds it"
    assert caller.call("DELETE", f"exports/{linked.export_id}/data").json()["erasedDateTime"]
    assert [row for row in rows(stack) if WORD in row] == []
    assert any(linked.export_id in row for row in rows(stack))
    assert [path for path, content in left_by_the_app(stack).items() if _has_name(content)] == []
    azurite = stack.azurite
    with BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    ) as account:
        assert list(account.list_containers(name_starts_with=f"export-{linked.export_id}")) == [], "nor a package"


def _has_name(content: bytes) -> bool:
    return any(form.encode() in content for form in (WORD, quote(NAME)))
