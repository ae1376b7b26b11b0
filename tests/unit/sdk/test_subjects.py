"""What a policy can ask a resource and a stack."""

from __future__ import annotations

import pytest

from skafu.sdk import Account, Environment, Stack, Unknown, Violation
from skafu.sdk.unknown import UnknownFacedError

STACK = Stack(
    id="production/us-east-1/data",
    name="data",
    layer="platform",
    environment=Environment("production", {"dynamodb": {"deletion_protection": True}}),
    account=Account("production", "123456789014"),
    region="us-east-1",
    template={
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "Retain",
                "Metadata": {"owner": "data"},
                "Properties": {"Protected": "true", "Size": "30", "None": None},
            },
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Untyped": {"Properties": {}},
        },
        "Outputs": {"Name": {"Value": "x"}},
    },
)
TABLE = STACK.resource("Table")


def test_a_stack_gives_its_resources_by_pattern_in_the_order_of_their_names():
    assert [one.logical_id for one in STACK.resources()] == ["Bucket", "Table"]
    assert [one.logical_id for one in STACK.resources("AWS::DynamoDB::*")] == ["Table"]
    assert [one.logical_id for one in STACK.resources("AWS::SNS::*", "AWS::S3::Bucket")] == ["Bucket"]
    assert STACK.resources("aws::s3::bucket") == []
    assert STACK.resource("Nobody") is None


def test_a_resource_reads_its_properties_and_what_stands_beside_them():
    assert TABLE.get("Protected") == "true"
    assert TABLE.get("None", "default") == "default"
    assert TABLE.flag("Protected") is True
    assert TABLE.flag("Absent", default=True) is True
    assert TABLE.number("Size") == 30
    assert TABLE.number("Absent") is None
    assert TABLE.attribute("DeletionPolicy") == "Retain"
    assert TABLE.metadata == {"owner": "data"}
    assert STACK.resource("Bucket").properties == {}


def test_a_resource_knows_where_it_goes():
    assert TABLE.environment.get("dynamodb.deletion_protection") is True
    assert TABLE.environment.get("cognito.client_name") is None
    assert (TABLE.account.id, TABLE.region, TABLE.stack.layer) == ("123456789014", "us-east-1", "platform")


def bucket(**properties):
    body = {"Type": "AWS::S3::Bucket", "Properties": properties}
    template = {"Resources": {"Bucket": body}}
    return Stack("a", "a", "a", STACK.environment, STACK.account, "r", template=template).resource("Bucket")


def test_an_unknown_property_is_there_but_has_no_truth_and_no_size():
    late = Unknown("late", expression={"Ref": "Size"})

    assert bucket(Late=late).get("Late") is late
    assert bucket(Late=late).has("Late")
    assert not bucket(Late=late).has("Other")
    with pytest.raises(UnknownFacedError):
        bucket(Late=late).flag("Late")
    with pytest.raises(UnknownFacedError):
        bucket(Late=late).number("Late")


def test_whether_there_is_a_property_that_deployment_may_leave_out_has_no_answer():
    late = Unknown("late", expression={"Fn::If": ["C", "x", {"Ref": "AWS::NoValue"}]})

    with pytest.raises(UnknownFacedError):
        bucket(Late=late).has("Late")


@pytest.mark.parametrize(
    ("violation", "path"),
    [
        (TABLE.violation("m"), ("Resources", "Table")),
        (TABLE.violation("m", at="Rules[0].Id"), ("Resources", "Table", "Properties", "Rules", 0, "Id")),
        (TABLE.violation("m", attribute="DeletionPolicy"), ("Resources", "Table", "DeletionPolicy")),
        (STACK.violation("m", at="Outputs.Name"), ("Outputs", "Name")),
        (STACK.violation("m", at="tags"), ("tags",)),
    ],
)
def test_a_violation_knows_its_place_from_the_root(violation, path):
    assert isinstance(violation, Violation)
    assert violation.path == path
