"""Whether what stands outlives its removal or replacement.

Source: "DeletionPolicy attribute" and "UpdateReplacePolicy attribute" in CloudFormation's template reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEPT_ON_REMOVAL = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
KEPT_ON_REPLACEMENT = frozenset({"Retain", "Snapshot"})


def outlives_removal(resource: Mapping[str, Any] | None) -> bool:
    """Whether a resource that leaves the template, or its snapshot, stays. `resource` is what stood in the template."""
    if resource is None:
        return False
    policy = resource.get("DeletionPolicy")
    return policy in KEPT_ON_REMOVAL if isinstance(policy, str) else policy is None and _snapshot(resource)


def outlives_replacement(resource: Mapping[str, Any] | None) -> bool:
    """Whether the old one of a replaced resource, or its snapshot, stays. `resource` is what will stand in the template."""
    return resource is not None and resource.get("UpdateReplacePolicy") in KEPT_ON_REPLACEMENT


def _snapshot(resource: Mapping[str, Any]) -> bool:
    """Whether CloudFormation takes a snapshot although no deletion policy says so."""
    if resource.get("Type") == "AWS::RDS::DBCluster":
        return True
    alone = "DBClusterIdentifier" not in (resource.get("Properties") or {})
    return resource.get("Type") == "AWS::RDS::DBInstance" and alone
