"""Tokens of users expire after an hour, and can be taken back.

An access token is good for whoever has it, until it expires; nothing asks Cognito again. What takes a user back
in is the refresh token: it lives 30 days at most, and dies when the user signs out everywhere or loses the
device.

Leave `AccessTokenValidity`, `IdTokenValidity` and `RefreshTokenValidity` out, or stay within 60 minutes and 30
days (mind `TokenValidityUnits`: hours and days unless told). Do not set `EnableTokenRevocation` to false.

Source: Amazon Cognito Developer Guide, "Using tokens with user pools". The limits are Cognito's own defaults.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}

TOKENS = {
    "AccessToken": ("hours", 3600, "60 minutes"),
    "IdToken": ("hours", 3600, "60 minutes"),
    "RefreshToken": ("days", 30 * 86400, "30 days"),
}
"""Token: the unit unless told, the most in seconds, and the most as people say it."""


@policy(severity="medium", resources=["AWS::Cognito::UserPoolClient"], controls=["soc2:CC6.1", "gdpr:art-32"])
def check(client: Resource) -> Iterator[Violation | Unknown]:
    """None lives longer, and a refresh token can be revoked."""
    for token, (usual, most, shown) in TOKENS.items():
        at = f"{token}Validity"
        given = client.get(at)
        unit = client.get(f"TokenValidityUnits.{token}", usual)
        if isinstance(given, Unknown):
            yield given
        elif isinstance(unit, Unknown):
            yield unit
        elif (validity := client.number(at)) is not None and validity * SECONDS[unit] > most:
            yield client.violation(
                f"The {token} is good for {validity} {unit}, longer than {shown}.",
                at=at,
                fix=f"Set {at} to {shown} or less, in the unit of TokenValidityUnits.{token}.",
            )
    if not client.flag("EnableTokenRevocation", default=True):
        yield client.violation(
            "Refresh tokens cannot be revoked.", at="EnableTokenRevocation", fix="Set it to true."
        )
