"""From the folders of runs into the history."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from skafu.model.errors import SkafuError
from skafu.record.history.rows import rows_of
from skafu.record.history.store import History
from skafu.record.history.tables import Run, Table
from skafu.record.log import FILE, read

READ = "read"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did.

    Attributes:
        read: runs that were entered, or entered anew because their record had grown.
        known: how many were in the history already, as they are.
        unreadable: run -> why its record could not be read, of those entered now.
    """

    read: tuple[str, ...]
    known: int
    unreadable: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Record:
    """A log as it was found: `body` is what it held when it had `size` bytes."""

    run: str
    size: int
    modified: int
    body: bytes


def sync(folder: Path, history: History, told: Callable[[str], None] = lambda _: None) -> Synced:
    """Enter every run below `folder` that the history does not have, or has only a part of.

    Each run is one transaction, so a sync that is broken off has entered whole runs, and two at once enter each run
    once. A record that cannot be read is entered as unreadable, with the reason, and the others after it all the same.

    Args:
        folder: holds one folder for each run.
        history: where to.
        told: is told each run that is entered.

    Raises:
        SkafuError: the database does not answer.
    """
    with history.session() as session:
        known = {run: (size, modified) for run, size, modified in session.execute(_SEEN)}
    entered: list[str] = []
    unreadable: dict[str, str] = {}
    same = 0
    for log in sorted(folder.glob(f"*/{FILE}")):
        run = log.parent.name
        try:
            status = log.stat()
            if known.get(run) == (status.st_size, status.st_mtime_ns):
                same += 1
                continue
            record = _found(log)
        except OSError as error:
            record = _Record(run, 0, 0, b"")
            problem = f"it cannot be read: {error.strerror or error}"
            rows: list[Table] = [_run_row(record, UNREADABLE, problem, {})]
        else:
            rows, problem = _rows(record)
        new, refused = _enter(history, record, rows)
        if not new:
            same += 1
            continue
        entered.append(run)
        if problem or refused:
            unreadable[run] = problem or refused
        told(run)
    return Synced(tuple(entered), same, unreadable)


_SEEN = select(Run.run, Run.size, Run.modified)


def _found(log: Path) -> _Record:
    with log.open("rb") as file:
        status = os.fstat(file.fileno())
        # No more than that: the run may be writing, and what comes after is read the next time.
        return _Record(log.parent.name, status.st_size, status.st_mtime_ns, file.read(status.st_size))


def _rows(record: _Record) -> tuple[list[Table], str]:
    """The rows of a run, and why its record cannot be read; empty where it can."""
    try:
        lines = record.body.decode("utf-8", "replace").splitlines(keepends=True)
        events = read(lines, f"{record.run}/{FILE}")
        _of_this_run(record.run, events)
        about, rows = rows_of(record.run, events)
    except SkafuError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one record, the others are read
        problem = f"an event is not what its kind carries: {type(error).__name__}: {error}"
    else:
        return [_run_row(record, READ, "", about), *rows], ""
    return [_run_row(record, UNREADABLE, problem, {})], problem


def _of_this_run(run: str, events: list[dict[str, Any]]) -> None:
    if not events:
        raise SkafuError("it holds no event: the run was broken off before it began")
    told = events[0].get("run")
    if events[0]["event"] != "run-started" or told != run:
        raise SkafuError(f"it is not the record of this run: its first event is about {told or 'none'}")


def _run_row(record: _Record, state: str, problem: str, about: dict[str, Any]) -> Run:
    unknown: dict[str, Any] = {
        **dict.fromkeys(("command", "line", "who", "endpoint", "gate", "result"), ""),
        "started": None,
        "ended": None,
        "reasons": [],
        "tools": {},
        "resumed": [],
    }
    sha256 = hashlib.sha256(record.body).hexdigest()
    seen = {"size": record.size, "modified": record.modified, "sha256": sha256}
    return Run(run=record.run, state=state, problem=problem, **seen, **{**unknown, **about})


def _enter(history: History, record: _Record, rows: list[Table]) -> tuple[bool, str]:
    """Put the rows in place of those the run had.

    False where another sync had entered as much, or more; and why they cannot be entered, empty where they can.
    """

    def act(session: Session) -> bool:
        older = (Run.modified < record.modified) | (
            (Run.modified == record.modified) & (Run.size < record.size)
        )
        session.execute(delete(Run).where(Run.run == record.run, older))
        if session.get(Run, record.run) is not None:
            return False
        run, *others = rows
        session.add(_copy(run))
        session.flush()
        session.add_all([_copy(row) for row in others])
        return True

    try:
        return history.change(act), ""
    except (StatementError, ValueError) as error:  # of the former, those that are about what is entered
        said = str(error.orig if isinstance(error, StatementError) else error).splitlines()[0]
        problem = f"the database does not take it: {said}"
        rows = [_run_row(record, UNREADABLE, problem, {})]
        return history.change(act), problem


def _copy(row: Table) -> Table:
    """The same row, which belongs to no session: a transaction may be tried again."""
    return type(row)(**{column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs})
