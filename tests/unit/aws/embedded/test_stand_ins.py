from __future__ import annotations

import json
import re

import pytest

from skafu.aws.embedded.answers import Where
from skafu.aws.embedded.stand_ins import stand_in
from skafu.model.deployment import StoodIn

HERE = Where("111111111111", "eu-west-1", "shop")

NO_TYPE = "MiniStack has no such type."


def deployable(resources, **rest):
    """The resources and outputs that MiniStack gets."""
    template, _ = stand_in({"Resources": resources, **rest}, HERE)
    return template


def test_what_ministack_has_stays_as_it_is():
    template = {"Description": "d", "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    assert stand_in(template, HERE) == (template, ())


def test_a_custom_resource_is_for_its_function_to_make():
    template = {"Resources": {"Own": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "arn"}}}}
    assert stand_in(template, HERE) == (template, ())


def test_a_stand_in_says_what_it_is_and_holds_the_properties():
    template = {"Resources": {"Group": {"Type": "AWS::XRay::Group", "Properties": {"GroupName": "calls"}}}}
    assert stand_in(template, HERE) == (
        {
            "Resources": {
                "Group": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {
                        "Name": "/stand-in/shop/Group",
                        "Type": "String",
                        "Description": "Stand-in for AWS::XRay::Group, which the embedded endpoint does not have.",
                        "Value": '{"Type": "AWS::XRay::Group", "Properties": {"GroupName": "calls"}}',
                    },
                }
            }
        },
        (StoodIn("Group", "AWS::XRay::Group", NO_TYPE),),
    )


def test_what_is_given_is_not_changed():
    template = {
        "Resources": {"Group": {"Type": "AWS::XRay::Group"}},
        "Outputs": {"O": {"Value": {"Ref": "Group"}}},
    }
    before = json.dumps(template)
    stand_in(template, HERE)
    assert json.dumps(template) == before


def test_condition_policies_metadata_and_order_are_taken_over():
    kept = {
        "Condition": "IsProduction",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Delete",
        "Metadata": {"why": "reason"},
        "DependsOn": ["Topic"],
    }
    found = deployable({"Trail": {"Type": "AWS::CloudTrail::Trail", **kept}})["Resources"]["Trail"]
    assert {key: found[key] for key in kept} == kept
    assert found["Properties"]["Value"] == '{"Type": "AWS::CloudTrail::Trail"}'


def test_what_it_refers_to_stays_referred_to():
    log = {
        "Type": "AWS::EC2::FlowLog",
        "Properties": {"ResourceId": {"Ref": "Network"}, "MaxAggregationInterval": 60},
    }
    found = deployable({"Network": {"Type": "AWS::EC2::VPC"}, "Log": log})["Resources"]["Log"]
    assert found["Properties"]["Value"] == {
        "Fn::Join": [
            "",
            [
                '{"Type": "AWS::EC2::FlowLog", "Properties": {"ResourceId": "',
                {"Ref": "Network"},
                '", "MaxAggregationInterval": 60}}',
            ],
        ]
    }


@pytest.mark.parametrize(
    ("kind", "properties", "asked", "given"),
    [
        ("AWS::EC2::NatGateway", {}, {"Ref": "It"}, r"nat-[0-9a-f]{17}"),
        ("AWS::EC2::EIP", {}, {"Ref": "It"}, r"203\.0\.113\.\d{1,3}"),
        ("AWS::EC2::EIP", {}, {"Fn::GetAtt": ["It", "AllocationId"]}, r"eipalloc-[0-9a-f]{17}"),
        ("AWS::EC2::EIP", {}, {"Fn::GetAtt": "It.AllocationId"}, r"eipalloc-[0-9a-f]{17}"),
        ("AWS::Organizations::Account", {}, {"Fn::GetAtt": ["It", "AccountId"]}, r"\d{12}"),
        ("AWS::Organizations::Organization", {}, {"Fn::GetAtt": ["It", "RootId"]}, r"r-[0-9a-f]{17}"),
        (
            "AWS::Organizations::Organization",
            {},
            {"Fn::GetAtt": ["It", "ManagementAccountEmail"]},
            r"it@stand-in\.example",
        ),
        ("AWS::CodeDeploy::Application", {"ApplicationName": "shop"}, {"Ref": "It"}, "shop"),
        (
            "AWS::CodeDeploy::Application",
            {"ApplicationName": {"Ref": "P"}},
            {"Ref": "It"},
            r"It-[0-9a-f]{17}",
        ),
        ("AWS::GuardDuty::IPSet", {}, {"Fn::GetAtt": ["It", "Id"]}, r"it-[0-9a-f]{17}"),
        (
            "AWS::CloudTrail::Trail",
            {"TrailName": "all"},
            {"Fn::GetAtt": ["It", "Arn"]},
            "arn:aws:cloudtrail:eu-west-1:111111111111:trail/all",
        ),
        (
            "AWS::IAM::OIDCProvider",
            {},
            {"Ref": "It"},
            r"arn:aws:iam::111111111111:oidc-provider/It-[0-9a-f]{17}",
        ),
        (
            "AWS::EC2::EIP",
            {},
            {"Fn::Sub": "at ${It.AllocationId}, not ${!It} or ${AWS::Region}"},
            r"at eipalloc-[0-9a-f]{17}, not \$\{!It\} or \$\{AWS::Region\}",
        ),
        (
            "AWS::XRay::Group",
            {},
            {"Fn::Sub": ["${It}", {"It": {"Fn::GetAtt": ["It", "GroupARN"]}}]},
            r"\$\{It\}",
        ),
    ],
)
def test_an_answer_has_the_form_of_the_real_one(kind, properties, asked, given):
    resources = {"It": {"Type": kind, "Properties": properties}}
    outputs = deployable(resources, Outputs={"O": {"Value": asked}})["Outputs"]
    value = outputs["O"]["Value"]
    text = value["Fn::Sub"] if isinstance(value, dict) else value
    assert re.fullmatch(given, text if isinstance(text, str) else text[0])


def test_an_answer_is_the_same_the_next_time_and_another_one_elsewhere():
    def answered(where):
        template = {
            "Resources": {"It": {"Type": "AWS::EC2::EIP"}},
            "Outputs": {"O": {"Value": {"Ref": "It"}}},
        }
        return stand_in(template, where)[0]["Outputs"]["O"]["Value"]

    assert answered(HERE) == answered(Where("111111111111", "eu-west-1", "shop"))
    others = [
        Where("222222222222", "eu-west-1", "shop"),
        Where("111111111111", "eu-west-2", "shop"),
        Where("111111111111", "eu-west-1", "shop-Nested"),
    ]
    assert answered(HERE) not in {answered(where) for where in others}


def test_who_refers_to_a_stand_in_is_still_made_after_it():
    resources = {
        "Address": {"Type": "AWS::EC2::EIP"},
        "Gateway": {
            "Type": "AWS::EC2::NatGateway",
            "DependsOn": "Network",
            "Properties": {"AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
        },
        "Network": {"Type": "AWS::EC2::VPC"},
        "Way": {"Type": "AWS::EC2::Route", "Properties": {"NatGatewayId": {"Ref": "Gateway"}}},
    }
    found = deployable(resources)
    assert found["Resources"]["Gateway"]["DependsOn"] == ["Network", "Address"]
    assert found["Resources"]["Way"]["DependsOn"] == ["Gateway"]
    assert re.fullmatch(r"nat-[0-9a-f]{17}", found["Resources"]["Way"]["Properties"]["NatGatewayId"])
    assert "DependsOn" not in found["Resources"]["Network"]


def test_attributes_that_ministack_does_not_tell_are_put_together():
    template = {
        "Resources": {
            "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Users": {"Type": "AWS::Cognito::UserPool"},
        },
        "Outputs": {
            "Range": {"Value": {"Fn::GetAtt": ["Network", "CidrBlock"]}},
            "Issuer": {"Value": {"Fn::Sub": "${Users.ProviderURL}/"}},
            "Pool": {"Value": {"Ref": "Users"}},
        },
    }
    found, listed = stand_in(template, HERE)
    assert found["Outputs"] == {
        "Range": {"Value": "10.0.0.0/16"},
        "Issuer": {"Value": {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/${Users}/"}},
        "Pool": {"Value": {"Ref": "Users"}},
    }
    assert listed == (
        StoodIn("Network", "AWS::EC2::VPC", "MiniStack does not tell its CidrBlock."),
        StoodIn("Users", "AWS::Cognito::UserPool", "MiniStack does not tell its ProviderURL."),
    )


def test_a_template_that_is_none_is_left_to_cloudformation_to_refuse():
    template = {
        "Resources": {
            "Loop": ["Id", ["a"], {}],
            "Odd": {"Type": 5},
            "Sub": {
                "Type": "AWS::SNS::Topic",
                "Properties": {"TopicName": {"Fn::Sub": [5]}, "A": {"Fn::GetAtt": 1}},
            },
        }
    }
    assert stand_in(template, HERE) == (template, ())
