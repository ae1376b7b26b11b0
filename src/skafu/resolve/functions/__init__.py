"""CloudFormation's intrinsic functions, one Python function each.

Semantics follow the "Intrinsic function reference" of the CloudFormation Template Reference Guide.
"""

from __future__ import annotations

from collections.abc import Mapping

from skafu.resolve.functions.conditions import (
    and_,
    condition,
    contains,
    each_member_equals,
    each_member_in,
    equals,
    if_,
    named_condition,
    not_,
    or_,
    truth,
)
from skafu.resolve.functions.lists import cidr, find_in_map, get_azs, length, select
from skafu.resolve.functions.references import get_att, get_stack_output, import_value, ref
from skafu.resolve.functions.texts import base64_, join, split, sub, to_json_string
from skafu.resolve.functions.values import BadExpressionError, Function, text_of, unknown_in

__all__ = ["FUNCTIONS", "BadExpressionError", "Function", "condition", "text_of", "truth", "unknown_in"]

FUNCTIONS: Mapping[str, Function] = {
    "Ref": Function(ref),
    "Condition": Function(named_condition),
    "Fn::And": Function(and_),
    "Fn::Base64": Function(base64_),
    "Fn::Cidr": Function(cidr),
    "Fn::Contains": Function(contains),
    "Fn::EachMemberEquals": Function(each_member_equals),
    "Fn::EachMemberIn": Function(each_member_in),
    "Fn::Equals": Function(equals),
    "Fn::FindInMap": Function(find_in_map, lazy=True),
    "Fn::GetAZs": Function(get_azs),
    "Fn::GetAtt": Function(get_att),
    "Fn::GetStackOutput": Function(get_stack_output),
    "Fn::If": Function(if_, lazy=True),
    "Fn::ImportValue": Function(import_value),
    "Fn::Join": Function(join),
    "Fn::Length": Function(length),
    "Fn::Not": Function(not_),
    "Fn::Or": Function(or_),
    "Fn::Select": Function(select),
    "Fn::Split": Function(split),
    "Fn::Sub": Function(sub, lazy=True),
    "Fn::ToJsonString": Function(to_json_string),
}
