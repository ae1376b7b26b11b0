"""A template as if it were a stack of its own, remembered where nothing about it has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from skafu.cache import Store, fingerprint
from skafu.cli.judging import Fresh, Part
from skafu.cli.remembering import remembering
from skafu.validate import digest, recall

if TYPE_CHECKING:
    from skafu.cli.template_stack import Resolver

HERE = "."
"""Templates, and the code beside them, are found from where the command runs."""


@dataclass(frozen=True)
class Scan:
    """How templates are resolved, and where it is kept what came of it.

    Attributes:
        parameters: file of their values, if there is one.
        region: where they would stand.
        store: what was worked out before.
        standing: a digest of the code and versions that decide every outcome.
    """

    parameters: Path | None
    region: str
    store: Store
    standing: str

    def part(self, path: Path) -> Part:
        """The template as it was judged before, else resolved."""
        if not path.is_file():  # a pipe cannot be read twice, and a folder could be anything
            return self._fresh(path, "", "")
        before = fingerprint(HERE, str(path))
        key = digest("scan", path.as_posix(), before, self._values, self.region, self.standing)
        return recall(self.store, key, HERE) or self._fresh(path, key, before)

    def _fresh(self, path: Path, key: str, before: str) -> Fresh:
        # ruff: noqa: PLC0415 - reading and resolving take 0.2 s to import, and nobody may need them
        from skafu.cli.template_stack import read
        from skafu.load import DocumentError

        resolver = self._resolver
        try:
            found = read(path)
            fresh = resolver.part(found)
            inputs = {one: fingerprint(HERE, one) for one in found.beside}
            # What was read must be what was fingerprinted: somebody may be writing at this moment.
            same = not inputs or read(path) == found
        except DocumentError as bad:
            fresh, inputs, same = Fresh((), (bad.finding,)), {}, True
        if key and same and fingerprint(HERE, str(path)) == before:
            return replace(fresh, key=key, inputs=inputs)
        return fresh

    @cached_property
    def _values(self) -> str:
        return fingerprint(HERE, str(self.parameters)) if self.parameters else ""

    @cached_property
    def _resolver(self) -> Resolver:
        from skafu.cli.template_stack import Resolver
        from skafu.load import load_values
        from skafu.resolve import by_translator

        given = dict(load_values(self.parameters).members) if self.parameters else {}
        return Resolver(given, self.region, remembering(by_translator, self.store, self.standing))
