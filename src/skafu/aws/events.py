"""The events of one request, its nested stacks' among them: each once, oldest first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from skafu.aws.descriptions import event
from skafu.aws.patience import Patience, missing
from skafu.aws.validation_failures import validation_failures
from skafu.model.cloud import CloudError, ResourceEvent
from skafu.model.nesting import STACK

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


class Events:
    """What has happened in a stack because of one request, as far as it was not told yet.

    CloudFormation gives every event of a request its token (API reference, StackEvent). It does not say
    whether those in nested stacks get it too, so there everything counts that happened since the parent
    began with the nested stack: nobody else may touch it.

    Attributes:
        ended: whether CloudFormation has told the end of the request.
    """

    def __init__(self, client: CloudFormationClient, patience: Patience, stack: str, token: str) -> None:
        self._client = client
        self._patience = patience
        self._stack = stack
        self._token = token
        self._seen: set[str] = set()
        self._begun: dict[tuple[str, str], str] = {}  # stack, logical id of a nested one -> when
        self._nested: dict[str, dict[str, str]] = {}  # stack -> nested one -> its logical id
        self.ended = False

    def fresh(self) -> list[ResourceEvent]:
        """The events that came since the last call, by time."""
        return self._with_nested(self._stack, self._root())

    def _with_nested(self, stack: str, found: list[ResourceEvent]) -> list[ResourceEvent]:
        """The new events of a stack, and between them those of the stacks nested in it.

        Within a millisecond, what happens inside stands behind the parent's beginning and before its end.
        """
        self._follow(stack, found)
        begun = {
            one.logical_id: one
            for one in reversed(found)  # the first of a millisecond wins
            if one.time == self._begun.get((stack, one.logical_id))
        }
        for nested, logical_id in sorted(self._nested.get(stack, {}).items()):
            inside = self._with_nested(nested, self._inside(nested, self._begun[stack, logical_id]))
            start = found.index(begun[logical_id]) + 1 if logical_id in begun else 0
            found = [*found[:start], *heapq.merge(inside, found[start:], key=lambda one: one.time)]
        return found

    def _root(self) -> list[ResourceEvent]:
        found: list[ResourceEvent] = []
        for one in self._unseen(self._stack):
            if one.token == self._token:
                found.append(one)
            elif found:  # what one request does stands together
                break
        found.reverse()
        for one in found:
            if _of_itself(one):
                self.ended = not one.status.endswith("_IN_PROGRESS")
        return self._with_validation(found)

    def _inside(self, stack: str, since: str) -> list[ResourceEvent]:
        found = []
        for one in self._unseen(stack):
            if one.time < since and one.token != self._token:
                break
            found.append(one)
        found.reverse()
        return found

    def _unseen(self, stack: str) -> Iterator[ResourceEvent]:
        """The events of a stack, newest first, back to the newest of the last call.

        A page may repeat events of the one before it: what happens meanwhile moves them on.
        """
        known, self._seen = self._seen, set(self._seen)
        pages = self._patience.pages(
            f"read the events of {stack}", self._client.describe_stack_events, StackName=stack
        )
        try:
            for page in pages:
                for described in page.get("StackEvents", ()):
                    one = event(described)
                    if one.id in known:
                        return
                    if one.id not in self._seen:
                        self._seen.add(one.id)
                        yield one
        except CloudError as failure:
            if not missing(failure):
                raise

    def _follow(self, stack: str, found: list[ResourceEvent]) -> None:
        """Remember the nested stacks, and when each was begun."""
        for one in found:
            if one.type != STACK or _of_itself(one):
                continue
            self._begun.setdefault((stack, one.logical_id), one.time)
            if one.physical_id:
                self._nested.setdefault(stack, {})[one.physical_id] = one.logical_id

    def _with_validation(self, found: list[ResourceEvent]) -> list[ResourceEvent]:
        """The events, and before the first that only refers to what validation found, that."""
        for place, refers in enumerate(found):
            if refers.status.endswith("_FAILED") and "DescribeEvents" in refers.reason:
                failures = validation_failures(
                    self._client, self._patience, refers.status, StackName=self._stack
                )
                ours = [
                    replace(one, token=self._token)
                    for one in failures  # MiniStack leaves the token out
                    if one.token == self._token or (not one.token and one.time >= found[0].time)
                ]
                return [*found[:place], *ours, *found[place:]]
        return found


def _of_itself(one: ResourceEvent) -> bool:
    """Whether an event is about the stack it happened in."""
    return one.type == STACK and f":stack/{one.stack}/" in one.physical_id
