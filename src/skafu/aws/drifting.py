"""Drift: what stands, compared with what the template says, property by property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skafu.aws.descriptions import drift, reading
from skafu.aws.patience import Patience
from skafu.model.cloud import CloudError, Drift, DriftFound
from skafu.model.nesting import STACK

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

DRIFTED = frozenset({"MODIFIED", "DELETED"})
COMPARED = DRIFTED | {"IN_SYNC"}


def drift_of(client: CloudFormationClient, patience: Patience, name: str, prefix: str = "") -> DriftFound:
    """Compare a stack, and then its nested stacks: CloudFormation leaves those out.

    Args:
        client: of the account and region.
        patience: how to ask.
        name: of the stack.
        prefix: logical ids of the stacks around it, each with a dot.

    Raises:
        CloudError: AWS refuses, or could not compare every resource that it knows how to compare.
        Unreachable: nobody answered.
    """
    _detected(client, patience, name)
    found: list[Drift] = []
    compared: set[str] = set()
    for page in patience.pages(
        f"read the drift of the stack {name}", client.describe_stack_resource_drifts, StackName=name
    ):
        for one in page.get("StackResourceDrifts", ()):
            status = one.get("StackResourceDriftStatus")
            if status in COMPARED:
                compared.add(prefix + one["LogicalResourceId"])
            if status in DRIFTED:
                found.append(drift(one, prefix))
    checked = len(compared)
    unchecked: list[str] = []
    for logical_id, type_, physical_id in resources_of(client, patience, name):
        if type_ == STACK and physical_id:
            inside = drift_of(client, patience, physical_id, f"{prefix}{logical_id}.")
            found += inside.drifted
            checked += inside.checked
            unchecked += inside.unchecked
        elif prefix + logical_id not in compared:
            unchecked.append(prefix + logical_id)
    return DriftFound(
        drifted=tuple(sorted(found, key=lambda one: one.logical_id)),
        checked=checked,
        unchecked=tuple(sorted(unchecked)),
    )


def _detected(client: CloudFormationClient, patience: Patience, name: str) -> None:
    """Have CloudFormation compare, and wait until it has."""
    doing = f"detect drift of the stack {name}"
    with reading(f"the drift of the stack {name}"):
        id_ = patience.ask(doing, lambda: client.detect_stack_drift(StackName=name))["StackDriftDetectionId"]
        for pause in patience.pauses():
            found = patience.ask(
                doing,
                lambda: client.describe_stack_drift_detection_status(StackDriftDetectionId=id_),
            )
            if found["DetectionStatus"] == "DETECTION_COMPLETE":
                return
            if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
                raise CloudError(
                    f"cannot {doing}: {found.get('DetectionStatusReason') or found['DetectionStatus']}.",
                    code=found["DetectionStatus"],
                )
            patience.sleep(pause)


def resources_of(client: CloudFormationClient, patience: Patience, name: str) -> list[tuple[str, str, str]]:
    """Logical id, type and physical id of all that stands; what nested stacks hold is not among it."""
    doing = f"list the resources of the stack {name}"
    with reading(f"the resources of the stack {name}"):
        return [
            (one["LogicalResourceId"], one["ResourceType"], one.get("PhysicalResourceId", ""))
            for page in patience.pages(doing, client.list_stack_resources, StackName=name)
            for one in page.get("StackResourceSummaries", ())
            if one.get("ResourceStatus") != "DELETE_COMPLETE"
        ]
