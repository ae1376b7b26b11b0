"""What a reference to a stand-in gets: a made-up value of the right form, the same in every run. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREFIXES: Mapping[tuple[str, str], str] = {
    ("AWS::EC2::EIP", "AllocationId"): "eipalloc-",
    ("AWS::EC2::FlowLog", "Ref"): "fl-",
    ("AWS::EC2::NatGateway", "Ref"): "nat-",
    ("AWS::EC2::NatGateway", "NatGatewayId"): "nat-",
    ("AWS::Organizations::Organization", "Ref"): "o-",
    ("AWS::Organizations::Organization", "Id"): "o-",
    ("AWS::Organizations::Organization", "RootId"): "r-",
    ("AWS::Organizations::OrganizationalUnit", "Ref"): "ou-skaf-",
    ("AWS::Organizations::OrganizationalUnit", "Id"): "ou-skaf-",
    ("AWS::Organizations::Policy", "Ref"): "p-",
}
"""(type, attribute) -> how such an id begins, as the service's API reference states it."""

ARNS = frozenset(
    {
        "AWS::Backup::Framework",
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",
        "AWS::CE::CostCategory",
        "AWS::IAM::OIDCProvider",
        "AWS::SecurityHub::Hub",
        "AWS::SecurityHub::Standard",
        "AWS::SSO::PermissionSet",
    }
)
"""The types whose Ref is their ARN, as the template reference states it."""

IP_ADDRESSES = frozenset({("AWS::EC2::EIP", "Ref"), ("AWS::EC2::EIP", "PublicIp")})

GLOBAL = frozenset({"budgets", "ce", "iam", "organizations"})
"""The services whose ARNs name no region."""

DOCUMENTED = "203.0.113."
"""Addresses for documentation (RFC 5737): nothing answers there."""

HEX = 17
"""Digits of a resource's id, as EC2 writes it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a stack is deployed.

    Attributes:
        account: twelve digits.
        region: e.g. `eu-west-1`.
        stack: the stack's name; of a nested one, its parent's with the logical ids on the way to it.
    """

    account: str
    region: str
    stack: str


def answer(resource: Mapping[str, Any], logical_id: str, attribute: str, where: Where) -> str:
    """What `Fn::GetAtt` of `attribute` would give, or `Ref` for the attribute `Ref`."""
    kind = str(resource.get("Type", ""))
    digest = hashlib.sha256("\n".join([*_parts(where), logical_id]).encode()).hexdigest()
    if (kind, attribute) in PREFIXES:
        return PREFIXES[kind, attribute] + digest[:HEX]
    if (kind, attribute) in IP_ADDRESSES:
        return f"{DOCUMENTED}{int(digest[:2], 16)}"
    name = _name(resource, kind) or f"{logical_id}-{digest[:HEX]}"
    last = attribute.rpartition(".")[2]
    if last.lower().endswith("arn") or (attribute == "Ref" and kind in ARNS):
        return _arn(kind, name, where)
    if attribute == "Ref":
        return name
    if last.endswith("AccountId"):
        return f"{int(digest, 16) % 10**12:012}"
    if last.endswith("Email"):
        return f"{logical_id.lower()}@stand-in.example"
    if last.endswith(("DomainName", "Endpoint", "DNSName")):
        return f"{digest[:HEX]}.stand-in.example"
    return f"{_words(logical_id)}-{digest[:HEX]}"


def _parts(where: Where) -> tuple[str, ...]:
    return where.account, where.region, where.stack


def _arn(kind: str, name: str, where: Where) -> str:
    _, service, what = (*kind.split("::"), "", "")[:3]
    region = "" if service.lower() in GLOBAL else where.region
    return f"arn:aws:{service.lower()}:{region}:{where.account}:{_words(what)}/{name}"


def _name(resource: Mapping[str, Any], kind: str) -> str:
    """The name that the template gives it, which is what `Ref` gives of most types that have one."""
    properties = resource.get("Properties")
    given = properties if isinstance(properties, Mapping) else {}
    what = kind.rpartition("::")[2]
    found = (given.get(key) for key in (f"{what}Name", "Name"))
    return next((one for one in found if isinstance(one, str)), "")


def _words(name: str) -> str:
    """`OIDCProvider` as `oidc-provider`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
