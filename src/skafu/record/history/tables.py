"""The tables of the history. Every row is made from the record of a run, and goes with its run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = 1
"""Changes with the tables. A history of another one is made anew from the records."""


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept as UTC: SQLite has no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """To the database."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text that every database takes: no half of a surrogate pair, no NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _: Dialect) -> str | None:
        """To the database."""
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


class Table(DeclarativeBase):
    """Text is never null: what is not known is empty."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Words,
        datetime: Moment,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


def _run() -> Mapped[str]:
    return mapped_column(ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True)


class Version(Table):
    """One row: the `SCHEMA` that the tables were made with."""

    __tablename__ = "schema_version"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Run(Table):
    """A run, and how far its record was read.

    `state` is `read`, or `unreadable`, for `problem`. `size` (bytes), `modified` (ns) and `sha256` are those of the
    log as it was read. `command` is `validate` for a run that only judged.
    """

    __tablename__ = "runs"
    run: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    problem: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    modified: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    command: Mapped[str] = mapped_column(index=True)
    line: Mapped[str]
    started: Mapped[datetime | None] = mapped_column(index=True)
    who: Mapped[str]
    endpoint: Mapped[str]
    gate: Mapped[str]
    reasons: Mapped[list[Any]]
    tools: Mapped[dict[str, Any]]
    ended: Mapped[datetime | None]
    result: Mapped[str]
    resumed: Mapped[list[Any]]


class Judged(Table):
    """A stack as it was judged in a run."""

    __tablename__ = "judged"
    run: Mapped[str] = _run()
    stack: Mapped[str] = mapped_column(primary_key=True, index=True)
    environment: Mapped[str] = mapped_column(index=True)
    region: Mapped[str]
    name: Mapped[str]
    definition: Mapped[str]
    account: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    gate: Mapped[str]
    reasons: Mapped[list[Any]]


class Outcome(Table):
    """How a validator fared with a stack in a run."""

    __tablename__ = "outcomes"
    run: Mapped[str] = _run()
    validator: Mapped[str] = mapped_column(primary_key=True)
    stack: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    reason: Mapped[str]


class Finding(Table):
    """A finding and what the gate made of it. `about` is `stack`, or `plan` where a plan was judged."""

    __tablename__ = "findings"
    run: Mapped[str] = _run()
    number: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(index=True)
    rule: Mapped[str] = mapped_column(index=True)
    tool: Mapped[str]
    severity: Mapped[str]
    title: Mapped[str]
    message: Mapped[str]
    file: Mapped[str]
    line: Mapped[int]
    logical_id: Mapped[str]
    path: Mapped[str]
    controls: Mapped[list[Any]]
    decision: Mapped[str]
    waiver: Mapped[str]


class FindingStack(Table):
    """A stack that has a finding."""

    __tablename__ = "finding_stacks"
    run: Mapped[str] = _run()
    number: Mapped[int] = mapped_column(primary_key=True)
    stack: Mapped[str] = mapped_column(primary_key=True, index=True)


class DeployedStack(Table):
    """What a run did about a stack; the columns are those of `skafu.model.deployment.DeployedStack`.

    `approved_by` is the run whose gate approved the digest that was sealed; empty where none had.
    `as_approved` is `same` or `different`, as CloudFormation was read back; empty where it was not.
    """

    __tablename__ = "deployments"
    run: Mapped[str] = _run()
    stack: Mapped[str] = mapped_column(primary_key=True, index=True)
    environment: Mapped[str] = mapped_column(index=True)
    endpoint: Mapped[str]
    result: Mapped[str]
    phase: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    hint: Mapped[str]
    because: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    sealed: Mapped[str]
    approved_by: Mapped[str]
    parts: Mapped[dict[str, Any]]
    judges: Mapped[dict[str, Any]]
    kind: Mapped[str]
    token: Mapped[str]
    change_set: Mapped[str]
    submitted: Mapped[str]
    file: Mapped[str]
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    plan_gate: Mapped[str]
    plan_reasons: Mapped[list[Any]]
    stack_id: Mapped[str]
    outputs: Mapped[dict[str, Any]]
    as_approved: Mapped[str]
    differences: Mapped[list[Any]]
    recovered: Mapped[list[Any]]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None] = mapped_column(index=True)
    seconds: Mapped[float]


class StoodIn(Table):
    """A resource that something stood in for."""

    __tablename__ = "stood_in"
    run: Mapped[str] = _run()
    stack: Mapped[str] = mapped_column(primary_key=True)
    logical_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    reason: Mapped[str]


class Artifact(Table):
    """An artifact that a stack was deployed with."""

    __tablename__ = "artifacts"
    run: Mapped[str] = _run()
    stack: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]
    key: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(BigInteger)


class ResourceEvent(Table):
    """What CloudFormation told about a resource."""

    __tablename__ = "resource_events"
    run: Mapped[str] = _run()
    stack: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime | None]
    within: Mapped[str]
    logical_id: Mapped[str]
    type: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]


class Lock(Table):
    """What became of a lock; `note` is its owner before, or why it was lost."""

    __tablename__ = "locks"
    run: Mapped[str] = _run()
    number: Mapped[int] = mapped_column(primary_key=True)
    happened: Mapped[str]
    at: Mapped[datetime | None]
    account: Mapped[str]
    region: Mapped[str]
    environment: Mapped[str]
    note: Mapped[str]


class Drift(Table):
    """What drift detection found of a stack."""

    __tablename__ = "drift"
    run: Mapped[str] = _run()
    stack: Mapped[str] = mapped_column(primary_key=True, index=True)
    drifted: Mapped[list[Any]]
    checked: Mapped[int]
    unchecked: Mapped[list[Any]]


class NotDeclared(Table):
    """A stack that stood and that no definition made."""

    __tablename__ = "not_declared"
    run: Mapped[str] = _run()
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    id: Mapped[str]
    status: Mapped[str]
