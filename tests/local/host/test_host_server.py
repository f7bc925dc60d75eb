"""How the host starts, what it refuses to start, and how it stops."""

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.local.host.sample_app_host import HostProcess, until

QUEUE = """
import azure.functions as func
app = func.FunctionApp()
@app.queue_trigger(arg_name="message", queue_name="work", connection="STORAGE")
def on_message(message: func.QueueMessage) -> None: ...
"""

ENTITY = """
import azure.durable_functions as df
app = df.DFApp()
@app.entity_trigger(context_name="context")
def counter(context): ...
"""

TIMER = """
import azure.functions as func
app = func.FunctionApp()
@app.timer_trigger(arg_name="timer", schedule="{}")
def tick(timer: func.TimerRequest) -> None: ...
"""

ROUTE = """
import azure.functions as func
app = func.FunctionApp()
@app.route("things/{id:shape}")
def thing(req: func.HttpRequest) -> str: ...
"""

TWINS = """
import azure.functions as func
app = func.FunctionApp()
@app.route("one")
def twin(req: func.HttpRequest) -> str: ...
@app.route("two")
def twin(req: func.HttpRequest) -> str: ...
"""


def refused(folder: Path, source: str | None, host_json: str = '{"version": "2.0"}', **environment: str) -> str:
    """Start a host that doesn't start; the last line it left."""
    app = folder / "app"
    app.mkdir()
    if source is not None:
        (app / "function_app.py").write_text(source, encoding="utf-8")
    (app / "host.json").write_text(host_json, encoding="utf-8")
    host = HostProcess(folder, environment, app=app)
    process = host.launch()
    assert exit_status(process) == 1
    return host.log().splitlines()[-1]


def exit_status(process: subprocess.Popen[str]) -> int:
    output, _ = process.communicate(timeout=30)
    assert output == ""
    return process.returncode


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (QUEUE, "error: function 'on_message': the local host does not support the binding 'queueTrigger'"),
        (ENTITY, "error: function 'counter': the local host does not support the binding 'entityTrigger'"),
        (TIMER.format("* * *"), "error: function 'tick': schedule '* * *' is not an NCRONTAB expression"),
        (TIMER.format("%WHEN%"), "error: function 'tick': schedule '%WHEN%' needs the app setting WHEN"),
        (ROUTE, "error: function 'thing': the local host does not know the route constraint 'shape'"),
        (TWINS, "error: Function twin does not have a unique function name"),
        ("x = 1", "error: function_app.py has no `app`"),
        (None, "error: there is no function_app.py in"),
        ("raise ValueError('EXPORT_GRANT is wrong')", "error: the app can't be loaded: ValueError: EXPORT_GRANT is"),
    ],
)
def test_an_app_that_cannot_run_here_is_refused_in_one_line(tmp_path: Path, source: str | None, says: str) -> None:
    assert refused(tmp_path, source).startswith(says)


@pytest.mark.parametrize(
    ("host_json", "says"),
    [
        ("nonsense", "is not JSON"),
        (json.dumps({"extensions": {"durableTask": {"hubName": "no good"}}}), "hubName 'no good'"),
        (json.dumps({"extensions": {"durableTask": {"hubName": "%HUB%"}}}), "the app setting HUB"),
        (
            json.dumps({"extensions": {"durableTask": {"overridableExistingInstanceStates": "Some"}}}),
            "overridableExistingInstanceStates 'Some'",
        ),
    ],
)
def test_a_wrong_host_json_is_refused_in_one_line(tmp_path: Path, host_json: str, says: str) -> None:
    assert says in refused(tmp_path, "x = 1", host_json)


def test_authentication_needs_an_identity_provider(tmp_path: Path) -> None:
    assert "--identity" in refused(tmp_path, "x = 1", WEBSITE_AUTH_ENABLED="True")


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host = HostProcess(tmp_path)
        assert exit_status(host.launch(port=port)) == 1
        assert host.log().splitlines() == [f"error: cannot listen on 127.0.0.1:{port}: Address already in use"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_two_seconds_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with HostProcess(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *"}) as host:
        host.begin("patient")
        until(lambda: host.noted("ticks"))
        host.process.send_signal(number)
        assert host.process.wait(timeout=2) == 0
        assert "Traceback" not in host.log()


def test_timers_tick_and_never_overlap(tmp_path: Path) -> None:
    with HostProcess(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *"}) as host:
        until(lambda: len(host.noted("ticks")) >= 6)
        begins = [line.split()[0] for line in host.noted("ticks")[:6]]
        assert begins == ["begin", "end"] * 3


def test_keys_and_instances_outlive_the_process(tmp_path: Path) -> None:
    with HostProcess(tmp_path) as host:
        key = host.key("functionKeys", "default")
        host.ended(host.begin("chain", "kept", 1))
        host.process.terminate()
        assert host.release() == 0
        host.start()
        assert host.key("functionKeys", "default") == key
        assert host.status("kept")["runtimeStatus"] == "Completed"


def test_any_state_lets_a_running_instance_be_replaced(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    source = Path(__file__).parent / "sample_app" / "function_app.py"
    (app / "function_app.py").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    durable = {"overridableExistingInstanceStates": "AnyState"}
    settings = {"version": "2.0", "extensions": {"durableTask": durable, "http": {"routePrefix": ""}}}
    (app / "host.json").write_text(json.dumps(settings), encoding="utf-8")
    with HostProcess(tmp_path, app=app) as host:
        assert host.client.post("/start/patient/one").status_code == 202
        assert host.client.post("/start/chain/one").status_code == 202
        assert host.ended("one")["name"] == "chain"
