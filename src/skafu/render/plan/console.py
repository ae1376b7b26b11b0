"""Plans for a person at a terminal: each stack with what happens to its resources and why, totals last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from skafu.model.change import Change, Plan, PropertyChange
from skafu.model.report import Report
from skafu.model.verdict import Decided, Decision
from skafu.render.console import WIDTH
from skafu.render.console.blocking import blocking
from skafu.render.console.ink import STYLES, Ink
from skafu.render.formats import Sources
from skafu.render.plan import words
from skafu.render.plan.conceal import concealed
from skafu.render.safe import one_line

_TEXT = 400  # characters of a sentence
_DETAILS = 25  # properties shown of one resource
_INDENT = 2
_STYLES = {
    "added": "green",
    "imported": "green",
    "changed": "yellow",
    "replaced": "magenta",
    "perhaps replaced": "magenta",
    "removed": "magenta",
    "unforeseeable": "magenta",
}
_LOST = "bold red"


def render(plans: Sequence[Plan], decided: Sequence[Decided], sources: Sources) -> str:
    """The plans as plain text of `WIDTH` columns, for a file."""
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, _environ={})
    with console.capture() as captured:
        show_plans(plans, decided, sources, console=console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def show_plans(
    plans: Sequence[Plan], decided: Sequence[Decided], sources: Sources, *, console: Console
) -> None:
    """Print plans on a console: in its width, its encoding, and with colour if it has colour."""
    for block in _blocks([concealed(plan) for plan in plans], decided, sources, Ink(console)):
        console.print(block, soft_wrap=True)  # wrapped already where it may be; a path stays whole


def _blocks(plans: Sequence[Plan], decided: Sequence[Decided], sources: Sources, ink: Ink) -> Iterator[Text]:
    shares, left = words.shared_out(plans, decided)
    for plan, share in zip(plans, shares, strict=True):
        if not words.quiet(plan) or share:
            yield from _plan(plan, ink)
            yield from show_findings(share, sources, ink)
            yield Text()
    if left:
        yield from show_findings(left, sources, ink)
        yield Text()
    same = words.unchanged(plans)
    if same:
        yield ink.hanging("", ink.text(one_line(same, _TEXT), "dim"))
    changes = [change for plan in plans for change in plan.changes]
    style = _LOST if any(change.loses for change in changes) else "bold"
    yield ink.hanging("", ink.text(words.totals(plans), style))


def _plan(plan: Plan, ink: Ink) -> Iterator[Text]:
    lost = words.losing(plan.changes)
    head = ink.line(ink.text(str(plan.stack), "bold"), f"  {words.headline(plan)}")
    yield head + ink.text(f"  {lost}", _LOST) if lost else head
    for note in words.notes(plan):
        yield ink.hanging("", ink.text(one_line(note, _TEXT), "dim"), indent=_INDENT)
    yield from show_changes(plan.changes, ink)


def show_changes(changes: Sequence[Change], ink: Ink) -> Iterator[Text]:
    """The lines about these changes, whose secrets are concealed already."""
    wide = max((len(words.symbol(change)) for change in changes), default=0)
    for change in changes:
        yield from _change(change, wide, ink)


def _change(change: Change, wide: int, ink: Ink) -> Iterator[Text]:
    style = _LOST if change.loses else _STYLES[words.what_happens(change)]
    label = ink.text(f"{words.symbol(change):<{wide}} ", style)
    name = ink.line(
        ink.text(one_line(change.logical_id, _TEXT), "bold"),
        f"  {one_line(change.type, _TEXT)}",
        ink.text(f"  {words.place(change)}", "cyan"),
    )
    yield ink.hanging(label, name, indent=_INDENT)
    inside = _INDENT + wide + 1
    remark = words.remark(change)
    if remark:
        physical = f" ({one_line(change.physical_id, _TEXT)})" if change.physical_id else ""
        yield ink.hanging("", ink.text(f"{remark}{physical}", _LOST if change.loses else ""), indent=inside)
    for detail in change.details[:_DETAILS]:
        yield from _detail(detail, change, inside, ink)
    more = len(change.details) - _DETAILS
    if more > 0:
        yield ink.text(f"{' ' * inside}+ {more:,} more; --format json lists them", "dim")


def _detail(detail: PropertyChange, change: Change, indent: int, ink: Ink) -> Iterator[Text]:
    """On one line where it fits, else the values below the name."""
    forced, reason = words.forces(detail), words.why(detail, change)
    name = ink.text(one_line(words.property_name(detail), _TEXT))
    force = ink.text(forced, "bold magenta")
    why = ink.text(f"({one_line(reason, _TEXT)})" if reason else "", "dim")
    values = ink.text(words.becoming(detail))
    whole = _spaced(name, values, force, why)
    if indent + whole.cell_len <= ink.width:
        yield ink.line(" " * indent, whole)
    else:
        yield ink.line(" " * indent, _spaced(name, force))
        yield ink.hanging("", _spaced(values, why), indent=indent + _INDENT)


def _spaced(*parts: Text) -> Text:
    """The parts that say something, two spaces between them."""
    return Text("  ").join(part for part in parts if part.plain)


def show_findings(decided: Sequence[Decided], sources: Sources, ink: Ink) -> Iterator[Text]:
    """The lines about these findings: those that block in full, the others in one line each."""
    gate = "blocked" if any(one.decision is Decision.BLOCKING for one in decided) else "approved"
    yield from blocking(Report({}, gate, (), (), (), tuple(decided), ()), sources, ink)
    for one in decided:
        if one.decision is Decision.BLOCKING:
            continue
        finding = one.finding
        how = f"waived by {one.waiver}" if one.decision is Decision.WAIVED else one.decision.value
        label = ink.line(ink.text(finding.severity.value.upper(), STYLES[finding.severity]), f"  {how}  ")
        place = f"{finding.location.file}:{finding.location.line}"
        text = f"{finding.rule}: {one_line(finding.message, _TEXT)} ({place})"
        yield ink.hanging(label, text, indent=_INDENT)
