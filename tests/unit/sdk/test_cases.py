"""Cases beside a policy tell a right policy from a wrong one."""

from __future__ import annotations

import pytest

from skafu.sdk import policy
from skafu.sdk.cases import differences, read_cases


@policy(severity="low", resources=["AWS::S3::Bucket"])
def public(bucket):
    if bucket.get("Public") == bucket.environment.get("public"):
        yield bucket.violation("It is public.", at="Public")


def says(resources, expect):
    text = f"[{{name: a, environment: {{public: 'yes'}}, resources: {resources}, expect: {expect}}}]"
    return differences(public, read_cases(text)[0])


PUBLIC = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: 'yes'}}}"
PRIVATE = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: 'no'}}}"
LATE = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: {Ref: X}}}}"


@pytest.mark.parametrize(
    ("resources", "expect"),
    [
        (PUBLIC, "[{resource: A, at: Public, message: public}]"),
        (PRIVATE, "[]"),
        (LATE, "not_evaluated"),
    ],
)
def test_a_policy_that_says_what_is_expected_has_no_differences(resources, expect):
    assert says(resources, expect) == []


@pytest.mark.parametrize(
    ("resources", "expect", "difference"),
    [
        (PUBLIC, "[]", "found, but not expected: A at Public: It is public."),
        (PRIVATE, "[{resource: A, at: Public}]", "not found"),
        (PUBLIC, "[{resource: A, at: Other}]", "not found"),
        (PUBLIC, "[{resource: B, at: Public}]", "not found"),
        (PUBLIC, "[{resource: A, at: Public, message: private}]", "not found"),
        (PUBLIC, "[{resource: A, at: Public}, {resource: A, at: Public}]", "not found"),
        (LATE, "[]", "not evaluated: Resources.A.Properties.Public is not known"),
        (PRIVATE, "not_evaluated", "was evaluated, and should not have been"),
        (PUBLIC, "not_evaluated", "found although not evaluated"),
    ],
)
def test_a_policy_that_says_otherwise_has_differences(resources, expect, difference):
    assert any(difference in one for one in says(resources, expect))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a list of at least one case"),
        ("[]", "a list of at least one case"),
        ("[{name: a}]", "case 1 needs name and expect"),
        ("[{name: a, expect: [], template: {}}]", "case 1 needs name and expect"),
        ("[{name: a, expect: passes}]", "a: expect is a list of violations or not_evaluated"),
        ("[{name: a, expect: [{logical_id: A}]}]", "a: an expected violation has"),
    ],
)
def test_a_file_that_holds_no_cases_says_why(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_cases(text)
