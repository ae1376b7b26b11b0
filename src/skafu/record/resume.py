"""What a run that was broken off leaves to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from skafu.model.deployment import DONE, DeployedStack, Deployment, LockEvent, Phase
from skafu.model.errors import InputError
from skafu.model.estate import StackId


class Left(Enum):
    """What a resumed run does about a stack."""

    DONE = "done"
    """It is as it should be, and is not touched again; its outputs stand in the record."""
    UNREAD = "unread"
    """It is done, but the run broke off before what stands was compared with what was approved."""
    IN_FLIGHT = "in flight"
    """CloudFormation was asked for something: that is looked for by its token, and never asked for anew."""
    TO_DO = "to do"
    """Nothing was asked for, or what was asked for is over and did not succeed: it is begun from the start."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A run that was broken off.

    Attributes:
        deployment: all that is known of it: its command, options, endpoint, who started it.
        left: stack -> what there is to do about it.
        held: the locks it took and did not release. They may have been taken over since.
    """

    deployment: Deployment
    left: Mapping[StackId, Left]
    held: tuple[LockEvent, ...]

    def stacks(self, left: Left) -> tuple[DeployedStack, ...]:
        """The stacks of which this is left to do, by id."""
        return tuple(stack for stack in self.deployment.stacks if self.left[stack.id] is left)


def broken_of(deployment: Deployment | None, run: str) -> Broken:
    """What the run `run` leaves to be done.

    Raises:
        InputError: it deployed nothing, changes nothing, or came to its end.
    """
    if deployment is None:
        raise InputError(f"run {run} deployed nothing, so there is nothing to resume")
    if deployment.command not in {"deploy", "destroy"}:
        message = f"run {run} is a `skafu {deployment.command}`, which changes nothing"
        raise InputError(message, hint="Start it again instead.")
    if deployment.finished:
        message = f"run {run} came to its end at {deployment.ended} ({deployment.result})"
        raise InputError(message, hint="Start a new one: what stands already is left as it is.")
    left = {stack.id: _left(stack) for stack in deployment.stacks}
    return Broken(deployment, left, _held(deployment.locks))


def _left(stack: DeployedStack) -> Left:
    if stack.result in DONE:
        read = stack.read_back is not None or stack.result in {"deleted", "absent", "pruned"}
        return Left.DONE if read else Left.UNREAD
    # A result of any other name, of a newer version say, is no reason to leave a stack alone.
    asked = stack.phase in {Phase.CHANGE_SET_REQUESTED, Phase.CHANGE_SET_MADE, Phase.EXECUTION_REQUESTED}
    return Left.IN_FLIGHT if asked else Left.TO_DO


def _held(locks: tuple[LockEvent, ...]) -> tuple[LockEvent, ...]:
    """The locks whose last event is that they were taken."""
    last = {(lock.account, lock.region, lock.environment): lock for lock in locks}
    return tuple(last[place] for place in sorted(last) if last[place].happened == "taken")
