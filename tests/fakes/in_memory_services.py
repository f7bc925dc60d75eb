"""The product's services for tests of use cases and steps: the real records on fake tables, and fakes of the rest."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import GrantKind
from shared.services import services_on
from tests.fakes.fixed_account_probe import FixedAccountProbe
from tests.fakes.in_memory_account import InMemoryAccount
from tests.fakes.in_memory_containers import InMemoryContainers
from tests.fakes.in_memory_graph import InMemoryGraph
from tests.fakes.in_memory_table import InMemoryTable
from tests.fakes.in_memory_zip_blobs import InMemoryZipBlobs
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_callback_sender import RecordingCallbackSender
from tests.fakes.recording_monitors import RecordingMonitors

if TYPE_CHECKING:
    from datetime import timedelta

    from shared.exports.configured_limits import Limits
    from shared.records.table_names import TableName


class InMemoryServices:
    """The services of a deployment, and the fakes that they use.

    Attributes:
        services: what use cases and steps are called with.
        monitors: the monitors that use cases start and end.
        clock: the time, which a test moves.
        tables: the tables, created when first used.
        account: the account that exports land in.
    """

    def __init__(self, limits: Limits, grant_kind: GrantKind = GrantKind.STORED_POLICY) -> None:
        """A deployment in which nothing has happened yet."""
        self.clock = ManualClock()
        self.tables: defaultdict[TableName, InMemoryTable] = defaultdict(InMemoryTable)
        self.account = InMemoryAccount(self.clock)
        self.containers = InMemoryContainers(self.account)
        self.zip_blobs = InMemoryZipBlobs(self.account)
        self.account_probe = FixedAccountProbe()
        self.graph = InMemoryGraph(self.clock, self.account)
        self.callbacks = RecordingCallbackSender()
        self.monitors = RecordingMonitors()
        self.services = services_on(
            self.tables.__getitem__,
            containers=self.containers,
            zip_blobs=lambda: self.zip_blobs,
            account_probe=self.account_probe,
            graph=self.graph,
            callbacks=self.callbacks,
            limits=limits,
            grant_kind=grant_kind,
            now=self.clock,
        )

    def pass_time(self, by: timedelta) -> None:
        """Moves the clock, and ends the operations that are done by then."""
        self.clock.now += by
        self.graph.settle()
