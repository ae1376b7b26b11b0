"""Keys are governed by their own account, and by nobody else.

Who may change a key's policy or schedule its deletion decides about all data under it. That is the account
itself, through the policies of its roles: without a statement for the account, nobody can change the key any
more, and only AWS Support gets it back. A service needs to use a key and never to govern it; neither does
another account.

Keep a statement that allows `kms:*` to `arn:aws:iam::ACCOUNT:root`; allow services and other accounts the
actions of use alone: `kms:Decrypt`, `kms:Encrypt`, `kms:ReEncrypt*`, `kms:GenerateDataKey*`, `kms:DescribeKey`.

Source: AWS KMS Developer Guide, "Default key policy".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Violation, as_list, policy
from skafu.sdk.statements import allows, statements

GOVERNING = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial")


@policy(
    severity="high",
    resources=["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    controls=["soc2:CC6.1", "gdpr:art-32"],
)
def check(key: Resource) -> Iterator[Violation]:
    """The account governs it; services and other accounts do not."""
    own_account = False
    for at, statement in statements(key, "KeyPolicy"):
        if statement.get("Effect") != "Allow":
            continue
        governing = [action for action in GOVERNING if allows(statement, action)]
        if not governing:
            continue
        for principal in _principals(statement):
            if principal == key.account.id or principal.endswith(f":iam::{key.account.id}:root"):
                own_account = own_account or len(governing) == len(GOVERNING)
            elif f":{key.account.id}:" not in principal:
                yield key.violation(
                    f"{principal} may govern the key: {governing[0]} is allowed.",
                    at=(*at, "Action"),
                    fix="Allow it the actions of use alone: kms:Decrypt, kms:GenerateDataKey* and the like.",
                )
    if not own_account:
        yield key.violation(
            "No statement lets the account itself govern the key.",
            at="KeyPolicy",
            fix="Allow kms:* to arn:aws:iam::ACCOUNT:root, where ACCOUNT is !Ref AWS::AccountId.",
        )


def _principals(statement: dict[str, Any]) -> list[str]:
    if "NotPrincipal" in statement:
        return ["Everybody else"]
    principal = statement.get("Principal")
    kinds = list(principal.values()) if isinstance(principal, dict) else [principal]
    return [str(one) for kind in kinds for one in as_list(kind)]
