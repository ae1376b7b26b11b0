"""What is known of a deployment, in plain values: what renderers, the history and a resumed run are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from skafu.model.cloud import ResourceEvent
from skafu.model.estate import StackId


class Phase(Enum):
    """How far a stack has come. The order of declaration is the order of time."""

    NOT_BEGUN = "not begun"
    STARTED = "started"
    """Looked at; CloudFormation was asked for nothing that would have to be picked up."""
    CHANGE_SET_REQUESTED = "change set requested"
    CHANGE_SET_MADE = "change set made"
    EXECUTION_REQUESTED = "execution requested"
    ENDED = "ended"
    """It has a result."""


DONE = frozenset(
    {"created", "updated", "imported", "unchanged", "deleted", "absent", "pruned", "planned", "compared"}
)
"""The results of a stack that is as it should be; the others are `failed`, `blocked`, `skipped` and `left`."""


@dataclass(frozen=True, slots=True)
class StoodIn:
    """A resource that the embedded endpoint lacks, and that something else stood in for."""

    logical_id: str
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What CloudFormation held afterwards, compared with what was approved: each `same`, `different` or `kept`.

    `kept` is the older text of what means the same: CloudFormation finds no change and takes no new text.
    """

    template: str
    parameters: str
    tags: str
    differences: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether what stands is what was judged."""
        return {self.template, self.parameters, self.tags} <= {"same", "kept"}


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """What a run did about one stack. Text is empty where nothing is known; times are ISO 8601, UTC.

    Attributes:
        id: which.
        account: name of the account.
        digest: as the gate decided about it.
        gate: what the gate said of the stack itself, `approved` or `blocked`.
        phase: how far it came.
        result: one of `DONE`, `failed`, `blocked` (its plan was), `skipped` or `left`.
        status: CloudFormation's, as far as it was told last.
        reason: of what is not done, one line.
        hint: what to do about it.
        because: of a skipped one, the stack that it needs.
        started: when it was begun; of one that was picked up again, when that was done first.
        ended: when its result was known.
        seconds: how long CloudFormation and skafu took, as recorded.
        kind: of the change set: `CREATE`, `UPDATE` or `IMPORT`.
        token: of the request for the change set.
        submitted: SHA-256 of the template as submitted.
        file: its copy, relative to the folder of the run.
        change_set: ARN.
        execution_token: of the request to execute it.
        plan: as it was recorded; None where none was made.
        plan_gate: what the gate said of the plan.
        plan_reasons: why it was blocked.
        plan_findings: as recorded.
        parts: what was sealed, part -> digest.
        judges: who judged, as sealed.
        sealed: the digest that was computed anew.
        stack_id: ARN of what stands.
        outputs: output -> value.
        read_back: the comparison after the deployment; None where there was none.
        stood_in: resources that something stood in for.
        resources: what CloudFormation told.
        recovered: (action, status it led to).
        artifacts: as recorded.
        drift: as recorded; None where none was looked for.
    """

    id: StackId
    account: str = ""
    digest: str = ""
    gate: str = ""
    phase: Phase = Phase.NOT_BEGUN
    result: str = ""
    status: str = ""
    reason: str = ""
    hint: str = ""
    because: str = ""
    started: str = ""
    ended: str = ""
    seconds: float = 0.0
    kind: str = ""
    token: str = ""
    submitted: str = ""
    file: str = ""
    change_set: str = ""
    execution_token: str = ""
    plan: Mapping[str, Any] | None = None
    plan_gate: str = ""
    plan_reasons: tuple[str, ...] = ()
    plan_findings: tuple[Mapping[str, Any], ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    judges: Any = None
    sealed: str = ""
    stack_id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    read_back: ReadBack | None = None
    stood_in: tuple[StoodIn, ...] = ()
    resources: tuple[ResourceEvent, ...] = ()
    recovered: tuple[tuple[str, str], ...] = ()
    artifacts: tuple[Mapping[str, Any], ...] = ()
    drift: Mapping[str, Any] | None = None

    @property
    def state(self) -> str:
        """Its result; of one without, `in flight` or `not begun`."""
        if self.result:
            return self.result
        return "not begun" if self.phase is Phase.NOT_BEGUN else "in flight"


@dataclass(frozen=True, slots=True)
class LockEvent:
    """What became of a lock: `taken`, `lost` or `released`, when, and from whom or why."""

    happened: str
    at: str
    account: str
    region: str
    environment: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotDeclared:
    """A stack that stands and that no definition makes."""

    name: str
    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a run did beyond judging. Text is empty where nothing is known; times are ISO 8601, UTC.

    Attributes:
        run: its id.
        command: `deploy`, `plan`, `drift` or `destroy`.
        line: the command line, as typed.
        options: the options by name, as recorded.
        endpoint: `aws`, `embedded` or an address.
        who: who started it.
        started: when the deployment began, after judging.
        ended: when it was finished; empty of one that was broken off.
        result: `done`, `failed`, `blocked` or `nothing`; empty of one that was broken off.
        needs: stack -> the stacks that it waits for.
        stacks: by id.
        resumed: (when, who) for each time it was resumed.
        locks: in order.
        not_declared: stacks that no definition makes.
        counts: as recorded at the end.
    """

    run: str
    command: str
    line: str
    options: Mapping[str, Any]
    endpoint: str
    who: str
    started: str
    ended: str
    result: str
    needs: Mapping[StackId, tuple[StackId, ...]]
    stacks: tuple[DeployedStack, ...]
    resumed: tuple[tuple[str, str], ...] = ()
    locks: tuple[LockEvent, ...] = ()
    not_declared: tuple[NotDeclared, ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether it came to its end, however that was."""
        return bool(self.result)
