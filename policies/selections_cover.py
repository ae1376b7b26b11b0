"""Every backup plan has something to back up.

A plan is a schedule and a vault; what it backs up stands in a selection of its own. A plan without one, or a
selection whose lists are empty, runs every week without an error and makes no backup: nothing tells the
difference until somebody wants one back.

Declare an `AWS::Backup::BackupSelection` for the plan that names `Resources`, or `ListOfTags`, and the role
to work with.

Source: AWS Backup Developer Guide, "Assigning resources to a backup plan"; the deployment architecture,
"Backup Strategy".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

SELECTION = "AWS::Backup::BackupSelection"


@policy(
    severity="high",
    resources=["AWS::Backup::BackupPlan", SELECTION],
    controls=["soc2:A1.2", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """Plans have a selection, and selections something to select."""
    if resource.type == SELECTION:
        chosen = [*as_list(resource.get("BackupSelection.Resources")), *_tags(resource)]
        if not chosen:
            yield resource.violation(
                "The selection selects nothing.",
                at="BackupSelection.Resources",
                fix="Name resources, or tags in ListOfTags.",
            )
        if not resource.has("BackupSelection.IamRoleArn"):
            yield resource.violation(
                "No role makes the backups.",
                at="BackupSelection.IamRoleArn",
                fix="Name a role for AWS Backup.",
            )
    elif not any(_is_for(one, resource) for one in resource.stack.resources(SELECTION)):
        yield resource.violation(
            "The plan backs nothing up: no selection of this stack belongs to it.",
            fix=f"Declare an {SELECTION} whose BackupPlanId is this plan.",
        )


def _tags(selection: Resource) -> list[object]:
    conditions = [f"BackupSelection.Conditions.String{one}" for one in ("Equals", "Like")]
    return [tag for at in ("BackupSelection.ListOfTags", *conditions) for tag in as_list(selection.get(at))]


def _is_for(selection: Resource, plan: Resource) -> bool:
    of = selection.get("BackupPlanId")
    return isinstance(of, Unknown) and plan.logical_id in of.resources
