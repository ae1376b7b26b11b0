"""The files that findings stand in, line by line, for excerpts."""

from __future__ import annotations

import re
from pathlib import Path

from skafu.render.formats import Sources

_YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where a line ends for YAML, which is where the positions of findings come from."""


def sources_in(folder: Path) -> Sources:
    """Reads the lines of a file; each file once, an unreadable one as empty."""
    cache: dict[str, list[str]] = {}

    def lines(file: str) -> list[str]:
        if file not in cache:
            try:
                cache[file] = _YAML_BREAK.split((folder / file).read_text("utf-8-sig"))
            except (OSError, UnicodeDecodeError):
                cache[file] = []
        return cache[file]

    return lines
