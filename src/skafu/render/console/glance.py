"""The first lines: what was judged, and how each stack fared."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from skafu.render import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skafu.model.report import Report
    from skafu.render.console.ink import Ink

ROWS = 15
"""Definitions in the grid; of a larger estate only those that are blocked somewhere have a row of their own."""

Column: TypeAlias = tuple[str, str]
"""An environment and a region; the region is empty when the environment has only one."""

Cells: TypeAlias = dict[Column, str]
"""What stands in each column of a row; it ends with one of the marks below."""

_APPROVED, _BLOCKED, _ABSENT = "✓", "✗", "-"
_MEANINGS = {_APPROVED: "approved", _BLOCKED: "blocked", _ABSENT: "not deployed there"}
_STYLES = {_APPROVED: "green", _BLOCKED: "bold red", _ABSENT: "dim"}
_GAP = 2


def glance(report: Report, ink: Ink) -> Iterator[Text | Table]:
    """One line of counts, the versions of the judges, and a grid of definitions by environments."""
    yield ink.hanging("", ink.text(_counts(report), "bold"))
    yield ink.hanging("", ink.text(facts.tools(report), "dim"))
    if not report.stacks:
        return
    marks = _marks(report)
    columns = sorted({column for _, column in marks})
    rows = _rows(marks)
    first = max(cell_len(ink.clean(name)) for name, _ in rows)
    for part in _fitting(columns, ink.width - first - _GAP, ink):
        yield Text()
        yield _grid(rows, part, ink)
    yield Text()
    yield _legend(
        {cell[-1] for _, cells in rows for cell in (cells.get(one, _ABSENT) for one in columns)}, ink
    )


def _counts(report: Report) -> str:
    if not report.stacks:
        return "No stack was judged"
    definitions = facts.count(len({stack.definition for stack in report.stacks}), "definition")
    environments = facts.count(len({stack.environment for stack in report.stacks}), "environment")
    accounts = facts.count(len({stack.account for stack in report.stacks}), "account")
    stacks = facts.count(len(report.stacks), "stack")
    return f"Judged {stacks}: {definitions} in {environments} and {accounts}"


def _marks(report: Report) -> dict[tuple[str, Column], str]:
    several = facts.regional(report)
    marks: dict[tuple[str, Column], str] = {}
    # Blocked stacks last: whatever shares a cell with one is shown as blocked.
    for stack in sorted(report.stacks, key=lambda stack: stack.gate != "approved"):
        region = stack.region if stack.environment in several else ""
        mark = _APPROVED if stack.gate == "approved" else _BLOCKED
        marks[stack.definition, (stack.environment, region)] = mark
    return marks


def _rows(marks: dict[tuple[str, Column], str]) -> list[tuple[str, Cells]]:
    """The name and the cells of each row; what has no row of its own is counted in the last."""
    found: dict[str, Cells] = {}
    for (definition, column), mark in sorted(marks.items()):
        found.setdefault(definition, {})[column] = mark
    if len(found) <= ROWS:
        return list(found.items())
    blocked = [name for name, cells in found.items() if _BLOCKED in cells.values()]
    shown = blocked[:ROWS]
    rest = [cells for name, cells in found.items() if name not in shown]
    counted: Cells = {}
    for column in {column for cells in rest for column in cells}:
        here = [cells[column] for cells in rest if column in cells]
        counted[column] = f"{len(here)} {_BLOCKED if _BLOCKED in here else _APPROVED}"
    name = facts.count(len(rest), "more definition" if shown else "definition")
    return [*((one, found[one]) for one in shown), (name, counted)]


def _fitting(columns: Sequence[Column], room: int, ink: Ink) -> list[list[Column]]:
    """The columns in as many groups as it takes for each to fit beside the names."""
    groups: list[list[Column]] = []
    left = 0
    for column in columns:
        width = max(cell_len(ink.clean(part)) for part in column) + _GAP
        if not groups or width > left:
            groups.append([])
            left = room
        groups[-1].append(column)
        left -= width
    return groups


def _grid(rows: list[tuple[str, Cells]], columns: list[Column], ink: Ink) -> Table:
    grid = Table(box=None, padding=(0, 0, 0, _GAP), pad_edge=True, header_style="")
    grid.add_column("", no_wrap=True)
    for environment, region in columns:
        name = ink.text(environment)
        header = name + Text("\n") + ink.text(region, "dim") if region else name
        grid.add_column(header, justify="center", vertical="bottom", no_wrap=True)
    for row, cells in rows:
        marks = [cells.get(column, _ABSENT) for column in columns]
        grid.add_row(ink.text(row), *(ink.text(mark, _STYLES[mark[-1]]) for mark in marks))
    return grid


def _legend(used: set[str], ink: Ink) -> Text:
    entries = [
        ink.line(ink.text(mark, _STYLES[mark]), f" {meaning}")
        for mark, meaning in _MEANINGS.items()
        if mark in used
    ]
    return ink.line(" " * _GAP, Text("   ").join(entries))
