"""The database that the history is kept in."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.orm import Session

from skafu.model.errors import InputError, SkafuError
from skafu.record.history.tables import SCHEMA, Table, Version

PATIENCE = 30
"""Seconds that a writer waits for another one."""

TRIES = 5
"""How often is tried what another writer came in between of."""

Answer = TypeVar("Answer")

_REBUILD = "`skafu history sync --rebuild` makes it anew from the records."


@dataclass(frozen=True, slots=True)
class History:
    """An open history. `place` is its address without its password."""

    engine: Engine
    place: str

    @contextmanager
    def session(self) -> Iterator[Session]:
        """To read from; what is wrong with the database becomes one sentence.

        Raises:
            SkafuError: the database does not answer.
        """
        try:
            with Session(self.engine) as session:
                yield session
        except DBAPIError as error:
            raise _unusable(self.place, error) from None

    def change(self, act: Callable[[Session], Answer]) -> Answer:
        """Do something in one transaction, again if another writer came in between.

        Raises:
            SkafuError: the database does not answer.
            IntegrityError, DataError: it does not take what it is given, whoever else is there.
        """
        for again in range(TRIES):
            try:
                with Session(self.engine.execution_options(writes=True)) as session, session.begin():
                    return act(session)
            except (OperationalError, IntegrityError) as error:
                if again < TRIES - 1 and _in_between(error):
                    time.sleep(0.05 * 2**again)
                elif isinstance(error, IntegrityError):
                    raise
                else:
                    raise _unusable(self.place, error) from None
            except DataError:
                raise
            except DBAPIError as error:
                raise _unusable(self.place, error) from None
        raise AssertionError  # the last try answers or raises

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()


def open_history(address: str | Path, *, rebuild: bool = False) -> History:
    """Open a history, and make its tables where there are none.

    Args:
        address: a file for SQLite, or a URL of SQLAlchemy.
        rebuild: whether to drop what it holds first.

    Raises:
        InputError: the address cannot be used, or what is there is no history of this version.
        SkafuError: the database does not answer.
    """
    url = _url(address)
    history = History(_engine(url), url.render_as_string(hide_password=True))
    try:
        if rebuild:
            history.change(lambda session: Table.metadata.drop_all(session.connection()))
        history.change(_prepare)
    except BaseException:
        history.close()
        raise
    return history


def _url(address: str | Path) -> URL:
    try:
        url = URL.create("sqlite", database=str(address)) if isinstance(address, Path) else make_url(address)
    except ArgumentError:
        hint = "Write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
        raise InputError("the address of the history is no URL of a database", hint=hint) from None
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the history cannot be kept in {url.database}: {error.strerror or error}"
            raise InputError(message) from None
    return url


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        engine = create_engine(url, connect_args={"timeout": PATIENCE} if sqlite else {})
    except NoSuchModuleError:
        message = f'there is no kind of database "{url.drivername}"'
        raise InputError(
            message, hint="Write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
        ) from None
    except ModuleNotFoundError as error:
        message = f"a history in {url.get_backend_name()} needs the Python package {error.name}"
        hint = f"Install {error.name} beside skafu, or name another driver, as in postgresql+psycopg://..."
        raise InputError(message, hint=hint) from None
    if sqlite:
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_settings(connection: Any, _: Any) -> None:
    connection.isolation_level = (
        None  # transactions begin where SQLAlchemy says so, those that make tables too
    )
    connection.execute("PRAGMA foreign_keys=ON")  # the rows of a run go with it
    connection.execute("PRAGMA synchronous=NORMAL")  # what a power cut takes is read again from the records
    with suppress(
        sqlite3.OperationalError
    ):  # it lasts, so who finds the file in use leaves it to the next one
        connection.execute("PRAGMA journal_mode=WAL")  # readers and a writer do not wait for one another


def _sqlite_begin(connection: Connection) -> None:
    # A writer waits for its turn before it looks: one that looks first may find afterwards that it cannot write.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(session: Session) -> None:
    """Make the tables where there is nothing, and refuse those of another version."""
    connection = session.connection()
    if not inspect(connection).has_table(Version.__tablename__):
        others = set(inspect(connection).get_table_names()) & set(Table.metadata.tables)
        if others:
            raise InputError(f"the history is incomplete: it has {min(others)} and no version", hint=_REBUILD)
        Table.metadata.create_all(connection)
        session.add(Version(number=SCHEMA))
        return
    number = session.scalar(select(Version.number))
    if number != SCHEMA:
        message = f"the history is of version {number}, and this skafu writes version {SCHEMA}"
        raise InputError(message, hint=_REBUILD)


def _in_between(error: DBAPIError) -> bool:
    """Whether another writer was at the same row, or made the same table, at the same time."""
    said = str(error.orig)
    return isinstance(error, IntegrityError) or "locked" in said or "already exists" in said


def _unusable(place: str, error: DBAPIError) -> SkafuError:
    said = (str(error.orig).splitlines() or ["it does not say why"])[0]
    if "not a database" in said or "malformed" in said:
        return InputError(f"{place} is no history: {said}", hint="Remove the file; the records hold it all.")
    return SkafuError(f"the history {place} cannot be used: {said}")
