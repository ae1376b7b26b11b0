"""Which waiver covers which finding, and which ones no longer hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from skafu.model.estate import StackId
from skafu.model.finding import Finding
from skafu.model.verdict import Waiver


@dataclass(frozen=True, slots=True)
class Register:
    """The registered exceptions on one day."""

    waivers: tuple[Waiver, ...]
    today: date

    def covering(self, finding: Finding, stack: StackId) -> Waiver | None:
        """The first waiver that holds today for this finding in this stack; none for input that cannot be used."""
        return next((one for one in self.about(finding, stack) if one.expires >= self.today), None)

    def about(self, finding: Finding, stack: StackId) -> list[Waiver]:
        """Every waiver whose scope this finding in this stack lies in, those that have expired too."""
        if finding.bad_input:
            return []
        return [one for one in self.waivers if _is_about(one, finding, stack)]

    def expired_reasons(self, findings: Iterable[Finding]) -> list[str]:
        """A sentence for each waiver that would have covered one of `findings`, had it not expired."""
        expired = {
            f"the waiver {one.id} ({one.location}) expired on {one.expires.isoformat()}"
            for finding in findings
            for stack in finding.stacks
            for one in self.about(finding, stack)
            if one.expires < self.today
        }
        return sorted(expired)


def names(pattern: str, stack: StackId) -> bool:
    """Whether a pattern among the stacks of a waiver means this stack."""
    return fnmatchcase(stack.name, pattern) or fnmatchcase(str(stack), pattern)


def allows(waiver: Waiver, stack: StackId) -> bool:
    """Whether a stack is in the scope of a waiver."""
    if waiver.environments and stack.environment not in waiver.environments:
        return False
    return any(names(pattern, stack) for pattern in waiver.stacks)


def _is_about(waiver: Waiver, finding: Finding, stack: StackId) -> bool:
    # An inline skip is registered by a waiver about the rule that it would silence.
    if waiver.rule != (finding.skips or finding.rule) or not allows(waiver, stack):
        return False
    return any(fnmatchcase(finding.logical_id, pattern) for pattern in waiver.resources)
