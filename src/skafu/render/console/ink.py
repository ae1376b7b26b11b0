"""What a console can show: its width, its characters, and text that cannot take it over."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from skafu.model.finding import Severity
from skafu.render.safe import no_commands, visible

# Narrower than this nothing is readable; a terminal that is narrower wraps by itself.
_NARROWEST = 40

_ASCII = str.maketrans({"✓": "ok", "✗": "X", "│": "|", "·": "-", "…": "...", "\N{MULTIPLICATION SIGN}": "x"})

STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
    Severity.INFO: "bold",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """A console to write for."""

    console: Console

    @property
    def width(self) -> int:
        """Columns to fill."""
        return max(self.console.width, _NARROWEST)

    def clean(self, text: str) -> str:
        """The text without anything a terminal or a CI log obeys, in characters the console can encode."""
        line = no_commands(visible(text))
        if self.console.options.ascii_only:
            encoding = self.console.encoding
            line = line.translate(_ASCII).encode(encoding, errors="replace").decode(encoding)
        return line

    def text(self, text: str, style: str = "") -> Text:
        """The text as rich knows it; never read as markup."""
        return Text(self.clean(text), style=style)

    def line(self, *parts: Text | str) -> Text:
        """The parts as one piece of text."""
        return Text.assemble(*(self.text(part) if isinstance(part, str) else part for part in parts))

    def hanging(self, label: Text | str, body: Text | str, *, indent: int = 0) -> Text:
        """A label with text beside it; where the text wraps it stays right of the label."""
        head = self.line(" " * indent, label)
        text = self.line(body)
        lines = text.divide(_breaks(text.plain, max(self.width - head.cell_len, _NARROWEST // 2)))
        for line in lines:
            line.rstrip()
        return head + Text(f"\n{' ' * min(head.cell_len, _NARROWEST // 2)}").join(lines)


def _breaks(text: str, width: int) -> list[int]:
    """Where lines of `width` cells start. A word that is longer stays whole: it may be an address."""
    breaks = []
    used = 0
    for word in re.finditer(r"\S+\s*", text):
        if used and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    return breaks
