"""Reads the documents of one repository and collects what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skafu.load import schema
from skafu.load.document import read_document
from skafu.load.problems import DocumentError, problem
from skafu.model.finding import Finding
from skafu.model.node import Node
from skafu.model.place import Location

SYNTAX = "definition-syntax"
SCHEMA = "definition-schema"
REFERENCE = "definition-reference"


class Reader:
    """Reads one repository; `problems` grows as it goes.

    Attributes:
        root: the repository, resolved.
        problems: one finding for each thing that cannot be used.
        named: every environment that has a file, readable or not: a mistake in one is told once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.problems: list[Finding] = []
        self.named: set[str] = set()

    def files(self, folder: str) -> Iterator[str]:
        """Every file under `folder`, sorted; links and closed folders are reported instead of passed over."""
        if (self.root / folder).is_symlink():
            self._linked(folder)
            return
        for here, folders, files in os.walk(self.root / folder, onerror=self._closed):
            folders.sort()
            for name in sorted([*folders, *files]):
                path = Path(here, name)
                file = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    self._linked(file)
                elif name in files:
                    yield file

    def document(self, file: str, kind: dict[str, Any]) -> Node | None:
        """The declaration in `file`, or None (and a problem) when it is not of its kind."""
        try:
            document = read_document(self.root, file, rule=SYNTAX)
        except DocumentError as bad:
            self.problems.append(bad.finding)
            return None
        found = schema.check(document, kind)
        self.problems += found
        return None if found else document

    def refuse(self, message: str, document: Node, *path: str | int, fix: str = "") -> None:
        """Report that what stands at `path` names something that is not there."""
        self.tell(REFERENCE, message, document.nearest(path).location, fix=fix)

    def tell(self, rule: str, message: str, at: Location, *, fix: str = "") -> None:
        """Report a problem, once however often it is met."""
        found = problem(rule, message, at, fix=fix)
        if found not in self.problems:
            self.problems.append(found)

    def _linked(self, file: str) -> None:
        message = f"{file} is a symbolic link, and what lies behind it is not judged"
        self.tell(SYNTAX, message, Location(file), fix="Replace it by the files themselves.")

    def _closed(self, error: OSError) -> None:
        path = Path(error.filename)
        if path.exists():  # a folder that is not there holds nothing, and whoever needs it says so
            file = path.relative_to(self.root).as_posix()
            self.tell(SYNTAX, f"{file} cannot be read: {error.strerror}", Location(file))
