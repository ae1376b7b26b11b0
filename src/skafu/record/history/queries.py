"""Questions to the history."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from skafu.model.deployment import DONE
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.finding_json import stack_id
from skafu.record.history.store import History
from skafu.record.history.tables import DeployedStack, Judged, Run

GONE = frozenset({"deleted", "absent", "pruned"})
"""The results of a stack that does not stand."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in one line.

    Attributes:
        run: its id.
        state: `read`, or `unreadable` for `problem`.
        problem: why its record cannot be read.
        command: `validate`, `deploy`, `plan`, `drift` or `destroy`.
        line: the command line, as typed.
        started: when; None where the record does not say.
        ended: when what it did beyond judging was finished.
        who: who started it, as far as it did more than judge.
        endpoint: likewise where it deployed to.
        gate: `approved` or `blocked`.
        result: `done`, `failed`, `blocked` or `nothing`; empty of one that only judged, or was broken off.
        stacks: how many were judged, or touched without judging.
        done: how many it created, updated, imported, deleted or found unchanged.
    """

    run: str
    state: str
    problem: str
    command: str
    line: str
    started: datetime | None
    ended: datetime | None
    who: str
    endpoint: str
    gate: str
    result: str
    stacks: int
    done: int


@dataclass(frozen=True, slots=True)
class Approval:
    """On what a stack was deployed: the run whose gate approved the digest, with which judges."""

    run: str
    digest: str
    tools: dict[str, str]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a run did about a stack.

    Attributes:
        run: its id.
        stack: which.
        endpoint: where.
        result: `created`, `updated`, `imported`, `unchanged`, `deleted`, `failed`, `blocked`, `skipped` or `left`;
            empty where the run broke off before.
        status: CloudFormation's.
        reason: why it is not done; of a skipped one, why `because` is not.
        because: the stack that a skipped one needs.
        who: who started the run.
        approval: None where the gate had not approved what was sealed.
        as_approved: `same` or `different`, as CloudFormation was read back; empty where it was not.
        change_set: ARN.
        submitted: SHA-256 of the template as submitted.
        file: its copy, relative to the folder of the run.
        started: when the stack was begun.
        ended: when its result was known.
        seconds: how long it took.
        outputs: output -> value.
    """

    run: str
    stack: StackId
    endpoint: str
    result: str
    status: str
    reason: str
    because: str
    who: str
    approval: Approval | None
    as_approved: str
    change_set: str
    submitted: str
    file: str
    started: datetime | None
    ended: datetime | None
    seconds: float
    outputs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Lived:
    """One moment in the life of a stack: it was judged, and perhaps something was done about it."""

    run: str
    at: datetime | None
    command: str
    digest: str
    gate: str
    reasons: tuple[str, ...]
    deployed: Deployed | None


def runs(history: History, *, command: str = "", limit: int | None = None) -> list[RunLine]:
    """The runs, newest first; of one `command` if it is named."""
    stacks = select(func.count()).where(Judged.run == Run.run).scalar_subquery()
    done = select(func.count()).where(DeployedStack.run == Run.run, DeployedStack.result.in_(DONE))
    touched = select(func.count()).where(DeployedStack.run == Run.run).scalar_subquery()
    query = select(Run, stacks, touched, done.scalar_subquery()).order_by(Run.run.desc()).limit(limit)
    if command:
        query = query.where(Run.command == command)
    with history.session() as session:
        return [
            _run_line(run, judged or touched, deployed)
            for run, judged, touched, deployed in session.execute(query)
        ]


def deployments(
    history: History, *, environment: str = "", since: datetime | None = None, endpoint: str = ""
) -> list[Deployed]:
    """What was done about stacks, newest first; in one environment, from a time on, at one endpoint if named."""
    query = select(DeployedStack, Run).join(Run, Run.run == DeployedStack.run)
    query = query.where(Run.command.in_(("deploy", "destroy")))
    query = query.order_by(Run.run.desc(), DeployedStack.started.desc(), DeployedStack.stack)
    if environment:
        query = query.where(DeployedStack.environment == environment)
    if since is not None:
        query = query.where(DeployedStack.ended >= since)
    if endpoint:
        query = query.where(DeployedStack.endpoint == endpoint)
    with history.session() as session:
        return [_deployed(row, run) for row, run in session.execute(query)]


def known_stacks(history: History) -> list[StackId]:
    """Every stack that was ever judged, or that anything was done about, by id."""
    with history.session() as session:
        found = {*session.scalars(select(Judged.stack)), *session.scalars(select(DeployedStack.stack))}
    return sorted(stack_id(one) for one in found)


def life(history: History, stack: StackId) -> list[Lived]:
    """All that is recorded of one stack, newest first."""
    query = select(Run, Judged).join(
        Judged, (Judged.run == Run.run) & (Judged.stack == str(stack)), isouter=True
    )
    with history.session() as session:
        done = _about(session, stack)
        known = (Judged.run.is_not(None)) | Run.run.in_(done)
        found = session.execute(query.where(known).order_by(Run.run.desc()))
        return [_lived(run, judged, done.get(run.run)) for run, judged in found]


def _lived(run: Run, judged: Judged | None, deployed: Deployed | None) -> Lived:
    return Lived(
        run=run.run,
        at=run.started,
        command=run.command,
        digest=judged.digest if judged else "",
        gate=judged.gate if judged else "",
        reasons=tuple(judged.reasons) if judged else (),
        deployed=deployed,
    )


def last_deployed(history: History, stack: StackId, *, endpoint: str) -> Deployed | None:
    """What stands of a stack at an endpoint, as far as the records tell; None if nothing does."""
    with history.session() as session:
        done = _about(session, stack).values()
    found = [one for one in done if one.endpoint == endpoint and one.result in DONE and one.ended is not None]
    last = max(found, key=lambda one: (one.ended, one.run), default=None)
    return None if last is None or last.result in GONE else last


def deployed_template(folder: Path, deployed: Deployed) -> str:
    """The template as it was submitted, from its copy in the record. `folder` holds the folders of the runs.

    Raises:
        InputError: there is no copy, or it is not what was submitted.
    """
    file = folder / deployed.run / deployed.file
    try:
        body = file.read_bytes()
    except OSError as error:
        message = f"the template that was deployed last cannot be read from {file}: {error.strerror or error}"
        raise InputError(message) from None
    if hashlib.sha256(body).hexdigest() != deployed.submitted:
        raise InputError(f"{file} is not the template that run {deployed.run} submitted: it was edited since")
    return body.decode("utf-8")


def _about(session: Session, stack: StackId) -> dict[str, Deployed]:
    query = select(DeployedStack, Run).join(Run, Run.run == DeployedStack.run)
    query = query.where(DeployedStack.stack == str(stack), Run.command.in_(("deploy", "destroy")))
    return {run.run: _deployed(row, run) for row, run in session.execute(query)}


def _run_line(run: Run, stacks: int, done: int) -> RunLine:
    same = (
        "run",
        "state",
        "problem",
        "command",
        "line",
        "started",
        "ended",
        "who",
        "endpoint",
        "gate",
        "result",
    )
    return RunLine(**{name: getattr(run, name) for name in same}, stacks=stacks, done=done)


def _deployed(row: DeployedStack, run: Run) -> Deployed:
    approved = Approval(row.approved_by, row.digest, run.tools) if row.approved_by else None
    same = (
        "run",
        "endpoint",
        "result",
        "status",
        "reason",
        "because",
        "as_approved",
        "change_set",
        "submitted",
        "file",
    )
    more = ("started", "ended", "seconds", "outputs")
    values = {name: getattr(row, name) for name in (*same, *more)}
    return Deployed(**values, stack=stack_id(row.stack), who=run.who, approval=approved)
