"""The report for a person at a terminal: what was judged, what blocks, how to fix it, the verdict last."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from skafu.render.console.blocking import blocking
from skafu.render.console.glance import glance
from skafu.render.console.ink import Ink
from skafu.render.console.tally import failures, tally
from skafu.render.console.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from skafu.model.report import Report
    from skafu.render.formats import Sources

WIDTH = 100
"""Columns of the text that is written to a file."""


def render(report: Report, sources: Sources) -> str:
    """The report as plain text of `WIDTH` columns, for a file."""
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, _environ={})
    with console.capture() as captured:
        show(report, sources, console=console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def show(report: Report, sources: Sources, *, console: Console) -> None:
    """Print the report on a console: in its width, its encoding, and with colour if it has colour.

    Whether there is colour is the console's business: rich leaves it out when the output is not a
    terminal or NO_COLOR is set.
    """
    for block in _blocks(report, sources, Ink(console)):
        # Text is wrapped already where it may be; a path or an address stays whole, to be clicked on.
        console.print(block, soft_wrap=isinstance(block, Text))


def _blocks(report: Report, sources: Sources, ink: Ink) -> Iterator[Text | Table]:
    yield from glance(report, ink)
    yield from blocking(report, sources, ink)
    yield from failures(report, ink)
    yield from tally(report, ink)
    yield from verdict(report, ink)
