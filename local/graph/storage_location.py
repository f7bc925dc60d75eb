"""The storage location a caller names: what can be told from its text alone."""

from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from local.graph.graph_errors import storage_invalid, storage_refused

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TELLING = ("sp", "sr", "spr", "st", "se", "si")


def checked_uri(location: object) -> str:
    """The storage location of a request's body, if it is an absolute HTTP address.

    Raises:
        GraphError: It isn't (`StorageLocationInvalid`).
    """
    if not isinstance(location, str):
        raise storage_invalid()
    try:
        uri = urlsplit(location)
    except ValueError as error:
        raise storage_invalid() from error
    if uri.scheme not in {"http", "https"} or not uri.hostname:
        raise storage_invalid()
    return location


def check_shape(location: str) -> None:
    """Checks, in the service's order, that an absolute address names a container and has a service SAS.

    Raises:
        GraphError: It has no SAS, has an account SAS, or names something other than a container.
    """
    uri = urlsplit(location)
    parameters = parse_qs(uri.query)
    if "sig" not in parameters:
        raise storage_refused(
            "SharedAccessSignatureTokenInvalid", "Storage destination does not include SAS credentials."
        )
    if "ss" in parameters:
        raise storage_refused(
            "StorageLocationNotServiceSAS", "Storage destination needs to have a Service SAS, not an Account SAS."
        )
    if len(uri.path.strip("/").split("/")) != _container_depth(uri) or uri.path.strip("/") == "":
        raise storage_refused("StorageLocationNotAzureBlob", "Storage destination must be an azure blob container.")


def without_query(location: str) -> str:
    """The address without its SAS."""
    return urlsplit(location)._replace(query="", fragment="").geturl()


def describe_sas(location: object) -> dict[str, Any] | None:
    """Which parameters the SAS has, and the values of those that open nothing; None if there is no address."""
    try:
        query = urlsplit(location).query if isinstance(location, str) else ""
    except ValueError:
        return None
    parameters = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if not parameters:
        return None
    return {
        "parameters": sorted(parameters),
        "values": {name: parameters[name] for name in _TELLING if name in parameters},
    }


def _container_depth(uri: SplitResult) -> int:
    """How many segments the path of a container has: Azurite puts the account's name into the path."""
    return 2 if uri.hostname in _LOOPBACK else 1
