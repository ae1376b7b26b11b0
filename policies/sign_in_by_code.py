"""Users sign in by the authorization code flow, and no client sees their password.

The implicit flow hands tokens out in an address, where browsers, proxies and histories keep them. A flow that
takes name and password lets the client, and whoever gets into it, see the password. A client that acts for
itself (`client_credentials`) needs a secret: its id alone is public.

Set `AllowedOAuthFlows` to `[code]`; for machines, to `[client_credentials]` with `GenerateSecret: true`. In
`ExplicitAuthFlows` keep `ALLOW_USER_SRP_AUTH` and `ALLOW_REFRESH_TOKEN_AUTH`.

Source: RFC 9700, "Best Current Practice for OAuth 2.0 Security", sections 2.1.2 and 2.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

FLOWS = ("code", "client_credentials")

WITH_PASSWORD = frozenset(
    {
        "ADMIN_NO_SRP_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "USER_PASSWORD_AUTH",
    }
)


@policy(
    severity="high",
    resources=["AWS::Cognito::UserPoolClient"],
    controls=["soc2:CC6.1", "gdpr:art-32"],
)
def check(client: Resource) -> Iterator[Violation | Unknown]:
    """Each flow is one of those, and a machine has a secret."""
    flows = client.get("AllowedOAuthFlows", [])
    if isinstance(flows, Unknown):
        yield flows
    else:
        for index, flow in enumerate(flows):
            if flow not in FLOWS:
                yield client.violation(
                    f"Tokens are handed out by the flow {flow!r}, not by code.",
                    at=("AllowedOAuthFlows", index),
                    fix="Set AllowedOAuthFlows to [code].",
                )
        if "client_credentials" in flows and not client.flag("GenerateSecret"):
            yield client.violation(
                "A machine signs in without a secret.", at="GenerateSecret", fix="Set GenerateSecret to true."
            )
    for index, flow in enumerate(client.get("ExplicitAuthFlows", [])):
        if flow in WITH_PASSWORD:
            yield client.violation(
                f"{flow} lets the client see passwords.",
                at=("ExplicitAuthFlows", index),
                fix="Replace it by ALLOW_USER_SRP_AUTH.",
            )
