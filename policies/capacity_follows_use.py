"""Provisioned capacity of every table and index follows its use, between the bounds of its environment.

A table whose capacity stands still throttles at noon and idles at night. An index has capacity of its own:
when it alone is too small, writes to the table are throttled too. So reads and writes of both scale, between
`scaling.dynamodb.min_*_units` and `max_*_units`, towards `target_utilization` percent.

Give the table, and each global secondary index, a `ScalableTarget` for reads and one for writes, with a
`TargetTrackingScaling` policy each. A table that bills by request needs none of it.

Source: the deployment architecture, "DynamoDB_Scaling".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"
UTILIZATION = "TargetTrackingScalingPolicyConfiguration.TargetValue"

_INDEX = re.compile(r"/index/([A-Za-z0-9_.-]+)")


@policy(severity="medium", resources=["AWS::DynamoDB::Table"], controls=["soc2:A1.1"])
def check(table: Resource) -> Iterator[Violation | Unknown]:
    """Each capacity has a target with the environment's bounds, and the target a policy."""
    if table.get("BillingMode", "PROVISIONED") != "PROVISIONED":
        return
    targets = [one for one in table.stack.resources(TARGET) if _is_of(table, one.get("ResourceId"))]
    indexes = [index.get("IndexName") for index in as_list(table.get("GlobalSecondaryIndexes"))]
    for index in ("", *indexes):
        for kind in ("Read", "Write"):
            dimension = f"dynamodb:{'index' if index else 'table'}:{kind}CapacityUnits"
            found = [
                one
                for one in targets
                if one.get("ScalableDimension") == dimension and _index(one.get("ResourceId")) == index
            ]
            if not found:
                yield table.violation(
                    f"{kind} capacity of {f'index {index}' if index else 'the table'} "
                    "does not follow its use.",
                    at="BillingMode",
                    fix=f"Add a ScalableTarget for {dimension}, or bill by request.",
                )
            for one in found:
                yield from _bounds(one, kind.lower())


def _bounds(target: Resource, kind: str) -> Iterator[Violation | Unknown]:
    for name, setting in (("MinCapacity", f"min_{kind}_units"), ("MaxCapacity", f"max_{kind}_units")):
        yield from _number(target, name, setting)
    policies = [
        one
        for one in target.stack.resources(SCALING)
        if _refers(one.get("ScalingTargetId"), target.logical_id)
    ]
    if not policies:
        yield target.violation("No policy moves the capacity.", fix="Add a TargetTrackingScaling policy.")
    for one in policies:
        yield from _number(one, UTILIZATION, "target_utilization")


def _number(resource: Resource, at: str, setting: str) -> Iterator[Violation | Unknown]:
    wanted = resource.environment.get(f"scaling.dynamodb.{setting}")
    given = resource.get(at)
    if isinstance(given, Unknown):
        yield given
    elif wanted is not None and resource.number(at) != wanted:
        yield resource.violation(
            f"{at.rpartition('.')[2]} is {'not given' if given is None else given}; "
            f"scaling.dynamodb.{setting} is {wanted}.",
            at=at,
            fix=f"Take it from scaling.dynamodb.{setting}.",
        )


def _is_of(table: Resource, reference: Any) -> bool:
    if isinstance(reference, Unknown):
        return table.logical_id in reference.resources
    name = table.get("TableName")
    return not isinstance(name, Unknown) and str(reference).split("/")[:2] == ["table", name]


def _index(reference: Any) -> str:
    """The index that a target is for; empty for the table."""
    found = _INDEX.search(str(reference.expression if isinstance(reference, Unknown) else reference))
    return found[1] if found else ""


def _refers(reference: Any, logical_id: str) -> bool:
    return isinstance(reference, Unknown) and logical_id in reference.resources
