"""Change sets: what is asked for, what is computed, and what happens when it is asked for twice."""

from __future__ import annotations

import json

import pytest
from botocore.stub import ANY

from skafu.aws.change_sets import says_no_change
from skafu.aws.cloudformation import Regional
from skafu.aws.patience import Patience
from skafu.model.cloud import CloudError, Unreachable

ARN = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/skafu-update-t/1"
INNER_ARN = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/skafu-update-t-Inner/2"
STACK_ARN = "arn:aws:cloudformation:eu-west-1:111122223333:stack/data/3"

slow = pytest.mark.slow  # a real server


def queue(name, **properties):
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def resources(**found):
    return {"Resources": found}


def actions(change_set):
    return {
        one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"]["Action"]
        for one in change_set.changes
    }


@slow
def test_a_new_stack_is_planned_in_review_and_its_resources_are_added(cloud, submission):
    asked = submission("data", resources(Queue=queue("q"), Other=queue("o")), "t1")

    found = cloud.change_set(cloud.request_change_set(asked, "CREATE"))

    assert actions(found) == {"Queue": "Add", "Other": "Add"}
    assert cloud.describe("data").status == "REVIEW_IN_PROGRESS"


@slow
def test_an_update_tells_which_resource_is_replaced_for_which_property(cloud, deploy, submission):
    deploy("data", resources(Queue=queue("q")), "t1")
    asked = submission("data", resources(Queue=queue("other")), "t2")

    (change,) = cloud.change_set(cloud.request_change_set(asked, "UPDATE")).changes

    assert change["ResourceChange"]["Replacement"] == "True"
    assert change["ResourceChange"]["Details"][0]["Target"]["Name"] == "QueueName"


@slow
def test_the_same_token_finds_the_change_set_of_a_run_that_was_killed(cloud, client, put, submission):
    asked = submission("data", resources(Queue=queue("q")), "t1", parameters={})

    first = cloud.request_change_set(asked, "CREATE")
    second = Regional(client, put, Patience(pause=0)).request_change_set(asked, "CREATE")

    assert first == second
    assert cloud.pending("data") == (first,)


@slow
def test_a_request_whose_answer_got_lost_is_not_made_twice(cloud, client, submission, hooked, lost):
    hooked(client, "CreateChangeSet", lost)

    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t1"), "CREATE")

    assert cloud.pending("data") == (id_,)


@slow
def test_a_token_that_was_used_for_another_template_is_refused(cloud, submission):
    cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t1"), "CREATE")

    with pytest.raises(CloudError, match="asked for something else") as refused:
        cloud.request_change_set(submission("data", resources(Queue=queue("p")), "t1"), "CREATE")
    assert refused.value.code == "AlreadyExistsException"


@slow
def test_a_token_that_was_used_with_another_value_of_a_parameter_is_refused(cloud, submission):
    template = {"Parameters": {"Name": {"Type": "String"}}, **resources(Queue=queue({"Ref": "Name"}))}
    cloud.request_change_set(submission("data", template, "t1", parameters={"Name": "q"}), "CREATE")

    with pytest.raises(CloudError, match="asked for something else"):
        cloud.request_change_set(submission("data", template, "t1", parameters={"Name": "p"}), "CREATE")


@slow
def test_a_secret_parameter_does_not_show_in_the_description(cloud, client, submission):
    template = {
        "Parameters": {"Secret": {"Type": "String", "NoEcho": True}},
        **resources(Queue=queue("q")),
    }
    asked = submission("data", template, "t1", parameters={"Secret": "one"})
    other = submission("elsewhere", template, "t1", parameters={"Secret": "two"})

    said = [
        client.describe_change_set(ChangeSetName=cloud.request_change_set(one, "CREATE"))["Description"]
        for one in (asked, other)
    ]

    assert said[0] == said[1]


@slow
def test_a_creation_of_a_stack_that_stands_is_refused_in_aws_words(cloud, deploy, submission):
    deploy("data", resources(Queue=queue("q")), "t1")

    with pytest.raises(CloudError, match="already exists"):
        cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t2"), "CREATE")


@slow
def test_the_same_again_changes_nothing_and_differs_in_nothing(cloud, deploy, submission):
    template = resources(Queue=queue("q"))
    deploy("data", template, "t1")

    found = cloud.change_set(cloud.request_change_set(submission("data", template, "t2"), "UPDATE"))

    assert (found.empty, found.changes, found.differs) == (True, (), ())


@slow
def test_outputs_that_an_empty_change_set_does_not_see_are_told_and_can_be_updated(cloud, deploy, submission):
    deploy("data", resources(Queue=queue("q")), "t1")
    asked = submission("data", {**resources(Queue=queue("q")), "Outputs": {"Name": {"Value": "q"}}}, "t2")

    found = cloud.change_set(cloud.request_change_set(asked, "UPDATE"))
    began = cloud.update(asked)
    stands = cloud.settle("data", "t2", lambda _: None)

    assert (found.empty, found.differs, began) == (True, ("Outputs",), True)
    assert (stands.status, stands.outputs) == ("UPDATE_COMPLETE", {"Name": "q"})
    assert not cloud.update(submission("data", json.loads(asked.template), "t3"))


@slow
def test_a_resource_that_stands_is_imported_by_its_identifier(aws, deploy):
    url = aws("sqs").create_queue(QueueName="old")["QueueUrl"]
    kept = {**queue("old"), "DeletionPolicy": "Retain"}

    stands, told = deploy(
        "data",
        resources(Queue=kept),
        "t1",
        "IMPORT",
        imports={"Queue": ("AWS::SQS::Queue", {"QueueUrl": url})},
    )

    assert stands.status == "IMPORT_COMPLETE"
    assert ("Queue", "IMPORT_COMPLETE") in {(one.logical_id, one.status) for one in told}


@slow
def test_a_resource_that_stands_under_its_name_is_taken_over_where_that_is_asked_for(cloud, aws, submission):
    aws("logs").create_log_group(logGroupName="old")
    kept = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": "old"},
        "DeletionPolicy": "Retain",
    }
    asked = submission("data", resources(Logs=kept), "t1", import_existing=True)

    assert actions(cloud.change_set(cloud.request_change_set(asked, "CREATE"))) == {"Logs": "Import"}


@slow
def test_a_bucket_is_taken_over_where_the_endpoint_is_told_not_to_refuse_its_name(aws, deploy):
    where = {"LocationConstraint": "eu-west-1"}
    aws("s3").create_bucket(Bucket="stands-already", CreateBucketConfiguration=where)
    kept = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "stands-already"},
        "DeletionPolicy": "Retain",
    }

    stands, _ = deploy("data", resources(Bucket=kept), "t1", import_existing=True, validated=False)

    assert stands.status == "CREATE_COMPLETE"


@slow
def test_an_import_of_what_does_not_stand_fails_with_its_reason(cloud, submission):
    kept = {**queue("old"), "DeletionPolicy": "Retain"}
    nowhere = {"QueueUrl": "http://localhost/000000000000/old"}
    asked = submission("data", resources(Queue=kept), "t1", imports={"Queue": ("AWS::SQS::Queue", nowhere)})

    with pytest.raises(CloudError, match=r"could not compute .* was not found") as failed:
        cloud.change_set(cloud.request_change_set(asked, "IMPORT"))
    assert failed.value.code == "ChangeSetFailed"


@slow
def test_a_template_too_long_for_a_request_goes_through_the_bucket(cloud, submission):
    long = resources(
        **{f"Queue{one}": queue(f"q{one}", Tags=[{"Key": "k", "Value": "v" * 250}]) for one in range(160)}
    )
    asked = submission("data", long, "t1")
    assert len(asked.template) > 51_200

    found = cloud.change_set(cloud.request_change_set(asked, "CREATE"))

    assert len(found.changes) == 160


def test_a_template_longer_than_cloudformation_takes_is_not_sent_anywhere(stubbed, submission):
    cloud, _ = stubbed
    asked = submission("data", {"Description": "d" * 1_000_001}, "t1")

    with pytest.raises(CloudError, match="takes 1,000,000"):
        cloud.request_change_set(asked, "CREATE")


@slow
def test_executing_twice_is_executing_once(cloud, submission):
    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t1"), "CREATE")
    cloud.change_set(id_)

    cloud.execute(id_, "t1")
    cloud.execute(id_, "t1")
    told = []
    stands = cloud.settle("data", "t1", told.append)
    cloud.execute(id_, "t1")

    assert stands.status == "CREATE_COMPLETE"
    assert [one.status for one in told if one.logical_id == "Queue"] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]


@slow
def test_an_execution_whose_answer_got_lost_is_recognised(cloud, client, submission, hooked, lost):
    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t1"), "CREATE")
    cloud.change_set(id_)
    hooked(client, "ExecuteChangeSet", lost)

    cloud.execute(id_, "t1")

    assert cloud.settle("data", "t1", lambda _: None).status == "CREATE_COMPLETE"


@slow
def test_a_change_set_of_a_stack_that_was_changed_since_is_obsolete(cloud, client, deploy, submission):
    deploy("data", resources(Queue=queue("q")), "t1")
    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("r")), "t2"), "UPDATE")
    client.update_stack(StackName="data", TemplateBody=json.dumps(resources(Queue=queue("elsewhere"))))
    cloud.settle("data", "", lambda _: None)

    with pytest.raises(CloudError, match="it is OBSOLETE") as refused:
        cloud.execute(id_, "t2")
    assert refused.value.code == "InvalidChangeSetStatus"


@slow
def test_a_dropped_change_set_leaves_an_empty_stack_that_can_be_deleted(cloud, submission):
    id_ = cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t1"), "CREATE")

    cloud.drop_change_set(id_)
    cloud.drop_change_set(id_)

    assert cloud.describe("data").status == "REVIEW_IN_PROGRESS"
    assert cloud.pending("data") == ()
    cloud.delete("data", "t2", "")
    assert cloud.settle("data", "t2", lambda _: None) is None


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
        "There are no changes in the template.",
    ],
)
def test_every_wording_of_no_change_is_understood(reason):
    assert says_no_change(reason)


def test_a_failure_that_only_mentions_changes_is_no_absence_of_changes():
    assert not says_no_change("Changes to the resource Table are not allowed.")


def described(status="CREATE_COMPLETE", **other):
    return {
        "ChangeSetId": ARN,
        "StackId": STACK_ARN,
        "StackName": "data",
        "Status": status,
        "ExecutionStatus": "AVAILABLE" if status == "CREATE_COMPLETE" else "UNAVAILABLE",
        **other,
    }


def modified(logical_id, type_="AWS::SQS::Queue", **other):
    change = {"Action": "Modify", "LogicalResourceId": logical_id, "ResourceType": type_, **other}
    return {"Type": "Resource", "ResourceChange": change}


NESTED = {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://..."}}}


def test_a_template_that_nests_asks_for_the_changes_inside_too(stubbed, submission):
    cloud, stub = stubbed
    stub.add_response(
        "create_change_set",
        {"Id": ARN, "StackId": STACK_ARN},
        {
            "StackName": "data",
            "ChangeSetName": "skafu-update-t",
            "ChangeSetType": "UPDATE",
            "ClientToken": "t",
            "Description": ANY,
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}],
            "Tags": [{"Key": "team", "Value": "data"}],
            "TemplateBody": ANY,
            "RoleARN": "arn:aws:iam::111122223333:role/execution",
            "ImportExistingResources": False,
            "IncludeNestedStacks": True,
        },
    )
    asked = submission(
        "data",
        resources(**NESTED),
        "t",
        parameters={"A": "1"},
        tags={"team": "data"},
        capabilities=("CAPABILITY_IAM",),
        role="arn:aws:iam::111122223333:role/execution",
    )

    assert cloud.request_change_set(asked, "UPDATE") == ARN


def test_a_change_set_is_waited_for_read_page_by_page_and_merged_with_nested_ones(stubbed):
    cloud, stub = stubbed
    asked = {"ChangeSetName": ARN, "IncludePropertyValues": True}
    inner = {"ChangeSetName": INNER_ARN, "IncludePropertyValues": True}
    nested = modified("Inner", "AWS::CloudFormation::Stack", ChangeSetId=INNER_ARN)
    stub.add_response("describe_change_set", described("CREATE_PENDING"), asked)
    stub.add_response("describe_change_set", described(Changes=[modified("A")], NextToken="p2"), asked)
    stub.add_response(
        "describe_change_set", described(Changes=[nested, modified("Z")]), {**asked, "NextToken": "p2"}
    )
    # Nested change sets are executed with their root, so they are never available by themselves.
    stub.add_response(
        "describe_change_set", described(ExecutionStatus="UNAVAILABLE", Changes=[modified("Q")]), inner
    )

    found = cloud.change_set(ARN)

    assert list(actions(found)) == ["A", "Inner", "Inner.Q", "Z"]


def test_a_nested_stack_that_does_not_change_adds_nothing(stubbed):
    cloud, stub = stubbed
    nested = modified("Inner", "AWS::CloudFormation::Stack", ChangeSetId=INNER_ARN)
    stub.add_response("describe_change_set", described(Changes=[nested]))
    stub.add_response(
        "describe_change_set", described("FAILED", StatusReason="No updates are to be performed.")
    )

    assert list(actions(cloud.change_set(ARN))) == ["Inner"]


def test_a_change_set_without_resource_changes_that_can_be_executed_is_not_empty(stubbed):
    cloud, stub = stubbed
    stub.add_response("describe_change_set", described(Changes=[]))

    found = cloud.change_set(ARN)

    assert (found.empty, found.changes) == (False, ())


def test_a_failure_in_a_nested_change_set_is_told_with_its_own_reason(stubbed):
    cloud, stub = stubbed
    outer = f"Nested change set {INNER_ARN} was not successfully created: Currently in FAILED."
    stub.add_response("describe_change_set", described("FAILED", StatusReason=outer))
    inner = described(
        "FAILED",
        ChangeSetId=INNER_ARN,
        StackName="data-Inner",
        StatusReason="Parameters: [A] must have values",
    )
    stub.add_response("describe_change_set", {**inner})

    with pytest.raises(CloudError, match=r"data-Inner: Parameters: \[A\] must have values"):
        cloud.change_set(ARN)


def test_a_failed_validation_is_told_with_what_it_found(stubbed, moment):
    cloud, stub = stubbed
    reason = "To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information."
    stub.add_response("describe_change_set", described("FAILED", StatusReason=reason))
    stub.add_response(
        "describe_events",
        {
            "OperationEvents": [
                {
                    "EventId": "0",
                    "EventType": "STACK_EVENT",
                    "OperationStatus": "FAILED",
                    "Timestamp": moment,
                },
                {
                    "EventId": "1",
                    "EventType": "VALIDATION_ERROR",
                    "StackId": STACK_ARN,
                    "LogicalResourceId": "Queue",
                    "Timestamp": moment,
                    "ValidationStatusReason": "Unsupported property [Nmae]",
                    "ValidationPath": "/Resources/Queue/Properties/Nmae",
                },
            ]
        },
        {"ChangeSetName": ARN, "Filters": {"FailedEvents": True}},
    )

    with pytest.raises(
        CloudError, match=r"Queue: Unsupported property \[Nmae\] \(/Resources/Queue/Properties/Nmae\)"
    ):
        cloud.change_set(ARN)


@pytest.mark.parametrize("status", ["DELETE_COMPLETE", "DELETE_FAILED"])
def test_a_change_set_that_somebody_deleted_is_no_plan(stubbed, status):
    cloud, stub = stubbed
    stub.add_response("describe_change_set", described(status))

    with pytest.raises(CloudError, match=status):
        cloud.change_set(ARN)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("AccessDenied", "User: arn:aws:sts::1:assumed-role/d/s is not authorized to perform: x", CloudError),
        ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]", CloudError),
        ("LimitExceededException", "ChangeSet limit exceeded for stack data", CloudError),
        ("ExpiredToken", "The security token included in the request is expired", CloudError),
    ],
)
def test_what_aws_refuses_is_refused_at_once(stubbed, submission, code, message, kind):
    cloud, stub = stubbed
    stub.add_client_error("create_change_set", code, message)

    with pytest.raises(kind) as refused:
        cloud.request_change_set(submission("data", resources(Queue=queue("q")), "t"), "UPDATE")
    assert refused.value.code == code
    assert not isinstance(refused.value, Unreachable)


def test_a_change_set_that_is_complete_and_cannot_be_executed_is_no_plan(stubbed):
    cloud, stub = stubbed
    reason = "Resource import is not supported for AWS::X::Y"
    stub.add_response("describe_change_set", described(ExecutionStatus="UNAVAILABLE", StatusReason=reason))

    with pytest.raises(CloudError, match=reason):
        cloud.change_set(ARN)


def test_a_change_set_that_is_described_without_a_status_is_an_error(stubbed):
    cloud, stub = stubbed
    stub.add_response("describe_change_set", {"ChangeSetId": ARN})

    with pytest.raises(CloudError, match="cannot be read"):
        cloud.change_set(ARN)


def test_pages_that_never_end_are_an_error(stubbed):
    cloud, stub = stubbed
    for _ in range(2):
        stub.add_response("describe_change_set", described(NextToken="again"))

    with pytest.raises(CloudError, match="again and again"):
        cloud.change_set(ARN)


def test_a_long_token_still_makes_a_name_that_cloudformation_takes(stubbed, submission):
    cloud, stub = stubbed
    names = []

    def remember(params, **_):
        names.append(params["ChangeSetName"])

    stub.client.meta.events.register("provide-client-params.cloudformation.CreateChangeSet", remember)
    for token in ("a" * 127 + "1", "a" * 127 + "2"):
        stub.add_response("create_change_set", {"Id": ARN, "StackId": STACK_ARN})
        cloud.request_change_set(submission("data", {}, token), "UPDATE")

    assert [len(name) for name in names] == [128, 128]
    assert names[0] != names[1]
