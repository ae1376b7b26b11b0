"""The rows of docs/seed-coverage.md, and what their code spans mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = re.compile(r"## .*, lines (\d+)-(\d+)")
"""The heading above the rows of a block of the architecture."""


@dataclass(frozen=True)
class Reference:
    """A code span of the third or fourth column: `kind: path`, or `kind: path = value`."""

    kind: str
    path: str
    wanted: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As it is written."""
        span = f"{self.kind}: {self.path}" if self.path else self.kind
        return f"`{span}{' = ' if self.wanted else ''}{' / '.join(self.wanted)}`"


@dataclass(frozen=True)
class Row:
    """A row of a table: its line in the page, the lines of the architecture, and what stands in its cells."""

    number: int
    lines: frozenset[int]
    says: str
    stands: str
    held: str
    block: tuple[int, int]

    @property
    def quotations(self) -> list[str]:
        """What the architecture says, word for word. `key: a / b` is `key: a` and `key: b`."""
        found = []
        for span in spans(self.says):
            first, *others = span.split(" / ")
            key = first.partition(": ")[0]
            found += [first, *(f"{key}: {other}" for other in others)]
        return found

    @property
    def places(self) -> list[Reference]:
        """Where it stands."""
        return [reference(span) for span in spans(self.stands)]

    @property
    def holders(self) -> list[Reference]:
        """Who holds it."""
        return [reference(span) for span in spans(self.held)]


def spans(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def reference(span: str) -> Reference:
    """A code span as a reference."""
    kind, _, rest = span.partition(": ")
    if kind == "file":  # what follows the path is text that stands in it
        return Reference(kind, rest)
    path, equals, wanted = rest.partition(" = ")
    return Reference(kind, path, tuple(wanted.split(" / ")) if equals else ())


def rows(page: str) -> list[Row]:
    """The rows of the tables below the headings of blocks.

    Raises:
        ValueError: a row has another number of cells than four, or lines that are no numbers.
    """
    found: list[Row] = []
    block = (0, 0)
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("## "):
            heading = BLOCK.fullmatch(line)
            block = (int(heading[1]), int(heading[2])) if heading else (0, 0)
        elif line.startswith("| ") and not line.startswith("| lines |") and block != (0, 0):
            lines, says, stands, held = (cell.strip() for cell in line.strip().strip("|").split("|"))
            found.append(Row(number, _numbers(lines), says, stands, held, block))
    return found


def _numbers(cell: str) -> frozenset[int]:
    ends = [part.strip().split("-") for part in cell.split(",")]
    return frozenset(
        number for first, *last in ends for number in range(int(first), int((last or [first])[0]) + 1)
    )
