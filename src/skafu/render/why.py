"""Why a value of an effective template is what it is: the lines that made it, nearest first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from skafu.model.errors import InputError
from skafu.model.estate import Stack
from skafu.model.nearest import nearest
from skafu.model.node import Node, Unknown
from skafu.model.place import Location, Path, dotted
from skafu.render.safe import one_line

MAX_LINE = 160
"""Characters of a quoted line or value."""

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def render(stack: Stack, path: str, sources: Callable[[str], Sequence[str]]) -> str:
    """The value at `path` of the effective template, and each line behind it.

    Raises:
        InputError: when the template has nothing at `path`; the hint names what is there.
    """
    parts = parsed(path)
    node = _found(stack.template, parts)
    places = [("", node.place), *((step.what, step.location) for step in node.steps)]
    width = max(len(str(at)) for _, at in places)
    lines = [f"{path} = {one_line(_value(node), MAX_LINE)}"]
    if isinstance(node.value, Unknown):
        lines.append(f"  not known before deployment: {one_line(node.value.reason, MAX_LINE)}")
    for what, at in places:
        told = f"  ({what})" if what else ""
        lines.append(f"  {at!s:{width}}  {one_line(_line(at, sources), MAX_LINE)}{told}")
    return "".join(f"{line}\n" for line in lines)


def parsed(path: str) -> Path:
    """`Resources.Table.KeySchema[0].KeyType` as keys and indexes."""
    return tuple(int(index) if index else key for index, key in _PART.findall(path))


def _found(template: Node, path: Path) -> Node:
    node = template
    for depth, part in enumerate(path):
        child = node.get(part)
        if child is None:
            where = dotted(path[:depth]) or "the template"
            raise InputError(f"{where} has nothing at {part!r}.", hint=nearest(str(part), node.members))
        node = child
    return node


def _value(node: Node) -> str:
    if isinstance(node.value, Unknown):
        return json.dumps(node.value.expression, ensure_ascii=False, default=str)
    return json.dumps(node.plain(), ensure_ascii=False, default=str)


def _line(at: Location, sources: Callable[[str], Sequence[str]]) -> str:
    lines = sources(at.file)
    return lines[at.line - 1].strip() if 0 < at.line <= len(lines) else ""
