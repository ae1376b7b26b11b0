"""What came of planning: what a person, a pull request or a program is shown."""

from __future__ import annotations

from dataclasses import dataclass

from skafu.model.change import Plan
from skafu.model.estate import StackId
from skafu.model.verdict import Decided


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A stack without a plan that could be carried out.

    Attributes:
        stack: which.
        state: `blocked` by the judges, its `plan` blocked, `failed` to be planned, or `left` to an administrator.
        reasons: why, each one line.
        hint: what to do about it.
    """

    stack: StackId
    state: str
    reasons: tuple[str, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """Everything that a run of `skafu plan` says.

    Attributes:
        gate: `approved` or `blocked`.
        reasons: why the judges blocked the run as a whole; empty where they did not.
        plans: in the order in which they would be carried out.
        decided: the findings about the plans, and those of the judges that block.
        unplanned: the stacks that would not be deployed, by id.
        removed: stacks that nothing declares any more, as sentences.
        stood_in: (type, stack and logical id) of what the embedded endpoint lacks; something else stands in for it.
    """

    gate: str
    reasons: tuple[str, ...] = ()
    plans: tuple[Plan, ...] = ()
    decided: tuple[Decided, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    removed: tuple[str, ...] = ()
    stood_in: tuple[tuple[str, str], ...] = ()

    def in_state(self, state: str) -> list[Unplanned]:
        """The stacks in one of the states of `Unplanned`."""
        return [one for one in self.unplanned if one.state == state]
