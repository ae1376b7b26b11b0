"""No change lets somebody reach what nobody could reach before.

A port for one range more, a database with a public address, a method of the API without its authorizer: each is one
line of a change, and found from outside within minutes. What may be open at all is for other policies; this one
compares what stands with what will stand. What is created open is not opened by a change.

Leave the door shut. If it is meant, register a waiver that names the resource and the ticket. Development is only
told.

Source: AWS Well-Architected Framework, security pillar, "Protecting networks".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeAlias

from skafu.sdk import Change, Resource, Unknown, Violation, as_list, as_number, plan_policy
from skafu.sdk.rest_api import operations

At: TypeAlias = tuple[str | int, ...]

OPEN: Mapping[str, tuple[str, str]] = {
    "AWS::ApiGateway::Method": ("AuthorizationType", "none"),
    "AWS::ApiGatewayV2::Route": ("AuthorizationType", "none"),
    "AWS::EC2::Subnet": ("MapPublicIpOnLaunch", "true"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Scheme", "internet-facing"),
    "AWS::Lambda::Url": ("AuthType", "none"),
    "AWS::RDS::DBInstance": ("PubliclyAccessible", "true"),
    "AWS::Redshift::Cluster": ("PubliclyAccessible", "true"),
}
"""Type -> switch, and the value that opens, in lower case."""

API = "AWS::ApiGateway::RestApi"
GROUP = "AWS::EC2::SecurityGroup"
RULE = "AWS::EC2::SecurityGroupIngress"
LAST_PORT = 65535


@plan_policy(severity="high", resources=[*OPEN, API, GROUP, RULE], controls=["soc2:CC6.6", "gdpr:art-32"])
def check(change: Change) -> Iterator[Violation | Unknown]:
    """Whoever gets in afterwards got in before."""
    before, after = change.before, change.after
    if before is None or after is None:
        return
    development = change.environment.get("stage", change.environment.name) == "development"
    for at, what in _opened(before, after):
        if isinstance(what, Unknown):
            yield what
        else:
            yield change.violation(what, at=at, severity="medium" if development else "high")


def _opened(before: Resource, after: Resource) -> Iterator[tuple[At, str | Unknown]]:
    if after.type == API:
        yield from _unauthorized(before, after)
    elif after.type in OPEN:
        yield from _switched(before, after, *OPEN[after.type])
    else:
        known = [one for _, one in _rules(before)]
        for at, rule in _rules(after):
            what = _wider(rule, known)
            if what is not None:
                yield at, what


def _switched(before: Resource, after: Resource, at: str, opens: str) -> Iterator[tuple[At, str | Unknown]]:
    was, becomes = before.get(at, ""), after.get(at, "")
    if isinstance(becomes, Unknown):
        if isinstance(was, Unknown) or str(was).lower() != opens:
            yield (at,), becomes
    elif str(becomes).lower() == opens:
        if isinstance(was, Unknown):
            yield (at,), was
        elif str(was).lower() != opens:
            yield (at,), f"{at} becomes {becomes}, and was {str(was).lower() or 'not given'}."


def _unauthorized(before: Resource, after: Resource) -> Iterator[tuple[At, str]]:
    """The operations that asked who calls, and no longer do."""
    asked = {(one.path, one.method) for one in operations(before) if _asks(before, one.body)}
    for one in operations(after):
        if (one.path, one.method) in asked and not _asks(after, one.body):
            yield (*one.at, "security"), f"{one} no longer asks who calls."


def _asks(api: Resource, body: Mapping[str, Any]) -> bool:
    accepted = as_list(body.get("security", api.get(("Body", "security"))))
    return bool(accepted) and all(bool(alternative) for alternative in accepted)


def _rules(group: Resource) -> Iterator[tuple[At, Mapping[str, Any]]]:
    if group.type == RULE:
        yield (), group.properties
        return
    for index, rule in enumerate(group.get("SecurityGroupIngress", [])):
        yield ("SecurityGroupIngress", index), rule


def _wider(rule: Mapping[str, Any], known: list[Mapping[str, Any]]) -> str | Unknown | None:
    """What the rule opens that no other did; an `Unknown` where it has addresses that only deployment tells."""
    for name in ("CidrIp", "CidrIpv6"):
        source = rule.get(name)
        if isinstance(source, Unknown):
            same = [one for one in known if isinstance(one.get(name), Unknown)]
            if not any(one[name].expression == source.expression for one in same):
                return source
        elif source is not None and not any(_covers(one, rule, name) for one in known):
            return f"{source} reaches {_ports(rule)}, which it did not before."
    return None


def _covers(one: Mapping[str, Any], rule: Mapping[str, Any], name: str) -> bool:
    source = one.get(name)
    if isinstance(source, Unknown) or source is None:
        return False
    protocol = str(one.get("IpProtocol"))
    if protocol not in ("-1", str(rule.get("IpProtocol"))):
        return False
    first, last = _range(one)
    start, end = _range(rule)
    return _within(_network(rule[name]), _network(source)) and first <= start and end <= last


def _network(source: Any) -> IPv4Network | IPv6Network:
    return ip_network(str(source), strict=False)


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def _range(rule: Mapping[str, Any]) -> tuple[float, float]:
    if str(rule.get("IpProtocol")) == "-1":
        return -1, LAST_PORT
    first, last = as_number(rule.get("FromPort", -1)), as_number(rule.get("ToPort", -1))
    return first, LAST_PORT if last == -1 else last


def _ports(rule: Mapping[str, Any]) -> str:
    if str(rule.get("IpProtocol")) == "-1":
        return "every port"
    return f"{rule.get('IpProtocol')} {rule.get('FromPort', 0)} to {rule.get('ToPort', LAST_PORT)}"
