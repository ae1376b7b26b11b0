"""The record of a run -> the rows that the history has of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from skafu.model.deployment import DeployedStack as Stack
from skafu.model.deployment import Deployment
from skafu.model.report import Report
from skafu.model.verdict import Decided
from skafu.record.deployment import deployment_of
from skafu.record.history import tables
from skafu.record.report import latest_judging, report_of

JUDGING = frozenset({"deploy", "plan"})
"""The commands that judge before they do anything else."""


def rows_of(run: str, events: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], list[tables.Table]]:
    """The columns of the run itself that its events tell, and all its other rows.

    Raises:
        KeyError, TypeError, ValueError: an event lacks what its kind carries.
    """
    deployment = deployment_of(events)
    report = report_of(events)
    rows: list[tables.Table] = []
    if _judges(deployment):
        rows += [*_judged(run, events, report), *_outcomes(run, events)]
    rows += _findings(run, report, deployment)
    if deployment is not None:
        rows += _deployed(run, deployment)
    return _run(events, report, deployment), rows


def _judges(deployment: Deployment | None) -> bool:
    """Whether such a run has a verdict; `skafu drift` and `skafu destroy` judge nothing."""
    return deployment is None or deployment.command in JUDGING


def _run(events: Sequence[dict[str, Any]], report: Report, deployment: Deployment | None) -> dict[str, Any]:
    began = events[0] if events and events[0]["event"] == "run-started" else {}
    found = {
        "line": began.get("command", ""),
        "started": moment(began.get("time", "")),
        "gate": report.gate,
        "reasons": list(report.reasons),
        "tools": dict(report.tool),
        "command": "validate",
        "who": "",
        "endpoint": "",
        "ended": None,
        "result": "",
        "resumed": [],
    }
    if deployment is not None:
        found |= {
            "command": deployment.command,
            "who": deployment.who,
            "endpoint": deployment.endpoint,
            "ended": moment(deployment.ended),
            "result": deployment.result,
            "resumed": [{"at": at, "who": who} for at, who in deployment.resumed],
        }
    if not _judges(deployment):
        found |= {"gate": "", "reasons": []}
    return found


def _judged(run: str, events: Iterable[dict[str, Any]], report: Report) -> Iterator[tables.Table]:
    reasons = {
        event["stack"]: list(event["reasons"]) for event in events if event["event"] == "stack-decided"
    }
    for stack in report.stacks:
        yield tables.Judged(
            run=run,
            stack=str(stack.id),
            environment=stack.environment,
            region=stack.region,
            name=stack.id.name,
            definition=stack.definition,
            account=stack.account,
            digest=stack.digest,
            gate=stack.gate,
            reasons=reasons.get(str(stack.id), []),
        )


def _outcomes(run: str, events: Iterable[dict[str, Any]]) -> Iterator[tables.Table]:
    found = {
        (event["validator"], event["stack"]): (event["status"], event["reason"])
        for event in latest_judging(events)
        if event["event"] == "outcome"
    }
    for (validator, stack), (status, reason) in found.items():
        yield tables.Outcome(run=run, validator=validator, stack=stack, status=status, reason=reason)


def _findings(run: str, report: Report, deployment: Deployment | None) -> Iterator[tables.Table]:
    plans = [
        {"event": "finding", **told}
        for stack in (deployment.stacks if deployment is not None else ())
        for told in stack.plan_findings
    ]
    found = [("stack", one) for one in report.findings]
    found += [("plan", one) for one in report_of(plans).findings]
    for number, (about, decided) in enumerate(found):
        yield _finding(run, number, about, decided)
        for stack in sorted(set(decided.finding.stacks)):
            yield tables.FindingStack(run=run, number=number, stack=str(stack))


def _finding(run: str, number: int, about: str, decided: Decided) -> tables.Finding:
    finding = decided.finding
    return tables.Finding(
        run=run,
        number=number,
        about=about,
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        tool=finding.tool,
        severity=finding.severity.value,
        title=finding.title,
        message=finding.message,
        file=finding.location.file,
        line=finding.location.line,
        logical_id=finding.logical_id,
        path=finding.path,
        controls=list(finding.controls),
        decision=decided.decision.value,
        waiver=decided.waiver,
    )


def _deployed(run: str, deployment: Deployment) -> Iterator[tables.Table]:
    for stack in deployment.stacks:
        yield _deployment(run, deployment.endpoint, stack)
        yield from _beside(run, stack)
    for number, lock in enumerate(deployment.locks):
        yield tables.Lock(
            run=run,
            number=number,
            happened=lock.happened,
            at=moment(lock.at),
            account=lock.account,
            region=lock.region,
            environment=lock.environment,
            note=lock.note,
        )
    for number, one in enumerate(deployment.not_declared):
        yield tables.NotDeclared(run=run, number=number, name=one.name, id=one.id, status=one.status)


def _deployment(run: str, endpoint: str, stack: Stack) -> tables.Table:
    read = stack.read_back
    sealed_as_approved = stack.gate == "approved" and stack.sealed in {"", stack.digest}
    return tables.DeployedStack(
        run=run,
        stack=str(stack.id),
        environment=stack.id.environment,
        endpoint=endpoint,
        result=stack.result,
        phase=stack.phase.value,
        status=stack.status,
        reason=stack.reason,
        hint=stack.hint,
        because=stack.because,
        digest=stack.digest,
        sealed=stack.sealed,
        approved_by=run if sealed_as_approved else "",
        parts=dict(stack.parts),
        judges=dict(stack.judges or {}),
        kind=stack.kind,
        token=stack.token,
        change_set=stack.change_set,
        submitted=stack.submitted,
        file=stack.file,
        plan=None if stack.plan is None else dict(stack.plan),
        plan_gate=stack.plan_gate,
        plan_reasons=list(stack.plan_reasons),
        stack_id=stack.stack_id,
        outputs=dict(stack.outputs),
        as_approved="" if read is None else "same" if read.same else "different",
        differences=[] if read is None else list(read.differences),
        recovered=[{"action": action, "status": status} for action, status in stack.recovered],
        started=moment(stack.started),
        ended=moment(stack.ended),
        seconds=stack.seconds,
    )


def _beside(run: str, stack: Stack) -> Iterator[tables.Table]:
    id_ = str(stack.id)
    for one in {one.logical_id: one for one in stack.stood_in}.values():
        yield tables.StoodIn(run=run, stack=id_, logical_id=one.logical_id, type=one.type, reason=one.reason)
    for number, artifact in enumerate(stack.artifacts):
        yield _artifact(run, id_, number, artifact)
    for number, event in enumerate(stack.resources):
        yield tables.ResourceEvent(
            run=run,
            stack=id_,
            number=number,
            time=moment(event.time),
            within=event.stack,
            logical_id=event.logical_id,
            type=event.type,
            status=event.status,
            reason=event.reason,
        )
    if stack.drift is not None:
        checked, unchecked = stack.drift["checked"], stack.drift["unchecked"]
        drifted = list(stack.drift["drifted"])
        yield tables.Drift(run=run, stack=id_, drifted=drifted, checked=checked, unchecked=list(unchecked))


def _artifact(run: str, stack: str, number: int, told: Mapping[str, Any]) -> tables.Table:
    return tables.Artifact(
        run=run,
        stack=stack,
        number=number,
        place=told["place"],
        key=told["key"],
        sha256=told["sha256"],
        size=told["size"],
    )


def moment(text: str) -> datetime | None:
    """An ISO 8601 time; UTC where it names no zone. None for no text."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
