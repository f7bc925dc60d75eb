"""What the app needs from outside, as Protocols, and the values that cross them.

The real ones are in `storage`, `graph`, `callbacks` and `durable`; `bootstrap` puts them together. A fake implements a
Protocol and passes the same contract tests (tests/contract).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime, timedelta

    from shared.exports.callback_results import CallbackResult
    from shared.exports.export import Delivery, Export, File, Grant, Subject
    from shared.exports.export_account import AccountUnread, ExportAccount
    from shared.exports.graph_results import NotDone, NotedOperation, OperationResult, ResolveResult, SubmitResult
    from shared.exports.states_and_codes import GrantKind

Row = dict[str, Any]
"""A table row: `PartitionKey`, `RowKey` and columns.

Columns are str, bool, int (32 bits), `Int64`, float, or datetime (aware, UTC). A column without a value is left out.
"""


class Int64(int):
    """An integer that is stored with 64 bits. It reads back as a plain int."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it is stored, with the ETag of that state."""

    row: Row
    etag: str


@dataclass(frozen=True, slots=True)
class Create:
    """Stores a row; refused where one with its keys exists."""

    row: Row


@dataclass(frozen=True, slots=True)
class Upsert:
    """Stores a row, or merges its columns into the one that exists."""

    row: Row


@dataclass(frozen=True, slots=True)
class Replace:
    """Stores a row in place of the one with this ETag; refused where that has changed or is gone."""

    row: Row
    etag: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletes a row, whatever its state; refused where there is none."""

    partition: str
    key: str


Operation = Create | Upsert | Replace | Delete
"""One operation of a transaction."""


class RowExistsError(Exception):
    """A `Create` was refused: there is a row with those keys. Nothing of the transaction was stored."""


class RowChangedError(Exception):
    """A `Replace` was refused: the row is not in the state of that ETag. Nothing of the transaction was stored."""


class RowMissingError(Exception):
    """A `Delete` or `Replace` was refused: there is no such row. Nothing of the transaction was stored."""


class RowTooLargeError(Exception):
    """A row or a transaction is over a size limit of the service, so it can never be stored. Nothing of it was."""

    def __init__(self, code: str) -> None:
        """An error with the service's `code`, which names the limit."""
        super().__init__(code)
        self.code = code


class Table(Protocol):
    """One table. One that does not exist yet reads as empty, and is made by the first write.

    Limits are Azure's: a transaction has 100 operations of one partition and 4 MiB at most, a row 1 MiB, a text 32 Ki
    characters. All methods raise StorageFailedError where storage can't be reached or refuses.
    """

    async def get(self, partition: str, key: str, columns: Sequence[str] | None = None) -> StoredRow | None:
        """The row with these keys (only those columns of it), None where there is none."""
        ...

    def range(
        self,
        partition: str,
        first: str,
        end: str,
        *,
        after: str | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> AsyncIterator[Row]:
        """The rows of a partition in the order of their keys, one call a thousand.

        Args:
            partition: the partition.
            first: the lowest key.
            end: above the highest key.
            after: only rows above this key, where an earlier page ended.
            limit: how many at most, 1 or more; None for all.
            columns: only these columns.
        """
        ...

    def scan(
        self, key: str, column: str, before: datetime, columns: Sequence[str], *, after: str | None = None
    ) -> AsyncIterator[Row]:
        """The rows of all partitions with one row key and an early time: it reads the whole table.

        They come in the order of their partitions, so that a scan can go on where another stopped.

        Args:
            key: the row key.
            column: the column that has the time.
            before: only rows with a time before this one.
            columns: only these columns.
            after: only partitions above this one; None for all.
        """
        ...

    async def transact(self, operations: Sequence[Operation]) -> list[str]:
        """Carries out all operations or none.

        Returns:
            The ETag of each operation's row; an empty text for a deletion.

        Raises:
            RowExistsError: a `Create` was refused.
            RowChangedError: a `Replace` was refused.
            RowMissingError: a `Delete` or a `Replace` was refused.
            RowTooLargeError: a row, or all together, are larger than the service allows.
        """
        ...


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as the container lists it; its size is in bytes."""

    name: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class FilePage:
    """Some files of a container, and where its listing goes on: None where it has ended."""

    files: tuple[ListedFile, ...]
    marker: str | None


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """A container that was made for an export."""

    export_id: str
    url: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class ContainerPage:
    """Some containers, by name, and where their listing goes on: None where it has ended. It can be empty before that.

    A listing can be gone on with by another process, hours later: it then lacks what was made before its place.
    """

    containers: tuple[FoundContainer, ...]
    marker: str | None


class ExportContainers(Protocol):
    """The private containers that exports land in, one for each attempt, and the right to write that Microsoft gets.

    All methods raise StorageRefusedError where the account refuses for good, and StorageFailedError for an outage.
    """

    async def create(self, export_id: str, attempt: int) -> str:
        """Makes the private container of an attempt, or finds it, and returns its URL."""
        ...

    async def noted_operation(self, container_url: str) -> NotedOperation | None:
        """The operation that Microsoft noted in the container.

        None only where it surely never began: the container is gone, or nothing is in it. Where something is in it but
        no note that can be read, the operation has no id.
        """
        ...

    async def list_files(self, container_url: str, marker: str | None) -> FilePage:
        """A page of the container's listing, from `marker` on (None: from the start)."""
        ...

    async def hash_file(self, container_url: str, listed: ListedFile, time_limit: timedelta) -> File | None:
        """The file with the hashes and the CRC-32 of its stored bytes, or without where it is too large for one step.

        None where that took longer than `time_limit`. A process hashes as many files at once as it has CPUs; the time
        that a file waits for its turn does not count.
        """
        ...

    async def erase(self, container_url: str) -> None:
        """Deletes the container with all that is in it; one that is gone is fine."""
        ...

    async def list_containers(self, marker: str | None) -> ContainerPage:
        """A page of the containers that an app with these records made, from `marker` on (None: from the start)."""
        ...

    async def set_policy(self, container_url: str, expires_at: datetime, now: datetime) -> None:
        """Sets the container's stored access policy, or moves its end. Takes up to 30 s to count."""
        ...

    async def remove_policy(self, container_url: str) -> None:
        """Revokes the right to write. A container that is gone has none left."""
        ...

    async def has_policy(self, container_url: str) -> bool:
        """Whether the container has a stored access policy."""
        ...

    async def sign_write_url(self, container_url: str, grant: Grant, now: datetime) -> str:
        """The container's URL with the grant, for the submission alone: never store, log or return it."""
        ...

    async def sign_read_urls(
        self, container_url: str, names: Sequence[str], now: datetime, expires_at: datetime
    ) -> list[str]:
        """URLs that read one file each, over HTTPS and until then."""
        ...


@dataclass(frozen=True, slots=True)
class HeldContainers:
    """Containers of exports that a legal hold or an immutability policy keeps from being deleted."""

    names: tuple[str, ...]
    is_complete: bool
    """Whether all containers were looked at: only the first 5,000 are."""


@dataclass(frozen=True, slots=True)
class SourceBlob:
    """A blob that goes into a package: a file that arrived, or a document that the app wrote beside the package."""

    container_url: str
    name: str
    size: int
    """In bytes."""
    unmodified_since: datetime | None = None
    """Only its state of that time counts; None for a document of the app, which nobody else writes."""


@dataclass(frozen=True, slots=True)
class TargetBlob:
    """A blob of a package's container that is put together from blocks."""

    container_url: str
    name: str


class HandoverZipBlobs(Protocol):
    """The private containers that packages are made in, one for each export, and how a zip is put together there.

    Microsoft has no right to write into them. All methods can be repeated, and raise StorageRefusedError where the
    account refuses for good, and StorageFailedError for an outage.
    """

    def container_url(self, export_id: str) -> str:
        """The URL of the container of an export's packages, whether it exists or not."""
        ...

    async def create(self, export_id: str) -> str:
        """Makes the private container of an export's packages, or finds it, and returns its URL."""
        ...

    async def erase(self, export_id: str) -> None:
        """Deletes that container with all that is in it; one that is gone is fine."""
        ...

    async def read(self, source: SourceBlob, offset: int, length: int) -> bytes:
        """`length` bytes of a blob from `offset` on; a few MiB at most, because they are all in memory.

        Raises:
            SourceChangedError: the blob has changed, is shorter than it was, or is gone.
        """
        ...

    async def write(self, target: TargetBlob, content: bytes) -> None:
        """Writes a small blob whole, in place of one that is there."""
        ...

    async def put_block(self, target: TargetBlob, block_id: str, content: bytes) -> None:
        """Adds a block of a few MiB at most, in place of one with this id that is not committed yet.

        The ids of all blocks of a blob have the same length, which is 48 characters at most.
        """
        ...

    async def copy_block(self, target: TargetBlob, block_id: str, source: SourceBlob, offset: int, length: int) -> None:
        """Adds a block that storage copies from a part of another blob, without a byte through this process.

        Raises:
            SourceChangedError: the other blob has changed, is shorter than it was, or is gone.
        """
        ...

    async def commit(self, target: TargetBlob, block_ids: Sequence[str]) -> int:
        """Makes a zip of these blocks, in this order, 50,000 at most, and returns its size in bytes.

        Blocks that are committed already may be named. One that is missing is a refusal.
        """
        ...


class ExportAccountProbe(Protocol):
    """Looks at the export account as it is, and tries what Microsoft will do with a grant."""

    async def probe(self, kind: GrantKind, now: datetime) -> list[str]:
        """What Microsoft would stumble over, and what to do about it; nothing where all is well.

        Raises:
            StorageRefusedError: the account refuses the app itself.
            StorageFailedError: the account can't be reached.
        """
        ...

    async def read_settings(self) -> ExportAccount | AccountUnread | None:
        """The settings that Azure Resource Manager shows, or why it doesn't; None where the account isn't named."""
        ...

    async def find_held(self) -> HeldContainers:
        """This app's containers that can't be erased, by name, with one call.

        Raises:
            StorageRefusedError: the account refuses to list.
            StorageFailedError: the account can't be reached.
        """
        ...

    async def remove_left(self, before: datetime) -> int:
        """Erases what probes of this app left behind and nothing has changed since `before`, and returns how many.

        A process that dies in a probe leaves a container with a grant of days, which nothing else would ever remove.
        One that can't be removed is logged and passed over.

        Raises:
            StorageRefusedError: the account refuses to list.
            StorageFailedError: the account can't be reached.
        """
        ...


class GraphApi(Protocol):
    """What the app asks of Microsoft Graph. Nothing is retried, and the result says what happened.

    An error that is raised all the same is unexpected. It has no secret in it, and no request.
    """

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        """The object id of the user with that principal name."""
        ...

    async def submit_export(self, subject: Subject, container_url: str) -> SubmitResult:
        """Asks Microsoft to export the subject's data into a container; the URL carries the grant."""
        ...

    async def read_operation(self, operation_id: str) -> OperationResult:
        """How far an operation is."""
        ...

    async def token_roles(self) -> frozenset[str] | NotDone:
        """The application roles in the app's token for Graph."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackReceiver:
    """Where a callback goes and what signs it: secrets, which are read for a delivery only."""

    url: str = field(repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    """The receiver's own, as Standard Webhooks has it; None where the deployment's own signs for it."""


class CallbackSender(Protocol):
    """Sends callbacks, where the deployment allows them to go."""

    def check(self, url: str) -> None:
        """Passes a URL that callbacks may go to, as far as the URL alone can tell.

        Raises:
            CallbackNotAllowedError: for any other.
        """
        ...

    async def send(
        self, export: Export, delivery: Delivery, receiver: CallbackReceiver, now: datetime
    ) -> CallbackResult:
        """Tells one receiver what the delivery reports. No reason that comes back has the URL in it."""
        ...


class Monitors(Protocol):
    """The monitors: one orchestration for each export, with the export's id."""

    async def start(self, export_id: str) -> None:
        """Starts the monitor of an export. A failure is logged: the reconciler starts it later."""
        ...

    async def end(self, export_id: str, reason: str) -> None:
        """Ends the monitor of an export at once, where it has one. A failure is logged."""
        ...

    async def is_alive(self, export_id: str) -> bool:
        """Whether the export has a monitor that has not ended."""
        ...

    async def purge_history(self, before: datetime) -> None:
        """Deletes the history of monitors that were created before that time and have ended."""
        ...
