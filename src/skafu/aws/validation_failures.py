"""What CloudFormation's own validation found before it deployed; stack events only refer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skafu.aws.descriptions import reading, utc
from skafu.aws.patience import Patience
from skafu.model.cloud import ResourceEvent

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


def validation_failures(
    client: CloudFormationClient, patience: Patience, status: str = "CREATE_FAILED", **which: str
) -> tuple[ResourceEvent, ...]:
    """The failures of DescribeEvents, each as an event of the resource it is about.

    Args:
        client: of the account and region.
        patience: how to ask.
        status: the status that these events get; they have none of their own.
        which: `ChangeSetName`, or `StackName`; and `OperationId` where it is known.
    """
    asked: dict[str, Any] = {**which, "Filters": {"FailedEvents": True}}
    doing = "read what validation found"
    found = [
        one
        for page in patience.pages(doing, client.describe_events, **asked)
        for one in page.get("OperationEvents", ())
        if one.get("EventType") == "VALIDATION_ERROR"
    ]
    with reading("what validation found"):
        return tuple(
            ResourceEvent(
                id=one["EventId"],
                time=utc(one["Timestamp"]),
                stack=one.get("StackId", "").partition(":stack/")[2].partition("/")[0],
                logical_id=one.get("LogicalResourceId", ""),
                type=one.get("ResourceType", ""),
                status=status,
                reason=f"{one.get('ValidationStatusReason', '')} ({one.get('ValidationPath', '')})",
                token=one.get("ClientRequestToken", ""),
                physical_id=one.get("PhysicalResourceId", ""),
            )
            for one in found
        )
