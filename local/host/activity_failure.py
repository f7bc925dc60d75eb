"""What Durable Functions makes of an exception of an activity: the short reason, and kilobytes of details.

The details have stack traces and the exception's text, several times over. They go into the history, and the
orchestrator catches an exception whose text has both.
"""

import json
import traceback
from typing import Any

_HRESULT = -2146233088  # that of a System.Exception
_HOST_FRAMES = (
    "Microsoft.Azure.WebJobs.Script.Description.WorkerFunctionInvoker.InvokeCore(Object[], FunctionInvocationContext)",
    "Microsoft.Azure.WebJobs.Script.Description.FunctionInvokerBase.Invoke(Object[])",
    "Microsoft.Azure.WebJobs.Host.Executors.FunctionInvoker`2.InvokeAsync(Object, Object[])",
    "Microsoft.Azure.WebJobs.Host.Executors.FunctionExecutor.InvokeWithTimeoutAsync(IFunctionInvoker, ParameterHelper)",
    "Microsoft.Azure.WebJobs.Host.Executors.FunctionExecutor.ExecuteWithWatchersAsync(IFunctionInstanceEx, ILogger)",
    "Microsoft.Azure.WebJobs.Host.Executors.FunctionExecutor.ExecuteWithLoggingAsync(IFunctionInstanceEx, ILogger)",
)
"""Where an exception passes through the host."""


def failure_reason(activity: str, error: Exception) -> str:
    """The text that the orchestrator sees first."""
    return f"Activity function '{activity}' failed: {_text(error)}"


def failure_details(error: Exception) -> str:
    """The details, as JSON text: an exception of .NET around the one that the worker reported."""
    text, stack = _text(error), "".join(traceback.format_tb(error.__traceback__))
    remote = {
        "$type": "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script",
        "IsUserException": False,
        "RemoteStackTrace": stack,
        "RemoteMessage": text,
        "RemoteTypeName": None,
        "Message": f"Result: Failure\nException: {text}\nStack: {stack}",
        "Data": {"$type": "System.Collections.ListDictionaryInternal, System.Private.CoreLib"},
        "InnerException": None,
        "HelpLink": None,
        "Source": "System.Private.CoreLib",
        "HResult": _HRESULT,
        "StackTrace": "\n".join(f"   at {frame}" for frame in _HOST_FRAMES),
    }
    details: dict[str, Any] = {
        "$type": "System.Exception, System.Private.CoreLib",
        "ClassName": "System.Exception",
        "Message": text,
        "Data": None,
        "InnerException": remote,
        "HelpURL": None,
        "StackTraceString": None,
        "RemoteStackTraceString": None,
        "RemoteStackIndex": 0,
        "ExceptionMethod": None,
        "HResult": _HRESULT,
        "Source": None,
        "WatsonBuckets": None,
    }
    return json.dumps(details, separators=(",", ":"), ensure_ascii=False)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
