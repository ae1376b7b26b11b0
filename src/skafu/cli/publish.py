"""A report on its way out: to the terminal or to a file."""

from __future__ import annotations

from pathlib import Path

from skafu.cli.common import write
from skafu.model.report import Report
from skafu.render.formats import Sources, renderer


def publish(report: Report, format_: str, output: Path | None, sources: Sources) -> None:
    """Show a report, or write it to a file."""
    if format_ == "console" and output is None:
        from rich.console import Console  # noqa: PLC0415 - 0.05 s that the other formats do not need

        from skafu.render import console as terminal  # noqa: PLC0415 - the same

        terminal.show(report, sources, console=Console())
        return
    write(renderer(format_)(report, sources), output)
