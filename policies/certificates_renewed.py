"""Certificates are validated by DNS, renew themselves, and are made in public.

A certificate that is validated by mail expires on the day when nobody reads that mailbox. A record in our own
zone validates it now and at every renewal, and CloudFormation writes it where `HostedZoneId` is given. A public
log of certificates is how one learns of a certificate that somebody else got for our name.

Set `ValidationMethod` to `DNS` and a `HostedZoneId` for every name in `DomainValidationOptions`; leave the
options out where the zone is another account's, and enter the record there once. Leave
`CertificateTransparencyLoggingPreference` on.

Source: AWS Certificate Manager User Guide, "Managed certificate renewal".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(
    severity="medium",
    resources=["AWS::CertificateManager::Certificate"],
    controls=["soc2:CC6.7"],
)
def check(certificate: Resource) -> Iterator[Violation]:
    """By DNS, in a zone of ours, and logged."""
    method = certificate.get("ValidationMethod", "EMAIL")
    if method != "DNS":
        yield certificate.violation(
            f"The certificate is validated by {method}, not by DNS.",
            at="ValidationMethod",
            fix="Set ValidationMethod to DNS.",
        )
    for index, option in enumerate(certificate.get("DomainValidationOptions", [])):
        if option.get("HostedZoneId") is None:
            yield certificate.violation(
                f"{option.get('DomainName')} is not validated in a hosted zone.",
                at=("DomainValidationOptions", index),
                fix="Replace ValidationDomain, which is for mail, by the HostedZoneId of the name.",
            )
    if certificate.get("CertificateTransparencyLoggingPreference", "ENABLED") != "ENABLED":
        yield certificate.violation(
            "The certificate stands in no public log.",
            at="CertificateTransparencyLoggingPreference",
            fix="Set CertificateTransparencyLoggingPreference to ENABLED.",
        )
