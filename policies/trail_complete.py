"""The trail records everything that anybody does, and everything that happens to our objects.

What a trail leaves out cannot be reconstructed afterwards. It records, reads as well as writes: all management
events, those of global services (IAM, CloudFront, Route 53) included, and every access to an object in a bucket
of the platform (`skafu-...`).

Set `IsLogging` and `IncludeGlobalServiceEvents` to true, and select the events: with `AdvancedEventSelectors`,
one for `eventCategory` `Management` and one for `Data` of `AWS::S3::Object`, neither with `readOnly`; or with
one of `EventSelectors` whose `ReadWriteType` is `All`. (That it sees all regions, is encrypted and can be
validated are Checkov's CKV_AWS_67, 35 and 36.)

Source: deployment architecture, "Compliance Monitoring"; CloudTrail User Guide, "Logging data events".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_flag, as_list, policy

OBJECT = "AWS::S3::Object"
OURS = ":s3:::skafu-"


@policy(
    severity="high",
    resources=["AWS::CloudTrail::Trail"],
    controls=["cis:3.1", "cis:3.8", "cis:3.9", "soc2:CC7.2", "gdpr:art-30"],
)
def check(trail: Resource) -> Iterator[Violation]:
    """It is switched on, and no event is left out."""
    if not trail.flag("IsLogging"):
        yield trail.violation("The trail records nothing.", at="IsLogging", fix="Set IsLogging to true.")
    if not trail.flag("IncludeGlobalServiceEvents"):
        yield trail.violation(
            "Events of global services are left out.",
            at="IncludeGlobalServiceEvents",
            fix="Set IncludeGlobalServiceEvents to true.",
        )
    at = "AdvancedEventSelectors" if trail.has("AdvancedEventSelectors") else "EventSelectors"
    selectors = trail.get(at, [])
    if at == "AdvancedEventSelectors":
        chosen = [
            {one.get("Field"): one for one in selector.get("FieldSelectors", [])} for selector in selectors
        ]
        managed, stored = any(map(_all_management, chosen)), any(map(_all_objects, chosen))
    else:
        managed, stored = any(map(_basic_management, selectors)), any(map(_basic_objects, selectors))
    if selectors and not managed:
        yield trail.violation(
            "Not all management events are recorded.", at=at, fix="Add a selector of them without readOnly."
        )
    if not stored:
        yield trail.violation(
            "Not every access to an object of the platform is recorded.",
            at=at,
            fix=f"Add a selector of data events of {OBJECT} whose ARN starts with arn:aws:s3:::skafu-.",
        )


def _all_management(fields: dict[str, dict[str, Any]]) -> bool:
    return "Management" in _equals(fields, "eventCategory") and fields.keys() == {"eventCategory"}


def _all_objects(fields: dict[str, dict[str, Any]]) -> bool:
    """Objects of all buckets whose names start with ours. Single ones may be left out: those that logs go to."""
    if not fields.keys() <= {"eventCategory", "resources.type", "resources.ARN"}:
        return False
    arns = fields.get("resources.ARN", {"StartsWith": [OURS]})
    return (
        "Data" in _equals(fields, "eventCategory")
        and OBJECT in _equals(fields, "resources.type")
        and arns.keys() <= {"Field", "StartsWith", "NotStartsWith", "NotEquals"}
        and any(map(_is_ours, arns.get("StartsWith", [OURS])))
        and not any(_is_ours(left) for left in arns.get("NotStartsWith", []) if not isinstance(left, Unknown))
    )


def _equals(fields: dict[str, dict[str, Any]], field: str) -> list[Any]:
    return as_list(fields.get(field, {}).get("Equals"))


def _basic_management(selector: dict[str, Any]) -> bool:
    return selector.get("ReadWriteType", "All") == "All" and as_flag(
        selector.get("IncludeManagementEvents", True)
    )


def _basic_objects(selector: dict[str, Any]) -> bool:
    return selector.get("ReadWriteType", "All") == "All" and any(
        data.get("Type") == OBJECT and any(map(_is_ours, as_list(data.get("Values"))))
        for data in selector.get("DataResources", [])
    )


def _is_ours(start: str) -> bool:
    """Whether the beginning of an ARN takes in all of our buckets."""
    return start.endswith((OURS, ":s3", ":s3:::"))
