"""What deploying is given from outside, and what it says in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from skafu.model.change import Plan
from skafu.model.cloud import ChangeSet, Cloud, Standing, Submission
from skafu.model.estate import Stack, StackId
from skafu.model.event import Tell
from skafu.model.verdict import Approved, Blocked


class Went(Enum):
    """How it ended for a stack."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Prior:
    """How far a run that was broken off had come with a stack.

    Attributes:
        token: of its last request for a change set, or of its execution.
        executing: whether the execution had been asked for, as far as the record knows.
        change_set: its ARN; empty where it was not yet told.
    """

    token: str
    executing: bool
    change_set: str = ""


@dataclass(frozen=True, slots=True)
class Means:
    """All that is needed beside the stack.

    Attributes:
        run: id of the run; part of every token.
        approved: what the gate approved.
        cloud: the CloudFormation of a stack's account and region.
        compose: the template as it is submitted, its artifacts stored before: (stack, tell) -> plain data.
        differs: what is not as it was approved, computed anew from what lies on disk now.
        plan: (stack, cloud, what was asked for, change set, the template as plain data) -> what would happen.
        removal: (stack, cloud, what stands) -> what deleting it would do.
        judge: the gate over a plan; `Blocked` with every reason.
        role: ARN of the role that CloudFormation uses for the resources of a stack; empty for the caller's rights.
        keep: stores a copy of the template as submitted and tells under which name.
        tell: records an event and shows it.
        recover: whether a stack that is stuck is brought out of it.
        emulated: whether it is the embedded endpoint. Its change sets do not see that outputs change, and it refuses
            the names of what a stack takes over.
        imports: what an import that was asked for takes over, logical id -> identifier; then nothing else
            happens to the stack.
    """

    run: str
    approved: Mapping[StackId, Approved]
    cloud: Callable[[Stack], Cloud]
    compose: Callable[[Stack, Tell], Any]
    differs: Callable[[Stack, Approved], Sequence[str]]
    plan: Callable[[Stack, Cloud, Submission, ChangeSet, Any], Plan]
    removal: Callable[[Stack, Cloud, Standing], Plan]
    judge: Callable[[Stack, Plan], Approved | Blocked]
    role: Callable[[Stack], str]
    keep: Callable[[Stack, str], str]
    tell: Tell
    recover: bool = False
    emulated: bool = False
    imports: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
