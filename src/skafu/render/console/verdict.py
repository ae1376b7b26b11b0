"""The last lines: the reasons, and the verdict as the very last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from skafu.render import facts
from skafu.render.console.ink import Ink
from skafu.render.console.unheard import unheard
from skafu.render.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from skafu.model.report import Report

_APPROVED = ("APPROVED", "bold green")
_REASONS = 10
_TEXT = 300  # characters of a reason


def verdict(report: Report, ink: Ink) -> Iterator[Text]:
    """The reasons, then `APPROVED` or `BLOCKED` with its counts."""
    yield Text()
    last = one_line(facts.verdict(report), _TEXT)
    reasons = [
        reason for reason in (one_line(reason, _TEXT) for reason in report.reasons) if reason not in last
    ]
    for reason in reasons[:_REASONS]:
        yield ink.hanging("- ", reason, indent=2)
    if reasons[_REASONS:]:
        yield ink.text(f"  + {facts.count(len(reasons) - _REASONS, 'more reason')}", "dim")
    approved = report.gate == "approved"
    word = ink.text(*_APPROVED) if approved else ink.text("BLOCKED", "bold red")
    yield ink.line(word, "  ", last)  # never wrapped: it is the last line


def show_approved(stacks: int, console: Console) -> None:
    """The verdict alone, before what was approved is carried out."""
    ink = Ink(console)
    with unheard(console):
        console.print(ink.line(ink.text(*_APPROVED), "  ", facts.count(stacks, "stack")), soft_wrap=True)
