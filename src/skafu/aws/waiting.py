"""Waiting until CloudFormation has done with a stack, told what happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from skafu.aws.descriptions import reading, standing
from skafu.aws.events import Events
from skafu.aws.failures import DENIED
from skafu.aws.patience import Patience, missing
from skafu.model.cloud import CloudError, ResourceEvent, Standing

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.literals import StackStatusType

BUSY: tuple[StackStatusType, ...] = (
    "CREATE_IN_PROGRESS",
    "ROLLBACK_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
)
"""The statuses of a stack that CloudFormation is at work on."""

LOOKS = 5
"""How often a stack at rest is looked at before it is believed that the request will not begin, or was another's."""

AT_ONCE = 8
"""So many waiters read events after each pause; of more, each reads them less often."""

SHARE = 4
"""One list of busy stacks serves this many times as long as it took to get."""


def describe(client: CloudFormationClient, patience: Patience, name: str) -> Standing | None:
    """The stack of this name or ARN; None where there is none, or none any more."""
    try:
        answer = patience.ask(f"describe the stack {name}", lambda: client.describe_stacks(StackName=name))
    except CloudError as failure:
        if missing(failure):
            return None
        raise
    with reading(f"the stack {name}"):
        found = standing(answer["Stacks"][0])
    return None if found.status == "DELETE_COMPLETE" else found


class Busy:
    """Which stacks CloudFormation is at work on, in one account and region: one question for all who wait.

    A request for each waiting stack at each look is what AWS throttles in big estates. This one is a hint: whoever
    finds its stack gone from it describes the stack itself, and only that decides.
    """

    def __init__(self, client: CloudFormationClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self._lock = threading.Lock()
        self._ids: frozenset[str] = frozenset()
        self._until = patience.clock()
        self._allowed = True

    def has(self, stack: str) -> bool:
        """Whether the stack of this ARN was at work a moment ago."""
        with self._lock:
            began = self._patience.clock()
            if self._allowed and began >= self._until:
                self._ids = self._asked()
                now = self._patience.clock()
                self._until = now + max(self._patience.pause, SHARE * (now - began))
            return stack in self._ids

    def _asked(self) -> frozenset[str]:
        pages = self._patience.pages("list stacks", self._client.list_stacks, StackStatusFilter=list(BUSY))
        try:
            return frozenset(one["StackId"] for page in pages for one in page.get("StackSummaries", ()))
        except CloudError as failure:
            # Then everybody describes its own stack, and fails by itself if it must.
            self._allowed = failure.code not in DENIED
            return frozenset()


class Waiting:
    """Those who wait for stacks of one account and region."""

    def __init__(self, client: CloudFormationClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self._busy = Busy(client, patience)
        self._waiters = 0
        self._counting = threading.Lock()

    def settle(self, name: str, token: str, tell: Callable[[ResourceEvent], None]) -> Standing | None:
        """Wait until CloudFormation has done with a stack, telling each event of `token` once, in order.

        Args:
            name: name, or better ARN: what happened in a stack that is gone is told only to who knows its ARN.
            token: of the request; empty where no events are wanted.
            tell: is called for each event.

        Returns:
            The stack at rest; None where it is gone.

        Raises:
            CloudError: AWS refuses.
            Unreachable: nobody answered any more; the stack goes on without us.
        """
        with self._counting:
            self._waiters += 1
        try:
            if token and name.startswith("arn:"):
                return self._told(name, Events(self._client, self._patience, name, token), tell)
            found = describe(self._client, self._patience, name)
            if not token:
                return self._rest(found)
            events = Events(self._client, self._patience, found.id if found else name, token)
            if found is None:
                _pass_on(events, tell)
                return None
            return self._told(found.id, events, tell)
        finally:
            with self._counting:
                self._waiters -= 1

    def _rest(self, found: Standing | None) -> Standing | None:
        for pause in self._patience.pauses():
            if found is None or not found.busy:
                return found
            busy = self._busy.has(found.id)
            self._sleep(pause, busy=busy)
            if not busy:
                found = describe(self._client, self._patience, found.id)
        raise AssertionError  # pauses() never ends

    def _told(self, stack: str, events: Events, tell: Callable[[ResourceEvent], None]) -> Standing | None:
        looks, due = 0, self._patience.clock()
        for pause in self._patience.pauses():
            busy = self._busy.has(stack)
            if not busy or self._patience.clock() >= due:
                _pass_on(events, tell)
                due = self._patience.clock() + pause * max(1.0, self._waiters / AT_ONCE)
            if not busy or events.ended:
                found = describe(self._client, self._patience, stack)
                if found is None:
                    _pass_on(events, tell)
                    return None
                looks += not found.busy
                if not found.busy and (events.ended or looks >= LOOKS):
                    return found
            self._sleep(pause, busy=busy)
        raise AssertionError  # pauses() never ends

    def _sleep(self, pause: float, *, busy: bool) -> None:
        """Sleep: short where the answer that all share told something, for looking at it again costs nothing."""
        self._patience.sleep(self._patience.pause if busy else pause)


def _pass_on(events: Events, tell: Callable[[ResourceEvent], None]) -> None:
    for event in events.fresh():
        tell(event)
