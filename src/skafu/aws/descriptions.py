"""What CloudFormation describes, as skafu's values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from skafu.model.cloud import CloudError, Drift, ResourceEvent, Standing


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn an answer that lacks what it must have into a `CloudError`.

    Args:
        what: what was asked for, as `the stack data`.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise CloudError(
            f"CloudFormation's answer about {what} cannot be read: {type(error).__name__} {error}."
        ) from error


def standing(stack: Mapping[str, Any]) -> Standing:
    """A stack of DescribeStacks."""
    with reading(f"the stack {stack.get('StackName', '')}"):
        return Standing(
            id=stack["StackId"],
            name=stack["StackName"],
            status=stack["StackStatus"],
            reason=stack.get("StackStatusReason", ""),
            outputs=_table(stack.get("Outputs", ()), "OutputKey", "OutputValue"),
            parameters=_table(stack.get("Parameters", ()), "ParameterKey", "ParameterValue"),
            tags=_table(stack.get("Tags", ()), "Key", "Value"),
            termination_protection=stack.get("EnableTerminationProtection", False),
        )


def event(described: Mapping[str, Any]) -> ResourceEvent:
    """An event of DescribeStackEvents."""
    with reading("the events of a stack"):
        return ResourceEvent(
            id=described["EventId"],
            time=utc(described["Timestamp"]),
            stack=described["StackName"],
            logical_id=described.get("LogicalResourceId", ""),
            type=described.get("ResourceType", ""),
            status=described["ResourceStatus"],
            reason=described.get("ResourceStatusReason", ""),
            token=described.get("ClientRequestToken", ""),
            physical_id=described.get("PhysicalResourceId", ""),
        )


def drift(described: Mapping[str, Any], prefix: str) -> Drift:
    """A resource of DescribeStackResourceDrifts; `prefix` names the nested stack it is in."""
    with reading("drift"):
        return Drift(
            logical_id=prefix + described["LogicalResourceId"],
            type=described["ResourceType"],
            physical_id=described.get("PhysicalResourceId", ""),
            status=described["StackResourceDriftStatus"],
            differences=tuple(
                (one["PropertyPath"], one.get("ExpectedValue", ""), one.get("ActualValue", ""))
                for one in described.get("PropertyDifferences", ())
            ),
        )


def utc(moment: datetime) -> str:
    """ISO 8601, UTC, to the millisecond, which is what CloudFormation tells: `2026-11-22T09:30:00.125Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _table(rows: Sequence[Mapping[str, Any]], key: str, value: str) -> dict[str, str]:
    return {row[key]: row.get(value, "") for row in sorted(rows, key=lambda row: str(row[key]))}
