"""One stack that nothing declares any more, against a CloudFormation that ends it one way or another."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from skafu.deploy.prune import Pruning, prune_stack
from skafu.model.change import Plan
from skafu.model.cloud import CloudError, ResourceEvent, Standing
from skafu.model.estate import StackId
from skafu.model.verdict import Approved, Blocked

OLD = StackId("development", "us-east-1", "old")
ARN = "arn:aws:cloudformation:us-east-1:111111111111:stack/made-development-old/1"
STANDS = Standing(ARN, "made-development-old", "CREATE_COMPLETE")
STACK = SimpleNamespace(id=OLD)
FAILED = ResourceEvent(
    "1", "2026-11-22T10:00:00Z", "old", "Bucket", "AWS::S3::Bucket", "DELETE_FAILED", "not empty"
)


class Cloud:
    """Says what it is given to say, and remembers what it was asked to delete."""

    def __init__(self, ended=None, events=(), refuses=""):
        self.ended, self.failed, self.refuses = ended, events, refuses
        self.deleted = []

    def settle(self, _, token, tell):
        for event in self.failed if token else ():
            tell(event)
        return self.ended

    def events(self, *_):
        return self.failed

    def delete(self, name, token, role):
        if self.refuses:
            raise CloudError(self.refuses)
        self.deleted.append((name, token, role))


def pruned(cloud, standing=STANDS, *, turn=0, answer=None, refused=""):
    """What was told: kind, and its result or reason."""
    told = []
    pruning = Pruning(
        run="run",
        plan=lambda stack, *_: Plan(stack.id, "", "update"),
        judge=lambda *_: answer or Approved(OLD, ""),
        refused=lambda *_: refused,
        tell=told.append,
    )
    prune_stack(STACK, cloud, standing, "role", turn, pruning)
    return [(one.kind, one.values.get("result") or one.values.get("reason", "")) for one in told]


UP_TO_THE_PLAN = [("stack-started", ""), ("planned", "")]


@pytest.mark.parametrize("ended", [None, replace(STANDS, status="DELETE_COMPLETE")])
def test_a_stack_is_deleted_by_its_arn_with_its_role_after_it_was_told(ended):
    cloud = Cloud(ended)

    assert pruned(cloud) == [*UP_TO_THE_PLAN, ("prune-requested", ""), ("stack-done", "pruned")]
    assert [(name, role) for name, _, role in cloud.deleted] == [(ARN, "role")]


def test_a_deletion_that_fails_tells_its_cause():
    cloud = Cloud(
        replace(STANDS, status="DELETE_FAILED", reason="The following resource(s) failed"), [FAILED]
    )

    assert pruned(cloud)[-2:] == [
        ("resource", "not empty"),
        ("stack-failed", "Bucket (AWS::S3::Bucket): not empty"),
    ]


def test_what_the_gate_blocks_is_not_asked_for():
    cloud = Cloud()

    assert pruned(cloud, answer=Blocked(OLD, "", ("no",))) == UP_TO_THE_PLAN
    assert cloud.deleted == []


def test_what_changed_since_it_was_judged_is_not_asked_for():
    cloud = Cloud()

    told = pruned(cloud, refused="it is declared again meanwhile")

    assert told == [*UP_TO_THE_PLAN, ("stack-failed", "it is declared again meanwhile")]
    assert cloud.deleted == []


def test_what_is_protected_or_refused_fails_with_the_reason():
    protected = Cloud()

    told = pruned(protected, replace(STANDS, termination_protection=True))

    assert told == [("stack-started", ""), ("stack-failed", "termination protection is on")]
    assert protected.deleted == []
    assert pruned(Cloud(refuses="AWS said no"))[-1] == ("stack-failed", "AWS said no")


def test_each_turn_and_each_status_has_a_token_of_its_own_and_the_same_request_the_same():
    cloud = Cloud()

    for standing, turn in (
        (STANDS, 0),
        (STANDS, 0),
        (STANDS, 1),
        (replace(STANDS, status="DELETE_FAILED"), 0),
    ):
        pruned(cloud, standing, turn=turn)

    first, again, later, after_failure = (token for _, token, _ in cloud.deleted)
    assert first == again
    assert len({first, later, after_failure}) == 3


def test_a_deletion_that_is_under_way_is_waited_for_and_not_asked_for_again():
    cloud = Cloud()

    told = pruned(cloud, replace(STANDS, status="DELETE_IN_PROGRESS"))

    assert [kind for kind, _ in told] == ["stack-started", "stack-waiting", "stack-done"]
    assert cloud.deleted == []
