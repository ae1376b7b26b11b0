"""A stack, or the estate, on its way to the child that runs the team's code.

Plain JSON, with the unknown values in a list beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Any

from skafu.model.estate import Account as ResolvedAccount
from skafu.model.estate import Estate as ResolvedEstate
from skafu.model.estate import Stack as ResolvedStack
from skafu.model.node import Node
from skafu.model.node import Unknown as UnknownValue
from skafu.model.place import Path
from skafu.sdk.estate import Estate
from skafu.sdk.subjects import Account, Environment, Need, Stack
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
        "account": _account(stack.account),
        "tags": _plain(Node(stack.tags, stack.template.location), ("tags",), unknown),
        "parameters": _plain(Node(stack.parameters, stack.template.location), ("parameters",), unknown),
        "template": _plain(stack.template, ("template",), unknown),
        "stack_name": stack.stack_name,
        "declaration": definition.node.plain(),
        "folder": PurePosixPath(definition.node.location.file).parent.as_posix(),
        "needs": sorted({(need.kind, str(need.target), need.what) for need in stack.references}),
        "unknown": unknown,
    }


def encode_estate(estate: ResolvedEstate) -> dict[str, Any]:
    """The estate as JSON; its stacks in the order of `numbered`."""
    return {
        "name": estate.name,
        "accounts": [_account(one) for _, one in sorted(estate.accounts.items())],
        "environments": [
            {"name": name, "settings": one.node.plain()} for name, one in sorted(estate.environments.items())
        ],
        "stacks": [encode(one) for one in numbered(estate)],
        "complete": estate.complete,
    }


def numbered(estate: ResolvedEstate) -> list[ResolvedStack]:
    """Every stack in the order of their numbers: by id, and what is nested in one after it."""
    return [one for _, stack in sorted(estate.stacks.items()) for one in (stack, *stack.nested)]


def decode_estate(message: dict[str, Any], root: FilePath) -> Estate:
    """The estate as validators see it. Changes `message`, as `decode` does."""
    return Estate(
        name=message["name"],
        accounts=tuple(_decoded_account(one) for one in message["accounts"]),
        environments=tuple(Environment(one["name"], one["settings"]) for one in message["environments"]),
        stacks=tuple(decode(one, number) for number, one in enumerate(message["stacks"])),
        complete=message["complete"],
        root=root,
    )


def decode(message: dict[str, Any], number: int = 0) -> Stack:
    """The stack as policies see it. Changes `message`: parse it anew for each policy, as policies may too."""
    for unknown in message["unknown"]:
        *parents, last = unknown["path"]
        holder: Any = message
        for part in parents:
            holder = holder[part]
        # A path of the template starts at its root; tags and parameters are keys of stack.yaml.
        path = tuple(unknown["path"][1:] if unknown["path"][0] == "template" else unknown["path"])
        holder[last] = Unknown(
            unknown["reason"],
            path=path,
            expression=unknown["expression"],
            kind=unknown["type"],
            stack=number,
        )
    environment = message["environment"]
    return Stack(
        id=message["id"],
        name=message["name"],
        layer=message["layer"],
        tier=message["tier"],
        region=message["region"],
        environment=Environment(environment["name"], environment["settings"]),
        account=_decoded_account(message["account"]),
        tags=message["tags"],
        parameters=message["parameters"],
        template=message["template"],
        stack_name=message["stack_name"],
        declaration=message["declaration"],
        folder=message["folder"],
        needs=tuple(Need(*need) for need in message["needs"]),
        number=number,
    )


def _account(account: ResolvedAccount) -> dict[str, Any]:
    return {
        "name": account.name,
        "id": account.id,
        "allowed_resources": list(account.allowed_resources),
        "purpose": account.purpose,
        "access": account.access,
        "deployer_role": account.deployer_role,
    }


def _decoded_account(message: dict[str, Any]) -> Account:
    return Account(**{**message, "allowed_resources": tuple(message["allowed_resources"])})


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
