"""Drift, property by property."""

from __future__ import annotations

import json

import pytest

from skafu.model.cloud import CloudError, Drift, DriftFound

slow = pytest.mark.slow  # a real server

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "VisibilityTimeout": 30}}
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}


@slow
def test_what_stands_as_its_template_says_has_not_drifted(cloud, deploy):
    deploy("data", {"Resources": {"Queue": QUEUE}}, "t1")

    assert cloud.drift("data") == DriftFound(drifted=(), checked=1)


@slow
def test_a_property_that_somebody_changed_is_told_with_both_values(cloud, aws, deploy):
    deploy("data", {"Resources": {"Queue": QUEUE, "Handle": HANDLE}}, "t1")
    url = aws("sqs").get_queue_url(QueueName="q")["QueueUrl"]
    aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "90"})

    found = cloud.drift("data")

    (queue,) = found.drifted
    assert (queue.logical_id, queue.type, queue.status) == ("Queue", "AWS::SQS::Queue", "MODIFIED")
    assert queue.differences == (("/VisibilityTimeout", "30", "90"),)
    assert (found.checked, found.unchecked) == (1, ("Handle",))


@slow
def test_a_resource_that_somebody_deleted_has_drifted(cloud, aws, deploy):
    deploy("data", {"Resources": {"Queue": QUEUE}}, "t1")
    aws("sqs").delete_queue(QueueUrl=aws("sqs").get_queue_url(QueueName="q")["QueueUrl"])

    (queue,) = cloud.drift("data").drifted

    assert (queue.status, queue.differences) == ("DELETED", ())


@slow
def test_nested_stacks_are_compared_too(cloud, aws, deploy, put):
    inner = put(json.dumps({"Resources": {"Queue": QUEUE, "Handle": HANDLE}}))
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": inner}}
    deploy("data", {"Resources": {"Inner": nested}}, "t1")
    url = aws("sqs").get_queue_url(QueueName="q")["QueueUrl"]
    aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "90"})

    found = cloud.drift("data")

    assert [one.logical_id for one in found.drifted] == ["Inner.Queue"]
    assert (found.checked, found.unchecked) == (1, ("Inner.Handle",))


@slow
def test_a_stack_that_does_not_stand_cannot_be_compared(cloud):
    with pytest.raises(CloudError, match="does not exist"):
        cloud.drift("nowhere")


def status(stage, **other):
    return {"StackId": "s", "StackDriftDetectionId": "d", "DetectionStatus": stage, "Timestamp": 0, **other}


def resource(logical_id, state):
    return {
        "StackId": "s",
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": logical_id.lower(),
        "ResourceType": "AWS::SQS::Queue",
        "StackResourceDriftStatus": state,
        "Timestamp": 0,
    }


def listed(*logical_ids):
    one = {"ResourceType": "AWS::SQS::Queue", "LastUpdatedTimestamp": 0, "ResourceStatus": "CREATE_COMPLETE"}
    return {"StackResourceSummaries": [{**one, "LogicalResourceId": id_} for id_ in logical_ids]}


def test_it_is_waited_for_and_read_page_by_page_and_unknown_is_not_in_sync(stubbed):
    cloud, stub = stubbed
    asked = {"StackName": "data"}
    stub.add_response("detect_stack_drift", {"StackDriftDetectionId": "d"}, asked)
    stub.add_response("describe_stack_drift_detection_status", status("DETECTION_IN_PROGRESS"))
    stub.add_response("describe_stack_drift_detection_status", status("DETECTION_COMPLETE"))
    first = {"StackResourceDrifts": [resource("B", "DELETED"), resource("C", "UNKNOWN")], "NextToken": "p2"}
    second = {"StackResourceDrifts": [resource("A", "MODIFIED"), resource("E", "IN_SYNC")]}
    stub.add_response("describe_stack_resource_drifts", first, asked)
    stub.add_response("describe_stack_resource_drifts", second, {**asked, "NextToken": "p2"})
    stub.add_response("list_stack_resources", listed("A", "B", "C", "D", "E"), asked)

    assert cloud.drift("data") == DriftFound(
        drifted=(
            Drift("A", "AWS::SQS::Queue", "a", "MODIFIED"),
            Drift("B", "AWS::SQS::Queue", "b", "DELETED"),
        ),
        checked=3,
        unchecked=("C", "D"),
    )


def test_a_detection_that_failed_for_one_resource_is_no_answer(stubbed):
    cloud, stub = stubbed
    stub.add_response("detect_stack_drift", {"StackDriftDetectionId": "d"})
    stub.add_response(
        "describe_stack_drift_detection_status",
        status("DETECTION_FAILED", DetectionStatusReason="Failed to detect drift on resource [Table]"),
    )

    with pytest.raises(CloudError, match=r"Failed to detect drift on resource \[Table\]") as failed:
        cloud.drift("data")
    assert failed.value.code == "DETECTION_FAILED"
