"""What use cases and workflow steps work with: records, the outside world, limits and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.records.batch_records import BatchRecords
from shared.records.callback_secrets import CallbackSecrets
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.file_names import FileNames
from shared.records.index_queries import IndexQueries
from shared.records.index_repair import IndexRepair
from shared.records.maintenance_progress import MaintenanceProgress
from shared.records.subject_claims import SubjectClaims
from shared.records.submission_queue import SubmissionQueue
from shared.records.subscription_records import SubscriptionRecords
from shared.records.table_names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.exports.configured_limits import Limits
    from shared.exports.states_and_codes import GrantKind
    from shared.protocols import (
        CallbackSender,
        ExportAccountProbe,
        ExportContainers,
        GraphApi,
        HandoverZipBlobs,
        Table,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What use cases and workflow steps work with."""

    records: ExportRecords
    file_names: FileNames
    claims: SubjectClaims
    queries: IndexQueries
    repair: IndexRepair
    maintenance: MaintenanceProgress
    queue: SubmissionQueue
    batches: BatchRecords
    subscriptions: SubscriptionRecords
    secrets: CallbackSecrets
    tables: Mapping[TableName, Table]
    """What the records are kept in."""
    containers: ExportContainers
    zip_blobs: Callable[[], HandoverZipBlobs]
    """Made when a package needs them, so that a cold start imports nothing of them."""
    account_probe: ExportAccountProbe
    graph: GraphApi
    callbacks: CallbackSender
    limits: Limits
    grant_kind: GrantKind
    now: Callable[[], datetime]
    """The present, aware, in UTC."""


def services_on(  # noqa: PLR0913 - what differs between deployments, each by its name
    table: Callable[[TableName], Table],
    *,
    containers: ExportContainers,
    zip_blobs: Callable[[], HandoverZipBlobs],
    account_probe: ExportAccountProbe,
    graph: GraphApi,
    callbacks: CallbackSender,
    limits: Limits,
    grant_kind: GrantKind,
    now: Callable[[], datetime],
) -> Services:
    """The services, with records that are kept in these tables."""
    tables = {name: table(name) for name in TableName}
    exports = tables[TableName.EXPORTS]
    index = ExportIndex(tables[TableName.INDEX])
    queue = SubmissionQueue(tables[TableName.INDEX], limits.submissions_per_day)
    claims = SubjectClaims(exports, index, now)
    maintenance = MaintenanceProgress(tables[TableName.INDEX])
    subscriptions = tables[TableName.SUBSCRIPTIONS]
    secrets = CallbackSecrets(tables[TableName.SECRETS], exports, subscriptions)
    return Services(
        records=ExportRecords(exports, index, claims, secrets, queue),
        file_names=FileNames(exports),
        claims=claims,
        queries=IndexQueries(exports, index),
        repair=IndexRepair(exports, index, claims, maintenance),
        maintenance=maintenance,
        queue=queue,
        batches=BatchRecords(tables[TableName.BATCHES]),
        subscriptions=SubscriptionRecords(subscriptions, secrets),
        secrets=secrets,
        tables=tables,
        containers=containers,
        zip_blobs=zip_blobs,
        account_probe=account_probe,
        graph=graph,
        callbacks=callbacks,
        limits=limits,
        grant_kind=grant_kind,
        now=now,
    )
