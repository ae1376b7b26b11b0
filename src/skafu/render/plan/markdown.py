"""Plans as Markdown for a pull-request comment or a step summary. They fit into one comment, always."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skafu.model.change import Change, Plan
from skafu.model.verdict import Decided, Decision
from skafu.render import facts
from skafu.render.formats import Sources
from skafu.render.markdown import ROOM, escaped
from skafu.render.plan import words
from skafu.render.plan.conceal import concealed

# (resources of one plan, properties of one resource, stacks), tried until the text fits.
_ROWS = (
    (200, 25, 1_000),
    (100, 10, 500),
    (50, 5, 200),
    (20, 3, 100),
    (10, 1, 50),
    (3, 0, 50),
    (0, 0, 30),
    (0, 0, 0),
)


def render(plans: Sequence[Plan], decided: Sequence[Decided], _sources: Sources, *, room: int = ROOM) -> str:
    """The plans as GitHub-flavoured Markdown, less than `room` bytes of UTF-8."""
    shown = [concealed(plan) for plan in plans]
    text = ""
    for resources, properties, stacks in _ROWS:
        text = "".join(f"{line}\n" for line in _lines(shown, decided, resources, properties, stacks))
        if len(text.encode()) < room:
            break
    return text


def _lines(
    plans: Sequence[Plan], decided: Sequence[Decided], resources: int, properties: int, stacks: int
) -> Iterator[str]:
    yield f"## {escaped(words.totals(plans))}"
    shares, left = words.shared_out(plans, decided)
    loud = [
        (plan, share) for plan, share in zip(plans, shares, strict=True) if share or not words.quiet(plan)
    ]
    for plan, share in loud[:stacks]:
        yield ""
        yield from _plan(plan, share, resources, properties)
    if loud[stacks:]:
        yield ""
        yield f"and {facts.count(len(loud[stacks:]), 'more stack')}"
    if left:
        yield ""
        yield from _findings(left, resources)
    same = words.unchanged(plans)
    if same:
        yield ""
        yield str(escaped(same))


def _plan(plan: Plan, share: Sequence[Decided], resources: int, properties: int) -> Iterator[str]:
    lost = words.losing(plan.changes)
    yield f"### {escaped(str(plan.stack))}: {escaped(words.headline(plan))}{f' (**{lost}**)' if lost else ''}"
    yield ""
    for note in list(words.notes(plan))[: resources or 1]:
        yield f"- {escaped(note)}"
    shown = plan.changes[:resources]
    if shown:
        yield ""
        yield "| | resource | type | what |"
        yield "|---|---|---|---|"
        for change in shown:
            yield _row(change, properties)
    if len(plan.changes) > len(shown) > 0:
        yield ""
        yield f"and {len(plan.changes) - len(shown):,} more"
    if share:
        yield ""
        yield from _findings(share, resources)


def _row(change: Change, properties: int) -> str:
    remark = words.remark(change)
    parts = [f"**{escaped(remark)}**" if change.loses else str(escaped(remark))] if remark else []
    for detail in change.details[:properties]:
        forced, reason = words.forces(detail), words.why(detail, change)
        said = f"{escaped(words.property_name(detail))}: {escaped(words.becoming(detail))}"
        said += f" **{forced}**" if forced else ""
        parts.append(said + (f" ({escaped(reason)})" if reason else ""))
    if len(change.details) > properties:
        parts.append(
            f"and {facts.count(len(change.details) - properties, 'more property', 'more properties')}"
        )
    name = f"{escaped(change.logical_id)} ({escaped(words.place(change))})"
    return f"| `{words.symbol(change)}` | {name} | {escaped(change.type)} | {'<br>'.join(parts)} |"


def _findings(decided: Sequence[Decided], rows: int) -> Iterator[str]:
    number = sum(one.decision is Decision.BLOCKING for one in decided)
    yield (
        facts.count(number, "finding blocks", "findings block")
        if number
        else facts.count(len(decided), "finding")
    )
    yield ""
    for one in decided[: rows or 1]:
        finding = one.finding
        how = f"waived by {one.waiver}" if one.decision is Decision.WAIVED else one.decision.value
        place = f"{finding.location.file}:{finding.location.line}"
        yield (
            f"- **{finding.severity.value}**, {escaped(how)}: {escaped(finding.rule)}: {escaped(finding.message)}"
            f" ({escaped(place)})"
        )
    if len(decided) > (rows or 1):
        yield f"- and {len(decided) - (rows or 1):,} more"
