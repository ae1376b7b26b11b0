"""Waiting for stacks: each event of a request once and in order, until CloudFormation has done."""

from __future__ import annotations

import itertools
import json
import threading

import pytest
from botocore.exceptions import EndpointConnectionError

from skafu.aws.cloudformation import Regional
from skafu.aws.patience import THROTTLED_TRIES, UNANSWERED_TRIES, Patience
from skafu.aws.waiting import Busy
from skafu.model.cloud import CloudError, Unreachable

STACK_ARN = "arn:aws:cloudformation:eu-west-1:111122223333:stack/data/3"

slow = pytest.mark.slow  # a real server


def resources(**found):
    return {"Resources": found}


def queue(name):
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


# Fails for real, after a second, and is rolled back.
FAILING = {
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Never": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": "Queue",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1"},
    },
}


def lines(told):
    return [(one.logical_id, one.status) for one in told]


@slow
def test_each_event_of_the_request_is_told_once_and_in_order(deploy):
    deploy("data", resources(Queue=queue("q")), "t1")

    stands, told = deploy("data", resources(Queue=queue("q"), Other=queue("o")), "t2", "UPDATE")

    assert stands.status == "UPDATE_COMPLETE"
    assert {one.token for one in told} == {"t2"}
    assert len({one.id for one in told}) == len(told)
    assert [one.time for one in told] == sorted(one.time for one in told)
    assert lines(told)[0] == ("data", "UPDATE_IN_PROGRESS")
    assert lines(told)[-1] == ("data", "UPDATE_COMPLETE")
    assert ("Other", "UPDATE_COMPLETE") in lines(told) or ("Other", "CREATE_COMPLETE") in lines(told)


@slow
def test_events_of_an_older_request_can_be_read_later(cloud, deploy):
    _, told = deploy("data", resources(Queue=queue("q")), "t1")
    deploy("data", resources(Queue=queue("r")), "t2", "UPDATE")

    assert list(cloud.events("data", "t1")) == told
    assert cloud.events("data", "never") == []
    assert cloud.events("nowhere", "t1") == []


@slow
def test_a_creation_that_fails_is_rolled_back_and_its_cause_is_the_first_failure(deploy):
    stands, told = deploy("data", resources(Queue=queue("q"), **FAILING), "t1")

    failures = [one for one in told if one.status.endswith("_FAILED")]
    assert stands.status == "ROLLBACK_COMPLETE"
    assert failures[0].logical_id == "Never"
    assert "timed out" in failures[0].reason
    assert lines(told)[-1] == ("data", "ROLLBACK_COMPLETE")


@slow
def test_a_run_that_was_killed_picks_the_stack_up_where_it_is(cloud, client, put, submission):
    """The second one to wait comes while CloudFormation is at work, and is told everything from the beginning."""
    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("q"), **FAILING), "t1"), "CREATE")
    cloud.execute(id_, "t1")
    told = []

    assert cloud.describe("data").busy
    stands = Regional(client, put, Patience(pause=0.02)).settle("data", "t1", told.append)

    assert stands.status == "ROLLBACK_COMPLETE"
    assert lines(told)[0] == ("data", "CREATE_IN_PROGRESS")
    assert list(cloud.events("data", "t1")) == told


@slow
def test_what_happens_in_nested_stacks_is_told_too(deploy, put):
    innermost = put(json.dumps(resources(Queue=queue("q"))))
    inner = put(
        json.dumps(
            resources(Deep={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": innermost}})
        )
    )
    outer = resources(Inner={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": inner}})

    _, told = deploy("data", outer, "t1")
    _, again = deploy("data", {**outer, **resources(**outer["Resources"], More=queue("m"))}, "t2", "UPDATE")

    where = {one.logical_id: one.stack for one in told}
    assert where["Queue"].startswith("data-Inner-")
    assert "-Deep-" in where["Queue"]
    assert lines(told)[:2] == [("data", "CREATE_IN_PROGRESS"), ("Inner", "CREATE_IN_PROGRESS")]
    assert lines(told)[-2:] == [("Inner", "CREATE_COMPLETE"), ("data", "CREATE_COMPLETE")]
    assert {one.token for one in again} == {"t2"}
    assert not {one.id for one in told} & {one.id for one in again}


@slow
def test_a_name_that_is_taken_is_told_as_the_failure_of_its_resource(aws, deploy):
    aws("s3").create_bucket(
        Bucket="taken-already", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-already"}}

    _, told = deploy("data", resources(Bucket=bucket), "t1")

    assert lines(told)[:2] == [("data", "CREATE_IN_PROGRESS"), ("Bucket", "CREATE_FAILED")]
    assert "already exists" in told[1].reason
    assert {one.token for one in told} == {"t1"}


@slow
def test_a_deletion_is_told_to_its_end_and_leaves_nothing(cloud, deploy):
    deploy("data", resources(Queue=queue("q")), "t1")
    told = []

    cloud.delete("data", "t2", "")

    assert cloud.settle("data", "t2", told.append) is None
    assert lines(told) == [
        ("data", "DELETE_IN_PROGRESS"),
        ("Queue", "DELETE_IN_PROGRESS"),
        ("Queue", "DELETE_COMPLETE"),
        ("data", "DELETE_COMPLETE"),
    ]
    assert cloud.describe("data") is None


@slow
def test_a_deletion_whose_answer_got_lost_is_not_asked_for_twice(cloud, client, deploy, hooked, lost):
    deploy("data", resources(Queue=queue("q")), "t1")
    hooked(client, "DeleteStack", lost)

    cloud.delete("data", "t2", "")

    assert cloud.settle("data", "t2", lambda _: None) is None


@slow
def test_a_stack_that_does_not_stand_is_not_waited_for(cloud):
    assert cloud.settle("nowhere", "t1", lambda _: None) is None


@slow
def test_a_request_that_never_began_is_not_waited_for_without_end(cloud, deploy):
    deploy("data", resources(Queue=queue("q")), "t1")
    told = []

    stands = cloud.settle("data", "never", told.append)

    assert (stands.status, told) == ("CREATE_COMPLETE", [])


@slow
def test_throttling_at_every_second_call_is_survived(client, put, submission, hooked, refusal):
    throttled = refusal("Throttling", "Rate exceeded")
    hooked(client, "*", *itertools.chain.from_iterable(itertools.repeat((throttled, lambda _: None), 100)))
    cloud = Regional(client, put, Patience(pause=0.01))
    told = []

    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t1"), "CREATE")
    found = cloud.change_set(id_)
    cloud.execute(id_, "t1")
    stands = cloud.settle("data", "t1", told.append)

    assert (found.empty, stands.status) == (False, "CREATE_COMPLETE")
    assert len(told) == 4


@slow
def test_errors_of_the_server_and_cut_connections_are_survived(client, deploy, hooked, refusal, lost):
    hooked(client, "*", refusal("InternalFailure", "", 500), lost, lambda _: None, lost, lambda _: None, lost)

    stands, told = deploy("data", resources(Queue=queue("q")), "t1")

    assert stands.status == "CREATE_COMPLETE"
    assert len(told) == 4


@slow
def test_who_may_not_list_stacks_waits_all_the_same(client, deploy, hooked, refusal):
    hooked(client, "ListStacks", *[refusal("AccessDenied", "not authorized", 403)] * 50)

    stands, _ = deploy("data", resources(Queue=queue("q")), "t1")

    assert stands.status == "CREATE_COMPLETE"


@slow
def test_answers_that_cannot_be_read_end_as_an_error(cloud, client, deploy, hooked, nonsense):
    deploy("data", resources(Queue=queue("q")), "t1")
    hooked(client, "*", *[nonsense] * 50)

    with pytest.raises(CloudError):
        cloud.settle("data", "t1", lambda _: None)


def test_a_server_that_never_answers_ends_as_unreachable(nobody):
    tries = []
    nobody.meta.events.register("before-send.cloudformation.*", lambda **_: tries.append(1))
    cloud = Regional(nobody, str, Patience(pause=0))

    with pytest.raises(Unreachable):
        cloud.settle("data", "t1", lambda _: None)
    assert len(tries) == UNANSWERED_TRIES


@slow
def test_a_server_that_dies_while_many_wait_ends_as_unreachable_for_each(client, put, submission):
    def gone(request, **_):
        raise EndpointConnectionError(endpoint_url=request.url)

    cloud = Regional(client, put, Patience(pause=0.02))
    waiting = threading.Barrier(5)
    ends = []

    def wait(name):
        cloud.execute(
            cloud.request_change_set(
                submission(name, resources(Queue=queue(name), **FAILING), name), "CREATE"
            ),
            name,
        )
        waiting.wait()
        try:
            cloud.settle(name, name, lambda _: None)
        except Unreachable as failure:
            ends.append(failure)

    waiters = [threading.Thread(target=wait, args=(f"data-{number}",)) for number in range(4)]
    for one in waiters:
        one.start()
    waiting.wait()
    client.meta.events.register("before-send.cloudformation.*", gone)
    for one in waiters:
        one.join()

    assert len(ends) == 4


def test_throttling_without_end_is_given_up(stubbed):
    cloud, stub = stubbed
    for _ in range(THROTTLED_TRIES):
        stub.add_client_error("describe_stacks", "Throttling", "Rate exceeded")

    with pytest.raises(Unreachable, match="throttles"):
        cloud.describe("data")


def test_pauses_grow_to_five_times_the_first():
    pauses = list(itertools.islice(Patience(pause=1).pauses(), 20))

    assert 0.75 <= pauses[0] <= 1.25
    assert all(3.75 <= one <= 6.25 for one in pauses[5:])


def test_all_who_wait_in_a_region_share_one_list_of_busy_stacks(stubbed):
    _, stub = stubbed
    stub.add_response(
        "list_stacks",
        {
            "StackSummaries": [
                {"StackId": STACK_ARN, "StackName": "data", "CreationTime": 0, "StackStatus": "x"}
            ]
        },
    )
    busy = Busy(stub.client, Patience(pause=1, clock=lambda: 7.0))
    found = []
    waiters = [threading.Thread(target=lambda: found.append(busy.has(STACK_ARN))) for _ in range(20)]

    for one in waiters:
        one.start()
    for one in waiters:
        one.join()

    assert found == [True] * 20


def stack(status, reason=""):
    one = {"StackId": STACK_ARN, "StackName": "data", "CreationTime": 0, "StackStatus": status}
    return {"Stacks": [{**one, "StackStatusReason": reason}]}


def busy(*arns):
    one = {"StackName": "data", "CreationTime": 0, "StackStatus": "UPDATE_IN_PROGRESS"}
    return {"StackSummaries": [{**one, "StackId": arn} for arn in arns]}


def test_a_stack_that_does_not_show_the_request_yet_is_not_taken_for_done(stubbed, moment):
    cloud, stub = stubbed
    ends = {
        "StackId": STACK_ARN,
        "EventId": "1",
        "StackName": "data",
        "LogicalResourceId": "data",
        "PhysicalResourceId": STACK_ARN,
        "ResourceType": "AWS::CloudFormation::Stack",
        "Timestamp": moment,
        "ResourceStatus": "UPDATE_COMPLETE",
        "ClientRequestToken": "t",
    }
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE"))
    stub.add_response("list_stacks", busy())
    stub.add_response("describe_stack_events", {"StackEvents": []})
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE"))
    stub.add_response("list_stacks", busy(STACK_ARN))
    stub.add_response("describe_stack_events", {"StackEvents": [ends]})
    stub.add_response("describe_stacks", stack("UPDATE_COMPLETE"))

    assert cloud.settle("data", "t", lambda _: None).status == "UPDATE_COMPLETE"


def test_a_rollback_that_failed_goes_on_without_the_resources_that_are_given_up(stubbed):
    cloud, stub = stubbed
    stub.add_response(
        "describe_stacks", stack("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed: [Q]")
    )
    stub.add_response(
        "continue_update_rollback",
        {},
        {
            "StackName": "data",
            "ClientRequestToken": "t",
            "RoleARN": "arn:aws:iam::111122223333:role/execution",
            "ResourcesToSkip": ["Q"],
        },
    )
    stub.add_response("describe_stacks", stack("UPDATE_ROLLBACK_IN_PROGRESS"))
    stub.add_response("list_stacks", busy(STACK_ARN))
    stub.add_response("list_stacks", busy())
    stub.add_response("describe_stacks", stack("UPDATE_ROLLBACK_COMPLETE"))

    before = cloud.describe("data")
    cloud.continue_rollback("data", "t", "arn:aws:iam::111122223333:role/execution", ["Q"])
    after = cloud.settle("data", "", lambda _: None)

    assert (before.status, before.reason) == (
        "UPDATE_ROLLBACK_FAILED",
        "The following resource(s) failed: [Q]",
    )
    assert after.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_deletion_that_failed_leaves_the_resources_that_are_named(stubbed):
    cloud, stub = stubbed
    stub.add_response("describe_stacks", stack("DELETE_FAILED", "The bucket is not empty"))
    stub.add_response(
        "delete_stack", {}, {"StackName": "data", "ClientRequestToken": "t", "RetainResources": ["Bucket"]}
    )
    stub.add_response("describe_stacks", stack("DELETE_COMPLETE"))
    stub.add_client_error("describe_stack_events", "ValidationError", "Stack [data] does not exist")

    before = cloud.settle("data", "", lambda _: None)
    cloud.delete("data", "t", "", ["Bucket"])

    assert before.status == "DELETE_FAILED"
    assert cloud.settle("data", "t", lambda _: None) is None


def test_a_stack_whose_creation_was_rolled_back_is_rolled_back_only_once(stubbed):
    cloud, stub = stubbed
    stub.add_client_error(
        "rollback_stack", "ValidationError", "RollbackStack cannot be called from current state"
    )
    stub.add_response("describe_stack_events", {"StackEvents": []})

    with pytest.raises(CloudError, match="current state"):
        cloud.rollback("data", "t", "")


def test_a_rollback_that_was_begun_already_is_not_refused(stubbed, moment):
    cloud, stub = stubbed
    event = {
        "StackId": STACK_ARN,
        "EventId": "1",
        "StackName": "data",
        "LogicalResourceId": "data",
        "PhysicalResourceId": STACK_ARN,
        "ResourceType": "AWS::CloudFormation::Stack",
        "Timestamp": moment,
        "ResourceStatus": "ROLLBACK_IN_PROGRESS",
        "ClientRequestToken": "t",
    }
    stub.add_client_error(
        "rollback_stack", "ValidationError", "RollbackStack cannot be called from current state"
    )
    stub.add_response("describe_stack_events", {"StackEvents": [event]})

    cloud.rollback("data", "t", "")


def test_credentials_that_expire_while_waiting_end_the_waiting(stubbed):
    cloud, stub = stubbed
    stub.add_response("describe_stacks", stack("UPDATE_IN_PROGRESS"))
    stub.add_response("list_stacks", busy())
    stub.add_client_error("describe_stack_events", "ExpiredToken", "The security token is expired")

    with pytest.raises(CloudError, match="expired") as failed:
        cloud.settle("data", "t", lambda _: None)
    assert failed.value.code == "ExpiredToken"
