"""What deploying needs of CloudFormation, in one account and region. `skafu.aws` has the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from skafu.model.errors import SkafuError


class CloudError(SkafuError):
    """AWS did not do what it was asked for, and asking again would not help. The message is one sentence.

    Attributes:
        code: AWS's code of the error, e.g. `AccessDenied`; empty where it never answered.
    """

    exit_code = 3

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Unreachable(CloudError):  # noqa: N818 - what it is, not that it is one
    """Nobody answers, or only with errors of the server, after all retries: nobody knows what has happened."""


@dataclass(frozen=True, slots=True)
class Submission:
    """All that CloudFormation is given for one stack.

    Attributes:
        name: CloudFormation's name of the stack.
        template: the template, as text (JSON).
        parameters: parameter -> value, as text.
        tags: tag -> value.
        capabilities: sorted.
        role: ARN of the role that CloudFormation uses for the resources; empty for the caller's own rights.
        import_existing: whether resources that exist under their name are taken over.
        validated: whether CloudFormation checks names and properties before it begins. Only the embedded endpoint is told
            not to: it refuses the names of what is taken over.
        imports: logical id -> (type, identifier), of an import that is asked for; then nothing else happens.
        token: names the request: CloudFormation does the same request once. At most 128 of `[a-zA-Z0-9-]`.
    """

    name: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...]
    token: str
    role: str = ""
    import_existing: bool = False
    validated: bool = True
    imports: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """A stack as CloudFormation describes it.

    Attributes:
        id: its ARN.
        name: its name.
        status: e.g. `CREATE_COMPLETE`.
        reason: why, where CloudFormation says so.
        outputs: output -> value.
        parameters: parameter -> value; `****` where it is secret.
        tags: tag -> value.
        termination_protection: whether it may not be deleted.
    """

    id: str
    name: str
    status: str
    reason: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    termination_protection: bool = False

    @property
    def busy(self) -> bool:
        """Whether CloudFormation is at work on it. A stack in review is not: it waits for somebody."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class ResourceEvent:
    """One line of the life of a stack.

    Attributes:
        id: CloudFormation's id of it.
        time: ISO 8601, UTC.
        stack: name of the stack it happened in, which may be a nested one.
        logical_id: of the resource; of the stack itself its name.
        type: type of the resource.
        status: e.g. `CREATE_FAILED`.
        reason: why; empty where it is not said.
        token: of the request that it belongs to.
        physical_id: as far as there is one.
    """

    id: str
    time: str
    stack: str
    logical_id: str
    type: str
    status: str
    reason: str = ""
    token: str = ""
    physical_id: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set that CloudFormation has computed.

    Attributes:
        id: its ARN.
        stack: ARN of the stack; empty where nobody said it.
        creates: whether the stack does not stand before it is executed.
        empty: whether it says that nothing would change; then it cannot be executed.
        changes: `Changes` of DescribeChangeSet, all pages, those of nested change sets in place
            (each `ResourceChange` of a nested one has `LogicalResourceId` `Nested.Resource`).
        differs: of an empty one the sections in which the template that CloudFormation holds is not the one
            submitted, e.g. `Outputs`; sorted.
    """

    id: str
    empty: bool
    changes: Sequence[Mapping[str, Any]] = ()
    differs: tuple[str, ...] = ()
    stack: str = ""
    creates: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource that is not what its template says.

    Attributes:
        logical_id: its name.
        type: its type.
        physical_id: what stands.
        status: `MODIFIED` or `DELETED`.
        differences: (path, expected, actual), as CloudFormation states them.
    """

    logical_id: str
    type: str
    physical_id: str
    status: str
    differences: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DriftFound:
    """What drift detection says of one stack.

    Attributes:
        drifted: resources that differ.
        checked: how many were compared.
        unchecked: logical ids of those whose type cannot be compared.
    """

    drifted: tuple[Drift, ...]
    checked: int
    unchecked: tuple[str, ...] = ()


class Cloud(Protocol):
    """CloudFormation in one account and region.

    Every method retries what is worth it (throttling, 5xx, connections) and may be called from any thread.

    Raises, each of them: `CloudError` where AWS refuses; `Unreachable` where nobody answered.
    """

    def describe(self, name: str) -> Standing | None:
        """The stack of this name or ARN; None where there is none, or none any more."""

    def request_change_set(self, submission: Submission, kind: str) -> str:
        """Ask for a change set of `kind` `CREATE`, `UPDATE` or `IMPORT` and return its ARN.

        The same token finds the change set that was asked for before; it is not made twice.
        """

    def change_set(self, id_: str) -> ChangeSet:
        """Wait until a change set is computed. `CloudError` where that failed for another reason than no change."""

    def drop_change_set(self, id_: str) -> None:
        """Delete a change set that will not be executed. One that is gone is fine."""

    def pending(self, name: str) -> Sequence[str]:
        """The ARNs of a stack's change sets. A stack in review that has none is empty, and may be deleted."""

    def execute(self, id_: str, token: str) -> None:
        """Execute a change set. `CloudError` with code `InvalidChangeSetStatus` where it is obsolete."""

    def update(self, submission: Submission) -> bool:
        """Start to update a stack without a change set. False where CloudFormation says nothing would change.

        Only for an empty change set that `differs`: an endpoint may not see that outputs change.
        """

    def settle(self, name: str, token: str, tell: Callable[[ResourceEvent], None]) -> Standing | None:
        """Wait until CloudFormation has done with a stack, telling each event of the request `token` once, in order.

        None where the stack is gone. An empty token tells none. Give the ARN of a stack that is deleted: AWS
        tells what happened in it only by that.
        """

    def events(self, name: str, token: str) -> Sequence[ResourceEvent]:
        """The events of one request, oldest first, those of nested stacks among them."""

    def template(self, name: str) -> Any:
        """The template that CloudFormation holds, parsed; None where there is no such stack."""

    def protect(self, name: str, *, on: bool) -> None:
        """Set termination protection."""

    def set_policy(self, name: str, policy: str) -> None:
        """Set the stack policy (JSON text)."""

    def policy(self, name: str) -> str:
        """The stack policy; empty where there is none."""

    def delete(self, name: str, token: str, role: str, retain: Sequence[str] = ()) -> None:
        """Start to delete a stack; `retain` names resources to leave, of a stack whose deletion failed."""

    def rollback(self, name: str, token: str, role: str) -> None:
        """Start to roll a failed stack back."""

    def continue_rollback(self, name: str, token: str, role: str, skip: Sequence[str] = ()) -> None:
        """Go on with a rollback that failed."""

    def stacks(self, prefix: str) -> Sequence[Standing]:
        """Every stack whose name begins with `prefix`, by name; those that are gone are not among them."""

    def drift(self, name: str) -> DriftFound:
        """Compare what stands with what the template says, property by property. Takes its time."""

    def resources(self, name: str) -> Sequence[tuple[str, str, str]]:
        """Logical id, type and physical id of every resource that stands, without those in nested stacks."""

    def importers(self, id_: str) -> Mapping[str, Sequence[str]]:
        """Export -> the stacks that import it, by name, of the exports of a stack by its ARN that somebody imports."""
