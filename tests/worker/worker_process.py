"""Microsoft's worker, as a process: `python -m tests.worker.worker_process`, in the folder of the checkout.

Each line that comes is JSON, and so is each answer. `{"app": FOLDER, "script": FILE}` indexes an app. The others call a
function of the last one. An app can be indexed once in a process.
"""

import asyncio
import importlib
import json
import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

from local.checkout import ROOT
from local.setup.installation import WORKER
from tests.worker import protos


class Worker:
    """The worker library, which has no types."""

    def __init__(self) -> None:
        self._runtime: Any = importlib.import_module("azure_functions_runtime")
        self._registry: Any = importlib.import_module("azure_functions_runtime.handle_event")._functions
        self._ids: dict[str, str] = {}
        self._path = sys.path.copy()
        self._runtime.start_threadpool_executor()

    async def answer(self, line: dict[str, Any]) -> dict[str, Any]:
        """Do what a line asks for."""
        return await (self._index(Path(line["app"]), line["script"]) if "app" in line else self._invoke(line))

    async def _index(self, app: Path, script: str) -> dict[str, Any]:
        """What it finds in an app, or why it refuses it."""
        os.environ["PYTHON_SCRIPT_FILE_NAME"] = script
        os.chdir(app)
        sys.path[:] = [*self._path, str(app)]
        init = SimpleNamespace(capabilities={}, function_app_directory=str(app))
        try:
            answer = await self._runtime.worker_init_request(_request(worker_init_request=init))
        finally:
            sys.modules.pop(Path(script).stem, None)  # the next app may have one of the same name
        if answer.result.status != protos.StatusResult.Success:
            return {"refusal": answer.result.exception.message}
        found = await self._runtime.functions_metadata_request(_request())
        self._ids = {each.name: each.function_id for each in found.function_metadata_results or ()}
        return {"functions": [self._described(each) for each in found.function_metadata_results or ()]}

    def _described(self, metadata: Any) -> dict[str, Any]:
        info = self._registry.get_function(metadata.function_id)
        return {
            "name": metadata.name,
            "bindings": [json.loads(binding) for binding in metadata.raw_bindings],
            "is_async": info.is_async,
            "has_return": info.has_return,
        }

    async def _invoke(self, call: dict[str, Any]) -> dict[str, Any]:
        """Call a function with data for its parameters, each of one kind such as `json`."""
        invocation = SimpleNamespace(
            invocation_id="invocation",
            function_id=self._ids[call["function"]],
            input_data=[
                protos.ParameterBinding(name=name, data=_typed_data(data)) for name, data in call["arguments"].items()
            ],
            trigger_metadata={},
            trace_context=SimpleNamespace(trace_parent=call["trace_parent"], trace_state="", attributes={}),
            retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
        )
        task = asyncio.ensure_future(self._runtime.invocation_request(_request(invocation_request=invocation)))
        await asyncio.wait([task])
        if task.cancelled():
            return {"silent": True}
        answer = task.result()
        if answer.result.status != protos.StatusResult.Success:
            return {"exception": answer.result.exception.message}
        return {"returned": _plain(answer.return_value)}


def _request(**messages: Any) -> SimpleNamespace:
    return SimpleNamespace(request=SimpleNamespace(**messages), properties={"host": "127.0.0.1", "protos": protos})


def _typed_data(data: dict[str, Any]) -> protos.TypedData:
    (kind, value), *_ = data.items()
    if kind == "http":
        value = protos.RpcHttp(**value | {"body": protos.TypedData(bytes=value["body"].encode())})
    return protos.TypedData(**{kind: value})


def _plain(value: Any) -> Any:
    """A message as JSON has it."""
    if isinstance(value, SimpleNamespace):
        return {name: _plain(each) for name, each in vars(value).items() if each is not None}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


async def _run(answers: TextIO) -> None:
    worker = Worker()
    while line := sys.stdin.readline():
        answers.write(json.dumps(await worker.answer(json.loads(line))) + "\n")
        answers.flush()


def main() -> None:
    """Answer on stdout; what the app prints goes to stderr."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        # The app sees its own modules, the packages and the worker, but not the checkout.
        sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != ROOT]
        sys.path.append(str(WORKER))
        logging.getLogger().setLevel(logging.INFO)  # as the process does on Azure that the library runs in
        asyncio.run(_run(answers))


if __name__ == "__main__":
    main()
