"""Users can protect their account with a second factor that nobody can take over the phone.

A password that was used twice, and leaked once, is everybody's. An authenticator app or a passkey is not; a
text message can be had by whoever talks a phone company into a new SIM card, so it may be there but not alone.

Set `MfaConfiguration` to `OPTIONAL` or `ON`, and put `SOFTWARE_TOKEN_MFA` or `WEB_AUTHN` into `EnabledMfas`.

Source: NIST SP 800-63B, "Authentication and Lifecycle Management", on restricted authenticators.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

STRONG = frozenset({"SOFTWARE_TOKEN_MFA", "WEB_AUTHN"})


@policy(severity="medium", resources=["AWS::Cognito::UserPool"], controls=["soc2:CC6.1", "gdpr:art-32"])
def check(pool: Resource) -> Iterator[Violation | Unknown]:
    """A second factor is offered, and not only by text message."""
    offered = pool.get("MfaConfiguration", "OFF")
    if isinstance(offered, Unknown):
        yield offered
    elif offered not in ("ON", "OPTIONAL"):
        yield pool.violation(
            f"A second factor is {offered}.", at="MfaConfiguration", fix="Set it to OPTIONAL or ON."
        )
    kinds = pool.get("EnabledMfas", [])
    if not STRONG.intersection(kinds):
        yield pool.violation(
            f"The second factors are {', '.join(kinds) or 'none'}: none that belongs to the user alone.",
            at="EnabledMfas",
            fix="Add SOFTWARE_TOKEN_MFA to EnabledMfas.",
        )
