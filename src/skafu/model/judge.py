"""What every judge is to the rest of skafu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from skafu.model.estate import Stack
from skafu.model.finding import Outcome


class Judge(Protocol):
    """A judge of single stacks, usually a child process that lives as long as this object."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Name -> version of the tools behind it, e.g. `{"cfn-lint": "1.58.0"}`. May be empty."""

    def judge(self, stack: Stack) -> Outcome:
        """Judge the effective template of one stack.

        Never raises for anything the judge or the stack does: a crash, a timeout or an unreadable
        answer is `Errored`. Findings carry the one stack, no fingerprint, and a location in the source.
        """

    def close(self) -> None:
        """End the child process. Safe to call twice."""
