"""What the gate decides, kept beside the findings it decided about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TypeAlias

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.place import Location


class Decision(Enum):
    """What a finding does to the gate."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A registered exception, with somebody who answers for it.

    Attributes:
        id: e.g. `W-2026-004`.
        rule: the exact rule it is about.
        stacks: definition names or stack ids it is limited to; shell-style patterns.
        resources: logical ids it is limited to; shell-style patterns.
        environments: environments it is limited to; empty means all of them.
        owner: the team, person or role that answers for it.
        approver: the team, person or role that agreed to it; never the owner.
        reason: why the finding is acceptable there.
        ticket: where it was agreed.
        expires: the last day on which it holds.
        location: where it is registered.
    """

    id: str
    rule: str
    stacks: tuple[str, ...]
    resources: tuple[str, ...]
    environments: tuple[str, ...]
    owner: str
    approver: str
    reason: str
    ticket: str
    expires: date
    location: Location


@dataclass(frozen=True, slots=True)
class WaiverWarning:
    """What is not right about a waiver. It never changes the gate: findings do.

    Attributes:
        waiver: its id.
        kind: `expired`, `expiring` (within 30 days), `long` (more than 400 days), `unused` (it covers nothing) or
            `wide` (it allows more than it covers).
        message: what there is to know and to do, as the end of the sentence that begins with the waiver.
        location: where it is registered.
    """

    waiver: str
    kind: str
    message: str
    location: Location


@dataclass(frozen=True, slots=True)
class Review:
    """What a run over the whole estate says about the waivers.

    Attributes:
        complete: whether everything was judged; where it was not, nobody can say which waivers are needed.
        warnings: by place.
    """

    complete: bool
    warnings: tuple[WaiverWarning, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which severity on a finding blocks.

    Attributes:
        default: where an environment has no threshold of its own. For a finding without stacks it holds beside
            that of each stack, whichever is stricter.
        environments: per environment name.
    """

    default: Severity
    environments: Mapping[str, Severity]

    def of(self, environment: str) -> Severity:
        """The threshold of an environment."""
        return self.environments.get(environment, self.default)


@dataclass(frozen=True, slots=True)
class Decided:
    """A finding and what the gate made of it.

    Attributes:
        finding: as the validator stated it.
        decision: the worst of the decisions for its stacks.
        waiver: id of the waiver when waived, else empty.
    """

    finding: Finding
    decision: Decision
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """A stack that may be planned and deployed: exactly the one with this digest.

    Only `skafu.gate` makes this value, and `deploy` accepts nothing else.

    Attributes:
        stack: which.
        digest: over all of its parts.
        parts: `template`, `parameters`, `tags`, `capabilities`, `artifacts`, `place`, `settings`, `deployment` -> SHA-256.
        judges: `policies`, `validators`, `waivers` -> SHA-256 of what judged it.
    """

    stack: StackId
    digest: str
    parts: Mapping[str, str] = field(default_factory=dict)
    judges: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A stack that may not be deployed, and every reason why."""

    stack: StackId
    digest: str
    reasons: tuple[str, ...]


StackVerdict: TypeAlias = Approved | Blocked


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer for a run.

    Attributes:
        stacks: one verdict for each stack that was judged, by id.
        decided: every finding with its decision, sorted by place.
        reasons: why the run as a whole is blocked; empty if and only if it is approved.
    """

    stacks: tuple[StackVerdict, ...]
    decided: tuple[Decided, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    reasons: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether everything may go on."""
        return not self.reasons
