"""Browsers are told how to protect who visits the web application.

A page can be framed by another that looks like it, a script of a stranger can run in it, and a first visit
without TLS can be read: browsers prevent all three, for sites that ask. CloudFront adds the headers to every
answer, so that no application has to remember them.

Give each cache behavior a `ResponseHeadersPolicyId`, and the policy `StrictTransportSecurity` for at least a
year, `ContentSecurityPolicy`, `ContentTypeOptions`, `FrameOptions` and `ReferrerPolicy`.

Source: Amazon CloudFront Developer Guide, "Understand response headers policies"; OWASP HTTP Security
Response Headers Cheat Sheet.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_list, policy

CONFIG = "DistributionConfig"
HEADERS = "ResponseHeadersPolicyConfig.SecurityHeadersConfig"

NEEDED = (
    "ContentSecurityPolicy",
    "ContentTypeOptions",
    "FrameOptions",
    "ReferrerPolicy",
    "StrictTransportSecurity",
)
AGE = "StrictTransportSecurity.AccessControlMaxAgeSec"
YEAR = 31_536_000
"""Seconds."""


@policy(
    severity="medium",
    resources=["AWS::CloudFront::Distribution", "AWS::CloudFront::ResponseHeadersPolicy"],
    controls=["soc2:CC6.6", "soc2:CC6.7"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """Behaviors have a policy, and policies all headers."""
    if resource.type == "AWS::CloudFront::ResponseHeadersPolicy":
        yield from _headers(resource)
        return
    behaviors = len(as_list(resource.get(f"{CONFIG}.CacheBehaviors")))
    places = [f"{CONFIG}.CacheBehaviors[{index}]" for index in range(behaviors)]
    for place in [f"{CONFIG}.DefaultCacheBehavior", *places]:
        if not resource.has(f"{place}.ResponseHeadersPolicyId"):
            yield resource.violation(
                "Browsers are told nothing.",
                at=f"{place}.ResponseHeadersPolicyId",
                fix="Refer to an AWS::CloudFront::ResponseHeadersPolicy.",
            )


def _headers(headers: Resource) -> Iterator[Violation]:
    # A policy for other headers alone, such as those of CORS, is none for these.
    if not headers.has(HEADERS):
        yield headers.violation(
            "The policy has no security headers.", at=HEADERS, fix=f"Add {', '.join(NEEDED)}."
        )
        return
    for name in NEEDED:
        if not headers.has(f"{HEADERS}.{name}"):
            yield headers.violation(f"The policy has no {name}.", at=f"{HEADERS}.{name}", fix=f"Add {name}.")
    age = headers.number(f"{HEADERS}.{AGE}")
    if age is not None and age < YEAR:
        yield headers.violation(
            f"Browsers insist on TLS for {age} seconds, less than a year.",
            at=f"{HEADERS}.{AGE}",
            fix=f"Set it to {YEAR} or more.",
        )
