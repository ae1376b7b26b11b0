"""Backups cannot be deleted before their 90 days are over.

Who takes an account over deletes its backups first. A lock on the vault refuses that to everybody, and an
access policy refuses it to whoever could lift the lock; together they make a deletion two acts of two roles.

Set `LockConfiguration.MinRetentionDays` of the vault to 90, and deny `backup:DeleteRecoveryPoint` in its
`AccessPolicy`.

Source: the deployment architecture, `retention_period` of "Backup Strategy"; AWS Backup Developer Guide, "AWS
Backup Vault Lock".
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

KEPT = 90
"""Days."""

LOCK = "LockConfiguration.MinRetentionDays"
DELETION = "backup:DeleteRecoveryPoint"


@policy(
    severity="high",
    resources=["AWS::Backup::BackupVault"],
    controls=["soc2:A1.2", "soc2:CC6.1", "gdpr:art-32"],
)
def check(vault: Resource) -> Iterator[Violation | Unknown]:
    """There is a lock that lasts, and a statement that denies."""
    locked = vault.get(LOCK)
    if isinstance(locked, Unknown):
        yield locked
    elif (vault.number(LOCK) or 0) < KEPT:
        yield vault.violation(
            f"Backups may be deleted after {locked or 0} days, not {KEPT}.", at=LOCK, fix=f"Set it to {KEPT}."
        )
    statements = as_list(vault.get("AccessPolicy.Statement"))
    if not any(
        one.get("Effect") == "Deny"
        and one.get("Principal") in ("*", {"AWS": "*"})
        and any(fnmatchcase(DELETION.lower(), action.lower()) for action in as_list(one.get("Action")))
        for one in statements
    ):
        yield vault.violation(
            "Whoever has the permission may delete a backup by hand.",
            at="AccessPolicy",
            fix=f"Deny {DELETION} to every principal but the role that updates this stack.",
        )
