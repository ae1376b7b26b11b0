"""The statements of policy documents, in every way they are written."""

from __future__ import annotations

import json

import pytest

from skafu.sdk import Account, Environment, Stack, Unknown
from skafu.sdk.statements import allows, narrowed, permissions, statements
from skafu.sdk.unknown import UnknownFacedError

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}


@pytest.fixture
def late():
    return Unknown("late")


def resource(**properties):
    body = {"Type": "AWS::IAM::Role", "Properties": properties}
    stack = Stack(
        "production/us-east-1/a",
        "a",
        "platform",
        Environment("production"),
        Account("production", "123456789014"),
        "us-east-1",
        template={"Resources": {"One": body}},
    )
    return stack.resource("One")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({"Statement": [READ, WRITE]}, {0: READ, 1: WRITE}, id="a list"),
        pytest.param({"Statement": READ}, {None: READ}, id="one"),
        pytest.param(json.dumps({"Statement": [READ, WRITE]}), {0: READ, 1: WRITE}, id="text with a list"),
        pytest.param(json.dumps({"Statement": READ}), {None: READ}, id="text with one"),
        pytest.param({"Version": "2012-10-17"}, {}, id="none"),
        pytest.param(None, {}, id="no document"),
    ],
)
def test_statements_are_found_however_they_are_written(document, expected):
    places = {
        (("Policy", "Statement") if index is None else ("Policy", "Statement", index)): one
        for index, one in expected.items()
    }
    assert dict(statements(resource(Policy=document), "Policy")) == places


def test_a_document_may_lie_deeper():
    holder = resource(ResourcePolicy={"PolicyDocument": {"Statement": [READ]}})

    (found,) = statements(holder, "ResourcePolicy.PolicyDocument")

    assert found == (("ResourcePolicy", "PolicyDocument", "Statement", 0), READ)


@pytest.mark.parametrize(
    ("around", "place"),
    [
        pytest.param(lambda late: late, ("Policy",), id="the document"),
        pytest.param(lambda late: {"Statement": late}, ("Policy", "Statement"), id="all statements"),
        pytest.param(lambda late: {"Statement": [late]}, ("Policy", "Statement", 0), id="one statement"),
    ],
)
def test_what_only_deployment_tells_is_given_as_it_is(around, place, late):
    ((at, found),) = statements(resource(Policy=around(late)), "Policy")

    assert at == place
    assert found is late


def test_reading_a_late_statement_leaves_a_policy_unanswered(late):
    ((_, found),) = statements(resource(Policy=late), "Policy")

    with pytest.raises(UnknownFacedError):
        found.get("Effect")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "Policy of One is not JSON: Expecting property name"),
        ("[]", "Policy of One is no document"),
        ([READ], "Policy of One is no document"),
    ],
)
def test_what_is_no_document_is_an_error_and_never_no_statement(document, message):
    with pytest.raises(ValueError, match=message):
        list(statements(resource(Policy=document), "Policy"))


def test_permissions_are_all_documents_but_trust():
    identity = resource(
        AssumeRolePolicyDocument={"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]},
        PolicyDocument={"Statement": READ},
        InlinePolicy=json.dumps({"Statement": [WRITE]}),
        Policies=[{"PolicyName": "a", "PolicyDocument": {"Statement": [READ]}}, {"PolicyName": "empty"}],
    )

    assert list(permissions(identity)) == [
        (("PolicyDocument", "Statement"), READ),
        (("InlinePolicy", "Statement", 0), WRITE),
        (("Policies", 0, "PolicyDocument", "Statement", 0), READ),
    ]


def test_late_inline_policies_hide_no_others(late):
    whole = list(permissions(resource(PolicyDocument={"Statement": READ}, Policies=late)))
    one = list(permissions(resource(Policies=[late, {"PolicyDocument": {"Statement": READ}}])))

    assert [at for at, _ in whole] == [("PolicyDocument", "Statement"), ("Policies",)]
    assert [at for at, _ in one] == [("Policies", 0), ("Policies", 1, "PolicyDocument", "Statement")]
    assert whole[1][1] is late
    assert one[0][1] is late


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "iam:PassRole"}, True),
        ({"Action": ["s3:*", "IAM:pass*"]}, True),
        ({"Action": "*"}, True),
        ({"Action": ["s3:*"]}, False),
        ({"NotAction": "s3:*"}, True),
        ({"NotAction": ["iam:*"]}, False),
        ({}, False),
    ],
)
def test_an_action_is_allowed_by_name_by_wildcard_or_by_not_being_named(statement, expected):
    assert allows(statement, "iam:PassRole") is expected


def test_a_late_action_cannot_be_judged(late):
    with pytest.raises(UnknownFacedError):
        allows({"Action": late}, "iam:PassRole")


VOUCHED = {"aws:sourceaccount", "aws:*arn"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(None, False, id="no condition"),
        pytest.param({"StringEquals": {"aws:SourceAccount": "123456789012"}}, True, id="an account"),
        pytest.param({"StringEquals": {"AWS:SOURCEACCOUNT": ["123456789012"]}}, True, id="keys have no case"),
        pytest.param(
            {"StringEquals": {"aws:SourceAccount": ["123456789012", "*"]}}, False, id="one value is open"
        ),
        pytest.param({"StringEquals": {"aws:SourceAccount": ""}}, False, id="nothing"),
        pytest.param({"StringLike": {"aws:SourceAccount": "12345678901?"}}, False, id="a wildcard"),
        pytest.param(
            {"StringLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True, id="an ARN of a bucket has no account"
        ),
        pytest.param(
            {"StringLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:*"}}, True, id="after it"
        ),
        pytest.param(
            {"StringLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:topic"}}, False, id="any account"
        ),
        pytest.param({"StringLike": {"aws:SourceArn": "arn:*"}}, False, id="an ARN cut short"),
        pytest.param({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, False, id="another test"),
        pytest.param({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False, id="another key"),
        pytest.param(
            {"StringEquals": {"aws:SourceAccount": Unknown("late")}}, True, id="known at deployment"
        ),
    ],
)
def test_a_condition_narrows_if_it_tests_a_key_against_something_definite(condition, expected):
    assert narrowed({"Condition": condition}, VOUCHED, {"StringEquals", "StringLike"}) is expected
