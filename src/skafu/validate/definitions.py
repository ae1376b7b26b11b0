"""The judge of the declarations themselves: it states what loading, resolving and ordering found."""

from __future__ import annotations

from collections.abc import Mapping

from skafu.model.estate import Stack
from skafu.model.finding import Finding, Outcome, Ran


class Definitions:
    """States about each stack the findings that are known of it."""

    def __init__(self, known: tuple[Finding, ...]) -> None:
        self._known = known

    @property
    def versions(self) -> Mapping[str, str]:
        """Nothing but skafu itself takes part."""
        return {}

    def judge(self, stack: Stack) -> Outcome:
        """What is known of this stack."""
        return Ran(tuple(finding for finding in self._known if stack.id in finding.stacks))

    def close(self) -> None:
        """There is no process behind it."""
