"""An app that uses what the host offers, for the host's own tests."""

import asyncio
import json
import os
import threading
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

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


@app.route("echo/{name}", methods=["GET", "POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Say what came in; runs in a thread."""
    content = {
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "headers": dict(req.headers),
        "body": req.get_body().decode("latin-1"),
        "on_main_thread": threading.current_thread() is threading.main_thread(),
    }
    return answer(content)


@app.route("items/{id}", methods=["GET"])
async def item(req: func.HttpRequest) -> func.HttpResponse:
    """Take any id."""
    return answer({"id": req.route_params["id"]})


@app.route("items/first", methods=["GET"])
async def first_item(req: func.HttpRequest) -> func.HttpResponse:
    """Win over the parameter."""
    return answer({"first": req.method})


@app.route("cookies", methods=["GET"])
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Send a header twice."""
    response = func.HttpResponse(b"\x00\xff", status_code=201, mimetype="application/octet-stream")
    response.headers.add("Set-Cookie", "a=1")
    response.headers.add("Set-Cookie", f"b={len(req.params)}")
    return response


@app.route("text", methods=["GET"])
async def text(req: func.HttpRequest) -> str:
    """Return no HttpResponse."""
    return str(req.method)


@app.route("boom", methods=["GET"])
async def boom(req: func.HttpRequest) -> func.HttpResponse:
    """Fail."""
    raise RuntimeError(f"boom by {req.method}")


@blueprint.route("locked", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def locked(req: func.HttpRequest) -> func.HttpResponse:
    """Need a function key."""
    return answer({"opened": req.method})


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Be reachable without a token."""
    return answer({"principal": req.headers.get("x-ms-client-principal-id")})


@app.timer_trigger(arg_name="timer", schedule=os.environ["SAMPLE_SCHEDULE"])
async def tick(timer: func.TimerRequest) -> None:
    """Take longer than the schedule gives, to show that it never runs twice at once."""
    note("ticks", f"begin {timer.past_due}")
    await asyncio.sleep(1.2)
    note("ticks", "end")


@app.route("start/{orchestrator}/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start an orchestration with the body as its input."""
    client_input = req.get_json() if req.get_body() else None
    try:
        started = await client.start_new(req.route_params["orchestrator"], req.route_params["id"], client_input)
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
        return answer(result.to_json() if result else None)
    return answer(getattr(result, "instances_deleted", result))


@app.route("rpc", methods=["GET"])
@app.durable_client_input(client_name="client")
async def rpc(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Say where the durable client calls the host."""
    return answer({"method": req.method, "address": client._orchestration_bindings.rpc_base_url})


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call one activity after another."""
    total = 0
    for step in range(context.get_input() or 3):
        total += yield context.call_activity("add", {"a": step, "b": 1})
        context.set_custom_status({"step": step})
    return {"total": total, "version": context.version}


@app.orchestration_trigger(context_name="context")
def patient(context: df.DurableOrchestrationContext) -> Orchestration:
    """Wait for some seconds, a minute by default."""
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=context.get_input() or 60))
    return "time is up"


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
def say(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call one activity with the input."""
    return (yield context.call_activity("speak", context.get_input()))


@app.activity_trigger(input_name="words")
async def speak(words: str) -> str:
    """Say something."""
    return f"said {words!r}"


@app.orchestration_trigger(context_name="context")
def catching(context: df.DurableOrchestrationContext) -> Orchestration:
    """Catch what a failing activity gives."""
    try:
        yield context.call_activity("fail", context.instance_id)
    except Exception as error:  # noqa: BLE001  the SDK raises nothing narrower
        return str(error)


@app.orchestration_trigger(context_name="context")
def moody(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call an activity that fails the first time, after one that doesn't."""
    yield context.call_activity("speak", "first")
    return (yield context.call_activity("brood", context.instance_id))


@app.activity_trigger(input_name="name")
async def brood(name: str) -> str:
    """Fail the first time."""
    note(name, "begin")
    if len((Path(os.environ["SAMPLE_NOTES"]) / name).read_text("utf-8").splitlines()) == 1:
        raise ValueError("not yet")
    return "at last"


@app.orchestration_trigger(context_name="context")
def lost(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call an activity that does not exist."""
    yield context.call_activity("nowhere")


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext) -> Orchestration:
    """Call a sub-orchestrator, which the host does not support."""
    yield context.call_sub_orchestrator("chain", 1)


@app.activity_trigger(input_name="numbers")
def add(numbers: Any) -> int:
    """Add; runs in a thread. Microsoft's worker takes no `dict[str, int]` as an annotation."""
    return int(numbers["a"] + numbers["b"])


@app.activity_trigger(input_name="who")
async def fail(who: str) -> None:
    """Fail each time."""
    note("failures", who)
    raise ValueError(f"no luck, {who}")


@app.orchestration_trigger(context_name="context")
def ledger(context: df.DurableOrchestrationContext) -> Orchestration:
    """Leave a mark for each step."""
    total = 0
    for step in range(4):
        total += yield context.call_activity("mark", f"{context.instance_id}/{step}")
        yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=10))
    return total


@app.activity_trigger(input_name="line")
async def mark(line: str) -> int:
    """Leave a mark, and take a moment."""
    note("marks", line)
    await asyncio.sleep(0.02)
    return 1


@app.orchestration_trigger(context_name="context")
def interrupted(context: df.DurableOrchestrationContext) -> Orchestration:
    """Wait for an activity that its host does not survive."""
    return (yield context.call_activity("hang", context.instance_id))


@app.activity_trigger(input_name="name")
async def hang(name: str) -> int:
    """Leave a mark, and hang the first time."""
    note(name, "begin")
    if len((Path(os.environ["SAMPLE_NOTES"]) / name).read_text("utf-8").splitlines()) == 1:
        await asyncio.Event().wait()
    return 2


app.register_functions(blueprint)
