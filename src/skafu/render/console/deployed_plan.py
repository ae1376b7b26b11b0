"""The plan of a stack that the gate blocked, as far as it matters: what would be lost, and what the findings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.text import Text

from skafu.model.deployment import DeployedStack
from skafu.model.finding_json import finding_from_json
from skafu.model.plan_json import plan_from_json
from skafu.model.verdict import Decided, Decision
from skafu.render.console.ink import Ink
from skafu.render.facts import count
from skafu.render.formats import Sources
from skafu.render.plan import words
from skafu.render.plan.conceal import concealed
from skafu.render.plan.console import show_changes, show_findings
from skafu.render.stood_in import with_real_types

_INDENT = 2


def findings_of(stack: DeployedStack) -> list[Decided]:
    """The findings that block its plan."""
    found = (
        Decided(finding_from_json(told["finding"]), Decision(told["decision"]), told["waiver"])
        for told in stack.plan_findings
    )
    return [one for one in found if one.decision is Decision.BLOCKING]


def blocked_plan(stack: DeployedStack, sources: Sources, ink: Ink) -> Iterator[Text]:
    """The lines of it; none where no finding about a plan blocks the stack."""
    decided = findings_of(stack) if stack.state == "blocked" else []
    if not decided:
        return
    if stack.plan is not None:
        stood_in = [(one.type, f"{stack.id}: {one.logical_id}") for one in stack.stood_in]
        plan = with_real_types(concealed(plan_from_json(dict(stack.plan))), stood_in)
        meant = {one.finding.logical_id for one in decided}
        shown = tuple(one for one in plan.changes if one.loses or one.logical_id in meant)
        yield ink.hanging("", words.headline(replace(plan, changes=shown)), indent=_INDENT)
        yield from show_changes(shown, ink)
        more = len(plan.changes) - len(shown)
        if more:
            block = "blocks" if more == 1 else "block"
            yield ink.text(f"{' ' * _INDENT}+ {count(more, 'other change')}, which {block} nothing", "dim")
    yield from show_findings(decided, sources, ink)
