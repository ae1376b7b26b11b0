"""What SAM made -> a tree whose every value points back to the line a person edits.

A resource that SAM did not touch keeps its nodes. What it made of a resource stands at the property it
was made from where that can be told (same name, a known new name, a global default), at the event that
caused it, or at least at the resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skafu.model.node import Node, annotated

RENAMED = {
    "Code": "CodeUri",
    "Content": "ContentUri",
    "TracingConfig": "Tracing",
    "DeadLetterConfig": "DeadLetterQueue",
    "ManagedPolicyArns": "Policies",
    "AssumeRolePolicyDocument": "Policies",
    "SecurityDefinitions": "Auth",
    "securityDefinitions": "Auth",
    "TracingEnabled": "TracingEnabled",
    "responseParameters": "ResponseParameters",
    "x-amazon-apigateway-gateway-responses": "GatewayResponses",
    "LifecycleConfiguration": "RetentionPolicy",
    "StageName": "StageName",
}
"""Property of the expanded resource -> property of the AWS::Serverless resource it is made from."""

PARAMETERS = {"header": "Headers", "path": "Paths", "querystring": "QueryStrings"}
"""Where a gateway response in a template has what OpenAPI calls `gatewayresponse.<kind>.<name>`."""

PREFLIGHT = {
    "Access-Control-Allow-Credentials": "AllowCredentials",
    "Access-Control-Allow-Headers": "AllowHeaders",
    "Access-Control-Allow-Methods": "AllowMethods",
    "Access-Control-Allow-Origin": "AllowOrigin",
    "Access-Control-Max-Age": "MaxAge",
}
"""Header of a preflight's answer -> member of Cors that it is made from."""

GLOBALS = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::SimpleTable": "SimpleTable",
    "AWS::Serverless::StateMachine": "StateMachine",
    "AWS::Serverless::LayerVersion": "LayerVersion",
}


def with_origins(expanded: Mapping[str, Any], source: Node) -> Node:
    """The expanded template as nodes; `source` is the resolved template it was made from."""
    sections: dict[str, Node] = {}
    for name, section in expanded.items():
        written = source.get(name)
        if name == "Resources" and written is not None:
            resources = {key: _resource(key, value, source) for key, value in section.items()}
            sections[name] = replace(written, value=resources)
        elif written is not None:
            sections[name] = _aligned(section, written)
        else:
            sections[name] = annotated(section, source.location)
    return replace(source, value=sections)


def _resource(logical_id: str, made: Any, source: Node) -> Node:
    cause = _cause(logical_id, source)
    if cause.plain() == made:
        return cause
    resource = cause
    if cause.get("Properties") is None:
        return annotated(made, cause.place).under(cause.key)
    written = cause.members["Properties"]
    defaults = source.get("Globals", GLOBALS.get(cause.text("Type"), ""))
    properties: dict[str, Node] = {}
    for name, value in made.get("Properties", {}).items():
        if name == "Body" and isinstance(value, Mapping):
            properties[name] = _body(value, written, defaults, source)
            continue
        known = _property(name, written, defaults)
        properties[name] = (
            _aligned(value, known) if known else annotated(value, cause.place).under(cause.place)
        )
    attributes = {
        key: _aligned(value, cause.members[key]) if key in cause.members else annotated(value, cause.place)
        for key, value in made.items()
        if key != "Properties"
    }
    whole = {**attributes, "Properties": replace(written, value=properties)} if properties else attributes
    return replace(resource, value={key: whole[key] for key in made if key in whole})


def _cause(logical_id: str, source: Node) -> Node:
    """The resource or event that `logical_id` stands for, or was made for."""
    resources = source.members["Resources"].members
    if logical_id in resources:
        return resources[logical_id]
    candidates: dict[str, Node] = {}
    for name, node in resources.items():
        if not node.text("Type").startswith("AWS::Serverless::"):
            continue
        candidates[name] = node
        events = node.get("Properties", "Events")
        for event, declared in events.members.items() if events else ():
            candidates[f"{name}{event}"] = declared
    fitting = [name for name in candidates if logical_id.startswith(name)]
    if fitting:
        return candidates[max(fitting, key=len)]
    implicit = [node for name, node in candidates.items() if node.text("Type") in {"Api", "HttpApi"}]
    if logical_id.startswith("Serverless") and implicit:
        return implicit[0]
    return source.members["Resources"]


def _property(name: str, written: Node, defaults: Node | None) -> Node | None:
    for key in (name, RENAMED.get(name, "")):
        for holder in (written, defaults):
            found = holder.members.get(key) if holder else None
            if found is not None:
                return found
    return None


def _aligned(made: Any, written: Node) -> Node:
    """`made` as nodes, each at the node of `written` with the same path, or at the nearest above it."""
    if written.plain() == made:
        return written
    if isinstance(made, Mapping):
        members = {}
        for key, value in made.items():
            child = _member(key, written)
            members[key] = (
                _aligned(value, child) if child else annotated(value, written.place).under(written.place)
            )
        return replace(written, value=members)
    if isinstance(made, list):
        items = []
        for index, value in enumerate(made):
            same = next((item for item in written.items if item.plain() == value), None)
            near = written.items[index] if index < len(written.items) else None
            items.append(same or (_aligned(value, near) if near else annotated(value, written.place)))
        return replace(written, value=items)
    return replace(written, value=made)


def _member(key: str, written: Node) -> Node | None:
    found = written.members.get(key) or written.members.get(RENAMED.get(key, ""))
    if found is None and key.startswith("gatewayresponse."):
        _, kind, name = key.split(".", 2)
        found = written.get(PARAMETERS.get(kind, ""), name)
    return found


def _body(made: Mapping[str, Any], written: Node, defaults: Node | None, source: Node) -> Node:
    """An OpenAPI document that SAM made: each operation stands at the event that asked for it."""
    given = written.get("DefinitionBody")
    if given is not None:
        return _aligned(made, given)
    members: dict[str, Node] = {}
    for key, value in made.items():
        if key == "paths":
            cors = _property("Cors", written, defaults) or written
            paths = {
                path: _operations(path, methods, written, cors, source) for path, methods in value.items()
            }
            members[key] = Node(paths, written.location, written.key)
            continue
        known = _property(RENAMED.get(key, ""), written, defaults)
        members[key] = (
            _aligned(value, known) if known else annotated(value, written.place).under(written.place)
        )
    return Node(members, written.location, written.key)


def _operations(path: str, methods: Mapping[str, Any], written: Node, cors: Node, source: Node) -> Node:
    made: dict[str, Node] = {}
    for method, operation in methods.items():
        at = _event(path, method, source)
        if at is None and method == "options":
            made[method] = _preflight(operation, cors)
        else:
            at = at or written
            made[method] = annotated(operation, at.place).under(at.place)
    return Node(made, written.location, written.key)


def _preflight(made: Any, cors: Node) -> Node:
    """The answer to preflights that SAM made of `Cors`: each header at the member that it comes from."""
    if not isinstance(made, Mapping):
        return annotated(made, cors.place).under(cors.place)
    members: dict[str, Node] = {}
    for key, value in made.items():
        member = cors.members.get(PREFLIGHT.get(key.rpartition(".")[2], ""))
        members[key] = _aligned(value, member) if member else _preflight(value, cors)
    return Node(members, cors.place, cors.place)


def _event(path: str, method: str, source: Node) -> Node | None:
    for resource in source.members["Resources"].members.values():
        events = resource.get("Properties", "Events")
        for event in events.members.values() if events else ():
            properties = event.get("Properties")
            if properties is None or properties.text("Path") != path:
                continue
            if properties.text("Method").lower() in {method.lower(), "any"}:
                return event
    return None
