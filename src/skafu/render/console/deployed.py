"""What came of a deployment, for a person at a terminal: what is not done and what to do, the verdict last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.text import Text

from skafu.model.deployment import Deployment, Phase
from skafu.model.estate import StackId
from skafu.render import deployed_facts as facts
from skafu.render.console.deployed_plan import blocked_plan
from skafu.render.console.deployed_stand_ins import stand_ins
from skafu.render.console.ink import Ink
from skafu.render.facts import count
from skafu.render.formats import Sources
from skafu.render.safe import one_line

_TEXT = 600  # characters of a reason
_NAMED = 8  # stacks named in one line
_LISTED = 20  # stacks told about one by one
_INDENT = 2
_LABEL = 6


def blocks(deployment: Deployment, sources: Sources, ink: Ink) -> Iterator[Text]:
    """The lines of it, top to bottom."""
    names = facts.short_names(stack.id for stack in deployment.stacks)
    yield Text()
    yield from _about(deployment, ink)
    yield from _unwell(deployment, names, sources, ink)
    yield from _in_flight(deployment, names, ink)
    yield from _differing(deployment, names, ink)
    yield from stand_ins(deployment, names, ink)
    yield from _not_declared(deployment, ink)
    yield Text()
    if step := facts.next_step(deployment):
        yield ink.hanging("next    ", step)
    yield ink.text(f"record  reports/runs/{deployment.run}/", "dim")
    yield _verdict(deployment, ink)


def _about(deployment: Deployment, ink: Ink) -> Iterator[Text]:
    """What was done and where, on as few lines as it takes; no part is torn."""
    line = ""
    for part in facts.about(deployment):
        longer = f"{line} · {part}" if line else part
        if line and cell_len(ink.clean(longer)) > ink.width:
            yield ink.hanging("", ink.text(line, "bold"))
            longer = part
        line = longer
    yield ink.hanging("", ink.text(line, "bold"))


def _unwell(
    deployment: Deployment, names: Mapping[StackId, str], sources: Sources, ink: Ink
) -> Iterator[Text]:
    """The stacks that somebody has to look at, with the cause and the next step."""
    stacks = facts.unwell(deployment)
    for stack in stacks[:_LISTED]:
        yield Text()
        state = ink.text(stack.state.upper(), "bold red")
        status = f" · {stack.status}" if stack.status else ""
        yield ink.line(state, "  ", ink.text(names[stack.id], "bold"), status)
        plan = list(blocked_plan(stack, sources, ink))
        if not plan:
            yield _labelled("why", stack.reason, ink)
        if stack.hint:
            yield _labelled("next", stack.hint, ink)
        if skipped := facts.skipped_for(deployment, stack.id):
            yield _labelled("then", f"skipped because of it: {_listed(skipped, names)}", ink)
        yield from plan
    if stacks[_LISTED:]:
        yield ink.text(f"+ {count(len(stacks) - _LISTED, 'more such stack')}", "dim")


def _in_flight(deployment: Deployment, names: Mapping[StackId, str], ink: Ink) -> Iterator[Text]:
    stacks = facts.with_state(deployment, "in flight")
    if not stacks:
        return
    yield Text()
    yield ink.text("IN FLIGHT", "bold yellow")
    for phase in Phase:
        here = [stack.id for stack in stacks if stack.phase is phase]
        if here:
            yield ink.hanging(ink.text(f"{phase.value}  ", "dim"), _listed(here, names), indent=_INDENT)


def _differing(deployment: Deployment, names: Mapping[StackId, str], ink: Ink) -> Iterator[Text]:
    for stack in facts.differing(deployment):
        if stack.read_back is not None:
            yield Text()
            word = ink.text("NOT WHAT WAS APPROVED", "bold red")
            yield ink.line(word, "  ", ink.text(names[stack.id], "bold"))
            yield _labelled("in", "; ".join(stack.read_back.differences), ink)


def _not_declared(deployment: Deployment, ink: Ink) -> Iterator[Text]:
    if not deployment.not_declared:
        return
    yield Text()
    number = count(len(deployment.not_declared), "stack stands", "stacks stand")
    them = "it" if len(deployment.not_declared) == 1 else "them"
    yield ink.hanging("", f"{number} that no definition makes; `--prune` deletes {them}:")
    for one in deployment.not_declared[:_LISTED]:
        yield ink.text(f"{' ' * _INDENT}{one_line(one.name, _TEXT)}  {one.status}")
    if deployment.not_declared[_LISTED:]:
        yield ink.text(
            f"{' ' * _INDENT}+ {count(len(deployment.not_declared) - _LISTED, 'more', 'more')}", "dim"
        )


def _verdict(deployment: Deployment, ink: Ink) -> Text:
    word, behind = facts.verdict(deployment)
    well = deployment.result in {"done", "nothing"}
    return ink.line(ink.text(word, "bold green" if well else "bold red"), "  ", behind)


def _labelled(label: str, text: str, ink: Ink) -> Text:
    return ink.hanging(ink.text(label.ljust(_LABEL), "dim"), one_line(text, _TEXT), indent=_INDENT)


def _listed(stacks: list[StackId], names: Mapping[StackId, str]) -> str:
    named = [names.get(stack, str(stack)) for stack in stacks[:_NAMED]]
    hidden = len(stacks) - _NAMED
    return ", ".join(named) + (f" and {hidden} more" if hidden > 0 else "")
