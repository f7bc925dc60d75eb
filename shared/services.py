"""What use cases and workflow steps work with: the records, the outside world and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.callbacks.callback_sender import HttpCallbackSender
    from shared.graph.graph_calls import GraphCalls
    from shared.records.batch_records import BatchRecords
    from shared.records.export_records import ExportRecords
    from shared.records.submission_slots import SubmissionSlots
    from shared.records.subscription_records import SubscriptionRecords
    from shared.settings import Settings
    from shared.storage.export_containers import BlobExportContainers
    from shared.storage.sas_urls import Grants


@dataclass(frozen=True, slots=True)
class Services:
    """What the monitor and the API work with."""

    settings: Settings
    records: ExportRecords
    batches: BatchRecords
    pacer: SubmissionSlots
    containers: BlobExportContainers
    grants: Grants
    graph: GraphCalls
    subscriptions: SubscriptionRecords
    callbacks: HttpCallbackSender
    now: Callable[[], datetime]
