"""Which apps the host loads, and which it refuses."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.checkout import ROOT
from local.host.function_loader import ACTIVITY, HTTP, TIMER, by_trigger, load_functions
from local.host.function_signature import AppError
from local.host.host_settings import LoadError

APP = """
import azure.durable_functions as df
import azure.functions as func
app = df.DFApp()
@app.route("things", auth_level=func.AuthLevel.ANONYMOUS)
@app.durable_client_input(client_name="client")
async def thing(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...
@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def tick(timer: func.TimerRequest) -> None: ...
@app.activity_trigger(input_name="line")
async def mark(line: str) -> None: ...
"""

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

RETRY = """
import azure.functions as func
app = func.FunctionApp()
@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
@app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")
def tick(timer: func.TimerRequest) -> None: ...
"""

CONTEXT = """
import azure.functions as func
app = func.FunctionApp()
@app.route("one")
def thing(req: func.HttpRequest, context: func.Context) -> func.HttpResponse: ...
"""

REQUEST_TEXT = """
import azure.functions as func
app = func.FunctionApp()
@app.route("one")
def thing(req: str) -> func.HttpResponse: ...
"""

HERE = Path(__file__).parent
REFUSED: dict[str, dict[str, str]] = yaml.safe_load((HERE / "refused_apps.yaml").read_text("utf-8"))
ACCEPTED: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "accepted_apps.yaml").read_text("utf-8"))


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for an app; what importing the app changes in this process is undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if Path(entry).resolve() != ROOT])
    before = sys.modules.copy()
    sys.modules.pop("function_app", None)
    yield tmp_path
    sys.modules.pop("function_app", None)
    sys.modules |= before


def write(folder: Path, source: str, script: str = "function_app.py") -> Path:
    (folder / script).write_text(source, encoding="utf-8")
    return folder


def test_the_functions_of_an_app(app: Path) -> None:
    functions = load_functions(write(app, APP))
    (thing,), (tick,), (mark,) = (by_trigger(functions, kind).values() for kind in (HTTP, TIMER, ACTIVITY))
    assert (thing.name, thing.parameter, thing.clients, thing.is_async) == ("thing", "req", ("client",), True)
    assert thing.level == "anonymous"
    assert (tick.name, tick.parameter, tick.clients, tick.is_async) == ("tick", "timer", (), False)
    assert (mark.name, mark.parameter) == ("mark", "line")
    assert Path.cwd().samefile(app)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (QUEUE, "function 'on_message': the local host does not support the binding 'queueTrigger'"),
        (ENTITY, "function 'counter': the local host does not support the binding 'entityTrigger'"),
        (RETRY, "function 'tick': the local host does not support a retry policy of a function"),
        (CONTEXT, "function 'thing': the local host does not support the parameter 'context'"),
        (REQUEST_TEXT, "function 'thing': the local host does not support 'req' as str or bytes"),
    ],
)
def test_an_app_that_cannot_run_here_is_refused(app: Path, source: str, says: str) -> None:
    with pytest.raises(LoadError) as refused:
        load_functions(write(app, source))
    assert str(refused.value) == says


@pytest.mark.parametrize("name", REFUSED)
def test_what_microsofts_worker_refuses_is_refused(app: Path, name: str) -> None:
    case = REFUSED[name]
    script = case.get("script", "function_app.py")
    with pytest.raises(AppError) as refused:
        load_functions(write(app, case["app"], Path(script).name), script)
    assert str(refused.value).startswith(case["local"])


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_microsofts_worker_takes_is_taken(app: Path, name: str) -> None:
    case = ACCEPTED[name]
    script = case.get("script", "function_app.py")
    loaded = load_functions(write(app, case["app"], script), script)
    assert [function.name for function in loaded] == case["functions"]


def test_a_folder_without_an_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"there is no function_app\.py in"):
        load_functions(tmp_path)


def test_a_package_wins_over_a_module_of_the_app_with_its_name(app: Path) -> None:
    (app / "yaml.py").write_text("raise AssertionError", encoding="utf-8")
    source = "import sys; sys.modules.pop('yaml')\nimport azure.functions, yaml\napp = azure.functions.FunctionApp()"
    assert load_functions(write(app, source)) == []
