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
        """The first waiver that holds today for this finding in this stack."""
        return next((one for one in self._about(finding, stack) if one.expires >= self.today), None)

    def expired_reasons(self, findings: Iterable[Finding]) -> list[str]:
        """A sentence for each waiver that would have covered one of `findings`, had it not expired."""
        expired = {
            f"the waiver {one.id} ({one.location}) expired on {one.expires.isoformat()}"
            for finding in findings
            for stack in finding.stacks
            for one in self._about(finding, stack)
            if one.expires < self.today
        }
        return sorted(expired)

    def _about(self, finding: Finding, stack: StackId) -> list[Waiver]:
        return [one for one in self.waivers if _is_about(one, finding, stack)]


def _is_about(waiver: Waiver, finding: Finding, stack: StackId) -> bool:
    if waiver.rule != finding.rule:
        return False
    if waiver.environments and stack.environment not in waiver.environments:
        return False
    if not any(fnmatchcase(stack.name, one) or fnmatchcase(str(stack), one) for one in waiver.stacks):
        return False
    return any(fnmatchcase(finding.logical_id, one) for one in waiver.resources)
