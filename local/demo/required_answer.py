"""The answers that the demonstration needs to go on."""

import httpx


class DemoError(Exception):
    """The app gave an answer that ends the demonstration."""


def require(answer: httpx.Response, status: int) -> None:
    """Check the status of an answer.

    Raises:
        DemoError: it is another one.
    """
    if answer.status_code != status:
        request = answer.request
        raise DemoError(f"{request.method} {request.url} answered {answer.status_code}: {answer.text}")
