"""The Rules section: assertions about parameters, which CloudFormation checks before it makes anything.

As in "CloudFormation template Rules syntax". An assertion over something unknown (the values of an AWS-specific
parameter type, say) is left to CloudFormation.
"""

from __future__ import annotations

from dataclasses import replace

from skafu.model.finding import Finding
from skafu.model.node import Node, Unknown
from skafu.resolve.evaluate import resolve
from skafu.resolve.findings import finding
from skafu.resolve.functions import BadExpressionError, truth
from skafu.resolve.scope import Scope

LATE = {"Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"}
"""Functions over what the account holds."""


def broken_rules(scope: Scope) -> list[Finding]:
    """A finding for each assertion that the parameters break."""
    section = scope.template.get("Rules")
    return [
        broken
        for name, rule in (section.members.items() if section else ())
        if _applies(rule, scope)
        for assertion in (rule.get("Assertions") or rule).items
        if (broken := _broken(name, assertion, scope)) is not None
    ]


def _applies(rule: Node, scope: Scope) -> bool:
    when = rule.get("RuleCondition")
    return when is None or _value(when, scope) is True


def _broken(name: str, assertion: Node, scope: Scope) -> Finding | None:
    asserted = assertion.get("Assert")
    if asserted is None or _value(asserted, scope) is not False:
        return None
    said = assertion.text("AssertDescription", default="its assertion is false")
    return finding(
        "template-rule", f"the rule {name} is broken: {said}", asserted.place, path=("Rules", name)
    )


def _value(written: Node, scope: Scope) -> bool | Node:
    """True, false, or a node that is unknown; a condition that cannot be evaluated is a finding and unknown."""
    unknown = Node(Unknown("it cannot be evaluated before deployment", None), written.location)
    if any(path and path[-1] in LATE for path, _ in written.walk()):
        return unknown
    inside = replace(scope, open_conditions=["Rules"])  # Condition is a function here
    value = resolve(written, inside)
    try:
        return truth(value) if value is not None else unknown
    except BadExpressionError as error:
        scope.findings.append(finding("template-expression", f"Rules: {error}", written.place, fix=error.fix))
        return unknown
