"""Calls of functions of each kind: what comes out of Microsoft's worker comes out of the local host too."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.durable_functions import DurableOrchestrationContext, Orchestrator

from local.checkout import ROOT
from local.host.orchestration_history import Kind, event
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Turn, turn
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, monitor, wake_up_time
from tests.local.host.sample_app_host import SAMPLE_APP, SampleAppHost
from tests.worker.microsofts_worker import MicrosoftsWorker, environment_in

NOW = datetime(2026, 11, 1, tzinfo=UTC)
INSTANCE = Instance(
    id="instance",
    name=MONITOR,
    input=json.dumps(json.dumps({"exportId": "1"})),
    version="1",
    execution_id="execution",
    created=NOW,
    updated=NOW,
)

ODD = """
import asyncio
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
@app.route("nothing")
async def nothing(req: func.HttpRequest): ...
@app.route("mapping")
def mapping(req: func.HttpRequest):
    return {"a": 1}
@app.route("leaking")
async def leaking(req: func.HttpRequest):
    raise asyncio.CancelledError
@app.route("leaking_thread")
def leaking_thread(req: func.HttpRequest):
    raise asyncio.CancelledError
@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def tick(timer: func.TimerRequest) -> str:
    return "tock"
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrosoftsWorker]:
    """With the sample app."""
    folder = tmp_path_factory.mktemp("worker")
    with MicrosoftsWorker(environment_in(folder), folder / "worker.log") as process:
        process.index(SAMPLE_APP)
        yield process


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrosoftsWorker]:
    """With the product."""
    folder = tmp_path_factory.mktemp("product")
    with MicrosoftsWorker(environment_in(folder), folder / "worker.log") as process:
        process.index(ROOT)
        yield process


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleAppHost]:
    with SampleAppHost(tmp_path_factory.mktemp("host")) as process:
        yield process


def http(method: str, url: str, *, body: str = "", **parts: dict[str, str]) -> dict[str, Any]:
    """A request as the host hands it to the worker."""
    nothing: dict[str, dict[str, str]] = {"headers": {}, "params": {}, "query": {}}
    return {"http": {"method": method, "url": url, "body": body} | nothing | parts}


def test_a_request_and_its_response(worker: MicrosoftsWorker, host: SampleAppHost) -> None:
    local = host.client.post("/api/echo/one%20two?a=1&a=2&b=", content="body", headers={"X-Two": "2"})
    seen = local.json()
    request = http(
        "POST", seen["url"], body="body", headers=seen["headers"], params={"name": "one two"}, query={"a": "1,2"}
    )
    response = worker.invoke("echo", req=request)["returned"]["http"]
    assert response["status_code"] == str(local.status_code)
    assert response["headers"] == {"content-type": local.headers["content-type"]}
    assert json.loads(response["body"]["bytes"]) == seen


def test_an_exception_of_an_http_function(worker: MicrosoftsWorker, host: SampleAppHost) -> None:
    assert worker.invoke("boom", req=http("GET", host.url)) == {"exception": "RuntimeError: boom by GET"}
    assert host.client.get("/api/boom").status_code == 500
    assert "RuntimeError: boom by GET" in host.log()


def test_the_result_of_an_activity(worker: MicrosoftsWorker, host: SampleAppHost) -> None:
    assert worker.invoke("add", numbers={"json": '{"a": 0, "b": 1}'}) == {"returned": {"json": "1"}}
    assert host.ended(host.begin("chain", client_input=1))["output"]["total"] == 1


def test_an_exception_of_an_activity(worker: MicrosoftsWorker, host: SampleAppHost) -> None:
    assert worker.invoke("fail", who={"json": '"me"'}) == {"exception": "ValueError: no luck, me"}
    assert "failed: ValueError: no luck, me" in host.ended(host.begin("stubborn", "me"))["output"]


def test_a_timer(worker: MicrosoftsWorker) -> None:
    request = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": {}, "IsPastDue": True}
    assert worker.invoke("tick", timer={"json": json.dumps(request)}) == {"returned": None}


def turns_of_the_monitor(entry_point: Callable[[str], str]) -> list[Turn]:
    """The first two of the product's orchestrator: it calls the step, and sets a timer for the next."""
    first = turn_of(INSTANCE, [], entry_point)
    assert first.open
    later = wake_up_time(NOW + timedelta(hours=1), NOW)
    completed = event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=first.open.id, Result=json.dumps(later))
    return [first, turn_of(first.instance, [Message(1, completed)], entry_point)]


def turn_of(instance: Instance, inbox: list[Message], entry_point: Callable[[str], str]) -> Turn:
    return turn(instance, inbox, NOW, entry_point)


def test_two_turns_of_the_products_orchestrator(product: MicrosoftsWorker) -> None:
    def through_the_worker(context: str) -> str:
        return str(product.invoke(MONITOR, context={"json": context})["returned"]["json"])

    first, second = turns = turns_of_the_monitor(through_the_worker)
    assert first.open
    assert second.open
    assert (first.open.name, second.open.kind) == (ADVANCE, Kind.TIMER_CREATED)
    assert turns == turns_of_the_monitor(Orchestrator.create(monitor))


def test_an_orchestrator_that_fails(worker: MicrosoftsWorker) -> None:
    def through_the_worker(context: str) -> str:
        raise RuntimeError(worker.invoke("patient", context={"json": context})["exception"])

    def patient(context: DurableOrchestrationContext) -> Any:
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=context.get_input()))

    instance = replace(INSTANCE, name="patient", input=json.dumps(json.dumps("soon")))
    failed, locally = (
        turn_of(instance, [], entry_point).instance
        for entry_point in (through_the_worker, Orchestrator.create(patient))
    )
    assert failed.status is Status.FAILED
    assert "unsupported type for timedelta seconds component: str" in failed.output
    assert failed == locally


def test_a_call_of_the_product(product: MicrosoftsWorker) -> None:
    response = product.invoke("openapi", req=http("GET", "http://localhost/api/openapi.json"))["returned"]["http"]
    assert (response["status_code"], response["headers"]["content-type"]) == ("200", "application/json")
    assert json.loads(response["body"]["bytes"])["paths"].keys() >= {"/exports"}


def test_the_console_of_the_product(product: MicrosoftsWorker) -> None:
    url = "http://localhost/api/console"
    response = product.invoke("console", req=http("HEAD", f"{url}/config.json", params={"path": "config.json"}))
    sent = response["returned"]["http"]
    assert (sent["status_code"], sent["headers"]["content-type"]) == ("200", "application/json")
    assert sent["headers"]["X-Content-Type-Options"] == "nosniff"
    assert json.loads(sent["body"]["bytes"]).keys() == {"clientId", "authority", "scope"}
    missing = product.invoke("console", req=http("GET", f"{url}/assets/x", params={"path": "assets/x"}))["returned"][
        "http"
    ]
    assert (missing["status_code"], missing["headers"]["x-ms-error-code"]) == ("404", "ConsoleNotFound")


def test_what_is_no_result(tmp_path: Path) -> None:
    app = tmp_path / "odd"
    app.mkdir()
    (app / "function_app.py").write_text(ODD, encoding="utf-8")
    (app / "host.json").write_text("{}", encoding="utf-8")
    request = http("GET", "http://localhost")
    with MicrosoftsWorker(environment_in(tmp_path), tmp_path / "worker.log") as worker:
        worker.index(app)
        unable = 'TypeError: unable to encode outgoing TypedData: unsupported type "http" for Python type'
        assert worker.invoke("nothing", req=request)["exception"].startswith(f'{unable} "NoneType"')
        assert worker.invoke("mapping", req=request)["exception"].startswith(f'{unable} "dict"')
        assert worker.invoke("leaking", req=request) == {"silent": True}
        assert worker.invoke("leaking_thread", req=request) == {"silent": True}
        returned = worker.invoke("tick", timer={"json": "{}"})["exception"]
        assert "without a $return binding" in returned
    with SampleAppHost(tmp_path, app=app) as host:
        assert [host.client.get(f"/api/{name}").status_code for name in ("nothing", "mapping")] == [500, 500]
