"""What came of planning, read back from the record, on its way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from skafu.cli.common import write
from skafu.model.deployment import DeployedStack
from skafu.model.estate import StackId
from skafu.model.finding_json import finding_from_json, stack_id
from skafu.model.plan_json import plan_from_json
from skafu.model.planned import Planned, Unplanned
from skafu.model.verdict import Decided, Decision
from skafu.record import deployment_of, report_of
from skafu.render.formats import Sources
from skafu.render.planned import FORMATS, show_planned


def planned_of(events: Iterable[dict[str, Any]], order: Sequence[StackId]) -> Planned:
    """What the record of a run says about plans; `order` is that in which stacks are deployed."""
    whole = list(events)
    report, deployment = report_of(whole), deployment_of(whole)
    stacks = deployment.stacks if deployment else ()
    rank = {id_: number for number, id_ in enumerate(order)}
    made = sorted(
        (one for one in stacks if one.plan is not None), key=lambda one: rank.get(one.id, len(rank))
    )
    plans = tuple(plan_from_json(dict(one.plan)) for one in made if one.plan is not None)
    unplanned = {
        stack_id(one["stack"]): Unplanned(stack_id(one["stack"]), "blocked", tuple(one["reasons"]))
        for one in whole
        if one["event"] == "stack-decided" and one["gate"] != "approved"
    }
    unplanned |= {found.stack: found for one in stacks if (found := _unplanned(one)) is not None}
    blocked = report.gate != "approved" or any(one.plan_gate == "blocked" for one in stacks)
    return Planned(
        gate="blocked" if blocked else "approved",
        reasons=report.reasons,
        plans=plans,
        decided=(*(one for one in report.findings if one.decision is Decision.BLOCKING), *_found(stacks)),
        unplanned=tuple(unplanned[id_] for id_ in sorted(unplanned)),
        removed=tuple(
            f"{one.name} is not declared any more; `skafu deploy --prune` deletes it"
            for one in (deployment.not_declared if deployment else ())
        ),
        stood_in=tuple(
            sorted((told.type, f"{one.id}: {told.logical_id}") for one in stacks for told in one.stood_in)
        ),
    )


def _unplanned(stack: DeployedStack) -> Unplanned | None:
    if stack.plan_gate == "blocked":
        return Unplanned(stack.id, "plan", stack.plan_reasons)
    if stack.result in {"failed", "left"}:
        return Unplanned(stack.id, stack.result, (stack.reason,), stack.hint)
    if not stack.result:
        return Unplanned(stack.id, "failed", ("it was not planned: the run was stopped before",))
    return None


def _found(stacks: Iterable[DeployedStack]) -> list[Decided]:
    return [
        Decided(finding_from_json(told["finding"]), Decision(told["decision"]), told["waiver"])
        for stack in stacks
        for told in stack.plan_findings
    ]


def publish_planned(planned: Planned, format_: str, output: Path | None, sources: Sources) -> None:
    """Show it, or write it to a file.

    Raises:
        InputError: when the file cannot be written.
    """
    if format_ == "console" and output is None:
        show_planned(planned, sources, console=Console())
        return
    write(FORMATS[format_](planned, sources), output)
