"""What every step of a stack's way has at hand, and how the way ends before its end."""

from __future__ import annotations

import hashlib
from typing import Any

from skafu.deploy.means import Means, Went
from skafu.model.cloud import ResourceEvent
from skafu.model.estate import Stack
from skafu.model.event import Event


class StopError(Exception):
    """This stack goes no further; how it ended has been told."""

    def __init__(self, went: Went) -> None:
        """Take how it ended."""
        super().__init__(went)
        self.went = went


class Step:
    """One stack under way.

    Attributes:
        stack: which.
        means: everything that is handed in.
        cloud: CloudFormation where it goes.
    """

    def __init__(self, stack: Stack, means: Means) -> None:
        """Take the stack, and what is needed beside it."""
        self.stack = stack
        self.means = means
        self.cloud = means.cloud(stack)

    def tell(self, kind: str, /, **values: Any) -> None:
        """Record that something happened to the stack."""
        self.means.tell(Event(kind, self.stack.id, values))

    def resource(self, event: ResourceEvent) -> None:
        """Record what CloudFormation tells of a resource."""
        self.tell(
            "resource",
            time=event.time,
            logical_id=event.logical_id,
            type=event.type,
            status=event.status,
            reason=event.reason,
            **{"in": event.stack},
        )

    def failed(self, reason: str, status: str = "", hint: str = "") -> StopError:
        """Record that it failed; to be raised."""
        self.tell("stack-failed", reason=reason, status=status, hint=hint)
        return StopError(Went.FAILED)

    def token(self, what: Any, attempt: int = 0) -> str:
        """The same request in the same run, the same token."""
        told = f"{self.stack.id}|{what}|{sorted(self.stack.given.items())}"
        return f"skafu-{self.means.run}-{hashlib.sha256(told.encode()).hexdigest()[:16]}-{attempt}"

    def sealed(self) -> None:
        """Make sure that what would be done is what was approved, and record it.

        Raises:
            StopError: it is not.
        """
        approved = self.means.approved[self.stack.id]
        found = list(self.means.differs(self.stack, approved))
        if found:
            raise self.failed(
                f"it is not what was approved any more: {'; '.join(found)}", hint="Judge and deploy it again."
            )
        self.tell("sealed", digest=approved.digest, parts=dict(approved.parts), judges=dict(approved.judges))
