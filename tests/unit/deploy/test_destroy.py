"""One stack on its way out, against a CloudFormation that ends it one way or another."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from skafu.deploy.destroy import Removing, destroy_stack, on_ground, reversed_needs
from skafu.model.cloud import ResourceEvent, Standing
from skafu.model.estate import StackId

A, B, C = (StackId("development", "us-east-1", name) for name in "abc")
ARN = "arn:aws:cloudformation:us-east-1:111111111111:stack/made-a/1"
STANDS = Standing(ARN, "made-a", "CREATE_COMPLETE")
STACK = SimpleNamespace(id=A, stack_name="made-a")


class Cloud:
    """Says what it is given to say, and remembers what it was asked to delete."""

    def __init__(self, standing, ended=None, events=()):
        self.standing, self.ended, self.failed = standing, ended, events
        self.deleted = []

    def describe(self, _):
        return self.standing

    def settle(self, _, token, tell):
        for event in self.failed if token else ():
            tell(event)
        return self.ended

    def events(self, *_):
        return self.failed

    def delete(self, name, _, role):
        self.deleted.append((name, role))


def destroyed(cloud):
    """Whether it is gone, and what was told: kind, and its result or reason."""
    told = []
    removing = Removing(
        "run", lambda _: cloud, lambda _: "role", {A: ["Table  AWS::DynamoDB::Table  t"]}, told.append
    )
    gone = destroy_stack(STACK, removing)
    return gone, [(one.kind, one.values.get("result") or one.values.get("reason", "")) for one in told]


def test_what_is_deleted_waits_for_what_needs_it():
    assert reversed_needs({A: [], B: [A], C: [A, B]}) == {A: [B, C], B: [C], C: []}
    assert reversed_needs({B: [A]}) == {B: []}


@pytest.mark.parametrize("ended", [None, replace(STANDS, status="DELETE_COMPLETE")])
def test_a_stack_is_deleted_by_its_arn_with_its_role(ended):
    cloud = Cloud(STANDS, ended)

    assert destroyed(cloud) == (
        True,
        [("stack-started", ""), ("execution-requested", ""), ("stack-done", "deleted")],
    )
    assert cloud.deleted == [(ARN, "role")]


def test_a_stack_that_does_not_stand_is_done():
    cloud = Cloud(None)

    assert destroyed(cloud) == (True, [("stack-started", ""), ("stack-done", "absent")])
    assert cloud.deleted == []


def test_a_protected_stack_is_not_asked_about():
    cloud = Cloud(replace(STANDS, termination_protection=True))

    assert destroyed(cloud) == (
        False,
        [("stack-started", ""), ("stack-failed", "termination protection is on")],
    )
    assert cloud.deleted == []


def test_a_deletion_that_is_under_way_already_is_waited_for_and_not_asked_for_again():
    cloud = Cloud(replace(STANDS, status="DELETE_IN_PROGRESS"))

    gone, told = destroyed(cloud)

    assert (gone, [kind for kind, _ in told]) == (True, ["stack-started", "stack-waiting", "stack-done"])
    assert cloud.deleted == []


def test_a_deletion_that_fails_says_the_cause():
    at = "2026-11-22T09:30:00.125Z"
    events = [
        ResourceEvent("1", at, "made-a", "Bucket", "AWS::S3::Bucket", "DELETE_FAILED", "It is not empty"),
        ResourceEvent(
            "2",
            at,
            "made-a",
            "made-a",
            "AWS::CloudFormation::Stack",
            "DELETE_FAILED",
            "The following resource(s) failed",
        ),
    ]
    cloud = Cloud(STANDS, replace(STANDS, status="DELETE_FAILED"), events)

    gone, told = destroyed(cloud)

    assert not gone
    assert told[-1] == ("stack-failed", "Bucket (AWS::S3::Bucket): It is not empty")


def test_the_ground_goes_last_in_its_environment_and_what_it_needs_after_it():
    identity, role, queue, reader, other = (
        StackId("development", "us-east-1", name) for name in ("identity", "role", "queue", "reader", "other")
    )
    elsewhere = StackId("staging", "us-east-1", "queue")
    needs = {identity: [], role: [identity], queue: [], reader: [queue], other: [role], elsewhere: []}

    found = on_ground(needs, {role})

    assert found == {
        identity: [],
        role: [identity],
        queue: [role],
        reader: [queue, role],
        other: [role],
        elsewhere: [],
    }
    assert reversed_needs(found)[role] == [other, queue, reader]
