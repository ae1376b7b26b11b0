"""Checked documents -> the values of the model. No file is read here."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from skafu.model.estate import Account, Definition, Environment, Seat
from skafu.model.finding import Severity
from skafu.model.node import Node
from skafu.model.verdict import Thresholds, Waiver

DEFAULT_TIME_LIMIT = 60.0
"""Seconds a judge may take for one stack; a template takes about 0.1 s at the median (measured)."""


def accounts(document: Node) -> dict[str, Account]:
    """The accounts of `accounts.yaml`, by name."""
    return {
        name: Account(
            name=name,
            id=node.text("id"),
            purpose=node.text("purpose"),
            access=node.text("access"),
            deployer_role=node.text("deployer_role"),
            allowed_resources=_texts(node, "allowed_resources"),
            node=node,
        )
        for name, node in document.get("accounts").members.items()  # type: ignore[union-attr]  # required by the schema
    }


def environment(document: Node) -> Environment:
    """One file of `environments/`."""
    region = document.text("region")
    further = tuple(other for other in _texts(document, "regions") if other != region)
    return Environment(
        name=document.text("name"),
        account=document.text("account"),
        region=region,
        regions=(region, *further),
        node=document,
    )


def definition(document: Node, file: str, template: str, stack_policy: str) -> Definition:
    """One `stack.yaml`; `template` is the template's path relative to the repository root, `stack_policy` its JSON."""
    folder = PurePosixPath(file).parent
    return Definition(
        name=folder.name,
        layer=folder.parent.name,
        template=template,
        environments=_texts(document, "environments"),
        regions=_texts(document, "regions"),
        node=document,
        stack_policy=stack_policy,
    )


def seat(document: Node, file: str) -> Seat:
    """One seat of `validators/`."""
    limit = document.get("time_limit")
    severities = document.get("severities")
    muted = document.get("muted")
    return Seat(
        name=PurePosixPath(file).stem,
        judge=document.text("judge"),
        time_limit=float(limit.plain()) if limit else DEFAULT_TIME_LIMIT,
        severities=severities.plain() if severities else {},
        muted={item.text("rule"): item.text("reason") for item in muted.items} if muted else {},
        location=document.location,
    )


def thresholds(document: Node) -> Thresholds:
    """`validators/thresholds.yaml`."""
    own = document.get("environments")
    return Thresholds(
        default=Severity(document.text("default")),
        environments={name: Severity(node.value) for name, node in own.members.items()} if own else {},
    )


def waiver(node: Node) -> Waiver:
    """One item of `policies/waivers.yaml`.

    Raises:
        ValueError: when it expires on a day that does not exist.
    """
    return Waiver(
        id=node.text("id"),
        rule=node.text("rule"),
        stacks=_texts(node, "stacks"),
        resources=_texts(node, "resources"),
        environments=_texts(node, "environments"),
        owner=node.text("owner"),
        approver=node.text("approver"),
        reason=node.text("reason"),
        ticket=node.text("ticket"),
        expires=date.fromisoformat(node.text("expires")),
        location=node.location,
    )


def _texts(node: Node, key: str) -> tuple[str, ...]:
    listed = node.get(key)
    return tuple(str(item.value) for item in listed.items) if listed else ()
