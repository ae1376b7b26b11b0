"""What is in a vault is restored regularly, to see that it can be.

A backup that was never restored is a hope: the key is gone, the role lacks a permission, the format changed,
and it is found out on the day it counts. AWS Backup restores the newest recovery point by itself, tells how
long it took, and deletes it again.

For each vault of a stack, declare a `RestoreTestingPlan` that includes it, and a `RestoreTestingSelection`
that says what of it is restored.

Source: the deployment architecture, `table_restore_validation`; AWS Backup Developer Guide, "Restore
testing".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

PLAN = "AWS::Backup::RestoreTestingPlan"
SELECTION = "AWS::Backup::RestoreTestingSelection"
VAULTS = "RecoveryPointSelection.IncludeVaults"


@policy(
    severity="medium",
    resources=["AWS::Backup::BackupVault"],
    controls=["soc2:A1.3", "soc2:CC7.5", "gdpr:art-32"],
)
def check(vault: Resource) -> Iterator[Violation]:
    """A plan tests the vault, and a selection fills the plan."""
    plans = [one for one in vault.stack.resources(PLAN) if _includes(one, vault)]
    if not plans:
        yield vault.violation(
            "Nobody has ever restored what is in this vault.",
            fix=f"Declare an {PLAN} whose IncludeVaults names it, and an {SELECTION}.",
        )
    for plan in plans:
        if not any(_fills(one, plan) for one in vault.stack.resources(SELECTION)):
            yield plan.violation(
                "The plan restores nothing: no selection of this stack belongs to it.",
                at="RestoreTestingPlanName",
                fix=f"Declare an {SELECTION} with its name.",
            )


def _includes(plan: Resource, vault: Resource) -> bool:
    for one in as_list(plan.get(VAULTS)):
        if isinstance(one, Unknown):
            if vault.logical_id in one.resources:
                return True
        elif one == "*" or str(one).endswith(f":{vault.get('BackupVaultName', '')}"):
            return True
    return False


def _fills(selection: Resource, plan: Resource) -> bool:
    of = selection.get("RestoreTestingPlanName")
    if isinstance(of, Unknown):
        return plan.logical_id in of.resources
    return bool(of == plan.get("RestoreTestingPlanName"))
