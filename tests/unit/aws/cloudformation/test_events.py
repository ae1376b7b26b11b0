"""Reading events: newest first and page by page as CloudFormation tells them, oldest first and once as skafu does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from skafu.aws.events import Events
from skafu.aws.patience import Patience

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def arn(stack):
    return f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{stack}/1"


def happened(second, logical_id, status, request="t", *, stack="data", nested=""):
    """An event as CloudFormation tells it; `second` may be a fraction."""
    itself = logical_id == stack
    return {
        "StackId": arn(stack),
        "EventId": f"{stack}-{logical_id}-{second}-{status}",
        "StackName": stack,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": arn(nested or stack) if nested or itself else logical_id.lower(),
        "ResourceType": "AWS::CloudFormation::Stack" if nested or itself else "AWS::SQS::Queue",
        "Timestamp": START + timedelta(seconds=second),
        "ResourceStatus": status,
        **({"ClientRequestToken": request} if request else {}),
    }


@pytest.fixture
def reader(stubbed):
    """What reads the events of the request `t`, and `pages(stack, *pages)` which says the answers to come."""
    _, stub = stubbed

    def pages(stack, *found):
        for number, page in enumerate(found):
            asked = {"StackName": stack, **({"NextToken": str(number)} if number else {})}
            more = {"NextToken": str(number + 1)} if len(found) > number + 1 else {}
            stub.add_response("describe_stack_events", {"StackEvents": page, **more}, asked)

    return Events(stub.client, Patience(pause=0), arn("data"), "t"), pages


def told(events):
    return [(one.stack, one.logical_id, one.status) for one in events]


def test_events_are_told_once_and_no_page_is_read_behind_what_is_known(reader):
    events, pages = reader
    begins = happened(1, "data", "UPDATE_IN_PROGRESS")
    queue = happened(2, "Queue", "UPDATE_IN_PROGRESS")
    before = happened(0, "data", "CREATE_COMPLETE", "older")
    pages(arn("data"), [begins, before])
    first = events.fresh()
    pages(arn("data"), [queue, begins, before])
    second = events.fresh()

    assert told(first) == [("data", "data", "UPDATE_IN_PROGRESS")]
    assert told(second) == [("data", "Queue", "UPDATE_IN_PROGRESS")]


def test_no_page_is_read_behind_the_beginning_of_the_request(stubbed):
    _, stub = stubbed
    page = [happened(1, "data", "UPDATE_IN_PROGRESS"), happened(0, "data", "CREATE_COMPLETE", "older")]
    stub.add_response("describe_stack_events", {"StackEvents": page, "NextToken": "years of history"})

    assert len(Events(stub.client, Patience(pause=0), arn("data"), "t").fresh()) == 1


def test_no_page_is_read_behind_what_was_read_before(stubbed):
    _, stub = stubbed
    events = Events(stub.client, Patience(pause=0), arn("data"), "t")
    begins, queue = happened(1, "data", "UPDATE_IN_PROGRESS"), happened(2, "Queue", "UPDATE_IN_PROGRESS")
    stub.add_response("describe_stack_events", {"StackEvents": [begins]})
    events.fresh()
    stub.add_response("describe_stack_events", {"StackEvents": [queue, begins], "NextToken": "more"})

    assert told(events.fresh()) == [("data", "Queue", "UPDATE_IN_PROGRESS")]


def test_what_happens_between_two_pages_moves_events_on_and_repeats_them(reader):
    events, pages = reader
    begins, queue = happened(1, "data", "UPDATE_IN_PROGRESS"), happened(2, "Queue", "UPDATE_IN_PROGRESS")
    pages(arn("data"), [queue], [queue, begins])

    assert told(events.fresh()) == [
        ("data", "data", "UPDATE_IN_PROGRESS"),
        ("data", "Queue", "UPDATE_IN_PROGRESS"),
    ]


def test_what_another_request_did_later_is_left_out(reader):
    events, pages = reader
    later = happened(3, "data", "DELETE_IN_PROGRESS", "later")
    pages(
        arn("data"),
        [later, happened(2, "data", "UPDATE_COMPLETE"), happened(1, "data", "UPDATE_IN_PROGRESS")],
    )

    assert told(events.fresh()) == [
        ("data", "data", "UPDATE_IN_PROGRESS"),
        ("data", "data", "UPDATE_COMPLETE"),
    ]
    assert events.ended


def test_the_end_of_a_nested_stack_is_not_the_end_of_the_request(reader):
    events, pages = reader
    pages(
        arn("data"),
        [
            happened(2, "Inner", "CREATE_COMPLETE", nested="data-Inner-1"),
            happened(1, "Inner", "CREATE_IN_PROGRESS", nested="data-Inner-1"),
            happened(0, "data", "CREATE_IN_PROGRESS"),
        ],
    )
    pages(arn("data-Inner-1"), [])

    events.fresh()

    assert not events.ended


def test_events_of_nested_stacks_stand_between_those_of_the_parent_even_without_its_token(reader):
    events, pages = reader
    inner = "data-Inner-1"
    pages(
        arn("data"),
        [
            happened(1, "data", "UPDATE_COMPLETE"),
            happened(1, "Inner", "UPDATE_COMPLETE", nested=inner),
            happened(1, "Inner", "UPDATE_IN_PROGRESS", nested=inner),
            happened(1, "data", "UPDATE_IN_PROGRESS"),
        ],
    )
    pages(
        arn(inner),
        [
            happened(1, inner, "UPDATE_COMPLETE", "", stack=inner),
            happened(1, "Queue", "UPDATE_COMPLETE", "", stack=inner),
            happened(1, inner, "UPDATE_IN_PROGRESS", "", stack=inner),
            happened(0, inner, "CREATE_COMPLETE", "", stack=inner),
        ],
    )

    assert told(events.fresh()) == [
        ("data", "data", "UPDATE_IN_PROGRESS"),
        ("data", "Inner", "UPDATE_IN_PROGRESS"),
        (inner, inner, "UPDATE_IN_PROGRESS"),
        (inner, "Queue", "UPDATE_COMPLETE"),
        (inner, inner, "UPDATE_COMPLETE"),
        ("data", "Inner", "UPDATE_COMPLETE"),
        ("data", "data", "UPDATE_COMPLETE"),
    ]


def test_an_event_is_told_with_its_time_to_the_millisecond(reader):
    events, pages = reader
    pages(arn("data"), [happened(1.125, "data", "UPDATE_IN_PROGRESS")])

    (one,) = events.fresh()

    assert one.time == "2026-11-22T09:30:01.125Z"
