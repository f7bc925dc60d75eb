"""The HTTP triggers as the Functions host sees them, and what a cold start imports for them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.http.openapi.openapi_document import OPERATIONS, openapi_document
from tests.http.api_client import ApiClient, query_parameters
from tests.test_settings import LEAST

ROOT = Path(__file__).parent.parent.parent
SDKS = ("pydantic", "msgraph", "httpx", "azure.data", "azure.storage", "azure.identity")
INDEX = """
import json, sys
import function_app

loaded = [name for name in sys.modules if name.startswith(SDKS)]
functions = {
    function.get_function_name(): function.get_trigger() for function in function_app.app.get_functions()
}
print(json.dumps({
    "loaded": loaded,
    "triggers": {
        name: [trigger.route, [method.value for method in trigger.methods], trigger.auth_level.name]
        for name, trigger in functions.items()
        if trigger.get_binding_name() == "httpTrigger"
    },
}))
"""
CALL = """
import asyncio, json, sys
import azure.functions as func
import function_app

CLIENT = json.dumps({"taskHubName": "hub", "creationUrls": {}, "managementUrls": {}, "rpcBaseUrl": "http://127.0.0.1:9/"})


async def answer(function, query):
    given = {binding.name: CLIENT for binding in function.get_bindings() if binding.type == "durableClient"}
    method = function.get_trigger().methods[0]
    request = func.HttpRequest(method.value, f"https://app.example/api?{query}", route_params={"id": "x"}, body=b"")
    response = await function.get_user_function()(req=request, **given)
    return [response.status_code, response.headers.get("x-ms-error-code")]


async def main():
    functions = {
        function.get_function_name(): function
        for function in function_app.app.get_functions()
        if function.get_trigger().get_binding_name() == "httpTrigger"
    }
    answers = [await answer(functions[name], query) for name, query in CALLS]
    print(json.dumps({"answers": answers, "loaded": [name for name in sys.modules if name.startswith(SDKS)]}))


asyncio.run(main())
"""


def run(code: str, **environment: str) -> Any:
    """What a fresh process prints as JSON. The code has the names in `SDKS`."""
    ran = subprocess.run(  # noqa: S603 - of our own environment
        [sys.executable, "-c", f"SDKS = {SDKS!r}\n{code}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **LEAST, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize(("mode", "level"), [("entra", "ANONYMOUS"), ("functionKey", "FUNCTION")])
def test_every_call_has_a_trigger_of_its_name_and_level(mode: str, level: str) -> None:
    anybody = {operation.id for operation in OPERATIONS if operation.roles is None}
    triggers = run(INDEX, AUTH_MODE=mode)["triggers"]
    assert triggers.pop("console") == ["console/{*path}", ["GET", "HEAD"], "ANONYMOUS"]
    assert triggers == {
        operation.id: [
            operation.path.removeprefix("/"),
            [operation.method.upper()],
            "ANONYMOUS" if operation.id in anybody else level,
        ]
        for operation in OPERATIONS
    }


def test_a_cold_start_imports_no_sdk() -> None:
    assert run(INDEX)["loaded"] == []


def call(calls: list[tuple[str, str]]) -> list[list[Any]]:
    """The status and the error code of each call, which is a function's name and a query."""
    answers: list[list[Any]] = run(f"CALLS = {calls!r}\n{CALL}")["answers"]
    return answers


def test_every_trigger_gets_to_its_handler() -> None:
    calls = [(operation.id, "") for operation in OPERATIONS if operation.roles is not None]
    assert call([("openapi", ""), *calls]) == [[200, None], *([401, "Unauthorized"] for _ in calls)]


@pytest.mark.parametrize(("name", "answer"), [("console", [404, "ConsoleNotFound"]), ("get_me", [401, "Unauthorized"])])
def test_what_concerns_no_export_imports_no_sdk(name: str, answer: list[Any]) -> None:
    done = run(f"CALLS = [({name!r}, '')]\n{CALL}")
    assert done == {"answers": [answer], "loaded": []}


def test_a_call_takes_the_parameters_that_it_describes_and_no_others() -> None:
    paths = openapi_document()["paths"]
    described = {operation.id: paths[operation.path][operation.method] for operation in OPERATIONS}
    known = [(name, f"{parameter}=x") for name, each in described.items() for parameter in query_parameters(each)]
    assert known
    assert call(known) == [[401, "Unauthorized"]] * len(known)
    assert call([(name, "unknown=x") for name in described]) == [[400, "UnknownField"]] * len(described)
    assert call([(name, "unknown=") for name in described]) == [[400, "InvalidValue"]] * len(described)


def test_the_tests_call_every_route() -> None:
    routes = {f"{operation.method.upper()} {operation.path}" for operation in OPERATIONS}
    assert set(ApiClient().handlers()) == routes
