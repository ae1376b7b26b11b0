"""A report on its way out: to the terminal or to a file."""

from __future__ import annotations

import re
from pathlib import Path

from skafu.cli.common import write
from skafu.model.report import Report
from skafu.render.formats import Sources, renderer

_YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where a line ends for YAML, which is where the positions of findings come from."""


def publish(report: Report, format_: str, output: Path | None, sources: Sources) -> None:
    """Show a report, or write it to a file."""
    if format_ == "console" and output is None:
        from rich.console import Console  # noqa: PLC0415 - 0.05 s that the other formats do not need

        from skafu.render import console as terminal  # noqa: PLC0415 - the same

        terminal.show(report, sources, console=Console())
        return
    write(renderer(format_)(report, sources), output)


def sources_in(folder: Path) -> Sources:
    """Reads the lines of a file for excerpts; each file once, an unreadable one as empty."""
    cache: dict[str, list[str]] = {}

    def lines(file: str) -> list[str]:
        if file not in cache:
            try:
                cache[file] = _YAML_BREAK.split((folder / file).read_text("utf-8-sig"))
            except (OSError, UnicodeDecodeError):
                cache[file] = []
        return cache[file]

    return lines
