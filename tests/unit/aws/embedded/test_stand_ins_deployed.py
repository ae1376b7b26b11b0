from __future__ import annotations

import copy
import json
from itertools import count

import pytest

from skafu.aws.embedded.answers import Where
from skafu.aws.embedded.server import embedded
from skafu.aws.embedded.stand_ins import stand_in

pytestmark = pytest.mark.slow

HERE = Where("111111111111", "eu-west-1", "network")

NETWORK = {
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    "Parameters": {"Seconds": {"Type": "String", "Default": "600"}},
    "Resources": {
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Network"}}},
        "Part": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Network"}, "CidrBlock": "10.0.0.0/24"},
        },
        "Address": {"Type": "AWS::EC2::EIP", "DeletionPolicy": "Retain", "Properties": {"Domain": "vpc"}},
        "Gateway": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {
                "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
                "SubnetId": {"Ref": "Part"},
            },
        },
        "Out": {
            "Type": "AWS::EC2::Route",
            "Properties": {
                "RouteTableId": {"Ref": "Routes"},
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": {"Ref": "Gateway"},
            },
        },
        "Log": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "ResourceId": {"Ref": "Network"},
                "MaxAggregationInterval": {"Ref": "Seconds"},
                "TrafficType": "ALL",
            },
        },
        "Absent": {"Type": "AWS::EC2::FlowLog", "Condition": "Never", "Properties": {"TrafficType": "ALL"}},
    },
    "Outputs": {
        "Gateway": {"Value": {"Ref": "Gateway"}},
        "Range": {"Value": {"Fn::GetAtt": ["Network", "CidrBlock"]}},
    },
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with embedded(tmp_path_factory.mktemp("embedded")) as found:
        yield found


@pytest.fixture(scope="module")
def deploy(url, client, settled):
    """`deploy(template, **parameters)`: the changes that a change set states, which is then executed."""
    cloudformation = client(url, "cloudformation", HERE.account, HERE.region)
    numbers = count()

    def deployed(template, **parameters):
        made, _ = stand_in(template, HERE)
        number = next(numbers)
        asked = cloudformation.create_change_set(
            StackName=HERE.stack,
            ChangeSetName=f"n{number}",
            ChangeSetType="UPDATE" if number else "CREATE",
            TemplateBody=json.dumps(made),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )["Id"]
        found = cloudformation.describe_change_set(ChangeSetName=asked)
        while found["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            found = cloudformation.describe_change_set(ChangeSetName=asked)
        if found["Status"] == "FAILED":
            cloudformation.delete_change_set(ChangeSetName=asked)
            return found["StatusReason"]
        cloudformation.execute_change_set(ChangeSetName=asked)
        assert settled(cloudformation, HERE.stack)["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        return {
            change["LogicalResourceId"]: (change["Action"], change["ResourceType"])
            for change in (one["ResourceChange"] for one in found["Changes"])
        }

    return deployed


def test_a_stack_with_stand_ins_stands_changes_and_rests(deploy, url, client):
    assert deploy(NETWORK)["Log"] == ("Add", "AWS::SSM::Parameter")
    ssm = client(url, "ssm", HERE.account, HERE.region)
    names = [one["Name"] for one in ssm.describe_parameters()["Parameters"]]
    assert sorted(names) == [f"/stand-in/network/{name}" for name in ("Address", "Gateway", "Log")]
    stack = client(url, "cloudformation", HERE.account, HERE.region).describe_stacks()["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Range"] == "10.0.0.0/16"
    assert outputs["Gateway"].startswith("nat-")
    log = json.loads(ssm.get_parameter(Name="/stand-in/network/Log")["Parameter"]["Value"])
    assert log["Type"] == "AWS::EC2::FlowLog"
    assert log["Properties"]["ResourceId"].startswith("vpc-")
    assert log["Properties"]["MaxAggregationInterval"] == "600"

    assert "didn't contain changes" in deploy(NETWORK)

    changed = copy.deepcopy(NETWORK)
    changed["Resources"]["Log"]["Properties"]["TrafficType"] = "REJECT"
    assert deploy(changed) == {"Log": ("Modify", "AWS::SSM::Parameter")}
    assert deploy(changed, Seconds="60") == {"Log": ("Modify", "AWS::SSM::Parameter")}
