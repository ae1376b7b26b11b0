"""The firewall logs no credentials.

A log of requests holds their headers, and with them the token of whoever was signed in: whoever may read the
log could be that user. Logs are read by more people than tokens are meant for, and kept much longer.

Put `SingleHeader` `authorization` and `cookie` into `RedactedFields` of every
`AWS::WAFv2::LoggingConfiguration`.

Source: AWS WAF Developer Guide, "Logging AWS WAF web ACL traffic".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

HEADERS = ("authorization", "cookie")


@policy(
    severity="medium",
    resources=["AWS::WAFv2::LoggingConfiguration"],
    controls=["soc2:CC6.1", "gdpr:art-32"],
)
def check(logging: Resource) -> Iterator[Violation]:
    """Both headers are left out."""
    redacted = {
        str(field.get("SingleHeader", {}).get("Name")).lower() for field in logging.get("RedactedFields", [])
    }
    for header in HEADERS:
        if header not in redacted:
            yield logging.violation(
                f"The header {header} is logged.",
                at="RedactedFields",
                fix=f"Add {{SingleHeader: {{Name: {header}}}}} to RedactedFields.",
            )
