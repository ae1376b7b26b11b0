"""Our addresses speak TLS 1.2 or newer, and only its good ciphers.

Older versions can be read by who listens, and are what an attacker makes client and server fall back to.
Browsers have not needed them for years.

Set `SecurityPolicy` of API domains to `TLS_1_2` or a newer one, and `MinimumProtocolVersion` of CloudFront to
`TLSv1.2_2021` or newer: the policies of 2018 and 2019, which Checkov accepts (CKV_AWS_174), still offer ciphers
in CBC mode. A distribution without a certificate of its own speaks TLS 1.0. Towards its origins it takes
`OriginSSLProtocols: [TLSv1.2]`.

Source: CloudFront Developer Guide, "Supported protocols and ciphers between viewers and CloudFront".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Violation, policy

VIEWERS = "DistributionConfig.ViewerCertificate.MinimumProtocolVersion"
RECENT = re.compile(r"TLSv1\.2_20(2[1-9]|[3-9][0-9])|TLSv1\.[3-9]_[0-9]{4}")
"""CloudFront's security policies from TLSv1.2_2021 on; a name that nobody knows yet is none of them."""


@policy(
    severity="high",
    resources=[
        "AWS::ApiGateway::DomainName",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::CloudFront::Distribution",
    ],
    controls=["soc2:CC6.7", "gdpr:art-32"],
)
def check(address: Resource) -> Iterator[Violation]:
    """Whoever calls, and whoever is called, speaks TLS 1.2."""
    if address.type == "AWS::ApiGateway::DomainName":
        yield from _domain(address, "SecurityPolicy")
    elif address.type == "AWS::ApiGatewayV2::DomainName":
        for index in range(len(address.get("DomainNameConfigurations", []))):
            yield from _domain(address, f"DomainNameConfigurations[{index}].SecurityPolicy")
    else:
        yield from _distribution(address)


def _domain(domain: Resource, at: str) -> Iterator[Violation]:
    given = domain.get(at, "not given")
    if not _is_recent(given):
        yield domain.violation(
            f"SecurityPolicy is {given}, not TLS_1_2 or newer.", at=at, fix=f"Set {at} to TLS_1_2."
        )


def _is_recent(name: Any) -> bool:
    return str(name) == "TLS_1_2" or str(name).startswith(("SecurityPolicy_TLS12_", "SecurityPolicy_TLS13_"))


def _distribution(distribution: Resource) -> Iterator[Violation]:
    given = distribution.get(VIEWERS, "TLSv1")
    if not RECENT.fullmatch(str(given)):
        yield distribution.violation(
            f"Viewers may speak {given}, not TLSv1.2_2021 or newer.",
            at=VIEWERS,
            fix="Set MinimumProtocolVersion to TLSv1.2_2021, with a certificate of our own.",
        )
    for index, origin in enumerate(distribution.get("DistributionConfig.Origins", [])):
        custom = origin.get("CustomOriginConfig")
        if custom and custom.get("OriginSSLProtocols", ["TLSv1"]) != ["TLSv1.2"]:
            at = f"DistributionConfig.Origins[{index}].CustomOriginConfig.OriginSSLProtocols"
            yield distribution.violation(
                "CloudFront may speak less than TLS 1.2 to the origin.", at=at, fix="Set it to [TLSv1.2]."
            )
