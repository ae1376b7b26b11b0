"""Secrets are made where they are kept: nobody writes one into a template.

What stands in a template stands in Git, in every clone and in CloudFormation's history, for ever. Secrets
Manager makes a value that nobody has ever seen; at least 32 characters of it cannot be guessed.

Replace `SecretString` by `GenerateSecretString` (its `PasswordLength` is 32 unless told), or leave both out and
let whoever got the value from elsewhere enter it once.

Source: Secrets Manager User Guide, "Create an AWS Secrets Manager secret".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

SHORTEST = 32
"""Characters; what Secrets Manager makes unasked."""


@policy(
    severity="critical", resources=["AWS::SecretsManager::Secret"], controls=["soc2:CC6.1", "gdpr:art-32"]
)
def check(secret: Resource) -> Iterator[Violation | Unknown]:
    """There is no value of it here, and the one that is made is long enough."""
    written = secret.get("SecretString", "")
    if isinstance(written, Unknown):
        yield written
    elif written and "{{resolve:" not in written:
        yield secret.violation(
            "The secret stands in the template.",
            at="SecretString",
            fix="Replace SecretString by GenerateSecretString, and change the secret wherever it was used.",
        )
    length = secret.number("GenerateSecretString.PasswordLength")
    if length is not None and length < SHORTEST:
        yield secret.violation(
            f"The secret has {length} characters, fewer than {SHORTEST}.",
            at="GenerateSecretString.PasswordLength",
            fix=f"Set PasswordLength to {SHORTEST} or more.",
        )
