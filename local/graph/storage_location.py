"""The storage location of a submission, checked as text."""

from urllib.parse import SplitResult, parse_qs, urlsplit

from local.graph.graph_errors import storage_invalid, storage_refused

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def checked_uri(location: object) -> str:
    """Return the storage location of a request's body.

    Raises:
        GraphError: It is not an absolute HTTP URL (`StorageLocationInvalid`).
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
    """Check, in the service's order, that an absolute URL names a container and has a service SAS.

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
    """The URL without its SAS."""
    return urlsplit(location)._replace(query="", fragment="").geturl()


def _container_depth(uri: SplitResult) -> int:
    """How many segments a container's path has: with Azurite it starts with the account's name."""
    return 2 if uri.hostname in _LOOPBACK else 1
