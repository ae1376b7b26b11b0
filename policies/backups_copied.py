"""What a backup plan makes is copied to another region, and kept there as long.

A backup in the region of its table is lost with the region, the one time that it is all there is. A copy that
ends sooner than its original looks like a backup in every list, and is none when it is needed.

Give every rule of the plan a `CopyActions` entry whose vault is in one of the environment's `regions`, with
the same `Lifecycle.DeleteAfterDays` as the rule's own.

Source: the deployment architecture, `cross_region_copy` and `target_region` of "Backup Strategy".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

RULES = "BackupPlan.BackupPlanRule"
DAYS = "Lifecycle.DeleteAfterDays"


@policy(
    severity="high",
    resources=["AWS::Backup::BackupPlan"],
    controls=["soc2:A1.2", "soc2:CC7.5", "gdpr:art-32"],
)
def check(plan: Resource) -> Iterator[Violation | Unknown]:
    """Each rule has a copy elsewhere that lasts."""
    for number in range(len(as_list(plan.get(RULES)))):
        rule = f"{RULES}[{number}]"
        copies = [
            f"{rule}.CopyActions[{one}]" for one in range(len(as_list(plan.get(f"{rule}.CopyActions"))))
        ]
        vaults = [plan.get(f"{copy}.DestinationBackupVaultArn", "") for copy in copies]
        unknown = [one for one in vaults if isinstance(one, Unknown)]
        elsewhere = [one for one in vaults if not isinstance(one, Unknown) and _is_elsewhere(plan, one)]
        if unknown and not elsewhere:
            yield unknown[0]
        elif not elsewhere:
            yield plan.violation(
                f"No copy of these backups leaves {plan.region}.",
                at=f"{rule}.CopyActions",
                fix=f"Copy them to a vault in {' or '.join(_others(plan)) or 'another region'}.",
            )
        kept = plan.number(f"{rule}.{DAYS}")
        for copy in copies:
            lasts = plan.number(f"{copy}.{DAYS}")
            if lasts is not None and (kept is None or lasts < kept):
                yield plan.violation(
                    f"The copy ends after {lasts} days, before the backup.",
                    at=f"{copy}.{DAYS}",
                    fix=f"Set it to {kept}, or remove it." if kept else "Remove it.",
                )


def _is_elsewhere(plan: Resource, vault: str) -> bool:
    """Whether an ARN is of another region, and one that the environment has, if it says which."""
    parts = vault.split(":")
    region = parts[3] if len(parts) > len(("arn", "aws", "backup")) else ""
    others = _others(plan)
    return bool(region) and region != plan.region and (not others or region in others)


def _others(plan: Resource) -> list[str]:
    return as_list(plan.environment.get("regions"))
