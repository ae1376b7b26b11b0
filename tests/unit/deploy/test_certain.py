"""What would be submitted and what stands -> whether comparing is enough, so that no change set is asked for."""

from __future__ import annotations

import json

import pytest

from skafu.deploy.certain import certain
from skafu.model.cloud import Standing, Submission

PLAIN = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {"Size": {"Type": "String", "Default": "small"}},
    "Conditions": {"Big": {"Fn::Equals": [{"Ref": "Size"}, "big"]}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-q"}}},
        "Where": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Name": {"Fn::ImportValue": "where"}},
        },
    },
    "Outputs": {"Id": {"Value": {"Fn::If": ["Big", {"Ref": "Queue"}, "none"]}}},
}


def asked(template, **parameters):
    return Submission("data", json.dumps(template), parameters, {}, (), "t1")


def stands(status="CREATE_COMPLETE", **parameters):
    return Standing("arn:data", "data", status, parameters=parameters)


def with_property(value):
    """The template with a property of this value."""
    resource = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": value}}
    return {**PLAIN, "Resources": {"Queue": resource}}


def with_parameter(**declared):
    return {**PLAIN, "Parameters": {"Size": declared}}


def with_type(type_):
    return {**PLAIN, "Resources": {"One": {"Type": type_, "Properties": {}}}}


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"])
def test_where_every_value_is_in_the_template_or_the_parameters_comparing_is_enough(status):
    assert certain(asked(PLAIN, Size="big"), stands(status, Size="big"))


@pytest.mark.parametrize(
    "status", ["UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "FROZEN"]
)
def test_a_stack_that_does_not_rest_in_what_it_was_given_is_asked_about(status):
    assert not certain(asked(PLAIN), stands(status))


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(with_property("{{resolve:ssm:/name}}"), id="Parameter Store"),
        pytest.param(
            with_property({"Fn::Sub": "x-{{resolve:secretsmanager:s:SecretString}}"}), id="a secret"
        ),
        pytest.param(with_property({"Fn::GetAZs": ""}), id="zones"),
        pytest.param(
            with_property({"Fn::Join": ["", ["a", {"Fn::Transform": {"Name": "Mine"}}]]}), id="a macro"
        ),
        pytest.param(with_property({"Fn::ToBeInvented": "x"}), id="a function that nobody knows"),
        pytest.param({**PLAIN, "Transform": "AWS::LanguageExtensions"}, id="a transform"),
        pytest.param({**PLAIN, "Hooks": {}}, id="a section that nobody knows"),
        pytest.param(with_parameter(Type="AWS::SSM::Parameter::Value<String>"), id="a stored parameter"),
        pytest.param(with_parameter(Type="String", NoEcho=True), id="a secret parameter"),
        pytest.param(with_parameter(Type="String", NoEcho="true"), id="a secret parameter, as text"),
        pytest.param(with_type("AWS::CloudFormation::Stack"), id="a nested stack"),
        pytest.param(with_type("Team::Queue::Standard::MODULE"), id="a module"),
    ],
)
def test_what_may_get_another_value_from_elsewhere_is_asked_about(template):
    assert not certain(asked(template), stands())


def test_a_value_that_is_fetched_by_a_parameter_is_asked_about():
    assert not certain(asked(PLAIN, Size="{{resolve:ssm:/size}}"), stands(Size="{{resolve:ssm:/size}}"))


def test_a_value_that_cloudformation_does_not_show_is_asked_about():
    assert not certain(asked(PLAIN, Size="big"), stands(Size="****"))


def test_an_import_is_asked_about():
    taken = Submission(
        "data", json.dumps(PLAIN), {}, {}, (), "t1", imports={"Queue": ("AWS::SQS::Queue", {})}
    )

    assert not certain(taken, stands())
