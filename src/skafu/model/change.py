"""What a deployment would do to a stack: the values of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from skafu.model.estate import StackId
from skafu.model.place import Location

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What CloudFormation's change sets state for a value that is known only after they are executed."""


class Action(Enum):
    """What happens to a resource."""

    ADD = "add"
    MODIFY = "modify"
    REMOVE = "remove"
    IMPORT = "import"
    DYNAMIC = "dynamic"
    """Known only while the change set is executed."""


class Replacement(Enum):
    """Whether a modified resource gives way to a new one."""

    NEVER = "never"
    MAYBE = "maybe"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property, or attribute, that becomes another.

    Attributes:
        path: as `Properties.BillingMode`, `Tags` or `DeletionPolicy`.
        before: what stands, as JSON text; None where nothing does or CloudFormation does not say.
        after: what will stand, likewise; `KNOWN_AFTER_APPLY` (as JSON text) where that is known only then.
        replacement: whether this alone makes the resource a new one.
        cause: what changed to change it, or what the new value is made of, as `parameter Environment` or `Data.Arn`;
            empty where the template alone says it.
        location: where a person edits what it will be; None where nobody can say.
    """

    path: str
    before: str | None = None
    after: str | None = None
    replacement: Replacement = Replacement.NEVER
    cause: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource.

    Attributes:
        logical_id: its name in the template; of a resource in a nested stack `Nested.Resource`.
        type: e.g. `AWS::DynamoDB::Table`.
        action: what happens.
        replacement: of a modified one; `MAYBE` of a dynamic one; `NEVER` of all others.
        physical_id: of what stands; empty where nothing does.
        details: what becomes another, by path.
        kept: whether what stands outlives this (its deletion policy or update-replace policy keeps it).
        before: the resource as it stands, type and properties, as far as anybody knows; None where nothing does.
        after: the resource as it will stand; None where nothing will.
        location: where a person edits it; of a removed one, where its template stands.
    """

    logical_id: str
    type: str
    action: Action
    location: Location
    replacement: Replacement = Replacement.NEVER
    physical_id: str = ""
    details: tuple[PropertyChange, ...] = ()
    kept: bool = False
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    @property
    def loses(self) -> bool:
        """Whether what stands, and the data in it, would be gone."""
        gone = self.action is Action.REMOVE or self.replacement is not Replacement.NEVER
        return gone and not self.kept


@dataclass(frozen=True, slots=True)
class Plan:
    """What the deployment of one stack would do.

    Attributes:
        stack: which.
        digest: of the stack that it is a plan for, as the gate approved it.
        kind: `create`, `update`, `import` or `none`, where nothing would change.
        changes: by logical id.
        others: what changes beside resources, as sentences: tags, outputs, parameters.
        change_set: its ARN; empty where the plan is a prediction.
        against: what a prediction compared with, e.g. `main` or `the last deployment`; empty for a change set.
    """

    stack: StackId
    digest: str
    kind: str
    changes: tuple[Change, ...] = ()
    others: tuple[str, ...] = ()
    change_set: str = ""
    against: str = ""
    waiting: tuple[StackId, ...] = field(default=())
    """The stacks whose outputs it needs and that do not stand yet; then there is no change set, only a prediction."""
