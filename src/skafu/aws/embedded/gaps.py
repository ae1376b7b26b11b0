"""What MiniStack has and does not tell everything about: attributes that `Fn::GetAtt` does not find there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXTS: Mapping[tuple[str, str], str] = {
    ("AWS::Cognito::UserPool", "ProviderURL"): "https://cognito-idp.${AWS::Region}.amazonaws.com/${SELF}",
    ("AWS::S3::Bucket", "DualStackDomainName"): "${SELF}.s3.dualstack.${AWS::Region}.amazonaws.com",
}
"""(type, attribute) -> the text that the template reference states for it; `SELF` is the resource."""

PROPERTIES = frozenset({("AWS::EC2::Subnet", "CidrBlock"), ("AWS::EC2::VPC", "CidrBlock")})
"""(type, attribute) of the attributes that are what the property of the same name says."""


def told(name: str, resource: Mapping[str, Any], attribute: str) -> str | None:
    """The attribute as text for `Fn::Sub`; None where MiniStack tells it, or nobody can."""
    asked = (str(resource.get("Type")), attribute)
    if asked in TEXTS:
        return TEXTS[asked].replace("SELF", name)
    if asked in PROPERTIES:
        given = resource.get("Properties", {}).get(attribute)
        return given if isinstance(given, str) else None
    return None
