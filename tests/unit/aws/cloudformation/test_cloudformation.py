"""Stacks as they are described, protected, listed and left alone."""

from __future__ import annotations

import json

import pytest

from skafu.aws.cloudformation import ALIVE
from skafu.model.cloud import CloudError, Unreachable

slow = pytest.mark.slow  # a real server


def queue(name):
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


TEMPLATE = {
    "Parameters": {"Name": {"Type": "String"}, "Secret": {"Type": "String", "NoEcho": True}},
    "Resources": {"Queue": queue({"Ref": "Name"})},
    "Outputs": {"Name": {"Value": {"Ref": "Name"}}},
}


@slow
def test_a_stack_is_described_with_all_that_it_was_given(cloud, deploy):
    parameters = {"Name": "q", "Secret": "s3cr3t"}
    stands, _ = deploy("data", TEMPLATE, "t1", parameters=parameters, tags={"team": "data"})

    assert cloud.describe("data") == stands
    assert cloud.describe(stands.id) == stands
    assert (stands.name, stands.status, stands.busy) == ("data", "CREATE_COMPLETE", False)
    assert stands.parameters == {"Name": "q", "Secret": "****"}
    assert (stands.outputs, stands.tags) == ({"Name": "q"}, {"team": "data"})
    assert cloud.template("data") == TEMPLATE


@slow
def test_what_does_not_stand_is_none(cloud):
    assert cloud.describe("nowhere") is None
    assert cloud.template("nowhere") is None


@slow
def test_a_protected_stack_is_not_deleted(cloud, deploy):
    deploy("data", {"Resources": {"Queue": queue("q")}}, "t1")

    cloud.protect("data", on=True)
    assert cloud.describe("data").termination_protection
    with pytest.raises(CloudError, match="TerminationProtection"):
        cloud.delete("data", "t2", "")

    cloud.protect("data", on=False)
    cloud.delete("data", "t3", "")
    assert cloud.settle("data", "t3", lambda _: None) is None


@slow
def test_a_stack_whose_export_is_imported_is_not_deleted(cloud, deploy):
    exported = {"Value": "q", "Export": {"Name": "shared-name"}}
    deploy("data", {"Resources": {"Queue": queue("q")}, "Outputs": {"Name": exported}}, "t1")
    deploy(
        "api",
        {"Resources": {"Queue": queue({"Fn::Sub": ["${N}-2", {"N": {"Fn::ImportValue": "shared-name"}}]})}},
        "t2",
    )

    with pytest.raises(CloudError, match="shared-name"):
        cloud.delete("data", "t3", "")


@slow
def test_a_stack_policy_is_read_as_it_was_set(cloud, deploy):
    deploy("data", {"Resources": {"Queue": queue("q")}}, "t1")
    policy = json.dumps(
        {"Statement": [{"Effect": "Deny", "Action": "Update:Delete", "Principal": "*", "Resource": "*"}]}
    )

    assert cloud.policy("data") == ""
    cloud.set_policy("data", policy)
    assert cloud.policy("data") == policy


@slow
def test_stacks_are_listed_by_name_without_nested_and_deleted_ones_and_over_many_pages(
    cloud, client, deploy, put
):
    inner = put(json.dumps({"Resources": {"Queue": queue("inner")}}))
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": inner}}
    deploy("dev-data", {"Resources": {"Inner": nested}}, "t1")
    deploy("dev-gone", {"Resources": {"Queue": queue("q")}}, "t2")
    cloud.delete("dev-gone", "t3", "")
    cloud.settle("dev-gone", "t3", lambda _: None)
    for number in range(100):  # MiniStack's page
        client.create_stack(
            StackName=f"other-{number}", TemplateBody=json.dumps({"Resources": {"Q": queue(f"o{number}")}})
        )
    deploy("dev-data-api", {"Resources": {"Queue": queue("p")}}, "t4")
    deploy("dev-api", {"Resources": {"Queue": queue("r")}}, "t5")

    assert [one.name for one in cloud.stacks("dev-")] == ["dev-api", "dev-data", "dev-data-api"]


def test_a_nested_stack_is_known_by_its_parent_where_that_is_told(stubbed):
    cloud, stub = stubbed
    one = {"StackId": "arn:1", "StackName": "dev-data", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    inner = {**one, "StackId": "arn:2", "StackName": "dev-data-Inner-1ABC", "ParentId": "arn:1"}
    asked = {"StackStatusFilter": ALIVE}
    stub.add_response("list_stacks", {"StackSummaries": [one], "NextToken": "p2"}, asked)
    stub.add_response("list_stacks", {"StackSummaries": [inner]}, {**asked, "NextToken": "p2"})

    assert [found.name for found in cloud.stacks("dev-")] == ["dev-data"]


def test_every_status_but_that_of_a_stack_that_is_gone_is_alive(client):
    known = client.meta.service_model.shape_for("StackStatus").enum

    assert set(ALIVE) == {*known} - {"DELETE_COMPLETE"}


def test_a_failure_is_never_taken_for_a_stack_that_is_not_there(stubbed):
    cloud, stub = stubbed
    stub.add_client_error(
        "describe_stacks",
        "AccessDenied",
        "User: me is not authorized to perform: cloudformation:DescribeStacks",
    )

    with pytest.raises(CloudError) as refused:
        cloud.describe("data")
    assert (refused.value.code, isinstance(refused.value, Unreachable)) == ("AccessDenied", False)


def test_another_validation_error_is_not_taken_for_a_stack_that_is_not_there(stubbed):
    cloud, stub = stubbed
    stub.add_client_error(
        "describe_stacks", "ValidationError", "1 validation error detected: Value 'x_y' at 'stackName'"
    )

    with pytest.raises(CloudError, match="validation error"):
        cloud.describe("x_y")


def test_an_answer_without_a_stack_cannot_be_read(stubbed):
    cloud, stub = stubbed
    stub.add_response("describe_stacks", {"Stacks": []})

    with pytest.raises(CloudError, match="cannot be read"):
        cloud.describe("data")


def test_a_template_that_is_not_json_is_told_as_its_text(stubbed):
    cloud, stub = stubbed
    stub.add_response(
        "get_template", {"TemplateBody": "Resources: {}"}, {"StackName": "data", "TemplateStage": "Original"}
    )

    assert cloud.template("data") == "Resources: {}"


def test_a_role_is_given_where_there_is_one(stubbed):
    cloud, stub = stubbed
    role = "arn:aws:iam::111122223333:role/execution"
    stub.add_response("delete_stack", {}, {"StackName": "data", "ClientRequestToken": "t", "RoleARN": role})
    stub.add_response("rollback_stack", {}, {"StackName": "data", "ClientRequestToken": "t"})

    cloud.delete("data", "t", role)
    cloud.rollback("data", "t", "")


def test_an_update_for_which_nothing_is_to_do_did_not_begin(stubbed, submission):
    cloud, stub = stubbed
    stub.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
    stub.add_response("describe_stack_events", {"StackEvents": []})

    assert not cloud.update(submission("data", {}, "t"))
