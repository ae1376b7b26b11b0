"""The cases beside a policy: small templates, and what the policy must say about each.

A case is written in `policies/<name>.cases.yaml` as an item of a list:

    - name: a table that cannot be restored
      environment: {name: production, dynamodb: {point_in_time_recovery: true}}
      resources:
        Table: {Type: AWS::DynamoDB::Table, Properties: {}}
      expect:
        - {resource: Table, at: PointInTimeRecoverySpecification, message: restored}

`expect` lists every violation (`message` is a part of the real one), is `[]`, or is `not_evaluated`.
A `{Ref: X}` or `{"Fn::...": ...}` stands for a value that is known only after deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from skafu.model.place import Path, dotted
from skafu.sdk.declare import Policy, StackPolicy
from skafu.sdk.running import run
from skafu.sdk.subjects import Account, Environment, Stack, Violation
from skafu.sdk.unknown import Unknown

NOT_EVALUATED = "not_evaluated"

_KEYS = {
    "name",
    "environment",
    "account",
    "region",
    "tier",
    "tags",
    "parameters",
    "resources",
    "outputs",
    "expect",
}
_EXPECTED_KEYS = {"resource", "at", "message"}


@dataclass(frozen=True, slots=True)
class Case:
    """A stack and what the policy must say about it.

    Attributes:
        name: one line for people.
        stack: the stack.
        expect: part of the message, resource and place of each violation, or None for "not evaluated".
    """

    name: str
    stack: Stack
    expect: tuple[Mapping[str, str], ...] | None


def read_cases(text: str) -> list[Case]:
    """The cases in the text of a cases file.

    Raises:
        ValueError: it is not a list of cases; the message says which one is wrong, and how.
    """
    items = yaml.safe_load(text)
    if not isinstance(items, list) or not items:
        raise ValueError("a cases file is a list of at least one case")
    return [_case(number, item) for number, item in enumerate(items, start=1)]


def differences(policy: Policy | StackPolicy, case: Case) -> list[str]:
    """What the policy says otherwise than the case expects, one sentence each; empty when it is right."""
    ruling = run(policy, case.stack)
    wrong = [f"failed at line {one.line}: {one.reason}" for one in ruling.failures]
    if case.expect is None:
        wrong += [f"found although not evaluated: {_shown(one)}" for one in ruling.violations]
        return wrong if ruling.unanswered else [*wrong, "was evaluated, and should not have been"]
    wrong += [f"not evaluated: {dotted(one.path)} is not known" for one in ruling.unanswered]
    left = list(ruling.violations)
    for expected in case.expect:
        match = next((one for one in left if _matches(expected, one)), None)
        if match is None:
            wrong.append(f"not found: {dict(expected)}")
        else:
            left.remove(match)
    return wrong + [f"found, but not expected: {_shown(one)}" for one in left]


def _case(number: int, item: Any) -> Case:
    if not isinstance(item, dict) or not {"name", "expect"} <= item.keys() <= _KEYS:
        raise ValueError(f"case {number} needs name and expect, and may have {', '.join(sorted(_KEYS))}")
    settings = dict(item.get("environment", {}))
    environment = Environment(str(settings.setdefault("name", "production")), settings)
    account = item.get("account", {})
    region = item.get("region", settings.get("region", "us-east-1"))
    template = {key.capitalize(): item[key] for key in ("resources", "outputs") if key in item}
    stack = Stack(
        id=f"{environment.name}/{region}/case",
        name="case",
        layer="platform",
        environment=environment,
        account=Account(environment.name, "000000000000", tuple(account.get("allowed_resources", ()))),
        region=region,
        tier=item.get("tier", ""),
        tags=_with_unknowns(item.get("tags", {}), ("tags",)),
        parameters=_with_unknowns(item.get("parameters", {}), ("parameters",)),
        template=_with_unknowns(template, ()),
    )
    return Case(item["name"], stack, _expected(item["name"], item["expect"]))


def _expected(name: str, expect: Any) -> tuple[Mapping[str, str], ...] | None:
    if expect == NOT_EVALUATED:
        return None
    if not isinstance(expect, list) or any(not isinstance(one, dict) for one in expect):
        raise ValueError(f"{name}: expect is a list of violations or {NOT_EVALUATED}")
    for one in expect:
        if not one or not one.keys() <= _EXPECTED_KEYS:
            raise ValueError(f"{name}: an expected violation has {', '.join(sorted(_EXPECTED_KEYS))}")
    return tuple(expect)


def _with_unknowns(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and (key := str(next(iter(value)))) and (key == "Ref" or key.startswith("Fn::")):
            return Unknown("only deployment will tell", path=path, expression=value)
        if value.keys() == {"unknown"}:
            return Unknown("only deployment will tell", path=path, kind=str(value["unknown"]))
        return {key: _with_unknowns(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_unknowns(item, (*path, index)) for index, item in enumerate(value)]
    return value


def _matches(expected: Mapping[str, str], violation: Violation) -> bool:
    return (
        expected.get("resource", "") == violation.logical_id
        and expected.get("at", "") == _at(violation)
        and expected.get("message", "") in violation.message
    )


def _at(violation: Violation) -> str:
    """The place as the policy's author wrote it: inside the resource, and there inside its properties."""
    inside = violation.path[2:] if violation.logical_id else violation.path
    return dotted(inside[1:] if inside[:1] == ("Properties",) else inside)


def _shown(violation: Violation) -> str:
    return f"{violation.logical_id or 'stack'} at {_at(violation) or '(all of it)'}: {violation.message}"
