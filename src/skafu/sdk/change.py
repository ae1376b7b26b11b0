"""What a policy about plans is asked about: one resource, and what a deployment would do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skafu.model.change import Action, Replacement
from skafu.sdk.reading import At, parts
from skafu.sdk.subjects import Account, Environment, Resource, Stack, Violation


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property, or attribute, that becomes another.

    Attributes:
        path: as `Properties.BillingMode`, `Tags` or `DeletionPolicy`.
        before: what stands; None where nothing does or nobody says; possibly an `Unknown`.
        after: what will stand, likewise.
        replacement: whether this alone makes the resource a new one.
        cause: what changed to change it, as `parameter Environment`; empty where the template did.
    """

    path: str
    before: Any = None
    after: Any = None
    replacement: Replacement = Replacement.NEVER
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the deployment of the stack would do.

    Attributes:
        kind: `create`, `update`, `import` or `none`.
        stack: as it will stand.
        actions: what happens to each resource that something happens to, by logical id. What stands under it is
            removed too where it is added and was of another type.
        physical_ids: the logical id of each of these that stands, by its physical id.
    """

    kind: str
    stack: Stack = field(repr=False)
    actions: Mapping[str, Action]
    physical_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource.

    Attributes:
        logical_id: its name in the template; of a resource in a nested stack `Nested.Resource`.
        type: e.g. `AWS::DynamoDB::Table`.
        action: what happens.
        plan: the whole that it is a part of.
        replacement: whether it gives way to a new one; `NEVER` of what is added, removed or imported.
        physical_id: of what stands; empty where nothing does.
        details: what becomes another.
        kept: whether what stands outlives this: its deletion policy or update-replace policy keeps it.
        before: the resource as it stands, None where nothing does. Where nobody knows how it stands, all that is
            read of it is an `Unknown`.
        after: the resource as it will stand, likewise.
    """

    logical_id: str
    type: str
    action: Action
    plan: Plan = field(repr=False)
    replacement: Replacement = Replacement.NEVER
    physical_id: str = ""
    details: tuple[PropertyChange, ...] = ()
    kept: bool = False
    before: Resource | None = None
    after: Resource | None = None

    @property
    def loses(self) -> bool:
        """Whether what stands, and the data in it, would or may be gone."""
        gone = self.action is Action.REMOVE or self.replacement is not Replacement.NEVER
        return gone and not self.kept

    @property
    def stack(self) -> Stack:
        """The stack, as it will stand."""
        return self.plan.stack

    @property
    def environment(self) -> Environment:
        """The configuration of the stack's environment."""
        return self.stack.environment

    @property
    def account(self) -> Account:
        """The account that the stack goes to."""
        return self.stack.account

    @property
    def region(self) -> str:
        """The region that the stack goes to."""
        return self.stack.region

    def violation(
        self, message: str, *, at: At = "", attribute: str = "", fix: str = "", severity: str = ""
    ) -> Violation:
        """Something wrong with this change: at a property's path, or at an attribute such as `DeletionPolicy`.

        Args:
            message: what is wrong, one sentence.
            at: where, within the properties.
            attribute: where, if that is beside the properties.
            fix: what to do about it; empty means the policy's own explanation.
            severity: how bad this one is, if not as bad as the policy says.
        """
        inside = (attribute or "Properties", *parts(at)) if attribute or at else ()
        path = ("Resources", self.logical_id, *inside)
        return Violation(message, fix, self.logical_id, path, self.stack.number, severity=severity)
