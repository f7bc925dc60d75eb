"""Who may do what: every route times every role."""

import re
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.caller import Caller

ROOT = Path(__file__).parents[2]
SUBMIT, READ, DOWNLOAD, ADMIN = "Exports.Submit", "Exports.Read", "Exports.Download", "Exports.Admin"
ROLES = (SUBMIT, READ, DOWNLOAD, ADMIN)
ANYBODY = set(ROLES)
ALLOWED = {
    "POST exports": {SUBMIT, ADMIN},
    "GET exports": {READ, ADMIN},
    "GET exports/{id}": {SUBMIT, READ, ADMIN},
    "GET exports/{id}/result": {SUBMIT, READ, ADMIN},
    "GET exports/{id}/events": {SUBMIT, READ, ADMIN},
    "GET exports/{id}/files": {SUBMIT, READ, ADMIN},
    "POST exports/{id}/links": {DOWNLOAD, ADMIN},
    "POST exports/{id}/cancel": {SUBMIT, READ, ADMIN},
    "POST exports/{id}/retry": {SUBMIT, READ, ADMIN},
    "DELETE exports/{id}/data": {SUBMIT, READ, ADMIN},
    "POST batches": {SUBMIT, ADMIN},
    "GET batches/{id}": {SUBMIT, READ, ADMIN},
    "POST preflight": {ADMIN},
    "GET health": ANYBODY,
}
"""Who gets past the roles. An export or a batch is then seen by its owner, readers and administrators; here there is none,
so all of them get 404."""


def routes() -> set[str]:
    source = (ROOT / "shared" / "http" / "blueprint.py").read_text()
    return {f"{method} {route}" for route, method in re.findall(r'\.route\("([^"]+)", methods=\["(\w+)"\]', source)}


def test_every_route_is_in_the_table() -> None:
    assert routes() == set(ALLOWED)


@pytest.mark.parametrize("role", ["", *ROLES])
@pytest.mark.parametrize("route", ALLOWED)
def test_a_role_opens_what_it_should_and_no_more(caller: Caller, route: str, role: str) -> None:
    method, path = route.split()
    who = caller.with_roles(*([role] if role else []))
    status = who.call(method, path.replace("{id}", str(uuid4()))).status_code
    if role in ALLOWED[route] or route == "GET health":
        assert status not in {401, 403}
        assert status < 500
    else:
        assert status == 403


@pytest.mark.parametrize("route", [route for route in ALLOWED if route != "GET health"])
def test_nobody_without_a_token_gets_anywhere(caller: Caller, route: str) -> None:
    method, path = route.split()
    nobody = Caller(caller.stack, {"x-ms-client-principal": "eyJjbGFpbXMiOltdfQ=="}, caller.answers)
    assert nobody.call(method, path.replace("{id}", str(uuid4()))).status_code == 401
