"""Events of a failed operation -> the one line that says why."""

from __future__ import annotations

import pytest

from skafu.deploy.causes import root_cause
from skafu.model.cloud import ResourceEvent


def event(logical_id, status, reason="", type_="AWS::SQS::Queue"):
    return ResourceEvent(
        f"{logical_id}-{status}", "2026-11-22T10:00:00Z", "s", logical_id, type_, status, reason
    )


STACK = "AWS::CloudFormation::Stack"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], "", id="nothing happened"),
        pytest.param([event("A", "CREATE_COMPLETE")], "", id="nothing failed"),
        pytest.param(
            [
                event("A", "CREATE_IN_PROGRESS"),
                event("B", "CREATE_FAILED", "Resource creation cancelled"),
                event("A", "CREATE_FAILED", "Queue  exists\nalready"),
                event(
                    "s", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A, B].", STACK
                ),
            ],
            "A (AWS::SQS::Queue): Queue exists already",
            id="the others were cancelled",
        ),
        pytest.param(
            [
                event("Inner", "CREATE_FAILED", "Embedded stack arn:… was not successfully created", STACK),
                event("B", "CREATE_FAILED", "no such key"),
            ],
            "B (AWS::SQS::Queue): no such key",
            id="in a nested stack",
        ),
        pytest.param(
            [event("Inner", "CREATE_FAILED", "Template error: no such function", STACK)],
            "Inner (AWS::CloudFormation::Stack): Template error: no such function",
            id="the nested stack itself",
        ),
        pytest.param(
            [event("A", "UPDATE_FAILED")],
            "A (AWS::SQS::Queue): CloudFormation gave no reason",
            id="no reason at all",
        ),
    ],
)
def test_the_first_cause_is_told_and_not_its_consequences(events, expected):
    assert root_cause(events) == expected
