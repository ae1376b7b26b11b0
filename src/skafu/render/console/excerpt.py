"""The source around a finding, with the place underlined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skafu.model.place import Location
    from skafu.render.console.ink import Ink

_AROUND = 1  # lines before and after
_TOKEN = re.compile(r"[\w.:/-]*\w|\S")  # what is underlined: the key or the value that starts there


def excerpt(place: Location, lines: Sequence[str], ink: Ink, *, indent: int) -> Iterator[Text]:
    """The line of `place` with one before and one after; nothing where the file has no such line."""
    if not 1 <= place.line <= len(lines):
        return
    first = max(1, place.line - _AROUND)
    last = min(len(lines), place.line + _AROUND)
    digits = len(str(last))
    room = ink.width - indent - digits - len(" | ")
    start, width = _underlined(lines[place.line - 1], place.column, ink)
    more = ink.clean("…")
    # Where the place is too far to the right, all three lines move to the left together.
    width = min(width, room // 2)
    shift = max(0, start + width + cell_len(more) - room)
    for number in range(first, last + 1):
        here = number == place.line
        gutter = ink.text(f"{' ' * indent}{number:>{digits}} │ ", "dim")
        source = _window(ink.clean(lines[number - 1].rstrip()), shift, room, more)
        yield ink.line(gutter, ink.text(source, "" if here else "dim"))
        if here:
            empty = ink.text(f"{' ' * (indent + digits)} │ ", "dim")
            yield ink.line(empty, " " * (start - shift), ink.text("^" * width, "bold red"))


def _underlined(line: str, column: int, ink: Ink) -> tuple[int, int]:
    """Where the underline starts and how wide it is, in cells."""
    before = line[: column - 1].rstrip("\r\n")
    token = _TOKEN.match(line, len(before))
    return cell_len(ink.clean(before)), max(1, cell_len(ink.clean(token[0]))) if token else 1


def _window(line: str, shift: int, room: int, more: str) -> str:
    """The cells of a line from `shift` on, as many as there is room for, `more` where something is cut."""
    if shift and line:
        cells = max(cell_len(line) - shift - cell_len(more), 0)
        line = more + _last_cells(line, cells)
    if cell_len(line) <= room:
        return line
    return set_cell_size(line, room - cell_len(more)) + more


def _last_cells(line: str, cells: int) -> str:
    while cell_len(line) > cells:
        line = line[1:]
    return " " * (cells - cell_len(line)) + line  # where half of a wide character was cut
