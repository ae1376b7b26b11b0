"""What the decorators accept."""

from __future__ import annotations

import pytest

from skafu.model.finding import Severity
from skafu.sdk import plan_policy, policy, stack_policy


def check(_):
    return ()


def test_a_policy_holds_what_it_was_declared_with():
    made = policy(severity="high", resources=["AWS::S3::*"], controls=["soc2:CC6.1", "cis:2.1.4"])(check)

    assert (made.severity, made.resources, made.controls, made.check) == (
        Severity.HIGH,
        ("AWS::S3::*",),
        ("cis:2.1.4", "soc2:CC6.1"),
        check,
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"severity": "bad", "resources": ["*"]}, "'bad' is not a severity; it is one of critical, high"),
        ({"severity": "low", "resources": []}, "resources must be a list"),
        ({"severity": "low", "resources": "AWS::S3::Bucket"}, "resources must be a list"),
        ({"severity": "low", "resources": ["AWS/S3"]}, "'AWS/S3' is not a pattern of resource types"),
        ({"severity": "low", "resources": ["*"], "controls": ["A1.2"]}, "'A1.2' is not a control"),
        ({"severity": "low", "resources": ["*"], "controls": ["SOC2:"]}, "'SOC2:' is not a control"),
        ({"severity": "low", "resources": ["*"], "controls": "soc2:A1.2"}, "controls must be a list"),
    ],
)
def test_a_policy_that_cannot_be_used_says_why(arguments, reason):
    with pytest.raises(ValueError, match=reason.replace("*", r"\*")):
        policy(**arguments)


def test_a_stack_policy_is_as_strict():
    with pytest.raises(ValueError, match="is not a severity"):
        stack_policy(severity="")


def test_a_policy_about_plans_looks_at_every_type_unless_it_names_some():
    assert plan_policy(severity="low")(check).resources == ("*",)
    assert plan_policy(severity="low", resources=["AWS::S3::*"])(check).resources == ("AWS::S3::*",)


def test_a_policy_about_plans_is_as_strict():
    with pytest.raises(ValueError, match="resources must be a list"):
        plan_policy(severity="low", resources=[])
    with pytest.raises(ValueError, match="is not a control"):
        plan_policy(severity="low", controls=["A1.2"])
