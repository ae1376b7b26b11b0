"""What can be done with a stack in each of CloudFormation's states.

Source: "Understand CloudFormation stack creation events" and "Stack status codes" of its User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skafu.model.cloud import Standing


@dataclass(frozen=True, slots=True)
class Ready:
    """A change set of this kind can be made: `CREATE` or `UPDATE`."""

    kind: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Nothing can be deployed before somebody does something.

    Attributes:
        why: one sentence without its full stop.
        action: what `--recover` does: `delete`, `rollback`, `continue-rollback`; empty where nobody but a person can.
        advice: the same in words, as the end of "To go on, ...".
    """

    why: str
    action: str
    advice: str

    @property
    def hint(self) -> str:
        """What to do, in a sentence or two."""
        if not self.action:
            return f"To go on, {self.advice}."
        return f"With --recover, skafu {RECOVERING[self.action]}."


RECOVERING: Mapping[str, str] = {
    "delete": "deletes it first and creates it anew; what its deletion policies keep stays",
    "rollback": "rolls it back first, to what stood before",
    "continue-rollback": "goes on with the rollback first; mend what kept it from rolling back",
}
"""What `--recover` does -> the same as the end of "With --recover, skafu ..."."""

NOTHING = Ready("CREATE")
"""There is no stack, or none any more."""

_DELETE = "delete it: what it made is gone or kept by its deletion policies"

STATES: Mapping[str, Ready | Stuck] = {
    "DELETE_COMPLETE": NOTHING,
    "REVIEW_IN_PROGRESS": NOTHING,  # a change set was made for it and never executed
    "CREATE_COMPLETE": Ready("UPDATE"),
    "UPDATE_COMPLETE": Ready("UPDATE"),
    "UPDATE_ROLLBACK_COMPLETE": Ready("UPDATE"),
    "IMPORT_COMPLETE": Ready("UPDATE"),
    "IMPORT_ROLLBACK_COMPLETE": Ready("UPDATE"),
    "CREATE_FAILED": Stuck("its creation failed, and it was not rolled back", "delete", _DELETE),
    "ROLLBACK_COMPLETE": Stuck(
        "its creation failed and was rolled back; it can only be deleted", "delete", _DELETE
    ),
    "ROLLBACK_FAILED": Stuck("its creation failed, and so did rolling it back", "delete", _DELETE),
    "DELETE_FAILED": Stuck(
        "it could not be deleted", "", "delete it with `skafu destroy`, once what kept it from that is gone"
    ),
    "UPDATE_FAILED": Stuck(
        "an update failed and was not rolled back", "rollback", "roll it back to what stood before"
    ),
    "UPDATE_ROLLBACK_FAILED": Stuck(
        "an update failed, and so did rolling it back",
        "continue-rollback",
        "mend what kept it from rolling back, then go on with the rollback",
    ),
    "IMPORT_ROLLBACK_FAILED": Stuck(
        "an import failed, and so did rolling it back", "", "look at it in CloudFormation's console"
    ),
}


def stands(standing: Standing | None) -> bool:
    """Whether a stack is what some deployment has made of it, and nobody is at work on it: others may rely on it."""
    return standing is not None and state(standing.status) == Ready("UPDATE")


def state(status: str) -> Ready | Stuck:
    """What can be done; a status that nobody knows is stuck. One that is in progress has to end first."""
    if not status:
        return NOTHING
    unknown = Stuck(f"skafu does not know the status {status}", "", "look at it in CloudFormation's console")
    return STATES.get(status, unknown)
