"""The last lines: the reasons, and the verdict as the very last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from skafu.render import facts
from skafu.render.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skafu.model.report import Report
    from skafu.render.console.ink import Ink

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
    word = ink.text("APPROVED", "bold green") if approved else ink.text("BLOCKED", "bold red")
    yield ink.line(word, "  ", last)  # never wrapped: it is the last line
