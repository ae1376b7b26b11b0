"""One definition, one environment, one region -> one stack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from skafu.model.finding import Finding
from skafu.model.node import Node, Unknown
from skafu.model.place import Location
from skafu.resolve import sam
from skafu.resolve.evaluate import resolve
from skafu.resolve.loops import unroll
from skafu.resolve.parameters import bind
from skafu.resolve.rules import broken_rules
from skafu.resolve.scope import Lookup, Scope, Use
from skafu.resolve.template import effective

PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
"""Beginning of a region's name -> partition and URL suffix; everything else is `aws`."""

NOTHING = "none of its resources exists here, because every condition is false; CloudFormation refuses that"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a template goes, in the words of CloudFormation.

    Attributes:
        account: twelve digits.
        region: e.g. `us-east-1`.
        stack_name: CloudFormation's name of the stack.
    """

    account: str
    region: str
    stack_name: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A template resolved for one placement.

    Attributes:
        template: the effective template.
        parameters: parameter -> value, of those that the template declares.
        findings: what is wrong with the template or its parameters.
        uses: what it takes from other stacks by CloudFormation's own means.
        obstacle: why it cannot be judged; empty if it can.
    """

    template: Node
    parameters: Mapping[str, Node]
    findings: tuple[Finding, ...]
    uses: tuple[Use, ...]
    obstacle: str = ""


def resolve_template(
    source: Node, given: Mapping[str, Node], origin: Node, placement: Placement, lookup: Lookup
) -> tuple[Resolved, Scope]:
    """Resolve a template without expanding SAM, and the scope it was resolved in.

    Args:
        source: the template as written.
        given: parameter -> value, as the declaration gives them, `${...}` already read.
        origin: the declaration, for the place of what is missing.
        placement: where it goes.
        lookup: values of other stacks.
    """
    parameters, findings = bind(source, given, origin)
    scope = Scope(source, parameters, _pseudo(placement, source.location), lookup, findings)
    scope.template = unroll(source, scope)
    template = effective(scope)
    scope.findings += broken_rules(scope)
    obstacle = "" if (template.get("Resources") or template).members else NOTHING
    return Resolved(template, parameters, tuple(scope.findings), tuple(scope.uses), obstacle), scope


def expand(resolved: Resolved, scope: Scope, region: str, artifacts: Mapping[str, str]) -> Resolved:
    """The same with SAM expanded and evaluated, where the template asks for it."""
    if not sam.is_serverless(resolved.template):
        return resolved
    made = sam.expand(resolved.template, region, artifacts)
    if made.obstacle:
        findings = (*resolved.findings, *made.findings)
        return replace(resolved, findings=findings, obstacle=made.obstacle)
    after = replace(scope, template=made.template, findings=[], uses=[])
    template = resolve(made.template, after)
    findings = (*resolved.findings, *made.findings, *after.findings)
    return replace(resolved, template=template or made.template, findings=findings)


def digest(
    template: Node, parameters: Mapping[str, Node], tags: Mapping[str, Node], placement: Placement
) -> str:
    """SHA-256, in hexadecimal, over everything that decides what stands in the account."""
    whole: dict[str, Any] = {
        "template": template.plain(),
        "parameters": {name: node.plain() for name, node in parameters.items()},
        "tags": {name: node.plain() for name, node in tags.items()},
        "account": placement.account,
        "region": placement.region,
        "stack_name": placement.stack_name,
    }
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _pseudo(placement: Placement, at: Location) -> dict[str, Node]:
    partition, suffix = next(
        (value for beginning, value in PARTITIONS.items() if placement.region.startswith(beginning)),
        ("aws", "amazonaws.com"),
    )
    known = {
        "AWS::AccountId": placement.account,
        "AWS::Region": placement.region,
        "AWS::StackName": placement.stack_name,
        "AWS::Partition": partition,
        "AWS::URLSuffix": suffix,
    }
    late = {
        "AWS::StackId": "the id of a stack exists only after its creation",
        "AWS::NotificationARNs": "the notification topics are given at deployment",
    }
    return {
        **{name: Node(value, at) for name, value in known.items()},
        **{name: Node(Unknown(reason, {"Ref": name}), at) for name, reason in late.items()},
    }
