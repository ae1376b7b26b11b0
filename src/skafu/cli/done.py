"""What a run that was broken off had done already, and whether it still stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skafu.deploy import Prior
from skafu.model.cloud import Standing
from skafu.model.estate import StackId


@dataclass(frozen=True, slots=True)
class Done:
    """What a run that was broken off had done already.

    Attributes:
        stood: of the stacks that are done what is recorded: ARN, status and outputs.
        priors: of those that were under way.
    """

    stood: Mapping[StackId, Standing] = field(default_factory=dict)
    priors: Mapping[StackId, Prior] = field(default_factory=dict)

    def holds(self, id_: StackId, now: Standing | None) -> bool:
        """Whether a stack stands as it is recorded. What somebody has deleted or changed since is done again."""
        was = self.stood[id_]
        return now is not None and (now.id, now.status, dict(now.outputs)) == (
            was.id,
            was.status,
            dict(was.outputs),
        )
