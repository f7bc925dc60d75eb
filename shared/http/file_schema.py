"""The types of responses about files, links and packages. Class names are schema names in OpenAPI."""

from typing import Annotated, NotRequired

from pydantic import Field

from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from shared.http.error_schema import Problem
from shared.http.schema_types import Count, Id, Link, ResponseBody, Time, growing


class PackageFile(ResponseBody):
    """One zip of a package."""

    name: str
    """The name that it is saved under."""
    size: Count
    """In bytes."""


class Package(ResponseBody):
    """An export's data as zips that are made to be handed over to the person."""

    exportId: Id
    """The id of the export."""
    language: Annotated[str, growing(PackageLanguage)]
    """What it speaks to the person in."""
    status: PackageStatus
    """Whether it is made, to branch on."""
    requestedDateTime: Time
    """When it was requested."""
    madeDateTime: Time | None
    """When it was made; null until then."""
    progress: Annotated[float, Field(ge=0, le=1)]
    """How much of it is made, from 0 to 1."""
    totalBytes: Count | None
    """The size of all its zips; null until that is known."""
    files: list[PackageFile]
    """Its zips; none until it is made."""
    sha256SumsSha256: str | None
    """SHA-256 of the file SHA256SUMS in it, in hex, which stands for all its files; null until it is made."""
    receiptSha256: str | None
    """SHA-256 of the file receipt.json in it, in hex; null until it is made."""
    error: Problem | None
    """Why it could not be made; null unless it failed."""


class File(ResponseBody):
    """One file that arrived."""

    number: Annotated[int, Field(ge=1)]
    """Its place in the manifest, from 1. The audit trail names a file by it."""
    name: str
    """Its path in the container."""
    size: Count
    """In bytes."""
    md5: str | None
    """In hex; null for a file that was not hashed (the warning `FilesNotHashed`)."""
    sha256: str | None
    """In hex; null for a file that was not hashed (the warning `FilesNotHashed`)."""
    lastModifiedDateTime: Time
    """When Microsoft last wrote it."""


class FilePage(ResponseBody):
    """A page of the manifest."""

    value: list[File]
    """The files of this page."""
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class FileLink(ResponseBody):
    """A link that lets whoever has it read one file, or one zip of a package."""

    name: str
    """The name of the file, as in the manifest, or of the zip."""
    url: Link
    """Where to get it: the URL is a secret, and needs no token."""


class FileLinks(ResponseBody):
    """Links to files, in the order of the request, or to all zips of a package."""

    expiresDateTime: Time
    """When the links expire."""
    value: list[FileLink]
    """A link for each file or zip."""
