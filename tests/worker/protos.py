"""Stands in for the messages of the protocol between host and worker, which the worker library is given by its caller.

On Azure they are generated from azure-functions-language-worker-protobuf. Here they are plain objects with the fields
that they are made with.
"""

from types import SimpleNamespace


class _Message(SimpleNamespace):
    def WhichOneof(self, _: str) -> str | None:  # noqa: N802  the name that protobuf gives it
        """The name of the one field that is set; None if there is none."""
        return next((name for name, value in vars(self).items() if value is not None), None)


class BindingInfo(_Message):
    undefined = 0
    out = 1
    inout = 2


class StatusResult(_Message):
    Failure = 0
    Success = 1


class ParameterBinding(_Message):
    def WhichOneof(self, _: str) -> str:  # noqa: N802
        return "data"


class RpcHttpCookie(_Message):
    SameSite = SimpleNamespace(**{name: name for name in ("None", "Lax", "Strict", "ExplicitNone")})


class FunctionMetadataResponse(_Message): ...


class InvocationResponse(_Message): ...


class NullableBool(_Message): ...


class NullableDouble(_Message): ...


class NullableString(_Message): ...


class NullableTimestamp(_Message): ...


class RpcException(_Message): ...


class RpcFunctionMetadata(_Message): ...


class RpcHttp(_Message): ...


class RpcRetryOptions(_Message): ...


class TypedData(_Message): ...


class WorkerInitResponse(_Message): ...


class WorkerMetadata(_Message): ...
