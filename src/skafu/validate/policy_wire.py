"""A stack on its way to the child that runs policies: plain JSON, with the unknown values in a list beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skafu.model.estate import Stack as ResolvedStack
from skafu.model.node import Node
from skafu.model.node import Unknown as UnknownValue
from skafu.model.place import Path
from skafu.sdk.subjects import Account, Environment, Stack
from skafu.sdk.unknown import Unknown


def encode(stack: ResolvedStack) -> dict[str, Any]:
    """The stack as JSON. Every `Unknown` is null in the data and described, with its path, under `unknown`."""
    unknown: list[dict[str, Any]] = []
    definition = stack.definition
    return {
        "id": str(stack.id),
        "name": definition.name,
        "layer": definition.layer,
        "tier": definition.node.text("tier"),
        "region": stack.id.region,
        "environment": {"name": stack.environment.name, "settings": stack.environment.node.plain()},
        "account": {
            "name": stack.account.name,
            "id": stack.account.id,
            "allowed_resources": list(stack.account.allowed_resources),
        },
        "tags": _plain(Node(stack.tags, stack.template.location), ("tags",), unknown),
        "parameters": _plain(Node(stack.parameters, stack.template.location), ("parameters",), unknown),
        "template": _plain(stack.template, ("template",), unknown),
        "unknown": unknown,
    }


def decode(message: dict[str, Any]) -> Stack:
    """The stack as policies see it. Changes `message`: parse it anew for each policy, as policies may too."""
    for unknown in message["unknown"]:
        *parents, last = unknown["path"]
        holder: Any = message
        for part in parents:
            holder = holder[part]
        # A path of the template starts at its root; tags and parameters are keys of stack.yaml.
        path = tuple(unknown["path"][1:] if unknown["path"][0] == "template" else unknown["path"])
        holder[last] = Unknown(
            unknown["reason"], path=path, expression=unknown["expression"], kind=unknown["type"]
        )
    account = message["account"]
    environment = message["environment"]
    return Stack(
        id=message["id"],
        name=message["name"],
        layer=message["layer"],
        tier=message["tier"],
        region=message["region"],
        environment=Environment(environment["name"], environment["settings"]),
        account=Account(account["name"], account["id"], tuple(account["allowed_resources"])),
        tags=message["tags"],
        parameters=message["parameters"],
        template=message["template"],
    )


def _plain(node: Node, path: Path, unknown: list[dict[str, Any]]) -> Any:
    if isinstance(node.value, UnknownValue):
        found = node.value
        told = {"reason": found.reason, "expression": found.expression, "type": found.type}
        unknown.append({"path": list(path), **told})
        return None
    if isinstance(node.value, Mapping):
        return {key: _plain(child, (*path, key), unknown) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(child, (*path, index), unknown) for index, child in enumerate(node.value)]
    return node.value
