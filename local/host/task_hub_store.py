"""The durable state of a task hub: instances, histories, inboxes, timers and unfinished activities, in SQLite.

Every change is a transaction that is on the disk when it returns (write-ahead log, synchronous=FULL), so a host that is
killed loses nothing that it has acknowledged.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from local.host.host_settings import LoadError
from local.host.orchestration_history import Event, Kind, moment, stamp
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Turn
from local.host.orchestrator_actions import Task
from local.host.queue_timing import Timers

_SCHEMA = """
create table if not exists instances (
    id text primary key, name text not null, input text, version text, execution_id text not null,
    created text not null, updated text not null, status text not null, generation integer not null,
    custom_status text not null, output text not null, ready integer not null
) without rowid;
create index if not exists ready_instances on instances (ready) where ready;
create table if not exists history (
    instance_id text not null, number integer not null, event text not null, primary key (instance_id, number)
) without rowid;
create table if not exists inbox (
    number integer primary key autoincrement, instance_id text not null, execution_id text, event text not null
);
create index if not exists inbox_of on inbox (instance_id);
create table if not exists timer_messages (
    number integer primary key, instance_id text not null, execution_id text not null, task_id integer not null,
    fire_at text not null, visible_at text not null
);
create index if not exists visible_timers on timer_messages (visible_at);
create index if not exists timers_of_instance on timer_messages (instance_id);
create table if not exists activities (
    number integer primary key, instance_id text not null, execution_id text not null, task_id integer not null,
    name text not null, input text not null
);
create table if not exists hidden (instance_id text primary key, until text not null) without rowid;
create table if not exists traces (instance_id text primary key, parent text not null) without rowid;
"""

_WRITE_INSTANCE = """
insert or replace into instances (
    id, name, input, version, execution_id, created, updated, status, generation, custom_status, output, ready
) values (
    :id, :name, :input, :version, :execution_id, :created, :updated, :status, :generation, :custom_status, :output,
    :ready
)
"""


@dataclass(frozen=True)
class Activity:
    """An activity that was scheduled and has not ended; `input` is JSON text."""

    number: int
    instance_id: str
    execution_id: str
    task_id: int
    name: str
    input: str


@dataclass(frozen=True)
class DueTimer:
    """A timer whose message can be seen; that may be before or after the time it was set for."""

    number: int
    instance_id: str
    execution_id: str
    task_id: int
    fire_at: datetime


class TaskHubStore:
    """The state of one task hub. One process at a time has it; all calls come from one thread."""

    def __init__(self, path: Path, timers: Timers = Timers.PROMPT) -> None:
        """Raises LoadError if another host has the state."""
        self._timers = timers
        self._random = Random()  # noqa: S311  nothing depends on it
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None, timeout=1)
        self._database.row_factory = sqlite3.Row
        try:
            self._database.execute("pragma locking_mode = exclusive")
            self._database.execute("pragma journal_mode = wal")
            self._database.execute("pragma synchronous = full")
            self._database.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            self._database.close()
            raise LoadError(f"cannot use the state in {path}: {error} (does another host use it?)") from error

    def close(self) -> None:
        """Let go of the state, and note that the host was not killed: it gives back what it was doing."""
        with suppress(sqlite3.OperationalError):  # the disk is full: the next host takes it for a kill
            self._database.execute("pragma user_version = 1")
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside one change: all of it, or none if an exception passes."""
        self._database.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._database.execute("rollback")
            raise
        self._database.execute("commit")

    def ready(self) -> list[str]:
        """The ids of the instances that a turn is due for."""
        return [row["id"] for row in self._database.execute("select id from instances where ready")]

    def hide_interrupted(self, now: datetime, until: datetime) -> dict[str, datetime]:
        """Hide what the last host was doing when it died: turns and activities, by their instances.

        What is hidden already stays so until its own time. Returns until when each instance is hidden.
        """
        busy = "select id from instances where ready union select instance_id from activities"
        self._database.execute("delete from hidden where until <= ?", [stamp(now)])
        if not self._was_stopped():
            self._database.execute(f"insert or ignore into hidden select id, ? from ({busy})", [stamp(until)])  # noqa: S608
        rows = self._database.execute("select * from hidden")
        return {row["instance_id"]: moment(row["until"]) for row in rows}

    def _was_stopped(self) -> bool:
        """Whether the last host stopped in order. The present one still has to."""
        (stopped,) = self._database.execute("pragma user_version").fetchone()
        self._database.execute("pragma user_version = 0")
        return bool(stopped)

    def instance(self, instance_id: str) -> Instance | None:
        """Read an instance, its history included."""
        row = self._database.execute("select * from instances where id = ?", [instance_id]).fetchone()
        if row is None:
            return None
        query = "select event from history where instance_id = ? order by number"
        history = tuple(json.loads(each["event"]) for each in self._database.execute(query, [instance_id]))
        return replace(_instance(row), history=history)

    def instances(self) -> list[Instance]:
        """Read all instances without their histories, oldest first."""
        return [_instance(row) for row in self._database.execute("select * from instances order by created, id")]

    def inbox(self, instance_id: str) -> list[Message]:
        """Read the messages that wait for an instance, in order."""
        query = "select * from inbox where instance_id = ? order by number"
        rows = self._database.execute(query, [instance_id])
        return [Message(row["number"], json.loads(row["event"]), row["execution_id"]) for row in rows]

    def create(self, instance: Instance, trace_parent: str) -> None:
        """Add an instance to a trace, ready for its first turn; it replaces one of the same id."""
        self.purge([instance.id])
        self._write(instance, ready=True)
        self._database.execute("insert into traces values (?, ?)", [instance.id, trace_parent])

    def trace_parent(self, instance_id: str) -> str:
        """The trace that an instance belongs to; empty if it belongs to none."""
        query = "select parent from traces where instance_id = ?"
        row = self._database.execute(query, [instance_id]).fetchone()
        return str(row["parent"]) if row else ""

    def send(self, instance_id: str, event: Event, execution_id: str | None = None) -> None:
        """Put an event into the inbox of an instance; it is dropped if there is no such instance or it has ended."""
        row = self._database.execute("select status from instances where id = ?", [instance_id]).fetchone()
        if row is None or Status(row["status"]).ended:
            return
        self._database.execute(
            "insert into inbox (instance_id, execution_id, event) values (?, ?, ?)",
            [instance_id, execution_id, json.dumps(event)],
        )
        self._database.execute("update instances set ready = 1 where id = ?", [instance_id])

    def save(self, turn: Turn, consumed: Iterable[Message]) -> None:
        """Write what a turn did to its instance: state, history, inbox, the new timer or activity."""
        instance = turn.instance
        self._database.executemany("delete from inbox where number = ?", [[each.number] for each in consumed])
        if turn.continued_as_new or instance.status.ended:
            self._database.execute("delete from timer_messages where instance_id = ?", [instance.id])
        if turn.continued_as_new:
            self._database.execute("delete from history where instance_id = ?", [instance.id])
        else:
            past = len(instance.history) - len(turn.appended)
            rows = [[instance.id, past + n, json.dumps(event)] for n, event in enumerate(turn.appended)]
            self._database.executemany("insert into history values (?, ?, ?)", rows)
        self._write(instance, ready=turn.continued_as_new)
        for task in turn.scheduled:
            self._schedule(instance, task)

    def rewrite(self, instance: Instance) -> None:
        """Write an instance and the whole of its history anew."""
        self._write(instance, ready=False)
        self._database.execute("delete from history where instance_id = ?", [instance.id])
        rows = [[instance.id, number, json.dumps(each)] for number, each in enumerate(instance.history)]
        self._database.executemany("insert into history values (?, ?, ?)", rows)

    def activities(self, instance_id: str | None = None) -> list[Activity]:
        """The activities that have not ended, of one instance or of all, in the order they were scheduled."""
        query = "select * from activities where :instance is null or instance_id = :instance order by number"
        return [Activity(**dict(row)) for row in self._database.execute(query, {"instance": instance_id})]

    def finish(self, activity: Activity, result: Event) -> None:
        """Record the end of an activity and tell its instance."""
        self._database.execute("delete from activities where number = ?", [activity.number])
        self.send(activity.instance_id, result, activity.execution_id)

    def next_timer(self) -> datetime | None:
        """When the next timer fires (UTC); None if none is set."""
        row = self._database.execute("select min(visible_at) as due from timer_messages").fetchone()
        return moment(row["due"]) if row["due"] else None

    def due_timers(self, now: datetime) -> list[DueTimer]:
        """The timers that fire now, in the order of their messages."""
        query = """
            select number, instance_id, execution_id, task_id, fire_at from timer_messages
            where visible_at <= ? order by visible_at, number
        """
        rows = self._database.execute(query, [stamp(now)])
        return [DueTimer(**(dict(row) | {"fire_at": moment(row["fire_at"])})) for row in rows]

    def fire(self, timer: DueTimer, fired: Event) -> None:
        """Record that a timer fired and tell its instance."""
        self._database.execute("delete from timer_messages where number = ?", [timer.number])
        self.send(timer.instance_id, fired, timer.execution_id)

    def purge(self, instance_ids: Iterable[str]) -> None:
        """Forget instances; what their running activities return is dropped."""
        for instance_id in instance_ids:
            self._database.execute("delete from instances where id = ?", [instance_id])
            for table in ("history", "inbox", "timer_messages", "hidden", "traces"):
                self._database.execute(f"delete from {table} where instance_id = ?", [instance_id])  # noqa: S608

    def _write(self, instance: Instance, *, ready: bool) -> None:
        row = {
            "id": instance.id,
            "name": instance.name,
            "input": instance.input,
            "version": instance.version,
            "execution_id": instance.execution_id,
            "created": stamp(instance.created),
            "updated": stamp(instance.updated),
            "status": instance.status.value,
            "generation": instance.generation,
            "custom_status": json.dumps(instance.custom_status),
            "output": json.dumps(instance.output),
            "ready": ready,
        }
        self._database.execute(_WRITE_INSTANCE, row)

    def _schedule(self, instance: Instance, task: Task) -> None:
        of_task: list[Any] = [instance.id, instance.execution_id, task.id]
        if task.kind is Kind.TIMER_CREATED:
            fire_at = moment(task.fields["FireAt"])
            visible_at = self._timers.fires_at(fire_at, instance.updated, self._random)
            self._database.execute(
                "insert into timer_messages (instance_id, execution_id, task_id, fire_at, visible_at) "
                "values (?, ?, ?, ?, ?)",
                [*of_task, stamp(fire_at), stamp(visible_at)],
            )
        else:
            self._database.execute(
                "insert into activities (instance_id, execution_id, task_id, name, input) values (?, ?, ?, ?, ?)",
                [*of_task, task.name, task.fields["Input"]],
            )


def _instance(row: sqlite3.Row) -> Instance:
    return Instance(
        id=row["id"],
        name=row["name"],
        input=row["input"],
        version=row["version"],
        execution_id=row["execution_id"],
        created=moment(row["created"]),
        updated=moment(row["updated"]),
        status=Status(row["status"]),
        generation=row["generation"],
        custom_status=json.loads(row["custom_status"]),
        output=json.loads(row["output"]),
    )
