"""What something stood in for in the embedded endpoint: a line for each type; every name on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from skafu.model.deployment import Deployment
from skafu.model.estate import StackId
from skafu.render import stood_in
from skafu.render.console.ink import Ink
from skafu.render.stood_in import TIMES, OfType

_NAMED = 4  # stacks named for one type
_INDENT = 2
_BESIDE = 24  # columns that must be left beside the types, so that they stand in a column


def stand_ins(deployment: Deployment, names: Mapping[StackId, str], ink: Ink) -> Iterator[Text]:
    """A line for each type, with a count and where; one line where no stack changed."""
    new, old = stood_in.anew(deployment), stood_in.as_before(deployment)
    named = f"`skafu history show {deployment.run}` names them"
    if new:
        yield Text()
        yield ink.hanging("", f"{stood_in.lacking(new)}:")
        yield from _types(new, names, ink)
        beside = f"{stood_in.counted(old)} {_are(old)} stood in for as before; " if old else ""
        yield ink.hanging("", ink.text(f"{beside}{named}.", "dim"), indent=_INDENT)
    elif old:
        yield Text()
        yield ink.hanging(
            "", ink.text(f"{stood_in.counted(old)} {_are(old)} stood in for, as before: {named}.", "dim")
        )


def named_stand_ins(deployment: Deployment, names: Mapping[StackId, str], ink: Ink) -> Iterator[Text]:
    """Every resource, by type and stack."""
    found = stood_in.by_type(deployment.stacks)
    if not found:
        return
    yield Text()
    yield ink.hanging("", f"{stood_in.lacking(found)}:")
    for one in found:
        yield ink.line(" " * _INDENT, ink.text(one.type, "cyan"))
        for id_, logical_ids in one.named.items():
            told = f"{names.get(id_, str(id_))}: {', '.join(logical_ids)}"
            yield ink.hanging("", told, indent=2 * _INDENT)


def _are(types: Sequence[OfType]) -> str:
    return "is" if sum(one.number for one in types) == 1 else "are"


def _types(types: Sequence[OfType], names: Mapping[StackId, str], ink: Ink) -> Iterator[Text]:
    column = max(cell_len(ink.clean(one.type)) for one in types)
    counts = max(len(f"{one.number:,}") for one in types) + 1
    if _INDENT + column + counts + _BESIDE > ink.width:
        column = 0
    for one in types:
        gap = " " * max(column - cell_len(ink.clean(one.type)), 0)
        number = f"{TIMES}{one.number:,}".rjust(counts) if column else f"{TIMES}{one.number:,}"
        head = ink.line(" " * _INDENT, ink.text(one.type, "cyan"), f"{gap} {number}")
        where = _where([names.get(id_, str(id_)) for id_ in one.named])
        if cell_len(ink.clean(f"{head.plain}  {where}")) <= ink.width:
            yield ink.line(head, "  ", where)
        else:
            yield head
            yield ink.hanging("", where, indent=3 * _INDENT)


def _where(stacks: Sequence[str]) -> str:
    hidden = len(stacks) - _NAMED
    return ", ".join(stacks[:_NAMED]) + (f" and {hidden} more" if hidden > 0 else "")
