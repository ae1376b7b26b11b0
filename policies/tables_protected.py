"""Tables refuse to be deleted wherever their environment asks for it.

Deletion protection is the last thing between a slip of the hand (or a stack that is removed) and the data. It
is on where `dynamodb.deletion_protection` of the environment says so: in staging too, not in production alone.

Take the value from the environment, through a parameter, instead of a condition on the environment's name.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(
    severity="high",
    resources=["AWS::DynamoDB::Table"],
    controls=["soc2:A1.2", "gdpr:art-32"],
)
def check(table: Resource) -> Iterator[Violation]:
    """The switch is as the environment says."""
    wanted = table.environment.get("dynamodb.deletion_protection")
    if wanted is None:
        return
    if table.flag("DeletionProtectionEnabled") != wanted:
        state, other = ("off", "on") if wanted else ("on", "off")
        yield table.violation(
            f"Deletion protection is {state}; its environment wants it {other}.",
            at="DeletionProtectionEnabled",
            fix=f"Set DeletionProtectionEnabled to {str(wanted).lower()}, from dynamodb.deletion_protection.",
        )
