"""Nobody learns by trying who has an account.

Without it, signing in or asking for a new password answers differently for addresses that are users and
addresses that are not: a list of addresses becomes a list of customers, which is personal data.

Set `PreventUserExistenceErrors` to `ENABLED` on every client of the user pool.

Source: Amazon Cognito Developer Guide, "Managing user existence error responses".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(severity="medium", resources=["AWS::Cognito::UserPoolClient"], controls=["soc2:CC6.1", "gdpr:art-32"])
def check(client: Resource) -> Iterator[Violation]:
    """Errors say the same for everybody."""
    given = client.get("PreventUserExistenceErrors", "not given")
    if given != "ENABLED":
        yield client.violation(
            f"PreventUserExistenceErrors is {given}: errors tell who has an account.",
            at="PreventUserExistenceErrors",
            fix="Set PreventUserExistenceErrors to ENABLED.",
        )
