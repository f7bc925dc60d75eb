"""An app whose functions show what the host does with requests and responses."""

import gzip
import json
from typing import Any, cast

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def seen(req: func.HttpRequest) -> func.HttpResponse:
    """Respond with the request as the function got it."""
    content = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "params": dict(req.params),
        "route_params": dict(req.route_params),
        "body": req.get_body().decode("latin-1"),
    }
    return func.HttpResponse(json.dumps(content), mimetype="application/json")


@app.route("probe/trivial", methods=["GET"])
async def trivial(req: func.HttpRequest) -> func.HttpResponse:
    """Respond with a text."""
    return func.HttpResponse("ok" if req.method else "")


@app.route("probe/getonly", methods=["GET"])
async def get_only(req: func.HttpRequest) -> func.HttpResponse:
    """Take GET alone."""
    return seen(req)


@app.route("probe/postonly", methods=["POST"])
async def post_only(req: func.HttpRequest) -> func.HttpResponse:
    """Take POST alone."""
    return func.HttpResponse(f"posted {len(req.get_body())}")


@app.route("probe/echo")
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Take every method."""
    return seen(req)


@app.route("probe/keyed", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def keyed(req: func.HttpRequest) -> func.HttpResponse:
    """Need the function key."""
    return seen(req)


@app.route("probe/admined", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
async def admined(req: func.HttpRequest) -> func.HttpResponse:
    """Need the master key."""
    return func.HttpResponse("admin" if req.method else "")


@app.route("probe/item/{id}", methods=["GET"])
async def item(req: func.HttpRequest) -> func.HttpResponse:
    """Take a value in the route."""
    return seen(req)


@app.route("probe/opt/{name?}", methods=["GET"])
async def optional(req: func.HttpRequest) -> func.HttpResponse:
    """Take a value in the route, or none."""
    return seen(req)


@app.route("probe/rest/{*rest}", methods=["GET"])
async def rest(req: func.HttpRequest) -> func.HttpResponse:
    """Take the rest of the path."""
    return seen(req)


@app.route("probe/status/{code:int}", methods=["GET"])
async def status(req: func.HttpRequest) -> func.HttpResponse:
    """Respond with a status."""
    body = "" if req.url.endswith("body=") else "a body"
    return func.HttpResponse(body, status_code=int(req.route_params["code"]))


@app.route("probe/none", methods=["GET"])
async def none(req: func.HttpRequest) -> func.HttpResponse:
    """Return nothing."""
    return cast("func.HttpResponse", None if req.method else "")


@app.route("probe/text", methods=["GET"])
async def text(req: func.HttpRequest) -> str:
    """Return a str."""
    return "a plain str" if req.method else ""


@app.route("probe/adict", methods=["GET"])
async def a_dict(req: func.HttpRequest) -> func.HttpResponse:
    """Return a dict."""
    return cast("func.HttpResponse", {"method": req.method})


@app.route("probe/aint", methods=["GET"])
async def an_int(req: func.HttpRequest) -> func.HttpResponse:
    """Return an int."""
    return cast("func.HttpResponse", len(req.method))


@app.route("probe/raises", methods=["GET"])
async def raises(req: func.HttpRequest) -> func.HttpResponse:
    """Fail."""
    raise RuntimeError(req.method)


@app.route("probe/repeat", methods=["GET"])
async def repeat(req: func.HttpRequest) -> func.HttpResponse:
    """Repeat headers."""
    response = func.HttpResponse("x" if req.method else "")
    for name, value in (("X-One", "1"), ("X-Two", "a"), ("X-Two", "b"), ("Set-Cookie", "a=1; path=/")):
        response.headers.add(name, value)
    response.headers.add("Set-Cookie", "b=2")
    return response


@app.route("probe/nonascii", methods=["GET"])
async def non_ascii(req: func.HttpRequest) -> func.HttpResponse:
    """Send a header that is not ASCII."""
    return func.HttpResponse("x", headers={"X-Value": req.params.get("v", "grün")})


@app.route("probe/newline", methods=["GET"])
async def newline(req: func.HttpRequest) -> func.HttpResponse:
    """Try to send another header."""
    return func.HttpResponse("x", headers={"X-Value": "a\r\nX-Evil: 1"} if req.method else {})


KINDS: dict[str, dict[str, Any]] = {
    "bytes": {"body": b"\x00\x01", "mimetype": "application/octet-stream"},
    "ct": {"body": "x", "headers": {"Content-Type": "text/csv"}},
    "ctcs": {"body": "x", "mimetype": "text/html", "charset": "utf-16"},
    "cl": {"body": "x", "headers": {"Content-Length": "5"}},
    "json": {"body": '{"b":  1, "a":2}', "mimetype": "application/json"},
    "empty": {},
    "problem": {"body": '{"title":"x"}', "status_code": 422, "mimetype": "application/problem+json"},
    "location": {"status_code": 303, "headers": {"Location": "/api/probe/trivial"}},
    "gz": {"body": gzip.compress(b"hello", mtime=0), "headers": {"Content-Encoding": "gzip"}},
    "server": {"body": "x", "headers": {"Date": "yesterday", "Server": "mine"}},
}


@app.route("probe/types", methods=["GET"])
async def types(req: func.HttpRequest) -> func.HttpResponse:
    """Respond with a kind of content."""
    if req.params["k"] == "big":
        return func.HttpResponse("x" * int(req.params["n"]))
    return func.HttpResponse(**KINDS[req.params["k"]])


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def sweep(timer: func.TimerRequest) -> None:
    """Run when an operator asks for it."""
    print(f"swept, past due: {timer.past_due}")  # noqa: T201 - the test reads it
