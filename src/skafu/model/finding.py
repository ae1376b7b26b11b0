"""What validators say: findings about one place each, and the outcome of judging one stack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from skafu.model.estate import StackId
from skafu.model.place import Location


class Severity(Enum):
    """How bad a finding is. The order of declaration is the order of badness, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical up to 4 for info."""
        return list(Severity).index(self)

    def at_least(self, threshold: Severity) -> bool:
        """Whether this is as bad as `threshold`, or worse."""
        return self.rank <= threshold.rank


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact a validator states about one place. It never changes: decisions stand beside it.

    Attributes:
        rule: id of the rule, e.g. `E3002`, `CKV_AWS_28`, `tables-recoverable`.
        tool: who says so: `cfn-lint`, `checkov`, `policies` or `skafu`.
        severity: how bad it is.
        title: what the rule asks for, one line.
        message: what is wrong here.
        location: where a person edits, in the source.
        stacks: the stacks that have it, sorted; empty when it stands in a declaration that no stack
            could be made from.
        logical_id: the resource, parameter or output in the effective template; may be empty.
        path: place in the effective template, as `Resources.Table.Properties.SSESpecification`.
        controls: ids of the controls it supports, as `framework:control`, sorted.
        help: how to fix it, or where to read about it.
        fingerprint: identity that survives moved lines, 32 hexadecimal digits.
        bad_input: whether it says that a file cannot be read as what it should be (exit code 2).
        skips: of an inline skip, the rule it would silence; `E3*` for all that begin so, `*` where it names none.
            A waiver about that rule registers the skip.
    """

    rule: str
    tool: str
    severity: Severity
    title: str
    message: str
    location: Location
    stacks: tuple[StackId, ...] = ()
    logical_id: str = ""
    path: str = ""
    controls: tuple[str, ...] = ()
    help: str = ""
    fingerprint: str = ""
    bad_input: bool = False
    skips: str = ""


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A rule that could not be answered because it needs a value known only after deployment.

    Attributes:
        rule: id of the rule.
        tool: whose rule it is.
        stack: the stack it was asked about.
        logical_id: the resource it was asked about.
        reason: which value is missing, and why.
        location: where that value stands in the source.
    """

    rule: str
    tool: str
    stack: StackId
    logical_id: str
    reason: str
    location: Location


@dataclass(frozen=True, slots=True)
class Ran:
    """The judge looked at everything it was asked to look at."""

    findings: tuple[Finding, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()


@dataclass(frozen=True, slots=True)
class Errored:
    """The judge could not do its work. This is never a pass.

    Attributes:
        reason: what happened, one line.
        findings: what it had found all the same; true, but not everything.
    """

    reason: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The judge has nothing to say about such a stack, and why."""

    reason: str


Outcome: TypeAlias = Ran | Errored | NotApplicable
