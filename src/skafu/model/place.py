"""Where things stand: positions in files and paths inside documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root of a document down to a value."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A position in a file of the repository.

    Attributes:
        file: path relative to the repository root, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """`file:line:column`, which editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


def dotted(path: Path) -> str:
    """The path as people write it: `Resources.Table.KeySchema[0].KeyType`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
