"""An app that uses what the host offers, for the host's own tests."""

import asyncio
import json
import logging
import os
import threading
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

logger = logging.getLogger(__name__)

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
blueprint = df.Blueprint()

Orchestration = Generator[Any, Any, Any]


def note(name: str, line: str) -> None:
    """Leave a line in a file that the tests read."""
    with (Path(os.environ["SAMPLE_NOTES"]) / name).open("a", encoding="utf-8") as notes:
        notes.write(line + "\n")


def answer(content: object, status: int = 200) -> func.HttpResponse:
    """Answer with JSON."""
    return func.HttpResponse(json.dumps(content), status_code=status, mimetype="application/json")


@app.route("echo/{name?}", methods=["GET", "POST"])
def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Say what came in; runs in a thread."""
    content = {
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "headers": dict(req.headers),
        "body": req.get_body().decode("latin-1"),
        "function": context.function_name,
        "on_main_thread": threading.current_thread() is threading.main_thread(),
    }
    return answer(content)


@app.route("items/{id:guid}", methods=["GET"])
async def item_by_guid(req: func.HttpRequest) -> func.HttpResponse:
    """Take a GUID only."""
    return answer({"guid": req.route_params["id"]})


@app.route("items/{id:int}", methods=["GET"])
async def item_by_number(req: func.HttpRequest) -> func.HttpResponse:
    """Take a number only."""
    return answer({"number": req.route_params["id"]})


@app.route("items/first", methods=["GET"])
async def first_item(req: func.HttpRequest) -> func.HttpResponse:
    """Win over the parameters."""
    return answer({"first": req.method})


@app.route("files/{*path}", methods=["GET"])
async def files(req: func.HttpRequest) -> func.HttpResponse:
    """Take the rest of a path."""
    return answer({"path": req.route_params["path"]})


@app.route("cookies", methods=["GET"])
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Send a header twice."""
    response = func.HttpResponse(b"\x00\xff", status_code=201, mimetype="application/octet-stream")
    response.headers.add("Set-Cookie", "a=1")
    response.headers.add("Set-Cookie", f"b={len(req.params)}")
    return response


@app.route("nothing", methods=["GET"])
async def nothing(req: func.HttpRequest) -> None:
    """Return nothing."""
    logger.info("asked for nothing by %s", req.method)


@app.route("boom", methods=["GET"])
async def boom(req: func.HttpRequest) -> func.HttpResponse:
    """Fail."""
    raise RuntimeError(f"boom by {req.method}")


@blueprint.route("locked", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def locked(req: func.HttpRequest) -> func.HttpResponse:
    """Need a function key."""
    return answer({"opened": req.method})


@blueprint.route("vault", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
async def vault(req: func.HttpRequest) -> func.HttpResponse:
    """Need the master key."""
    return answer({"opened": req.method})


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Be reachable without a token."""
    return answer({"principal": req.headers.get("x-ms-client-principal-id")})


@app.timer_trigger(arg_name="timer", schedule="%SAMPLE_SCHEDULE%", run_on_startup=True)
async def tick(timer: func.TimerRequest) -> None:
    """Take longer than the schedule gives, to show that it never runs twice at once."""
    note("ticks", f"begin {timer.past_due}")
    await asyncio.sleep(1.2)
    note("ticks", "end")


@app.route("start/{orchestrator}/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start an orchestration with the body as its input."""
    client_input = req.get_json() if req.get_body() else None
    name, instance_id = req.route_params["orchestrator"], req.route_params.get("id")
    try:
        started = await client.start_new(name, instance_id, client_input, version=req.params.get("version"))
    except Exception as error:  # noqa: BLE001  the SDK raises nothing narrower
        return answer({"error": str(error)}, 409)
    response: func.HttpResponse = client.create_check_status_response(req, started)
    return response


@app.route("client/{call}/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def call_client(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Let the tests call the SDK's client."""
    call = getattr(client, req.route_params["call"])
    result = await call(req.route_params["id"], **(req.get_json() if req.get_body() else {}))
    if isinstance(result, df.models.DurableOrchestrationStatus.DurableOrchestrationStatus):
        shown = result.to_json() if result else None
        return answer(shown and shown | {"events": getattr(result, "historyEvents", None)})
    return answer(getattr(result, "instances_deleted", result))


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call one activity after another."""
    total = 0
    for step in range(context.get_input() or 3):
        total += yield context.call_activity("add", {"a": step, "b": 1})
        context.set_custom_status({"step": step})
    return {"total": total, "version": context.version}


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext) -> Orchestration:
    """Run children and activities side by side."""
    children = [context.call_sub_orchestrator("chain", size) for size in (1, 2)]
    activities = [context.call_activity(add, {"a": n, "b": n}) for n in range(20)]
    results = yield context.task_all([*children, *activities])
    return [results[0]["total"], results[1]["total"], sum(results[2:])]


@app.orchestration_trigger(context_name="context")
def patient(context: df.DurableOrchestrationContext) -> Orchestration:
    """Wait for an event, but not for ever."""
    seconds = (context.get_input() or {}).get("seconds", 60)
    timer = context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))
    event = context.wait_for_external_event("go")
    winner = yield context.task_any([event, timer])
    if winner == timer:
        return "time is up"
    timer.cancel()
    return {"got": event.result}


@app.orchestration_trigger(context_name="context")
def again(context: df.DurableOrchestrationContext) -> Orchestration:
    """Continue as new a few times."""
    round_ = context.get_input()
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=20))
    if round_ < 5:
        context.continue_as_new(round_ + 1)
        return None
    return round_


@app.orchestration_trigger(context_name="context")
def stubborn(context: df.DurableOrchestrationContext) -> Orchestration:
    """Try a failing activity three times, then give up."""
    options = df.RetryOptions(first_retry_interval_in_milliseconds=10, max_number_of_attempts=3)
    yield context.call_activity_with_retry("fail", options, context.instance_id)


@app.orchestration_trigger(context_name="context")
def lost(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call an activity that does not exist."""
    yield context.call_activity("nowhere")


@app.activity_trigger(input_name="numbers")
def add(numbers: dict[str, int]) -> int:
    """Add; runs in a thread."""
    return numbers["a"] + numbers["b"]


@app.activity_trigger(input_name="who")
async def fail(who: str) -> None:
    """Fail each time."""
    note("failures", who)
    raise ValueError(f"no luck, {who}")


@app.orchestration_trigger(context_name="context")
def ledger(context: df.DurableOrchestrationContext) -> Orchestration:
    """Leave a mark for each step, children included."""
    child = context.call_sub_orchestrator("chain", 2)
    for step in range(4):
        yield context.call_activity("mark", f"{context.instance_id}/{step}")
        yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=10))
    result = yield child
    return result["total"]


@app.activity_trigger(input_name="line")
async def mark(line: str) -> None:
    """Leave a mark, and take a moment."""
    note("marks", line)
    await asyncio.sleep(0.02)


app.register_functions(blueprint)
